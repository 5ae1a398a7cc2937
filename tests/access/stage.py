"""Two buyers play a whole call each, one after the other; the first then opens another and prepares a third."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
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
from procurement.calls.models import Call, SubmissionPeriod
from procurement.law import calendar
from procurement.submissions.assembly import assemble
from procurement.submissions.models import Deposit
from tests.demo.conftest import OUR_CALL
from tests.factories import MembershipFactory, OrganisationFactory, UserFactory, make

OPENING = time(9, 30)
BIDDERS = 4
OUTSIDE = ("third_custodian",)
IN_PREPARATION = 20


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
    return replace(plan, lots=plan.lots[:1], bidders=tuple(bidders), events=(late,))


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
