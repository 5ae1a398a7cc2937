"""What of a lot is kept, from when and until when; what falls due (LR-107, LR-108). Reads only."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone

from marketplace.files.models import StoredFile
from procurement.calls.facts import launch_date
from procurement.calls.models import Cancellation, Lot
from procurement.contracts.models import (
    Contract,
    ContractDocument,
    Deliverable,
    PartnerAgreement,
    Signature,
    SubcontractAct,
)
from procurement.contracts.payment_terms import held_back
from procurement.law import retention as law
from procurement.law.facts import RetentionFacts
from procurement.law.findings import Finding
from procurement.submissions.models import Destruction


@dataclass(frozen=True, slots=True)
class Holding:
    """The procedure file of a lot, or the pieces of one contract.

    Attributes:
        contract: None for the procedure file.
        destruction: The approved or done destruction, if any.
    """

    lot: Lot
    contract: Contract | None
    facts: RetentionFacts
    destruction: Destruction | None

    @property
    def begins(self) -> date | None:
        """Day from which it is kept; None while that is not known."""
        return law.kept_from(self.facts)

    @property
    def years(self) -> int:
        """How long."""
        return law.years_kept(self.facts)

    @property
    def first_day(self) -> date | None:
        """First day on which it may be destroyed."""
        return law.first_day(self.facts)

    @property
    def is_due(self) -> bool:
        """Whether its time is over."""
        return not self.hindrances

    @property
    def hindrances(self) -> list[Finding]:
        """Why it may not go yet."""
        return law.check_age(self.facts)

    @property
    def key(self) -> str:
        """How an address names it: `procedure`, or the number of the contract."""
        return self.contract.number if self.contract else "procedure"


def holdings_of(lot: Lot, now: datetime) -> list[Holding]:
    """Everything that is kept of a lot: its procedure, then each contract by rank."""
    contracts = list(
        Contract.objects.filter(lot=lot)
        .select_related("party__lead", "lot__call__lead_buyer")
        .prefetch_related("payments_due", "retention_releases")
        .order_by("rank", "number")
    )
    rows = Destruction.objects.filter(lot=lot).select_related("certificate__rendering__stored_file", "approved_by")
    done = {row.party_id: row for row in rows}
    common = {"today": timezone.localdate(now), "launch_date": launch_date(lot.call, now)}
    procedure = RetentionFacts(holdings="procedure", **common, **_procedure_dates(lot, contracts))
    return [
        Holding(lot, None, procedure, done.get(None)),
        *(
            Holding(
                lot,
                contract,
                RetentionFacts(holdings="contract", paid_on=final_payment(contract), **common),
                done.get(contract.party_id),
            )
            for contract in contracts
        ),
    ]


def _procedure_dates(lot: Lot, contracts: Iterable[Contract]) -> dict[str, date | None]:
    signatures = [contract.signed_at for contract in contracts]
    given_up = Cancellation.objects.filter(lot=lot).first()
    if given_up is not None:
        # Nothing more can be signed: what was signed before counts, else the decision.
        signatures = [at for at in signatures if at is not None]
    is_complete = bool(signatures) and all(signatures)
    return {
        "signed_on": timezone.localdate(max(signatures)) if is_complete else None,
        "given_up_on": timezone.localdate(given_up.decided_at) if given_up else None,
    }


def final_payment(contract: Contract) -> date | None:
    """Day of the last payment of a contract that is over and owes nothing more; None until then (LR-108)."""
    payments = [row for row in contract.payments_due.all() if row.returned_at is None]
    is_over = contract.closed_at is not None or contract.stopped_at is not None
    if not is_over or not payments or not all(row.paid_at for row in payments) or held_back(contract) > 0:
        return None
    paid = [row.paid_at for row in payments]
    later = [row.interest_paid_at for row in payments if row.interest_paid_at]
    released = [row.released_at for row in contract.retention_releases.all()]
    return timezone.localdate(max([*paid, *later, *released]))


def files_of(contract: Contract) -> list[StoredFile]:
    """The files that make up a contract and its performance: what its holder and its buyer signed and handed in."""
    kept: dict[Any, StoredFile] = {}
    for model, path in (
        (Signature, "document__contract"),
        (Deliverable, "contract_phase__contract"),
        (PartnerAgreement, "contract_phase__contract"),
        (ContractDocument, "contract"),
        (SubcontractAct, "contract"),
    ):
        rows = model.objects.filter(**{path: contract}, file__isnull=False).select_related("file")
        kept |= {row.file_id: row.file for row in rows}
    about = [contract.pk, *contract.purchase_orders.values_list("pk", flat=True)]
    about += contract.payments_due.values_list("pk", flat=True)
    subjects = [str(pk) for pk in about]
    rendered = StoredFile.objects.filter(
        Q(rendering__document__subject_id__in=subjects) | Q(editable_rendering__document__subject_id__in=subjects)
    )
    return list((kept | {file.pk: file for file in rendered}).values())


def falls_due(now: datetime) -> list[Holding]:
    """Every holding of the site whose time is over and that nobody decided on yet, lot by lot."""
    ended = Q(pk__in=Contract.objects.values("lot")) | Q(cancellation__isnull=False)
    lots = Lot.objects.filter(ended).select_related("call__lead_buyer")
    return [
        one
        for lot in lots.order_by("call__reference", "number").iterator(chunk_size=200)
        for one in holdings_of(lot, now)
        if one.destruction is None and one.is_due
    ]
