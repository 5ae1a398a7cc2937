"""One sealed bid or nine, on time or late: nobody can tell them apart before the opening (sealed-bids B.9)."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from marketplace.accounts.actors import Actor
from marketplace.journal.outbox import drain
from tests.contracts.walk import client_of
from tests.desk.builders import a_firm, published
from tests.factories import MembershipFactory, make

pytestmark = pytest.mark.django_db

TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="[^"]*"')


def readers(stage):
    """A browser for each kind of person who must learn nothing."""
    team = stage.team
    colleague = Actor.of(make(MembershipFactory, organisation=team.buyer))
    buyer_side = {
        "author": team.author,
        "validator": team.validator,
        "evaluator": team.evaluator,
        "custodian": team.custodians[0],
        "signatory": team.signatory,
        "colleague": colleague,
        "rival": a_firm("Rivale"),
    }
    return {"visitor": Client()} | {name: client_of(actor) for name, actor in buyer_side.items()}


def addresses(stage):
    """Every page of the desk, filters and second pages of lists included."""
    of_call = [
        reverse(f"desk:{name}", args=[stage.call.reference])
        for name in ("call", "call_documents", "result", "call_board", "journal", "messages")
    ]
    journal = reverse("desk:journal", args=[stage.call.reference])
    filtered = [f"{journal}?chapitre={code}" for code in ("preparation", "publication", "plis", "courriers", "offres")]
    members = [bidder.actor.label for bidder in stage.bidders]
    # A rival's label cannot be guessed, but a colleague may have seen it elsewhere.
    filtered += [f"{journal}?auteur={label}" for label in [*members[:1], "system:sealer", "system:renderer"]]
    names = ("calls", "calls_feed", "verify", "keys", "buyer_home", "company_home", "company_messages")
    filtered.append(reverse("desk:journal_csv", args=[stage.call.reference]))
    return ["/", *(reverse(f"desk:{name}") for name in names), *of_call, *filtered, f"{journal}?page=2"]


def seen(clients, pages):
    """Status and bytes of every page for every reader, tokens of forms apart."""
    return {
        (who, url): (answer.status_code, TOKEN.sub(b"", answer.content))
        for who, client in clients.items()
        for url in pages
        for answer in [client.get(url)]
    }


def differing(one, other):
    return [key for key in one if one[key] != other[key]]


@pytest.mark.law("LR-57")
def test_with_one_or_nine_bids_no_page_differs_by_a_byte(moving):
    stage = published(moving)
    clients = readers(stage)
    stage.submit()
    drain()
    pages = addresses(stage)
    one = seen(clients, pages)
    for _ in range(8):
        stage.submit()
    drain()
    assert differing(one, seen(clients, pages)) == []
    statuses = {url: {one[who, url][0] for who in ("visitor", "rival")} for url in pages}
    assert statuses[reverse("desk:journal", args=[stage.call.reference])] == {302, 404}


@pytest.mark.law("LR-57")
def test_neither_late_ones_nor_withdrawals_are_told_between_the_deadline_and_the_opening(moving):
    stage = published(moving)
    clients = readers(stage)
    stage.submit()
    drain()
    pages = addresses(stage)
    moving.advance_to(stage.deadline + timedelta(hours=2))
    before = seen(clients, pages)
    for _ in range(3):
        stage.submit()
    drain()
    assert differing(before, seen(clients, pages)) == []


def test_no_bid_and_one_bid_look_alike_too(moving):
    stage = published(moving)
    clients = readers(stage)
    pages = addresses(stage)
    none = seen(clients, pages)
    stage.submit()
    drain()
    assert differing(none, seen(clients, pages)) == []


@pytest.mark.law("LR-57")
def test_once_opened_the_journal_tells_everything(moving):
    stage = published(moving)
    stage.submit()
    drain()
    journal = reverse("desk:journal", args=[stage.call.reference])
    author = client_of(stage.team.author)
    assert "Réponse déposée et scellée" not in author.get(journal).content.decode()
    stage.close()
    stage.open("candidature")
    html = author.get(journal).content.decode()
    assert "Réponse déposée et scellée" in html
    assert "Empreinte" in html
    assert "Entreprise 0" in html
