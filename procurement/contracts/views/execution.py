"""Phases of the contracts of a lot: begun, fed, accepted, measured, decided."""

from typing import Any

from django.forms import BaseForm
from django.http import Http404
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.permissions import can
from marketplace.files.services import stage
from procurement.contracts.figures import calendar_of
from procurement.contracts.forms.execution import (
    DecisionSheetForm,
    DeliverableDecisionForm,
    ProposalForm,
    RecordHandInForm,
    ResultsForm,
    last_agreement,
)
from procurement.contracts.forms.formation import ReceiptForm
from procurement.contracts.models import GateRound
from procurement.contracts.reading import PhaseDossier
from procurement.contracts.services.gates import decide, notify_decision, open_gate_round, record_results, settlement
from procurement.contracts.services.phases import accept, hand_in_deliverable, start_phase
from procurement.contracts.views.base import LotAct, LotPage, OfLot, PhaseAct, deliverable_or_404, phase_or_404
from procurement.correspondence.services import has_no_reader, unread_firms

GATE_LAW = (
    _("Ce que dit la loi"),
    _(
        "À la fin de chaque phase, vous décidez selon les résultats : continuer, continuer avec d’autres objectifs si "
        "le partenaire est d’accord, réduire le nombre de partenaires, ou arrêter. Aucune phase ne commence sans une "
        "décision reçue par le partenaire."
    ),
    _("Article R. 2172-31 du code de la commande publique"),
)


class Phases(LotPage):
    """The calendar of a lot and, phase by phase, what each partner owes and what was decided."""

    template_name = "contracts/phases.html"
    section = "phases"
    page_title = _("Phases et livrables")
    page_lead = _("Chaque phase commence par une décision reçue, et finit par une décision motivée.")

    def get_page_title(self) -> str:
        """A direct purchase has one phase, without a name of its own."""
        return str(_("Exécution") if self.call.is_purchase else self.page_title)

    def get_page_lead(self) -> str:
        """How a phase begins and ends; a purchase ends with what is accepted."""
        return str(_("Ce qui est remis, et votre décision sur chaque remise.") if self.call.is_purchase
                   else self.page_lead)  # fmt: skip

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Calendar, and phases grouped by number."""
        rows = self.dossiers()
        rounds = {gate.phase_id: gate for gate in GateRound.objects.filter(lot=self.lot)}
        phases = [
            {
                "phase": phase,
                "round": rounds.get(phase.pk),
                "begun": [row for row in of_phase if row.decision is not None],
                "to_come": [row for row in of_phase if row.decision is None],
            }
            for phase in self.lot.phases.order_by("number")
            for of_phase in [[row for one in rows for row in one.phases if row.phase.phase_id == phase.pk]]
        ]
        delivered = [one for dossier in rows for row in dossier.phases for one in row.deliverables]
        return super().get_context_data(
            rows=rows,
            phases=phases,
            calendar=calendar_of(rows, self.now) if rows else None,
            figures=[
                (str(sum(not row.has_ended for row in rows)), _t("partenaires actifs, sur %(n)s") % {"n": len(rows)}),
                (
                    str(sum(one.is_accepted for one in delivered)),
                    _t("livrables admis, sur %(n)s") % {"n": len(delivered)},
                ),
                (str(sum(one.awaits_decision for one in delivered)), _t("livrables remis, à décider")),
            ],
            may_follow=bool(rows) and bool(can(self.actor, "contract.follow", rows[0].contract)),
            unread=unread_firms(self.call, [row.contract.party.lead_id for row in rows]),
            **kwargs,
        )


class StartPhase(PhaseAct):
    """Begin a phase."""

    action = "contract.follow"
    page_lead = _("Le partenaire doit exécuter la phase, et ses délais courent dès aujourd’hui.")
    submit_label = _("Commencer la phase")
    success_message = _("La phase a commencé.")
    law = GATE_LAW

    def get_page_title(self) -> str:
        """Which phase, with whom."""
        return _t("Commencer la phase %(number)s avec %(partner)s") % {
            "number": self.row.phase.number, "partner": self.contract.party
        }  # fmt: skip

    def act(self, form: BaseForm) -> Any:
        """Begin."""
        return start_phase(phase=self.row.phase, actor=self.actor, now=self.now)


class RecordHandIn(PhaseAct):
    """Record a deliverable of a partner that nobody represents here: it reached the buyer by another road."""

    action = "contract.hand_in_deliverable"
    form_class = RecordHandInForm
    page_lead = _("Ce partenaire n’a pas de compte ici. Versez ce qu’il vous a remis par l’autre profil d’acheteur.")
    submit_label = _("Consigner la remise")
    success_message = _("La remise est consignée : vous pouvez décider.")

    def load(self) -> None:
        """Read the deliverable. Raises Http404 when the phase has none of that number, or its partner hands it in."""
        super().load()
        self.deliverable = deliverable_or_404(self.row, self.kwargs["deliverable"])
        if not has_no_reader(self.call, self.contract.party.lead):
            raise Http404

    def get_page_title(self) -> str:
        """Which deliverable, from whom."""
        return _t("%(name)s, %(partner)s") % {
            "name": self.deliverable.deliverable.name, "partner": self.contract.party
        }  # fmt: skip

    def act(self, form: RecordHandInForm) -> Any:
        """Hand in, in the name of the partner."""
        file = form.cleaned_data["file"]
        return hand_in_deliverable(
            deliverable=self.deliverable.deliverable,
            file=stage(file, name=file.name) if file else None,
            note=form.cleaned_data["note"],
            actor=self.actor,
            now=self.now,
        )


class DecideDeliverable(PhaseAct):
    """Open what was handed in, and decide on it."""

    template_name = "contracts/deliverable.html"
    action = "contract.follow"
    form_class = DeliverableDecisionForm
    page_lead = _("Votre décision est écrite, envoyée au partenaire et ne se reprend pas.")
    submit_label = _("Décider sur le livrable")
    success_message = _("Votre décision est enregistrée et le partenaire est prévenu.")
    law = (
        _("Ce que dit la loi"),
        _(
            "Toute décision autre que l’admission est motivée. "
            "L’ajournement demande une correction, le rejet est final."
        ),
        _("Chapitre « Admission » du CCAG nommé au contrat ; article R. 2172-31 pour la suite"),
    )

    def load(self) -> None:
        """Read the deliverable. Raises Http404 when the phase has none of that number."""
        super().load()
        self.deliverable = deliverable_or_404(self.row, self.kwargs["deliverable"])

    def get_page_title(self) -> str:
        """Which deliverable, from whom."""
        return _t("%(name)s, %(partner)s") % {
            "name": self.deliverable.deliverable.name, "partner": self.contract.party
        }  # fmt: skip

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What was handed in, and answered before."""
        return super().get_context_data(deliverable=self.deliverable, **kwargs)

    def act(self, form: DeliverableDecisionForm) -> Any:
        """Decide."""
        data = form.cleaned_data
        return accept(
            deliverable=self.deliverable.deliverable,
            decision=data["decision"],
            reasons=data["reasons"],
            reduction=data["reduction"] or 0,
            lift_before=data["lift_before"],
            actor=self.actor,
            now=self.now,
        )


class RecordResults(PhaseAct):
    """What a partner reached, against the objectives of its contract."""

    action = "contract.follow"
    form_class = ResultsForm
    page_lead = _("Les résultats s’arrêtent une fois : ils fondent le paiement et la décision de fin de phase.")
    submit_label = _("Arrêter les résultats")
    success_message = _("Les résultats de la phase sont arrêtés.")
    law = GATE_LAW

    def get_page_title(self) -> str:
        """Which phase, with whom."""
        return _t("Résultats de la phase %(number)s, %(partner)s") % {
            "number": self.row.phase.number, "partner": self.contract.party
        }  # fmt: skip

    def get_form_kwargs(self) -> dict[str, Any]:
        """One number for each objective."""
        return super().get_form_kwargs() | {"rows": self.row.phase.objectives, "mark": "target"}

    def act(self, form: ResultsForm) -> Any:
        """Record."""
        return record_results(
            phase=self.row.phase, measured=form.measured(), summary=form.cleaned_data["summary"],
            score=form.cleaned_data["score"], actor=self.actor, now=self.now,
        )  # fmt: skip


class OfGate(OfLot):
    """A page about the end of one phase of the lot, all partners together."""

    section = "phases"

    def load(self) -> None:
        """Read the phase, its round and the contracts. Raises Http404 for a phase that the lot does not have."""
        super().load()
        self.phase = self.lot.phases.filter(number=self.kwargs["phase"]).first()
        if self.phase is None:
            raise Http404
        rounds = GateRound.objects.select_related("report__rendering__stored_file")
        self.round = rounds.filter(lot=self.lot, phase=self.phase).first()
        self.all_dossiers = self.dossiers()

    def rows(self) -> list[PhaseDossier]:
        """This phase in every contract that was told to perform it, best results first."""
        rows = [phase_or_404(dossier, self.phase.number) for dossier in self.all_dossiers]
        kept = [row for row in rows if row.decision is not None]
        return sorted(kept, key=lambda row: (-(row.result.score if row.result else -1), row.contract.rank))

    def running_rows(self) -> list[PhaseDossier]:
        """Those on which one decides: contracts in force."""
        return [row for row in self.rows() if row.contract.is_running]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The phase and its round."""
        return super().get_context_data(**kwargs | {"phase": self.phase, "round": self.round})


class Gate(OfGate, LotPage):
    """The end of a phase: results of all partners, the report, each decision."""

    template_name = "contracts/gate.html"

    def get_page_title(self) -> str:
        """Which phase ends."""
        return _t("Fin de la phase %(number)s : %(name)s") % {"number": self.phase.number, "name": self.phase.name}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Results side by side, with agreements and what each phase pays."""
        rows = self.rows()
        waiting = [row for row in rows if row.contract.is_running and row.result is None]
        return super().get_context_data(
            rows=[(row, last_agreement(row), settlement(row.phase) if row.result else None) for row in rows],
            waiting=waiting,
            can_open=self.round is None and bool(rows) and not waiting,
            may_decide=bool(can(self.actor, "contracts.decide", self.lot)),
            law=GATE_LAW,
            **kwargs,
        )


class GateAct(OfGate, LotAct):
    """An act about the end of a phase; one returns to its page."""

    section = "phases"
    law = GATE_LAW

    def get_back_url(self) -> str:
        """The end of the phase."""
        return self.address("gate", self.phase.number)


class OpenGate(GateAct):
    """Gather the results of all partners in one report."""

    action = "contracts.open_gate"
    form_class = ProposalForm
    page_lead = _("Le rapport compare tous les partenaires selon la méthode annoncée. Il ne change plus ensuite.")
    submit_label = _("Ouvrir la fin de phase")
    success_message = _("La fin de phase est ouverte : un signataire décide pour chaque contrat.")

    def get_page_title(self) -> str:
        """Which phase ends."""
        return _t("Ouvrir la fin de la phase %(number)s") % {"number": self.phase.number}

    def act(self, form: ProposalForm) -> Any:
        """Open."""
        return open_gate_round(
            lot=self.lot, phase=self.phase, proposal=form.cleaned_data["proposal"], actor=self.actor, now=self.now
        )


class Decide(GateAct):
    """The decision sheet: one reasoned decision for each contract, all sent together."""

    template_name = "contracts/decide.html"
    action = "contracts.decide"
    form_class = DecisionSheetForm
    page_lead = _(
        "Chaque partenaire reçoit votre décision et vos motifs. Un contrat réduit ou arrêté prend fin à leur réception."
    )
    submit_label = _("Envoyer les décisions")
    success_message = _("Les décisions sont envoyées : consignez leur réception.")

    def load(self) -> None:
        """Raises Http404 before the round is open."""
        super().load()
        if self.round is None:
            raise Http404

    def get_page_title(self) -> str:
        """Which phase ends."""
        return _t("Décider à la fin de la phase %(number)s") % {"number": self.phase.number}

    def get_form_kwargs(self) -> dict[str, Any]:
        """One block for each contract in force."""
        return super().get_form_kwargs() | {"rows": self.running_rows()}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What each decision entails: pay due, clause of the contract, agreement of the partner."""
        context = super().get_context_data(**kwargs)
        context["blocks"] = [
            {
                "row": row,
                "fields": fields,
                "settlement": settlement(row.phase) if row.result else None,
                "agreement": last_agreement(row),
                "clause": (row.contract.data.get("gate") or {}).get("financial_consequences", ""),
            }
            for row, fields in context["form"].blocks()
        ]
        return context

    def act(self, form: DecisionSheetForm) -> Any:
        """Decide."""
        return decide(gate=self.round, choices=form.choices(), actor=self.actor, now=self.now)


class RecordDecisionReceipt(PhaseAct):
    """Record when the partner received the decision taken at the end of a phase."""

    action = "contract.follow"
    form_class = ReceiptForm
    page_title = _("Consigner la réception de la décision")
    page_lead = _("À cette date, la phase suivante peut commencer, ou le contrat prend fin.")
    submit_label = _("Consigner la réception")
    success_message = _("La réception de la décision est consignée.")
    law = GATE_LAW

    def load(self) -> None:
        """Raises Http404 when nothing was decided at the end of the phase."""
        super().load()
        if self.row.closing_decision is None:
            raise Http404

    def get_back_url(self) -> str:
        """The end of the phase."""
        return self.address("gate", self.row.phase.number)

    def act(self, form: ReceiptForm) -> Any:
        """Record."""
        decision = self.row.closing_decision
        decision.contract = self.contract
        return notify_decision(
            decision=decision, received_at=form.cleaned_data["received_at"], actor=self.actor, now=self.now
        )
