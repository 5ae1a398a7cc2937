"""What is free for ever, what the plan « Atelier » adds, and its prices: one table, for the page and for the checks.

Nothing here is read by a list, a search, a review or a procedure (design § 2, principle 7): a plan buys presentation.
"""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

NAME = "Atelier"


class Period(models.TextChoices):
    """How often the plan is paid; the codes are Stripe's."""

    MONTH = "month", _("Au mois")
    YEAR = "year", _("À l’année")


class Tool(models.TextChoices):
    """A tool of presentation that the plan widens."""

    LANGUAGES = "languages", _("Autres langues de la fiche, avec le français")
    MEDIA = "media", _("Liens vers vos supports : vidéo, démonstration, documentation")
    STATISTICS = "statistics", _("Mois de consultation de la fiche, arrondis à la dizaine")


@dataclass(frozen=True, slots=True)
class Line:
    """How many of a tool one has.

    Attributes:
        tool: Which.
        free: Without any plan.
        paid: With the plan.
        note: What is said under its name.
    """

    tool: Tool
    free: int
    paid: int
    note: str


TABLE = (
    Line(Tool.LANGUAGES, 0, 4, _("Relues comme le reste. Le français reste la langue de référence.")),
    Line(Tool.MEDIA, 1, 8, _("Des liens vers votre site : rien d’un autre site ne se charge ici.")),
    Line(
        Tool.STATISTICS,
        0,
        12,
        _("Par mois finis seulement, jamais par jour ni par organisation : personne n’est suivi."),
    ),
)
"""The whole of what the plan changes."""

FREE_FOR_EVER = (
    _("Être au catalogue, être trouvé, être comparé"),
    _("Lire les appels, poser des questions, recevoir les alertes"),
    _("Répondre, déposer, remplacer et retirer une réponse"),
    _("Signer, exécuter un contrat, suivre ses paiements"),
    _("Autant de personnes que vous voulez dans l’équipe"),
    _("La relecture de la fiche et les mentions vérifiées"),
)
"""What no plan will ever touch."""


def allowance(tool: Tool, *, has_plan: bool) -> int:
    """How many of a tool one has, with the plan or without."""
    line = next(one for one in TABLE if one.tool == tool)
    return line.paid if has_plan else line.free


def price(period: Period) -> Decimal:
    """Price of a period in euros, without VAT."""
    return settings.PLAN_PRICES[Period(period).value]


def cents(amount: Decimal) -> int:
    """An amount in cents, as Stripe counts. Raises ValueError when a part of a cent would be lost."""
    whole = amount * 100
    if whole != whole.to_integral_value():
        raise ValueError(f"{amount} is not a number of cents")
    return int(whole)


def trial() -> timedelta:
    """How long one tries the plan before paying."""
    return timedelta(days=settings.PLAN_TRIAL_DAYS)


def grace() -> timedelta:
    """How long the tools stay when a payment fails, or when Stripe tells nothing any more."""
    return timedelta(days=settings.PLAN_GRACE_DAYS)
