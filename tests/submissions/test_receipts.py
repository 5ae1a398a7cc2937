"""Verifying a receipt, from the site and without it."""

import json
import subprocess
import sys
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from marketplace.accounts.actors import Actor
from marketplace.journal import keys
from procurement.submissions.standalone import verify_receipt as standalone
from procurement.submissions.standalone.verify_receipt import INVALID, UNVERIFIABLE, VALID, verify

SCRIPT = Path(settings.BASE_DIR) / "procurement/submissions/standalone/verify_receipt.py"


@pytest.fixture
def receipt(stage):
    return stage.submit().receipt


@pytest.fixture
def files(receipt, tmp_path):
    (tmp_path / "accuse.json").write_text(json.dumps(receipt.content, indent=2, ensure_ascii=False))
    (tmp_path / "cles.json").write_text(json.dumps(keys.public_keys()))
    return tmp_path / "accuse.json", tmp_path / "cles.json"


@pytest.mark.law("LR-56")
def test_a_receipt_verifies_with_the_keys_one_kept(receipt):
    assert verify(receipt.content, keys.public_keys()).answer == VALID


def test_without_pinned_keys_nothing_is_valid(receipt):
    assert verify(receipt.content, None).answer == UNVERIFIABLE
    assert verify(receipt.content, {"format": "preau-keys/1", "keys": []}).answer == UNVERIFIABLE
    assert verify({"format": "autre"}, keys.public_keys()).answer == UNVERIFIABLE


@pytest.mark.parametrize("name", ["received_at", "root", "verdict", "number", "head", "deadline"])
def test_a_changed_receipt_is_invalid(receipt, name):
    assert verify(receipt.content | {name: "autre"}, keys.public_keys()).answer == INVALID


def test_a_list_cannot_lend_a_known_id_to_another_key(receipt):
    forged = keys.public_keys()
    for key in forged["keys"]:
        key["public_key"] = "00" * 32
    assert verify(receipt.content, forged).answer == UNVERIFIABLE


def test_a_receipt_older_than_the_revocation_stays_valid(receipt, stage):
    key_id = receipt.content["key_id"]
    stage.clock.advance(timedelta(days=1))
    actor = Actor.system("test")
    keys.rotate("receipt", actor=actor, now=stage.now)
    keys.revoke(key_id, actor=actor, now=stage.now)
    assert verify(receipt.content, keys.public_keys()).answer == VALID


def test_the_stand_alone_file_needs_neither_django_nor_the_house(files, tmp_path):
    accuse, cles = files
    copy = tmp_path / "verify_receipt.py"
    copy.write_text(SCRIPT.read_text())
    blocked = (
        "import runpy, sys; sys.modules['django'] = None; sys.argv = sys.argv[1:]; "
        "runpy.run_path(sys.argv[0], run_name='__main__')"
    )

    def run(*arguments):
        command = [sys.executable, "-c", blocked, str(copy), *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)  # noqa: S603 - our own command

    found = run(accuse, "--keys", cles)
    assert (found.returncode, found.stdout.split(" :")[0]) == (0, VALID)
    assert run(accuse).returncode == 2
    accuse.write_text(accuse.read_text().replace("on_time", "late"))
    assert run(accuse, "--keys", cles).returncode == 1
    accuse.write_text("rien")
    assert run(accuse, "--keys", cles).returncode == 2


def test_the_command_answers_the_same(files):
    accuse, cles = files
    out = StringIO()
    call_command("verify_receipt", str(accuse), "--keys", str(cles), stdout=out)
    assert out.getvalue().startswith(f"{VALID} :")
    with pytest.raises(SystemExit) as stopped:
        call_command("verify_receipt", str(accuse), stdout=out)
    assert stopped.value.code == standalone.EXIT_CODES[UNVERIFIABLE]
    assert UNVERIFIABLE in out.getvalue()
