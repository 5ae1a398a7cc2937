"""Everything that may be done to what is stored, one bid a mischief: each is named at once, the others open (B.5).

The matrix is played in one opening. What rows say is changed in SQL, as somebody with the database would.
"""

import io
import logging
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection

from marketplace.journal.errors import Refusal
from procurement.submissions import deposits, opening, opening_step
from procurement.submissions.models import DepositFile, EnvelopeWrap, OpeningResult, Part, Submission
from procurement.submissions.reading import opened_answers
from tests.submissions.stage import PDF, make_stage
from tests.submissions.test_nothing_readable import assert_absent, files_of

CHUNK = 64 * 1024
SECRET = b"MarqueSecrete "
CONTENT = PDF + SECRET * 12_000  # more than two chunks of age
SLOWEST = 2.0
"""Seconds of processor: durations would tell who else was there."""
"""Seconds within which a defect is named."""


def path_of(submission: Submission, envelope: str = "technical", kind: str = "document") -> Path:
    files = DepositFile.objects.filter(deposit=submission.deposit_id, envelope=envelope, kind=kind)
    file = files.filter(size__gt=CHUNK).first() if kind == "document" else files.get()
    return deposits.part_store().path(str(submission.deposit_id), str(file.pk), 1)


def small_path_of(submission: Submission, envelope: str) -> Path:
    file = DepositFile.objects.get(deposit=submission.deposit_id, envelope=envelope, kind="document", size__lt=CHUNK)
    return deposits.part_store().path(str(submission.deposit_id), str(file.pk), 1)


def rewrite(path: Path, change: Callable[[bytes], bytes]) -> None:
    path.write_bytes(change(path.read_bytes()))


def sql(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def database_id(pk: object) -> object:
    return pk.hex if connection.vendor == "sqlite" else pk


def swap(one: Path, other: Path) -> None:
    mine, theirs = one.read_bytes(), other.read_bytes()
    one.write_bytes(theirs)
    other.write_bytes(mine)


def flood(data: bytes) -> bytes:
    return b"age-encryption.org/v1\n" + b"-> X25519 abc\nabc\n" * 10_000 + b"--- mac\n"


def at_a_chunk(data: bytes) -> bytes:
    """Without its last chunks: what age gives of it before it fails is sound text."""
    return data[: data.index(b"\n", data.index(b"\n---") + 1) + 1 + 16 + CHUNK + 16]


# age pads its header by chance: another part may differ in length before it does in hash.
FOREIGN = "pas ceux du dépôt|octets conservés au lieu de"

# Name → (what is done to a bid, given a bid of the same call and one of another call; what the minutes say of it).
MISCHIEFS = {
    "part cut at a chunk": (lambda one, _, __: rewrite(path_of(one), at_a_chunk), "octets conservés au lieu de"),
    "part cut": (lambda one, _, __: rewrite(path_of(one), lambda data: data[:-10]), "octets conservés au lieu de"),
    "part lengthened": (lambda one, _, __: rewrite(path_of(one), lambda data: data + b"!"), "octets conservés"),
    "part altered": (
        lambda one, _, __: rewrite(path_of(one), lambda data: data[:-1] + bytes([data[-1] ^ 1])),
        "pas ceux du dépôt",
    ),
    "part dropped": (lambda one, _, __: path_of(one).unlink(), "absente de l’espace de stockage"),
    "part emptied": (lambda one, _, __: rewrite(path_of(one), lambda data: b""), "0 octets conservés"),
    "part of 10 000 stanzas": (lambda one, _, __: rewrite(path_of(one), flood), "octets conservés au lieu"),
    "manifest of 10 000 stanzas": (lambda one, _, __: rewrite(path_of(one, kind="manifest"), flood), "manifeste"),
    "manifest dropped": (lambda one, _, __: path_of(one, kind="manifest").unlink(), "absente de l’espace"),
    "part of another bid": (
        lambda one, other, _: rewrite(path_of(one), lambda data: path_of(other).read_bytes()), FOREIGN),
    "part of another call": (
        lambda one, _, far: rewrite(path_of(one), lambda data: path_of(far).read_bytes()), FOREIGN),
    "parts of two files swapped": (
        lambda one, _, __: swap(path_of(one), small_path_of(one, "technical")), "octets conservés au lieu"),
    "part of the other envelope": (
        lambda one, _, __: swap(small_path_of(one, "technical"), small_path_of(one, "price")), FOREIGN),
    "part of the version before": (
        lambda one, _, __: rewrite(path_of(one), lambda data: path_of(one.replaces).read_bytes()), FOREIGN),
    "manifest of the version before": (
        lambda one, _, __: rewrite(
            path_of(one, kind="manifest"), lambda data: path_of(one.replaces, kind="manifest").read_bytes()),
        "manifeste"),
    "row of a part repeated": (lambda one, _, __: repeat_row(one), "ajoutée ou répétée"),
    "rows of a file dropped": (
        lambda one, _, __: Part.objects.filter(file__deposit=one.deposit_id, file__kind="document").delete(),
        "manque ou a changé"),
    "file moved to another call": (lambda one, _, far: move_file(one, far.deposit_id), "manque ou a changé"),
    "file moved to the other envelope": (
        lambda one, _, __: DepositFile.objects.filter(
            deposit=one.deposit_id, envelope="technical", kind="document").update(envelope="price"),
        "ajoutée ou répétée"),
    "hash of a part edited": (
        lambda one, _, __: Part.objects.filter(
            file__deposit=one.deposit_id, file__kind="document", file__envelope="technical",
            sealed_len__gt=CHUNK).update(sealed_sha256="2" * 64),
        "manque ou a changé"),
    "version edited": (
        lambda one, _, __: sql("UPDATE submissions_deposit SET version = 9 WHERE id = %s", database_id(one.deposit_id)),
        "rattaché à un autre"),
    "instant edited": (
        lambda one, _, __: sql(
            "UPDATE submissions_submission SET first_byte_at = %s WHERE id = %s",
            connection.ops.adapt_datetimefield_value(one.period.opens_at), database_id(one.pk)),
        "même chose que le registre"),
}  # fmt: skip


def repeat_row(one: Submission) -> None:
    part = Part.objects.filter(file__deposit=one.deposit_id, file__envelope="technical").first()
    part.pk, part.n, part.sealed_sha256, part._state.adding = uuid4(), part.n + 1, "1" * 64, True
    part.save()


def move_file(one: Submission, to: object) -> None:
    file = DepositFile.objects.filter(deposit=one.deposit_id, envelope="technical", kind="document").first()
    file.deposit_id = to
    file.save()


def submit(stage, bidder) -> Submission:
    deposit = deposits.open_deposit(period=stage.period, party=bidder.party, actor=bidder.actor, now=stage.now)
    return fill_and_seal(stage, deposit, bidder, "a")


def fill_and_seal(stage, deposit, bidder, key) -> Submission:
    deposits.add_file(
        deposit=deposit, envelope="technical", name="long.pdf", content=io.BytesIO(CONTENT), actor=bidder.actor,
        now=stage.now,
    )  # fmt: skip
    stage.fill(deposit, bidder, methode=SECRET.decode())
    return stage.seal(deposit, bidder, key=key).submission


@pytest.mark.law("LR-57")
def test_every_mischief_is_named_at_once_and_the_others_open(stage, moving_clock, monkeypatch, caplog):
    caplog.set_level(logging.DEBUG, logger="procurement")
    far = make_stage(moving_clock)
    elsewhere = submit(far, far.bidder("Ailleurs"))
    stage.clock.advance(timedelta(minutes=1))
    spoilt = {}
    for name in MISCHIEFS:
        bidder = stage.bidder(name)
        spoilt[name] = submit(stage, bidder)
        if "version before" in name:
            again = deposits.replace(submission=spoilt[name], actor=bidder.actor, now=stage.now)
            spoilt[name] = fill_and_seal(stage, again, bidder, "b")
    other, sound = submit(stage, stage.bidder("Copiée")), submit(stage, stage.bidder("Intacte"))
    for name, (spoil, _) in MISCHIEFS.items():
        spoil(spoilt[name], other, elsewhere)
    took = time_each_opening(monkeypatch)
    stage.close()
    minutes = stage.open("technical")

    results = {result.submission_id: result for result in OpeningResult.objects.all()}
    for name, (_, sentence) in MISCHIEFS.items():
        result = results[spoilt[name].pk]
        assert result.status == "damaged", name
        assert any(said in result.reason for said in sentence.split("|")), (name, result.reason)
        assert (result.answers, list(result.files.all())) == (None, []), name
        line = next(line for line in minutes.facts["submissions"] if line["depositor"] == name)
        assert (line["result"], line["remark"]) == ("unreadable", result.reason)
        assert took[spoilt[name].pk] < SLOWEST, name
    for whole in (other, sound):
        assert opened_answers(whole, "technical")["methode"] == SECRET.decode()
    # Of the spoilt ones no word lies anywhere: neither on the disk, nor in the logs.
    for root in (settings.SUBMISSION_ROOT, settings.PRIVATE_ROOT):
        for place, content in files_of(root).items():
            assert_absent("MarqueSecrete", content, place)
    assert_absent("MarqueSecrete", caplog.text.encode(), "the logs")


def time_each_opening(monkeypatch) -> dict:
    took, real = {}, opening_step.open_submission

    def timed(*, submission, **arguments):
        began = time.process_time()
        try:
            return real(submission=submission, **arguments)
        finally:
            took[submission.pk] = time.process_time() - began

    monkeypatch.setattr(opening, "open_submission", timed)
    return took


@pytest.mark.law("LR-57")
@pytest.mark.parametrize(
    ("columns", "between", "sentence"),
    [
        (("blob",), "envelopes", "n’est pas celle qui a été enregistrée"),
        (("blob", "inner_sha256"), "envelopes", "autre pli"),
        (("blob", "inner_sha256"), "pairs", "altéré, ou la clé"),
        (("blob", "inner_sha256"), "periods", "n’est pas la bonne|autre pli"),
    ],
)
def test_swapped_wraps_open_nothing_and_lose_nothing(stage, moving_clock, columns, between, sentence):
    submission = stage.submit().submission
    wraps = EnvelopeWrap.objects.filter(period=stage.period)
    first, second, third = (kit.custodian for kit in stage.kits)
    one = wraps.get(envelope="technical", first=first, second=second)
    if between == "envelopes":
        other = wraps.get(envelope="price", first=first, second=second)
    elif between == "pairs":
        other = wraps.get(envelope="technical", first=first, second=third)
    else:
        far = make_stage(moving_clock)
        other = EnvelopeWrap.objects.filter(period=far.period, envelope="technical").first()
    stage.close()
    put(one, other, columns)
    with pytest.raises(Refusal) as refused:
        stage.open("technical")
    assert any(said in str(refused.value) for said in sentence.split("|")), str(refused.value)
    assert not OpeningResult.objects.exists()
    put(one, one, columns)
    stage.clock.advance(opening.PRESENCE * 2)
    opening.discard_expired_layers(now=stage.now)
    stage.open("technical")
    assert opened_answers(submission, "technical")


def put(one: EnvelopeWrap, other: EnvelopeWrap, columns: tuple[str, ...]) -> None:
    """Write into the row of `one` what `other` holds, behind the journal’s back."""
    for column in columns:
        sql(
            f"UPDATE submissions_envelopewrap SET {column} = %s WHERE id = %s",  # noqa: S608 - our own names
            getattr(other, column), database_id(one.pk),
        )  # fmt: skip
