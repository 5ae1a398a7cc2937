"""Meetings of a round: all invited together, each recorded, minutes for the one tenderer met (LR-17, LR-19)."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.permissions import Verdict, can
from procurement.evaluation.facts import remaining_parties
from procurement.evaluation.forms.negotiation import Attendees, Disclosures, MeetForm, MeetingForm, Points
from procurement.evaluation.models import NegotiationMeeting
from procurement.evaluation.services import negotiation
from procurement.evaluation.views.base import LotAct, RowsMixin, lines
from procurement.law import calendar

NOTICE = timedelta(days=8)


class MeetView(LotAct):
    """Inviting everybody still in to a meeting of the same length."""

    template_name = "evaluation/meet.html"
    section = "negociation"
    action = "negotiation.conduct"
    form_class = MeetForm
    submit_label = _("Envoyer toutes les invitations")
    success_message = _("Les invitations sont parties, toutes au même instant.")
    back = "negotiation"
    consequence = _("Les invitations partent ensemble. La durée est la même pour toutes et ne change plus.")
    law = (
        _("Ce que dit la loi"),
        _(
            "Toutes les entreprises sont traitées de la même façon : même durée, mêmes informations. Ce que l’une vous "
            "confie n’est pas dit aux autres."
        ),
        _("Articles L. 3, L. 2132-1 et R. 2172-30 du code de la commande publique."),
    )

    def load(self) -> None:
        """The round that comes next."""
        super().load()
        done = NegotiationMeeting.objects.filter(lot=self.lot).aggregate(last=Max("round_number"))["last"]
        self.round_number = (done or 0) + 1

    def get_page_title(self) -> str:
        """Which round."""
        return __("Inviter au tour %(number)s") % {"number": self.round_number}

    def get_form_kwargs(self) -> dict[str, Any]:
        """One meeting each, one after the other, next week."""
        day = calendar.next_working_day(calendar.paris_date(self.now + NOTICE))
        first = calendar.at_paris(day, datetime.min.time().replace(hour=9, minute=30))
        return {**super().get_form_kwargs(), "parties": remaining_parties(self.lot), "first": first}

    def act(self, form: MeetForm) -> Any:
        """Invite."""
        typed = form.cleaned_data
        return negotiation.invite_to_negotiate(
            lot=self.lot,
            round_number=self.round_number,
            meetings={party.pk: typed[f"at-{party.pk}"] for party in form.parties},
            points={party.pk: lines(typed[f"points-{party.pk}"]) for party in form.parties},
            duration_minutes=typed["duration_minutes"],
            place=typed["place"],
            actor=self.actor,
            now=self.now,
            accepted=self.accepted(),
        )


class MeetingView(RowsMixin, LotAct):
    """One meeting: recorded once, then read."""

    template_name = "evaluation/meeting.html"
    section = "negociation"
    form_class = MeetingForm
    submit_label = _("Consigner la réunion")
    success_message = _("La réunion est consignée. Son compte rendu est destiné à cette entreprise seule.")
    back = "negotiation"
    row_sets = {
        "attendees": (Attendees, _("Ajouter une personne"), _("Personne")),
        "points": (Points, _("Ajouter un point"), _("Point")),
        "disclosures": (Disclosures, _("Ajouter un élément"), _("Élément")),
    }
    law = (
        _("Ce que dit la loi"),
        _(
            "La négociation se prouve par son compte rendu. Rien de la solution d’une entreprise ne se dit à une autre "
            "sans son accord écrit, élément par élément."
        ),
        _("Articles L. 2132-1, R. 2161-17 et R. 2172-30 du code de la commande publique."),
    )

    def find(self) -> None:
        """The meeting of this lot."""
        super().find()
        rows = NegotiationMeeting.objects.filter(lot=self.lot).select_related(
            "party__lead", "minutes__rendering__stored_file"
        )
        self.meeting = get_object_or_404(rows, pk=self.kwargs["meeting"])
        self.meeting.lot = self.lot

    def allowed(self) -> Verdict:
        """The team reads; those who negotiate record."""
        return can(self.actor, "bids.read" if self.request.method == "GET" else "negotiation.conduct", self.lot)

    def get_page_title(self) -> str:
        """Which round, with whom."""
        return __("Tour %(number)s : %(name)s") % {"number": self.meeting.round_number, "name": self.meeting.party}

    def get_initial(self) -> dict[str, Any]:
        """As planned."""
        planned = self.meeting.planned_at
        return {"held_at": planned, "ended_at": planned + timedelta(minutes=self.meeting.duration_minutes)}

    def rows_initial(self, prefix: str) -> list[dict[str, Any]]:
        """Whoever records was probably there."""
        if prefix != "attendees":
            return []
        return [{"name": str(self.request.user), "side": "buyer"}, {"side": "tenderer"}]

    def act(self, form: MeetingForm) -> NegotiationMeeting:
        """Record it."""
        return negotiation.record_meeting(
            meeting=self.meeting,
            held_at=form.cleaned_data["held_at"],
            ended_at=form.cleaned_data["ended_at"],
            attendees=self.typed_rows("attendees"),
            points=self.typed_rows("points"),
            disclosures=self.typed_rows("disclosures"),
            documents_shown=lines(form.cleaned_data["documents_shown"]),
            actor=self.actor,
            now=self.now,
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The meeting, as planned or as held."""
        can_record = self.meeting.held_at is None and bool(can(self.actor, "negotiation.conduct", self.lot))
        return super().get_context_data(
            meeting=self.meeting,
            can_record=can_record,
            documents=[self.meeting.minutes] if self.meeting.minutes else [],
            **kwargs,
        )
