"""What a file is, seen in its content: a short list is accepted, everything else is refused in words that help."""

import codecs
import json
import zipfile
import zlib
from pathlib import PurePosixPath
from typing import BinaryIO

from marketplace.journal.errors import Refusal

PDF = "application/pdf"
PNG = "image/png"
JPEG = "image/jpeg"
ZIP = "application/zip"
ODT = "application/vnd.oasis.opendocument.text"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
ODP = "application/vnd.oasis.opendocument.presentation"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
TEXT = "text/plain"
CSV = "text/csv"
JSON = "application/json"
XML = "application/xml"
AGE = "application/vnd.age"

EXTENSIONS: dict[str, frozenset[str]] = {
    PDF: frozenset({".pdf"}),
    PNG: frozenset({".png"}),
    JPEG: frozenset({".jpg", ".jpeg"}),
    ZIP: frozenset({".zip"}),
    ODT: frozenset({".odt"}),
    ODS: frozenset({".ods"}),
    ODP: frozenset({".odp"}),
    DOCX: frozenset({".docx"}),
    XLSX: frozenset({".xlsx"}),
    PPTX: frozenset({".pptx"}),
    TEXT: frozenset({".txt", ".md"}),
    CSV: frozenset({".csv"}),
    JSON: frozenset({".json"}),
    XML: frozenset({".xml"}),
    AGE: frozenset({".age"}),
}
"""The list: each type with the extensions its names may have."""

LONGEST_NAME = 200
_HEAD = 8192
_LARGEST_JSON = 64 * 1024 * 1024
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", PDF),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"age-encryption.org/v1\n", AGE),
    (b"-----BEGIN AGE ENCRYPTED FILE-----", AGE),
)
_OFFICE_PARTS = {"word/document.xml": DOCX, "xl/workbook.xml": XLSX, "ppt/presentation.xml": PPTX}
_OPEN_DOCUMENTS = frozenset({ODT, ODS, ODP})
_ACTIVE_MARKUP = ("<!doctype html", "<html", "<svg", "<script")
_CONTROL_CHARACTERS = frozenset(range(32)) - set(b"\t\n\r\x0c\x1b")
_ACCEPTED = "PDF, ODT, ODS, ODP, DOCX, XLSX, PPTX, PNG, JPEG, TXT, CSV, JSON, XML, ZIP ou AGE"


class RefusedFile(Refusal):
    """A file that the site does not accept."""


def checked_media_type(source: BinaryIO, *, name: str, expected: str | None = None) -> str:
    """The type seen in the content of a seekable file.

    Raises:
        RefusedFile: Empty, of a type outside of the list, with macros, or with a name that says something else.
    """
    extension = PurePosixPath(name).suffix.lower()
    if not name or len(name) > LONGEST_NAME:
        raise RefusedFile(f"Donnez à ce fichier un nom de 1 à {LONGEST_NAME} signes.")
    found = _sniff(source, extension)
    if extension not in EXTENSIONS[found]:
        good = " ou ".join(sorted(EXTENSIONS[found]))
        raise RefusedFile(f"Le nom « {name} » ne dit pas ce que le fichier contient : donnez-lui l’extension {good}.")
    if expected is not None and found != expected:
        wanted = " ou ".join(sorted(EXTENSIONS[expected]))
        raise RefusedFile(f"« {name} » n’est pas du type demandé : déposez un fichier {wanted}.")
    return found


def _sniff(source: BinaryIO, extension: str) -> str:
    source.seek(0)
    head = source.read(_HEAD)
    if not head:
        raise RefusedFile("Ce fichier est vide : vérifiez-le sur votre poste et déposez-le à nouveau.")
    for magic, media_type in _MAGIC:
        if head.startswith(magic):
            return media_type
    if head.startswith(b"PK\x03\x04"):
        return _archive(source)
    return _text(source, head, extension)


def _archive(source: BinaryIO) -> str:
    """The type of a ZIP container: an office document, or an archive of anything."""
    try:
        with zipfile.ZipFile(source) as archive:
            names = set(archive.namelist())
            declared = _declared(archive) if "mimetype" in names else ""
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError, OSError) as error:
        raise RefusedFile("Cette archive est abîmée : refaites-la et vérifiez qu’elle s’ouvre.") from error
    if any(name.endswith("vbaProject.bin") or name.startswith("Basic/") for name in names):
        raise RefusedFile(
            "Ce document contient des macros : enregistrez-le sans macros (.docx, .xlsx, .odt) ou en PDF."
        )
    if declared in _OPEN_DOCUMENTS:
        return declared
    return next((kind for part, kind in _OFFICE_PARTS.items() if part in names), ZIP)


def _declared(archive: zipfile.ZipFile) -> str:
    """What an OpenDocument says it is; read up to its plausible length only, whatever it expands to."""
    with archive.open("mimetype") as entry:
        return entry.read(100).decode("ascii", "replace").strip()


def _text(source: BinaryIO, head: bytes, extension: str) -> str:
    """The type of a text: its extension chooses among those that its content allows."""
    start = _decoded(head).lstrip("\ufeff \t\r\n").lower()
    if start.startswith(_ACTIVE_MARKUP) or (start.startswith("<?xml") and any(tag in start for tag in _ACTIVE_MARKUP)):
        raise RefusedFile("Les pages HTML et les images SVG ne sont pas acceptées : enregistrez-les en PDF ou en PNG.")
    if start.startswith("<?xml") or (extension == ".xml" and start.startswith("<")):
        return XML
    if extension == ".json" and start.startswith(("{", "[")):
        return _json(source)
    return CSV if extension == ".csv" else TEXT


def _decoded(head: bytes) -> str:
    """The beginning of a text in UTF-8 or Windows-1252. Raises RefusedFile for anything that is no text."""
    if _CONTROL_CHARACTERS & set(head):
        raise _not_on_the_list()
    try:
        # Incremental: the head may stop in the middle of a character.
        return codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return head.decode("cp1252", "replace")


def _json(source: BinaryIO) -> str:
    source.seek(0)
    try:
        json.loads(source.read(_LARGEST_JSON))
    except (ValueError, RecursionError) as error:
        raise RefusedFile("Ce fichier JSON n’est pas lisible : vérifiez qu’il est complet.") from error
    return JSON


def _not_on_the_list() -> RefusedFile:
    return RefusedFile(f"Ce type de fichier n’est pas accepté : déposez {_ACCEPTED}.")
