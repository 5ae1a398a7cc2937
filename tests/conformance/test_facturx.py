"""Invoices of every kind before the official rules of Factur-X: schema, Schematron, French rules, Chorus Pro."""

import subprocess
from decimal import Decimal
from pathlib import Path

import pytest

from marketplace.journal.outbox import drain
from procurement.contracts.models import PaymentDue
from procurement.contracts.services import invoices
from tests.conformance.validators import command
from tests.contracts.bills import A_DAY, LATER, advance, billable, deposited, instalment, revisable
from tests.contracts.builders import SIGNABLE, awarded_lot, gate, start

pytestmark = [pytest.mark.django_db, pytest.mark.documents]


@pytest.fixture(scope="module")
def validator():
    return [*command("validate_facturx.py", needs="facturx, saxonche, pypdf"), "--chorus"]


def written(folder: Path) -> list[Path]:
    """The invoices of the four kinds, as their holder downloads them."""
    awarded = awarded_lot(partners=1)
    revisable(awarded)
    contract = billable(awarded, index_name="SYNTEC", index_base=Decimal("312.5"), retention_rate=500)
    advance(awarded, contract)
    start(awarded, [contract], 1, SIGNABLE)
    index = {"index_value": Decimal("320.1")}
    first = instalment(awarded, contract, 45_000, "F-1", SIGNABLE + A_DAY, description="Maquette", **index)
    deposited(awarded, first, SIGNABLE + A_DAY)
    invoices.prepare_credit_note(
        corrects=first, amount_ht=Decimal(1_000), invoice_number="AV-1", description="Un jour compté deux fois",
        actor=awarded.partners[0].actor, now=SIGNABLE + A_DAY,
    )  # fmt: skip
    gate(awarded, [contract], 1, LATER)
    # A lower index: the revision takes off.
    balance = {"is_balance": True, "index_value": Decimal("300.2")}
    instalment(awarded, contract, 14_000, "F-2", LATER, **balance)
    drain()
    files = []
    for row in PaymentDue.objects.select_related("document__rendering__stored_file"):
        files.append(folder / f"{row.kind}.pdf")
        files[-1].write_bytes(row.document.pdf())
    return files


@pytest.mark.law("LR-93")
def test_invoices_of_every_kind_pass_the_official_rules(validator, tmp_path):
    files = written(tmp_path)
    assert sorted(one.stem for one in files) == ["advance", "credit", "phase", "settlement"]
    said = subprocess.run([*validator, *map(str, files)], capture_output=True, text=True, check=False)  # noqa: S603
    assert said.returncode == 0, said.stdout + said.stderr
    assert said.stdout.count("VALID, profile en16931") == len(files)
    assert "WARN" not in said.stdout, said.stdout
