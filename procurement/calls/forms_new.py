"""What a call begins with."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from procurement.calls.forms import ProcedureForm
from procurement.calls.services.patterns import shelf


class NewCallForm(ProcedureForm):
    """What a call starts with: a problem in one line, and a procedure with its reasons."""

    title = forms.CharField(
        label=_("Le problème à résoudre, en une ligne"),
        max_length=200,
        help_text=_("Par exemple : trouver le bon quai de bus quand on ne voit pas."),
    )
    model = forms.ChoiceField(
        label=_("Partir d’un modèle"), required=False,
        help_text=_("Il remplit le besoin, les exigences, les critères et les phases ; vous changez ensuite tout."),
    )  # fmt: skip
    field_order = ("title", "procedure", "procedure_reasons", "model")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = [(one.slug, f"{one.domain_label} : {one.title}") for one in shelf().values()]
        self.fields["model"].choices = [("", _("Aucun modèle")), *rows]
