"""The import: the same file twice changes nothing, a bad row says why, a person's words are never written over."""

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from cms.catalogue import search
from cms.catalogue.importing.companies import COLUMNS
from cms.catalogue.models import Profile
from tests.factories import OrganisationFactory, make, siren

pytestmark = pytest.mark.django_db
REAL = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "startups.csv"

GOOD = {
    "name": "Tramélys",
    "siren": siren(1),
    "website": "https://tramelys.example/",
    "summary_fact": "Guide vers le bon quai de bus.",
    "domain": "mobilite",
    "region": "Provence-Alpes-Côte d'Azur",
    "city": "Marseille",
    "created_year": "2021",
    "source": "Exemple, Licence Ouverte 2.0",
}


@pytest.fixture
def run(tmp_path, capsys):
    def run(*rows: dict | str, header: str = ",".join(COLUMNS)) -> dict:
        path = tmp_path / "file.csv"
        lines = [row if isinstance(row, str) else ",".join(f'"{row[c]}"' for c in COLUMNS) for row in rows]
        path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
        capsys.readouterr()
        call_command("import_startups", str(path), "--json")
        return json.loads(capsys.readouterr().out)

    return run


def counts(outcome: dict) -> tuple[int, ...]:
    return (*(outcome[key] for key in ("created", "updated", "unchanged", "kept")), len(outcome["rejected"]))


def test_a_row_becomes_a_published_profile_that_names_its_source(run, client):
    assert counts(run(GOOD)) == (1, 0, 0, 0, 0)
    profile = Profile.objects.get()
    assert (profile.slug, profile.region, profile.founded_year) == ("tramelys", "provence-alpes-cote-d-azur", 2021)
    assert [domain.slug for domain in profile.domains.all()] == ["mobilite"]
    assert profile.live
    assert profile.reviewed_at is None
    assert client.get(profile.get_absolute_url()).status_code == 200
    assert client.get("/catalogue/", {"q": "quais de transport"}).context["count"] == 1


def test_the_same_file_twice_changes_nothing(run):
    run(GOOD)
    before = Profile.objects.values().get()
    assert counts(run(GOOD)) == (0, 0, 1, 0, 0)
    assert Profile.objects.values().get() == before


def test_a_changed_row_brings_its_profile_up_to_date_at_the_same_address(run):
    run(GOOD)
    assert counts(run(GOOD | {"name": "Tramélys Groupe", "domain": "solidarite"})) == (0, 1, 0, 0, 0)
    profile = Profile.objects.get()
    assert (profile.slug, profile.name) == ("tramelys", "Tramélys Groupe")
    assert [domain.slug for domain in profile.domains.all()] == ["solidarite"]
    assert search.having_all(Profile.objects.all(), search.terms_of("groupe")).count() == 1
    assert search.having_all(Profile.objects.all(), search.terms_of("mobilité")).count() == 0


def test_without_a_siren_the_name_tells_the_company(run):
    run(GOOD | {"siren": ""})
    assert counts(run(GOOD | {"siren": "", "name": "TRAMELYS", "city": "Nice"})) == (0, 1, 0, 0, 0)
    assert counts(run(GOOD)) == (0, 1, 0, 0, 0)


def test_two_sirens_are_two_companies_even_under_one_name(run):
    assert counts(run(GOOD)) == (1, 0, 0, 0, 0)
    assert counts(run(GOOD | {"siren": siren(2)})) == (1, 0, 0, 0, 0)
    assert set(Profile.objects.values_list("slug", flat=True)) == {"tramelys", f"tramelys-{siren(2)}"}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"name": "  "}, "Le nom est vide."),
        ({"siren": "999000001"}, "Ce SIREN ne passe pas le contrôle"),
        ({"website": "javascript:alert(1)"}, "Écrivez l’adresse entière du site"),
        ({"website": "https://nom:secret@exemple.fr"}, "Écrivez l’adresse entière du site"),
        ({"domain": "licorne"}, "Le domaine « licorne » n’existe pas"),
        ({"region": "Atlantide"}, "La région « Atlantide » n’existe pas."),
        ({"created_year": "2999"}, "L’année de création doit être entre"),
        ({"created_year": "vingt"}, "n’est pas un nombre"),
        ({"summary_fact": "x" * 201}, "dépasse 200 signes"),
    ],
)
def test_a_bad_row_is_refused_with_its_line_and_reason_and_the_others_pass(run, change, reason):
    other = GOOD | {"name": "Autre", "siren": ""}
    outcome = run(other, GOOD | change)
    assert counts(outcome) == (1, 0, 0, 0, 1)
    (refusal,) = outcome["rejected"]
    assert refusal["line"] == 3
    assert reason in refusal["reason"]


def test_lines_are_those_of_the_file_even_after_a_cell_of_two_lines(run):
    outcome = run(GOOD | {"summary_fact": "Une\nphrase."}, "trop,peu")
    assert outcome["rejected"][0]["line"] == 4
    assert "nombre de cellules" in outcome["rejected"][0]["reason"]
    assert Profile.objects.get().tagline == "Une phrase."


def test_the_same_company_twice_in_a_file_is_told(run):
    outcome = run(GOOD, GOOD | {"siren": ""})
    assert outcome["rejected"] == [
        {"line": 3, "name": "Tramélys", "reason": "La même entreprise figure déjà à la ligne 2."}
    ]


def test_cells_become_plain_text_that_no_spreadsheet_runs(run):
    run(GOOD | {"name": "=HYPERLINK(1)", "summary_fact": "<b>Utile</b> &amp; sûr\u0007", "city": "@Lyon"})
    profile = Profile.objects.get()
    assert (profile.name, profile.tagline, profile.city) == ("'=HYPERLINK(1)", "Utile & sûr", "'@Lyon")


def test_what_a_person_has_taken_over_is_left_as_it_is(run):
    run(GOOD, GOOD | {"name": "Autre", "siren": ""})
    edited = Profile.objects.get(name="Tramélys")
    edited.tagline = "Nos mots."
    edited.save_revision().publish()
    claimed = Profile.objects.get(name="Autre")
    claimed.organisation = make(OrganisationFactory)
    claimed.save()
    assert counts(run(GOOD, GOOD | {"name": "Autre", "siren": "", "city": "Nice"})) == (0, 0, 0, 2, 0)
    edited.refresh_from_db()
    assert edited.tagline == "Nos mots."


def test_a_file_that_is_not_one_is_refused_whole(tmp_path, run):
    with pytest.raises(CommandError, match="Il manque des colonnes : siren"):
        run(header="name,website,summary_fact,domain,region,city,created_year,source")
    (tmp_path / "latin").write_bytes(f"{','.join(COLUMNS)}\nété,,,,,,,,\n".encode("latin-1"))
    with pytest.raises(CommandError, match="UTF-8"):
        call_command("import_startups", str(tmp_path / "latin"))
    with pytest.raises(CommandError, match="ne peut pas être lu"):
        call_command("import_startups", str(tmp_path / "absent"))


def test_without_json_the_outcome_is_a_sentence(tmp_path, capsys):
    path = tmp_path / "file.csv"
    path.write_text(",".join(COLUMNS) + "\n,,,,,,,,\n", encoding="utf-8")
    call_command("import_startups", str(path))
    told = capsys.readouterr().out
    assert "1 lignes lues" not in told
    assert "ligne 2 (sans nom) : Le nom est vide." in told


def test_an_import_takes_a_number_of_queries_that_rows_do_not_change(run, django_assert_max_num_queries):
    with django_assert_max_num_queries(25):
        run(*(GOOD | {"name": f"Entreprise {n}", "siren": ""} for n in range(100)))


@pytest.mark.skipif(not REAL.exists(), reason="the shared data set lies beside the repository, it is not part of it")
def test_the_real_file_gives_778_profiles_and_nothing_more_the_second_time(capsys):
    call_command("import_startups", str(REAL), "--json")
    assert counts(json.loads(capsys.readouterr().out)) == (778, 0, 0, 0, 0)
    call_command("import_startups", str(REAL), "--json")
    assert counts(json.loads(capsys.readouterr().out)) == (0, 0, 778, 0, 0)
    assert Profile.objects.published().count() == 778
