"""Backup copies: arrival, sender, opening by two people, contents, destruction (R2132-11, annex 6 art. 2; LR-55).

A copy reaches the buyer outside of this site. Before the opening of its period the register tells arrivals only: not
whose they are, and nothing of what was handed in here (sealed-bids B.9).
"""

from datetime import datetime
from typing import Any

from django.db.models import Max, Min

from marketplace.accounts.actors import Actor
from marketplace.accounts.identifiers import checked_identifier
from marketplace.accounts.models import Membership, Organisation
from marketplace.accounts.permissions import require
from marketplace.files.documents import request_document
from marketplace.files.scanning import Scan, Verdict
from marketplace.files.services import StagedFile, store
from marketplace.journal.acts import Act, act, record_refusals
from marketplace.journal.clock import canonical as instant
from marketplace.journal.errors import Refusal
from marketplace.ui.formats import precise_words
from procurement.calls.documents import about_lot
from procurement.calls.facts import launch_date
from procurement.calls.models import PeriodEnvelope, SubmissionPeriod
from procurement.law import backup as law
from procurement.law.calendar import is_on_time
from procurement.law.facts import CopyDestructionFacts, CopyOpeningFacts
from procurement.law.findings import refuse
from procurement.submissions.codes import Event
from procurement.submissions.custody import refuse_elsewhere
from procurement.submissions.mails import tell_firm
from procurement.submissions.models import (
    Attempt,
    BackupCopy,
    CopyFile,
    CopyOpening,
    Deposit,
    OpenedFile,
    OpeningResult,
    Submission,
    TenderingParty,
)
from procurement.submissions.signals import opening_begins

OPENED, DESTROYED = "submissions.copy_opened", "submissions.copy_destroyed"
TRANSMITTING = (Event.FILE_BEGUN, Event.FILE_RESUMED, Event.FILE_WHOLE)


def record_copy(
    *,
    period: SubmissionPeriod,
    received_at: datetime,
    medium: str,
    is_marked: bool,
    place: str,
    actor: Actor,
    now: datetime,
) -> BackupCopy:
    """Enter the arrival of a backup copy, in time or not; nothing is said of who sent it. Records `backup.received`.

    `place`: where it is kept closed. Raises NotAllowed, and Refusal for an arrival to come, before the period opened,
    or on another buyer profile.
    """
    call = period.lot.call
    require(actor, "backup.record", call)
    refuse_elsewhere(call)
    if received_at > now:
        raise Refusal("L’heure d’arrivée est à venir : écrivez celle à laquelle la copie vous est parvenue.")
    if received_at < period.opens_at:
        raise Refusal("Les dépôts n’étaient pas encore ouverts à cette heure : vérifiez la date d’arrivée.")
    if not place.strip():
        raise Refusal("Écrivez où la copie est gardée, fermée.")
    with act(call.chain, "backup.received", actor=actor, now=now, subject=period) as entry:
        last = BackupCopy.objects.filter(call=call).aggregate(last=Max("number"))["last"] or 0
        copy = BackupCopy(
            call=call, period=period, number=last + 1, received_at=received_at, medium=medium, is_marked=is_marked,
            place=place.strip(), recorded_by_id=actor.user_id, recorded_at=now,
        )  # fmt: skip
        copy.save()
        entry.data["copy"] = copy.pk
    return copy


def name_sender(
    *, copy: BackupCopy, party: TenderingParty | None, name: str, siren: str, actor: Actor, now: datetime
) -> BackupCopy:
    """Say whose copy it is, once the submissions of its period are opened. Records `backup.identified`.

    `party`: one that began a deposit here; else `name` and `siren` of the firm. Raises NotAllowed, and Refusal before
    the opening, for somebody of another lot, without a name or with a wrong SIREN, or once its opening is proposed.
    """
    require(actor, "backup.record", copy.call)
    with act(copy.call.chain, "backup.identified", actor=actor, now=now, subject=copy):
        current = _current(copy)
        _refuse_sealed(current)
        if CopyOpening.objects.filter(copy=current).exists():
            raise Refusal("L’ouverture de cette copie est proposée : son expéditeur ne change plus.")
        if party is not None and not senders(current.period).filter(pk=party.pk).exists():
            raise Refusal("Ce candidat n’a rien commencé dans cette période : écrivez le nom de l’entreprise.")
        if party is None and not name.strip():
            raise Refusal("Choisissez un candidat, ou écrivez le nom de l’entreprise.")
        current.party = party
        current.sender_name = "" if party else name.strip()
        current.sender_siren = checked_identifier("siren", siren) if siren and party is None else ""
        current.save()
    return current


def senders(period: SubmissionPeriod) -> Any:
    """Those who began a deposit in a period whose opening began; nobody before."""
    if period.opening_began_at is None:
        return TenderingParty.objects.none()
    deposits = Deposit.objects.filter(period=period).values("party")
    return TenderingParty.objects.filter(pk__in=deposits).select_related("lead").order_by("lead__name")


@record_refusals("backup.propose_opening")
def propose_opening(*, copy: BackupCopy, ground: str, reasons: str, actor: Actor, now: datetime) -> CopyOpening:
    """Inscribe why a copy should be opened; a second person decides with `confirm_opening`.

    Raises NotAllowed; RuleViolation outside of the two cases of the law (LR-55); Refusal before the opening of the
    period, without a sender, for one already proposed or destroyed. Records `backup.opening_proposed`.
    """
    require(actor, "backup.open", copy.call)
    with act(copy.call.chain, "backup.opening_proposed", actor=actor, now=now, subject=copy):
        current = _current(copy)
        _refuse_sealed(current)
        _refuse_gone(current)
        if CopyOpening.objects.filter(copy=current).exists():
            raise Refusal("L’ouverture de cette copie est déjà proposée : une seconde personne en décide.")
        found = law.check_opening(opening_facts(current, ground=ground, reasons=reasons, now=now))
        # The second person comes later: here the rule on two people is not asked yet.
        refuse(finding for finding in found if finding.field != "decided_by")
        opening = CopyOpening(
            copy=current, ground=ground, reasons=reasons.strip(), proposed_by_id=actor.user_id, proposed_at=now
        )
        opening.save()
    return opening


@record_refusals("backup.confirm_opening")
def confirm_opening(*, opening: CopyOpening, actor: Actor, now: datetime) -> CopyOpening:
    """Open the copy, as the second person, and tell its sender by mail. Records `backup.opened`.

    Raises NotAllowed; RuleViolation when the same person decides twice, or when the case does not hold (any more);
    Refusal when it is done already, or the copy destroyed.
    """
    call = opening.copy.call
    require(actor, "backup.open", call)
    with act(call.chain, "backup.opened", actor=actor, now=now, subject=opening.copy) as entry:
        current = CopyOpening.objects.get(pk=opening.pk)
        copy = _current(current.copy)
        if current.confirmed_at is not None:
            raise Refusal("Cette copie est déjà ouverte à deux.")
        _refuse_gone(copy)
        people = (str(current.proposed_by_id), str(actor.user_id))
        facts = opening_facts(copy, ground=current.ground, reasons=current.reasons, now=now, decided_by=people)
        refuse(law.check_opening(facts))
        current.confirmed_by_id, current.confirmed_at = actor.user_id, now
        current.save()
        entry.data["ground"] = current.ground
        _tell_sender(OPENED, copy, {"ground": current.ground}, now)
    return current


def drop_opening(*, opening: CopyOpening, actor: Actor, now: datetime) -> None:
    """Give up an opening that nobody confirmed: the copy stays closed. Records `backup.opening_dropped`.

    Raises NotAllowed, and Refusal once it is confirmed.
    """
    call = opening.copy.call
    require(actor, "backup.open", call)
    with act(call.chain, "backup.opening_dropped", actor=actor, now=now, subject=opening.copy):
        current = CopyOpening.objects.get(pk=opening.pk)
        if current.confirmed_at is not None:
            raise Refusal("Cette copie est déjà ouverte à deux.")
        current.delete()


def opening_facts(
    copy: BackupCopy, *, ground: str, reasons: str, now: datetime, decided_by: tuple[str, ...] = ()
) -> CopyOpeningFacts:
    """What the site knows of the copy, and of the electronic transmission of its sender."""
    submission = standing_submission(copy)
    infected = OpenedFile.objects.filter(
        result__submission=submission, stored_file__scan_verdict=Verdict.INFECTED, copy__isnull=True
    )
    return CopyOpeningFacts(
        launch_date=launch_date(copy.call, now),
        arrived_at=copy.received_at,
        deadline=copy.period.closes_at(),
        medium=copy.medium,
        is_marked=copy.is_marked,
        ground=ground,
        electronic_announced=copy.call.backup_copy_electronic,
        malware_found=submission is not None and infected.exists(),
        began_at=submission.first_byte_at if submission else _first_byte(copy),
        sealed=submission is not None,
        late=submission is not None and not is_on_time(submission.received_at, copy.period.closes_at()),
        reasons=reasons,
        decided_by=decided_by,
        discarded=copy.discarded_at is not None,
    )


def standing_submission(copy: BackupCopy) -> Submission | None:
    """The electronic submission that the copy stands for: the one on time, else the last late one; not withdrawn."""
    if copy.party_id is None:
        return None
    on_time = Submission.objects.current(copy.period).filter(party=copy.party_id).first()
    late = Submission.objects.standing().filter(
        period=copy.period, party=copy.party_id, received_at__gt=copy.period.closes_at(), withdrawal__isnull=True
    )
    return on_time or late.order_by("-received_at").first()


def _first_byte(copy: BackupCopy) -> datetime | None:
    """When a transmission that was never sealed began, by the deposit or by the journal of attempts."""
    if copy.party_id is None:
        return None
    unsealed = Deposit.objects.filter(period=copy.period, party=copy.party_id, submission__isnull=True)
    attempts = Attempt.objects.filter(deposit__in=unsealed, event__in=TRANSMITTING)
    known = (
        unsealed.aggregate(first=Min("first_byte_at"))["first"],
        attempts.aggregate(first=Min("at"))["first"],
    )
    return min((at for at in known if at is not None), default=None)


@record_refusals("backup.record_content", subject="copy")
def record_content(
    *,
    copy: BackupCopy,
    envelope: PeriodEnvelope,
    file: StagedFile,
    scanned: Scan,
    label: str,
    actor: Actor,
    now: datetime,
    answers: dict[str, Any] | None = None,
) -> CopyFile:
    """Bring a file of an opened copy here: it joins the opened files of its sender, marked as such.

    `answers`: the prices that the copy gives, for a price envelope that was not read. Malware in it discards the whole
    copy, the trace stays. What was never handed in here has no submission to join: its files stay with the copy.
    Raises NotAllowed, and Refusal for a copy that is not opened, is discarded or destroyed, or a price that waits.
    Records `backup.content_recorded`.
    """
    require(actor, "backup.record", copy.call)
    with act(copy.call.chain, "backup.content_recorded", actor=actor, now=now, subject=copy) as entry:
        current = _current(copy)
        _refuse_gone(current)
        if not current.is_opened:
            raise Refusal("Cette copie n’est pas ouverte : deux personnes en décident d’abord.")
        if current.discarded_at is not None:
            raise Refusal("Cette copie est écartée : un programme malveillant y a été trouvé. Détruisez-la.")
        opening_begins.send(sender=PeriodEnvelope, envelope=envelope, now=now)
        stored = store(file, scanned=scanned)
        row = CopyFile(
            copy=current, envelope=envelope, name=file.name, stored_file=stored, brought_by_id=actor.user_id,
            brought_at=now,
        )  # fmt: skip
        row.save()
        entry.data.update(envelope=envelope.name, file=row.pk)
        if scanned.verdict == Verdict.INFECTED:
            discard(current, now, entry)
        elif (submission := standing_submission(current)) is not None:
            result = _result(current, submission, envelope, answers, now)
            OpenedFile(result=result, name=row.name, label=label, stored_file=stored, copy=current).save()
    return row


def _result(
    copy: BackupCopy, submission: Submission, envelope: PeriodEnvelope, answers: dict[str, Any] | None, now: datetime
) -> OpeningResult:
    """What an envelope gave, now that the copy is read: one that did not open, or never was to be, is readable."""
    result = OpeningResult.objects.filter(submission=submission, envelope=envelope).first()
    result = result or OpeningResult(submission=submission, envelope=envelope, status="")
    if result.status != OpeningResult.Status.OPENED:
        result.reason, result.copy = f"Lu sur la copie de sauvegarde n° {copy.number}.", copy
        result.status, result.at, result.answers = OpeningResult.Status.OPENED, now, answers or {}
    elif answers and not result.answers:
        result.answers = answers
    result.save()
    return result


def lacks_prices(copy: BackupCopy, envelope: PeriodEnvelope) -> bool:
    """Whether nothing gave the prices of a price envelope that the copy stands for."""
    submission = standing_submission(copy)
    if submission is None or envelope.name != PeriodEnvelope.Name.PRICE:
        return False
    result = OpeningResult.objects.filter(submission=submission, envelope=envelope).first()
    return result is None or not result.answers


def discard(copy: BackupCopy, now: datetime, entry: Act) -> None:
    """Set a copy aside for malware, inside an act: what it gave is taken back, the trace of its files stays."""
    copy.discarded_at = now
    copy.save()
    for opened in OpenedFile.objects.filter(copy=copy):
        opened.delete()
    for result in OpeningResult.objects.filter(copy=copy):
        if result.session_id is None:
            result.delete()
            continue
        result.status, result.reason = OpeningResult.Status.DAMAGED, "La copie de sauvegarde est écartée."
        result.copy, result.answers = None, None
        result.save()
    entry.data["discarded"] = copy.pk


@record_refusals("backup.destroy")
def destroy_copy(*, copy: BackupCopy, how: str, actor: Actor, now: datetime) -> BackupCopy:
    """Record that a copy that stayed closed, or was discarded, is destroyed; certifies it, tells its sender by mail.

    `how`: shredding, wiping of the medium. Raises NotAllowed; RuleViolation for one that was opened or may still serve
    (LR-55); Refusal when it is done. Records `backup.destroyed`.
    """
    require(actor, "backup.open", copy.call)
    with act(copy.call.chain, "backup.destroyed", actor=actor, now=now, subject=copy):
        current = _current(copy)
        _refuse_gone(current)
        opening = getattr(current, "opening", None)
        refuse(
            law.check_destruction(
                CopyDestructionFacts(
                    period_opened=current.period.opening_began_at is not None,
                    opened=current.is_opened,
                    discarded=current.discarded_at is not None,
                    opening_proposed=opening is not None and opening.confirmed_at is None,
                    how=how,
                )
            )
        )
        current.destroyed_at, current.destroyed_by_id, current.destroyed_how = now, actor.user_id, how.strip()
        current.certificate = _certificate(current)
        current.save()
        is_late = not is_on_time(current.received_at, current.period.closes_at())
        _tell_sender(DESTROYED, current, {"is_discarded": current.discarded_at is not None, "is_late": is_late}, now)
    return current


def reader_of(copy: BackupCopy) -> Organisation | None:
    """The firm that sent a copy when somebody acts for it here; None when nobody would read a mail."""
    firms = Organisation.objects.filter(memberships__in=Membership.objects.active())
    if copy.party is not None:
        return firms.filter(pk=copy.party.lead_id).first()
    known = firms.filter(kind=Organisation.Kind.SUPPLIER, identifier=copy.sender_siren)
    return known.first() if copy.sender_siren else None


def _tell_sender(kind: str, copy: BackupCopy, reason: dict[str, Any], now: datetime) -> None:
    firm = reader_of(copy)
    if firm is not None:
        said = {"number": copy.number, "reference": copy.call.reference, "arrived_at": precise_words(copy.received_at)}
        tell_firm(kind, firm.pk, said | reason, now)


def _certificate(copy: BackupCopy) -> Any:
    lot = copy.period.lot
    certificate = {
        "format": "preau-copy-destruction/1",
        "copy": str(copy.pk),
        "number": copy.number,
        "period": copy.period.kind,
        "sender": copy.sender,
        "medium": copy.medium,
        "is_marked": copy.is_marked,
        "received_at": instant(copy.received_at),
        "deadline": instant(copy.period.closes_at()),
        "opened_at": instant(copy.opening.confirmed_at) if copy.is_opened else None,
        "discarded_at": copy.discarded_at and instant(copy.discarded_at),
        "destroyed_at": instant(copy.destroyed_at),
        "destroyed_by": str(copy.destroyed_by),
        "how": copy.destroyed_how,
    }
    return request_document(
        kind="copy_destruction",
        title=f"Certificat de destruction, copie de sauvegarde n° {copy.number}, {copy.call.reference}",
        template="pdf/submissions/copy_destruction.html",
        facts={
            **about_lot(lot),
            **certificate,
            "certificate": certificate,
        },
        subject=copy,
        attachments=[("certificat.json", "certificate")],
    )


def _current(copy: BackupCopy) -> BackupCopy:
    rows = BackupCopy.objects.select_related("call__lead_buyer", "period__lot", "party__lead", "opening")
    found = rows.get(pk=copy.pk)
    found.period.lot.call = found.call
    return found


def _refuse_sealed(copy: BackupCopy) -> None:
    if copy.period.opening_began_at is None:
        raise Refusal("Les plis de cette période sont encore scellés : la copie reste fermée et sans nom jusque-là.")


def _refuse_gone(copy: BackupCopy) -> None:
    if copy.destroyed_at is not None:
        raise Refusal("Cette copie est détruite.")
