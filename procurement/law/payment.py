"""When a sum is to be paid, what lateness costs, what an invoice says (R2191-20 s., R2192-10 s., D2192-2)."""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from procurement.law import advance, parameters, price
from procurement.law.calendar import add_days, add_months
from procurement.law.facts import BuyerCategory, InvoiceFacts, LatenessFacts, PaymentTermsFacts
from procurement.law.findings import Finding, Findings
from procurement.law.registry import Rule, enforces, run
from procurement.law.wording import day, euros, listed

CENT = Decimal("0.01")
PERCENT = 100
DAYS_A_YEAR = 365
SECOND_HALF = 7
DAYS_OF = {"health": "payment_days_health", "undertaking": "payment_days_undertakings"}


def longest_delay(category: BuyerCategory, *, on: date | None) -> int:
    """Most days that a buyer may take to pay (R2192-10, R2192-11, LR-91). Raises NoValueInForceError."""
    return parameters.days(DAYS_OF.get(category, "payment_days"), on=on)


def due_on(*starts: date, days: int) -> date:
    """Last day to pay: so many days after the latest of the receipt and the acceptance (LR-91)."""
    return add_days(max(starts), days)


def longest_period(*, is_sme: bool, monthly_asked: bool, on: date | None) -> int:
    """Most months between two instalments: three, one when a small firm asks for it (R2191-22, LR-90)."""
    return parameters.days("instalment_months_sme" if is_sme and monthly_asked else "instalment_months", on=on)


def next_instalment(last: date, *, months: int) -> date:
    """Day by which the next instalment may be claimed, from the beginning of the work or the last one (LR-90)."""
    return add_months(last, months)


def rate_day(due: date) -> date:
    """First day of the half-year in which interest begins to run: the day after the due date (R2192-31, LR-92)."""
    begins = add_days(due, 1)
    return date(begins.year, SECOND_HALF if begins.month >= SECOND_HALF else 1, 1)


def published_rate(day_: date) -> Decimal | None:
    """ECB main refinancing rate in force that day, in percent, as the parameters have it; None when they do not."""
    return parameters.value_or_none("ecb_main_rate", on=day_)


@dataclass(frozen=True, slots=True)
class Interest:
    """What lateness costs. `interest` and `total` are None while the ECB rate of `rate_day` is not known.

    `rate`: percent, margin included. `pay_by`: 45 days after the principal.
    """

    days: int
    rate_day: date
    rate: Decimal | None
    interest: Decimal | None
    flat_fee: Decimal
    pay_by: date
    formula: str

    @property
    def total(self) -> Decimal | None:
        """Interest and flat fee, in euros."""
        return None if self.interest is None else self.interest + self.flat_fee


def interest(facts: LatenessFacts) -> Interest | None:
    """Interest of right and flat fee of a late payment, None for one in time (R2192-31, D2192-35, LR-92).

    Interest runs from the day after the due date to the day of payment, both included, on the principal TTC, a year
    of 365 days, rounded to the cent. A missing rate is said in `formula`, never guessed. Raises NoValueInForceError.
    """
    late = (facts.paid_on - facts.due_on).days
    if late <= 0:
        return None
    on, first = facts.launch_date, rate_day(facts.due_on)
    margin = parameters.value("late_interest_margin", on=on)
    rate = amount = None
    if facts.ecb_rate is None:
        formula = (
            f"Le taux directeur de la Banque centrale européenne au {day(first)} n’est pas enregistré : le montant "
            "s’affichera dès que l’exploitant l’aura saisi."
        )
    else:
        rate = facts.ecb_rate + margin
        exact = facts.principal_ttc * rate * late / (PERCENT * DAYS_A_YEAR)
        amount = exact.quantize(CENT, rounding=ROUND_HALF_UP)
        formula = (
            f"{_number(facts.principal_ttc)} € TTC × ({_number(facts.ecb_rate)} % + {_number(margin)} points) "
            f"× {late} / {DAYS_A_YEAR} = {_number(amount)} €"
        )
    return Interest(
        days=late,
        rate_day=first,
        rate=rate,
        interest=amount,
        flat_fee=parameters.value("late_interest_flat_fee", on=on),
        pay_by=add_days(facts.paid_on, parameters.days("late_interest_pay_within", on=on)),
        formula=formula,
    )


@enforces("LR-90")
def instalments_often_enough(rule: Rule, facts: PaymentTermsFacts) -> Findings:
    """Instalments come at least every three months, every month when a small firm asked."""
    most = longest_period(is_sme=facts.holder_is_sme, monthly_asked=facts.monthly_asked, on=facts.launch_date)
    if not 0 < facts.instalment_months <= most:
        yield rule.block(
            f"Un acompte tous les {facts.instalment_months} mois est trop rare.",
            "Versez-en un chaque mois : le titulaire, petite ou moyenne entreprise, l’a demandé."
            if most == 1
            else f"Versez-en un tous les {most} mois au plus.",
            "instalment_months",
        )


@enforces("LR-91")
def delay_is_short_enough(rule: Rule, facts: PaymentTermsFacts) -> Findings:
    """A contract may shorten the delay of payment, never lengthen it."""
    most = longest_delay(facts.buyer_category, on=facts.launch_date)
    if not 0 < facts.payment_days <= most:
        yield rule.block(
            f"Un délai de paiement de {facts.payment_days} jours dépasse le maximum de {most} jours.",
            f"Indiquez {most} jours au plus.",
            "payment_days",
        )


@enforces("LR-92")
def interest_paid_whole(rule: Rule, facts: LatenessFacts) -> Findings:
    """Interest and flat fee are owed without claim, and paid whole."""
    owed = interest(facts)
    if owed is None:
        yield rule.block("Cette facture n’est pas payée en retard.", "Il n’y a pas d’intérêts à verser.", "paid_on")
    elif owed.total is None:
        yield rule.block(
            f"Le taux directeur de la Banque centrale européenne au {day(owed.rate_day)} n’est pas enregistré.",
            "Demandez à l’exploitant du site de le saisir : le montant ne se devine pas.",
            "ecb_rate",
        )
    elif facts.interest_paid is not None and facts.interest_paid < owed.total:
        yield rule.block(
            f"{_number(facts.interest_paid)} € ne couvrent pas les intérêts et l’indemnité : {_number(owed.total)} €.",
            f"Versez {_number(owed.total)} € : {owed.formula}, plus {_number(owed.flat_fee)} €.",
            "interest_paid",
        )


@enforces("LR-93")
def mentions_are_whole(rule: Rule, facts: InvoiceFacts) -> Findings:
    """An electronic invoice bears everything that D2192-2 wants."""
    missing = [name for name, value in facts.mentions if not value.strip()]
    if missing:
        yield rule.block(
            f"Il manque à la facture : {listed(missing)}.",
            "Complétez ce qui manque : sans ces mentions, Chorus Pro ou l’acheteur la rejette.",
            "mentions",
        )


TERMS_RULES = (
    advance.rate_is_high_enough,
    advance.rhythm_is_sound,
    instalments_often_enough,
    delay_is_short_enough,
    price.price_is_written,
    price.retention_is_capped,
)
INVOICE_RULES = (advance.advance_is_owed, advance.guarantee_was_given, mentions_are_whole, price.index_is_known)
LATENESS_RULES = (interest_paid_whole,)


def check_terms(facts: PaymentTermsFacts) -> list[Finding]:
    """Every finding on how a contract is paid."""
    return run(TERMS_RULES, facts)


def check_invoice(facts: InvoiceFacts) -> list[Finding]:
    """Every finding on an invoice about to be prepared."""
    return run(INVOICE_RULES, facts)


def check_lateness(facts: LatenessFacts) -> list[Finding]:
    """Every finding on the payment of interest."""
    return run(LATENESS_RULES, facts)


def _number(value: Decimal) -> str:
    return euros(value).removesuffix(" € HT").removesuffix("\u00a0€ HT")
