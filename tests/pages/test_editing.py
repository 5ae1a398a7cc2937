"""The editors' room: who enters, under which policy, and the review without which nothing becomes public."""

import io

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image as Picture
from wagtail.images import get_image_model
from wagtail.models import Collection, Workflow

from cms.catalogue.models import Profile
from cms.pages.models import HomePage
from cms.pages.site import EDITORS, WRITERS
from marketplace.journal import outbox
from tests.catalogue.factories import ProfileFactory, no_parts
from tests.factories import UserFactory, siren

pytestmark = pytest.mark.django_db
ADD = "/gestion/snippets/catalogue/profile/add/"


def member(group: str) -> Client:
    user = UserFactory()
    user.groups.add(Group.objects.get(name=group))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def editor() -> Client:
    return member(EDITORS)


@pytest.fixture
def writer() -> Client:
    return member(WRITERS)


def posted(**changes) -> dict:
    return {
        "name": "Tramélys",
        "slug": "tramelys",
        "kind": "start_up",
        "tagline": "Guide vers le bon quai de bus.",
        "problem": "",
        "answer": "",
        "domains": ["mobilite"],
        "siren": siren(1),
        "founded_year": "",
        "size": "",
        "city": "Rennes",
        "region": "bretagne",
        "website": "",
        "organisation": "",
        "source": "",
        "declared_on": "",
        "go_live_at": "",
        "expire_at": "",
        **no_parts(),
        **changes,
    }


def is_public(client: Client, profile: Profile) -> bool:
    listed = client.get("/catalogue/", {"q": profile.name}).context["count"] == 1
    shown = client.get(profile.get_absolute_url()).status_code == 200
    assert listed == shown
    return shown


def approve(editor: Client, profile: Profile):
    address = reverse(
        "wagtailsnippets_catalogue_profile:workflow_action",
        args=[profile.pk, "approve", profile.current_workflow_task_state.pk],
    )
    return editor.post(address, {"comment": ""})


def test_a_profile_sent_for_review_is_public_only_once_an_editor_approves_it(client, writer, editor, moving_clock):
    writer.post(ADD, posted(**{"action-submit": "1"}))
    profile = Profile.objects.get()
    assert profile.current_workflow_state.workflow.name == "Relecture"
    assert not is_public(client, profile)
    assert approve(writer, profile).status_code != 200
    profile.refresh_from_db()
    assert not is_public(client, profile)
    approve(editor, profile)
    profile.refresh_from_db()
    assert is_public(client, profile)
    assert profile.reviewed_at == profile.updated_at == moving_clock.now()
    assert [domain.slug for domain in profile.domains.all()] == ["mobilite"]


def test_a_change_under_review_leaves_the_published_version_as_it_is(client, writer, editor):
    profile = ProfileFactory(name="Tramélys", slug="tramelys", siren=siren(1), tagline="Ancienne phrase.")
    address = reverse("wagtailsnippets_catalogue_profile:edit", args=[profile.pk])
    writer.post(address, posted(tagline="Phrase à relire.", **{"action-submit": "1"}))
    page = client.get(profile.get_absolute_url()).content.decode()
    assert "Ancienne phrase." in page
    assert "Phrase à relire." not in page
    assert client.get("/catalogue/", {"q": "relire"}).context["count"] == 0
    approve(editor, Profile.objects.get())
    assert "Phrase à relire." in client.get(profile.get_absolute_url()).content.decode()
    assert client.get("/catalogue/", {"q": "relire"}).context["count"] == 1


def test_a_writer_cannot_publish_without_review(client, writer):
    writer.post(ADD, posted(**{"action-publish": "1"}))
    assert not Profile.objects.published().exists()


def test_an_editor_publishes_and_unpublishes(client, editor):
    editor.post(ADD, posted(**{"action-publish": "1"}))
    profile = Profile.objects.get()
    assert is_public(client, profile)
    editor.post(reverse("wagtailsnippets_catalogue_profile:unpublish", args=[profile.pk]))
    assert not is_public(client, profile)


def test_what_is_wrong_is_told_beside_the_field_and_nothing_is_kept(editor):
    response = editor.post(ADD, posted(siren="123456789", website="ftp://exemple.fr", **{"action-publish": "1"}))
    page = response.content.decode()
    assert "Ce SIREN ne passe pas le contrôle" in page
    assert "Tramélys" in page
    assert not Profile.objects.exists()


def test_two_profiles_cannot_carry_one_siren(editor):
    ProfileFactory(siren=siren(1))
    response = editor.post(ADD, posted(**{"action-publish": "1"}))
    assert "Une autre fiche porte déjà ce SIREN" in response.content.decode()


def test_the_list_of_editors_searches_as_the_catalogue_does(editor):
    ProfileFactory(name="Écoute hospitalière")
    ProfileFactory(name="Autre", live=False)
    found = editor.get("/gestion/snippets/catalogue/profile/", {"q": "ecoutes"}).content.decode()
    assert "Écoute hospitalière" in found
    assert "Autre" not in found
    assert "Autre" in editor.get("/gestion/snippets/catalogue/profile/", {"region": "bretagne"}).content.decode()


def test_the_preview_shows_the_page_that_visitors_will_read(editor):
    profile = ProfileFactory(name="Tramélys", slug="tramelys")
    preview = reverse("wagtailsnippets_catalogue_profile:preview_on_edit", args=[profile.pk])
    assert editor.post(preview, posted(name="Tramélys en aperçu")).json()["is_valid"]
    shown = editor.get(preview)
    assert "Tramélys en aperçu" in shown.content.decode()
    assert shown["X-Frame-Options"] == "SAMEORIGIN"


def test_editors_publish_pages_and_writers_do_not(editor, writer):
    home = HomePage.objects.get()
    address = reverse("wagtailadmin_pages:edit", args=[home.pk])
    assert editor.get(address).status_code == 200
    assert "action-publish" in editor.get(address).content.decode()
    assert "action-publish" not in writer.get(address).content.decode()


def test_only_people_of_the_editors_room_enter_it(client):
    assert client.get("/gestion/").status_code == 302
    client.force_login(UserFactory())
    assert client.get("/gestion/").status_code in {302, 403}
    assert client.get("/gestion/snippets/catalogue/profile/").status_code in {302, 403}


def test_the_room_is_in_french_and_asks_nothing_of_other_sites(editor):
    page = editor.get("/gestion/").content.decode()
    assert "Tableau de bord" in page
    assert "gravatar" not in page


@pytest.mark.parametrize("address", ["/gestion/", ADD, "/gestion/pages/"])
def test_inline_scripts_are_allowed_in_the_editors_room(editor, address):
    response = editor.get(address)
    assert response.status_code == 200
    policy = response["Content-Security-Policy"]
    assert "script-src 'self' 'unsafe-inline'" in policy
    assert "style-src 'self' 'unsafe-inline'" in policy
    assert "frame-ancestors 'self'" in policy
    assert "object-src 'none'" in policy


@pytest.mark.parametrize(
    "address",
    ["/", "/catalogue/", "/aide/", "/compte/login/", "/gestion-inconnue/", "/robots.txt"],
)
def test_they_are_refused_everywhere_else(client, address):
    policy = client.get(address)["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


def test_public_pages_hold_no_inline_style_nor_script(client):
    profile = ProfileFactory(domains=["sante"])
    for address in ("/", "/catalogue/", profile.get_absolute_url(), "/aide/partenariat-innovation/"):
        page = client.get(address).content.decode()
        assert " style=" not in page, address
        assert "<style" not in page, address
        assert "<script>" not in page, address
        assert " onclick=" not in page, address


def test_one_review_is_tied_to_profiles_and_to_pages():
    assert [workflow.name for workflow in Workflow.objects.all()] == ["Relecture"]
    assert HomePage.objects.get().get_workflow().name == "Relecture"
    assert ProfileFactory().get_workflow().name == "Relecture"


def test_no_password_door_stands_beside_the_one_of_the_site(client):
    response = client.get("/_util/login/?next=/aide/")
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("account_login"))


def test_pictures_are_served_and_svg_is_refused(editor, client):
    svg = SimpleUploadedFile("x.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", content_type="image/svg+xml")
    editor.post(
        reverse("wagtailimages:add"),
        {"title": "SVG", "file": svg, "collection": str(Collection.get_first_root_node().pk)},
    )
    assert not get_image_model().objects.exists()
    drawn = io.BytesIO()
    Picture.new("RGB", (3, 3)).save(drawn, "PNG")
    picture = get_image_model().objects.create(
        title="Carré", file=SimpleUploadedFile("carre.png", drawn.getvalue()), width=3, height=3
    )
    response = client.get(picture.file.url)
    assert response["Content-Type"] == "image/png"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert b"".join(response.streaming_content) == drawn.getvalue()
    for other in ("/media/documents/secret.pdf", "/media/images/absent.png", "/media/original_images/.png"):
        assert client.get(other).status_code == 404


def test_asking_for_a_review_tells_the_editors(writer, editor, mailoutbox):
    writer.post(ADD, posted(**{"action-submit": "1"}))
    outbox.drain()
    assert len(mailoutbox) == 1
