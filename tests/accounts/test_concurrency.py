"""Real transactions: two people register the same organisation at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Organisation
from marketplace.accounts.services import AlreadyKnown, Declared, register_organisation
from marketplace.journal.models import Entry
from tests.factories import UserFactory, siren

FACTS = Declared(kind="supplier", name="Jeune Pousse", identifier_scheme="siren", identifier=siren(71000))


@pytest.mark.django_db(transaction=True)
def test_the_same_siren_is_registered_once(now):
    people = [UserFactory(), UserFactory()]
    together = Barrier(len(people))

    def register(person):
        together.wait()
        try:
            register_organisation(declared=FACTS, owner=person, actor=Actor.person(person), now=now)
        except AlreadyKnown:
            return "known"
        finally:
            connection.close()
        return "registered"

    with ThreadPoolExecutor(len(people)) as threads:
        outcomes = list(threads.map(register, people))
    assert sorted(outcomes) == ["known", "registered"]
    assert Organisation.objects.count() == 1
    assert Entry.objects.filter(act="organisation.registered").count() == 1
