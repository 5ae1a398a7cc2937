"""A citizen voices a need by keyboard, without programs, on a small screen; an editor and a buyer answer."""

from collections.abc import Callable

import pytest
from django.db import connection
from playwright.sync_api import BrowserContext

from cms.needs import links
from cms.needs.models import Need, State
from cms.needs.services import taking_up
from marketplace.accounts.models import User
from marketplace.journal.outbox import drain
from marketplace.mail.models import Message
from tests.calls.builders import write_call
from tests.factories import actor_for
from tests.journeys.house import House
from tests.journeys.looking import Seen, look, watch
from tests.journeys.person import Manner
from tests.needs.builders import TEXT, editor, link_to, published_need, supported, written_need

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="a browser sees no database: played once, on SQLite"),
]
BARE = Manner("keyboard, no script, 320 px", script=False, mouse=False, width=320)
STEPS_TO_VOICE = 2
SEARCHED = "Des bus pleins le matin"


def test_from_a_citizen_to_a_call(visit: Callable[..., BrowserContext], moving_clock):
    house = House(visit, moving_clock, BARE)
    citizen = house.at(None)
    citizen.go("/besoins/")
    citizen.follow("Exprimer un besoin")
    citizen.press("Envoyer mon besoin", is_refused=True)
    citizen.reads("Dites en quelques mots ce qui vous complique la vie.")
    citizen.steps = 0
    citizen.fill({"text": TEXT, "place": "Rennes", "email": "habitante@exemple.fr"})
    citizen.press("Envoyer mon besoin")
    citizen.reads("Regardez votre courriel")
    citizen.go(link_to("habitante@exemple.fr", "confirmer"))
    citizen.press("Confirmer mon besoin")
    citizen.reads("Merci, votre besoin est confirmé.")
    assert citizen.steps == STEPS_TO_VOICE

    publish(visit)

    citizen.go("/besoins/")
    citizen.follow(SEARCHED)
    house.pause(minutes=1)
    citizen.fill({"email": "voisin@exemple.fr"})
    citizen.press("Soutenir ce besoin")
    citizen.go(link_to("voisin@exemple.fr", "soutien"))
    citizen.press("Confirmer mon soutien")
    citizen.reads("2 personnes vivent la même chose.")

    call = write_call(house.team, moving_clock.now())
    buyer = house.at(house.team.author)
    buyer.go(Need.objects.get().get_absolute_url())
    buyer.follow("Reprendre dans un appel")
    buyer.press(f"Reprendre dans cet appel {call.title}")
    buyer.reads("En étude", "Métropole d’Exemple étudie ce besoin")

    house.pause(minutes=1)
    assert Need.objects.with_state().get().state == State.STUDIED
    told = Message.objects.filter(kind="needs.news", subject="Un acheteur étudie votre besoin")
    assert sorted(told.values_list("address", flat=True)) == ["habitante@exemple.fr", "voisin@exemple.fr"]
    citizen.go(link_to("voisin@exemple.fr", "arreter"))
    citizen.press("Arrêter les courriels")
    assert not Need.objects.get().supporters.filter(email="voisin@exemple.fr").exists()
    assert house.seen.problems == []


def test_pages_of_needs_are_accessible_at_every_width(visit: Callable[..., BrowserContext], moving_clock):
    page, seen, now = visit().new_page(), Seen(), moving_clock.now()
    watch(page, seen)
    empty = "/besoins/"
    page.goto(empty)
    look(page, seen)
    need = published_need(now=now)
    supporter = supported(need, "ami@exemple.fr", now=now)
    taking_up.take_up(
        need=need, call_reference="PI-2027-001", call_title="Bus", call_url="/appels/PI-2027-001/",
        organisation_name="Métropole d’Exemple", is_published=True,
        actor=actor_for(organisation__buyer=True), now=now,
    )  # fmt: skip
    written_need(now=now, email="autre@exemple.fr")
    addresses = [
        "/besoins/", "/besoins/?etat=non-retenu", "/besoins/proposer/", "/besoins/courriel-envoye/",
        need.get_absolute_url(), f"{need.get_absolute_url()}soutenir/", link_to("autre@exemple.fr", "confirmer"),
        links.stop_path(supporter), links.answer_path(supporter),
    ]  # fmt: skip
    for address in addresses:
        page.goto(address)
        look(page, seen)
    page.goto("/besoins/proposer/")
    page.get_by_role("button", name="Envoyer mon besoin").click()
    page.get_by_text("Dites en quelques mots").first.wait_for()
    look(page, seen)
    assert seen.problems == []
    assert seen.pages == len(addresses) + 2


def publish(visit: Callable[..., BrowserContext]) -> None:
    """An editor gives the need a title and an address, in the administration, with a mouse."""
    page = visit(User.objects.get(pk=editor().user_id)).new_page()
    page.goto("/gestion/")
    page.get_by_role("link", name="Besoins à modérer").click()
    page.get_by_role("link", name="Le bus de 7 h 12").click()
    page.get_by_label("Titre").fill(SEARCHED)
    page.get_by_label("Adresse").fill("bus-pleins")
    page.get_by_role("button", name="Publier ce besoin").click()
    page.get_by_text("Le besoin est en ligne").wait_for()
    drain()
