"""A backup copy is opened in two cases only, by two people; the others are destroyed (R2132-11, annex 6 art. 2)."""

from procurement.law import parameters
from procurement.law.calendar import is_on_time
from procurement.law.facts import CopyDestructionFacts, CopyOpeningFacts
from procurement.law.findings import Finding, Findings
from procurement.law.registry import Rule, enforces, run
from procurement.law.wording import instant


@enforces("LR-55")
def copy_arrived_as_announced(rule: Rule, facts: CopyOpeningFacts) -> Findings:
    """In time, marked for what it is, on a medium that the documents allow."""
    if not is_on_time(facts.arrived_at, facts.deadline):
        yield rule.block(
            f"La copie est arrivée le {instant(facts.arrived_at)}, après l’heure limite du {instant(facts.deadline)}.",
            "Ne l’ouvrez pas : elle est détruite avec les copies restées fermées.",
            "copy",
        )
    if not facts.is_marked:
        yield rule.block(
            "L’enveloppe ne porte pas clairement la mention « copie de sauvegarde ».",
            "Ne l’ouvrez pas : elle est détruite avec les copies restées fermées.",
            "copy",
        )
    allowed = parameters.requires("backup_copy_electronic_allowed", on=facts.launch_date)
    if facts.medium == "electronic" and not (facts.electronic_announced and allowed):
        yield rule.block(
            "Vos documents n’admettent pas de copie de sauvegarde électronique.",
            "Ne l’ouvrez pas : seules comptent les copies sur papier ou support physique.",
            "copy",
        )
    if facts.discarded:
        yield rule.block("Cette copie est écartée : un programme malveillant y a été trouvé.", "Détruisez-la.", "copy")


@enforces("LR-55")
def copy_opened_in_two_cases(rule: Rule, facts: CopyOpeningFacts) -> Findings:
    """Malware in the electronic files, whose trace is kept; or a failed transmission that began in time."""
    if facts.ground == "malware":
        if not facts.malware_found:
            yield rule.block(
                "Aucun programme malveillant n’est constaté dans les fichiers de ce candidat.",
                "Choisissez le cas qui s’est produit, ou laissez la copie fermée.",
                "ground",
            )
        return
    if facts.ground not in ("incomplete", "late", "unreadable"):
        yield rule.block("Ce cas n’est pas l’un de ceux de la loi.", "Choisissez l’un des cas proposés.", "ground")
    elif facts.began_at is None or not is_on_time(facts.began_at, facts.deadline):
        yield rule.block(
            "La transmission électronique n’a pas commencé avant l’heure limite.",
            "Laissez la copie fermée : elle ne remplace pas une réponse jamais envoyée.",
            "ground",
        )
    elif facts.ground == "late" and not facts.late:
        yield rule.block(
            "Le pli électronique de ce candidat n’est pas arrivé en retard.",
            "Choisissez le cas qui s’est produit, ou laissez la copie fermée.",
            "ground",
        )
    elif facts.ground == "incomplete" and facts.sealed:
        yield rule.block(
            "Le pli électronique de ce candidat est entier : il a été scellé.",
            "S’il est arrivé en retard ou s’il ne se lit pas, choisissez ce cas.",
            "ground",
        )
    elif facts.ground == "unreadable" and not facts.sealed:
        yield rule.block(
            "Aucun pli électronique de ce candidat n’est à lire : il n’a pas été scellé.",
            "Si l’envoi est resté inachevé, choisissez ce cas.",
            "ground",
        )


@enforces("LR-55")
def copy_opened_by_two(rule: Rule, facts: CopyOpeningFacts) -> Findings:
    """Two people, for written reasons: a physical seal is broken once."""
    if len({person for person in facts.decided_by if person}) < 2:
        yield rule.block("Une seule personne décide.", "Faites décider une seconde personne.", "decided_by")
    if not facts.reasons.strip():
        yield rule.block(
            "L’ouverture n’est pas motivée.", "Écrivez ce qui empêche de lire le pli électronique.", "reasons"
        )


@enforces("LR-55")
def opened_copy_is_kept(rule: Rule, facts: CopyDestructionFacts) -> Findings:
    """What stayed closed, or was discarded, is destroyed; what was opened is kept with the file."""
    if facts.opened and not facts.discarded:
        yield rule.block(
            "Cette copie a été ouverte : elle est conservée avec le dossier.",
            "Gardez-la jusqu’à la fin de la conservation du dossier.",
            "copy",
        )
    if facts.opening_proposed:
        yield rule.block(
            "Son ouverture est proposée : la copie peut encore servir.",
            "Confirmez ou abandonnez l’ouverture d’abord.",
            "copy",
        )
    if not facts.period_opened:
        yield rule.block(
            "Les plis de cette période ne sont pas ouverts : la copie peut encore servir.",
            "Attendez leur ouverture.",
            "copy",
        )
    if not facts.how.strip():
        yield rule.block(
            "Rien ne dit comment la copie est détruite.", "Écrivez-le : broyage, effacement du support.", "how"
        )


COPY_OPENING_RULES = (copy_arrived_as_announced, copy_opened_in_two_cases, copy_opened_by_two)
COPY_DESTRUCTION_RULES = (opened_copy_is_kept,)


def check_opening(facts: CopyOpeningFacts) -> list[Finding]:
    """Every finding on the opening of a backup copy."""
    return run(COPY_OPENING_RULES, facts)


def check_destruction(facts: CopyDestructionFacts) -> list[Finding]:
    """Every finding on the destruction of a backup copy."""
    return run(COPY_DESTRUCTION_RULES, facts)
