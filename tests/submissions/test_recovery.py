"""The second place: a restored backup plus the mirror has every receipt that was handed out, openable (B.7).

A backup restored is the database as it stood: a savepoint taken then, and rolled back to.
"""

import json
import shutil
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import transaction

from marketplace.accounts.actors import Actor
from marketplace.journal import outbox
from marketplace.journal.models import Entry
from marketplace.journal.verify import verify
from procurement.calls.services.periods import extend_deadline
from procurement.submissions import decisions, deposits, mirror, recovery, seal
from procurement.submissions.models import Deposit, Invitation, Part, Receipt, Submission, Withdrawal
from procurement.submissions.reading import opened_answers
from procurement.submissions.verdicts import Verdict
from tests.factories import MembershipFactory, OrganisationFactory, make, within_act
from tests.submissions.stage import Bidder


@pytest.fixture(autouse=True)
def place(settings, tmp_path: Path) -> Path:
    folder = tmp_path / "mirror"
    folder.mkdir()
    settings.SUBMISSION_MIRROR = str(folder)
    return folder


@contextmanager
def lost_afterwards(*, parts: bool = True):
    """What the block does to the database is lost with the machine; with `parts`, so is the folder of sealed parts."""
    saved = transaction.savepoint()
    yield
    transaction.savepoint_rollback(saved)
    if parts:
        shutil.rmtree(settings.SUBMISSION_ROOT)


def newcomer(stage, membership) -> Bidder:
    """A firm known at the backup, which comes forward after it: its party is lost too."""
    organisation, actor = membership.organisation, Actor.of(membership)
    party = deposits.form_party(lot=stage.period.lot, lead=organisation, actor=actor, now=stage.now)
    within_act(lambda: Invitation(party=party, period=stage.period, invited_at=stage.now).save())
    return Bidder(organisation, actor, party)


def signed_receipts() -> dict[str, str]:
    return dict(Receipt.objects.values_list("number", "signed"))


@pytest.mark.law("LR-56", "LR-57")
def test_backup_and_mirror_bring_back_every_receipt_and_two_custodians_open(stage, place, tmp_path):
    """One sealed before the backup, three after it: from nothing, from a draft of the backup, in place of another."""
    before = stage.submit(stage.bidder("Avant")).submission
    drafting, replacing = stage.bidder("Brouillon"), stage.bidder("Remplace")
    draft = stage.deposit(drafting)
    person = make(MembershipFactory, organisation=make(OrganisationFactory, name="Nouvelle"))
    with lost_afterwards():
        new = stage.submit(newcomer(stage, person), montant_ht="187500.00")
        stage.seal(draft, drafting)
        first = stage.submit(replacing).submission
        again = deposits.replace(submission=first, actor=replacing.actor, now=stage.now)
        stage.fill(again, replacing)
        stage.seal(again, replacing, key="demande-2")
        receipts = signed_receipts()
    assert Submission.objects.get() == before
    stage.clock.advance(timedelta(hours=5))

    planned = recovery.recover(place, now=stage.now, dry_run=True)
    assert (len(planned.submissions), planned.impossible, Submission.objects.count()) == (4, [], 1)
    found = recovery.recover(place, now=stage.now)
    assert (found.as_json() | {"parts": 0}) == (planned.as_json() | {"parts": 0})
    assert found.present == 1
    assert found.parts == Part.objects.count() == 30
    assert signed_receipts() == receipts
    assert Submission.objects.get(pk=new.submission.pk).received_at == new.submission.received_at
    assert Deposit.objects.get(pk=draft.pk).draft_key is None
    assert Entry.objects.filter(act="submission.recovered").count() == 4
    outbox.drain()
    folder = tmp_path / "recus"
    folder.mkdir()
    for number, signed in receipts.items():
        (folder / f"{number}.json").write_text(signed)
    report = verify(receipts=folder)
    assert (report.faults, report.receipts) == ([], 5)

    again = recovery.recover(place, now=stage.now)
    assert (again.submissions, again.receipts, again.parts, again.present, again.impossible) == ([], [], 0, 5, [])
    stage.close()
    minutes = stage.open("technical")
    assert [line["result"] for line in minutes.facts["submissions"]] == ["opened"] * 4
    assert opened_answers(Submission.objects.get(pk=new.submission.pk), "technical")["montant_ht"] == "187500.00"
    assert verify().faults == []


def test_a_request_without_its_receipt_comes_back_and_is_finished_with_its_own_time(stage, place, monkeypatch):
    bidder = stage.bidder()
    with lost_afterwards():
        deposit = stage.deposit(bidder)
        root = stage.assemble(deposit, bidder).root
        received = stage.now
        with monkeypatch.context() as crash:
            crash.setattr(seal, "_finish", lambda *arguments: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                seal.seal(deposit=deposit, root=root, idempotency_key="a", actor=bidder.actor, now=received)
    stage.close()
    found = recovery.recover(place, now=stage.now)
    assert (len(found.arrivals), found.submissions, found.whole) == (1, [], True)
    assert recovery.recover(place, now=stage.now).present == 1
    [sealed] = seal.finish_pending_seals(now=stage.now)
    assert (sealed.submission.received_at, sealed.submission.verdict) == (received, Verdict.ON_TIME)
    assert verify().faults == []
    stage.open("technical")
    assert opened_answers(sealed.submission, "technical")


@pytest.mark.law("LR-52")
def test_a_withdrawal_comes_back_and_an_extension_is_asked_for_again(stage, place):
    leaver, stayer = stage.bidder("Retire"), stage.bidder("Reste")
    stage.clock.advance(timedelta(days=1))
    with lost_afterwards(parts=False):
        gone, stays = stage.submit(leaver).submission, stage.submit(stayer).submission
        decisions.withdraw(submission=gone, actor=leaver.actor, now=stage.now)
        extend_deadline(
            period=stage.period, closes_at=stage.deadline + timedelta(days=7), reason="Panne du site.",
            actor=stage.team.validator, now=stage.now,
        )  # fmt: skip
        outbox.drain()
        receipts = signed_receipts()
    found = recovery.recover(place, now=stage.now)
    assert (found.parts, found.impossible) == (0, [])
    assert signed_receipts() == receipts
    assert Withdrawal.objects.get().submission_id == gone.pk
    assert set(Submission.objects.current(stage.period)) == {Submission.objects.get(pk=stays.pk)}
    assert [warning for warning in found.warnings if "Décidez ce report à nouveau" in warning]
    assert verify().faults == []


def test_what_cannot_come_back_is_named_and_holds_up_no_other(stage, place, settings):
    with lost_afterwards():
        newcomer = stage.bidder("Inscrite après la sauvegarde")
        stage.submit(newcomer)
    absent, spoilt, sound = (stage.bidder(name) for name in ("Absente", "Abîmée", "Intacte"))
    with lost_afterwards():
        stage.submit(absent)
        ruined = stage.submit(spoilt).submission
        stage.submit(sound)
    [path, *_] = sorted((place / str(ruined.deposit_id)).glob("*.age"))
    sealed = path.read_bytes()
    path.write_bytes(sealed[:-1] + bytes([sealed[-1] ^ 1]))
    deposits.open_deposit(period=stage.period, party=absent.party, actor=absent.actor, now=stage.now)
    register = place / mirror.REGISTER / f"{stage.period.pk}.jsonl"
    register.write_bytes(register.read_bytes() + b'{"format":"preau-mi')
    found = recovery.recover(place, now=stage.now)
    assert [entry.party.lead.name for entry in Submission.objects.all()] == ["Intacte"]
    reasons = " ".join(problem["why"] for problem in found.impossible)
    for said in ("n’est pas dans la sauvegarde", "altérée partout", "autre réponse depuis la remise"):
        assert said in reasons
    assert len(found.impossible) == 3
    assert "ligne illisible" in found.warnings[0]
    assert verify().faults == []
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("recover_submissions", "--from", str(place), "--json", stdout=out)
    assert len(json.loads(out.getvalue())["impossible"]) == 3


@pytest.mark.parametrize("change", [{"received_at": "2027-01-12T08:00:00.000000Z"}, {"root": "0" * 64}])
def test_a_line_that_contradicts_its_receipt_is_refused(stage, place, change):
    bidder = stage.bidder()
    with lost_afterwards():
        stage.submit(bidder)
    [register] = (place / mirror.REGISTER).glob("*.jsonl")
    lines = [json.loads(line) for line in register.read_text().splitlines()]
    for line in lines:
        line.get("submission", {}).update(change)
    register.write_text("".join(json.dumps(line) + "\n" for line in lines))
    found = recovery.recover(place, now=stage.now)
    assert "se contredisent" in found.impossible[0]["why"]
    assert not Submission.objects.exists()


def test_a_forged_receipt_is_refused(stage, place):
    bidder = stage.bidder()
    with lost_afterwards():
        stage.submit(bidder)
    [register] = (place / mirror.REGISTER).glob("*.jsonl")
    register.write_text(register.read_text().replace("Tram", "Tran"))
    found = recovery.recover(place, now=stage.now)
    assert "signé" in found.impossible[0]["why"]
    assert not Submission.objects.exists()


def test_a_mirror_that_does_not_answer_holds_up_nobody_and_is_caught_up(stage, place, settings):
    shutil.rmtree(place)
    sealed = stage.submit()
    assert mirror.is_behind()
    assert not place.exists()
    place.mkdir()
    parts, lines = mirror.catch_up()
    assert (parts, lines, mirror.is_behind()) == (6, 1, False)
    assert mirror.catch_up() == (0, 0)
    [(_, line)] = mirror.lines(place)
    assert line["receipt"]["signed"] == sealed.receipt.signed


def test_what_is_dropped_here_is_dropped_there(stage, place):
    bidder = stage.bidder()
    deposit = stage.deposit(bidder)
    assert len([*place.rglob("*.age")]) == 2
    deposits.drop_deposit(deposit=deposit, actor=bidder.actor, now=stage.now)
    assert [*place.rglob("*.age")] == []


def test_without_a_mirror_nothing_is_written_elsewhere(stage, place, settings):
    settings.SUBMISSION_MIRROR = ""
    stage.submit()
    assert (mirror.is_set(), mirror.is_behind(), [*place.iterdir()]) == (False, False, [])
