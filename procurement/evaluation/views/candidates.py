"""Candidatures: read, scored, decided upon, then invited at the same instant (R2144-8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.forms import BaseForm
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from marketplace.accounts.permissions import Verdict, can
from marketplace.accounts.typing import forget
from procurement.calls.documents import appeals_block
from procurement.calls.models import SelectionCriterion, SubmissionPeriod
from procurement.correspondence.services import has_no_reader
from procurement.evaluation import answers, reading, unregistered
from procurement.evaluation.documents import excluded_for, invitation_facts
from procurement.evaluation.forms.scores import ScoresForm
from procurement.evaluation.forms.selection import SelectionForm
from procurement.evaluation.models import Candidate, ComplementItem, ComplementRequest, Exclusion, SelectionDecision
from procurement.evaluation.repeated import Repeated, repeated_firms
from procurement.evaluation.services import selection
from procurement.evaluation.views.base import ConfirmedAct, DoesOne, KeptMixin, Kind, LotAct, page_of
from procurement.submissions.consents import members_of
from procurement.submissions.models import Invitation, OpenedFile

OPENING_KINDS = selection.OPENING_KINDS
CANDIDATURE = "candidature"


@dataclass(frozen=True, slots=True)
class Row:
    """A candidate in the list."""

    candidate: Candidate
    checks: list[answers.Check]
    files: list[OpenedFile]
    scored: int
    points: Any
    repeated: Sequence[Repeated]

    @property
    def missing(self) -> list[str]:
        """What the candidature lacks."""
        return [check.label for check in self.checks if not check.is_there]

    @property
    def decision(self) -> SelectionDecision | None:
        """What was decided."""
        return getattr(self.candidate, "decision", None)


def items_of(candidate: Candidate) -> list[ComplementItem]:
    """What the candidate was asked to complete, in order."""
    complement = getattr(candidate, "complement", None)
    return list(complement.items.all()) if complement else []


class CandidatesView(DoesOne):
    """Candidatures of a lot. Before the opening neither their number nor their authors exist here (sealed-bids B.9)."""

    template_name = "evaluation/candidates.html"
    section = "recevabilite"
    page_title = _("Candidatures")
    page_lead = _("Lisez chaque candidature, notez-la, puis décidez pour toutes à la fois.")
    done = _("Les candidatures ouvertes sont inscrites.")

    def do(self) -> Any:
        """Register what was opened."""
        return selection.register_candidates(lot=self.lot, actor=self.actor, now=self.now)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The list once opened, else what is waited for."""
        period = self.period(*OPENING_KINDS)
        candidates = reading.candidates_of(self.lot, actor=self.actor)
        is_closed = period is not None and period.closes_at() < self.now
        criteria = list(SelectionCriterion.objects.filter(lot=self.lot))
        rows = page_of(self._rows(candidates, criteria, period), self.request)
        decided = [one.decision for one in candidates if hasattr(one, "decision")]
        tender = self.period(Kind.INITIAL)
        return super().get_context_data(
            period=period,
            closes_at=period.closes_at() if period else None,
            is_closed=is_closed,
            fresh=unregistered.candidatures(period, candidates) if is_closed else 0,
            rows=rows,
            count=len(candidates),
            criteria_count=len(criteria),
            decided_at=decided[0].decided_at if decided else None,
            is_decided=bool(decided),
            selected=sum(one.is_selected for one in decided),
            is_one_step=period is not None and period.kind == Kind.SINGLE_STEP,
            tender=tender,
            invited_at=self.lot.timeline.invited_at,
            may=self.may("bids.register", "complements.ask", "selection.decide", "ending.tell"),
            excluding=set(
                Exclusion.objects.pending().filter(candidate__lot=self.lot).values_list("candidate_id", flat=True)
            ),
            complements=ComplementRequest.objects.filter(lot=self.lot).first(),
            is_incomplete=any(row.missing for row in rows),
            reports=reading.documents_of(self.lot, "candidature_report"),
            **kwargs,
        )

    def _rows(
        self, candidates: list[Candidate], criteria: list[SelectionCriterion], period: SubmissionPeriod | None
    ) -> list[Row]:
        expected = answers.expected_documents(period.envelopes.all(), CANDIDATURE) if period else []
        files = answers.files_of([one.submission_id for one in candidates], CANDIDATURE)
        points = selection.provisional_points(self.lot, candidates)
        repeated = repeated_firms(candidates)
        return [
            Row(
                one,
                answers.completed(
                    answers.checklist(
                        one.answers,
                        criteria,
                        expected,
                        files.get(one.submission_id, []),
                        is_typed=not self.call.deposit_at,
                    ),
                    items_of(one),
                ),
                files.get(one.submission_id, []),
                len(one.scores.all()),
                one.decision.points if hasattr(one, "decision") else points.get(one.pk),
                repeated.get(one.pk, ()),
            )
            for one in candidates
        ]


@dataclass(frozen=True, slots=True)
class _Scored:
    key: str
    name: str
    number: int
    weight: int


class CandidateView(KeptMixin, LotAct):
    """One candidature: what it says, its files, and its score on each criterion, on one screen."""

    template_name = "evaluation/candidate.html"
    section = "recevabilite"
    form_class = ScoresForm
    submit_label = _("Enregistrer les notes")
    success_message = _("Les notes sont enregistrées.")
    back = "candidates"
    law = (
        _("Ce que dit la loi"),
        _(
            "Une candidature se juge sur les capacités et les critères annoncés, jamais sur l’offre. Chaque note a son "
            "motif : l’entreprise rejetée le lira."
        ),
        _("Articles R. 2142-1 et suivants, R. 2142-16, R. 2144-1 du code de la commande publique."),
    )

    def find(self) -> None:
        """The candidate of this lot."""
        super().find()
        rows = Candidate.objects.of_lot(self.lot).select_related(
            "party__lead", "decision", "submission", "complement__request"
        )
        self.candidate = get_object_or_404(rows, pk=self.kwargs["candidate"])

    def allowed(self) -> Verdict:
        """The team reads; evaluators score."""
        return can(self.actor, "bids.read" if self.request.method == "GET" else "bids.score", self.lot)

    def repeated(self) -> list[Repeated]:
        """Firms of this candidature that are in another one of the lot."""
        candidates = reading.candidates_of(self.lot, actor=self.actor)
        return repeated_firms(candidates).get(self.candidate.pk, [])

    def get_page_title(self) -> str:
        """Its author."""
        return str(self.candidate.party)

    def get_autosave_key(self) -> str:
        """Scores of a candidature are agreed: one draft for the evaluators, whoever types."""
        return f"evaluation:candidate:{self.candidate.pk}"

    def get_form_kwargs(self) -> dict[str, Any]:
        """Criteria, scores given, and what the candidate wrote beside each."""
        criteria = SelectionCriterion.objects.filter(lot=self.lot)
        scored = [_Scored(str(row.pk), row.name, row.number, row.weight) for row in criteria]
        said = self.candidate.answers.get("answers", [])
        given = {str(row.criterion_id): (row.value, row.comment) for row in self.candidate.scores.all()}
        return {
            **super().get_form_kwargs(),
            "initial": self.kept(),
            "criteria": scored,
            "given": given,
            "beside": {one.key: answers.answer_to(said, str(one.number)) for one in scored},
        }

    def act(self, form: ScoresForm) -> int:
        """Give what changed."""
        given = {str(row.criterion_id): (row.value, row.comment) for row in self.candidate.scores.all()}
        changed = {key: score for key, score in form.scores().items() if given.get(key) != score}
        criteria = {str(row.pk): row for row in SelectionCriterion.objects.filter(lot=self.lot)}
        for key, (value, comment) in changed.items():
            selection.score_candidate(
                candidate=self.candidate,
                criterion=criteria[key],
                value=value,
                comment=comment,
                actor=self.actor,
                now=self.now,
            )
        forget(self.get_autosave_key())
        return len(changed)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What was handed in, and whether scores may still change."""
        period = self.period(*OPENING_KINDS)
        files = answers.files_of([self.candidate.submission_id], CANDIDATURE).get(self.candidate.submission_id, [])
        expected = answers.expected_documents(period.envelopes.all(), CANDIDATURE) if period else []
        criteria = list(SelectionCriterion.objects.filter(lot=self.lot))
        is_decided = hasattr(self.candidate, "decision")
        exclusions = list(self.candidate.exclusions.all())
        can_score = not is_decided and bool(can(self.actor, "bids.score", self.lot))
        return super().get_context_data(
            candidate=self.candidate,
            members=members_of(self.candidate.party),
            repeated=self.repeated(),
            may_change_group=bool(can(self.actor, "party.authorise_change", self.call)),
            parts=answers.candidature_parts(self.candidate.answers),
            files=files,
            checks=answers.completed(
                answers.checklist(self.candidate.answers, criteria, expected, files, is_typed=not self.call.deposit_at),
                items_of(self.candidate),
            ),
            complement=getattr(self.candidate, "complement", None),
            exclusions=exclusions,
            may_propose=all(one.is_excluded is False for one in exclusions),
            records_for_it=bool(self.call.deposit_at) and has_no_reader(self.call, self.candidate.party.lead),
            may=self.may("complements.ask", "exclusion.decide"),
            decision=getattr(self.candidate, "decision", None),
            can_score=can_score,
            autosave=can_score,
            **kwargs,
        )


class SelectView(ConfirmedAct):
    """Deciding on all candidates at once, each letter of rejection read before it leaves."""

    template_name = "evaluation/select.html"
    confirm_template = "evaluation/select_confirm.html"
    section = "recevabilite"
    action = "selection.decide"
    form_class = SelectionForm
    page_title = _("Décider de la sélection")
    submit_label = _("Relire la décision et les lettres")
    confirm_label = _("Décider et envoyer les lettres de rejet")
    success_message = _("La sélection est décidée. Les candidats écartés sont informés.")
    back = "candidates"
    consequence = _(
        "La décision porte sur tous les candidats à la fois et ne change plus. Les lettres de rejet partent aussitôt, "
        "avec leurs motifs et les voies de recours."
    )
    law = (
        _("Ce que dit la loi"),
        _(
            "Vous limitez le nombre de candidats si l’avis l’annonce, selon les critères annoncés et dans leur ordre. "
            "Qui n’est pas retenu l’apprend sans attendre, avec les motifs."
        ),
        _("Articles R. 2142-15 à R. 2142-18, R. 2144-8, R. 2181-1 et R. 2181-3 du code de la commande publique."),
    )

    def candidates(self) -> list[Candidate]:
        """All of them, those best scored first."""
        rows = reading.candidates_of(self.lot, actor=self.actor)
        self.points = selection.provisional_points(self.lot, rows)
        return sorted(rows, key=lambda one: -(self.points.get(one.pk) or 0))

    def get_form_kwargs(self) -> dict[str, Any]:
        """One decision a candidate."""
        candidates = self.candidates()
        excluded = {one.pk: said for one in candidates if (said := excluded_for(one))}
        return {**super().get_form_kwargs(), "candidates": candidates, "excluded": excluded}

    def preview(self, form: SelectionForm) -> dict[str, Any]:
        """Decisions with their letters."""
        told = selection.preview_selection(
            lot=self.lot, choices=form.choices(), actor=self.actor, now=self.now, accepted=self.accepted()
        )
        return {"told": told, "appeals": appeals_block(self.lot)}

    def act(self, form: SelectionForm) -> Any:
        """Decide."""
        return selection.select_candidates(
            lot=self.lot, choices=form.choices(), actor=self.actor, now=self.now, accepted=self.accepted()
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Points beside each name, and the limits announced."""
        context = super().get_context_data(**kwargs)
        decided = SelectionDecision.objects.filter(candidate__lot=self.lot).exists()
        repeated = repeated_firms(context["form"].candidates)
        return {**context, "points": self.points, "is_decided": decided, "repeated": repeated}


class InviteView(LotAct):
    """Inviting all selected candidates to tender, at the same instant."""

    template_name = "evaluation/invite.html"
    section = "recevabilite"
    action = "selection.decide"
    page_title = _("Inviter à remettre une offre")
    submit_label = _("Envoyer les invitations")
    back = "candidates"
    consequence = _(
        "Les invitations partent toutes au même instant, avec la même heure limite. Il n’y en a pas de seconde."
    )
    law = (
        _("Ce que dit la loi"),
        _(
            "Tous les candidats retenus sont invités simultanément et par écrit. L’invitation dit l’heure limite, où "
            "trouver les documents et comment déposer."
        ),
        _("Articles R. 2144-8 et R. 2144-9 du code de la commande publique."),
    )

    def act(self, form: BaseForm) -> Any:
        """Send them."""
        period = get_object_or_404(SubmissionPeriod.objects.filter(lot=self.lot, kind=Kind.INITIAL))
        return selection.invite(lot=self.lot, period=period, actor=self.actor, now=self.now, accepted=self.accepted())

    success_message = _("Les invitations sont parties.")

    def get_success_message(self) -> str:
        """How many left."""
        count = len(self.result)
        return ngettext(
            "%(count)s invitation est partie.", "%(count)s invitations sont parties, au même instant.", count
        ) % {"count": count}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Who is invited, until when, and the letter as it leaves."""
        period = self.period(Kind.INITIAL)
        selected = list(Candidate.objects.selected(self.lot).select_related("party__lead"))
        sent = bool(period) and Invitation.objects.filter(period=period).exists()
        letter = invitation_facts(self.lot, period, now=self.now) if period else None
        return super().get_context_data(
            period=period,
            closes_at=period.closes_at() if period else None,
            selected=selected,
            is_sent=sent,
            letter=letter,
            may_plan=bool(can(self.actor, "period.plan", self.call)),
            **kwargs,
        )
