"""The advance: whether it is due, how much, its guarantee, how it is paid back (R2191-3 to R2191-12, LR-87 to LR-89).

Rates are hundredths of a percent; amounts are rounded to the cent, half up.
"""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from procurement.law import parameters
from procurement.law.facts import InvoiceFacts, PaymentTermsFacts
from procurement.law.findings import Findings
from procurement.law.registry import Rule, enforces
from procurement.law.wording import percent

WHOLE = 10_000
YEAR = 12
CENT = Decimal("0.01")
# Parameters are written in percent, rates are kept in hundredths of a percent.
HUNDREDTHS = 100


def is_due(*, amount_ht: Decimal, months: int | None, on: date | None) -> bool:
    """Whether the buyer owes an advance: strictly above the amount, in € HT, and the duration (R2191-3, LR-87).

    A duration that nobody wrote counts as long. Raises NoValueInForceError when the launch date is unknown.
    """
    is_long = months is None or months > parameters.value("advance_min_duration", on=on)
    return amount_ht > parameters.value("advance_min_amount", on=on) and is_long


def base_ttc(amount_ttc: Decimal, months: int | None) -> Decimal:
    """What the rate applies to: the initial amount in € TTC; beyond a year, twelve months of it (R2191-7, LR-88)."""
    return amount_ttc * YEAR / max(months or YEAR, YEAR)


def amount_ttc(base: Decimal, rate: int) -> Decimal:
    """The advance in € TTC, to the cent; `rate` in hundredths of a percent (R2191-7)."""
    return (base * rate / WHOLE).quantize(CENT, rounding=ROUND_HALF_UP)


def minimum_rate(facts: PaymentTermsFacts) -> int:
    """Lowest lawful rate, hundredths of a percent: 0 where no advance is due (R2191-7, LR-88).

    Raises NoValueInForceError for an unknown launch date.
    """
    on = facts.launch_date
    if not facts.advance_accepted or not is_due(amount_ht=facts.amount_ht, months=facts.months, on=on):
        return 0
    name = "advance_rate_min"
    if facts.holder_is_sme and facts.regime == "state":
        name = "advance_sme_state"
    elif facts.holder_is_sme and facts.regime == "big":
        name = "advance_sme_local_big"
    return _rate(name, on)


def rhythm(facts: PaymentTermsFacts) -> tuple[int, int]:
    """From which to which share of the amount TTC the advance is paid back, hundredths of a percent (LR-89).

    Where the contract is silent: from 65 %, or from the first claim above 30 %, to 80 % for the launches that had this
    end, to the whole for others (R2191-11, R2191-12). Raises NoValueInForceError for an unknown launch date.
    """
    on = facts.launch_date
    is_high = facts.advance_rate > _rate("advance_rate_max_without_guarantee", on)
    start = 0 if is_high else _rate("advance_recovery_start", on)
    end = parameters.value_or_none("advance_recovery_end", on=on)
    return (
        start if facts.recovery_start is None else facts.recovery_start,
        (WHOLE if end is None else int(end * HUNDREDTHS)) if facts.recovery_end is None else facts.recovery_end,
    )


def recovered_ttc(
    *, advance: Decimal, done_ttc: Decimal, whole_ttc: Decimal, start: int, end: int, is_last: bool
) -> Decimal:
    """How much of the advance is paid back once `done_ttc` of `whole_ttc` is billed, in € TTC (R2191-11, LR-89).

    Nothing before `start`, in proportion between both, everything from `end` or with the last claim.
    """
    done = done_ttc * WHOLE / whole_ttc if whole_ttc else Decimal(WHOLE)
    if is_last or done >= end:
        return advance
    if done <= start:
        return Decimal(0)
    return (advance * (done - start) / (end - start)).quantize(CENT, rounding=ROUND_HALF_UP)


@enforces("LR-87")
def advance_is_owed(rule: Rule, facts: InvoiceFacts) -> Findings:
    """An advance is billed when it is due or agreed, and the holder did not refuse it."""
    if facts.kind != "advance":
        return
    terms = facts.terms
    if not terms.advance_accepted:
        yield rule.block("Le titulaire a refusé l’avance.", "Demandez un acompte pour le travail fait.", "kind")
    elif not terms.advance_rate:
        yield rule.block(
            "Le contrat ne prévoit pas d’avance, et la loi n’en impose pas : le montant ferme ne dépasse pas "
            "50 000 € HT, ou la durée deux mois.",
            "Demandez un acompte pour le travail fait.",
            "kind",
        )


@enforces("LR-88")
def rate_is_high_enough(rule: Rule, facts: PaymentTermsFacts) -> Findings:
    """The rate of the advance reaches the minimum of the law."""
    least = minimum_rate(facts)
    if facts.advance_rate < least:
        yield rule.block(
            f"Une avance de {percent(facts.advance_rate)} est trop basse : le minimum est de {percent(least)}.",
            f"Portez le taux à {percent(least)} au moins.",
            "advance_rate",
        )


@enforces("LR-89")
def rhythm_is_sound(rule: Rule, facts: PaymentTermsFacts) -> Findings:
    """The advance is paid back between two shares of the contract, the second one at the end at the latest."""
    start, end = rhythm(facts)
    if not 0 <= start < end <= WHOLE:
        yield rule.block(
            f"L’avance ne peut être remboursée entre {percent(start)} et {percent(end)} du montant.",
            "Indiquez un début avant la fin, et une fin à 100 % au plus.",
            "recovery_end",
        )


@enforces("LR-89")
def guarantee_was_given(rule: Rule, facts: InvoiceFacts) -> Findings:
    """Where the buyer asked for a guarantee, as it may above 30 %, the advance is paid once it has it."""
    if facts.kind != "advance" or not facts.guarantee_required:
        return
    if facts.terms.advance_rate <= _rate("advance_rate_max_without_guarantee", facts.terms.launch_date):
        yield rule.block(
            "Une garantie ne peut être demandée que pour une avance de plus de 30 %.",
            "L’acheteur retire cette demande des modalités de paiement.",
            "guarantee_required",
        )
    elif facts.guarantee_received_on is None:
        yield rule.block(
            "L’avance attend la garantie à première demande que l’acheteur exige.",
            "Remettez-la à l’acheteur, qui consigne sa réception.",
            "guarantee_received_on",
        )


def _rate(name: str, on: date | None) -> int:
    return int(parameters.value(name, on=on) * HUNDREDTHS)
