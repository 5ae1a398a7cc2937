"""Two custodians open the submissions of a call; what came late is decided upon by two people."""

from typing import Any

from django import forms
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.permissions import Verdict, can
from marketplace.files.models import GeneratedDocument
from procurement.calls.views import WorkspaceAct, WorkspacePage
from procurement.submissions.clock_doubt import confirm_clearance, doubt, propose_clearance
from procurement.submissions.decisions import admit_late, propose_late_admission
from procurement.submissions.forms.custody import IncidentForm, KitForm, ReasonsForm, SettlementForm
from procurement.submissions.incidents import report_incident
from procurement.submissions.key_proofs import Handed
from procurement.submissions.models import (
    ClockClearance,
    Custodian,
    Incident,
    IncidentSettlement,
    LateAdmission,
    OpeningSession,
    Receipt,
    Submission,
)
from procurement.submissions.opening import begin_opening, complete_opening, to_begin, to_complete
from procurement.submissions.openings import openings_of
from procurement.submissions.periods import period_of
from procurement.submissions.troubles import declare, propose_settlement, settle, unsettled
from procurement.submissions.verdicts import FRENCH
from procurement.submissions.views.key_acts import KeyAct


class SealedHereMixin:
    """A page about seals: where deposits are on another buyer profile, it does not exist."""

    def load(self) -> None:
        """Read the call. Raises Http404 where nothing is sealed here."""
        super().load()
        if self.call.deposit_at:
            raise Http404


class Opening(SealedHereMixin, WorkspacePage):
    """The openings of a call, period by period. Before a deadline, nothing but the deadline."""

    template_name = "submissions/opening.html"
    section = "ouverture"
    page_title = _("Ouverture des plis")
    page_lead = _("Deux gardiens ouvrent les plis ensemble, après l’heure limite, chacun avec sa clé.")

    def allowed(self) -> Verdict:
        """The team only: the results name the firms."""
        return can(self.actor, "openings.read", self.call)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Periods with what may be told of them."""
        return super().get_context_data(
            periods=openings_of(self.lots, self.actor, self.now),
            may_open=Custodian.objects.serving(self.call).filter(user_id=self.actor.user_id).exists(),
            may_admit=bool(can(self.actor, "submission.admit_late", self.call)),
            may_read_copies=bool(can(self.actor, "backup.read", self.call)),
            **kwargs,
        )


class OpenEnvelope(SealedHereMixin, KeyAct, WorkspaceAct):
    """One custodian's part in an opening: the first begins, the second completes within thirty minutes."""

    section = "ouverture"
    action = "keys.use"
    template_name = "submissions/open_envelope.html"
    law = (
        _("Ce que dit la loi"),
        _("Rien n’est ouvert avant l’heure limite, ni par une personne seule. L’ouverture n’est pas publique."),
        "Annexe 8, article 2 ; L3",
    )

    def load(self) -> None:
        """Read the envelope and the session under way. Raises Http404."""
        super().load()
        period = period_of(self.lot, self.kwargs["period"])
        envelope = period.envelopes.filter(name=self.kwargs["envelope"]).first() if period else None
        if envelope is None:
            raise Http404
        self.period, self.envelope = period, envelope
        period.lot = self.lot
        envelope.period = period
        self.waiting = (
            OpeningSession.objects.waiting(envelope, self.now)
            .select_related("first__user", "period__lot__call")
            .first()
        )

        self.submit_label = say("Ouvrir les plis") if self.completes else say("Retirer ma part de la clé")

    @property
    def completes(self) -> bool:
        """Whether the actor comes second."""
        return self.waiting is not None and self.waiting.first_user_id != self.actor.user_id

    def get_page_title(self) -> str:
        """Begin or complete."""
        return say("Terminer l’ouverture") if self.completes else say("Commencer l’ouverture")

    def get_page_lead(self) -> str:
        """What happens."""
        names = {"envelope": self.envelope.get_name_display(), "kind": self.period.get_kind_display()}
        if self.completes:
            return say("%(envelope)s, %(kind)s. Tous les plis reçus à temps s’ouvrent maintenant, sans retour.") % names
        return (
            say(
                "%(envelope)s, %(kind)s. Vous retirez votre part de la clé. Rien n’est lisible tant qu’un second "
                "gardien, distinct, n’a pas donné la sienne dans les 30 minutes."
            )
            % names
        )

    def get_back_url(self) -> str:
        """The openings."""
        return reverse("submissions:opening", args=[self.call.reference])

    def get_success_url(self) -> str:
        """The openings."""
        return self.get_back_url()

    def hand_out(self) -> Handed:
        """The outer wraps of the first custodian, or the layer that the first left for the second."""
        if self.completes:
            return to_complete(session=self.waiting, actor=self.actor, now=self.now)
        return to_begin(envelope=self.envelope, actor=self.actor, now=self.now)

    def act(self, form: KitForm) -> Any:
        """Begin, or complete what another custodian began."""
        shown = form.cleaned_data["shown"]
        if self.completes:
            return complete_opening(session=self.waiting, actor=self.actor, now=self.now, **shown)
        return begin_opening(envelope=self.envelope, actor=self.actor, now=self.now, **shown)

    success_message = _("C’est fait.")

    def get_success_message(self) -> str:
        """What is next."""
        if self.completes:
            return say("Les plis sont ouverts. Le procès-verbal est en préparation.")
        return say("Votre part est retirée. Un second gardien doit terminer dans les 30 minutes.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The session under way, and whether the deadline has passed."""
        return super().get_context_data(
            waiting=self.waiting,
            completes=self.completes,
            closes_at=self.period.closes_at(),
            **kwargs,
        )


class Clock(SealedHereMixin, WorkspaceAct):
    """Lift a doubt on the clock of the site: one person proposes with reasons, another one confirms (B.4)."""

    section = "ouverture"
    action = "clock.clear"
    template_name = "submissions/clock.html"
    page_title = _("Horloge en doute")
    page_lead = _(
        "L’heure limite se juge à l’horloge du site. Avant d’ouvrir, deux personnes disent pourquoi elle vaut."
    )
    success_message = _("C’est inscrit.")
    law = (
        _("Ce que dit la loi"),
        _("L’heure de réception est exacte et se prouve."),
        "Annexe 8, article 2",
    )

    def load(self) -> None:
        """Read the period, its doubt and what was proposed. Raises Http404 without a doubt."""
        super().load()
        lot = self.call.lots.filter(number=self.kwargs["number"]).first()
        self.period = period_of(lot, self.kwargs["period"]) if lot else None
        self.sample = doubt(self.period) if self.period else None
        if self.sample is None:
            raise Http404
        self.clearance = ClockClearance.objects.filter(period=self.period).first()
        self.submit_label = say("Lever le doute") if self.clearance else say("Proposer de lever le doute")

    def get_form_class(self) -> type[forms.Form]:
        """Reasons to write, or a decision to confirm."""
        return ReasonsForm if self.clearance is None else forms.Form

    def act(self, form: forms.Form) -> ClockClearance:
        """Propose, or confirm."""
        common = {"actor": self.actor, "now": self.now}
        if self.clearance is not None:
            return confirm_clearance(clearance=self.clearance, **common)
        return propose_clearance(period=self.period, reasons=form.cleaned_data["reasons"], **common)

    def get_back_url(self) -> str:
        """The openings."""
        return reverse("submissions:opening", args=[self.call.reference])

    def get_success_url(self) -> str:
        """The openings."""
        return self.get_back_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The doubt, and where the decision is."""
        return super().get_context_data(period=self.period, sample=self.sample, clearance=self.clearance, **kwargs)


class Trouble(SealedHereMixin, WorkspaceAct):
    """Declare an incident around a deadline, then settle it: one person proposes, another one confirms (B.4)."""

    section = "ouverture"
    template_name = "submissions/trouble.html"
    page_title = _("Incident")
    page_lead = _(
        "Une panne a pu empêcher de répondre ? Déclarez-la : rien ne s’ouvre avant qu’elle soit réglée, à deux."
    )
    success_message = _("C’est inscrit.")
    law = (
        _("Ce que dit la loi"),
        _(
            "L’acheteur doit prouver que la plateforme marchait. S’il ne le peut pas, le délai se prolonge pour tous, "
            "tant que rien n’est ouvert."
        ),
        "R2151-4 ; CE, 23 septembre 2021, n° 449250",
    )

    def load(self) -> None:
        """Read the period, its incidents and where the first unsettled one is. Raises Http404 without a period."""
        super().load()
        lot = self.call.lots.filter(number=self.kwargs["number"]).first()
        self.period = period_of(lot, self.kwargs["period"]) if lot else None
        if self.period is None:
            raise Http404
        people = ("declared_by", "settlement__proposed_by", "settlement__confirmed_by")
        self.incidents = list(self.period.incidents.select_related(*people))
        self.current = unsettled(self.period).first()
        self.proposed = getattr(self.current, "settlement", None)
        self.submit_label = say("Déclarer l’incident")
        if self.current is not None:
            self.submit_label = say("Régler l’incident") if self.proposed else say("Proposer de le régler")

    def allowed(self) -> Verdict:
        """The team reads what was declared; an act asks for its own right."""
        return can(self.actor, self._due if self.request.method == "POST" else "openings.read", self.call)

    @property
    def _due(self) -> str:
        """The act that comes next."""
        return "incident.declare" if self.current is None else "incident.settle"

    @property
    def may_act(self) -> bool:
        """Whether the actor has a part in what comes next, while nothing is open."""
        return self.period.opening_began_at is None and bool(can(self.actor, self._due, self.call))

    def get_form_class(self) -> type[forms.Form]:
        """An incident to tell, its end and the decision to tell, or a decision to confirm."""
        if self.current is None:
            return IncidentForm
        return SettlementForm if self.proposed is None else forms.Form

    def act(self, form: forms.Form) -> Incident | IncidentSettlement:
        """Declare, propose, or settle."""
        common = {"actor": self.actor, "now": self.now}
        if self.current is None:
            return declare(period=self.period, **form.cleaned_data, **common)
        if self.proposed is None:
            return propose_settlement(incident=self.current, **form.cleaned_data, **common)
        return settle(settlement=self.proposed, **common)

    def get_back_url(self) -> str:
        """The openings."""
        return reverse("submissions:opening", args=[self.call.reference])

    def get_success_url(self) -> str:
        """This page, which shows what was written."""
        return self.request.path

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The incidents, and what may be done next."""
        deadlines = list(self.period.deadlines.order_by("decided_at"))
        return super().get_context_data(
            period=self.period,
            incidents=self.incidents,
            current=self.current,
            proposed=self.proposed,
            may_act=self.may_act,
            may_extend=bool(can(self.actor, "call.change", self.call)),
            extensions=[one for one in deadlines[1:] if self.current and one.decided_at >= self.current.began_at],
            **kwargs,
        )


class LateSubmission(SealedHereMixin, WorkspaceAct):
    """Decide on what came late: one person proposes with reasons, another one confirms (LR-54)."""

    section = "ouverture"
    action = "submission.admit_late"
    template_name = "submissions/late.html"
    page_title = _("Pli reçu après l’heure limite")
    law = (
        _("Ce que dit la loi"),
        _(
            "Un pli en retard est éliminé, sauf si l’entreprise a été diligente et que le site ne peut prouver qu’il "
            "marchait. La décision est motivée, à deux."
        ),
        "R2151-5, R2143-2 ; CE, 23 septembre 2021, n° 449250",
    )
    submission: Submission
    admission: LateAdmission | None

    def load(self) -> None:
        """Read the submission by its receipt. Raises Http404 before the opening began."""
        super().load()
        visible = Submission.objects.visible_to(self.actor).filter(period__lot__call=self.call)
        receipt = (
            Receipt.objects.filter(number=self.kwargs["receipt"], submission__in=visible)
            .filter(submission__period__opening_began_at__isnull=False)
            .select_related("submission__period__lot__call", "submission__deposit__seal_request")
            .first()
        )
        if receipt is None:
            raise Http404
        self.receipt, self.submission = receipt, receipt.submission
        self.admission = LateAdmission.objects.filter(submission=self.submission).first()
        self.submit_label = say("Confirmer l’admission") if self.admission else say("Proposer d’admettre ce pli")

    def get_form_class(self) -> type[forms.Form]:
        """Reasons to write, or a decision to confirm."""
        return ReasonsForm if self.admission is None else forms.Form

    def act(self, form: forms.Form) -> Any:
        """Propose with the report of what the site recorded, or confirm."""
        common = {"actor": self.actor, "now": self.now}
        if self.admission is not None:
            return admit_late(admission=self.admission, **common)
        report = report_incident(submission=self.submission, **common)
        return propose_late_admission(
            submission=self.submission,
            reasons=form.cleaned_data["reasons"],
            incident_report_id=report.pk,
            **common,
        )

    success_message = _("C’est inscrit.")

    def get_success_message(self) -> str:
        """What is next."""
        if self.admission is None:
            return say("La proposition est inscrite. Une seconde personne doit la confirmer.")
        return say("Le pli est admis : deux gardiens l’ouvriront par une ouverture complémentaire.")

    def get_back_url(self) -> str:
        """The openings."""
        return reverse("submissions:opening", args=[self.call.reference])

    def get_success_url(self) -> str:
        """The openings."""
        return self.get_back_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Instants, verdict, and where the decision is."""
        report = None
        if self.admission is not None:
            documents = GeneratedDocument.objects.select_related("rendering__stored_file")
            report = documents.filter(pk=self.admission.incident_report_id).first()
        return super().get_context_data(
            submission=self.submission,
            receipt=self.receipt,
            verdict=FRENCH[self.submission.verdict],
            closes_at=self.submission.period.closes_at(),
            admission=self.admission,
            report=getattr(getattr(report, "rendering", None), "stored_file", None),
            **kwargs,
        )
