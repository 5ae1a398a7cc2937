"""Pages of a direct purchase of innovation: its file on one page, the documents of its offers, its decision."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.pages import show_refusal
from marketplace.accounts.permissions import Verdict, can
from marketplace.files.services import RefusedFile, stage
from marketplace.journal.errors import NotAllowed, Refusal
from marketplace.ui.rows import quiet, with_added_row
from procurement.calls import forms_direct as asked
from procurement.calls.models import Cancellation, ContractTerms, DirectOffer, DirectPurchase, NeedStatement
from procurement.calls.permissions import in_team
from procurement.calls.services.direct import attach_offer, decide_purchase, purchase_facts, write_purchase
from procurement.calls.services.publishing import cancel_lot
from procurement.calls.steps_base import values_of
from procurement.calls.views import WorkspaceAct
from procurement.law import direct as law
from procurement.law import parameters

LAW = (
    _("Ce que dit la loi"),
    _(
        "Sous 100 000 € HT, un achat innovant se passe de publicité et de mise en concurrence. Restent dus : une offre "
        "pertinente, le bon emploi des deniers publics, et ne pas retenir toujours la même entreprise quand plusieurs "
        "peuvent répondre. Aucun délai de suspension."
    ),
    "R2122-9-1, R2112-1, R2196-1",
)
PARTS: Mapping[str, Any] = {
    "need": asked.NeedPart,
    "value": asked.ValuePart,
    "offers": asked.OfferRows,
    "comparison": asked.ComparisonPart,
    "work": asked.WorkPart,
}
HEADINGS = {
    "need": _("Le besoin et sa nouveauté"),
    "value": _("La valeur du besoin"),
    "comparison": _("La comparaison"),
    "work": _("Le contrat"),
}
# Where a finding of the rule book is shown.
PLACES = {
    "purchase_ht": ("value", "purchase_ht"),
    "small_lots_ht": ("value", "small_lots_ht"),
    "innovation_indicators": ("need", "innovation_indicators"),
    "innovation_reasons": ("need", "innovation_reasons"),
    "comparison": ("comparison", "comparison"),
    "contract": ("work", "months"),
}
OF_CALL = ("title", "object", "nature", "cpv")
OF_NEED = ("problem", "innovation_indicators", "innovation_reasons")
OF_WORK = ("months", "deliverables", "acceptance_days")


class OfPurchase(WorkspaceAct):
    """A page of the file of a direct purchase. Raises Http404 for a partnership."""

    serves_purchases = True
    serves_calls = False
    section = "achat"
    purchase: DirectPurchase | None

    def load(self) -> None:
        """Read the purchase, None while nothing is written."""
        super().load()
        rows = DirectPurchase.objects.select_related("chosen", "decided_by").prefetch_related("offers__file")
        self.purchase = rows.filter(call=self.call).first()
        if self.purchase is not None:
            self.purchase.call = self.call

    def reads(self) -> Verdict:
        """The team reads what firms offered; colleagues do not (L2132-1)."""
        if in_team(self.actor, self.call):
            return Verdict.yes()
        return Verdict.no(_t("Ce dossier d’achat n’est ouvert qu’à son équipe. Demandez-y un rôle."))

    def get_success_url(self) -> str:
        """The file."""
        return reverse("calls:purchase", args=[self.call.reference])

    def get_back_url(self) -> str:
        """The file."""
        return reverse("calls:purchase", args=[self.call.reference])


class PurchaseFile(OfPurchase):
    """The whole file on one page: written by its authors until it is decided, read by the team."""

    template_name = "calls/purchase.html"
    page_title = _("Dossier d’achat")
    page_lead = _("Un achat innovant direct tient sur une page. Une deuxième personne décide ensuite.")
    submit_label = _("Enregistrer le dossier")
    law = LAW

    def allowed(self) -> Verdict:
        """The team reads, authors write."""
        return can(self.actor, "call.edit", self.call) if self.request.method == "POST" else self.reads()

    def parts(self, data: QueryDict | None = None) -> dict[str, Any]:
        """The parts of the page: bound to what was posted, else showing what is written."""
        written = {} if data is not None else self._written()
        return {name: made(data, prefix=name, initial=written.get(name)) for name, made in PARTS.items()}

    def _written(self) -> dict[str, Any]:
        need = NeedStatement.objects.filter(call=self.call).first()
        [lot] = self.lots
        terms = ContractTerms.objects.filter(lot=lot).first()
        phase = lot.phases.prefetch_related("deliverables").first()
        work = values_of(terms, asked.WorkPart) if terms else {}
        if phase is not None:
            names = [one.name for one in phase.deliverables.all()]
            work |= {"months": phase.duration_months, "acceptance_days": phase.acceptance_days,
                     "deliverables": "\n".join(names)}  # fmt: skip
        written = {
            "need": values_of(self.call, asked.NeedPart) | (values_of(need, asked.NeedPart) if need else {}),
            "work": work,
        }
        if self.purchase is not None:
            work["place_code"] = self.purchase.place_code
            written["value"] = values_of(self.purchase, asked.ValuePart)
            written["comparison"] = values_of(self.purchase, asked.ComparisonPart)
            written["offers"] = [values_of(one, asked.OfferRow) for one in self.purchase.offers.all()]
        elif self.call.orientation is not None:
            written["value"] = {"purchase_ht": self.call.orientation.purchases_ht + self.call.orientation.research_ht}
        return written

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """What is written, and what it still lacks beside each question."""
        return self.show(self.parts())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Add an offer to the page, or write the file."""
        if request.POST.get("add"):
            parts = self.parts(with_added_row(request.POST, request.POST["add"]))
            for part in parts.values():
                quiet(part)
            return self.show(parts)
        parts = self.parts(request.POST)
        valid = [part.is_valid() for part in parts.values()]
        if not all(valid):
            return self.show(parts, status=422)
        try:
            self._write(parts)
        except NotAllowed:
            raise
        except Refusal as refusal:
            show_refusal(parts["need"], refusal)
            return self.show(parts, status=422)
        except ValidationError as error:
            for message in error.messages:
                parts["need"].add_error(None, message)
            return self.show(parts, status=422)
        messages.success(request, _("Le dossier est enregistré."))
        return redirect(self.get_success_url())

    def _write(self, parts: Mapping[str, Any]) -> None:
        need, work = parts["need"].cleaned_data, parts["work"].cleaned_data
        write_purchase(
            call=self.call,
            of_call={name: need[name] for name in OF_CALL},
            need={name: need[name] for name in OF_NEED},
            purchase=parts["value"].cleaned_data
            | parts["comparison"].cleaned_data
            | {"place_code": work["place_code"]},
            offers=parts["offers"].rows(),
            work={name: work[name] for name in OF_WORK},
            terms={name: value for name, value in work.items() if name not in {*OF_WORK, "place_code"}},
            actor=self.actor,
            now=self.now,
        )

    def show(self, parts: dict[str, Any], status: int = 200) -> HttpResponse:
        """The page; a file nobody has written yet is not told what it lacks."""
        found = []
        if self.purchase is not None and self.purchase.decided_at is None:
            found = law.check_file(purchase_facts(self.purchase, now=self.now))
        left = []
        for finding in found:
            part, question = PLACES.get(finding.field, ("", ""))
            if part:
                parts[part][question].remarks = [*parts[part][question].remarks, finding]
            else:
                left.append(finding)
        parts["offers"].remarks = left
        context = self.get_context_data(
            parts=[(name, HEADINGS.get(name, ""), part) for name, part in parts.items()],
            form=parts["need"],
            found=found,
            purchase=self.purchase,
            offers=list(self.purchase.offers.all()) if self.purchase else [],
            can_write=self._is_open() and bool(can(self.actor, "call.edit", self.call)),
            can_decide=self._is_open() and bool(can(self.actor, "purchase.decide", self.call)),
            can_give_up=self._is_alive() and bool(can(self.actor, "call.change", self.call)),
            limit=parameters.value("innovation_direct_max", on=self.now.date()),
        )
        return self.render_to_response(context, status=status)

    def _is_open(self) -> bool:
        return self._is_alive() and (self.purchase is None or self.purchase.decided_at is None)

    def _is_alive(self) -> bool:
        """Whether it was neither given up nor signed."""
        line = self.lots[0].timeline
        return line.cancelled_at is None and line.signed_at is None


class AttachOffer(OfPurchase):
    """Join the document of an offer."""

    action = "call.edit"
    form_class = asked.OfferFileForm
    page_title = _("Joindre une offre")
    submit_label = _("Joindre ce document")
    success_message = _("Le document est joint à l’offre.")

    def find(self) -> None:
        """Read the offer. Raises Http404 for one that the purchase does not have."""
        self.offer = get_object_or_404(DirectOffer, purchase__call=self.call, number=self.kwargs["offer"])

    def get_page_lead(self) -> str:
        """Which offer."""
        return _t("L’offre de %(firm)s. Elle reste au dossier ; choisie, elle est une pièce du contrat.") % {
            "firm": self.offer.firm_name
        }

    def act(self, form: forms.Form) -> Any:
        """Keep the file, then join it. Raises Refusal for a type of file that is not accepted."""
        upload = form.cleaned_data["file"]
        try:
            staged = stage(upload.file, name=upload.name)
        except RefusedFile as refused:
            raise Refusal(*refused.reasons) from refused
        return attach_offer(offer=self.offer, file=staged, actor=self.actor, now=self.now)


class DecidePurchase(OfPurchase):
    """The second person chooses an offer; the rule book says what stands in the way."""

    action = "purchase.decide"
    form_class = asked.DecisionForm
    page_title = _("Décider l’achat")
    page_lead = _("Vous choisissez une offre et dites pourquoi. Après vous, le dossier ne change plus.")
    submit_label = _("Décider l’achat")
    success_message = _("L’achat est décidé.")
    law = LAW

    def find(self) -> None:
        """There must be a file to decide upon. Raises Http404 while nothing is written."""
        if self.purchase is None:
            raise Http404

    def get_form_kwargs(self) -> dict[str, Any]:
        """The offers, the only one chosen beforehand."""
        offers = list(self.purchase.offers.all())
        initial = {"offer": offers[0].pk} if len(offers) == 1 else {}
        return super().get_form_kwargs() | {"purchase": self.purchase, "initial": initial}

    def act(self, form: forms.Form) -> Any:
        """Decide."""
        return decide_purchase(
            call=self.call, actor=self.actor, now=self.now, accepted=self.accepted(), **form.cleaned_data
        )


class GiveUpPurchase(OfPurchase):
    """End the purchase before any signature."""

    action = "call.change"
    form_class = asked.GiveUpForm
    page_title = _("Abandonner l’achat")
    page_lead = _("L’achat s’arrête là, sans retour possible. Le dossier et vos motifs restent lisibles.")
    submit_label = _("Abandonner l’achat")
    success_message = _("L’achat est abandonné.")
    law = (
        _("Ce que dit la loi"),
        _("Vous pouvez renoncer à tout moment avant la signature, pour un motif que vous écrivez."),
        "R2185-1",
    )

    def act(self, form: forms.Form) -> Any:
        """End its only lot."""
        kind = Cancellation.Kind.WITHOUT_FOLLOW_UP
        reasons = form.cleaned_data["reasons"]
        return cancel_lot(lot=self.lots[0], kind=kind, reasons=reasons, actor=self.actor, now=self.now)
