"""What editors write, as visitors read it: articles, studies, events, guides, glossary; nothing of it can act."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from wagtail.documents import get_document_model

from cms.pages.models import Article, ArticleIndex, EventPage, GlossaryPage, HomePage, StandardPage
from tests.catalogue.factories import ProfileFactory
from tests.pages.builders import article, event, picture, published, read, study
from tests.queries import counted

pytestmark = pytest.mark.django_db
BAD = "<script>alert(1)</script>"
TEXT = "<p>Un texte.</p>"


def queries(client, address: str) -> int:
    read(client, address)
    with CaptureQueriesContext(connection) as asked:
        read(client, address)
    return counted(asked)


# --- News and studies -------------------------------------------------------------------------------------------------


def test_an_article_shows_its_introduction_its_date_its_author_and_when_it_changed(client, moving_clock):
    one = article(picture=picture(), body=[("text", {"title": "Pourquoi", "text": TEXT})])
    page = read(client, one.url)
    for words in ("Une nouvelle", "L’essentiel.", "Inès Exemple", "Pourquoi", "Un texte.", "Page mise à jour le"):
        assert words in page
    assert "5\N{NO-BREAK SPACE}janvier\N{NO-BREAK SPACE}2027" in page
    assert 'alt="Un préau, sous la pluie."' in page
    assert "Ville d’Exemple" in page


def test_articles_are_listed_newest_first_page_by_page(client):
    for number in range(1, 15):
        article(f"Nouvelle {number:02}", date=date(2027, 1, number))
    first, second = read(client, "/actualites/"), read(client, "/actualites/?page=2")
    assert first.index("Nouvelle 14") < first.index("Nouvelle 03")
    assert "Nouvelle 02" not in first
    assert "Nouvelle 02" in second
    assert read(client, "/actualites/?page=99") == second.replace('page=2"', 'page=99"') or "Nouvelle 01" in second


@pytest.mark.parametrize("address", ["/actualites/", "/etudes-de-cas/", "/agenda/"])
def test_an_empty_list_says_so_and_what_to_do(client, address):
    page = read(client, address)
    assert "Aucun" in page
    assert "page=2" not in page


def test_lists_ask_as_many_queries_for_three_as_for_one(client, now, moving_clock):
    counts: dict[str, list[int]] = {}
    for number in (1, 2, 3):
        shown = picture(f"Image {number}")
        article(f"Nouvelle {number}", picture=shown)
        study(f"Étude {number}", picture=shown)
        event(f"Rencontre {number}", start=now + timedelta(days=number))
        event(f"Passée {number}", start=now - timedelta(days=number))
        for address in ("/actualites/", "/etudes-de-cas/", "/agenda/"):
            counts.setdefault(address, []).append(queries(client, address))
    assert all(one[0] == one[2] for one in counts.values()), counts
    assert max(max(one) for one in counts.values()) <= 12, counts


def test_a_study_links_its_witnesses_to_published_profiles_only(client):
    shown, hidden = ProfileFactory(name="Tramélys"), ProfileFactory(name="Cachée", live=False)
    said = {"text": "Ça marche.", "author": "Léa", "role": "directrice"}
    body = [
        ("testimony", {**said, "organisation": "Tramélys", "profile": shown}),
        ("testimony", {**said, "organisation": "Une autre", "profile": hidden}),
        ("testimony", {**said, "organisation": "Mairie", "profile": None}),
    ]
    page = read(client, study(body=body).url)
    assert f'<a href="{shown.get_absolute_url()}">Tramélys</a>' in page
    assert hidden.get_absolute_url() not in page
    assert page.count("<blockquote") == 3
    assert "Métropole d’Exemple" in page


# --- Blocks -----------------------------------------------------------------------------------------------------------


def every_block(text: str, profile=None, document=None) -> list:
    """Each block, with the same words in each of its fields."""
    rich = f"<p>{text}</p>"
    link = {"label": text, "page": None, "address": "catalogue:list", "url": ""}
    step = {"title": text, "text": text}
    shown = {"image": picture(), "alt_text": text, "decorative": False}
    return [
        ("text", {"title": text, "text": rich}),
        ("paragraphs", {"text": rich}),
        ("picture", {"picture": shown, "caption": text}),
        ("quote", {"text": text, "author": text, "role": text}),
        ("callout", {"tone": "warn", "title": text, "text": rich}),
        ("faq", {"title": text, "questions": [{"question": text, "answer": rich}]}),
        ("stages", {"title": text, "steps": [step, step]}),
        ("buttons", {"buttons": [link]}),
        ("link_cards", {"title": text, "cards": [{"link": link, "text": text}]}),
        ("profiles", {"title": text, "profiles": [profile] if profile else []}),
        ("table", {"title": text, "table": table(text)}),
        *([("document", {"document": document, "note": text})] if document else []),
    ]


def table(text: str) -> dict:
    return {
        "caption": text,
        "columns": [{"type": "text", "heading": text}, {"type": "text", "heading": text}],
        "rows": [{"values": [text, text]}],
    }


def test_each_block_is_shown(client):
    document = get_document_model().objects.create(title="Le guide", file=ContentFile(b"%PDF-1.7", "guide.pdf"))
    one = article(body=every_block("Mot simple", ProfileFactory(name="Tramélys"), document))
    page = read(client, one.url)
    assert page.count("Mot simple") >= 24
    for part in ("<details", "<blockquote", "<table", "<figcaption", 'class="steps"', "Tramélys", document.url, "webp"):
        assert part in page, part
    assert 'alt="Mot simple"' in page
    assert 'loading="lazy"' in page


def test_scripts_in_the_fields_of_blocks_are_shown_as_text(client):
    one = article(title=BAD, lead=BAD, author=BAD, search_description=BAD, body=every_block(BAD))
    page = read(client, one.url)
    assert "<script>" not in page
    assert "alert(1)</script>" not in page.replace("&lt;script&gt;alert(1)&lt;/script&gt;", "")


def test_scripts_in_studies_events_lists_and_glossaries_are_shown_as_text(client, now, moving_clock):
    study(BAD, organisation=BAD, lead=BAD, body=[("testimony", {"text": BAD, "author": BAD, "organisation": BAD})])
    event(BAD, start=now, lead=BAD, place=BAD)
    home = HomePage.objects.get()
    words = published(
        home, GlossaryPage(title=BAD, slug="mots", lead=BAD, terms=[("term", {"term": BAD, "meaning": BAD})])
    )
    pages = [study(BAD).url, event(BAD, start=now, place=BAD).url, "/etudes-de-cas/", "/agenda/", words.url]
    for address in pages:
        page = read(client, address)
        assert "<script>" not in page, address
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page, address


def test_a_decorative_picture_is_one_that_was_ticked(client):
    shown = {"image": picture(), "alt_text": "", "decorative": True}
    page = read(client, article(body=[("picture", {"picture": shown, "caption": ""})]).url)
    assert 'alt="" loading="lazy"' in page
    block = Article._meta.get_field("body").stream_block.child_blocks["picture"]
    with pytest.raises(ValidationError):
        block.clean(
            block.to_python({"picture": {**shown, "image": shown["image"].pk, "decorative": False}, "caption": ""})
        )


@pytest.mark.parametrize(
    "target", [{}, {"address": "catalogue:list", "url": "https://exemple.fr"}], ids=["none", "two"]
)
def test_a_link_has_one_target(target):
    block = Article._meta.get_field("body").stream_block.child_blocks["buttons"].child_blocks["buttons"].child_block
    with pytest.raises(ValidationError):
        block.clean(block.to_python({"label": "Aller", "page": None, "address": "", "url": "", **target}))


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "ftp://exemple.fr"])
def test_a_link_leads_to_a_web_page(url):
    block = Article._meta.get_field("body").stream_block.child_blocks["buttons"].child_blocks["buttons"].child_block
    with pytest.raises(ValidationError):
        block.clean(block.to_python({"label": "Aller", "page": None, "address": "", "url": url}))


def test_a_rich_text_keeps_no_script_of_its_own(client):
    page = read(
        client, article(body=[("paragraphs", {"text": '<p onclick="x()">Bon<script>alert(1)</script></p>'})]).url
    )
    assert "onclick" not in page
    assert "<script>" not in page


# --- Glossary and guides ----------------------------------------------------------------------------------------------


def test_words_are_sorted_whatever_the_order_in_which_they_were_written_and_have_an_address(client):
    page = StandardPage.objects.get(slug="aide")
    terms = [("term", {"term": term, "meaning": "Sens."}) for term in ("Sourçage", "Équipe", "Accusé")]
    shown = read(client, published(page, GlossaryPage(title="Mots", terms=terms)).url)
    assert shown.index("Accusé") < shown.index("Équipe") < shown.index("Sourçage")
    assert 'id="equipe"' in shown


@pytest.mark.parametrize("address", ["/aide/", "/aide/partenariat-innovation/", "/aide/glossaire/", "/contact/"])
def test_pages_of_editors_ask_few_queries(client, address):
    assert queries(client, address) <= 8


# --- Drafts -----------------------------------------------------------------------------------------------------------


def test_a_draft_is_read_by_no_visitor_wherever_it_is_looked_for(client, now):
    index = ArticleIndex.objects.get()
    draft = Article(title="Secret de rédaction", slug="secret", lead="x", date=date(2027, 1, 5), live=False)
    index.add_child(instance=draft)
    revision = draft.save_revision()
    for address in (
        "/actualites/secret/",
        "/actualites/secret",
        f"/gestion/pages/{draft.pk}/edit/preview/",
        f"/gestion/pages/{draft.pk}/view_draft/",
        f"/gestion/pages/{draft.pk}/revisions/{revision.pk}/view/",
        "/partage/page/actualites--secret.png",
    ):
        response = client.get(address)
        assert response.status_code in {301, 302, 404}, address
        assert "Secret de rédaction" not in response.content.decode(errors="ignore")
    for address in ("/actualites/", "/actualites/flux/", "/sitemap-pages.xml", "/", "/plan-du-site/"):
        assert "ecret" not in read(client, address).replace("Le secret", ""), address


def test_the_draft_of_a_published_page_stays_a_draft(client):
    one = article("Publié")
    one.title = "Pas encore"
    one.save_revision()
    assert "Pas encore" not in read(client, one.url)
    assert "Pas encore" not in read(client, "/actualites/")


# --- Events -----------------------------------------------------------------------------------------------------------


def test_past_events_are_listed_apart(client, now, moving_clock):
    event("Demain", start=now + timedelta(days=1))
    event("En cours", start=now - timedelta(hours=1))
    event("Hier", start=now - timedelta(days=1))
    page = read(client, "/agenda/")
    assert page.index("À venir") < page.index("En cours") < page.index("Demain") < page.index("Événements passés")
    assert page.index("Événements passés") < page.rindex("Hier")


def test_an_event_says_when_where_and_how_to_come(client, now, moving_clock):
    one = event(
        start=now + timedelta(days=1), registration_url="https://exemple.fr/venir", online_url="https://v.exemple.fr"
    )
    page = read(client, one.url)
    assert "mercredi 13 janvier 2027 à 10 h 00, heure de Paris" in page.replace("\N{NO-BREAK SPACE}", " ")
    for words in ("Hôtel de ville, Rennes", "https://exemple.fr/venir", "https://v.exemple.fr", one.calendar_url):
        assert words in page
    moving_clock.advance(timedelta(days=3))
    over = read(client, one.url)
    assert "Événement passé" in over
    assert "https://exemple.fr/venir" not in over


@pytest.mark.parametrize(
    ("change", "told"),
    [({"hours": -1}, "Indiquez une fin après le début."), ({"place": ""}, "Indiquez un lieu")],
    ids=["ends before", "nowhere"],
)
def test_an_event_ends_after_it_begins_and_is_held_somewhere(now, change, told):
    end = now + timedelta(hours=change.get("hours", 1))
    place = change.get("place", "Rennes")
    with pytest.raises(ValidationError, match=told):
        EventPage(title="x", slug="x", lead="x", start=now, end=end, place=place, path="0001", depth=1).full_clean()


def test_an_address_made_from_a_title_is_in_plain_letters(now):
    assert event("Événement d’été", start=now).slug.isascii()
