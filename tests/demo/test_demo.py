"""The demonstration, laid out once by the command and looked at from a process of its own."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.demo.conftest import ROOT

SIGNATORY = "denise.roche@tramelys.example"
COMPANY = "enora.le-bihan@marelune.example"
STAGES = {
    "Entendre les fuites d’eau avant qu’elles ne percent": "signed",
    "Prévoir les cars trop pleins du matin": "signed",
    "Des brancards qui n’attendent plus": "standstill",
    "Peser ce que l’on trie, sans changer les bacs": "evaluation",
    "Un cahier de collège qui marche sans réseau": "negotiation",
    "Lire les compteurs d’eau au fond des caves": "cancelled",
    "Repérer les logements qui prennent l’humidité": "selection",
    "Le portage de repas qui prend des nouvelles": "selection",
    "Comprendre un courrier de la ville en une lecture": "candidatures_open",
    "Retrouver un fauteuil roulant en deux minutes": "candidatures_open",
    "Rendre visibles les savoir-faire appris au travail": "candidatures_open",
    "Rafraîchir les cours d’école sans eau potable": "preparation",
    "Le bus des services qui prévient avant d’arriver": "preparation",
    "Annoncer l’arrêt à qui ne voit pas l’écran": "winner_cleared",
}


def environment(var: Path, **more: str) -> dict[str, str]:
    return {"PREAU_VAR": str(var), "PATH": "/usr/bin:/bin", "DJANGO_SETTINGS_MODULE": "marketplace.settings", **more}


def run(var: Path, *command: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own interpreter and modules
        [sys.executable, *command],
        env=environment(var, **more), capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip


def demo(var: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return run(var, "manage.py", "demo", *arguments, **more)


@pytest.fixture(scope="module")
def laid(var: Path) -> str:
    """What the command printed when it laid everything out."""
    done = demo(var, "--no-serve")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def found(laid: str, var: Path) -> dict[str, Any]:
    """What the database holds then."""
    done = run(var, "-m", "tests.demo.showcase_probe", SIGNATORY, COMPANY)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_each_call_stands_at_the_stage_announced(found: dict[str, Any]):
    assert found["stages"] == STAGES


def test_contracts_are_closed_due_for_a_decision_or_to_sign(found: dict[str, Any]):
    by_call: dict[str, set[tuple[str, int | None]]] = {}
    for title, code, phase in found["contracts"]:
        by_call.setdefault(title, set()).add((code, phase))
    assert {code for code, _ in by_call["Entendre les fuites d’eau avant qu’elles ne percent"]} == {"closed", "stopped"}
    assert ("gate", 2) in by_call["Prévoir les cars trop pleins du matin"]
    assert {code for code, _ in by_call["Des brancards qui n’attendent plus"]} == {"to_sign"}
    paid, to_pay = found["payments"]
    assert paid > 2
    assert to_pay > 0
    assert found["signatures"] >= 12


def test_its_journal_verifies_and_no_work_is_left(found: dict[str, Any]):
    verified, entries = found["journal"]
    assert verified
    assert entries > 1_000
    assert found["waiting"] <= 2, "the mail to the editor about the reviews that wait"


def test_drafts_are_begun_well_advanced_or_handed_in(found: dict[str, Any]):
    tasks_done_of_and_files = [tuple(one) for one in found["drafts"]]
    assert (0, 5, 0) in tasks_done_of_and_files
    assert (4, 5, 1) in tasks_done_of_and_files


def test_nothing_of_it_was_completed_by_an_example(found: dict[str, Any]):
    assert found["completed"] == []


def test_the_catalogue_has_profiles_and_one_to_review(found: dict[str, Any]):
    assert found["profiles"] == [14, 15]


def test_whoever_needs_a_second_factor_has_one(found: dict[str, Any]):
    assert found["without_second_factor"] == []


def test_a_password_signs_a_company_in(found: dict[str, Any]):
    status, where = found["signed_in"][COMPANY]
    assert status == 302
    assert "connexion" not in where


def test_a_password_and_the_printed_code_sign_a_signatory_in(found: dict[str, Any]):
    first, _, second, where = found["signed_in"][SIGNATORY]
    assert (first, second) == (302, 302)
    assert "connexion" not in where


def test_the_guide_names_accounts_kits_and_companies_to_register(laid: str, var: Path):
    assert SIGNATORY in laid
    assert "preau-demo" in laid
    assert re.search(r"999430\d{3}  Cerf-Volant Énergies", laid)
    kits = sorted(path.name for path in (var / "demo" / "gardiens").iterdir())
    reference = re.search(r"Paulette Grandin, garde des clés, (PI-\d{4}-\d{3})", laid)
    assert reference
    assert f"{reference[1]}-paulette-grandin.txt" in kits
    assert f"{reference[1]}-vincent-issartel.txt" in kits


def test_a_code_is_six_digits_and_an_account_without_one_is_told(laid: str, var: Path):
    assert re.fullmatch(r"\d{6}\n", demo(var, "--code", SIGNATORY).stdout)
    without = demo(var, "--code", COMPANY)
    assert without.returncode == 1
    assert "n’a pas de second facteur" in without.stderr


def test_a_second_start_keeps_what_was_done(found: dict[str, Any], var: Path):
    again = demo(var, "--no-serve")
    assert again.returncode == 0, again.stderr
    assert "ce qui y a été fait est gardé" in again.stdout
    assert SIGNATORY in again.stdout
    after = json.loads(run(var, "-m", "tests.demo.showcase_probe").stdout)
    assert (after["people"], after["journal"]) == (found["people"], found["journal"])


def test_it_serves_and_stops_both_children(laid: str, var: Path):
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port = door.getsockname()[1]
    served = subprocess.Popen(  # noqa: S603 - our own interpreter and command
        [sys.executable, "manage.py", "demo", "--port", str(port)],
        env=environment(var), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        assert any("Préau répond sur" in line for line in served.stdout)
        children = children_of(served.pid)
        with urllib.request.urlopen(f"http://localhost:{port}/", timeout=30) as answer:
            assert answer.status == 200
        assert len(children) == 2
        assert "déjà pris" in demo(var, "--port", str(port)).stderr
    finally:
        served.send_signal(signal.SIGTERM)
        rest, _ = served.communicate(timeout=30)
    assert (served.returncode, rest.strip()) == (0, "Arrêté.")
    assert not any(is_running(child) for child in children)


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_database_that_holds_anything_else_is_refused(var: Path, tmp_path: Path):
    foreign = f"sqlite:///{tmp_path / 'autre.sqlite3'}"
    more = {"DATABASE_URL": foreign}
    assert run(var, "manage.py", "migrate", "-v", "0", **more).returncode == 0
    account = "from marketplace.accounts.models import User; User.objects.create_user('agent@mairie.example')"
    assert run(var, "manage.py", "shell", "-v", "0", "-c", account, **more).returncode == 0
    refused = demo(var, "--no-serve", **more)
    assert refused.returncode == 1
    assert "autre chose que la démonstration" in refused.stderr


def test_an_interruption_leaves_nothing_behind(var: Path, tmp_path: Path):
    database = tmp_path / "neuve.sqlite3"
    begun = subprocess.Popen(
        [sys.executable, "manage.py", "demo", "--no-serve"],
        env=environment(var, DATABASE_URL=f"sqlite:///{database}"), cwd=ROOT,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip
    assert any("24 organisations" in line for line in begun.stdout)
    time.sleep(0.5)
    os.killpg(begun.pid, signal.SIGINT)
    begun.communicate(timeout=120)
    assert begun.returncode != 0
    assert not database.exists()
