"""From the opened initial bids to the request of final ones (R2172-28 to -30, R2161-20)."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.permissions import can
from procurement.calls.models import SubmissionPeriod
from procurement.evaluation import reading, unregistered
from procurement.evaluation.documents import closing_facts
from procurement.evaluation.facts import last_ranked, met_ids, remaining_parties
from procurement.evaluation.forms.negotiation import CloseForm, EliminationForm
from procurement.evaluation.models import Bid, NegotiationMeeting, RoundElimination
from procurement.evaluation.services import negotiation
from procurement.evaluation.views.base import ConfirmedAct, DoesOne, Kind, LotAct
from procurement.submissions.models import Invitation

LAW = _("Ce que dit la loi")


class NegotiationView(DoesOne):
    """Bids of the lot, meetings, and what comes next. Nothing of the bids exists here before they are opened."""

    template_name = "evaluation/negotiation.html"
    section = "negociation"
    page_title = _("Négociation")
    page_lead = _("Recevez chaque entreprise pendant la même durée, puis demandez à toutes leur offre finale.")
    done = _("Les offres ouvertes sont enregistrées.")

    def do(self) -> Any:
        """Register what was opened."""
        period = get_object_or_404(SubmissionPeriod, lot=self.lot, kind=Kind.INITIAL)
        return negotiation.register_bids(lot=self.lot, period=period, actor=self.actor, now=self.now)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The bids once opened, else what is waited for."""
        period = self.period(Kind.INITIAL)
        final = self.period(Kind.FINAL)
        bids = reading.bids_of(self.lot, Bid.Stage.INITIAL, actor=self.actor)
        is_closed = period is not None and period.closes_at() < self.now
        meetings = list(
            NegotiationMeeting.objects.filter(lot=self.lot).select_related(
                "party__lead", "minutes__rendering__stored_file"
            )
        )
        met = set(met_ids(self.lot))
        parties = remaining_parties(self.lot) if bids else []
        return super().get_context_data(
            period=period,
            closes_at=period.closes_at() if period else None,
            is_closed=is_closed,
            to_register=is_closed and unregistered.bids(period, bids),
            bids=bids,
            parties=parties,
            meetings=meetings,
            next_round=max((one.round_number for one in meetings), default=0) + 1,
            unrecorded=sum(one.held_at is None for one in meetings),
            unmet=[party for party in parties if str(party.pk) not in met],
            eliminated=list(RoundElimination.objects.filter(lot=self.lot).select_related("party__lead")),
            final=final,
            final_closes_at=final.closes_at() if final else None,
            final_asked=final is not None and Invitation.objects.filter(period=final).exists(),
            may=self.may("bids.register", "negotiation.conduct", "negotiation.eliminate"),
            **kwargs,
        )


class EliminateView(ConfirmedAct):
    """Leaving tenderers out of the next round, where the call announced it."""

    template_name = "evaluation/eliminate.html"
    section = "negociation"
    action = "negotiation.eliminate"
    form_class = EliminationForm
    page_title = _("Éliminer avant le tour suivant")
    submit_label = _("Relire avant d’éliminer")
    confirm_label = _("Éliminer et envoyer les lettres")
    success_message = _("Les entreprises éliminées sont informées.")
    back = "negotiation"
    consequence = _("L’entreprise éliminée ne revient pas. Sa lettre part aussitôt, avec ses notes et vos motifs.")
    law = (
        LAW,
        _(
            "On n’élimine pendant la négociation que si l’appel l’annonce, et sur les critères annoncés. Les dernières "
            "offres sont donc notées et classées d’abord."
        ),
        _("Articles R. 2172-30 et R. 2161-18 du code de la commande publique."),
    )

    def get_form_kwargs(self) -> dict[str, Any]:
        """Those still in."""
        return {**super().get_form_kwargs(), "parties": remaining_parties(self.lot)}

    def preview(self, form: EliminationForm) -> dict[str, Any]:
        """Who leaves, and why."""
        leaving = form.eliminations()
        return {"facts": [(str(one), leaving[one.pk]) for one in form.parties if one.pk in leaving]}

    def act(self, form: EliminationForm) -> Any:
        """Eliminate."""
        return negotiation.eliminate(
            lot=self.lot,
            eliminations=form.eliminations(),
            actor=self.actor,
            now=self.now,
            accepted=self.accepted(),
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Places in the last ranking."""
        return super().get_context_data(ranked=last_ranked(self.lot), **kwargs)


class CloseView(LotAct):
    """Ending the negotiation: one letter, one deadline for all."""

    template_name = "evaluation/close_negotiation.html"
    section = "negociation"
    action = "negotiation.conduct"
    form_class = CloseForm
    page_title = _("Clore la négociation")
    submit_label = _("Clore et demander les offres finales")
    success_message = _("La négociation est close. Toutes les entreprises ont reçu la même demande.")
    back = "negotiation"
    consequence = _(
        "Plus aucun tour ne s’ouvre ensuite. Toutes les entreprises en lice reçoivent la même lettre, avec la même "
        "heure limite."
    )
    law = (
        LAW,
        _(
            "Quand l’acheteur veut clore, il l’annonce à tous et fixe une même heure limite. Critères et exigences "
            "minimales ne changent pas."
        ),
        _("Articles R. 2161-20 et R. 2172-22 du code de la commande publique."),
    )

    def act(self, form: CloseForm) -> Any:
        """Close."""
        period = get_object_or_404(SubmissionPeriod, lot=self.lot, kind=Kind.FINAL)
        return negotiation.close_negotiation(
            lot=self.lot,
            period=period,
            changes=form.changes(),
            actor=self.actor,
            now=self.now,
            accepted=self.accepted(),
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Who is asked, until when, and the letter."""
        period = self.period(Kind.FINAL)
        return super().get_context_data(
            period=period,
            closes_at=period.closes_at() if period else None,
            parties=remaining_parties(self.lot),
            is_sent=period is not None and Invitation.objects.filter(period=period).exists(),
            letter=closing_facts(self.lot, period, ()) if period else None,
            may_plan=bool(can(self.actor, "period.plan", self.call)),
            **kwargs,
        )
