"""How long the file of a procedure and a contract are kept, and what must be true before anything is destroyed."""

from datetime import date

from procurement.law import parameters
from procurement.law.calendar import add_days, add_months
from procurement.law.facts import RetentionFacts
from procurement.law.findings import Finding, Findings
from procurement.law.registry import Rule, enforces, run
from procurement.law.wording import day

MONTHS_A_YEAR = 12


def kept_from(facts: RetentionFacts) -> date | None:
    """Day from which the time runs: signature, or the end without contract (LR-107); final payment (LR-108)."""
    return facts.paid_on if facts.holdings == "contract" else facts.signed_on or facts.given_up_on


def years_kept(facts: RetentionFacts) -> int:
    """How many years: 5 for a procedure, 10 for a contract as the archive reference advises.

    Raises NoValueInForceError for an unknown launch date.
    """
    name = "retention_contract" if facts.holdings == "contract" else "retention_losing"
    return int(parameters.value(name, on=facts.launch_date))


def first_day(facts: RetentionFacts) -> date | None:
    """First day on which the holdings may be destroyed: the day after the years are over; None while none runs.

    Raises NoValueInForceError for an unknown launch date.
    """
    begins = kept_from(facts)
    return begins and add_days(add_months(begins, MONTHS_A_YEAR * years_kept(facts)), 1)


@enforces("LR-107")
def procedure_is_kept(rule: Rule, facts: RetentionFacts) -> Findings:
    """Candidatures, losing bids and what opens them are kept five years from the signature."""
    if facts.holdings == "procedure":
        yield from _kept(rule, facts, "Le contrat n’est pas signé : aucun délai de conservation ne court encore.")


@enforces("LR-108")
def contract_is_kept(rule: Rule, facts: RetentionFacts) -> Findings:
    """The pieces of a contract are kept ten years from its final payment."""
    if facts.holdings == "contract":
        yield from _kept(rule, facts, "Le contrat n’est pas soldé : aucun délai de conservation ne court encore.")


def _kept(rule: Rule, facts: RetentionFacts, not_begun: str) -> Findings:
    first = first_day(facts)
    if first is None:
        yield rule.block(not_begun, "Gardez tout.", "kept_from")
    elif facts.today < first:
        yield rule.block(
            f"La durée de conservation court jusqu’au {day(add_days(first, -1))} inclus.",
            f"Ne détruisez rien avant le {day(first)}.",
            "today",
        )


@enforces("LR-107")
def archivist_agreed(rule: Rule, facts: RetentionFacts) -> Findings:
    """Public archives are destroyed with the visa of the archive service alone (code du patrimoine, L212-2)."""
    if not (facts.archivist.strip() and facts.visa.strip() and facts.visa_on):
        yield rule.block(
            "Le visa d’élimination du service d’archives manque.",
            "Indiquez qui l’a donné, sa référence et sa date.",
            "visa",
        )
    elif facts.visa_on > facts.today:
        yield rule.block("La date du visa est dans l’avenir.", "Vérifiez-la sur le bordereau.", "visa_on")


RETENTION_RULES = (procedure_is_kept, contract_is_kept)
VISA_RULES = (archivist_agreed,)


def check_age(facts: RetentionFacts) -> list[Finding]:
    """Every finding on whether the time of keeping is over."""
    return run(RETENTION_RULES, facts)


def check_destruction(facts: RetentionFacts) -> list[Finding]:
    """Every finding on a destruction about to be approved or done."""
    return run((*RETENTION_RULES, *VISA_RULES), facts)
