"""How often strangers may write: counted in the cache, by network and by address, under digests that name nobody.

allauth counts attempts to sign in likewise, and keeps that to itself: its module says that it is not for others.
"""

import hashlib
import ipaddress
from datetime import datetime

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.translation import gettext as _

from marketplace.journal.errors import Refusal

HOUR, DAY = 3_600, 86_400
MAILS_PER_ADDRESS, MAILS_PER_NETWORK = 5, 30
"""Mails asked for within one hour, for one address and from one network: nobody's letter-box is filled from here."""


class TooMany(Refusal):
    """Too much was asked for in a time; pages answer 429, with what was typed."""


def network_of(request: HttpRequest) -> str:
    """The network that a request comes from: neighbours of the same /24 (IPv6: /64) count together."""
    address = ipaddress.ip_address(get_adapter().get_client_ip(request) or "0.0.0.0")  # noqa: S104 - nobody's address
    return str(ipaddress.ip_network(f"{address}/{24 if address.version == 4 else 64}", strict=False))


def count(what: str, who: str, *, most: int, seconds: int, now: datetime) -> None:
    """Count one more `what` of `who` in the present period of so many seconds. Raises TooMany beyond `most`."""
    period = int(now.timestamp()) // seconds
    key = f"limit.{what}.{period}.{hashlib.sha256(who.encode()).hexdigest()}"
    # Kept for twice its period: it never ends between both calls.
    cache.add(key, 0, timeout=2 * seconds)
    if cache.incr(key) > most:
        wait = _("une heure") if seconds <= HOUR else _("un jour")
        raise TooMany(
            _("Trop de demandes pour cette adresse ou depuis cette connexion : réessayez dans %(wait)s au plus. ")
            % {"wait": wait}
            + _("Votre texte est gardé dans cette page.")
        )


def count_mail(what: str, email: str, *, request: HttpRequest, now: datetime) -> None:
    """Count a mail that is about to leave for an address that a stranger typed. Raises TooMany."""
    count(f"{what}.address", email.lower(), most=MAILS_PER_ADDRESS, seconds=HOUR, now=now)
    count(f"{what}.network", network_of(request), most=MAILS_PER_NETWORK, seconds=HOUR, now=now)
