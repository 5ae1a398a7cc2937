"""Is history as it was written? Recomputes the chains, then compares the rows with their last entries, both ways."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, models, transaction
from django.db.models.functions import Cast

from marketplace.journal import canonical, checkpoints, keys
from marketplace.journal.models import (
    GENESIS,
    Chain,
    Checkpoint,
    Entry,
    Journalled,
    RowFingerprint,
    SealedText,
    SigningKey,
)

# What reading a column raises after somebody wrote there, in SQL, what its type cannot hold (SQLite lets them).
UNREADABLE = (ValueError, TypeError, AttributeError, ArithmeticError, ValidationError, DatabaseError)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is not as it was written, and where. `message` is French."""

    chain: str
    message: str
    seq: int | None = None
    table: str = ""
    row: str = ""
    column: str = ""


@dataclass(slots=True)
class Report:
    """What was verified, and every fault in the order of the chains, then of the rows."""

    entries: int = 0
    rows: int = 0
    checkpoints: int = 0
    receipts: int = 0
    heads: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    @property
    def verified(self) -> bool:
        """Nothing was found to differ."""
        return not self.faults

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain JSON."""
        return {**asdict(self), "verified": self.verified}


@dataclass(frozen=True, slots=True)
class _LastWord:
    """What the last entry that speaks of a row says of it."""

    chain: str
    seq: int
    entry_id: int
    digest: str | None


def journalled_models() -> list[type[Journalled]]:
    """Return every model whose rows the chains cover."""
    return [model for model in apps.get_models() if issubclass(model, Journalled) and not model._meta.proxy]


def verify(chain: str | None = None, *, receipts: Path | None = None, witnesses: Path | None = None) -> Report:
    """Verify one chain, or all of them and every journalled row.

    `receipts` is a folder of receipts (JSON), `witnesses` a file of exported checkpoints (JSON): what others kept.
    Raises Chain.DoesNotExist for an unknown chain, OSError or ValueError for files that cannot be read.
    """
    report = Report()
    with _snapshot():
        last_words = _verify_chains(report, chain)
        _verify_checkpoints(report, chain)
        _verify_texts(report, chain)
        _verify_rows(report, chain, last_words)
        hashes = _Hashes(report)
        if witnesses is not None:
            _verify_witnesses(report, witnesses, hashes)
        if receipts is not None:
            _verify_receipts(report, receipts, hashes)
    return report


@contextmanager
def _snapshot() -> Iterator[None]:
    """Look at one instant of the database, and let others go on writing."""
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "sqlite":
        # Not IMMEDIATE, as acts are: a long verification must not keep a seal waiting.
        connection.ensure_connection()
        mode, connection.transaction_mode = connection.transaction_mode, "DEFERRED"
        try:
            with transaction.atomic():
                yield
        finally:
            connection.transaction_mode = mode
    else:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield


def _verify_chains(report: Report, only: str | None) -> dict[str, _LastWord]:
    """Recompute hashes and links. Returns, for each row ever written, what its last entry says."""
    chains = {stored.pk: stored for stored in Chain.objects.order_by("key")}
    if only is not None and only not in {stored.key for stored in chains.values()}:
        raise Chain.DoesNotExist(only)
    last_words: dict[str, _LastWord] = {}
    ends: dict[int, Entry] = {}
    # By place in the chain for the links; ids grow with time wherever two chains speak of one row, since the later
    # act waits for the earlier one's row.
    for entry in Entry.objects.order_by("chain__key", "seq").iterator(chunk_size=2000):
        key = chains[entry.chain_id].key
        if only in {None, key}:
            _verify_link(report, key, entry, ends.get(entry.chain_id))
        ends[entry.chain_id] = entry
        for row, digest in entry.digests.items():
            if row not in last_words or last_words[row].entry_id < entry.pk:
                last_words[row] = _LastWord(key, entry.seq, entry.pk, digest)
    for pk, stored in chains.items():
        if only in {None, stored.key}:
            end = ends.get(pk)
            report.heads[stored.key] = stored.head
            if (stored.length, stored.head) != ((end.seq, end.hash) if end else (0, GENESIS)):
                report.faults.append(
                    Fault(stored.key, "la fin de la chaîne n’est pas sa dernière écriture", seq=stored.length)
                )
    return last_words


def _verify_link(report: Report, chain: str, entry: Entry, before: Entry | None) -> None:
    report.entries += 1
    expected = (before.seq + 1, before.hash) if before else (1, GENESIS)
    if entry.computed_hash(chain) != entry.hash:
        report.faults.append(Fault(chain, "cette écriture a été modifiée", seq=entry.seq))
    if entry.seq != expected[0]:
        report.faults.append(Fault(chain, f"il manque l’écriture {expected[0]}", seq=entry.seq))
    elif entry.previous_hash != expected[1]:
        report.faults.append(Fault(chain, "cette écriture ne suit pas la précédente", seq=entry.seq))


class _Hashes:
    """Which hash a chain had at which place."""

    def __init__(self, report: Report) -> None:
        self._by_chain: dict[str, dict[str, int]] = {}
        self._report = report

    def place(self, chain: str, head: str) -> int | None:
        """Return the place of a hash in a chain, 0 for its beginning, None when the chain never had it."""
        if chain not in self._by_chain:
            entries = Entry.objects.for_chain(chain).values_list("hash", "seq")
            self._by_chain[chain] = {GENESIS: 0, **dict(entries)}
        return self._by_chain[chain].get(head)


def _verify_checkpoints(report: Report, only: str | None) -> None:
    kept = Checkpoint.objects.select_related("chain").order_by("chain__key", "seq", "pk")
    documents = checkpoints.exported(kept.filter(chain__key=only) if only else kept)
    hashes = _Hashes(report)
    for document in documents:
        _verify_checkpoint(report, document, hashes)


def _verify_checkpoint(report: Report, document: dict[str, Any], hashes: _Hashes) -> None:
    report.checkpoints += 1
    chain, seq = str(document.get("chain", "")), document.get("seq")
    if not checkpoints.is_genuine(document):
        report.faults.append(Fault(chain, "la signature de ce point de contrôle est fausse", seq=seq))
    elif hashes.place(chain, document["head"]) != seq:
        report.faults.append(Fault(chain, "la chaîne contredit ce point de contrôle signé", seq=seq))


def _verify_witnesses(report: Report, file: Path, hashes: _Hashes) -> None:
    documents = json.loads(file.read_text())
    if not isinstance(documents, list) or not all(isinstance(document, dict) for document in documents):
        raise ValueError(f"{file} is not a list of checkpoints")
    for document in documents:
        _verify_checkpoint(report, document, hashes)


def _verify_receipts(report: Report, folder: Path, hashes: _Hashes) -> None:
    """Each receipt is signed by a receipt key, and the head that it witnesses is in its chain."""
    for file in sorted(folder.glob("*.json")):
        report.receipts += 1
        receipt = _read_receipt(file)
        chain = str(receipt.get("chain") or f"call:{receipt.get('call')}")
        if not keys.verify_json(SigningKey.Purpose.RECEIPT, receipt):
            report.faults.append(Fault(chain, f"la signature du reçu {file.name} est fausse"))
        elif hashes.place(chain, receipt["head"]) is None and not _is_recovered(chain, receipt):
            report.faults.append(Fault(chain, f"le reçu {file.name} témoigne d’une écriture que la chaîne n’a plus"))


def _is_recovered(chain: str, receipt: dict[str, Any]) -> bool:
    """Whether an entry says that this receipt was made again after a backup that had lost what it witnesses."""
    recovered = Entry.objects.for_chain(chain).filter(act__endswith=".recovered", data__receipt=receipt.get("number"))
    return recovered.filter(data__witnessed=receipt["head"]).exists()


def _read_receipt(file: Path) -> dict[str, Any]:
    try:
        receipt = json.loads(file.read_bytes())
    except ValueError:
        return {}
    return receipt if isinstance(receipt, dict) and "head" in receipt else {}


def _verify_texts(report: Report, only: str | None) -> None:
    texts = SealedText.objects.select_related("entry__chain").order_by("pk")
    for text in texts.filter(entry__chain__key=only) if only else texts:
        if text.entry.data.get(text.name) != text.digest:
            report.faults.append(
                Fault(
                    text.entry.chain.key,
                    "ce texte n’est pas celui de l’écriture",
                    seq=text.entry.seq,
                    table=SealedText._meta.label_lower,
                    row=str(text.pk),
                    column=text.name,
                )
            )


def _verify_rows(report: Report, only: str | None, last_words: dict[str, _LastWord]) -> None:
    """Compare every journalled row with the last entry that speaks of it, and every such entry with the rows."""
    fingerprints = _Fingerprints(last_words)
    unseen = {row for row, word in last_words.items() if only in {None, word.chain} and word.digest is not None}
    for model in journalled_models():
        for pk, columns in _read_rows(model):
            key = canonical.key_of(model, pk)
            unseen.discard(key)
            word = last_words.get(key)
            if only is None or (word is not None and word.chain == only):
                report.rows += 1
                report.faults.extend(_row_faults(model, pk, columns, word, fingerprints.columns(key)))
    for key in sorted(unseen):
        table, _, pk = key.partition(":")
        word = last_words[key]
        message = "cette ligne a été supprimée sans écriture"
        report.faults.append(Fault(word.chain, message, seq=word.seq, table=table, row=pk))


class _Fingerprints:
    """Hashes of the columns of each row at its last entry, where they combine into what the entry says."""

    def __init__(self, last_words: dict[str, _LastWord]) -> None:
        self._trusted = {
            row: columns
            for row, columns in RowFingerprint.objects.values_list("row", "columns")
            if row in last_words and last_words[row].digest == canonical.row_digest(columns)
        }

    def columns(self, key: str) -> dict[str, str] | None:
        """Return {column: hash}, None when they were altered or lost."""
        return self._trusted.get(key)


def _row_faults(
    model: type[models.Model],
    pk: Any,
    columns: dict[str, str | None],
    word: _LastWord | None,
    recorded: dict[str, str] | None,
) -> Iterator[Fault]:
    table = model._meta.label_lower
    if word is None:
        yield Fault("", "cette ligne n’a aucune écriture", table=table, row=str(pk))
        return
    place = {"chain": word.chain, "seq": word.seq, "table": table, "row": str(pk)}
    if word.digest is None:
        yield Fault(message="cette ligne était supprimée et elle est revenue sans écriture", **place)
    elif recorded is None:
        # Nothing names the columns: the row as a whole is right or wrong.
        if None in columns.values() or canonical.row_digest(columns) != word.digest:
            yield Fault(message="cette ligne n’est plus celle de l’écriture", **place)
    else:
        # A column added since, or removed, is not in both: a migration is not a fault.
        for column in sorted(recorded.keys() & columns.keys()):
            if recorded[column] != columns[column]:
                yield Fault(message="cette colonne a été modifiée sans écriture", column=column, **place)


def _read_rows(model: type[models.Model]) -> Iterator[tuple[Any, dict[str, str | None]]]:
    """Read all rows of a model as (pk, column hashes); a value that cannot even be read has no hash."""
    fields = canonical.digested_fields(model)
    rows = model._base_manager.order_by("pk")
    try:
        everything = list(rows.values(*(field.attname for field in fields)))
    except UNREADABLE:
        yield from _read_value_by_value(rows, fields)
        return
    for values in everything:
        hashes = {field.attname: _hash(field, values[field.attname]) for field in fields}
        yield values[model._meta.pk.attname], hashes


def _read_value_by_value(
    rows: models.QuerySet, fields: list[models.Field]
) -> Iterator[tuple[Any, dict[str, str | None]]]:
    """Read a table in which something was made unreadable, be it a primary key."""
    for text in rows.annotate(pk_text=Cast("pk", models.TextField())).values_list("pk_text", flat=True):
        try:
            pk = rows.model._meta.pk.to_python(text)
        except UNREADABLE:
            yield text, {}
        else:
            yield pk, {field.attname: _read_value(rows.filter(pk=pk), field) for field in fields}


def _read_value(row: models.QuerySet, field: models.Field) -> str | None:
    try:
        return _hash(field, row.values_list(field.attname, flat=True).get())
    except UNREADABLE:
        return None


def _hash(field: models.Field, value: Any) -> str | None:
    try:
        return canonical.column_hash(field, value)
    except UNREADABLE:
        return None
