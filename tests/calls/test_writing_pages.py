"""A call written and published through the pages, by two people, with mistakes on the way."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from marketplace.accounts.actors import Actor
from marketplace.journal import clock
from marketplace.journal.outbox import drain
from procurement.calls.models import Call, SubmissionPeriod, TeamRole
from procurement.calls.services import drafts
from procurement.submissions.custody import Appointee, appoint_custodians, prepare_keys, rehearse_custodian
from tests.calls.builders import Team, make_team, plan_candidatures, team_user, write_call
from tests.factories import MembershipFactory, OrganisationFactory, make, within_act

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2027, 1, 12, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def moving() -> Iterator[clock.MovingClock]:
    with clock.rehearsal(NOW) as moving:
        yield moving


@pytest.fixture
def team(settings: Any) -> Team:
    settings.PROFILE_DECLARED_ON = "2026-01-02"
    return make_team()


def client_of(actor: Actor) -> Client:
    client = Client()
    client.force_login(team_user(actor))
    return client


def rows(prefix: str, *values: dict[str, Any]) -> dict[str, Any]:
    """What a browser posts for rows of the same kind."""
    data = {f"{prefix}-TOTAL_FORMS": str(len(values)), f"{prefix}-INITIAL_FORMS": "0"}
    for number, row in enumerate(values):
        data |= {f"{prefix}-{number}-{name}": value for name, value in row.items() if not isinstance(value, list)}
        for name, inner in row.items():
            if isinstance(inner, list):
                data |= rows(f"{prefix}-{number}-{name}", *inner)
    return data


def part(prefix: str, **values: Any) -> dict[str, Any]:
    return {f"{prefix}-{name}": value for name, value in values.items()}


def begin(client: Client) -> Call:
    answer = client.post(
        reverse("calls:new"),
        {
            "title": "Trouver le bon quai de bus",
            "procedure": "formalised",
            "procedure_reasons": "Rien de disponible ne répond au besoin, et la valeur dépasse le seuil.",
        },
    )
    call = Call.objects.get()
    assert answer.url == reverse("calls:write", args=[call.reference, "besoin"])
    assert call.procedure_reasons.startswith("Rien de disponible")
    return call


SCREENS: dict[str, dict[str, Any]] = {
    "besoin": part(
        "call", title="Trouver le bon quai de bus", object="Mettre au point un guidage, puis l’acheter.",
        domain="mobilite", cpv="60000000-8", nature="services",
    ) | part(
        "need", problem="Les personnes aveugles ratent leur bus une fois sur cinq.", users="Voyageurs aveugles",
        expected_results="Neuf bus attrapés sur dix", sustainable_development="Moins de trajets en voiture",
        innovation_reasons="Aucun guidage ne marche quand les quais changent",
    ),
    "sourcage": rows(
        "sources",
        *(
            {"kind": kind, "searched_on": "2027-01-05", "query": "guidage", "result": "trois", "reason": "fixe"}
            for kind in ("catalogue", "award_notices", "european_and_open_source", "firms_met")
        ),
    ) | part("study", conclusion="Rien ne convient.", rechecked_on="2027-01-12", is_signed="on"),
    "phases": part("partners", partner_mode="several", partners_max="3", estimated_acquisition_ht="90 000")
    | rows(
        "phases",
        {
            "kind": "research", "name": "Explorer", "duration_months": "3", "remuneration_fixed_ht": "12 000",
            "remuneration_result_ht": "", "partners_max": "3", "deliverables": "Maquette\nRapport d’essai",
            "ip_results": "Licence d’usage à l’acheteur", "acceptance_days": "30",
            "objectives": [{"indicator": "Bons quais trouvés", "comparison": "at_least", "target": "80", "unit": "%"}],
        },
        {
            "kind": "acquisition", "name": "Adopter", "duration_months": "24", "remuneration_fixed_ht": "90 000",
            "partners_max": "1", "deliverables": "Service en production", "ip_results": "Licence d’usage",
            "objectives": [{"indicator": "Quais équipés", "comparison": "at_least", "target": "22", "unit": "quais"}],
        },
    )
    | part(
        "acquisition", unit_cost_max_ht="4 000", total_cost_max_ht="90 000", quantity_max="22", quantity_unit="quai",
        split="ranking", split_shares="60 ; 40",
    )
    | rows(
        "levels", {"indicator": "Bons quais trouvés", "comparison": "at_least", "pass_mark": "95", "unit": "%"}
    ),
    "criteres": rows("requirements", {"text": "Fonctionner sans borne fixe", "is_minimum": "on"})
    | part("invited", candidates_min="3", candidates_max="5")
    | rows(
        "selection",
        {"name": "Recherche et innovation", "weight": "60", "is_innovation": "on"},
        {"name": "Déploiement", "weight": "40"},
    )
    | rows(
        "award",
        {"name": "Utilité", "weight": "50", "tag": "quality", "children": [
            {"name": "Essais", "weight": "60"}, {"name": "Démarche", "weight": "40"}]},
        {"name": "Environnement", "weight": "10", "tag": "environment", "children": []},
        {"name": "Prix", "weight": "40", "tag": "price", "children": []},
    ),
    "dates": part(
        "dates", launch_date="2027-01-12", opens_at_day="2027-01-12", opens_at_hour="10:00",
        closes_at_day="2027-02-18", closes_at_hour="12:00", expected_documents="Présentation de l’équipe",
        megabytes_per_file="200", megabytes_in_all="1000", files_max="50",
    ),
    "documents": part(
        "documents", place="Gare routière", court_name="Tribunal administratif de Rennes", court_address="Rennes",
    ) | part(
        "clauses", gate_powers="Continuer, réduire ou arrêter", gate_partner_choice="Selon les objectifs",
        gate_financial_consequences="Ce qui est accepté est payé", gate_notice_days="15",
        gate_notification="Par le profil", vat_rate="20", advance_rate="30", price_form="firm",
        price_month="2027-01-01", ccag="CCAG-TIC", environmental_clause="Empreinte mesurée", social_clause="Insertion",
        tender_validity_days="180",
    ),
}  # fmt: skip


def write_all(client: Client, call: Call) -> None:
    for code, data in SCREENS.items():
        page = client.get(reverse("calls:write", args=[call.reference, code]))
        assert page.status_code == 200
        answer = client.post(page.request["PATH_INFO"], data)
        assert answer.status_code == 302, (code, errors_of(answer))


def errors_of(answer: HttpResponse) -> list[Any]:
    return [getattr(one, "errors", None) for one in (answer.context or {}).get("parts", {}).values()]


def compose(client: Client, team: Team, call: Call) -> None:
    for actor, role in [
        (team.validator, TeamRole.VALIDATOR),
        (team.evaluator, TeamRole.EVALUATOR),
        (team.signatory, TeamRole.SIGNATORY),
        *((custodian, TeamRole.CUSTODIAN) for custodian in team.custodians),
    ]:
        data = {"email": team_user(actor).email.upper(), "role": role}
        assert client.post(reverse("calls:team", args=[call.reference]), data).status_code == 302


def give_keys(team: Team, call: Call) -> None:
    appointees = [Appointee(user=team_user(custodian)) for custodian in team.custodians]
    kits = appoint_custodians(call=call, appointees=appointees, actor=team.author, now=NOW)
    for period in SubmissionPeriod.objects.filter(lot__call=call):
        prepare_keys(period=period, actor=team.author, now=NOW)
        for custodian, kit in zip(team.custodians, kits, strict=True):
            rehearse_custodian(period=period, identity=kit.identity, actor=custodian, now=NOW)


SENT = {"sent_at_day": "2027-01-12", "sent_at_hour": "10:00"}
PUBLISHED = {"published_at_day": "2027-01-12", "published_at_hour": "10:00"}


def test_a_call_is_written_in_seven_screens_checked_and_published_by_a_second_person(team: Team):
    author, validator = client_of(team.author), client_of(team.validator)
    call = begin(author)
    write_all(author, call)
    compose(author, team, call)
    assert client_of(team.reader).post(reverse("calls:read_study", args=[call.reference])).status_code == 302
    give_keys(team, call)
    assert validator.post(reverse("calls:team", args=[call.reference]), {"visa": "1", "kind": "juridique"}).url
    check = reverse("calls:check", args=[call.reference])
    page = validator.get(check)
    # What remains is said by the documents, once they are online.
    assert {one.rule for one, _screen in page.context["blocking"]} == {"LR-35", "LR-52"}
    validator.post(reverse("calls:put_online", args=[call.reference]))
    drain()
    sendings = rows(
        "sendings",
        {"channel": "boamp", "receipt_number": "27-1234", **SENT},
        {"channel": "joue", "receipt_number": "2027/S 008-1", **SENT, **PUBLISHED},
    )
    publish = reverse("calls:publish", args=[call.reference])
    first = validator.post(publish, sendings)
    reasons = {f"accept-{one.rule}": "Choix expliqué au dossier." for one in first.context["form"].findings} if (
        first.status_code == 422
    ) else {}  # fmt: skip
    answer = validator.post(publish, sendings | reasons) if reasons else first
    assert answer.status_code == 302, answer.context and answer.context.get("reasons")
    call.refresh_from_db()
    assert call.is_published
    assert "Cet appel est publié" in validator.get(check).content.decode()


@pytest.mark.law("LR-64")
def test_nothing_of_a_published_call_is_written_by_the_pages(team: Team):
    author = client_of(team.author)
    call = write_call(team, NOW)
    plan_candidatures(call, team, NOW)
    call.criteria_digest = "0" * 64
    within_act(call.save, chain=call.chain, at=NOW)
    for code, data in SCREENS.items():
        answer = author.post(reverse("calls:write", args=[call.reference, code]), data)
        assert answer.status_code == 422, code
    assert Call.objects.get(pk=call.pk).title == "Prévoir l’affluence aux arrêts de bus"


def test_a_mistake_is_said_beside_its_field_and_nothing_typed_is_lost(team: Team):
    author = client_of(team.author)
    call = begin(author)
    wrong = SCREENS["criteres"] | {"award-0-weight": "cent quarante", "award-1-name": ""}
    answer = author.post(reverse("calls:write", args=[call.reference, "criteres"]), wrong)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="cent quarante"' in html
    assert "Indiquez un pourcentage entre 0 et 100" in html
    assert '<a href="#id_award-1-name">' in html
    assert "Fonctionner sans borne fixe" in html


def test_a_row_is_added_without_any_program_in_the_browser(team: Team):
    author = client_of(team.author)
    call = begin(author)
    url = reverse("calls:write", args=[call.reference, "phases"])
    answer = author.post(url, SCREENS["phases"] | {"add": "phases-0-objectives"})
    html = answer.content.decode()
    assert answer.status_code == 200
    assert 'name="phases-0-objectives-1-indicator"' in html
    assert "Bons quais trouvés" in html
    assert "points sont à corriger" not in html
    assert not call.lots.get().phases.exists()


def test_two_authors_on_one_screen_lose_nothing(team: Team):
    author, colleague = client_of(team.author), client_of(team.evaluator)
    call = begin(author)
    drafts.give_role(call=call, user=team_user(team.evaluator), role=TeamRole.AUTHOR, actor=team.author, now=NOW)
    url = reverse("calls:write", args=[call.reference, "besoin"])
    typed = SCREENS["besoin"] | {"version": "0"}
    headers = {"X-Autosave": "1"}
    assert author.post(url, typed, headers=headers).json()["version"] == 1
    answer = colleague.post(url, typed | {"need-problem": "Autre texte"}, headers=headers)
    assert answer.status_code == 409
    assert answer.json()["values"]["need-problem"].startswith("Les personnes aveugles")
    again = colleague.get(url).content.decode()
    assert "Les personnes aveugles ratent leur bus" in again
    assert "Vous reprenez une saisie en cours" in again


def test_dates_may_be_written_again_until_keys_are_made(team: Team):
    author = client_of(team.author)
    call = begin(author)
    url = reverse("calls:write", args=[call.reference, "dates"])
    author.post(url, SCREENS["dates"])
    author.post(url, SCREENS["dates"] | {"dates-closes_at_day": "2027-02-19"})
    period = SubmissionPeriod.objects.get()
    assert period.closes_at().date().isoformat() == "2027-02-19"
    assert period.bytes_per_file == 200 * 10**6


@pytest.mark.law("LR-01")
def test_a_study_is_read_by_somebody_who_does_not_write_the_call_and_again_when_it_changes(team: Team):
    author, reader = client_of(team.author), client_of(team.reader)
    call = begin(author)
    url = reverse("calls:read_study", args=[call.reference])
    assert reader.post(url).status_code == 422
    author.post(reverse("calls:write", args=[call.reference, "sourcage"]), SCREENS["sourcage"])
    assert author.post(url).status_code == 403
    assert reader.post(url).status_code == 302
    call = Call.objects.get()
    assert call.supply_study.reader_id == team.reader.user_id
    changed = SCREENS["sourcage"] | {"study-conclusion": "Une autre conclusion."}
    author.post(reverse("calls:write", args=[call.reference, "sourcage"]), changed)
    assert Call.objects.get().supply_study.reader_id is None


def test_the_file_of_a_call_does_not_exist_for_others(team: Team):
    call = write_call(team, NOW)
    rival = client_of(Actor.of(make(MembershipFactory, organisation=make(OrganisationFactory))))
    neighbour = client_of(make_team().author)
    pages = [
        reverse("calls:write", args=[call.reference, "besoin"]),
        *(reverse(f"calls:{name}", args=[call.reference]) for name in ("check", "publish", "team", "periods")),
    ]
    for url in pages:
        assert [who.get(url).status_code for who in (rival, neighbour)] == [404, 404]
        assert rival.post(url, {}).status_code == 404
        assert Client().get(url).status_code == 302


def test_the_author_alone_does_not_publish(team: Team):
    call = write_call(team, NOW)
    author = client_of(team.author)
    for name in ("publish", "put_online"):
        answer = author.post(reverse(f"calls:{name}", args=[call.reference]), {})
        assert answer.status_code == 403
        assert "validation" in answer.content.decode()


def test_a_firm_begins_no_call(team: Team):
    rival = client_of(Actor.of(make(MembershipFactory, organisation=make(OrganisationFactory))))
    assert rival.get(reverse("calls:new")).status_code == 404
    assert rival.get(reverse("calls:write", args=[f"PI-{uuid.uuid4()}", "besoin"])).status_code == 404


def test_a_deadline_moves_for_all_with_its_reason(team: Team, moving: clock.MovingClock):
    call = write_call(team, NOW)
    [period] = plan_candidatures(call, team, NOW)
    moving.advance(timedelta(hours=1))
    url = reverse("calls:extend", args=[call.reference, 1])
    validator = client_of(team.validator)
    earlier = {"closes_at_day": "2027-01-20", "closes_at_hour": "12:00", "reason": "Erreur"}
    assert "ne peut qu’être repoussée" in validator.post(url, earlier).content.decode()
    later = {"closes_at_day": "2027-03-02", "closes_at_hour": "12:00", "reason": "Documents complétés"}
    assert validator.post(url, later).status_code == 302
    assert SubmissionPeriod.objects.get(pk=period.pk).closes_at().date().isoformat() == "2027-03-02"
    assert client_of(team.author).post(url, later).status_code == 403
