"""Compare, keep, note, export, follow: what people do with what they found, and what they cannot do to others."""

import csv
import io
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cms.catalogue.importing import companies, import_file
from cms.catalogue.models import Solution
from cms.sourcing.models import Export, Match, SavedSearch, SelectionItem
from marketplace.accounts.models import Organisation, User
from marketplace.journal import clock
from marketplace.journal.models import Entry
from marketplace.journal.outbox import drain
from marketplace.mail.models import Message
from tests.catalogue.factories import ProfileFactory
from tests.contracts.walk import client_of, text_of
from tests.factories import UserFactory, actor_for

pytestmark = pytest.mark.django_db

COMPARE, SELECTION = reverse("sourcing:compare"), reverse("sourcing:selection")
SCRIPT = "<script>alert(1)</script>"


def solution_of(name: str, slug: str, **fields) -> Solution:
    profile = ProfileFactory(name=name, slug=slug, domains=["mobilite"])
    return Solution.objects.create(profile=profile, name=f"Guidage {name}", tagline="Guide.", **fields)


@pytest.fixture
def two():
    return (
        solution_of("Tramélys", "tramelys", maturity="en-service", price_from=9800, price_unit="an"),
        solution_of("Halto", "halto", maturity="prototype"),
    )


@pytest.fixture
def buyer():
    return actor_for(organisation__buyer=True)


def test_two_solutions_are_compared_differences_first(client, two):
    page = client.get(COMPARE, {"fiche": "tramelys", "solution": two[1].slug})
    labels = [line.label for line in page.context["lines"]]
    differing = [line.differs for line in page.context["lines"]]
    assert differing == sorted(differing, reverse=True)
    assert "Maturité" in labels[: differing.count(True)]
    assert "9 800 € HT par an" in text_of(page).replace("\xa0", " ").replace("\u202f", " ")


def test_fewer_than_two_says_how_to_add_and_more_than_four_are_named(client, two):
    assert "Choisissez au moins deux fiches" in text_of(client.get(COMPARE, {"fiche": "tramelys"}))
    assert "Choisissez au moins deux fiches" in text_of(client.get(COMPARE, {"fiche": ["absente", "x"]}))
    slugs = [ProfileFactory().slug for _ in range(5)]
    page = client.get(COMPARE, {"fiche": slugs})
    assert len(page.context["subjects"]) == 4
    assert [one.profile.slug for one in page.context["left_out"]] == slugs[4:]


def test_what_is_not_published_is_never_compared_nor_kept(client, two, buyer):
    hidden = ProfileFactory(slug="brouillon", live=False)
    assert hidden.name not in text_of(client.get(COMPARE, {"fiche": ["tramelys", "halto", "brouillon"]}))
    assert client_of(buyer).get(reverse("sourcing:add"), {"fiche": "brouillon"}).status_code == 404


def test_the_table_to_take_away_runs_nothing(client, two):
    Solution.objects.filter(pk=two[0].pk).update(exit_terms='=HYPERLINK("http://x")')
    answer = client.get(reverse("sourcing:compare_csv"), {"fiche": ["tramelys", "halto"]})
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert any(cell.startswith("'=HYPERLINK") for row in rows for cell in row)
    assert not any(cell.startswith("=") for row in rows for cell in row)
    assert client.get(reverse("sourcing:compare_csv"), {"fiche": "halto"})["Location"] == COMPARE


def keep(actor, **what) -> None:
    address = f"{reverse('sourcing:add')}?{urlencode(what)}"
    client = client_of(actor)
    assert client.get(address).status_code == 200
    assert client.post(address).status_code == 302


def test_a_selection_is_shared_inside_the_organisation_and_nowhere_else(two, buyer):
    keep(buyer, fiche="tramelys")
    keep(buyer, fiche="tramelys")
    item = SelectionItem.objects.get()
    assert item.solution == two[0]
    client_of(buyer).post(reverse("sourcing:note", args=[item.pk]), {"note": f"À rappeler {SCRIPT}"})
    colleague = actor_for(Organisation.objects.get(pk=buyer.organisation_id))
    page = client_of(colleague).get(SELECTION)
    assert "À rappeler" in text_of(page)
    assert SCRIPT not in page.content.decode()
    stranger = actor_for(organisation__buyer=True)
    assert "Tramélys" not in text_of(client_of(stranger).get(SELECTION))
    for name in ("note", "remove"):
        assert client_of(stranger).post(reverse(f"sourcing:{name}", args=[item.pk]), {"note": "x"}).status_code == 404
    item.refresh_from_db()
    assert item.note.startswith("À rappeler")
    client_of(colleague).post(reverse("sourcing:remove", args=[item.pk]))
    assert not SelectionItem.objects.exists()
    assert {"selection.added", "selection.annotated", "selection.removed"} <= set(
        Entry.objects.values_list("act", flat=True)
    )


def test_a_visitor_signs_in_first_and_comes_back(client, two):
    answer = client.get(reverse("sourcing:add"), {"fiche": "tramelys"})
    assert answer.status_code == 302
    assert "next=/ma-selection/ajouter/%3Ffiche%3Dtramelys" in answer["Location"]


def test_an_export_copies_the_day_and_moves_no_more(two, buyer):
    keep(buyer, fiche="tramelys")
    keep(buyer, fiche="halto")
    client = client_of(buyer)
    address = reverse("sourcing:make_export")
    assert client.post(address, {"need": ""}).status_code == 422
    answer = client.post(address, {"need": "Trouver le bon quai", "searches": "quai"})
    export = Export.objects.get()
    assert answer["Location"] == reverse("sourcing:export", args=[export.uid])
    drain()
    Solution.objects.update(tagline="Tout autre chose.")
    page = client.get(answer["Location"])
    assert "Guide." in text_of(page)
    assert "Tout autre chose." not in text_of(page)
    pdf = page.context["pdf"]
    assert pdf.read().startswith(b"%PDF")
    assert client.get(reverse("files:download", args=[pdf.pk])).status_code == 200
    table = client.get(reverse("sourcing:export_csv", args=[export.uid])).content.decode("utf-8-sig")
    assert "Trouver" not in table
    assert "Guidage Tramélys" in table
    stranger = client_of(actor_for(organisation__buyer=True))
    for name in ("export", "export_csv"):
        assert stranger.get(reverse(f"sourcing:{name}", args=[export.uid])).status_code == 404
    assert stranger.get(reverse("files:download", args=[pdf.pk])).status_code == 404


def test_nothing_is_exported_from_an_empty_selection(buyer):
    answer = client_of(buyer).post(reverse("sourcing:make_export"), {"need": "Un besoin"})
    assert answer.status_code == 422
    assert "La sélection est vide" in text_of(answer)
    assert not Export.objects.exists()


def publish(profile) -> None:
    profile.save_revision().publish()
    drain()


def test_a_followed_search_tells_of_each_new_profile_once(buyer):
    old = ProfileFactory(name="Vieux bus", domains=["mobilite"])
    follow = f"{reverse('sourcing:follow')}?q=bus&domaine=mobilite"
    client = client_of(buyer)
    assert client.post(follow, {"title": "Les bus"}).status_code == 302
    refused = client.post(follow, {"title": "Encore"})
    assert refused.status_code == 422
    assert "Vous suivez déjà" in text_of(refused)
    publish(old)
    publish(ProfileFactory(name="Train", domains=["mobilite"]))
    assert not Message.objects.filter(kind="sourcing.match").exists()
    new = ProfileFactory(name="Autocar doux", domains=["mobilite"])
    publish(new)
    publish(new)
    message = Message.objects.get(kind="sourcing.match")
    assert message.to_user_id == buyer.user_id
    assert new.get_absolute_url() in message.body
    assert Match.objects.count() == 1
    assert "Autocar doux" in text_of(client.get(reverse("sourcing:searches")))


def test_an_import_tells_once_of_all_that_a_search_finds(buyer, tmp_path):
    ProfileFactory(name="Vieux bus", domains=["mobilite"])
    client = client_of(buyer)
    client.post(f"{reverse('sourcing:follow')}?q=bus&domaine=mobilite", {"title": "Les bus"})
    names = ("Bus Azur", "Bus Brun", "Bus Clair", "Train Doré")
    file = tmp_path / "file.csv"
    with file.open("w", newline="") as out:
        writer = csv.DictWriter(out, companies.COLUMNS)
        writer.writeheader()
        writer.writerows({"name": name, "domain": "mobilite", "source": "Relevé du 2 mai 2026"} for name in names)
    for now in (clock.now(), clock.now()):
        import_file(file, now=now)
        drain()
    message = Message.objects.get(kind="sourcing.match")
    assert message.to_user_id == buyer.user_id
    assert message.subject == "3 nouvelles fiches pour « Les bus »"
    assert "dont Bus Azur" in message.body
    assert "/catalogue/?q=bus&domaine=mobilite" in message.body
    assert Match.objects.count() == 3


def test_a_search_is_followed_by_oneself_only(buyer):
    person = UserFactory()
    search = SavedSearch.objects.create(user=person, query="?q=bus", title="Bus", saved_at=person.date_joined)
    assert client_of(buyer).post(reverse("sourcing:unfollow", args=[search.pk])).status_code == 404
    assert SavedSearch.objects.exists()
    refused = client_of(buyer).post(reverse("sourcing:follow"), {"title": "Tout"})
    assert refused.status_code == 422
    assert "ne demande rien" in text_of(refused)


@pytest.mark.parametrize("address", [SELECTION, reverse("sourcing:searches")])
def test_the_number_of_queries_does_not_depend_on_the_rows(buyer, address):
    client = client_of(buyer)
    user = User.objects.get(pk=buyer.user_id)
    counted = []
    for rows in (1, 2):
        for _ in range(rows):
            profile = ProfileFactory(domains=["mobilite"])
            Solution.objects.create(profile=profile, name=profile.name, tagline="Guide.")
            keep(buyer, fiche=profile.slug)
            search = SavedSearch.objects.create(
                user=user, query=f"?q={profile.slug}", title=profile.name, saved_at=user.date_joined
            )
            Match.objects.create(search=search, profile=profile, found_at=user.date_joined)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        counted.append(len(queries))
    assert counted[0] == counted[1], counted


def test_comparing_four_costs_no_more_queries_than_comparing_two(client):
    slugs = [solution_of(f"Nom {n}", f"nom-{n}").profile.slug for n in range(4)]
    client.get(COMPARE)
    counted = []
    for many in (2, 4):
        with CaptureQueriesContext(connection) as queries:
            client.get(COMPARE, {"fiche": slugs[:many]})
        counted.append(len(queries))
    assert counted[0] == counted[1] <= 12, counted
