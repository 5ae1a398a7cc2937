"""An incident declared around a deadline holds the opening until two people settled it (B.4, C10, C11)."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from marketplace.journal.errors import NotAllowed, Refusal
from marketplace.journal.models import Entry
from marketplace.journal.verify import verify
from procurement.calls.services.periods import extend_deadline
from procurement.submissions import troubles
from procurement.submissions.models import Incident, OpeningMinutes
from procurement.submissions.reading import opened_answers
from tests.contracts.walk import client_of, day_and_hour, text_of

WHAT = "Le site ne répondait plus de 11 h 40 à 11 h 52."


def page(stage) -> str:
    return reverse("submissions:trouble", args=[stage.call.reference, 1, "initial"])


def declare(stage, **given) -> Incident:
    own = {"actor": stage.team.author, "began_at": stage.deadline - timedelta(minutes=20), "what": WHAT}
    return troubles.declare(period=stage.period, now=stage.now, **own | given)


@pytest.mark.law("LR-57")
def test_nothing_opens_before_two_people_settled_it(stage):
    stage.clock.advance_to(stage.deadline - timedelta(minutes=5))
    submission = stage.submit().submission
    author, validator, signatory = (client_of(getattr(stage.team, one)) for one in ("author", "validator", "signatory"))
    opening = reverse("submissions:opening", args=[stage.call.reference])
    assert page(stage) in author.get(opening).content.decode()
    began = stage.deadline - timedelta(minutes=20)
    assert 'name="what"' in author.get(page(stage)).content.decode()
    told = author.post(page(stage), {"what": "", **day_and_hour("began_at", began)})
    assert told.status_code != 302
    assert author.post(page(stage), {"what": WHAT, **day_and_hour("began_at", began)}).status_code == 302
    assert WHAT in text_of(validator.get(opening))
    # Whoever answers reads it too, and goes on.
    other = stage.bidder("Autre")
    assert WHAT in text_of(client_of(other.actor).get(reverse("submissions:tasks", args=[stage.deposit(other).pk])))
    stage.close()
    with pytest.raises(Refusal, match="n’est pas réglé"):
        stage.open("technical")
    assert Entry.objects.filter(act="opening.begin.refused").exists()
    # Authors declare; they do not settle.
    assert "Proposer de le régler" not in text_of(author.get(page(stage)))
    assert author.post(page(stage), {"reasons": "Moi", **day_and_hour("ended_at", began)}).status_code == 403
    settlement = {"reasons": "Personne n’a été empêché : tous ont déposé.", **day_and_hour("ended_at", stage.deadline)}
    assert validator.post(page(stage), settlement).status_code == 302
    assert "seconde personne, distincte" in text_of(validator.post(page(stage), {}))
    assert Entry.objects.filter(act="incident.settle.refused").exists()
    with pytest.raises(Refusal, match="n’est pas réglé"):
        stage.open("technical")
    assert "Personne n’a été empêché" in text_of(signatory.get(page(stage)))
    assert signatory.post(page(stage), {}).status_code == 302
    assert "Réglé à deux." in text_of(signatory.get(page(stage)))
    stage.open("technical")
    assert opened_answers(submission, "technical")
    told = OpeningMinutes.objects.get(session__envelope__name="technical").document.facts["incidents"]
    assert len(told) == 1
    assert WHAT in told[0]
    assert "Personne n’a été empêché" in told[0]
    assert verify().faults == []
    with pytest.raises(Refusal, match="déjà ouverts"):
        declare(stage)


def test_the_minutes_say_when_nothing_was_declared(stage):
    stage.submit()
    stage.close()
    told = stage.open("technical").document.facts["incidents"]
    assert len(told) == 1
    assert "Aucun incident n’a été déclaré" in told[0]


def test_the_page_leads_to_an_extension_and_shows_it(stage):
    stage.clock.advance_to(stage.deadline - timedelta(days=2))
    declare(stage, began_at=stage.now - timedelta(minutes=20))
    validator = client_of(stage.team.validator)
    extend = reverse("calls:extend", args=[stage.call.reference, 1])
    assert extend in validator.get(page(stage)).content.decode()
    assert 'name="reasons"' in validator.get(page(stage)).content.decode()
    assert extend not in client_of(stage.team.signatory).get(page(stage)).content.decode()
    extend_deadline(
        period=stage.period, closes_at=stage.deadline + timedelta(days=7), reason=WHAT, actor=stage.team.validator,
        now=stage.now,
    )  # fmt: skip
    shown = validator.get(page(stage)).content.decode()
    assert extend not in shown
    assert "Délai prolongé pour tous" in text_of(validator.get(page(stage)))


@pytest.mark.parametrize(
    ("minutes", "given", "sentence"),
    [
        (-5, {"what": "  "}, "Écrivez ce qui s’est passé"),
        (-5, {"what": "x" * 501}, "500 signes"),
        (-30, {}, "à venir"),
        (5, {"after": timedelta(seconds=1)}, "pas dans le délai"),
        (5, {"after": timedelta(0)}, None),
        (-5, {"after": -timedelta(days=90)}, "pas dans le délai"),
    ],
)
def test_what_may_be_declared(stage, minutes, given, sentence):
    stage.clock.advance_to(stage.deadline + timedelta(minutes=minutes))
    if "after" in given:
        given = {"began_at": stage.deadline + given["after"]}
    if sentence is None:
        assert declare(stage, **given).pk
        return
    with pytest.raises(Refusal, match=sentence):
        declare(stage, **given)
    assert not Incident.objects.exists()


def test_who_declares_and_who_settles(stage):
    stage.clock.advance_to(stage.deadline - timedelta(minutes=5))
    bidder = stage.bidder()
    with pytest.raises(NotAllowed):
        declare(stage, actor=bidder.actor)
    incident = declare(stage)
    end = {"ended_at": stage.now, "reasons": "Rien n’a manqué.", "now": stage.now}
    with pytest.raises(NotAllowed):
        troubles.propose_settlement(incident=incident, actor=stage.team.author, **end)
    for wrong in ({"reasons": " "}, {"ended_at": stage.now + timedelta(seconds=1)},
                  {"ended_at": incident.began_at - timedelta(seconds=1)}):  # fmt: skip
        with pytest.raises(Refusal):
            troubles.propose_settlement(incident=incident, actor=stage.team.validator, **end | wrong)
    troubles.propose_settlement(incident=incident, actor=stage.team.validator, **end)
    with pytest.raises(Refusal, match="déjà proposé"):
        troubles.propose_settlement(incident=incident, actor=stage.team.signatory, **end)


def test_the_operator_declares_for_every_period_that_it_touched(stage):
    stage.clock.advance_to(stage.deadline + timedelta(minutes=1))
    since = stage.deadline - timedelta(minutes=10)
    for _ in range(2):
        out = StringIO()
        call_command("declare_incident", "--since", since.isoformat(), WHAT, stdout=out)
    assert out.getvalue() == ""
    assert Incident.objects.get().declared_by is None
    assert "l’exploitant du site" in text_of(client_of(stage.team.validator).get(page(stage)))
    call_command("declare_incident", "--since", stage.now.isoformat(), WHAT, stdout=StringIO())
    assert Incident.objects.count() == 1, "the deadline was past"
    for instant, what, sentence in (
        ("2027-01-12T10:40", WHAT, "--since"),
        ("hier", WHAT, "--since"),
        ((stage.now + timedelta(hours=1)).isoformat(), WHAT, "à venir"),
        (since.isoformat(), "x" * 501, "500"),
        (since.isoformat(), " ", "Écrivez"),
    ):
        with pytest.raises(CommandError, match=sentence):
            call_command("declare_incident", "--since", instant, what)
