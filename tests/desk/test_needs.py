"""A buyer takes a need up in one of their calls; those who follow it learn each stage, and nothing of a draft."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cms.needs.models import Need, State, Supporter, TakeUp
from cms.needs.services import taking_up as of_needs
from cms.needs.services import voicing
from marketplace.accounts.models import User
from marketplace.journal.errors import NotAllowed, Refusal
from marketplace.journal.models import Entry
from marketplace.journal.outbox import drain
from marketplace.mail.models import Message
from procurement.calls.models import Call
from procurement.calls.services.publishing import cancel_lot
from procurement.calls.services.timeline import record
from procurement.contracts.signals import contract_ended
from procurement.desk import needs
from tests.calls.builders import make_team, write_call
from tests.desk.builders import published
from tests.factories import OrganisationFactory, actor_for, make, within_act
from tests.needs.builders import TEXT, VISITOR, link_to, published_need, supported

pytestmark = pytest.mark.django_db
TITLE = "Prévoir l’affluence aux arrêts de bus"


def browser_of(actor) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=actor.user_id))
    return client


def state_of(need: Need) -> str:
    return Need.objects.with_state().get(pk=need.pk).state


def told(address: str = "ami@exemple.fr") -> list[str]:
    """Subjects of the stages told to an address, in order."""
    drain()
    mails = Message.objects.filter(kind="needs.news", address=address).order_by("queued_at")
    return list(mails.values_list("subject", flat=True))


@pytest.fixture
def need(moving) -> Need:
    need = published_need(now=moving.now())
    supported(need, "ami@exemple.fr", now=moving.now())
    return need


def test_a_draft_call_is_not_revealed_until_it_is_published(client, moving, need):
    team = make_team()
    call = write_call(team, moving.now())
    page = reverse("desk:take_up", args=[need.slug])
    assert page in browser_of(team.author).get(need.get_absolute_url()).content.decode()
    assert page not in client.get(need.get_absolute_url()).content.decode()
    browser_of(team.author).post(page, {"call": call.reference})
    assert state_of(need) == State.STUDIED
    for address in (need.get_absolute_url(), "/besoins/", "/besoins/flux/"):
        shown = client.get(address).content.decode()
        assert call.reference not in shown
        assert TITLE not in shown
    assert "Commune d’Exemple" in client.get(need.get_absolute_url()).content.decode()
    assert told() == ["Un acheteur étudie votre besoin"]
    mail = Message.objects.filter(kind="needs.news").first()
    assert call.reference not in mail.body
    assert TITLE not in mail.body


def test_the_need_and_the_call_show_each_other_once_published(client, moving, need):
    team = make_team()
    call = write_call(team, moving.now())
    needs.take_up(need=need, call=call, actor=team.author, now=moving.now())
    drain()
    moving.advance(timedelta(minutes=1))
    within_act(lambda: record(call.lots.first(), "published_at", moving.now()))
    assert state_of(need) == State.TAKEN_UP
    shown = client.get(need.get_absolute_url()).content.decode()
    assert f"/appels/{call.reference}/" in shown
    assert TITLE in shown
    assert told() == ["Un acheteur étudie votre besoin", "Votre besoin est repris par un appel"]


def test_a_published_call_quotes_the_need(client, moving, need):
    stage = published(moving)
    page = reverse("desk:call", args=[stage.call.reference])
    assert TEXT not in client.get(page).content.decode()
    needs.take_up(need=need, call=stage.call, actor=stage.team.author, now=moving.now())
    assert state_of(need) == State.TAKEN_UP
    shown = client.get(page).content.decode()
    assert TEXT in shown
    assert need.get_absolute_url() in shown


def test_publishing_for_true_tells_those_who_follow(moving, need):
    team = make_team()

    def take(call: Call) -> None:
        needs.take_up(need=need, call=call, actor=team.author, now=moving.now())

    stage = published(moving, team, before=take)
    assert state_of(need) == State.TAKEN_UP
    assert TakeUp.objects.get().call_reference == stage.call.reference
    assert "Votre besoin est repris par un appel" in told()


def test_nobody_takes_a_need_up_with_the_call_of_another_buyer(moving, need):
    ours, theirs = make_team(), make_team()
    call = write_call(theirs, moving.now())
    with pytest.raises(NotAllowed):
        needs.take_up(need=need, call=call, actor=ours.author, now=moving.now())
    response = browser_of(ours.author).post(reverse("desk:take_up", args=[need.slug]), {"call": call.reference})
    assert response.status_code == 422
    assert call.title not in response.content.decode()
    assert not TakeUp.objects.exists()


def test_a_colleague_who_does_not_write_the_call_does_not_link_it(moving, need):
    team = make_team()
    call = write_call(team, moving.now())
    with pytest.raises(NotAllowed):
        needs.take_up(need=need, call=call, actor=team.evaluator, now=moving.now())
    response = browser_of(team.evaluator).get(reverse("desk:take_up", args=[need.slug]))
    assert "Vous ne rédigez aucun appel" in response.content.decode()


@pytest.mark.parametrize("kind", ["supplier", "unverified", "operator"])
def test_only_verified_buyers_take_needs_up(moving, need, kind):
    traits = {"supplier": {}, "unverified": {"unverified_buyer": True}, "operator": {"operator": True}}[kind]
    actor = actor_for(make(OrganisationFactory, **traits))
    fields = {"call_reference": "PI-2027-009", "call_title": "x", "call_url": "/", "organisation_name": "x"}
    with pytest.raises(NotAllowed):
        of_needs.take_up(need=need, **fields, is_published=True, actor=actor, now=moving.now())
    assert browser_of(actor).get(reverse("desk:take_up", args=[need.slug])).status_code == 403
    assert not TakeUp.objects.exists()
    assert not Message.objects.filter(kind="needs.news").exists()


def test_visitors_sign_in_first(client, moving, need):
    response = client.get(reverse("desk:take_up", args=[need.slug]))
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("account_login"))


def test_a_need_is_taken_up_once_by_a_call(moving, need):
    team = make_team()
    call = write_call(team, moving.now())
    needs.take_up(need=need, call=call, actor=team.author, now=moving.now())
    with pytest.raises(Refusal):
        needs.take_up(need=need, call=call, actor=team.author, now=moving.now())
    assert TakeUp.objects.count() == 1
    assert Entry.objects.filter(act="need.taken_up").count() == 1


class TestGivingBack:
    def test_a_study_is_undone_and_the_need_is_open_again(self, client, moving, need):
        team = make_team()
        call = write_call(team, moving.now())
        needs.take_up(need=need, call=call, actor=team.author, now=moving.now())
        browser, page = browser_of(team.author), reverse("desk:give_back", args=[need.slug, call.reference])
        assert page in browser.get(reverse("desk:take_up", args=[need.slug])).content.decode()
        drain()
        moving.advance(timedelta(minutes=1))
        assert browser.get(page).status_code == 200
        assert state_of(need) == State.STUDIED
        assert browser.post(page).status_code == 302
        assert state_of(need) == State.PROPOSED
        assert told()[-1] == "Votre besoin est de nouveau ouvert"
        assert call.reference not in client.get(need.get_absolute_url()).content.decode()
        assert browser.get(page).status_code == 404
        again = needs.take_up(need=need, call=call, actor=team.author, now=moving.now())
        assert again.ended_at is None
        assert state_of(need) == State.STUDIED
        assert TakeUp.objects.count() == 1

    def test_a_published_call_keeps_its_needs(self, moving, need):
        stage = published(moving)
        taken = needs.take_up(need=need, call=stage.call, actor=stage.team.author, now=moving.now())
        page = reverse("desk:give_back", args=[need.slug, stage.call.reference])
        assert browser_of(stage.team.author).post(page).status_code == 404
        with pytest.raises(Refusal, match="publié"):
            needs.give_back(taken=taken, actor=stage.team.author, now=moving.now())
        assert state_of(need) == State.TAKEN_UP

    def test_the_study_of_others_is_not_ours_to_end(self, moving, need):
        team, others = make_team(), make_team()
        taken = needs.take_up(need=need, call=write_call(team, moving.now()), actor=team.author, now=moving.now())
        page = reverse("desk:give_back", args=[need.slug, taken.call_reference])
        for actor in (others.author, team.evaluator):
            assert browser_of(actor).post(page).status_code == 404
            with pytest.raises(NotAllowed):
                needs.give_back(taken=taken, actor=actor, now=moving.now())
        assert TakeUp.objects.get().ended_at is None


def test_followers_learn_the_end_of_a_call_and_the_need_is_open_again(client, moving, need):
    stage = published(moving)
    needs.take_up(need=need, call=stage.call, actor=stage.team.author, now=moving.now())
    drain()
    moving.advance(timedelta(days=1))
    cancel_lot(
        lot=stage.call.lots.get(), kind="without_follow_up", reasons="Le budget manque.",
        actor=stage.team.validator, now=moving.now(),
    )  # fmt: skip
    assert state_of(need) == State.PROPOSED
    assert told()[-1] == "Votre besoin est de nouveau ouvert"
    assert "arrêté sans suite" in client.get(need.get_absolute_url()).content.decode()


class OfContract:
    """What the room above reads of a contract that ends."""

    def __init__(self, call: Call, *, bought: bool, stopped_at=None) -> None:
        self.call, self.stopped_at = call, stopped_at
        phase = type("Phase", (), {"is_acquisition": True, "started_at": bought or None})
        self.phases = type("Phases", (), {"all": lambda _self: [phase]})()


def test_after_adoption_supporters_say_whether_it_is_better(client, moving, need):
    stage = published(moving)
    needs.take_up(need=need, call=stage.call, actor=stage.team.author, now=moving.now())
    supporter = Supporter.objects.get(email="ami@exemple.fr")
    with pytest.raises(Refusal):
        voicing.answer(supporter=supporter, value="oui", actor=VISITOR, now=moving.now())
    within_act(lambda: record(stage.call.lots.get(), "signed_at", moving.now()))
    drain()
    moving.advance(timedelta(days=400))
    ended = OfContract(stage.call, bought=True)
    within_act(lambda: contract_ended.send(sender=None, contract=ended, now=moving.now()))
    assert {"Votre besoin avance", "Votre besoin : est-ce mieux ?"} <= set(told())
    path = link_to("ami@exemple.fr", "reponse")
    assert "Est-ce mieux" in client.get(path).content.decode()
    assert Supporter.objects.get(pk=supporter.pk).answer == ""
    assert client.post(path, {}).status_code == 422
    client.post(path, {"answer": "oui"})
    client.post(path, {"answer": "pas-encore"})
    answers = client.get(need.get_absolute_url()).context["answers"]
    assert answers == [("Oui, c’est mieux", 0), ("Pas encore, ou pas partout", 1), ("Non, rien n’a changé", 0)]


def test_a_partnership_that_stops_without_purchase_ends_the_follow_up(moving, need):
    stage = published(moving)
    needs.take_up(need=need, call=stage.call, actor=stage.team.author, now=moving.now())
    drain()
    moving.advance(timedelta(minutes=1))
    ended = OfContract(stage.call, bought=False, stopped_at=moving.now())
    within_act(lambda: contract_ended.send(sender=None, contract=ended, now=moving.now()))
    assert told()[-1] == "Votre besoin est de nouveau ouvert"


def test_the_list_of_calls_takes_the_same_queries_whatever_its_length(moving, need):
    team = make_team()
    write_call(team, moving.now())
    client, page = browser_of(team.author), reverse("desk:take_up", args=[need.slug])
    client.get(page)
    with CaptureQueriesContext(connection) as one:
        client.get(page)
    for _ in range(2):
        write_call(team, moving.now())
    with CaptureQueriesContext(connection) as several:
        assert len(client.get(page).context["calls"]) == 3
    assert len(several) == len(one)
