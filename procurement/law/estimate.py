"""The estimated value of a call, and what it decides: EU threshold and procedure (LR-10, LR-30, LR-32)."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from procurement.law import parameters
from procurement.law.facts import BuyerCategory, LotFacts, Nature, PhaseFacts, Procedure


def partners_in(lot: LotFacts, phase: PhaseFacts) -> int:
    """Most partners that may perform a phase; one while the buyer has not said it."""
    return phase.partners_max or lot.partners_max or 1


def research_value(lot: LotFacts) -> Decimal:
    """Highest pay of the research phases of a lot, all partners, in euros HT; what is not written counts 0."""
    return _pay(lot, (phase for phase in lot.phases if phase.kind == "research"))


def purchase_value(lot: LotFacts) -> Decimal | None:
    """Highest total of the planned purchases of a lot in euros HT, or None while nothing is written.

    The highest of the ways to say it: the pay of acquisition phases, the cost caps of each contract, the estimate.
    """
    acquisitions = [phase for phase in lot.phases if phase.kind == "acquisition"]
    known = [lot.estimated_acquisition_ht] if lot.estimated_acquisition_ht is not None else []
    if any(phase.remuneration_ht is not None for phase in acquisitions):
        known.append(_pay(lot, acquisitions))
    if lot.acquisition and lot.acquisition.total_cost_max_ht is not None:
        contracts = max((partners_in(lot, phase) for phase in acquisitions), default=lot.partners_max or 1)
        known.append(lot.acquisition.total_cost_max_ht * contracts)
    return max(known, default=None)


def lot_value(lot: LotFacts) -> Decimal:
    """Estimated value of a lot: research, purchases and other amounts, all partners, in euros HT (R2121-1)."""
    return research_value(lot) + (purchase_value(lot) or Decimal(0)) + lot.other_amounts_ht


def estimated_value(lots: Iterable[LotFacts]) -> Decimal:
    """Estimated value of a call: the sum of its lots, in euros HT (R2121-1 s., LR-32)."""
    return sum((lot_value(lot) for lot in lots), Decimal(0))


def eu_threshold(category: BuyerCategory, nature: Nature, *, on: date | None) -> Decimal:
    """EU threshold in euros HT for a contracting authority (annex 2, LR-30).

    Raises NoValueInForceError when the rule book has no threshold for the date.
    """
    if nature == "works":
        return parameters.value("eu_threshold_works", on=on)
    return parameters.value("eu_threshold_state_ss" if category == "state" else "eu_threshold_other_ss", on=on)


def required_procedure(value: Decimal, *, category: BuyerCategory, nature: Nature, on: date | None) -> Procedure:
    """Procedure that the value asks for: formalised from the EU threshold on, adapted below (R2172-26, LR-10)."""
    return "formalised" if value >= eu_threshold(category, nature, on=on) else "adapted"


def publicity_exempt_below(nature: Nature, *, on: date | None) -> Decimal:
    """Value in euros HT below which neither publicity nor competition is due (R2122-8, LR-31).

    Raises NoValueInForceError when the rule book has no figure for the date.
    """
    return parameters.value("exempt_works" if nature == "works" else "exempt_ss", on=on)


def required_media(
    value: Decimal, *, category: BuyerCategory, nature: Nature, on: date | None
) -> tuple[tuple[str, ...], ...]:
    """Media that a notice must go to, each as its possible channels; none when publicity is free (LR-33).

    From 90 000 € HT the BOAMP or a legal-notice newspaper; from the EU threshold the BOAMP and the JOUE (R2131-12 to
    -17). Raises NoValueInForceError when the rule book has no figure for the date.
    """
    if value >= eu_threshold(category, nature, on=on):
        return (("boamp",), ("joue",))
    if value >= parameters.value("publicity_boamp_or_jal_min", on=on):
        return (("boamp", "legal_newspaper"),)
    return ()


def _pay(lot: LotFacts, phases: Iterable[PhaseFacts]) -> Decimal:
    return sum(((phase.remuneration_ht or Decimal(0)) * partners_in(lot, phase) for phase in phases), Decimal(0))
