# ruff: noqa: E501 - what somebody writes stays in one piece
"""The direct purchase of the demonstration (R2122-9-1): two offers compared, one chosen, the contract to prepare."""

from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from marketplace.accounts.actors import Actor
from marketplace.demo.identifiers import fictitious_siren
from marketplace.demo.showcase.halfway import working_day_before
from marketplace.demo.showcase.troupe import Troupe
from marketplace.journal import clock
from procurement.calls.models import Call, TeamRole
from procurement.calls.services import direct, drafts
from procurement.calls.services.orientation import orient
from procurement.law import calendar

PURCHASE = "annoncer-l-arret"
"""Id of the purchase in the guide, beside those of the plans."""
BUYER, CHOSEN, OTHER = "tramelys", "haltela", "ondelise"
ROLES = (("validator", TeamRole.VALIDATOR), ("signatory", TeamRole.SIGNATORY))
BEGUN_BEFORE, DECIDED_BEFORE = 12, 5
MORNING = time(10)
ACT_LASTS = timedelta(minutes=20)

TITLE = "Annoncer l’arrêt à qui ne voit pas l’écran"
OBJECT = "Fourniture, pose et réglage de douze annonceurs sonores aux arrêts de correspondance."
ANSWERS = {
    "title": TITLE,
    "supply": "partial",
    "nature": "supplies",
    "research_ht": Decimal(0),
    "purchases_ht": Decimal(62_000),
    "reasons": "Un produit nouveau répond presque seul : il reste à le poser et à le régler, sans recherche.",
}
NEED = {
    "problem": "Un voyageur aveugle sur cinq manque son car : l’écran de l’arrêt ne lui dit rien.",
    "innovation_indicators": ["improved_product"],
    "innovation_reasons": "L’annonce part à l’approche de la personne, sans badge ni téléphone. Aucun matériel connu ne le fait à l’arrêt.",
}
COMPARISON = "Deux matériels vus à l’essai. Celui de Halte-Là parle à l’approche et se règle sans fil ; l’autre demande un badge et coûte davantage."
OPINIONS = {
    CHOSEN: (Decimal(62_000), "Annonce à l’approche, réglage à distance, pièces tenues dix ans."),
    OTHER: (Decimal(71_500), "Bonne voix, mais un badge pour chaque voyageur, et rien sans lui."),
}
WORK = {
    "months": 6,
    "deliverables": "Douze annonceurs posés et réglés\nNotice en clair et en gros caractères",
    "acceptance_days": 30,
}
REASONS = "La seule offre qui parle sans badge. Son prix est le plus bas."


def buy(troupe: Troupe, *, now: datetime) -> Call:
    """The answers to « Quelle procédure ? », the file, then the decision of a second person, over the last weeks."""
    house, today = troupe.cast.buyers[BUYER], calendar.paris_date(now)
    people = {part: troupe.actor(house.person(part), BUYER) for part in ("author", "validator", "signatory")}
    begun = calendar.at_paris(working_day_before(today, BEGUN_BEFORE), MORNING)
    with clock.rehearsal(begun) as moving:
        author = people["author"]
        answers = orient(buyer=troupe.organisations[BUYER], answers=ANSWERS, actor=author, now=moving.now())
        moving.advance(ACT_LASTS)
        call = direct.begin_purchase(orientation=answers, actor=author, now=moving.now())
        for part, role in ROLES:
            user = troupe.user(house.person(part))
            drafts.give_role(call=call, user=user, role=role, actor=author, now=moving.now())
        moving.advance(ACT_LASTS)
        _write(call, troupe, author, moving.now())
    decided = calendar.at_paris(working_day_before(today, DECIDED_BEFORE), MORNING)
    with clock.rehearsal(decided) as moving:
        direct.decide_purchase(
            call=call,
            offer=call.purchase.offers.get(number=1),
            reasons=REASONS,
            is_written=True,
            exclusions_checked=True,
            actor=people["validator"],
            now=moving.now(),
        )
    return call


def _write(call: Call, troupe: Troupe, author: Actor, now: datetime) -> None:
    facts = troupe.cast.buyers[BUYER].facts
    court_name, court_address = facts["court"]
    direct.write_purchase(
        call=call,
        of_call={"title": TITLE, "object": OBJECT, "nature": "supplies", "cpv": "32000000-3"},
        need=NEED,
        purchase={
            "purchase_ht": OPINIONS[CHOSEN][0],
            "options_ht": Decimal(0),
            "same_need_ht": Decimal(0),
            "comparison": COMPARISON,
            "place_code": facts["postcode"],
        },
        offers=[_offer(troupe, code, now) for code in (CHOSEN, OTHER)],
        work=WORK,
        terms={
            "place": f"Arrêts de correspondance, {facts['city']}",
            "vat_rate": 2000,
            "budget_line": "2188-450",
            "accounting_officer": facts["accounting_officer"],
            "court_name": court_name,
            "court_address": court_address,
        },
        actor=author,
        now=now,
    )


def _offer(troupe: Troupe, code: str, now: datetime) -> dict[str, Any]:
    house, (amount, opinion) = troupe.cast.suppliers[code], OPINIONS[code]
    return {
        "firm_name": house.name,
        "siren": fictitious_siren(house.number),
        "amount_ht": amount,
        "received_on": calendar.paris_date(now) - timedelta(days=2),
        "opinion": opinion,
    }
