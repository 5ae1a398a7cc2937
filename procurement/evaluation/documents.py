"""What letters, minutes and reports of the evaluation say, as plain JSON (samples: tests/ui/samples).

A letter to a firm holds its own marks and those of the winner, never those of another rival, nor a rival's comment.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils import timezone

from marketplace.journal.clock import canonical
from procurement.calls.documents import about_lot, money
from procurement.calls.facts import documents_address, launch_date
from procurement.calls.models import AwardCriterion, Call, Lot, SubmissionPeriod, TeamRole
from procurement.evaluation.models import (
    Bid,
    Candidate,
    CaoMinutes,
    Complement,
    ComplementItem,
    ComplementRequest,
    Exclusion,
    NegotiationMeeting,
    RankedBid,
    Ranking,
    ReasonsRequest,
    SelectionDecision,
)
from procurement.evaluation.scoring import METHOD
from procurement.law.calendar import answers_deadline, standstill_days
from procurement.law.exclusion import GROUNDS
from procurement.law.formulas import FORMULAS, FULL_MARK, SCALE, formula_of
from procurement.submissions.models import TenderingParty

# Choice of the site: time left to prepare an answer that goes to everyone.
QUESTIONS_BEFORE_ANSWERS = timedelta(days=4)
SCORE_MAXIMUM = str(FULL_MARK)
# Article that sets a bid aside, by status.
SET_ASIDE_ARTICLES = {
    Bid.Status.IRREGULAR: "L. 2152-2, R. 2152-1",
    Bid.Status.UNACCEPTABLE: "L. 2152-3, R. 2152-1",
    Bid.Status.INAPPROPRIATE: "L. 2152-4, R. 2152-1",
    Bid.Status.ABNORMALLY_LOW: "L. 2152-6, R. 2152-3 à R. 2152-5",
}
SIDES = {"buyer": "Acheteur", "tenderer": "Candidat"}
NO_FINAL_BID = "Vous n’avez pas remis d’offre finale."


def signatory_block(call: Call) -> dict[str, str]:
    """Who signs for the buyer; empty name when nobody was designated, which the document then shows."""
    member = call.team.filter(role=TeamRole.SIGNATORY, until=None).select_related("user").order_by("pk").first()
    return {"name": str(member.user) if member else "", "capacity": "pour l’acheteur"}


def criteria_rows(lot: Lot) -> list[dict[str, Any]]:
    """Award criteria of a lot with their weights, as letters recall them."""
    rows = AwardCriterion.objects.filter(lot=lot, parent=None).order_by("number")
    return [{"name": row.name, "weight": row.weight} for row in rows]


def deposit_address(call: Call) -> str:
    """The one address where submissions are handed in."""
    return call.deposit_at or f"{settings.SITE_URL}/appels/{call.reference}/"


# --- Letters --------------------------------------------------------------------------------------------------------


def invitation_facts(lot: Lot, period: SubmissionPeriod, *, now: datetime) -> dict[str, Any]:
    """The invitation to tender, the same for all selected candidates (R2144-9, LR-111)."""
    deadline = period.closes_at()
    answers_on = answers_deadline(deadline, launch_date=launch_date(lot.call, now))
    terms = getattr(lot, "terms", None)
    return {
        "deadline": canonical(deadline),
        "documents_url": documents_address(lot.call),
        "deposit_url": deposit_address(lot.call),
        "questions_before": canonical(
            deadline - (timezone.localdate(deadline) - answers_on) - QUESTIONS_BEFORE_ANSWERS
        ),
        "answers_on": answers_on.isoformat(),
        "language": "français",
        "criteria": criteria_rows(lot),
        "documents": [label for envelope in period.envelopes.all() for label in envelope.expected_documents],
        "contact": "",
        "tender_validity_days": terms.tender_validity_days if terms else None,
    }


def candidate_rejection_facts(candidate: Candidate, decision: SelectionDecision) -> dict[str, Any]:
    """The letter to a rejected candidate: its own marks and the reasons (R2181-1, R2181-3)."""
    scores = [
        {
            "criterion": score.criterion.name,
            "weight": score.criterion.weight,
            "score": str(_mark(score.value)),
            "maximum": SCORE_MAXIMUM,
            "comment": score.comment,
        }
        for score in candidate.scores.all()
    ]
    own = {"rank": decision.rank, "total": str(decision.points), "scores": scores} if scores else None
    excluded = excluded_for(candidate)
    said = [decision.reasons] if excluded in decision.reasons else [excluded, decision.reasons]
    return {"reasons": "\n\n".join(said), "score_maximum": SCORE_MAXIMUM, "own": own}


def complement_request_facts(items: Iterable[str], deadline: datetime) -> dict[str, Any]:
    """The request of what a candidature lacks, before the time limit that all concerned have (R2144-2, LR-49)."""
    return {"before": canonical(deadline), "items": list(items)}


def complement_receipt_facts(item: ComplementItem, *, size: int | None, sha256: str, name: str) -> dict[str, Any]:
    """The receipt of one item: what was handed in, when it was received, and its digest (R2144-2, LR-49)."""
    candidate = item.complement.candidate
    return {
        **about_lot(candidate.lot),
        "firm": {"name": candidate.party.lead.name, "identifier": candidate.party.lead.identifier},
        "item": item.label,
        "received_at": canonical(item.received_at),
        "before": canonical(item.complement.request.deadline),
        "text": item.text,
        "file": {"name": name, "size": size, "sha256": sha256} if size is not None else None,
    }


def exclusion_notice_facts(exclusion: Exclusion) -> dict[str, Any]:
    """What the firm is told before the buyer decides to exclude it (L2141-6-1, L2141-11, LR-47, LR-48)."""
    ground = GROUNDS[exclusion.ground]
    return {
        "before": canonical(exclusion.deadline),
        "article": ground.article,
        "ground": ground.title,
        "of_right": ground.of_right,
        "evidence": exclusion.evidence,
    }


def exclusion_reason(exclusion: Exclusion) -> str:
    """The reason of an exclusion, as the letter of rejection gives it."""
    ground = GROUNDS[exclusion.ground]
    return f"Exclusion, article {ground.article} du code de la commande publique ({ground.title}). {exclusion.reasons}"


def excluded_for(candidate: Candidate) -> str:
    """Why a candidate is excluded, as its letter says it; empty while it is not."""
    return " ".join(exclusion_reason(one) for one in candidate.exclusions.all() if one.is_excluded)


def negotiation_invitation_facts(
    lot: Lot, *, round_number: int, planned_at: datetime, duration_minutes: int, place: str, points: Iterable[str]
) -> dict[str, Any]:
    """The invitation of one tenderer to one round; the length is the same for all."""
    return {
        "round": round_number,
        "meeting_at": canonical(planned_at),
        "duration_minutes": duration_minutes,
        "place": place,
        "points": list(points),
        "elimination_announced": lot.call.elimination_announced,
        "deadline": None,
    }


def round_elimination_facts(reasons: str, row: RankedBid) -> dict[str, Any]:
    """The letter to a tenderer left out of the next round: its own marks and the reasons (R2172-30, LR-17, LR-76)."""
    comments = agreed_comments(row.bid)
    return {
        "reasons": reasons,
        "score_maximum": SCORE_MAXIMUM,
        "own": {
            "rank": row.rank,
            "total": str(row.points),
            "scores": [_score_row(mark, comments) for mark in row.marks],
        },
    }


def closing_facts(lot: Lot, period: SubmissionPeriod, changes: Iterable[str]) -> dict[str, Any]:
    """The end of negotiation and the request of a final bid, the same for all (R2161-20, LR-18)."""
    return {
        "deadline": canonical(period.closes_at()),
        "deposit_url": deposit_address(lot.call),
        "changes": list(changes),
        "criteria": criteria_rows(lot),
    }


def clearance_request_facts(proofs: Iterable[Mapping[str, str]], deadline: datetime) -> dict[str, Any]:
    """The list of proofs asked from an intended winner (R2144-4, LR-73)."""
    return {
        "before": canonical(deadline),
        "proofs": [{"name": proof["label"], "article": proof["article"], "held": False} for proof in proofs],
    }


def price_explanation_facts(question: str, deadline: datetime) -> dict[str, Any]:
    """The request to justify a price (R2152-3, LR-69)."""
    return {"before": canonical(deadline), "question": question}


def award_letter_facts(row: RankedBid, *, partners_count: int, earliest_signature_on: date | None) -> dict[str, Any]:
    """The letter to a chosen and cleared partner."""
    return {
        "rank": row.rank,
        "total": str(row.points),
        "score_maximum": SCORE_MAXIMUM,
        "partners_count": partners_count,
        "earliest_signature_on": earliest_signature_on and earliest_signature_on.isoformat(),
        "next_steps": [
            "Vos justificatifs sont complets.",
            "Vous recevrez le contrat à signer ; l’acheteur le signe ensuite.",
            "Ce courrier ne vaut pas notification du contrat.",
        ],
    }


def rejection_facts(
    *,
    reasons: str,
    own: RankedBid | None,
    winners: Iterable[RankedBid],
    reasons_of_choice: str,
    earliest_signature_on: date | None,
    launched_on: date,
    electronic: bool,
) -> dict[str, Any]:
    """The letter to a tenderer who was not chosen: own marks, the winner's marks, reasons, signing date (LR-76)."""
    winners = list(winners)
    return {
        "reasons": reasons,
        "score_maximum": SCORE_MAXIMUM,
        "own": own and _own_marks(own, winners[0] if winners else None),
        "winners": [
            {
                "name": str(winner.bid.party),
                "rank": winner.rank,
                "total": str(winner.points),
                "reasons": reasons_of_choice,
            }
            for winner in winners
        ],
        "standstill_days": earliest_signature_on and standstill_days(electronic=electronic, launch_date=launched_on),
        "earliest_signature_on": earliest_signature_on and earliest_signature_on.isoformat(),
    }


def reasons_reply_facts(request: ReasonsRequest, *, reasons: str, advantages: str) -> dict[str, Any]:
    """The answer to a request for reasons; marks are those of the letter of rejection, as stored (R2181-4, LR-77)."""
    told = request.letter.document.facts["facts"]
    return {
        "asked_on": timezone.localdate(request.asked_at).isoformat(),
        "reasons": reasons,
        "advantages": advantages,
        "score_maximum": SCORE_MAXIMUM,
        "own": told.get("own"),
        "winners": [{"name": one["name"], "total": one["total"]} for one in told.get("winners") or []],
    }


def _own_marks(own: RankedBid, winner: RankedBid | None) -> dict[str, Any]:
    of_winner = {mark["criterion"]: mark["mark"] for mark in winner.marks} if winner else {}
    comments = agreed_comments(own.bid)
    return {
        "rank": own.rank,
        "total": str(own.points),
        "price_ht": money(own.bid.total_ht),
        "scores": [
            {**_score_row(mark, comments), "winner_score": of_winner.get(mark["criterion"])} for mark in own.marks
        ],
    }


def draft_reasons(row: RankedBid | None, bid: Bid | None) -> str:
    """A first text of the reasons of a rejection, from what was written while scoring; a person finishes it."""
    if bid is None:
        return NO_FINAL_BID
    if row is None:
        return bid.status_reasons
    comments = agreed_comments(bid)
    weakest = sorted(row.marks, key=lambda mark: Decimal(mark["mark"]))
    said = [f"{mark['name']} : {comment}" for mark in weakest if (comment := _comment(mark, comments))]
    return " ".join([f"Votre offre est classée au rang {row.rank}.", *said[:2]])


# --- Marks ----------------------------------------------------------------------------------------------------------


def _mark(value: int) -> Decimal:
    return FULL_MARK * value / (len(SCALE) - 1)


def agreed_comments(bid: Bid) -> dict[str, str]:
    """Comments of the agreed scores of a bid, by id of criterion."""
    return {str(score.criterion_id): score.comment for score in bid.consensus_scores.all()}


def _comment(mark: Mapping[str, Any], comments: Mapping[str, str]) -> str:
    """What was written on a criterion, or on its sub-criteria."""
    if mark["children"]:
        return " ".join(text for child in mark["children"] if (text := _comment(child, comments)))
    return comments.get(mark["criterion"], "")


def _score_row(mark: Mapping[str, Any], comments: Mapping[str, str]) -> dict[str, Any]:
    return {
        "criterion": mark["name"],
        "weight": mark["weight"],
        "score": mark["mark"],
        "maximum": SCORE_MAXIMUM,
        # A price has no comment: its arithmetic speaks, but it names the lowest price, which is a rival's.
        "comment": _comment(mark, comments) or "Note calculée par la formule de prix.",
    }


# --- Reports and minutes --------------------------------------------------------------------------------------------


def candidature_report_facts(
    lot: Lot, period: SubmissionPeriod, decisions: Iterable[SelectionDecision], *, now: datetime
) -> dict[str, Any]:
    """The report on candidatures and their selection."""
    return {
        **about_lot(lot),
        "deadline": canonical(period.closes_at()),
        "selection_criteria": [
            {"name": row.name, "weight": row.weight, "is_innovation": row.is_innovation}
            for row in lot.selection_criteria.all()
        ],
        "candidates_min": lot.call.candidates_min,
        "candidates_max": lot.call.candidates_max,
        "candidates": [_candidate_row(decision) for decision in decisions],
        "completion": _completion(lot),
        "decided_on": timezone.localdate(now).isoformat(),
        "signatory": signatory_block(lot.call),
    }


def _completion(lot: Lot) -> dict[str, Any] | None:
    """What was asked of whom, and what came; None when nothing was asked (LR-49)."""
    request = ComplementRequest.objects.filter(lot=lot).first()
    if request is None:
        return None
    rows = request.complements.select_related("candidate__party__lead").prefetch_related("items")
    return {
        "asked_on": timezone.localdate(request.asked_at).isoformat(),
        "before": canonical(request.deadline),
        "items": " ; ".join(f"{row.candidate} : {_completed(row)}" for row in rows),
    }


def _completed(complement: Complement) -> str:
    said = [f"{item.label} ({'reçu' if item.received_at else 'non reçu'})" for item in complement.items.all()]
    if complement.found_elsewhere:
        said.append(f"trouvé dans le dossier : {complement.found_elsewhere}")
    return ", ".join(said)


def _verdict(decision: SelectionDecision) -> str:
    if decision.is_selected:
        return "selected"
    return "excluded" if any(one.is_excluded for one in decision.candidate.exclusions.all()) else "rejected"


def _candidate_row(decision: SelectionDecision) -> dict[str, Any]:
    candidate = decision.candidate
    return {
        "name": str(candidate.party),
        "identifier": candidate.party.lead.identifier,
        "verdict": _verdict(decision),
        "score": None if decision.points is None else str(decision.points),
        "rank": decision.rank,
        "scores": [
            {"criterion": score.criterion.name, "score": str(_mark(score.value)), "comment": score.comment}
            for score in candidate.scores.all()
        ],
        "reason": decision.reasons,
    }


def negotiation_minutes_facts(meeting: NegotiationMeeting) -> dict[str, Any]:
    """Minutes of one meeting, for the tenderer met."""
    return {
        **about_lot(meeting.lot),
        "round": meeting.round_number,
        "tenderer": str(meeting.party),
        "started_at": canonical(meeting.held_at),
        "ended_at": canonical(meeting.ended_at),
        "planned_minutes": meeting.duration_minutes,
        "place": meeting.place,
        "attendees": [{**one, "side": SIDES.get(one["side"], one["side"])} for one in meeting.attendees],
        "points": meeting.points,
        "documents_shown": meeting.documents_shown,
        "disclosures": meeting.disclosures,
        "reminder": "Les exigences minimales et les critères n’ont pas été négociés (article R. 2172-30).",
        "signatory": signatory_block(meeting.lot.call),
    }


def ranking_rows(ranking: Ranking) -> list[dict[str, Any]]:
    """The ranking as the tender board reads it."""
    rows = ranking.ranked_bids.select_related("bid__party__lead")
    return [
        {"rank": row.rank, "name": str(row.bid.party), "total": str(row.points), "price_ht": money(row.bid.total_ht)}
        for row in rows
    ]


def cao_minutes_facts(minutes: CaoMinutes, *, winners: Iterable[TenderingParty], quorum: int) -> dict[str, Any]:
    """Minutes of the tender board. `quorum`: voting members required."""
    present = sum(1 for member in minutes.members if member["voting"] and member["present"])
    return {
        **about_lot(minutes.lot),
        "met_at": canonical(minutes.held_at),
        "place": minutes.place,
        "convened_on": minutes.convened_on.isoformat(),
        "members": minutes.members,
        "quorum": {"required": quorum, "present": present, "reached": present >= quorum},
        "recusals": [],
        "ranking": ranking_rows(minutes.ranking),
        "winners": [str(party) for party in winners],
        "reasons": minutes.reasons,
        "votes": minutes.votes,
        "signatory": signatory_block(minutes.lot.call),
    }


def method_sentences(lot: Lot) -> list[str]:
    """Formulas of the lot in words, then rounding and ranking."""
    rows = AwardCriterion.objects.filter(lot=lot).order_by("number")
    names = dict.fromkeys(formula_of(tag=row.tag, formula=row.formula).name for row in rows)
    return [*(FORMULAS[name].sentence for name in names), *METHOD]


def analysis_report_facts(
    ranking: Ranking, *, conclusion: str, authors: Iterable[Mapping[str, str]], now: datetime
) -> dict[str, Any]:
    """The report on the analysis of bids, for the buyer's team (LR-71)."""
    lot = ranking.lot
    ranked = ranking.ranked_bids.select_related("bid__party__lead").prefetch_related("bid__consensus_scores")
    set_aside = Bid.objects.at_stage(lot, ranking.stage).exclude(status=Bid.Status.REGULAR)
    return {
        **about_lot(lot),
        "criteria": criteria_rows(lot),
        "scale": [{"score": degree, "text": text.replace(" :", " =", 1)} for degree, text in enumerate(SCALE)],
        "price_formula": " ".join(ranking.method),
        "score_maximum": SCORE_MAXIMUM,
        "bids": [_analysed_bid(row) for row in ranked],
        "set_aside": [
            {
                "name": str(bid.party),
                "status": bid.status,
                "reason": bid.status_reasons,
                "article": SET_ASIDE_ARTICLES.get(bid.status, ""),
            }
            for bid in set_aside
        ],
        "conclusion": conclusion,
        "authors": [dict(author) for author in authors],
        "finalised_on": timezone.localdate(now).isoformat(),
    }


def _analysed_bid(row: RankedBid) -> dict[str, Any]:
    comments = agreed_comments(row.bid)
    return {
        "name": str(row.bid.party),
        "rank": row.rank,
        "price_ht": money(row.bid.total_ht),
        "total": str(row.points),
        "scores": [
            {**_score_row(mark, comments), "comment": _comment(mark, comments) or " ; ".join(mark["arithmetic"])}
            for mark in row.marks
        ],
    }
