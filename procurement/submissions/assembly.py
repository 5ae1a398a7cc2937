"""The last reading before the seal: parts read again, answers and manifests sealed, the root computed (B.2, B.4)."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import transaction

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import require
from marketplace.journal import clock
from marketplace.journal.errors import Refusal
from procurement.calls.models import PeriodEnvelope
from procurement.law import deposits as law
from procurement.law.espd import espd_stands_for
from procurement.law.facts import SealFacts
from procurement.law.findings import refuse
from procurement.submissions import sealing
from procurement.submissions.canonical import Unreadable, canonical
from procurement.submissions.consents import refused_by
from procurement.submissions.deposits import is_ended, locked, part_store, register
from procurement.submissions.draft_box import read_draft, write_draft
from procurement.submissions.espd_draft import ESPD_LABEL
from procurement.submissions.models import Deposit, DepositFile, Part
from procurement.submissions.sealing import Context, EnvelopeRoot, Manifest, ManifestFile, Root, RootPart

CANDIDATURE = PeriodEnvelope.Name.CANDIDATURE
ANSWERS_NAME = "reponses.json"
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Assembly:
    """What the bidder reads before sealing.

    Attributes:
        root: Fingerprint of the whole deposit, to be given back with the seal.
        annex: Names, salts and digests of the files and the answers typed, for the bidder alone; it lies in the sealed
            draft and goes with it.
        missing: Expected documents, by label, that no file was given for. They do not block the seal.
    """

    root: str
    annex: dict[str, Any]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Written:
    """A file that the assembly itself sealed and wrote: the answers or the manifest of an envelope."""

    file: str
    envelope: str
    kind: str
    parts: tuple[sealing.Part, ...]
    held: tuple[datetime, ...]


def assemble(*, deposit: Deposit, replacement_rule_accepted: bool, actor: Actor, now: datetime) -> Assembly:
    """Read a deposit again as the site holds it, and compute the root that the seal will bind.

    Every envelope must hold something (R2151-6, LR-52); the bidder accepts that only the last submission received on
    time is opened. Answers and manifests are sealed now, so that the seal itself is one small request. Any later change
    asks for another reading. Raises NotAllowed, RuleViolation, and Refusal naming a part that is not sound any more.
    """
    require(actor, "deposit.edit", deposit)
    current = Deposit.objects.select_related("period__lot").get(pk=deposit.pk)
    if current.closed_at is not None:
        raise Refusal("Ce dépôt est figé : pour le changer, remplacez-le en entier.")
    draft = read_draft(current)
    envelopes = list(PeriodEnvelope.objects.filter(period=current.period))
    files = list(current.files.filter(kind=DepositFile.Kind.DOCUMENT).prefetch_related("parts"))
    facts = _seal_facts(envelopes, files, draft, accepted=replacement_rule_accepted)
    lot, refused = current.period.lot, refused_by(current.party_id)
    refuse(law.check_seal(replace(facts, lot_ended=is_ended(lot), refused_by=refused)))
    _read_again(current, files, draft)
    written: list[_Written] = []
    manifests = []
    try:
        for envelope in envelopes:
            manifests.append(_seal_envelope(current, envelope, files, draft, written))
        plis = [_annex_of(manifest, draft) for manifest in manifests]
        root, replaced = _keep(current, written, files, now, draft | {"annex": plis})
    except BaseException:
        _discard(current, (entry.file for entry in written))
        raise
    _discard(current, replaced)
    return Assembly(root, {"root": root, "plis": plis}, _missing(envelopes, files))


def annex_of(deposit: Deposit) -> dict[str, Any] | None:
    """The private annex of the last reading, as long as the draft lives; None once it is sealed or has changed."""
    if deposit.draft_key is None or not deposit.root:
        return None
    return {"root": deposit.root, "plis": read_draft(deposit)["annex"]}


def root_from_rows(deposit: Deposit) -> Root:
    """The root as the rows of the deposit tell it now."""
    files = list(deposit.files.prefetch_related("parts"))
    return Root(
        context_of(deposit),
        tuple(_envelope_root(envelope, files) for envelope in PeriodEnvelope.objects.filter(period=deposit.period)),
    )


def context_of(deposit: Deposit) -> Context:
    """The ids that manifests and roots carry."""
    return Context(
        str(deposit.period.lot.call_id),
        str(deposit.period_id),
        str(deposit.party_id),
        str(deposit.pk),
        deposit.version,
    )


def _envelope_root(envelope: PeriodEnvelope, files: Iterable[DepositFile]) -> EnvelopeRoot:
    own = [file for file in files if file.envelope == envelope.name]
    parts = [
        RootPart(str(file.pk), part.n, part.plain_len, part.sealed_len, part.sealed_sha256)
        for file in own
        if file.kind != DepositFile.Kind.MANIFEST
        for part in file.parts.all()
    ]
    manifests = [part for file in own if file.kind == DepositFile.Kind.MANIFEST for part in file.parts.all()]
    return EnvelopeRoot(
        envelope.name,
        envelope.recipient,
        tuple(sorted(parts, key=lambda part: (part.file, part.n))),
        manifests[0].sealed_sha256 if manifests else "",
    )


def _seal_facts(
    envelopes: Iterable[PeriodEnvelope], files: Iterable[DepositFile], draft: dict[str, Any], *, accepted: bool
) -> SealFacts:
    filled = {file.envelope for file in files} | {name for name, answers in draft["answers"].items() if answers}
    names = {envelope.name: f"« {envelope.get_name_display()} »" for envelope in envelopes}
    return SealFacts(
        required_envelopes=tuple(names.values()),
        complete_envelopes=tuple(label for name, label in names.items() if name in filled),
        replacement_rule_accepted=accepted,
    )


def _read_again(deposit: Deposit, files: Iterable[DepositFile], draft: dict[str, Any]) -> None:
    """Hash every part on disk once more: a broken one is told while the bidder can still send it again."""
    for file in files:
        name = draft["files"][str(file.pk)]["name"]
        for part in file.parts.all():
            what = f"« {name} », partie {part.n}"
            try:
                sealed = part_store().read(str(deposit.pk), str(file.pk), part.n, what)
                sealing.check_sealed(sealed, sealed_len=part.sealed_len, sealed_sha256=part.sealed_sha256, what=what)
            except Unreadable as error:
                raise Refusal(f"{error} Retirez ce fichier et déposez-le à nouveau.") from error


def _seal_envelope(
    deposit: Deposit,
    envelope: PeriodEnvelope,
    files: Iterable[DepositFile],
    draft: dict[str, Any],
    written: list[_Written],
) -> Manifest:
    """Seal the answers and the manifest of an envelope; what was written to disk is added to `written`."""
    listed = [_manifest_file(file, draft) for file in files if file.envelope == envelope.name]
    if answers := draft["answers"].get(envelope.name):
        listed.append(_seal_answers(deposit, envelope, canonical(answers), written))
    manifest = Manifest(context_of(deposit), envelope.name, tuple(sorted(listed, key=lambda file: file.file)))
    content = sealing.manifest_bytes(manifest)
    if len(content) > sealing.PART_SIZE:
        raise Refusal("Ce pli contient trop de fichiers : réunissez-en plusieurs dans une archive ZIP.")
    _write(deposit, envelope, DepositFile.Kind.MANIFEST, content, sealing.new_salt(), written)
    return manifest


def _manifest_file(file: DepositFile, draft: dict[str, Any]) -> ManifestFile:
    known = draft["files"][str(file.pk)]
    return ManifestFile(
        file=str(file.pk),
        kind=DepositFile.Kind.DOCUMENT.value,
        name=known["name"],
        label=file.label,
        media_type=known["media_type"],
        size=file.size,
        salt=known["salt"],
        parts=tuple(sealing.Part(**part) for part in known["parts"]),
    )


def _seal_answers(deposit: Deposit, envelope: PeriodEnvelope, content: bytes, written: list[_Written]) -> ManifestFile:
    salt = sealing.new_salt()
    entry = _write(deposit, envelope, DepositFile.Kind.ANSWERS, content, salt, written)
    return ManifestFile(
        file=entry.file,
        kind=DepositFile.Kind.ANSWERS.value,
        name=ANSWERS_NAME,
        label="",
        media_type=JSON,
        size=len(content),
        salt=salt,
        parts=entry.parts,
    )


def _write(
    deposit: Deposit, envelope: PeriodEnvelope, kind: str, content: bytes, salt: str, written: list[_Written]
) -> _Written:
    if len(content) > sealing.PART_SIZE:
        raise Refusal("Les réponses saisies sont trop longues : joignez-les en fichier.")
    file = str(uuid4())
    part, sealed = sealing.seal_part(content, n=1, salt=salt, recipient=envelope.recipient)
    part_store().write(str(deposit.pk), file, part.n, sealed)
    entry = _Written(file, envelope.name, kind, (part,), (clock.now(),))
    written.append(entry)
    return entry


def _keep(
    deposit: Deposit,
    written: Iterable[_Written],
    files: Iterable[DepositFile],
    now: datetime,
    draft: dict[str, Any],
) -> tuple[str, list[str]]:
    """Write rows and root, unless the draft changed meanwhile. Returns the root and the files of the reading before."""
    with transaction.atomic(durable=True):
        current = locked(deposit)
        if bytes(current.draft) != bytes(deposit.draft):
            raise Refusal("Le dépôt a changé pendant sa relecture : relisez-le à nouveau.")
        former = current.files.exclude(kind=DepositFile.Kind.DOCUMENT)
        replaced = [str(pk) for pk in former.values_list("pk", flat=True)]
        former.delete()
        for entry in written:
            register(current, entry.file, entry.envelope, entry.parts, entry.held, kind=entry.kind, verified_at=now)
        Part.objects.filter(file__in=list(files)).update(verified_at=now)
        document = sealing.root_document(root_from_rows(current))
        current.root_document, current.root, current.assembled_at = document.decode(), sealing.sha256(document), now
        write_draft(current, draft)
        current.save(update_fields=["draft", "root_document", "root", "assembled_at"])
    return current.root, replaced


def _discard(deposit: Deposit, files: Iterable[str]) -> None:
    for file in files:
        part_store().discard(str(deposit.pk), file)


def _annex_of(manifest: Manifest, draft: dict[str, Any]) -> dict[str, Any]:
    return {
        "pli": manifest.envelope,
        "fichiers": [asdict(file) for file in manifest.files],
        "reponses": draft["answers"].get(manifest.envelope) or {},
    }


def _missing(envelopes: Iterable[PeriodEnvelope], files: Iterable[DepositFile]) -> tuple[str, ...]:
    given = {(file.envelope, file.label) for file in files}
    has_espd = (CANDIDATURE, ESPD_LABEL) in given
    return tuple(
        label
        for envelope in envelopes
        for label in envelope.expected_documents
        if (envelope.name, label) not in given
        and not (has_espd and envelope.name == CANDIDATURE and espd_stands_for(label))
    )
