"""May the notice be sent? Everything a call must hold before anyone can apply."""

from procurement.law.facts import PublicationFacts
from procurement.law.findings import Finding
from procurement.law.publication import competition, need, notices, preparation, site, tenders, terms
from procurement.law.registry import run

RULES = (
    *site.RULES,
    *preparation.RULES,
    *need.RULES,
    *competition.RULES,
    *tenders.RULES,
    *terms.RULES,
    *notices.RULES,
)


def check(facts: PublicationFacts) -> list[Finding]:
    """Every finding on a call about to be published.

    Where French law does not govern the call, that is the only finding: the others would make no sense.
    """
    return run((site.applicable_law,), facts) or run(RULES, facts)
