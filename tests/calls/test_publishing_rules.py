"""Each rule on what is written refuses the publication itself, and says so with all the others at once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from marketplace.journal.errors import Refusal
from marketplace.journal.models import Entry
from procurement.calls.models import Call, ContractTerms, Lot, Publication
from procurement.calls.services import drafts, publishing
from procurement.law.findings import RuleViolation
from tests.calls.builders import Team, plan_candidatures, sendings, write_call
from tests.calls.ready import keys_proved
from tests.calls.test_publishing import PASSED

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _declared(settings):
    settings.PROFILE_DECLARED_ON = "2026-01-15"


def ready(team: Team, spoil: Callable[[Call, Lot, dict[str, Any]], object]) -> Call:
    """A call that lacks only what the test takes away."""
    call = write_call(team, NOW)
    spoil(call, call.lots.get(), {"actor": team.author, "now": NOW})
    keys_proved(plan_candidatures(call, team, NOW), NOW)
    publishing.put_documents_online(call=call, actor=team.validator, now=NOW)
    return Call.objects.get(pk=call.pk)


def publish(call: Call, team: Team, **changes: Any) -> Call:
    given = {"call": call, "sendings": sendings(NOW), "actor": team.validator, "now": NOW, "accepted": PASSED}
    return publishing.publish(**given | changes)


def terms(**fields: Any) -> Callable[[Call, Lot, dict[str, Any]], object]:
    return lambda call, lot, common: drafts.save_terms(lot=lot, fields=fields, **common)


def of_call(**fields: Any) -> Callable[[Call, Lot, dict[str, Any]], object]:
    return lambda call, lot, common: drafts.save_call(call=call, fields=fields, **common)


def unknown_formula(call: Call, lot: Lot, common: dict[str, Any]) -> object:
    rows = [
        {"name": "Qualité", "weight": 6000, "tag": "environment"},
        {"name": "Prix", "weight": 4000, "tag": "price", "formula": "à vue de nez"},
    ]
    return drafts.save_award_criteria(lot=lot, rows=rows, **common)


@pytest.mark.law("LR-65", "LR-99", "LR-101", "LR-114")
@pytest.mark.parametrize(
    ("rule", "spoil"),
    [
        ("LR-65", unknown_formula),
        ("LR-99", terms(ccag_departures="")),
        ("LR-101", terms(personal_data_processed=None)),
        ("LR-114", of_call(variants_allowed=True)),
    ],
)
def test_one_fact_taken_away_refuses_the_publication_by_its_rule_alone(team: Team, rule, spoil):
    call = ready(team, spoil)
    with pytest.raises(RuleViolation) as refusal:
        publish(call, team)
    assert refusal.value.rules == [rule]
    assert not Call.objects.get().is_published
    assert not Publication.objects.exists()


@pytest.mark.law("LR-27", "LR-41", "LR-101", "LR-113", "LR-114")
def test_what_just_respects_each_rule_is_published(team: Team):
    def just_enough(call: Call, lot: Lot, common: dict[str, Any]) -> None:
        exception = {"social_exception": ContractTerms.SocialException.NO_LINK, "social_exception_reason": "Aucun lien"}
        annex = dict.fromkeys(
            ("personal_data", "personal_data_kinds", "personal_data_purpose", "personal_data_duration",
             "personal_data_processors", "personal_data_security"), "dit",
        )  # fmt: skip
        drafts.save_terms(
            lot=lot, fields={"social_clause": "", **exception, **annex, "personal_data_processed": True}, **common
        )
        # Research 140 000 and purchases 400 000; a bonus of 1 000 for each of five candidates: 545 000 in all.
        fields = {"mockup_asked": True, "bonus_ht": Decimal(1000), "turnover_min_ht": Decimal("817500")}
        drafts.save_lots(call=call, lots=[fields], **common)
        drafts.save_call(
            call=call, fields={"variants_allowed": True, "variants_conditions": "Même précision"}, **common
        )

    assert publish(ready(team, just_enough), team).is_published


def untouched(call: Call, lot: Lot, common: dict[str, Any]) -> None:
    """A call to publish as it stands."""


@pytest.mark.law("LR-11", "LR-33")
def test_the_notice_is_a_contract_notice_in_the_media_that_the_value_asks_for(team: Team):
    call = ready(team, untouched)
    boamp, joue = sendings(NOW)
    with pytest.raises(RuleViolation) as refusal:
        publish(call, team, sendings=[boamp])
    assert refusal.value.rules == ["LR-33"]
    prior = [replace(one, kind="prior_information") for one in (boamp, joue)]
    with pytest.raises(RuleViolation) as refusal:
        publish(call, team, sendings=prior)
    assert set(refusal.value.rules) == {"LR-11", "LR-33"}
    assert publish(call, team).is_published


def half_written(call: Call, **common: Any) -> None:
    with drafts.edit_screen(call=call, screen="besoin", **common):
        drafts.save_need(call=call, fields={"problem": "Perdu"}, **common)
        drafts.drop_lot(lot=call.lots.get(), **common)


def test_a_screen_is_one_act_all_of_it_or_nothing(team: Team):
    call = write_call(team, NOW)
    before = Entry.objects.filter(chain__key=call.chain).count()
    common = {"actor": team.author, "now": NOW + timedelta(minutes=1)}
    with drafts.edit_screen(call=call, screen="besoin", **common):
        drafts.save_need(call=call, fields={"problem": "Un autre problème"}, **common)
        drafts.save_call(call=call, fields={"object": "Un autre objet"}, **common)
    entries = Entry.objects.filter(chain__key=call.chain).order_by("seq")
    assert entries.count() == before + 1
    assert (entries.last().act, entries.last().data["section"]) == ("call.edited", "besoin")
    with pytest.raises(Refusal, match="toujours un lot"):
        half_written(call, **common)
    assert Call.objects.get().need.problem == "Un autre problème"
    assert entries.count() == before + 1
