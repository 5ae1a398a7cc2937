"""A published call is changed."""

from procurement.law import candidature
from procurement.law.calendar import is_on_time
from procurement.law.facts import EditFacts
from procurement.law.findings import Finding, Findings
from procurement.law.negotiation import NOT_NEGOTIABLE
from procurement.law.registry import Rule, enforces, run
from procurement.law.wording import listed

WEIGHS_ON_TENDERS = {
    "object": "l’objet",
    "phases": "les phases",
    "objectives": "les objectifs et conditions des phases",
    "selection_criteria": "les critères de sélection",
    **NOT_NEGOTIABLE,
}


@enforces("LR-16")
def not_during_negotiation(rule: Rule, facts: EditFacts) -> Findings:
    """Once tenders are negotiated, criteria, weights and minimum requirements no longer move at all."""
    touched = [name for code, name in NOT_NEGOTIABLE.items() if code in facts.changed]
    if facts.negotiation_open and touched:
        yield rule.block(
            f"La négociation est ouverte : vous ne pouvez plus changer {listed(touched)}.",
            "Gardez-les, ou déclarez l’appel sans suite et relancez-le.",
            "changed",
        )


@enforces("LR-39")
def corrective_notice(rule: Rule, facts: EditFacts) -> Findings:
    """What weighs on tenders changes only before the deadline, by a corrective notice and a whole new period."""
    touched = [name for code, name in WEIGHS_ON_TENDERS.items() if code in facts.changed]
    if not touched:
        return
    if facts.deadline is None or not is_on_time(facts.now, facts.deadline):
        yield rule.block(
            f"Vous ne pouvez plus changer {listed(touched)} : l’heure limite est passée.",
            "Déclarez l’appel sans suite et relancez-le.",
            "changed",
        )
        return
    if not (facts.corrective_notice and facts.documents_corrected):
        yield rule.block(
            f"Changer {listed(touched)} demande un avis rectificatif et un règlement corrigé.",
            "Préparez l’avis rectificatif et la nouvelle version du règlement.",
            "corrective_notice",
        )
    if facts.tenders_received:
        yield rule.warn(
            "Des plis sont déjà déposés sur les anciens documents.",
            "Écrivez comment leurs auteurs seront prévenus qu’ils peuvent déposer de nouveau.",
            "tenders_received",
        )
    if facts.new_period is None:
        yield rule.block(
            f"Changer {listed(touched)} fait repartir un délai entier.",
            "Fixez une nouvelle heure limite.",
            "new_period",
        )
    else:
        yield from candidature.thirty_days(facts.new_period)


@enforces("LR-64")
def frozen_criteria(rule: Rule, facts: EditFacts) -> Findings:
    """Criteria in force are those whose fingerprint was taken at publication."""
    if not facts.frozen_hash or facts.frozen_hash != facts.current_hash:
        yield rule.block(
            "Les critères en vigueur ne sont pas ceux qui ont été publiés : leur empreinte diffère.",
            "Rétablissez les critères publiés, puis faites le changement par un avis rectificatif.",
            "current_hash",
        )


RULES = (not_during_negotiation, corrective_notice, frozen_criteria)


def check_edit_after_publication(facts: EditFacts) -> list[Finding]:
    """Every finding on a change to a published call."""
    return run(RULES, facts)
