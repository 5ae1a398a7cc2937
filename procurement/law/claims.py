"""The arithmetic of one claim: what was done, revised, taxed, less what comes back to the buyer or is kept back."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from procurement.law import advance, price

CENT = Decimal("0.01")
WHOLE = 10_000
ONE = Decimal(1)


@dataclass(frozen=True, kw_only=True, slots=True)
class ClaimFacts:
    """What a claim is made of; `…_before` sums leave this claim out. Rates are hundredths of a percent.

    `work_ht`: at the prices of the contract; `whole_ttc`: the amount on which the recovery of the advance is counted.
    """

    work_ht: Decimal
    vat_rate: int
    coefficient: Decimal = ONE
    advance_ttc: Decimal = Decimal(0)
    recovered_before_ttc: Decimal = Decimal(0)
    done_before_ttc: Decimal = Decimal(0)
    whole_ttc: Decimal = Decimal(0)
    recovery: tuple[int, int] = (0, WHOLE)
    retention_rate: int = 0
    penalties_ttc: Decimal = Decimal(0)
    is_last: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """The sums of a claim, in euros to the cent."""

    work_ht: Decimal
    revision_ht: Decimal
    amount_ht: Decimal
    vat: Decimal
    amount_ttc: Decimal
    recovered_ttc: Decimal
    retained_ttc: Decimal
    penalties_ttc: Decimal

    @property
    def due_ttc(self) -> Decimal:
        """What the invoice asks for: everything but the advance already paid."""
        return self.amount_ttc - self.recovered_ttc

    @property
    def net_ttc(self) -> Decimal:
        """What is paid now: without what is kept back and the penalties."""
        return self.due_ttc - self.retained_ttc - self.penalties_ttc


def with_vat(amount_ht: Decimal, rate: int) -> Decimal:
    """An amount with its VAT, to the cent, half up."""
    return (amount_ht * (WHOLE + rate) / WHOLE).quantize(CENT, rounding=ROUND_HALF_UP)


def without_vat(amount_ttc: Decimal, rate: int) -> Decimal:
    """The least amount HT, to the cent, whose amount TTC is not below: not every cent TTC has its amount HT."""
    amount_ht = (amount_ttc * WHOLE / (WHOLE + rate)).quantize(CENT, rounding=ROUND_HALF_UP)
    if with_vat(amount_ht, rate) < amount_ttc:
        return amount_ht + CENT
    return amount_ht - CENT if with_vat(amount_ht - CENT, rate) >= amount_ttc else amount_ht


def compose(facts: ClaimFacts) -> Claim:
    """The sums of a claim (LR-89, LR-116, LR-118).

    The recovery is counted on the work at the prices of the contract, never takes more than the claim, and ends
    exactly on the advance with the last one. Penalties bear no VAT.
    """
    revision = price.revision_ht(facts.work_ht, facts.coefficient)
    amount_ht = facts.work_ht + revision
    amount_ttc = with_vat(amount_ht, facts.vat_rate)
    start, end = facts.recovery
    target = advance.recovered_ttc(
        advance=facts.advance_ttc,
        done_ttc=facts.done_before_ttc + with_vat(facts.work_ht, facts.vat_rate),
        whole_ttc=facts.whole_ttc,
        start=start,
        end=end,
        is_last=facts.is_last,
    )
    recovered = min(max(target - facts.recovered_before_ttc, Decimal(0)), amount_ttc)
    return Claim(
        work_ht=facts.work_ht,
        revision_ht=revision,
        amount_ht=amount_ht,
        vat=amount_ttc - amount_ht,
        amount_ttc=amount_ttc,
        recovered_ttc=recovered,
        retained_ttc=price.retained_ttc(amount_ttc, facts.retention_rate),
        penalties_ttc=facts.penalties_ttc,
    )
