"""ProConnect, against a provider on this machine: the whole way, and every answer that must not open an account."""

import time
from urllib.parse import parse_qs, urlsplit

import flask
import pytest
import requests
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from authlib.jose import JsonWebKey, jwt
from oidc_provider_mock import User as Agent
from oidc_provider_mock import app as provider_app
from oidc_provider_mock._server import _threaded_server

from marketplace.accounts.models import User
from tests.accounts.conftest import code_sent_to
from tests.factories import PASSWORD, UserFactory

# The stand-in and its libraries have warnings of their own.
pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore")]

SUB = "cc2e8a4c-0f3a-4b21-9a55-1f1f0d6f0a11"
SIRET = "21290019700011"
AGENT = {"given_name": "Inès", "usual_name": "Kerbrat", "email": "ines.kerbrat@brest.exemple.fr", "siret": SIRET}


class Provider:
    """The stand-in: signs userinfo as ProConnect does, unless a test has it misbehave."""

    def __init__(self):
        self.claims = dict(AGENT)
        self.changed = {}
        self.is_signed = True
        self.key = None
        self.url = ""
        self.app = provider_app(require_nonce=True, user_claims=[Agent(sub=SUB, claims=AGENT)])
        self.app.after_request(self.sign)

    def sign(self, response):
        if not flask.request.path.endswith("/userinfo") or not self.is_signed:
            return response
        said = {"sub": SUB, **self.claims, "iss": self.url, "aud": "preau", "iat": int(time.time())} | self.changed
        own = flask.g.oidc_provider_mock_storage.jwk
        token = jwt.encode({"alg": "RS256", "kid": own.as_dict()["kid"]}, said, self.key or own)
        return flask.Response(token, content_type="application/jwt")


@pytest.fixture
def provider(settings):
    stand_in = Provider()
    with _threaded_server(app=stand_in.app) as server:
        stand_in.url = f"http://localhost:{server.server_port}"
        configured = {
            "provider_id": "proconnect",
            "name": "ProConnect",
            "client_id": "preau",
            "secret": "secret",
            "settings": {
                "server_url": stand_in.url,
                "token_auth_method": "client_secret_post",
                "scope": ["openid", "profile", "email"],
                "auth_params": {"acr_values": "eidas1"},
            },
        }
        known = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]
        settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": known | {"APPS": [configured]}}
        yield stand_in


def words(answer):
    return answer.content.decode().replace("\u00a0", " ")


def go(client, path="/connexion/proconnect/"):
    """To the provider, sign in there, and the address of the way back."""
    leaving = client.post(path)
    assert leaving.status_code == 302
    back = requests.post(leaving.url, data={"sub": SUB}, allow_redirects=False, timeout=5)
    return leaving.url, back.headers["Location"].removeprefix("http://testserver")


def test_without_configuration_there_is_neither_button_nor_door(client):
    assert "ProConnect" not in words(client.get("/connexion/"))
    assert client.get("/connexion/proconnect/").status_code == 404
    assert client.get("/connexion/proconnect/retour/").status_code == 404


def test_an_agent_comes_by_proconnect(client, provider):
    assert "S’identifier avec ProConnect" in words(client.get("/connexion/"))
    assert "Continuer vers ProConnect" in words(client.get("/connexion/proconnect/"))
    asked, back = go(client)
    sent = parse_qs(urlsplit(asked).query)
    assert len(sent["nonce"][0]) >= 32
    assert len(sent["state"][0]) >= 32
    assert sent["code_challenge_method"] == ["S256"]
    assert sent["acr_values"] == ["eidas1"]
    answer = client.get(back)
    assert answer.url == "/inscription/confirmer/"
    client.post(answer.url, {"code": code_sent_to(AGENT["email"])})
    user = User.objects.get()
    assert (str(user), user.email, user.has_usable_password()) == ("Inès Kerbrat", AGENT["email"], False)
    account = SocialAccount.objects.get()
    assert (account.user, account.uid, account.extra_data["userinfo"]["siret"]) == (user, SUB, SIRET)
    assert SIRET in words(client.get("/inscription/acheteur/"))


def test_an_agent_comes_back_by_sub_whatever_the_address_says(client, provider):
    user = UserFactory(email="ancienne@exemple.fr")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    SocialAccount.objects.create(user=user, provider="proconnect", uid=SUB)
    _, back = go(client)
    assert client.get(back).url == "/compte/"
    assert client.session["_auth_user_id"] == str(user.pk)
    assert User.objects.count() == 1


def test_the_same_address_opens_nobodys_account(client, provider):
    user = UserFactory(email=AGENT["email"])
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    _, back = go(client)
    client.get(back, follow=True)
    assert "_auth_user_id" not in client.session
    assert not SocialAccount.objects.exists()


def test_userinfo_in_plain_json_is_read_too(client, provider):
    provider.is_signed = False
    _, back = go(client)
    assert client.get(back).url == "/inscription/confirmer/"


@pytest.mark.parametrize(
    "changed",
    [{"sub": "quelqu-un-d-autre"}, {"iss": "https://ailleurs.exemple"}, {"aud": "un-autre-site"}],
    ids=["other person", "other issuer", "other site"],
)
def test_userinfo_for_others_opens_nothing(client, provider, changed):
    provider.changed = changed
    _, back = go(client)
    assert refused(client, client.get(back))


def test_userinfo_signed_by_another_key_opens_nothing(client, provider):
    provider.key = JsonWebKey.generate_key("RSA", 2048, is_private=True)
    _, back = go(client)
    assert refused(client, client.get(back))


def test_another_nonce_opens_nothing(client, provider):
    _, back = go(client)
    session = client.session
    for state in session["socialaccount_states"].values():
        state[0]["nonce"] = "celui-d-une-autre-connexion"
    session.save()
    assert refused(client, client.get(back))


def test_an_answer_serves_once_and_in_its_own_browser(client, provider):
    from django.test import Client

    _, back = go(client)
    assert refused(Client(), Client().get(back))
    client.get(back)
    assert client.get(back).status_code == 401


def refused(client, answer):
    assert answer.status_code == 401
    assert "ProConnect n’a pas abouti" in words(answer)
    assert not User.objects.exists()
    return "_auth_user_id" not in client.session


def test_one_may_change_ones_mind_on_the_way(client, provider):
    leaving = client.post("/connexion/proconnect/")
    back = requests.post(leaving.url, data={"action": "deny"}, allow_redirects=False, timeout=5)
    state = parse_qs(urlsplit(leaving.url).query)["state"][0]
    path = back.headers["Location"].removeprefix("http://testserver")
    path += "" if "state=" in path else f"&state={state}"
    assert client.get(path).url == "/connexion/proconnect/annulee/"


def test_an_account_is_linked_from_inside(client, provider):
    user = UserFactory()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    client.force_login(user)
    assert "Relier ProConnect" in words(client.get("/compte/proconnect/"))
    _, back = go(client, "/connexion/proconnect/?process=connect")
    assert client.get(back).url == "/compte/confirmer/"
    assert not SocialAccount.objects.exists()
    client.post("/compte/confirmer/", {"password": PASSWORD})
    assert SocialAccount.objects.get().user == user
    page = words(client.get("/compte/proconnect/"))
    assert "Ne plus utiliser ProConnect" in page
    client.post("/compte/proconnect/", {"account": SocialAccount.objects.get().pk})
    assert not SocialAccount.objects.exists()
