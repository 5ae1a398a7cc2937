"""Addresses never die; domains and synonyms are words of the search."""

import pytest
from django.test import Client
from django.urls import reverse
from wagtail.contrib.redirects.models import Redirect

from cms.catalogue.models import Domain, Profile, ReviewReply, Synonym
from cms.catalogue.moderation.first_replies import FIRST_REPLIES
from marketplace.journal import outbox
from tests.catalogue.factories import ProfileFactory
from tests.catalogue.moderation.people import editor, window, writer

pytestmark = pytest.mark.django_db


def publish(profile: Profile, slug: str) -> Profile:
    profile = Profile.objects.get(pk=profile.pk)
    profile.slug = slug
    profile.save_revision().publish()
    return profile


def test_another_address_leaves_a_permanent_redirect_in_one_step(client):
    profile = publish(ProfileFactory(slug="un"), "un")
    publish(profile, "deux")
    publish(profile, "trois")
    for old in ("un", "deux"):
        response = client.get(f"/entreprises/{old}/")
        assert (response.status_code, response["Location"]) == (301, "/entreprises/trois/")
    assert client.get("/entreprises/trois/").status_code == 200
    # Back to the first one: it leads nowhere else any more.
    publish(profile, "un")
    assert client.get("/entreprises/un/").status_code == 200
    assert client.get("/entreprises/trois/")["Location"] == "/entreprises/un/"
    assert Redirect.objects.count() == 2


def test_a_draft_that_was_never_public_leaves_nothing(client):
    profile = ProfileFactory(slug="brouillon", live=False)
    publish(profile, "publiee")
    assert not Redirect.objects.exists()
    assert client.get("/entreprises/brouillon/").status_code == 404


def test_an_imported_profile_leaves_a_redirect_too(client):
    publish(ProfileFactory(slug="importee"), "reprise")
    assert client.get("/entreprises/importee/")["Location"] == "/entreprises/reprise/"


def domain_form(**changes) -> dict:
    return {
        "label": "Mobilité",
        "slug": "mobilite",
        "scope": "x",
        "cofog": "04.5",
        "cpv_main": "60100000-9",
        "order": 1,
        "cpv_others": "60112000-6\n60112000-6\n\n63712400-7",
        **changes,
    }


def test_a_domain_under_another_name_leads_to_its_profiles(client):
    ProfileFactory(name="Quai", domains=["mobilite"])
    edit = reverse("wagtailsnippets_catalogue_domain:edit", args=["mobilite"])
    response = window(editor()).post(edit, domain_form(label="Déplacements", slug="autre"))
    assert response.status_code == 302
    domain = Domain.objects.get(slug="mobilite")
    assert (domain.label, domain.cpv_others) == ("Déplacements", ["60112000-6", "63712400-7"])
    assert not Domain.objects.filter(slug="autre").exists()
    outbox.drain()
    assert client.get("/catalogue/", {"q": "déplacement"}).context["count"] == 1


def test_a_domain_that_keeps_its_name_reads_nothing_again():
    edit = reverse("wagtailsnippets_catalogue_domain:edit", args=["mobilite"])
    domain = Domain.objects.get(slug="mobilite")
    window(editor()).post(edit, domain_form(label=domain.label))
    assert outbox.waiting() == 0


def test_a_domain_with_profiles_is_not_deleted_and_says_why():
    ProfileFactory(domains=["mobilite"], live=False)
    client = window(editor())
    for address in (
        reverse("wagtailsnippets_catalogue_domain:delete", args=["mobilite"]),
        f"{reverse('wagtail_bulk_action', args=['catalogue', 'domain', 'delete'])}?id=mobilite&id=sante",
    ):
        response = client.post(address, follow=True)
        assert "ne peut pas être supprimé" in response.content.decode()
    assert Domain.objects.filter(slug__in=["mobilite", "sante"]).count() == 2
    client.post(reverse("wagtailsnippets_catalogue_domain:delete", args=["sante"]))
    assert not Domain.objects.filter(slug="sante").exists()


def test_synonyms_lead_to_profiles_as_soon_as_editors_write_them():
    client, visitor = window(editor()), Client()
    ProfileFactory(name="Autocar doux")
    Synonym.objects.all().delete()
    assert visitor.get("/catalogue/", {"q": "bus"}).context["count"] == 0
    client.post(reverse("wagtailsnippets_catalogue_synonym:add"), {"words": "bus, autocar"})
    assert visitor.get("/catalogue/", {"q": "bus"}).context["count"] == 1
    client.post(reverse("wagtailsnippets_catalogue_synonym:delete", args=[Synonym.objects.get().pk]))
    assert visitor.get("/catalogue/", {"q": "bus"}).context["count"] == 0


@pytest.mark.parametrize("name", ["domain", "synonym", "reviewreply"])
def test_writers_leave_what_stands_around_profiles(name):
    client = window(writer())
    assert client.post(reverse(f"wagtailsnippets_catalogue_{name}:add"), domain_form(words="a, b")).status_code == 302
    assert not Synonym.objects.filter(words="a, b").exists()
    assert ReviewReply.objects.count() == len(FIRST_REPLIES)
    assert Domain.objects.count() == 16
