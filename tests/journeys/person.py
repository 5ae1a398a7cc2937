"""Somebody in front of a browser, who reads, fills fields, presses buttons, in their own manner."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.urls import resolve
from playwright.sync_api import Download, ElementHandle, FilePayload, Locator, Page
from playwright.sync_api import TimeoutError as NotThere

from tests.journeys.looking import Seen, look

TABS_AT_MOST = 400
PATIENCE = 3000
"""Milliseconds after which something is not on the page."""
FOR_A_WINDOW, TRIES = 15_000, 2
"""Milliseconds, times: a busy machine is slow to open the window where files are chosen."""
ROW_COUNT = "-TOTAL_FORMS"
FOCUSED = "one => one === document.activeElement"
TYPED = (
    "[...document.querySelectorAll('main :is(input, select, textarea):not([type=hidden], [type=file])')]"
    ".map(one => [one.name, one.type === 'checkbox' || one.type === 'radio' ? [one.value, one.checked] : one.value])"
)
BUTTONS_OF_NO_FORM = (
    "[...document.querySelectorAll('button[type=submit]')].filter(one => one.form === null).map(one => one.innerText)"
)


@dataclass(frozen=True)
class Manner:
    """How somebody uses the site: with or without programs in the page, with or without a mouse, on which screen."""

    name: str
    script: bool = True
    mouse: bool = True
    width: int = 1280

    @property
    def options(self) -> dict[str, Any]:
        """Options of the browser context."""
        return {"java_script_enabled": self.script, "viewport": {"width": self.width, "height": 900}}


class Person:
    """A window of the browser and what was counted in it: `steps` are screens left by a decision and a click."""

    def __init__(self, page: Page, manner: Manner, seen: Seen, *, looks: bool) -> None:
        self.page, self.manner, self.seen, self.looks = page, manner, seen, looks
        self.steps = 0

    # --- Going from page to page --------------------------------------------------------------------------------------

    def go(self, address: str) -> None:
        """Type an address, as after a click in a mail."""
        self.page.goto(address)
        self._arrive()

    def follow(self, words: str, *, within: str = "main", row: str = "") -> None:
        """Follow the link that bears these words (in the row that holds `row`)."""
        with self.page.expect_navigation():
            self._use(self._named("link", words, within, row))
        self._arrive()

    def press(self, words: str, *, within: str = "main", row: str = "", is_refused: bool = False) -> None:
        """Press a button: a step. `is_refused`: the site is expected to say no, and why."""
        with self.page.expect_navigation():
            self._use(self._named("button", words, within, row))
        self.steps += 1
        self._arrive(is_refused=is_refused)

    def open(self, summary: str) -> None:
        """Unfold a part of the page."""
        self._use_handle(self.page.locator("main summary").filter(has_text=summary).first.element_handle())

    def download(self, words: str, *, kind: str = "link", row: str = "") -> Path:
        """Follow a link, or press a button, that gives a file."""
        with self.page.expect_download() as coming:
            self._use(self._named(kind, words, "main", row))
        got: Download = coming.value
        return Path(got.path())

    def use(self, words: str, *, row: str = "") -> None:
        """Press a button to which the program of the page answers, without another page."""
        self._use(self._named("button", words, "main", row))

    def tick(self, words: str, *, row: str = "") -> None:
        """Tick a box that is no field of a form."""
        self._toggle(self._named("checkbox", words, "main", row))

    def reads(self, *words: str) -> None:
        """The page says these words, each of them."""
        said = self.text()
        for one in words:
            assert one in said, f"« {one} » is not on {self.page.url}:\n{said}"

    def text(self) -> str:
        """Words of the page, with ordinary spaces."""
        return " ".join(self.page.inner_text("main").split())

    def _named(self, role: str, words: str, within: str, row: str) -> Locator:
        place = self.page.locator(within)
        if row:
            place = place.locator("tr, li, article, fieldset, section, .card").filter(has_text=row).last
        return place.get_by_role(role, name=words).first

    def _arrive(self, *, is_refused: bool = False) -> None:
        path = urlsplit(self.page.url).path
        title = self.page.title()
        assert title.startswith("Erreur") == is_refused, f"{self.page.url}: {self.text()}"
        for dead in self.page.evaluate(BUTTONS_OF_NO_FORM):
            self.seen.problems.append(f"{self.page.url}: « {dead} » does nothing")
        model = (resolve(path).view_name, f"{is_refused}: {self.page.locator('h1').first.inner_text()}")
        if self.looks and model not in self.seen.models:
            self.seen.models.add(model)
            look(self.page, self.seen)
            self.page.set_viewport_size({"width": self.manner.width, "height": 900})
        elif self.page.evaluate("document.documentElement.scrollWidth") > self.manner.width:
            self.seen.problems.append(f"{self.page.url}: wider than {self.manner.width} px")

    # --- Fields -------------------------------------------------------------------------------------------------------

    def fill(self, values: Mapping[str, Any]) -> None:
        """Fill fields by name: text, « on » or "" for a box, a value for a choice, a list for several boxes.

        Rows are added until there are as many as `values` says (`…-TOTAL_FORMS`); those that the page proposes beyond
        are taken away.
        """
        for name, count in values.items():
            if name.endswith(ROW_COUNT):
                self._add_rows(name.removesuffix(ROW_COUNT), int(count))
                self._take_rows_away(name.removesuffix(ROW_COUNT), int(count))
        for name, value in values.items():
            if not name.endswith((ROW_COUNT, "-INITIAL_FORMS")):
                self._fill_one(name, value)

    def typed(self) -> list[Any]:
        """Every field of the page, with what it holds."""
        return self.page.evaluate(TYPED)

    def follow_first_error(self) -> str:
        """Follow the first link of the summary of errors; returns the name of the field to which it leads."""
        self._use(self.page.locator("#erreurs a"))
        return self.page.evaluate("document.querySelector(':target').name")

    def attach(self, name: str, *files: str | Path | FilePayload, within: Locator | None = None) -> None:
        """Choose files in a field, known by its name, or by its id where it is not sent."""
        box = (within or self.page).locator(f'input[type=file]:is([name="{name}"], #id_{name})').first
        if self.manner.mouse:
            box.set_input_files(list(files))
            return
        for _ in range(TRIES):
            self._reach(box)
            with suppress(NotThere):
                with self.page.expect_file_chooser(timeout=FOR_A_WINDOW) as coming:
                    self.page.keyboard.press("Space")
                coming.value.set_files(list(files))
                return
        raise AssertionError(f"no file can be chosen with the keyboard on {self.page.url}")

    def _add_rows(self, prefix: str, count: int) -> None:
        written = self.page.locator(f'[name="{prefix}{ROW_COUNT}"]')
        if not written.count() and not count:
            return
        while int(written.get_attribute("value") or 0) < count:
            more = self.page.locator(f'button[name=add][value="{prefix}"]')
            self._unfold(more)
            with self.page.expect_navigation():
                self._use(more)

    def _take_rows_away(self, prefix: str, count: int) -> None:
        written = self.page.locator(f'[name="{prefix}{ROW_COUNT}"]')
        total = int(written.get_attribute("value") or 0) if written.count() else 0
        for number in range(max(count, 1), total):
            self._fill_one(f"{prefix}-{number}-DELETE", "on")

    def _fill_one(self, name: str, value: Any) -> None:
        box = self.page.locator(f'[name="{name}"]:not([type=hidden])')
        assert box.count(), f"no field {name} on {self.page.url}: {self.text()}"
        self._unfold(box.first)
        kind = box.first.get_attribute("type") or box.first.evaluate("one => one.localName")
        if kind in {"radio", "checkbox"} and (box.count() > 1 or isinstance(value, list)):
            self._choose(name, kind, value if isinstance(value, list) else [str(value)])
        elif kind == "checkbox":
            if box.is_checked() != bool(value):
                self._toggle(box)
        elif kind == "radio":
            self._choose(name, kind, [str(value)])
        elif kind == "select":
            self._select(box.first, str(value))
        else:
            self._type(box.first, kind, str(value))

    def _choose(self, name: str, kind: str, values: list[str]) -> None:
        if kind == "checkbox":
            for box in self.page.locator(f'[name="{name}"]').all():
                if box.is_checked() != (box.get_attribute("value") in values):
                    self._toggle(box)
            return
        wanted = self.page.locator(f'[name="{name}"][value="{values[0]}"]')
        if self.manner.mouse:
            wanted.check()
            return
        # One choice of a group is reached by Tab, the others by the arrows.
        first = self.page.locator(f'[name="{name}"]')
        chosen = self.page.locator(f'[name="{name}"]:checked')
        self._reach(chosen if chosen.count() else first.first)
        if not chosen.count():
            self.page.keyboard.press("Space")
        for _ in range(first.count()):
            if wanted.is_checked():
                return
            self.page.keyboard.press("ArrowDown")
        assert wanted.is_checked(), f"{name} cannot be set to {values[0]} with the keyboard"

    def _toggle(self, box: Locator) -> None:
        if self.manner.mouse:
            box.click()
        else:
            self._reach(box)
            self.page.keyboard.press("Space")

    def _select(self, box: Locator, value: str) -> None:
        if self.manner.mouse:
            box.select_option(value)
            return
        self._reach(box)
        self.page.keyboard.press("Home")
        for _ in range(box.locator("option").count()):
            if box.input_value() == value:
                return
            self.page.keyboard.press("ArrowDown")
        assert box.input_value() == value, f"{value} cannot be chosen with the keyboard"

    def _type(self, box: Locator, kind: str, value: str) -> None:
        if self.manner.mouse:
            box.fill(value)
            return
        self._reach(box)
        if kind in {"date", "time"}:
            # It has several stops for Tab: begin at the first, wherever one came from.
            while box.evaluate(FOCUSED):
                self.page.keyboard.press("Shift+Tab")
            self.page.keyboard.press("Tab")
        if kind == "date":
            year, month, day = value.split("-")
            # The parts stand in the order of the browser's own language, which is English here.
            self.page.keyboard.type(f"{month}{day}{year}")
        elif kind == "time":
            self.page.keyboard.type(time.fromisoformat(value).strftime("%I%M%p"))
        else:
            self.page.keyboard.press("ControlOrMeta+a")
            self.page.keyboard.insert_text(value)
        assert box.input_value() == value, (box.input_value(), value)

    # --- Hands --------------------------------------------------------------------------------------------------------

    def _unfold(self, target: Locator) -> None:
        """Open the folded parts that hold an element, from the outside in."""
        handle: ElementHandle = target.first.element_handle()
        while not handle.evaluate("one => one.closest('details:not([open])') === null"):
            closed = handle.evaluate_handle(
                "one => { let found = null; for (let up = one.closest('details:not([open])'); up;"
                " up = up.parentElement && up.parentElement.closest('details:not([open])')) found = up;"
                " return found.querySelector('summary'); }"
            ).as_element()
            assert closed is not None
            self._use_handle(closed)

    def _use(self, target: Locator) -> None:
        try:
            target.wait_for(state="attached", timeout=PATIENCE)
        except NotThere:
            raise AssertionError(f"{target} is not on {self.page.url}: {self.text()}") from None
        self._unfold(target)
        self._use_handle(target.element_handle())

    def _use_handle(self, handle: ElementHandle) -> None:
        if self.manner.mouse:
            handle.click()
            return
        self._reach_handle(handle)
        self.page.keyboard.press("Enter")

    def _reach(self, target: Locator) -> None:
        self._reach_handle(target.first.element_handle())

    def _reach_handle(self, handle: ElementHandle) -> None:
        """Come to an element with Tab, backwards when it stands before; what Tab does not reach fails the walk."""
        if handle.evaluate(FOCUSED):
            return
        before = handle.evaluate(
            "one => document.activeElement !== document.body &&"
            " Boolean(one.compareDocumentPosition(document.activeElement) & Node.DOCUMENT_POSITION_FOLLOWING)"
        )
        for _ in range(TABS_AT_MOST):
            self.page.keyboard.press("Shift+Tab" if before else "Tab")
            with suppress(Exception):
                if handle.evaluate(FOCUSED):
                    return
        raise AssertionError(
            f"{handle.evaluate('one => one.outerHTML')[:300]} is not reached by Tab on {self.page.url}"
        )
