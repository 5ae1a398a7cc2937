"""A letter leaves with the act that decides it, says what the law asks, and keeps the proof that it was read."""

from datetime import UTC, datetime, timedelta

import pytest

from marketplace.journal.acts import act
from marketplace.journal.errors import NotAllowed, OutsideAct
from marketplace.journal.outbox import drain
from marketplace.mail.models import Message
from procurement.calls.services import drafts
from procurement.correspondence.models import Letter, LetterKind
from procurement.correspondence.services import record_reading, send_letter
from procurement.law.findings import RuleViolation
from tests.calls.builders import make_team, write_call
from tests.factories import OrganisationFactory, actor_for, make

pytestmark = pytest.mark.django_db

NOW = datetime(2027, 3, 8, 9, 0, tzinfo=UTC)
REASONS = {"reasons": "La capacité de recherche n’est pas démontrée."}


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def lot(team):
    return write_call(team, NOW).lots.get()


@pytest.fixture
def firm():
    return make(OrganisationFactory, name="Pas à Pas")


def send(lot, firm, team, kind=LetterKind.CANDIDATURE_REJECTION, facts=None, **options):
    with act(lot.call.chain, "test.decided", actor=team.validator, now=NOW):
        return send_letter(
            call=lot.call, lot=lot, recipient=firm, kind=kind, facts=REASONS if facts is None else facts, now=NOW,
            **options,
        )  # fmt: skip


@pytest.mark.law("LR-76", "LR-124")
def test_a_rejection_tells_reasons_court_and_ways_of_appeal(lot, firm, team):
    letter = send(lot, firm, team)
    told = letter.document.facts
    assert told["facts"]["reasons"] == REASONS["reasons"]
    assert told["appeals"]["court"]["name"] == "Tribunal administratif de Rennes"
    assert told["appeals"]["remedies"][0]["name"] == "Référé précontractuel"


@pytest.mark.law("LR-76")
def test_a_rejection_without_reasons_does_not_leave(lot, firm, team):
    with pytest.raises(RuleViolation) as refusal:
        send(lot, firm, team, facts={"reasons": "  "})
    assert "LR-76" in refusal.value.rules
    assert not Letter.objects.exists()


@pytest.mark.law("LR-124")
def test_a_decision_without_a_court_does_not_leave(lot, firm, team):
    drafts.save_terms(lot=lot, fields={"court_name": ""}, actor=team.author, now=NOW)
    lot.terms.refresh_from_db()
    with pytest.raises(RuleViolation) as refusal:
        send(lot, firm, team)
    assert "LR-124" in refusal.value.rules


@pytest.mark.law("LR-75")
def test_a_tender_is_not_rejected_before_the_winner_is_cleared(lot, firm, team):
    told = {
        **REASONS,
        "winners": [{"name": "Tramélys", "rank": 1, "total": "9.21", "reasons": "Meilleure utilité."}],
        "earliest_signature_on": "2027-03-19",
    }
    waiting = {"winner_ids": ("w",), "cleared_ids": ()}
    with pytest.raises(RuleViolation) as refusal:
        send(lot, firm, team, kind=LetterKind.REJECTION, facts=told, decision=waiting)
    assert refusal.value.rules == ["LR-75"]
    send(lot, firm, team, kind=LetterKind.REJECTION, facts=told, decision={**waiting, "cleared_ids": ("w",)})
    assert Letter.objects.get().kind == LetterKind.REJECTION


def test_an_invitation_decides_nothing_and_tells_no_appeal(lot, firm, team):
    letter = send(lot, firm, team, kind=LetterKind.INVITATION, facts={})
    assert letter.document.facts["appeals"] is None


def test_people_of_the_firm_get_a_link_and_never_the_text(lot, firm, team, mailoutbox):
    person = actor_for(firm).membership().user
    letter = send(lot, firm, team)
    drain()
    message = Message.objects.get()
    assert message.to_user == person
    assert str(letter.pk) in message.body
    assert REASONS["reasons"] not in message.body


def test_a_paper_letter_sends_no_mail(lot, firm, team):
    actor_for(firm)
    send(lot, firm, team, electronic=False)
    assert not Message.objects.exists()


def test_reading_is_proved_once_and_by_the_firm_only(lot, firm, team):
    letter, reader = send(lot, firm, team), actor_for(firm)
    with pytest.raises(NotAllowed):
        record_reading(letter=letter, actor=team.author, now=NOW)
    for hours in (1, 2):
        record_reading(letter=letter, actor=reader, now=NOW + timedelta(hours=hours))
    assert Letter.objects.get().read_at == NOW + timedelta(hours=1)


def test_a_letter_belongs_to_an_act(lot, firm):
    with pytest.raises(OutsideAct):
        send_letter(call=lot.call, lot=lot, recipient=firm, kind=LetterKind.INVITATION, facts={}, now=NOW)
