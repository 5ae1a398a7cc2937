"""Objects for tests. Journalled rows are made inside an act of their own: `make(OrganisationFactory)` in one line."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

import factory
from django.contrib.auth.hashers import make_password
from stdnum import luhn

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Membership, Organisation, User
from marketplace.journal import context
from marketplace.journal.acts import SITE_CHAIN, act

PASSWORD = "un-long-mot-de-passe"
BEFORE = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
"""When the people and organisations of tests came to the site."""

Result = TypeVar("Result")


def within_act(fn: Callable[[], Result], *, chain: str = SITE_CHAIN, at: datetime = BEFORE) -> Result:
    """Call `fn` inside an act (`test.arranged`) of a chain, or inside the one that is open already."""
    if context.act_is_open():
        return fn()
    with act(chain, "test.arranged", actor=Actor.system("test"), now=at):
        return fn()


def make(
    factory_class: type[factory.Factory], /, *, chain: str = SITE_CHAIN, at: datetime = BEFORE, **fields: Any
) -> Any:
    """Make one object, journalled ones inside an act: `make(MembershipFactory, role="owner")`."""
    return within_act(lambda: factory_class(**fields), chain=chain, at=at)


def make_many(factory_class: type[factory.Factory], count: int, /, **fields: Any) -> list[Any]:
    """Make several objects inside one act."""
    return within_act(lambda: factory_class.create_batch(count, **fields))


def siren(number: int) -> str:
    """A fictitious SIREN that passes the check: it begins with 999, which is attributed to nobody."""
    digits = f"999{number:05d}"
    return digits + luhn.calc_check_digit(digits)


class UserFactory(factory.django.DjangoModelFactory):
    """A person who may sign in with `PASSWORD`."""

    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"personne{n}@exemple.fr")
    first_name = "Claude"
    last_name = factory.Sequence(lambda n: f"Exemple {n}")
    password = factory.LazyFunction(lambda: make_password(PASSWORD))


class OrganisationFactory(factory.django.DjangoModelFactory):
    """A start-up; traits `buyer` (verified), `unverified_buyer` and `operator` make the others."""

    class Meta:
        model = Organisation

    class Params:
        buyer = factory.Trait(
            kind=Organisation.Kind.BUYER,
            name=factory.Sequence(lambda n: f"Commune d’Exemple {n}"),
            legal_form="Commune",
            buyer_category=Organisation.BuyerCategory.LOCAL_AUTHORITY,
            size="",
            verified_at=BEFORE,
        )
        unverified_buyer = factory.Trait(
            kind=Organisation.Kind.BUYER,
            buyer_category=Organisation.BuyerCategory.LOCAL_AUTHORITY,
            size="",
            verified_at=None,
        )
        operator = factory.Trait(kind=Organisation.Kind.OPERATOR, name="Exploitant", size="")

    name = factory.Sequence(lambda n: f"Jeune Pousse {n}")
    legal_form = "SAS"
    kind = Organisation.Kind.SUPPLIER
    identifier_scheme = Organisation.Scheme.SIREN
    identifier = factory.Sequence(siren)
    address = "1 rue de l’Exemple"
    postcode = "75011"
    city = "Paris"
    size = Organisation.Size.SME
    registered_at = BEFORE


class MembershipFactory(factory.django.DjangoModelFactory):
    """An owner of a start-up; `organisation__buyer=True` makes one of a buyer."""

    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    organisation = factory.SubFactory(OrganisationFactory)
    role = Membership.Role.OWNER
    since = BEFORE


def actor_for(organisation: Organisation | None = None, **fields: Any) -> Actor:
    """An actor with a fresh membership: `actor_for(buyer)`, `actor_for(organisation__operator=True)`."""
    if organisation is not None:
        fields["organisation"] = organisation
    return Actor.of(make(MembershipFactory, **fields))
