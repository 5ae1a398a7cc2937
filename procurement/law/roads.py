"""The road that a payment takes: a public accountant alone pays for those who have one."""

from procurement.law.facts import TransferRoadFacts
from procurement.law.findings import Finding, Findings
from procurement.law.registry import Rule, enforces, run

BY_ACCOUNTANT = {
    "state": "L’État et ses établissements paient par leur comptable public, qui seul manie leurs fonds.",
    "local_authority": "Une collectivité et ses établissements paient par leur comptable public, qui seul manie leurs "
    "fonds.",
    "health": "Un établissement public de santé paie par son comptable public, qui seul manie ses fonds.",
}
CHORUS = "Déposez la facture sur Chorus Pro : le comptable paie après le mandatement."


@enforces("PR-07")
def paid_without_accountant(rule: Rule, facts: TransferRoadFacts) -> Findings:
    """A transfer through Stripe is for buyers without a public accountant: SEM, SPL, associations."""
    if reason := BY_ACCOUNTANT.get(facts.buyer_category):
        yield rule.block(reason, CHORUS, "buyer_category")
    elif facts.buyer_category != "other":
        yield rule.block(
            "La catégorie de l’acheteur n’est pas connue : on ne sait pas qui paie pour lui.",
            "Complétez le compte de l’acheteur.",
            "buyer_category",
        )
    elif facts.has_public_accountant is None:
        yield rule.block(
            "On ne sait pas si un comptable public paie pour cet acheteur.",
            "Demandez à l’acheteur de le dire.",
            "has_public_accountant",
        )
    elif facts.has_public_accountant:
        yield rule.block("Cet acheteur paie par un comptable public.", CHORUS, "has_public_accountant")


TRANSFER_RULES = (paid_without_accountant,)


def check_transfer(facts: TransferRoadFacts) -> list[Finding]:
    """What forbids to pay an invoice by transfer through Stripe; nothing where it is lawful."""
    return run(TRANSFER_RULES, facts)
