"""Bids really sealed and opened, a contract signed with one of the firms: what the end of keeping destroys."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils import timezone

from procurement.calls.models import Lot
from procurement.contracts.models import Contract, PaymentDue
from procurement.contracts.services.destruction import approve_destruction
from procurement.submissions.models import Destruction, EnvelopeWrap, OpenedFile
from procurement.submissions.seal import Sealed
from tests.factories import within_act
from tests.submissions.stage import Bidder, Stage

YEAR = timedelta(days=366)


@dataclass
class Kept:
    """A lot with a winner and a loser, opened; `contract` is the winner's, closed and paid."""

    stage: Stage
    winner: Bidder
    loser: Bidder
    won: Sealed
    lost: Sealed
    contract: Contract

    @property
    def lot(self) -> Lot:
        return self.contract.lot

    def after_years(self, years: int) -> None:
        self.stage.clock.advance(years * YEAR + timedelta(days=2))

    @property
    def wraps(self) -> int:
        return EnvelopeWrap.objects.filter(period=self.stage.period).count()

    def files_of(self, sealed: Sealed) -> list[OpenedFile]:
        rows = OpenedFile.objects.filter(result__submission=sealed.submission)
        return list(rows.select_related("stored_file"))


def make_kept(stage: Stage) -> Kept:
    """Sealed, opened, signed, paid."""
    winner, loser = stage.bidder("Tramélys"), stage.bidder("Cap Mobile")
    won, lost = stage.submit(winner), stage.submit(loser, methode="Le secret de Cap Mobile")
    stage.close()
    stage.open("technical")
    lot, at = stage.period.lot, stage.now

    def sign() -> Contract:
        contract = Contract(
            lot=lot, party=winner.party, number=f"{stage.call.reference}-L1-01", rank=1, prepared_at=at, signed_at=at,
            notified_at=at, closed_at=at,
        )  # fmt: skip
        contract.save()
        PaymentDue(
            contract=contract, kind="phase", amount_ht=Decimal(100), amount_ttc=Decimal(120), invoice_number="F-1",
            paid_at=at + timedelta(days=30),
        ).save()  # fmt: skip
        return contract

    contract = within_act(sign, chain=stage.call.chain, at=at)
    return Kept(stage, winner, loser, won, lost, contract)


def approve(kept: Kept, holdings: str = "procedure", **fields: Any) -> Destruction:
    """The signatory writes the visa of the day down."""
    known = {
        "archivist": "Hélène Aubry, archives départementales",
        "visa": "AD49/2032/118",
        "visa_on": timezone.localdate(kept.stage.now),
        "actor": kept.stage.team.signatory,
        "now": kept.stage.now,
    }
    return approve_destruction(lot=kept.lot, holdings=holdings, **{**known, **fields})


def parts_of(sealed: Sealed, root: Path) -> list[Path]:
    """Sealed parts of a submission in a place."""
    return sorted((Path(root) / str(sealed.submission.deposit_id)).glob("*.age"))
