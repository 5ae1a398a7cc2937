"""What one claim comes to: the parts make the whole, and the advance is paid back to the cent."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procurement.law import advance, claims
from procurement.law.claims import Claim, ClaimFacts, compose

CENTS = st.integers(1, 50_000_000).map(lambda cents: Decimal(cents) / 100)
VAT = st.sampled_from([0, 550, 1000, 2000])


@pytest.mark.law("LR-89", "LR-116", "LR-118")
def test_a_claim_with_everything():
    claim = compose(
        ClaimFacts(
            work_ht=Decimal(50_000), vat_rate=2000, coefficient=Decimal("1.021"), advance_ttc=Decimal(25_200),
            done_before_ttc=Decimal(0), whole_ttc=Decimal(84_000), recovery=(6500, 8000), retention_rate=300,
            penalties_ttc=Decimal(500),
        )
    )  # fmt: skip
    # 60 000 of 84 000 is 71,43 %: 6,43 points of the 15.
    assert claim == Claim(
        work_ht=Decimal(50_000), revision_ht=Decimal("1050.00"), amount_ht=Decimal("51050.00"), vat=Decimal("10210.00"),
        amount_ttc=Decimal("61260.00"), recovered_ttc=Decimal("10800.00"), retained_ttc=Decimal("1837.80"),
        penalties_ttc=Decimal(500),
    )  # fmt: skip
    assert (claim.due_ttc, claim.net_ttc) == (Decimal("50460.00"), Decimal("48122.20"))


@given(parts=st.lists(CENTS, min_size=1, max_size=8), vat=VAT, rate=st.integers(1, 6000),
       rhythm=st.tuples(st.integers(0, 9999), st.integers(1, 10_000)).filter(lambda pair: pair[0] < pair[1]),
       coefficient=st.decimals("0.900", "1.200", places=3), retention=st.integers(0, 500))  # fmt: skip
@pytest.mark.law("LR-89")
def test_the_parts_make_the_total_and_the_recovery_ends_exactly(parts, vat, rate, rhythm, coefficient, retention):
    whole = sum((claims.with_vat(part, vat) for part in parts), Decimal(0))
    # A claim is never taken whole before the end: the advance is a share of what it is paid back from.
    paid = min(advance.amount_ttc(whole, rate), claims.with_vat(parts[-1] * Decimal("0.8"), vat))
    recovered = done = Decimal(0)
    for number, part in enumerate(parts, start=1):
        claim = compose(
            ClaimFacts(
                work_ht=part, vat_rate=vat, coefficient=coefficient, advance_ttc=paid, recovered_before_ttc=recovered,
                done_before_ttc=done, whole_ttc=whole, recovery=rhythm, retention_rate=retention,
                is_last=number == len(parts),
            )
        )  # fmt: skip
        assert claim.amount_ht == claim.work_ht + claim.revision_ht
        assert claim.amount_ht + claim.vat == claim.amount_ttc
        assert claim.net_ttc + claim.recovered_ttc + claim.retained_ttc + claim.penalties_ttc == claim.amount_ttc
        assert 0 <= claim.recovered_ttc <= claim.amount_ttc
        recovered += claim.recovered_ttc
        done += claims.with_vat(part, vat)
    assert recovered == paid


@given(ttc=CENTS, vat=VAT)
@pytest.mark.law("LR-88")
def test_an_advance_keeps_at_least_its_amount_once_its_vat_is_taken_off(ttc, vat):
    given_back = claims.with_vat(claims.without_vat(ttc, vat), vat)
    assert 0 <= given_back - ttc <= Decimal("0.01")
