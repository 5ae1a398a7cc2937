"""« Quelle procédure ? »: six questions, an answer with its articles, a call that begins with it or from another."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.models import Organisation
from marketplace.accounts.pages import ActView
from marketplace.accounts.permissions import Verdict, can
from marketplace.journal.errors import Refusal
from marketplace.ui.forms import EurosField
from procurement.calls.fields import text
from procurement.calls.models import Call, Orientation
from procurement.calls.models.call import Nature, Procedure
from procurement.calls.services.copying import copy_call
from procurement.calls.services.direct import begin_purchase
from procurement.calls.services.orientation import begin_call, orient, take_road
from procurement.calls.views import WorkspaceAct
from procurement.law.publication.tenders import MEDIA

QUESTIONS_AT_MOST = 6
LAW = (
    _("Ce que dit la loi"),
    _(
        "Le partenariat d’innovation couvre la recherche et l’achat de ce qui en résulte, pour un besoin auquel rien "
        "de disponible ne répond. La valeur estimée compte toutes les phases, tous les partenaires et tous les achats."
    ),
    "L2172-3, R2121-1, R2122-8, R2122-9-1, R2172-26",
)


class OrientationForm(forms.Form):
    """What decides on a road."""

    title = forms.CharField(label=_("Le problème à résoudre, en une ligne"), max_length=200)
    supply = forms.ChoiceField(
        label=_("Une solution disponible répond-elle au besoin ?"),
        widget=forms.RadioSelect,
        choices=Orientation.Supply.choices,
    )
    nature = forms.ChoiceField(label=_("Nature principale"), choices=Nature.choices)
    research_ht = EurosField(
        label=_("Recherche et développement, € HT"),
        min_value=Decimal(0),
        help_text=_("Pour tous les partenaires et toutes les phases. Zéro s’il n’y en a pas."),
    )
    purchases_ht = EurosField(
        label=_("Achats qui suivraient, € HT"),
        min_value=Decimal(0),
        help_text=_("Tout ce que vous pourriez acheter si la recherche réussit."),
    )
    reasons = text(
        _("Pourquoi ?"),
        _("Ce que vous avez cherché, ce qui manque. Deux phrases suffisent : elles restent au dossier."),
        required=True,
    )


class CopyForm(forms.Form):
    """The problem that the new call solves."""

    title = forms.CharField(label=_("Le problème à résoudre, en une ligne"), max_length=200)


class CopyCall(WorkspaceAct):
    """Begin a call from the texts of this one."""

    form_class = CopyForm
    page_title = _("Repartir de cet appel")
    page_lead = _(
        "Besoin, phases, exigences, critères et clauses sont repris. L’étude de l’offre, les rencontres, les dates et "
        "l’équipe sont à refaire : elles ne valent que pour un appel."
    )
    submit_label = _("Créer le nouvel appel")
    law = (
        _("Ce que dit la loi"),
        _("L’étude de l’offre disponible vaut à sa date, pour son besoin."),
        "L2172-3",
    )

    def allowed(self) -> Verdict:
        """Members of the buyer."""
        return can(self.actor, "call.create", self.call.lead_buyer)

    def get_initial(self) -> dict[str, Any]:
        """The same title, to be changed."""
        return {"title": self.call.title}

    def act(self, form: forms.Form) -> Call:
        """Copy the texts."""
        return copy_call(source=self.call, title=form.cleaned_data["title"], actor=self.actor, now=self.now)

    def get_back_url(self) -> str:
        """The page on which calls begin."""
        return reverse("calls:new")

    def get_success_url(self) -> str:
        """The first screen of the new call."""
        return reverse("calls:write", args=[self.result.reference, "besoin"])


class BuyerAct(ActView):
    """An act in the name of the buyer for which the person acts."""

    buyer: Organisation

    def load(self) -> None:
        """Read the buyer. Raises Http404 for anybody else: there is nothing to choose."""
        buyer = Organisation.objects.buyers().filter(pk=self.actor.organisation_id).first()
        if buyer is None:
            raise Http404
        self.buyer = buyer

    def allowed(self) -> Verdict:
        """Any member of a buyer."""
        return can(self.actor, "call.create", self.buyer)


class Orient(BuyerAct):
    """Ask the six questions."""

    form_class = OrientationForm
    page_title = _("Quelle procédure ?")
    page_lead = _("Six questions. La réponse cite ses articles ; elle est gardée, imprimable, et commence votre appel.")
    submit_label = _("Calculer la procédure")
    law = LAW

    def act(self, form: forms.Form) -> Orientation:
        """Keep the answers."""
        return orient(buyer=self.buyer, answers=form.cleaned_data, actor=self.actor, now=self.now)

    def get_success_url(self) -> str:
        """The answer."""
        return reverse("calls:oriented", args=[self.result.pk])


class Oriented(BuyerAct):
    """The answer, with the roads that it leaves open; a button takes one."""

    template_name = "calls/oriented.html"
    page_title = _("Quelle procédure ?")
    law = LAW

    def load(self) -> None:
        """Read the answers of the buyer. Raises Http404 for those of others."""
        super().load()
        self.orientation = get_object_or_404(
            Orientation.objects.select_related("buyer", "made_by"), pk=self.kwargs["orientation_id"], buyer=self.buyer
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Begin the call, or record that the need goes another way."""
        road = request.POST.get("road", "")
        if road not in Orientation.Road.values:
            return self._refused([str(_("Choisissez une des voies proposées."))])
        common = {"orientation": self.orientation, "actor": self.actor, "now": self.now}
        try:
            if road == Orientation.Road.PARTNERSHIP:
                call = begin_call(**common)
                return redirect("calls:write", call.reference, "besoin")
            if road == Orientation.Road.DIRECT:
                call = begin_purchase(**common)
                return redirect("calls:purchase", call.reference)
            take_road(road=road, **common)
        except Refusal as refusal:
            return self._refused(refusal.reasons)
        return redirect("calls:oriented", self.orientation.pk)

    def _refused(self, reasons: list[str]) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=forms.Form(), reasons=reasons), status=422)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The advice in words, and the roads still open."""
        advice = self.orientation.advice
        call = Call.objects.filter(orientation=self.orientation).first()
        value, earliest = Decimal(advice["value_ht"]), advice["earliest"]
        roads = [Orientation.Road.PARTNERSHIP] if self.orientation.research_ht > 0 else []
        if self.orientation.supply == Orientation.Supply.EXISTS:
            roads = []
        if value < Decimal(advice["direct_below_ht"]):
            roads.append(Orientation.Road.DIRECT)
        if value < Decimal(advice["exempt_below_ht"]):
            roads.append(Orientation.Road.EXEMPT)
        roads.append(Orientation.Road.ORDINARY)
        return super().get_context_data(
            orientation=self.orientation,
            advised=Orientation.Road(advice["road"]),
            procedure=Procedure(advice["procedure"]).label,
            value=value,
            threshold=Decimal(advice["threshold_ht"]),
            exempt_below=Decimal(advice["exempt_below_ht"]),
            direct_below=Decimal(advice["direct_below_ht"]),
            media=[" ou ".join(MEDIA[one] for one in choices) for choices in advice["media"]],
            earliest=date.fromisoformat(earliest) if earliest else None,
            begun=call,
            roads=[] if call or self.orientation.road else roads,
            **kwargs,
        )
