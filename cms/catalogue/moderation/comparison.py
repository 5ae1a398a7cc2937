"""Two versions of a profile side by side, parts included: what Wagtail compares, on two sides instead of mixed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import models
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.html import escape
from django.utils.translation import gettext as _
from wagtail.admin import compare
from wagtail.admin.panels import FieldPanel, Panel

from cms.catalogue.models import Profile
from cms.catalogue.regions import Region

Piece = tuple[str, str]
"""Whether a text is "equal", an "addition" or a "deletion", and the text."""


class RegionsComparison(compare.FieldComparison):
    """The regions of two versions, by their names."""

    def names(self, codes: list[str] | None) -> str:
        """« Bretagne, Normandie »."""
        labels = dict(Region.choices)
        return ", ".join(labels.get(code, code) for code in codes or [])

    def htmldiff(self) -> str:
        """As Wagtail shows it in its own comparison."""
        return compare.diff_text(self.names(self.val_a), self.names(self.val_b)).to_html()


class SaidComparison(compare.FieldComparison):
    """Numbers, dates and boxes of two versions, as people say them: Wagtail would show « None » and « True »."""

    def htmldiff(self) -> str:
        """Both, marked when they differ."""
        if not self.has_changed():
            return escape(_said(self.val_a))
        sides = [("deletion", _said(self.val_a)), ("addition", _said(self.val_b))]
        return compare.TextDiff([side for side in sides if side[1]]).to_html()


for kind in (models.BooleanField, models.DateField, models.DecimalField, models.IntegerField):
    compare.register_comparison_class(kind, comparison_class=SaidComparison)


class RegionsPanel(FieldPanel):
    """The field of regions, compared by their names."""

    def get_comparison_class(self) -> type[compare.FieldComparison]:
        """Codes in a list would be shown as the code of a program."""
        return RegionsComparison


@dataclass(frozen=True, slots=True)
class Row:
    """One field, or one field of a part: what it said, what it would say. `part` names the part, empty outside."""

    label: str
    part: str
    before: list[Piece]
    after: list[Piece]


def rows_of(panel: Panel, before: Profile, after: Profile, request: HttpRequest) -> list[Row]:
    """What differs between two versions, in the order of the form. A first version is compared with an empty one."""
    bound = panel.get_bound_panel(instance=after, request=request, form=None)
    rows: list[Row] = []
    for comparator in bound.get_comparison():
        compared = comparator(before, after)
        if not compared.has_changed():
            continue
        rows += _parts(compared) if compared.is_child_relation else [_row(compared)]
    return rows


def both(panel: Panel, one: Profile, other: Profile, request: HttpRequest) -> list[Row]:
    """Every field of two profiles, side by side and unmarked, but those that both leave empty."""
    bound = panel.get_bound_panel(instance=one, request=request, form=None)
    rows = []
    for comparator in bound.get_comparison():
        compared = comparator(one, other)
        if compared.is_child_relation:
            left, right = (" ; ".join(map(str, side.all())) for side in (compared.val_a, compared.val_b))
        else:
            left, right = _texts(compared)
        if left or right:
            rows.append(Row(str(compared.field_label()), "", [("equal", left)], [("equal", right)]))
    return rows


def _parts(compared: compare.ChildRelationComparison) -> list[Row]:
    rows = []
    for child in compared.get_child_comparisons():
        title = f"{compared.field_label()} : {child.obj_b or child.obj_a}"
        for one in child.get_field_comparisons():
            if child.is_addition():
                # A box left empty in something new says nothing.
                rows += [_row(one, title, only_after=True)] if one.val_b is not False and _texts(one)[1] else []
            elif child.is_deletion():
                rows += [_row(one, title, only_before=True)] if _texts(one)[0] else []
            elif one.has_changed():
                rows.append(_row(one, title))
        if move := child.get_position_change():
            moved = _("Monte dans la liste") if move < 0 else _("Descend dans la liste")
            rows.append(Row(str(_("Place")), title, [], [("addition", moved)]))
    return rows


def _row(
    compared: compare.FieldComparison, part: str = "", *, only_after: bool = False, only_before: bool = False
) -> Row:
    before, after = _texts(compared)
    pieces = compare.diff_text("" if only_after else before, "" if only_before else after).changes
    return Row(
        str(compared.field_label()),
        part,
        [piece for piece in pieces if piece[0] != "addition"],
        [piece for piece in pieces if piece[0] != "deletion"],
    )


def _texts(compared: compare.FieldComparison) -> tuple[str, str]:
    """What a field says in both versions, as people read it."""
    match compared:
        case compare.M2MFieldComparison():
            left, right = compared.get_items()
            return ", ".join(map(str, left)), ", ".join(map(str, right))
        case compare.ForeignObjectComparison():
            left, right = compared.get_objects()
            return str(left or ""), str(right or "")
        case RegionsComparison():
            return compared.names(compared.val_a), compared.names(compared.val_b)
    say = _named(dict(compared.field.flatchoices)) if getattr(compared.field, "choices", None) else _said
    return say(compared.val_a), say(compared.val_b)


def _named(names: dict[Any, Any]) -> Callable[[Any], str]:
    return lambda value: str(names.get(value, value) or "")


def _said(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(_("Oui") if value else _("Non"))
        case date():
            return date_format(value, "j F Y")
    return str(value)
