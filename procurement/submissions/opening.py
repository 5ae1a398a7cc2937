"""Opening, by two custodians: the first removes their layer, the second completes (sealed-bids B.5; LR-57, LR-115)."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import require
from marketplace.journal.acts import act, record_refusals
from marketplace.journal.errors import Refusal
from procurement.calls.models import PeriodEnvelope, SubmissionPeriod
from procurement.calls.services.periods import mark_opening
from procurement.law import deposits as deposit_law
from procurement.law import opening as law
from procurement.law.facts import CustodianFacts, OpeningFacts, UnsealFacts
from procurement.law.findings import Finding, blocking, refuse
from procurement.submissions.canonical import Unreadable
from procurement.submissions.clock_doubt import standing_doubt
from procurement.submissions.custody import custodian_showing, own_custodian, refuse_elsewhere
from procurement.submissions.key_proofs import GivenKey, Handed, Proofs, ShownKey, custody_of
from procurement.submissions.minutes import write_minutes
from procurement.submissions.models import (
    Custodian,
    EnvelopeWrap,
    OpeningMinutes,
    OpeningResult,
    OpeningSession,
    PeeledLayer,
    SealRequest,
    Submission,
)
from procurement.submissions.opening_process import OpeningProcess, ProcessDied
from procurement.submissions.opening_step import open_submission
from procurement.submissions.signals import opening_begins
from procurement.submissions.troubles import unsettled

PRESENCE = law.PRESENCE


@dataclass(frozen=True, slots=True)
class _Pair:
    """The wrap of the two custodians present, and its inner layer that the first one left."""

    wrap: EnvelopeWrap
    layer: PeeledLayer


def is_closed(period: SubmissionPeriod, at: datetime) -> bool:
    """Whether nothing that counts as on time can still arrive: deadline and grace past, no seal on time pending."""
    return at > period.closes_at() + law.GRACE and pending_on_time(period) == 0


def pending_on_time(period: SubmissionPeriod) -> int:
    """Seal requests received on time whose outcome is not known yet."""
    return SealRequest.objects.filter(
        deposit__period=period, received_at__lte=period.closes_at(), outcome__isnull=True
    ).count()


@record_refusals("opening.begin")
def begin_opening(
    *, envelope: PeriodEnvelope, actor: Actor, now: datetime, identity: str = "", proofs: Proofs | None = None
) -> OpeningSession:
    """Begin the opening of one envelope of a period: the first custodian removes the outer layers.

    What is left is sealed to the other two and kept 30 minutes; nothing can be read yet. The key (`identity`) is used
    in memory only; with `proofs`, what a browser took out of `to_begin`, it never comes here. Raises NotAllowed;
    RuleViolation before the period is closed, or while a doubt or an incident stands; Refusal for a key that is not the
    actor's, a price before the technique, or when nothing is left to open. Records `opening.begun`.
    """
    period, call = envelope.period, envelope.period.lot.call
    require(actor, "keys.use", call)
    refuse_elsewhere(call)
    key = proofs or GivenKey(identity)
    custodian = custodian_showing(call, key, actor)
    layers = _peel_outer_layers(envelope, custodian, key)
    with act(call.chain, "opening.begun", actor=actor, now=now, subject=envelope, custodian=custodian.pk):
        _check_may_begin(envelope, now)
        session = OpeningSession(
            period=period,
            envelope=envelope,
            is_supplementary=_completed(envelope),
            first=custodian,
            first_user_id=actor.user_id,
            started_at=now,
            expires_at=now + PRESENCE,
        )
        session.save()
        mark_opening(period, now)
        for wrap, inner in layers:
            PeeledLayer.objects.update_or_create(wrap=wrap, defaults={"blob": inner, "expires_at": session.expires_at})
    return session


@record_refusals("opening.complete")
def complete_opening(
    *, session: OpeningSession, actor: Actor, now: datetime, identity: str = "", proofs: Proofs | None = None
) -> OpeningMinutes:
    """Open every submission that may be, as the second custodian, within 30 minutes of the first.

    The envelope's key works in a process of its own. With the custodian's key (`identity`) it only ever exists there;
    with `proofs`, it was taken out of `to_complete` in their browser, and is handed over to that process. Each
    submission is a step of its own: one that does not agree with its receipt is named in the minutes and holds up no
    other. Records `submission.opened` or `submission.not_opened` for each, then `opening.completed`.

    Raises:
        NotAllowed: The actor keeps no key of this call.
        RuleViolation: The two are not distinct custodians, or 30 minutes have passed (LR-57).
        Refusal: The key is not the actor's; the process stopped (what was opened is kept, begin again for the rest).
    """
    call = session.period.lot.call
    require(actor, "keys.use", call)
    key = proofs or GivenKey(identity)
    custodian = custodian_showing(call, key, actor)
    refuse(_findings(session.period, now, session, actor))
    pair = _pair(session, custodian, now)
    try:
        with OpeningProcess(_keys(pair, key)) as process:
            for submission in to_open(session.envelope):
                open_submission(session=session, submission=submission, process=process, actor=actor, now=now)
    except Unreadable as error:
        raise Refusal(f"Les deux clés n’ouvrent pas ce pli : {error}") from error
    except ProcessDied as error:
        _interrupt(session, actor, now)
        raise Refusal(
            "L’ouverture s’est interrompue. Ce qui est ouvert est gardé : recommencez à deux pour la suite."
        ) from error
    with act(call.chain, "opening.completed", actor=actor, now=now, subject=session) as entry:
        if OpeningSession.objects.get(pk=session.pk).completed_at is not None:
            raise Refusal("Cette ouverture est déjà terminée : le procès-verbal est dans le dossier.")
        session.second, session.second_user_id, session.completed_at = custodian, actor.user_id, now
        session.save()
        minutes = write_minutes(session, now)
        entry.data["results"] = {str(row.submission_id): row.status for row in session.results.all()}
    _forget_layers(session.envelope)
    return minutes


def to_begin(*, envelope: PeriodEnvelope, actor: Actor, now: datetime) -> Handed:
    """What the browser of a first custodian is handed, once `begin_opening` would accept it. Raises as it does."""
    call = envelope.period.lot.call
    require(actor, "keys.use", call)
    refuse_elsewhere(call)
    custodian = own_custodian(call, actor)
    _check_may_begin(envelope, now)
    return Handed(custodian, to_remove=tuple(_outer_wraps(envelope, custodian)))


def to_complete(*, session: OpeningSession, actor: Actor, now: datetime) -> Handed:
    """What the browser of a second custodian is handed, once `complete_opening` would accept it. Raises as it does."""
    call = session.period.lot.call
    require(actor, "keys.use", call)
    custodian = own_custodian(call, actor)
    refuse(_findings(session.period, now, session, actor))
    return Handed(custodian, to_open=(_pair(session, custodian, now).layer,))


def to_open(envelope: PeriodEnvelope) -> list[Submission]:
    """Submissions that may leave their seal and whose envelope is not open yet; those that failed before come last.

    Late ones that were admitted wait for a supplementary opening, with its own minutes (LR-53).
    """
    period = envelope.period
    lawful = Submission.objects.to_open(period) if _completed(envelope) else Submission.objects.current(period)
    results = OpeningResult.objects.filter(envelope=envelope)
    done = results.readable().values("submission")
    failed = set(results.values_list("submission_id", flat=True))
    left = [one for one in lawful.exclude(pk__in=done) if _may_be_unsealed(one)]
    return sorted(left, key=lambda submission: (submission.pk in failed, submission.received_at))


def discard_expired_layers(*, now: datetime) -> int:
    """Forget the layers of openings that nobody completed in time. Returns how many."""
    return PeeledLayer.objects.filter(expires_at__lt=now).delete()[0]


def _check_may_begin(envelope: PeriodEnvelope, now: datetime) -> None:
    # The second custodian comes later: here the rule on presence is not asked yet.
    refuse(finding for finding in _findings(envelope.period, now) if finding.field != "custodians")
    _check_order_of_envelopes(envelope)
    _check_something_to_open(envelope)
    if OpeningSession.objects.waiting(envelope, now).exists():
        raise Refusal("Une ouverture de ce pli est commencée : un second gardien, distinct, doit la terminer.")
    opening_begins.send(sender=PeriodEnvelope, envelope=envelope, now=now)


def _findings(
    period: SubmissionPeriod, now: datetime, session: OpeningSession | None = None, actor: Actor | None = None
) -> list[Finding]:
    period = SubmissionPeriod.objects.get(pk=period.pk)
    present = {session.first_user_id: session.started_at, actor.user_id: now} if session and actor else {}
    sample, incident = standing_doubt(period), unsettled(period).first()
    team = set(period.lot.call.team.filter(until=None).values_list("user_id", flat=True))
    return law.check(
        OpeningFacts(
            now=now,
            closes_at=period.closes_at(),
            custodians=tuple(
                CustodianFacts(person_id=str(person), is_custodian=True, authenticated_at=at)
                for person, at in present.items()
            ),
            clock_in_doubt_at=sample.at if sample else None,
            incident_since=incident.began_at if incident else None,
            # The first one may have left the team since.
            outsiders=tuple(str(person) for person in present if person not in team),
            # Before the deadline, not even how many have come.
            pending_arrivals=pending_on_time(period) if now > period.closes_at() else 0,
        )
    )


def _check_order_of_envelopes(envelope: PeriodEnvelope) -> None:
    if envelope.name != PeriodEnvelope.Name.PRICE:
        return
    technical = PeriodEnvelope.objects.filter(period=envelope.period, name=PeriodEnvelope.Name.TECHNICAL).first()
    if technical is not None and not _completed(technical):
        raise Refusal("Ouvrez d’abord les offres techniques : les prix ne s’ouvrent qu’ensuite.")


def _check_something_to_open(envelope: PeriodEnvelope) -> None:
    if _completed(envelope) and not to_open(envelope):
        raise Refusal("Tous les plis qui peuvent l’être sont ouverts : le procès-verbal est dans le dossier.")


def _may_be_unsealed(submission: Submission) -> bool:
    arrival = submission.arrival
    road = "admitted_late" if arrival.admitted_at else ""
    facts = UnsealFacts(kind=submission.period.kind, arrival=arrival, road=road)
    return not blocking(deposit_law.check_unseal(facts))


def _completed(envelope: PeriodEnvelope) -> bool:
    return OpeningSession.objects.filter(envelope=envelope, completed_at__isnull=False).exists()


def _outer_wraps(envelope: PeriodEnvelope, custodian: Custodian) -> list[EnvelopeWrap]:
    wraps = list(EnvelopeWrap.objects.filter(period=envelope.period, envelope=envelope.name, first=custodian))
    if not wraps:
        raise Refusal("Ce pli n’a pas de clé partagée avec vous : il n’y a rien à ouvrir.")
    return wraps


def _peel_outer_layers(
    envelope: PeriodEnvelope, custodian: Custodian, key: ShownKey
) -> list[tuple[EnvelopeWrap, bytes]]:
    try:
        return [(wrap, key.inner_layer(wrap)) for wrap in _outer_wraps(envelope, custodian)]
    except Unreadable as error:
        raise Refusal(f"Votre clé n’ouvre pas sa couche : {error}") from error


def _pair(session: OpeningSession, custodian: Custodian, now: datetime) -> _Pair:
    wrap = EnvelopeWrap.objects.filter(
        period=session.period, envelope=session.envelope.name, first=session.first, second=custodian
    ).first()
    layer = PeeledLayer.objects.filter(wrap=wrap, expires_at__gte=now).first()
    if session.completed_at is not None or wrap is None or layer is None:
        raise Refusal("Cette ouverture est terminée ou a expiré : recommencez-la à deux.")
    return _Pair(wrap, layer)


def _keys(pair: _Pair, key: ShownKey) -> dict[str, object]:
    """What the opening process reads first."""
    custody = custody_of(pair.wrap.period, pair.wrap.envelope)
    return {
        "call": custody.call,
        "period": custody.period,
        "envelope": custody.envelope,
        "pair": [str(pair.wrap.first_id), str(pair.wrap.second_id)],
        "recipient": pair.wrap.recipient,
        **key.for_opening(pair.layer),
    }


def _interrupt(session: OpeningSession, actor: Actor, now: datetime) -> None:
    """End the session at once, so that two custodians may begin another one; records `opening.interrupted`."""
    with act(session.period.lot.call.chain, "opening.interrupted", actor=actor, now=now, subject=session):
        session.expires_at = now
        session.save()
    _forget_layers(session.envelope)


def _forget_layers(envelope: PeriodEnvelope) -> None:
    PeeledLayer.objects.filter(Q(wrap__period=envelope.period) & Q(wrap__envelope=envelope.name)).delete()
