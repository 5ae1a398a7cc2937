"""The space of a company: everything it owes by date, open calls, letters read and proved by itself alone."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from marketplace.accounts.actors import Actor
from marketplace.journal import clock
from marketplace.journal.outbox import drain
from procurement.correspondence.models import Letter
from procurement.correspondence.services import send_letter
from tests.calls.builders import make_team, write_call
from tests.catalogue.factories import ProfileFactory
from tests.contracts.builders import SIGNABLE, awarded_lot, notified, start
from tests.contracts.walk import client_of, queries_of, text_of
from tests.desk.builders import a_firm, published
from tests.factories import MembershipFactory, make, within_act
from tests.submissions.stage import make_stage

pytestmark = pytest.mark.django_db

HOME = reverse("desk:company_home")


def home(actor: Actor) -> str:
    answer = client_of(actor).get(HOME)
    assert answer.status_code == 200
    return text_of(answer)


def letter_to(call, firm, at) -> Letter:
    """A letter of the kind that says least."""
    return within_act(
        lambda: send_letter(
            call=call,
            lot=call.lots.get(),
            recipient=firm,
            kind="no_further_action",
            facts={"reasons": "Le budget manque."},
            now=at,
        ),
        chain=call.chain,
        at=at,
    )


def test_an_empty_space_says_what_will_come_there(moving):
    html = home(a_firm())
    assert "Rien ne vous attend." in html
    assert "Aucun appel n’est ouvert aujourd’hui." in html


def test_the_menu_says_where_one_is_once(moving):
    page = client_of(a_firm()).get(reverse("submissions:replies")).content.decode()
    assert re.findall(r'tag--brand" href="([^"]*)" aria-current="page"', page) == [reverse("submissions:replies")]


def test_a_space_is_for_people_who_act_for_a_firm(moving):
    for url in (HOME, reverse("desk:company_messages")):
        assert client_of(make_team().author).get(url).status_code == 404
        assert Client().get(url).status_code == 302


def test_a_draft_waits_until_the_deadline_and_belongs_to_its_firm_alone(moving):
    stage = published(moving)
    bidder = stage.bidder("Tramélys")
    stage.deposit(bidder)
    assert "Terminer et déposer votre réponse" in home(bidder.actor)
    assert "Terminer et déposer" not in home(a_firm("Rivale"))
    moving.advance_to(stage.deadline + timedelta(seconds=1))
    assert "Terminer et déposer" not in home(bidder.actor)


def test_what_is_handed_in_is_no_more_to_do(moving):
    stage = published(moving)
    bidder = stage.bidder("Tramélys")
    stage.submit(bidder)
    assert "Rien ne vous attend." in home(bidder.actor)


def test_an_invited_firm_is_told_to_prepare_its_offer(moving):
    stage = make_stage(moving, kind="final")
    bidder = stage.bidder("Tramélys")
    html = home(bidder.actor)
    assert "Préparer votre réponse, offres finales" in html
    assert reverse("submissions:start", args=[stage.call.reference]) in html
    stage.deposit(bidder)
    html = home(bidder.actor)
    assert "Préparer votre réponse" not in html
    assert "Terminer et déposer votre réponse" in html


def test_contracts_and_deliverables_are_among_the_tasks():
    with clock.rehearsal(SIGNABLE):
        awarded = awarded_lot(partners=1)
        contracts = notified(awarded)
        start(awarded, contracts, 1, SIGNABLE)
        assert "Remettre « Maquette »" in home(awarded.partners[0].actor)


def test_calls_of_the_firms_own_domains_come_first(moving):
    health, mobility = published(moving, domain="sante"), published(moving, domain="mobilite")
    plain = a_firm("Sans fiche")
    html = home(plain)
    assert health.call.reference in html
    assert mobility.call.reference in html
    doctor = a_firm("Soigne")
    ProfileFactory(organisation=doctor.membership().organisation, domains=["sante"])
    html = home(doctor)
    assert "Appels ouverts dans vos domaines" in html
    assert health.call.reference in html
    assert mobility.call.reference not in html


@pytest.mark.law("LR-40")
def test_reading_shows_and_only_the_button_proves(moving):
    team = make_team()
    call = write_call(team, moving.now())
    reader = a_firm()
    letter = letter_to(call, reader.membership().organisation, moving.now())
    drain()
    assert "Lire : Procédure sans suite" in home(reader)
    client = client_of(reader)
    assert "Non lue" in client.get(reverse("desk:company_messages")).content.decode()
    url = reverse("desk:letter", args=[letter.pk])
    html = text_of(client.get(url))
    assert "J’ai lu ce courrier" in html
    stored = Letter.objects.get().document.rendering.stored_file
    assert stored.sha256 in html
    assert client.get(reverse("files:download", args=[stored.pk])).status_code == 200
    assert Letter.objects.get().read_at is None
    assert client.post(url).status_code == 302
    assert Letter.objects.get().read_at == moving.now()
    moving.advance(timedelta(hours=1))
    # A second click changes nothing.
    assert client.post(url).status_code == 302
    assert Letter.objects.get().read_at == moving.now() - timedelta(hours=1)
    assert "J’ai lu ce courrier" not in text_of(client.get(url))
    assert "Lire : Procédure sans suite" not in home(reader)


def test_a_letter_is_for_its_firm_and_for_the_team(moving):
    team = make_team()
    call = write_call(team, moving.now())
    letter = letter_to(call, a_firm().membership().organisation, moving.now())
    drain()
    url = reverse("desk:letter", args=[letter.pk])
    link = reverse("files:download", args=[letter.document.rendering.stored_file_id])
    colleague = Actor.of(make(MembershipFactory, organisation=team.buyer))
    for stranger in (a_firm("Rivale"), make_team().author, colleague):
        assert client_of(stranger).get(url).status_code == 404
        assert client_of(stranger).post(url).status_code == 404
        assert client_of(stranger).get(link).status_code == 404
    author = client_of(team.author)
    assert "J’ai lu ce courrier" not in text_of(author.get(url))
    refused = author.post(url)
    assert refused.status_code == 403
    assert "Seule l’organisation destinataire" in text_of(refused)
    assert Letter.objects.get().read_at is None


def test_as_many_queries_with_one_letter_as_with_three(moving):
    team = make_team()
    reader = a_firm()
    firm, client = reader.membership().organisation, client_of(reader)
    pages = [HOME, reverse("desk:company_messages")]
    letter_to(write_call(team, moving.now()), firm, moving.now())
    one = [queries_of(client, url) for url in pages]
    for _ in range(2):
        letter_to(write_call(team, moving.now()), firm, moving.now())
    assert [queries_of(client, url) for url in pages] == one
