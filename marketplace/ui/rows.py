"""Rows of the same kind in one form: they may be added, emptied or taken away without any program in the browser."""

from typing import Any, ClassVar

from django import forms
from django.forms.formsets import DELETION_FIELD_NAME, TOTAL_FORM_COUNT
from django.forms.utils import ErrorDict, ErrorList
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

ROWS_MAX = 60
PROPOSED = "proposed"
"""Key of the initial values of a row under which lie those that the page proposes: alone, they are no row yet."""


def proposed(**values: Any) -> dict[str, Any]:
    """Initial values of an empty row that already shows some of them."""
    return {**values, PROPOSED: values}


class Row(forms.Form):
    """One row. `parts` are rows inside the row (objectives of a phase), one set for each name of `part_classes`.

    `folded` names the fields, `folded_parts` the parts, that pages show under one line to open.
    """

    part_classes: ClassVar[dict[str, type["Rows"]]] = {}
    folded: ClassVar[frozenset[str]] = frozenset()
    folded_parts: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A row left empty is no row.
        self.empty_permitted, self.use_required_attribute = True, False
        self.parts = {name: self._part(name, rows) for name, rows in self.part_classes.items()}

    def _part(self, name: str, rows: type["Rows"]) -> "Rows":
        prefix = f"{self.prefix}-{name}"
        # A row that was just added brings nothing of its parts.
        is_posted = self.is_bound and f"{prefix}-{TOTAL_FORM_COUNT}" in self.data
        return rows(self.data if is_posted else None, prefix=prefix, initial=(self.initial or {}).get(name))

    def is_valid(self) -> bool:
        """Whether the row and the rows inside it are."""
        own = super().is_valid()
        # Every part is asked: each shows its own errors.
        parts = [part.is_valid() for part in self.parts.values() if part.is_bound]
        return own and all(parts)

    def has_changed(self) -> bool:
        """Whether the row holds anything, itself or inside it, beyond what an empty row is proposed with.

        A row written before counts as much as one that was just typed: what it held is no reason to drop it.
        """
        proposed = (self.initial or {}).get(PROPOSED, {})
        own = any(
            all(bound.field.has_changed(empty, bound.data) for empty in (bound.field.initial, proposed.get(bound.name)))
            for bound in self
            if bound.name != DELETION_FIELD_NAME
        )
        return own or any(part.rows() for part in self.parts.values() if part.is_bound)

    def values(self) -> dict[str, Any]:
        """What was typed, rows inside the row included."""
        own = {name: value for name, value in self.cleaned_data.items() if name != DELETION_FIELD_NAME}
        return own | {name: part.rows() if part.is_bound else [] for name, part in self.parts.items()}


class Rows(forms.BaseFormSet):
    """A list of rows; `rows` gives those that hold something and were not taken away."""

    row_label: Any = _("Ligne")
    add_label: Any = _("Ajouter une ligne")
    title: Any = ""
    lead: Any = ""

    def total_form_count(self) -> int:
        """As many rows as are written; an empty one only where there is none: « Ajouter » gives more."""
        if self.is_bound:
            return super().total_form_count()
        return min(self.initial_form_count() or self.extra, self.max_num)

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        """The box that takes a row away, in plain words."""
        super().add_fields(form, index)
        if DELETION_FIELD_NAME in form.fields:
            form.fields[DELETION_FIELD_NAME].label = _("Retirer cette ligne")

    def rows(self) -> list[dict[str, Any]]:
        """Values of each row, in order."""
        return [row.values() for row in self.forms if row.is_valid() and row.has_changed() and not self._is_gone(row)]

    def _is_gone(self, row: forms.Form) -> bool:
        return bool(row.cleaned_data.get(DELETION_FIELD_NAME))


def rows_of(row: type[Row], *, rows: type[Rows] = Rows, extra: int = 1, **words: Any) -> type[Rows]:
    """A class of rows with its words (`row_label`, `add_label`, `title`, `lead`)."""
    made = forms.formset_factory(
        row, formset=rows, extra=extra, can_delete=True, max_num=ROWS_MAX, absolute_max=ROWS_MAX
    )
    for name, value in words.items():
        setattr(made, name, value)
    return made


def with_added_row(data: QueryDict, prefix: str) -> QueryDict:
    """What was posted, with one more empty row under a prefix."""
    more = data.copy()
    key = f"{prefix}-{TOTAL_FORM_COUNT}"
    count = more.get(key, "0")
    more[key] = str(min(int(count) + 1, ROWS_MAX)) if count.isdigit() else "1"
    return more


def quiet(form: forms.BaseForm | forms.BaseFormSet) -> None:
    """Show what a form holds without its errors: the person is still writing."""
    if isinstance(form, forms.BaseFormSet):
        form._errors = [ErrorDict() for _row in form.forms]
        form._non_form_errors = ErrorList()
        for row in form.forms:
            quiet(row)
        return
    form._errors = ErrorDict()
    form.cleaned_data = {}
    for part in getattr(form, "parts", {}).values():
        quiet(part)
