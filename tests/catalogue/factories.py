"""Profiles for tests, published unless said otherwise."""

from datetime import date
from typing import Any

import factory

from cms.catalogue.models import Domain, Profile
from tests.factories import BEFORE


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
