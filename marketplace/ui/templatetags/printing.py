"""Filters of the printed documents: French formats of plain JSON facts (strings, integers, ISO dates).

A fact that is absent (``None`` or ``""``) stays empty through every format, so that ``filled`` can say it is missing.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

NBSP = "\u00a0"
PARIS = ZoneInfo("Europe/Paris")
MISSING = f"à{NBSP}compléter avant signature"
WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
MONTHS = (
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
)
ABSENT = (None, "")
LABELS = {
    "phase": {"research": "Recherche et développement", "acquisition": "Acquisition"},
    "price_form": {"firm": "Prix fermes", "adjustable": "Prix ajustables", "revisable": "Prix révisables"},
    "size": {
        "micro": "Microentreprise (PME)",
        "sme": "Petite ou moyenne entreprise (PME)",
        "mid": "Entreprise de taille intermédiaire",
        "large": "Grande entreprise",
    },
    "group": {"several_liability": "Groupement conjoint", "joint_and_several": "Groupement solidaire"},
    "tender": {"base": "Offre de base", "variant": "Variante"},
    "partner_mode": {"single": "Un seul partenaire", "several": "Plusieurs partenaires"},
    "split": {
        "equal": "Parts égales",
        "ranking": "Selon le classement aux critères d’attribution",
        "graded": "Répartition graduée",
    },
    "gate": {
        "begin": "Commencer la première phase",
        "continue": "Continuer",
        "continue_changed": "Continuer, avec des objectifs ou des moyens modifiés",
        "reduce": "Ne pas continuer avec ce partenaire : le nombre de partenaires est réduit",
        "stop": "Arrêter le partenariat",
    },
    "acceptance": {
        "accepted": "Accepté",
        "accepted_with_reserves": "Accepté avec réserves",
        "accepted_with_reduction": "Accepté avec réfaction",
        "postponed": "Ajourné : à corriger et à présenter de nouveau",
        "rejected": "Rejeté",
    },
    "period": {
        "candidature": "Candidatures",
        "single_step": "Candidatures et offres",
        "initial": "Offres initiales",
        "initial_tender": "Offres initiales",
        "round": "Offres intermédiaires",
        "negotiation": "Offres intermédiaires",
        "final": "Offres finales",
        "final_tender": "Offres finales",
    },
    "verdict": {
        "on_time": "Reçu à temps",
        "late": "Reçu après l’heure limite : gardé scellé",
        "late_contested": "Reçu après l’heure limite, contesté : gardé scellé",
        "replaced": "Remplacé par un dépôt plus récent : gardé scellé",
        "withdrawn": "Retiré par son auteur : gardé scellé",
    },
    "opening": {
        "opened": "Ouvert",
        "unreadable": "Illisible",
        "infected": "Programme malveillant",
        "sealed": "Non ouvert",
    },
    "candidature": {
        "selected": "Retenue",
        "rejected": "Non retenue",
        "excluded": "Exclue",
        "inadmissible": "Irrecevable",
    },
    "set_aside": {
        "irregular": "Irrégulière",
        "unacceptable": "Inacceptable",
        "inappropriate": "Inappropriée",
        "abnormally_low": "Anormalement basse",
    },
    "letter": {
        "invitation": "Invitation à remettre une offre",
        "complement_request": "Votre candidature est à compléter",
        "exclusion_notice": "Une exclusion est envisagée : présentez vos observations",
        "candidature_rejection": "Votre candidature n’est pas retenue",
        "negotiation_invitation": "Invitation à négocier",
        "round_elimination": "Votre offre n’est pas retenue pour la suite de la négociation",
        "closing": "Fin de la négociation et demande d’offre finale",
        "price_explanation": "Demande de justification du prix",
        "reasons": "Motifs du rejet et avantages de l’offre retenue",
        "clearance_request": "Justificatifs à remettre",
        "award": "Votre offre est retenue",
        "rejection": "Votre offre n’est pas retenue",
        "notification": "Notification du contrat",
        "phase_decision": "Décision de fin de phase",
        "no_further_action": "Appel déclaré sans suite",
    },
    "performance": {"environmental": "Environnement", "social": "Social"},
}
COMPARISONS = {"at_least": "au moins", "at_most": "au plus"}


def _grouped(number: Decimal | int) -> str:
    return f"{number:,}".replace(",", NBSP).replace(".", ",")


def _shortest(value: Decimal) -> Decimal:
    """Without trailing zeros nor exponent."""
    return value.quantize(Decimal(1)) if value == value.to_integral() else value.normalize()


def _day(value: date) -> str:
    first = "1er" if value.day == 1 else str(value.day)
    return f"{first}{NBSP}{MONTHS[value.month - 1]}{NBSP}{value.year}"


def _paris(value: str) -> datetime:
    return datetime.fromisoformat(value).astimezone(PARIS)


@register.filter
def money(value: Any) -> str:
    """``"198000.00"`` → ``198 000,00 €`` (the template says HT or TTC)."""
    return "" if value in ABSENT else f"{_grouped(Decimal(str(value)).quantize(Decimal('0.01')))}{NBSP}€"


@register.filter
def number(value: Any) -> str:
    """``"12500.5000"`` → ``12 500,5``."""
    return "" if value in ABSENT else _grouped(_shortest(Decimal(str(value))))


@register.filter
def percent(value: Any) -> str:
    """Hundredths of a percent: ``3500`` → ``35 %``, ``1250`` → ``12,5 %``."""
    if value in ABSENT:
        return ""
    return f"{_grouped(_shortest(Decimal(value) / 100))}{NBSP}%"


@register.filter
def day(value: Any) -> str:
    """ISO date or instant → ``12 janvier 2027`` (an instant is read in Paris time)."""
    if value in ABSENT:
        return ""
    return _day(_paris(value).date() if "T" in value else date.fromisoformat(value))


@register.filter
def month(value: Any) -> str:
    """``2026-11`` or an ISO date → ``novembre 2026``."""
    if value in ABSENT:
        return ""
    year, number_of_month = value.split("-")[:2]
    return f"{MONTHS[int(number_of_month) - 1]}{NBSP}{year}"


@register.filter
def deadline(value: Any) -> str:
    """Canonical instant → ``mardi 12 janvier 2027 à 12 h 00, heure de Paris``."""
    if value in ABSENT:
        return ""
    at = _paris(value)
    return f"{WEEKDAYS[at.weekday()]} {_day(at)} à{NBSP}{at:%H}{NBSP}h{NBSP}{at:%M}, heure de Paris"


def _instant(value: Any, *, microseconds: bool) -> str:
    if value in ABSENT:
        return ""
    at = _paris(value)
    fraction = f",{at:%f}" if microseconds else ""
    clock = f"{at:%H}{NBSP}h{NBSP}{at:%M}{NBSP}min{NBSP}{at:%S}{fraction}{NBSP}s"
    offset = at.utcoffset()
    hours = int(offset.total_seconds() // 3600) if offset else 0
    return f"{WEEKDAYS[at.weekday()]} {_day(at)}, {clock}, heure de Paris (UTC+{hours})"


@register.filter
def instant(value: Any) -> str:
    """Canonical instant → ``mardi 12 janvier 2027, 11 h 47 min 08 s, heure de Paris (UTC+1)``."""
    return _instant(value, microseconds=False)


@register.filter
def precise(value: Any) -> str:
    """The same to the microsecond, where a deposit is judged: ``… 12 h 00 min 00,000001 s …``."""
    return _instant(value, microseconds=True)


@register.filter
def siren(value: Any) -> str:
    """SIREN ``123 456 789`` and SIRET ``123 456 789 00012`` in groups; any other identifier as given."""
    if value in ABSENT:
        return ""
    digits = str(value)
    if not digits.isdigit() or len(digits) not in (9, 14):
        return digits
    return NBSP.join(part for part in (digits[:3], digits[3:6], digits[6:9], digits[9:]) if part)


@register.filter
def iban(value: Any) -> str:
    """IBAN in groups of four."""
    if value in ABSENT:
        return ""
    compact = str(value).replace(" ", "")
    return NBSP.join(compact[start : start + 4] for start in range(0, len(compact), 4))


@register.filter
def bytes_size(value: Any) -> str:
    """``8204512`` → ``8,2 Mo`` (decimal units)."""
    if value in ABSENT:
        return ""
    for unit, scale in (("Go", 10**9), ("Mo", 10**6), ("ko", 10**3)):
        if value >= scale:
            return f"{value / scale:.1f}".removesuffix(".0").replace(".", ",") + f"{NBSP}{unit}"
    return f"{value}{NBSP}octet{'s' if value > 1 else ''}"


@register.filter
def digest(value: Any) -> SafeString:
    """A long fingerprint or signature, which may be cut every eight characters at the end of a line."""
    text = str(value or "")
    return format_html_join(mark_safe("<wbr>"), "{}", ((text[start : start + 8],) for start in range(0, len(text), 8)))


@register.filter
def label(value: Any, family: str) -> str:
    """The French words of a code (``"graded"|label:"split"``); an unknown code is printed as given, never hidden."""
    return "" if value in ABSENT else LABELS[family].get(value, str(value))


@register.filter
def target(level: Mapping[str, Any]) -> str:
    """Mark of an objective or of a performance level → ``au moins 90 %``."""
    mark = level.get("target", level.get("pass_mark"))
    if mark in ABSENT:
        return ""
    sense = COMPARISONS.get(level.get("comparison", ""), "")
    return f"{sense} {number(mark)}{NBSP}{level.get('unit', '')}".strip()


@register.filter
def filled(value: Any) -> str | SafeString:
    """The value, or « à compléter avant signature » where it is absent: no field is ever silently blank."""
    if value in ABSENT or value == []:
        return format_html('<span class="missing">{}</span>', MISSING)
    return value
