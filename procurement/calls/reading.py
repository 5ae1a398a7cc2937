"""What a screen of the writing holds, in words: for the page that shows everything, and for two authors who differ."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.forms.formsets import DELETION_FIELD_NAME
from django.utils.translation import gettext as _

from marketplace.accounts.models import Membership
from marketplace.journal.models import Entry
from marketplace.ui.formats import day_words, euros_words, moment_words
from marketplace.ui.forms import EurosField, PercentField
from marketplace.ui.templatetags.printing import NBSP
from procurement.calls.fields import YesNoField
from procurement.calls.models import Call


@dataclass(frozen=True)
class Line:
    """A question and its answer; `name` is that of the input."""

    name: str
    label: str
    text: str


@dataclass
class Block:
    """Answers that stand together; a list of rows holds a block for each row."""

    title: str = ""
    lines: list[Line] = field(default_factory=list)
    rows: list["Block"] = field(default_factory=list)

    @property
    def is_table(self) -> bool:
        """Whether its rows are plain: a table tells them shorter."""
        return bool(self.rows) and not any(row.rows for row in self.rows)

    @property
    def columns(self) -> list[str]:
        """Questions that at least one of the rows answers."""
        return list(dict.fromkeys(line.label for row in self.rows for line in row.lines))

    @property
    def cells(self) -> list[list[str]]:
        """Answers of each row, in the order of the columns."""
        answers = [{line.label: line.text for line in row.lines} for row in self.rows]
        return [[given.get(label, "") for label in self.columns] for given in answers]

    def __bool__(self) -> bool:
        """Whether anything was answered."""
        return bool(self.lines or self.rows)


@dataclass(frozen=True)
class Difference:
    """One question that two people answered otherwise."""

    label: str
    mine: str
    theirs: str


def block_of(part: forms.BaseForm | forms.BaseFormSet) -> Block:
    """The answers of a form or of a list of rows, without the questions that nobody answered."""
    if isinstance(part, forms.BaseFormSet):
        rows = [_row_block(row, f"{part.row_label} {number}") for number, row in enumerate(_filled(part), start=1)]
        return Block(title=str(part.title), rows=rows)
    return Block(lines=list(_lines(part)))


def _row_block(row: Any, title: str) -> Block:
    inside = [block for part in row.parts.values() if (block := block_of(part))]
    for block in inside:
        block.title = f"{title}{NBSP}: {block.title.lower()}"
    return Block(title, list(_lines(row)), inside)


def _filled(rows: forms.BaseFormSet) -> list[Any]:
    return [row for row in rows.forms if (row.has_changed() if row.is_bound else row.initial)]


def _lines(form: forms.BaseForm) -> Iterator[Line]:
    for bound in form:
        if bound.name != DELETION_FIELD_NAME and (text := text_of(bound)):
            yield Line(bound.html_name, str(bound.label), text)


def text_of(bound: BoundField) -> str:
    """The answer to one question as people read it; what cannot be understood stays as it was typed."""
    if not bound.form.is_bound:
        return _words(bound.field, bound.initial)
    try:
        return _words(bound.field, bound.field.clean(bound.data))
    except ValidationError:
        typed = bound.data
        return " ".join(str(one) for one in typed if one) if isinstance(typed, list) else str(typed or "")


def _words(asked: forms.Field, value: Any) -> str:
    if isinstance(asked, YesNoField) and value in {True, False}:
        value = YesNoField.YES if value else YesNoField.NO
    if value is None or value == "" or value is False:
        return ""
    if isinstance(asked, forms.MultipleChoiceField):
        return f"{NBSP}; ".join(str(dict(asked.choices).get(one, one)) for one in value)
    if value is True:
        return _("Oui")
    if isinstance(asked, EurosField):
        return euros_words(value)
    if isinstance(asked, PercentField):
        return f"{Decimal(value) / 100:f}".replace(".", ",") + f"{NBSP}%"
    if isinstance(asked, forms.ChoiceField):
        return str(dict(asked.choices).get(value, value))
    if isinstance(value, datetime):
        return moment_words(value)
    if isinstance(value, date):
        return day_words(value)
    if isinstance(value, Decimal):
        return f"{value.normalize():f}".replace(".", ",")
    if isinstance(value, list):
        return f"{NBSP}; ".join(f"{Decimal(one) / 100:f}" for one in value)
    return str(value)


def differences(mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> list[Difference]:
    """Questions to which two versions of a screen give other answers, in the order of the page."""
    ours, others = (
        {line.name: line for part in parts.values() for line in _all(block_of(part))} for parts in (mine, theirs)
    )
    return [
        Difference(line.label, ours[name].text if name in ours else "", others[name].text if name in others else "")
        for name, line in (others | ours).items()
        if _normal(ours.get(name)) != _normal(others.get(name))
    ]


def _normal(line: Line | None) -> str:
    """A browser writes its own ends of lines."""
    return "\n".join(line.text.split()) if line else ""


def _all(block: Block) -> Iterator[Line]:
    for line in block.lines:
        yield Line(line.name, f"{block.title}, {line.label.lower()}" if block.title else line.label, line.text)
    for row in block.rows:
        yield from _all(row)


def last_writer(call: Call) -> tuple[str, datetime | None]:
    """Who wrote last in the call, by the journal, and when."""
    entries = Entry.objects.filter(chain__key=call.chain, act="call.edited").order_by("-seq")
    entry = entries.first()
    if entry is None:
        return _("Une autre personne"), None
    kind, _colon, key = entry.actor.partition(":")
    member = Membership.objects.select_related("user").filter(pk=key).first() if kind == "membership" else None
    return (str(member.user) if member else _("Une autre personne")), entry.at
