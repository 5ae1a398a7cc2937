"""How firms compete, by which media they learn of it, under which contract: rules through the act that publishes."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from procurement.calls.services import drafts
from procurement.calls.services.publishing import Sending
from tests.calls.builders import plan_candidatures, sendings, write_lot
from tests.calls.ready import (
    EVERY_REASON,
    NOW,
    Change,
    Draft,
    acquisition,
    asked,
    award,
    blocks,
    both,
    buyer,
    closing,
    firms,
    keys_proved,
    nothing,
    of_call,
    of_lot,
    phase,
    publish,
    refuse,
    selection,
    terms,
    warns,
    worth,
)
from tests.factories import OrganisationFactory, make

pytestmark = pytest.mark.django_db

# The EU threshold of a local authority in 2026, € HT, and the cent below.
AT, BELOW = Decimal(216_000), Decimal("215999.99")
HALF = {"weight": 5000}
SENT = NOW - timedelta(hours=48)
MET = {"name": "Prédibus", "met_on": date(2026, 10, 1), "information": "Plan du réseau"}


def by(*channels: str) -> Change:
    """The contract notice, sent through these channels only."""
    joue = {"joue": {"published_at": NOW}}
    return asked(
        sendings=[Sending(channel=one, sent_at=NOW, receipt_number="26-1", **joue.get(one, {})) for one in channels]
    )


def confirmed(at: Any) -> Change:
    """Both notices sent 48 hours ago; the JOUE, where nothing came out yet, confirmed its receipt at that instant."""
    boamp = Sending(channel="boamp", sent_at=SENT, receipt_number="26-1")
    joue = Sending(channel="joue", sent_at=SENT, receipt_number="2026/S 1", receipt_confirmed_at=at)
    return both(firms(MET), asked(sendings=[boamp, joue]))


def out_at(boamp: Any, joue: Any) -> Change:
    """When each notice came out, both sent in the morning."""
    sent = NOW - timedelta(hours=2)
    return asked(
        sendings=[
            Sending(channel="boamp", sent_at=sent, receipt_number="26-1", published_at=boamp),
            Sending(channel="joue", sent_at=sent, receipt_number="2026/S 1", published_at=joue),
        ]
    )


def offline(draft: Draft) -> None:
    draft.call.files_public_since = None
    draft.store(draft.call.save)


def second_buyer(**convention: Any) -> Change:
    def change(draft: Draft) -> None:
        held = draft.call.co_buyers.first()
        organisation = held.organisation if held else make(OrganisationFactory, buyer=True)
        drafts.save_co_buyers(call=draft.call, rows=[{"organisation": organisation, **convention}], **draft.common)

    return change


@pytest.mark.parametrize(
    ("spoil", "mend"),
    [
        pytest.param(
            of_call(procedure=""), of_call(procedure="formalised"), id="none-chosen", marks=pytest.mark.law("LR-10")
        ),
        pytest.param(
            closing(timedelta(days=36), "single_step"), closing(timedelta(days=36)),
            id="formalised-in-one-step", marks=pytest.mark.law("LR-10"),
        ),
        pytest.param(
            closing(timedelta(days=29)), closing(timedelta(days=31)), id="29-days", marks=pytest.mark.law("LR-12")
        ),
        pytest.param(
            selection({"name": "Références", "weight": 10_000}),
            selection({"name": "Références", "weight": 10_000, "is_innovation": True}),
            id="no-innovation", marks=pytest.mark.law("LR-13"),
        ),
        pytest.param(of_call(candidates_min=2), of_call(candidates_min=3), id="two", marks=pytest.mark.law("LR-15")),
        pytest.param(
            of_call(candidates_min=None), of_call(candidates_min=None, candidates_max=None),
            id="limited-unsaid", marks=pytest.mark.law("LR-15"),
        ),
        pytest.param(
            of_call(candidates_min=4, candidates_max=3), of_call(candidates_min=3, candidates_max=3),
            id="most-under-least", marks=pytest.mark.law("LR-15"),
        ),
        pytest.param(
            award(
                {"name": "Tout", "weight": 10_000, "children": [
                    {"name": "Prix", "tag": "price", **HALF}, {"name": "Empreinte", "tag": "environment", **HALF}]}
            ),
            award({"name": "Prix", "tag": "price", **HALF}, {"name": "Empreinte", "tag": "environment", **HALF}),
            id="one-criterion", marks=pytest.mark.law("LR-20"),
        ),
        pytest.param(
            award({"name": "Utilité", "tag": "quality", **HALF}, {"name": "Empreinte", "tag": "environment", **HALF}),
            award({"name": "Coût", "tag": "price", **HALF}, {"name": "Empreinte", "tag": "environment", **HALF}),
            id="no-price", marks=pytest.mark.law("LR-20"),
        ),
        pytest.param(
            award({"name": "Utilité", "tag": "quality", **HALF}, {"name": "Prix", "tag": "price", **HALF}),
            award(
                {"name": "Utilité", "tag": "quality", **HALF, "children": [
                    {"name": "Sobriété", "tag": "environment", "weight": 1}, {"name": "Essai", "weight": 9_999}]},
                {"name": "Prix", "tag": "price", **HALF},
            ),
            id="no-environment", marks=pytest.mark.law("LR-20"),
        ),
        pytest.param(
            terms(environmental_clause=" "), terms(environmental_clause="x"),
            id="no-environment", marks=pytest.mark.law("LR-27"),
        ),
        pytest.param(
            both(worth(AT), terms(social_clause=" ")), worth(BELOW), id="no-social", marks=pytest.mark.law("LR-27")
        ),
        pytest.param(
            terms(social_clause="", social_exception="no_link", social_exception_reason=" "),
            terms(social_exception_reason="x"),
            id="exception-unreasoned", marks=pytest.mark.law("LR-27"),
        ),
        pytest.param(
            buyer(buyer_category=""), buyer(buyer_category="other"), id="no-category", marks=pytest.mark.law("LR-30")
        ),
        pytest.param(
            both(
                of_lot(estimated_acquisition_ht=None), acquisition(total_cost_max_ht=None),
                phase(2, remuneration_fixed_ht=None),
            ),
            acquisition(total_cost_max_ht=Decimal("0.01")),
            id="no-cost", marks=pytest.mark.law("LR-32"),
        ),
        pytest.param(
            both(worth(Decimal(90_000)), by("profile")), by("legal_newspaper"),
            id="no-newspaper", marks=pytest.mark.law("LR-33"),
        ),
        pytest.param(
            both(worth(Decimal(90_000)), by("profile")), worth(Decimal("89999.99")),
            id="from-90000", marks=pytest.mark.law("LR-33"),
        ),
        pytest.param(both(worth(AT), by("boamp")), worth(BELOW), id="no-joue", marks=pytest.mark.law("LR-33")),
        pytest.param(
            both(worth(AT), by("legal_newspaper", "joue")), by("boamp", "joue"),
            id="no-boamp", marks=pytest.mark.law("LR-33"),
        ),
        pytest.param(
            confirmed(SENT + timedelta(microseconds=1)), confirmed(SENT), id="48-hours", marks=pytest.mark.law("LR-34")
        ),
        pytest.param(
            out_at(NOW - timedelta(seconds=2), NOW - timedelta(seconds=1)),
            out_at(NOW - timedelta(seconds=1), NOW - timedelta(seconds=1)),
            id="a-second-before", marks=pytest.mark.law("LR-34"),
        ),
        # `publish` puts the documents online first.
        pytest.param(offline, nothing, id="offline", marks=pytest.mark.law("LR-35")),
        pytest.param(
            terms(tender_validity_days=None), terms(tender_validity_days=1),
            id="no-validity", marks=pytest.mark.law("LR-112"),
        ),
        pytest.param(terms(price_form=""), terms(price_form="firm"), id="no-form", marks=pytest.mark.law("LR-116")),
        pytest.param(
            terms(price_month=None), terms(price_month=date(2026, 11, 1)),
            id="no-month", marks=pytest.mark.law("LR-116"),
        ),
        pytest.param(
            terms(price_form="revisable", price_formula=" "), terms(price_formula="x"),
            id="no-formula", marks=pytest.mark.law("LR-116"),
        ),
        pytest.param(
            second_buyer(convention_reference="Délibération 12"),
            second_buyer(convention_reference="Délibération 12", convention_signed_on=date(2026, 9, 1)),
            id="unsigned-convention", marks=pytest.mark.law("LR-121"),
        ),
        pytest.param(
            second_buyer(convention_signed_on=date(2026, 9, 1)),
            second_buyer(convention_reference="x", convention_signed_on=date(2026, 9, 1)),
            id="unnamed-convention", marks=pytest.mark.law("LR-121"),
        ),
    ],
)  # fmt: skip
def test_firms_compete_as_the_law_wants(draft: Draft, rule: str, spoil: Change, mend: Change):
    blocks(draft, rule, spoil, mend)


ADAPTED = both(of_call(procedure="adapted"), worth(BELOW))


@pytest.mark.parametrize(
    ("spoil", "mend"),
    [
        pytest.param(
            both(of_call(procedure="adapted"), worth(AT)), worth(BELOW),
            id="lighter", marks=pytest.mark.law("LR-10", "LR-30", "LR-32"),
        ),
        pytest.param(
            closing(timedelta(days=30)), closing(timedelta(days=31)),
            id="thirtieth-day", marks=pytest.mark.law("LR-12"),
        ),
        pytest.param(
            both(ADAPTED, closing(timedelta(days=29))), closing(timedelta(days=31)),
            id="29-days-adapted", marks=pytest.mark.law("LR-12"),
        ),
        pytest.param(
            both(ADAPTED, of_call(candidates_min=2)), of_call(candidates_min=3),
            id="two-adapted", marks=pytest.mark.law("LR-15"),
        ),
        # Research 140 000, purchases 400 000: one and a half times their sum.
        pytest.param(
            of_lot(turnover_min_ht=Decimal("810000.01"), young_firms_admitted=True),
            of_lot(turnover_min_ht=Decimal(810_000)),
            id="turnover", marks=pytest.mark.law("LR-41"),
        ),
        pytest.param(
            of_lot(turnover_min_ht=Decimal("0.01"), young_firms_admitted=False), of_lot(turnover_min_ht=Decimal(0)),
            id="young-firms", marks=pytest.mark.law("LR-41"),
        ),
        pytest.param(
            of_lot(turnover_min_ht=Decimal("0.01"), young_firms_admitted=False), of_lot(young_firms_admitted=True),
            id="young-firms-admitted", marks=pytest.mark.law("LR-41"),
        ),
        pytest.param(
            of_lot(mockup_asked=True), of_lot(bonus_ht=Decimal("0.01")), id="no-bonus", marks=pytest.mark.law("LR-113")
        ),
    ],
)  # fmt: skip
def test_what_is_unusual_asks_for_a_reason(draft: Draft, rule: str, spoil: Change, mend: Change):
    warns(draft, rule, spoil, mend)


@pytest.mark.law("LR-12", "LR-10")
def test_an_adapted_procedure_may_run_in_one_step(draft: Draft):
    both(ADAPTED, closing(timedelta(days=31), "single_step"))(draft)
    publish(draft)


@pytest.mark.law("LR-29")
def test_lots_need_no_reason(draft: Draft):
    of_call(no_lots_reason="")(draft)
    refuse(draft, "LR-29", EVERY_REASON)
    estimate = {"title": "Réseau 2", "partners_max": 2, "estimated_acquisition_ht": Decimal(400_000)}
    [_, second] = drafts.save_lots(call=draft.call, lots=[{}, estimate], **draft.common)
    write_lot(second, draft.team, NOW)
    keys_proved(plan_candidatures(draft.call, draft.team, NOW), NOW)
    publish(draft)


@pytest.mark.law("LR-40")
@pytest.mark.parametrize("declared", ["", "2026-11-24"])
def test_the_profile_is_declared_by_the_day_of_the_launch(draft: Draft, settings: Any, declared: str):
    settings.PROFILE_DECLARED_ON = declared
    refuse(draft, "LR-40", EVERY_REASON)
    settings.PROFILE_DECLARED_ON = "2026-11-23"
    publish(draft)


@pytest.mark.law("LR-11")
def test_below_the_threshold_too_a_prior_notice_launches_nothing(draft: Draft):
    worth(Decimal("89999.99"))(draft)
    [boamp, _] = sendings(NOW)
    asked(sendings=[Sending(channel="boamp", sent_at=NOW, receipt_number="26-1", kind="prior_information")])(draft)
    refuse(draft, "LR-11", EVERY_REASON)
    asked(sendings=[boamp])(draft)
    publish(draft)
