"""Identifiers of organisations: written one way, checked by their check digits, refused in words that help."""

from collections.abc import Callable

from stdnum.eu import vat
from stdnum.exceptions import ValidationError
from stdnum.fr import siren, siret

from marketplace.journal.errors import Refusal

_CHECKS: dict[str, tuple[Callable[[str], str], str]] = {
    "siren": (
        siren.validate,
        "Ce SIREN ne passe pas le contrôle : vérifiez les 9 chiffres, ils figurent sur l’avis de situation "
        "de votre organisation (avis-situation-sirene.insee.fr).",
    ),
    "siret": (
        siret.validate,
        "Ce SIRET ne passe pas le contrôle : vérifiez les 14 chiffres, soit les 9 du SIREN suivis des 5 "
        "de l’établissement (avis-situation-sirene.insee.fr).",
    ),
    "eu_vat": (
        vat.validate,
        "Ce numéro de TVA ne passe pas le contrôle : écrivez-le avec les deux lettres du pays, "
        "par exemple FR 40 303 265 045.",
    ),
}
_LONGEST_OTHER = 50


class InvalidIdentifier(Refusal):
    """An identifier whose form or check digits are wrong."""


def checked_identifier(scheme: str, identifier: str) -> str:
    """The identifier in its one written form (no spaces, capitals).

    Args:
        scheme: "siren", "siret", "eu_vat" or "other".
        identifier: As the person typed it.

    Raises:
        InvalidIdentifier: The check digits are wrong, or nothing was typed.
    """
    if scheme == "other":
        return _other(identifier)
    validate, refusal = _CHECKS[scheme]
    try:
        return validate(identifier)
    except ValidationError as error:
        raise InvalidIdentifier(refusal) from error


def _other(identifier: str) -> str:
    """An identifier of a register that we cannot check: tidied only."""
    tidied = " ".join(identifier.split()).upper()
    if not tidied:
        raise InvalidIdentifier("Indiquez le numéro donné par le registre de votre pays.")
    if len(tidied) > _LONGEST_OTHER:
        raise InvalidIdentifier(f"Cet identifiant est trop long : {_LONGEST_OTHER} signes au plus.")
    return tidied


def siren_of(scheme: str, identifier: str) -> str:
    """The SIREN that a checked identifier contains, empty when it contains none."""
    if scheme == "siren":
        return identifier
    if scheme == "siret":
        return identifier[:9]
    if scheme == "eu_vat" and identifier.startswith("FR"):
        return identifier[-9:]
    return ""
