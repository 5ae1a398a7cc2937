"""Pages of the evaluation read in a constant number of queries, whatever the number of bids."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from procurement.evaluation import reading
from procurement.evaluation.services import standstill


def queries(read) -> int:
    with CaptureQueriesContext(connection) as captured:
        read()
    return len(captured)


def reads(journey):
    lot, actor = journey.lot, journey.team.evaluator

    def candidates():
        for candidate in reading.candidates_of(lot, actor=actor):
            _ = (
                str(candidate.party),
                candidate.decision.rank,
                [str(score.criterion) for score in candidate.scores.all()],
            )

    def bids():
        for bid in reading.bids_of(lot, "final", actor=actor):
            _ = str(bid.party), [str(check.requirement) for check in bid.requirement_checks.all()]

    def table():
        for row in reading.scoring_table(lot, "final", actor=actor):
            _ = [
                (str(cell.bid.party), [str(score.evaluator) for score in cell.scores], cell.agreed)
                for cell in row.cells
            ]

    def drafts():
        standstill.drafted_reasons(lot)

    return {read.__name__: queries(read) for read in (candidates, bids, table, drafts)}


@pytest.mark.starts_at("negotiated")
def test_lists_cost_the_same_with_one_bid_and_with_three(branch):
    def ended(count):
        with branch() as journey:
            bids = journey.hand_in_bids("final", firms=journey.firms[:count])
            journey.examine(bids)
            journey.score(bids)
            journey.rank()
            journey.choose()
            return reads(journey)

    assert ended(1) == ended(3)


@pytest.mark.starts_at("declared")
def test_candidates_cost_the_same_whatever_their_number(branch):
    def listed(count):
        with branch() as journey:
            journey.select(journey.candidates(count))
            return queries(lambda: reading.candidates_of(journey.lot, actor=journey.team.evaluator))

    assert listed(3) == listed(4)
