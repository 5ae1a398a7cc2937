"""Responses of ESPD before the official schema and Schematron sets, written on the official sample request."""

import subprocess
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from procurement.espd.answer import Party, Stated, write_response
from procurement.espd.response import read_response, says_none_applies
from tests.conformance.validators import PYTHON, STANDARDS

HOME = STANDARDS / "espd" / "4.1.0"
RULES = Path(__file__).with_name("espd_rules.py")
NOW = datetime(2026, 11, 27, 9, 30, tzinfo=UTC)
SETS = 12


@pytest.fixture(scope="module")
def official_request() -> bytes:
    file = HOME / "examples" / "ESPD-Request.xml"
    if not file.exists():
        pytest.skip(f"no official request at {file}: set PREAU_STANDARDS")
    found = subprocess.run([PYTHON, "-c", "import lxml, saxonche"], capture_output=True, check=False)  # noqa: S603 - by us
    if found.returncode:
        pytest.skip(f"{PYTHON} lacks lxml, saxonche (standards/requirements.txt): set PREAU_VALIDATORS_PYTHON")
    return file.read_bytes()


def stated(**changes) -> Stated:
    given = {
        "firm": Party(name="Tramélys", identifier="552100554", address="1 rue du Quai", city="Lyon", postcode="69001"),
        "buyer": Party(name="Ville d’Exemple", identifier="217500016"),
        "reference": "PI-2027-001", "title": "Prévoir l’affluence & trier", "lot": "LOT-0001", "size": "small",
        "staff": 14, "turnover": Decimal("1250000.5"), "contact": "Ana Martin",
    }  # fmt: skip
    return Stated(**given | changes)


def checked(*files: Path) -> subprocess.CompletedProcess:
    command = [PYTHON, str(RULES), str(HOME), *map(str, files)]
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own


@pytest.mark.law("LR-45")
def test_responses_pass_the_official_schema_and_every_set(official_request, tmp_path):
    cases = {
        "alone": stated(),
        "group": stated(others=("Quai Clair", "Cap Mobile")),
        "large": stated(size="large", staff=900),
        "foreign": stated(firm=Party(name="Wegweiser", identifier="DE123456789", country="DE")),
    }
    files = []
    for name, one in cases.items():
        files.append(tmp_path / f"{name}.xml")
        files[-1].write_bytes(write_response(official_request, one, now=NOW))
        assert says_none_applies(read_response(files[-1].read_bytes()))
    said = checked(*files)
    assert said.returncode == 0, said.stdout + said.stderr
    assert said.stdout.count(": pass") == len(files) * (1 + SETS), said.stdout


@pytest.mark.parametrize(
    ("whole", "spoiled", "told"),
    [
        ("sole-tenderer", "seul", "response/01-ESPD-codelist-values.sch: fatal"),
        ('"20211208-0">sole', '"1">sole', "common/01-ESPD-common-cl-attributes.sch: fatal"),
        ("<cbc:UBLVersionID ", "<cbc:Note>trop tôt</cbc:Note><cbc:UBLVersionID ", "XSD"),
        ("C65_OT_sme</cbc:ID>", "C99</cbc:ID>", "BR-TC-02-02"),
        ("<cbc:ResponseAmount currencyID=\"EUR\">1250000.50</cbc:ResponseAmount>",
         "<cbc:Description>beaucoup</cbc:Description>", "BR-TCR-08-01"),
        (">C65_OT_sme/QG1/QSG1/Q1</cbc:ValidatedCriterionPropertyID>",
         ">C65_OT_sme/QG1/QSG1/Q2</cbc:ValidatedCriterionPropertyID>", "BR-TCR-06-01"),
    ],
)  # fmt: skip
def test_the_sets_find_what_is_spoiled(official_request, tmp_path, whole, spoiled, told):
    text = write_response(official_request, stated(), now=NOW).decode()
    assert whole in text
    file = tmp_path / "spoiled.xml"
    file.write_text(text.replace(whole, spoiled), "utf-8")
    said = checked(file)
    assert said.returncode == 1
    assert told in said.stdout, said.stdout
