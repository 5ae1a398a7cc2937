"""The people and organisations of a rehearsal, all fictitious but the names of real buyers."""

from django.utils.text import slugify

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Membership, Organisation, User
from marketplace.accounts.services import Declared, add_member, register_organisation, verify_organisation
from marketplace.demo.identifiers import fictitious_siren, siret_on
from marketplace.demo.plan import BidderPlan, BuyerPlan
from marketplace.demo.play.scene import Firm, Scene

SIRET_DIGITS = 14
OPERATOR_NUMBER = 99_999

# The part each one plays in the call. Those of `OUTSIDERS` do not belong to the buyer.
PEOPLE = {
    "author": ("Camille", "Aubry"),
    "validator": ("Hervé", "Lopes"),
    "evaluator": ("Inès", "Kaci"),
    "second_evaluator": ("Paul", "Ferrand"),
    "signatory": ("Denise", "Roche"),
    "first_custodian": ("Odile", "Marchal"),
    "second_custodian": ("Samir", "Bouvet"),
    "third_custodian": ("Lucie", "Renart"),
    "reader": ("Gaëlle", "Thomas"),
}
OUTSIDERS = {"third_custodian", "reader"}
CONTACTS = (("Alix", "Moreau"), ("Noé", "Delmas"), ("Zoé", "Lambert"), ("Yanis", "Petit"), ("Maud", "Garnier"))


def gather(scene: Scene) -> None:
    """Register the operator, the buyers and their people, and the firms that will bid."""
    scene.operator = _operator(scene)
    for part, (first, last) in PEOPLE.items():
        scene.users[part] = _person(first, last, "acheteur")
    author = scene.users["author"]
    scene.buyer = _buyer(scene, scene.plan.buyer, author)
    scene.people["author"] = Actor.of(Membership.objects.get(user=author, organisation=scene.buyer))
    for part, user in scene.users.items():
        if part in OUTSIDERS:
            scene.people[part] = Actor.person(user)
        elif part != "author":
            membership = scene.do(add_member, organisation=scene.buyer, user=user, actor=scene.people["author"])
            scene.people[part] = Actor.of(membership)
    for number, plan in enumerate(scene.plan.bidders):
        scene.firms[plan.name] = _firm(scene, plan, number)


def co_buyers(scene: Scene) -> list[Organisation]:
    """Register the other members of the buyers' group."""
    return [
        _buyer(scene, plan, _person("Membre", f"du groupement {number}", "groupement"))
        for number, plan in enumerate(scene.plan.co_buyers, start=1)
    ]


def _operator(scene: Scene) -> Actor:
    keeper = _person("Iris", "Valette", "exploitant")
    declared = Declared(
        kind=Organisation.Kind.OPERATOR,
        name="Exploitant du site (répétition)",
        identifier_scheme=Organisation.Scheme.SIREN,
        identifier=fictitious_siren(OPERATOR_NUMBER),
    )
    operator = scene.do(register_organisation, declared=declared, owner=keeper, actor=Actor.system("rehearsal"))
    return Actor.of(Membership.objects.get(user=keeper, organisation=operator))


def _buyer(scene: Scene, plan: BuyerPlan, owner: User) -> Organisation:
    """A buyer, as its agent declares it, then verified by the operator. Raises Refusal for a wrong identifier."""
    digits = "".join(plan.identifier.split())
    is_siret = len(digits) == SIRET_DIGITS
    declared = Declared(
        kind=Organisation.Kind.BUYER,
        name=plan.name,
        identifier_scheme=Organisation.Scheme.SIRET if is_siret else Organisation.Scheme.SIREN,
        identifier=digits,
        legal_form=plan.legal_form,
        address=plan.address,
        postcode=plan.postcode,
        city=plan.city,
        buyer_category=plan.category,
    )
    buyer = scene.do(register_organisation, declared=declared, owner=owner, actor=Actor.person(owner))
    return scene.do(verify_organisation, organisation=buyer, actor=scene.operator)


def _firm(scene: Scene, plan: BidderPlan, number: int) -> Firm:
    contact = _person(*CONTACTS[number % len(CONTACTS)], slugify(plan.name))
    digits = "".join(plan.identifier.split())
    declared = Declared(
        kind=Organisation.Kind.SUPPLIER,
        name=plan.name,
        identifier_scheme=Organisation.Scheme.SIRET,
        identifier=digits if len(digits) == SIRET_DIGITS else siret_on(digits),
        legal_form=plan.legal_form,
        address=f"{number + 1} rue des Ateliers",
        postcode="00100",
        city=plan.city,
        size=plan.size,
    )
    organisation = scene.do(register_organisation, declared=declared, owner=contact, actor=Actor.person(contact))
    actor = Actor.of(Membership.objects.get(user=contact, organisation=organisation))
    return Firm(plan=plan, organisation=organisation, actor=actor)


def _person(first: str, last: str, house: str) -> User:
    email = f"{slugify(first)}.{slugify(last)}@{house}.example"
    return User.objects.create_user(email, first_name=first, last_name=last)
