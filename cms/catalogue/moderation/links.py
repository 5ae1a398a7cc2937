"""Asks the addresses that published profiles give whether they still answer, and keeps the answer.

Profiles are written by strangers: an address is asked only when its host is on the public network, and the connection
goes to the very address that was looked at, so that no name leads inside the network of the site.
"""

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from urllib.parse import urljoin, urlsplit

from django.conf import settings

from cms.catalogue.models import LinkCheck, Profile

TIMEOUT_SECONDS = 5
LONGEST_WAY = 5
"""Redirections that are followed."""

ASKED_AGAIN_AFTER = timedelta(days=7)

_BATCH = 200
_PORTS = {"http": 80, "https": 443}
_GONE = {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}
_MOVED = {301, 302, 303, 307, 308}
# What some sites answer to HEAD only.
_HEAD_REFUSED = {400, 403, 404, 405, 501}


class NotPublicError(Exception):
    """An address that is not http(s) on the usual port of a public host."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an address answered. `problem` is a code of `LinkCheck.Problem`, empty when all is well."""

    status: int | None = None
    problem: str = ""


def ask(url: str) -> Answer:
    """Ask an address, its redirections followed, each looked at before it is asked. Never raises for a network."""
    try:
        for _step in range(LONGEST_WAY + 1):
            status, location = _request(url, "HEAD")
            if status in _HEAD_REFUSED:
                status, location = _request(url, "GET")
            if status in _MOVED and location:
                url = urljoin(url, location)
                continue
            return Answer(status, _problem(status))
        return Answer(None, LinkCheck.Problem.LOOP)
    except NotPublicError:
        return Answer(None, LinkCheck.Problem.FORBIDDEN)
    except socket.gaierror:
        return Answer(None, LinkCheck.Problem.UNKNOWN_HOST)
    except ssl.SSLError:
        return Answer(None, LinkCheck.Problem.CERTIFICATE)
    except (OSError, http.client.HTTPException, ValueError):
        return Answer(None, LinkCheck.Problem.SILENT)


def addresses_of(profile: Profile) -> list[str]:
    """The addresses that a profile gives: its site, its code, its solutions' code, its proofs; each once."""
    given = [
        profile.website,
        profile.repository,
        *(solution.source_url for solution in profile.solutions.all()),
        *(label.proof_url for label in profile.labels.all()),
        *(medium.url for medium in profile.media.all()),
    ]
    return list(dict.fromkeys(url for url in given if url))


def check_links(*, now: datetime, limit: int | None = None) -> tuple[int, int]:
    """Ask the addresses of published profiles that were not asked for a week, and keep the answers.

    Returns how many were asked and how many of them are broken. What no profile gives any more is forgotten.
    """
    asked = broken = 0
    recent = now - ASKED_AGAIN_AFTER
    for profile in _published():
        known = {check.url: check for check in profile.link_checks.all()}
        urls = addresses_of(profile)
        _forget(check for url, check in known.items() if url not in urls)
        for url in urls:
            check = known.get(url) or LinkCheck(profile=profile, url=url)
            if check.pk and check.checked_at > recent:
                continue
            if limit is not None and asked >= limit:
                return asked, broken
            broken += _keep(check, ask(url), now=now)
            asked += 1
    return asked, broken


def _published() -> Iterator[Profile]:
    """Published profiles with their parts, some at a time: no reading stays open while the network is waited for."""
    rows = (
        Profile.objects.published().defer("search_text").prefetch_related("solutions", "labels", "media", "link_checks")
    )
    ids = list(Profile.objects.published().order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), _BATCH):
        yield from list(rows.filter(pk__in=ids[start : start + _BATCH]).order_by("pk"))


def _keep(check: LinkCheck, answer: Answer, *, now: datetime) -> bool:
    """Keep an answer; returns whether the address is broken."""
    check.checked_at, check.status, check.problem = now, answer.status, answer.problem
    check.failing_since = (check.failing_since or now) if answer.problem else None
    check.save()
    return bool(answer.problem)


def _forget(checks: Iterable[LinkCheck]) -> None:
    if gone := [check.pk for check in checks]:
        LinkCheck.objects.filter(pk__in=gone).delete()


def _problem(status: int) -> str:
    """A site that refuses robots is there all the same: only an absent page or a failing site is broken."""
    if status in _GONE:
        return LinkCheck.Problem.MISSING
    return LinkCheck.Problem.ERROR if status >= HTTPStatus.INTERNAL_SERVER_ERROR else ""


def _public_address(host: str, port: int) -> str:
    """The network address of a host. Raises NotPublicError when one of its addresses is not public."""
    found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not settings.LINK_CHECK_PRIVATE and not all(_is_public(address) for address in found):
        raise NotPublicError(host)
    return found[0]


def _is_public(address: str) -> bool:
    number = ipaddress.ip_address(address.split("%")[0])
    # An address of the old network written as one of the new.
    mapped = getattr(number, "ipv4_mapped", None)
    number = mapped or number
    return number.is_global and not number.is_multicast


def _request(url: str, method: str) -> tuple[int, str]:
    """Status and redirection of one request; the body is never read. Raises NotPublicError, OSError, HTTPException."""
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname or parts.username:
        raise NotPublicError(url)
    port = parts.port or _PORTS[parts.scheme]
    if port not in _PORTS.values() and not settings.LINK_CHECK_PRIVATE:
        raise NotPublicError(url)
    host = parts.hostname.encode("idna").decode()
    address = _public_address(host, port)
    connection = (_Pinned if parts.scheme == "http" else _PinnedWithTLS)(host, port, address)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request(method, target, headers={"User-Agent": f"Mozilla/5.0 (compatible; +{settings.SITE_URL})"})
        answer = connection.getresponse()
        return answer.status, answer.getheader("Location") or ""
    finally:
        connection.close()


class _Pinned(http.client.HTTPConnection):
    """A connection to the network address that was looked at, whatever its name leads to by now."""

    def __init__(self, host: str, port: int, address: str) -> None:
        super().__init__(host, port, timeout=TIMEOUT_SECONDS)
        self.pinned = address

    def connect(self) -> None:
        self.sock = socket.create_connection((self.pinned, self.port), self.timeout)


class _PinnedWithTLS(http.client.HTTPSConnection):
    """The same, the certificate checked against the name."""

    def __init__(self, host: str, port: int, address: str) -> None:
        self.certificates = ssl.create_default_context()
        super().__init__(host, port, timeout=TIMEOUT_SECONDS, context=self.certificates)
        self.pinned = address

    def connect(self) -> None:
        opened = socket.create_connection((self.pinned, self.port), self.timeout)
        self.sock = self.certificates.wrap_socket(opened, server_hostname=self.host)
