"""The sixteen domains of public action and the first synonyms: files that come with the code, laid in the database."""

import csv
from dataclasses import dataclass
from pathlib import Path

from cms.catalogue.models import Domain, Profile, Synonym

SOURCE = Path(__file__).with_name("domains.csv")
SYNONYMS = Path(__file__).with_name("synonyms.csv")


@dataclass(frozen=True, slots=True)
class DomainRow:
    """A domain of the file, with its codes in the CPV (2008, check digits included) and in COFOG."""

    slug: str
    label: str
    scope: str
    cofog: str
    cpv_main: str
    cpv_others: tuple[str, ...]
    terms: str


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
                terms=row["terms"],
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
                "terms": row.terms,
                "order": order,
            },
        )
    renamed = [row.slug for row in DOMAINS.values() if before.get(row.slug, row.label) != row.label]
    if renamed:
        Profile.objects.filter(domains__in=renamed).distinct().reindex()
    return len(DOMAINS)


def load_synonyms() -> int:
    """Lay the first synonyms where there are none; editors keep them afterwards. Returns how many groups are laid."""
    if Synonym.objects.exists():
        return 0
    with SYNONYMS.open(encoding="utf-8", newline="") as file:
        groups = [Synonym(words=row["words"]) for row in csv.DictReader(file)]
    Synonym.objects.bulk_create(groups)
    return len(groups)
