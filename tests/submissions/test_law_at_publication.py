"""What the documents of a call say of deposits, marks and contract: one word too few holds the publication back."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from procurement.calls.models import Call, Lot, PeriodEnvelope, Publication, SubmissionPeriod
from procurement.calls.services import drafts, publishing
from procurement.law.findings import RuleViolation
from tests.calls.builders import Team, make_team, plan_candidatures, write_call
from tests.calls.test_publishing import PASSED, keys_proved
from tests.calls.test_publishing_rules import of_call, publish, ready, terms, untouched
from tests.factories import within_act

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
Write = Callable[[Call, Lot, dict[str, Any]], object]
ANNEX = dict.fromkeys(
    ("personal_data", "personal_data_kinds", "personal_data_purpose", "personal_data_duration",
     "personal_data_processors", "personal_data_security"), "dit",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _declared(settings):
    settings.PROFILE_DECLARED_ON = "2026-01-15"


@pytest.fixture
def team() -> Team:
    return make_team()


def criteria(*, price: int = 4000, formula: str = "lowest_over_price") -> Write:
    rows = [
        {"name": "Qualité", "weight": 5000, "tag": "quality"},
        {"name": "Environnement", "weight": 1000, "tag": "environment"},
        {"name": "Prix", "weight": price, "tag": "price", "formula": formula},
    ]
    return lambda call, lot, common: drafts.save_award_criteria(lot=lot, rows=rows, **common)


@pytest.mark.law("LR-59", "LR-64", "LR-65", "LR-99", "LR-101", "LR-114")
@pytest.mark.parametrize(
    ("rule", "beyond", "within"),
    [
        ("LR-59", of_call(signature_at_deposit=True), of_call(signature_at_deposit=False)),
        ("LR-64", criteria(price=3999), criteria(price=4000)),
        ("LR-64", criteria(price=4001), criteria(price=4000)),
        ("LR-64", criteria(price=0), criteria()),
        ("LR-65", criteria(formula="à vue de nez"), criteria(formula="linear_to_double")),
        ("LR-99", terms(ccag_departures=" "), terms(ccag_departures="aucune")),
        ("LR-99", terms(ccag=" "), terms(ccag="CCAG-PI")),
        ("LR-101", terms(confidentiality=" "), terms(confidentiality="Secret")),
        ("LR-101", terms(personal_data_processed=None), terms(personal_data_processed=False)),
        ("LR-101", terms(personal_data_processed=True, personal_data=" "),
         terms(personal_data_processed=True, **ANNEX)),
        ("LR-101", terms(personal_data_processed=True, **ANNEX | {"personal_data_duration": " "}), terms(**ANNEX)),
        ("LR-114", of_call(variants_allowed=True, variants_conditions=" "), of_call(variants_conditions="Précision")),
        ("LR-114", of_call(variants_allowed=True), of_call(variants_allowed=False)),
    ],
)  # fmt: skip
def test_a_call_is_published_once_it_says_just_enough(team: Team, rule: str, beyond: Write, within: Write):
    call = ready(team, beyond)
    with pytest.raises(RuleViolation) as refusal:
        publish(call, team)
    assert refusal.value.rules == [rule]
    assert not Call.objects.get().is_published
    assert not Publication.objects.exists()
    within(call, call.lots.get(), {"actor": team.author, "now": NOW})
    publishing.put_documents_online(call=call, actor=team.validator, now=NOW)
    assert publish(Call.objects.get(), team).is_published


@pytest.mark.law("LR-59", "LR-99")
@pytest.mark.parametrize(("rule", "warned"), [("LR-59", of_call(signature_at_deposit=True)), ("LR-99", terms(ccag=""))])
def test_what_the_law_leaves_to_the_buyer_passes_with_a_written_reason(team: Team, rule: str, warned: Write):
    call = ready(team, warned)
    with pytest.raises(RuleViolation) as refusal:
        publish(call, team, accepted=PASSED | {rule: " "})
    assert refusal.value.rules == [rule]
    assert publish(call, team, accepted=PASSED | {rule: "Choix du service juridique"}).is_published


@pytest.mark.law("LR-45")
def test_a_call_that_imposes_a_form_on_candidatures_waits_until_it_accepts_the_dume(team: Team):
    call = ready(team, untouched)
    envelope = PeriodEnvelope.objects.get(name="candidature")
    expect(call, envelope, "Présentation de l’équipe", "DC1 à remplir")
    with pytest.raises(RuleViolation, match="sans que le DUME soit accepté") as refusal:
        publish(call, team)
    assert refusal.value.rules == ["LR-45"]
    assert not Publication.objects.exists()
    expect(call, envelope, "Présentation de l’équipe", "DC1 à remplir, ou DUME")
    assert publish(Call.objects.get(), team).is_published


def expect(call: Call, envelope: PeriodEnvelope, *labels: str) -> None:
    envelope.expected_documents = list(labels)
    within_act(envelope.save, chain=call.chain, at=NOW)


@pytest.mark.law("LR-57")
def test_keys_are_proved_by_the_instant_of_publication(team: Team):
    call = ready(team, untouched)
    periods = SubmissionPeriod.objects.select_related("lot__call")
    keys_proved(list(periods), NOW + timedelta(microseconds=1))
    with pytest.raises(RuleViolation) as refusal:
        publish(call, team)
    assert refusal.value.rules == ["LR-57"]
    assert not Publication.objects.exists()
    keys_proved(list(periods.all()), NOW)
    assert publish(Call.objects.get(), team).is_published


@pytest.mark.law("LR-52")
def test_the_rules_of_the_consultation_tell_that_the_last_tender_replaces_the_others(team: Team):
    call = write_call(team, NOW)
    keys_proved(plan_candidatures(call, team, NOW), NOW)
    with pytest.raises(RuleViolation) as refusal:
        publish(call, team)
    assert set(refusal.value.rules) == {"LR-35", "LR-52"}
    assert not Call.objects.get().is_published
    publishing.put_documents_online(call=call, actor=team.validator, now=NOW)
    assert publish(Call.objects.get(), team).is_published
