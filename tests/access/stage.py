"""Two buyers play a whole call each, one after the other; the first then opens another and prepares a third."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Membership, Organisation, User
from marketplace.demo import formats
from marketplace.demo.completion import complete
from marketplace.demo.plan import CallPlan, EventPlan
from marketplace.demo.play import cast, deposits, preparation
from marketplace.demo.play.journey import MOMENTS
from marketplace.demo.play.scene import Firm, Scene
from marketplace.files import documents
from marketplace.journal.clock import MovingClock
from marketplace.ui.printing import write_pdf
from procurement.calls.models import Call, SubmissionPeriod, TeamRole
from procurement.calls.services import drafts
from procurement.calls.services.direct import begin_purchase, decide_purchase, write_purchase
from procurement.calls.services.orientation import orient
from procurement.contracts.services.formation import prepare_contracts
from procurement.law import calendar
from procurement.submissions.assembly import assemble
from procurement.submissions.models import Deposit
from tests.demo.conftest import OUR_CALL
from tests.factories import MembershipFactory, OrganisationFactory, UserFactory, make

OPENING = time(9, 30)
BIDDERS = 4
OUTSIDE = ("third_custodian",)
IN_PREPARATION = 20
ROLES_OF_PURCHASE = {
    "validator": TeamRole.VALIDATOR, "evaluator": TeamRole.EVALUATOR, "signatory": TeamRole.SIGNATORY,
    "first_custodian": TeamRole.CUSTODIAN, "third_custodian": TeamRole.CUSTODIAN,
}  # fmt: skip


@dataclass(frozen=True)
class House:
    """A buyer with its people, the firms that answer it, and a person of each."""

    buyer: Organisation
    operator: Actor
    users: dict[str, User]
    people: dict[str, Actor]
    firms: tuple[tuple[Organisation, Actor], ...]

    def engage(self, scene: Scene) -> None:
        """Give a call its people and its firms, in place of those of the demonstration."""
        scene.buyer, scene.operator = self.buyer, self.operator
        scene.users, scene.people = self.users, self.people
        for plan, (organisation, actor) in zip(scene.plan.bidders, self.firms, strict=True):
            scene.firms[plan.name] = Firm(plan=plan, organisation=organisation, actor=actor)


def a_house(name: str, operator: Actor) -> House:
    buyer = make(OrganisationFactory, buyer=True, name=name)
    users, people = {}, {}
    for part in cast.PEOPLE:
        users[part] = make(UserFactory, email=f"{part}@{name.lower()}.example")
        outside = part in OUTSIDE
        people[part] = (
            Actor.person(users[part])
            if outside
            else Actor.of(make(MembershipFactory, user=users[part], organisation=buyer, role=_role(part)))
        )
    firms = tuple((firm, Actor.of(make(MembershipFactory, organisation=firm))) for firm in _firms(name))
    return House(buyer, operator, users, people, firms)


def _role(part: str) -> str:
    return Membership.Role.OWNER if part == "author" else Membership.Role.MEMBER


def _firms(name: str) -> list[Organisation]:
    return [make(OrganisationFactory, name=f"{name} Atelier {number}") for number in range(1, BIDDERS + 1)]


def play(house: House, clock: MovingClock, launch: date, out: Path) -> Scene:
    """A whole call, one firm being late, to the last purchase order."""
    scene = _scene(house, clock, launch, out)
    for moment in MOMENTS[1:]:
        moment(scene)
    scene.render_all()
    return scene


def play_until_open(house: House, clock: MovingClock, launch: date, out: Path) -> tuple[Call, Deposit]:
    """A call that receives candidatures; the first firm has a draft, read again and ready to be handed in."""
    scene = _scene(house, clock, launch, out)
    preparation.prepare(scene)
    preparation.announce(scene)
    [lot] = scene.lots
    firm = next(iter(scene.firms.values()))
    scene.go_to(deposits.period_of(lot, SubmissionPeriod.Kind.CANDIDATURE).opens_at + timedelta(days=1))
    deposits.come_forward(scene, lot, firm)
    draft = deposits.fill(scene, lot, firm, SubmissionPeriod.Kind.CANDIDATURE)
    scene.do(assemble, deposit=draft, replacement_rule_accepted=True, actor=firm.actor)
    scene.render_all()
    return scene.call, draft


def prepare(house: House, clock: MovingClock, launch: date, out: Path) -> Call:
    """A call that nobody has published."""
    scene = _scene(house, clock, launch, out)
    preparation.prepare(scene)
    scene.render_all()
    return scene.call


def purchase(house: House, now: datetime) -> Call:
    """A direct purchase that was decided, with its contract; everybody of the house has their role in it."""
    author, firm = house.people["author"], house.firms[0][0]
    common = {"actor": author, "now": now}
    answers = {
        "title": "Douze balises", "supply": "partial", "nature": "supplies", "research_ht": Decimal(0),
        "purchases_ht": Decimal(30_000), "reasons": "Un produit nouveau.",
    }  # fmt: skip
    chosen = orient(buyer=house.buyer, answers=answers, **common)
    call = begin_purchase(orientation=chosen, **common)
    for part, role in ROLES_OF_PURCHASE.items():
        drafts.give_role(call=call, user=house.users[part], role=role, **common)
    write_purchase(
        call=call,
        of_call={"title": "Douze balises", "object": "Douze balises posées.", "nature": "supplies", "cpv": "32000000"},
        need={"problem": "Des bus ratés.", "innovation_indicators": ["new_product"], "innovation_reasons": "Essai."},
        purchase={"purchase_ht": Decimal(30_000), "comparison": "Deux prix connus.", "place_code": "35000"},
        offers=[{"firm_name": firm.name, "siren": firm.siren, "amount_ht": Decimal(30_000), "opinion": "Pertinente."}],
        work={"months": 6, "deliverables": "Balises", "acceptance_days": 30},
        terms={
            "place": "Gare",
            "vat_rate": 2000,
            "court_name": "Tribunal",
            "budget_line": "2188",
            "accounting_officer": "SGC",
        },
        **common,
    )  # fmt: skip
    decide_purchase(
        call=call, offer=call.purchase.offers.get(), reasons="Pertinente.", is_written=True, exclusions_checked=True,
        actor=house.people["validator"], now=now,
    )  # fmt: skip
    call.refresh_from_db()
    prepare_contracts(lot=call.lots.get(), **common)
    return call


def _scene(house: House, clock: MovingClock, launch: date, out: Path) -> Scene:
    clock.advance_to(max(clock.now(), calendar.at_paris(launch - timedelta(days=IN_PREPARATION), OPENING)))
    scene = Scene(plan=_plan(launch), clock=clock, random=Random(1), out=out)  # noqa: S311 - a play, not a secret
    house.engage(scene)
    return scene


def _plan(launch: date) -> CallPlan:
    """Our own call with its first lot alone."""
    [plan] = formats.read_file(OUR_CALL, as_is=False)
    plan = complete(plan, launched_on=launch)
    bidders = [replace(one, lots=(1,)) for one in plan.bidders if 1 in one.lots][:BIDDERS]
    late = EventPlan(
        event="late_bid",
        lot=1,
        details={
            "bidder": bidders[-1].name,
            "seconds": 1,
            "admitted": True,
            "reason": "La plate-forme était en panne.",
        },
    )
    reason = "Le premier lot seul est joué ici."
    return replace(plan, lots=plan.lots[:1], no_lots_reason=reason, bidders=tuple(bidders), events=(late,))


@contextmanager
def light_documents() -> Iterator[None]:
    """Every document is the same page: who may read it is at stake here, not what it says."""
    page = write_pdf("<html lang=fr><title>Document</title><p>Document</p></html>")
    patch = pytest.MonkeyPatch()
    patch.setattr(documents, "render_pdf", lambda *_arguments, **_options: page)
    try:
        yield
    finally:
        patch.undo()
