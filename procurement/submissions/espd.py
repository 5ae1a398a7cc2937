"""A firm gives its electronic DUME instead of the statement and the figures asked (R2143-4, LR-45)."""

from datetime import datetime
from functools import partial
from typing import Any

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import require
from procurement.espd.response import read_response
from procurement.submissions.deposits import begin_file, keep_file
from procurement.submissions.espd_draft import ESPD_LABEL, take_espd
from procurement.submissions.models import Deposit, DepositFile
from procurement.submissions.tasklist import Envelope


def give_espd(*, deposit: Deposit, name: str, content: bytes, actor: Actor, now: datetime) -> DepositFile:
    """Read a response of ESPD, seal its file into the candidature, and fill the tasks that nobody filled.

    A model that is not read is kept all the same. The clear bytes stay in memory. Raises NotAllowed, and Refusal for
    what is no DUME, an unsafe one, a frozen deposit or one that would outgrow its limits.
    """
    require(actor, "deposit.edit", deposit)
    said = read_response(content)
    name = name if name.lower().endswith(".xml") else f"{name}.xml"
    envelope = Envelope.CANDIDATURE.value
    incoming = begin_file(deposit=deposit, envelope=envelope, name=name, actor=actor, now=now, label=ESPD_LABEL)
    try:
        incoming.write(content)
        incoming.close()
        taken = partial(_take, said=said, file=incoming.file_id, name=incoming.name, actor=actor, now=now)
        return keep_file(deposit=deposit, incoming=incoming, actor=actor, now=now, enter=taken)
    except BaseException:
        incoming.discard()
        raise


def _take(
    deposit: Deposit, draft: dict[str, Any], *, said: dict[str, Any], file: str, name: str, actor: Actor, now: datetime
) -> None:
    take_espd(
        draft,
        said,
        file=file,
        name=name,
        period=deposit.period,
        members=deposit.party.members.count(),
        by=str(actor.user_id),
        now=now,
    )
