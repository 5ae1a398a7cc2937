"""Profiles for tests, published unless said otherwise."""

from datetime import date, timedelta
from typing import Any

import factory

from cms.catalogue.models import Confirmation, Domain, Profile, Reference, Solution
from tests.factories import BEFORE, UserFactory, make

PARTS = ("solutions", "references", "labels", "translations", "media", "phases")


def no_parts() -> dict[str, str]:
    """What the form of a profile sends for lists of parts that are empty."""
    return {f"{part}-{name}": "0" for part in PARTS for name in ("TOTAL_FORMS", "INITIAL_FORMS")}


class ProfileFactory(factory.django.DjangoModelFactory):
    """A published profile taken from a public source; `domains=["mobilite"]` puts it in domains."""

    class Meta:
        model = Profile
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Jeune Pousse {n:03d}")
    slug = factory.Sequence(lambda n: f"jeune-pousse-{n:03d}")
    tagline = "Rend un service."
    region = "bretagne"
    source = "Exemple, Licence Ouverte 2.0"
    declared_on = date(2026, 9, 1)
    updated_at = BEFORE

    @factory.post_generation
    def domains(self, create: bool, slugs: list[str] | None, **_: Any):
        if create and slugs:
            self.domains = Domain.objects.filter(slug__in=slugs)
            self.save()


class SolutionFactory(factory.django.DjangoModelFactory):
    """A published solution of a published profile."""

    class Meta:
        model = Solution

    profile = factory.SubFactory(ProfileFactory)
    name = factory.Sequence(lambda n: f"Solution {n:03d}")
    tagline = "Guide jusqu’au bon quai."


class ReferenceFactory(factory.django.DjangoModelFactory):
    """A client as the organisation declares it."""

    class Meta:
        model = Reference

    profile = factory.SubFactory(ProfileFactory)
    client = "Métropole de Valclair"
    detail = "38 arrêts, depuis mars 2025"


class ConfirmationFactory(factory.django.DjangoModelFactory):
    """A link sent to the client of `reference`, not answered yet."""

    class Meta:
        model = Confirmation

    class Params:
        reference = factory.SubFactory(ReferenceFactory)

    profile = factory.SelfAttribute("reference.profile")
    subject = factory.SelfAttribute("reference.uid")
    statement = factory.SelfAttribute("reference.statement")
    email = "transports@valclair.example"
    token_digest = factory.Sequence(lambda n: f"{n:064d}")
    asked_by = factory.LazyFunction(lambda: make(UserFactory))
    asked_at = BEFORE
    expires_at = BEFORE + timedelta(days=30)
