"""Rows and an author for the journal's own tests: organisations and memberships are its simplest journalled rows."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import count

import pytest

from marketplace.accounts.models import Membership, Organisation, User
from marketplace.journal.acts import SITE_CHAIN, act


@dataclass(frozen=True)
class Author:
    label: str = "system:test"


@pytest.fixture
def actor() -> Author:
    return Author()


_numbers = count(1)


def organisation(now: datetime, **fields) -> Organisation:
    """An organisation that is not saved yet."""
    number = next(_numbers)
    defaults = {
        "name": f"Atelier n° {number}",
        "kind": Organisation.Kind.SUPPLIER,
        "identifier_scheme": Organisation.Scheme.OTHER,
        "identifier": f"TEST-{number}",
        "registered_at": now,
    }
    return Organisation(**{**defaults, **fields})


@pytest.fixture
def registered(db, now: datetime, actor: Author) -> Callable[..., Organisation]:
    """Save an organisation in an act of its own."""

    def register(chain: str = SITE_CHAIN, **fields) -> Organisation:
        made = organisation(now, **fields)
        with act(chain, "organisation.registered", actor=actor, now=now, subject=made):
            made.save()
        return made

    return register


@pytest.fixture
def membership(registered, now: datetime, actor: Author) -> Membership:
    made = Membership(
        user=User.objects.create_user("ada@example.org"), organisation=registered(), role="owner", since=now
    )
    with act(SITE_CHAIN, "membership.granted", actor=actor, now=now, subject=made):
        made.save()
    return made
