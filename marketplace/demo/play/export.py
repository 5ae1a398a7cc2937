"""Writes every document of a rehearsal to its folder, under names that people can read."""

import hashlib
import json
from collections.abc import Iterator

from django.utils.text import slugify

from marketplace.demo.play.scene import Scene
from marketplace.demo.results import DocumentResult
from marketplace.files.models import GeneratedDocument
from marketplace.journal.keys import public_keys
from procurement.contracts.models import Signature

LONGEST_NAME = 90
KEYS_FILE = "cles-publiques.json"


def export_documents(scene: Scene) -> list[DocumentResult]:
    """Write the documents that were rendered, in the order in which they were asked for, then the signed ones.

    The public keys of the rehearsal go with them: each receipt can be verified by anyone, without the site.
    """
    for older in scene.out.glob("[0-9][0-9][0-9]-*.pdf"):
        older.unlink()
    (scene.out / KEYS_FILE).write_text(json.dumps(public_keys(), indent=2), encoding="utf-8")
    return [
        _write(scene, number, kind, title, content, pages)
        for number, (kind, title, content, pages) in enumerate(_contents(), start=1)
    ]


def _contents() -> Iterator[tuple[str, str, bytes, int]]:
    """Kind, title, bytes and pages of each document."""
    rendered = GeneratedDocument.objects.filter(rendering__isnull=False).select_related("rendering__stored_file")
    for document in rendered.order_by("requested_at", "kind", "title"):
        yield document.kind, document.title, document.pdf(), document.rendering.pages
    signed = Signature.objects.filter(side=Signature.Side.BUYER, road=Signature.Road.PADES).select_related(
        "file", "document__document__rendering"
    )
    for signature in signed.order_by("recorded_at"):
        document = signature.document.document
        # Signatures are invisible: the pages are those of the document that was signed.
        yield f"{document.kind}_signed", f"{document.title} signé", signature.file.read(), document.rendering.pages


def _write(scene: Scene, number: int, kind: str, title: str, content: bytes, pages: int) -> DocumentResult:
    readable = slugify(title.replace("’", " "))[:LONGEST_NAME].rstrip("-")
    name = f"{number:03d}-{readable}.pdf"
    (scene.out / name).write_bytes(content)
    return DocumentResult(kind=kind, path=name, sha256=hashlib.sha256(content).hexdigest(), pages=pages)
