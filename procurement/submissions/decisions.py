"""What happens to a submission once it is in: withdrawn, told of an extension, admitted although late."""

import time
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import require
from marketplace.files.services import StagedFile, store
from marketplace.journal.acts import act, record_refusals
from marketplace.journal.errors import Refusal
from marketplace.journal.outbox import enqueue
from procurement.calls.models import SubmissionPeriod
from procurement.law import deposits as law
from procurement.law.facts import LateAdmissionFacts
from procurement.law.findings import refuse
from procurement.submissions import mirror
from procurement.submissions.mails import tell_depositor
from procurement.submissions.models import LateAdmission, Receipt, Submission, Withdrawal
from procurement.submissions.receipts import deadline_stated, issue_receipt

COMPLEMENTS_AT_ONCE = 10
"""Receipts signed in one act: some tenths of a second, during which nobody seals."""

BREATH = 0.1
"""Seconds between two such acts: whoever waits for SQLite asks again no sooner, and would find it taken each time."""


def withdraw(*, submission: Submission, actor: Actor, now: datetime) -> Receipt:
    """Take a submission back before the deadline; it stays sealed for ever. Returns the receipt of the withdrawal.

    Raises NotAllowed, and Refusal after the deadline or for one that does not stand. Records `submission.withdrawn`.
    """
    require(actor, "submission.withdraw", submission)
    period = submission.period
    with act(period.lot.call.chain, "submission.withdrawn", actor=actor, now=now, subject=submission):
        if now > SubmissionPeriod.objects.get(pk=period.pk).closes_at():
            raise Refusal("L’heure limite est passée : une réponse déposée ne se retire plus.")
        if not Submission.objects.current(period).filter(pk=submission.pk).exists():
            raise Refusal("Ce pli est déjà retiré ou remplacé : il reste scellé.")
        Withdrawal(submission=submission, at=now, by_id=actor.user_id).save()
        receipt = issue_receipt(submission, Receipt.Kind.WITHDRAWAL, now)
        enqueue(tell_depositor, receipt.pk)
        mirror.tell_receipt(receipt)
        return receipt


def issue_complements(*, period: SubmissionPeriod, actor: Actor, now: datetime) -> list[Receipt]:
    """After an extension, give every standing bidder a dated complement with the new deadline and verdict (B.4).

    Whoever holds a receipt of that deadline already gets none: asked again, this goes on where it stopped. Some at a
    time, each time one act: those who hand in meanwhile wait for the chain of the call a moment only. Raises
    NotAllowed. Records `receipts.complemented`.
    """
    call = period.lot.call
    require(actor, "receipts.complement", call)
    issued: list[Receipt] = []
    # Looked for before the lock: among thousands, a database takes its time over it.
    while waiting := list(_lacking_complement(_read(period)).values_list("pk", flat=True)):
        for start in range(0, len(waiting), COMPLEMENTS_AT_ONCE):
            if start:
                time.sleep(BREATH)
            issued += _complement_some(period, waiting[start : start + COMPLEMENTS_AT_ONCE], actor, now)
    return issued


def _complement_some(period: SubmissionPeriod, some: Sequence[UUID], actor: Actor, now: datetime) -> list[Receipt]:
    """Complements for those of a few submissions that still lack one."""
    with act(period.lot.call.chain, "receipts.complemented", actor=actor, now=now, subject=period):
        current = _read(period)
        lacking = list(_lacking_complement(current).filter(pk__in=some).select_related("party__lead", "replaces"))
        for submission in lacking:
            # Read once for all of them: everybody who seals waits meanwhile.
            submission.period = current
        # An extension decided since the task began is known too: stating an older deadline, they would lack one still.
        at = max(now, *(row.decided_at for row in current.deadlines.all()))
        receipts = [issue_receipt(submission, Receipt.Kind.COMPLEMENT, at) for submission in lacking]
        for receipt in receipts:
            enqueue(tell_depositor, receipt.pk)
            mirror.tell_receipt(receipt)
        return receipts


def _read(period: SubmissionPeriod) -> SubmissionPeriod:
    """The period with its deadlines as they stand, and what a receipt says of its call."""
    periods = SubmissionPeriod.objects.select_related("lot__call__lead_buyer").prefetch_related("deadlines")
    return periods.get(pk=period.pk)


def _lacking_complement(current: SubmissionPeriod) -> QuerySet[Submission]:
    """Standing submissions of which no receipt states the deadline in force."""
    # By what it states, not by its date: a receipt signed while the extension waited for the chain bears the old one.
    told = Receipt.objects.filter(submission=OuterRef("pk"), signed__contains=deadline_stated(current.closes_at()))
    return Submission.objects.current(current).exclude(Exists(told)).order_by("committed_at")


@record_refusals("submission.propose_late_admission")
def propose_late_admission(
    *,
    submission: Submission,
    reasons: str,
    actor: Actor,
    now: datetime,
    incident_report_id: UUID | None = None,
    incident_report: StagedFile | None = None,
) -> LateAdmission:
    """Inscribe that a bidder contests the lateness of a submission, with what speaks for admitting it (LR-54).

    `incident_report_id`: the document that tells what the platform did that day; for what another buyer profile
    received, `incident_report` is the file that it gives of it. A second person then decides, with `admit_late`. Raises
    NotAllowed, Refusal. Records `submission.late_admission_proposed`.
    """
    call = submission.period.lot.call
    require(actor, "submission.admit_late", call)
    if not reasons.strip():
        raise Refusal("Écrivez ce qui prouve la diligence de l’entreprise (CE 23 septembre 2021, n° 449250).")
    with act(call.chain, "submission.late_admission_proposed", actor=actor, now=now, subject=submission):
        if law.verdict(submission.arrival) is law.Verdict.ON_TIME:
            raise Refusal("Ce pli est arrivé à temps : il s’ouvre avec les autres.")
        if LateAdmission.objects.filter(submission=submission).exists():
            raise Refusal("L’admission de ce pli est déjà proposée : une seconde personne en décide.")
        if submission.line_id is not None and not submission.results.exists():
            raise Refusal("Les fichiers de ce pli ne sont pas importés : importez d’abord un registre corrigé.")
        report_id = store(incident_report).pk if incident_report else incident_report_id
        if report_id is None:
            raise Refusal("Joignez le rapport d’incident : la décision se prend devant lui (CE, n° 449250).")
        admission = LateAdmission(
            submission=submission,
            reasons=reasons,
            incident_report_id=report_id,
            proposed_by_id=actor.user_id,
            proposed_at=now,
        )
        admission.save()
    return admission


@record_refusals("submission.admit_late")
def admit_late(*, admission: LateAdmission, actor: Actor, now: datetime) -> LateAdmission:
    """Decide, as the second person, that a late submission may be opened by a supplementary opening (LR-54).

    Raises NotAllowed, and RuleViolation when the same person decides twice or a condition is missing. Records
    `submission.admitted_late`.
    """
    submission = admission.submission
    call = submission.period.lot.call
    require(actor, "submission.admit_late", call)
    with act(call.chain, "submission.admitted_late", actor=actor, now=now, subject=submission):
        current = LateAdmission.objects.get(pk=admission.pk)
        if current.confirmed_at is not None:
            raise Refusal("Ce pli est déjà admis : il rejoint les autres.")
        facts = LateAdmissionFacts(
            arrival=submission.arrival,
            reasons=current.reasons,
            decided_by=(str(current.proposed_by_id), str(actor.user_id)),
            incident_report_id=str(current.incident_report_id),
        )
        refuse(law.check_admission(facts))
        current.confirmed_by_id, current.confirmed_at = actor.user_id, now
        current.save()
    return current
