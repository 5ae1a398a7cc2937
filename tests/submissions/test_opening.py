"""Opening: two distinct custodians, after the deadline; each submission stands or falls by itself."""

import io
import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection

from marketplace.files.services import open_stored
from marketplace.journal import outbox
from marketplace.journal.errors import NotAllowed, Refusal
from marketplace.journal.models import Entry
from marketplace.journal.verify import verify
from procurement.law.findings import RuleViolation
from procurement.submissions import decisions, deposits, incoming, opening, opening_step, sealing
from procurement.submissions.models import (
    OpeningResult,
    OpeningSession,
    Part,
    PeeledLayer,
    SealRequest,
)
from procurement.submissions.opening_process import OpeningProcess
from procurement.submissions.reading import opened_answers, opened_files
from procurement.submissions.signals import opening_begins
from tests.submissions.stage import PDF


def begin(stage, number=0, name="technical", identity=None):
    return opening.begin_opening(
        envelope=stage.envelope(name),
        identity=identity or stage.kits[number].identity,
        actor=stage.team.custodians[number],
        now=stage.now,
    )


def complete(stage, session, number=1):
    return opening.complete_opening(
        session=session, identity=stage.kits[number].identity, actor=stage.team.custodians[number], now=stage.now
    )


@pytest.mark.law("LR-57", "LR-115")
def test_two_custodians_open_what_came_in_time(stage):
    submission = stage.submit(montant_ht="187500.00").submission
    stage.close()
    with pytest.raises(Refusal, match="pas ouvert"):
        opened_answers(submission, "technical")
    minutes = stage.open("technical")
    assert opened_answers(submission, "technical")["montant_ht"] == "187500.00"
    [file] = opened_files(submission, "technical")
    assert (file.name, file.label) == ("technical.pdf", "Mémoire technique")
    assert open_stored(file.stored_file) == PDF + b"technical"
    assert file.stored_file.get_scan_verdict_display() == "Non analysé"
    assert [line["result"] for line in minutes.facts["submissions"]] == ["opened"]
    assert len({person["name"] for person in minutes.facts["people"]}) == 2
    assert not PeeledLayer.objects.filter(wrap__envelope="technical").exists()
    outbox.drain()
    minutes.document.refresh_from_db()
    assert minutes.document.pdf().startswith(b"%PDF")


@pytest.mark.law("LR-57")
@pytest.mark.parametrize(("first", "second"), [(0, 1), (1, 0), (0, 2), (2, 0), (1, 2), (2, 1)])
def test_any_two_of_the_three_open_in_any_order(stage, first, second):
    """A lost key costs nothing: the two others open."""
    submission = stage.submit().submission
    stage.close()
    stage.open("technical", first=first, second=second)
    assert opened_answers(submission, "technical")


def test_the_price_comes_after_the_technique(stage):
    submission = stage.submit().submission
    stage.close()
    with pytest.raises(Refusal, match="techniques"):
        begin(stage, name="price")
    stage.open("technical")
    with pytest.raises(Refusal, match="pas ouvert"):
        opened_answers(submission, "price")
    stage.open("price")
    assert opened_answers(submission, "price")["montant_ht"] == "198000.00"


def test_a_room_above_may_hold_an_opening_back(stage):
    def not_yet(**kwargs) -> None:
        raise Refusal("La notation technique n’est pas close.")

    stage.close()
    opening_begins.connect(not_yet)
    try:
        with pytest.raises(Refusal, match="notation technique"):
            begin(stage)
    finally:
        opening_begins.disconnect(not_yet)
    assert not OpeningSession.objects.exists()


def test_what_two_sessions_open_at_once_is_kept_once(stage, monkeypatch):
    """B and C both answer A, and C read the list before B had finished."""
    submission = stage.submit().submission
    stage.close()
    session = begin(stage, 0)
    layer = PeeledLayer.objects.get(wrap__envelope="technical", wrap__second=stage.kits[2].custodian)
    left = opening.to_open(stage.envelope("technical"))
    complete(stage, session, 1)
    kept = opening._Pair(layer.wrap, layer)
    monkeypatch.setattr(opening, "to_open", lambda envelope: left)
    monkeypatch.setattr(opening, "_pair", lambda *arguments: kept)
    with pytest.raises(Refusal, match="déjà terminée"):
        complete(stage, OpeningSession.objects.get(pk=session.pk), 2)
    assert len(opened_files(submission, "technical")) == 1
    assert Entry.objects.filter(act="submission.opened").count() == 1


@pytest.mark.law("LR-57")
@pytest.mark.parametrize("late", [-timedelta(seconds=1), timedelta(0), timedelta(seconds=60)])
def test_nothing_opens_before_the_deadline_and_its_minute(stage, late):
    stage.submit()
    stage.clock.advance_to(stage.deadline + late)
    with pytest.raises(RuleViolation) as refused:
        begin(stage)
    assert refused.value.rules == ["LR-57"]
    assert Entry.objects.get(act="opening.begin.refused").data["rules"] == ["LR-57"]
    assert not OpeningSession.objects.exists()
    assert not PeeledLayer.objects.filter(wrap__envelope="technical").exists()


@pytest.mark.law("LR-57")
def test_one_custodian_alone_opens_nothing_and_it_is_recorded(stage):
    stage.submit()
    stage.close()
    session = begin(stage, 0)
    with pytest.raises(RuleViolation, match="il en faut deux") as refused:
        complete(stage, session, 0)
    assert refused.value.rules == ["LR-57"]
    assert Entry.objects.filter(act="opening.complete.refused").count() == 1
    assert not OpeningResult.objects.exists()


def test_the_key_of_another_custodian_is_refused(stage):
    stage.submit()
    stage.close()
    with pytest.raises(Refusal, match="empreinte"):
        begin(stage, 0, identity=stage.kits[1].identity)


@pytest.mark.law("LR-57", "LR-115")
def test_who_keeps_no_key_opens_nothing(stage):
    stage.close()
    with pytest.raises(NotAllowed):
        opening.begin_opening(
            envelope=stage.envelope("technical"), identity=stage.kits[0].identity, actor=stage.team.author,
            now=stage.now,
        )  # fmt: skip


@pytest.mark.law("LR-57")
def test_the_second_custodian_has_thirty_minutes(stage):
    stage.submit()
    stage.close()
    session = begin(stage)
    stage.clock.advance(timedelta(minutes=30, seconds=1))
    with pytest.raises(RuleViolation):
        complete(stage, session)
    assert opening.discard_expired_layers(now=stage.now) == 2
    stage.open("technical")


@pytest.mark.law("LR-57")
def test_a_seal_received_in_time_is_awaited(stage):
    stage.submit()
    bidder = stage.bidder("En cours")
    deposit = stage.deposit(bidder)
    SealRequest.objects.create(
        deposit=deposit, root="0" * 64, idempotency_key="x", received_at=stage.now, inserted_at=stage.now,
        user_id=bidder.actor.user_id, organisation_id=bidder.organisation.pk, membership_id=bidder.actor.membership_id,
    )  # fmt: skip
    stage.close()
    assert not opening.is_closed(stage.period, stage.now)
    with pytest.raises(RuleViolation, match="attendent leur enregistrement"):
        begin(stage)


@pytest.mark.law("LR-52", "LR-115")
def test_replaced_and_withdrawn_ones_stay_sealed(stage):
    bidder, leaver = stage.bidder("Remplace"), stage.bidder("Retire")
    first = stage.submit(bidder).submission
    again = deposits.replace(submission=first, actor=bidder.actor, now=stage.now)
    stage.fill(again, bidder)
    stage.seal(again, bidder, key="demande-2")
    gone = stage.submit(leaver).submission
    decisions.withdraw(submission=gone, actor=leaver.actor, now=stage.now)
    stage.close()
    minutes = stage.open("technical")
    assert len(minutes.facts["submissions"]) == 1
    assert sorted(line["verdict"] for line in minutes.facts["sealed"]) == ["replaced", "withdrawn"]
    assert "Retire" not in str(minutes.facts["sealed"])


@pytest.mark.law("LR-53", "LR-54", "LR-115")
def test_a_late_one_is_opened_by_two_decisions_and_its_own_session(stage):
    on_time = stage.submit().submission
    bidder = stage.bidder("Retardée")
    deposit = stage.deposit(bidder)
    stage.clock.advance_to(stage.deadline + timedelta(seconds=1))
    late = stage.seal(deposit, bidder).submission
    stage.close()
    stage.open("technical")
    with pytest.raises(Refusal, match="pas ouvert"):
        opened_answers(late, "technical")
    with pytest.raises(Refusal, match="ouverts"):
        begin(stage)
    admission = decisions.propose_late_admission(
        submission=late, reasons="Le site a répondu en erreur de 11 h 50 à 12 h.", incident_report_id=uuid4(),
        actor=stage.team.validator, now=stage.now,
    )  # fmt: skip
    with pytest.raises(RuleViolation, match="Une seule personne"):
        decisions.admit_late(admission=admission, actor=stage.team.validator, now=stage.now)
    assert Entry.objects.filter(act="submission.admit_late.refused").exists()
    decisions.admit_late(admission=admission, actor=stage.team.signatory, now=stage.now)
    minutes = stage.open("technical", first=1, second=2)
    assert minutes.session.is_supplementary
    assert opened_answers(late, "technical")
    assert OpeningResult.objects.get(submission=on_time).session != minutes.session


@pytest.mark.law("LR-54")
def test_one_in_time_needs_no_admission(stage):
    submission = stage.submit().submission
    with pytest.raises(Refusal, match="à temps"):
        decisions.propose_late_admission(
            submission=submission, reasons="Par prudence", incident_report_id=uuid4(), actor=stage.team.validator,
            now=stage.now,
        )  # fmt: skip


def test_an_opening_without_any_submission_has_its_minutes(stage):
    stage.close()
    assert stage.open("technical").facts["submissions"] == []


def test_a_process_that_dies_keeps_what_was_opened(stage, monkeypatch):
    """The custodians give their keys again, and it goes on with the next one."""
    names = ["Une", "Deux", "Trois"]
    submissions = [stage.submit(stage.bidder(name)).submission for name in names]
    stage.close()
    take_out, taken = OpeningProcess.take_out, []

    def dies_on_the_second(self, **arguments):
        taken.append(arguments["root"])
        if len(taken) == 2:
            self._process.kill()
            self._process.wait()
        return take_out(self, **arguments)

    with monkeypatch.context() as crash:
        crash.setattr(OpeningProcess, "take_out", dies_on_the_second)
        with pytest.raises(Refusal, match="interrompue"):
            stage.open("technical")
    assert OpeningResult.objects.readable().count() == 1
    assert OpeningResult.objects.get(status="interrupted").submission.root == taken[1]
    stage.open("technical", first=2, second=0)
    assert OpeningResult.objects.readable().count() == 3
    assert all(opened_answers(submission, "technical") for submission in submissions)


def test_files_of_several_parts_come_back_whole(stage, monkeypatch):
    monkeypatch.setattr(sealing, "PART_SIZE", 64)
    bidder = stage.bidder()
    deposit = stage.deposit(bidder)
    monkeypatch.setattr(sealing, "PART_SIZE", 8 * 1024 * 1024)
    assert Part.objects.filter(file__deposit=deposit, n=3).exists()
    submission = stage.seal(deposit, bidder).submission
    stage.close()
    stage.open("technical")
    [file] = opened_files(submission, "technical")
    assert open_stored(file.stored_file) == PDF + b"technical"


def test_a_file_that_the_store_refuses_is_told_and_hides_no_other(stage, monkeypatch):
    """A macro inside a document of several parts is only seen once the document is whole."""
    bidder = stage.bidder()
    deposit = stage.deposit(bidder)
    monkeypatch.setattr(incoming, "checked_media_type", lambda *args, **kwargs: "application/pdf")
    deposits.add_file(
        deposit=deposit, envelope="technical", name="note.pdf", content=io.BytesIO(b"MZ\x00 programme"),
        actor=bidder.actor, now=stage.now,
    )  # fmt: skip
    submission = stage.seal(deposit, bidder).submission
    stage.close()
    minutes = stage.open("technical")
    files = {file.name: file for file in opened_files(submission, "technical")}
    assert files["technical.pdf"].stored_file is not None
    assert files["note.pdf"].stored_file is None
    assert "note.pdf" in minutes.facts["submissions"][0]["remark"]


def test_the_journal_covers_every_row_and_the_receipts_witness_it(stage, tmp_path):
    """From appointment to minutes: nothing that the acts wrote is outside of the chain, and a rewriting is named."""
    sealed = stage.submit()
    stage.close()
    stage.open("technical")
    stage.open("price")
    outbox.drain()
    (tmp_path / "recus").mkdir()
    (tmp_path / "recus" / "accuse.json").write_text(json.dumps(sealed.receipt.content))
    report = verify(receipts=tmp_path / "recus")
    assert (report.verified, report.faults, report.receipts) == (True, [], 1)
    rewrite("submissions_submission", "version", 9, ("id", _database_id(sealed.submission.pk)))
    assert [(fault.table, fault.column) for fault in verify().faults] == [("submissions.submission", "version")]


# --- What an edited row says is compared with the receipt and the journal (the disk: test_stored_parts) ---


def rewrite(table, column, value, submission):
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {column} = %s WHERE {submission[0]} = %s", [value, submission[1]])  # noqa: S608 - our own names


@pytest.mark.law("LR-57")
@pytest.mark.parametrize(
    ("column", "value", "sentence"),
    [
        ("root", "0" * 64, "pas celle de l’accusé"),
        ("root_document", "{}", "pas celle de l’accusé"),
    ],
)
def test_a_row_that_contradicts_its_receipt_is_named(stage, column, value, sentence):
    submission = stage.submit().submission
    rewrite("submissions_submission", column, value, ("id", _database_id(submission.pk)))
    stage.close()
    stage.open("technical")
    assert sentence in OpeningResult.objects.get(submission=submission).reason


@pytest.mark.law("LR-57")
@pytest.mark.parametrize("change", [lambda text: text.replace('"version":1', '"version":9'), lambda text: "rien"])
def test_a_receipt_that_was_rewritten_is_named(stage, change):
    sealed = stage.submit()
    other = stage.submit(stage.bidder("Autre")).submission
    rewrite("submissions_receipt", "signed", change(sealed.receipt.signed), ("id", _database_id(sealed.receipt.pk)))
    stage.close()
    stage.open("technical")
    assert "accusé" in OpeningResult.objects.get(submission=sealed.submission).reason
    assert opened_answers(other, "technical")


def _database_id(pk):
    return pk if connection.vendor == "postgresql" else pk.hex


@pytest.mark.law("LR-53", "LR-57")
@pytest.mark.parametrize(
    "columns", [("first_byte_at", "complete_at", "received_at"), ("committed_at",), ("party_id",), ("version",)]
)
def test_a_row_edited_behind_the_journal_is_named_and_stays_sealed(stage, columns):
    """A late bid made « on time » by SQL, or given to another firm, does not agree with its signed receipt."""
    honest = stage.submit(stage.bidder("Honnête")).submission
    forged = stage.submit(stage.bidder("Visée")).submission
    other = stage.bidder("Rivale").party
    stage.close()

    def stored(pk):
        return pk.hex if connection.vendor == "sqlite" else pk

    hour = timedelta(hours=1)
    values = {"party_id": stored(other.pk), "version": 7, "committed_at": forged.committed_at + hour}
    given = [values.get(column, forged.received_at - hour) for column in columns]
    changes = ", ".join(f"{column} = %s" for column in columns)
    with connection.cursor() as cursor:
        # Names of our own table and columns.
        cursor.execute(f"UPDATE submissions_submission SET {changes} WHERE id = %s", [*given, stored(forged.pk)])  # noqa: S608 - our own names
    minutes = stage.open("technical")
    results = {line["number"]: line["result"] for line in minutes.facts["submissions"]}
    assert sorted(results.values()) == ["opened", "unreadable"]
    assert opened_answers(honest, "technical")
    with pytest.raises(Refusal, match="pas ouvert"):
        opened_answers(forged, "technical")


def test_a_bid_that_breaks_the_reader_holds_up_no_other(stage, monkeypatch):
    broken = stage.submit(stage.bidder("Casse")).submission
    sound = stage.submit(stage.bidder("Saine")).submission
    stage.close()
    read = opening_step._answers

    def answers(taken):
        found = read(taken)
        if not OpeningResult.objects.exists():
            raise RecursionError
        return found

    monkeypatch.setattr(opening_step, "_answers", answers)
    stage.open("technical")
    statuses = dict(OpeningResult.objects.values_list("submission_id", "status"))
    assert statuses == {broken.pk: "interrupted", sound.pk: "opened"}


def test_before_the_deadline_an_attempt_does_not_tell_how_many_have_come(stage):
    refusals = []
    for _ in range(2):
        with pytest.raises(RuleViolation) as refusal:
            begin(stage)
        refusals.append(refusal.value.reasons)
        deposit = stage.deposit(bidder := stage.bidder())
        SealRequest.objects.create(
            deposit=deposit, root="0" * 64, idempotency_key="k", received_at=stage.now, inserted_at=stage.now,
            user_id=bidder.actor.user_id, organisation_id=bidder.organisation.pk,
            membership_id=bidder.actor.membership_id,
        )  # fmt: skip
    assert refusals[0] == refusals[1]
