"""What reaches the disk before the bidder is answered, as the kernel sees it: fsync, rename, folder, commit, answer."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, connections

from procurement.submissions.models import Receipt
from tests.submissions.stage import make_stage

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed (Debian package strace)"),
    pytest.mark.skipif(
        "postgres" in os.environ.get("DATABASE_URL", ""), reason="PostgreSQL commits in a process of its own"
    ),
]

# One upload and one seal, in a process that does nothing else; it says when it would answer.
PROGRAM = """
import sys, uuid, django
django.setup()
from datetime import datetime
from io import BytesIO
from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Membership
from marketplace.journal import clock
from procurement.submissions import assembly, deposits, seal
from procurement.submissions.models import Deposit
pk, member, at = sys.argv[1:]
with clock.rehearsal(datetime.fromisoformat(at)):
    now, actor = clock.now(), Actor.of(Membership.objects.get(pk=member))
    deposit = Deposit.objects.get(pk=pk)
    print("BEGIN", flush=True)
    content = BytesIO(b"%PDF-1.7\\n" + b"x" * 99)
    deposits.add_file(
        deposit=deposit, envelope="technical", name="annexe.pdf", content=content, actor=actor, now=now
    )
    print("HELD", flush=True)
    root = assembly.assemble(deposit=deposit, replacement_rule_accepted=True, actor=actor, now=now).root
    print("READ", flush=True)
    sealed = seal.seal(deposit=deposit, root=root, idempotency_key="a", actor=actor, now=now)
    print("ANSWER", sealed.receipt.number, flush=True)
"""
CALL = re.compile(r"^(?:\[pid\s+\d+\] |\d+\s+)?(\w+)\((.*)\)\s+= ")


def traced(stage, deposit, bidder, tmp_path) -> list[str]:
    """The calls of that process that make something last, in order: « fsync PATH », « rename PATH », « say WORD »."""
    log = tmp_path / "strace"
    environment = os.environ | {
        "DATABASE_URL": f"sqlite:///{connection.settings_dict['NAME']}",
        "SUBMISSION_ROOT": str(settings.SUBMISSION_ROOT),
        "SUBMISSION_MIRROR": settings.SUBMISSION_MIRROR,
        "PRIVATE_ROOT": str(settings.PRIVATE_ROOT),
        "KEYS_DIR": str(settings.KEYS_DIR),
        "REHEARSAL_CLOCK_ALLOWED": "1",
        "DJANGO_SETTINGS_MODULE": "marketplace.settings",
    }
    connections.close_all()
    command = [
        "strace", "-f", "-y", "-s", "200", "-o", str(log),
        "-e", "trace=fsync,fdatasync,rename,renameat,renameat2,write",
        sys.executable, "-c", PROGRAM, str(deposit.pk), str(bidder.actor.membership_id), stage.now.isoformat(),
    ]  # fmt: skip
    ran = subprocess.run(command, env=environment, cwd=settings.BASE_DIR, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    assert ran.returncode == 0, ran.stderr[-2000:]
    return list(filter(None, map(seen, log.read_text(errors="replace").splitlines())))


def seen(line: str) -> str | None:
    """One line of strace in our words; None for what does not matter here."""
    if (found := CALL.match(line)) is None:
        return None
    call, arguments = found.groups()
    if call.startswith("rename"):
        target = arguments.split('"')[-2]
        return f"rename {Path(target).name}"
    path = re.search(r"<([^>]*)>", arguments)
    if call == "write":
        word = re.match(r'1<[^>]*>, "(BEGIN|HELD|READ|ANSWER)', arguments)
        return f"say {word[1]}" if word else None
    return f"fsync {path[1]}"


def test_a_seal_answers_only_once_everything_lasts(moving_clock, settings, tmp_path):
    (tmp_path / "mirror").mkdir()
    settings.SUBMISSION_MIRROR = str(tmp_path / "mirror")
    stage = make_stage(moving_clock)
    bidder = stage.bidder()
    deposit = stage.deposit(bidder)
    database = Path(connection.settings_dict["NAME"])
    calls = traced(stage, deposit, bidder, tmp_path)
    store, mirror = Path(settings.SUBMISSION_ROOT), Path(settings.SUBMISSION_MIRROR)
    begin, held, read, answer = (calls.index(f"say {word}") for word in ("BEGIN", "HELD", "READ", "ANSWER"))

    # The part: its bytes, its name, its folder, here then in the second place; then the row.
    upload = calls[begin:held]
    for root in (store, mirror):
        written = next(n for n, one in enumerate(upload) if one.startswith(f"fsync {root}/") and ".age." in one)
        part = Path(upload[written].removeprefix("fsync ")).name[1:].rsplit(".", 1)[0]
        named = upload.index(f"rename {part}", written)
        assert upload.index(f"fsync {root / str(deposit.pk)}", named) < upload.index(f"fsync {root}", named)
    assert last(upload, f"fsync {database}-wal") > last(upload, f"fsync {mirror}")

    # The seal: the request, its line in the second place, the receipt’s line, the commit, the answer.
    sealing = calls[read:answer]
    register = f"fsync {mirror / 'register' / f'{stage.period.pk}.jsonl'}"
    lines = [n for n, one in enumerate(sealing) if one == register]
    commits = [n for n, one in enumerate(sealing) if one == f"fsync {database}-wal"]
    assert len(lines) == 2
    assert commits[0] < lines[0] < lines[1] < commits[-1]
    assert Receipt.objects.get().submission.deposit_id == deposit.pk


def last(calls: list[str], wanted: str) -> int:
    return len(calls) - 1 - calls[::-1].index(wanted)
