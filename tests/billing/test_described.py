"""The measure itself: it passes what Stripe's own samples say, and finds what it must find."""

import json

import pytest

from marketplace.billing.reading import Unreadable, invoice_of, subscription_of
from tests.billing.stand_in.described import FIXTURES, SPEC, Description, description, differences, nested

pytestmark = pytest.mark.skipif(not SPEC.exists(), reason=f"the description of Stripe's API is not here: {SPEC}")
VERSION = "2023-08-16"


def asked(method: str, path: str, pairs: list[tuple[str, str]], version: str = VERSION) -> list[str]:
    measure = Description()
    measure.request(method, path, pairs, version)
    return measure.mismatches


def test_forms_are_read_as_stripe_reads_them():
    assert nested([("a[b][0][c]", "1"), ("d[]", "x"), ("d[]", "y")]) == {
        "a": {"b": {"0": {"c": "1"}}},
        "d": {"0": "x", "1": "y"},
    }


@pytest.mark.parametrize(
    ("pairs", "told"),
    [
        ([("customer", "cus_1"), ("return_url", "https://x.example")], ""),
        ([("return_url", "https://x.example")], "customer misses"),
        ([("customer", "cus_1"), ("colour", "red")], "colour is not described"),
        ([("customer", "cus_1"), ("locale", "klingon")], "is none of"),
        ([("customer[id]", "cus_1")], "is not string"),
    ],
)
def test_a_request_that_differs_is_found(pairs: list[tuple[str, str]], told: str):
    found = asked("POST", "/v1/billing_portal/sessions", pairs)
    assert found == [] if not told else told in "\n".join(found)


def test_an_unknown_address_parameter_or_version_is_found():
    assert "not described" in asked("GET", "/v1/nowhere", [])[0]
    assert "not described" in asked("GET", "/v1/invoices", [("colour", "red")])[0]
    assert "version" in asked("GET", "/v1/invoices", [("limit", "3")], "2026-10-28.endive")[0]
    assert asked("GET", "/v1/invoices", [("limit", "three")]) != []
    assert asked("GET", "/v1/invoices", [("limit", "3")]) == []


def test_an_answer_that_differs_is_found():
    good = {"id": "txi_1", "object": "tax_id", "created": 1, "livemode": False, "type": "eu_vat", "value": "FR1"}
    schema = description()["components"]["schemas"]["tax_id"]
    assert differences({**good, "country": None, "customer": None, "verification": None}, schema) == []
    assert differences({**good, "created": "1"}, schema) != []
    assert differences({**good, "type": "lunar_vat"}, schema) != []
    assert differences({**good, "moon": 1}, schema) != []
    assert differences({name: value for name, value in good.items() if name != "value"}, schema) != []
    assert differences({**good, "livemode": None}, schema) != []


def test_the_shapes_of_2026_are_read_too():
    """Stripe's own samples of July 2026: the period lies with the line, amounts keep their names."""
    samples = json.loads(FIXTURES.read_text())["resources"]
    read = subscription_of(samples["subscription"])
    assert (read.stripe_id, read.period) == (samples["subscription"]["id"], "month")
    assert int(read.paid_until.timestamp()) == samples["subscription"]["items"]["data"][0]["current_period_end"]
    invoice = samples["invoice"]
    with pytest.raises(Unreadable):
        invoice_of(invoice)
    told = invoice_of({**invoice, "currency": "eur", "number": "A-1", "total": 1200, "total_excluding_tax": 1000})
    assert (str(told.net), str(told.vat), str(told.gross)) == ("10", "2", "12")


def test_a_rhythm_that_is_not_sold_is_never_guessed():
    sample = json.loads(FIXTURES.read_text())["resources"]["subscription"]
    sample["items"]["data"][0]["price"]["recurring"]["interval_count"] = 3
    with pytest.raises(Unreadable):
        subscription_of(sample)
