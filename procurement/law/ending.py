"""A lot ends before any signature, without follow-up or unsuccessful (R2185-1, R2185-2, LR-86)."""

from procurement.law.facts import EndingFacts, EndingLettersFacts
from procurement.law.findings import Finding, Findings
from procurement.law.registry import Rule, enforces, run


@enforces("LR-86")
def before_signature_with_reasons(rule: Rule, facts: EndingFacts) -> Findings:
    """A procedure is given up at any time until the signature, for written reasons."""
    if facts.signed or facts.ended:
        yield rule.block(
            "Ce lot est déjà signé ou terminé.",
            "Un lot se déclare sans suite avant la signature, une seule fois ; un contrat signé se résilie.",
            "lot",
        )
    if not facts.reasons.strip():
        yield rule.block(
            "L’abandon n’est pas motivé.", "Écrivez ses motifs : ils sont communiqués aux participants.", "reasons"
        )


@enforces("LR-86")
def participants_told(rule: Rule, facts: EndingLettersFacts) -> Findings:
    """All who took part learn the same reasons at the same instant, once the lot is ended."""
    if not facts.ended:
        yield rule.block("Ce lot n’est ni sans suite ni infructueux.", "Décidez-le d’abord.", "lot")
    elif not facts.to_tell_ids:
        yield rule.block(
            "Toutes les entreprises dont la réponse a été ouverte sont déjà informées.", "Rien ne reste à faire.", "lot"
        )
    elif not facts.reasons.strip():
        yield rule.block("Les lettres ne disent pas pourquoi.", "Écrivez les motifs de l’abandon.", "reasons")


ENDING_RULES = (before_signature_with_reasons,)
ENDING_LETTERS_RULES = (participants_told,)


def check(facts: EndingFacts) -> list[Finding]:
    """Every finding on the end of a lot about to be decided."""
    return run(ENDING_RULES, facts)


def check_letters(facts: EndingLettersFacts) -> list[Finding]:
    """Every finding on the letters that tell it."""
    return run(ENDING_LETTERS_RULES, facts)
