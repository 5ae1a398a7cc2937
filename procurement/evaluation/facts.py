"""Facts of the evaluation, as the rule book reads them. Reads only; a constant number of queries each."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import Max

from procurement.calls.facts import criteria_digest, launch_date, lot_facts, lots_with_everything
from procurement.calls.models import AwardCriterion, Call, Lot, LotTimeline, Requirement, TeamMember, TeamRole
from procurement.evaluation.models import (
    AwardedPartner,
    Bid,
    Candidate,
    ComplementItem,
    Exclusion,
    InterestDeclaration,
    NegotiationMeeting,
    RankedBid,
    Ranking,
    RejectionNotice,
    RoundElimination,
    StandstillHold,
)
from procurement.evaluation.scoring import Criterion
from procurement.law import facts as law
from procurement.law.estimate import estimated_value
from procurement.law.formulas import formula_of
from procurement.submissions.models import TenderingParty

DECIDERS = (TeamRole.AUTHOR, TeamRole.VALIDATOR, TeamRole.EVALUATOR, TeamRole.SIGNATORY)
"""Roles that take part in the choice or can influence it (L2141-10)."""


def interest_facts(call: Call, user_id: Any) -> law.InterestFacts:
    """What one person declared for a call; a declared interest sets aside from its own instant on."""
    rows = list(InterestDeclaration.objects.filter(call=call, user_id=user_id))
    return _interests(str(user_id), rows)


def people_facts(call: Call) -> tuple[law.InterestFacts, ...]:
    """What each person of the team who decides or influences has declared (LR-70)."""
    people = dict.fromkeys(
        TeamMember.objects.filter(call=call, until=None, role__in=DECIDERS)
        .order_by("user_id")
        .values_list("user_id", flat=True)
    )
    declared: dict[Any, list[InterestDeclaration]] = {person: [] for person in people}
    for row in InterestDeclaration.objects.filter(call=call, user_id__in=people):
        declared[row.user_id].append(row)
    return tuple(_interests(str(person), rows) for person, rows in declared.items())


def _interests(person_id: str, rows: list[InterestDeclaration]) -> law.InterestFacts:
    recused_at = next((row.declared_at for row in rows if row.has_interest), None)
    return law.InterestFacts(
        person_id=person_id,
        declared_at=rows[0].declared_at if rows else None,
        has_interest=recused_at is not None,
        recused_at=recused_at,
    )


def cleared_evaluators(call: Call) -> set[Any]:
    """Ids of the people who score: evaluators today, free of interests."""
    evaluators = TeamMember.objects.filter(call=call, role=TeamRole.EVALUATOR, until=None)
    declared = InterestDeclaration.objects.filter(call=call)
    return set(
        evaluators.filter(user_id__in=declared.filter(has_interest=False).values("user_id"))
        .exclude(user_id__in=declared.filter(has_interest=True).values("user_id"))
        .values_list("user_id", flat=True)
    )


def candidate_facts(candidate: Candidate, *, is_qualified: bool, is_selected: bool, reasons: str) -> law.CandidateFacts:
    """One candidate in the decision; registered ones were on time, or admitted by two people."""
    exclusions = list(candidate.exclusions.all())
    return law.CandidateFacts(
        candidate_id=str(candidate.pk),
        members=tuple((str(row.organisation_id), row.organisation.name) for row in candidate.party.members.all()),
        applied=True,
        late=False,
        excluded=any(one.is_excluded for one in exclusions),
        exclusion_pending=any(one.decided_at is None for one in exclusions),
        qualified=is_qualified,
        selected=is_selected,
        reasons=reasons,
    )


def selection_facts(lot: Lot, candidates: Iterable[law.CandidateFacts], *, now: datetime) -> law.SelectionFacts:
    """The choice of candidates against the limits announced."""
    call = lot.call
    return law.SelectionFacts(
        procedure=call.procedure,
        launch_date=launch_date(call, now),
        now=now,
        complements_deadline=complements_deadline(lot),
        several_bids_forbidden=call.several_bids_forbidden,
        limit_announced=call.candidates_max is not None,
        candidates_min=call.candidates_min,
        candidates_max=call.candidates_max,
        candidates=tuple(candidates),
        people=people_facts(call),
    )


def complements_deadline(lot: Lot) -> datetime | None:
    """Until when firms may complete their candidatures; None when nothing was asked, or all is handed in."""
    return complements_deadlines([lot]).get(lot.pk)


def complements_deadlines(lots: Collection[Lot]) -> dict[Any, datetime]:
    """`complements_deadline` of each of the lots that has one, by id, in one query."""
    missing = ComplementItem.objects.filter(complement__request__lot__in=lots, received_at__isnull=True)
    return dict(
        missing.order_by("-position").values_list("complement__request__lot_id", "complement__request__deadline")
    )


def remaining_parties(lot: Lot) -> list[TenderingParty]:
    """Tenderers of a lot still in: they handed in a bid, no round eliminated them, none was excluded; oldest first."""
    excluded = set(Exclusion.objects.pronounced(lot).values_list("candidate__party_id", flat=True))
    return [party for party in _not_eliminated(lot) if party.pk not in excluded]


def _not_eliminated(lot: Lot) -> list[TenderingParty]:
    return list(
        TenderingParty.objects.filter(pk__in=Bid.objects.filter(lot=lot).values("party"))
        .exclude(pk__in=RoundElimination.objects.filter(lot=lot).values("party"))
        .select_related("lead")
        .order_by("formed_at", "pk")
    )


def met_ids(lot: Lot) -> tuple[str, ...]:
    """Ids of the tenderers with at least one recorded meeting."""
    held = NegotiationMeeting.objects.held(lot).values_list("party_id", flat=True)
    return tuple(str(pk) for pk in dict.fromkeys(held))


def negotiation_facts(
    lot: Lot,
    *,
    parties: Iterable[TenderingParty],
    now: datetime,
    letters: Iterable[law.LetterOfRoundFacts] = (),
    changed: Iterable[str] = (),
    closing: bool = False,
    eliminated: Iterable[law.EliminationFacts] = (),
) -> law.NegotiationFacts:
    """A round of negotiation, its end, or who is left out of the next one."""
    return law.NegotiationFacts(
        launch_date=launch_date(lot.call, now),
        now=now,
        closing=closing,
        tenderer_ids=tuple(str(party.pk) for party in parties),
        met_ids=met_ids(lot),
        elimination_announced=lot.call.elimination_announced,
        eliminated=tuple(eliminated),
        letters=tuple(letters),
        changed=tuple(changed),
        # Read again: the caller's lot may have been loaded before the last act.
        final_closed_at=LotTimeline.objects.get(lot=lot).final_close_at,
        people=people_facts(lot.call),
    )


def elimination_facts(
    parties: Iterable[TenderingParty], reasons: Mapping[Any, str], ranked: Mapping[Any, RankedBid]
) -> tuple[law.EliminationFacts, ...]:
    """Those of the tenderers who leave, with their `reasons` and the rows `ranked`, both by id of party."""
    kept = [ranked[one.pk].rank for one in parties if one.pk in ranked and one.pk not in reasons]
    return tuple(
        law.EliminationFacts(
            tenderer_id=str(party_id),
            on_award_criteria=bool(kept) and party_id in ranked and ranked[party_id].rank > max(kept),
            reasons=said,
        )
        for party_id, said in reasons.items()
    )


def last_ranked(lot: Lot) -> dict[Any, RankedBid]:
    """Rows of the last ranking by id of party; none once a bid came in that this ranking could not hold."""
    last = Ranking.objects.filter(lot=lot).order_by("ranked_at").last()
    if last is None or Bid.objects.filter(lot=lot, registered_at__gt=last.ranked_at).exists():
        return {}
    rows = last.ranked_bids.select_related("bid").prefetch_related("bid__consensus_scores")
    return {row.bid.party_id: row for row in rows}


def award_criteria(lot: Lot) -> tuple[Criterion, ...]:
    """The tree of award criteria of a lot, in their order, ready to be reckoned with."""
    rows = list(AwardCriterion.objects.filter(lot=lot).order_by("number"))
    children: dict[Any, list[AwardCriterion]] = {}
    for row in rows:
        children.setdefault(row.parent_id, []).append(row)
    return tuple(_criterion(row, children) for row in children.get(None, []))


def _criterion(row: AwardCriterion, children: Mapping[Any, list[AwardCriterion]]) -> Criterion:
    return Criterion(
        key=str(row.pk),
        number=row.number,
        name=row.name,
        weight=row.weight,
        formula=formula_of(tag=row.tag, formula=row.formula),
        children=tuple(_criterion(child, children) for child in children.get(row.pk, [])),
    )


def quality_leaves(criteria: Iterable[Criterion]) -> list[Criterion]:
    """The criteria that people score; prices are reckoned."""
    return [leaf for criterion in criteria for leaf in criterion.leaves if leaf.formula.kind == "quality"]


def minimum_requirements_met(bid: Bid, minimum: Iterable[Requirement]) -> bool | None:
    """Whether a bid meets every minimum requirement; None while one of them was not checked."""
    found = {check.requirement_id: check.is_met for check in bid.requirement_checks.all()}
    results = [found.get(requirement.pk) for requirement in minimum]
    return None if None in results else all(results)


def ranked_tender_facts(ranking: Ranking) -> tuple[law.RankedTenderFacts, ...]:
    """Every bid of the stage of a ranking: those ranked, and those set aside."""
    lot = ranking.lot
    minimum = list(Requirement.objects.filter(lot=lot, is_minimum=True))
    ranked: dict[Any, RankedBid] = {row.bid_id: row for row in ranking.ranked_bids.all()}
    eliminated = set(
        AwardedPartner.objects.filter(decision__lot=lot, eliminated_at__isnull=False).values_list("party_id", flat=True)
    ) | set(Exclusion.objects.pronounced(lot).values_list("candidate__party_id", flat=True))
    bids = Bid.objects.at_stage(lot, ranking.stage).prefetch_related("requirement_checks", "consensus_scores")
    return tuple(
        _tender_facts(bid, ranked.get(bid.pk), minimum, is_eliminated=bid.party_id in eliminated) for bid in bids
    )


def _tender_facts(
    bid: Bid, row: RankedBid | None, minimum: list[Requirement], *, is_eliminated: bool
) -> law.RankedTenderFacts:
    meets = minimum_requirements_met(bid, minimum)
    return law.RankedTenderFacts(
        bidder_id=str(bid.party_id),
        rank=row.rank if row else None,
        score=int(row.points * 100) if row else None,
        status=bid.status,
        final=bid.stage in Bid.AWARDABLE_STAGES,
        minimum_requirements_checked=meets is not None,
        meets_minimum_requirements=bool(meets),
        commented=all(score.comment.strip() for score in bid.consensus_scores.all()),
        eliminated=is_eliminated,
    )


def award_facts(
    ranking: Ranking, *, chosen: Iterable[Bid], reasons: str, has_board_minutes: bool, now: datetime
) -> law.AwardFacts:
    """The choice of the partners of a lot, on one ranking."""
    lot, call = ranking.lot, ranking.lot.call
    chosen_ids = tuple(str(bid.party_id) for bid in chosen)
    return law.AwardFacts(
        launch_date=launch_date(call, now),
        procedure=call.procedure,
        nature=call.nature,
        buyer_category=call.lead_buyer.buyer_category,
        estimated_value_ht=estimated_value(lot_facts(one) for one in lots_with_everything(call)),
        partner_mode=call.partner_mode,
        partners_max=lot.partners_max,
        tenders=ranked_tender_facts(ranking),
        chosen_ids=chosen_ids,
        reasons=reasons,
        negotiation_held=bool(chosen_ids) and set(chosen_ids) <= set(met_ids(lot)),
        people=people_facts(call),
        tender_board_minutes=has_board_minutes,
        frozen_hash=call.criteria_digest,
        current_hash=criteria_digest(call),
    )


def rejected_after_award(lot: Lot) -> list[TenderingParty]:
    """Tenderers who wait for a letter once the partners are cleared; those of earlier rounds were told then.

    One that was excluded was told so, and learns now who was chosen.
    """
    standing = {partner.party_id for partner in AwardedPartner.objects.standing(lot)}
    return [party for party in _not_eliminated(lot) if party.pk not in standing]


def standing_since(lot: Lot) -> datetime | None:
    """Instant from which the standing partners are the ones they are; None before the choice.

    A letter or a report of before names another winner: it does not count any more (LR-66, LR-74, LR-81).
    """
    return standing_since_in([lot]).get(lot.pk)


def standing_since_in(lots: Collection[Lot]) -> dict[Any, datetime]:
    """`standing_since` of each of the lots whose partners are chosen, by id, in one query."""
    rows = AwardedPartner.objects.filter(decision__lot__in=lots).order_by()
    changes = rows.values_list("decision__lot_id").annotate(Max("chosen_at"), Max("eliminated_at"))
    return {lot_id: max(at for at in instants if at is not None) for lot_id, *instants in changes}


def signature_facts(lot: Lot, *, now: datetime, **of_contract: Any) -> law.SignatureFacts:
    """What stands between the choice and a signature, for the lot; `of_contract` adds the facts of one contract."""
    return replace(signature_facts_in([lot], now=now)[lot.pk], **of_contract)


def signature_facts_in(lots: Collection[Lot], *, now: datetime) -> dict[Any, law.SignatureFacts]:
    """`signature_facts` of each of the lots, by id, in a constant number of queries; each lot holds its call."""
    tenderers_of: dict[Any, set[Any]] = {lot.pk: set() for lot in lots}
    for lot_id, party_id in Bid.objects.filter(lot__in=lots).values_list("lot_id", "party_id"):
        tenderers_of[lot_id].add(party_id)
    gone = set(RoundElimination.objects.filter(lot__in=lots).values_list("lot_id", "party_id"))
    partners = AwardedPartner.objects.filter(decision__lot__in=lots, eliminated_at__isnull=True)
    gone |= set(partners.values_list("decision__lot_id", "party_id"))
    since, letters = standing_since_in(lots), _letters_of_rejection(lots)
    held = set(StandstillHold.objects.filter(lot__in=lots, order_received_at=None).values_list("lot_id", flat=True))
    found = {}
    for lot in lots:
        rejected = {party_id for party_id in tenderers_of[lot.pk] if (lot.pk, party_id) not in gone}
        sent = {
            notice.party_id: notice
            for notice in letters[lot.pk]
            if notice.party_id in rejected and lot.pk in since and notice.sent_at >= since[lot.pk]
        }
        found[lot.pk] = law.SignatureFacts(
            now=now,
            launch_date=launch_date(lot.call, now),
            procedure=lot.call.procedure,
            participants=len(tenderers_of[lot.pk]),
            rejected_ids=tuple(str(party_id) for party_id in rejected),
            letters=tuple(
                law.SentLetterFacts(
                    recipient_id=str(party_id),
                    sent_at=notice.letter.left_at,
                    electronic=notice.is_electronic,
                    announced_signing_date=notice.earliest_signature_on,
                )
                for party_id, notice in sent.items()
            ),
            appeal_pending=lot.pk in held,
        )
    return found


def _letters_of_rejection(lots: Collection[Lot]) -> dict[Any, list[RejectionNotice]]:
    """Those that left, by lot: one that waits for its sending on another buyer profile did not."""
    found: dict[Any, list[RejectionNotice]] = {lot.pk: [] for lot in lots}
    for notice in RejectionNotice.objects.filter(lot__in=lots).select_related("letter__dispatch"):
        if notice.letter.left_at is not None:
            found[notice.lot_id].append(notice)
    return found
