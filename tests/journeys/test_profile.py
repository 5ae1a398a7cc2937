"""The pages of a profile, public and of its authors, in a real browser without JavaScript: readable by everybody."""

from collections.abc import Callable

import pytest
from django.db import connection
from playwright.sync_api import BrowserContext

from cms.catalogue.editing import references
from cms.catalogue.editing.drafts import draft_of
from cms.catalogue.models import Label, Medium, Profile, Translation
from marketplace.journal import clock
from tests.billing.factories import open_plan
from tests.catalogue.factories import ProfileFactory, ReferenceFactory, SolutionFactory
from tests.catalogue.test_editing import approve, company, completed
from tests.factories import siren
from tests.journeys.looking import Seen, look, watch

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="a browser sees no database: played once, on SQLite"),
]

HOME = "/espace/entreprise/fiche/"


def test_every_page_of_a_profile_is_accessible_at_every_width(visit: Callable[..., BrowserContext]):
    owner = company()
    organisation = owner.membership().organisation
    profile = ProfileFactory(organisation=organisation, siren=siren(90031), name="Tramélys", domains=["mobilite"])
    solution = SolutionFactory(
        profile=profile, price_from=9800, price_unit="an", is_open_source=True,
        source_url="https://code.tramelys.example/une-adresse-qui-ne-se-coupe-nulle-part-et-qui-est-longue",
    )  # fmt: skip
    reference = ReferenceFactory(profile=profile)
    Label.objects.create(profile=profile, kind=Label.Kind.HDS, proof_url="https://preuve.example/hds")
    references.ask(profile=profile, uid=reference.uid, email="a@b.example", actor=owner, now=clock.now())
    page, seen = visit(owner.membership().user).new_page(), Seen()
    watch(page, seen)
    Translation.objects.create(profile=profile, language="en", tagline="Guides to the right platform.")
    Medium.objects.create(profile=profile, kind="video", title="En une minute", url="https://film.example/tramelys")
    open_plan(organisation, now=clock.now())
    own = (HOME, f"{HOME}apercu/", f"{HOME}domaines/", f"{HOME}solutions/{solution.uid}/", f"{HOME}labels/ajouter/",
           f"{HOME}translations/ajouter/", f"{HOME}media/ajouter/", f"{HOME}consultations/")  # fmt: skip
    public = (profile.get_absolute_url(), solution.get_absolute_url(), f"{profile.get_absolute_url()}signaler/")
    for address in (*own, *public, "/espace/entreprise/references/"):
        assert page.goto(address).status == 200
        look(page, seen)
    assert seen.problems == []


def test_a_company_sends_its_profile_by_keyboard_without_javascript(visit: Callable[..., BrowserContext]):
    owner = company()
    profile = completed(owner, clock.now())
    page = visit(owner.membership().user, java_script_enabled=False, viewport={"width": 320, "height": 800}).new_page()
    page.goto(f"{HOME}presentation/")
    page.get_by_label("En une phrase").fill("Une voix guide jusqu’au quai.")
    page.get_by_role("button", name="Enregistrer dans mon brouillon").press("Enter")
    assert page.url.endswith(HOME)
    page.get_by_role("link", name="Envoyer en relecture").press("Enter")
    page.get_by_role("button", name="Envoyer en relecture").press("Enter")
    assert page.get_by_text("En relecture", exact=True).is_visible()
    assert draft_of(Profile.objects.get(pk=profile.pk)).tagline == "Une voix guide jusqu’au quai."
    assert page.goto(profile.get_absolute_url()).status == 404
    approve(profile)
    assert page.goto(profile.get_absolute_url()).status == 200
    assert page.get_by_text("Une voix guide jusqu’au quai.").first.is_visible()
