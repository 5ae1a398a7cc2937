"""From opened candidatures to the invitation of those selected (R2142-15 to -18, R2144-8, LR-15, LR-76, LR-111)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import require
from marketplace.files.documents import request_document
from marketplace.journal.acts import act, record_refusals
from marketplace.journal.errors import Refusal
from procurement.calls.facts import documents_address, launch_date
from procurement.calls.models import Call, Lot, PeriodEnvelope, SelectionCriterion, SubmissionPeriod
from procurement.calls.services.timeline import record
from procurement.correspondence.models import LetterKind
from procurement.correspondence.services import send_letter
from procurement.evaluation.documents import (
    candidate_rejection_facts,
    candidature_report_facts,
    invitation_facts,
)
from procurement.evaluation.facts import candidate_facts, selection_facts
from procurement.evaluation.models import Candidate, SelectionDecision, SelectionScore
from procurement.evaluation.scoring import BidToScore, Criterion, RankedScore, rank_bids
from procurement.evaluation.services.ruling import pass_rules, refuse_ended
from procurement.law import facts as law
from procurement.law import selection
from procurement.law.findings import Finding, refuse
from procurement.law.formulas import FORMULAS, SCALE
from procurement.submissions.models import Invitation, OpeningResult, Submission

OPENING_KINDS = (SubmissionPeriod.Kind.CANDIDATURE, SubmissionPeriod.Kind.SINGLE_STEP)


@dataclass(frozen=True, slots=True)
class Choice:
    """What the buyer decides of one candidate. `reasons` go into its letter when it is rejected."""

    candidate: Candidate
    is_qualified: bool
    is_selected: bool
    reasons: str = ""


def candidature_period(lot: Lot) -> SubmissionPeriod:
    """The period in which a lot received candidatures. Raises Refusal when none was planned."""
    period = SubmissionPeriod.objects.filter(lot=lot, kind__in=OPENING_KINDS).prefetch_related("deadlines").first()
    if period is None:
        raise Refusal("Ce lot n’a pas de période de candidature : planifiez-la d’abord.")
    return period


def first_of_all(call: Call) -> str:
    """What must come before anything handed in can be read."""
    if call.deposit_at:
        return "importez d’abord le registre et les plis de l’autre profil d’acheteur"
    return "deux gardiens doivent d’abord ouvrir les plis"


def opened(period: SubmissionPeriod, envelope: str) -> Iterable[OpeningResult]:
    """`opened_in` for one period and one envelope."""
    return opened_in([period], [envelope])


def opened_in(periods: Iterable[SubmissionPeriod], envelopes: Iterable[str]) -> QuerySet[OpeningResult]:
    """Readable results of these envelopes, on time or admitted late (LR-43, LR-53), in order of reception."""
    return (
        OpeningResult.objects.readable()
        .filter(envelope__name__in=envelopes, submission__in=Submission.objects.to_open(*periods).values("pk"))
        .select_related("submission__party__lead")
        .order_by("submission__received_at")
    )


def register_candidates(*, lot: Lot, actor: Actor, now: datetime) -> list[Candidate]:
    """Register those whose candidature was opened; called again after a supplementary opening, it adds the others.

    Raises NotAllowed, and Refusal when no candidature was opened yet.
    """
    require(actor, "bids.register", lot)
    with act(lot.call.chain, "candidates.registered", actor=actor, now=now, subject=lot) as entry:
        known = {candidate.party_id: candidate for candidate in Candidate.objects.filter(lot=lot)}
        for result in opened(candidature_period(lot), PeriodEnvelope.Name.CANDIDATURE):
            submission = result.submission
            candidate = known.get(submission.party_id) or Candidate(lot=lot, party=submission.party, registered_at=now)
            if candidate.submission_id == submission.pk:
                continue
            candidate.submission, candidate.answers = submission, result.answers or {}
            candidate.save()
            known[submission.party_id] = candidate
        if not known:
            raise Refusal(f"Aucune candidature n’est ouverte : {first_of_all(lot.call)}.")
        entry.data["candidates"] = len(known)
    return list(Candidate.objects.of_lot(lot))


def score_candidate(
    *, candidate: Candidate, criterion: SelectionCriterion, value: int, comment: str, actor: Actor, now: datetime
) -> SelectionScore:
    """Give, or correct, the agreed score of a candidate on a selection criterion, from 0 to 4, with its reason.

    Raises NotAllowed, and Refusal off the scale, without a reason, or once the selection is decided.
    """
    require(actor, "bids.score", candidate.lot)
    check_score(value, comment)
    with act(candidate.lot.call.chain, "candidate.scored", actor=actor, now=now, subject=candidate) as entry:
        if SelectionDecision.objects.filter(candidate__lot=candidate.lot).exists():
            raise Refusal("La sélection est décidée : les notes des candidatures ne changent plus (R2144-8).")
        if criterion.lot_id != candidate.lot_id:
            raise Refusal("Ce critère est celui d’un autre lot : choisissez un critère de ce lot.")
        score = SelectionScore.objects.filter(candidate=candidate, criterion=criterion).first() or SelectionScore(
            candidate=candidate, criterion=criterion
        )
        score.value, score.comment, score.evaluator_id, score.at = value, comment.strip(), actor.user_id, now
        score.save()
        entry.data.update(criterion=criterion.pk, value=value)
    return score


def check_score(value: int, comment: str) -> None:
    """Refuse a score off the scale or without a sentence of reason (LR-71)."""
    if not 0 <= value < len(SCALE):
        raise Refusal(f"Une note va de 0 (absent) à {len(SCALE) - 1} (excellent) : choisissez un degré de l’échelle.")
    if not comment.strip():
        raise Refusal("Chaque note a son motif : écrivez une phrase, elle servira à la lettre de rejet (R2181-3).")


@record_refusals("selection.decide", subject="lot")
def select_candidates(
    *,
    lot: Lot,
    choices: Iterable[Choice],
    actor: Actor,
    now: datetime,
    accepted: Mapping[str, str] | None = None,
) -> list[SelectionDecision]:
    """Decide on all candidates of a lot at once, within the limits announced; rejected ones are told at once.

    Raises NotAllowed; Refusal when a candidate is left undecided, a qualified one unscored or passed over by a lower
    ranked one; RuleViolation (LR-15, LR-43, LR-70, LR-76, LR-124). Requests the report on candidatures.
    """
    require(actor, "selection.decide", lot)
    by_candidate = {choice.candidate.pk: choice for choice in choices}
    with act(lot.call.chain, "selection.decided", actor=actor, now=now, subject=lot) as entry:
        refuse_ended(lot)
        candidates, points, ranks, findings = _weighed(lot, by_candidate, now)
        pass_rules(lot.call, findings, accepted=accepted, actor=actor, now=now)
        decisions = [
            _decide(candidate, by_candidate[candidate.pk], points.get(candidate.pk), ranks.get(candidate.pk), now)
            for candidate in candidates
        ]
        for decision in decisions:
            _tell_and_keep(decision, now)
        request_document(
            kind="candidature_report",
            title=f"Rapport d’analyse des candidatures {lot.call.reference}, lot {lot.number}",
            template="pdf/evaluation/candidature_report.html",
            facts=candidature_report_facts(lot, candidature_period(lot), decisions, now=now),
            subject=lot,
        )
        entry.data["selected"] = [decision.candidate_id for decision in decisions if decision.is_selected]
    return decisions


def preview_selection(
    *,
    lot: Lot,
    choices: Iterable[Choice],
    actor: Actor,
    now: datetime,
    accepted: Mapping[str, str] | None = None,
) -> list[tuple[SelectionDecision, dict[str, Any] | None]]:
    """What `select_candidates` would decide, nothing being written: each decision, with the letter of who is rejected.

    Raises what the act would raise.
    """
    require(actor, "selection.decide", lot)
    by_candidate = {choice.candidate.pk: choice for choice in choices}
    refuse_ended(lot)
    candidates, points, ranks, findings = _weighed(lot, by_candidate, now)
    refuse(findings, accepted)
    decisions = [
        _decide(candidate, by_candidate[candidate.pk], points.get(candidate.pk), ranks.get(candidate.pk), now)
        for candidate in candidates
    ]
    return [
        (decision, None if decision.is_selected else candidate_rejection_facts(decision.candidate, decision))
        for decision in decisions
    ]


def provisional_points(lot: Lot, candidates: Iterable[Candidate]) -> dict[Any, Decimal]:
    """Points out of 100, by id, of the candidates whose scores on every selection criterion are prefetched."""
    criteria = _criteria(lot)
    wanted = {criterion.key for criterion in criteria}
    scored = [candidate for candidate in candidates if wanted and wanted <= _scores(candidate).keys()]
    by_key = {str(candidate.pk): candidate.pk for candidate in scored}
    rows = rank_bids(criteria, [BidToScore(key, None, _scores(one)) for key, one in zip(by_key, scored, strict=True)])
    return {by_key[row.key]: row.points for row in rows}


def _weighed(
    lot: Lot, by_candidate: Mapping[Any, Choice], now: datetime
) -> tuple[list[Candidate], dict[Any, Decimal], dict[Any, int], list[Finding]]:
    """Candidates, their points and ranks, and what the rule book says of the choice."""
    candidates = _undecided_candidates(lot, by_candidate)
    points, ranks = _reckon(lot, candidates, by_candidate)
    _check_order(by_candidate, ranks)
    told = [
        candidate_facts(
            candidate,
            is_qualified=by_candidate[candidate.pk].is_qualified,
            is_selected=by_candidate[candidate.pk].is_selected,
            reasons=by_candidate[candidate.pk].reasons,
        )
        for candidate in candidates
    ]
    return candidates, points, ranks, selection.check(selection_facts(lot, told, now=now))


def _undecided_candidates(lot: Lot, by_candidate: Mapping[Any, Choice]) -> list[Candidate]:
    if SelectionDecision.objects.filter(candidate__lot=lot).exists():
        raise Refusal("La sélection de ce lot est déjà décidée (R2144-8).")
    candidates = list(
        Candidate.objects.of_lot(lot)
        .select_related("party__lead", "lot__call__lead_buyer", "lot__terms")
        .prefetch_related("scores__criterion", "exclusions", "complement__items", "party__members__organisation")
    )
    if set(by_candidate) != {candidate.pk for candidate in candidates}:
        raise Refusal(
            "La décision porte sur tous les candidats du lot à la fois, et sur eux seuls (R2144-8) : complétez-la."
        )
    return candidates


def _reckon(
    lot: Lot, candidates: Iterable[Candidate], by_candidate: Mapping[Any, Choice]
) -> tuple[dict[Any, Decimal], dict[Any, int]]:
    """Points of every scored candidate, and ranks among those who qualify."""
    criteria = _criteria(lot)
    wanted = {criterion.key for criterion in criteria}
    scored = {candidate.pk: candidate for candidate in candidates if wanted <= _scores(candidate).keys()}
    missing = [
        str(candidate.party)
        for candidate in candidates
        if by_candidate[candidate.pk].is_qualified and candidate.pk not in scored
    ]
    if missing:
        raise Refusal(f"Notez chaque critère avant de décider (R2142-16) : il manque des notes à {', '.join(missing)}.")

    def ranked(kept: Iterable[Candidate]) -> list[RankedScore]:
        return rank_bids(criteria, [BidToScore(str(one.pk), None, _scores(one)) for one in kept])

    points = {row.key: row.points for row in ranked(scored.values())}
    ranks = {row.key: row.rank for row in ranked(one for one in scored.values() if by_candidate[one.pk].is_qualified)}
    return (
        {pk: points[str(pk)] for pk in scored},
        {pk: ranks[str(pk)] for pk in scored if str(pk) in ranks},
    )


def _criteria(lot: Lot) -> list[Criterion]:
    return [
        Criterion(str(row.pk), row.number, row.name, row.weight, FORMULAS["scale_0_4"])
        for row in SelectionCriterion.objects.filter(lot=lot)
    ]


def _scores(candidate: Candidate) -> dict[str, int]:
    return {str(score.criterion_id): score.value for score in candidate.scores.all()}


def _check_order(by_candidate: Mapping[Any, Choice], ranks: Mapping[Any, int]) -> None:
    selected = [rank for pk, rank in ranks.items() if by_candidate[pk].is_selected]
    passed_over = [rank for pk, rank in ranks.items() if not by_candidate[pk].is_selected]
    if selected and passed_over and min(passed_over) < max(selected):
        raise Refusal(
            "Un candidat qualifié mieux classé serait écarté au profit d’un autre : suivez le classement aux critères "
            "annoncés (R2142-16)."
        )


def _decide(
    candidate: Candidate, choice: Choice, points: Decimal | None, rank: int | None, now: datetime
) -> SelectionDecision:
    return SelectionDecision(
        candidate=candidate,
        is_qualified=choice.is_qualified,
        is_selected=choice.is_selected,
        points=points,
        rank=rank,
        reasons=choice.reasons.strip(),
        decided_at=now,
    )


def _tell_and_keep(decision: SelectionDecision, now: datetime) -> None:
    """Keep a decision; who is rejected is told in the same act (LR-76)."""
    candidate = decision.candidate
    if not decision.is_selected:
        decision.letter = send_letter(
            call=candidate.lot.call,
            lot=candidate.lot,
            recipient=candidate.party.lead,
            kind=LetterKind.CANDIDATURE_REJECTION,
            facts=candidate_rejection_facts(candidate, decision),
            now=now,
        )
    decision.save()


@record_refusals("selection.invite", subject="lot")
def invite(
    *, lot: Lot, period: SubmissionPeriod, actor: Actor, now: datetime, accepted: Mapping[str, str] | None = None
) -> list[Invitation]:
    """Invite all selected candidates to tender in a period planned for it, at the same instant (R2144-8, LR-111).

    Raises NotAllowed; Refusal when nobody is selected, the invitations left already or the period is not that of
    initial bids; RuleViolation (LR-14, LR-111).
    """
    require(actor, "selection.decide", lot)
    with act(lot.call.chain, "candidates.invited", actor=actor, now=now, subject=lot, period=period.pk) as entry:
        refuse_ended(lot)
        period = SubmissionPeriod.objects.prefetch_related("deadlines", "envelopes").get(pk=period.pk, lot=lot)
        if period.kind != SubmissionPeriod.Kind.INITIAL:
            raise Refusal(
                "Cette période n’est pas celle des offres initiales : les autres offres se demandent pendant la "
                "négociation, ou à sa clôture (R2172-30)."
            )
        candidates = list(Candidate.objects.selected(lot).select_related("party__lead"))
        if not candidates:
            raise Refusal("Aucun candidat n’est retenu : décidez d’abord de la sélection (R2144-8).")
        if Invitation.objects.filter(period=period).exists():
            raise Refusal("Les invitations de cette période sont déjà parties : un seul envoi, pour tous (R2144-8).")
        deadline = period.closes_at()
        facts = law.InvitationFacts(
            launch_date=launch_date(lot.call, now),
            selected_ids=tuple(str(candidate.party_id) for candidate in candidates),
            invitations=tuple(
                law.LetterOfRoundFacts(
                    candidate_id=str(candidate.party_id),
                    sent_at=now,
                    deadline=deadline,
                    documents_address=documents_address(lot.call),
                )
                for candidate in candidates
            ),
        )
        pass_rules(lot.call, selection.check_invitations(facts), accepted=accepted, actor=actor, now=now)
        said = invitation_facts(lot, period, now=now)
        invitations = []
        for candidate in candidates:
            invitations.append(Invitation(party=candidate.party, period=period, invited_at=now))
            invitations[-1].save()
            send_letter(
                call=lot.call,
                lot=lot,
                recipient=candidate.party.lead,
                kind=LetterKind.INVITATION,
                facts=said,
                now=now,
            )
        record(lot, "invited_at", now)
        entry.data["invited"] = len(invitations)
    return invitations
