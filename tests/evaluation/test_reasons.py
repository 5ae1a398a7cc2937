"""A firm that was not chosen asks why once; the buyer answers within fifteen days, by a letter (LR-77)."""

from datetime import timedelta

import pytest
from django.core import mail

from marketplace.journal.errors import NotAllowed, Refusal
from marketplace.journal.models import Entry
from marketplace.journal.outbox import drain
from procurement.calls.models import AcceptedWarning
from procurement.correspondence.models import Letter
from procurement.evaluation.models import ReasonsRequest
from procurement.evaluation.services import reasons, standstill
from procurement.evaluation.todo import todos
from procurement.law.findings import RuleViolation
from tests.contracts.walk import client_of, text_of
from tests.evaluation.builders import DAY
from tests.factories import OrganisationFactory, actor_for, make

ADVANTAGES = "Guidage éprouvé avec trente voyageurs."


@pytest.fixture
def told(journey):
    """The lot with its letters sent, and the letter of the first rejected firm."""
    journey.act(standstill.send_rejections, lot=journey.lot, reasons=journey.reasons())
    journey.loser = journey.firms[1]
    journey.letter = Letter.objects.get(kind="rejection", recipient=journey.loser.organisation)
    return journey


def ask(told):
    return told.act(reasons.ask_reasons, letter=told.letter, actor=told.loser.actor)


def answer(told, request, **more):
    return told.act(
        reasons.answer_reasons,
        request=request,
        **({"reasons": "Prix plus élevé.", "advantages": ADVANTAGES} | more),
    )


@pytest.mark.starts_at("cleared")
@pytest.mark.law("LR-77")
def test_the_firm_asks_once_and_those_who_decide_are_told(told):
    asked = ask(told)
    assert (asked.due_on - told.now.date()).days == 15
    drain()
    assert any(told.loser.organisation.name in one.body for one in mail.outbox)
    assert Entry.objects.filter(act="reasons.asked").count() == 1
    labels = [todo.label for todo in todos(calls=[told.call], actor=told.team.validator, now=told.now)]
    assert any(told.loser.organisation.name in label for label in labels)
    with pytest.raises(Refusal, match="déjà partie"):
        ask(told)


@pytest.mark.starts_at("cleared")
def test_neither_a_rival_nor_a_chosen_partner_asks_for_it(told):
    rival, winner = told.firms[2], told.firms[0]
    for actor in (rival.actor, winner.actor, actor_for(make(OrganisationFactory)), told.team.validator):
        with pytest.raises(NotAllowed):
            told.act(reasons.ask_reasons, letter=told.letter, actor=actor)
    chosen = Letter.objects.get(kind="award", recipient=winner.organisation)
    with pytest.raises(NotAllowed, match="n’écarte pas"):
        told.act(reasons.ask_reasons, letter=chosen, actor=winner.actor)
    assert not ReasonsRequest.objects.exists()


@pytest.mark.starts_at("cleared")
@pytest.mark.law("LR-77")
def test_the_answer_says_reasons_and_advantages_and_the_firm_s_own_marks_only(told):
    asked = ask(told)
    for missing in ({"reasons": " "}, {"advantages": ""}):
        with pytest.raises(RuleViolation) as refused:
            answer(told, asked, **missing)
        assert refused.value.rules == ["LR-77"]
    letter = answer(told, asked)
    facts = letter.document.facts["facts"]
    assert (facts["reasons"], facts["advantages"]) == ("Prix plus élevé.", ADVANTAGES)
    assert facts["own"] == told.letter.document.facts["facts"]["own"]
    assert [one["name"] for one in facts["winners"]] == [told.firms[0].organisation.name]
    assert told.firms[2].organisation.name not in str(letter.document.facts)
    assert not todos_about(told)
    with pytest.raises(Refusal, match="déjà sa réponse"):
        answer(told, asked)


def todos_about(told):
    return [
        todo
        for todo in todos(calls=[told.call], actor=told.team.validator, now=told.now)
        if told.loser.organisation.name in todo.label
    ]


@pytest.mark.starts_at("cleared")
@pytest.mark.law("LR-77")
@pytest.mark.parametrize(("days", "is_late"), [(15, False), (16, True)])
def test_an_answer_after_fifteen_days_says_why(told, days, is_late):
    asked = ask(told)
    told.later(days * DAY)
    if not is_late:
        assert answer(told, asked)
        return
    with pytest.raises(RuleViolation) as refused:
        answer(told, asked)
    assert refused.value.rules == ["LR-77"]
    assert answer(told, asked, accepted={"LR-77": "Agent absent, remplacé depuis."})
    assert AcceptedWarning.objects.get(rule="LR-77").reason == "Agent absent, remplacé depuis."


@pytest.mark.starts_at("cleared")
def test_only_those_who_decide_answer(told):
    asked = ask(told)
    for actor in (told.team.author, told.loser.actor):
        with pytest.raises(NotAllowed):
            answer(told, asked, actor=actor)
    assert not Letter.objects.filter(kind="reasons").exists()


@pytest.mark.starts_at("cleared")
def test_the_pages_of_both_sides(told, moving_clock):
    moving_clock.advance_to(told.now + timedelta(hours=1))
    firm, buyer = client_of(told.loser.actor), client_of(told.team.validator)
    letter = f"/espace/messages/{told.letter.pk}/"
    assert "Demander les motifs du rejet" in text_of(firm.get(letter))
    assert "Demander les motifs du rejet" not in text_of(buyer.get(letter))
    address = f"/espace/entreprise/lettres/{told.letter.pk}/motifs/"
    assert "quinze jours" in text_of(firm.get(address))
    assert "réponse attendue le" in text_of(firm.post(address, follow=True))
    assert client_of(told.firms[2].actor).get(address).status_code == 404
    asked = ReasonsRequest.objects.get()
    standing = f"/espace/acheteur/appels/{told.call.reference}/lots/{told.lot.number}/suspension/"
    assert "Demandes de motifs" in text_of(buyer.get(standing))
    answering = f"/espace/acheteur/appels/{told.call.reference}/lots/{told.lot.number}/motifs/{asked.pk}/"
    assert firm.get(answering).status_code == 404
    assert client_of(told.team.author).get(answering).status_code == 403
    page = buyer.get(answering)
    assert told.letter.document.facts["facts"]["reasons"] in page.content.decode()
    refused = buyer.post(answering, {"reasons": "Prix plus élevé.", "advantages": ""})
    assert refused.status_code == 422
    assert "Prix plus élevé." in refused.content.decode()
    assert "La réponse est partie." in text_of(
        buyer.post(answering, {"reasons": "Prix plus élevé.", "advantages": ADVANTAGES}, follow=True)
    )
    assert "Lire la réponse" in text_of(firm.get(letter))
