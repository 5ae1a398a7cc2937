"""Phases, gates and orders of one contract."""

from decimal import Decimal

from procurement.law import parameters, signature
from procurement.law.calendar import is_on_time
from procurement.law.facts import GateFacts, OrderFacts, PhaseStartFacts, SplitFacts
from procurement.law.facts.common import FULL_WEIGHT
from procurement.law.findings import Finding, Findings
from procurement.law.registry import Rule, enforces, run
from procurement.law.wording import euros, listed, percent

STEPS = {
    "start": "commencer la phase",
    "order": "commander",
    "delivery": "recevoir une livraison",
    "invoice": "accepter une facture",
}


@enforces("LR-23")
def decision_notified(rule: Rule, facts: PhaseStartFacts) -> Findings:
    """A phase is performed only after a decision that allows it reached the partner."""
    notified = facts.decision_notified_at
    if not facts.decision_allows or notified is None or not is_on_time(notified, facts.now):
        yield rule.block(
            f"Vous ne pouvez {STEPS[facts.step]} : la décision d’exécuter la phase {facts.phase_number} "
            "n’a pas été notifiée au partenaire.",
            "Prenez la décision et notifiez-la comme le contrat le prévoit.",
            "decision_notified_at",
        )


@enforces("LR-82")
def contract_in_effect(rule: Rule, facts: PhaseStartFacts) -> Findings:
    """A contract takes effect when its holder receives it."""
    if facts.contract_notified_at is None or not is_on_time(facts.contract_notified_at, facts.now):
        yield rule.block(
            "Le contrat n’a pas été notifié : il n’a pas encore d’effet.",
            "Notifiez-le et consignez la date de réception par le titulaire.",
            "contract_notified_at",
        )


@enforces("LR-83")
def executable(rule: Rule, facts: PhaseStartFacts) -> Findings:
    """A local contract is executable after both transmission and notification."""
    sent = facts.transmission
    if sent is None:
        yield rule.block(
            "On ne sait pas si le contrat doit être transmis au préfet.",
            "Consignez l’acheteur, le montant et la transmission du contrat.",
            "transmission",
        )
    elif signature.must_be_transmitted(sent) and (sent.transmitted_on is None or not sent.receipt_number):
        yield rule.block(
            "Le contrat n’a pas été transmis au préfet : il n’est pas exécutoire.",
            "Transmettez-le et consignez l’accusé.",
            "transmission",
        )


@enforces("LR-21")
def reasoned_gate(rule: Rule, facts: GateFacts) -> Findings:
    """A gate rests on results and reasons, is signed, and changes nothing without the partner’s signed agreement."""
    statements = {
        "les résultats de la phase": facts.results.strip(),
        "la décision": facts.decision,
        "ses motifs": facts.reasons.strip(),
        "le rapport commun de fin de phase": facts.round_report_id,
        "son signataire": facts.signatory_id,
    }
    missing = [name for name, stated in statements.items() if not stated]
    if missing:
        yield rule.block(f"Fin de phase : il manque {listed(missing)}.", "Complétez la décision.", "decision")
    if facts.substantial_change:
        yield rule.block(
            "Le changement modifierait substantiellement les termes du contrat.",
            "Gardez les termes initiaux, ou arrêtez et relancez un appel.",
            "substantial_change",
        )
    if (facts.decision == "change" or facts.objectives_changed) and facts.partner_agreement_signed_at is None:
        yield rule.block(
            "Les objectifs changent sans l’accord signé du partenaire.",
            "Recueillez son accord écrit, ou continuez aux mêmes objectifs.",
            "partner_agreement_signed_at",
        )


@enforces("LR-22")
def power_to_stop(rule: Rule, facts: GateFacts) -> Findings:
    """Stopping or reducing needs the clause of the signed contract; reducing needs several partners."""
    if facts.decision not in ("stop", "reduce"):
        return
    clause = facts.contract_clause
    if clause is None or not (clause.power.strip() and clause.financial_consequences.strip()):
        yield rule.block(
            "Le contrat signé n’a pas de clause pour arrêter ou réduire, avec ses conséquences financières.",
            "Continuez la phase suivante, ou résiliez selon le droit commun.",
            "contract_clause",
        )
    elif facts.decision == "reduce" and not clause.choice_of_partners.strip():
        yield rule.block(
            "Le contrat signé ne dit pas comment sont choisis les partenaires qui continuent.",
            "Continuez avec tous, ou arrêtez le partenariat.",
            "contract_clause.choice_of_partners",
        )
    if facts.decision == "reduce" and facts.partners < 2:
        yield rule.block(
            "Il n’y a qu’un partenaire : on ne peut en réduire le nombre.",
            "Décidez de continuer ou d’arrêter.",
            "decision",
        )


@enforces("LR-24")
def levels_and_costs(rule: Rule, facts: OrderFacts) -> Findings:
    """A purchase needs every agreed level met and every cost within its cap."""
    unmet = [level.label for level in facts.levels if level.met is not True]
    if unmet or not facts.levels:
        yield rule.block(
            f"Niveaux de performance non atteints ou non mesurés : {listed(unmet) or 'aucun niveau n’est convenu'}.",
            "N’achetez pas : refaites l’essai si le contrat le permet, ou renoncez.",
            "levels",
        )
    if facts.unit_cost_max_ht is None and facts.total_cost_max_ht is None:
        yield rule.block("Le contrat ne fixe aucun coût maximum.", "Sans coût plafond convenu, n’achetez pas.", "caps")
    if facts.unit_cost_max_ht is not None and (
        facts.unit_cost_ht is None or facts.unit_cost_ht > facts.unit_cost_max_ht
    ):
        yield rule.block(
            f"Le coût unitaire dépasse le plafond convenu ({euros(facts.unit_cost_max_ht)}) ou n’est pas écrit.",
            "Ramenez le prix sous le plafond, ou renoncez.",
            "unit_cost_ht",
        )
    if facts.total_cost_max_ht is not None and (facts.amount_ht is None or _total(facts) > facts.total_cost_max_ht):
        yield rule.block(
            f"Le coût total dépasse le plafond convenu ({euros(facts.total_cost_max_ht)}) ou n’est pas écrit.",
            "Réduisez la commande, ou renoncez.",
            "amount_ht",
        )


@enforces("LR-42")
def written_contract(rule: Rule, facts: OrderFacts) -> Findings:
    """From 25 000 euros HT on, orders included, nothing is ordered without a contract in writing, signed."""
    worth = (facts.contract_amount_ht or Decimal(0)) + facts.amount_before_ht + (facts.amount_ht or Decimal(0))
    if facts.contract_signed_at is None and worth >= parameters.value("written_contract_min", on=facts.launch_date):
        yield rule.block(
            f"Ce contrat atteint {euros(worth)} et n’est pas signé.",
            "Faites-le signer avant toute commande.",
            "contract_signed_at",
        )


@enforces("LR-120")
def numbered_order(rule: Rule, facts: OrderFacts) -> Findings:
    """Orders are numbered, dated, after a passed test, within the maximum quantity and amount of the contract."""
    if not facts.number or not facts.dated:
        yield rule.block("Le bon de commande n’a pas de numéro ou de date.", "Numérotez-le et datez-le.", "number")
    if facts.test_passed_at is None:
        yield rule.block(
            "Aucun essai de performance réussi n’est consigné.",
            "Faites l’essai prévu, puis commandez.",
            "test_passed_at",
        )
    if facts.quantity <= 0:
        yield rule.block("La quantité commandée manque.", "Écrivez-la.", "quantity")
    if facts.quantity_max is None:
        yield rule.block(
            "Le contrat ne fixe pas de quantité maximum.", "Sans maximum, ne commandez pas.", "quantity_max"
        )
    elif facts.quantity_before + facts.quantity > facts.quantity_max:
        yield rule.block(
            f"La quantité cumulée ({facts.quantity_before + facts.quantity:f}) dépasse le maximum "
            f"({facts.quantity_max:f}).",
            "Réduisez la commande.",
            "quantity",
        )
    if facts.total_cost_max_ht is None:
        yield rule.block(
            "Le contrat ne fixe pas de montant maximum.", "Sans maximum, ne commandez pas.", "total_cost_max_ht"
        )
    elif _total(facts) > facts.total_cost_max_ht:
        yield rule.block(
            f"Le montant cumulé ({euros(_total(facts))}) dépasse le maximum ({euros(facts.total_cost_max_ht)}).",
            "Réduisez la commande.",
            "amount_ht",
        )


def _total(facts: OrderFacts) -> Decimal:
    return facts.amount_before_ht + (facts.amount_ht or Decimal(0))


@enforces("LR-25")
def split_as_printed(rule: Rule, facts: SplitFacts) -> Findings:
    """Orders are shared by the mode chosen before publication, among the partners who succeeded."""
    if not facts.mode or not facts.chosen_before_publication:
        yield rule.block(
            "Le mode de répartition n’a pas été choisi avant publication.",
            "Appliquez seulement ce que le contrat imprime.",
            "mode",
        )
    elif facts.mode != "equal" and sum(facts.shares) != FULL_WEIGHT:
        yield rule.block(
            f"Les parts par rang font {percent(sum(facts.shares))} au lieu de {percent(FULL_WEIGHT)}.",
            "Reprenez les parts du contrat.",
            "shares",
        )
    if not facts.partners_in_rank_order:
        yield rule.block("Aucun partenaire n’a réussi.", "Il n’y a rien à répartir.", "partners_in_rank_order")


def split(facts: SplitFacts) -> dict[str, int]:
    """Share whole units among the partners who succeeded (R2172-32, LR-25).

    Shares of ranks that nobody holds go to the others in proportion. Units left by rounding go to the largest
    remainders, the better rank first; the sum is always the quantity. Ask `check_split` first: it refuses the facts
    for which this raises ValueError.
    """
    partners = facts.partners_in_rank_order
    weights = (1,) * len(partners) if facts.mode == "equal" else facts.shares[: len(partners)]
    if not partners or len(weights) < len(partners) or sum(weights) <= 0:
        raise ValueError("a share is needed for each partner who succeeded")
    parts = [divmod(facts.quantity * weight, sum(weights)) for weight in weights]
    left = facts.quantity - sum(whole for whole, _ in parts)
    by_remainder = sorted(range(len(parts)), key=lambda rank: (-parts[rank][1], rank))
    extra = set(by_remainder[:left])
    return {partner: parts[rank][0] + (rank in extra) for rank, partner in enumerate(partners)}


START_RULES = (decision_notified, contract_in_effect, executable)
GATE_RULES = (reasoned_gate, power_to_stop)
ORDER_RULES = (written_contract, levels_and_costs, numbered_order)
SPLIT_RULES = (split_as_printed,)


def check_start(facts: PhaseStartFacts) -> list[Finding]:
    """Every finding on a phase, order, delivery or invoice about to begin."""
    return run(START_RULES, facts)


def check_gate(facts: GateFacts) -> list[Finding]:
    """Every finding on the decision at the end of a phase for one contract."""
    return run(GATE_RULES, facts)


def check_order(facts: OrderFacts) -> list[Finding]:
    """Every finding on a purchase order, those of its phase and of its contract included."""
    return check_start(facts.start) + run(ORDER_RULES, facts)


def check_split(facts: SplitFacts) -> list[Finding]:
    """Every finding on sharing orders among partners."""
    return run(SPLIT_RULES, facts)
