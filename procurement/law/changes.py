"""A published call is changed."""

from procurement.law import candidature
from procurement.law.calendar import answers_deadline, deadline_after_information, is_on_time, paris_date
from procurement.law.facts import EditFacts
from procurement.law.findings import Finding, Findings
from procurement.law.negotiation import NOT_NEGOTIABLE
from procurement.law.registry import Rule, enforces, run
from procurement.law.wording import instant, listed

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


@enforces("LR-38")
def time_to_read(rule: Rule, facts: EditFacts) -> Findings:
    """Another change of the documents leaves firms time to read it; how much work it asks for is the buyer's to say."""
    if not facts.corrective_notice or not facts.changed or WEIGHS_ON_TENDERS.keys() & set(facts.changed):
        return
    if facts.closes_at is None or facts.deadline is None or not is_on_time(facts.now, facts.deadline):
        yield rule.block(
            "Vous ne pouvez plus changer les documents : l’heure limite est passée.",
            "Déclarez l’appel sans suite et relancez-le.",
            "changed",
        )
    elif paris_date(facts.now) > answers_deadline(facts.closes_at, launch_date=facts.launch_date):
        new = deadline_after_information(facts.now, facts.closes_at, launch_date=facts.launch_date)
        yield rule.block(
            "Ce changement vient à moins de six jours de l’heure limite.",
            f"Repoussez l’heure limite au {instant(new)} ou plus tard, pour tous.",
            "new_period",
        )
    elif facts.closes_at == facts.deadline:
        yield rule.warn(
            "Les documents changent et l’heure limite ne bouge pas.",
            "Repoussez l’heure limite à proportion du changement, ou écrivez pourquoi il ne demande aucun travail.",
            "new_period",
        )


@enforces("LR-64")
def frozen_criteria(rule: Rule, facts: EditFacts) -> Findings:
    """Criteria in force are those whose fingerprint was taken at publication."""
    if not facts.frozen_hash or facts.frozen_hash != facts.current_hash:
        yield rule.block(
            "Les critères en vigueur ne sont pas ceux qui ont été publiés : leur empreinte diffère.",
            "Rétablissez les critères publiés, puis faites le changement par un avis rectificatif.",
            "current_hash",
        )


RULES = (not_during_negotiation, corrective_notice, time_to_read, frozen_criteria)


def check_edit_after_publication(facts: EditFacts) -> list[Finding]:
    """Every finding on a change to a published call."""
    return run(RULES, facts)
