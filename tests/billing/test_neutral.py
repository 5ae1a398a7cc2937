"""Money never moves a rank: whatever lists, compares or searches answers the same, byte for byte, with a plan."""

import re
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from cms.catalogue.models import Medium, Profile, Translation
from tests.billing.factories import open_plan
from tests.catalogue.factories import ProfileFactory, SolutionFactory
from tests.factories import OrganisationFactory, make

pytestmark = pytest.mark.django_db
SORTS = ("", "pertinence", "references", "maj", "nom")
# What changes by itself from one page to the next.
PASSING = re.compile(r'(name="csrfmiddlewaretoken" value=")[^"]*|(id="[a-z]+-)\d+|(#[a-z]+-)\d+')


@pytest.fixture
def profiles() -> list[Profile]:
    """Nine companies with an account; those in the middle will have a plan."""
    made = []
    for number in range(9):
        profile = ProfileFactory(
            organisation=make(OrganisationFactory), domains=["mobilite", "sante"][: 1 + number % 2], source=""
        )
        SolutionFactory(profile=profile, name=f"Guidage vocal {number}", tagline="Guide les voyageurs en gare.")
        profile.refresh_from_db()
        profile.save()
        made.append(profile)
    return made


def addresses() -> list[str]:
    catalogue = reverse("catalogue:list")
    domain = reverse("catalogue:domain", args=["mobilite"])
    found = ["/", reverse("catalogue:feed"), "/api/v1/profiles", "/api/v1/profiles?q=guidage"]
    for base in (catalogue, domain):
        found += [f"{base}?tri={sort}" for sort in SORTS]
        found += [f"{base}?q=guidage+gare&tri={sort}" for sort in SORTS]
    compared = "&".join(f"fiche={profile.slug}" for profile in Profile.objects.all()[3:6])
    return [*found, f"{reverse('sourcing:compare')}?{compared}"]


def answers() -> dict[str, str]:
    client = Client()
    told = {}
    for address in addresses():
        response = client.get(address)
        assert response.status_code == 200, address
        told[address] = PASSING.sub(r"\1\2\3", response.getvalue().decode())
    return told


def test_every_list_answers_the_same_with_and_without_a_plan(profiles: list[Profile], moving_clock):
    before = answers()
    assert all(profile.name in before[f"{reverse('catalogue:list')}?tri=nom"] for profile in profiles)
    words = dict(Profile.objects.values_list("pk", "search_text"))
    for profile in profiles[3:7]:
        open_plan(profile.organisation, now=moving_clock.now())
        Translation.objects.create(profile=profile, language="en", tagline="Guidage vocal guidage vocal gare gare.")
        Medium.objects.create(profile=profile, kind="video", title="Guidage vocal gare", url="https://exemple.fr/film")
    after = answers()
    assert [address for address in before if before[address] != after[address]] == []
    assert len(before) == 4 + 4 * len(SORTS) + 1
    # Neither do its words: a profile read again for the search finds the same ones.
    Profile.objects.all().reindex()
    assert dict(Profile.objects.values_list("pk", "search_text")) == words
    # What it buys is there, on its own page.
    assert "Guidage vocal guidage vocal gare gare." in Client().get(profiles[3].get_absolute_url()).content.decode()


def test_nothing_that_lists_or_judges_knows_of_plans():
    """Who may ask for a plan is written here: the page of one profile, its own space, and the room itself."""
    root = Path(__file__).resolve().parents[2]
    asking = {
        path.relative_to(root).as_posix()
        for wing in ("marketplace", "cms", "procurement")
        for path in (root / wing).rglob("*.py")
        if "marketplace.billing" in path.read_text() and "marketplace/billing/" not in path.as_posix()
    }
    assert asking == {
        "marketplace/settings.py",
        "marketplace/urls.py",
        "cms/catalogue/presentation.py",
        "cms/catalogue/readings.py",
        "cms/catalogue/editing/services.py",
        "cms/catalogue/editing/views.py",
        # Not a plan: a sum due under a contract, paid straight to its holder.
        "procurement/contracts/services/transfers.py",
    }
