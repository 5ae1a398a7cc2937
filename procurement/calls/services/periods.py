"""Planning the periods of a lot, and moving a deadline forward for all."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Membership
from marketplace.accounts.permissions import require
from marketplace.journal.acts import act, record_refusals
from marketplace.journal.errors import Refusal
from procurement.calls.facts import launch_date
from procurement.calls.models import (
    Call,
    ChangeNotice,
    Lot,
    News,
    PeriodDeadline,
    PeriodEnvelope,
    ProposedDeadline,
    SubmissionPeriod,
)
from procurement.calls.services.following import announce
from procurement.calls.services.screens import act_or_part
from procurement.calls.services.timeline import record
from procurement.calls.signals import deadline_extended
from procurement.law import candidature
from procurement.law.facts import PeriodFacts
from procurement.law.findings import refuse

# What a submission of each kind must hold (sealed-bids: « Words »).
ENVELOPES = {
    SubmissionPeriod.Kind.CANDIDATURE: ("candidature",),
    SubmissionPeriod.Kind.INITIAL: ("technical", "price"),
    SubmissionPeriod.Kind.ROUND: ("technical", "price"),
    SubmissionPeriod.Kind.FINAL: ("technical", "price"),
    SubmissionPeriod.Kind.SINGLE_STEP: ("candidature", "technical", "price"),
}

# A lot begins with one or the other.
FIRST_KINDS = {SubmissionPeriod.Kind.CANDIDATURE, SubmissionPeriod.Kind.SINGLE_STEP}

# The dated facts of the lot that each kind of period stands for (calls.stages).
FACTS = {
    SubmissionPeriod.Kind.CANDIDATURE: (("candidatures_open_at",), ("candidatures_close_at",)),
    SubmissionPeriod.Kind.INITIAL: (("initial_open_at",), ("initial_close_at",)),
    SubmissionPeriod.Kind.ROUND: ((), ()),
    SubmissionPeriod.Kind.FINAL: (("final_open_at",), ("final_close_at",)),
    SubmissionPeriod.Kind.SINGLE_STEP: (("candidatures_open_at",), ("candidatures_close_at", "final_close_at")),
}

# An extension in the last hours is decided by two people (sealed-bids B.4).
SECOND_PERSON_WITHIN = timedelta(hours=24)

EXTENDED = "Heure limite repoussée"
LATER_ONLY = (
    "Une heure limite ne peut qu’être repoussée, pour tous à la fois (R2151-4) : choisissez une date "
    "postérieure à celle annoncée."
)


def plan_period(
    *,
    lot: Lot,
    kind: str,
    opens_at: datetime,
    closes_at: datetime,
    actor: Actor,
    now: datetime,
    round_number: int = 0,
    limits: Mapping[str, object] | None = None,
    expected_documents: Mapping[str, Iterable[str]] | None = None,
    accepted: Mapping[str, str] | None = None,
) -> SubmissionPeriod:
    """Set when a lot receives submissions of a kind (UTC), with the limits to announce and the documents to expect.

    `limits`: bytes_per_file, bytes_in_all, files_max, media_types; `accepted`: reasons that pass warnings. Raises
    NotAllowed; Refusal for a period that would end before it begins or in the past, or a second one of its kind (rounds
    repeat); RuleViolation for a deadline at night or on a holiday (PR-01).
    Whether a draft leaves thirty days is asked at publication (LR-12).
    """
    require(actor, "period.plan", lot.call)
    kind = SubmissionPeriod.Kind(kind)
    if closes_at <= max(opens_at, now):
        raise Refusal(
            "L’heure limite doit venir après l’ouverture et après maintenant : choisissez une date plus tardive."
        )
    with act_or_part(lot.call, "period.planned", actor=actor, now=now, subject=lot, kind=kind.value):
        call = Call.objects.get(pk=lot.call_id)
        if not call.is_published:
            _forget_draft(lot, kind)
        if kind != SubmissionPeriod.Kind.ROUND and SubmissionPeriod.objects.filter(lot=lot, kind=kind).exists():
            # A second one would move the dated facts of the lot, and bring final bids back into negotiation.
            raise Refusal(
                f"Ce lot a déjà sa période « {kind.label.lower()} » : repoussez plutôt son heure limite, pour tous "
                "(R2151-4)."
            )
        _refuse_deadline(call, kind, closes_at, now, accepted)
        period = SubmissionPeriod(lot=lot, kind=kind, round_number=round_number, opens_at=opens_at, **(limits or {}))
        period.full_clean(exclude=["lot"])
        period.save(force_insert=True)
        PeriodDeadline(period=period, closes_at=closes_at, decided_at=now, decided_by_id=actor.user_id).save()
        for name in ENVELOPES[kind]:
            labels = list((expected_documents or {}).get(name, ()))
            PeriodEnvelope(period=period, name=name, expected_documents=labels).save()
        if call.is_published:
            record_period(period)
    return period


def _forget_draft(lot: Lot, kind: str) -> None:
    """Before publication dates may still be written again, as long as no key was made for the period.

    A call that changes its procedure changes its first period too: candidatures alone, or all at once.
    """
    kinds = FIRST_KINDS if kind in FIRST_KINDS else {kind}
    for period in SubmissionPeriod.objects.filter(lot=lot, kind__in=kinds).exclude(envelopes__recipient__gt=""):
        for part in [*period.deadlines.all(), *period.envelopes.all(), period]:
            part.delete()


def _refuse_deadline(
    call: Call, kind: str, closes_at: datetime, now: datetime, accepted: Mapping[str, str] | None
) -> None:
    day = launch_date(call, now)
    facts = PeriodFacts(kind=kind, procedure=call.procedure, launch_date=day, notice_sent_on=day, closes_at=closes_at)
    # A draft may still be too short.
    refuse([one for one in candidature.check_period(facts) if call.is_published or one.rule != "LR-12"], accepted)


def record_period(period: SubmissionPeriod) -> None:
    """Write the dated facts of a lot that a published period stands for, inside the current act."""
    opening_facts, closing_facts = FACTS[SubmissionPeriod.Kind(period.kind)]
    for fact in opening_facts:
        record(period.lot, fact, period.opens_at)
    for fact in closing_facts:
        record(period.lot, fact, period.closes_at())


@record_refusals("period.extend")
def extend_deadline(
    *,
    period: SubmissionPeriod,
    closes_at: datetime,
    reason: str,
    actor: Actor,
    now: datetime,
    second_person: Actor | None = None,
    accepted: Mapping[str, str] | None = None,
) -> PeriodDeadline:
    """Move the deadline of a period forward for all, with the reason (R2151-4, LR-38).

    In the last 24 hours a second person of the team must agree; once a bid was opened nothing moves any more.
    `accepted`: reasons that pass warnings. Raises NotAllowed, Refusal, RuleViolation (PR-01).
    """
    call = period.lot.call
    require(actor, "call.change", call)
    with act(call.chain, "period.extended", actor=actor, now=now, subject=period):
        if second_person is not None:
            require(second_person, "call.change", call)
        deadline = _move(
            period, closes_at, reason=reason, actor=actor, now=now, second_person=second_person, accepted=accepted
        )
        note_extension(call, reason=reason, actor=actor, now=now)
        announce(call, News.Kind.EXTENDED, what=EXTENDED, reason=reason, closes_at=closes_at, now=now)
    return deadline


def move_all(
    periods: Iterable[SubmissionPeriod],
    closes_at: datetime | None,
    *,
    reason: str,
    actor: Actor,
    now: datetime,
    accepted: Mapping[str, str] | None = None,
) -> list[SubmissionPeriod]:
    """Move forward, inside the act of what makes it necessary, every deadline that comes before `closes_at`.

    That act publishes the notice and tells followers. Gives the periods as they stand then, unchanged for None. Raises
    Refusal when no deadline moves or in the last 24 hours, RuleViolation (PR-01).
    """
    periods = list(periods)
    if closes_at is None:
        return periods
    early = [period for period in periods if period.closes_at() < closes_at]
    if not early:
        raise Refusal(LATER_ONLY)
    for period in early:
        _move(period, closes_at, reason=reason, actor=actor, now=now, second_person=None, accepted=accepted)
    rows = SubmissionPeriod.objects.filter(pk__in=[period.pk for period in periods])
    return list(rows.select_related("lot__call").prefetch_related("deadlines"))


def _move(
    period: SubmissionPeriod,
    closes_at: datetime,
    *,
    reason: str,
    actor: Actor,
    now: datetime,
    second_person: Actor | None,
    accepted: Mapping[str, str] | None,
) -> PeriodDeadline:
    period = SubmissionPeriod.objects.select_related("lot").get(pk=period.pk)
    _refuse_move(period, closes_at, reason)
    if needs_second_person(period, now) and (second_person is None or second_person.user_id in {None, actor.user_id}):
        raise Refusal(
            "À moins de 24 heures de l’heure limite, un report se décide à deux (choix du site) : "
            "demandez l’accord d’une deuxième personne chargée de la validation."
        )
    call = Call.objects.get(pk=period.lot.call_id)
    _refuse_deadline(call, period.kind, closes_at, now, accepted)
    deadline = PeriodDeadline(
        period=period, closes_at=closes_at, decided_at=now, decided_by_id=actor.user_id, reason=reason
    )
    deadline.save()
    if call.is_published:
        record_period(SubmissionPeriod.objects.get(pk=period.pk))
    deadline_extended.send(sender=SubmissionPeriod, period=period)
    return deadline


def note_extension(call: Call, *, reason: str, actor: Actor, now: datetime) -> None:
    """Publish, inside an act, that the deadline moved."""
    ChangeNotice(call=call, decided_at=now, decided_by_id=actor.user_id, what=EXTENDED, reason=reason).save()


def needs_second_person(period: SubmissionPeriod, now: datetime) -> bool:
    """Whether moving the deadline of the period is decided by two people now (sealed-bids B.4)."""
    return now > period.closes_at() - SECOND_PERSON_WITHIN


def pending_proposal(period: SubmissionPeriod) -> ProposedDeadline | None:
    """The later deadline that waits for a second person; None once decided, or once the deadline moved otherwise."""
    last = max(period.proposed_deadlines.all(), key=lambda one: one.proposed_at, default=None)
    decided_at = max(row.decided_at for row in period.deadlines.all())
    return last if last is not None and last.proposed_at > decided_at else None


@record_refusals("period.propose_extension")
def propose_extension(
    *, period: SubmissionPeriod, closes_at: datetime, reason: str, actor: Actor, now: datetime
) -> ProposedDeadline:
    """In the last 24 hours, ask a second person of the validation for a later deadline; `agree_extension` decides.

    Raises NotAllowed, and Refusal for an earlier deadline, a missing reason, or once a bid was opened. Records
    `period.extension_proposed`.
    """
    call = period.lot.call
    require(actor, "call.change", call)
    with act(call.chain, "period.extension_proposed", actor=actor, now=now, subject=period):
        period = SubmissionPeriod.objects.get(pk=period.pk)
        _refuse_move(period, closes_at, reason)
        proposal = ProposedDeadline(
            period=period, closes_at=closes_at, reason=reason, proposed_at=now, proposed_by_id=actor.user_id
        )
        proposal.save()
    return proposal


def agree_extension(
    *, proposal: ProposedDeadline, actor: Actor, now: datetime, accepted: Mapping[str, str] | None = None
) -> PeriodDeadline:
    """Agree, as the second person, to a deadline that a colleague proposed: it moves for all.

    Raises NotAllowed, Refusal when the same person agrees or when the proposer has left; else as `extend_deadline`.
    """
    if pending_proposal(proposal.period) != proposal:
        raise Refusal("Ce report est déjà décidé ou remplacé : relisez les dates de l’appel.")
    buyer = proposal.period.lot.call.lead_buyer_id
    proposer = Membership.objects.active().filter(user=proposal.proposed_by_id, organisation=buyer).first()
    if proposer is None:
        raise Refusal("La personne qui a proposé ce report n’est plus de votre organisation : proposez-le à nouveau.")
    return extend_deadline(
        period=proposal.period,
        closes_at=proposal.closes_at,
        reason=proposal.reason,
        actor=actor,
        now=now,
        second_person=Actor.of(proposer),
        accepted=accepted,
    )


def _refuse_move(period: SubmissionPeriod, closes_at: datetime, reason: str) -> None:
    if period.opening_began_at is not None:
        raise Refusal("L’ouverture des plis a commencé : l’heure limite ne peut plus être repoussée.")
    if closes_at <= period.closes_at():
        raise Refusal(LATER_ONLY)
    if not reason.strip():
        raise Refusal("Écrivez le motif du report : il est publié avec l’avis rectificatif (R2151-4).")


def mark_opening(period: SubmissionPeriod, at: datetime) -> None:
    """Write, inside the act that begins the first opening, that the deadline of the period is now past moving."""
    current = SubmissionPeriod.objects.get(pk=period.pk)
    if current.opening_began_at is None:
        current.opening_began_at = at
        current.save()
