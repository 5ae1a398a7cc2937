"""Nobody takes part before having declared their interests (LR-70)."""

from procurement.law.facts import InterestFacts
from procurement.law.findings import Finding, Findings
from procurement.law.registry import Rule, enforces, run


@enforces("LR-70")
def declared_interests(rule: Rule, people: tuple[InterestFacts, ...]) -> Findings:
    """Each person has declared, and who has an interest has stepped aside."""
    if not people:
        yield rule.block(
            "Personne n’a déclaré ses intérêts pour cet appel.",
            "Chaque personne qui prend part au choix déclare ses intérêts avant de voir un dossier.",
            "people",
        )
    for person in people:
        if person.declared_at is None and person.recused_at is None:
            yield rule.block(
                "Une personne n’a pas déclaré ses intérêts.",
                "Elle déclare ses intérêts, ou se retire, avant de voir un dossier.",
                f"people.{person.person_id}",
            )
        elif person.has_interest and person.recused_at is None:
            yield rule.block(
                "Une personne a déclaré un intérêt et prend toujours part au choix.",
                "Elle se retire ; consignez son retrait.",
                f"people.{person.person_id}",
            )


RULES = (declared_interests,)


def check_access(person: InterestFacts) -> list[Finding]:
    """Every finding on one person about to read the files of bidders."""
    return run(RULES, (person,))
