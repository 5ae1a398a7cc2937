"""Missing items of candidatures: asked of all concerned at once, with one time limit (R2144-2, LR-45, LR-49)."""

from procurement.law import parameters
from procurement.law.calendar import is_on_time, paris_date
from procurement.law.espd import no_other_form
from procurement.law.facts import ComplementFacts, ComplementRequestFacts
from procurement.law.findings import Finding, Findings
from procurement.law.registry import Rule, enforces, run
from procurement.law.wording import instant, listed


@enforces("LR-49")
def all_concerned(rule: Rule, facts: ComplementRequestFacts) -> Findings:
    """All whose candidature lacks something are asked for all that it lacks, in one request."""
    if facts.asked_before:
        yield rule.block(
            "Les compléments de ce lot ont déjà été demandés.",
            "Une seule demande part, pour tous les candidats concernés, avec un seul délai.",
            "candidates",
        )
    if not any(one.asked for one in facts.candidates):
        yield rule.block(
            "La demande ne porte sur aucune pièce.",
            "Cochez ce qui manque, ou décidez de la sélection sans demander de compléments.",
            "candidates",
        )
    for one in facts.candidates:
        left_out = [label for label in one.missing if label not in one.asked]
        if left_out and not one.found_elsewhere.strip():
            yield rule.block(
                f"Vous demandez des compléments à certains, et pas à {one.name or 'un candidat'} : {listed(left_out)}.",
                "Demandez-le aussi, ou écrivez où cette pièce se trouve dans son dossier : la demande va à tous les "
                "candidats concernés.",
                f"found-{one.candidate_id}",
            )


@enforces("LR-49")
def appropriate_time(rule: Rule, facts: ComplementRequestFacts) -> Findings:
    """The time limit is one, to come, and long enough; no figure stands in the law."""
    if facts.deadline is None or facts.deadline <= facts.now:
        yield rule.block(
            "La demande ne laisse aucun temps pour répondre.", "Donnez une heure limite à venir.", "deadline"
        )
        return
    wanted = parameters.days("complement_days_default", on=facts.launch_date)
    if (paris_date(facts.deadline) - paris_date(facts.now)).days < wanted:
        yield rule.warn(
            f"Moins de {wanted} jours sont laissés pour compléter une candidature.",
            "Laissez plus de temps, ou écrivez pourquoi ce délai suffit.",
            "deadline",
        )


@enforces("LR-49")
def received_in_time(rule: Rule, facts: ComplementFacts) -> Findings:
    """A complement counts up to the time limit given to all, not after."""
    if not is_on_time(facts.received_at, facts.deadline):
        yield rule.block(
            f"L’heure limite des compléments est passée depuis le {instant(facts.deadline)}.",
            "Elle est la même pour tous les candidats : votre candidature s’examine avec ce qu’elle contient.",
            "file",
        )


REQUEST_RULES = (all_concerned, appropriate_time, no_other_form)
RECEPTION_RULES = (received_in_time,)


def check_request(facts: ComplementRequestFacts) -> list[Finding]:
    """Every finding on a request of complements about to be sent."""
    return run(REQUEST_RULES, facts)


def check_reception(facts: ComplementFacts) -> list[Finding]:
    """Every finding on a complement being handed in."""
    return run(RECEPTION_RULES, facts)
