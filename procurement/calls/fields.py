"""Pieces of the forms of a call: short ways to ask, and forms that keep an incomplete draft."""

from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from marketplace.ui.rows import Row


def text(label: Any, hint: Any = "", *, rows: int = 4, required: bool = False, **kwargs: Any) -> forms.CharField:
    """A text of several lines."""
    area = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, help_text=hint, widget=area, required=required, **kwargs)


def count(label: Any, hint: Any = "", *, required: bool = False, **kwargs: Any) -> forms.IntegerField:
    """A small whole number."""
    widget = forms.TextInput(attrs={"inputmode": "numeric", "class": "input--short"})
    return forms.IntegerField(label=label, help_text=hint, required=required, min_value=0, widget=widget, **kwargs)


def later(asked: forms.Field) -> forms.Field:
    """Mark a question that a draft may leave for later but publication needs: it never says « facultatif »."""
    asked.required = asked.may_wait = True
    return asked


class Draft(forms.Form):
    """A form of a draft: what may wait is asked as needed, and kept without it.

    `folded` names the questions that a first draft may leave as they are proposed.
    """

    use_required_attribute = False
    folded: ClassVar[frozenset[str]] = frozenset()

    @property
    def has_remarks(self) -> bool:
        """Whether something is said beside one of its questions."""
        return any(bound.remarks for bound in self)

    def full_clean(self) -> None:
        """Check what was typed; an answer that may wait is not missed yet."""
        waiting = [one for one in self.fields.values() if getattr(one, "may_wait", False)]
        for one in waiting:
            one.required = False
        super().full_clean()
        for one in waiting:
            one.required = True


class DraftRow(Draft, Row):
    """A row of a draft."""


class NumberField(forms.DecimalField):
    """A measure as people write it (« 99,5 »), without the zeros that only say how the column is made."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "class": "input--short"})
        super().__init__(max_digits=14, decimal_places=4, localize=True, widget=widget, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """The number with a comma; what was typed stays as typed."""
        return f"{value.normalize():f}".replace(".", ",") if isinstance(value, Decimal) else value


class YesNoField(forms.TypedChoiceField):
    """A question answered by yes, by no, or not yet: True, False or None."""

    YES, NO = "yes", "no"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            choices=[(self.YES, _("Oui")), (self.NO, _("Non"))],
            coerce=lambda answer: answer == self.YES,
            empty_value=None,
            widget=forms.RadioSelect,
            **kwargs,
        )

    def prepare_value(self, value: Any) -> Any:
        """The choice that stands for an answer that was kept."""
        return (self.YES if value else self.NO) if isinstance(value, bool) else value


def with_blank(choices: Any) -> list[tuple[str, Any]]:
    """Choices that begin with none: an empty row stays empty."""
    return [("", _("Choisissez"))] + [(value, label) for value, label in choices]
