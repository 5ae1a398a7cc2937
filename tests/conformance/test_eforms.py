"""Contract notices before the official rules of eForms: schema, then Schematron, of the subtype 16."""

import subprocess
import uuid
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from procurement.calls.models import Lot
from procurement.calls.services import drafts
from procurement.notices.eforms import contract_notice
from procurement.notices.eforms_facts import answered
from procurement.notices.eforms_reading import read_notice
from tests.calls.builders import make_team
from tests.conformance.validators import command
from tests.notices.eforms import add_co_buyer, answers, noticeable_call

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def validator():
    return command("validate_eforms.py", needs="lxml, saxonche")


def one_lot(folder):
    team = make_team()
    call = noticeable_call(team, NOW)
    file = folder / "one-lot.xml"
    file.write_bytes(written(call, [team.buyer]))
    return file


def two_lots(folder):
    """Two buyers, two lots, no maximum of candidates, variants, sub-criteria, a bonus, a turnover."""
    team = make_team()
    call = noticeable_call(
        team, NOW, lots=2, candidates_max=None, variants_allowed=True, variants_conditions="Garder les interfaces.",
        signature_at_deposit=True, partner_mode="single", nature="supplies", cpv="34000000-7",
    )  # fmt: skip
    other = add_co_buyer(call, team, NOW)
    lot = Lot.objects.get(call=call, number=1)
    drafts.save_award_criteria(
        lot=lot, actor=team.author, now=NOW,
        rows=[
            {"name": "Qualité", "weight": 6667, "tag": "research", "children": [
                {"name": "Méthode", "weight": 5000}, {"name": "Équipe", "weight": 5000},
            ]},
            {"name": "Prix", "weight": 3333, "tag": "price", "formula": "lowest_over_price"},
        ],
    )  # fmt: skip
    file = folder / "two-lots.xml"
    file.write_bytes(written(call, [team.buyer, other.organisation], eu_funds=True))
    return file


def written(call, buyers, **said):
    replies = replace(answers(len(buyers)), **said)
    held = read_notice(call, buyers=buyers, notice_id=uuid.uuid4(), now=NOW)
    return contract_notice(answered(held, replies))


def test_notices_of_one_and_two_lots_pass_the_official_rules(validator, tmp_path):
    files = [one_lot(tmp_path), two_lots(tmp_path)]
    said = subprocess.run([*validator, *map(str, files)], capture_output=True, text=True, check=False)  # noqa: S603
    assert said.returncode == 0, said.stdout + said.stderr
    assert "ERROR" not in said.stdout, said.stdout
