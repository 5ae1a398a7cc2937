"""An open call lives: a visitor follows, a firm asks, the buyer answers all and moves the deadline; all are told."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.urls import reverse
from playwright.sync_api import BrowserContext

from marketplace.mail.models import Message
from procurement.calls.models import Answer, Follower
from procurement.calls.services import following, questions
from tests.calls.builders import team_user
from tests.desk.builders import published
from tests.desk.following import link_in_mail, told
from tests.journeys.house import House
from tests.journeys.looking import Seen, look, watch
from tests.journeys.person import Manner
from tests.submissions.stage import Stage

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="a browser sees no database: played once, on SQLite"),
]
BARE = Manner("keyboard, no script, 320 px", script=False, mouse=False, width=320)
EMAIL = "voisine@exemple.fr"
TEXT = "Faut-il être déjà installé dans la région ?"
REPLY = "Non. Trois journées de test sur place sont prévues."


@pytest.fixture
def house(settings: Any, visit: Callable[..., BrowserContext], moving_clock: Any) -> House:
    settings.PROFILE_DECLARED_ON = "2026-01-02"
    cache.clear()
    return House(visit, moving_clock, BARE)


def page(stage: Stage, name: str, *more: object) -> str:
    return reverse(name, args=[stage.call.reference, *more])


def test_everybody_is_told_of_an_answer_and_of_a_later_deadline(house: House):
    stage = published(house.clock, house.team)
    visitor, firm = house.at(None), house.firm("Tramélys")
    visitor.go(page(stage, "desk:call"))
    visitor.follow("Suivre cet appel par courriel")
    visitor.press("Suivre cet appel", is_refused=True)
    visitor.reads("Indiquez votre courriel")
    visitor.fill({"email": EMAIL})
    visitor.press("Suivre cet appel")
    visitor.reads("Regardez votre courriel")
    visitor.go(link_in_mail(EMAIL, "suivi/confirmer"))
    visitor.press("Suivre cet appel")
    visitor.reads("Vous suivez cet appel.")

    company = house.at(firm)
    company.go(page(stage, "desk:call"))
    company.follow("Poser une question")
    company.fill({"text": TEXT})
    company.press("Envoyer ma question")
    company.reads("Votre question est envoyée")

    author = house.at(house.team.author)
    author.go(page(stage, "calls:questions"))
    author.follow("Répondre à tous Question 1")
    author.fill({"text": REPLY})
    author.press("Publier pour tous")
    author.reads("La réponse est publiée")
    house.pause(minutes=1)
    assert Answer.objects.get().question == TEXT
    assert told("calls.news") == sorted([EMAIL, team_user(firm).email])

    later = stage.deadline + timedelta(days=7)
    validator = house.at(house.team.validator)
    validator.go(page(stage, "calls:extend", 1))
    validator.fill({
        "closes_at_day": f"{later:%Y-%m-%d}", "closes_at_hour": "12:00", "reason": "Une information est venue tard.",
    })  # fmt: skip
    validator.press("Reporter pour tous")
    house.pause(minutes=1)
    assert stage.deadline == later
    mails = Message.objects.filter(kind__startswith="calls.news", subject__contains="l’heure limite change")
    assert sorted(mails.values_list("address", flat=True)) == sorted([EMAIL, team_user(firm).email])

    visitor.go(page(stage, "desk:call"))
    visitor.open(TEXT)
    visitor.reads(REPLY, "Cet appel a changé", "Une information est venue tard.")
    visitor.go(link_in_mail(EMAIL, "suivi/arreter"))
    visitor.press("Arrêter les courriels")
    assert not Follower.objects.filter(email=EMAIL).exists()
    assert house.seen.problems == []


def test_pages_of_an_open_call_are_accessible_at_every_width(house: House):
    stage, seen = published(house.clock, house.team), Seen()
    firm = house.firm("Tramélys")
    common = {"call": stage.call, "now": house.clock.now()}
    asked = [questions.ask(text=text, actor=firm, **common) for text in (TEXT, "Quel format ?")]
    questions.answer(questions=[asked[0]], question=TEXT, text=REPLY, actor=house.team.author, **common)
    following.ask_to_follow(email=EMAIL, actor=firm, **common)
    questions.ask_by_mail(text="Et la nuit ?", email=EMAIL, actor=firm, **common)
    addresses = {
        None: [
            page(stage, "desk:call"), page(stage, "desk:follow"), page(stage, "desk:ask"),
            page(stage, "desk:questions"), reverse("desk:mail_sent"), link_in_mail(EMAIL, "suivi/confirmer"),
            link_in_mail(EMAIL, "question"), following.stop_path(Follower.objects.get(email=EMAIL)),
        ],
        firm: [page(stage, "desk:call"), page(stage, "desk:fit")],
        house.team.validator: [
            page(stage, "calls:questions"), page(stage, "calls:answer", 2), page(stage, "calls:correct", "criteres"),
            page(stage, "calls:correct", "besoin"),
        ],
    }  # fmt: skip
    for who, pages in addresses.items():
        window = house.visit(team_user(who) if who else None).new_page()
        watch(window, seen)
        for address in pages:
            window.goto(address)
            look(window, seen)
    assert seen.problems == []
    assert seen.pages == 14
