"""kill -9 anywhere in an upload, a seal, an opening: what was receipted opens, a retry gives the same (B.1)."""

from datetime import timedelta
from io import BytesIO, StringIO

import pytest
from django.core.management import call_command

from marketplace.journal import outbox
from marketplace.journal.verify import verify
from procurement.submissions import deposits, mirror, seal
from procurement.submissions.models import (
    OpeningMinutes,
    OpeningResult,
    OpeningSession,
    Receipt,
    SealOutcome,
    SealRequest,
    Submission,
)
from procurement.submissions.reading import opened_answers
from tests.submissions.crashes import Step, killed_at
from tests.submissions.stage import PDF, make_stage

pytestmark = pytest.mark.django_db(transaction=True)

UPLOAD = [
    Step("part written, not synced", "os:fsync"),
    Step("part synced, not named", "pathlib:Path.replace"),
    Step("part named, folder not synced", "part_store:sync_folder"),
    Step("part durable, no row", "deposits:register"),
    Step("row written, not committed", "deposits:changed", "after"),
    Step("file kept, not answered", "deposits:keep_file", "after"),
]
READING = [
    Step("answers and manifests written, no row", "assembly:_keep"),
    Step("root computed, not committed", "assembly:write_draft", "after"),
    Step("reading kept, not answered", "assembly:_keep", "after"),
]
SEAL = [
    Step("asked, nothing inscribed", "seal:_request"),
    Step("inscribed, not committed", "seal:_inscribe", "after"),
    Step("arrival durable, not mirrored", "mirror:tell_arrival"),
    Step("arrival mirrored", "seal:_attempt"),
    Step("lock taken", "seal:_check_order"),
    Step("submission inserted", "seal:issue_receipt"),
    Step("receipt signed", "seal:issue_receipt", "after"),
    Step("draft key destroyed", "seal:destroy_draft", "after"),
    Step("receipt mirrored, no entry", "mirror:tell_receipt", "after"),
    Step("entry written, not committed", "marketplace.journal.acts:_write", "after"),
    Step("committed, not answered", "seal:_finish", "after"),
]
# Steps at which the site had the request for good: its instant is the one that counts.
HELD = {step.name for step in SEAL[2:]}
BEGIN = [
    Step("layers peeled", "opening:_peel_outer_layers", "after"),
    Step("session written, not committed", "opening:mark_opening", "after"),
    Step("begun, not answered", "opening:begin_opening", "after"),
]
COMPLETE = [
    Step("opening process started", "opening_process:OpeningProcess.take_out"),
    Step("a file staged, nothing recorded", "opening_step:_stage", "after"),
    Step("one recorded, not committed", "opening_step:store", "after"),
    Step("one opened, the next not", "opening_step:_record", "before", 2),
    Step("all opened, minutes not committed", "opening:write_minutes", "after"),
    Step("completed, not answered", "opening:_forget_layers"),
]


@pytest.fixture
def stage(moving_clock, settings, tmp_path):
    place = tmp_path / "mirror"
    place.mkdir()
    settings.SUBMISSION_MIRROR = str(place)
    return make_stage(moving_clock)


def test_a_killed_upload_or_reading_is_taken_up_again(stage):
    """One bidder, killed at every step: the deposit of its rows is what is sealed, whatever else lies on the disk."""
    bidder = stage.bidder()
    deposit = stage.deposit(bidder)
    more = {"deposit": deposit, "envelope": "technical", "actor": bidder.actor, "now": stage.now}
    for step in UPLOAD:
        killed_at(step, lambda: deposits.add_file(name="annexe.pdf", content=BytesIO(PDF + b"annexe"), **more))
        kept = deposit.files.filter(envelope="technical").count()
        assert kept == (2 if step is UPLOAD[-1] else 1)
    for step in READING:
        killed_at(step, lambda: stage.assemble(deposit, bidder))
    sealed = stage.seal(deposit, bidder)
    assert len(sealed.receipt.content["documents"]) == 5
    stage.close()
    stage.open("technical")
    result = OpeningResult.objects.get(submission=sealed.submission)
    assert sorted(file.name for file in result.files.all()) == ["annexe.pdf", "technical.pdf"]
    assert verify().faults == []


@pytest.mark.law("LR-56", "LR-57")
def test_a_killed_seal_or_opening_loses_nothing_and_repeats_nothing(stage):
    receipts = {}
    for step in SEAL:
        bidder = stage.bidder(step.name)
        deposit = stage.deposit(bidder)
        root, asked = stage.assemble(deposit, bidder).root, stage.now
        stage.clock.advance(timedelta(seconds=5))
        arguments = {"deposit": deposit, "root": root, "actor": bidder.actor}
        killed_at(step, lambda given=arguments, at=asked: seal.seal(idempotency_key="a", now=at, **given))
        assert SealRequest.objects.filter(deposit=deposit).exists() is (step.name in HELD)
        before = list(Receipt.objects.filter(submission__deposit=deposit).values_list("signed", flat=True))
        assert bool(before) is (step is SEAL[-1])
        # Half of them by the worker, half by the bidder who asks again.
        if len(receipts) % 2:
            call_command("tend_submissions", stdout=StringIO())
        found = [seal.seal(idempotency_key=key, now=stage.now, **arguments) for key in ("a", "a", "b")]
        assert {one.receipt.signed for one in found} == {found[0].receipt.signed, *before}
        assert Receipt.objects.filter(submission__deposit=deposit).count() == 1
        assert found[0].submission.received_at == (asked if step.name in HELD else stage.now)
        receipts[found[0].receipt.number] = found[0].receipt.signed
    assert dict(Receipt.objects.values_list("number", "signed")) == receipts
    assert Submission.objects.count() == SealOutcome.objects.count() == len(SEAL)
    told = [line["receipt"]["signed"] for _, line in mirror.lines(deposits.part_store().mirror) if "receipt" in line]
    assert set(receipts.values()) <= set(told)

    stage.close()
    for step in BEGIN:
        killed_at(step, lambda: stage.open("technical"))
        start_again(stage)
    for step in COMPLETE:
        killed_at(step, lambda: stage.open("technical"))
        start_again(stage)
    minutes = OpeningMinutes.objects.get()
    assert len(minutes.facts["submissions"]) + len(minutes.facts["opened_before"]) == len(SEAL)
    assert OpeningSession.objects.filter(completed_at__isnull=False).count() == 1
    assert OpeningResult.objects.readable().filter(envelope__name="technical").count() == len(SEAL)
    assert all(opened_answers(submission, "technical") for submission in Submission.objects.all())
    outbox.drain()
    assert verify().faults == []


def start_again(stage) -> None:
    """The site comes back; what two custodians left undone ends by itself after half an hour."""
    stage.clock.advance(timedelta(minutes=31))
    call_command("tend_submissions", stdout=StringIO())
