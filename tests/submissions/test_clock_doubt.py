"""A clock in doubt near a deadline: submissions are taken, the opening waits for two people (B.4)."""

from datetime import timedelta

import pytest
from django.urls import reverse

from marketplace.journal.errors import NotAllowed, Refusal
from marketplace.journal.models import Entry
from marketplace.journal.verify import verify
from procurement.law.findings import RuleViolation
from procurement.submissions import clock_doubt
from procurement.submissions.models import ClockClearance, HealthSample
from procurement.submissions.reading import opened_answers
from procurement.submissions.verdicts import Verdict
from tests.contracts.walk import client_of, text_of
from tests.submissions.test_evidence import Clock, sample_at


@pytest.mark.law("LR-57")
@pytest.mark.parametrize(
    ("minutes", "values", "held"),
    [
        (-60, {"clock": Clock.UNSYNCHRONISED}, True),
        (-61, {"clock": Clock.UNSYNCHRONISED}, False),
        (5, {"clock": Clock.UNSYNCHRONISED}, True),
        (6, {"clock": Clock.UNSYNCHRONISED}, False),
        (-1, {"drift_us": 1_000_001}, True),
        (-1, {"drift_us": -1_000_001}, True),
        (-1, {"drift_us": 1_000_000}, False),
        (-1, {"clock": Clock.NOT_MEASURED, "drift_us": None}, False),
        (-1, {}, False),
    ],
)
def test_what_throws_doubt_on_a_clock(stage, minutes, values, held):
    sample_at(stage.deadline + timedelta(minutes=minutes), **values)
    assert (clock_doubt.doubt(stage.period) is not None) is held
    assert clock_doubt.standing_doubt(stage.period) == clock_doubt.doubt(stage.period)


@pytest.mark.law("LR-57")
def test_two_people_lift_the_doubt_and_only_then_it_opens(stage):
    sample_at(stage.deadline - timedelta(minutes=2), clock=Clock.UNSYNCHRONISED)
    stage.clock.advance_to(stage.deadline)
    submission = stage.submit().submission
    assert submission.verdict is Verdict.ON_TIME
    stage.close()
    with pytest.raises(RuleViolation, match="deux personnes") as refused:
        stage.open("technical")
    assert refused.value.rules == ["LR-57"]
    assert Entry.objects.get(act="opening.begin.refused").data["rules"] == ["LR-57"]
    opening = reverse("submissions:opening", args=[stage.call.reference])
    page = reverse("submissions:clock", args=[stage.call.reference, 1, "initial"])
    validator, signatory = client_of(stage.team.validator), client_of(stage.team.signatory)
    assert page in validator.get(opening).content.decode()
    assert page not in client_of(stage.team.custodians[0]).get(opening).content.decode()
    assert client_of(stage.team.author).get(page).status_code == 403
    assert validator.post(page, {"reasons": ""}).status_code != 302
    assert validator.post(page, {"reasons": "Écart de 40 ms relevé sur trois serveurs."}).status_code == 302
    assert clock_doubt.standing_doubt(stage.period) is not None
    assert "seconde personne, distincte" in text_of(validator.post(page, {}))
    assert Entry.objects.filter(act="clock.clear.refused").exists()
    assert "Écart de 40 ms" in text_of(signatory.get(page))
    assert signatory.post(page, {}).status_code == 302
    assert "Levé à deux." in text_of(signatory.get(page))
    assert page not in validator.get(opening).content.decode()
    stage.open("technical")
    assert opened_answers(submission, "technical")
    assert verify().faults == []


def test_without_a_doubt_there_is_nothing_to_lift(stage):
    page = reverse("submissions:clock", args=[stage.call.reference, 1, "initial"])
    assert client_of(stage.team.validator).get(page).status_code == 404
    with pytest.raises(Refusal, match="Aucune mesure"):
        clock_doubt.propose_clearance(
            period=stage.period, reasons="Par prudence", actor=stage.team.validator, now=stage.now
        )
    with pytest.raises(NotAllowed):
        clock_doubt.propose_clearance(period=stage.period, reasons="Moi", actor=stage.team.author, now=stage.now)
    assert not ClockClearance.objects.exists()
    assert not HealthSample.objects.exists()
