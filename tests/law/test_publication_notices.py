"""The European notice comes out first, or 48 hours pass since its receipt was confirmed (R2131-19)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from procurement.law import publication
from procurement.law.facts import SendingFacts
from tests.law.sound import CALL, NOW

SENT = NOW - timedelta(days=4)
SECOND = timedelta(seconds=1)


def said(*sendings: SendingFacts, now=NOW) -> list[str]:
    found = publication.check(replace(CALL, now=now, sendings=sendings))
    return [finding.severity.value for finding in found if finding.rule == "LR-34"]


def joue(**instants) -> SendingFacts:
    return SendingFacts(channel="joue", sent_at=SENT, **instants)


def boamp(**instants) -> SendingFacts:
    return SendingFacts(channel="boamp", sent_at=SENT, **instants)


@pytest.mark.law("LR-34")
@pytest.mark.parametrize(
    ("instants", "found"),
    [
        ({}, ["block"]),
        ({"published_at": NOW}, []),
        ({"published_at": NOW + SECOND}, ["block"]),
        ({"receipt_confirmed_at": NOW - timedelta(hours=48)}, []),
        ({"receipt_confirmed_at": NOW - timedelta(hours=48) + SECOND}, ["block"]),
    ],
    ids=["only sent", "out now", "out in a second", "48 hours since receipt", "a second short of 48 hours"],
)
def test_the_site_waits_for_the_joue(instants, found):
    assert said(joue(**instants)) == found


@pytest.mark.law("LR-34")
@pytest.mark.parametrize(("before", "found"), [(SECOND, ["block"]), (timedelta(0), [])])
def test_no_national_notice_comes_out_before(before, found):
    assert said(joue(published_at=NOW), boamp(published_at=NOW - before)) == found


@pytest.mark.law("LR-34")
def test_a_national_notice_may_come_out_once_48_hours_have_passed():
    confirmed = joue(receipt_confirmed_at=NOW - timedelta(hours=50))
    assert said(confirmed, boamp(published_at=NOW - timedelta(hours=2))) == []
    assert said(confirmed, boamp(published_at=NOW - timedelta(hours=2) - SECOND)) == ["block"]


@pytest.mark.law("LR-34")
def test_nothing_is_said_without_a_european_notice():
    assert said(boamp(published_at=SENT)) == []
    assert [one for one in publication.check(CALL) if one.rule == "LR-34"] == []
