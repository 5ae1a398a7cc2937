"""The invitation to tender: the time it leaves and the hour it ends at, on both sides, through the act."""

from datetime import UTC, datetime, timedelta

import pytest

from marketplace.journal.acts import REFUSALS_CHAIN
from marketplace.journal.models import Chain, Entry
from procurement.calls.models import AcceptedWarning, PeriodDeadline, SubmissionPeriod
from procurement.calls.services.periods import plan_period
from procurement.evaluation.services import selection
from procurement.law.findings import RuleViolation
from procurement.submissions.models import Invitation
from tests.factories import within_act

pytestmark = pytest.mark.starts_at("declared")

# A Friday; noon in Paris.
INVITED_ON = datetime(2027, 4, 16, 10, 0, tzinfo=UTC)


@pytest.fixture
def selected(journey):
    """Three candidates who wait for their invitation."""
    journey.select(journey.candidates(3))
    assert journey.now < INVITED_ON
    journey.now = INVITED_ON
    return journey


def planned(journey, closes_at: datetime) -> SubmissionPeriod:
    return journey.act(
        plan_period, lot=journey.lot, kind="initial", opens_at=journey.now, closes_at=closes_at,
        actor=journey.team.author,
    )  # fmt: skip


def invite(journey, period, **accepted: str):
    return journey.act(selection.invite, lot=journey.lot, period=period, accepted=accepted)


def refused(journey, period, rule: str, **accepted: str) -> None:
    head = Chain.objects.get(key=journey.call.chain).head
    with pytest.raises(RuleViolation) as refusal:
        invite(journey, period, **accepted)
    assert refusal.value.rules == [rule]
    assert Chain.objects.get(key=journey.call.chain).head == head
    assert not Invitation.objects.exists()
    assert Entry.objects.filter(chain__key=REFUSALS_CHAIN).latest("seq").data["rules"] == [rule]


@pytest.mark.law("LR-14")
@pytest.mark.parametrize(("days", "is_short"), [(24, True), (25, False)])
def test_less_than_twenty_five_days_asks_for_a_reason(selected, days, is_short):
    period = planned(selected, INVITED_ON + timedelta(days=days))
    if is_short:
        refused(selected, period, "LR-14")
        assert len(invite(selected, period, **{"LR-14": "Offre courte."})) == 3
        assert AcceptedWarning.objects.get(call=selected.call, rule="LR-14").reason == "Offre courte."
    else:
        assert len(invite(selected, period)) == 3


@pytest.mark.law("PR-01")
def test_the_deadline_of_the_invitation_falls_in_office_hours(selected):
    def moved_to(closes_at: datetime) -> SubmissionPeriod:
        # Planning refuses it too: these rows came otherwise.
        row = PeriodDeadline(
            period=period, closes_at=closes_at, decided_at=INVITED_ON, decided_by_id=selected.team.author.user_id
        )
        within_act(row.save, chain=selected.call.chain, at=INVITED_ON)
        return SubmissionPeriod.objects.get(pk=period.pk)

    evening = datetime(2027, 5, 17, 16, 0, tzinfo=UTC) + timedelta(days=1)
    period = planned(selected, evening - timedelta(hours=1))
    refused(selected, moved_to(evening + timedelta(seconds=1)), "PR-01", **{"PR-01": "Choix expliqué."})
    assert len(invite(selected, moved_to(evening + timedelta(days=1)))) == 3
