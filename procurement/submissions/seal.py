"""The seal: what counts, and when (sealed-bids B.4; LR-43, LR-52, LR-53, LR-56, LR-57).

Step 1 makes the request durable with the instant at which it was wholly received. Step 2 makes the submission, its
entry and its receipt in one transaction. A crash in between is finished later, with the request's own time.
"""

import logging
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max, Q, prefetch_related_objects

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import require
from marketplace.journal import clock
from marketplace.journal.acts import act
from marketplace.journal.errors import Refusal
from marketplace.journal.outbox import enqueue
from procurement.submissions import mirror
from procurement.submissions.consents import require_agreement
from procurement.submissions.deposits import part_store
from procurement.submissions.draft_box import destroy_draft
from procurement.submissions.mails import tell_depositor
from procurement.submissions.models import (
    Deposit,
    Part,
    Receipt,
    SealFailure,
    SealOutcome,
    SealRequest,
    Submission,
)
from procurement.submissions.permissions import SEALER
from procurement.submissions.receipts import issue_receipt

logger = logging.getLogger(__name__)

# Beyond this, an instant read when the request came says nothing any more: the bidder's browser asks again.
SLOWEST_INSERT = timedelta(seconds=10)
ATTEMPTS = 5
TURN = threading.BoundedSemaphore(settings.SEALS_AT_ONCE)
"""In a rush requests are inscribed at once, with their instants; finishing them takes turns, so that it does not slow
the inscription of the others."""


class SealConflict(Refusal):
    """The same request with other content (HTTP 409): nothing was sealed by it."""


class _AlreadySealed(Exception):  # noqa: N818 - undoes the transaction of whoever came second
    """Somebody else finished this seal."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed submission and its receipt."""

    submission: Submission
    receipt: Receipt


def seal(*, deposit: Deposit, root: str, idempotency_key: str, actor: Actor, now: datetime) -> Sealed:
    """Hand a whole deposit in. `now` is read before all else: it is the legal time of the submission.

    `root` is what the last reading gave. Asked again for the same deposit and root, under the same key or another, it
    gives the same receipt. A late submission is received, kept sealed and told so. Records `submission.sealed`.

    Raises:
        NotAllowed: The actor does not act for the lead of the tendering party.
        SealConflict: The key was used for another root, or the deposit is not what was read again.
        RuleViolation: A member of the group refused since (LR-50).
        Refusal: The request took more than 10 seconds to be inscribed, or a part came after it.
    """
    require(actor, "deposit.edit", deposit)
    request = _request(deposit, root, idempotency_key, actor, now)
    with TURN:
        return _attempt(request, actor)


def finish_pending_seals(*, now: datetime) -> list[Sealed]:
    """Finish what a crash interrupted, each with its own instant. After five failures two people have to decide.

    One poisoned request never holds up the others, nor an opening for ever. Records `submission.sealed`, or
    `seal.needs_decision`.
    """
    sealed = []
    actor = Actor.system(SEALER)
    for request in SealRequest.objects.filter(outcome__isnull=True).order_by("received_at"):
        try:
            sealed.append(_attempt(request, actor))
        except Exception:
            logger.exception("seal request %s could not be finished", request.pk)
            if SealFailure.objects.filter(request=request).count() >= ATTEMPTS:
                _leave_to_people(request, actor, now)
    return sealed


def _request(deposit: Deposit, root: str, key: str, actor: Actor, received_at: datetime) -> SealRequest:
    """Step 1: the request of this deposit, inscribed now or before."""
    try:
        with transaction.atomic(durable=True):
            current = Deposit.objects.select_for_update().get(pk=deposit.pk)
            former = _former_request(current, root, key, actor)
            request = former or _inscribe(current, root, key, actor, received_at)
    except IntegrityError as error:
        # Two requests with one key met; the other one was inscribed first.
        raise SealConflict("Cette demande est déjà en cours : attendez quelques secondes et recommencez.") from error
    if former is None:
        mirror.tell_arrival(request)
    return request


def _former_request(deposit: Deposit, root: str, key: str, actor: Actor) -> SealRequest | None:
    if SealRequest.objects.filter(user_id=actor.user_id, idempotency_key=key).exclude(root=root).exists():
        raise SealConflict("Cette demande a déjà servi pour un autre contenu : relisez votre dépôt et recommencez.")
    former = SealRequest.objects.filter(deposit=deposit).first()
    if former is not None and former.root != root:
        raise SealConflict("Ce dépôt est déjà scellé avec un autre contenu : pour le changer, remplacez-le en entier.")
    return former


def _inscribe(deposit: Deposit, root: str, key: str, actor: Actor, received_at: datetime) -> SealRequest:
    if deposit.closed_at is not None:
        raise Refusal("Ce dépôt a été abandonné : commencez-en un nouveau.")
    if not root or deposit.root != root:
        raise SealConflict("Le dépôt a changé depuis sa relecture : relisez-le, puis scellez.")
    unread = Q(held_at__gt=received_at) | Q(verified_at__isnull=True)
    if Part.objects.filter(unread, file__deposit=deposit).exists():
        raise Refusal("Une partie de vos fichiers est arrivée après votre demande : relisez le dépôt, puis scellez.")
    require_agreement(deposit.party)
    inserted_at = clock.now()
    if inserted_at - received_at > SLOWEST_INSERT:
        raise Refusal("Le site a mis trop de temps à prendre votre demande : scellez à nouveau, tout de suite.")
    request = SealRequest.objects.create(
        deposit=deposit,
        root=root,
        idempotency_key=key,
        received_at=received_at,
        inserted_at=inserted_at,
        user_id=actor.user_id,
        organisation_id=actor.organisation_id,
        membership_id=actor.membership_id,
    )
    deposit.closed_at = received_at
    deposit.save(update_fields=["closed_at"])
    return request


def _attempt(request: SealRequest, actor: Actor) -> Sealed:
    """Step 2, counted when it fails. Raises what went wrong."""
    outcome = SealOutcome.objects.filter(request=request).first()
    if outcome is not None:
        return _sealed(outcome)
    try:
        return _finish(request, actor)
    except _AlreadySealed:
        return _sealed(SealOutcome.objects.get(request=request))
    except Exception as error:
        SealFailure.objects.create(request=request, at=clock.now(), code=type(error).__name__)
        raise


def _sealed(outcome: SealOutcome) -> Sealed:
    if outcome.submission is None:
        raise Refusal(
            "Votre demande est reçue et datée, mais n’a pas pu être scellée : deux personnes du site s’en chargent. "
            "Gardez vos fichiers et écrivez-nous."
        )
    return Sealed(outcome.submission, outcome.submission.receipts.get(kind=Receipt.Kind.SUBMISSION))


def _finish(request: SealRequest, actor: Actor) -> Sealed:
    deposit = Deposit.objects.select_related("period__lot__call__lead_buyer", "party__lead").get(pk=request.deposit_id)
    call = deposit.period.lot.call
    with act(call.chain, "submission.sealed", actor=actor, now=clock.now(), subject=deposit.period) as entry:
        if SealOutcome.objects.filter(request=request).exists():
            raise _AlreadySealed
        # Read under the lock, which an extension takes too; asked for several times below.
        prefetch_related_objects([deposit], "period__deadlines")
        committed_at = clock.now()
        _check_order(deposit, committed_at)
        complete_at = _check_parts(deposit)
        submission = Submission(
            period=deposit.period,
            party=deposit.party,
            deposit=deposit,
            version=deposit.version,
            replaces=_replaced_by(deposit, request.received_at),
            root=request.root,
            root_document=deposit.root_document,
            first_byte_at=min(deposit.first_byte_at, complete_at),
            complete_at=complete_at,
            received_at=request.received_at,
            committed_at=committed_at,
        )
        submission.save()
        receipt = issue_receipt(submission, Receipt.Kind.SUBMISSION, committed_at)
        SealOutcome(request=request, status=SealOutcome.Status.SEALED, submission=submission, at=committed_at).save()
        destroy_draft(deposit)
        deposit.save(update_fields=["draft", "draft_key"])
        entry.data.update(
            submission=submission.pk,
            root=submission.root,
            receipt=receipt.number,
            received_at=submission.received_at,
            requested_by=request.membership_id,
        )
        enqueue(tell_depositor, receipt.pk)
        mirror.tell_receipt(receipt)
    return Sealed(submission, receipt)


def _check_order(deposit: Deposit, committed_at: datetime) -> None:
    """Under the lock, time only goes forward: a clock set back must not seal anything."""
    last = Submission.objects.filter(period__lot__call=deposit.period.lot.call_id).aggregate(at=Max("committed_at"))[
        "at"
    ]
    if last is not None and committed_at < last:
        raise Refusal("L’horloge du site est en doute : votre demande est datée et sera scellée dès qu’elle sera sûre.")


def _check_parts(deposit: Deposit) -> datetime:
    """Every part is there with its size, and was read again whole. Returns when the last one was held."""
    parts = list(Part.objects.filter(file__deposit=deposit).select_related("file"))
    for part in parts:
        if part_store().size(str(deposit.pk), str(part.file_id), part.n) != part.sealed_len or not part.verified_at:
            raise Refusal(
                "Une partie de vos fichiers n’est plus dans l’espace de stockage : écrivez-nous tout de suite."
            )
    return max(part.held_at for part in parts)


def _replaced_by(deposit: Deposit, received_at: datetime) -> Submission | None:
    """Only a submission on time replaces one on time (R2151-6, LR-52)."""
    if received_at > deposit.period.closes_at():
        return None
    return Submission.objects.current(deposit.period).filter(party=deposit.party).first()


def _leave_to_people(request: SealRequest, actor: Actor, now: datetime) -> None:
    call = request.deposit.period.lot.call
    with act(call.chain, "seal.needs_decision", actor=actor, now=now, subject=request.deposit.period):
        SealOutcome(request=request, status=SealOutcome.Status.NEEDS_DECISION, at=now).save()
