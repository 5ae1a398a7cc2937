"""Documents and receipts are recognised by their fingerprint, and nothing else is learnt."""

import hashlib
import importlib.util
import json
import sys
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from marketplace.journal.outbox import drain
from procurement.calls.services.publishing import put_documents_online
from procurement.submissions.models import Receipt
from tests.calls.builders import make_team, team_user, write_call
from tests.contracts.walk import text_of
from tests.desk.builders import published

pytestmark = pytest.mark.django_db

VERIFY = reverse("desk:verify")


def asked(fingerprint: str) -> str:
    answer = Client().get(VERIFY, {"fingerprint": fingerprint})
    assert answer.status_code == 200
    return text_of(answer)


def test_a_public_document_is_named_with_its_call(moving):
    stage = published(moving)
    html = asked(f" {stage.call.documents.get(kind='rules').document.rendering.stored_file.sha256.upper()} ")
    assert "Document authentique" in html
    assert "Règlement de consultation, émis le" in html
    assert stage.call.reference in html


def test_a_document_of_a_draft_says_nothing_of_its_call(moving):
    team = make_team()
    call = write_call(team, moving.now())
    put_documents_online(call=call, actor=team.validator, now=moving.now())
    drain()
    html = asked(call.documents.get(kind="rules").document.rendering.stored_file.sha256)
    assert "Document authentique" in html
    assert call.reference not in html
    assert call.title not in html


@pytest.mark.law("LR-56", "LR-57")
def test_a_receipt_is_authentic_with_its_instants_and_nothing_about_who_or_what(moving):
    stage = published(moving)
    stage.submit(stage.bidder("Tramélys"))
    drain()
    receipt = Receipt.objects.select_related("document__rendering__stored_file").get()
    html = asked(receipt.document.rendering.stored_file.sha256)
    assert "Accusé de dépôt, émis le" in html
    assert "Il prouve une réception le" in html
    for told in ("Tramélys", stage.call.reference, stage.call.title, receipt.number):
        assert told not in html


@pytest.mark.law("LR-56", "LR-57")
def test_the_file_of_a_receipt_is_authentic_as_its_document_is(moving):
    stage = published(moving)
    bidder = stage.bidder("Tramélys")
    deposit = stage.submit(bidder).submission.deposit
    receipt = Receipt.objects.get()
    client = Client()
    client.force_login(team_user(bidder.actor))
    held = client.get(reverse("submissions:receipt_file", args=[deposit.pk, receipt.number])).content
    html = asked(hashlib.sha256(held).hexdigest())
    assert "Accusé de dépôt, fichier signé, émis le" in html
    assert "Il prouve une réception le" in html
    for told in ("Tramélys", stage.call.reference, stage.call.title, receipt.number):
        assert told not in html
    changed = held.replace(receipt.number.encode(), b"0000-0000")
    assert "Empreinte inconnue" in asked(hashlib.sha256(changed).hexdigest())


def test_a_row_altered_since_answers_for_no_file(moving):
    stage = published(moving)
    stage.submit(stage.bidder("Tramélys"))
    receipt = Receipt.objects.get()
    assert "Document authentique" in asked(receipt.fingerprint)
    Receipt._base_manager.filter(pk=receipt.pk).update(signed=receipt.signed + " ")
    assert "Empreinte inconnue" in asked(receipt.fingerprint)


def test_an_unknown_fingerprint_and_a_bad_one_say_why(moving):
    assert "Empreinte inconnue" in asked("0" * 64)
    html = asked("abc")
    assert "64 caractères" in html
    assert 'value="abc"' in html
    assert "Document authentique" not in asked("")


def test_the_page_sends_a_script_of_its_own_and_works_without(moving):
    html = text_of(Client().get(VERIFY))
    assert "desk/fingerprint.js" in html
    assert 'method="get"' in html
    assert "data-fingerprint hidden" in html


@pytest.mark.law("LR-56")
def test_the_tool_and_the_keys_verify_a_receipt_without_the_site(moving, tmp_path: Path, monkeypatch):
    stage = published(moving)
    keys = Client().get(reverse("desk:keys")).json()
    assert keys["format"] == "preau-keys/1"
    stage.submit()
    answer = Client().get(reverse("desk:verifier"))
    assert answer["Content-Disposition"] == 'attachment; filename="verify_receipt.py"'
    tool = tmp_path / "tool_of_the_site.py"
    tool.write_bytes(answer.content)
    spec = importlib.util.spec_from_file_location("tool_of_the_site", tool)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "tool_of_the_site", module)
    spec.loader.exec_module(module)
    # Keys kept before the first deposit are enough: the receipt's own was there already.
    assert module.verify(json.loads(Receipt.objects.get().signed), keys).answer == "valide"
    assert module.verify(json.loads(Receipt.objects.get().signed), None).answer == "non vérifiable"
