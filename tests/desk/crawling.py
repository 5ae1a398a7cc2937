"""Everything a person can reach from their browser by reading: what two worlds are compared by."""

import re
from collections import deque
from collections.abc import Iterable, Iterator
from html import unescape
from urllib.parse import urljoin, urlsplit

from django.http import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

ADMIN = "/gestion/"
LINK = re.compile(rb'\s(?:href|src|action|data-[a-z-]*url[a-z-]*)="([^"]*)"')
# What changes at each reading by design: the tokens of forms, and how long ago by the clock of the machine.
CHANGING = re.compile(
    rb'(csrfmiddlewaretoken\\?" value=\\?"|CSRF_TOKEN(?:&quot;|\\?"): (?:&quot;|\\?"))[A-Za-z0-9]{64}'
    rb"|(Il y a )\d+\xc2\xa0\w+",
)
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
# Written from the clock of the machine, which no test moves; the length is that of the bytes, which are compared.
LEFT_ASIDE = frozenset({"Date", "Expires", "Last-Modified", "Content-Length"})
# Static files; pages that fail on purpose; the way out, which would end the visit; the sign-in page by where it leads;
# writing a page of the site or a row that editors keep, whose form has another session and other random numbers at each
# visit; workbooks, which hold the hour at which they were made (the same tables are read as CSV); the count of searches
# that found nothing and the documents of a call, to whose numbers each reading adds.
LEFT_OUT = re.compile(
    r"^/(static|media)/|failwhale|test404|deconnexion|logout|/jsi18n/|^/connexion/\?|^/compte/appareils/"
    r"|^/gestion/(pages/(\d+/edit|add)|snippets/\w+/\w+/(edit|add)|editing-sessions)/|export=xlsx"
    r"|^/gestion/catalogue/rapports/recherches/|^/appels/[^/]+/documents/[^/]"
)

Page = tuple[int, tuple[tuple[str, str], ...], bytes]


def addresses(values: dict[str, list[str]]) -> list[str]:
    """Every address of the site whose parameters are all among `values`, with each of their values."""
    return sorted(set(_filled(_routes(get_resolver().url_patterns), values)))


def _routes(patterns: Iterable[URLPattern | URLResolver], before: str = "/") -> Iterator[str]:
    for pattern in patterns:
        route = str(pattern.pattern)
        if "^" in route or "\\" in route or "(" in route:
            continue
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern.url_patterns, before + route)
        else:
            yield before + route


def _filled(routes: Iterable[str], values: dict[str, list[str]]) -> Iterator[str]:
    for route in routes:
        found = PARAMETER.search(route)
        if found is None:
            if not LEFT_OUT.search(route):
                yield route
            continue
        options = (route.replace(found.group(0), value, 1) for value in values.get(found.group(1), []))
        yield from _filled(options, values)


def crawl(client: Client, starts: Iterable[str]) -> dict[str, Page]:
    """Read the starts, then every page they lead to, to the last: address to status, headers and bytes."""
    client.raise_request_exception = False
    # A message left for the next page is shown on the first page of the next reading otherwise.
    cookies = client.cookies.copy()
    waiting, seen = deque(starts), {}
    known = {_page(address) for address in waiting}
    while waiting:
        address = waiting.popleft()
        answer = client.get(address)
        body = _body(answer)
        seen[address] = (answer.status_code, _headers(answer), CHANGING.sub(rb"\1\2", body))
        for link in _links(address, answer, body):
            if _page(link) not in known:
                known.add(_page(link))
                waiting.append(link)
    client.cookies = cookies
    return seen


def _page(address: str) -> str:
    """What makes two addresses one page: those of the administration are read once, in whatever order they sort."""
    return address.partition("?")[0] if address.startswith(ADMIN) else address


def _body(answer: HttpResponseBase) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def _headers(answer: HttpResponseBase) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(pair for pair in answer.headers.items() if pair[0] not in LEFT_ASIDE))


def _links(address: str, answer: HttpResponseBase, body: bytes) -> Iterator[str]:
    found = [answer.headers["Location"]] if "Location" in answer.headers else []
    if answer.headers.get("Content-Type", "").startswith(("text/html", "application/rss", "application/atom")):
        found += [unescape(link.decode()) for link in LINK.findall(body)]
    for link in found:
        whole = urlsplit(urljoin(f"http://testserver{address}", link))
        path = whole.path + (f"?{whole.query}" if whole.query else "")
        if whole.scheme in {"http", "https"} and whole.netloc == "testserver" and not LEFT_OUT.search(path):
            yield path


def differing(one: dict[str, Page], other: dict[str, Page]) -> list[str]:
    """Addresses reached in one world only, or that answer otherwise."""
    return sorted(address for address in one.keys() | other.keys() if one.get(address) != other.get(address))
