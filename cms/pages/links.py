"""Links that editors choose: a page, an address of the site from a list, or (in buttons) another site."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.blocks.struct_block import StructBlockValidationError

from cms.catalogue.validators import validate_website

ADDRESSES = {
    "catalogue:list": _("Catalogue"),
    "desk:calls": _("Appels ouverts"),
    "needs:list": _("Besoins"),
    "figures:page": _("Chiffres publics"),
    "desk:rulebook": _("Le règlement, article par article"),
    "desk:verify": _("Vérifier un document"),
    "accounts:register_company": _("Inscrire mon entreprise"),
    "accounts:register_buyer": _("Inscrire mon organisation publique"),
    "account_login": _("Se connecter"),
}
"""Pages of the site that no editor writes, by the name of their address; what is not installed is not offered."""


def own_addresses() -> list[tuple[str, Any]]:
    """(name, label) of the addresses that answer here."""
    return [(name, label) for name, label in ADDRESSES.items() if address_of(name)]


def address_of(name: str) -> str:
    """The address that bears this name, nothing where the room that answers it is not installed."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


class LinkValue(blocks.StructValue):
    """A link, as templates read it."""

    @property
    def href(self) -> str:
        """Where it leads; nothing while its page is not published."""
        page = self.get("page")
        if page:
            return (page.url or "") if page.live else ""
        return address_of(self.get("address") or "") or self.get("url") or ""


class OwnLinkBlock(blocks.StructBlock):
    """A link inside of the site."""

    label = blocks.CharBlock(label=_("texte du lien"), max_length=60)
    page = blocks.PageChooserBlock(label=_("page"), required=False)
    address = blocks.ChoiceBlock(label=_("ou une autre partie du site"), choices=own_addresses, required=False)

    class Meta:
        icon = "link"
        label = _("Lien")
        value_class = LinkValue
        form_layout = ["label", "page", "address"]

    def clean(self, value: Mapping[str, Any]) -> Any:
        """One target and one only. Raises StructBlockValidationError."""
        cleaned = super().clean(value)
        if self.is_deferred_validation:
            return cleaned
        if sum(bool(cleaned.get(name)) for name in ("page", "address", "url")) != 1:
            wrong = ValidationError(_("Choisissez une cible, et une seule."))
            raise StructBlockValidationError(block_errors={"page": wrong})
        return cleaned


class LinkBlock(OwnLinkBlock):
    """A link to anywhere."""

    url = blocks.URLBlock(
        label=_("ou l’adresse d’un autre site"), required=False, max_length=250, validators=[validate_website]
    )

    class Meta:
        form_layout = ["label", "page", "address", "url"]


class ColumnBlock(blocks.StructBlock):
    """One column of the footer."""

    title = blocks.CharBlock(label=_("titre"), max_length=40)
    links = blocks.ListBlock(OwnLinkBlock(), label=_("liens"), max_num=10)

    class Meta:
        icon = "list-ul"
        label = _("Colonne")


ENTRIES = [("link", OwnLinkBlock())]
COLUMNS = [("column", ColumnBlock())]
