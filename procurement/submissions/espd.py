"""A firm gives its electronic DUME instead of the statement and figures, or gets one of them (R2143-4, LR-45)."""

from datetime import datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core import checks

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Organisation, User
from marketplace.accounts.permissions import require
from marketplace.journal.errors import Refusal
from procurement.calls.models import SubmissionPeriod
from procurement.espd.answer import Party, Stated, read_request, size_of, write_response
from procurement.espd.response import read_response
from procurement.submissions.deposits import begin_file, keep_file
from procurement.submissions.draft_box import read_draft
from procurement.submissions.espd_draft import ESPD_LABEL, take_espd
from procurement.submissions.models import Deposit, DepositFile
from procurement.submissions.tasklist import Envelope, Kind, tasks_of

SIZES = {Organisation.Size.MICRO: "micro", Organisation.Size.SME: "sme", Organisation.Size.MID: "large",
         Organisation.Size.LARGE: "large"}  # fmt: skip
NEEDED = {Kind.DECLARATION, Kind.CAPACITIES}


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


def lacking_for_espd(deposit: Deposit) -> list[str]:
    """Tasks to finish before a DUME can be written from what was typed, by label."""
    typed = read_draft(deposit).get("typed", {})
    tasks = [task for task in tasks_of(deposit.period) if task.kind in NEEDED]
    return [task.label for task in tasks if not typed.get(task.code, {}).get("part")]


def own_espd(*, deposit: Deposit, actor: Actor, now: datetime) -> bytes:
    """The DUME of the lead of a party, from what was typed in its candidature, on the request of the site.

    Raises NotAllowed; Refusal while the site has no request, or something is still to be typed.
    """
    require(actor, "deposit.edit", deposit)
    if not settings.ESPD_REQUEST:
        raise Refusal("Ce site n’a pas de demande de DUME : créez le vôtre avec le service officiel, puis donnez-le.")
    if lacking := lacking_for_espd(deposit):
        raise Refusal(f"Terminez d’abord : {', '.join(lacking)}.")
    return write_response(_request(), _stated(deposit, actor), now=now)


def check_request(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """The request that `ESPD_REQUEST` names is one on which responses can be written."""
    if not settings.ESPD_REQUEST:
        return []
    try:
        read_request(_request())
    except Refusal as refusal:
        return [checks.Error(str(refusal), hint="ESPD_REQUEST", id="submissions.E001")]
    return []


def _request() -> bytes:
    try:
        return Path(settings.ESPD_REQUEST).read_bytes()
    except OSError as error:
        raise Refusal("La demande de DUME de ce site ne peut pas être lue : prévenez son exploitant.") from error


def _stated(deposit: Deposit, actor: Actor) -> Stated:
    period: SubmissionPeriod = deposit.period
    call, lead = period.lot.call, deposit.party.lead
    figures = read_draft(deposit)["answers"][Envelope.CANDIDATURE]["capacities"]
    staff, turnover = int(figures["staff"]), Decimal(figures["turnover_ht"])
    members = deposit.party.members.select_related("organisation").exclude(organisation=lead)
    return Stated(
        firm=_party(lead),
        buyer=_party(call.lead_buyer),
        reference=call.reference,
        title=call.title,
        lot=f"LOT-{period.lot.number:04d}",
        size=SIZES.get(lead.size) or size_of(staff, turnover),
        staff=staff,
        turnover=turnover,
        contact=str(User.objects.get(pk=actor.user_id)),
        others=tuple(member.organisation.name for member in members),
    )


def _party(organisation: Organisation) -> Party:
    return Party(
        name=organisation.name,
        identifier=organisation.identifier,
        address=organisation.address,
        postcode=organisation.postcode,
        city=organisation.city,
        country=organisation.country,
    )
