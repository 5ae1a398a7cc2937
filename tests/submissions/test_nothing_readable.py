"""Between the seal and the opening, whoever holds disk, database, task queue and logs reads nothing (LR-57, B.1)."""

import base64
import gzip
import io
import json
import logging
import os
import re
import sqlite3
import zlib
from datetime import timedelta
from pathlib import Path

import pyrage
import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import can
from marketplace.journal import outbox
from marketplace.journal.errors import Refusal
from procurement.submissions import deposits, keywraps, opening
from procurement.submissions.erasure import empty_log
from procurement.submissions.models import Deposit, EnvelopeWrap, PeeledLayer, Submission
from procurement.submissions.opening_process import OpeningProcess, ProcessDied
from procurement.submissions.reading import opened_answers
from tests.submissions.browser_keys import take_out
from tests.submissions.stage import PDF

# Real transactions: what a thief would copy is what the database wrote to its files.
pytestmark = pytest.mark.django_db(transaction=True)

MARKER = "ZanzibarQuetzal"
AGE_KEY = re.compile(rb"AGE-SECRET-KEY-1[A-Z0-9]{58}", re.IGNORECASE)


def forms_of(word: str) -> dict[str, re.Pattern[bytes]]:
    """The word as it may lie in bytes: clear, UTF-16, hexadecimal, base64 at each of three offsets."""
    plain = word.encode()
    shapes = {"clear": plain, "utf-16": word.encode("utf-16-le"), "hex": plain.hex().encode()}
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + plain + b"\0" * 3)
        # Without the characters that the neighbours decide.
        shapes[f"base64+{offset}"] = encoded[4 if offset else 0 : -8]
    return {name: re.compile(re.escape(shape), re.IGNORECASE) for name, shape in shapes.items()}


def inflated(data: bytes) -> list[bytes]:
    """What lies compressed in the data, wherever a gzip or zlib stream begins."""
    found = []
    for start in (match.start() for match in re.finditer(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]", data)):
        stream = zlib.decompressobj(wbits=47)
        try:
            found.append(stream.decompress(data[start:], 10_000_000))
        except zlib.error:
            continue
    return found


def assert_absent(word: str, data: bytes, where: str) -> None:
    for name, pattern in forms_of(word).items():
        for layer in (data, *inflated(data)):
            assert not pattern.search(layer), f"{word} lies in {where} ({name})"


def database_dump() -> bytes:
    """Every column of every table, tasks and sessions included, and the database file itself when there is one."""
    rows = [
        repr([bytes(value) if isinstance(value, memoryview) else value for value in row]).encode()
        for model in apps.get_models(include_auto_created=True)
        for row in model._base_manager.values_list()
    ]
    with connection.cursor() as cursor:
        binary = [
            bytes(value)
            for table in connection.introspection.table_names()
            for row in _rows(cursor, table)
            for value in row
            if isinstance(value, bytes | memoryview)
        ]
    return b"\n".join([*rows, *binary, *_database_files()])


def _database_files() -> list[bytes]:
    """The file of SQLite and its write-ahead log, pages that deleted rows left included."""
    if connection.vendor != "sqlite":
        return []
    path = Path(connection.settings_dict["NAME"])
    return [file.read_bytes() for file in path.parent.glob(f"{path.name}*")]


def _rows(cursor, table):
    cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - names of our own tables
    return cursor.fetchall()


def files_of(*roots: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for root in roots for path in Path(root).rglob("*") if path.is_file()}


@pytest.fixture
def sealed_with_marker(stage, caplog):
    """A bid whose answers, file names and contents all hold the marker; sealed, receipted, printed."""
    caplog.set_level(logging.DEBUG)
    bidder = stage.bidder()
    deposit = deposits.open_deposit(period=stage.period, party=bidder.party, actor=bidder.actor, now=stage.now)
    for envelope in ("technical", "price"):
        deposits.add_file(
            deposit=deposit, envelope=envelope, name=f"{MARKER}.pdf", content=io.BytesIO(PDF + MARKER.encode() * 9),
            actor=bidder.actor, now=stage.now,
        )  # fmt: skip
        deposits.save_answers(
            deposit=deposit, envelope=envelope, answers={"methode": MARKER, MARKER: "1.00"}, actor=bidder.actor,
            now=stage.now,
        )  # fmt: skip
    sealed = stage.seal(deposit, bidder)
    outbox.drain()
    return sealed, caplog.text


def test_the_search_finds_what_it_looks_for():
    for form in (MARKER.encode(), MARKER.encode("utf-16-le"), base64.b64encode(b"x" + MARKER.encode() + b"yz")):
        with pytest.raises(AssertionError):
            assert_absent(MARKER, b"avant " + form + b" apres", "test")
    with pytest.raises(AssertionError):
        assert_absent(MARKER, b"avant " + gzip.compress(MARKER.encode()), "test")


def surroundings() -> bytes:
    """What a thief with an account on the machine reads beside files and rows: environment, settings, /proc."""
    told = [repr(sorted(os.environ.items())), repr({name: getattr(settings, name, None) for name in dir(settings)})]
    process = [Path("/proc/self/environ"), Path("/proc/self/cmdline")]
    return "\n".join(told).encode() + b"".join(path.read_bytes() for path in process if path.exists())


def attack(stage, logs: str) -> None:
    """Everything a thief may copy, searched for a word of the bid and for a key that opens anything sealed."""
    files = files_of(settings.SUBMISSION_ROOT, settings.PRIVATE_ROOT)
    stolen = {"the database": database_dump(), "the logs": logs.encode(), "the surroundings": surroundings()}
    for place, content in {**stolen, **files}.items():
        assert_absent(MARKER, place.encode(), "a path")
        assert_absent(MARKER, content, place)
    loot = b"".join([*stolen.values(), *files.values()])
    for kit in stage.kits:
        assert kit.identity.encode() not in loot
    candidates = {key.decode().upper() for key in AGE_KEY.findall(loot)} | {
        age_identity(bytes.fromhex(digits.decode())) for digits in re.findall(rb"(?<![0-9a-f])[0-9a-f]{64}", loot)
    }
    identities = [pyrage.x25519.Identity.from_str(candidate) for candidate in candidates]
    assert len(identities) > 20
    blobs = [content for path, content in files.items() if path.endswith(".age")]
    assert len(blobs) == 6
    layers = [bytes(layer.blob) for layer in PeeledLayer.objects.all()]
    wraps = [bytes(wrap.blob) for wrap in EnvelopeWrap.objects.all()]
    for blob in [*blobs, *layers, *wraps]:
        with pytest.raises(pyrage.DecryptError):
            pyrage.decrypt(blob, identities)


@pytest.mark.law("LR-57")
def test_a_thief_reads_nothing_before_nor_after_the_closing_nor_after_a_failed_opening(
    sealed_with_marker, stage, caplog, monkeypatch
):
    """Dump, write-ahead log, task table, files, logs, environment: no word, and no key that opens anything."""
    sealed, _ = sealed_with_marker
    attack(stage, caplog.text)
    sealed.receipt.document.refresh_from_db()
    assert_absent(MARKER, sealed.receipt.document.pdf(), "the receipt")
    assert_absent(MARKER, json.dumps(sealed.receipt.content).encode(), "the receipt")
    stage.close()
    session = opening.begin_opening(
        envelope=stage.envelope("technical"), identity=stage.kits[0].identity, actor=stage.team.custodians[0],
        now=stage.now,
    )  # fmt: skip
    assert PeeledLayer.objects.exists()
    attack(stage, caplog.text)
    with monkeypatch.context() as crash:
        crash.setattr(OpeningProcess, "take_out", _die)
        with pytest.raises(Refusal, match="interrompue"):
            opening.complete_opening(
                session=session, identity=stage.kits[1].identity, actor=stage.team.custodians[1], now=stage.now
            )
        # Once more with what a browser took out, the key of the envelope itself.
        more = {"actor": stage.team.custodians[1], "now": stage.now}
        session = opening.begin_opening(
            envelope=stage.envelope("technical"), identity=stage.kits[0].identity, actor=stage.team.custodians[0],
            now=stage.now,
        )  # fmt: skip
        proofs = take_out(opening.to_complete(session=session, **more), stage.kits[1].identity)
        with pytest.raises(Refusal, match="interrompue"):
            opening.complete_opening(session=session, proofs=proofs, **more)
    outbox.drain()
    attack(stage, caplog.text)
    # The search would find it: once opened, it is there.
    stage.open("technical")
    assert opened_answers(sealed.submission, "technical")["methode"] == MARKER
    assert MARKER.encode() in database_dump()


def _die(process: OpeningProcess, **arguments: object) -> None:
    process._process.kill()
    process._process.wait()
    raise ProcessDied


def test_the_trial_of_keys_would_find_one():
    key = keywraps.generate()
    charset, data = "qpzry9x8gf2tvdw0s3jn54khce6mua7l", key.identity.lower().rpartition("1")[2][:-6]
    number = int("".join(f"{charset.index(letter):05b}" for letter in data)[:256], 2)
    assert age_identity(number.to_bytes(32, "big")) == key.identity


def age_identity(secret: bytes) -> str:
    """32 bytes as age writes a private key (Bech32, BIP 173)."""
    charset, prefix = "qpzry9x8gf2tvdw0s3jn54khce6mua7l", "age-secret-key-"
    bits = "".join(f"{byte:08b}" for byte in secret)
    words = [int(bits[start : start + 5].ljust(5, "0"), 2) for start in range(0, len(bits), 5)]
    expanded = [ord(letter) >> 5 for letter in prefix] + [0] + [ord(letter) & 31 for letter in prefix]
    sum_ = 1
    for word in [*expanded, *words, 0, 0, 0, 0, 0, 0]:
        top, sum_ = sum_ >> 25, (sum_ & 0x1FFFFFF) << 5 ^ word
        for place, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            sum_ ^= generator if top >> place & 1 else 0
    checksum = [(sum_ ^ 1) >> 5 * (5 - place) & 31 for place in range(6)]
    return (prefix + "1" + "".join(charset[word] for word in words + checksum)).upper()


@pytest.mark.law("LR-57")
def test_nobody_learns_that_a_bid_exists_before_the_opening(stage):
    bidder, rival = stage.bidder("Une"), stage.bidder("Rivale")
    submission = stage.submit(bidder).submission
    outbox.drain()
    receipt = submission.receipts.get().document.rendering.stored_file
    curious = [rival.actor, stage.team.author, stage.team.validator, *stage.team.custodians, Actor.visitor()]
    for actor in curious:
        assert not Submission.objects.visible_to(actor).filter(party=bidder.party).exists()
        assert not Deposit.objects.visible_to(actor).filter(party=bidder.party).exists()
        assert not can(actor, "file.see", receipt)
    assert Submission.objects.visible_to(bidder.actor).get() == submission
    assert can(bidder.actor, "file.download", receipt)
    stage.close()
    stage.open("technical")
    assert Submission.objects.visible_to(stage.team.validator).get() == submission
    assert not Submission.objects.visible_to(rival.actor).exists()
    assert not can(stage.team.validator, "file.see", receipt)


def test_no_layer_is_kept_longer_than_its_time(stage):
    stage.submit()
    stage.close()
    opening.begin_opening(
        envelope=stage.envelope("technical"), identity=stage.kits[0].identity, actor=stage.team.custodians[0],
        now=stage.now,
    )  # fmt: skip
    assert PeeledLayer.objects.filter(wrap__envelope="technical").count() == 2
    stage.clock.advance(timedelta(minutes=31))
    opening.discard_expired_layers(now=stage.now)
    assert not PeeledLayer.objects.filter(wrap__envelope="technical").exists()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL keeps its log in files of its own")
def test_the_key_of_a_draft_does_not_stay_in_the_log_of_the_database(stage):
    empty_log()
    deposit = stage.deposit(bidder := stage.bidder())
    key = bytes(Deposit.objects.values_list("draft_key", flat=True).get(pk=deposit.pk))
    with sqlite3.connect(connection.settings_dict["NAME"]) as other:
        # As long as somebody else is connected, the log outlives each connection.
        other.execute("SELECT 1 FROM submissions_deposit").fetchone()
        stage.seal(deposit, bidder)
        assert any(key in content for content in _database_files())
        call_command("tend_submissions", stdout=io.StringIO())
        assert not any(key in content for content in _database_files())
    other.close()
