"""References: asked by a link, answered once by whoever holds it, never by the organisation itself."""

import re
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from cms.catalogue.editing import references
from cms.catalogue.models import Confirmation
from marketplace.journal.errors import NotAllowed, Refusal
from marketplace.journal.models import Entry
from marketplace.mail.models import Message
from tests.catalogue.factories import ProfileFactory, ReferenceFactory
from tests.catalogue.test_editing import company, member_of
from tests.contracts.walk import client_of, text_of
from tests.factories import actor_for, siren

pytestmark = pytest.mark.django_db

CLIENT = "transports@valclair.example"
YES = {"answer": "oui", "name": "Awa Delorme", "role": "direction des transports", "quote": "Les appels ont baissé."}


@pytest.fixture
def owner():
    return company()


@pytest.fixture
def reference(owner):
    return ReferenceFactory(profile=ProfileFactory(organisation=owner.membership().organisation, siren=siren(90031)))


def ask(reference, actor, now, email=CLIENT) -> Confirmation:
    return references.ask(profile=reference.profile, uid=reference.uid, email=email, actor=actor, now=now)


def link_sent() -> str:
    return re.search(r"/references/[^/\s]+/", Message.objects.filter(address=CLIENT).latest("queued_at").body).group()


def test_one_link_goes_to_the_client_and_only_its_digest_is_kept(reference, owner, now):
    word = ask(reference, member_of(owner), now, email="Transports@Valclair.example ")
    mail = Message.objects.get(address=CLIENT)
    assert mail.subject.endswith("vous cite : est-ce exact ?")
    assert len(mail.subject) <= 60
    assert "38 arrêts" in mail.body
    token = link_sent().split("/")[2]
    assert token not in (word.token_digest, str(word.__dict__))
    assert references.find(token) == word
    assert word.expires_at - word.asked_at == timedelta(days=30)
    assert Entry.objects.filter(act="reference.asked").count() == 1


def test_reading_the_link_changes_nothing_and_answering_it_confirms(reference, owner, now, client, moving_clock):
    ask(reference, owner, now)
    address = link_sent()
    shown = text_of(client.get(address))
    assert "Métropole de Valclair : 38 arrêts, depuis mars 2025" in shown
    assert Confirmation.objects.get().confirmed_at is None
    assert client.post(address, YES).status_code == 302
    word = Confirmation.objects.get()
    assert word.confirmed_at == now
    assert (word.author, word.quote) == ("Awa Delorme, direction des transports", "Les appels ont baissé.")
    assert word.quote_accepted_at is None
    page = text_of(client.get(reference.profile.get_absolute_url()))
    assert "Confirmée" in page
    assert "Les appels ont baissé." not in page
    assert "Vous avez confirmé" in text_of(client.get(address))
    told = Message.objects.get(kind="catalogue.reference_answered")
    assert told.to_user_id == owner.user_id
    assert told.subject == "Référence confirmée par votre client"


def test_a_refusal_is_kept_and_told_and_shows_nothing_confirmed(reference, owner, now, client, moving_clock):
    ask(reference, owner, now)
    assert client.post(link_sent(), YES | {"answer": "non"}).status_code == 302
    word = Confirmation.objects.get()
    assert (word.confirmed_at, word.refused_at, word.quote) == (None, now, "")
    assert "Déclarée" in text_of(client.get(reference.profile.get_absolute_url()))
    assert Message.objects.get(kind="catalogue.reference_answered").subject == "Référence refusée par votre client"
    assert "Refusée" in text_of(client_of(owner).get("/espace/entreprise/references/"))


def test_an_answer_is_given_once(reference, owner, now, client, moving_clock):
    ask(reference, owner, now)
    address = link_sent()
    client.post(address, YES)
    again = client.post(address, YES | {"answer": "non", "name": "Autre"})
    assert again.status_code == 422
    assert Confirmation.objects.get().author.startswith("Awa")


def test_name_and_function_are_asked_and_what_was_typed_stays(reference, owner, now, client, moving_clock):
    ask(reference, owner, now)
    answer = client.post(link_sent(), {"answer": "oui", "name": "Awa", "quote": "Bien."})
    assert answer.status_code == 422
    shown = text_of(answer)
    assert "Indiquez votre fonction" in shown
    assert "Bien." in shown
    assert Confirmation.objects.get().confirmed_at is None


def test_a_forged_link_names_nothing_and_an_expired_one_says_so(reference, owner, now, client, moving_clock):
    ask(reference, owner, now)
    entries = Entry.objects.count()
    assert client.get("/references/forgé/").status_code == 404
    assert client.post(f"/references/{Confirmation.objects.get().token_digest}/", YES).status_code == 404
    moving_clock.advance(timedelta(days=30))
    address = link_sent()
    page = client.get(address)
    assert page.status_code == 410
    assert "Ce lien a expiré" in text_of(page)
    assert client.post(address, YES).status_code == 422
    word = Confirmation.objects.get()
    assert (word.confirmed_at, word.author) == (None, "")
    assert Entry.objects.count() == entries
    assert "Expirée" in text_of(client_of(owner).get("/espace/entreprise/references/"))


def test_the_organisation_does_not_praise_itself(reference, owner, now):
    colleague = member_of(owner)
    with pytest.raises(Refusal, match="membre de votre équipe"):
        ask(reference, owner, now, email=colleague.membership().user.email.upper())
    ask(reference, owner, now)
    address = link_sent()
    assert client_of(colleague).post(address, YES).status_code == 403
    with pytest.raises(NotAllowed):
        references.answer(
            confirmation=Confirmation.objects.get(), confirms=True, author="x", quote="", actor=colleague, now=now
        )
    assert Confirmation.objects.get().confirmed_at is None


def test_others_do_not_ask_in_its_name(reference, now, client):
    rival = company(90032)
    for stranger in (rival, actor_for(organisation__buyer=True)):
        with pytest.raises(NotAllowed):
            ask(reference, stranger, now)
        assert client_of(stranger).get(f"/espace/entreprise/references/{reference.uid}/demander/").status_code == 404
    ProfileFactory(organisation=rival.membership().organisation, siren=siren(90032))
    posted = client_of(rival).post(f"/espace/entreprise/references/{reference.uid}/demander/", {"email": CLIENT})
    assert posted.status_code == 404
    assert not Message.objects.exists()


def test_only_what_is_published_is_confirmed(reference, owner, now):
    profile = reference.profile
    for change in ({"live": False}, {"withdrawn_at": now, "live": True}):
        type(profile).objects.filter(pk=profile.pk).update(**change)
        with pytest.raises(Refusal, match="pas encore en ligne"):
            ask(reference, owner, now)


def test_people_are_not_wearied(reference, owner, now, moving_clock, client):
    ask(reference, owner, now)
    with pytest.raises(Refusal, match="déjà reçu un lien"):
        ask(reference, owner, now)
    for number in range(2):
        ask(reference, owner, now, email=f"a{number}@valclair.example")
    with pytest.raises(Refusal, match="Trois personnes"):
        ask(reference, owner, now, email="b@valclair.example")
    client.post(link_sent(), YES)
    with pytest.raises(Refusal, match="déjà confirmée"):
        ask(reference, owner, now, email="c@valclair.example")
    for number in range(7):
        ask(ReferenceFactory(profile=reference.profile, client=f"Ville {number}"), owner, now)
    with pytest.raises(Refusal, match="par jour"):
        ask(ReferenceFactory(profile=reference.profile, client="Dernière"), owner, now)


def test_the_page_of_references_asks_and_refuses_a_bad_address(reference, owner, now):
    browser = client_of(owner)
    address = f"/espace/entreprise/references/{reference.uid}/demander/"
    assert "Métropole de Valclair" in text_of(browser.get(address))
    for typed in ("", "pas une adresse", f"{CLIENT}\nBcc: x@y.example"):
        with pytest.raises(ValidationError):
            validate_email(typed)
        assert browser.post(address, {"email": typed}).status_code == 422
    assert browser.post(address, {"email": CLIENT}).status_code == 302
    assert "Demandée" in text_of(browser.get("/espace/entreprise/references/"))


def test_what_a_client_writes_is_plain_text(reference, owner, now, client, moving_clock):
    ask(reference, owner, now)
    script = "<script>alert(1)</script>"
    client.post(link_sent(), YES | {"name": script, "quote": script})
    Confirmation.objects.update(quote_accepted_at=now)
    page = client.get(reference.profile.get_absolute_url()).content.decode()
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page
