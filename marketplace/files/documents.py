"""Documents rendered once: asked for inside an act with a copy of the facts, rendered after it, never again."""

import json
from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import models
from django.utils.text import slugify
from django_tasks import task

from marketplace.accounts.actors import Actor
from marketplace.files.media_types import ODT, PDF
from marketplace.files.models import GeneratedDocument, Rendering
from marketplace.files.services import stage, store
from marketplace.journal import clock
from marketplace.journal.acts import act, current_act
from marketplace.journal.outbox import enqueue
from marketplace.ui.opendocument import render_odt
from marketplace.ui.printing import render_pdf

RENDERER = "renderer"
"""Trade of the site under which documents are rendered."""


_sealed_kinds: set[str] = set()


def seal_kind(kind: str) -> None:
    """Have every document of a kind sealed by the house (PAdES) once it is rendered; called by rooms at start."""
    _sealed_kinds.add(kind)


class AlreadyRendered(Exception):  # noqa: N818 - undoes the act of the worker that came second
    """Another worker rendered the document first."""


def request_document(
    *,
    kind: str,
    title: str,
    template: str,
    facts: Mapping[str, Any],
    subject: models.Model,
    attachments: Iterable[tuple[str, str | Mapping[str, Any]]] = (),
    is_editable: bool = False,
) -> GeneratedDocument:
    """Ask for a document inside an act: the facts are kept, the rendering is left to a task of the same transaction.

    Args:
        kind: Code of the document, e.g. "receipt".
        title: Title printed on it.
        template: Template under `templates/`, e.g. "pdf/submissions/receipt.html".
        facts: Everything it says, as plain JSON. `site` and `issued_at` are added when absent.
        subject: The row it is about.
        attachments: Files to embed, each with a key of `facts` or a JSON value of its own: the text of an « .xml » is
            embedded as it is, anything else as JSON.
        is_editable: Give the same page to edit too, as OpenDocument text.

    Raises:
        OutsideAct: No act is open.
        TypeError: The facts are not plain JSON.
        KeyError: An attachment names a key that the facts do not have.
    """
    opened = current_act()
    given = {"site": settings.SITE_NAME, "issued_at": clock.canonical(opened.now)} | dict(facts)
    document = GeneratedDocument(
        kind=kind,
        title=title,
        template=template,
        facts=json.loads(json.dumps(given, allow_nan=False)),
        attachments=[[name, what] for name, what in attachments],
        is_editable=is_editable,
        chain=opened.chain,
        subject_id=str(subject.pk),
        requested_at=opened.now,
    )
    document.attached_facts()
    document.save()
    enqueue(render_document, document.pk)
    return document


@task()
def render_document(document_id: str) -> None:
    """Render a document that is not rendered yet; run twice, it does it once. Attempts are counted by the outbox.

    Records `document.rendered` on the chain of the act that asked for it.
    """
    document = GeneratedDocument.objects.select_related("rendering").get(pk=UUID(document_id))
    if document.is_rendered:
        return
    content = render_pdf(document.template, document.facts, title=document.title, attachments=_embedded(document))
    if document.kind in _sealed_kinds:
        from marketplace.files.pdf_seal import seal_pdf  # slow to load, and needed by the worker only

        content = seal_pdf(content, now=clock.now())
    editable = render_odt(document.template, document.facts, title=document.title) if document.is_editable else None
    try:
        _keep(document, content, editable)
    except AlreadyRendered:
        return


def _embedded(document: GeneratedDocument) -> list[tuple[str, bytes, str]]:
    return [(name, _as_text(name, value).encode(), "Data") for name, value in document.attached_facts()]


def _as_text(name: str, value: Any) -> str:
    return value if name.endswith(".xml") else json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True)


def _keep(document: GeneratedDocument, content: bytes, editable: bytes | None) -> Rendering:
    """Write the bytes, then the row. Raises AlreadyRendered when another worker was faster: its bytes stand."""
    name = slugify(document.title)[:100] or slugify(document.kind)
    staged = stage(content, name=f"{name}.pdf", media_type=PDF)
    staged_to_edit = stage(editable, name=f"{name}.odt", media_type=ODT) if editable else None
    pages = _page_count(content)
    now = clock.now()
    renderer = Actor.system(RENDERER)
    with act(document.chain, "document.rendered", actor=renderer, now=now, subject=document) as entry:
        if Rendering.objects.filter(document=document).exists():
            raise AlreadyRendered
        rendering = Rendering(
            document=document,
            stored_file=store(staged),
            editable_file=staged_to_edit and store(staged_to_edit),
            pages=pages,
            rendered_at=now,
        )
        rendering.save()
        entry.data.update(file=rendering.stored_file_id, sha256=staged.sha256, pages=pages)
    return rendering


def _page_count(content: bytes) -> int:
    from pyhanko.pdf_utils.reader import PdfFileReader  # slow to load, and needed by the worker only

    return int(PdfFileReader(BytesIO(content)).root["/Pages"]["/Count"])
