"""From a need to two compared solutions and a dated copy of what was examined, filed with the study of a call."""

from collections.abc import Callable

import pytest
from django.db import connection
from playwright.sync_api import BrowserContext

from cms.catalogue.models import Solution
from cms.sourcing.models import Export
from marketplace.journal.clock import MovingClock
from marketplace.journal.outbox import drain
from procurement.calls.models import StudyAttachment
from procurement.calls.services import drafts
from tests.catalogue.factories import ProfileFactory
from tests.journeys.house import House
from tests.journeys.looking import Seen, watch
from tests.journeys.person import Manner

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="a browser sees no database: played once, on SQLite"),
]


def lay() -> None:
    told = (
        ("Tramélys", "Annonce à voix haute le quai du bus.", "en-service"),
        ("Halte-Là", "L’arrêt de bus qui parle.", "prototype"),
        ("Plume RH", "Suit les carrières.", "en-service"),
    )
    for number, (name, tagline, maturity) in enumerate(told):
        profile = ProfileFactory(
            name=name, slug=f"fiche-{number}", tagline=tagline, domains=["rh" if name == "Plume RH" else "mobilite"]
        )
        Solution.objects.create(
            profile=profile, name=f"{name} Un", tagline=tagline, maturity=maturity, price_from=1000 * (number + 1)
        )


@pytest.mark.parametrize(
    "manner",
    [
        Manner("mouse"),
        # What audits pages is itself a script: this one reads only whether they fit.
        Manner("keyboard, no script, 320 px", script=False, mouse=False, width=320),
    ],
    ids=lambda manner: manner.name,
)
def test_a_buyer_compares_two_solutions_and_files_what_was_examined(
    visit: Callable[..., BrowserContext], moving_clock: MovingClock, manner: Manner
):
    house = House(visit, moving_clock, manner, looks=manner.script)
    author = house.team.author
    call = drafts.create_call(buyer=house.team.buyer, title="Le bon quai", actor=author, now=moving_clock.now())
    lay()
    window = house.at(author)
    window.go("/catalogue/")
    window.fill({"q": "bus"})
    window.press("Chercher")
    window.reads("2 fiches", "Tramélys", "Halte-Là")
    window.fill({"fiche": ["fiche-0", "fiche-1"]})
    window.press("Comparer les fiches cochées")
    window.reads("Maturité (différent)", "Prototype", "Déjà en service", "1 000 € HT")
    for name in ("Tramélys", "Halte-Là"):
        window.go("/catalogue/comparer/?fiche=fiche-0&fiche=fiche-1")
        window.follow(f"Ajouter « {name} : {name} Un » à ma sélection")
        window.press("Ajouter à ma sélection")
    window.follow("Écrire une note", row="Tramélys")
    window.fill({"note": "À rappeler en février."})
    window.press("Enregistrer la note")
    window.reads("À rappeler en février.")
    window.follow("Exporter pour le sourçage")
    window.press("Faire l’export", is_refused=True)
    window.fill({"need": "Trouver le bon quai quand on voit mal.", "searches": "bus"})
    window.press("Faire l’export")
    window.reads("Le PDF se prépare", "À rappeler en février.")
    drain()
    window.go(f"/ma-selection/exports/{Export.objects.get().uid}/")
    assert window.download("sourcage-du").read_bytes().startswith(b"%PDF")
    window.follow("Verser à l’étude d’un appel")
    window.fill({"call": call.reference, "reason": "Aucune ne marche sans téléphone."})
    window.press("Verser à l’étude")
    window.reads("L’export est versé", "Pièces de l’étude")
    assert StudyAttachment.objects.get().study.call == call
    assert house.seen.problems == []


def test_filters_show_at_once_and_keep_the_focus_the_address_and_the_way_back(
    visit: Callable[..., BrowserContext], moving_clock: MovingClock
):
    lay()
    page, seen = visit(viewport={"width": 1280, "height": 900}).new_page(), Seen()
    watch(page, seen)
    page.goto("/catalogue/")
    box = page.get_by_label("Mobilité et transports")
    box.focus()
    page.keyboard.press("Space")
    page.wait_for_url("**/catalogue/?domaine=mobilite")
    page.locator("#compte").filter(has_text="2").wait_for(state="attached")
    assert page.locator("#resultats-zone .card h2, #resultats-zone .card h3").filter(has_text="Plume RH").count() == 0
    assert page.evaluate("document.activeElement.id") == "domaine-mobilite"
    assert page.locator("#domaine-mobilite").is_checked()
    assert page.locator("#maturite-prototype + label").inner_text().startswith("Prototype")
    page.go_back()
    page.locator("#compte").filter(has_text="3").wait_for(state="attached")
    assert seen.problems == []
