"""Which road fits a need? Computed from five answers before anything is written (LR-10, LR-31, LR-103)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from procurement.law import calendar, parameters
from procurement.law.estimate import eu_threshold, publicity_exempt_below, required_media, required_procedure
from procurement.law.facts import BuyerCategory, Nature, Procedure
from procurement.law.findings import Finding, Findings
from procurement.law.registry import Rule, enforces, run, unknown_figures
from procurement.law.wording import euros

Supply = Literal["none", "partial", "exists"]
Road = Literal["partnership", "direct", "exempt", "ordinary"]


@dataclass(frozen=True, kw_only=True, slots=True)
class OrientationFacts:
    """What is known of a need before its call; amounts in euros HT, all partners and all years.

    `supply`: whether something available meets the need. `road`: the one chosen, empty while the advice is asked.
    """

    launch_date: date | None
    category: BuyerCategory
    nature: Nature = "services"
    supply: Supply = "none"
    research_ht: Decimal = Decimal(0)
    purchases_ht: Decimal = Decimal(0)
    reasons: str = ""
    road: Road | Literal[""] = ""

    @property
    def value_ht(self) -> Decimal:
        """Estimated value: research and planned purchases together (R2121-1)."""
        return self.research_ht + self.purchases_ht


@dataclass(frozen=True, slots=True)
class Advice:
    """What the rule book reckons. `media`: each as its possible channels; `earliest`: first sure day of a deadline."""

    road: Road
    procedure: Procedure
    value_ht: Decimal
    threshold_ht: Decimal
    exempt_below_ht: Decimal
    direct_below_ht: Decimal
    media: tuple[tuple[str, ...], ...]
    earliest: date | None

    @property
    def may_buy_directly(self) -> bool:
        """Whether an innovative purchase needs neither publicity nor competition (R2122-9-1)."""
        return self.value_ht < self.direct_below_ht

    @property
    def is_exempt(self) -> bool:
        """Whether any purchase of that value is exempt of publicity and competition (R2122-8)."""
        return self.value_ht < self.exempt_below_ht


def advise(facts: OrientationFacts) -> Advice:
    """Reckon value, threshold, procedure, media and first date. Raises NoValueInForceError for an unknown date."""
    on = facts.launch_date
    common = {"category": facts.category, "nature": facts.nature, "on": on}
    procedure = required_procedure(facts.value_ht, **common)
    direct_below = parameters.value("innovation_direct_max", on=on)
    if facts.supply == "exists":
        road: Road = "ordinary"
    elif facts.research_ht > 0:
        road = "partnership"
    else:
        road = "direct" if facts.value_ht < direct_below else "ordinary"
    formalised = procedure == "formalised" and on is not None
    return Advice(
        road=road,
        procedure=procedure,
        value_ht=facts.value_ht,
        threshold_ht=eu_threshold(facts.category, facts.nature, on=on),
        exempt_below_ht=publicity_exempt_below(facts.nature, on=on),
        direct_below_ht=direct_below,
        media=required_media(facts.value_ht, **common),
        earliest=calendar.candidature_period(on, launch_date=on).certain if formalised else None,
    )


@enforces("PR-06")
def figures_known(rule: Rule, facts: OrientationFacts) -> Findings:
    """Nothing is advised for a day whose figures are unknown."""
    try:
        advise(facts)
    except parameters.NoValueInForceError as unknown:
        yield unknown_figures(rule, unknown)


@enforces("LR-10")
def road_reasoned(rule: Rule, facts: OrientationFacts) -> Findings:
    """The choice of a road is reasoned in writing; a need that something meets calls for no partnership."""
    if not facts.reasons.strip():
        yield rule.block("Vos raisons manquent.", "Écrivez en deux phrases pourquoi cette voie.", "reasons")
    if facts.road == "partnership" and facts.supply == "exists":
        yield rule.block(
            "Une solution disponible répond au besoin : le partenariat n’est pas possible.",
            "Achetez-la par la procédure de droit commun.",
            "supply",
        )
    if facts.road == "partnership" and facts.research_ht <= 0:
        yield rule.block(
            "Un partenariat comporte de la recherche et développement, et vous n’en prévoyez pas.",
            "Estimez la recherche, ou choisissez une autre voie.",
            "research_ht",
        )


@enforces("LR-31")
def exempt_by_value(rule: Rule, facts: OrientationFacts) -> Findings:
    """Neither publicity nor competition below the amount of the day, for any purchase."""
    limit = publicity_exempt_below(facts.nature, on=facts.launch_date)
    if facts.road == "exempt" and facts.value_ht >= limit:
        yield rule.block(
            f"La valeur estimée ({euros(facts.value_ht)}) n’est pas inférieure à {euros(limit)} : "
            "publicité et mise en concurrence s’imposent.",
            "Choisissez une autre voie.",
            "road",
        )


@enforces("LR-103")
def direct_by_value(rule: Rule, facts: OrientationFacts) -> Findings:
    """An innovative purchase is direct strictly below the amount of the day, research and purchases together."""
    limit = parameters.value("innovation_direct_max", on=facts.launch_date)
    if facts.road == "direct" and facts.value_ht >= limit:
        yield rule.block(
            f"L’achat innovant direct est possible sous {euros(limit)} ; la valeur estimée est de "
            f"{euros(facts.value_ht)}.",
            "Choisissez une autre voie, sans découper le besoin.",
            "road",
        )


RULES = (figures_known, road_reasoned, exempt_by_value, direct_by_value)


def check(facts: OrientationFacts) -> list[Finding]:
    """Every finding on a road that is asked for or chosen."""
    return run(RULES, facts)
