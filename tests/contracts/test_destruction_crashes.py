"""kill -9 in the middle of a destruction: before its first commit nothing is lost, after it the next night ends it."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command

from marketplace.files import storage
from marketplace.journal import outbox
from marketplace.journal.models import Entry
from marketplace.journal.verify import verify
from procurement.contracts.services.destruction import carry_out_pending
from procurement.submissions import mirror
from procurement.submissions.models import Destruction, Part
from tests.contracts.kept import approve, make_kept, parts_of
from tests.submissions.crashes import Step, killed_at
from tests.submissions.stage import make_stage

pytestmark = pytest.mark.django_db(transaction=True)
SERVICE = "procurement.contracts.services.destruction"
UNDONE = [
    Step("about to begin", f"{SERVICE}:_begin"),
    Step("keys deleted, not committed", "erasure:_forget_keys", "after"),
]
BEGUN = [
    Step("keys gone, no byte erased", "erasure:erase_bytes"),
    Step("second place told", "mirror:tell_destruction", "after"),
    Step("parts gone here, not there", "part_store:PartStore.discard_deposit", "after", 1),
    Step("parts gone in both places", "part_store:PartStore.discard_deposit", "after", 2),
    Step("files wiped", "erasure:wipe", "after"),
    Step("rows of parts deleted, not committed", "erasure:forget_parts", "after"),
    Step("certificate asked for, not committed", f"{SERVICE}:_certificate", "after"),
]


@pytest.mark.law("LR-107")
def test_a_killed_destruction_is_finished_the_next_night(moving_clock, settings, tmp_path, monkeypatch):
    settings.SUBMISSION_ROOT, settings.PRIVATE_ROOT = tmp_path / "submissions", tmp_path / "private"
    place = tmp_path / "mirror"
    place.mkdir()
    settings.SUBMISSION_MIRROR = str(place)
    monkeypatch.setattr(storage, "STAGING_LASTS", 0)
    kept = make_kept(make_stage(moving_clock))
    kept.after_years(5)
    approve(kept)
    now = kept.stage.now
    before = len(parts_of(kept.lost, place))
    for step in UNDONE:
        killed_at(step, lambda: carry_out_pending(now=now))
        assert kept.wraps == 18
        assert Destruction.objects.get().begun_at is None
        assert len(parts_of(kept.lost, place)) == before
    for step in BEGUN:
        killed_at(step, lambda: carry_out_pending(now=now))
        row = Destruction.objects.get()
        assert (kept.wraps, row.begun_at, row.finished_at) == (0, now, None), step.name
        # What tends the site meanwhile brings nothing back and takes nothing for lost.
        call_command("scrub_submissions", stdout=StringIO())
        call_command("recover_submissions", place=place, stdout=StringIO())
    kept.stage.clock.advance(timedelta(days=1))
    call_command("tend_archives", stdout=StringIO())
    row = Destruction.objects.get()
    assert row.finished_at == kept.stage.now
    assert row.submissions.count() == 1
    for root in (settings.SUBMISSION_ROOT, place):
        assert parts_of(kept.lost, root) == []
    assert len(parts_of(kept.won, place)) == Part.objects.count()
    assert mirror.catch_up() == (0, 0)
    outbox.drain()
    entries = [one.act for one in Entry.objects.for_chain(kept.stage.call.chain) if "destruction." in one.act]
    assert entries == ["destruction.approved", "destruction.begun", "destruction.finished"]
    assert verify().faults == []
