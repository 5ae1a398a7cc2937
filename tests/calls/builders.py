"""A call that could be published, written through the acts of the room; other rooms' tests start from it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Organisation
from procurement.calls.models import Call, Lot, SubmissionPeriod, TeamRole
from procurement.calls.services import drafts, periods
from procurement.calls.services.publishing import Sending
from tests.factories import MembershipFactory, OrganisationFactory, make


@dataclass
class Team:
    """The people of a buyer, one role each; custodians and the study's reader are distinct persons."""

    buyer: Organisation
    author: Actor
    validator: Actor
    evaluator: Actor
    custodians: tuple[Actor, Actor, Actor]
    signatory: Actor
    reader: Actor


def make_team(buyer: Organisation | None = None) -> Team:
    """A verified buyer with nine people."""
    buyer = buyer or make(OrganisationFactory, buyer=True)
    people = [Actor.of(make(MembershipFactory, organisation=buyer)) for _ in range(8)]
    return Team(
        buyer=buyer,
        author=people[0],
        validator=people[1],
        evaluator=people[2],
        custodians=(people[3], people[4], people[5]),
        signatory=people[6],
        reader=people[7],
    )


def write_call(team: Team, now: datetime, *, lots: int = 1, **fields: object) -> Call:
    """A call with everything that publication asks, but for the period and its keys."""
    call = drafts.create_call(
        buyer=team.buyer,
        title="Prévoir l’affluence aux arrêts de bus",
        actor=team.author,
        now=now,
        **{
            "object": "Mettre au point puis acheter un service qui prévoit l’affluence aux arrêts.",
            "cpv": "60000000-8",
            "domain": "mobilite",
            "procedure": Call.Procedure.FORMALISED,
            "partner_mode": Call.PartnerMode.SEVERAL,
            "candidates_min": 3,
            "candidates_max": 5,
            "launch_date": now.date(),
            "no_lots_reason": "Un seul réseau, un seul terrain d’essai.",
            **fields,
        },
    )
    common = {"actor": team.author, "now": now}
    user = team_user
    for actor, role in [
        (team.validator, TeamRole.VALIDATOR),
        (team.evaluator, TeamRole.EVALUATOR),
        (team.signatory, TeamRole.SIGNATORY),
        *((custodian, TeamRole.CUSTODIAN) for custodian in team.custodians),
    ]:
        drafts.give_role(call=call, user=user(actor), role=role, **common)
    drafts.save_need(
        call=call,
        fields={
            "problem": "Personne ne sait, une heure avant, quels bus seront pleins.",
            "users": "Voyageurs et régulateurs",
            "expected_results": "Une prévision fiable à soixante minutes",
            "sustainable_development": "Remplir les bus plutôt que les multiplier",
            "innovation_reasons": "Aucun modèle connu ne traite les petits réseaux",
            "innovation_indicators": ["research_needed"],
        },
        **common,
    )
    drafts.save_consulted_firms(
        call=call,
        rows=[{"name": "Prédibus", "met_on": now.date(), "information": "Plan du réseau et comptages de 2025"}],
        **common,
    )
    drafts.save_supply_study(
        call=call,
        fields={
            "author_id": team.author.user_id,
            "signed_at": now,
            "reader_id": team.reader.user_id,
            "read_at": now,
            "rechecked_on": now.date(),
            "conclusion": "Aucune solution trouvée ne répond au besoin.",
        },
        sources=[
            {
                "kind": kind,
                "searched_on": now.date(),
                "query": "prévision affluence bus",
                "result": "trois produits proches",
                "reason": "aucun ne prévoit arrêt par arrêt",
            }
            for kind in ("catalogue", "award_notices", "european_and_open_source", "firms_met")
        ],
        **common,
    )
    estimate = {"partners_max": 2, "estimated_acquisition_ht": Decimal(400000)}
    rows = [{"title": f"Réseau {number}", **estimate} for number in range(lots)]
    for lot in drafts.save_lots(call=call, lots=rows, **common):
        write_lot(lot, team, now)
    return call


def team_user(actor: Actor) -> object:
    """The person behind an actor."""
    return actor.membership().user


def write_lot(lot: Lot, team: Team, now: datetime) -> None:
    """Requirements, criteria, phases, acquisition and clauses of a lot."""
    common = {"lot": lot, "actor": team.author, "now": now}
    drafts.save_requirements(
        rows=[
            {"text": "Fonctionner avec les données ouvertes du réseau", "is_minimum": True},
            {"text": "Afficher la prévision à l’arrêt"},
        ],
        **common,
    )
    drafts.save_selection_criteria(
        rows=[
            {"name": "Équipe de recherche et capacité d’innovation", "weight": 6000, "is_innovation": True},
            {"name": "Capacité à déployer", "weight": 4000},
        ],
        **common,
    )
    drafts.save_award_criteria(
        rows=[
            {"name": "Qualité de la prévision", "weight": 5000, "tag": "quality"},
            {"name": "Empreinte environnementale", "weight": 1000, "tag": "environment"},
            {"name": "Prix", "weight": 4000, "tag": "price", "formula": "lowest_over_price"},
        ],
        **common,
    )
    drafts.save_phases(
        rows=[
            {
                "kind": "research",
                "name": "Explorer",
                "duration_months": 6,
                "remuneration_fixed_ht": Decimal(60000),
                "remuneration_result_ht": Decimal(10000),
                "partners_max": 2,
                "ip_background": "Chacun garde ce qu’il avait",
                "ip_results": "Titres au partenaire, licence d’usage à l’acheteur",
                "ip_open_source": "Interfaces publiées sous licence libre",
                "acceptance_days": 30,
                "objectives": [
                    {"indicator": "Erreur moyenne", "comparison": "at_most", "target": Decimal(20), "unit": "%"}
                ],
                "deliverables": [{"name": "Maquette"}, {"name": "Rapport d’essai"}],
            },
            {
                "kind": "acquisition",
                "name": "Adopter",
                "duration_months": 24,
                "remuneration_fixed_ht": Decimal(200000),
                "partners_max": 1,
                "ip_results": "Licence d’usage",
                "objectives": [{"indicator": "Arrêts équipés", "target": Decimal(100), "unit": "arrêts"}],
                "deliverables": [{"name": "Service en production"}],
            },
        ],
        **common,
    )
    drafts.save_acquisition(
        fields={
            "unit_cost_max_ht": Decimal(2000),
            "total_cost_max_ht": Decimal(200000),
            "quantity_max": 100,
            "quantity_unit": "arrêt",
            "split": "ranking",
            "split_shares": [6000, 4000],
        },
        levels=[
            {
                "indicator": "Erreur moyenne à soixante minutes",
                "comparison": "at_most",
                "pass_mark": Decimal(15),
                "unit": "%",
                "test_method": "Quatre semaines de relevés comparés",
            }
        ],
        **common,
    )
    drafts.save_terms(
        fields={
            "gate_powers": "Continuer, modifier d’accord, réduire le nombre de partenaires ou arrêter",
            "gate_partner_choice": "Classement sur les objectifs de la phase",
            "gate_financial_consequences": "La phase faite est payée, sans autre indemnité",
            "gate_notice_days": 30,
            "gate_notification": "Sur le profil d’acheteur, avec accusé de lecture",
            "advance_rate": 3000,
            "price_form": "firm",
            "price_month": date(2026, 11, 1),
            "ccag": "CCAG-TIC du 30 mars 2021",
            "ccag_departures": "Pénalités : article 14.1",
            "place": "Réseau de l’acheteur",
            "environmental_clause": "Hébergement sobre, mesuré chaque année",
            "social_clause": "Heures d’insertion au déploiement",
            "confidentiality": "Chacun garde secret ce que l’autre désigne",
            "personal_data_processed": False,
            "court_name": "Tribunal administratif de Rennes",
            "court_address": "3 contour de la Motte, 35044 Rennes",
            "tender_validity_days": 180,
        },
        **common,
    )


def plan_candidatures(call: Call, team: Team, now: datetime, *, days: int = 36) -> list[SubmissionPeriod]:
    """A candidature period for each lot, closing at noon in Paris winter time after so many days."""
    closes = (now + timedelta(days=days)).replace(hour=11, minute=0, second=0, microsecond=0)
    return [
        periods.plan_period(
            lot=lot, kind="candidature", opens_at=now, closes_at=closes, actor=team.author, now=now,
            expected_documents={"candidature": ["Présentation de l’équipe"]},
        )
        for lot in call.lots.all()
    ]  # fmt: skip


def sendings(now: datetime) -> list[Sending]:
    """The notice sent to BOAMP and JOUE, with the numbers they gave."""
    return [
        Sending(channel="boamp", sent_at=now, receipt_number="26-123456"),
        Sending(channel="joue", sent_at=now, receipt_number="2026/S 226-654321", published_at=now),
    ]
