"""The filters of the catalogue (ux.md §12): their names in addresses, their words, and the values that rows have."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from cms.catalogue.models import Domain, Label, Profile, Solution
from cms.catalogue.regions import Region

UNKNOWN = "a-preciser"
"""Value of a filter for profiles that say nothing there."""

IDENTITY, REFERENCES, ACCESSIBILITY = "identite", "references", "accessibilite"
INNOVATIVE, OPEN_SOURCE, CENTRAL = "innovante", "libre", "centrale"

Labels = Sequence[tuple[str, Any]]


@dataclass(frozen=True, slots=True)
class Facet:
    """One filter: several values widen what is found, several filters narrow it.

    Attributes:
        name: Its parameter in addresses.
        legend: What the person reads above its values.
        labels: Values with their words; those of domains are read with the catalogue.
        says: One sentence on what the filter means, where its words are not enough.
    """

    name: str
    legend: Any
    labels: Labels = ()
    says: Any = ""


DOMAIN = Facet("domaine", _("Domaine"))
REGION = Facet(
    "region",
    _("Région d’intervention"),
    [*Region.choices, (UNKNOWN, _("Région à préciser"))],
    _("Celles où l’organisation dit intervenir ; à défaut, celle de son siège."),
)
MATURITY = Facet("maturite", _("Maturité"), Solution.Maturity.choices)
TRUST = Facet(
    "confiance",
    _("Confiance"),
    [
        (IDENTITY, _("Identité vérifiée")),
        (REFERENCES, _("Références confirmées")),
        (ACCESSIBILITY, _("Accessibilité auditée")),
    ],
)
CERTIFICATION = Facet(
    "certification",
    _("Certification"),
    [(kind.value, kind.label) for kind in Label.CERTIFICATIONS],
    _("Celles dont nous avons lu la preuve."),
)
PURCHASE = Facet(
    "achat",
    _("Achat"),
    [
        (INNOVATIVE, _("Se dit innovante : à vérifier par l’acheteur")),
        (OPEN_SOURCE, _("Logiciel libre")),
        (CENTRAL, _("En centrale d’achat")),
    ],
)
SIZE = Facet("taille", _("Taille"), Profile.Size.choices)
KIND = Facet("nature", _("Nature"), Profile.Kind.choices)

FACETS = (DOMAIN, REGION, MATURITY, TRUST, CERTIFICATION, PURCHASE, SIZE, KIND)
BY_NAME = {facet.name: facet for facet in FACETS}


def labels_of(facet: Facet, domains: Iterable[Domain]) -> Labels:
    """Values of a filter with their words."""
    if facet is DOMAIN:
        return [*((domain.slug, domain.label) for domain in domains), (UNKNOWN, _("Domaine à préciser"))]
    return facet.labels
