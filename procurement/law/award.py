"""The partners are chosen, and the intended winners cleared."""

from collections.abc import Collection, Iterable

from procurement.law import interests
from procurement.law.calendar import is_on_time, paris_date
from procurement.law.estimate import eu_threshold
from procurement.law.facts import AwardFacts, ClearanceFacts, ProofRequestFacts, RankedTenderFacts
from procurement.law.findings import Finding, Findings
from procurement.law.registry import Rule, enforces, run
from procurement.law.wording import listed


def in_the_running(tenders: Iterable[RankedTenderFacts]) -> list[RankedTenderFacts]:
    """Tenders that may still be chosen, best first: regular, ranked, and their author not eliminated (LR-71, LR-74)."""
    able = (one for one in tenders if one.status == "regular" and one.rank is not None and not one.eliminated)
    return sorted(able, key=lambda one: one.rank or 0)


def next_ranked(tenders: Iterable[RankedTenderFacts], chosen_ids: Iterable[str]) -> str | None:
    """Bidder to ask when a winner falls out, or None when nobody is left (R2144-7, LR-74)."""
    taken = set(chosen_ids)
    return next((one.bidder_id for one in in_the_running(tenders) if one.bidder_id not in taken), None)


@enforces("LR-04")
def within_announced_number(rule: Rule, facts: AwardFacts) -> Findings:
    """No more partners than announced."""
    most = 1 if facts.partner_mode == "single" else facts.partners_max
    if most is None or not facts.partner_mode:
        yield rule.block(
            "L’avis n’annonce pas le nombre de partenaires.",
            "Vous ne pouvez choisir que ce que l’avis annonce.",
            "partners_max",
        )
    elif len(facts.chosen_ids) > most:
        yield rule.block(
            f"Vous choisissez {len(facts.chosen_ids)} partenaires ; l’avis en annonce {most} au plus.",
            "Gardez les mieux classés.",
            "chosen_ids",
        )


@enforces("LR-16")
def after_negotiation(rule: Rule, facts: AwardFacts) -> Findings:
    """No award on initial tenders: a negotiation was held, and chosen tenders are final ones."""
    if facts.procedure != "formalised":
        return
    if not facts.negotiation_held:
        yield rule.block(
            "Aucune négociation n’est consignée : on ne choisit pas sur les offres initiales.",
            "Négociez avec chaque soumissionnaire, puis demandez des offres finales.",
            "negotiation_held",
        )
    if any(not one.final for one in _chosen(facts)):
        yield rule.block(
            "Une offre choisie n’est pas une offre finale.", "Demandez les offres finales et notez-les.", "chosen_ids"
        )


@enforces("LR-18")
def final_tenders_checked(rule: Rule, facts: AwardFacts) -> Findings:
    """Each chosen tender was checked against the minimum requirements, and meets them."""
    for one in _chosen(facts):
        if not one.minimum_requirements_checked:
            yield rule.block(
                "Une offre choisie n’a pas été vérifiée au regard des exigences minimales.",
                "Remplissez sa liste de vérification.",
                f"tenders.{one.bidder_id}",
            )
        elif not one.meets_minimum_requirements:
            yield rule.block(
                "Une offre choisie ne respecte pas une exigence minimale.",
                "Déclarez-la irrégulière et passez à la suivante.",
                f"tenders.{one.bidder_id}",
            )


@enforces("LR-64")
def published_criteria(rule: Rule, facts: AwardFacts) -> Findings:
    """Tenders were judged on the criteria frozen at publication."""
    if not facts.frozen_hash or facts.frozen_hash != facts.current_hash:
        yield rule.block(
            "Les critères appliqués ne sont pas ceux qui ont été publiés : leur empreinte diffère.",
            "Rétablissez les critères publiés et reprenez la notation.",
            "current_hash",
        )


@enforces("LR-71")
def ranked_order(rule: Rule, facts: AwardFacts) -> Findings:
    """Only admissible tenders are ranked, by their commented scores; the best are chosen, with reasons."""
    ranked = sorted((one for one in facts.tenders if one.rank is not None), key=lambda one: one.rank or 0)
    if any(one.status != "regular" for one in ranked):
        yield rule.block(
            "Une offre irrégulière, inacceptable, inappropriée ou anormalement basse est classée.",
            "Retirez-la du classement.",
            "tenders",
        )
    scores = [one.score for one in ranked]
    if None in scores or scores != sorted(scores, key=lambda score: score or 0, reverse=True):
        yield rule.block(
            "Le classement ne suit pas les notes, de la plus haute à la plus basse.",
            "Refaites le calcul.",
            "tenders.rank",
        )
    if any(not one.commented for one in ranked):
        yield rule.block("Une note n’a pas de commentaire.", "Écrivez ce qui justifie chaque note.", "tenders.comment")
    if any(one.rank is None and one.status in ("", "regular") and not one.eliminated for one in facts.tenders):
        yield rule.block(
            "Une offre régulière, ou qui n’a pas été examinée, manque au classement.",
            "Examinez chaque offre, puis refaites le classement.",
            "tenders.rank",
        )
    if not facts.chosen_ids:
        yield rule.block("Aucun partenaire n’est choisi.", "Choisissez, ou déclarez sans suite.", "chosen_ids")
    elif not _are_the_best(facts.chosen_ids, in_the_running(facts.tenders)):
        yield rule.block(
            "Les partenaires choisis ne sont pas les mieux classés.", "Suivez le classement.", "chosen_ids"
        )
    if not facts.reasons.strip():
        yield rule.block("Le choix n’est pas motivé.", "Écrivez pourquoi ces offres sont les meilleures.", "reasons")


def _are_the_best(chosen_ids: Collection[str], running: Collection[RankedTenderFacts]) -> bool:
    """Whether each chosen one may be chosen, once, and nobody ranked before it is passed over; equals share a rank."""
    taken = [one.rank or 0 for one in running if one.bidder_id in chosen_ids]
    passed_over = [one.rank or 0 for one in running if one.bidder_id not in chosen_ids]
    return len(taken) == len(chosen_ids) and max(taken) <= min(passed_over, default=max(taken))


@enforces("LR-72")
def tender_board(rule: Rule, facts: AwardFacts) -> Findings:
    """In a local authority, from the EU threshold on, the tender board chooses."""
    if facts.buyer_category != "local_authority" or facts.procedure != "formalised" or facts.tender_board_minutes:
        return
    threshold = eu_threshold(facts.buyer_category, facts.nature, on=facts.launch_date)
    if facts.estimated_value_ht is None or facts.estimated_value_ht >= threshold:
        yield rule.block(
            "La commission d’appel d’offres n’a pas choisi le titulaire.",
            "Joignez son procès-verbal avant de décider.",
            "tender_board_minutes",
        )


def _chosen(facts: AwardFacts) -> list[RankedTenderFacts]:
    return [one for one in facts.tenders if one.bidder_id in facts.chosen_ids]


@enforces("LR-73")
def proofs_from_winner_only(rule: Rule, facts: ProofRequestFacts) -> Findings:
    """Proofs are asked from intended winners only, all at once, with a deadline."""
    if set(facts.asked_ids) - set(facts.intended_ids):
        yield rule.block(
            "Vous demandez des preuves à une entreprise qui n’est pas pressentie.",
            "Retirez-la de la demande.",
            "asked_ids",
        )
    if not facts.asked_ids or not facts.asked_codes:
        yield rule.block(
            "La demande de preuves est vide.", "Choisissez les preuves et leur destinataire.", "asked_codes"
        )
    if facts.deadline is None:
        yield rule.block("La demande de preuves n’a pas de date limite.", "Fixez-la.", "deadline")


@enforces("LR-73")
def proofs_complete(rule: Rule, facts: ClearanceFacts) -> Findings:
    """A winner is cleared when every proof asked is there, accepted and still valid."""
    if facts.decision != "clear":
        return
    today = paris_date(facts.now)
    good = {
        one.code
        for one in facts.proofs
        if one.received_at and one.accepted and (one.valid_until is None or one.valid_until >= today)
    }
    missing = [code for code in facts.required_codes if code not in good]
    if missing or not facts.required_codes:
        labels = {one.code: one.label or one.code for one in facts.proofs}
        named = listed(labels.get(code, code) for code in missing)
        yield rule.block(
            f"Preuves absentes, refusées ou périmées : {named or 'toutes'}.",
            "Demandez-les avant la date limite ; sinon éliminez l’entreprise et passez à la suivante.",
            "proofs",
        )


@enforces("LR-74")
def elimination_grounded(rule: Rule, facts: ClearanceFacts) -> Findings:
    """A winner falls out for missing proof after the deadline, a false statement or an exclusion, never otherwise."""
    if facts.decision == "clear":
        if facts.false_statement or facts.excluded:
            yield rule.block(
                "L’entreprise a fait une fausse déclaration ou est exclue : elle ne peut être retenue.",
                "Éliminez-la et demandez les preuves de la suivante du classement.",
                "decision",
            )
        return
    overdue = facts.deadline is not None and not is_on_time(facts.now, facts.deadline)
    if not (overdue or facts.false_statement or facts.excluded):
        yield rule.block(
            "Rien ne permet encore d’éliminer cette entreprise : son délai n’est pas écoulé.",
            "Attendez la date limite donnée pour ses preuves.",
            "deadline",
        )
    if not facts.reasons.strip():
        yield rule.block("L’élimination n’est pas motivée.", "Écrivez ses motifs.", "reasons")


AWARD_RULES = (
    within_announced_number,
    after_negotiation,
    final_tenders_checked,
    published_criteria,
    ranked_order,
    tender_board,
)
PROOF_REQUEST_RULES = (proofs_from_winner_only,)
CLEARANCE_RULES = (proofs_complete, elimination_grounded)


def check(facts: AwardFacts) -> list[Finding]:
    """Every finding on the choice of the partners of a lot, and on the people who made it."""
    return run(AWARD_RULES, facts) + run(interests.RULES, facts.people)


def check_proof_request(facts: ProofRequestFacts) -> list[Finding]:
    """Every finding on a request of proofs about to be sent."""
    return run(PROOF_REQUEST_RULES, facts)


def check_clearance(facts: ClearanceFacts) -> list[Finding]:
    """Every finding on clearing, or eliminating, an intended winner."""
    return run(CLEARANCE_RULES, facts)
