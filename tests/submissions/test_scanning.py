"""At opening the antivirus reads each file before anybody does; what it finds is kept, isolated and told (LR-58)."""

from io import StringIO

import pytest
from django.core import mail
from django.core.management import call_command
from django.urls import reverse

from marketplace.files import scanning
from marketplace.files.models import StoredFile
from marketplace.journal import outbox
from marketplace.journal.models import Entry
from marketplace.journal.verify import verify
from procurement.submissions.models import OpenedFile
from tests.contracts.walk import client_of, text_of
from tests.files.antivirus import EICAR, standing_in

CLEAN, INFECTED, UNREAD = StoredFile.ScanVerdict.CLEAN, StoredFile.ScanVerdict.INFECTED, "not_analysed"


@pytest.fixture
def dangerous(stage):
    """A bid with a file that an antivirus knows, another bid without."""
    bidder = stage.submit_malware()
    outbox.drain()
    mail.outbox.clear()
    return bidder


def verdicts() -> dict[tuple[str, str], str]:
    rows = OpenedFile.objects.select_related("stored_file", "result__submission__party__lead")
    return {(str(one.result.submission.party), one.name): one.stored_file.scan_verdict for one in rows}


def open_with(stage, settings, kind: str = "stand-in"):
    with standing_in(kind) as path:
        settings.CLAMD_SOCKET = path
        return stage.open("technical")


@pytest.mark.law("LR-58")
def test_what_is_dangerous_is_kept_isolated_and_told(stage, dangerous, settings):
    minutes = open_with(stage, settings)
    assert verdicts() == {
        ("Tramélys", "annexe.pdf"): INFECTED,
        ("Tramélys", "technical.pdf"): CLEAN,
        ("Cap Mobile", "technical.pdf"): CLEAN,
    }
    found = StoredFile.objects.get(scan_verdict=INFECTED)
    # The trace: what was found, when, and the bytes, which no door gives.
    assert "EICAR" in found.scan_detail
    assert found.scanned_at is not None
    assert EICAR in found.read()
    link = reverse("files:download", args=[found.pk])
    answer = client_of(dangerous.actor).get(link)
    assert answer.status_code == 403
    assert "dangereux" in text_of(answer)
    sound = OpenedFile.objects.get(result__submission__party=dangerous.party, name="technical.pdf")
    assert client_of(dangerous.actor).get(reverse("files:download", args=[sound.stored_file_id])).status_code == 200

    lines = {line["depositor"]: line for line in minutes.facts["submissions"]}
    assert lines["Tramélys"]["result"] == "infected"
    assert "est isolé" in lines["Tramélys"]["remark"]
    assert (lines["Cap Mobile"]["result"], lines["Cap Mobile"]["remark"]) == ("opened", "")
    entry = Entry.objects.get(act="submission.opened", data__infected=[found.sha256])
    assert entry.data["status"] == "opened"

    outbox.drain()
    [told] = [one for one in mail.outbox if "Fichier dangereux" in one.subject]
    assert [dangerous.actor.membership().user.email] == told.to
    assert "annexe" not in told.body
    page = text_of(client_of(stage.team.author).get(reverse("submissions:opening", args=[stage.call.reference])))
    assert "Dangereux, isolé" in page
    assert "non analysé" not in page
    assert verify().faults == []


@pytest.mark.law("LR-58")
@pytest.mark.parametrize(
    ("kind", "said"), [(None, scanning.NOT_SET), ("silent", scanning.SILENT), ("garbled", scanning.SILENT)]
)
def test_without_an_answer_nothing_is_clean(stage, dangerous, settings, kind, said):
    minutes = open_with(stage, settings, kind) if kind else stage.open("technical")
    assert set(verdicts().values()) == {UNREAD}
    assert {one.scan_detail for one in StoredFile.objects.filter(scan_verdict=UNREAD, name__endswith=".pdf")} >= {said}
    for line in minutes.facts["submissions"]:
        assert line["result"] == "opened"
        assert "non analysés par un antivirus" in line["remark"]
        assert said in line["remark"]
    page = text_of(client_of(stage.team.author).get(reverse("submissions:opening", args=[stage.call.reference])))
    assert "non analysé" in page


@pytest.mark.law("LR-58")
def test_an_antivirus_that_comes_back_reads_what_it_missed(stage, dangerous, settings):
    open_with(stage, settings, "silent")
    with standing_in("silent") as path:
        settings.CLAMD_SOCKET = path
        call_command("tend_submissions", stdout=StringIO())
    assert set(verdicts().values()) == {UNREAD}
    with standing_in() as path:
        settings.CLAMD_SOCKET = path
        out = StringIO()
        call_command("tend_submissions", stdout=out)
        assert "3 fichiers ouverts analysés" in out.getvalue()
        call_command("tend_submissions", stdout=StringIO())
    assert verdicts()["Tramélys", "annexe.pdf"] == INFECTED
    assert verdicts()["Cap Mobile", "technical.pdf"] == CLEAN
    outbox.drain()
    assert len([one for one in mail.outbox if "Fichier dangereux" in one.subject]) == 1
    assert Entry.objects.filter(act="submission.scanned").count() == 2
    assert verify().faults == []
