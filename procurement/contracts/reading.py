"""Contracts with all that pages show of them, read in a constant number of queries."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from procurement.calls.facts import launch_date
from procurement.calls.models import Phase
from procurement.contracts.facts import transmission_facts
from procurement.contracts.models import (
    Acceptance,
    Contract,
    ContractDocument,
    ContractPhase,
    Deliverable,
    GateDecision,
    PartnerAgreement,
    PaymentDue,
    PerformanceTest,
    PurchaseOrder,
    RetentionRelease,
    Signature,
    SignatureRefusal,
)
from procurement.contracts.services.formation import missing_fields
from procurement.contracts.stages import StageOfContract
from procurement.law import signature as law
from procurement.law.calendar import prefect_deadline


def with_details(contracts: QuerySet[Contract]) -> QuerySet[Contract]:
    """The contracts with documents in force, signatures, phases, decisions, tests, orders and payments."""
    documents = ContractDocument.objects.filter(replaced_at=None).select_related(
        "document__rendering__stored_file", "call_document__document__rendering__stored_file", "call_document__file",
        "file",
    )  # fmt: skip
    signatures = Signature.objects.select_related("file", "identity_checked_by")
    phases = ContractPhase.objects.select_related("phase", "result").prefetch_related(
        Prefetch("deliverables", Deliverable.objects.select_related("file")),
        Prefetch("deliverables__acceptances", Acceptance.objects.select_related("document__rendering__stored_file")),
        Prefetch("agreements", PartnerAgreement.objects.select_related("file")),
        "payments_due",
    )
    decisions = GateDecision.objects.select_related("letter", "round", "next_phase", "agreement", "decided_by")
    return contracts.select_related(
        "party__lead", "awarded", "lot__call__lead_buyer", "lot__timeline", "prefect_transmission",
        "notification_letter", "lot__terms", "payment_terms",
        "assignment_certificate__document__rendering__stored_file",
    ).prefetch_related(
        Prefetch("documents", documents.prefetch_related(
            Prefetch("signatures", signatures), Prefetch("refusals", SignatureRefusal.objects.all())
        )),
        Prefetch("phases", phases),
        Prefetch("gate_decisions", decisions),
        Prefetch("retention_releases", RetentionRelease.objects.all()),
        Prefetch("performance_tests", PerformanceTest.objects.all()),
        Prefetch("purchase_orders", PurchaseOrder.objects.select_related("document__rendering__stored_file")
                 .prefetch_related("payments_due")),
        Prefetch("payments_due", PaymentDue.objects.select_related(
            "contract_phase", "order", "corrects", "document__rendering__stored_file"
        )),
    )  # fmt: skip


@dataclass(frozen=True)
class Piece:
    """A piece of the contract set as pages show it: `file` is what one downloads, None for a text by its name."""

    document: ContractDocument
    file: Any
    pages: int | None
    is_waiting: bool


@dataclass
class Dossier:
    """One contract at an instant; everything is read from what `with_details` fetched."""

    contract: Contract
    now: datetime

    @cached_property
    def stage(self) -> StageOfContract:
        """Stage now."""
        return self.contract.stage(self.now)

    @property
    def missing(self) -> list[str]:
        """Fields of the *acte d'engagement* still empty."""
        return missing_fields(self.contract)

    @cached_property
    def acte(self) -> ContractDocument | None:
        """The document that both parties sign."""
        kind = ContractDocument.Kind.ACTE_ENGAGEMENT
        return next((row for row in self.contract.documents.all() if row.kind == kind), None)

    @cached_property
    def signatures(self) -> dict[str, Signature]:
        """Signatures by side, each on the document in force."""
        return {row.side: row for row in self.acte.signatures.all()} if self.acte else {}

    @property
    def holder_signature(self) -> Signature | None:
        """The partner's signature."""
        return self.signatures.get(Signature.Side.HOLDER)

    @property
    def buyer_signature(self) -> Signature | None:
        """The buyer's signature."""
        return self.signatures.get(Signature.Side.BUYER)

    @property
    def refusals(self) -> list[SignatureRefusal]:
        """Refusals of the version in force that no signature of the same side followed."""
        rows = self.acte.refusals.all() if self.acte else ()
        return [row for row in rows if row.side not in self.signatures]

    @cached_property
    def pieces(self) -> list[Piece]:
        """The contract set in its order of precedence."""
        return [_piece(row) for row in self.contract.documents.all()]

    @property
    def to_sign(self) -> Piece | None:
        """What the next party signs: our PDF, or the file that the partner signed."""
        return next((piece for piece in self.pieces if piece.document == self.acte), None)

    @property
    def must_be_transmitted(self) -> bool:
        """Whether the prefect must receive the contract (LR-83)."""
        return law.must_be_transmitted(transmission_facts(self.contract))

    @property
    def transmit_before(self) -> Any:
        """Last day to send the signed contract to the prefect, None before signature."""
        if self.contract.signed_at is None:
            return None
        launched = launch_date(self.contract.call, self.contract.prepared_at)
        return prefect_deadline(timezone.localdate(self.contract.signed_at), launch_date=launched)

    @property
    def has_ended(self) -> bool:
        """Whether nothing more is performed."""
        return self.contract.closed_at is not None or self.contract.stopped_at is not None

    @cached_property
    def phases(self) -> list["PhaseDossier"]:
        """Phases with their decisions, in order."""
        decisions = list(self.contract.gate_decisions.all())
        return [PhaseDossier(phase, self, decisions) for phase in self.contract.phases.all()]

    @property
    def current_phase(self) -> "PhaseDossier | None":
        """The last phase that has begun, else the first one."""
        begun = [row for row in self.phases if row.phase.started_at is not None]
        return begun[-1] if begun else next(iter(self.phases), None)

    @property
    def awaited_decisions(self) -> list[GateDecision]:
        """Decisions sent whose reception nobody recorded, the first one aside: it goes with the notification."""
        begin = GateDecision.Decision.BEGIN
        return [row for row in self.contract.gate_decisions.all() if row.notified_at is None and row.decision != begin]

    @property
    def last_test(self) -> PerformanceTest | None:
        """The last test of performance."""
        rows = sorted(self.contract.performance_tests.all(), key=lambda row: (row.tested_at, row.recorded_at))
        return rows[-1] if rows else None

    @property
    def ordered_ht(self) -> Any:
        """Amount ordered so far, € HT."""
        return sum(row.amount_ht for row in self.contract.purchase_orders.all())

    @property
    def ordered_quantity(self) -> int:
        """Quantity ordered so far."""
        return sum(row.quantity for row in self.contract.purchase_orders.all())


@dataclass
class PhaseDossier:
    """One phase of one contract, with what was decided before and after it."""

    phase: ContractPhase
    dossier: Dossier
    decisions: list[GateDecision]

    @property
    def contract(self) -> Contract:
        """The contract it belongs to."""
        return self.dossier.contract

    @cached_property
    def decision(self) -> GateDecision | None:
        """The decision to perform this phase."""
        rows = [row for row in self.decisions if row.next_phase_id == self.phase.pk]
        return rows[-1] if rows else None

    @cached_property
    def closing_decision(self) -> GateDecision | None:
        """The decision taken at the end of this phase."""
        phase_id = self.phase.phase_id
        return next((row for row in self.decisions if row.round_id and row.round.phase_id == phase_id), None)

    @cached_property
    def deliverables(self) -> list["DeliverableDossier"]:
        """What the partner owes, with the buyer's answers."""
        return [DeliverableDossier(row, self) for row in self.phase.deliverables.all()]

    @property
    def result(self) -> Any:
        """Results recorded, None before."""
        return getattr(self.phase, "result", None)

    @property
    def accepted_count(self) -> int:
        """Deliverables that the buyer accepted."""
        return sum(row.is_accepted for row in self.deliverables)

    @property
    def can_start(self) -> bool:
        """Whether the decision reached the partner and nothing began yet; the rule book has the last word."""
        decided = self.decision is not None and self.decision.notified_at is not None
        return decided and self.phase.started_at is None and not self.dossier.has_ended

    @property
    def is_open(self) -> bool:
        """Whether it has begun and its results are not recorded."""
        started = self.phase.started_at is not None and self.phase.results_at is None
        return started and not self.dossier.has_ended

    @property
    def may_change(self) -> bool:
        """Whether its objectives may still change with the partner's agreement: the phase before is being performed."""
        before = [row for row in self.dossier.phases if row.phase.number < self.phase.number]
        waits = self.decision is None and not self.dossier.has_ended
        return bool(before) and waits and before[-1].phase.started_at is not None

    @property
    def can_be_billed(self) -> bool:
        """Whether an invoice may come."""
        return self.phase.started_at is not None and self.phase.kind != Phase.Kind.ACQUISITION

    @property
    def state(self) -> tuple[str, str]:
        """French words and tone of the tag."""
        if self.phase.results_at is not None:
            return "Résultats arrêtés", "ok"
        if self.phase.started_at is not None:
            return ("Interrompue", "outline") if self.dossier.has_ended else ("En cours", "info")
        if self.dossier.has_ended:
            return "N’aura pas lieu", "outline"
        if self.can_start:
            return "Prête à commencer", "warn"
        return "À décider", "outline"


@dataclass
class DeliverableDossier:
    """One deliverable and the answers it got."""

    deliverable: Deliverable
    phase: PhaseDossier

    @cached_property
    def acceptances(self) -> list[Acceptance]:
        """Decisions, oldest first."""
        return sorted(self.deliverable.acceptances.all(), key=lambda row: row.decided_at)

    @property
    def last(self) -> Acceptance | None:
        """The last decision."""
        return self.acceptances[-1] if self.acceptances else None

    @property
    def is_accepted(self) -> bool:
        """Whether the buyer accepted it."""
        return any(row.decision in Acceptance.ACCEPTING for row in self.acceptances)

    @property
    def awaits_decision(self) -> bool:
        """Whether the last hand-in has no answer yet."""
        at = self.deliverable.handed_in_at
        return at is not None and all(row.handed_in_at != at for row in self.acceptances)

    @property
    def is_owed(self) -> bool:
        """Whether the partner has something to hand in now: never done, or sent back to be corrected."""
        if not self.phase.is_open or self.awaits_decision:
            return False
        return self.last is None or self.last.decision == Acceptance.Decision.POSTPONED

    @property
    def state(self) -> tuple[str, str]:
        """French words and tone of the tag."""
        if self.awaits_decision:
            return "Remis, décision attendue", "warn"
        if self.last is not None:
            return self.last.get_decision_display(), "ok" if self.is_accepted else "danger"
        return "Attendu", "outline"


def dossiers(contracts: Iterable[Contract], now: datetime) -> list[Dossier]:
    """Each contract at that instant."""
    return [Dossier(contract, now) for contract in contracts]


def _piece(row: ContractDocument) -> Piece:
    """The file signed last, else the rendering, else the file handed in."""
    files = [one.file for one in row.signatures.all() if one.file is not None and one.road == Signature.Road.PADES]
    generated = row.document or (row.call_document and row.call_document.document)
    rendering = getattr(generated, "rendering", None)
    file = files[-1] if files else row.file or (row.call_document and row.call_document.file)
    return Piece(
        document=row,
        file=file or (rendering and rendering.stored_file),
        pages=rendering and rendering.pages,
        is_waiting=generated is not None and rendering is None,
    )
