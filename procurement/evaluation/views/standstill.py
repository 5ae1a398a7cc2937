"""Letters to all at the same instant, then the standstill, appeals, and the report that the signature waits for."""

from datetime import datetime
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.typing import forget
from procurement.calls.documents import appeals_block
from procurement.evaluation import reading
from procurement.evaluation.forms.standstill import HoldForm, LettersForm, PresentationForm, ReleaseForm
from procurement.evaluation.models import AwardDecision, ReasonsRequest, RejectionNotice, StandstillHold
from procurement.evaluation.services import reports, standstill
from procurement.evaluation.views.base import ConfirmedAct, KeptMixin, LotAct, LotRead
from procurement.law import calendar

LAW = _("Ce que dit la loi")


class StandstillView(LotRead):
    """Letters, the first day on which one may sign, appeals, the report."""

    template_name = "evaluation/standstill.html"
    section = "suspension"
    page_title = _("Lettres et délai de suspension")
    page_lead = _("Chacun est informé le même jour. Vous ne signez qu’une fois le délai passé.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What left, what is waited for."""
        first = standstill.earliest_signature(self.lot, now=self.now) if self._is_awarded() else None
        opens_at = calendar.at_paris(first, datetime.min.time()) if first else None
        notices = list(
            RejectionNotice.objects.filter(lot=self.lot).select_related(
                "party__lead", "letter__document__rendering__stored_file", "letter__dispatch"
            )
        )
        # Letters that wait for their sending on another buyer profile: the delay does not run before.
        unsent = [one for one in notices if one.letter.left_at is None]
        holds = list(StandstillHold.objects.filter(lot=self.lot))
        return super().get_context_data(
            is_awarded=self._is_awarded(),
            cleared_at=self.lot.timeline.winner_cleared_at,
            sent_at=self.lot.timeline.rejections_sent_at,
            standstill_at=self.lot.timeline.standstill_at,
            signed_at=self.lot.timeline.signed_at,
            notices=notices,
            unsent=unsent,
            requests=list(ReasonsRequest.objects.filter(lot=self.lot).select_related("letter__recipient", "answer")),
            first=first,
            opens_at=opens_at,
            is_over=opens_at is not None and opens_at <= self.now and not unsent,
            holds=holds,
            pending=[one for one in holds if one.order_received_at is None],
            is_presented=reports.is_presented(self.lot),
            documents=reading.documents_of(self.lot, reports.PRESENTATION),
            may=self.may("award.decide"),
            **kwargs,
        )

    def _is_awarded(self) -> bool:
        return self.lot.timeline.awarded_at is not None


class LettersView(KeptMixin, ConfirmedAct):
    """Writing the reasons of each rejection, reading each letter, then sending all of them at once."""

    template_name = "evaluation/letters.html"
    confirm_template = "evaluation/letters_confirm.html"
    section = "suspension"
    action = "award.decide"
    form_class = LettersForm
    page_title = _("Écrire aux entreprises")
    submit_label = _("Relire chaque lettre")
    confirm_label = _("Envoyer toutes les lettres")
    success_message = _("Toutes les lettres sont parties, au même instant.")
    back = "standstill"
    consequence = _(
        "Les lettres partent toutes au même instant et ne se reprennent pas. Le délai commence aujourd’hui."
    )
    law = (
        LAW,
        _(
            "Chaque entreprise écartée apprend les motifs, ses notes, le nom du retenu et la date avant laquelle "
            "vous ne signerez pas. Rien de ce qu’une autre a écrit n’y figure."
        ),
        _("Articles R. 2181-1, R. 2181-3 et R. 2182-1 du code de la commande publique."),
    )

    def get_autosave_key(self) -> str:
        """One draft a lot, shared by those who decide."""
        return f"evaluation:letters:{self.lot.pk}"

    def get_form_kwargs(self) -> dict[str, Any]:
        """Rejected firms with a first text of their reasons."""
        decided = AwardDecision.objects.filter(lot=self.lot).exists()
        found = standstill.outcome(self.lot) if decided else None
        return {
            **super().get_form_kwargs(),
            "initial": self.kept(),
            "rejected": found.rejected if found else [],
            "drafts": standstill.drafted_reasons(self.lot) if found else {},
        }

    def preview(self, form: LettersForm) -> dict[str, Any]:
        """Each letter as it leaves."""
        rejected, chosen = standstill.preview_letters(
            lot=self.lot,
            reasons=form.reasons(),
            electronic=form.is_electronic,
            actor=self.actor,
            now=self.now,
        )
        return {"rejected": rejected, "chosen": chosen, "appeals": appeals_block(self.lot)}

    def act(self, form: LettersForm) -> Any:
        """Send them."""
        sent = standstill.send_rejections(
            lot=self.lot,
            reasons=form.reasons(),
            electronic=form.is_electronic,
            actor=self.actor,
            now=self.now,
        )
        forget(self.get_autosave_key())
        return sent

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Whether the time has come, whether they left already."""
        return super().get_context_data(
            cleared_at=self.lot.timeline.winner_cleared_at,
            sent_at=self.lot.timeline.rejections_sent_at,
            is_awarded=self.lot.timeline.awarded_at is not None,
            **kwargs,
        )


class HoldView(LotAct):
    """Recording an appeal: nothing may be signed until the judge answers."""

    section = "suspension"
    action = "award.decide"
    form_class = HoldForm
    page_title = _("Consigner un recours")
    submit_label = _("Suspendre la signature")
    success_message = _("La signature est suspendue jusqu’à l’ordonnance du juge.")
    back = "standstill"
    law = (
        LAW,
        _("Un référé précontractuel interdit de signer jusqu’à ce que l’ordonnance du juge vous parvienne."),
        _("Articles L. 551-1 et L. 551-4 du code de justice administrative."),
    )

    def act(self, form: HoldForm) -> StandstillHold:
        """Hold."""
        return standstill.hold(lot=self.lot, actor=self.actor, now=self.now, **form.cleaned_data)


class ReleaseView(LotAct):
    """Recording the judge's order."""

    section = "suspension"
    action = "award.decide"
    form_class = ReleaseForm
    page_title = _("Consigner l’ordonnance du juge")
    submit_label = _("Consigner l’ordonnance")
    success_message = _("L’ordonnance est consignée : ce recours ne suspend plus la signature.")
    back = "standstill"
    law = HoldView.law

    def find(self) -> None:
        """The appeal of this lot."""
        super().find()
        self.held = get_object_or_404(StandstillHold, lot=self.lot, pk=self.kwargs["hold"])
        self.held.lot = self.lot

    def get_page_lead(self) -> str:
        """Which case."""
        return str(self.held)

    def act(self, form: ReleaseForm) -> StandstillHold:
        """Release."""
        return standstill.release(held=self.held, actor=self.actor, now=self.now, **form.cleaned_data)


class PresentationView(LotAct):
    """Finalising the *rapport de présentation*, which the signature waits for."""

    section = "suspension"
    action = "award.decide"
    form_class = PresentationForm
    page_title = _("Rapport de présentation")
    page_lead = _("Le site le rédige d’après le dossier. Ajoutez ce que seules les personnes savent.")
    submit_label = _("Établir le rapport")
    success_message = _("Le rapport est en préparation : il apparaît ici dans quelques secondes.")
    back = "standstill"
    law = (
        LAW,
        _(
            "Au-dessus des seuils européens, un rapport de présentation dit pourquoi et comment vous avez choisi. Sans "
            "lui, on ne signe pas."
        ),
        _("Articles R. 2184-1 à R. 2184-6 du code de la commande publique."),
    )

    def act(self, form: PresentationForm) -> Any:
        """Finalise it."""
        return reports.finalise_presentation_report(
            lot=self.lot, additions=form.additions(), actor=self.actor, now=self.now
        )
