"""A call played from the need to the last order, through the same acts as a real one, apart from the live database."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from marketplace.journal.canonical import sha256
from procurement.submissions.standalone.verify_receipt import INVALID, UNVERIFIABLE, VALID, verify_files
from tests.demo.conftest import OUR_CALL, OUR_EVENTS, ROOT

Rehearse = Callable[..., Any]


@pytest.fixture(scope="session")
def rehearse(var: Path) -> Rehearse:
    """Run the command as a person does, in a `var` of its own; gives the exit code and what it printed."""

    def run(*arguments: object, out: Path) -> tuple[int, str, str]:
        done = subprocess.run(  # noqa: S603 - our own interpreter and command
            [sys.executable, ROOT / "manage.py", "rehearse", *map(str, arguments), "--out", out],
            env={"PREAU_VAR": str(var), "PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False, cwd=ROOT,
        )  # fmt: skip
        return done.returncode, done.stdout, done.stderr

    return run


@pytest.fixture(scope="session")
def played(rehearse: Rehearse, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Our own call, played once for all tests."""
    code, printed, problems = rehearse(OUR_CALL, "--json", out=tmp_path_factory.mktemp("ours"))
    assert code == 0, printed + problems
    return json.loads(printed)


@pytest.fixture(scope="session")
def eventful(rehearse: Rehearse, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The same call with what goes out of the ordinary."""
    code, printed, problems = rehearse(OUR_EVENTS, "--json", out=tmp_path_factory.mktemp("events"))
    assert code == 0, printed + problems
    return json.loads(printed)


def test_our_call_reaches_its_end(played: dict[str, Any]):
    assert (played["stage"], played["lots"], played["partners"]) == ("closed", 2, 6)
    assert played["launched_on"] == "2027-01-12"
    assert played["completed"] == []
    assert [one for one in played["findings"] if one["severity"] == "block"] == []


def test_its_journal_verifies(played: dict[str, Any]):
    assert played["journal"]["verified"]
    assert played["journal"]["entries"] > 500
    assert len(played["journal"]["head"]) == 64


def test_every_document_of_a_procedure_is_there(played: dict[str, Any]):
    kinds = Counter(document["kind"] for document in played["documents"])
    assert kinds["acte_engagement"] == kinds["annexe_financiere"] == kinds["acte_engagement_signed"] == 6
    assert kinds["receipt"] == 30, "ten bidders a stage, three stages"
    assert {"rules", "letter_rejection", "cao_minutes", "presentation_report", "gate_report", "purchase_order"} <= set(
        kinds
    )


def test_the_rules_say_whether_a_firm_answers_twice_and_how_backup_copies_come(played: dict[str, Any]):
    [rules, *_] = [document for document in played["documents"] if document["kind"] == "rules"]
    told = " ".join(" ".join(page.extract_text() for page in PdfReader(rules["path"]).pages).split())
    assert "ne peut répondre qu’une fois par lot" in told
    assert "ou par voie électronique" in told


def test_documents_are_what_the_result_says(played: dict[str, Any]):
    for document in played["documents"]:
        content = Path(document["path"]).read_bytes()
        assert sha256(content) == document["sha256"]
        assert len(PdfReader(document["path"]).pages) == document["pages"]


def test_a_receipt_is_verified_without_the_site_by_the_keys_beside_it(played: dict[str, Any], tmp_path: Path):
    document = next(one for one in played["documents"] if one["kind"] == "receipt")
    [attached] = PdfReader(document["path"]).attachments["accuse.json"]
    receipt = tmp_path / "accuse.json"
    keys = Path(document["path"]).with_name("cles-publiques.json")
    receipt.write_bytes(attached)
    assert verify_files(receipt, keys).answer == VALID
    assert verify_files(receipt, None).answer == UNVERIFIABLE
    receipt.write_bytes(attached.replace(b"PI-2027", b"PI-2028").replace(b"PI-2026", b"PI-2028"))
    assert verify_files(receipt, keys).answer == INVALID


def test_signing_one_day_before_the_end_of_the_standstill_is_refused(played: dict[str, Any]):
    [early] = [one for one in played["events"] if one["event"] == "early_signature"]
    assert (early["outcome"], early["rules"]) == ("refused", ["LR-78"])


def test_weights_do_not_change_after_publication(eventful: dict[str, Any]):
    [change] = [one for one in eventful["events"] if one["event"] == "weight_change"]
    assert change["outcome"] == "refused"


def test_a_second_late_is_late_until_two_people_admit_it(eventful: dict[str, Any]):
    outcomes = [one["outcome"] for one in eventful["events"] if one["event"] == "late_bid"]
    assert outcomes == ["late", "refused", "accepted"], "received, then refused to one person, admitted by two"


def test_a_seal_asked_twice_gives_one_receipt(eventful: dict[str, Any]):
    [double] = [one for one in eventful["events"] if one["event"] == "double_seal"]
    assert double["outcome"] == "accepted"


def test_gates_continue_reduce_and_stop(eventful: dict[str, Any]):
    assert [one["outcome"] for one in eventful["events"] if one["event"] == "gate"] == ["reduce", "stop", "continue"]


def test_nothing_is_bought_on_a_missed_level(eventful: dict[str, Any]):
    [order] = [one for one in eventful["events"] if one["event"] == "order"]
    assert order["outcome"] == "refused"
    assert "LR-24" in order["rules"]


def test_with_one_key_lost_the_two_others_open(eventful: dict[str, Any]):
    [lost] = [one for one in eventful["events"] if one["event"] == "lost_custodian"]
    assert (lost["outcome"], eventful["stage"]) == ("accepted", "closed")


def test_a_call_that_lacks_an_environmental_criterion_stops_with_every_finding(
    rehearse: Rehearse, our_call: dict[str, Any], tmp_path: Path
):
    our_call["call"]["award_criteria"] = [{"name": "Prix", "weight": 60, "tag": "price"}]
    for lot in our_call["call"]["lots"]:
        lot["phases"][0]["objectives"] = []
    source = tmp_path / "appel.json"
    source.write_text(json.dumps(our_call, default=float), encoding="utf-8")
    code, printed, _ = rehearse(source, "--as-is", "--json", out=tmp_path)
    result = json.loads(printed)
    assert (code, result["stage"]) == (0, "preparation")
    assert {"LR-08", "LR-20", "LR-64"} <= {one["rule"] for one in result["findings"]}


def test_the_real_calls_as_they_are_stop_on_findings_that_name_their_article(
    rehearse: Rehearse, real_calls: Path, tmp_path: Path
):
    code, printed, _ = rehearse(real_calls, "--all", "--as-is", "--json", out=tmp_path)
    results = {one["call"]: one for one in json.loads(printed)}
    assert (code, len(results)) == (0, 6)
    assert all((one["stage"], one["completed"]) == ("preparation", []) for one in results.values())
    assert all(
        found["rule"] and found["message"].endswith(")") for one in results.values() for found in one["findings"]
    )
    rules = {name: {one["rule"] for one in result["findings"]} for name, result in results.items()}
    assert rules.pop("bye-bye-robots-lu-2020") == {"PR-03"}
    # Their identifiers are not told: nothing can be written in the name of a buyer that is not known.
    assert rules.pop("biarritz-eaux-baignade-2016") == rules.pop("cometha-syctom-siaap") == {"PR-04"}
    for name, found in rules.items():
        assert {"LR-01", "LR-02", "LR-05", "LR-08", "LR-13", "LR-20", "LR-22", "LR-64"} <= found, name
        assert ("LR-09" in found) is (name != "eclor-haut-val-alzette-2018"), name
        assert results[name]["journal"]["verified"], name


def test_a_foreign_call_stops_without_being_completed(rehearse: Rehearse, real_calls: Path, tmp_path: Path):
    code, printed, _ = rehearse(real_calls, "--id", "bye-bye-robots-lu-2020", "--json", out=tmp_path)
    result = json.loads(printed)
    assert (code, result["stage"], result["completed"]) == (0, "preparation", [])
    assert [one["rule"] for one in result["findings"]] == ["PR-03"]


def test_a_file_that_cannot_be_read_breaks_with_a_sentence(rehearse: Rehearse, tmp_path: Path):
    source = tmp_path / "appel.json"
    source.write_text('{"format": "preau-call/1"}', encoding="utf-8")
    code, _, problems = rehearse(source, out=tmp_path)
    assert code == 1
    assert "« call » manque" in problems
