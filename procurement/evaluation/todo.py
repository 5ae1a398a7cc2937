"""What somebody has to do now in the choice, lot by lot; before an opening nothing here depends on what came in."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from marketplace.accounts.actors import Actor
from marketplace.ui.formats import day_words
from marketplace.ui.todo import Todo
from procurement.calls.models import Call, Lot, SubmissionPeriod, TeamRole
from procurement.calls.permissions import roles_of
from procurement.calls.stages import Stage, stage
from procurement.evaluation import unregistered
from procurement.evaluation.facts import complements_deadline
from procurement.evaluation.models import (
    AwardedPartner,
    Bid,
    Candidate,
    ClearanceProof,
    Exclusion,
    NegotiationMeeting,
    Ranking,
    ReasonsRequest,
    ScoreSheet,
    StandstillHold,
    TechnicalClosing,
)
from procurement.evaluation.permissions import must_declare
from procurement.evaluation.services.ending import to_tell
from procurement.evaluation.services.reports import is_presented
from procurement.evaluation.services.selection import OPENING_KINDS
from procurement.submissions.models import Invitation

DECIDES, SIGNS, SCORES, WRITES = TeamRole.VALIDATOR, TeamRole.SIGNATORY, TeamRole.EVALUATOR, TeamRole.AUTHOR
REGISTERS = frozenset({WRITES, DECIDES, SCORES})
PREPARES = frozenset({Stage.PREPARATION, Stage.PUBLISHED})
REQUESTS_SHOWN = 5
OVER = frozenset({Stage.SIGNED})
ENDED = frozenset({Stage.CANCELLED, Stage.UNSUCCESSFUL})


def todos(*, call: Call, actor: Actor, now: datetime) -> list[Todo]:
    """What the actor must do now in this call; a few queries a lot, none that grows with the number of bids."""
    roles = roles_of(actor, call)
    lots = [lot for lot in call.lots.select_related("timeline") if stage(lot.timeline, now) not in PREPARES | OVER]
    if not roles or not lots:
        return []
    is_going_on = any(stage(lot.timeline, now) not in ENDED for lot in lots)
    if (is_going_on or roles & {DECIDES, SIGNS}) and must_declare(actor, call):
        href = reverse("evaluation:interest", args=[call.reference])
        return [Todo(_("Déclarer vos intérêts"), href, hint=_("Avant d’ouvrir un dossier."), tone="warn")]
    found: list[Todo] = []
    for lot in lots:
        lot.call = call
        one = _Lot(lot, len(lots) > 1)
        found += [*_of_lot(one, roles, actor, now), *_reasons(one, roles)]
    return found


class _Lot:
    """A lot and its addresses; its number is said when the call has several."""

    def __init__(self, lot: Lot, is_one_of_several: bool) -> None:  # noqa: FBT001 - read once, above
        self.lot = lot
        self.suffix = _(", lot %(number)s") % {"number": lot.number} if is_one_of_several else ""

    def todo(self, label: str, page: str, *arguments: Any, **more: Any) -> Todo:
        """A todo on a page of the lot."""
        href = reverse(f"evaluation:{page}", args=[self.lot.call.reference, self.lot.number, *arguments])
        return Todo(f"{label}{self.suffix}", href, **more)


def _of_lot(one: _Lot, roles: set[str], actor: Actor, now: datetime) -> list[Todo]:
    at = stage(one.lot.timeline, now)
    match at:
        case Stage.SELECTION:
            return _candidatures(one, roles, now) or _invitation(one, roles)
        case Stage.NEGOTIATION:
            return _waiting_bids(one, roles, now, "negotiation") or _negotiation(one, roles, now)
        case Stage.EVALUATION if one.lot.timeline.awarded_at:
            return _clearance(one, roles)
        case Stage.EVALUATION:
            # In one step candidatures come with the bids: whose bids are read is decided first.
            first = _candidatures(one, roles, now) if _is_in_one_step(one.lot) else []
            return first or _waiting_bids(one, roles, now, "scoring") or _scoring(one, roles, actor)
        case Stage.CANCELLED | Stage.UNSUCCESSFUL:
            is_mine = roles & {DECIDES, SIGNS} and to_tell(one.lot)
            return [one.todo(_("Informer les entreprises de l’abandon"), "ending_letters")] if is_mine else []
        case Stage.WINNER_CLEARED | Stage.REJECTIONS_SENT | Stage.STANDSTILL:
            return _letters(one, roles)
    return []


def _waiting_candidatures(one: _Lot, roles: set[str], now: datetime) -> list[Todo]:
    period = _closed_period(one.lot, now, OPENING_KINDS) if roles & REGISTERS else None
    if period is None or not unregistered.candidatures(period, Candidate.objects.filter(lot=one.lot)):
        return []
    return [one.todo(_("Inscrire les candidatures ouvertes"), "candidates")]


def _waiting_bids(one: _Lot, roles: set[str], now: datetime, page: str) -> list[Todo]:
    kinds = [SubmissionPeriod.Kind.INITIAL] if page == "negotiation" else Bid.AWARDABLE_STAGES
    period = _closed_period(one.lot, now, kinds) if roles & REGISTERS else None
    if period is None or not unregistered.bids(period, Bid.objects.filter(lot=one.lot, stage=period.kind)):
        return []
    return [one.todo(_("Enregistrer les offres ouvertes"), page)]


def _closed_period(lot: Lot, now: datetime, kinds: Iterable[str]) -> SubmissionPeriod | None:
    period = SubmissionPeriod.objects.filter(lot=lot, kind__in=kinds).prefetch_related("deadlines").first()
    return period if period is not None and period.closes_at() < now else None


def _is_in_one_step(lot: Lot) -> bool:
    return SubmissionPeriod.objects.filter(lot=lot, kind=SubmissionPeriod.Kind.SINGLE_STEP).exists()


def _candidatures(one: _Lot, roles: set[str], now: datetime) -> list[Todo]:
    if waiting := _waiting_candidatures(one, roles, now):
        return waiting
    if not Candidate.objects.filter(lot=one.lot, decision__isnull=True).exists():
        return []
    found = [one.todo(_("Noter les candidatures"), "candidates")] if SCORES in roles else []
    found += _exclusions(one, roles, now)
    awaited = complements_deadline(one.lot)
    if awaited is not None and now <= awaited:
        return found
    return [*found, one.todo(_("Décider de la sélection"), "select")] if DECIDES in roles else found


def _exclusions(one: _Lot, roles: set[str], now: datetime) -> list[Todo]:
    """Exclusions that may be decided: the firm answered, or its time is over."""
    if not roles & {DECIDES, SIGNS}:
        return []
    told = Exclusion.objects.pending().filter(candidate__lot=one.lot)
    ready = told.filter(Q(observed_at__isnull=False) | Q(deadline__lt=now)).select_related("candidate__party__lead")
    return [
        one.todo(
            _("Trancher l’exclusion envisagée de %(name)s") % {"name": row.candidate},
            "decide_exclusion",
            row.pk,
        )
        for row in ready[:REQUESTS_SHOWN]
    ]


def _invitation(one: _Lot, roles: set[str]) -> list[Todo]:
    candidates = Candidate.objects.filter(lot=one.lot)
    if DECIDES not in roles or not candidates.exists() or candidates.filter(decision__isnull=True).exists():
        return []
    return [one.todo(_("Inviter les candidats retenus"), "invite")]


def _negotiation(one: _Lot, roles: set[str], now: datetime) -> list[Todo]:
    lot = one.lot
    final = SubmissionPeriod.objects.filter(lot=lot, kind=SubmissionPeriod.Kind.FINAL)
    if not roles & {WRITES, DECIDES, SCORES} or not Bid.objects.filter(lot=lot).exists():
        return []
    if Invitation.objects.filter(period__in=final).exists():
        return []
    meetings = list(NegotiationMeeting.objects.filter(lot=lot, held_at__isnull=True).select_related("party__lead"))
    past = [row for row in meetings if row.planned_at < now]
    found = [
        one.todo(_("Consigner la réunion avec %(name)s") % {"name": row.party}, "meeting", row.pk) for row in past[:5]
    ]
    if meetings:
        return found
    if NegotiationMeeting.objects.held(lot).exists():
        return [one.todo(_("Clore la négociation"), "close_negotiation")]
    return [one.todo(_("Inviter à négocier"), "meet")]


def _scoring(one: _Lot, roles: set[str], actor: Actor) -> list[Todo]:
    lot, stages = one.lot, Bid.AWARDABLE_STAGES
    bids = Bid.objects.filter(lot=lot, stage__in=stages)
    if not bids.exists():
        return []
    if not TechnicalClosing.objects.filter(lot=lot, stage__in=stages).exists():
        handed = ScoreSheet.objects.filter(lot=lot, stage__in=stages, evaluator_id=actor.user_id).exists()
        if SCORES in roles and not handed:
            return [one.todo(_("Noter les offres et rendre votre fiche"), "scoring")]
        return [one.todo(_("Arrêter les notes et clore"), "scoring")] if roles & {SCORES, DECIDES} else []
    if Ranking.objects.in_force(lot) is None:
        return [one.todo(_("Établir le classement"), "ranking")] if roles & {SCORES, DECIDES} else []
    return [one.todo(_("Choisir les partenaires"), "award")] if roles & {DECIDES, SIGNS} else []


def _clearance(one: _Lot, roles: set[str]) -> list[Todo]:
    if not roles & {WRITES, DECIDES, SIGNS}:
        return []
    standing = AwardedPartner.objects.standing(one.lot)
    found = []
    if standing.filter(clearance__isnull=True).exists():
        found.append(one.todo(_("Demander les justificatifs"), "ask_proofs"))
    received = ClearanceProof.objects.filter(
        clearance__partner__in=standing, received_at__isnull=False, is_accepted=False, clearance__completed_at=None
    )
    found += [one.todo(_("Examiner : %(proof)s") % {"proof": proof.label}, "proof", proof.pk) for proof in received[:5]]
    return found or [one.todo(_("Vérifier les justificatifs"), "award")]


def _letters(one: _Lot, roles: set[str]) -> list[Todo]:
    if not roles & {DECIDES, SIGNS}:
        return []
    found = []
    if one.lot.timeline.rejections_sent_at is None:
        found.append(one.todo(_("Écrire aux entreprises"), "letters"))
    if not is_presented(one.lot):
        found.append(one.todo(_("Établir le rapport de présentation"), "presentation_report"))
    found += [
        one.todo(_("Consigner l’ordonnance du juge"), "release", held.pk, tone="warn")
        for held in StandstillHold.objects.pending(one.lot)
    ]
    return found


def _reasons(one: _Lot, roles: set[str]) -> list[Todo]:
    """Firms that ask why: due in fifteen days, whatever the stage."""
    if not roles & {DECIDES, SIGNS}:
        return []
    return [
        one.todo(
            _("Répondre à %(firm)s, qui demande les motifs") % {"firm": asked.letter.recipient},
            "answer_reasons",
            asked.pk,
            hint=_("Au plus tard le %(day)s.") % {"day": day_words(asked.due_on)},
            tone="warn",
        )
        for asked in ReasonsRequest.objects.waiting(one.lot)[:REQUESTS_SHOWN]
    ]
