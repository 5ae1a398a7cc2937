"""Direct purchase of innovation: when it is open, what the file must show, what stays due (R2122-9-1).

Neither publicity nor competition, and no standstill; the need is estimated, the choice compared and reasoned, a second
person decides (PR-05), the contract is written from the amount of R2112-1, its essential data are published.
"""

from datetime import date
from decimal import Decimal

from procurement.law import innovation, parameters
from procurement.law.facts.direct import DirectPurchaseFacts, EssentialDataFacts
from procurement.law.findings import Finding, Findings
from procurement.law.registry import Rule, enforces, run
from procurement.law.wording import euros, listed

PERCENT = 100


def small_lot_below(facts: DirectPurchaseFacts) -> Decimal:
    """Amount below which a lot of a larger operation may be bought directly (R2122-9-1), € HT."""
    name = "innovation_small_lot_works" if facts.nature == "works" else "innovation_small_lot_ss"
    return parameters.value(name, on=facts.decided_on)


def small_lots_at_most(facts: DirectPurchaseFacts) -> Decimal:
    """Most that all lots bought directly may be worth together (R2122-9-1), € HT."""
    share = parameters.value("innovation_small_lot_share", on=facts.decided_on)
    return (facts.operation_ht or Decimal(0)) * share / PERCENT


def is_small_lot(facts: DirectPurchaseFacts) -> bool:
    """Whether the purchase is a lot of an operation too big to be bought directly as a whole."""
    limit = parameters.value("innovation_direct_max", on=facts.decided_on)
    return facts.operation_ht is not None and facts.operation_ht >= limit


@enforces("LR-103")
def value_of_the_need(rule: Rule, facts: DirectPurchaseFacts) -> Findings:
    """The whole need lies strictly below the amount of the day; a lot of a larger operation has its own two limits."""
    limit = parameters.value("innovation_direct_max", on=facts.decided_on)
    if facts.value_ht <= 0:
        yield rule.block(
            "La valeur du besoin n’est pas estimée.", "Estimez l’achat, ses options et le même besoin.", "purchase_ht"
        )
    if is_small_lot(facts):
        yield from _small_lot(rule, facts)
    elif facts.value_ht >= limit:
        yield rule.block(
            f"L’achat innovant direct est possible sous {euros(limit)} ; le besoin vaut {euros(facts.value_ht)}, "
            "options et même besoin compris.",
            "Choisissez une autre procédure, sans découper le besoin.",
            "purchase_ht",
        )
    ceiling = small_lot_below(facts) if is_small_lot(facts) else limit
    if facts.chosen is not None and facts.chosen.amount_ht >= ceiling > facts.value_ht:
        yield rule.block(
            f"L’offre choisie ({euros(facts.chosen.amount_ht)}) n’est pas inférieure à {euros(ceiling)} : "
            "l’estimation ne tient pas.",
            "Estimez de nouveau le besoin, ou choisissez une autre procédure.",
            "offers",
        )


def _small_lot(rule: Rule, facts: DirectPurchaseFacts) -> Findings:
    below, together, most = small_lot_below(facts), facts.small_lots_ht, small_lots_at_most(facts)
    if facts.value_ht >= below:
        yield rule.block(
            f"Un lot s’achète directement sous {euros(below)} ; celui-ci vaut {euros(facts.value_ht)}.",
            "Passez ce lot par la procédure de l’opération.",
            "purchase_ht",
        )
    if together is None or together < facts.value_ht:
        yield rule.block(
            "Le total des lots achetés directement manque, ou ne comprend pas celui-ci.",
            "Additionnez tous les lots de l’opération achetés ainsi.",
            "small_lots_ht",
        )
    elif together > most:
        yield rule.block(
            f"Les lots achetés directement valent ensemble {euros(together)} : plus d’un cinquième de "
            f"l’opération ({euros(most)}).",
            "Passez ce lot par la procédure de l’opération.",
            "small_lots_ht",
        )


@enforces("LR-02")
def novelty_shown(rule: Rule, facts: DirectPurchaseFacts) -> Findings:
    """What is bought is new or clearly improved, said with reasons; a label shows nothing."""
    if not innovation.grounds(facts.indicators):
        yield rule.block(
            "Rien ne dit ce qui est nouveau : un label ne suffit pas.",
            "Cochez au moins un indice de nouveauté autre que le label.",
            "innovation_indicators",
        )
    if not facts.innovation_reasons.strip():
        yield rule.block(
            "La preuve de la nouveauté manque.",
            "Écrivez en quoi la solution est nouvelle ou nettement améliorée, et d’où vous le savez.",
            "innovation_reasons",
        )


@enforces("LR-104")
def choice_compared(rule: Rule, facts: DirectPurchaseFacts) -> Findings:
    """A relevant offer and a good use of money, in writing; a firm bought from again needs a reason."""
    # While the file is written nobody chooses yet between several offers.
    if facts.chosen is None and (facts.decided_by or not facts.offers):
        yield rule.block("Aucune offre n’est choisie.", "Écrivez au moins une offre, et choisissez-la.", "offers")
    if any(not offer.opinion.strip() for offer in ([facts.chosen] if facts.chosen else facts.offers)):
        yield rule.block(
            "Rien ne dit en quoi l’offre est pertinente.", "Écrivez votre avis sur chaque offre.", "offers"
        )
    if not facts.comparison.strip():
        yield rule.block(
            "La note de comparaison manque.",
            "Écrivez à quoi vous avez comparé l’offre (autres offres, prix connus, coût de ne rien faire) et pourquoi "
            "c’est un bon emploi des deniers publics.",
            "comparison",
        )
    months = parameters.days("direct_watch_months", on=facts.decided_on)
    if facts.earlier_purchases >= parameters.days("direct_watch_count", on=facts.decided_on):
        yield rule.warn(
            f"Votre organisme a déjà acheté {facts.earlier_purchases} fois directement à cette entreprise en "
            f"{months} mois.",
            "Écrivez pourquoi aucune autre ne répond aussi bien, ou faites répondre plusieurs entreprises.",
            "offers",
        )


@enforces("LR-105")
def written_from_its_amount(rule: Rule, facts: DirectPurchaseFacts) -> Findings:
    """The contract is written from the amount of R2112-1 on."""
    least = parameters.value("written_contract_min", on=facts.decided_on)
    if facts.chosen is not None and not facts.is_written and facts.chosen.amount_ht >= least:
        yield rule.block(
            f"Un contrat écrit s’impose dès {euros(least)}.", "Choisissez « un contrat écrit ».", "is_written"
        )


@enforces("LR-105")
def contract_can_be_written(rule: Rule, facts: DirectPurchaseFacts) -> Findings:
    """The file is frozen once decided: whatever the written contract and its essential data say is there before."""
    if facts.is_written and facts.contract_gaps:
        yield rule.block(
            f"Le contrat écrit ne pourrait pas être établi : il manque {listed(facts.contract_gaps)}.",
            "Complétez le dossier.",
            "contract",
        )


@enforces("LR-73")
def exclusions_checked(rule: Rule, facts: DirectPurchaseFacts) -> Findings:
    """The firm is not excluded from public contracts: somebody looked."""
    if not facts.exclusions_checked:
        yield rule.block(
            "Les interdictions de soumissionner ne sont pas vérifiées.",
            "Demandez à l’entreprise ses attestations et sa déclaration, puis dites que vous les avez lues.",
            "exclusions_checked",
        )


@enforces("PR-04")
def buyer_known(rule: Rule, facts: DirectPurchaseFacts) -> Findings:
    """The buyer was verified by the operator of the site."""
    if not facts.buyer_verified:
        yield rule.block("Votre organisme n’est pas encore vérifié.", "Attendez l’exploitant du site.", "buyer")


@enforces("PR-05")
def second_person(rule: Rule, facts: DirectPurchaseFacts) -> Findings:
    """Who writes the file does not decide."""
    if not facts.decided_by or facts.decided_by in facts.authors:
        yield rule.block(
            "La personne qui rédige le dossier ne décide pas de l’achat.",
            "Demandez la décision à une autre personne de l’équipe.",
            "decided_by",
        )


DECISION_RULES = (
    value_of_the_need,
    novelty_shown,
    choice_compared,
    written_from_its_amount,
    contract_can_be_written,
    exclusions_checked,
    buyer_known,
    second_person,
)
FILE_RULES = (value_of_the_need, novelty_shown, choice_compared, contract_can_be_written)


@enforces("LR-105")
def essential_data_whole(rule: Rule, facts: EssentialDataFacts) -> Findings:
    """The essential data of a notified contract say everything that the national format asks (R2196-1)."""
    missing = {
        "la notification": facts.notified_on is None,
        "le code CPV": not facts.cpv,
        "le SIRET de l’acheteur": not facts.buyer_siret,
        "l’identifiant du titulaire": not facts.holder_identifier,
        "la durée": not facts.months,
        "le code postal du lieu d’exécution": not facts.place_code,
    }
    found = [name for name, is_missing in missing.items() if is_missing]
    if found:
        yield rule.block(
            f"Les données essentielles ne sont pas complètes : il manque {listed(found)}.",
            "Complétez les modalités de paiement du contrat ; le titulaire complète les siennes.",
            "essential_data",
        )


ESSENTIAL_DATA_RULES = (essential_data_whole,)


def must_publish_data(amount_ht: Decimal, *, on: date | None) -> bool:
    """Whether the essential data must be published (R2196-1). Raises NoValueInForceError for an unknown date."""
    return amount_ht >= parameters.value("decp_min", on=on)


def check_file(facts: DirectPurchaseFacts) -> list[Finding]:
    """Every finding on a purchase file that is being written; nobody decides yet."""
    return run(FILE_RULES, facts)


def check(facts: DirectPurchaseFacts) -> list[Finding]:
    """Every finding on the decision to buy."""
    return run(DECISION_RULES, facts)


def check_essential_data(facts: EssentialDataFacts) -> list[Finding]:
    """Every finding on the essential data of one contract."""
    return run(ESSENTIAL_DATA_RULES, facts)
