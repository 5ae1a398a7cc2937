"""Checking and scoring bids: each alone, then together, then closed (R2152-6, LR-18, LR-65, LR-67 to LR-71)."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import require
from marketplace.journal.acts import act, record_refusals
from marketplace.journal.errors import Refusal
from procurement.calls.models import AwardCriterion, Lot, Requirement
from procurement.correspondence.models import LetterKind
from procurement.correspondence.services import send_letter
from procurement.evaluation.documents import price_explanation_facts
from procurement.evaluation.facts import (
    award_criteria,
    cleared_evaluators,
    minimum_requirements_met,
    people_facts,
    quality_leaves,
)
from procurement.evaluation.models import (
    AwardDecision,
    Bid,
    ConsensusScore,
    PriceExplanation,
    RequirementCheck,
    Score,
    ScoreSheet,
    TechnicalClosing,
)
from procurement.evaluation.services.ruling import pass_rules
from procurement.evaluation.services.selection import check_score
from procurement.law import admissibility
from procurement.law import facts as law


def bids_to_score(lot: Lot, stage: str) -> list[Bid]:
    """Bids of a stage that no status sets aside; those not examined yet are scored."""
    return list(Bid.objects.at_stage(lot, stage).filter(status__in=["", Bid.Status.REGULAR]))


def _check_open(lot: Lot, stage: str) -> None:
    if TechnicalClosing.objects.filter(lot=lot, stage=stage).exists():
        raise Refusal("L’évaluation technique de cette étape est close : les notes ne changent plus (R2152-6).")


def _check_criterion(bid: Bid, criterion: AwardCriterion) -> None:
    if criterion.lot_id != bid.lot_id:
        raise Refusal("Ce critère est celui d’un autre lot : choisissez un critère de ce lot.")
    if str(criterion.pk) not in {leaf.key for leaf in quality_leaves(award_criteria(bid.lot))}:
        raise Refusal(
            "Ce critère ne se note pas à la main : le prix se calcule par sa formule, un critère divisé par ses "
            "sous-critères."
        )


def score(*, bid: Bid, criterion: AwardCriterion, value: int, comment: str, actor: Actor, now: datetime) -> Score:
    """Give, or correct, one's own score of a bid on a criterion, from 0 to 4, with its reason.

    Raises NotAllowed without the role or the declaration of interests (LR-70); Refusal off the scale, without a reason
    (LR-71), or once one's sheet is handed in.
    """
    require(actor, "bids.score", bid.lot)
    check_score(value, comment)
    with act(bid.lot.call.chain, "bid.scored", actor=actor, now=now, subject=bid) as entry:
        _check_criterion(bid, criterion)
        if ScoreSheet.objects.filter(lot=bid.lot, stage=bid.stage, evaluator_id=actor.user_id).exists():
            raise Refusal("Votre fiche est rendue : vos notes ne changent plus. Corrigez à la note arrêtée ensemble.")
        given = Score.objects.filter(bid=bid, criterion=criterion, evaluator_id=actor.user_id).first() or Score(
            bid=bid, criterion=criterion, evaluator_id=actor.user_id
        )
        given.value, given.comment, given.at = value, comment.strip(), now
        given.save()
        # Other evaluators must not learn the value from the journal before they hand in theirs.
        entry.data["criterion"] = criterion.pk
    return given


def hand_in(*, lot: Lot, stage: str, actor: Actor, now: datetime) -> ScoreSheet:
    """Hand in one's scores of a stage: they are complete and change no more, and the others may see them.

    Raises NotAllowed; Refusal when a score is missing or the sheet was handed in.
    """
    require(actor, "bids.score", lot)
    with act(lot.call.chain, "scores.handed_in", actor=actor, now=now, subject=lot, stage=stage):
        _check_open(lot, stage)
        if ScoreSheet.objects.filter(lot=lot, stage=stage, evaluator_id=actor.user_id).exists():
            raise Refusal("Votre fiche est déjà rendue.")
        bids = bids_to_score(lot, stage)
        wanted = {(bid.pk, leaf.key) for bid in bids for leaf in quality_leaves(award_criteria(lot))}
        given = Score.objects.filter(bid__in=bids, evaluator_id=actor.user_id).values_list("bid_id", "criterion_id")
        missing = len(wanted - {(bid_id, str(criterion_id)) for bid_id, criterion_id in given})
        if missing or not bids:
            raise Refusal(
                f"Il vous reste {missing} note(s) à donner : chaque offre se note sur chaque critère (R2152-6)."
            )
        sheet = ScoreSheet(lot=lot, stage=stage, evaluator_id=actor.user_id, handed_in_at=now)
        sheet.save()
    return sheet


def agree_consensus(
    *,
    bid: Bid,
    criterion: AwardCriterion,
    value: int,
    comment: str,
    attended: Iterable[Any],
    actor: Actor,
    now: datetime,
) -> ConsensusScore:
    """Record, or correct, the score agreed on a criterion once every evaluator handed in their own.

    `attended`: ids of the people present, all free of interests. Raises NotAllowed; Refusal off the scale, without a
    reason, before all sheets are in, with somebody present who may not be, or after the technical closing.
    """
    require(actor, "bids.score", bid.lot)
    check_score(value, comment)
    with act(bid.lot.call.chain, "score.agreed", actor=actor, now=now, subject=bid) as entry:
        _check_open(bid.lot, bid.stage)
        _check_criterion(bid, criterion)
        _check_sheets(bid.lot, bid.stage)
        present = [str(person) for person in attended]
        free = {
            person.person_id
            for person in people_facts(bid.lot.call)
            if person.declared_at is not None and person.recused_at is None
        }
        if not present or not set(present) <= free:
            raise Refusal(
                "Indiquez les personnes présentes : toutes sont de l’équipe, sans intérêt en cause, et l’ont déclaré "
                "(L2141-10)."
            )
        agreed = ConsensusScore.objects.filter(bid=bid, criterion=criterion).first() or ConsensusScore(
            bid=bid, criterion=criterion
        )
        agreed.value, agreed.comment, agreed.attended, agreed.agreed_at = value, comment.strip(), present, now
        agreed.save()
        entry.data.update(criterion=criterion.pk, value=value)
    return agreed


def _check_sheets(lot: Lot, stage: str) -> None:
    expected = cleared_evaluators(lot.call)
    handed = set(ScoreSheet.objects.filter(lot=lot, stage=stage).values_list("evaluator_id", flat=True))
    if not expected or expected - handed:
        raise Refusal(
            f"{len(expected - handed)} fiche(s) de notation ne sont pas rendues : chacun note seul avant la mise en "
            "commun."
        )


def check_requirements(
    *, bid: Bid, checks: Mapping[Any, tuple[bool, str]], actor: Actor, now: datetime
) -> list[RequirementCheck]:
    """Record whether a bid meets requirements of its lot: {id of requirement: (is met, finding)} (LR-18).

    Raises NotAllowed; Refusal when a minimum requirement is left out, one is of another lot, a missed one has no
    finding, or once the partners are chosen.
    """
    require(actor, "bids.register", bid.lot)
    with act(bid.lot.call.chain, "requirements.checked", actor=actor, now=now, subject=bid):
        _check_not_awarded(bid.lot)
        requirements = {row.pk: row for row in Requirement.objects.filter(lot=bid.lot)}
        minimum = {pk for pk, row in requirements.items() if row.is_minimum}
        if not minimum <= set(checks) or not set(checks) <= set(requirements):
            raise Refusal(
                "Vérifiez toutes les exigences minimales du lot, et elles seules ou celles du lot (R2161-20)."
            )
        if any(not is_met and not comment.strip() for is_met, comment in checks.values()):
            raise Refusal("Écrivez en quoi une exigence n’est pas respectée : la lettre de rejet le dira.")
        known = {row.requirement_id: row for row in RequirementCheck.objects.filter(bid=bid)}
        rows = []
        for pk, (is_met, comment) in checks.items():
            row = known.get(pk) or RequirementCheck(bid=bid, requirement=requirements[pk])
            row.is_met, row.comment, row.checked_by_id, row.checked_at = is_met, comment.strip(), actor.user_id, now
            row.save()
            rows.append(row)
    return rows


def _check_not_awarded(lot: Lot) -> None:
    if AwardDecision.objects.filter(lot=lot).exists():
        raise Refusal("Les partenaires sont choisis : l’examen des offres ne change plus (R2152-7).")


@record_refusals("bid.assess", subject="bid")
def assess_bid(
    *,
    bid: Bid,
    status: str,
    actor: Actor,
    now: datetime,
    reasons: str = "",
    accepted: Mapping[str, str] | None = None,
) -> Bid:
    """Find a bid regular, or set it aside with reasons (L2152-2 to -6). Its status may change until the choice.

    Raises NotAllowed; Refusal once the partners are chosen; RuleViolation (LR-67, LR-69).
    """
    require(actor, "bids.register", bid.lot)
    status = Bid.Status(status)
    with act(bid.lot.call.chain, "bid.assessed", actor=actor, now=now, subject=bid, status=status.value):
        _check_not_awarded(bid.lot)
        current = Bid.objects.select_related("lot__call").prefetch_related("requirement_checks").get(pk=bid.pk)
        asked = PriceExplanation.objects.filter(bid=bid).first()
        facts = law.AssessmentFacts(
            now=now,
            status=status.value,
            reasons=reasons,
            meets_minimum_requirements=minimum_requirements_met(
                current, Requirement.objects.filter(lot=current.lot, is_minimum=True)
            ),
            explanations_asked_at=asked and asked.asked_at,
            explanations_due_at=asked and asked.deadline,
            explanations_given_at=asked and asked.answered_at,
        )
        pass_rules(current.lot.call, admissibility.check_assessment(facts), accepted=accepted, actor=actor, now=now)
        current.status, current.status_reasons = status, reasons.strip()
        current.assessed_by_id, current.assessed_at = actor.user_id, now
        current.save()
    return current


def ask_price_explanations(
    *, bid: Bid, question: str, deadline: datetime, actor: Actor, now: datetime
) -> PriceExplanation:
    """Ask the author of a bid to justify its price by a deadline (R2152-3, LR-69).

    Raises NotAllowed; Refusal without a question, with a deadline in the past, before the price is opened, or twice.
    """
    require(actor, "bids.register", bid.lot)
    if not question.strip() or deadline <= now:
        raise Refusal("Écrivez ce qui doit être justifié et une heure limite à venir (R2152-3).")
    with act(bid.lot.call.chain, "price.explanations_asked", actor=actor, now=now, subject=bid):
        _check_not_awarded(bid.lot)
        if not Bid.objects.get(pk=bid.pk).is_priced:
            raise Refusal("Le prix de cette offre n’est pas ouvert : il ne peut pas encore être questionné.")
        if PriceExplanation.objects.filter(bid=bid).exists():
            raise Refusal("Des justifications sont déjà demandées pour cette offre.")
        letter = send_letter(
            call=bid.lot.call,
            lot=bid.lot,
            recipient=bid.party.lead,
            kind=LetterKind.PRICE_EXPLANATION,
            facts=price_explanation_facts(question.strip(), deadline),
            now=now,
        )
        asked = PriceExplanation(bid=bid, question=question.strip(), asked_at=now, deadline=deadline, letter=letter)
        asked.save()
    return asked


def record_price_explanations(
    *, explanation: PriceExplanation, answer: str, actor: Actor, now: datetime
) -> PriceExplanation:
    """Keep what the firm answered about its price. Raises NotAllowed, and Refusal for an empty or second answer."""
    lot = explanation.bid.lot
    require(actor, "bids.register", lot)
    with act(lot.call.chain, "price.explanations_given", actor=actor, now=now, subject=explanation):
        current = PriceExplanation.objects.get(pk=explanation.pk)
        if current.answered_at is not None or not answer.strip():
            raise Refusal("La réponse est vide, ou déjà consignée.")
        current.answer, current.answered_at = answer.strip(), now
        current.save()
    return current


def close_technical_evaluation(*, lot: Lot, stage: str, actor: Actor, now: datetime) -> TechnicalClosing:
    """Close the technical evaluation of a stage: agreed scores change no more, prices may be opened.

    Raises NotAllowed; Refusal when an agreed score is missing, or it is closed already.
    """
    require(actor, "evaluation.close", lot)
    with act(lot.call.chain, "evaluation.technical_closed", actor=actor, now=now, subject=lot, stage=stage):
        _check_open(lot, stage)
        bids = bids_to_score(lot, stage)
        wanted = {(bid.pk, leaf.key) for bid in bids for leaf in quality_leaves(award_criteria(lot))}
        agreed = ConsensusScore.objects.filter(bid__in=bids).values_list("bid_id", "criterion_id")
        missing = len(wanted - {(bid_id, str(criterion_id)) for bid_id, criterion_id in agreed})
        if missing or not bids:
            raise Refusal(f"Il manque {missing} note(s) arrêtée(s) ensemble : complétez-les avant de clore (R2152-6).")
        closing = TechnicalClosing(lot=lot, stage=stage, closed_at=now, closed_by_id=actor.user_id)
        closing.save()
    return closing
