"""What pages say to machines in schema.org's words, as data that no text of people can leave."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe

CONTEXT = "https://schema.org"
# The letters by which a text would leave its element, or an attribute (the list of Django's own `json_script`).
_ESCAPES = {ord(letter): f"\\u{ord(letter):04X}" for letter in "<>&\N{LINE SEPARATOR}\N{PARAGRAPH SEPARATOR}"}
Data = Mapping[str, Any]


def whole(address: str) -> str:
    """An address of the site with its host, as others must follow it."""
    return address if "://" in address else f"{settings.SITE_URL.rstrip('/')}{address}"


def kept(**values: Any) -> dict[str, Any]:
    """The values that say something; `type_` stands for `@type`."""
    named = {"@type" if name == "type_" else name: value for name, value in values.items()}
    return {name: value for name, value in named.items() if value not in (None, "", [], {})}


def script(*things: Data | None) -> SafeString:
    """The data block (`<script type="application/ld+json">`) of these things; empty when there is none.

    It is data: no policy on scripts applies to it, and nothing of it runs.
    """
    present = [{"@context": CONTEXT, **thing} for thing in things if thing]
    blocks = (json.dumps(thing, ensure_ascii=False, default=str).translate(_ESCAPES) for thing in present)
    return mark_safe("".join(f'<script type="application/ld+json">{block}</script>' for block in blocks))  # noqa: S308 - escaped just above


def crumbs_of(steps: Iterable[tuple[Any, str]]) -> dict[str, Any]:
    """Where a page stands: (label, address) from the home page to itself."""
    items = [
        kept(type_="ListItem", position=place, name=str(label), item=whole(address))
        for place, (label, address) in enumerate(steps, start=1)
    ]
    return kept(type_="BreadcrumbList", itemListElement=items)
