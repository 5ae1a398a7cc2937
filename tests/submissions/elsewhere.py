"""A call whose deposits are on another buyer profile: its register as a table, its opened bids as an archive."""

import io
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from marketplace.accounts.actors import Actor
from marketplace.files.services import StagedFile, stage
from marketplace.journal.outbox import drain
from procurement.calls.models import Call, Lot, SubmissionPeriod
from procurement.calls.services.publishing import publish, put_documents_online
from procurement.submissions import registers
from procurement.submissions.models import ReceivedRegister
from procurement.submissions.register_table import COLUMNS
from tests.calls.builders import Team, plan_candidatures, sendings, write_call
from tests.factories import siren

PDF = b"%PDF-1.7\n" + b"contenu " * 20
PROFILE = "https://marches.exemple.fr/consultation/1204"
PASSED = {f"LR-{number:02d}": "Choix expliqué." for number in range(1, 125)}
FOLDERS = {
    "candidature": ("candidature",),
    "initial": ("technique", "prix"),
    "final": ("technique", "prix"),
    "round": ("technique", "prix"),
    "single_step": ("candidature", "technique", "prix"),
}


@dataclass(frozen=True)
class Firm:
    """A firm as the other profile knows it."""

    number: str
    name: str
    identifier: str
    received_at: datetime

    @property
    def row(self) -> list[str]:
        """Its line of the register."""
        return [
            self.number,
            self.name,
            self.identifier,
            f"contact{self.number}@exemple.fr",
            self.received_at.isoformat(timespec="seconds"),
            "",
        ]


def published_elsewhere(
    team: Team, now: datetime, *, before: Callable[[Call], object] | None = None, **fields: Any
) -> Call:
    """Written, then published by a second person: no custodian, no key. `before` does something with the draft."""
    call = write_call(team, now, **{"deposit_at": PROFILE, **fields})
    if before is not None:
        before(call)
    plan_candidatures(call, team, now)
    put_documents_online(call=call, actor=team.validator, now=now)
    call = publish(call=call, sendings=sendings(now), actor=team.validator, now=now, accepted=PASSED)
    drain()
    return call


def firms(period: SubmissionPeriod, count: int = 3, *, late: int = 0) -> list[Firm]:
    """Firms of a register, the last ones `late`, an hour before or a second after the deadline."""
    closes = period.closes_at()
    return [
        Firm(
            str(n),
            f"Pousse {n}",
            siren(8000 + n),
            closes + timedelta(seconds=1) if n > count - late else closes - timedelta(hours=1),
        )
        for n in range(1, count + 1)
    ]


def table(rows: Iterable[Firm | list[str]], *, columns: Iterable[str] = COLUMNS) -> bytes:
    """A register as French spreadsheets write it."""
    told = [row.row if isinstance(row, Firm) else row for row in rows]
    return "\ufeff".encode() + "\r\n".join(";".join(row) for row in [list(columns), *told]).encode()


def archive(files: Mapping[str, bytes]) -> bytes:
    """An archive of these paths."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as target:
        for path, body in files.items():
            target.writestr(path, body)
    return content.getvalue()


def opened(period: SubmissionPeriod, those: Iterable[Firm]) -> dict[str, bytes]:
    """Each firm's folder with a document in each envelope."""
    return {
        f"{firm.number}/{folder}/{folder}.pdf": PDF + firm.number.encode() + folder.encode()
        for firm in those
        for folder in FOLDERS[period.kind]
    }


def staged_table(content: bytes) -> StagedFile:
    return stage(content, name="registre.csv")


def staged_archive(files: Mapping[str, bytes]) -> StagedFile:
    return stage(archive(files), name="plis.zip")


def bring(
    period: SubmissionPeriod,
    those: list[Firm],
    *,
    actor: Actor,
    now: datetime,
    reason: str = "",
    files: Mapping[str, bytes] | None = None,
    rows: Iterable[Firm | list[str]] | None = None,
) -> ReceivedRegister:
    """Import a period in one go."""
    return registers.import_register(
        period=fresh(period),
        table=staged_table(table(those if rows is None else rows)),
        archive=staged_archive(opened(period, those) if files is None else files),
        actor=actor,
        now=now,
        reason=reason,
    )


def fresh(period: SubmissionPeriod) -> SubmissionPeriod:
    return SubmissionPeriod.objects.select_related("lot__call").prefetch_related("deadlines").get(pk=period.pk)


def first_period(call: Call) -> SubmissionPeriod:
    return fresh(SubmissionPeriod.objects.get(lot__call=call))


def lot_of(call: Call) -> Lot:
    return Lot.objects.select_related("call__lead_buyer", "timeline", "terms").get(call=call)


def renamed(firm: Firm, **fields: Any) -> Firm:
    return replace(firm, **fields)
