"""The evaluator's own home, and the declaration of interests that comes before everything else."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count
from django.http import Http404
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.actors import Actor
from marketplace.accounts.pages import ActView, Page
from marketplace.accounts.permissions import Verdict, can, visible_or_404
from procurement.calls.models import Call, Lot, TeamMember, TeamRole
from procurement.calls.permissions import in_team, roles_of
from procurement.calls.stages import Stage, stage
from procurement.evaluation.forms.interests import InterestForm
from procurement.evaluation.models import Bid, InterestDeclaration, ScoreSheet
from procurement.evaluation.services import interests

JUDGED = (Stage.NEGOTIATION, Stage.FINAL_BIDS, Stage.EVALUATION)


@dataclass(frozen=True, slots=True)
class Assigned:
    """One line of the evaluator's home: a lot, what is expected now, and where."""

    call: Call
    lot: Lot | None
    state: Any
    tone: str
    href: str
    is_over: bool = False
    due: datetime | None = None


class HomeView(Page):
    """Calls that a person scores. Of a call whose interests are not declared, only its title shows."""

    template_name = "evaluation/home.html"
    page_title = _("Offres à noter")
    page_lead = _("Les appels que l’on vous a confiés, après votre déclaration d’intérêts.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What waits, and what is over."""
        rows = assigned_to(self.actor, self.now)
        return super().get_context_data(
            waiting=[row for row in rows if not row.is_over], over=[row for row in rows if row.is_over], **kwargs
        )


def assigned_to(actor: Actor, now: datetime) -> list[Assigned]:
    """Every lot that the actor scores, in a constant number of queries."""
    if actor.user_id is None:
        return []
    members = TeamMember.objects.filter(
        user_id=actor.user_id, role=TeamRole.EVALUATOR, until=None, call__lead_buyer_id=actor.organisation_id
    )
    calls = list(Call.objects.filter(pk__in=members.values("call")).select_related("lead_buyer"))
    declared = set(
        InterestDeclaration.objects.filter(user_id=actor.user_id, call__in=calls).values_list("call_id", flat=True)
    )
    lots = Lot.objects.filter(call__in=declared).select_related("timeline").order_by("number")
    by_call: dict[Any, list[Lot]] = {}
    for lot in lots:
        by_call.setdefault(lot.call_id, []).append(lot)
    work = _work(actor, declared)
    rows: list[Assigned] = []
    for call in calls:
        if call.pk not in declared:
            href = reverse("evaluation:interest", args=[call.reference])
            rows.append(Assigned(call, None, _("Déclarez d’abord vos intérêts"), "warn", href))
            continue
        rows += [_assigned(call, lot, work.get(lot.pk, ("", False)), now) for lot in by_call.get(call.pk, [])]
    return rows


def _work(actor: Actor, calls: Iterable[Any]) -> dict[Any, tuple[str, bool]]:
    """By lot: the stage of the bids to score, and whether the actor handed in their sheet for it."""
    found: dict[Any, set[str]] = {}
    for lot_id, bid_stage, _count in (
        Bid.objects.filter(lot__call__in=calls).values_list("lot_id", "stage").annotate(Count("pk"))
    ):
        found.setdefault(lot_id, set()).add(bid_stage)
    handed = set(
        ScoreSheet.objects.filter(evaluator_id=actor.user_id, lot__call__in=calls).values_list("lot_id", "stage")
    )
    order = (Bid.Stage.SINGLE_STEP, Bid.Stage.FINAL, Bid.Stage.ROUND, Bid.Stage.INITIAL)
    last = {lot_id: next(one.value for one in order if one in stages) for lot_id, stages in found.items()}
    return {lot_id: (bid_stage, (lot_id, bid_stage) in handed) for lot_id, bid_stage in last.items()}


def _assigned(call: Call, lot: Lot, work: tuple[str, bool], now: datetime) -> Assigned:
    bid_stage, is_handed = work
    at = stage(lot.timeline, now)
    scoring = reverse("evaluation:scoring", args=[call.reference, lot.number])
    candidates = reverse("evaluation:candidates", args=[call.reference, lot.number])
    if at in {Stage.CANCELLED, Stage.UNSUCCESSFUL} or lot.timeline.awarded_at:
        return Assigned(call, lot, _("Terminé"), "ok", scoring, is_over=True)
    if at is Stage.SELECTION:
        return Assigned(call, lot, _("Candidatures à examiner"), "info", candidates)
    if bid_stage and is_handed:
        return Assigned(call, lot, _("Votre fiche est rendue"), "ok", scoring)
    if bid_stage and at in JUDGED:
        return Assigned(call, lot, _("Offres à noter"), "info", scoring)
    return Assigned(call, lot, _("Rien à noter pour l’instant"), "outline", candidates)


class InterestView(ActView):
    """Declaring to have no interest, or to step aside. Nothing of the files is shown before (LR-70)."""

    template_name = "evaluation/interest.html"
    form_class = InterestForm
    page_title = _("Vos intérêts dans cet appel")
    submit_label = _("Déclarer mes intérêts")
    law = (
        _("Ce que dit la loi"),
        _(
            "Qui choisit, ou peut influencer le choix, n’a aucun intérêt financier, économique ou personnel en cause. "
            "En cas de doute, retirez-vous : un choix fait malgré un conflit peut être annulé."
        ),
        _("Article L. 2141-10 du code de la commande publique."),
    )
    privacy = _(
        "Votre déclaration est versée au dossier de l’appel. Le rapport de présentation dit qui s’est retiré, jamais "
        "pourquoi."
    )
    call: Call

    def load(self) -> None:
        """The call, for its team alone."""
        calls = Call.objects.select_related("lead_buyer")
        self.call = visible_or_404(calls, self.actor, reference=self.kwargs["reference"])
        if not in_team(self.actor, self.call) and not self._declarations():
            raise Http404

    def allowed(self) -> Verdict:
        """The team declares; who stepped aside still reads what they declared."""
        verdict = can(self.actor, "interests.declare", self.call)
        return Verdict.yes() if self.request.method == "GET" else verdict

    def _declarations(self) -> list[InterestDeclaration]:
        return list(InterestDeclaration.objects.filter(call=self.call, user_id=self.actor.user_id))

    def act(self, form: InterestForm) -> InterestDeclaration:
        """Declare; once is enough."""
        known = self._declarations()
        if known and known[-1].has_interest == form.has_interest:
            return known[-1]
        return interests.declare(
            call=self.call,
            has_interest=form.has_interest,
            text=form.cleaned_data["text"],
            actor=self.actor,
            now=self.now,
        )

    def get_success_message(self) -> str:
        """What happens next."""
        if self.result.has_interest:
            return str(_("Vous êtes retiré de cet appel. La personne qui en a la charge est informée par le dossier."))
        return str(_("Votre déclaration est enregistrée. Le dossier vous est ouvert."))

    success_message = _("Votre déclaration est enregistrée.")

    def get_success_url(self) -> str:
        """Back to where one wanted to go."""
        if self.result.has_interest:
            return reverse("evaluation:interest", args=[self.call.reference])
        wanted = self.request.GET.get("suite", "")
        if url_has_allowed_host_and_scheme(wanted, allowed_hosts={self.request.get_host()}):
            return wanted
        if TeamRole.EVALUATOR in roles_of(self.actor, self.call):
            return reverse("evaluation:home")
        # Those who decide go on with the file itself.
        first = self.call.lots.order_by("number").values_list("number", flat=True)[0]
        return reverse("evaluation:candidates", args=[self.call.reference, first])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The call in one line, and what was declared already."""
        declared = self._declarations()
        return super().get_context_data(
            call=self.call,
            declared=declared[-1] if declared else None,
            set_aside=any(row.has_interest for row in declared),
            **kwargs,
        )
