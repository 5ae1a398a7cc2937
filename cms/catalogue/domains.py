"""The sixteen domains of public action: read from the file that comes with the code, laid in the database on demand."""

import csv
from dataclasses import dataclass
from pathlib import Path

from cms.catalogue.models import Domain, Profile

SOURCE = Path(__file__).with_name("domains.csv")


@dataclass(frozen=True, slots=True)
class DomainRow:
    """A domain of the file, with its codes in the CPV (2008, check digits included) and in COFOG."""

    slug: str
    label: str
    scope: str
    cofog: str
    cpv_main: str
    cpv_others: tuple[str, ...]


def read_domains() -> dict[str, DomainRow]:
    """Every domain of the file by its slug, in the order of the file."""
    with SOURCE.open(encoding="utf-8", newline="") as file:
        return {
            row["slug"]: DomainRow(
                slug=row["slug"],
                label=row["label_fr"],
                scope=row["scope_fr"],
                cofog=row["cofog"],
                cpv_main=row["cpv_main"],
                cpv_others=tuple(row["cpv_others"].split("|")),
            )
            for row in csv.DictReader(file)
        }


DOMAINS = read_domains()


def load_domains() -> int:
    """Lay the domains of the file in the database, or bring them up to date; returns how many there are."""
    before = dict(Domain.objects.values_list("slug", "label"))
    for order, row in enumerate(DOMAINS.values(), start=1):
        Domain.objects.update_or_create(
            slug=row.slug,
            defaults={
                "label": row.label,
                "scope": row.scope,
                "cofog": row.cofog,
                "cpv_main": row.cpv_main,
                "cpv_others": list(row.cpv_others),
                "order": order,
            },
        )
    renamed = [row.slug for row in DOMAINS.values() if before.get(row.slug, row.label) != row.label]
    if renamed:
        Profile.objects.filter(domains__in=renamed).distinct().reindex()
    return len(DOMAINS)
