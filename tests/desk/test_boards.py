"""Boards of buyers and companies: the right people, what to do first, and nothing about bids before the opening."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from difflib import unified_diff
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Organisation
from marketplace.journal import clock
from marketplace.journal.outbox import drain
from procurement.calls.services.periods import record_period
from procurement.correspondence.models import Letter
from procurement.correspondence.services import send_letter
from tests.calls.builders import make_team, team_user, write_call
from tests.factories import MembershipFactory, OrganisationFactory, make, within_act
from tests.submissions.stage import Stage, make_stage

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2027, 1, 12, 9, 0, tzinfo=UTC)
TOKENS = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"')
IDS = re.compile(r"Jeune Pousse \d+|PI-\d{4}-\d{3}|[0-9a-f]{8}-[0-9a-f-]{27}|Exemple \d+|personne\d+@|999[\d\u00a0]+")


@pytest.fixture(autouse=True)
def moving(settings: Any, tmp_path: Path) -> Iterator[clock.MovingClock]:
    settings.SUBMISSION_ROOT, settings.PRIVATE_ROOT = tmp_path / "submissions", tmp_path / "private"
    with clock.rehearsal(NOW) as moving:
        yield moving


def client_of(actor: Actor) -> Client:
    client = Client()
    client.force_login(team_user(actor))
    return client


def publish_dates(stage: Stage) -> None:
    """The period is public, its dates are those of the lot."""

    def write() -> None:
        stage.call.criteria_digest = "0" * 64
        stage.call.save()
        record_period(stage.period)

    within_act(write, chain=stage.call.chain, at=NOW)


def test_a_buyer_sees_what_to_do_and_only_their_own_calls():
    team = make_team()
    call = write_call(team, NOW)
    other = write_call(make_team(), NOW)
    html = client_of(team.author).get(reverse("desk:buyer_home")).content.decode()
    assert call.reference in html
    assert other.reference not in html
    assert "Finir la rédaction de" in html
    assert "Vérifier et publier" in client_of(team.validator).get(reverse("desk:buyer_home")).content.decode()


def test_an_empty_board_explains_how_to_begin():
    html = client_of(make_team().author).get(reverse("desk:buyer_home")).content.decode()
    assert "Vous n’avez pas encore d’appel." in html
    assert reverse("calls:new") in html


def test_the_board_of_a_call_is_hidden_from_firms_and_neighbours():
    call = write_call(make_team(), NOW)
    firm = Actor.of(make(MembershipFactory, organisation=make(OrganisationFactory)))
    for name in ("call_board", "journal", "messages"):
        url = reverse(f"desk:{name}", args=[call.reference])
        assert client_of(firm).get(url).status_code == 404
        assert client_of(make_team().author).get(url).status_code == 404
        assert Client().get(url).status_code == 302
        assert client_of(firm).get(reverse("desk:buyer_home")).status_code == 404


def test_the_journal_speaks_french_and_names_the_author():
    team = make_team()
    call = write_call(team, NOW)
    html = client_of(team.author).get(reverse("desk:journal", args=[call.reference])).content.decode()
    assert "Appel commencé" in html
    assert str(team_user(team.author)) in html


def seen(stage: Stage) -> dict[str, str]:
    """Every page of the desk that a buyer or a rival reaches, ids and tokens apart."""
    rival = Actor.of(make(MembershipFactory, organisation=make(OrganisationFactory)))
    pages = {}
    for who, actor in (("author", stage.team.author), ("custodian", stage.team.custodians[0]), ("rival", rival)):
        client = client_of(actor)
        for name in ("buyer_home", "company_home", "calls"):
            pages[f"{who} {name}"] = client.get(reverse(f"desk:{name}")).content.decode()
        for name in ("call_board", "journal", "messages", "call"):
            pages[f"{who} {name}"] = client.get(reverse(f"desk:{name}", args=[stage.call.reference])).content.decode()
    return {name: IDS.sub("", TOKENS.sub("", html)) for name, html in pages.items()}


@pytest.mark.law("LR-57")
def test_with_one_or_nine_bids_no_page_tells_before_the_opening(moving: clock.MovingClock):
    worlds = []
    for bids in (1, 9):
        stage = make_stage(moving)
        publish_dates(stage)
        for _ in range(bids):
            stage.submit()
        drain()
        worlds.append(seen(stage))
    one, nine = worlds
    # The second world also lists the first one's call: only pages of the call itself are compared for lists.
    lists = {name for name in one if name.endswith(("buyer_home", "company_home", " calls"))}
    differing = {
        name: list(unified_diff(one[name].splitlines(), nine[name].splitlines(), lineterm="", n=0))
        for name in one
        if name not in lists and one[name] != nine[name]
    }
    assert differing == {}


def test_a_firm_reads_its_letters_and_proves_it(moving: clock.MovingClock):
    team = make_team()
    call = write_call(team, NOW)
    firm = make(OrganisationFactory, name="Tramélys")
    reader = Actor.of(make(MembershipFactory, organisation=firm))
    letter = within_act(lambda: letter_to(call, firm), chain=call.chain, at=NOW)
    drain()
    client = client_of(reader)
    assert "Non lu" in client.get(reverse("desk:company_home")).content.decode()
    url = reverse("desk:letter", args=[letter.pk])
    html = client.get(url).content.decode()
    assert "J’ai lu ce courrier" in html
    assert Letter.objects.get().read_at is None
    link = reverse("files:download", args=[Letter.objects.get().document.rendering.stored_file_id])
    assert client.get(link).status_code == 200
    assert client.post(url).status_code == 302
    assert Letter.objects.get().read_at == NOW
    rival = Actor.of(make(MembershipFactory, organisation=make(OrganisationFactory)))
    assert client_of(rival).get(url).status_code == 404
    assert client_of(rival).get(link).status_code == 404
    team_client = client_of(team.author)
    assert "J’ai lu ce courrier" not in team_client.get(url).content.decode()
    assert team_client.post(url).status_code == 403


def letter_to(call: Any, firm: Organisation) -> Letter:
    """A letter of the kind that says least."""
    return send_letter(
        call=call,
        lot=call.lots.get(),
        recipient=firm,
        kind="no_further_action",
        facts={"reasons": "Le budget manque."},
        now=NOW,
    )
