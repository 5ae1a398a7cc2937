"""The seal: one receipt for one submission, whatever is asked twice, late or interrupted."""

import io
import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from marketplace.accounts.actors import Actor
from marketplace.journal import keys, outbox
from marketplace.journal.clock import canonical as instant
from marketplace.journal.errors import NotAllowed, Refusal
from marketplace.journal.models import Entry
from marketplace.journal.outbox import drain
from procurement.calls.services.periods import extend_deadline
from procurement.law.findings import RuleViolation
from procurement.submissions import assembly, decisions, deposits, seal
from procurement.submissions.canonical import Unreadable
from procurement.submissions.draft_box import read_draft
from procurement.submissions.models import Deposit, Receipt, SealOutcome, SealRequest, Submission
from procurement.submissions.receipts import ALPHABET
from procurement.submissions.seal import SealConflict
from procurement.submissions.tasks import SEALER
from procurement.submissions.verdicts import Verdict
from tests.submissions.stage import PDF, make_stage


def ask(stage, deposit, bidder, root, key="demande-1", now=None):
    return seal.seal(deposit=deposit, root=root, idempotency_key=key, actor=bidder.actor, now=now or stage.now)


@pytest.mark.law("LR-56", "LR-57")
def test_a_sealed_deposit_has_a_signed_receipt(stage):
    stage.clock.advance(timedelta(days=3))
    bidder = stage.bidder()
    sealed = stage.submit(bidder)
    content = sealed.receipt.content
    assert keys.verify_json("receipt", content)
    assert content["root"] == sealed.submission.root
    assert content["verdict"] == "on_time"
    assert content["buyer"]["name"] == stage.team.buyer.name
    assert content["bidder"]["name"] == "Tramélys"
    assert content["call"]["object"] == "Un service de prévision"
    assert [document["label"] for document in content["documents"]] == [
        "Réponses saisies",
        "Mémoire technique",
        "Réponses saisies",
        "Annexe financière",
    ]
    assert set(sealed.receipt.number) - {"-"} <= set(ALPHABET)
    entry = Entry.objects.get(act="submission.sealed")
    assert entry.data["root"] == sealed.submission.root
    assert content["head"] == entry.previous_hash


@pytest.mark.law("LR-56")
def test_the_receipt_is_printed_with_its_json(stage):
    sealed = stage.submit()
    outbox.drain()
    sealed.receipt.document.refresh_from_db()
    assert sealed.receipt.document.pdf().startswith(b"%PDF")


def test_asking_again_gives_the_same_receipt(stage):
    bidder = stage.bidder()
    deposit = stage.deposit(bidder)
    root = stage.assemble(deposit, bidder).root
    first = ask(stage, deposit, bidder, root)
    stage.clock.advance(timedelta(minutes=5))
    assert ask(stage, deposit, bidder, root).receipt == first.receipt
    assert ask(stage, deposit, bidder, root, key="autre-demande").receipt == first.receipt
    assert Submission.objects.count() == Receipt.objects.count() == 1


def test_the_same_request_for_another_root_conflicts(stage):
    bidder = stage.bidder()
    deposit = stage.deposit(bidder)
    root = stage.assemble(deposit, bidder).root
    with pytest.raises(SealConflict):
        ask(stage, deposit, bidder, "0" * 64)
    ask(stage, deposit, bidder, root)
    for key in ("demande-1", "demande-2"):
        with pytest.raises(SealConflict):
            ask(stage, deposit, bidder, "0" * 64, key=key)
    assert Submission.objects.count() == 1


def test_what_changed_since_the_last_reading_is_not_sealed(stage):
    bidder = stage.bidder()
    deposit = stage.deposit(bidder)
    root = stage.assemble(deposit, bidder).root
    deposits.save_answers(
        deposit=deposit, envelope="price", answers={"montant_ht": "1.00"}, actor=bidder.actor, now=stage.now
    )
    with pytest.raises(SealConflict, match="relecture"):
        ask(stage, deposit, bidder, root)


def test_a_part_cannot_come_after_the_request(stage):
    """Nobody backdates by announcing first and uploading later."""
    bidder = stage.bidder()
    announced = stage.now
    stage.clock.advance(timedelta(seconds=5))
    deposit = stage.deposit(bidder)
    root = stage.assemble(deposit, bidder).root
    with pytest.raises(Refusal, match="après votre demande"):
        ask(stage, deposit, bidder, root, now=announced)


def test_a_request_inscribed_too_late_is_asked_again(stage):
    bidder = stage.bidder()
    deposit = stage.deposit(bidder)
    root = stage.assemble(deposit, bidder).root
    received = stage.now
    stage.clock.advance(timedelta(seconds=11))
    with pytest.raises(Refusal, match="trop de temps"):
        ask(stage, deposit, bidder, root, now=received)
    assert not SealRequest.objects.exists()
    assert ask(stage, deposit, bidder, root).receipt


@pytest.mark.law("LR-53")
def test_one_microsecond_late_is_received_kept_and_told(stage):
    bidder = stage.bidder()
    deposit = stage.deposit(bidder)
    stage.clock.advance_to(stage.deadline + timedelta(microseconds=1))
    sealed = stage.seal(deposit, bidder)
    assert sealed.submission.verdict is Verdict.LATE_STARTED_IN_TIME
    assert sealed.receipt.content["verdict"] == "late_started_in_time"
    assert not Submission.objects.to_open(stage.period).exists()


@pytest.mark.law("LR-53")
def test_at_the_deadline_itself_it_is_on_time(stage):
    bidder = stage.bidder()
    deposit = stage.deposit(bidder)
    stage.clock.advance_to(stage.deadline)
    assert stage.seal(deposit, bidder).submission.verdict is Verdict.ON_TIME


@pytest.mark.law("LR-43")
def test_a_late_candidature_stays_sealed(db, moving_clock):
    stage = make_stage(moving_clock, kind="candidature")
    bidder = stage.bidder()
    deposit = stage.deposit(bidder)
    stage.clock.advance_to(stage.deadline + timedelta(seconds=1))
    stage.seal(deposit, bidder)
    stage.close()
    minutes = stage.open("candidature")
    assert minutes.facts["submissions"] == []
    assert [line["verdict"] for line in minutes.facts["sealed"]] == ["late"]


@pytest.mark.law("LR-52")
def test_only_the_last_one_in_time_counts(stage):
    bidder = stage.bidder()
    first = stage.submit(bidder).submission
    again = deposits.replace(submission=first, actor=bidder.actor, now=stage.now)
    stage.fill(again, bidder)
    assert list(Submission.objects.current(stage.period)) == [first]
    second = stage.seal(again, bidder, key="demande-2")
    assert list(Submission.objects.current(stage.period)) == [second.submission]
    assert second.submission.replaces == first
    assert second.receipt.content["replaces"] == first.receipts.get().number


@pytest.mark.law("LR-52")
def test_a_late_one_replaces_nothing(stage):
    bidder = stage.bidder()
    first = stage.submit(bidder).submission
    again = deposits.replace(submission=first, actor=bidder.actor, now=stage.now)
    stage.fill(again, bidder)
    stage.clock.advance_to(stage.deadline + timedelta(seconds=1))
    late = stage.seal(again, bidder, key="demande-2").submission
    assert late.replaces is None
    assert list(Submission.objects.current(stage.period)) == [first]


@pytest.mark.law("LR-52")
def test_a_submission_is_whole_or_is_not_sealed(stage):
    bidder = stage.bidder()
    deposit = deposits.open_deposit(period=stage.period, party=bidder.party, actor=bidder.actor, now=stage.now)
    deposits.save_answers(
        deposit=deposit, envelope="technical", answers={"texte": "oui"}, actor=bidder.actor, now=stage.now
    )
    with pytest.raises(RuleViolation) as refused:
        assembly.assemble(deposit=deposit, replacement_rule_accepted=False, actor=bidder.actor, now=stage.now)
    assert refused.value.rules == ["LR-52"]
    assert "Prix" in refused.value.reasons[0]
    assert len(refused.value.reasons) == 2


@pytest.mark.law("LR-59")
def test_no_signature_is_asked_at_deposit(stage):
    assert stage.submit().receipt


def test_withdrawal_has_its_receipt_and_brings_nothing_back(stage):
    bidder = stage.bidder()
    first = stage.submit(bidder).submission
    again = deposits.replace(submission=first, actor=bidder.actor, now=stage.now)
    stage.fill(again, bidder)
    second = stage.seal(again, bidder, key="demande-2").submission
    receipt = decisions.withdraw(submission=second, actor=bidder.actor, now=stage.now)
    assert receipt.content["verdict"] == "withdrawn"
    assert not Submission.objects.current(stage.period).exists()
    with pytest.raises(Refusal, match="déjà retiré"):
        decisions.withdraw(submission=second, actor=bidder.actor, now=stage.now)


def test_nothing_is_withdrawn_after_the_deadline(stage):
    bidder = stage.bidder()
    submission = stage.submit(bidder).submission
    stage.close()
    with pytest.raises(Refusal, match="heure limite est passée"):
        decisions.withdraw(submission=submission, actor=bidder.actor, now=stage.now)


def test_an_extension_turns_a_late_one_on_time_and_complements_receipts(stage):
    bidder = stage.bidder()
    deposit = stage.deposit(bidder)
    stage.clock.advance_to(stage.deadline + timedelta(seconds=1))
    submission = stage.seal(deposit, bidder).submission
    extend_deadline(
        period=stage.period, closes_at=stage.deadline + timedelta(days=1), reason="Panne du site",
        actor=stage.team.validator, second_person=None if stage.now < stage.deadline else _second_validator(stage),
        now=stage.now,
    )  # fmt: skip
    assert Submission.objects.get(pk=submission.pk).verdict is Verdict.ON_TIME
    drain()
    complement = submission.receipts.get(kind="complement")
    assert complement.content["verdict"] == "on_time"
    assert submission.receipts.get(kind="submission").content["verdict"] == "late_started_in_time"


@pytest.mark.law("LR-53")
def test_two_extensions_at_one_instant_end_with_the_later_one(stage):
    """The journal orders them: submissions, receipts and complements follow the second, to the microsecond."""
    extend = {
        "period": stage.period, "reason": "Panne du site", "actor": stage.team.validator,
        "second_person": _second_validator(stage), "now": stage.now,
    }  # fmt: skip
    early = stage.submit().submission
    first, second = stage.deadline + timedelta(days=1), stage.deadline + timedelta(days=4)
    for closes_at in (first, second):
        extend_deadline(closes_at=closes_at, **extend)
    bidders = [stage.bidder(name) for name in ("À l’heure", "Une microseconde après")]
    drafts = [stage.deposit(bidder) for bidder in bidders]
    found = []
    for bidder, deposit, at in zip(bidders, drafts, (second, second + timedelta(microseconds=1)), strict=True):
        stage.clock.advance_to(at)
        found.append(stage.seal(deposit, bidder).receipt.content)
    assert [one["deadline"] for one in found] == [instant(second)] * 2
    assert [one["verdict"] for one in found] == ["on_time", "late_started_in_time"]
    drain()
    assert [one.content["deadline"] for one in early.receipts.filter(kind="complement")] == [instant(second)]
    assert stage.deadline == second


def test_complements_come_a_few_at_a_time_and_once(stage, monkeypatch):
    """Interrupted, the task goes on with those who lack one; those sealed after the extension need none."""
    monkeypatch.setattr(decisions, "COMPLEMENTS_AT_ONCE", 2)
    before = [stage.submit().submission for _ in range(3)]
    extend_deadline(
        period=stage.period, closes_at=stage.deadline + timedelta(days=1), reason="Panne du site",
        actor=stage.team.validator, now=stage.now,
    )  # fmt: skip
    after = stage.submit().submission
    with monkeypatch.context() as broken:
        broken.setattr(decisions, "enqueue", fails_at(3, decisions.enqueue))
        with pytest.raises(outbox.TaskFailed):
            drain()
    assert Receipt.objects.filter(kind="complement").count() == 2
    outbox.retry_failed()
    drain()
    assert [one.receipts.filter(kind="complement").count() for one in before] == [1, 1, 1]
    assert not after.receipts.filter(kind="complement").exists()
    assert Entry.objects.filter(act="receipts.complemented").count() == 2


def test_an_extension_decided_while_complements_are_written_is_what_the_rest_are_told(stage, monkeypatch):
    """Each states the deadline that stood when it was signed; who was told of an older one is told again, once."""
    monkeypatch.setattr(decisions, "COMPLEMENTS_AT_ONCE", 1)
    bidders = [stage.submit().submission for _ in range(3)]
    breaths = []

    def extend(days):
        extend_deadline(
            period=stage.period, closes_at=stage.deadline + timedelta(days=days), reason="Panne du site",
            actor=stage.team.validator, now=stage.now,
        )  # fmt: skip

    def breathe(seconds):
        breaths.append(seconds)
        assert len(breaths) < 10, "complements are written for ever"
        if len(breaths) == 1:
            stage.clock.advance(timedelta(minutes=1))
            extend(4)

    extend(1)
    begun = stage.now
    monkeypatch.setattr(decisions.time, "sleep", breathe)
    decisions.issue_complements(period=stage.period, actor=Actor.system(SEALER), now=begun)
    told = [[row.content["deadline"] for row in one.receipts.filter(kind="complement")] for one in bidders]
    assert sorted(map(len, told)) == [1, 1, 2]
    assert {stated[-1] for stated in told} == {instant(stage.deadline)}


def test_what_all_complements_say_is_read_once_for_several(stage):
    """Everybody who seals waits for the act meanwhile: call, buyer and deadlines are not read bidder by bidder."""

    def readings(bidders, days):
        for _ in range(bidders):
            stage.submit()
        extend_deadline(
            period=stage.period, closes_at=stage.deadline + timedelta(days=days), reason="Panne du site",
            actor=stage.team.validator, now=stage.now,
        )  # fmt: skip
        with CaptureQueriesContext(connection) as asked:
            issued = decisions.issue_complements(period=stage.period, actor=Actor.system(SEALER), now=stage.now)
        tables = ("calls_call", "calls_lot", "calls_perioddeadline", "submissions_tenderingparty")
        return len(issued), [sum(f'FROM "{table}"' in one["sql"] for one in asked.captured_queries) for table in tables]

    few, many = readings(2, 1), readings(3, 4)
    assert (few[0], many[0]) == (2, 5)
    assert few[1] == many[1]


def fails_at(nth, real):
    """The same function, which breaks at its nth call."""
    calls = []

    def broken(*args):
        calls.append(args)
        if len(calls) == nth:
            raise OSError("coupure")
        return real(*args)

    return broken


def _second_validator(stage):
    from procurement.calls.services import drafts
    from tests.calls.builders import team_user

    drafts.give_role(
        call=stage.call, user=team_user(stage.team.reader), role="validator", actor=stage.team.author, now=stage.now
    )
    return stage.team.reader


def test_a_crash_between_the_two_steps_is_finished_with_its_own_time(stage, monkeypatch):
    bidder = stage.bidder()
    deposit = stage.deposit(bidder)
    root = stage.assemble(deposit, bidder).root
    stage.clock.advance_to(stage.deadline)
    received = stage.now
    with monkeypatch.context() as crash:
        crash.setattr(seal, "issue_receipt", lambda *args: (_ for _ in ()).throw(OSError("coupure")))
        with pytest.raises(OSError, match="coupure"):
            ask(stage, deposit, bidder, root)
    assert not Submission.objects.exists()
    stage.clock.advance(timedelta(hours=1))
    [sealed] = seal.finish_pending_seals(now=stage.now)
    assert sealed.submission.received_at == received
    assert sealed.submission.committed_at == stage.now
    assert sealed.submission.verdict is Verdict.ON_TIME
    assert ask(stage, deposit, bidder, root, now=stage.now).receipt == sealed.receipt


def test_after_five_failures_people_decide_and_others_are_sealed(stage, monkeypatch):
    poisoned, sound = stage.bidder("Empoisonnée"), stage.bidder("Saine")
    waiting = []
    for bidder in (poisoned, sound):
        deposit = stage.deposit(bidder)
        root = stage.assemble(deposit, bidder).root
        with monkeypatch.context() as crash:
            crash.setattr(seal, "_finish", lambda *args: (_ for _ in ()).throw(RuntimeError("coupure")))
            with pytest.raises(RuntimeError, match="coupure"):
                ask(stage, deposit, bidder, root)
        waiting.append(deposit)
    part = waiting[0].files.first().parts.get()
    deposits.part_store().path(str(waiting[0].pk), str(part.file_id), part.n).unlink()
    for _ in range(5):
        seal.finish_pending_seals(now=stage.now)
    assert Submission.objects.get().party == sound.party
    assert SealOutcome.objects.get(request__deposit=waiting[0]).status == "needs_decision"
    with pytest.raises(Refusal, match="deux personnes"):
        ask(stage, waiting[0], poisoned, waiting[0].seal_request.root)


def test_a_receipt_means_that_the_draft_is_gone(stage):
    bidder = stage.bidder()
    deposit = stage.deposit(bidder)
    read_draft(Deposit.objects.get(pk=deposit.pk))
    stage.seal(deposit, bidder)
    sealed = Deposit.objects.get(pk=deposit.pk)
    assert (sealed.draft_key, bytes(sealed.draft)) == (None, b"")
    with pytest.raises(Refusal, match="figé"):
        deposits.add_file(
            deposit=deposit, envelope="price", name="a.pdf", content=io.BytesIO(PDF), actor=bidder.actor, now=stage.now
        )


def test_a_draft_copied_into_another_deposit_does_not_open(stage):
    mine, other = (stage.deposit(stage.bidder(name)) for name in ("Une", "Autre"))
    thief = Deposit.objects.get(pk=mine.pk)
    thief.draft, thief.draft_key = (getattr(Deposit.objects.get(pk=other.pk), name) for name in ("draft", "draft_key"))
    with pytest.raises(Unreadable):
        read_draft(thief)


def test_a_rival_touches_nothing(stage):
    bidder, rival = stage.bidder("Une"), stage.bidder("Rivale")
    deposit = stage.deposit(bidder)
    with pytest.raises(NotAllowed):
        deposits.open_deposit(period=stage.period, party=bidder.party, actor=rival.actor, now=stage.now)
    with pytest.raises(NotAllowed):
        ask(stage, deposit, rival, "0" * 64)


@pytest.mark.law("LR-58")
@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("offre.exe", b"MZ", "n’est pas accepté"),
        ("offre.pdf", b"", "vide"),
        ("offre.pdf", b"PK\x03\x04 rien", "abîmée"),
        ("offre.txt", b"texte", "n’accepte pas ce type"),
        ("offre.pdf", PDF + b"x" * 3000, "par fichier"),
    ],
)
def test_announced_limits_hold(db, moving_clock, name, content, sentence):
    stage = make_stage(moving_clock, media_types=["application/pdf"], bytes_per_file=3000)
    bidder = stage.bidder()
    deposit = deposits.open_deposit(period=stage.period, party=bidder.party, actor=bidder.actor, now=stage.now)
    with pytest.raises(Refusal, match=sentence):
        deposits.add_file(
            deposit=deposit, envelope="technical", name=name, content=io.BytesIO(content), actor=bidder.actor,
            now=stage.now,
        )  # fmt: skip
    assert not list(deposits.part_store().root.rglob("*.age"))


def test_receipts_hold_no_sequence_number(stage):
    content = json.dumps(stage.submit().receipt.content)
    assert '"seq"' not in content
