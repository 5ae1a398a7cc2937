"""Facts of a call when it is published."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from .common import BuyerCategory, Nature, PartnerMode, PhaseKind, Procedure, Split

SourceKind = Literal["catalogue", "award_notices", "european_and_open_source", "firms_met", "other"]
CriterionTag = Literal["price", "environment", "research", "quality", ""]
PriceForm = Literal["firm", "adjustable", "revisable", ""]
SocialException = Literal["available_solution", "no_link", "restricts_competition", "short_works", ""]
Channel = Literal["profile", "boamp", "joue", "legal_newspaper"]
NoticeKind = Literal["contract", "prior_information"]


@dataclass(frozen=True, kw_only=True, slots=True)
class BuyerFacts:
    """A contracting authority. `verified_at`: when the operator of the site verified it."""

    id: str = ""
    name: str = ""
    identifier_scheme: Literal["siren", "siret", "eu_vat", "other", ""] = ""
    identifier: str = ""
    country: str = "FR"
    category: BuyerCategory = ""
    verified_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class NeedFacts:
    """The need as it is written. `innovation_indicators`: codes of what makes the answer new (law.innovation)."""

    problem: str = ""
    sustainable_development: str = ""
    innovation_reasons: str = ""
    innovation_indicators: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class FirmMetFacts:
    """A firm met before the call (*sourçage*), the day, and what it was told."""

    name: str = ""
    met_on: date | None = None
    information: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class SendingFacts:
    """A notice that left through one channel: its kind, and the instants that its publisher gave back."""

    channel: Channel
    kind: NoticeKind = "contract"
    sent_at: datetime | None = None
    receipt_confirmed_at: datetime | None = None
    published_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceFacts:
    """One source searched by the study of the available supply."""

    kind: SourceKind
    searched_on: date | None = None
    query: str = ""
    result: str = ""
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class SupplyStudyFacts:
    """The *étude de l’offre disponible* (LR-01). `checked_again_on`: last repeat of the searches."""

    sources: tuple[SourceFacts, ...] = ()
    author_id: str = ""
    signed_at: datetime | None = None
    reader_id: str = ""
    reader_is_outside_project: bool = False
    read_at: datetime | None = None
    checked_again_on: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ObjectiveFacts:
    """An objective of a phase: what is measured, and the mark to reach; without a mark it cannot be measured."""

    indicator: str = ""
    target: Decimal | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PhaseFacts:
    """A phase of the partnership; amounts are per partner, in euros HT.

    `partners_max`: how many partners may go on into it (None: all those of the lot).
    `ip_regime`: who holds which rights on its results.
    """

    id: str = ""
    number: int
    name: str = ""
    kind: PhaseKind = "research"
    objectives: tuple[ObjectiveFacts, ...] = ()
    duration_months: int | None = None
    partners_max: int | None = None
    remuneration_fixed_ht: Decimal | None = None
    remuneration_result_ht: Decimal | None = None
    deliverables: tuple[str, ...] = ()
    ip_regime: str = ""

    @property
    def remuneration_ht(self) -> Decimal | None:
        """Highest pay of the phase for one partner, or None when nothing is written."""
        if self.remuneration_fixed_ht is None and not self.remuneration_result_ht:
            return None
        return (self.remuneration_fixed_ht or Decimal(0)) + (self.remuneration_result_ht or Decimal(0))


@dataclass(frozen=True, kw_only=True, slots=True)
class AcquisitionFacts:
    """What may be bought if the phases succeed, per contract. `split`: how orders are shared among partners (LR-25)."""

    levels: tuple[str, ...] = ()
    unit_cost_max_ht: Decimal | None = None
    total_cost_max_ht: Decimal | None = None
    quantity_max: Decimal | None = None
    split: Split = ""
    split_shares: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class RequirementFacts:
    """A requirement of the need; the minimum ones bind every tender."""

    id: str = ""
    text: str = ""
    is_minimum: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class SelectionCriterionFacts:
    """A criterion that chooses candidates; `is_innovation`: it weighs R&D and innovation capacity (LR-13)."""

    id: str = ""
    name: str = ""
    is_innovation: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class AwardCriterionFacts:
    """A criterion that ranks tenders; `weight` in hundredths of a percent of its parent (or of the whole).

    `formula`: name of the scoring formula (law.formulas); none yet is no finding, the site then takes its own.
    """

    id: str = ""
    name: str = ""
    weight: int | None = None
    tag: CriterionTag = ""
    formula: str = ""
    disclosed: bool = True
    sub_criteria: "tuple[AwardCriterionFacts, ...]" = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class GateClauseFacts:
    """The clause on the end of a phase (R2172-31): the power, its money and how those who go on are chosen."""

    power: str = ""
    financial_consequences: str = ""
    choice_of_partners: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class TermsFacts:
    """The clauses of the contract that the law asks for. `personal_data_processed`: None while nobody has said it.

    `personal_data_gaps`: what the data annex does not say yet. `social_exception`: why there is no social clause.
    """

    environmental_clause: str = ""
    social_clause: str = ""
    social_exception: SocialException = ""
    social_exception_reason: str = ""
    ccag: str = ""
    ccag_departures: str = ""
    confidentiality: str = ""
    personal_data_processed: bool | None = None
    personal_data: str = ""
    personal_data_gaps: tuple[str, ...] = ()
    price_form: PriceForm = ""
    price_month: date | None = None
    price_formula: str = ""
    tender_validity_days: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class LotFacts:
    """A lot with everything that holds for it, its own or inherited from the call.

    `candidates_limited`: only some of the qualified candidates will be invited. `other_amounts_ht`: options, bonuses
    (*primes*) and renewals. `keys_ready_at`: when the keys of its first period were proved by all custodians.
    `turnover_min_ht`: yearly turnover asked of candidates; `young_firms_admitted`: firms too young to show it may prove
    their capacity otherwise. `mockup_asked`: tenders come with a prototype, a sample or a test; `bonus_ht`: what each
    tenderer then receives. `candidature_documents`: what a candidature must come with, by name.
    """

    id: str = ""
    number: int = 1
    title: str = ""
    partner_mode: PartnerMode = ""
    partners_max: int | None = None
    phases: tuple[PhaseFacts, ...] = ()
    acquisition: AcquisitionFacts | None = None
    estimated_acquisition_ht: Decimal | None = None
    gate_clause: GateClauseFacts | None = None
    requirements: tuple[RequirementFacts, ...] = ()
    selection_criteria: tuple[SelectionCriterionFacts, ...] = ()
    award_criteria: tuple[AwardCriterionFacts, ...] = ()
    candidates_limited: bool = False
    candidates_min: int | None = None
    candidates_max: int | None = None
    candidatures_close_at: datetime | None = None
    other_amounts_ht: Decimal = Decimal(0)
    keys_ready_at: datetime | None = None
    turnover_min_ht: Decimal | None = None
    young_firms_admitted: bool = False
    mockup_asked: bool = False
    bonus_ht: Decimal | None = None
    candidature_documents: tuple[str, ...] = ()
    terms: TermsFacts | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class TeamFacts:
    """Distinct people of a call by role, as ids of persons (never memberships)."""

    authors: tuple[str, ...] = ()
    validators: tuple[str, ...] = ()
    evaluators: tuple[str, ...] = ()
    custodians: tuple[str, ...] = ()
    signatories: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class DocumentsFacts:
    """The consultation documents at the address that the notice gives."""

    address: str = ""
    online: bool = False
    free_of_charge: bool = True
    replacement_rule_written: bool = False
    signature_asked_at_deposit: bool = False
    signature_reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class PublicationFacts:
    """Everything the rule book needs to know before a notice is sent.

    `country`: whose law governs the call. `launch_date` chooses the parameters; the notice is sent at `now`, or on the
    launch date while that is None. `deposits_here`: deposits are made on this site and not on another buyer profile,
    whose address is then `deposit_address`; `site_address`: that of this site. `publisher_id`: the person who
    publishes; `visa_by`: those who validated. `sendings`: notices that left, None as long as nobody publishes.
    `no_lots_reason`: why the call has a single lot.
    """

    launch_date: date | None = None
    country: str = "FR"
    now: datetime | None = None
    procedure: Procedure = ""
    nature: Nature = "services"
    buyer: BuyerFacts | None = None
    co_buyers: tuple[BuyerFacts, ...] = ()
    joint_agreement_attached: bool = False
    coordinator_id: str = ""
    profile_declared_on: date | None = None
    supply_study: SupplyStudyFacts | None = None
    lots: tuple[LotFacts, ...] = ()
    documents: DocumentsFacts = DocumentsFacts()
    deposits_here: bool = True
    deposit_address: str = ""
    site_address: str = ""
    single_step: bool = False
    team: TeamFacts = TeamFacts()
    publisher_id: str = ""
    visa_by: tuple[str, ...] = ()
    need: NeedFacts | None = None
    firms_met: tuple[FirmMetFacts, ...] = ()
    no_lots_reason: str = ""
    variants_allowed: bool = False
    variants_conditions: str = ""
    sendings: tuple[SendingFacts, ...] | None = None
