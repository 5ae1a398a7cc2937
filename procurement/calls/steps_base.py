"""What every screen of the writing has: its parts, what it proposes, what it computes."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import forms
from django.forms.formsets import DELETION_FIELD_NAME
from django.http import QueryDict
from django.utils.translation import gettext as said

from marketplace.accounts.actors import Actor
from marketplace.ui.formats import euros_words
from procurement.calls.facts import launch_date, lot_facts, lots_with_everything
from procurement.calls.models import Call, Lot
from procurement.calls.models.call import Procedure
from procurement.law import parameters
from procurement.law.estimate import estimated_value, eu_threshold, required_procedure

Parts = Mapping[str, forms.BaseForm | forms.BaseFormSet]


class Step:
    """One screen. `of_lot` ones are written lot by lot."""

    code = ""
    title: Any = ""
    lead: Any = ""
    law: tuple[Any, Any, Any] = ("", "", "")
    of_lot = False
    # Rules of the book whose findings are shown on this screen.
    rules: frozenset[str] = frozenset()
    part_classes: Mapping[str, Any] = {}
    # Parts that most calls leave as they are: shown folded.
    folded: frozenset[str] = frozenset()
    # What a first draft proposes, in one sentence for the page; empty when it proposes nothing.
    proposal: Any = ""
    # The part that is empty as long as nobody wrote the screen.
    first_part = ""

    def initial(self, call: Call, lot: Lot) -> dict[str, Any]:
        """What is written already, by part."""
        raise NotImplementedError

    def is_begun(self, call: Call, lot: Lot) -> bool:
        """Whether somebody wrote the screen: what it shows is then theirs, no proposal of the site."""
        return bool(self.initial(call, lot).get(self.first_part))

    def proposed(self, call: Call, lot: Lot, now: datetime) -> dict[str, Any]:
        """What a part shows as long as nothing is written in it: lawful, said to be proposed, to be changed at will."""
        return {}

    def forms(self, call: Call, lot: Lot, data: QueryDict | None = None, *, now: datetime | None = None) -> Parts:
        """The parts of the screen, bound to `data` when it is given; with `now`, what is empty shows a proposal."""
        initial = self.initial(call, lot)
        for name, proposal in (self.proposed(call, lot, now) if now else {}).items():
            initial[name] = _completed(initial.get(name), proposal)
        return {name: made(data, prefix=name, initial=initial.get(name)) for name, made in self.part_classes.items()}

    def computed(self, call: Call, lot: Lot, now: datetime) -> str:
        """What the site reckons from what is written, in one or two sentences with their source; often nothing."""
        return ""

    def save(self, parts: Parts, *, call: Call, lot: Lot, actor: Actor, now: datetime) -> None:
        """Hand the screen to the services. Raises what they raise."""
        raise NotImplementedError


def values_of(row: Any, form: type[forms.Form]) -> dict[str, Any]:
    """What a row holds of the questions of a form."""
    return {name: getattr(row, name) for name in form.base_fields if hasattr(row, name)} if row else {}


def _completed(written: Any, proposal: Any) -> Any:
    """What is written, or the proposal: a list as a whole, a form question by question where nothing is said."""
    if isinstance(proposal, list):
        return written or proposal
    known = {name: value for name, value in (written or {}).items() if value not in (None, "", [])}
    return {**(written or {}), **proposal, **known}


def lines_of(value: str) -> list[str]:
    """What was typed one by line."""
    return [line.strip() for line in value.splitlines() if line.strip()]


def figures_known(day: date) -> bool:
    """Whether the rule book knows the figures of the law on that day; PR-06 says so to the author otherwise."""
    try:
        parameters.value("eu_threshold_other_ss", on=day)
    except parameters.NoValueInForceError:
        return False
    return True


def value_words(call: Call, now: datetime) -> str:
    """The estimated value of a call and the procedure it asks for (LR-10, LR-32); empty while nothing is priced."""
    value = estimated_value([lot_facts(lot) for lot in lots_with_everything(call)])
    category = call.lead_buyer.buyer_category
    if not (value and category):
        return ""
    day = launch_date(call, now)
    if not figures_known(day):
        return ""
    threshold = eu_threshold(category, call.nature, on=day)
    procedure = required_procedure(value, category=category, nature=call.nature, on=day)
    return said(
        "Valeur estimée, tous partenaires compris : %(value)s HT. Seuil européen : %(threshold)s HT. Procédure qui "
        "convient : %(procedure)s (R2121-1, R2172-26)."
    ) % {
        "value": euros_words(value),
        "threshold": euros_words(threshold),
        "procedure": str(Procedure(procedure).label).lower(),
    }


def questions_of(part: forms.BaseForm | forms.BaseFormSet) -> list[str]:
    """Questions that a part asks at first sight: those under « Préciser » are answered already, rows count once."""
    if isinstance(part, forms.BaseFormSet):
        row = part.empty_form
        inside = [name for key, rows in row.parts.items() if key not in row.folded_parts for name in questions_of(rows)]
        return [*_asked(row), *inside]
    return _asked(part)


def _asked(form: forms.BaseForm) -> list[str]:
    return [name for name in form.fields if name not in form.folded and name != DELETION_FIELD_NAME]
