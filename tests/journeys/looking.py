"""What every page must pass in a browser: no accessibility violation, no sideways scroll, nothing from elsewhere."""

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
# The dark scheme only changes colours: the other rules would say again what they said in the light.
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
REFUSED = re.compile("status of (409|422) ")
"""What the browser says of a page that shows a refusal; those who walk check whether it was due."""
WIDTHS = (1280, 390, 320)


@dataclass
class Seen:
    """What a walk through pages met; `problems` is empty when all is well, `models` are the kinds of pages seen."""

    pages: int = 0
    models: set[tuple[str, str]] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)


def watch(page: Page, seen: Seen) -> None:
    """Note messages of the console and requests to other hosts, from now on."""

    def on_request(url: str) -> None:
        if urlsplit(url).hostname not in {"localhost", "127.0.0.1", None}:
            seen.problems.append(f"{page.url}: asks {url}")

    def on_message(kind: str, text: str) -> None:
        if kind == "error" and not REFUSED.search(text):
            seen.problems.append(f"{page.url}: {text}")

    page.on("request", lambda request: on_request(request.url))
    page.on("pageerror", lambda error: seen.problems.append(f"{page.url}: {error}"))
    page.on("console", lambda message: on_message(message.type, message.text))


def look(page: Page, seen: Seen, *, widths: tuple[int, ...] = WIDTHS, dark: bool = True) -> None:
    """Check the page shown at each width in the light, and its colours in the dark, which no width changes."""
    page.evaluate(AXE_SCRIPT)
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        if page.evaluate("document.documentElement.scrollWidth") > width:
            seen.problems.append(f"{page.url}: wider than {width} px")
        # Between the widest and the narrowest only the width changes: that the page fits is enough.
        if width in {widths[0], widths[-1]}:
            _violations(page, seen, RULES, f"{width} px, light")
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    if dark:
        page.emulate_media(color_scheme="dark")
        _violations(page, seen, COLOURS, "dark")
        page.emulate_media(color_scheme="light")
    seen.pages += 1


def _violations(page: Page, seen: Seen, rules: dict[str, object], how: str) -> None:
    options = {"runOnly": rules, "resultTypes": ["violations"]}
    for violation in page.evaluate("options => axe.run(options)", options)["violations"]:
        nodes = [node["html"][:200] for node in violation["nodes"]][:3]
        seen.problems.append(f"{page.url}, {how}: {violation['id']} {nodes}")
