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
from marketplace.files.media_types import PDF
from marketplace.files.models import GeneratedDocument, Rendering
from marketplace.files.services import stage, store
from marketplace.journal import clock
from marketplace.journal.acts import act, current_act
from marketplace.journal.outbox import enqueue
from marketplace.ui.printing import render_pdf

RENDERER = "renderer"
"""Trade of the site under which documents are rendered."""


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
) -> GeneratedDocument:
    """Ask for a document inside an act: the facts are kept, the rendering is left to a task of the same transaction.

    Args:
        kind: Code of the document, e.g. "receipt".
        title: Title printed on it.
        template: Template under `templates/`, e.g. "pdf/submissions/receipt.html".
        facts: Everything it says, as plain JSON. `site` and `issued_at` are added when absent.
        subject: The row it is about.
        attachments: JSON files to embed, each with a key of `facts` or a JSON value of its own.

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
    try:
        _keep(document, content)
    except AlreadyRendered:
        return


def _embedded(document: GeneratedDocument) -> list[tuple[str, bytes, str]]:
    return [
        (name, json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True).encode(), "Data")
        for name, value in document.attached_facts()
    ]


def _keep(document: GeneratedDocument, content: bytes) -> Rendering:
    """Write the bytes, then the row. Raises AlreadyRendered when another worker was faster: its bytes stand."""
    staged = stage(content, name=f"{slugify(document.title)[:100] or slugify(document.kind)}.pdf", media_type=PDF)
    pages = _page_count(content)
    now = clock.now()
    renderer = Actor.system(RENDERER)
    with act(document.chain, "document.rendered", actor=renderer, now=now, subject=document) as entry:
        if Rendering.objects.filter(document=document).exists():
            raise AlreadyRendered
        rendering = Rendering(document=document, stored_file=store(staged), pages=pages, rendered_at=now)
        rendering.save()
        entry.data.update(file=rendering.stored_file_id, sha256=staged.sha256, pages=pages)
    return rendering


def _page_count(content: bytes) -> int:
    from pyhanko.pdf_utils.reader import PdfFileReader  # slow to load, and needed by the worker only

    return int(PdfFileReader(BytesIO(content)).root["/Pages"]["/Count"])
