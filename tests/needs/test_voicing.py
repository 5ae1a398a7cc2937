"""Writing, confirming, supporting, stopping: without account, by links that nobody forges."""

from datetime import timedelta

import pytest

from cms.needs import links
from cms.needs.models import Need, Supporter
from cms.needs.services import voicing
from marketplace.journal.errors import Refusal
from marketplace.journal.models import Entry
from marketplace.mail.models import Message
from tests.needs.builders import TEXT, VISITOR, link_to, published_need, supported, token_of, written_need

pytestmark = pytest.mark.django_db
WRITTEN = {"text": TEXT, "place": "Rennes", "email": "autrice@exemple.fr"}
FORGED = ("x", "a" * 43, "1:falsifiee")


def test_a_need_goes_to_the_editors_once_its_link_is_pressed(client, moving_clock):
    response = client.post("/besoins/proposer/", WRITTEN, follow=True)
    assert "Regardez votre courriel" in response.content.decode()
    need = Need.objects.get()
    assert need.confirmed_at is None
    path = link_to("autrice@exemple.fr", "confirmer")
    assert TEXT in client.get(path).content.decode()
    need.refresh_from_db()
    assert need.confirmed_at is None, "reading the page of the link does nothing"
    moving_clock.advance(timedelta(hours=1))
    client.post(path)
    need.refresh_from_db()
    assert need.confirmed_at == moving_clock.now()
    assert list(Need.objects.to_moderate()) == [need]
    assert not Need.objects.published().exists()
    assert list(Entry.objects.order_by("pk").values_list("act", flat=True)) == ["need.written", "need.confirmed"]


def test_only_the_digest_of_a_link_is_kept(now):
    written_need(now=now)
    token = token_of(link_to("autrice@exemple.fr", "confirmer"))
    kept = Supporter.objects.values().get()
    assert token not in str(kept)
    assert kept["token_digest"] == links.digest(token)


@pytest.mark.parametrize("page", ["confirmer", "soutien", "arreter", "reponse"])
@pytest.mark.parametrize("token", FORGED)
def test_forged_links_do_not_exist(client, now, page, token):
    published_need(now=now)
    before = Supporter.objects.values().get()
    for send in (client.get, client.post):
        assert send(f"/besoins/{page}/{token}/", {"answer": "oui"}).status_code == 404
    assert Supporter.objects.values().get() == before


def test_the_link_of_a_support_confirms_no_need_and_the_reverse(client, now):
    need = written_need(now=now)
    token = token_of(link_to("autrice@exemple.fr", "confirmer"))
    assert client.post(f"/besoins/soutien/{token}/").status_code == 404
    need.refresh_from_db()
    assert need.confirmed_at is None


def test_a_link_too_old_does_nothing_and_what_it_held_is_erased(client, moving_clock):
    need = written_need(now=moving_clock.now())
    path = link_to("autrice@exemple.fr", "confirmer")
    moving_clock.advance(links.VALID)
    assert "Ce lien a plus de 7 jours" in client.get(path).content.decode()
    assert client.post(path).status_code == 422
    need.refresh_from_db()
    assert need.confirmed_at is None
    written_need(now=moving_clock.now(), email="autre@exemple.fr")
    assert not Need.objects.filter(pk=need.pk).exists()
    assert Supporter.objects.get().email == "autre@exemple.fr"


def test_confirming_twice_keeps_the_first_date(now):
    need = written_need(now=now)
    for later in (0, 1):
        voicing.confirm(supporter=need.supporters.get(), actor=VISITOR, now=now + timedelta(days=later))
    assert need.supporters.get().confirmed_at == now


def test_an_address_counts_once_and_only_when_confirmed(client, moving_clock):
    need = published_need(now=moving_clock.now())
    for email in ("ami@exemple.fr", "AMI@exemple.fr ", "autrice@exemple.fr"):
        moving_clock.advance(timedelta(minutes=1))
        assert client.post(f"{need.get_absolute_url()}soutenir/", {"email": email}).status_code == 302
    assert Need.objects.with_state().get().support == 1
    client.post(link_to("ami@exemple.fr", "soutien"))
    client.post(link_to("autrice@exemple.fr", "confirmer"))
    assert Need.objects.with_state().get().support == 2
    assert need.supporters.count() == 2


def test_one_does_not_support_what_is_not_published(client, now):
    need = written_need(now=now)
    with pytest.raises(Refusal):
        voicing.support(need=need, email="ami@exemple.fr", actor=VISITOR, now=now)
    assert need.supporters.count() == 1
    assert client.post("/besoins/absent/soutenir/", {"email": "ami@exemple.fr"}).status_code == 404


def test_stopping_erases_the_address_and_keeps_the_support(client, moving_clock):
    need = published_need(now=moving_clock.now())
    one = supported(need, "ami@exemple.fr", now=moving_clock.now())
    path = links.stop_path(one)
    assert "Arrêter les courriels" in client.get(path).content.decode()
    one.refresh_from_db()
    assert one.email == "ami@exemple.fr", "reading the page of the link does nothing"
    client.post(path)
    one.refresh_from_db()
    assert (one.email, one.stopped_at) == ("", moving_clock.now())
    assert Need.objects.with_state().get().support == 2
    assert "C’est déjà fait" in client.get(path).content.decode()


def test_whoever_stopped_may_come_back(moving_clock):
    need = published_need(now=moving_clock.now())
    one = supported(need, "ami@exemple.fr", now=moving_clock.now())
    voicing.stop(supporter=one, actor=VISITOR, now=moving_clock.now())
    again = supported(need, "ami@exemple.fr", now=moving_clock.now())
    assert (again.pk, again.email, again.stopped_at) == (one.pk, "ami@exemple.fr", None)


def test_bad_input_is_explained_and_nothing_typed_is_lost(client, moving_clock):
    response = client.post("/besoins/proposer/", {"text": "Trop court", "place": "Ici", "email": "nom@"})
    page = response.content.decode()
    assert response.status_code == 422
    for words in ("Dites-en un peu plus", "Indiquez un courriel complet", "Trop court", "Ici", "nom@"):
        assert words in page
    assert not Need.objects.exists()
    assert not Message.objects.exists()


def test_too_many_mails_for_one_address_are_refused_with_the_text_kept(client, moving_clock):
    for _ in range(5):
        assert client.post("/besoins/proposer/", WRITTEN).status_code == 302
    response = client.post("/besoins/proposer/", WRITTEN)
    assert response.status_code == 429
    assert "réessayez dans une heure" in response.content.decode()
    assert TEXT in response.content.decode()
    assert Need.objects.count() == 5
    assert client.post("/besoins/proposer/", {**WRITTEN, "email": "autre@exemple.fr"}).status_code == 302
    moving_clock.advance(timedelta(hours=1))
    assert client.post("/besoins/proposer/", WRITTEN).status_code == 302


def test_too_many_mails_from_one_network_are_refused(client, moving_clock):
    for number in range(30):
        email = f"nom{number}@exemple.fr"
        response = client.post("/besoins/proposer/", {**WRITTEN, "email": email}, REMOTE_ADDR=f"2001:db8::{number:x}")
        assert response.status_code == 302
    refused = client.post("/besoins/proposer/", {**WRITTEN, "email": "z@exemple.fr"}, REMOTE_ADDR="2001:db8::ffff")
    assert refused.status_code == 429
    other = client.post("/besoins/proposer/", {**WRITTEN, "email": "z@exemple.fr"}, REMOTE_ADDR="2001:db8:0:1::1")
    assert other.status_code == 302


SCRIPT = "<script>alert('besoin')</script>"


def test_a_script_in_any_field_is_shown_as_text(client, moving_clock):
    now = moving_clock.now()
    need = published_need(now=now, title="Titre", text=f"{SCRIPT} et la suite du texte", place=SCRIPT)
    Need.objects.filter(pk=need.pk).update(title=SCRIPT)
    bad = {"text": SCRIPT, "place": SCRIPT, "email": SCRIPT}
    pages = [client.get(need.get_absolute_url()), client.get("/besoins/"), client.get("/besoins/flux/")]
    pages += [client.post("/besoins/proposer/", bad), client.post(f"{need.get_absolute_url()}soutenir/", bad)]
    for page in pages:
        assert "<script>alert" not in page.content.decode()
        assert "script&gt;alert" in page.content.decode()
