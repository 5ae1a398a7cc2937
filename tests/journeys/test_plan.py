"""A company reads the prices, tries the plan on Stripe's page, changes its rhythm, ends it: in a real browser."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings as site
from django.db import connection
from playwright.sync_api import BrowserContext

from marketplace.billing.models import Invoice
from tests.billing.house import House
from tests.billing.running import stripe_on
from tests.factories import MembershipFactory, make
from tests.journeys.looking import Seen, look, watch

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="a browser sees no database: played once, on SQLite"),
]
PLAN = "/espace/entreprise/formule/"


@pytest.fixture
def house(settings: Any, live_server: Any, moving_clock: Any, now: Any) -> Iterator[House]:
    with stripe_on(settings, now) as stripe:
        settings.SITE_URL = live_server.url
        directives = site.CONTENT_SECURITY_POLICY["DIRECTIVES"]
        settings.CONTENT_SECURITY_POLICY = {
            "DIRECTIVES": {**directives, "form-action": [*directives["form-action"], stripe.url]}
        }
        yield House(stripe, moving_clock)


def test_a_company_subscribes_changes_and_cancels(visit: Callable[..., BrowserContext], house: House):
    page, seen = visit(house.membership.user).new_page(), Seen()
    watch(page, seen)
    page.goto("/tarifs/")
    look(page, seen)
    page.get_by_role("link", name="Essayer la formule Atelier").click()
    look(page, seen)
    page.get_by_label("À l’année").check()
    page.get_by_role("button", name="Continuer vers le paiement").click()
    page.wait_for_url(f"{house.stripe.url}/pay/*")
    page.get_by_role("button", name="Pay").click()
    page.wait_for_url(f"**{PLAN}?retour=oui")
    assert page.get_by_text("Stripe enregistre votre choix").is_visible()
    look(page, seen)
    house.hear()
    page.goto(PLAN)
    assert page.get_by_text("À l’essai", exact=True).is_visible()
    look(page, seen)

    # After the trial, a first invoice; then the other rhythm.
    house.pass_time(days=31)
    row = house.stripe.rows["subscriptions"][house.subscription.stripe_id]
    row["current_period_end"] = house.stripe.now + 365 * 24 * 3600
    house.stripe.charge(row["id"])
    house.hear()
    page.goto(PLAN)
    page.get_by_role("link", name="Changer le rythme").click()
    look(page, seen)
    page.get_by_role("button", name="Changer le rythme").click()
    page.wait_for_url(f"**{PLAN}")
    assert page.get_by_text("Atelier, au mois").is_visible()
    assert Invoice.objects.count() == 2
    assert page.get_by_role("row", name="34,80").is_visible()
    look(page, seen)

    page.get_by_role("link", name="Résilier la formule").click()
    look(page, seen)
    page.get_by_role("button", name="Résilier la formule").click()
    page.wait_for_url(f"**{PLAN}")
    assert page.get_by_text("Résiliée pour le").is_visible()
    house.pass_time(days=30)
    house.stripe.end(row["id"])
    house.hear()
    page.goto(PLAN)
    assert page.get_by_text("La formule Atelier est terminée.").is_visible()
    look(page, seen)
    assert seen.problems == []


def test_the_operator_reads_what_came(visit: Callable[..., BrowserContext], house: House):
    house.subscribe()
    operator = make(MembershipFactory, organisation__operator=True)
    page, seen = visit(operator.user).new_page(), Seen()
    watch(page, seen)
    page.goto("/espace/exploitant/stripe/")
    look(page, seen)
    page.get_by_role("link", name="evt_").first.click()
    look(page, seen)
    page.get_by_role("button", name="Traiter de nouveau").click()
    page.wait_for_url("**/espace/exploitant/stripe/")
    house.hear()
    assert seen.problems == []
