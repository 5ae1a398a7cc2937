"""Components of pages as tags with English names: pages never write a component class by hand.

Block tags: `card`, `note`, `law`, `facts`/`fact`, `table`, `paper`, `tasks`, `deadline`, `form_start`, each closed
by `end…`.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import BaseForm, BaseFormSet
from django.forms.boundfield import BoundField
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from marketplace.ui import charts, formats, structured
from marketplace.ui.templatetags.printing import NBSP, bytes_size
from marketplace.ui.templatetags.printing import siren as printed_siren
from marketplace.ui.todo import Todo

register = template.Library()

TASK_STATES = {
    "todo": (_("À faire"), "outline", ""),
    "doing": (_("En cours"), "info", ""),
    "done": (_("Terminé"), "ok", "check"),
    "fix": (_("À corriger"), "danger", "warn"),
    "blocked": (_("Bloqué"), "warn", "lock"),
}
MONOGRAM_TONES = ("", "mono--sun", "mono--clay", "mono--info")


# --- Small pieces -----------------------------------------------------------------------------------------------------


@register.simple_tag
def icon(name: str) -> SafeString:
    """A drawing that repeats the words beside it: hidden from screen readers."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>', static("ui/icons.svg"), name
    )


@register.simple_tag
def button(
    label: str,
    *,
    href: str = "",
    kind: str = "",
    small: bool = False,
    wide: bool = False,
    icon: str = "",
    name: str = "",
    value: str = "",
    form: str = "",
    formaction: str = "",
    more: str = "",
    id: str = "",
    is_inert: bool = False,
) -> SafeString:
    """A link that looks like a button, or a button that submits; `more` is read aloud only (« … de Tramélys »).

    `is_inert` makes a button that submits nothing by itself: a script answers to its `id`.
    """
    return _render(
        "button",
        label=label,
        href=href,
        kind=kind,
        small=small,
        wide=wide,
        icon=icon,
        name=name,
        value=value,
        form=form,
        formaction=formaction,
        more=more,
        id=id,
        is_inert=is_inert,
    )


@register.simple_tag
def tag(label: str, *, tone: str = "", icon: str = "", href: str = "") -> SafeString:
    """A small label: a state in words, its tone only repeats them."""
    return _render("tag", label=label, tone=tone, icon=icon, href=href)


@register.simple_tag
def seal(text: str, *, verified: bool = True) -> SafeString:
    """The mark of a fact: solid rosette when verified, dotted ring when declared."""
    return _render("seal", text=text, verified=verified)


@register.simple_tag
def monogram(name: str) -> SafeString:
    """Two letters of a name under an arch, where an organisation has no picture."""
    letters = "".join(part[0] for part in name.split()[:2]) if " " in name.strip() else name.strip()[:2]
    tone = MONOGRAM_TONES[sum(map(ord, name)) % len(MONOGRAM_TONES)]
    return format_html('<span class="mono mono--arch {}" aria-hidden="true">{}</span>', tone, letters.capitalize())


@register.simple_tag
def file_line(name: str, *, size: int | None = None, href: str = "", note: str = "") -> SafeString:
    """A file with its size in decimal units, a link when it may be downloaded."""
    return _render("file_line", name=name, size=bytes_size(size) if size is not None else "", href=href, note=note)


@register.simple_tag(takes_context=True)
def crumbs(context: template.Context, *pairs: str) -> SafeString:
    """Where one is: `label, url, label, url, …, label of this page`; told to machines too on what visitors read."""
    *before, last = pairs
    links = list(zip(before[::2], before[1::2], strict=True))
    user = context.get("user")
    if user is None or user.is_authenticated:
        return _render("crumbs", links=links, last=last)
    data = structured.script(structured.crumbs_of([*links, (last, context["request"].path)]))
    return _render("crumbs", links=links, last=last) + data


@register.simple_tag(takes_context=True)
def pagination(context: template.Context, page: Page) -> SafeString:
    """Links to the pages of a list, the other parameters of the address kept."""
    query = context["request"].GET.copy()
    query.pop("page", None)
    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    return _render("pagination", page=page, numbers=list(numbers), query=query.urlencode(), gap=page.paginator.ELLIPSIS)


# --- Blocks -----------------------------------------------------------------------------------------------------------


@register.simple_block_tag
def note(content: str, *, tone: str = "info", title: str = "") -> SafeString:
    """A message in its context."""
    return _render("note", content=content, tone=tone, title=title)


@register.simple_block_tag
def law(content: str, summary: str, *, is_open: bool = False) -> SafeString:
    """What the law says, folded under one line."""
    return _render("law", content=content, summary=summary, is_open=is_open)


@register.simple_block_tag
def card(content: str, *, title: str = "", level: int = 2, href: str = "", kind: str = "", id: str = "") -> SafeString:
    """A framed part of a page; with `href` its title is a link that covers it."""
    return _render("card", content=content, title=title, level=level, href=href, kind=kind, id=id)


@register.simple_block_tag
def facts(content: str, *, wide: bool = True) -> SafeString:
    """A list of facts; holds `fact` blocks."""
    return format_html('<dl class="facts{}">{}</dl>', " facts--wide" if wide else "", content)


@register.simple_block_tag
def fact(content: str, label: str, *, href: str = "", change: str = "", id: str = "") -> SafeString:
    """One fact; with `href` a link to change it, read aloud with the label; `id` gives it an address in the page."""
    return _render("fact", content=content, label=label, href=href, change=change or _("Modifier"), id=id)


@register.simple_block_tag
def table(content: str, caption: str, *, id: str = "", hide_caption: bool = False) -> SafeString:
    """A table that scrolls inside its own region, so that the page never does."""
    return _render(
        "table",
        content=content,
        caption=caption,
        id=id or f"t-{abs(hash(caption)) % 10**8}",
        hide_caption=hide_caption,
    )


@register.simple_block_tag
def paper(content: str, label: str) -> SafeString:
    """A letter as it will leave, its text scrolling inside its own region; `label` names it for screen readers."""
    return _render("paper", content=content, label=label)


@register.simple_block_tag
def deadline(content: str, at: datetime, now: datetime, *, label: str = "", is_elsewhere: object = False) -> SafeString:
    """The countdown box: what remains, the full sentence, the hour of the server; the content is what to do.

    `is_elsewhere`: another site receives, its hour counts.
    """
    left = formats.time_left_words(at, now)
    return _render("deadline", content=content, at=at, now=now, label=label, left=left, is_elsewhere=bool(is_elsewhere))


@register.simple_block_tag
def tasks(content: str, *, label: str = "") -> SafeString:
    """A task list; holds `task` tags."""
    attribute = format_html(' aria-label="{}"', label) if label else ""
    return format_html('<ul class="tasks"{}>{}</ul>', attribute, content)


@register.simple_tag
def task(label: str, *, href: str = "", state: str = "todo", hint: str = "", note: str = "") -> SafeString:
    """One task, its state as word and shape; `note` replaces the word of the state (« Bloqué : … »)."""
    word, tone, shape = TASK_STATES[state]
    return _render("task", label=label, href=href, hint=hint, word=note or word, tone=tone, icon=shape)


@register.simple_tag(takes_context=True)
def todo_list(context: template.Context, todos: Sequence[Todo]) -> SafeString:
    """« À faire maintenant »: what, and how long remains."""
    now = context.get("now")
    rows = [(todo, _due_words(todo.due, now)) for todo in todos]
    return _render("todo_list", rows=rows)


@register.simple_block_tag(takes_context=True)
def form_start(
    context: template.Context,
    content: str,
    form: BaseForm | BaseFormSet | None = None,
    *,
    action: str = "",
    autosave: bool = False,
    version: int | None = None,
    multipart: bool = False,
    wide: bool = False,
    id: str = "",
    method: str = "post",
) -> SafeString:
    """A form with its CSRF token; `autosave` sends what is typed to the same address (header X-Autosave)."""
    return render_to_string(
        "components/form_start.html",
        {
            "content": content,
            "action": action,
            "autosave": autosave,
            "version": version,
            "is_multipart": multipart or (form is not None and form.is_multipart()),
            "wide": wide,
            "id": id,
            "method": method,
        },
        request=context.get("request"),
    )


# --- Forms ------------------------------------------------------------------------------------------------------------


@register.simple_tag
def field(bound: BoundField) -> SafeString:
    """One field: label, hint, error, input."""
    return bound.as_hidden() if bound.is_hidden else bound.as_field_group()


@register.simple_tag
def fields(form: BaseForm) -> SafeString:
    """All fields of a form, in order; those that the form names in `folded` stand last, under « Préciser »."""
    later = getattr(form, "folded", frozenset())
    shown = [bound for bound in form.visible_fields() if bound.name not in later]
    folded = [bound for bound in form.visible_fields() if bound.name in later]
    parts = [*form.hidden_fields(), *(field(bound) for bound in shown)]
    if folded:
        is_open = any(bound.errors or getattr(bound, "remarks", ()) for bound in folded)
        parts.append(_render("folded_fields", fields=[field(bound) for bound in folded], is_open=is_open))
    return format_html_join("", "{}", ((part,) for part in parts))


@register.simple_tag
def error_summary(*forms: BaseForm | BaseFormSet | None) -> SafeString:
    """What is wrong, at the top, with links to the fields; takes the focus when the page opens."""
    errors: list[tuple[str, str, str]] = []
    for one in forms:
        errors += _errors_of(one) if one else []
    return _render("error_summary", errors=errors) if errors else mark_safe("")


@register.simple_tag
def findings(form: BaseForm) -> SafeString:
    """What the rule book answered to the act; a warning takes a written reason to pass (`accept-<rule>`)."""
    found = getattr(form, "findings", [])
    given = getattr(form, "accepted", {})
    rows = [(finding, given.get(finding.rule, "")) for finding in found]
    return _render("findings", rows=rows) if rows else mark_safe("")


@register.simple_tag
def formset(rows: BaseFormSet, *, add_label: str = "", row_label: str = "") -> SafeString:
    """Rows of the same kind; « Ajouter » submits `add-<prefix>`, so that it works without JavaScript."""
    words = {"add_label": add_label or rows.add_label, "row_label": row_label or rows.row_label}
    return _render("formset", rows=rows, **words)


def _errors_of(form: BaseForm | BaseFormSet) -> list[tuple[str, str, str]]:
    """(id of the input, label, message) of every error of a form or of its rows."""
    if isinstance(form, BaseFormSet):
        own = [("", "", str(message)) for message in form.non_form_errors()] if form.is_bound else []
        return own + [error for row in form.forms for error in _errors_of(row)]
    found = [("", "", str(message)) for message in form.non_field_errors()]
    for bound in form:
        target = bound.id_for_label or bound.auto_id
        found += [(target, str(bound.label), str(message)) for message in bound.errors]
    for part in getattr(form, "parts", {}).values():
        found += _errors_of(part)
    return found


# --- Charts -----------------------------------------------------------------------------------------------------------


@register.simple_tag
def track(steps: Sequence[charts.Step], *, flat: bool = False, label: str = "") -> SafeString:
    """Steps of a procedure: done, now, to come."""
    return _render("track", steps=steps, flat=flat, label=label)


@register.simple_tag
def gantt(chart: charts.Gantt, *, caption: str = "") -> SafeString:
    """A calendar: text beside each row, the same data in a table underneath."""
    rows = [
        (
            row,
            [(chart.x(s.begin), max(round(chart.x(s.end) - chart.x(s.begin), 2), 0.6), s.tone) for s in row.spans],
            [chart.x(mark) for mark in row.marks],
        )
        for row in chart.rows
    ]
    return _render("gantt", chart=chart, rows=rows, today=chart.x(chart.today), caption=caption)


@register.simple_tag
def bars(rows: Sequence[charts.Bar], *, label: str = "") -> SafeString:
    """Bars on a common scale, the figure beside each."""
    return _render("bars", rows=rows, label=label)


@register.simple_tag
def meter(chart: charts.Meter) -> SafeString:
    """A stacked bar with its legend in words."""
    return _render("meter", chart=chart)


@register.simple_tag
def stats(pairs: Sequence[tuple[str, str]]) -> SafeString:
    """Key figures: (figure as text, what it counts)."""
    return _render("stats", pairs=pairs)


# --- Words of instants and amounts ------------------------------------------------------------------------------------


@register.filter
def moment(at: datetime | None) -> SafeString | str:
    """« mardi 12 janvier 2027 à 12 h 00, heure de Paris »."""
    return formats.time_tag(at, formats.moment_words(at)) if at else ""


@register.filter
def short_moment(at: datetime | None) -> SafeString | str:
    """« 12 janv. 2027, 12 h 00 »."""
    return formats.time_tag(at, formats.short_moment_words(at)) if at else ""


@register.filter
def precise(at: datetime | None) -> SafeString | str:
    """With seconds and offset, for receipts."""
    return formats.time_tag(at, formats.precise_words(at)) if at else ""


@register.filter
def hour(at: datetime | None) -> str:
    """« 10 h 43 », in Paris."""
    return formats.hour_words(at) if at else ""


@register.filter
def day(value: date | datetime | None) -> SafeString | str:
    """« 12 janvier 2027 »."""
    return formats.time_tag(formats.day_of(value), formats.day_words(value)) if value else ""


@register.filter
def short_day(value: date | datetime | None) -> SafeString | str:
    """« 12 janv. 2027 »."""
    return formats.time_tag(formats.day_of(value), formats.short_day_words(value)) if value else ""


@register.filter
def euros(amount: Decimal | int | None) -> str:
    """« 198 000 € »."""
    return formats.euros_words(amount)


@register.filter
def size(octets: int | None) -> str:
    """« 8,2 Mo »."""
    return bytes_size(octets) if octets is not None else ""


@register.filter
def duration(seconds: float | None) -> str:
    """« 4 min 10 s »."""
    return formats.duration_words(seconds) if seconds is not None else ""


@register.filter
def siren(identifier: str | None) -> SafeString | str:
    """A SIREN or SIRET in groups, with a slashed zero."""
    return format_html('<span class="num">{}</span>', printed_siren(identifier)) if identifier else ""


@register.filter
def number(value: Decimal | str | None) -> str:
    """A measure as people write it, from a number or its text: « 18,5 », no zero at the end."""
    return "" if value in (None, "") else f"{Decimal(value).normalize():f}".replace(".", ",")


@register.filter
def percent(hundredths: int | None) -> str:
    """Hundredths of a percent: 3500 → « 35 % »."""
    if hundredths is None:
        return ""
    return f"{Decimal(hundredths) / 100:f}".replace(".", ",") + f"{NBSP}%"


@register.filter
def days_left(at: datetime | None, now: datetime) -> str:
    """What remains before an instant, in words; empty once past."""
    return formats.time_left_words(at, now) if at else ""


@register.filter
def lookup(mapping: Any, key: Any) -> Any:
    """The value of a mapping under a key of the page, None when there is none."""
    return mapping.get(key) if hasattr(mapping, "get") else None


def _due_words(due: datetime | None, now: datetime | None) -> str:
    if due is None:
        return ""
    if now is None or due - now > timedelta(days=30):
        return _("Avant le %(day)s") % {"day": formats.day_words(due)}
    left = formats.time_left_words(due, now)
    return _("Dans %(time)s") % {"time": left} if left else _("En retard")


def _render(component: str, /, **context: Any) -> SafeString:
    return render_to_string(f"components/{component}.html", context)
