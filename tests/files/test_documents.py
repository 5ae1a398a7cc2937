"""Documents: asked for with a copy of the facts, rendered exactly once."""

import hashlib
import json
from io import BytesIO

import pytest
from django.test import override_settings
from pypdf import PdfReader

from marketplace.accounts.actors import Actor
from marketplace.files import documents
from marketplace.files.documents import render_document, request_document
from marketplace.files.models import GeneratedDocument, Rendering
from marketplace.journal.acts import act
from marketplace.journal.errors import OutsideAct
from marketplace.journal.models import Entry
from marketplace.journal.outbox import TaskFailed, drain, retry_failed
from tests.factories import OrganisationFactory, make

pytestmark = [pytest.mark.django_db, pytest.mark.documents]


@pytest.fixture
def subject():
    return make(OrganisationFactory)


@pytest.fixture(autouse=True)
def templates(settings, tmp_path):
    (tmp_path / "note.html").write_text(
        '{% extends "pdf/base.html" %}{% block content %}<p>Prix {{ price }}</p>{% endblock %}'
    )
    configured = [settings.TEMPLATES[0] | {"DIRS": [*settings.TEMPLATES[0]["DIRS"], tmp_path]}]
    with override_settings(TEMPLATES=configured):
        yield tmp_path


def ask(subject, now, **changes):
    wanted = {
        "kind": "receipt",
        "title": "Accusé de dépôt K7M4-22PX",
        "template": "note.html",
        "facts": {"reference": "PI-2026-014", "price": "198000.00"},
        "subject": subject,
    }
    with act("call:test", "test.asked", actor=Actor.system("test"), now=now):
        return request_document(**wanted | changes)


def test_a_document_is_rendered_from_the_stored_facts(subject, now, moving_clock):
    document = ask(subject, now, attachments=[("prix.json", "price"), ("tout.json", {"a": 1})])
    assert not document.is_rendered
    assert list(GeneratedDocument.objects.awaiting_rendering()) == [document]
    drain()
    document = GeneratedDocument.objects.of_subject(subject).get()
    content = document.pdf()
    assert document.is_rendered
    pdf = PdfReader(BytesIO(content))
    assert "Prix 198000.00" in pdf.pages[0].extract_text()
    assert json.loads(pdf.attachments["prix.json"][0]) == "198000.00"
    assert json.loads(pdf.attachments["tout.json"][0]) == {"a": 1}
    kept = document.rendering.stored_file
    assert (kept.name, kept.media_type) == ("accuse-de-depot-k7m4-22px.pdf", "application/pdf")
    assert kept.sha256 == hashlib.sha256(content).hexdigest()
    assert document.rendering.pages == len(pdf.pages)
    entry = Entry.objects.get(act="document.rendered")
    assert (entry.chain.key, entry.actor) == ("call:test", "system:renderer")
    assert entry.data["sha256"] == kept.sha256
    assert not GeneratedDocument.objects.awaiting_rendering().exists()


def test_a_document_is_rendered_exactly_once(subject, now):
    document = ask(subject, now)
    drain()
    before = Rendering.objects.get()
    render_document.call(str(document.pk))
    assert Rendering.objects.get() == before
    assert Entry.objects.filter(act="document.rendered").count() == 1


def test_the_worker_that_comes_second_leaves_no_trace(subject, now, monkeypatch):
    document = ask(subject, now)
    real = documents.render_pdf

    def slow(*args, **kwargs):
        monkeypatch.setattr(documents, "render_pdf", real)
        render_document.call(str(document.pk))
        return real(*args, **kwargs)

    monkeypatch.setattr(documents, "render_pdf", slow)
    render_document.call(str(document.pk))
    assert Rendering.objects.count() == 1
    assert Entry.objects.filter(act="document.rendered").count() == 1


def test_facts_are_a_copy_and_say_where_and_when(subject, now):
    facts = {"lots": [{"name": "Lot 1"}]}
    document = ask(subject, now, facts=facts)
    facts["lots"][0]["name"] = "changed"
    document.refresh_from_db()
    assert document.facts["lots"] == [{"name": "Lot 1"}]
    assert document.facts["issued_at"] == "2027-01-12T09:00:00.000000Z"
    assert document.facts["site"] == "Préau"


def test_facts_that_are_no_json_are_refused(subject, now):
    with pytest.raises(TypeError):
        ask(subject, now, facts={"now": now})
    with pytest.raises(KeyError):
        ask(subject, now, attachments=[("prix.json", "absent")])
    assert not GeneratedDocument.objects.exists()


def test_a_document_is_asked_for_inside_an_act(subject):
    with pytest.raises(OutsideAct):
        request_document(kind="receipt", title="x", template="note.html", facts={}, subject=subject)


def test_a_rendering_that_failed_is_tried_again(subject, now):
    document = ask(subject, now)

    def jammed(*args, **kwargs):
        raise OSError("paper jam")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(documents, "render_pdf", jammed)
        with pytest.raises(TaskFailed, match="paper jam"):
            drain()
    assert not Rendering.objects.exists()
    assert retry_failed() == 1
    drain()
    assert GeneratedDocument.objects.get(pk=document.pk).pdf().startswith(b"%PDF-")


@pytest.mark.django_db(transaction=True)
def test_with_real_transactions(now):
    subject = make(OrganisationFactory)
    document = ask(subject, now)
    drain()
    assert GeneratedDocument.objects.get(pk=document.pk).rendering.pages == 1
