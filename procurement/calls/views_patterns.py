"""Models of calls: the shelf, one model to read, and the draft that begins with one."""

from typing import Any

from django import forms
from django.http import Http404
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.models import Organisation
from marketplace.accounts.pages import ActView, Page
from marketplace.accounts.permissions import Verdict, can
from procurement.calls.fields import text
from procurement.calls.models import Call, PatternVersion
from procurement.calls.services.patterns import add_pattern, apply_pattern, shelf, texts, write_pattern
from procurement.calls.views import WorkspaceAct


class Shelf(Page):
    """Every model, by domain, for people of a buyer."""

    template_name = "calls/patterns.html"
    page_title = _("Modèles d’appels")
    page_lead = _("Des textes complets, à adapter. Ni montant ni date : ce sont les vôtres. Relisez chaque mot.")

    def load(self) -> None:
        """Raises Http404 for somebody who acts for no buyer."""
        if not Organisation.objects.buyers().filter(pk=self.actor.organisation_id).exists():
            raise Http404

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """All of them: they are few."""
        return super().get_context_data(models=list(shelf().values()), **kwargs)


class ReadPattern(Shelf):
    """One model as a whole, with the reason of each weight."""

    template_name = "calls/pattern.html"
    page_lead = ""

    def load(self) -> None:
        """Read the model. Raises Http404 when there is none of that name."""
        super().load()
        self.model = shelf().get(self.kwargs["slug"])
        if self.model is None:
            raise Http404

    def get_page_title(self) -> str:
        """The title of the model."""
        return self.model.title

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The model."""
        return super().get_context_data(model=self.model, **kwargs)


class Models(Page):
    """The models as the operator keeps them."""

    template_name = "calls/pattern_texts.html"
    page_title = _("Modèles d’appels")
    page_lead = _("Un acheteur peut commencer par ces textes. Un appel commencé garde le sien.")

    def allowed(self) -> Verdict:
        """People of the operator."""
        return can(self.actor, "pattern.keep", PatternVersion())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """All of them."""
        return super().get_context_data(models=list(shelf().values()), **kwargs)


class TextForm(forms.Form):
    """A model, in the form of its file."""

    text = text(
        _("Texte du modèle"),
        _("Gardez les titres entre crochets et les noms avant « = ». Les poids sont en %, les durées en mois."),
        rows=40, required=True,
    )  # fmt: skip


class AddModel(ActView):
    """Add a model; it begins with the text of another one (`?depuis=`), to be rewritten."""

    form_class = TextForm
    page_title = _("Ajouter un modèle")
    page_lead = _("Partez du texte d’un modèle, puis changez tout : titre, domaine, besoin, critères, phases.")
    submit_label = _("Ajouter ce modèle")
    success_message = _("Le modèle est proposé aux acheteurs.")
    back_url = success_url = reverse_lazy("calls:models")

    def allowed(self) -> Verdict:
        """People of the operator."""
        return can(self.actor, "pattern.keep", PatternVersion())

    def get_initial(self) -> dict[str, Any]:
        """The text of the model named, else of the first one: the form of the file is learnt from it."""
        known = texts()
        asked = self.request.GET.get("depuis", "")
        return {"text": known[asked] if asked in known else next(iter(known.values()))}

    def act(self, form: forms.Form) -> Any:
        """Add it."""
        return add_pattern(text=form.cleaned_data["text"], actor=self.actor, now=self.now)


class WriteModel(ActView):
    """Write another version of a model."""

    form_class = TextForm
    submit_label = _("Enregistrer une nouvelle version")
    success_message = _("La nouvelle version est proposée aux prochains appels.")
    back_url = success_url = reverse_lazy("calls:models")

    def allowed(self) -> Verdict:
        """People of the operator."""
        return can(self.actor, "pattern.keep", PatternVersion())

    def find(self) -> None:
        """Read the model. Raises Http404 when there is none of that name."""
        self.model = shelf().get(self.kwargs["slug"])
        if self.model is None:
            raise Http404

    def get_page_title(self) -> str:
        """Which model."""
        return _now("Modèle : %(title)s") % {"title": self.model.title}

    def get_initial(self) -> dict[str, Any]:
        """The text in force."""
        return {"text": texts()[self.model.slug]}

    def act(self, form: forms.Form) -> Any:
        """Write it."""
        return write_pattern(slug=self.model.slug, text=form.cleaned_data["text"], actor=self.actor, now=self.now)


class PatternForm(forms.Form):
    """Which model."""

    model = forms.ChoiceField(label=_("Modèle"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = shelf().values()
        self.fields["model"].choices = [(one.slug, f"{one.domain_label} : {one.title}") for one in rows]


class TakePattern(WorkspaceAct):
    """Write a model into a draft that has no text yet."""

    section = "rediger"
    action = "call.edit"
    form_class = PatternForm
    page_title = _("Partir d’un modèle")
    page_lead = _("Le modèle remplit le besoin, les exigences, les critères et les phases. Vous changez ensuite tout.")
    submit_label = _("Écrire ce modèle dans l’appel")
    success_message = _("Le modèle est écrit : relisez chaque écran.")

    def act(self, form: forms.Form) -> Call:
        """Write it."""
        model = shelf()[form.cleaned_data["model"]]
        return apply_pattern(call=self.call, pattern=model, actor=self.actor, now=self.now)

    def get_back_url(self) -> str:
        """The first screen."""
        return reverse("calls:write", args=[self.call.reference, "besoin"])

    def get_success_url(self) -> str:
        """The first screen."""
        return self.get_back_url()
