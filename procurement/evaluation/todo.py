"""What somebody has to do now in the choice, lot by lot; before an opening nothing here depends on what came in."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from marketplace.accounts.actors import Actor
from marketplace.ui.formats import day_words
from marketplace.ui.todo import Todo
from procurement.calls.models import Call, Lot, SubmissionPeriod, TeamRole
from procurement.calls.permissions import roles_in
from procurement.calls.stages import Stage, stage
from procurement.evaluation.models import Bid
from procurement.evaluation.permissions import undeclared
from procurement.evaluation.services.selection import OPENING_KINDS
from procurement.evaluation.todo_rows import Rows

DECIDES, SIGNS, SCORES, WRITES = TeamRole.VALIDATOR, TeamRole.SIGNATORY, TeamRole.EVALUATOR, TeamRole.AUTHOR
REGISTERS = frozenset({WRITES, DECIDES, SCORES})
PREPARES = frozenset({Stage.PREPARATION, Stage.PUBLISHED})
REQUESTS_SHOWN = 5
OVER = frozenset({Stage.SIGNED})
ENDED = frozenset({Stage.CANCELLED, Stage.UNSUCCESSFUL})


def todos(*, calls: Sequence[Call], actor: Actor, now: datetime) -> list[Todo]:
    """What the actor must do now in these calls; the queries grow neither with the calls nor with the bids."""
    roles = roles_in(actor, calls)
    mine = {call.pk: call for call in calls if roles[call.pk]}
    lots: dict[object, list[Lot]] = {key: [] for key in mine}
    for lot in Lot.objects.filter(call__in=list(mine)).select_related("timeline").order_by("number"):
        if stage(lot.timeline, now) not in PREPARES | OVER:
            lot.call = mine[lot.call_id]
            lots[lot.call_id].append(lot)
    silent = undeclared(actor, {key: roles[key] for key, some in lots.items() if some})
    found: list[Todo] = []
    open_ones: list[tuple[Call, list[Lot]]] = []
    for key, some in lots.items():
        is_going_on = any(stage(lot.timeline, now) not in ENDED for lot in some)
        if key in silent and (is_going_on or roles[key] & {DECIDES, SIGNS}):
            href = reverse("evaluation:interest", args=[mine[key].reference])
            found.append(Todo(_("Déclarer vos intérêts"), href, hint=_("Avant d’ouvrir un dossier."), tone="warn"))
        else:
            open_ones.append((mine[key], some))
    rows = Rows([lot for _call, some in open_ones for lot in some], actor, now)
    for call, some in open_ones:
        for lot in some:
            one = _Lot(lot, rows, len(some) > 1)
            found += [*_of_lot(one, roles[call.pk], now), *_reasons(one, roles[call.pk])]
    return found


class _Lot:
    """A lot, its rows and its addresses; its number is said when the call has several."""

    def __init__(self, lot: Lot, rows: Rows, is_one_of_several: bool) -> None:  # noqa: FBT001 - read once, above
        self.lot, self.rows = lot, rows
        self.suffix = _(", lot %(number)s") % {"number": lot.number} if is_one_of_several else ""

    def todo(self, label: str, page: str, *arguments: Any, **more: Any) -> Todo:
        """A todo on a page of the lot."""
        href = reverse(f"evaluation:{page}", args=[self.lot.call.reference, self.lot.number, *arguments])
        return Todo(f"{label}{self.suffix}", href, **more)


def _of_lot(one: _Lot, roles: set[str], now: datetime) -> list[Todo]:
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
            is_in_one_step = one.rows.period(one.lot, [SubmissionPeriod.Kind.SINGLE_STEP]) is not None
            first = _candidatures(one, roles, now) if is_in_one_step else []
            return first or _waiting_bids(one, roles, now, "scoring") or _scoring(one, roles)
        case Stage.CANCELLED | Stage.UNSUCCESSFUL:
            is_mine = roles & {DECIDES, SIGNS} and one.rows.untold[one.lot.pk]
            return [one.todo(_("Informer les entreprises de l’abandon"), "ending_letters")] if is_mine else []
        case Stage.WINNER_CLEARED | Stage.REJECTIONS_SENT | Stage.STANDSTILL:
            return _letters(one, roles)
    return []


def _waiting_candidatures(one: _Lot, roles: set[str], now: datetime) -> list[Todo]:
    period = _closed_period(one, now, OPENING_KINDS) if roles & REGISTERS else None
    if period is None or not one.rows.opened[period.pk].new_candidatures(one.rows.candidates[one.lot.pk]):
        return []
    return [one.todo(_("Inscrire les candidatures ouvertes"), "candidates")]


def _waiting_bids(one: _Lot, roles: set[str], now: datetime, page: str) -> list[Todo]:
    kinds = [SubmissionPeriod.Kind.INITIAL] if page == "negotiation" else Bid.AWARDABLE_STAGES
    period = _closed_period(one, now, kinds) if roles & REGISTERS else None
    if period is None:
        return []
    known = [bid for bid in one.rows.bids[one.lot.pk] if bid.stage == period.kind]
    if not one.rows.opened[period.pk].has_new_bids(known):
        return []
    return [one.todo(_("Enregistrer les offres ouvertes"), page)]


def _closed_period(one: _Lot, now: datetime, kinds: Iterable[str]) -> SubmissionPeriod | None:
    period = one.rows.period(one.lot, kinds)
    return period if period is not None and period.closes_at() < now else None


def _candidatures(one: _Lot, roles: set[str], now: datetime) -> list[Todo]:
    if waiting := _waiting_candidatures(one, roles, now):
        return waiting
    if one.lot.pk not in one.rows.undecided:
        return []
    found = [one.todo(_("Noter les candidatures"), "candidates")] if SCORES in roles else []
    found += _exclusions(one, roles)
    awaited = one.rows.complements.get(one.lot.pk)
    if awaited is not None and now <= awaited:
        return found
    return [*found, one.todo(_("Décider de la sélection"), "select")] if DECIDES in roles else found


def _exclusions(one: _Lot, roles: set[str]) -> list[Todo]:
    """Exclusions that may be decided: the firm answered, or its time is over."""
    if not roles & {DECIDES, SIGNS}:
        return []
    return [
        one.todo(
            _("Trancher l’exclusion envisagée de %(name)s") % {"name": row.candidate},
            "decide_exclusion",
            row.pk,
        )
        for row in one.rows.exclusions[one.lot.pk][:REQUESTS_SHOWN]
    ]


def _invitation(one: _Lot, roles: set[str]) -> list[Todo]:
    is_decided = one.rows.candidates[one.lot.pk] and one.lot.pk not in one.rows.undecided
    return [one.todo(_("Inviter les candidats retenus"), "invite")] if DECIDES in roles and is_decided else []


def _negotiation(one: _Lot, roles: set[str], now: datetime) -> list[Todo]:
    lot, rows = one.lot, one.rows
    if not roles & {WRITES, DECIDES, SCORES} or not rows.bids[lot.pk] or lot.pk in rows.invited_to_final:
        return []
    meetings = [row for row in rows.meetings[lot.pk] if row.held_at is None]
    past = [row for row in meetings if row.planned_at < now]
    found = [
        one.todo(_("Consigner la réunion avec %(name)s") % {"name": row.party}, "meeting", row.pk) for row in past[:5]
    ]
    if meetings:
        return found
    if rows.meetings[lot.pk]:
        return [one.todo(_("Clore la négociation"), "close_negotiation")]
    return [one.todo(_("Inviter à négocier"), "meet")]


def _scoring(one: _Lot, roles: set[str]) -> list[Todo]:
    lot, rows = one.lot, one.rows
    if not any(bid.stage in Bid.AWARDABLE_STAGES for bid in rows.bids[lot.pk]):
        return []
    if lot.pk not in rows.technically_closed:
        if SCORES in roles and lot.pk not in rows.handed_in:
            return [one.todo(_("Noter les offres et rendre votre fiche"), "scoring")]
        return [one.todo(_("Arrêter les notes et clore"), "scoring")] if roles & {SCORES, DECIDES} else []
    if lot.pk not in rows.ranked:
        return [one.todo(_("Établir le classement"), "ranking")] if roles & {SCORES, DECIDES} else []
    return [one.todo(_("Choisir les partenaires"), "award")] if roles & {DECIDES, SIGNS} else []


def _clearance(one: _Lot, roles: set[str]) -> list[Todo]:
    if not roles & {WRITES, DECIDES, SIGNS}:
        return []
    found = []
    if one.lot.pk in one.rows.unasked:
        found.append(one.todo(_("Demander les justificatifs"), "ask_proofs"))
    received = one.rows.proofs[one.lot.pk]
    found += [one.todo(_("Examiner : %(proof)s") % {"proof": proof.label}, "proof", proof.pk) for proof in received[:5]]
    return found or [one.todo(_("Vérifier les justificatifs"), "award")]


def _letters(one: _Lot, roles: set[str]) -> list[Todo]:
    if not roles & {DECIDES, SIGNS}:
        return []
    found = []
    if one.lot.timeline.rejections_sent_at is None:
        found.append(one.todo(_("Écrire aux entreprises"), "letters"))
    if one.lot.pk not in one.rows.presented:
        found.append(one.todo(_("Établir le rapport de présentation"), "presentation_report"))
    found += [
        one.todo(_("Consigner l’ordonnance du juge"), "release", held.pk, tone="warn")
        for held in one.rows.holds[one.lot.pk]
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
        for asked in one.rows.requests[one.lot.pk][:REQUESTS_SHOWN]
    ]
