"""Acts upon several profiles at once: one entry, all or none, editors only."""

import pytest
from django.urls import reverse

from cms.catalogue.models import Domain, Profile
from cms.catalogue.moderation import curation
from marketplace.journal.errors import NotAllowed, Refusal
from marketplace.journal.models import Entry
from tests.catalogue.factories import ProfileFactory
from tests.catalogue.moderation.people import actor, editor, under_review, window, writer
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
ACTS = ["put_in_domain", "mark_reviewed", "withdraw", "put_back", "unpublish"]


@pytest.fixture
def two() -> list[Profile]:
    return [ProfileFactory(domains=["sante"]), ProfileFactory()]


def address(name: str, profiles: list[Profile]) -> str:
    ids = "&".join(f"id={profile.pk}" for profile in profiles)
    return f"{reverse('wagtail_bulk_action', args=['catalogue', 'profile', name])}?{ids}"


def test_profiles_are_put_in_a_domain_besides_their_own(two, now, client):
    mobility = Domain.objects.get(slug="mobilite")
    assert curation.put_in_domain(profiles=two, domain=mobility, actor=actor(editor()), now=now) == 2
    assert {domain.slug for domain in Profile.objects.get(pk=two[0].pk).domains.all()} == {"sante", "mobilite"}
    # They are found by the name of the domain too.
    assert client.get("/catalogue/", {"q": "mobilité"}).context["count"] == 2
    entry = Entry.objects.get(act="profiles.put_in_domain")
    assert sorted(entry.data["profiles"]) == sorted(profile.pk for profile in two)
    assert curation.put_in_domain(profiles=two, domain=mobility, actor=actor(editor()), now=now) == 0


def test_a_domain_given_by_an_editor_outlives_the_next_version(now):
    profile = ProfileFactory(slug="a")
    profile.save_revision().publish()
    profile = Profile.objects.get(pk=profile.pk)
    curation.put_in_domain(
        profiles=[profile], domain=Domain.objects.get(slug="mobilite"), actor=actor(editor()), now=now
    )
    profile = Profile.objects.get(pk=profile.pk)
    assert not profile.has_unpublished_changes
    profile.get_latest_revision().publish()
    assert [domain.slug for domain in Profile.objects.get(pk=profile.pk).domains.all()] == ["mobilite"]


def test_a_profile_with_a_draft_keeps_all_of_them_out_of_the_domain(two, now):
    waits = under_review(writer(), ProfileFactory(name="En relecture"))
    mobility = Domain.objects.get(slug="mobilite")
    with pytest.raises(Refusal, match="En relecture"):
        curation.put_in_domain(profiles=[*two, waits], domain=mobility, actor=actor(editor()), now=now)
    assert not mobility.profiles.exists()
    assert not Entry.objects.filter(act="profiles.put_in_domain").exists()


def test_profiles_are_withdrawn_and_put_back(two, now, client):
    assert curation.withdraw(profiles=two, actor=actor(editor()), now=now) == 2
    assert client.get("/catalogue/").context["count"] == 0
    assert Profile.objects.filter(live=True).count() == 2
    assert curation.withdraw(profiles=two, actor=actor(editor()), now=now) == 0
    assert curation.put_back(profiles=two, actor=actor(editor()), now=now) == 2
    assert client.get("/catalogue/").context["count"] == 2


def test_a_profile_joined_to_another_is_not_put_back(two, now):
    Profile.objects.filter(pk=two[0].pk).update(merged_into=two[1], withdrawn_at=now)
    with pytest.raises(Refusal, match="réunie à une autre"):
        curation.put_back(profiles=two, actor=actor(editor()), now=now)


def test_profiles_are_unpublished_and_marked_as_read(two, now):
    assert curation.mark_reviewed(profiles=two, actor=actor(editor()), now=now) == 2
    assert set(Profile.objects.values_list("reviewed_at", flat=True)) == {now}
    assert curation.unpublish(profiles=two, actor=actor(editor()), now=now) == 2
    assert not Profile.objects.published().exists()
    assert curation.mark_reviewed(profiles=two, actor=actor(editor()), now=now) == 0


def test_too_many_at_once_are_refused(two, now, monkeypatch):
    monkeypatch.setattr(curation, "AT_ONCE", 1)
    with pytest.raises(Refusal, match="1 fiches au plus"):
        curation.withdraw(profiles=two, actor=actor(editor()), now=now)


@pytest.mark.parametrize("name", ACTS)
@pytest.mark.parametrize("who", [writer, UserFactory])
def test_nobody_else_does(two, now, name, who):
    stranger = who()
    more = {"domain": Domain.objects.get(slug="mobilite")} if name == "put_in_domain" else {}
    before = list(Profile.objects.order_by("pk").values())
    with pytest.raises(NotAllowed):
        getattr(curation, name)(profiles=two, actor=actor(stranger), now=now, **more)
    page = window(stranger).post(address(name, two), {"domain": "mobilite"})
    assert page.status_code in {302, 403}
    assert list(Profile.objects.order_by("pk").values()) == before
    assert not Domain.objects.get(slug="mobilite").profiles.exists()
    assert not Entry.objects.filter(act__startswith="profiles.").exists()


@pytest.mark.parametrize("name", ACTS)
def test_the_list_offers_each_act_and_asks_before(two, name):
    client = window(editor())
    assert f"/bulk/catalogue/profile/{name}/" in client.get("/gestion/snippets/catalogue/profile/").content.decode()
    page = client.get(address(name, two))
    assert page.status_code == 200
    assert two[0].name in page.content.decode()
    assert not Entry.objects.filter(act__startswith="profiles.").exists()
    assert client.post(address(name, two), {"domain": "mobilite"}).status_code == 302
    assert Entry.objects.filter(act__startswith="profiles.").count() == 1


def test_a_refusal_is_told_on_the_page_of_the_act(two):
    waits = under_review(writer(), ProfileFactory(name="En relecture"))
    page = window(editor()).post(address("put_in_domain", [*two, waits]), {"domain": "mobilite"})
    assert page.status_code == 422
    assert "terminez-la d’abord" in page.content.decode()
