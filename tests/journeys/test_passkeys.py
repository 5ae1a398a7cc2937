"""A passkey, in a real browser with a virtual authenticator: made, then used to come in without a password."""

from collections.abc import Callable

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from playwright.sync_api import BrowserContext

from tests.factories import PASSWORD, UserFactory
from tests.journeys.looking import Seen, look, watch

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_passkey_is_made_then_opens_the_account(visit: Callable[..., BrowserContext], live_server, settings):
    settings.ALLOWED_HOSTS = ["localhost"]
    settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
    # The home page is a page of Wagtail, laid out by the site and not by this test.
    settings.ACCOUNT_LOGOUT_REDIRECT_URL = "/connexion/"
    user = UserFactory()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    seen = Seen()
    page = visit().new_page()
    watch(page, seen)
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    devices.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    # A passkey belongs to a name, never to an address of the network.
    home = live_server.url.replace("127.0.0.1", "localhost")
    page.goto(f"{home}/connexion/")
    look(page, seen)
    page.get_by_label("Adresse électronique").fill(user.email)
    page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Me connecter").click()
    page.goto(f"{home}/compte/double-verification/cles/ajouter/")
    page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Confirmer").click()
    page.get_by_label("Nom de la clé").fill("Ordinateur du bureau")
    page.get_by_label("Me connecter avec cette clé seule").check()
    look(page, seen, widths=(390,))
    page.get_by_role("button", name="Ajouter cette clé").click()
    page.get_by_role("heading", name="Vos codes de secours").wait_for()
    look(page, seen, widths=(320,))
    assert Authenticator.objects.filter(user=user, type="webauthn").count() == 1
    page.goto(f"{home}/deconnexion/")
    page.get_by_role("main").get_by_role("button", name="Me déconnecter").click()
    page.goto(f"{home}/connexion/?next=/compte/mes-donnees/")
    page.get_by_role("button", name="Utiliser ma clé d’accès").click()
    page.get_by_role("heading", name="Mes données").wait_for()
    page.goto(f"{home}/compte/double-verification/cles/")
    page.get_by_role("rowheader", name="Ordinateur du bureau").wait_for()
    look(page, seen, widths=(390,))
    assert seen.problems == []
