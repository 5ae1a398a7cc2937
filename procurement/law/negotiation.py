"""Rounds of negotiation, and their end."""

from procurement.law import interests, parameters
from procurement.law.calendar import is_on_time, paris_date
from procurement.law.facts import NegotiationFacts
from procurement.law.findings import Finding, Findings
from procurement.law.registry import Rule, enforces, run

NOT_NEGOTIABLE = {
    "award_criteria": "les critères d’attribution",
    "sub_criteria": "les sous-critères",
    "weights": "les poids",
    "minimum_requirements": "les exigences minimales",
}


@enforces("LR-16")
def nothing_untouchable(rule: Rule, facts: NegotiationFacts) -> Findings:
    """Criteria and minimum requirements are never negotiated, and a final tender does not move."""
    for code in facts.changed:
        if code in NOT_NEGOTIABLE:
            yield rule.block(
                f"La négociation ne peut changer {NOT_NEGOTIABLE[code]}.",
                "Retirez ce changement ; s’il est indispensable, relancez une procédure.",
                f"changed.{code}",
            )
    if facts.final_closed_at is not None and not is_on_time(facts.now, facts.final_closed_at):
        yield rule.block(
            "Les offres finales sont remises : elles ne se négocient plus.",
            "Passez à la notation ; demandez seulement des précisions qui ne changent pas l’offre.",
            "final_closed_at",
        )


@enforces("LR-16")
def everyone_negotiated(rule: Rule, facts: NegotiationFacts) -> Findings:
    """Before final tenders, each tenderer who remains had a recorded negotiation."""
    if not facts.closing:
        return
    unmet = _remaining(facts) - set(facts.met_ids)
    if unmet:
        yield rule.block(
            f"{len(unmet)} soumissionnaire(s) n’ont eu aucune négociation consignée.",
            "Tenez et consignez au moins une réunion avec chacun, de durée égale.",
            "met_ids",
        )


@enforces("LR-17")
def announced_elimination(rule: Rule, facts: NegotiationFacts) -> Findings:
    """Rounds eliminate only if the documents said so, on the award criteria, with reasons."""
    if facts.eliminated and not facts.elimination_announced:
        yield rule.block(
            "L’avis n’annonce pas d’élimination pendant la négociation.",
            "Gardez tous les soumissionnaires jusqu’aux offres finales.",
            "eliminated",
        )
    for one in facts.eliminated:
        if not one.on_award_criteria or not one.reasons.strip():
            yield rule.block(
                "Une élimination ne s’appuie pas sur les critères d’attribution, ou n’est pas motivée.",
                "Classez les dernières offres selon les critères annoncés, éliminez les moins bien classées et écrivez "
                "les motifs.",
                f"eliminated.{one.tenderer_id}",
            )


@enforces("LR-17")
def everyone_told(rule: Rule, facts: NegotiationFacts) -> Findings:
    """All who remain, and they alone, get the letter at once, with enough time to tender again."""
    told = [one.candidate_id for one in facts.letters]
    if set(told) != _remaining(facts) or len(told) != len(set(told)) or len({one.sent_at for one in facts.letters}) > 1:
        yield rule.block(
            "La lettre du tour ne part pas en même temps à tous ceux qui restent, et à eux seuls.",
            "Envoyez la même lettre à tous en un seul envoi.",
            "letters",
        )
    wanted = parameters.days("resubmission_days_default", on=facts.launch_date)
    if any(
        one.sent_at and one.deadline and (paris_date(one.deadline) - paris_date(one.sent_at)).days < wanted
        for one in facts.letters
    ):
        yield rule.warn(
            f"Moins de {wanted} jours sont laissés pour remettre une nouvelle offre.",
            "Laissez plus de temps, ou écrivez pourquoi ce délai suffit.",
            "letters.deadline",
        )


@enforces("LR-18")
def common_end(rule: Rule, facts: NegotiationFacts) -> Findings:
    """The end of negotiation is announced with one common deadline."""
    deadlines = {one.deadline for one in facts.letters}
    if len(deadlines) != 1 or None in deadlines:
        yield rule.block(
            "Il n’y a pas une seule heure limite, commune à tous.",
            "Écrivez la même heure limite pour tous.",
            "letters.deadline",
        )


@enforces("LR-18")
def real_competition(rule: Rule, facts: NegotiationFacts) -> Findings:
    """Enough tenderers remain for real competition, at the end as when a round leaves some out."""
    if (facts.closing or facts.eliminated) and len(_remaining(facts)) < 2:
        yield rule.warn(
            "Moins de deux soumissionnaires restent pour les offres finales.",
            "Gardez-en davantage, ou écrivez pourquoi la concurrence n’est pas faussée.",
            "tenderer_ids",
        )


def _remaining(facts: NegotiationFacts) -> set[str]:
    return set(facts.tenderer_ids) - {one.tenderer_id for one in facts.eliminated}


RULES = (
    nothing_untouchable,
    everyone_negotiated,
    announced_elimination,
    everyone_told,
    common_end,
    real_competition,
)
# A meeting asks for no new bid: only what cannot be negotiated, and the same letter to all, are asked of it.
MEETING_RULES = (nothing_untouchable, everyone_told)
# Those who remain are told by the letter of the next round, or by that of the end.
ELIMINATION_RULES = (nothing_untouchable, announced_elimination, real_competition)


def check(facts: NegotiationFacts) -> list[Finding]:
    """Every finding on a round of negotiation, or on its end (`closing`) with the call for final tenders."""
    return run(RULES, facts)


def check_meetings(facts: NegotiationFacts) -> list[Finding]:
    """Every finding on the invitation of those who remain to a round of meetings."""
    return run(MEETING_RULES, facts)


def check_elimination(facts: NegotiationFacts) -> list[Finding]:
    """Every finding on leaving tenderers out of the next round, and on the people who decide it."""
    return run(ELIMINATION_RULES, facts) + run(interests.RULES, facts.people)
