"""What a price becomes between its month and its payment: revision, retention, penalties, assignment (R2112-6 s.,
R2191-32 s., R2191-45 s., CCAG). Rates are hundredths of a percent.
"""

from datetime import date
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

from procurement.law import parameters
from procurement.law.calendar import add_days, add_months
from procurement.law.facts import AssignmentFacts, InvoiceFacts, PaymentTermsFacts, PenaltyFacts
from procurement.law.findings import Finding, Findings
from procurement.law.registry import Rule, enforces, run
from procurement.law.wording import day, euros, listed, percent

WHOLE = 10_000
CENT = Decimal("0.01")
THOUSANDTH = Decimal("0.001")
HUNDREDTHS = 100
FORMS = ("firm", "adjustable", "revisable")


def coefficient(*, fixed_share: int, base: Decimal, value: Decimal) -> Decimal:
    """Coefficient of revision: fixed part + the rest × index ÷ base index, rounded up to the thousandth (CCAG)."""
    moving = Decimal(WHOLE - fixed_share) / WHOLE * value / base
    return (Decimal(fixed_share) / WHOLE + moving).quantize(THOUSANDTH, rounding=ROUND_CEILING)


def formula(fixed_share: int) -> str:
    """The formula as the contract and the invoice print it."""
    fixed, moving = (_plain(Decimal(part) / WHOLE) for part in (fixed_share, WHOLE - fixed_share))
    return f"P = P0 × ({fixed} + {moving} × I / I0), coefficient arrondi au millième supérieur"


def revision_ht(amount_ht: Decimal, by: Decimal) -> Decimal:
    """What the revision adds to an amount, or takes off, in € HT to the cent (LR-116)."""
    return (amount_ht * (by - 1)).quantize(CENT, rounding=ROUND_HALF_UP)


def retention_cap(facts: PaymentTermsFacts) -> int:
    """Highest retention, hundredths of a percent: lower for a small firm with some buyers (R2191-33, LR-118).

    Raises NoValueInForceError for an unknown launch date.
    """
    most = parameters.value("retention_max", on=facts.launch_date)
    if facts.holder_is_sme and facts.regime in ("state", "big"):
        most = parameters.value_or_none("retention_max_sme", on=facts.launch_date) or most
    return int(most * HUNDREDTHS)


def retained_ttc(amount_ttc: Decimal, rate: int) -> Decimal:
    """What is kept back on one claim, in € TTC to the cent (R2191-32)."""
    return (amount_ttc * rate / WHOLE).quantize(CENT, rounding=ROUND_HALF_UP)


def retention_released_on(accepted_on: date, *, guarantee_months: int, on: date | None) -> date:
    """Last day to give the retention back: one month after the end of the guarantee (R2191-35, LR-118)."""
    return add_months(accepted_on, guarantee_months + parameters.days("retention_release_months", on=on))


def observations_until(notified_on: date, *, on: date | None) -> date:
    """Last day for the holder to answer a penalty announced (CCAG 2021, LR-117)."""
    return add_days(notified_on, parameters.days("penalty_observation_days", on=on))


def penalties_cap_ht(facts: PenaltyFacts) -> Decimal:
    """Most that the penalties of a contract may reach, in € HT: the contract's rate, else that of the CCAG."""
    rate = facts.cap_rate
    if rate is None:
        rate = int(parameters.value("penalty_cap", on=facts.launch_date) * HUNDREDTHS)
    return (facts.contract_ht * rate / WHOLE).quantize(CENT, rounding=ROUND_HALF_UP)


@enforces("LR-116")
def price_is_written(rule: Rule, facts: PaymentTermsFacts) -> Findings:
    """The contract says whether its price moves; one that moves has a month, an index and a formula."""
    if facts.price_form not in FORMS:
        yield rule.block(
            "La forme du prix n’est pas écrite.", "Choisissez ferme, ajustable ou révisable.", "price_form"
        )
    elif facts.price_form != "firm":
        given = {
            "le mois d’établissement des prix": facts.price_month,
            "la formule": facts.price_formula.strip(),
            "l’indice": facts.index_name.strip(),
            "la valeur de l’indice au mois des prix": facts.index_base,
        }
        missing = [name for name, value in given.items() if not value]
        if missing:
            yield rule.block(
                f"Un prix qui évolue a besoin de : {listed(missing)}.",
                "Complétez les modalités de paiement d’après le contrat.",
                "index_name",
            )


@enforces("LR-116")
def index_is_known(rule: Rule, facts: InvoiceFacts) -> Findings:
    """A revisable price is billed with the index of the day, a firm one without."""
    if facts.kind in ("advance", "credit"):
        return
    moves = facts.terms.price_form in ("adjustable", "revisable")
    if moves and not facts.index_value:
        yield rule.block(
            "Le prix est révisable : il manque la valeur de l’indice.",
            f"Indiquez la dernière valeur publiée de « {facts.terms.index_name} ».",
            "index_value",
        )
    elif not moves and facts.index_value:
        yield rule.block("Le prix est ferme : il ne se révise pas.", "Laissez l’indice vide.", "index_value")


@enforces("LR-117")
def penalty_was_heard(rule: Rule, facts: PenaltyFacts) -> Findings:
    """A penalty is announced, the holder answers or lets the time pass, and the sum keeps under the cap."""
    if facts.decision == "waive":
        if not facts.reasons.strip():
            yield rule.block("Renoncer à une pénalité se motive.", "Écrivez pourquoi.", "reasons")
        return
    if facts.notified_on is None:
        yield rule.block(
            "La pénalité n’a pas été annoncée au titulaire.", "Annoncez-la d’abord, avec son motif.", "notified_on"
        )
        return
    until = observations_until(facts.notified_on, on=facts.launch_date)
    if not facts.observed and facts.today <= until:
        yield rule.block(
            f"Le titulaire peut encore présenter ses observations jusqu’au {day(until)}.",
            "Attendez sa réponse ou la fin de ce délai.",
            "today",
        )
    cap = penalties_cap_ht(facts)
    if facts.applied_before_ht + facts.amount_ht > cap:
        yield rule.block(
            f"Les pénalités dépasseraient leur plafond, {euros(cap)}.",
            f"Réduisez celle-ci à {euros(max(cap - facts.applied_before_ht, Decimal(0)))} au plus.",
            "amount_ht",
        )
    if facts.bears_on_research:
        yield rule.warn(
            "Cette pénalité porte sur une phase de recherche, dont le résultat est incertain.",
            "Écrivez pourquoi le retard est imputable au titulaire.",
            "bears_on_research",
        )


@enforces("LR-118")
def retention_is_capped(rule: Rule, facts: PaymentTermsFacts) -> Findings:
    """What is kept back never goes beyond the cap."""
    cap = retention_cap(facts)
    if facts.retention_rate > cap:
        yield rule.block(
            f"Une retenue de garantie de {percent(facts.retention_rate)} dépasse le maximum de {percent(cap)}.",
            f"Ramenez-la à {percent(cap)} au plus.",
            "retention_rate",
        )


@enforces("LR-119")
def certificate_comes_once(rule: Rule, facts: AssignmentFacts) -> Findings:
    """One document only lets the holder assign its claim, for what the contract still owes it."""
    if facts.already_issued:
        yield rule.block(
            "Un certificat de cessibilité a déjà été délivré pour ce contrat : il n’y en a qu’un.",
            "Demandez au titulaire de le rendre à son comptable avant toute autre démarche.",
            "already_issued",
        )
    if not 0 < facts.amount_ttc <= facts.assignable_ttc:
        yield rule.block(
            "Le montant du certificat dépasse ce que le titulaire peut céder, ou il est nul.",
            f"Indiquez {euros(facts.assignable_ttc).removesuffix('HT')}TTC au plus.",
            "amount_ttc",
        )


PENALTY_RULES = (penalty_was_heard,)
ASSIGNMENT_RULES = (certificate_comes_once,)


def check_penalty(facts: PenaltyFacts) -> list[Finding]:
    """Every finding on a penalty about to be decided."""
    return run(PENALTY_RULES, facts)


def check_assignment(facts: AssignmentFacts) -> list[Finding]:
    """Every finding on the document for an assignment."""
    return run(ASSIGNMENT_RULES, facts)


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}".replace(".", ",")
