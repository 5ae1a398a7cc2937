"""Filling a deposit: who tenders, the files, the answers (sealed-bids B.2, B.4).

These acts leave no entry: the journal must not tell how many bidders are at work. Each write is durable when
it answers.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.db import transaction
from django.db.models import Max, QuerySet, Sum

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Organisation
from marketplace.accounts.permissions import require
from marketplace.journal.acts import act
from marketplace.journal.errors import Refusal
from procurement.calls.models import Lot, LotTimeline, PeriodEnvelope, SubmissionPeriod
from procurement.law import deposits as law
from procurement.law.facts import SealFacts
from procurement.law.findings import refuse
from procurement.submissions import sealing
from procurement.submissions.announced import NotReceived, check_count, check_room, checked_name, checked_type
from procurement.submissions.codes import Code
from procurement.submissions.consents import ask_members
from procurement.submissions.draft_box import destroy_draft, new_draft, read_draft, write_draft
from procurement.submissions.espd_draft import ESPD_LABEL, forget_espd
from procurement.submissions.incoming import IncomingFile
from procurement.submissions.models import (
    Deposit,
    DepositFile,
    Invitation,
    Part,
    PartyMember,
    Submission,
    TenderingParty,
)
from procurement.submissions.part_store import PartStore

WHOLE = 10_000
# Half of a pair, alone: no database keeps it.
SURROGATE = re.compile(r"(?<!\\)\\ud[89ab][0-9a-f]{2}(?!\\ud[c-f])", re.IGNORECASE)
DRAFTS_LAST = timedelta(days=30)
FROZEN = "Ce dépôt est figé : pour le changer, remplacez-le en entier."
OPEN_TO_ALL = {SubmissionPeriod.Kind.CANDIDATURE, SubmissionPeriod.Kind.SINGLE_STEP}


def part_store() -> PartStore:
    """Where the sealed parts of this site lie, and their second place."""
    mirror = settings.SUBMISSION_MIRROR
    return PartStore(Path(settings.SUBMISSION_ROOT), Path(mirror) if mirror else None)


def form_party(
    *,
    lot: Lot,
    lead: Organisation,
    actor: Actor,
    now: datetime,
    kind: str = TenderingParty.Kind.SINGLE,
    shares: Mapping[Organisation, int] | None = None,
) -> TenderingParty:
    """Say who tenders for a lot: a firm alone, or a group with its lead (R2142-19 s., LR-50).

    `shares`: each firm of a group, lead included, and its share in hundredths of a percent. The other members are
    asked whether they take part. Raises NotAllowed, and Refusal for a group that does not add up or a lead that
    tenders for the lot already. Records `party.formed`.
    """
    require(actor, "party.form", lot)
    if actor.organisation_id != lead.pk:
        raise Refusal("Le mandataire forme lui-même le candidat : connectez-vous au nom de son entreprise.")
    members = dict(shares or {lead: WHOLE})
    check_shares(members, kind, lead)
    with act(lot.call.chain, "party.formed", actor=actor, now=now, subject=lot):
        if TenderingParty.objects.filter(lot=lot, lead=lead).exists():
            raise Refusal("Votre entreprise est déjà candidate à ce lot : reprenez votre dépôt.")
        party = TenderingParty(lot=lot, lead=lead, kind=kind, formed_at=now)
        party.save()
        PartyMember.objects.bulk_create(
            PartyMember(party=party, organisation=member, share=share) for member, share in members.items()
        )
        ask_members(party, now)
    return party


def check_shares(members: Mapping[Organisation, int], kind: str, lead: Organisation) -> None:
    """Whether firms and shares make a party of this form. Raises Refusal."""
    if lead not in members or sum(members.values()) != WHOLE or any(share <= 0 for share in members.values()):
        raise Refusal("Les parts des membres, mandataire compris, doivent faire 100 % : corrigez-les.")
    if (len(members) == 1) != (kind == TenderingParty.Kind.SINGLE):
        raise Refusal("Un groupement a au moins deux membres ; une entreprise seule candidate seule.")


def open_deposit(*, period: SubmissionPeriod, party: TenderingParty, actor: Actor, now: datetime) -> Deposit:
    """Begin a deposit, or give back the one under way. After the deadline too: late ones are received and kept.

    Raises NotAllowed, and Refusal before the opening, without keys or invitation, or when a submission stands already
    (see `replace`).
    """
    require(actor, "deposit.open", party)
    _check_period(period, party, now)
    if Submission.objects.current(period).filter(party=party).exists():
        raise Refusal(
            "Votre pli est scellé. Pour le changer, remplacez-le en entier : seul le dernier reçu à temps est ouvert "
            "(R2151-6)."
        )
    return _begin(period, party, actor, now)


def replace(*, submission: Submission, actor: Actor, now: datetime) -> Deposit:
    """Begin a whole new deposit that will replace a submission once sealed on time (R2151-6, LR-52).

    Until then the present one stands. Raises NotAllowed, Refusal.
    """
    require(actor, "deposit.open", submission.party)
    _check_period(submission.period, submission.party, now)
    return _begin(submission.period, submission.party, actor, now)


def add_file(
    *,
    deposit: Deposit,
    envelope: str,
    name: str,
    content: BinaryIO,
    actor: Actor,
    now: datetime,
    label: str = "",
) -> DepositFile:
    """Seal a file into an envelope, 8 MiB at a time: no clear byte reaches the disk, memory stays flat.

    `label`: one of the envelope's expected documents, empty for another one. Raises NotAllowed, and Refusal for a
    frozen deposit, a type or size that was not announced (LR-58) or an empty file.
    """
    incoming = begin_file(deposit=deposit, envelope=envelope, name=name, actor=actor, now=now, label=label)
    try:
        for piece in sealing.read_in_parts(content):
            incoming.write(piece)
        incoming.close()
        return keep_file(deposit=deposit, incoming=incoming, actor=actor, now=now)
    except BaseException:
        incoming.discard()
        raise


def begin_file(
    *, deposit: Deposit, envelope: str, name: str, actor: Actor, now: datetime, label: str = ""
) -> IncomingFile:
    """Accept a file that will come piece by piece; nothing is held of it until `keep_file`. Raises as `add_file`."""
    require(actor, "deposit.edit", deposit)
    if Deposit.objects.filter(pk=deposit.pk, closed_at__isnull=False).exists():
        raise Refusal(FROZEN)
    sealed_to = envelope_of(deposit, envelope)
    name = checked_name(name)
    media_type = check_announced(deposit, sealed_to, name, label)
    Deposit.objects.filter(pk=deposit.pk, first_byte_at__isnull=True).update(first_byte_at=now)
    return IncomingFile(
        part_store(),
        str(deposit.pk),
        envelope=envelope,
        recipient=sealed_to.recipient,
        name=name,
        media_type=media_type,
        label=label,
        limit=deposit.period.bytes_per_file,
    )


def keep_file(
    *,
    deposit: Deposit,
    incoming: IncomingFile,
    actor: Actor,
    now: datetime,
    enter: Callable[[Deposit, dict[str, Any]], None] | None = None,
) -> DepositFile:
    """Enter a file whose parts are all on disk into its deposit. `enter` writes what else it brings into the draft.

    Raises NotAllowed, and Refusal for a frozen deposit or one that would outgrow its limits; the caller then discards
    the file.
    """
    require(actor, "deposit.edit", deposit)
    with transaction.atomic(durable=True):
        current = locked(deposit)
        check_deposit_room(current, sum(part.plain_len for part in incoming.parts))
        file = register(
            current, incoming.file_id, incoming.envelope, incoming.parts, incoming.held, label=incoming.label
        )
        draft = read_draft(current)
        draft["files"][incoming.file_id] = {
            "name": incoming.name,
            "media_type": incoming.media_type,
            "salt": incoming.salt,
            "parts": [asdict(part) for part in incoming.parts],
        }
        if enter is not None:
            enter(current, draft)
        changed(current, draft)
    return file


def check_answers(answers: Mapping[str, Any]) -> None:
    """What cannot be kept as text is refused while the bidder can still mend it."""
    try:
        written = json.dumps(answers, ensure_ascii=True, default=str)
    except RecursionError as error:
        raise Refusal("Ces réponses sont imbriquées trop profondément : simplifiez-les.") from error
    if "\\u0000" in written or SURROGATE.search(written):
        raise Refusal("Une réponse contient un signe illisible : effacez-la et saisissez-la à nouveau.")


def remove_file(*, deposit: Deposit, file: DepositFile, actor: Actor, now: datetime) -> None:
    """Take a file out of a deposit that is not frozen. Raises NotAllowed, Refusal."""
    require(actor, "deposit.edit", deposit)
    with transaction.atomic(durable=True):
        current = locked(deposit)
        DepositFile.objects.filter(pk=file.pk, deposit=current, kind=DepositFile.Kind.DOCUMENT).delete()
        draft = read_draft(current)
        draft["files"].pop(str(file.pk), None)
        members = current.party.members.count()
        forget_espd(draft, str(file.pk), period=current.period, members=members, now=now)
        changed(current, draft)
    part_store().discard(str(deposit.pk), str(file.pk))


def save_answers(*, deposit: Deposit, envelope: str, answers: Mapping[str, Any], actor: Actor, now: datetime) -> None:
    """Keep what was typed for an envelope: JSON, amounts as text. Raises NotAllowed, Refusal, TypeError (a float)."""
    require(actor, "deposit.edit", deposit)
    envelope_of(deposit, envelope)
    check_answers(answers)
    with transaction.atomic(durable=True):
        current = locked(deposit)
        draft = read_draft(current)
        draft["answers"][envelope] = dict(answers)
        changed(current, draft)
        if current.first_byte_at is None:
            Deposit.objects.filter(pk=current.pk).update(first_byte_at=now)


def drop_deposit(*, deposit: Deposit, actor: Actor, now: datetime) -> None:
    """Give a draft up: its key is destroyed, its parts removed. Raises NotAllowed, Refusal once the seal was asked."""
    require(actor, "deposit.edit", deposit)
    _drop(deposit, now)


def drop_stale_deposits(*, now: datetime) -> int:
    """Forget drafts that nobody sealed within 30 days of the deadline (sealed-bids B.2). Returns how many."""
    unsealed = (
        Deposit.objects.filter(closed_at__isnull=True).select_related("period").prefetch_related("period__deadlines")
    )
    stale = [deposit for deposit in unsealed if deposit.period.closes_at() + DRAFTS_LAST < now]
    for deposit in stale:
        _drop(deposit, now)
    return len(stale)


def _drop(deposit: Deposit, now: datetime) -> None:
    with transaction.atomic(durable=True):
        current = locked(deposit)
        files = [str(file.pk) for file in [*current.files.all(), *current.unfinished.all()]]
        current.files.all().delete()
        current.unfinished.all().delete()
        destroy_draft(current)
        current.closed_at = now
        current.save()
    for file in files:
        part_store().discard(str(deposit.pk), file)


def is_ended(lot: Lot) -> bool:
    """Whether the lot is without follow-up or unsuccessful (R2185-1, LR-86)."""
    timeline = LotTimeline.objects.get(lot=lot)
    return bool(timeline.cancelled_at or timeline.unsuccessful_at)


def _check_period(period: SubmissionPeriod, party: TenderingParty, now: datetime) -> None:
    call = period.lot.call
    if call.deposit_at:
        raise Refusal(f"Les plis de cet appel se déposent à une seule adresse : {call.deposit_at}")
    if party.lot_id != period.lot_id:
        raise Refusal("Ce candidat répond à un autre lot : choisissez la période de son lot.")
    refuse(law.check_begin(SealFacts(lot_ended=is_ended(period.lot))))
    if SubmissionPeriod.objects.get(pk=period.pk).keys_ready_at is None:
        raise Refusal("Cette période n’est pas encore ouverte : les clés de ses plis ne sont pas vérifiées.")
    if now < period.opens_at:
        raise Refusal("Cette période n’est pas encore ouverte : revenez à l’heure annoncée.")
    if period.kind not in OPEN_TO_ALL and not Invitation.objects.filter(period=period, party=party).exists():
        raise Refusal("Seuls les candidats invités déposent une offre dans cette période (R2144-8).")


def _begin(period: SubmissionPeriod, party: TenderingParty, actor: Actor, now: datetime) -> Deposit:
    with transaction.atomic(durable=True):
        # The row of the party serialises two first clicks: versions follow each other without a gap.
        TenderingParty.objects.select_for_update().get(pk=party.pk)
        deposits = Deposit.objects.filter(period=period, party=party)
        if present := deposits.filter(closed_at__isnull=True).first():
            return present
        version = (deposits.aggregate(last=Max("version"))["last"] or 0) + 1
        deposit = Deposit(period=period, party=party, version=version, opened_at=now, opened_by_id=actor.user_id)
        new_draft(deposit)
        deposit.save()
    return deposit


def envelope_of(deposit: Deposit, name: str) -> PeriodEnvelope:
    """One of the envelopes that the period asks for. Raises Refusal."""
    envelope = PeriodEnvelope.objects.filter(period=deposit.period, name=name).first()
    if envelope is None:
        raise Refusal("Cette période n’attend pas ce pli : choisissez l’un de ceux de la page de dépôt.")
    return envelope


def check_announced(deposit: Deposit, envelope: PeriodEnvelope, name: str, label: str) -> str:
    """The media type of a file that may be received. Raises NotReceived."""
    if label and label not in (*envelope.expected_documents, ESPD_LABEL):
        raise NotReceived(Code.PLACE, "Cette pièce n’est pas attendue dans ce pli : rangez-la parmi les autres pièces.")
    # A DUME is received as structured data, whatever types the buyer announced (R2143-4).
    is_espd = label == ESPD_LABEL and name.lower().endswith(".xml")
    media_type = checked_type(name, [] if is_espd else deposit.period.media_types)
    check_count(deposit.period, documents_of(deposit).count() + deposit.unfinished.count())
    return media_type


def documents_of(deposit: Deposit) -> QuerySet[DepositFile]:
    """Files that the bidder gave, whole."""
    return deposit.files.filter(kind=DepositFile.Kind.DOCUMENT)


def check_deposit_room(deposit: Deposit, size: int) -> None:
    """Room for `size` more bytes, files under way counted whole. Raises NotReceived."""
    held = documents_of(deposit).aggregate(sum=Sum("size"))["sum"] or 0
    promised = deposit.unfinished.aggregate(sum=Sum("size"))["sum"] or 0
    check_room(deposit.period, held + promised, size)


def locked(deposit: Deposit) -> Deposit:
    """The row as it stands, locked until the transaction ends. Raises Refusal when the deposit is frozen."""
    current = Deposit.objects.select_related("period").select_for_update(of=("self",)).get(pk=deposit.pk)
    if current.closed_at is not None:
        raise Refusal(FROZEN)
    return current


def register(
    deposit: Deposit,
    file_id: str,
    envelope: str,
    parts: Sequence[sealing.Part],
    held: Sequence[datetime],
    *,
    label: str = "",
    kind: str = DepositFile.Kind.DOCUMENT,
    verified_at: datetime | None = None,
    programs: Sequence[str] = (),
) -> DepositFile:
    """Write the rows of a file whose parts are all on disk, inside a transaction.

    `programs`: fingerprints of those that sealed all of it in a browser.
    """
    file = DepositFile.objects.create(
        id=file_id,
        deposit=deposit,
        envelope=envelope,
        kind=kind,
        label=label,
        size=sum(part.plain_len for part in parts),
        held_at=max(held),
        programs=list(programs),
    )
    Part.objects.bulk_create(
        Part(
            call_id=deposit.period.lot.call_id,
            file=file,
            n=part.n,
            plain_len=part.plain_len,
            sealed_len=part.sealed_len,
            sealed_sha256=part.sealed_sha256,
            held_at=held_at,
            verified_at=verified_at,
        )
        for part, held_at in zip(parts, held, strict=True)
    )
    return file


def changed(deposit: Deposit, draft: dict[str, Any]) -> None:
    """Keep the draft; what was read again before is no longer what would be sealed."""
    draft.pop("annex", None)
    write_draft(deposit, draft)
    deposit.root, deposit.root_document, deposit.assembled_at = "", "", None
    deposit.save(update_fields=["draft", "root", "root_document", "assembled_at"])
