"""The rule book as everybody may read it: drawn from the registry, nothing is written here but words for its codes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from marketplace.ui.formats import euros_words
from marketplace.ui.templatetags.printing import NBSP
from procurement.law import parameters, registry
from procurement.law.parameters import Parameter
from procurement.law.registry import Rule

MOMENTS = {
    "preparation": _("Préparer"),
    "publication": _("Publier"),
    "candidature": _("Candidatures ouvertes"),
    "deposit": _("Déposer"),
    "opening": _("Ouvrir les plis"),
    "selection": _("Choisir les candidats"),
    "invitation": _("Inviter"),
    "negotiation": _("Négocier"),
    "evaluation": _("Noter"),
    "award": _("Choisir l’offre"),
    "letters": _("Écrire aux entreprises"),
    "signature": _("Signer"),
    "notices": _("Avis et données publiques"),
    "execution": _("Phases et commandes"),
    "archive": _("Archives"),
    "platform": _("Le site"),
}
"""Moments of a procedure, in its order."""

WHAT_IT_DOES = {
    "block": _("Refuse l’acte"),
    "warn": _("Avertit : un motif écrit est demandé et gardé"),
    "compute": _("Calcule, sans saisie"),
    "generate": _("Produit le document"),
    "record": _("Consigne au journal"),
}
STATES = {"appliquee": _("appliquée"), "inscrite": _("inscrite, pas encore appliquée")}
UNITS = {"days": _("jours"), "months": _("mois"), "years": _("ans"), "points": _("points"), "firms": _("entreprises")}


@dataclass(frozen=True)
class Line:
    """One rule on the page."""

    rule: Rule
    moment: Any
    does: Any
    is_enforced: bool


@dataclass(frozen=True)
class Figure:
    """One dated figure of the law, in words, and the rules that read the same article."""

    article: str
    value: str
    since: date
    until: date | None
    about: str


def lines(*, moment: str = "", state: str = "") -> list[Line]:
    """Rules of the registry in its order, those of a moment or of a state only when they are named."""
    enforced = registry.enforced()
    found = (
        Line(rule, MOMENTS[rule.moment], WHAT_IT_DOES[rule.severity], rule.id in enforced)
        for rule in registry.rules().values()
        if not moment or rule.moment == moment
    )
    return [line for line in found if not state or line.is_enforced == (state == "appliquee")]


def counts(every: Iterable[Line]) -> dict[str, int]:
    """How many rules of law there are, how many are enforced, and how many choices are the site's own."""
    law = [line for line in every if line.rule.is_law]
    own = sum(not line.rule.is_law for line in every)
    return {"law": len(law), "enforced": sum(line.is_enforced for line in law), "own": own}


def figures() -> list[Figure]:
    """Every dated figure, by article, the oldest first."""
    every = [one for values in parameters.all_parameters().values() for one in values]
    return [
        Figure(one.article, _value_words(one), one.in_force_from, one.until, _about(one.article))
        for one in sorted(every, key=lambda one: (one.article, one.name, one.in_force_from))
    ]


def _value_words(one: Parameter) -> str:
    if isinstance(one.value, bool):
        return str(_("oui") if one.value else _("non"))
    if one.unit.startswith("EUR"):
        return f"{euros_words(one.value)} {one.unit.removeprefix('EUR').strip()}".strip()
    number = f"{Decimal(one.value).normalize():f}".replace(".", ",")
    if one.unit.startswith("×"):
        return f"{number}{NBSP}× {_('la valeur')}"
    return f"{number}{NBSP}{UNITS.get(one.unit, one.unit)}"


def _about(article: str) -> str:
    """Titles of the rules that stand on an article: what a figure of it is about."""
    first = article.split(",")[0].strip()
    return " ; ".join(rule.title for rule in registry.rules().values() if first and first in rule.article)
