"""Facts of a direct purchase of innovation (R2122-9-1), as the rules read them. Amounts in euros HT."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from procurement.law.facts.common import Nature


@dataclass(frozen=True, kw_only=True, slots=True)
class DirectOfferFacts:
    """One offer that the buyer considered; `opinion`: what the buyer thinks of it, in writing."""

    firm: str
    amount_ht: Decimal
    opinion: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class DirectPurchaseFacts:
    """A purchase file, before it is decided.

    The value of the need is `purchase_ht` + `options_ht` + `same_need_ht` (R2121-1 s.). `operation_ht` and
    `small_lots_ht` are given when the purchase is a lot of a larger operation: the value of all its lots, and of those
    bought directly, this one included. `contract_gaps`: what a written contract would lack. `earlier_purchases`: direct
    ones from the same firm over the watched months.
    """

    decided_on: date | None
    nature: Nature = "services"
    purchase_ht: Decimal = Decimal(0)
    options_ht: Decimal = Decimal(0)
    same_need_ht: Decimal = Decimal(0)
    operation_ht: Decimal | None = None
    small_lots_ht: Decimal | None = None
    indicators: tuple[str, ...] = ()
    innovation_reasons: str = ""
    offers: tuple[DirectOfferFacts, ...] = ()
    chosen: DirectOfferFacts | None = None
    comparison: str = ""
    contract_gaps: tuple[str, ...] = ()
    earlier_purchases: int = 0
    is_written: bool = True
    exclusions_checked: bool = False
    buyer_verified: bool = False
    authors: tuple[str, ...] = ()
    decided_by: str = ""

    @property
    def value_ht(self) -> Decimal:
        """Estimated value of the need: what is bought, its options and renewals, the same need bought elsewhere."""
        return self.purchase_ht + self.options_ht + self.same_need_ht


@dataclass(frozen=True, kw_only=True, slots=True)
class EssentialDataFacts:
    """What the national format asks of a notified contract. `months`: its whole duration."""

    notified_on: date | None
    amount_ht: Decimal
    cpv: str = ""
    buyer_siret: str = ""
    holder_identifier: str = ""
    months: int | None = None
    place_code: str = ""
