"""What the demonstration is made of: its cast, its calls, and a calendar that never runs past the present."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMessage
from stdnum.fr import siret

from marketplace.accounts.models import Organisation
from marketplace.demo.showcase import guide, purchase, stages
from marketplace.demo.showcase.calls import read_calls
from marketplace.demo.showcase.cast import newcomers, read_cast, read_registry
from marketplace.demo.showcase.halfway import working_day_before
from marketplace.demo.showcase.lay import lay_out
from marketplace.demo.showcase.mailbox import TextFileBackend
from marketplace.demo.showcase.troupe import register_everybody
from marketplace.journal import clock
from marketplace.journal.models import Entry
from procurement.calls.models import DirectPurchase
from procurement.law.calendar import is_working_day


def test_the_cast_is_whole_and_nobody_is_twice():
    cast = read_cast()
    assert (len(cast.buyers), len(cast.suppliers), len(list(cast.houses()))) == (8, 15, 24)
    addresses = [person.email for person in cast.everybody]
    assert len(addresses) == len(set(addresses))
    assert all(siret.is_valid(house.siret) and house.siret.startswith("999") for house in cast.houses())
    assert {house.facts["category"] for house in cast.buyers.values()} == set(Organisation.BuyerCategory.values)


def test_every_stage_is_shown_once():
    calls = read_calls(read_cast())
    assert Counter(call.stage for call in calls) == Counter(stages.STAGES.keys())


def test_each_step_of_the_guide_speaks_of_somebody():
    cast = read_cast()
    ids = {call.plan.id for call in read_calls(cast)}
    for step in guide.steps():
        assert guide.find(cast, step["who"]).part in guide.PARTS
        assert step["call"] in ids | {"", purchase.PURCHASE}


def test_the_register_knows_newcomers_that_the_cast_does_not():
    known = {house.siret[:9] for house in read_cast().houses()}
    assert not known & {one["siren"] for one in newcomers()}
    assert len(read_registry()) == 23 + len(newcomers())


def test_a_call_to_open_closed_yesterday_at_the_latest():
    for offset in range(60):
        today = date(2027, 3, 20) + timedelta(days=offset)
        launch = stages.STAGES["to_open"].launched(today)
        closed_on = stages.preparation.candidatures_close_at(launch, 35).date()
        assert closed_on < today
        assert (today - closed_on).days < 8
        assert is_working_day(working_day_before(today, 1))


@pytest.mark.parametrize("now", [datetime(2027, 5, 17, 4, 0, tzinfo=UTC), datetime(2026, 12, 27, 22, 0, tzinfo=UTC)])
def test_around_holidays_too_nothing_is_dated_in_the_future(db: None, settings: Any, tmp_path: Path, now: datetime):
    settings.PROFILE_DECLARED_ON = "2019-04-01"
    told: list[str] = []
    laid = lay_out(
        now=now,
        out=tmp_path,
        processes=1,
        tell=told.append,
        only=frozenset({"to_publish", "to_open", "open", "beside"}),
    )
    assert len(laid.calls) == 4
    assert len(told) == 5
    assert Entry.objects.latest("at").at <= now


@pytest.mark.law("LR-103")
def test_a_direct_purchase_is_decided_by_a_second_person(db: None):
    now = datetime(2027, 5, 17, 4, 0, tzinfo=UTC)
    cast = read_cast()
    with clock.rehearsal(now - timedelta(days=60)) as moving:
        troupe = register_everybody(cast, moving)
    call = purchase.buy(troupe, now=now)
    bought = DirectPurchase.objects.get(call=call)
    assert (bought.chosen.firm_name, bought.decided_by) == (
        "Halte-Là", troupe.user(cast.buyers["tramelys"].person("validator")),
    )  # fmt: skip
    assert bought.decided_at < now
    assert call.lead_buyer == troupe.organisations["tramelys"]


@pytest.mark.django_db
def test_a_mail_is_a_text_that_opens_in_any_editor(settings: Any, tmp_path: Path):
    settings.EMAIL_FILE_PATH = str(tmp_path / "mails")
    mail = EmailMessage("Votre code d’accès", "Bonjour,\n123456\n", to=["inès@tramelys.example"])
    assert TextFileBackend().send_messages([mail]) == 1
    [path] = (tmp_path / "mails").iterdir()
    text = path.read_text(encoding="utf-8")
    assert "Objet : Votre code d’accès" in text
    assert text.endswith("123456\n")
    assert path.stat().st_mode & 0o077 == 0
