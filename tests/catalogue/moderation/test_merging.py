"""Two profiles of one organisation become one."""

import pytest
from django.urls import reverse
from wagtail.contrib.redirects.models import Redirect

from cms.catalogue.models import ErrorReport, Label, Profile, Reference, Solution, Verification
from cms.catalogue.moderation import facts, merging
from marketplace.journal.errors import NotAllowed, Refusal
from marketplace.journal.models import Entry
from tests.catalogue.factories import ProfileFactory
from tests.catalogue.moderation.people import actor, company, editor, under_review, window, writer
from tests.factories import UserFactory, siren

pytestmark = pytest.mark.django_db


def profile_with(slug: str, **fields) -> Profile:
    return ProfileFactory(name=slug.capitalize(), slug=slug, **fields)


def add(profile: Profile, *parts) -> Profile:
    for part in parts:
        getattr(profile, part._meta.get_field("profile").remote_field.related_name).add(part)
    profile.save()
    return Profile.objects.get(pk=profile.pk)


def join(kept: Profile, other: Profile, now, user=None):
    return merging.merge(kept=kept, other=other, actor=actor(user or editor()), now=now)


def test_what_is_missing_moves_and_the_other_address_leads_to_the_one_kept(now, client):
    kept = add(profile_with("kept", domains=["sante"]), Label(kind="hds", number="1", proof_url="https://a.example"))
    other = add(
        profile_with("other", domains=["sante", "mobilite"], siren=siren(1), city="Brest"),
        Label(kind="hds", number="1", proof_url="https://a.example"),
        Reference(client="Ville de Rennes"),
        Solution(name="Quai", tagline="Guide."),
    )
    twin = Label.objects.get(profile=other)
    facts.verify_label(label=twin, has_read_proof=True, actor=actor(editor()), now=now)
    ErrorReport.objects.create(profile=other, text="Faux.", reported_at=now)
    moved = join(kept, other, now)
    assert (moved.parts, moved.domains, moved.proofs, moved.reports) == (2, 1, 1, 1)
    kept, other = Profile.objects.get(pk=kept.pk), Profile.objects.get(pk=other.pk)
    assert [str(part) for part in (*kept.references.all(), *kept.solutions.all())] == ["Ville de Rennes", "Quai"]
    assert kept.labels.count() == 1
    assert {domain.slug for domain in kept.domains.all()} == {"sante", "mobilite"}
    assert (kept.siren, kept.city, other.siren) == (siren(1), "Brest", "")
    # The check of the twin covers the label of the one kept.
    assert [one.is_fresh for one in facts.labels_of(kept, now=now)] == [True]
    assert kept.error_reports.count() == 1
    assert other.merged_into == kept
    assert not other.live
    response = client.get("/entreprises/other/")
    assert (response.status_code, response["Location"]) == (301, "/entreprises/kept/")
    assert client.get("/catalogue/", {"q": "Quai"}).context["count"] == 1
    assert Entry.objects.get(act="profile.merged").data["other"] == other.pk


def test_addresses_lead_in_one_step_however_many_merges(now, client):
    first, second, third = profile_with("un"), profile_with("deux"), profile_with("trois")
    join(second, first, now)
    join(third, second, now)
    assert client.get("/entreprises/un/")["Location"] == "/entreprises/trois/"
    assert Profile.objects.get(pk=first.pk).merged_into_id == third.pk
    assert Redirect.objects.count() == 2


def test_the_account_follows_and_the_next_version_does_not_undo_it(now):
    organisation, _owner = company()
    kept, other = profile_with("kept"), profile_with("other", organisation=organisation)
    kept.save_revision().publish()
    join(Profile.objects.get(pk=kept.pk), other, now)
    kept = Profile.objects.get(pk=kept.pk)
    assert kept.organisation == organisation
    assert not kept.has_unpublished_changes
    kept.get_latest_revision().publish()
    assert Profile.objects.get(pk=kept.pk).organisation == organisation


def test_what_cannot_be_joined_says_why(now):
    one, two = company()[0], company()[0]
    kept, other = profile_with("kept", organisation=one), profile_with("other", organisation=two)
    cases = [
        (kept, other, "Les deux fiches ont un compte"),
        (kept, kept, "deux fiches différentes"),
        (profile_with("a", siren=siren(1)), profile_with("b", siren=siren(2)), "deux SIREN différents"),
        (under_review(writer(), profile_with("c")), profile_with("d"), "relecture en cours"),
        (profile_with("e"), profile_with("f", merged_into=kept), "déjà réunie"),
    ]
    for left, right, reason in cases:
        with pytest.raises(Refusal, match=reason):
            join(left, right, now)
    assert not Entry.objects.filter(act="profile.merged").exists()
    assert not Redirect.objects.exists()


@pytest.mark.parametrize("who", [writer, UserFactory])
def test_nobody_else_joins(now, who):
    kept, other, stranger = profile_with("kept"), profile_with("other"), who()
    with pytest.raises(NotAllowed):
        join(kept, other, now, stranger)
    page = window(stranger).post(reverse("moderation:merge", args=[kept.pk, other.pk]))
    assert page.status_code in {302, 403}
    assert Profile.objects.published().count() == 2


def test_an_editor_searches_compares_and_joins():
    kept, other = profile_with("kept", siren=siren(3)), profile_with("other", tagline="Autre phrase.")
    client = window(editor())
    choose = reverse("moderation:choose_merge")
    assert choose in client.get("/gestion/snippets/catalogue/profile/").content.decode()
    assert choose not in window(writer()).get("/gestion/snippets/catalogue/profile/").content.decode()
    assert "Kept" in client.get(choose, {"q": siren(3)}).content.decode()
    assert "Aucune fiche ne contient" in client.get(choose, {"q": "introuvable"}).content.decode()
    compare = client.get(choose, {"kept": kept.pk, "other": other.pk})["Location"]
    page = client.get(compare).content.decode()
    assert "Autre phrase." in page
    assert "Garder plutôt l’autre" in page
    assert client.post(compare).status_code == 302
    assert Profile.objects.get(pk=other.pk).merged_into == kept
    assert client.get(reverse("moderation:merge", args=[kept.pk, 999_999])).status_code == 404


def test_the_page_says_what_stands_in_the_way_and_the_post_is_refused():
    kept, other = profile_with("kept", siren=siren(1)), profile_with("other", siren=siren(2))
    client = window(editor())
    address = reverse("moderation:merge", args=[kept.pk, other.pk])
    assert "deux SIREN différents" in client.get(address).content.decode()
    assert client.post(address).status_code == 422
    assert Profile.objects.published().count() == 2
    assert not Verification.objects.exists()
