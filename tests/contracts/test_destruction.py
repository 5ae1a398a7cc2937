"""The end of keeping: five and ten years, a visa, keys first, both places, and a journal that still verifies."""

import shutil
from datetime import date, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from marketplace.accounts.actors import Actor
from marketplace.files import storage
from marketplace.files.models import StoredFile
from marketplace.files.scanning import Scan
from marketplace.files.services import DamagedFile
from marketplace.files.services import stage as stage_file
from marketplace.journal import outbox, triggers
from marketplace.journal.errors import NotAllowed, Refusal
from marketplace.journal.models import Entry
from marketplace.journal.verify import verify
from procurement.calls.models import Cancellation
from procurement.contracts.archive import falls_due, final_payment, holdings_of
from procurement.contracts.models import Contract, PaymentDue
from procurement.contracts.services.destruction import carry_out
from procurement.law.findings import RuleViolation
from procurement.submissions import backup_copies as copies
from procurement.submissions import mirror, recovery
from procurement.submissions.models import (
    BackupCopy,
    CopyFile,
    DestroyedFile,
    Destruction,
    OpenedFile,
    OpeningResult,
    Part,
    SealRequest,
    StoreScrub,
)
from procurement.submissions.part_store import PartStore
from tests.contracts.kept import Kept, approve, make_kept, parts_of
from tests.contracts.walk import client_of, text_of
from tests.factories import within_act
from tests.submissions.stage import PDF, make_stage

NIGHT = Actor.system("archivist")


@pytest.fixture(autouse=True)
def place(settings, tmp_path: Path, monkeypatch) -> Path:
    """Stores of its own, a second place, and no wait for files staged a moment ago."""
    settings.SUBMISSION_ROOT, settings.PRIVATE_ROOT = tmp_path / "submissions", tmp_path / "private"
    folder = tmp_path / "mirror"
    folder.mkdir()
    settings.SUBMISSION_MIRROR = str(folder)
    monkeypatch.setattr(storage, "STAGING_LASTS", 0)
    return folder


@pytest.fixture
def kept(db, moving_clock) -> Kept:
    return make_kept(make_stage(moving_clock))


def night(kept: Kept) -> str:
    """The nightly command, an hour later."""
    kept.stage.clock.advance(timedelta(hours=1))
    out = StringIO()
    call_command("tend_archives", stdout=out)
    return out.getvalue().replace("\u00a0", " ")


@pytest.mark.law("LR-107")
def test_nothing_goes_before_five_years_nor_without_a_visa(kept):
    signed = timezone.localdate(kept.contract.signed_at)
    procedure = holdings_of(kept.lot, kept.stage.now)[0]
    assert procedure.first_day == date(signed.year + 5, signed.month, signed.day) + timedelta(days=1)
    with pytest.raises(RuleViolation, match="durée de conservation court"):
        approve(kept)
    kept.stage.clock.advance_to(kept.contract.signed_at.replace(year=signed.year + 5))
    with pytest.raises(RuleViolation, match="durée de conservation court"):
        approve(kept)
    assert falls_due(kept.stage.now) == []
    kept.stage.clock.advance(timedelta(days=1))
    assert [one.key for one in falls_due(kept.stage.now)] == ["procedure"]
    with pytest.raises(RuleViolation, match="visa"):
        approve(kept, visa="  ")
    with pytest.raises(RuleViolation, match="avenir"):
        approve(kept, visa_on=timezone.localdate(kept.stage.now) + timedelta(days=1))
    with pytest.raises(NotAllowed):
        approve(kept, actor=kept.stage.team.author)
    approve(kept)
    with pytest.raises(Refusal, match="déjà approuvée"):
        approve(kept)
    refused = Entry.objects.filter(act="destruction.approve.refused")
    assert "LR-107" in {rule for entry in refused for rule in entry.data["rules"]}
    assert kept.wraps
    assert parts_of(kept.lost, mirror.part_store().root)


@pytest.mark.law("LR-107")
def test_an_unsigned_lot_is_kept_and_one_given_up_counts_from_the_decision(kept):
    def unsign() -> None:
        kept.contract.signed_at = kept.contract.notified_at = None
        kept.contract.save()

    within_act(unsign, chain=kept.stage.call.chain, at=kept.stage.now)
    kept.after_years(9)
    with pytest.raises(RuleViolation, match="n’est pas signé"):
        approve(kept)

    def give_up() -> None:
        Cancellation(lot=kept.lot, kind="unsuccessful", decided_at=kept.stage.now, reasons="Aucune offre").save()

    within_act(give_up, chain=kept.stage.call.chain, at=kept.stage.now)
    with pytest.raises(RuleViolation, match="durée de conservation court"):
        approve(kept)
    kept.after_years(5)
    assert approve(kept).party is None


@pytest.mark.law("LR-107")
def test_what_is_destroyed_is_nowhere_and_the_journal_still_verifies(kept, place, settings):
    copy = place.parent / "copy"
    shutil.copytree(place, copy)
    kept.after_years(5)
    files = kept.files_of(kept.lost)
    blobs = [Path(settings.PRIVATE_ROOT) / one.stored_file.path for one in files]
    assert all(blob.exists() for blob in blobs)
    assert parts_of(kept.lost, place)
    own = [PartStore(Path(root)) for root in (settings.SUBMISSION_ROOT, place)]
    row = approve(kept)
    with pytest.raises(NotAllowed):
        carry_out(destruction=row, actor=kept.stage.team.signatory, now=kept.stage.now)
    assert "destructions terminées : 1" in night(kept)

    row.refresh_from_db()
    assert row.begun_at
    assert row.finished_at
    assert row.wraps == 18
    assert kept.wraps == 0
    for store in own:
        assert parts_of(kept.lost, store.root) == []
        assert (
            len(parts_of(kept.won, store.root))
            == Part.objects.filter(file__deposit=kept.won.submission.deposit).count()
        )
    assert not Part.objects.filter(file__deposit=kept.lost.submission.deposit_id).exists()
    results = OpeningResult.objects.filter(submission=kept.lost.submission)
    assert [one.answers for one in results] == [{}]
    assert {one.name for one in kept.files_of(kept.lost)} == {"Fichier détruit"}
    assert DestroyedFile.objects.count() == len(files)
    # The bids of both hold the same bytes: those of the winner are still kept.
    assert all(one.stored_file.read() for one in kept.files_of(kept.won))
    assert OpeningResult.objects.get(submission=kept.won.submission).answers["montant_ht"] == "198000.00"

    outbox.drain()
    row.refresh_from_db()
    facts = row.certificate.facts
    assert [one["number"] for one in facts["submissions"]] == [kept.lost.receipt.number]
    assert facts["visa"] == "AD49/2032/118"
    assert facts["wraps"] == 18
    assert row.certificate.is_rendered
    acts = [one.act for one in Entry.objects.for_chain(kept.stage.call.chain) if "destruction." in one.act]
    assert acts == ["destruction.approved", "destruction.begun", "destruction.finished"]
    assert verify().faults == []

    # Neither the second place nor an old copy of it brings anything back.
    for source in (place, copy):
        found = recovery.recover(source, now=kept.stage.now)
        assert found.whole
        assert found.destroyed == 1
        assert found.present == 1
        assert not found.parts
        assert parts_of(kept.lost, settings.SUBMISSION_ROOT) == []
    call_command("scrub_submissions", stdout=StringIO())
    assert StoreScrub.objects.first().damaged == []
    assert mirror.catch_up() == (0, 0)


def test_a_backup_older_than_the_destruction_brings_nothing_back_from_the_second_place(kept, place, settings):
    kept.after_years(5)
    saved = transaction.savepoint()
    approve(kept)
    night(kept)
    transaction.savepoint_rollback(saved)
    found = recovery.recover(place, now=kept.stage.now)
    assert found.destroyed == 1
    assert any("AD49/2032/118" in one for one in found.warnings)
    assert parts_of(kept.lost, settings.SUBMISSION_ROOT) == []


def test_bytes_that_nobody_else_keeps_are_gone(kept, settings):
    kept.after_years(5)
    [opened] = kept.files_of(kept.lost)
    within_act(lambda: _rename_content(opened), chain=kept.stage.call.chain, at=kept.stage.now)
    blob = Path(settings.PRIVATE_ROOT) / opened.stored_file.path
    assert blob.exists()
    approve(kept)
    night(kept)
    assert not blob.exists()
    opened.stored_file.refresh_from_db()
    with pytest.raises(DamagedFile):
        opened.stored_file.read()
    answer = client_of(kept.loser.actor).get(reverse("files:download", args=[opened.stored_file_id]))
    assert answer.status_code == 403
    assert "détruit" in text_of(answer)


def _rename_content(opened: OpenedFile) -> None:
    """Give the file bytes of its own: both bids of the stage hold the same."""
    staged = storage.stage(b"%PDF-1.7\n" + b"propre " * 20, name="memoire.pdf")
    stored = opened.stored_file
    stored.sha256, stored.size, stored.path = staged.sha256, staged.size, staged.path
    stored.save()


def test_a_file_written_anew_a_moment_ago_waits(kept, monkeypatch):
    kept.after_years(5)
    [opened] = kept.files_of(kept.lost)
    within_act(lambda: _rename_content(opened), chain=kept.stage.call.chain, at=kept.stage.now)
    approve(kept)
    monkeypatch.setattr(storage, "STAGING_LASTS", 600)
    with pytest.raises(SystemExit):
        night(kept)
    row = Destruction.objects.get()
    assert row.begun_at
    assert row.finished_at is None
    assert kept.wraps == 0
    monkeypatch.setattr(storage, "STAGING_LASTS", 0)
    assert "terminées : 1" in night(kept)


def test_a_second_place_that_is_away_leaves_it_for_the_next_night(kept, place):
    kept.after_years(5)
    approve(kept)
    away = place.rename(place.parent / "away")
    with pytest.raises(SystemExit):
        night(kept)
    row = Destruction.objects.get()
    assert row.begun_at
    assert not row.finished_at
    assert kept.wraps == 0
    away.rename(place)
    assert "terminées : 1" in night(kept)
    assert parts_of(kept.lost, place) == []


@pytest.mark.law("LR-108")
def test_a_contract_is_kept_ten_years_after_its_final_payment(kept, settings):
    holding = holdings_of(kept.lot, kept.stage.now)[1]
    paid = final_payment(kept.contract)
    assert holding.first_day == date(paid.year + 10, paid.month, paid.day) + timedelta(days=1)
    kept.after_years(5)
    approve(kept)
    night(kept)
    with pytest.raises(RuleViolation, match="durée de conservation court"):
        approve(kept, kept.contract.number)
    kept.after_years(6)
    approve(kept, kept.contract.number)
    night(kept)
    assert parts_of(kept.won, settings.SUBMISSION_ROOT) == []
    assert {one.name for one in kept.files_of(kept.won)} == {"Fichier détruit"}
    assert not any((Path(settings.PRIVATE_ROOT) / one.stored_file.path).exists() for one in kept.files_of(kept.won))
    outbox.drain()
    assert verify().faults == []


@pytest.mark.law("LR-107", "LR-108")
def test_a_contract_is_destroyed_from_the_day_after_its_ten_years_with_a_visa(kept):
    paid = final_payment(kept.contract)
    last_day = kept.contract.signed_at.replace(year=paid.year + 10, month=paid.month, day=paid.day)
    kept.stage.clock.advance_to(last_day)
    with pytest.raises(RuleViolation) as refused:
        approve(kept, kept.contract.number)
    assert refused.value.rules == ["LR-108"]
    kept.stage.clock.advance(timedelta(days=1))
    with pytest.raises(RuleViolation) as refused:
        approve(kept, kept.contract.number, visa=" ")
    assert refused.value.rules == ["LR-107"]
    assert not Destruction.objects.exists()
    assert approve(kept, kept.contract.number).party == kept.winner.party


@pytest.mark.law("LR-107")
def test_the_time_of_keeping_is_asked_again_the_night_of_the_destruction(kept):
    kept.after_years(5)
    row = approve(kept)

    def sign(at) -> None:
        kept.contract.signed_at = at
        kept.contract.save()

    signed, wraps = kept.contract.signed_at, kept.wraps
    within_act(lambda: sign(signed + timedelta(days=30)), chain=kept.stage.call.chain, at=kept.stage.now)
    with pytest.raises(RuleViolation) as refused:
        carry_out(destruction=row, actor=NIGHT, now=kept.stage.now)
    assert refused.value.rules == ["LR-107"]
    assert (kept.wraps, Destruction.objects.get().begun_at) == (wraps, None)
    within_act(lambda: sign(signed), chain=kept.stage.call.chain, at=kept.stage.now)
    carry_out(destruction=row, actor=NIGHT, now=kept.stage.now)
    assert kept.wraps == 0


@pytest.mark.law("LR-108")
@pytest.mark.parametrize("change", ["unpaid", "running", "nothing_billed"])
def test_a_contract_that_is_not_settled_has_no_date(kept, change):
    def unsettle() -> None:
        if change == "running":
            kept.contract.closed_at = None
            kept.contract.save()
        payment = PaymentDue.objects.get(contract=kept.contract)
        if change == "unpaid":
            payment.paid_at = None
            payment.save()
        if change == "nothing_billed":
            payment.delete()

    within_act(unsettle, chain=kept.stage.call.chain, at=kept.stage.now)
    kept.after_years(20)
    assert final_payment(Contract.objects.get(pk=kept.contract.pk)) is None
    with pytest.raises(RuleViolation, match="n’est pas soldé"):
        approve(kept, kept.contract.number)


def test_a_piece_of_the_holder_that_is_still_sealed_keeps_its_key(kept):
    def refuse_piece() -> None:
        [opened] = kept.files_of(kept.won)
        opened.stored_file, opened.refusal = None, "Ce type de fichier n’est pas accepté."
        opened.save()

    within_act(refuse_piece, chain=kept.stage.call.chain, at=kept.stage.now)
    kept.after_years(5)
    approve(kept)
    night(kept)
    assert kept.wraps == 18
    kept.after_years(6)
    approve(kept, kept.contract.number)
    night(kept)
    assert kept.wraps == 0


def test_no_trigger_is_lifted_for_it(kept):
    """Keys and parts are in no append-only table: those refuse during a destruction as they always do."""
    kept.after_years(5)
    row = approve(kept)
    watched = []

    def look(execute, sql, params, many, context):
        watched.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(look):
        carry_out(destruction=row, actor=NIGHT, now=kept.stage.now)
    assert watched
    assert not [sql for sql in watched if "TRIGGER" in sql.upper()]
    assert list(triggers.missing(connection, triggers.guarded_models())) == []
    for model in (SealRequest, Entry):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {model._meta.db_table}")  # noqa: S608


def test_the_buyer_reads_what_falls_due_and_writes_the_visa_down(kept):
    reference = kept.stage.call.reference
    page = reverse("contracts:archive", args=[reference, 1])
    form = reverse("contracts:approve_destruction", args=[reference, 1, "procedure"])
    signatory, author = client_of(kept.stage.team.signatory), client_of(kept.stage.team.author)
    assert "À garder" in text_of(author.get(page))
    visa = {
        "archivist": "Hélène Aubry",
        "visa": "AD49/1",
        "visa_on": f"{timezone.localdate(kept.stage.now):%Y-%m-%d}",
        "is_certain": "on",
    }
    answer = signatory.post(form, visa)
    assert answer.status_code == 422
    assert "AD49/1" in text_of(answer)
    kept.after_years(5)
    text = text_of(signatory.get(page))
    assert "Durée finie" in text
    assert form in text
    assert form not in text_of(author.get(page))
    assert author.post(form, visa).status_code == 403
    assert signatory.post(form, {**visa, "is_certain": ""}).status_code == 422
    assert signatory.post(form, visa).status_code == 302
    assert "nuit prochaine" in text_of(author.get(page))
    night(kept)
    outbox.drain()
    certificate = Destruction.objects.get().certificate.rendering.stored_file
    link = reverse("files:download", args=[certificate.pk])
    assert link in text_of(author.get(page))
    assert author.get(link).status_code == 200
    assert client_of(kept.loser.actor).get(link).status_code == 404


@pytest.mark.law("LR-107")
def test_the_company_reads_that_its_answer_is_destroyed_and_until_then_that_it_is_kept(kept):
    address = reverse("submissions:receipt", args=[kept.lost.submission.deposit_id])
    reader = client_of(kept.loser.actor)
    before = text_of(reader.get(address)) + text_of(reader.get(reverse("submissions:replies")))
    assert "détruite" not in before.lower()
    kept.after_years(5)
    approve(kept, visa="AD49/2032/118")
    night(kept)
    gone = Destruction.objects.get()
    page = text_of(reader.get(address))
    assert "Votre réponse est détruite" in page
    assert "AD49/2032/118" in page
    listed = text_of(reader.get(reverse("submissions:replies")))
    assert "Détruite" in listed
    assert "visa AD49/2032/118" in listed
    outbox.drain()
    gone.certificate.refresh_from_db()
    assert gone.certificate.rendering.stored_file.sha256 in text_of(reader.get(address))
    # The contract of the holder is kept: its answer too.
    winner = client_of(kept.winner.actor).get(reverse("submissions:receipt", args=[kept.won.submission.deposit_id]))
    assert "détruite" not in text_of(winner).lower()


def evidence_of_copy(kept: Kept) -> BackupCopy:
    """The loser's backup copy, opened by two because its bid could not be read."""
    stage, team = kept.stage, kept.stage.team
    copy = copies.record_copy(
        period=stage.period, received_at=stage.deadline, medium="paper", is_marked=True, place="Coffre",
        actor=team.author, now=stage.now,
    )  # fmt: skip
    copies.name_sender(copy=copy, party=kept.loser.party, name="", siren="", actor=team.author, now=stage.now)
    proposed = copies.propose_opening(
        copy=copy, ground="unreadable", reasons="Fichier abîmé", actor=team.validator, now=stage.now
    )
    copies.confirm_opening(opening=proposed, actor=team.signatory, now=stage.now)
    copies.record_content(
        copy=copy, envelope=stage.envelope("technical"), file=stage_file(PDF + b"copie", name="memoire.pdf"),
        scanned=Scan(StoredFile.ScanVerdict.CLEAN), label="", actor=team.author, now=stage.now,
    )  # fmt: skip
    return copy


@pytest.mark.law("LR-55", "LR-107")
def test_files_of_opened_backup_copies_go_with_the_procedure(kept):
    copy = evidence_of_copy(kept)
    kept.after_years(5)
    approve(kept)
    night(kept)
    row = CopyFile.objects.get(copy=copy)
    assert row.stored_file.is_destroyed
    assert row.name == "Fichier détruit"
    with pytest.raises(DamagedFile):
        row.stored_file.read()
    assert verify().faults == []
