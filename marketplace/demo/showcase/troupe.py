"""Registers everybody of the demonstration, and gives each call its people."""

from dataclasses import dataclass, field
from datetime import timedelta

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Membership, Organisation, User
from marketplace.accounts.services import Declared, add_member, register_organisation, verify_organisation
from marketplace.demo.identifiers import fictitious_siren
from marketplace.demo.play.scene import ACT_LASTS, Firm, Scene
from marketplace.demo.showcase.cast import Cast, House, Person
from marketplace.journal.clock import MovingClock

PASSWORD = "preau-demo"  # noqa: S105 - of accounts that hold nothing real; the README prints it
BETWEEN_HOUSES = timedelta(hours=7)


@dataclass
class Troupe:
    """The cast, registered: organisations by code of their house, people by address."""

    cast: Cast
    operator: Actor
    organisations: dict[str, Organisation] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)

    def user(self, person: Person) -> User:
        """The account of a person."""
        return self.users[person.email]

    def actor(self, person: Person, house: str) -> Actor:
        """A person acting for their house; for another one, they act for themselves."""
        if person.house != house:
            return Actor.person(self.user(person))
        return Actor.of(Membership.objects.get(user=self.user(person), organisation=self.organisations[house]))


def register_everybody(cast: Cast, clock: MovingClock) -> Troupe:
    """Every house is registered by its first person, who admits the others; the operator verifies the buyers."""
    password = make_password(PASSWORD)
    users = {person.email: _person(person, password) for person in cast.everybody}
    troupe = Troupe(cast=cast, operator=_operator(cast, users, clock), users=users)
    for house in (*cast.buyers.values(), *cast.suppliers.values()):
        clock.advance(BETWEEN_HOUSES)
        troupe.organisations[house.code] = _register(house, users, clock)
    for code in cast.buyers:
        clock.advance(ACT_LASTS)
        buyer = troupe.organisations[code]
        troupe.organisations[code] = verify_organisation(organisation=buyer, actor=troupe.operator, now=clock.now())
    return troupe


def engage(scene: Scene, troupe: Troupe, buyer: House) -> None:
    """Give a call its buyer, the people of the buyer, and the firms that its plan names."""
    scene.operator = troupe.operator
    scene.buyer = troupe.organisations[buyer.code]
    outsiders = {part: troupe.cast.outsider(buyer, part) for part in buyer.facts["outsiders"]}
    for part, person in ({one.part: one for one in buyer.people} | outsiders).items():
        scene.users[part] = troupe.user(person)
        scene.people[part] = troupe.actor(person, buyer.code)
    by_name = {house.name: house for house in troupe.cast.suppliers.values()}
    for plan in scene.plan.bidders:
        house = by_name[plan.name]
        scene.firms[plan.name] = Firm(
            plan=plan,
            organisation=troupe.organisations[house.code],
            actor=troupe.actor(house.person("owner"), house.code),
        )


def _person(person: Person, password: str) -> User:
    user = User(email=person.email, first_name=person.first, last_name=person.last, password=password)
    user.is_staff = person.part == "editor"
    user.save()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def _operator(cast: Cast, users: dict[str, User], clock: MovingClock) -> Actor:
    house = cast.operator
    owner = users[house.person("owner").email]
    declared = Declared(
        kind=Organisation.Kind.OPERATOR,
        name=house.name,
        identifier_scheme=Organisation.Scheme.SIREN,
        identifier=fictitious_siren(house.number),
    )
    system = Actor.system("demonstration")
    operator = register_organisation(declared=declared, owner=owner, actor=system, now=clock.now())
    return Actor.of(Membership.objects.get(user=owner, organisation=operator))


def _register(house: House, users: dict[str, User], clock: MovingClock) -> Organisation:
    first, *others = house.people
    owner = users[first.email]
    organisation = register_organisation(
        declared=_declared(house), owner=owner, actor=Actor.person(owner), now=clock.now()
    )
    actor = Actor.of(Membership.objects.get(user=owner, organisation=organisation))
    for person in others:
        clock.advance(ACT_LASTS)
        add_member(organisation=organisation, user=users[person.email], actor=actor, now=clock.now())
    return organisation


def _declared(house: House) -> Declared:
    facts = house.facts
    is_buyer = "category" in facts
    return Declared(
        kind=Organisation.Kind.BUYER if is_buyer else Organisation.Kind.SUPPLIER,
        name=house.name,
        identifier_scheme=Organisation.Scheme.SIRET,
        identifier=house.siret,
        legal_form=facts["legal_form"],
        address=facts["address"],
        postcode=facts["postcode"],
        city=facts["city"],
        buyer_category=facts.get("category", ""),
        size=facts.get("size", ""),
    )
