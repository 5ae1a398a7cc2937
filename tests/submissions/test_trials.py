"""« Dépôt d’essai »: the whole way, measured, with a receipt that nobody accepts; nothing of it stays."""

import html
import json
import re
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.urls import reverse

from marketplace.journal import keys
from marketplace.journal.models import Entry
from procurement.submissions.models import Attempt, Trial, UnfinishedFile
from procurement.submissions.sealing import PART_SIZE
from procurement.submissions.standalone import verify_receipt
from tests.submissions.browsing import Firm, publish, signed_in
from tests.submissions.sending import SECRET, Sender, big_pdf
from tests.submissions.stage import PDF, make_stage
from tests.submissions.test_upload_pages import named

TWO = PART_SIZE + 10


@pytest.fixture
def firm(db: None, moving_clock) -> Firm:
    stage = make_stage(
        moving_clock, kind="candidature", bytes_per_file=3 * PART_SIZE, bytes_in_all=4 * PART_SIZE, files_max=3
    )
    publish(stage)
    return Firm(stage, "Tramélys")


def begin(firm: Firm, like: str = "") -> Trial:
    answer = firm.client.post(reverse("submissions:trial") + like)
    trial = Trial.objects.get()
    assert answer.url == page(trial, "trial_files")
    return trial


def page(trial: Trial, name: str) -> str:
    return reverse(f"submissions:{name}", args=[trial.pk])


def row_counts() -> dict[str, int]:
    with connection.cursor() as cursor:
        counts = {}
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT COUNT(*) FROM "{table}"')  # noqa: S608 - names of our own tables
            counts[table] = cursor.fetchone()[0]
    return counts


def test_the_whole_way_leaves_nothing_behind(firm, tmp_path):
    firm.client.get(reverse("submissions:trial"))
    before, entries = row_counts(), Entry.objects.count()
    trial = begin(firm)
    sent = Sender(firm.client, page(trial, "trial_begin"), "Zanzibar.pdf", big_pdf(TWO))
    assert sent.begin().status_code == 201
    firm.stage.clock.advance(timedelta(seconds=4))
    assert [sent.put(n).status_code for n in (2, 1)] == [201, 201]
    assert sent.finish().status_code == 201
    everything = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert SECRET not in everything
    assert "Zanzibar" not in repr([*Trial.objects.values_list(), *UnfinishedFile.objects.values_list()])
    answer = firm.client.post(page(trial, "trial_seal"))
    text = answer.content.decode().replace("\u00a0", " ")
    assert "Votre poste est prêt" in text
    assert "2,1 Mo par seconde" in text
    assert "environ 8 min 32 s à cette vitesse" in text
    assert row_counts() == before
    assert Entry.objects.count() == entries
    assert not list(tmp_path.rglob("*.age"))
    assert firm.client.get(page(trial, "trial_files")).status_code == 404


def test_no_verifier_accepts_its_receipt(firm, tmp_path):
    trial = begin(firm)
    Sender(firm.client, page(trial, "trial_begin"), "a.pdf", PDF).whole()
    shown = firm.client.post(page(trial, "trial_seal")).content.decode()
    receipt = json.loads(html.unescape(re.search(r"<pre[^>]*>(.*?)</pre>", shown, re.DOTALL).group(1)))
    assert (receipt["number"], receipt["bytes"]) == ("ESSAI", len(PDF))
    assert verify_receipt.verify(receipt, keys.public_keys()).answer == verify_receipt.UNVERIFIABLE
    assert not keys.verify_json("receipt", receipt)
    # Not even by whoever gives it the name of the real ones.
    forged = {**receipt, "format": verify_receipt.RECEIPT_FORMAT}
    assert verify_receipt.verify(forged, keys.public_keys()).answer == verify_receipt.UNVERIFIABLE


def test_limits_and_size_are_those_of_the_answer_being_prepared(firm):
    firm.begin()
    firm.send("candidature", 1)
    firm.client.post(
        firm.page("begin", "candidature", 0), {"name": "a.pdf", "size": TWO}, content_type="application/json"
    )
    assert f"?reponse={firm.deposit.pk}" in firm.client.get(firm.page("tasks")).content.decode()
    trial = begin(firm, f"?reponse={firm.deposit.pk}")
    assert (trial.bytes_per_file, trial.files_max) == (3 * PART_SIZE, 3)
    assert trial.planned_bytes == len(PDF) + TWO
    refused = Sender(firm.client, page(trial, "trial_begin"), "b.pdf", big_pdf(3 * PART_SIZE + 1)).begin()
    assert refused.json()["code"] == "file-size"
    assert not Attempt.objects.filter(event="file_refused").exists()
    rival = Firm(firm.stage, "Rivale")
    assert rival.client.get(reverse("submissions:trial") + f"?reponse={firm.deposit.pk}").status_code == 404


def test_without_javascript_too(firm):
    trial = begin(firm)
    nothing = firm.client.post(page(trial, "trial_seal"), follow=True)
    assert "au moins un fichier" in nothing.content.decode()
    firm.client.post(page(trial, "trial_upload"), {"files": named("un.pdf"), "whole": "1"})
    assert "Reçu entier" in firm.client.get(page(trial, "trial_files")).content.decode()
    assert "Votre poste est prêt" in firm.client.post(page(trial, "trial_seal")).content.decode()


def test_an_unfinished_file_stands_in_the_way_and_can_be_dropped(firm):
    trial = begin(firm)
    sent = Sender(firm.client, page(trial, "trial_begin"), "a.pdf", big_pdf(TWO))
    sent.begin()
    sent.put(1)
    assert "1 parties sur 2" in firm.client.get(page(trial, "trial_files")).content.decode().replace("\u00a0", " ")
    assert firm.client.post(page(trial, "trial_seal")).status_code == 302
    assert Trial.objects.exists()
    assert firm.client.post(sent.known["drop"]).url == page(trial, "trial_files")
    assert not UnfinishedFile.objects.exists()


def test_it_is_gone_after_an_hour_at_its_end_and_when_another_begins(firm, tmp_path):
    first = begin(firm)
    Sender(firm.client, page(first, "trial_begin"), "a.pdf", PDF).whole()
    second = begin(firm)
    assert not list(tmp_path.rglob("*.age"))
    Sender(firm.client, page(second, "trial_begin"), "a.pdf", PDF).whole()
    firm.stage.clock.advance(timedelta(hours=1))
    assert firm.client.get(page(second, "trial_files")).status_code == 404
    call_command("tend_submissions")
    assert not Trial.objects.exists()
    assert not list(tmp_path.rglob("*.age"))
    third = begin(firm)
    firm.client.post(page(third, "trial_end"))
    assert not Trial.objects.exists()


def test_nobody_else_sees_it_and_no_buyer_can_count_it(firm):
    buyer = signed_in(firm.stage.team.author)
    publicly = reverse("submissions:opening", args=[firm.stage.call.reference])
    before = buyer.get(publicly).status_code, row_counts()["journal_entry"]
    trial = begin(firm)
    Sender(firm.client, page(trial, "trial_begin"), "a.pdf", PDF).whole()
    assert (buyer.get(publicly).status_code, row_counts()["journal_entry"]) == before
    for other in (buyer, firm.colleague()):
        assert other.get(page(trial, "trial_files")).status_code == 404
        assert other.post(page(trial, "trial_seal")).status_code == 404
