"""Checks of what a profile declares, shared by the editors' form and the import; each refusal says what to do."""

from datetime import datetime
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from marketplace.accounts.identifiers import InvalidIdentifier, checked_identifier
from marketplace.journal import clock

OLDEST_YEAR = 1800


def validate_siren(value: str) -> None:
    """Raises ValidationError unless these are nine digits whose check digit is right."""
    try:
        tidied = checked_identifier("siren", value)
    except InvalidIdentifier as error:
        raise ValidationError(str(error), code="siren") from error
    if tidied != value:
        raise ValidationError(_("Écrivez les 9 chiffres du SIREN sans espace."), code="siren")


def validate_website(value: str) -> None:
    """Raises ValidationError unless this is a plain http or https address, without a name nor a password in it."""
    try:
        address = urlsplit(value)
        host, has_login = address.hostname or "", bool(address.username or address.password)
    except ValueError:
        host, has_login, address = "", False, urlsplit("")
    if address.scheme not in {"http", "https"} or "." not in host or has_login or " " in value:
        raise ValidationError(
            _("Écrivez l’adresse entière du site, par exemple https://www.exemple.fr."), code="website"
        )


def validate_year(value: int, *, now: datetime | None = None) -> None:
    """Raises ValidationError unless a company of today (`now`, else the clock) may have been founded that year."""
    this_year = (now or clock.now()).year
    if not OLDEST_YEAR <= value <= this_year:
        raise ValidationError(
            _("L’année de création doit être entre %(oldest)s et %(latest)s."),
            code="year",
            params={"oldest": OLDEST_YEAR, "latest": this_year},
        )
