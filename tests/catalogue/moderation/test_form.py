"""The form of a profile: its parts lie in the draft, go live with it, and keep what was proven of them."""

from datetime import date

import pytest
from django.urls import reverse

from cms.catalogue.models import Label, PhasePassage, Profile
from cms.catalogue.moderation import facts
from marketplace.journal import outbox
from marketplace.mail.models import Message
from tests.catalogue.factories import PARTS, ProfileFactory
from tests.catalogue.moderation.people import actor, company, editor, window
from tests.pages.test_editing import ADD, posted

pytestmark = pytest.mark.django_db

LINES = {
    "solutions": {"name": "Quai", "tagline": "Guide vers le bon quai.", "maturity": "essai", "price_from": "1200"},
    "references": {"client": "Ville de Rennes", "detail": "38 arrêts"},
    "labels": {"kind": "hds", "number": "H-1", "valid_until": "2028-01-01", "proof_url": "https://exemple.fr/hds"},
    "translations": {"language": "en", "tagline": "Guides to the right platform."},
    "media": {"kind": "video", "title": "En une minute", "url": "https://exemple.fr/film"},
    "phases": {"phase": "construction", "since": "2026-05-01"},
}


def parts(**ids: int) -> dict[str, str]:
    """One line of each list of parts; `labels=3` says that the line is the row 3."""
    sent = {}
    for name in PARTS:
        sent |= {f"{name}-TOTAL_FORMS": "1", f"{name}-INITIAL_FORMS": "1" if name in ids else "0"}
        sent |= {f"{name}-0-{field}": value for field, value in LINES[name].items()}
        sent |= {f"{name}-0-ORDER": "1", f"{name}-0-id": str(ids.get(name, ""))}
    return sent


def test_a_draft_keeps_its_parts_and_publishing_puts_them_live():
    client = window(editor())
    regions = ["bretagne", "occitanie"]
    more = {"repository": "https://git.example/quai", "accessibility": "partielle", "incubator": "Fabrique",
            "sponsors": "Ministère"}  # fmt: skip
    client.post(ADD, posted(**parts(), **more, served_regions=regions))
    profile = Profile.objects.get()
    assert not profile.live
    draft = profile.get_latest_revision_as_object()
    assert [len(getattr(draft, name).all()) for name in PARTS] == [1] * len(PARTS)
    assert draft.served_regions == regions
    ids = {name: getattr(profile, name).get().pk for name in PARTS if getattr(profile, name).exists()}
    edit = reverse("wagtailsnippets_catalogue_profile:edit", args=[profile.pk])
    assert "Ministère" in client.get(edit).content.decode()
    client.post(edit, posted(**parts(**ids), **more, served_regions=regions, **{"action-publish": "1"}))
    profile = Profile.objects.get()
    assert profile.live
    assert (profile.incubator, profile.sponsors, profile.served_regions) == ("Fabrique", "Ministère", regions)
    assert [str(part) for name in ("solutions", "references", "labels") for part in getattr(profile, name).all()] == [
        "Quai",
        "Ville de Rennes",
        "Hébergeur de données de santé (HDS)",
    ]
    assert PhasePassage.objects.get().since == date(2026, 5, 1)


def test_what_was_proven_holds_through_the_next_version_that_says_the_same(moving_clock):
    reader, now = editor(), moving_clock.now()
    client = window(reader)
    client.post(ADD, posted(**parts(), **{"action-publish": "1"}))
    label = Label.objects.get()
    facts.verify_label(label=label, has_read_proof=True, actor=actor(reader), now=now)
    edit = reverse("wagtailsnippets_catalogue_profile:edit", args=[label.profile_id])
    ids = {name: getattr(Profile.objects.get(), name).get().pk for name in PARTS}

    def fresh() -> list[bool]:
        return [one.is_fresh for one in facts.labels_of(Profile.objects.get(), now=now)]

    client.post(edit, posted(tagline="Autre phrase.", **parts(**ids), **{"action-publish": "1"}))
    assert Profile.objects.get().tagline == "Autre phrase."
    assert Label.objects.get().uid == label.uid
    assert fresh() == [True]
    changed = parts(**ids) | {"labels-0-number": "H-2"}
    client.post(edit, posted(**changed, **{"action-publish": "1"}))
    assert fresh() == [False]


def test_publishing_outside_of_the_review_tells_the_company_too():
    organisation, owner = company()
    profile = ProfileFactory(organisation=organisation, slug="a", live=False)
    edit = reverse("wagtailsnippets_catalogue_profile:edit", args=[profile.pk])
    sent = posted(slug="a", siren="", organisation=str(organisation.pk), **{"action-publish": "1"})
    window(editor()).post(edit, sent)
    assert Profile.objects.get().live
    outbox.drain()
    (mail,) = Message.objects.filter(kind="catalogue.profile_published")
    assert mail.to_user == owner


def test_only_companies_may_be_chosen_as_the_account():
    buyer, _person = company(buyer=True)
    response = window(editor()).post(ADD, posted(organisation=str(buyer.pk), **{"action-publish": "1"}))
    assert response.status_code == 200
    assert not Profile.objects.exists()
