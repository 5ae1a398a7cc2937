"""Public figures: they count the rows, on the day asked for, in few queries, and leave as safe tables."""

import csv
import io
import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from cms.catalogue.models import PhaseObservation, PhasePassage, PortfolioSurvey
from cms.figures import registry, views
from cms.figures.registry import Asked, Figure, register_figure
from tests.catalogue.factories import ProfileFactory
from tests.factories import OrganisationFactory, make
from tests.needs.builders import confirmed_need, editor, published_need, supported

pytestmark = pytest.mark.django_db
SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"
QUERIES_AT_MOST = 12
NAMES = [
    "fiches-par-domaine", "fiches-par-region", "fiches-verifiees", "startups-etat-par-phase", "besoins-par-etat",
    "appels-par-domaine", "appels-par-etape", "delai-de-reponse",
]  # fmt: skip


def rows_of(client, name: str, query: str = "") -> dict[str, list]:
    data = client.get(f"/chiffres/donnees/{name}.json{query}").json()
    return {row[0]: row[1:] for row in data["rows"]}


def test_an_empty_site_says_so(client, moving_clock):
    page = client.get("/chiffres/").content.decode()
    for words in (
        "Aucune fiche n’a encore de domaine", "Aucune fiche n’a encore de région", "Aucun besoin n’est encore publié",
        "Aucun appel n’est encore publié", "Aucun appel n’a encore de résultat public",
        "Aucune start-up d’État n’est connue",
    ):  # fmt: skip
        assert words in page


def test_every_figure_has_its_definition_gaps_table_and_data(client, moving_clock):
    response = client.get("/chiffres/")
    page = response.content.decode()
    assert [one.name for one in response.context["figures"]] == NAMES
    for one in response.context["figures"]:
        assert one.definition
        assert one.gaps
        for kind in ("csv", "json"):
            assert f"/chiffres/donnees/{one.name}.{kind}" in page
            assert client.get(f"/chiffres/donnees/{one.name}.{kind}").status_code == 200
    assert client.get("/chiffres/donnees/absent.csv").status_code == 404
    assert client.get("/chiffres/donnees/absent.json").status_code == 404


def test_profiles_by_domain_and_region_are_those_that_are_published(client, moving_clock):
    ProfileFactory(domains=["mobilite", "sante"], region="bretagne")
    ProfileFactory(domains=["mobilite"], region="")
    ProfileFactory(region="bretagne")
    ProfileFactory(domains=["mobilite"], region="bretagne", live=False)
    ProfileFactory(domains=["mobilite"], region="bretagne", withdrawn_at=moving_clock.now())
    domains = rows_of(client, "fiches-par-domaine")
    labels = {one[0] for one in domains.values()}
    assert sum(one[0] for one in domains.values()) == 4
    assert labels == {0, 1, 2}
    assert domains["À préciser"] == [1]
    regions = rows_of(client, "fiches-par-region")
    assert (regions["Bretagne"], regions["À préciser"], regions["Corse"]) == ([2], [1], [0])


def test_what_is_verified_or_reviewed_is_counted_while_it_holds(client, moving_clock):
    now = moving_clock.now()
    checked = make(OrganisationFactory, registry_checked_at=now - timedelta(days=10))
    old = make(OrganisationFactory, registry_checked_at=now - timedelta(days=400))
    ProfileFactory(organisation=checked, reviewed_at=now)
    ProfileFactory(organisation=old)
    ProfileFactory()
    ProfileFactory()
    rows = rows_of(client, "fiches-verifiees")
    assert rows["Publiées"] == [4, 100]
    assert rows["Relues par une personne"] == [1, 25]
    assert rows["Identité vérifiée au répertoire des entreprises"] == [1, 25]


def state_start_up(name: str, *passages: tuple[str, date]):
    profile = ProfileFactory(kind="state_start_up", name=name)
    for order, (phase, since) in enumerate(passages):
        PhasePassage.objects.create(profile=profile, phase=phase, since=since, sort_order=order)
    return profile


def test_the_portfolio_is_shown_on_the_day_asked_for_stopped_ones_by_name(client, moving_clock):
    state_start_up("Vivante", ("construction", date(2020, 1, 1)), ("acceleration", date(2024, 1, 1)))
    gone = state_start_up("Finie", ("construction", date(2020, 1, 1)), ("abandon", date(2023, 1, 1)))
    assert rows_of(client, "startups-etat-par-phase", "?au=2021-01-01")["Construction"] == [2]
    today = rows_of(client, "startups-etat-par-phase")
    assert (today["Accélération"], today["Arrêté"], today["Construction"]) == ([1], [1], [0])
    page = client.get("/chiffres/").content.decode()
    assert gone.get_absolute_url() in page
    assert "Produits arrêtés" in page


def test_a_day_with_a_survey_shows_that_closed_list(client, moving_clock):
    dated = state_start_up("Datée", ("construction", date(2018, 1, 1)))
    survey = PortfolioSurvey.objects.create(observed_on=date(2019, 11, 13), source="Relevé")
    PhaseObservation.objects.create(survey=survey, profile=ProfileFactory(kind="state_start_up"), phase="abandon")
    assert rows_of(client, "startups-etat-par-phase", "?au=2019-11-12")["Construction"] == [1]
    seen = rows_of(client, "startups-etat-par-phase", "?au=2019-11-13")
    assert (seen["Construction"], seen["Arrêté"]) == ([0], [1])
    assert "?au=2019-11-13" in client.get("/chiffres/").content.decode()
    assert dated.name not in client.get("/chiffres/?au=2019-11-13").content.decode()


@pytest.mark.parametrize("asked", ["", "hier", "2019-02-30", "2999-01-01", "<script>"])
def test_a_day_that_is_none_is_today(client, moving_clock, asked):
    response = client.get("/chiffres/", {"au": asked})
    assert response.context["asked"].day == date(2027, 1, 12)


@pytest.mark.skipif(not SHARED.exists(), reason=f"the real files are absent: {SHARED} (not part of the product)")
def test_the_real_survey_of_2019_shows_14_34_28(client, moving_clock):
    for name in ("startups_etat.csv", "startups_etat_2019.csv"):
        call_command("import_startups", str(SHARED / name), stdout=io.StringIO())
    rows = rows_of(client, "startups-etat-par-phase", "?au=2019-11-13")
    found = (rows["Consolidation"], rows["Accélération"], rows["Construction"], rows["Arrêté"])
    assert found == ([14], [34], [28], [17])
    response = client.get("/chiffres/?au=2019-11-13")
    (figure,) = [one for one in response.context["figures"] if one.name == "startups-etat-par-phase"]
    assert len(figure.names) == 17


def test_needs_are_counted_by_state_with_their_support(client, moving_clock):
    need = published_need(now=moving_clock.now())
    supported(need, "ami@exemple.fr", now=moving_clock.now())
    confirmed_need(now=moving_clock.now(), email="attente@exemple.fr")
    rows = rows_of(client, "besoins-par-etat")
    assert rows["Proposé"] == [1, 2]
    assert rows["Repris par un appel"] == [0, 0]


def test_queries_stay_few_whatever_the_rows(client, moving_clock):
    by = editor()

    def fill(number: int) -> None:
        for index in range(number):
            ProfileFactory(domains=["sante"])
            state_start_up(f"Produit {number} {index}", ("construction", date(2020, 1, 1)))
            email = f"n{number}{index}@exemple.fr"
            published_need(now=moving_clock.now(), title=f"B {number} {index}", email=email, by=by)

    def used() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get("/chiffres/")
        return len(queries)

    fill(1)
    used()
    first = used()
    fill(3)
    assert used() == first <= QUERIES_AT_MOST


@pytest.fixture
def dangerous():
    """A figure whose words a spreadsheet would run."""
    name = "figure-de-test"

    def count(asked: Asked) -> Figure:
        rows = [(f"{sign}SOMME(A1)", -1) for sign in ("=", "+", "-", "@", "\t", "\r")]
        return Figure(name, "Test", "Test.", "Rien.", ("=Mot", "Nombre"), rows)

    register_figure(name, count)
    yield name
    del registry._counts[name]


def test_no_cell_of_a_table_runs_in_a_spreadsheet(moving_clock, dangerous):
    response = views.as_csv(RequestFactory().get("/"), dangerous)
    text = response.content.decode("utf-8-sig")
    cells = [row[0] for row in csv.reader(io.StringIO(text, newline=""), delimiter=";")]
    assert len(cells) == 7
    assert all(cell.startswith("'") for cell in cells)
    assert [row[1] for row in csv.reader(io.StringIO(text, newline=""), delimiter=";")][1:] == ["-1"] * 6
    assert json.loads(views.as_json(RequestFactory().get("/"), dangerous).content)["rows"][0][0] == "=SOMME(A1)"


def test_two_figures_have_two_names(dangerous):
    with pytest.raises(ValueError, match="figure-de-test"):
        register_figure(dangerous, lambda asked: None)
