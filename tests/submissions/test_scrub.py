"""The nightly reading: a part that a disk forgot is mended from the second place, or named."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.urls import reverse

from marketplace.accounts.actors import Actor
from procurement.submissions import assembly, scrub
from procurement.submissions.deposits import part_store
from procurement.submissions.models import Deposit, Part
from tests.contracts.walk import client_of, text_of
from tests.factories import MembershipFactory, make


def spoil(store, part):
    path = store.path(str(part.file.deposit_id), str(part.file_id), part.n)
    sealed = path.read_bytes()
    path.write_bytes(sealed[:-1] + bytes([sealed[-1] ^ 1]))
    return path


def test_sound_parts_are_read_and_nothing_is_written(stage):
    stage.submit()
    found = scrub.scrub(now=stage.now)
    assert (found.parts, found.repaired, found.damaged) == (6, 0, [])


@pytest.mark.parametrize("where", ["root", "mirror"])
def test_a_spoilt_copy_is_mended_from_the_other(stage, settings, tmp_path, where):
    settings.SUBMISSION_MIRROR = str(tmp_path)
    stage.submit()
    part = Part.objects.first()
    path = spoil(type(part_store())(getattr(part_store(), where)), part)
    spoilt = path.read_bytes()
    found = scrub.scrub(now=stage.now)
    assert (found.repaired, found.damaged) == (1, [])
    assert path.read_bytes() != spoilt
    assert scrub.scrub(now=stage.now).repaired == 0


def test_a_part_sound_nowhere_is_named_and_a_draft_is_read_again(stage):
    bidder = stage.bidder()
    draft = stage.deposit(bidder)
    root = stage.assemble(draft, bidder).root
    sealed = stage.submit(stage.bidder("Scellée")).submission
    for deposit in (draft, sealed.deposit):
        spoil(part_store(), Part.objects.filter(file__deposit=deposit, file__kind="document").first())
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("scrub_submissions", stdout=out)
    assert "12 parties relues, 0 réparées, 2 altérées" in out.getvalue()
    assert (root != "", Deposit.objects.get(pk=draft.pk).root) == (True, "")
    assert Deposit.objects.get(pk=sealed.deposit_id).root == sealed.root
    with pytest.raises(assembly.Refusal, match="Retirez ce fichier"):
        stage.assemble(Deposit.objects.get(pk=draft.pk), bidder)


def test_what_killed_processes_left_goes_away_after_a_day(stage):
    sealed = stage.submit()
    root = part_store().root
    folder = root / ".opening-abc" / "pli"
    folder.mkdir(parents=True)
    half = root / str(sealed.submission.deposit_id) / ".x-1.age.0011"
    half.write_bytes(b"age")
    written = datetime.fromtimestamp(half.stat().st_mtime, tz=UTC)
    scrub.scrub(now=written + timedelta(hours=23))
    assert (half.exists(), folder.exists()) == (True, True)
    scrub.scrub(now=written + timedelta(hours=25))
    assert (half.exists(), folder.parent.exists()) == (False, False)
    assert scrub.scrub(now=written).damaged == []


def test_the_operator_reads_where_the_recovery_point_is(stage, settings, tmp_path):
    operator = client_of(Actor.of(make(MembershipFactory, organisation__operator=True)))
    page = reverse("submissions:safety")
    assert "Le point de reprise est la dernière sauvegarde." in text_of(operator.get(page))
    settings.SUBMISSION_MIRROR = str(tmp_path / "elsewhere")
    stage.submit()
    assert "La seconde copie est en retard." in text_of(operator.get(page))
    (tmp_path / "elsewhere").mkdir()
    call_command("tend_submissions", stdout=StringIO())
    call_command("scrub_submissions", stdout=StringIO())
    html = text_of(operator.get(page))
    assert "Le point de reprise est le dernier accusé remis." in html
    assert "Chaque partie est telle qu’elle a été reçue." in html
    for part in Part.objects.filter(file__kind="document"):
        for store in (part_store(), type(part_store())(tmp_path / "elsewhere")):
            spoil(store, part)
    scrub.scrub(now=stage.now + timedelta(days=1))
    assert "Des parties sont altérées." in text_of(operator.get(page))
