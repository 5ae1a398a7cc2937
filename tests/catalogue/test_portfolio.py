"""Start-ups d'État and their portfolio: imported twice without change, counted on any day, shown honestly."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.template import Context, Template
from django.test.utils import CaptureQueriesContext

from cms.catalogue.importing.state_start_ups import COLUMNS
from cms.catalogue.importing.survey import COLUMNS as SURVEY_COLUMNS
from cms.catalogue.models import PhaseObservation, PhasePassage, PortfolioSurvey, Profile
from cms.catalogue.portfolio import portfolio_on
from tests.catalogue.factories import ProfileFactory
from tests.factories import OrganisationFactory, make

pytestmark = pytest.mark.django_db
SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"
needs_real_files = pytest.mark.skipif(
    not SHARED.exists(), reason=f"the real files are absent: {SHARED} (they are not part of the product)"
)
SURVEYED = date(2019, 11, 13)

ROW = {
    "name": "1 élève, 1 stage", "slug": "1.eleve", "website": "https://stage.exemple.gouv.fr/",
    "repository": "https://code.exemple/stage", "summary_fact": "Service public numérique.", "domain": "rh",
    "incubator": "MEN", "sponsors": "dgpe|dgcs", "phase": "abandon", "phase_label": "Arrêté",
    "phase_since": "2025-09-19", "created_year": "2024",
    "phases_history": "investigation:2024-05-14|construction:2024-08-12|abandon:2025-09-19",
    "accessibility_status": "partiellement conforme", "source": "Exemple (DINUM), Licence Ouverte 2.0",
}  # fmt: skip
SEEN = {
    "name": "A Dock", "slug": "a-dock", "website": "", "domain": "demarches", "incubator": "mtes",
    "phase": "acceleration", "phase_label": "Accélération", "created_year": "2018", "in_2026_file": "oui",
    "source": "Exemple, état du 13/11/2019",
}  # fmt: skip


@pytest.fixture
def run(tmp_path, capsys):
    def run(*rows: dict, **options: object) -> dict:
        path = tmp_path / "file.csv"
        lines = [",".join(f'"{value}"' for value in row.values()) for row in rows]
        path.write_text("\n".join([",".join(rows[0]), *lines]) + "\n", encoding="utf-8")
        return import_real(path, capsys, **options)

    return run


def import_real(path: Path, capsys, **options: object) -> dict:
    capsys.readouterr()
    call_command("import_startups", str(path), "--json", **options)
    return json.loads(capsys.readouterr().out)


def counts(outcome: dict) -> tuple[int, ...]:
    return (*(outcome[key] for key in ("created", "updated", "unchanged", "kept")), len(outcome["rejected"]))


def everything() -> list[list]:
    return [
        list(model.objects.order_by("pk").values())
        for model in (Profile, PhasePassage, PortfolioSurvey, PhaseObservation)
    ]


def test_a_start_up_d_etat_comes_with_the_history_of_its_phases(run, client):
    assert counts(run(ROW)) == (1, 0, 0, 0, 0)
    profile = Profile.objects.get()
    assert (profile.kind, profile.slug, profile.founded_year) == ("state_start_up", "1-eleve", 2024)
    assert (profile.incubator, profile.sponsors, profile.accessibility) == ("MEN", "dgpe, dgcs", "partielle")
    assert profile.repository == "https://code.exemple/stage"
    assert [(one.phase, one.since) for one in profile.phases.all()] == [
        ("investigation", date(2024, 5, 14)),
        ("construction", date(2024, 8, 12)),
        ("abandon", date(2025, 9, 19)),
    ]
    assert client.get(profile.get_absolute_url()).status_code == 200


def test_twice_changes_nothing_and_a_new_phase_replaces_the_history(run):
    run(ROW)
    before = everything()
    assert counts(run(ROW)) == (0, 0, 1, 0, 0)
    assert everything() == before
    longer = ROW | {"phase": "construction", "phases_history": "investigation:2024-05-14|construction:2024-08-12"}
    assert counts(run(longer)) == (0, 1, 0, 0, 0)
    assert [one.phase for one in Profile.objects.get().phases.all()] == ["investigation", "construction"]


def test_sponsors_get_their_names_from_a_file(run, tmp_path):
    names = tmp_path / "organisations.csv"
    names.write_text("slug,name\ndgpe,Direction générale\n", encoding="utf-8")
    run(ROW, organisations=names)
    assert Profile.objects.get().sponsors == "Direction générale, dgcs"
    with pytest.raises(CommandError):
        run(ROW, organisations=tmp_path / "absent.csv")


def test_a_company_of_the_same_name_is_another_thing(run):
    ProfileFactory(name=ROW["name"], slug="1-eleve")
    run(ROW)
    assert sorted(Profile.objects.values_list("kind", "slug")) == [
        ("start_up", "1-eleve"),
        ("state_start_up", "1-eleve-2"),
    ]
    assert counts(run(ROW)) == (0, 0, 1, 0, 0)


def test_what_a_person_took_over_is_left_as_it_is(run):
    run(ROW)
    Profile.objects.update(organisation=make(OrganisationFactory))
    assert counts(run(ROW | {"summary_fact": "Autre."})) == (0, 0, 0, 1, 0)
    assert Profile.objects.get().tagline == "Service public numérique."


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"name": ""}, "Le nom ou l’identifiant est vide"),
        ({"slug": "..."}, "Le nom ou l’identifiant est vide"),
        ({"domain": "licorne"}, "n’existe pas"),
        ({"website": "javascript:alert(1)"}, "Écrivez l’adresse entière"),
        ({"repository": "ftp://code.exemple"}, "Écrivez l’adresse entière"),
        ({"accessibility_status": "parfaite"}, "n’est pas une mention légale"),
        ({"phases_history": "envol:2024-01-01", "phase": "envol"}, "La phase « envol » n’existe pas"),
        ({"phases_history": "abandon:hier"}, "n’est pas une date"),
        ({"phase": "construction"}, "n’est pas la dernière"),
        ({"created_year": "vingt"}, "n’est pas un nombre"),
    ],
)
def test_a_bad_row_is_told_with_its_line_and_reason(run, change, reason):
    outcome = run(ROW | change, ROW | {"name": "Bonne", "slug": "bonne"})
    assert counts(outcome) == (1, 0, 0, 0, 1)
    (rejected,) = outcome["rejected"]
    assert rejected["line"] == 2
    assert reason in rejected["reason"]


def test_the_same_one_twice_in_a_file_is_told(run):
    (rejected,) = run(ROW, ROW)["rejected"]
    assert (rejected["line"], rejected["reason"]) == (3, "La même start-up d’État figure déjà à la ligne 2.")


@pytest.mark.parametrize("row", [ROW, SEEN], ids=["state", "survey"])
def test_scripts_and_formulas_are_neutralised(run, client, row):
    bad = {"name": "=SOMME(A1)<script>alert(1)</script>", "incubator": "<b onclick=x>+33</b>"}
    run(row | bad)
    profile = Profile.objects.get()
    assert profile.name == "'=SOMME(A1)alert(1)"
    assert profile.incubator == "'+33"
    assert "<script>alert" not in client.get(profile.get_absolute_url()).content.decode()


def test_a_survey_keeps_what_was_seen_on_its_day(run):
    known = ProfileFactory(kind="state_start_up", slug="a-dock", name="A Dock", tagline="Gardée.")
    rows = [SEEN, SEEN | {"name": "Aeris", "slug": "aeris", "phase": "abandon", "in_2026_file": "non"}]
    assert counts(run(*rows)) == (2, 0, 0, 0, 0)
    assert PortfolioSurvey.objects.get().observed_on == SURVEYED
    known.refresh_from_db()
    assert known.tagline == "Gardée."
    assert Profile.objects.get(slug="aeris").kind == "state_start_up"
    before = everything()
    assert counts(run(*rows)) == (0, 0, 2, 0, 0)
    assert everything() == before
    assert counts(run(rows[0] | {"phase": "consolidation"})) == (0, 1, 0, 0, 0)


def test_a_survey_without_day_is_refused(run):
    for source in ("Exemple", "état du 32/11/2019"):
        assert "ne dit pas le jour" in run(SEEN | {"source": source})["rejected"][0]["reason"]
    assert not PortfolioSurvey.objects.exists()


def test_a_survey_then_the_history_make_one_profile(run):
    run(SEEN)
    row = ROW | {"name": "A Dock", "slug": "a.dock", "domain": "demarches"}
    assert counts(run(row)) == (0, 1, 0, 0, 0)
    assert Profile.objects.get().observations.count() == 1
    assert counts(run(SEEN)) == (0, 0, 1, 0, 0)


@pytest.mark.parametrize("row", [ROW, SEEN], ids=["state", "survey"])
def test_queries_do_not_grow_with_rows(run, row):
    def used(first: int, last: int) -> int:
        rows = [row | {"name": f"Produit {n}", "slug": f"produit-{n}"} for n in range(first, last)]
        with CaptureQueriesContext(connection) as queries:
            run(*rows)
        return len(queries)

    used(0, 1)
    # A batch more is a query more, a row more is none.
    assert used(10, 40) <= used(1, 2) + 2


def test_the_portfolio_on_a_day_follows_dated_passages(run):
    run(
        ROW,
        ROW | {"name": "Autre", "slug": "autre", "phase": "construction", "phases_history": "construction:2030-01-01"},
    )
    run(SEEN)
    assert portfolio_on(date(2024, 5, 13)).total == 0
    assert portfolio_on(date(2024, 5, 14)).count("investigation") == 1
    today = portfolio_on(date(2026, 1, 1))
    assert (today.total, [one.name for one in today.stopped], today.undated) == (1, [ROW["name"]], 1)
    survey = portfolio_on(SURVEYED)
    assert (survey.total, survey.count("acceleration"), survey.source) == (1, 1, SEEN["source"])


def phases_of(profile: Profile) -> str:
    template = Template("{% load portfolio %}{% phases profile now %}")
    return template.render(Context({"profile": profile, "now": datetime(2026, 1, 1, tzinfo=UTC)}))


def test_a_profile_shows_its_phases_and_says_when_it_is_stopped(run):
    run(ROW)
    shown = phases_of(Profile.objects.get())
    assert "Ce produit est arrêté." in shown
    assert shown.index("Investigation") < shown.index("Construction") < shown.index("Arrêté")
    run(SEEN)
    assert "13" in phases_of(Profile.objects.get(slug="a-dock"))
    assert "Accélération" in phases_of(Profile.objects.get(slug="a-dock"))
    assert phases_of(ProfileFactory()).strip() == ""


@needs_real_files
def test_real_files_twice_change_nothing_the_second_time(capsys):
    for name, rows in (("startups.csv", 778), ("startups_etat.csv", 662), ("startups_etat_2019.csv", 93)):
        assert counts(import_real(SHARED / name, capsys)) == (rows, 0, 0, 0, 0)
    before = everything()
    for name, rows in (("startups.csv", 778), ("startups_etat.csv", 662), ("startups_etat_2019.csv", 93)):
        assert counts(import_real(SHARED / name, capsys)) == (0, 0, rows, 0, 0)
    assert everything() == before
    assert Profile.objects.filter(kind=Profile.Kind.STATE_START_UP).count() == 662 + 10
    portfolio = portfolio_on(SURVEYED)
    found = {phase: portfolio.count(phase) for phase in ("consolidation", "acceleration", "construction", "abandon")}
    assert found == {"consolidation": 14, "acceleration": 34, "construction": 28, "abandon": 17}


def test_both_formats_name_missing_columns(tmp_path):
    for columns, telling in ((COLUMNS, "sponsors"), (SURVEY_COLUMNS, "incubator")):
        path = tmp_path / "short.csv"
        path.write_text(",".join(one for one in columns if one != telling) + "\n", encoding="utf-8")
        with pytest.raises(CommandError, match=f"Il manque des colonnes.*{telling}"):
            call_command("import_startups", str(path))
