"""Figures of the law change on a day: the same call, launched the day before and that day, through the act."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from procurement.calls.services import publishing
from tests.calls.builders import make_team
from tests.calls.ready import (
    EVERY_REASON,
    PROFILE_DECLARED_ON,
    Change,
    Draft,
    award,
    both,
    buyer,
    nothing,
    of_call,
    of_lot,
    publish,
    ready,
    refuse,
    terms,
    worth,
)

pytestmark = pytest.mark.django_db

NO_ENVIRONMENT = award(
    {"name": "Utilité", "weight": 5000, "tag": "quality"}, {"name": "Prix", "weight": 5000, "tag": "price"}
)


@pytest.fixture(autouse=True)
def _declared(settings: Any) -> None:
    settings.PROFILE_DECLARED_ON = PROFILE_DECLARED_ON


def launched(day: str) -> Draft:
    """A call that lacks nothing, whose notices leave that morning."""
    return ready(make_team(), datetime.fromisoformat(f"{day}T09:00:00+00:00"))


# Research 140 000, purchases 400 000.
def turnover(value: int) -> Change:
    return of_lot(turnover_min_ht=Decimal(value), young_firms_admitted=True)


@pytest.mark.parametrize(
    ("day", "change", "is_refused"),
    [
        pytest.param("2026-08-20", NO_ENVIRONMENT, False, marks=pytest.mark.law("LR-20"), id="criterion-before"),
        pytest.param("2026-08-21", NO_ENVIRONMENT, True, marks=pytest.mark.law("LR-20"), id="criterion-since"),
        pytest.param(
            "2026-08-20", terms(environmental_clause=""), False, marks=pytest.mark.law("LR-27"), id="clause-before"
        ),
        pytest.param(
            "2026-08-21", terms(environmental_clause=""), True, marks=pytest.mark.law("LR-27"), id="clause-since"
        ),
        pytest.param("2026-08-20", terms(social_clause=""), False, marks=pytest.mark.law("LR-27"), id="social-before"),
        pytest.param("2026-08-21", terms(social_clause=""), True, marks=pytest.mark.law("LR-27"), id="social-since"),
        pytest.param("2025-12-31", turnover(1_080_000), False, marks=pytest.mark.law("LR-41"), id="twice-before"),
        pytest.param("2025-12-31", turnover(1_080_001), True, marks=pytest.mark.law("LR-41"), id="more-than-twice"),
        pytest.param("2026-01-01", turnover(810_000), False, marks=pytest.mark.law("LR-41"), id="one-and-a-half-since"),
        pytest.param("2026-01-01", turnover(810_001), True, marks=pytest.mark.law("LR-41"), id="more-since"),
        pytest.param("2027-12-31", nothing, False, marks=pytest.mark.law("PR-06"), id="last-known-day"),
        pytest.param("2028-01-03", nothing, True, marks=pytest.mark.law("PR-06"), id="unknown-day"),
    ],
)  # fmt: skip
def test_the_day_of_the_launch_chooses_the_figures(rule: str, day: str, change: Change, is_refused: bool):
    draft = launched(day)
    change(draft)
    if is_refused:
        refuse(draft, rule, {one: reason for one, reason in EVERY_REASON.items() if one != rule})
    else:
        publish(draft)


@pytest.mark.law("LR-10", "LR-30")
@pytest.mark.parametrize(
    ("day", "category", "nature", "threshold"),
    [
        ("2025-12-31", "local_authority", "services", 221_000),
        ("2026-01-01", "local_authority", "services", 216_000),
        ("2025-12-31", "health", "supplies", 221_000),
        ("2026-01-01", "health", "supplies", 216_000),
        ("2025-12-31", "state", "services", 143_000),
        ("2026-01-01", "state", "services", 140_000),
        ("2025-12-31", "state", "works", 5_538_000),
        ("2026-01-01", "state", "works", 5_404_000),
    ],
)
def test_the_day_of_the_launch_chooses_the_threshold(day: str, category: str, nature: str, threshold: int):
    draft = launched(day)
    both(of_call(procedure="adapted", nature=nature), buyer(buyer_category=category), worth(Decimal(threshold)))(draft)
    refuse(draft, "LR-10", {one: reason for one, reason in EVERY_REASON.items() if one != "LR-10"})
    worth(threshold - Decimal("0.01"))(draft)
    publish(draft)


@pytest.mark.law("LR-35")
@pytest.mark.parametrize(
    ("day", "value", "is_refused"),
    [
        ("2026-03-31", "40000", True),
        ("2026-03-31", "39999.99", False),
        ("2026-04-01", "60000", True),
        ("2026-04-01", "59999.99", False),
    ],
)
def test_documents_need_not_be_online_below_the_amount_of_the_day(day: str, value: str, is_refused: bool):
    draft = launched(day)
    worth(Decimal(value))(draft)
    # Written, so that the notice tells the call as it is, and shown to nobody.
    publishing.put_documents_online(call=draft.call, actor=draft.team.validator, now=draft.now)
    draft.call.files_public_since = None
    draft.store(draft.call.save)
    if is_refused:
        refuse(draft, "LR-35", EVERY_REASON)
    else:
        assert draft.publish({}).is_published
