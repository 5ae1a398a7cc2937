"""Permanent addresses of the consultation documents: open to all, counted, and never who."""

import io
import zipfile

import pytest
from django.test import Client
from django.urls import reverse

from marketplace.files.media_types import ODT
from marketplace.journal.models import Entry
from procurement.calls.models import Call, DocumentWithdrawal
from procurement.calls.services.publishing import put_documents_online
from procurement.desk.views import documents
from tests.calls.builders import make_team, write_call
from tests.desk.builders import published

pytestmark = pytest.mark.django_db
RULES = "reglement-de-consultation"


def at(call: Call, name: str, *arguments: object) -> str:
    return reverse(f"desk:{name}", args=[call.reference, *arguments])


def body(address: str) -> bytes:
    return b"".join(Client().get(address).streaming_content)


@pytest.mark.law("LR-35", "LR-36")
def test_each_version_the_latest_and_the_whole_are_read_without_account(moving):
    call = published(moving).call
    latest = Client().get(at(call, "call_document_latest", RULES))
    assert latest.status_code == 302
    assert latest.url == at(call, "call_document", RULES, 1)
    pdf = Client().get(latest.url)
    assert pdf["Content-Type"] == "application/pdf"
    assert b"".join(pdf.streaming_content).startswith(b"%PDF")
    assert Client().get(at(call, "call_document_odt", RULES, 1))["Content-Type"] == ODT
    whole = body(at(call, "call_documents_zip"))
    assert whole == body(at(call, "call_documents_zip"))
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
    assert [name for name in names if name.endswith(".pdf")] == [
        "01-reglement-de-consultation-v1.pdf",
        "02-ccap-v1.pdf",
        "03-cctp-v1.pdf",
        "04-acte-d-engagement-v1.pdf",
        "05-annexe-financiere-v1.pdf",
    ]
    assert len(names) == 10
    page = Client().get(at(call, "call_documents")).content.decode()
    for name, *arguments in [("call_documents_zip",), ("call_document_odt", "ccap", 1), ("call_document", "cctp", 1)]:
        assert at(call, name, *arguments) in page


@pytest.mark.law("LR-36")
def test_withdrawals_are_counted_in_the_journal_and_nobody_is_named(moving):
    call = published(moving).call
    address = at(call, "call_document", RULES, 1)
    Client().head(address)
    assert not DocumentWithdrawal.objects.exists()
    Client(REMOTE_ADDR="203.0.113.9").get(address)
    Client(REMOTE_ADDR="203.0.113.9").get(at(call, "call_documents_zip"))
    kept = list(DocumentWithdrawal.objects.values_list("document__slug", flat=True))
    assert kept == [RULES, None]
    entries = Entry.objects.filter(act="document.withdrawn")
    assert [(one.actor, one.data) for one in entries] == [("visitor", {}), ("visitor", {})]
    assert "2 téléchargements" in Client().get(at(call, "call_documents")).content.decode()


def test_a_network_cannot_flood_the_journal_and_is_never_refused(moving, monkeypatch):
    call = published(moving).call
    monkeypatch.setattr(documents, "MOST_RECORDED", 2)
    address = at(call, "call_document", RULES, 1)
    stranger = Client(REMOTE_ADDR="198.51.100.7")
    assert [stranger.get(address).status_code for _ in range(4)] == [200] * 4
    assert DocumentWithdrawal.objects.count() == 2


def test_what_does_not_exist_and_drafts_are_not_there(moving):
    call = published(moving).call
    team = make_team()
    draft = write_call(team, moving.now())
    put_documents_online(call=draft, actor=team.validator, now=moving.now())
    for missing in (
        at(call, "call_document", RULES, 2),
        at(call, "call_document", "absent", 1),
        at(call, "call_document_latest", "absent"),
        at(draft, "call_document", RULES, 1),
        at(draft, "call_documents_zip"),
    ):
        assert Client().get(missing).status_code == 404
    assert not DocumentWithdrawal.objects.exists()
