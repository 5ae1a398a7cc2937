"""What another buyer profile received is brought here: checked whole first, then written in one act (design §2.9).

On time or late is computed from the deadline in force, as for what is sealed here; the register is not asked.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Membership, Organisation
from marketplace.accounts.permissions import require
from marketplace.accounts.services import known_organisation
from marketplace.files.scanning import scan_chunks
from marketplace.files.services import StagedFile, store
from marketplace.files.spooling import spooled
from marketplace.files.storage import chunks
from marketplace.journal.acts import act, record_refusals
from marketplace.journal.canonical import sha256
from marketplace.journal.clock import canonical as instant
from marketplace.journal.errors import Refusal
from procurement.calls.models import PeriodEnvelope, SubmissionPeriod
from procurement.calls.services.periods import mark_opening
from procurement.law.deposits import Verdict
from procurement.submissions.brought_files import TakenFile, keep_files, taken_out
from procurement.submissions.canonical import canonical
from procurement.submissions.deposits import OPEN_TO_ALL, WHOLE
from procurement.submissions.mails import tell_infected
from procurement.submissions.models import (
    Invitation,
    OpeningResult,
    PartyMember,
    ReceivedLine,
    ReceivedRegister,
    Submission,
    TenderingParty,
)
from procurement.submissions.register_archive import ArchivedFile, Limits, read_archive
from procurement.submissions.register_table import Fault, TableLine, read_table
from procurement.submissions.signals import received_changes
from procurement.submissions.verdicts import FRENCH, Deadline, Instants, verdict

Envelope = PeriodEnvelope.Name


@dataclass(frozen=True, slots=True)
class Brought:
    """A line as it would be written.

    Attributes:
        line: What the register says.
        verdict: On time or late, by the deadline in force.
        files: Its files, by code of envelope.
        organisation: The firm, when the site knows it; else the import enters it.
        has_account: Whether somebody of the firm reads its letters here.
    """

    line: TableLine
    verdict: Verdict
    files: Mapping[str, Sequence[ArchivedFile]]
    organisation: Organisation | None
    has_account: bool

    @property
    def is_late(self) -> bool:
        """Kept, and not evaluated unless two people admit it (LR-43, LR-53, LR-54)."""
        return self.verdict is not Verdict.ON_TIME

    @property
    def words(self) -> str:
        """The verdict in French."""
        return FRENCH[self.verdict]

    @property
    def files_count(self) -> int:
        """How many files, whatever the envelope."""
        return sum(len(own) for own in self.files.values())


@dataclass(frozen=True, slots=True)
class Checked:
    """Everything that an import would write, and every fault that stands against it."""

    lines: list[Brought]
    faults: list[Fault]


def envelopes_of(period: SubmissionPeriod) -> dict[str, str]:
    """The envelopes of a period in their order, {code: name in French}."""
    names = set(PeriodEnvelope.objects.filter(period=period).values_list("name", flat=True))
    return {code: label for code, label in Envelope.choices if code in names}


def refuse_unready(period: SubmissionPeriod, now: datetime) -> None:
    """Raise Refusal for a call whose deposits are here, that is not published, or whose period is not over."""
    call = period.lot.call
    if not call.deposit_at:
        raise Refusal(
            "Les plis de cet appel se déposent ici, scellés : ils s’ouvrent à deux gardiens, rien ne s’importe."
        )
    if not call.is_published:
        raise Refusal("Cet appel n’est pas publié : aucun pli n’a pu être reçu.")
    if now <= period.closes_at():
        raise Refusal("L’heure limite n’est pas passée : le registre des dépôts n’est pas complet.")


def check_import(*, period: SubmissionPeriod, table: StagedFile, archive: StagedFile, now: datetime) -> Checked:
    """Read both files whole and tell what an import would write, every fault by its line. Nothing is written."""
    envelopes = envelopes_of(period)
    content = b"".join(chunks(path=table.path, sha256=table.sha256, size=table.size))
    lines, faults = read_table(content, envelopes)
    with spooled(_chunks(archive), at_most=archive.size) as source:
        files, more = read_archive(
            source, numbers=[line.number for line in lines], envelopes=envelopes, limits=_limits(period)
        )
    known = _known(lines)
    brought = [_brought(line, period, files, known.get(line.rank)) for line in lines]
    faults += more
    for one in brought:
        faults += [Fault(f"Ligne {one.line.rank}", text) for text in _against(one, period, envelopes, now)]
    return Checked(sorted(brought, key=lambda one: one.line.received_at), _one_firm_faults(brought) + faults)


@record_refusals("register.import")
def import_register(
    *,
    period: SubmissionPeriod,
    table: StagedFile,
    archive: StagedFile,
    actor: Actor,
    now: datetime,
    reason: str = "",
) -> ReceivedRegister:
    """Write what the other buyer profile received in a period: firms, deposits, opened files; prices come after.

    A second import corrects the first, with its reason, until the evaluation begins. Late ones are kept, and not
    evaluated unless admitted. The files are scanned and kept before the act; those of the price envelope stay in the
    archive until `record_prices`. Malware is isolated, and its firm told by mail when it has an account. Raises
    NotAllowed; Refusal before the deadline, for a call whose deposits are here, for any fault of the files, or a
    correction without reason. Records `register.imported`.
    """
    call = period.lot.call
    require(actor, "register.import", call)
    refuse_unready(period, now)
    checked = check_import(period=period, table=table, archive=archive, now=now)
    if checked.faults:
        raise Refusal(*(f"{fault.where} : {fault.text}" for fault in checked.faults))
    taken = _taken(archive, [file for one in checked.lines for file in _to_take_out(one)])
    table_scan = scan_chunks(_chunks(table))
    with act(call.chain, "register.imported", actor=actor, now=now, subject=period) as entry:
        period = SubmissionPeriod.objects.select_related("lot__call").get(pk=period.pk)
        before = ReceivedRegister.objects.standing(period)
        if before is not None:
            if not reason.strip():
                raise Refusal("Ce registre en remplace un autre : écrivez ce qu’il corrige.")
            received_changes.send(sender=SubmissionPeriod, period=period, envelope=None)
        register = ReceivedRegister(
            period=period,
            version=before.version + 1 if before else 1,
            replaces=before,
            reason=reason.strip() if before else "",
            table=store(table, scanned=table_scan),
            archive=store(archive),
            imported_at=now,
            imported_by_id=actor.user_id,
        )
        register.save()
        infected = [sha256 for one in checked.lines for sha256 in _write(register, one, taken, now)]
        mark_opening(period, now)
        entry.data.update(
            register=register.pk,
            version=register.version,
            table=table.sha256,
            archive=archive.sha256,
            lines=len(checked.lines),
            late=sum(one.is_late for one in checked.lines),
            files=len(taken),
        )
        if infected:
            entry.data["infected"] = infected
    return register


def _chunks(file: StagedFile) -> Iterable[bytes]:
    return chunks(path=file.path, sha256=file.sha256, size=file.size)


def _limits(period: SubmissionPeriod) -> Limits:
    return Limits(period.bytes_per_file, period.bytes_in_all, period.files_max, period.media_types)


def _known(lines: Sequence[TableLine]) -> dict[int, Organisation]:
    """Firms that the site knows already, by rank of line."""
    supplier = Organisation.Kind.SUPPLIER
    found = {
        line.rank: known_organisation(kind=supplier, scheme=line.scheme, identifier=line.identifier) for line in lines
    }
    return {rank: firm for rank, firm in found.items() if firm is not None}


def _brought(
    line: TableLine, period: SubmissionPeriod, files: Sequence[ArchivedFile], firm: Organisation | None
) -> Brought:
    own: dict[str, list[ArchivedFile]] = {}
    for file in files:
        if file.number == line.number:
            own.setdefault(file.envelope, []).append(file)
    found = verdict(
        Instants(line.received_at, line.received_at),
        [Deadline(row.closes_at, row.decided_at) for row in period.deadlines.all()],
    )
    has_account = firm is not None and Membership.objects.active().filter(organisation=firm).exists()
    return Brought(line, found, own, firm, has_account)


def _against(one: Brought, period: SubmissionPeriod, envelopes: Mapping[str, str], now: datetime) -> Iterable[str]:
    """What stands against a line that reads well."""
    line, firm, call = one.line, one.organisation, period.lot.call
    if not period.opens_at <= line.received_at:
        yield "Ce pli serait arrivé avant l’ouverture de la période : vérifiez sa date et son fuseau."
    if line.received_at > now:
        yield "Ce pli serait arrivé dans l’avenir : vérifiez sa date et son fuseau."
    if firm is not None and (firm.pk == call.lead_buyer_id or firm.kind == Organisation.Kind.OPERATOR):
        yield "Ni l’acheteur de l’appel, ni l’exploitant du site ne répondent à un appel : vérifiez l’identifiant."
    if period.kind not in OPEN_TO_ALL and not _is_invited(period, firm):
        yield "Cette entreprise n’est pas invitée dans cette période (R2144-8) : vérifiez l’identifiant."
    # What came late stays closed on the other profile, as a rule: it may come without files.
    for code in line.envelopes if not one.is_late or one.files else ():
        if not one.files.get(code):
            yield f"Aucun fichier dans l’archive pour le pli « {envelopes[code]} »."
    for code in one.files:
        if code not in line.envelopes:
            yield f"L’archive contient un pli « {envelopes[code]} » que le registre n’annonce pas."
    if not one.is_late and set(line.envelopes) != set(envelopes):
        missing = ", ".join(f"« {name} »" for code, name in envelopes.items() if code not in line.envelopes)
        yield f"Un pli est entier ou n’est pas (R2151-6) : il manque {missing}."


def _is_invited(period: SubmissionPeriod, firm: Organisation | None) -> bool:
    return firm is not None and Invitation.objects.filter(period=period, party__lead=firm).exists()


def _one_firm_faults(brought: Sequence[Brought]) -> list[Fault]:
    """Two lines whose distinct identifiers are those of one firm of the site."""
    seen: dict[Any, TableLine] = {}
    faults = []
    for one in brought:
        if one.organisation is None:
            continue
        first = seen.setdefault(one.organisation.pk, one.line)
        if first is not one.line and first.firm != one.line.firm:
            faults.append(
                Fault(f"Ligne {one.line.rank}", f"C’est la même entreprise que la ligne {first.rank} : gardez-en une.")
            )
    return faults


def _to_take_out(one: Brought) -> list[ArchivedFile]:
    """Files that the import keeps one by one: all but prices."""
    return [file for code, own in one.files.items() if code != Envelope.PRICE for file in own]


def _taken(archive: StagedFile, files: Sequence[ArchivedFile]) -> dict[str, TakenFile]:
    """Files of the archive, scanned and brought into the private store, by path."""
    with spooled(_chunks(archive), at_most=archive.size) as source:
        return {file.path: taken for file, taken in taken_out(source, files)}


def _write(register: ReceivedRegister, one: Brought, taken: Mapping[str, TakenFile], now: datetime) -> list[str]:
    """One line, inside the act: the firm, the party, what it handed in, its opened envelopes.

    Returns the SHA-256 of its files that hold malware, of which the firm is told.
    """
    period, line = register.period, one.line
    party = _party(period, one, now)
    row = ReceivedLine(
        register=register,
        number=line.number,
        party=party,
        firm_name=line.firm_name,
        identifier_scheme=line.scheme,
        identifier=line.identifier,
        email=line.email,
        received_at=line.received_at,
        envelopes=list(line.envelopes),
    )
    row.save()
    document = _composition(row, one, taken)
    earlier = Submission.objects.filter(party=party, period=period)
    submission = Submission(
        period=period,
        party=party,
        line=row,
        version=(earlier.aggregate(last=Max("version"))["last"] or 0) + 1,
        replaces=earlier.order_by("version").last(),
        root=sha256(document),
        root_document=document.decode(),
        first_byte_at=line.received_at,
        complete_at=line.received_at,
        received_at=line.received_at,
        committed_at=now,
    )
    submission.save()
    infected: list[str] = []
    for envelope in PeriodEnvelope.objects.filter(period=period).exclude(name=Envelope.PRICE):
        if own := one.files.get(envelope.name):
            result = OpeningResult(
                submission=submission, envelope=envelope, register=register, status="opened", answers=None, at=now
            )
            result.save()
            infected += keep_files(result, [taken[file.path] for file in own])
    if infected:
        tell_infected(submission, len(infected), now)
    return infected


def _party(period: SubmissionPeriod, one: Brought, now: datetime) -> TenderingParty:
    """The bidder of the lot; a firm that the site does not know is entered, without anybody to read for it."""
    firm = one.organisation
    if firm is None:
        line = one.line
        firm = Organisation(
            name=line.firm_name,
            kind=Organisation.Kind.SUPPLIER,
            identifier_scheme=line.scheme,
            identifier=line.identifier,
            registered_at=now,
        )
        firm.save()
    party = TenderingParty.objects.filter(lot=period.lot, lead=firm).first()
    if party is None:
        party = TenderingParty(lot=period.lot, lead=firm, formed_at=now)
        party.save()
        PartyMember(party=party, organisation=firm, share=WHOLE).save()
    return party


def _composition(row: ReceivedLine, one: Brought, taken: Mapping[str, TakenFile]) -> bytes:
    """What the root covers: the line, and each file with its fingerprint; prices are covered by the archive's."""
    return canonical(
        {
            "register": str(row.register_id),
            "line": {
                "number": row.number,
                "firm": row.firm_name,
                "identifier": f"{row.identifier_scheme}:{row.identifier}",
                "received_at": instant(row.received_at),
            },
            "files": [
                {
                    "envelope": file.envelope,
                    "name": file.name,
                    "size": file.size,
                    "sha256": taken[file.path].staged.sha256,
                }
                for file in sorted(_to_take_out(one), key=lambda file: (file.envelope, file.name))
            ],
        }
    )


def as_json(file: StagedFile) -> dict[str, Any]:
    """A staged file as the draft of an import keeps it."""
    return asdict(file)
