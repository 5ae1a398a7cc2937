"""Missing items of candidatures: the buyer asks all concerned at once, each firm completes its own (R2144-2, LR-49)."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.pages import ActView, Page
from marketplace.accounts.permissions import Verdict, visible_or_404
from marketplace.files.services import StagedFile
from marketplace.files.services import stage as stage_file
from marketplace.journal.errors import Refusal
from procurement.evaluation import reading
from procurement.evaluation.forms.complements import ComplementForm, ComplementsForm, ReceivedComplementForm
from procurement.evaluation.models import Complement, ComplementItem, ComplementRequest, Exclusion
from procurement.evaluation.services import complements
from procurement.evaluation.views.base import ConfirmedAct, LotAct, page_of
from procurement.law import calendar

COMPLEMENT_DAYS = timedelta(days=7)
LAW = (
    _("Ce que dit la loi"),
    _(
        "L’acheteur peut demander ce qui manque aux candidatures. Il le demande alors à tous les candidats concernés, "
        "dans un délai approprié et identique pour tous."
    ),
    _("Article R. 2144-2 du code de la commande publique."),
)


def upload_of(form: Any) -> StagedFile | None:
    """The file of a form, staged before the act; None without one."""
    upload = form.cleaned_data["file"]
    return stage_file(upload, name=upload.name) if upload else None


class AskComplementsView(ConfirmedAct):
    """Asking all the candidates concerned for what their candidatures lack, in one request."""

    template_name = "evaluation/complements.html"
    section = "recevabilite"
    action = "complements.ask"
    back = "candidates"
    form_class = ComplementsForm
    page_title = _("Demander les compléments")
    page_lead = _("Une seule demande, à tous les candidats dont le dossier est incomplet.")
    submit_label = _("Relire la demande")
    confirm_label = _("Envoyer la demande à tous")
    success_message = _("La demande est partie : chaque entreprise complète sa candidature dans son espace.")
    consequence = _("Il n’y a qu’une demande par lot. La sélection se décide après l’heure limite donnée à tous.")
    law = LAW

    def find(self) -> None:
        """The candidates, and what the site finds missing."""
        super().find()
        self.sent = ComplementRequest.objects.filter(lot=self.lot).first()

    def get_initial(self) -> dict[str, Any]:
        """Noon, a working day a week from now."""
        day = calendar.next_working_day(calendar.paris_date(self.now + COMPLEMENT_DAYS))
        return {"deadline": calendar.at_paris(day, datetime.min.time().replace(hour=12))}

    def get_form_kwargs(self) -> dict[str, Any]:
        """Each candidate with its missing items."""
        candidates = reading.candidates_of(self.lot, actor=self.actor)
        missing = complements.missing_of(self.lot, candidates) if candidates else {}
        return {**super().get_form_kwargs(), "candidates": candidates, "missing": missing}

    def preview(self, form: ComplementsForm) -> dict[str, Any]:
        """What each firm will read; the rules have spoken."""
        complements.check_complements(
            lot=self.lot,
            asked=form.asked(),
            deadline=form.cleaned_data["deadline"],
            now=self.now,
            accepted=self.accepted(),
        )
        said = [
            (str(one.candidate.party), " ; ".join(one.items) or _("Rien : son dossier est complet"))
            for one in form.asked()
        ]
        return {"facts": said}

    def act(self, form: ComplementsForm) -> ComplementRequest:
        """Ask."""
        return complements.ask_complements(
            lot=self.lot,
            asked=form.asked(),
            deadline=form.cleaned_data["deadline"],
            actor=self.actor,
            now=self.now,
            accepted=self.accepted(),
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Whether the one request left."""
        return super().get_context_data(sent=self.sent, **kwargs)


class RecordComplementView(LotAct):
    """Keeping an item that a firm without account handed in on the other buyer profile."""

    section = "recevabilite"
    action = "complements.ask"
    back = "candidates"
    form_class = ReceivedComplementForm
    submit_label = _("Verser la pièce")
    success_message = _("La pièce est versée au dossier du candidat.")
    law = LAW

    def find(self) -> None:
        """The item, of this lot."""
        super().find()
        rows = ComplementItem.objects.filter(complement__candidate__lot=self.lot).select_related(
            "complement__candidate__party__lead", "complement__request"
        )
        self.item = get_object_or_404(rows, pk=self.kwargs["item"])
        self.item.complement.candidate.lot = self.lot

    def get_page_title(self) -> str:
        """Which item."""
        return self.item.label

    def get_page_lead(self) -> str:
        """Of whom."""
        return str(self.item.complement.candidate.party)

    def act(self, form: ReceivedComplementForm) -> ComplementItem:
        """Keep it."""
        return complements.record_complement(
            item=self.item,
            received_at=form.cleaned_data["received_at"],
            file=upload_of(form),
            text=form.cleaned_data["text"],
            actor=self.actor,
            now=self.now,
        )


class CandidacyView(Page):
    """The company's side: what buyers ask about its candidatures, complements and exclusions considered."""

    template_name = "evaluation/candidacies.html"
    page_title = _("Vos candidatures : demandes des acheteurs")
    page_lead = _("Un acheteur vous demande une pièce, ou vos observations : répondez avant l’heure limite.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Requests of both kinds, the newest first."""
        missing = Count("items", filter=Q(items__received_at=None))
        rows = Complement.objects.visible_to(self.actor).annotate(missing=missing)
        return super().get_context_data(
            rows=page_of(rows, self.request), exclusions=Exclusion.objects.visible_to(self.actor), **kwargs
        )


class ComplementView(ActView):
    """One request: each item with its state, and a file or a text to hand in."""

    template_name = "evaluation/complement.html"
    form_class = ComplementForm
    page_title = _("Compléter votre candidature")
    submit_label = _("Remettre cette pièce")
    success_message = _("Votre pièce est reçue : l’accusé de réception se prépare.")
    law = LAW

    def load(self) -> None:
        """The request, for the firm asked alone."""
        self.complement = visible_or_404(Complement.objects, self.actor, pk=self.kwargs["complement"])
        self.items = list(self.complement.items.select_related("file", "receipt__rendering__stored_file"))
        for one in self.items:
            one.complement = self.complement
        self.item = self._wanted()

    def _wanted(self) -> ComplementItem | None:
        """The item that the form is about. Raises Http404 for one of another request."""
        position = self.request.POST.get("item") or self.request.GET.get("piece")
        if position is None:
            return None
        found = next((one for one in self.items if str(one.position) == position), None)
        if found is None:
            raise Http404
        return found

    def allowed(self) -> Verdict:
        """Who sees it may hand in: both are the firm asked."""
        return Verdict.yes()

    def act(self, form: ComplementForm) -> ComplementItem:
        """Hand it in."""
        if self.item is None:
            raise Refusal(__("Choisissez d’abord la pièce à remettre, dans la liste."))
        return complements.hand_in_complement(
            item=self.item, file=upload_of(form), text=form.cleaned_data["text"], actor=self.actor, now=self.now
        )

    def get_success_url(self) -> str:
        """The request again."""
        return reverse("evaluation:complement", args=[self.complement.pk])

    def get_back_url(self) -> str:
        """All requests."""
        return reverse("evaluation:candidacies")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The items, and the one that is being handed in."""
        deadline = self.complement.request.deadline
        return super().get_context_data(
            complement=self.complement,
            call=self.complement.candidate.lot.call,
            items=self.items,
            item=self.item,
            is_open=calendar.is_on_time(self.now, deadline),
            **kwargs,
        )
