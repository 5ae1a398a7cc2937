"""Pages of an act: who may open them, what a refusal looks like, what is kept while somebody types."""

import json
import re

import pytest
from django import forms
from django.conf import settings
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.test import Client, RequestFactory, override_settings
from django.urls import include, path

from marketplace.accounts.models import TypingDraft
from marketplace.accounts.pages import ActView, Page
from marketplace.accounts.permissions import Verdict
from marketplace.accounts.typing import AutosaveMixin
from marketplace.journal.errors import NotAllowed, Refusal
from tests.factories import UserFactory, make

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


class WordForm(forms.Form):
    word = forms.CharField(label="Mot")


class WordView(AutosaveMixin, ActView):
    form_class = WordForm
    autosave_key = "test:word"
    page_title = "Dire un mot"
    success_message = "C’est dit."
    success_url = "/mot/"

    def act(self, form: forms.Form) -> None:
        match form.cleaned_data["word"]:
            case "gros":
                raise Refusal("Ce mot est trop gros : choisissez-en un autre.")
            case "réservé":
                raise NotAllowed("Seule Inès dit ce mot : demandez-lui.")


class ClosedView(Page):
    template_name = "layout/page.html"

    def allowed(self) -> Verdict:
        return Verdict.no("Cette page est pour les gardiens.")


def refused(request: object) -> HttpResponse:
    raise Refusal("Ce n’est plus possible depuis hier.")


urlpatterns = [
    path("mot/", WordView.as_view()),
    path("fermee/", ClosedView.as_view()),
    path("refus/", refused),
    path("compte/", include("allauth.urls")),
]


@pytest.fixture
def signed_in(client: Client) -> Client:
    client.force_login(make(UserFactory, first_name="Inès", last_name="Kerbrat"))
    return client


def test_a_visitor_signs_in_first_and_comes_back(client: Client):
    answer = client.get("/mot/")
    assert answer.status_code == 302
    assert answer.url.endswith("?next=/mot/")


def test_an_act_is_done_once_and_said(signed_in: Client):
    answer = signed_in.post("/mot/", {"word": "merci"}, follow=True)
    assert answer.redirect_chain == [("/mot/", 302)]
    assert "C’est dit." in answer.content.decode()


def test_a_refusal_says_why_and_keeps_what_was_typed(signed_in: Client):
    answer = signed_in.post("/mot/", {"word": "gros"})
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "trop gros : choisissez-en un autre" in html
    assert 'value="gros"' in html
    assert "<title>Erreur :" in html


def test_what_one_may_not_do_answers_403_with_its_reason(signed_in: Client):
    answer = signed_in.post("/mot/", {"word": "réservé"})
    assert answer.status_code == 403
    assert "demandez-lui" in answer.content.decode()
    assert "pour les gardiens" in signed_in.get("/fermee/").content.decode()


def test_a_refusal_that_no_page_caught_answers_409(signed_in: Client):
    answer = signed_in.get("/refus/")
    assert answer.status_code == 409
    assert "plus possible depuis hier" in answer.content.decode()


def test_typing_is_kept_with_its_version(signed_in: Client):
    first = signed_in.post("/mot/", {"word": "bon", "version": "0"}, headers={"X-Autosave": "1"})
    second = signed_in.post("/mot/", {"word": "bonjour", "version": "1"}, headers={"X-Autosave": "1"})
    assert (first.json()["version"], second.json()["version"]) == (1, 2)
    assert TypingDraft.objects.get().data == {"word": ["bonjour"]}


def test_two_people_on_one_text_see_both_versions(signed_in: Client):
    colleague = Client()
    colleague.force_login(make(UserFactory))
    signed_in.post("/mot/", {"word": "bonjour", "version": "0"}, headers={"X-Autosave": "1"})
    answer = colleague.post("/mot/", {"word": "bonsoir", "version": "0"}, headers={"X-Autosave": "1"})
    assert answer.status_code == 409
    said = json.loads(answer.content)
    assert (said["by"], said["values"], said["version"]) == ("Inès Kerbrat", {"word": "bonjour"}, 1)
    assert TypingDraft.objects.get().data == {"word": ["bonjour"]}
    resolved = colleague.post("/mot/", {"word": "bonsoir", "version": "1"}, headers={"X-Autosave": "1"})
    assert resolved.json()["version"] == 2


def test_an_expired_session_is_told_to_the_program(client: Client):
    answer = client.post("/mot/", {"word": "bon"}, headers={"X-Autosave": "1"})
    assert answer.status_code == 302
    assert not TypingDraft.objects.exists()


@pytest.mark.parametrize(("path_", "status", "words"), [("/absente/", 404, "Page introuvable")])
def test_error_pages_say_what_to_do(client: Client, path_: str, status: int, words: str):
    answer = client.get(path_)
    assert answer.status_code == status
    assert words in answer.content.decode()


@override_settings(DEBUG=False)
def test_an_expired_form_keeps_the_text_in_the_browser():
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(make(UserFactory))
    answer = strict.post("/mot/", {"word": "bonjour"})
    assert answer.status_code == 403
    assert "Ce formulaire a expiré" in answer.content.decode()


def hidden(html: str, name: str) -> str:
    return re.search(rf'name="{name}" value="([^"]*)"', html).group(1)


def test_what_is_sent_after_the_session_is_held_then_sent_again_after_signing_in():
    """Without JavaScript, the page that answers is the only copy of the text."""
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(make(UserFactory))
    token = hidden(browser.get("/mot/").content.decode(), "csrfmiddlewaretoken")
    browser.cookies.pop(settings.SESSION_COOKIE_NAME)
    sent = {"csrfmiddlewaretoken": token, "word": "bon", "version": "0"}
    held = browser.post("/mot/", sent, headers={"Origin": "http://testserver"})
    html = held.content.decode()
    assert held.status_code == 401
    assert held["Cache-Control"] == "private, no-store"
    assert "?next=%2Fmot%2F" in html
    assert (hidden(html, "word"), hidden(html, "version")) == ("bon", "0")
    # Signing in, in another tab, gives the browser another token: one more page, and the text still there.
    browser.force_login(make(UserFactory))
    browser.cookies[settings.CSRF_COOKIE_NAME] = get_token(RequestFactory().get("/"))
    sent["csrfmiddlewaretoken"] = hidden(html, "csrfmiddlewaretoken")
    again = browser.post("/mot/", sent, headers={"Origin": "http://testserver"}).content.decode()
    assert hidden(again, "word") == "bon"
    sent["csrfmiddlewaretoken"] = hidden(again, "csrfmiddlewaretoken")
    done = browser.post("/mot/", sent, headers={"Origin": "http://testserver"}, follow=True)
    assert "C’est dit." in done.content.decode()


@pytest.mark.parametrize("origin", [{}, {"Origin": "https://ailleurs.example"}])
def test_what_another_site_sends_is_never_offered_to_be_sent_again(origin: dict[str, str]):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(make(UserFactory))
    answer = strict.post("/mot/", {"word": "piège"}, headers=origin)
    assert answer.status_code == 403
    assert "piège" not in answer.content.decode()


def test_no_page_holds_a_password():
    sent = {"login": "ines@exemple.fr", "password": "tres-secret"}
    answer = Client(enforce_csrf_checks=True).post("/mot/", sent, headers={"Origin": "http://testserver"})
    assert answer.status_code == 403
    assert "tres-secret" not in answer.content.decode()


def test_a_visitor_who_typed_nothing_is_sent_to_sign_in(client: Client):
    assert client.post("/mot/", {"word": " ", "version": "3"}).url.endswith("?next=/mot/")
