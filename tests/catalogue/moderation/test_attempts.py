"""What must fail: publishing without the right, scripts in texts, pictures that hold scripts, drafts read by others."""

import re
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Collection, TaskState

from cms.catalogue.models import Label, PhasePassage, Profile, Reference, ReviewReply, Solution
from cms.catalogue.moderation.checklist import Check
from marketplace.files import services as files
from tests.catalogue.factories import ProfileFactory
from tests.catalogue.moderation.people import company, editor, under_review, window, writer
from tests.factories import UserFactory, within_act
from tests.pages.test_editing import ADD, posted

pytestmark = pytest.mark.django_db
SCRIPT = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
TEXTS = ("name", "tagline", "problem", "answer", "city", "incubator", "sponsors", "source")


def edit_of(profile: Profile) -> str:
    return reverse("wagtailsnippets_catalogue_profile:edit", args=[profile.pk])


def action_of(profile: Profile, action: str) -> str:
    state = profile.current_workflow_task_state
    return reverse("wagtailsnippets_catalogue_profile:workflow_action", args=[profile.pk, action, state.pk])


@pytest.mark.parametrize("who", [writer, UserFactory, lambda: company()[1]])
def test_a_raw_post_publishes_nothing_for_those_without_the_right(who):
    stranger = who()
    client = window(stranger)
    client.post(ADD, posted(**{"action-publish": "1"}))
    profile = under_review(writer(), ProfileFactory(live=False, slug="a"))
    client.post(edit_of(profile), posted(slug="a", **{"action-publish": "1"}))
    client.post(
        edit_of(profile),
        posted(slug="a", **{"action-workflow-action": "1", "workflow-action-name": "approve"}),
    )
    client.post(action_of(profile, "approve"), {"comment": ""})
    client.post(
        reverse("moderation:review", args=[profile.pk]),
        {"decision": "publish", "revision": profile.latest_revision_id, "checks": Check.values},
    )
    assert not Profile.objects.published().exists()
    assert TaskState.objects.get().status == TaskState.STATUS_IN_PROGRESS


@pytest.mark.parametrize("who", [writer, lambda: company()[1]])
def test_a_raw_post_unpublishes_and_deletes_nothing(who):
    profile, client = ProfileFactory(), window(who())
    for name in ("unpublish", "delete"):
        client.post(reverse(f"wagtailsnippets_catalogue_profile:{name}", args=[profile.pk]))
    assert Profile.objects.published().count() == 1


def scripted() -> Profile:
    """A profile under review whose every text holds a script."""
    live = ProfileFactory(slug="a", tagline="", source="")
    draft = Profile.objects.get(pk=live.pk)
    draft.solutions.add(
        Solution(
            **dict.fromkeys(
                ["name", "tagline", "problem", "answer", "price_note", "setup_delay", "exit_terms", "innovation_reason",
                 "central_purchasing"], SCRIPT,
            )
        )
    )  # fmt: skip
    draft.references.add(Reference(client=SCRIPT, detail=SCRIPT))
    draft.labels.add(Label(kind="autre", detail=SCRIPT, number=SCRIPT[:60]))
    draft.phases.add(PhasePassage(phase="construction", since=date(2026, 1, 1)))
    return under_review(writer(), draft, **dict.fromkeys(TEXTS, SCRIPT))


def test_a_script_is_shown_as_text_in_every_page_of_editors():
    profile = scripted()
    reader = window(editor())
    ReviewReply.objects.create(title=SCRIPT[:80], text=SCRIPT)
    compare = reverse("wagtailsnippets_catalogue_profile:revisions_compare", args=[profile.pk, "live", "latest"])
    pages = [
        "/gestion/",
        "/gestion/snippets/catalogue/profile/",
        edit_of(profile),
        compare,
        reverse("wagtailsnippets_catalogue_profile:history", args=[profile.pk]),
        reverse("moderation:queue"),
        reverse("moderation:review", args=[profile.pk]),
    ]
    for address in pages:
        response = reader.get(address)
        assert response.status_code == 200, address
        page = response.content.decode()
        assert "<script>alert" not in page, address
        assert not re.search(r"<img[^>]*onerror", page), address
    shown = reader.get(reverse("moderation:review", args=[profile.pk])).content.decode()
    # Every text of the profile (but its name, marked word by word) and of its parts is there to read.
    assert shown.count("&lt;script&gt;alert") >= len(TEXTS) - 1 + 9 + 2 + 2


def test_a_published_script_is_text_too_in_facts_and_merges():
    profile = scripted()
    profile.get_latest_revision().publish()
    reader = window(editor())
    other = ProfileFactory()
    for address in (
        reverse("moderation:facts", args=[profile.pk]),
        reverse("moderation:merge", args=[profile.pk, other.pk]),
        f"{reverse('moderation:choose_merge')}?q=alert",
        reverse("moderation:open_facts"),
        profile.get_absolute_url(),
    ):
        page = reader.get(address).content.decode()
        assert "&lt;script&gt;alert" in page, address
        assert "<script>alert" not in page, address


def test_an_address_that_is_a_script_is_refused_by_the_form():
    response = window(editor()).post(ADD, posted(website="javascript:alert(1)", **{"action-publish": "1"}))
    assert response.status_code == 200
    assert not Profile.objects.exists()


@pytest.mark.parametrize("name", ["x.svg", "x.png"])
def test_a_picture_that_may_hold_a_script_is_refused_whatever_its_name(name):
    svg = SimpleUploadedFile(name, b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "image/svg+xml")
    root = str(Collection.get_first_root_node().pk)
    client = window(editor())
    client.post(reverse("wagtailimages:add"), {"title": "SVG", "file": svg, "collection": root})
    svg.seek(0)
    client.post(
        reverse("wagtailimages:add_multiple"),
        {"title": "SVG", "files[]": svg, "collection": root},
        headers={"x-requested-with": "XMLHttpRequest"},
    )
    svg.seek(0)
    client.post(reverse("wagtaildocs:add"), {"title": "SVG", "file": svg, "collection": root})
    assert not get_image_model().objects.exists()
    assert not get_document_model().objects.exists()


def test_a_draft_is_read_by_no_visitor_and_no_company():
    owner_organisation, owner = company()
    profile = under_review(
        owner, ProfileFactory(organisation=owner_organisation, live=False, slug="a"), answer="Secret."
    )
    state = profile.current_workflow_task_state
    snippet = "wagtailsnippets_catalogue_profile"
    addresses = [
        profile.get_absolute_url(),
        reverse(f"{snippet}:workflow_preview", args=[profile.pk, state.task_id]),
        reverse(f"{snippet}:revisions_view", args=[profile.pk, profile.latest_revision_id]),
        reverse(f"{snippet}:preview_on_edit", args=[profile.pk]),
        reverse(f"{snippet}:revisions_compare", args=[profile.pk, "earliest", "latest"]),
        reverse(f"{snippet}:history", args=[profile.pk]),
        reverse("moderation:review", args=[profile.pk]),
        edit_of(profile),
    ]
    for someone in (None, UserFactory(), company()[1], owner):
        client = window(someone)
        for address in addresses:
            response = client.get(address)
            assert response.status_code in {302, 403, 404}, (someone, address)
            assert "Secret." not in response.content.decode(), (someone, address)
    assert "Secret." in window(editor()).get(addresses[1]).content.decode()


def test_no_page_of_the_public_site_carries_the_bar_of_editors():
    profile = ProfileFactory()
    for someone in (None, editor()):
        page = window(someone).get(profile.get_absolute_url()).content.decode()
        assert "userbar" not in page


def test_a_proof_is_read_by_editors_and_by_nobody_else():
    stored = within_act(lambda: files.store(b"%PDF-1.4 preuve", name="preuve.pdf"))
    profile = ProfileFactory()
    profile.labels.add(Label(kind="hds", proof=stored))
    profile.save()
    address = reverse("files:download", args=[stored.pk])
    assert window(editor()).get(address).status_code == 200
    for someone in (None, UserFactory(), company()[1], writer()):
        assert window(someone).get(address).status_code == 404
