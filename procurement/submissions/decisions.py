"""What happens to a submission once it is in: withdrawn, told of an extension, admitted although late."""

from datetime import datetime
from uuid import UUID

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
from procurement.submissions.receipts import issue_receipt


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

    Raises NotAllowed. Records `receipts.complemented`.
    """
    call = period.lot.call
    require(actor, "receipts.complement", call)
    with act(call.chain, "receipts.complemented", actor=actor, now=now, subject=period):
        receipts = [
            issue_receipt(submission, Receipt.Kind.COMPLEMENT, now) for submission in Submission.objects.current(period)
        ]
        for receipt in receipts:
            enqueue(tell_depositor, receipt.pk)
            mirror.tell_receipt(receipt)
        return receipts


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
