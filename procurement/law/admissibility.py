"""Bids themselves: may they be ranked, is a price abnormally low; and the winner who cannot perform."""

from collections.abc import Iterable
from decimal import Decimal

from procurement.law import parameters
from procurement.law.calendar import is_on_time
from procurement.law.facts import AssessmentFacts, PriceFacts, ReplacementFacts
from procurement.law.findings import Finding, Findings
from procurement.law.registry import Rule, enforces, run
from procurement.law.wording import euros, instant

ENOUGH_TO_COMPARE = 2


@enforces("LR-67")
def status_has_reasons(rule: Rule, facts: AssessmentFacts) -> Findings:
    """A bid is set aside for written reasons; one that misses a minimum requirement is not regular."""
    if facts.status == "regular" and facts.meets_minimum_requirements is None:
        yield rule.block(
            "Les exigences minimales de cette offre n’ont pas toutes été vérifiées.",
            "Remplissez sa liste de vérification, puis constatez sa régularité.",
            "status",
        )
    elif facts.status == "regular" and not facts.meets_minimum_requirements:
        yield rule.block(
            "Cette offre ne respecte pas une exigence minimale : elle est irrégulière.",
            "Constatez son irrégularité, avec ses motifs.",
            "status",
        )
    elif facts.status != "regular" and not facts.reasons.strip():
        yield rule.block(
            "Une offre est écartée sans motif.", "Écrivez pourquoi : la lettre de rejet le dira.", "reasons"
        )


@enforces("LR-69")
def explanations_first(rule: Rule, facts: AssessmentFacts) -> Findings:
    """A price is found abnormally low after explanations were asked, and given or overdue."""
    if facts.status != "abnormally_low":
        return
    if facts.explanations_asked_at is None:
        yield rule.block(
            "Une offre ne se rejette pas comme anormalement basse sans que son auteur ait pu s’expliquer.",
            "Demandez-lui de justifier son prix, avec une date limite.",
            "status",
        )
    elif facts.explanations_given_at is None and (
        facts.explanations_due_at is None or is_on_time(facts.now, facts.explanations_due_at)
    ):
        until = f" jusqu’au {instant(facts.explanations_due_at)}" if facts.explanations_due_at else ""
        yield rule.block(
            f"L’entreprise peut encore justifier son prix{until}.", "Attendez sa réponse ou la date limite.", "status"
        )


@enforces("LR-69")
def low_price_detected(rule: Rule, facts: PriceFacts) -> Findings:
    """A price far below the others is looked at before it is ranked; the gap alone proves nothing."""
    if facts.explanations_asked or len(facts.other_prices_ht) < ENOUGH_TO_COMPARE:
        return
    average = sum(facts.other_prices_ht, Decimal(0)) / len(facts.other_prices_ht)
    gap = parameters.value("low_price_gap", on=facts.launch_date)
    if facts.price_ht < average * (100 - gap) / 100:
        yield rule.warn(
            f"Un prix de {euros(facts.price_ht)} est très inférieur à la moyenne des autres ({euros(average)}).",
            "Demandez à l’entreprise de le justifier, ou écrivez pourquoi il n’est pas anormalement bas.",
            f"tenders.{facts.bidder_id}",
        )


@enforces("LR-81")
def jurist_consulted(rule: Rule, facts: ReplacementFacts) -> Findings:
    """Replacing a winner prevented by force majeure needs reasons, and a jurist's eye on which notification counts."""
    if not facts.reasons.strip():
        yield rule.block("Le remplacement du retenu n’est pas motivé.", "Écrivez ce qui l’empêche.", "reasons")
    yield rule.warn(
        "Le code réserve ce remplacement à la période qui va du choix à la notification.",
        "Faites viser la décision par un juriste et écrivez son avis.",
        "reasons",
    )


ASSESSMENT_RULES = (status_has_reasons, explanations_first)
PRICE_RULES = (low_price_detected,)
REPLACEMENT_RULES = (jurist_consulted,)


def check_assessment(facts: AssessmentFacts) -> list[Finding]:
    """Every finding on the status about to be given to a bid."""
    return run(ASSESSMENT_RULES, facts)


def check_prices(prices: Iterable[PriceFacts]) -> list[Finding]:
    """Every finding on prices about to be ranked."""
    return list(dict.fromkeys(finding for price in prices for finding in run(PRICE_RULES, price)))


def check_replacement(facts: ReplacementFacts) -> list[Finding]:
    """Every finding on the replacement of a winner prevented by force majeure."""
    return run(REPLACEMENT_RULES, facts)
