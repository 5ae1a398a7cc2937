"""The pages on which the operator keeps the library of clauses."""

from typing import Any

from django import forms
from django.http import Http404
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.pages import ActView, Page
from marketplace.accounts.permissions import Verdict, can
from procurement.calls.fields import text
from procurement.calls.models import ClauseVersion
from procurement.calls.services.clauses import Clause, check_clause, library, write_clause

LIBRARY = reverse_lazy("calls:clauses")


class ClauseForm(forms.Form):
    """A clause: what it says, and from which article."""

    text = text(_("Texte"), _("En français simple. Les appels déjà commencés gardent leur texte."), required=True)
    article = forms.CharField(label=_("Article"), max_length=120)


class CheckForm(forms.Form):
    """Who checked the clause, in the version that was read."""

    lawyer = forms.CharField(label=_("Juriste qui a validé cette clause"), max_length=160)
    version = forms.IntegerField(widget=forms.HiddenInput)


class Clauses(Page):
    """The whole library."""

    template_name = "calls/clauses.html"
    page_title = _("Bibliothèque de clauses")
    page_lead = _(
        "Chaque nouvel appel commence par ces textes, que l’acheteur adapte. Tant qu’un juriste n’a pas validé une "
        "clause, les documents portent le bandeau « Clauses à faire valider »."
    )

    def allowed(self) -> Verdict:
        """People of the operator."""
        return can(self.actor, "clause.keep", ClauseVersion())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Every clause in its newest version."""
        return super().get_context_data(clauses=list(library().values()), **kwargs)


class ClauseAct(ActView):
    """An act on one clause."""

    template_name = "calls/clause.html"
    success_url = back_url = LIBRARY
    clause: Clause

    def allowed(self) -> Verdict:
        """People of the operator."""
        return can(self.actor, "clause.keep", ClauseVersion())

    def find(self) -> None:
        """Read the clause. Raises Http404 for one that the contract does not have."""
        clause = library().get(self.kwargs["code"])
        if clause is None:
            raise Http404
        self.clause = clause

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the clause and its older versions."""
        older = ClauseVersion.objects.filter(code=self.clause.code).select_related("check_made", "written_by")
        versions = list(older.order_by("-version"))
        return super().get_context_data(clause=self.clause, versions=versions, check_url=self._check_url(), **kwargs)

    def _check_url(self) -> str:
        return "" if self.clause.check else reverse("calls:check_clause", args=[self.clause.code])


class WriteClause(ClauseAct):
    """Write another version of a clause."""

    form_class = ClauseForm
    submit_label = _("Enregistrer une nouvelle version")
    success_message = _("La nouvelle version est proposée aux prochains appels. Elle attend la validation du juriste.")

    def get_page_title(self) -> str:
        """Which clause."""
        return _now("Clause : %(title)s") % {"title": self.clause.title}

    def get_initial(self) -> dict[str, Any]:
        """The text in force."""
        return {"text": self.clause.text, "article": self.clause.article}

    def act(self, form: forms.Form) -> Any:
        """Write it."""
        return write_clause(code=self.clause.code, actor=self.actor, now=self.now, **form.cleaned_data)


class CheckClause(ClauseAct):
    """Note that the lawyer checked a clause."""

    form_class = CheckForm
    submit_label = _("Noter la validation")
    success_message = _("La validation est notée.")

    def get_page_title(self) -> str:
        """Which clause."""
        return _now("Valider la clause : %(title)s") % {"title": self.clause.title}

    def get_initial(self) -> dict[str, Any]:
        """The version that is read."""
        return {"version": self.clause.version}

    def _check_url(self) -> str:
        return ""

    def act(self, form: forms.Form) -> Any:
        """Note it."""
        return check_clause(code=self.clause.code, actor=self.actor, now=self.now, **form.cleaned_data)
