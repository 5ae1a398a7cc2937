"""What every page shows around its content: menu, spaces, footer. Read lazily: a page without them pays nothing."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.accounts.menus import Menus, menus
from marketplace.accounts.models import Membership
from marketplace.accounts.pages import actor_of, now_of
from marketplace.accounts.spaces import Column, Entry, spaces_of

_LISTS = (
    (gettext_lazy("Catalogue"), "catalogue:list"),
    (gettext_lazy("Appels ouverts"), "desk:calls"),
    (gettext_lazy("Besoins"), "needs:list"),
    (gettext_lazy("Chiffres publics"), "figures:page"),
)
"""What everybody reads, in the order of the menu (ux.md §4)."""


def site(request: HttpRequest) -> dict[str, Any]:
    """Context processor of every template."""
    signed_in = hasattr(request, "user") and request.user.is_authenticated
    # Three parts of the page read it: once is enough.
    chosen = SimpleLazyObject(menus)
    return {
        "site_name": settings.SITE_NAME,
        "ribbon": settings.RIBBON,
        "now": now_of(request),
        "menu": SimpleLazyObject(lambda: _menu(request, chosen)),
        "footer": SimpleLazyObject(lambda: chosen.footer or _footer(chosen.more)),
        "legal_links": SimpleLazyObject(lambda: chosen.legal or _legal_links()),
        "login_url": SimpleLazyObject(lambda: f"{_address('account_login')}?next={request.path}"),
        "account_url": _address("accounts:account") if signed_in else "",
        "switch_url": _address("accounts:switch") if signed_in else "",
        "acting_for": SimpleLazyObject(lambda: actor_of(request).membership()) if signed_in else None,
        "can_switch": SimpleLazyObject(lambda: _can_switch(request)) if signed_in else False,
        "spaces": SimpleLazyObject(lambda: _spaces(request)) if signed_in else [],
    }


def _spaces(request: HttpRequest) -> list[Entry]:
    entries = spaces_of(actor_of(request))
    # Some addresses lie below others: the nearest says where one is.
    nearest = max((entry.url for entry in entries if request.path.startswith(entry.url)), key=len, default="")
    return [Entry(entry.label, entry.url, entry.url == nearest) for entry in entries]


def _can_switch(request: HttpRequest) -> bool:
    return Membership.objects.active().filter(user=request.user).count() > 1


def _menu(request: HttpRequest, chosen: Menus) -> list[Entry]:
    entries = chosen.main or [*_entries(*_LISTS), Entry(_("Aide"), "/aide/")]
    return [Entry(entry.label, entry.url, _is_here(entry.url, request.path)) for entry in entries]


def _is_here(url: str, path: str) -> bool:
    return path.startswith(url) if url != "/" else path == "/"


def _footer(more: list[Entry]) -> list[Column]:
    return [
        Column(
            _("Découvrir"),
            [*_entries(*_LISTS), *more],
        ),
        Column(
            _("Participer"),
            _entries(
                (_("Inscrire mon entreprise"), "accounts:register_company"),
                (_("Publier un appel"), "accounts:register_buyer"),
                (_("Exprimer un besoin"), "needs:propose"),
                (_("Tarifs"), "billing:prices"),
            ),
        ),
        Column(
            _("Aide"),
            [
                Entry(_("Comprendre le partenariat d’innovation"), "/aide/partenariat-innovation/"),
                Entry(_("Déposer une réponse"), "/aide/deposer/"),
                *_entries(
                    (_("Le règlement, article par article"), "desk:rulebook"),
                    (_("Vérifier un document"), "desk:verify"),
                ),
            ],
        ),
    ]


def _legal_links() -> list[Entry]:
    return [
        Entry(_("Accessibilité : non conforme (audit à venir)"), "/accessibilite/"),
        Entry(_("Mentions légales"), "/mentions-legales/"),
        Entry(_("Données personnelles"), "/donnees-personnelles/"),
        Entry(_("Cookies : aucun traceur"), "/cookies/"),
    ]


def _entries(*named: tuple[str, str]) -> list[Entry]:
    return [Entry(str(label), address) for label, name in named if (address := _address(name))]


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
