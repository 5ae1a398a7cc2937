"""Components of the pages that visitors read: search box, filters, tiles, steps, the opening of the home page.

Same rule as `ui`: pages never write a component class by hand.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from marketplace.ui.choices import Choice

register = template.Library()

Pairs = Iterable[tuple[str, str]]


@register.simple_tag
def search_box(
    action: str, label: str, *, value: str = "", kept: Pairs = (), hide_label: bool = False, field_id: str = "q"
) -> SafeString:
    """A search field with its button; `kept` are parameters of the address that stay, « q » and the page excepted."""
    return _render(
        "search_box",
        action=action,
        label=label,
        value=value,
        kept=[(name, text) for name, text in kept if name != "q"],
        hide_label=hide_label,
        field_id=field_id,
    )


@register.simple_block_tag
def filters(
    content: str, action: str, label: str, *, active: int = 0, kept: Pairs = (), live: str = "", beside: str = ""
) -> SafeString:
    """The form of the filters: beside the list where there is room, behind a button elsewhere.

    With `live`, the id of the list, each change shows at once where the page has htmx (the page
    includes `components/live_filters.html`); `beside` are selectors of what else changes with it. The button stays.
    """
    return _render(
        "filters",
        content=content,
        action=action,
        label=label,
        active=active,
        live=live,
        beside=beside,
        kept=[(name, text) for name, text in kept if name in {"q", "tri"}],
    )


@register.simple_tag
def filter_group(legend: str, name: str, choices: Sequence[Choice], *, says: str = "") -> SafeString:
    """One filter: its values as boxes, with what each would find; `says` explains what its words leave open."""
    return _render("filter_group", legend=legend, name=name, choices=choices, says=says)


@register.simple_tag
def check_box(name: str, value: str, label: str, *, more: str = "", form: str = "", id: str = "") -> SafeString:  # noqa: A002 - templates say `id="…"`, as HTML does
    """One box to tick; `more` is read aloud with the label, `form` is the id of a form elsewhere on the page."""
    return _render("check_box", name=name, value=value, label=label, more=more, form=form, id=id or f"{name}-{value}")


@register.simple_tag
def active_filters(chosen: Sequence[tuple[str, str]], clear_url: str) -> SafeString:
    """The chosen values, each with the link that takes it away."""
    return _render("active_filters", chosen=chosen, clear_url=clear_url)


@register.simple_tag
def sort_links(sorts: Sequence[tuple[str, str, bool]]) -> SafeString:
    """The orders of a list as links: no script, no button."""
    return _render("sort_links", sorts=sorts)


@register.simple_tag
def tile(label: str, note: str, href: str, icon: str) -> SafeString:
    """A way into a part of the site: drawing, name, and how much is there."""
    return _render("tile", label=label, note=note, href=href, icon=icon)


@register.simple_tag
def numbered_steps(steps: Iterable[Any]) -> SafeString:
    """What follows what: objects with a `title` and a `text`, under numbered arches."""
    return _render("numbered_steps", steps=steps)


@register.simple_block_tag
def hero(content: str, title: str, lead: str) -> SafeString:
    """The opening of the home page, under the drawing of the arches."""
    return _render("hero", content=content, title=title, lead=lead)


@register.simple_block_tag
def band(content: str, title_id: str, *, sunken: bool = False) -> SafeString:
    """A band across the page, named by the title whose id is `title_id`."""
    return _render("band", content=content, title_id=title_id, sunken=sunken)


@register.simple_tag
def name_plate(name: str, href: str, *, place: str = "") -> SafeString:
    """Monogram, name and place of an organisation, at the head of a card that its name opens."""
    return _render("name_plate", name=name, href=href, place=place)


@register.simple_block_tag
def figure(content: str, *, caption: str = "", credit: str = "") -> SafeString:
    """A picture with its caption and its credit; the content is the `<img>`, which says its own alternative."""
    return _render("figure", content=content, caption=caption, credit=credit)


@register.simple_block_tag
def quote(content: str, *, by: str, role: str = "", organisation: str = "", href: str = "") -> SafeString:
    """Somebody's words, with who said them; `href` leads to the organisation."""
    return _render("quote", content=content, by=by, role=role, organisation=organisation, href=href)


@register.simple_block_tag
def card_foot(content: str) -> SafeString:
    """The foot of a card: state, date, button."""
    return _render("card_foot", content=content)


def _render(component: str, /, **context: Any) -> SafeString:
    return render_to_string(f"components/{component}.html", context)
