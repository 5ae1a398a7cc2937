"""The notice field by field, to be typed by hand until a sender is agreed."""

import csv
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.urls import reverse

from marketplace.journal.errors import NotAllowed
from marketplace.journal.outbox import drain
from procurement.calls.models import Call
from procurement.notices.services import print_sheet, printed_sheets
from procurement.notices.sheet import sheet_facts
from tests.calls.builders import make_team, plan_candidatures, write_call
from tests.calls.pages import client_of

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LABELS = Path(__file__).parents[3] / "shared/standards/eforms/1.15.1/labels/fields_fr.csv"


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def call(team):
    call = write_call(team, NOW)
    plan_candidatures(call, team, NOW)
    return Call.objects.get(pk=call.pk)


def values(call, section=None) -> dict[str, list[str]]:
    told: dict[str, list[str]] = {}
    for part in sheet_facts(call, now=NOW)["sections"]:
        for row in part["rows"] if section in (None, part["title"]) else ():
            told.setdefault(row["code"], []).append(row["value"])
    return told


def test_every_field_of_the_notice_is_there_to_copy(call, team):
    told = values(call)
    assert told["BT-105"] == ["Partenariat d’innovation"]
    assert told["BT-501"] == [team.buyer.identifier]
    assert told["BT-50"] == ["3"]
    assert told["BT-51"] == ["5"]
    # Two partners for the research, one for the purchase, whose highest estimate is kept.
    assert told["BT-27"] == ["540000.00 EUR", "540000.00 EUR"]
    assert "mardi 29 décembre 2026 à 12 h 00" in told["BT-1311"][0].replace("\u00a0", " ")
    assert told["BT-541, BT-5421"] == ["50 %", "10 %", "40 %"]
    assert told["BT-15"][0].endswith(f"/appels/{call.reference}/documents/")


def test_what_the_standard_forbids_for_this_procedure_is_left_out(call):
    assert not {"BT-131", "BT-98", "BT-106", "BT-120"} & set(values(call))


def test_codes_are_those_of_the_standard(call):
    if not LABELS.exists():
        pytest.skip(f"the eForms labels are not at {LABELS}")
    with LABELS.open(encoding="utf-8") as lines:
        known = " ".join(" ".join(row) for row in csv.reader(lines))
    codes = {code for row in values(call) for code in row.split(", ") if code}
    assert not [code for code in codes if not re.search(rf"{code}[-()]", known)]


def test_each_lot_has_its_own_fields(team):
    call = write_call(team, NOW, lots=2)
    assert values(call)["BT-137"] == ["LOT-0001", "LOT-0002"]


def test_the_sheet_is_printed_once_as_it_stood(call, team):
    print_sheet(call=call, actor=team.author, now=NOW)
    drain()
    [sheet] = printed_sheets(call)
    assert sheet.pdf().startswith(b"%PDF")
    assert sheet.facts["sections"][0]["rows"][0]["value"] == team.buyer.name


def test_only_those_who_write_or_validate_print_it(call, team):
    with pytest.raises(NotAllowed):
        print_sheet(call=call, actor=team.evaluator, now=NOW)
    assert printed_sheets(call) == []


def test_the_page_shows_it_to_the_house_and_prints_it(call, team):
    page = reverse("notices:sheet", args=[call.reference])
    author = client_of(team.author)
    html = author.get(page).content.decode()
    assert call.title in html
    assert "Produire la fiche en PDF" in html
    assert "Produire la fiche en PDF" not in client_of(team.evaluator).get(page).content.decode()
    assert client_of(team.evaluator).post(page).status_code == 403
    assert author.post(page).status_code == 302
    drain()
    link = reverse("files:download", args=[printed_sheets(call)[0].rendering.stored_file_id])
    assert link in author.get(page).content.decode()
    assert author.get(link).status_code == 200
    stranger = client_of(make_team().author)
    assert stranger.get(link).status_code == 404
    assert stranger.get(page).status_code == 404
    assert page in client_of(team.validator).get(reverse("calls:check", args=[call.reference])).content.decode()
