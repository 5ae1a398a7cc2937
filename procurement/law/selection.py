"""Candidates are chosen, told, and invited to tender."""

from procurement.law import interests, parameters
from procurement.law.calendar import is_office_hour, is_on_time, paris_date
from procurement.law.facts import InvitationFacts, SelectionFacts
from procurement.law.findings import Finding, Findings
from procurement.law.registry import Rule, enforces, run
from procurement.law.wording import instant


@enforces("LR-15")
def announced_number(rule: Rule, facts: SelectionFacts) -> Findings:
    """Only firms that applied are chosen, and a qualified one is left out only within the limits announced.

    With fewer qualified candidates than the minimum the buyer may go on with those. Below the EU threshold a written
    reason relaxes the limits.
    """
    speak = rule.warn if facts.procedure == "adapted" else rule.block
    chosen = [one for one in facts.candidates if one.selected]
    qualified = [one for one in facts.candidates if one.qualified and one.applied and not one.late]
    if not chosen:
        yield rule.block(
            "Aucun candidat n’est retenu.", "Retenez des candidats, ou déclarez l’appel infructueux.", "candidates"
        )
    for one in chosen:
        if not one.applied:
            yield rule.block(
                "Une entreprise retenue n’a pas candidaté.", "Retirez-la de la liste.", f"candidates.{one.candidate_id}"
            )
        elif not one.qualified:
            yield rule.block(
                "Un candidat retenu n’a pas les capacités demandées.",
                "Rejetez-le, ou corrigez son examen.",
                f"candidates.{one.candidate_id}",
            )
    least = max(facts.candidates_min or 0, parameters.days("candidates_min", on=facts.launch_date))
    if len(chosen) < len(qualified):
        if not facts.limit_announced:
            yield speak(
                "Vous écartez des candidats qualifiés, alors que l’avis n’annonce aucune limite.",
                "Invitez tous les candidats qualifiés.",
                "limit_announced",
            )
        if len(chosen) < min(least, len(qualified)):
            yield speak(
                f"Vous retenez {len(chosen)} candidat(s) : il en faut {min(least, len(qualified))}.",
                "Retenez davantage de candidats qualifiés.",
                "candidates_min",
            )
    if facts.limit_announced and facts.candidates_max is not None and len(chosen) > facts.candidates_max:
        yield speak(
            f"Vous retenez {len(chosen)} candidats, plus que le maximum annoncé de {facts.candidates_max}.",
            "Gardez les mieux classés selon les critères annoncés.",
            "candidates_max",
        )


@enforces("LR-43")
def late_are_out(rule: Rule, facts: SelectionFacts) -> Findings:
    """A candidature received late is not chosen."""
    for one in facts.candidates:
        if one.late and one.selected:
            yield rule.block(
                "Une candidature reçue après l’heure limite est retenue.",
                "Éliminez-la, ou décidez d’abord à deux de l’admettre.",
                f"candidates.{one.candidate_id}",
            )


@enforces("LR-49")
def complements_awaited(rule: Rule, facts: SelectionFacts) -> Findings:
    """Nothing is decided while a firm may still complete its candidature."""
    if facts.complements_deadline and facts.now and is_on_time(facts.now, facts.complements_deadline):
        yield rule.block(
            "Des entreprises peuvent encore compléter leur candidature.",
            f"Attendez leurs pièces, ou l’heure limite du {instant(facts.complements_deadline)}.",
            "candidates",
        )


@enforces("LR-47")
def excluded_are_out(rule: Rule, facts: SelectionFacts) -> Findings:
    """An excluded candidate is not chosen."""
    for one in facts.candidates:
        if one.excluded and one.selected:
            yield rule.block(
                "Une entreprise exclue est retenue.",
                "Rejetez-la : sa lettre dira le motif d’exclusion.",
                f"choice-{one.candidate_id}",
            )


@enforces("LR-48")
def exclusions_settled(rule: Rule, facts: SelectionFacts) -> Findings:
    """An exclusion that the firm was told of is decided, one way or the other, before the selection."""
    for one in facts.candidates:
        if one.exclusion_pending:
            yield rule.block(
                "Une exclusion envisagée n’est pas tranchée.",
                "Décidez-en après les observations de l’entreprise ou la fin de son délai.",
                f"choice-{one.candidate_id}",
            )


@enforces("LR-51")
def one_bid_a_firm(rule: Rule, facts: SelectionFacts) -> Findings:
    """Where the documents forbid several bids of one firm, two candidates that share a firm are not both chosen."""
    if not facts.several_bids_forbidden:
        return
    chosen: dict[tuple[str, str], list[str]] = {}
    for one in facts.candidates:
        if one.selected:
            for firm in one.members:
                chosen.setdefault(firm, []).append(one.candidate_id)
    for (_firm_id, name), candidate_ids in chosen.items():
        if len(candidate_ids) > 1:
            yield rule.block(
                f"{name} est dans {len(candidate_ids)} candidatures retenues, ce que vos documents interdisent.",
                "Rejetez-les toutes avec ce motif ; ou n’en gardez qu’une, après avoir demandé à l’entreprise de "
                "s’expliquer, et écrivez pourquoi celle-là : le code ne le dit pas à votre place.",
                f"choice-{candidate_ids[-1]}",
            )


@enforces("LR-76")
def reasons_for_each(rule: Rule, facts: SelectionFacts) -> Findings:
    """Each rejected candidate will read why, so each rejection has its reasons."""
    for one in facts.candidates:
        if one.applied and not one.selected and not one.reasons.strip():
            yield rule.block(
                "Une candidature est rejetée sans motif.",
                "Écrivez pourquoi : la lettre part aussitôt avec ces motifs.",
                f"candidates.{one.candidate_id}.reasons",
            )


@enforces("LR-111")
def same_invitation(rule: Rule, facts: InvitationFacts) -> Findings:
    """All selected candidates are invited at the same instant, with one deadline and the address of the documents."""
    invited = [one.candidate_id for one in facts.invitations]
    if not facts.selected_ids or set(invited) != set(facts.selected_ids) or len(invited) != len(set(invited)):
        yield rule.block(
            "Les invitations ne vont pas à tous les candidats retenus, et à eux seuls.",
            "Envoyez une invitation à chacun, en un seul envoi.",
            "invitations",
        )
    if len({one.sent_at for one in facts.invitations}) > 1 or any(one.sent_at is None for one in facts.invitations):
        yield rule.block(
            "Les invitations ne partent pas au même instant.", "Envoyez-les toutes ensemble.", "invitations.sent_at"
        )
    deadlines = {one.deadline for one in facts.invitations}
    if len(deadlines) > 1 or None in deadlines:
        yield rule.block(
            "Les invitations ne donnent pas toutes la même heure limite.",
            "Écrivez la même heure limite dans chacune.",
            "invitations.deadline",
        )
    if any(not one.documents_address.strip() for one in facts.invitations):
        yield rule.block(
            "Une invitation ne dit pas où sont les documents.",
            "Ajoutez l’adresse des documents.",
            "invitations.documents",
        )


@enforces("LR-14")
def time_for_initial_tenders(rule: Rule, facts: InvitationFacts) -> Findings:
    """The time given for initial tenders is free, but a short one needs a reason."""
    wanted = parameters.days("initial_tender_days_electronic", on=facts.launch_date)
    for one in facts.invitations:
        if one.sent_at and one.deadline and (paris_date(one.deadline) - paris_date(one.sent_at)).days < wanted:
            yield rule.warn(
                f"Moins de {wanted} jours sont laissés pour une offre initiale.",
                "Laissez plus de temps, ou écrivez pourquoi ce délai suffit.",
                "invitations.deadline",
            )
            return


@enforces("PR-01")
def office_hours(rule: Rule, facts: InvitationFacts) -> Findings:
    """A deadline falls when help can be had."""
    for deadline in {one.deadline for one in facts.invitations if one.deadline}:
        if not is_office_hour(deadline):
            yield rule.block(
                f"L’heure limite du {instant(deadline)} tombe hors des heures de bureau (jour ouvré, de 9 h à 18 h).",
                "Choisissez un jour ouvré entre 9 h et 18 h.",
                "invitations.deadline",
            )


SELECTION_RULES = (
    announced_number,
    late_are_out,
    complements_awaited,
    excluded_are_out,
    exclusions_settled,
    one_bid_a_firm,
    reasons_for_each,
)
INVITATION_RULES = (same_invitation, time_for_initial_tenders, office_hours)


def check(facts: SelectionFacts) -> list[Finding]:
    """Every finding on the choice of candidates, and on the people who made it."""
    return run(SELECTION_RULES, facts) + run(interests.RULES, facts.people)


def check_invitations(facts: InvitationFacts) -> list[Finding]:
    """Every finding on the invitations to tender about to be sent."""
    return run(INVITATION_RULES, facts)
