"""What people type in the pages of a call: every screen, as a browser posts it."""

from datetime import UTC, datetime
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from marketplace.accounts.actors import Actor
from procurement.calls.models import Call, SubmissionPeriod, TeamRole
from procurement.submissions.custody import Appointee, appoint_custodians, prepare_keys, rehearse_custodian
from tests.calls.builders import Team, team_user

NOW = datetime(2027, 1, 12, 9, 0, tzinfo=UTC)


def client_of(actor: Actor) -> Client:
    """A browser in which the person behind an actor is signed in."""
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
    """What a browser posts for one form of a screen."""
    return {f"{prefix}-{name}": value for name, value in values.items()}


# Research for three partners and one acquisition: 240 000 € HT in all, above the threshold of a local authority.
SCREENS: dict[str, dict[str, Any]] = {
    "besoin": part(
        "call", title="Trouver le bon quai de bus", object="Mettre au point un guidage, puis l’acheter.",
        domain="mobilite", cpv="60000000-8", nature="services", no_lots_reason="Un seul terrain d’essai",
    ) | part(
        "need", problem="Les personnes aveugles ratent leur bus une fois sur cinq.", users="Voyageurs aveugles",
        expected_results="Neuf bus attrapés sur dix", sustainable_development="Moins de trajets en voiture",
        innovation_reasons="Aucun guidage ne marche quand les quais changent",
        innovation_indicators=["research_needed"],
    ) | rows("lots", {"title": "Trouver le bon quai de bus", "object": ""}) | rows("co_buyers"),
    "sourcage": rows(
        "sources",
        *(
            {"kind": kind, "searched_on": "2027-01-05", "query": "guidage", "result": "trois", "reason": "fixe"}
            for kind in ("catalogue", "award_notices", "european_and_open_source", "firms_met")
        ),
    ) | rows(
        "firms", {"name": "Voie Douce", "met_on": "2027-01-05", "information": "Le plan des quais"}
    ) | part("study", conclusion="Rien ne convient.", rechecked_on="2027-01-12", is_signed="on"),
    "phases": part("partners", partner_mode="several", partners_max="3", estimated_acquisition_ht="90 000")
    | rows(
        "phases",
        {
            "kind": "research", "name": "Explorer", "duration_months": "3", "remuneration_fixed_ht": "50 000",
            "remuneration_result_ht": "", "partners_max": "3", "deliverables": "Maquette\nRapport d’essai",
            "ip_background": "À chacun les siens", "ip_results": "Licence d’usage à l’acheteur",
            "ip_open_source": "Composants nommés", "acceptance_days": "30",
            "objectives": [{"indicator": "Bons quais trouvés", "comparison": "at_least", "target": "80", "unit": "%"}],
        },
        {
            "kind": "acquisition", "name": "Adopter", "duration_months": "24", "remuneration_fixed_ht": "90 000",
            "partners_max": "1", "deliverables": "Service en production",
            "ip_background": "À chacun les siens", "ip_results": "Licence d’usage",
            "ip_open_source": "Composants nommés", "acceptance_days": "30",
            "objectives": [{"indicator": "Quais équipés", "comparison": "at_least", "target": "22", "unit": "quais"}],
        },
    )
    | part(
        "acquisition", unit_cost_max_ht="4 000", total_cost_max_ht="90 000", quantity_max="22", quantity_unit="quai",
        split="ranking", split_shares="60 ; 40",
    )
    | rows(
        "levels", {"indicator": "Bons quais trouvés", "comparison": "at_least", "pass_mark": "95", "unit": "%",
         "test_method": "Cent trajets accompagnés"}
    ),
    "criteres": rows("requirements", {"text": "Fonctionner sans borne fixe", "is_minimum": "on"})
    | part("invited", candidates_min="3", candidates_max="5")
    | part("capacity", young_firms_admitted="on")
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
        closes_at_day="2027-02-18", closes_at_hour="12:00", candidature="Présentation de l’équipe",
        megabytes_per_file="200", megabytes_in_all="1000", files_max="50",
    ),
    "documents": part(
        "documents", place="Gare routière", budget_line="2188-45", accounting_officer="Service de gestion comptable",
        court_name="Tribunal administratif de Rennes", court_address="Rennes", personal_data_processed="no",
    ) | part(
        "clauses", gate_powers="Continuer, réduire ou arrêter", gate_partner_choice="Selon les objectifs",
        gate_financial_consequences="Ce qui est accepté est payé", gate_notice_days="15",
        gate_notification="Par le profil", vat_rate="20", advance_rate="30", price_form="firm",
        price_month="2027-01-01", ccag="CCAG-TIC", ccag_departures="aucune", confidentiality="Chacun garde secret",
        environmental_clause="Empreinte mesurée", social_clause="Insertion",
        tender_validity_days="180",
    ),
}  # fmt: skip

# One mistake for each screen: what is typed, and the words beside it.
MISTAKES: dict[str, tuple[dict[str, str], str]] = {
    "besoin": ({"call-title": ""}, "Remplissez ce champ."),
    "sourcage": ({"sources-1-searched_on": "le mois dernier"}, "Indiquez un jour qui existe"),
    "phases": ({"phases-0-remuneration_fixed_ht": "beaucoup"}, "Indiquez un montant en chiffres"),
    "criteres": ({"award-0-weight": "cent quarante"}, "Indiquez un pourcentage entre 0 et 100"),
    "dates": ({"dates-closes_at_hour": "03:00"}, "personne ne doit veiller"),
    "documents": ({"documents-deposit_at": "chez nous"}, "commence par https://"),
}

SENT = {"sent_at_day": "2027-01-12", "sent_at_hour": "10:00"}
PUBLISHED = {"published_at_day": "2027-01-12", "published_at_hour": "10:00"}
BOAMP = {"channel": "boamp", "receipt_number": "27-1234", **SENT}
JOUE = {"channel": "joue", "receipt_number": "2027/S 008-1", **SENT, **PUBLISHED}


def begin(client: Client, procedure: str = "formalised") -> Call:
    """The page that begins a call, handed in."""
    answer = client.post(
        reverse("calls:new"),
        {
            "title": "Trouver le bon quai de bus",
            "procedure": procedure,
            "procedure_reasons": "Rien de disponible ne répond au besoin.",
        },
    )
    call = Call.objects.latest("created_at")
    assert answer.url == reverse("calls:write", args=[call.reference, "besoin"])
    return call


def url_of(call: Call, code: str) -> str:
    """Address of a screen."""
    return reverse("calls:write", args=[call.reference, code])


def errors_of(answer: HttpResponse) -> list[Any]:
    """What the screen said, for the message of a failing test."""
    return [getattr(one, "errors", None) for one in (answer.context or {}).get("parts", {}).values()]


def write(client: Client, call: Call, code: str, **changes: Any) -> HttpResponse:
    """One screen handed in, with the answers of `SCREENS` but for `changes` (a double underscore stands for a dash)."""
    return client.post(url_of(call, code), SCREENS[code] | {name.replace("__", "-"): v for name, v in changes.items()})


def team_rows(team: Team) -> dict[str, Any]:
    """The screen of the team, as an author fills it."""
    people = [
        (team.validator, TeamRole.VALIDATOR),
        (team.evaluator, TeamRole.EVALUATOR),
        (team.signatory, TeamRole.SIGNATORY),
        *((custodian, TeamRole.CUSTODIAN) for custodian in team.custodians),
    ]
    return rows("roles", *({"email": team_user(actor).email.upper(), "role": role} for actor, role in people))


def give_keys(team: Team, call: Call) -> None:
    """The custodians prove that they hold the keys, on the pages of another room."""
    appointees = [Appointee(user=team_user(custodian)) for custodian in team.custodians]
    kits = appoint_custodians(call=call, appointees=appointees, actor=team.author, now=NOW)
    for period in SubmissionPeriod.objects.filter(lot__call=call):
        prepare_keys(period=period, actor=team.author, now=NOW)
        for custodian, kit in zip(team.custodians, kits, strict=True):
            rehearse_custodian(period=period, identity=kit.identity, actor=custodian, now=NOW)
