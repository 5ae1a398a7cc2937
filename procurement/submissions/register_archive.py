"""The opened files of another buyer profile, as one archive (ZIP): `number/envelope/file`, read with suspicion.

An archive says what it likes of itself: names that climb out of their folder, sizes that explode, links, files that are
not what they pretend. Nothing is written under a name that it gives; whatever is wrong is told by its path.
"""

import stat
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO

from marketplace.files.media_types import LONGEST_NAME, RefusedFile, checked_media_type
from marketplace.files.spooling import spooled
from procurement.submissions.register_table import Fault, folders, plain

MEBIBYTE = 1024 * 1024
MOST_ENTRIES = 20_000
# A document compresses ten times, seldom thirty; a bomb, a thousand times.
MOST_EXPANDED, FREE_SIZE = 100, 4 * MEBIBYTE
_RUBBISH = {"__macosx", ".ds_store", "thumbs.db", "desktop.ini"}
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError, NotImplementedError, OSError)
DAMAGED = "L’archive est abîmée ou protégée par un mot de passe : refaites-la et vérifiez qu’elle s’ouvre."


@dataclass(frozen=True, slots=True)
class Limits:
    """What the period announced: bytes a file, bytes in all and files for one deposit; types that it accepts."""

    bytes_per_file: int
    bytes_in_all: int
    files_max: int
    media_types: Sequence[str]


@dataclass(frozen=True, slots=True)
class ArchivedFile:
    """One sound file: whose (number in the register), in which envelope, under which name it will be kept."""

    path: str
    number: str
    envelope: str
    name: str
    size: int


def read_archive(
    source: BinaryIO, *, numbers: Iterable[str], envelopes: Mapping[str, str], limits: Limits
) -> tuple[list[ArchivedFile], list[Fault]]:
    """Every sound file of an archive and every fault, each file being read once to see what it is.

    Files without a line are faults; a line without the files of an envelope that it announces is one for the caller,
    who knows which lines came late.
    """
    try:
        with zipfile.ZipFile(source) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir() and not _is_rubbish(entry.filename)]
            faults = list(_dangers(entries, source))
            if faults:
                return [], faults
            files, faults = _placed(entries, numbers, envelopes)
            faults += _beyond(files, limits)
            sound = []
            for file in files:
                fault = _content_fault(archive, file, limits)
                if fault is None:
                    sound.append(file)
                else:
                    faults.append(fault)
    except _BROKEN:
        return [], [Fault("L’archive", DAMAGED)]
    return sound, faults


def located(source: BinaryIO, *, numbers: Iterable[str], envelopes: Mapping[str, str]) -> list[ArchivedFile]:
    """The files of an archive that was checked once, without reading them again."""
    with zipfile.ZipFile(source) as archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir() and not _is_rubbish(entry.filename)]
        return _placed(entries, numbers, envelopes)[0]


def contents(source: BinaryIO, files: Sequence[ArchivedFile]) -> Iterator[tuple[ArchivedFile, BinaryIO]]:
    """Each file with its content, seekable; to be used before the next one is asked for. The archive was checked."""
    with zipfile.ZipFile(source) as archive:
        for file in files:
            with archive.open(file.path) as entry, spooled(entry, at_most=file.size) as content:
                yield file, content


def _is_rubbish(path: str) -> bool:
    """What computers add by themselves."""
    return any(part.lower() in _RUBBISH or part.startswith("._") for part in path.replace("\\", "/").split("/"))


def _dangers(entries: Sequence[zipfile.ZipInfo], source: BinaryIO) -> Iterator[Fault]:
    """What stops everything: names, links, passwords, sizes, two files under one name."""
    if not entries:
        yield Fault("L’archive", "Elle ne contient aucun fichier.")
    if len(entries) > MOST_ENTRIES:
        yield Fault("L’archive", f"Elle contient plus de {MOST_ENTRIES} fichiers.")
        return
    source.seek(0, 2)
    if sum(entry.compress_size for entry in entries) > source.tell():
        # Entries that share the same bytes.
        yield Fault("L’archive", "Ses fichiers se recouvrent : elle n’est pas acceptée.")
    seen: set[str] = set()
    for entry in entries:
        # Not `filename`, from which reading cuts what follows a null sign.
        path = entry.orig_filename
        parts = path.split("/")
        is_wild = not path.isprintable() or "\\" in path or ":" in parts[0] or {"", ".", ".."} & {*parts}
        if is_wild:
            yield Fault(_shown(path), "Ce chemin sort de son dossier ou contient un signe interdit.")
        elif stat.S_ISLNK(entry.external_attr >> 16):
            yield Fault(_shown(path), "C’est un lien, pas un fichier.")
        elif entry.flag_bits & 0x1:
            yield Fault(_shown(path), "Il est protégé par un mot de passe : ôtez-le.")
        elif entry.file_size > max(FREE_SIZE, entry.compress_size * MOST_EXPANDED):
            yield Fault(_shown(path), "Il grossit démesurément à la décompression : joignez-le autrement.")
        elif path.casefold() in seen:
            yield Fault(_shown(path), "Deux fichiers portent ce même nom.")
        seen.add(path.casefold())


def _placed(
    entries: Sequence[zipfile.ZipInfo], own_numbers: Iterable[str], envelopes: Mapping[str, str]
) -> tuple[list[ArchivedFile], list[Fault]]:
    """Each file with its line and its envelope."""
    numbers = {plain(number): number for number in own_numbers}
    known, files, faults = folders(envelopes), [], []
    skipped = _wrapping(entries, numbers)
    for entry in entries:
        parts = PurePosixPath(entry.filename).parts[skipped:]
        number = numbers.get(plain(parts[0])) if len(parts) > 1 else None
        if number is None:
            text = "Aucune ligne saine du registre ne porte le numéro de ce dossier."
            if len(parts) < 2:
                text = "Rangez ce fichier dans un dossier au numéro de son pli."
            faults.append(Fault(_shown(entry.filename), text))
            continue
        inside = parts[1:]
        envelope = known.get(plain(inside[0])) if len(inside) > 1 else None
        if envelope is not None:
            inside = inside[1:]
        elif len(envelopes) == 1:
            envelope = next(iter(envelopes))
        else:
            wanted = " ou ".join(f"« {name} »" for name in _folder_names(envelopes))
            faults.append(Fault(_shown(entry.filename), f"Rangez ce fichier dans un sous-dossier {wanted}."))
            continue
        files.append(ArchivedFile(entry.filename, number, envelope, " - ".join(inside), entry.file_size))
    return files, faults


def _wrapping(entries: Sequence[zipfile.ZipInfo], numbers: Mapping[str, str]) -> int:
    """1 when everything lies in one folder that is no number: tools that compress a folder do so."""
    tops = {entry.filename.split("/")[0] for entry in entries}
    deep = all(entry.filename.count("/") > 1 for entry in entries)
    return int(len(tops) == 1 and deep and plain(next(iter(tops))) not in numbers)


def _folder_names(envelopes: Mapping[str, str]) -> list[str]:
    names = {"candidature": "candidature", "technical": "technique", "price": "prix"}
    return [names[code] for code in envelopes]


def _beyond(files: Sequence[ArchivedFile], limits: Limits) -> Iterator[Fault]:
    """What the period announced as limits."""
    by_number: dict[str, list[ArchivedFile]] = {}
    for file in files:
        by_number.setdefault(file.number, []).append(file)
        if file.size > limits.bytes_per_file:
            yield Fault(_shown(file.path), f"Il dépasse {limits.bytes_per_file // MEBIBYTE} Mio, la limite annoncée.")
        if len(file.name) > LONGEST_NAME:
            yield Fault(_shown(file.path), f"Son nom, sous-dossiers compris, dépasse {LONGEST_NAME} signes.")
    for number, own in by_number.items():
        if len(own) > limits.files_max:
            yield Fault(f"Dossier {number}", f"Il contient plus de {limits.files_max} fichiers, la limite annoncée.")
        if sum(file.size for file in own) > limits.bytes_in_all:
            yield Fault(f"Dossier {number}", f"Il dépasse {limits.bytes_in_all // MEBIBYTE} Mio, la limite annoncée.")


def _content_fault(archive: zipfile.ZipFile, file: ArchivedFile, limits: Limits) -> Fault | None:
    """What is wrong with the bytes of a file; None for one of an accepted type."""
    if file.size > limits.bytes_per_file or len(file.name) > LONGEST_NAME:
        return None
    try:
        with archive.open(file.path) as entry, spooled(entry, at_most=file.size) as content:
            found = checked_media_type(content, name=file.name)
    except RefusedFile as refused:
        return Fault(_shown(file.path), refused.reasons[0])
    except _BROKEN:
        return Fault(_shown(file.path), "Ce fichier est abîmé dans l’archive.")
    if limits.media_types and found not in limits.media_types:
        return Fault(_shown(file.path), "Le règlement n’accepte pas ce type de fichier.")
    return None


def _shown(path: str) -> str:
    """A path that may be printed, whatever it holds."""
    return "".join(sign if sign.isprintable() else "?" for sign in path)[:200]
