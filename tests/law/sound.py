"""Facts with nothing to say against them; each test spoils one."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from procurement.law.facts import (
    AcquisitionFacts,
    AwardCriterionFacts,
    BuyerFacts,
    DocumentsFacts,
    FirmMetFacts,
    GateClauseFacts,
    InterestFacts,
    LotFacts,
    NeedFacts,
    ObjectiveFacts,
    PhaseFacts,
    PublicationFacts,
    RequirementFacts,
    SelectionCriterionFacts,
    SourceFacts,
    SupplyStudyFacts,
    TeamFacts,
    TermsFacts,
)

PARIS = ZoneInfo("Europe/Paris")
LAUNCH = date(2026, 12, 1)
NOW = datetime(2026, 12, 1, 10, tzinfo=PARIS)

GATE = GateClauseFacts(power="continuer ou arrêter", financial_consequences="solde", choice_of_partners="résultats")
ACQUISITION = AcquisitionFacts(
    levels=("précision",),
    unit_cost_max_ht=Decimal(900),
    total_cost_max_ht=Decimal(450_000),
    quantity_max=Decimal(500),
    split="equal",
)
TERMS = TermsFacts(
    environmental_clause="empreinte mesurée",
    social_clause="heures d’insertion",
    ccag="CCAG-TIC du 30 mars 2021",
    ccag_departures="aucune",
    confidentiality="chacun garde secret",
    personal_data_processed=False,
    price_form="firm",
    price_month=date(2026, 12, 1),
    tender_validity_days=180,
)
NEED = NeedFacts(
    problem="trier à la main est pénible",
    sustainable_development="moins de refus de tri",
    innovation_reasons="aucun capteur ne pèse en marche",
    innovation_indicators=("research_needed",),
)
LOT = LotFacts(
    partner_mode="several",
    partners_max=2,
    phases=(
        PhaseFacts(
            number=1,
            objectives=(ObjectiveFacts(indicator="précision", target=Decimal(95)),),
            duration_months=9,
            remuneration_fixed_ht=Decimal(100_000),
            deliverables=("prototype",),
            ip_regime="titulaire, licence à l’acheteur",
        ),
        PhaseFacts(number=2, kind="acquisition", duration_months=24),
    ),
    acquisition=ACQUISITION,
    gate_clause=GATE,
    requirements=(RequirementFacts(text="hébergé dans l’Union", is_minimum=True),),
    selection_criteria=(SelectionCriterionFacts(name="recherche", is_innovation=True),),
    award_criteria=(
        AwardCriterionFacts(name="prix", weight=4000, tag="price"),
        AwardCriterionFacts(name="environnement", weight=1000, tag="environment"),
        AwardCriterionFacts(name="qualité", weight=5000, tag="quality"),
    ),
    candidates_limited=True,
    candidates_min=3,
    candidates_max=5,
    candidatures_close_at=datetime(2027, 1, 12, 12, tzinfo=PARIS),
    keys_ready_at=datetime(2026, 11, 30, 9, tzinfo=UTC),
    terms=TERMS,
)
STUDY = SupplyStudyFacts(
    sources=tuple(
        SourceFacts(kind=kind, searched_on=date(2026, 11, 10), query="tri", result="aucun", reason="trop lent")
        for kind in ("catalogue", "award_notices", "european_and_open_source", "firms_met")
    ),
    author_id="ana",
    signed_at=datetime(2026, 11, 20, 9, tzinfo=UTC),
    reader_id="rex",
    reader_is_outside_project=True,
    read_at=datetime(2026, 11, 21, 9, tzinfo=UTC),
    checked_again_on=date(2026, 11, 30),
)
CALL = PublicationFacts(
    launch_date=LAUNCH,
    now=NOW,
    procedure="formalised",
    buyer=BuyerFacts(
        id="city",
        name="Ville",
        identifier_scheme="siren",
        identifier="217500016",
        category="local_authority",
        verified_at=datetime(2026, 10, 1, tzinfo=UTC),
    ),
    profile_declared_on=date(2026, 1, 5),
    supply_study=STUDY,
    lots=(LOT,),
    documents=DocumentsFacts(address="https://exemple.fr/a", online=True, replacement_rule_written=True),
    team=TeamFacts(
        authors=("ana",),
        validators=("val",),
        evaluators=("eve",),
        custodians=("c1", "c2", "c3"),
        signatories=("sam",),
    ),
    publisher_id="ana",
    visa_by=("val",),
    need=NEED,
    firms_met=(FirmMetFacts(name="Pèse-Vite", met_on=date(2026, 11, 10), information="la même note pour tous"),),
    no_lots_reason="Un seul service, un seul terrain d’essai.",
)
PEOPLE = (InterestFacts(person_id="eve", declared_at=NOW),)


def call(**changes) -> PublicationFacts:
    """Change facts of the sound call."""
    return replace(CALL, **changes)


def call_with_lot(**changes) -> PublicationFacts:
    """Change facts of the only lot of the sound call."""
    return replace(CALL, lots=(replace(LOT, **changes),))


def rules_of(findings) -> list[str]:
    """Ids of the rules that speak, each once."""
    return list(dict.fromkeys(one.rule for one in findings))


def severities(findings, rule) -> list[str]:
    """Severities of what one rule says."""
    return [one.severity.value for one in findings if one.rule == rule]
