"""Sets of rows of the same kind, with a title and a hint."""

from typing import Any

from django.forms import BaseFormSet, Form, formset_factory

ROWS_MAX = 200


class TitledRows(BaseFormSet):
    """Rows with a title and a hint. A row left blank does not count, even one that the page had filled."""

    title: Any = ""
    hint: Any = ""

    def initial_form_count(self) -> int:
        """None: rows that the page proposes may be emptied like the others."""
        return super().initial_form_count() if self.is_bound else 0

    def total_form_count(self) -> int:
        """As many rows as were proposed or posted, one at least."""
        return super().total_form_count() if self.is_bound else max(len(self.initial or []), 1)


def rows_of(form: type[Form], *, title: Any, hint: Any = "", at_least: int = 0) -> type[TitledRows]:
    """A class of rows of a form. `at_least`: how many rows, the first ones, somebody must fill."""
    made = formset_factory(form, formset=TitledRows, extra=0, min_num=at_least, max_num=ROWS_MAX)
    made.title, made.hint = title, hint
    return made
