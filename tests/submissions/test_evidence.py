"""Samples of the health of the site, and the evidence file that shows them: whose it is, and what it says (LR-54)."""

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from uuid import uuid4

import pypdf
import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.urls import reverse

from marketplace.accounts.permissions import can
from marketplace.files.pdf_seal import issuer_certificate
from marketplace.journal import outbox
from marketplace.journal.errors import NotAllowed
from marketplace.journal.verify import verify
from procurement.calls.services.periods import extend_deadline
from procurement.submissions import clock_doubt, evidence, health, seal, troubles
from procurement.submissions.codes import Code
from procurement.submissions.models import HealthSample
from procurement.submissions.problems import report_problem
from tests.contracts.walk import client_of, text_of
from tests.submissions.test_receipt_seal import check

pytestmark = pytest.mark.documents

Clock = HealthSample.Clock


def sample_at(at, **values) -> HealthSample:
    return HealthSample.objects.create(
        **{"at": at, "database_ms": 4, "storage_ms": 3, "free_bytes": 10**9, "clock": Clock.SYNCHRONISED} | values
    )


@pytest.mark.law("LR-54")
def test_a_probe_measures_writes_room_and_clock_and_leaves_nothing(stage, settings):
    call_command("probe_health", stdout=StringIO())
    sample = HealthSample.objects.get()
    assert sample.database_ms is not None
    assert sample.storage_ms is not None
    assert sample.free_bytes > 0
    assert (sample.drift_us is None) is (connection.vendor == "sqlite")
    assert not [*Path(settings.SUBMISSION_ROOT).glob(".probe*")]


@pytest.mark.parametrize(
    ("state", "status", "found"),
    [
        (0, 0, Clock.SYNCHRONISED),
        (5, 0, Clock.UNSYNCHRONISED),
        (0, 0x40, Clock.UNSYNCHRONISED),
        (-1, 0, Clock.NOT_MEASURED),
    ],
)
def test_what_the_kernel_says_of_its_clock(monkeypatch, state, status, found):
    class Library:
        def __init__(self, *args, **kwargs) -> None:
            pass

        def adjtimex(self, told) -> int:
            told._obj.status = status
            return state

    monkeypatch.setattr(health.ctypes, "CDLL", Library)
    assert health.kernel_clock() is found


def test_a_kernel_that_says_nothing_is_not_measured(monkeypatch):
    monkeypatch.setattr(health.ctypes, "CDLL", lambda *args, **kwargs: object())
    assert health.kernel_clock() is Clock.NOT_MEASURED


def test_a_write_that_fails_is_empty_never_good(stage, settings, monkeypatch):
    def full(*args) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(health, "_write_and_sync", full)
    assert health.probe(now=stage.now).storage_ms is None
    monkeypatch.setattr(health, "_save", lambda sample: (_ for _ in ()).throw(DatabaseError))
    assert health.probe(now=stage.now).database_ms is None


def test_samples_around_a_deadline_are_kept_as_long_as_the_call(stage):
    near = [sample_at(stage.deadline + delta) for delta in (-health.BEFORE, timedelta(0), health.AFTER)]
    far = sample_at(stage.deadline - timedelta(hours=3))
    assert list(health.samples_around(stage.period)) == near
    late = stage.deadline + timedelta(days=400)
    recent = sample_at(late - timedelta(days=6))
    assert health.forget_samples(now=late) == 1
    assert set(HealthSample.objects.all()) == {*near, recent}
    assert not HealthSample.objects.filter(pk=far.pk).exists()


@pytest.fixture
def contested(stage, monkeypatch):
    """A bid that failed once, late by a second; the site had been slow, and its clock in doubt once."""
    bidder = stage.bidder("Retardée")
    deposit = stage.deposit(bidder)
    stage.clock.advance(timedelta(days=1))
    extend_deadline(
        period=stage.period, closes_at=stage.deadline + timedelta(days=1), reason="Panne du site.",
        actor=stage.team.validator, now=stage.now,
    )  # fmt: skip
    sample_at(stage.deadline - timedelta(minutes=5), database_ms=9000)
    sample_at(stage.deadline - timedelta(minutes=4), storage_ms=None, clock=Clock.UNSYNCHRONISED)
    stage.clock.advance_to(stage.deadline + timedelta(seconds=1))
    root = stage.assemble(deposit, bidder).root
    arguments = {"deposit": deposit, "root": root, "idempotency_key": "a", "actor": bidder.actor, "now": stage.now}
    with monkeypatch.context() as crash:
        crash.setattr(seal, "destroy_draft", lambda deposit: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            seal.seal(**arguments)
    return bidder, seal.seal(**arguments).submission


@pytest.mark.law("LR-54")
def test_the_company_has_its_evidence_sealed_before_the_opening(stage, contested):
    bidder, submission = contested
    page = reverse("submissions:evidence", args=[submission.deposit_id])
    client = client_of(bidder.actor)
    assert "Aucun dossier" in text_of(client.get(page))
    assert client.post(page).status_code == 302
    assert "en préparation" in text_of(client.get(page))
    outbox.drain()
    [document] = evidence.evidence_files(submission.deposit)
    address = reverse("submissions:evidence_zip", args=[document.pk])
    assert address in client.get(page).content.decode()
    archive = zipfile.ZipFile(io.BytesIO(client.get(address).content))
    told = json.loads(archive.read("preuves.json"))
    pdf = archive.read("preuves.pdf")
    assert check(pdf, issuer_certificate(stage.now)).bottom_line
    assert json.loads(pypdf.PdfReader(io.BytesIO(pdf)).attachments["preuves.json"][0]) == told
    assert [row["reason"] for row in told["deadlines"]] == ["", "Panne du site."]
    [deposit] = told["deposits"]
    assert [failure["what"] for failure in deposit["failures"]] == ["ZeroDivisionError"]
    assert len(deposit["parts"]) == 6
    assert deposit["receipts"][0]["verdict"] == "late_started_in_time"
    assert [sample["database_ms"] for sample in told["health"]] == [9000, 4]
    [slot] = document.facts["slots"]
    assert (slot["database"], slot["storage"], slot["clock"]) == ("9000 ms", "échec", "En doute")
    # Nothing of what an envelope holds: neither a name of a file, nor a price.
    assert "technical.pdf" not in json.dumps(document.facts)
    assert "198000" not in json.dumps(document.facts)
    assert verify().faults == []


@pytest.mark.law("LR-54", "LR-57")
def test_the_team_reads_it_from_the_opening_on_and_rivals_never(stage, contested):
    bidder, submission = contested
    rival = stage.bidder("Rivale")
    document = evidence.request_evidence(deposit=submission.deposit, actor=bidder.actor, now=stage.now)
    outbox.drain()
    document.refresh_from_db()
    stored = document.rendering.stored_file
    number = submission.receipts.get().number
    address = reverse("submissions:evidence_zip", args=[document.pk])
    page = reverse("submissions:team_evidence", args=[stage.call.reference, number])
    validator = client_of(stage.team.validator)
    for actor in (stage.team.validator, rival.actor):
        assert client_of(actor).get(address).status_code == 404
        assert not can(actor, "file.see", stored)
        with pytest.raises(NotAllowed):
            evidence.request_evidence(deposit=submission.deposit, actor=actor, now=stage.now)
    assert validator.get(page).status_code == 404
    stage.close()
    common = {"now": stage.now}
    lifted = clock_doubt.propose_clearance(
        period=stage.period, reasons="Écart de 40 ms relevé.", actor=stage.team.validator, **common
    )
    clock_doubt.confirm_clearance(clearance=lifted, actor=stage.team.signatory, **common)
    stage.open("technical")
    assert address in validator.get(page).content.decode()
    assert validator.get(address).status_code == 200
    assert validator.post(page).status_code == 302
    assert len(evidence.evidence_files(submission.deposit)) == 2
    assert client_of(rival.actor).get(address).status_code == 404
    assert client_of(rival.actor).get(page).status_code == 404
    assert client_of(rival.actor).get(reverse("submissions:evidence_zip", args=[uuid4()])).status_code == 404


def test_a_deposit_never_sealed_has_its_evidence_too(stage):
    bidder = stage.bidder()
    deposit = stage.deposit(bidder)
    document = evidence.request_evidence(deposit=deposit, actor=bidder.actor, now=stage.now)
    outbox.drain()
    document.refresh_from_db()
    [told] = document.facts["deposits"]
    assert (told["root"], told["receipts"], len(told["parts"])) == ("", [], 2)
    assert document.facts["slots"] == []
    assert document.pdf().startswith(b"%PDF")


def test_what_was_tried_is_told_with_what_the_site_measured(stage):
    bidder = stage.bidder()
    deposit = stage.deposit(bidder)
    reported = report_problem(deposit=deposit, code=Code.UPLOAD, actor=bidder.actor, now=stage.now)
    document = evidence.request_evidence(deposit=deposit, actor=bidder.actor, now=stage.now)
    told = document.facts["deposits"][0]["attempts"][-1]
    assert reported.number in told["what"]
    assert {"name": "fichiers reçus en entier", "value": 2} in told["measures"]


@pytest.mark.law("LR-54")
def test_incidents_are_told_with_their_settlement_once_it_is_settled(stage):
    """A proposal binds nobody; who settles is not named, and nothing is said of who else answers."""
    stage.clock.advance_to(stage.deadline - timedelta(minutes=5))
    bidder = stage.bidder()
    deposit = stage.deposit(bidder)
    began = stage.deadline - timedelta(minutes=20)

    def told() -> dict:
        document = evidence.request_evidence(deposit=deposit, actor=bidder.actor, now=stage.now)
        assert document.facts["incidents"] == document.facts["evidence"]["incidents"]
        return document.facts["incidents"]

    assert told() == []
    incident = troubles.declare(
        period=stage.period, what="Le site ne répondait plus.", began_at=began, actor=stage.team.author, now=stage.now
    )
    settlement = troubles.propose_settlement(
        incident=incident, ended_at=stage.now, reasons="Une heure de plus pour tous.", actor=stage.team.validator,
        now=stage.now,
    )  # fmt: skip
    [one] = told()
    assert (one["what"], one["by"], one["settlement"]) == ("Le site ne répondait plus.", "buyer", None)
    troubles.settle(settlement=settlement, actor=stage.team.signatory, now=stage.now)
    troubles.declare_everywhere(what="Disque plein.", began_at=stage.now, now=stage.now)
    first, second = told()
    assert first["settlement"]["reasons"] == "Une heure de plus pour tous."
    assert set(first["settlement"]) == {"ended_at", "settled_at", "reasons"}
    assert (second["by"], second["settlement"]) == ("operator", None)


def test_slots_say_the_worst_of_ten_minutes():
    start = datetime(2027, 1, 12, 10, 0, tzinfo=UTC)
    samples = [
        HealthSample(at=start + timedelta(seconds=30 * n), database_ms=n, storage_ms=1, clock=Clock.NOT_MEASURED)
        for n in range(21)
    ]
    first, second = evidence._slots(samples)
    assert (first["from"], first["samples"], first["database"], first["clock"]) == (
        "2027-01-12T10:00:00.000000Z", 20, "19 ms", "Non mesuré",
    )  # fmt: skip
    assert (second["samples"], second["database"]) == (1, "20 ms")
