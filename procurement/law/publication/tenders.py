"""What may be asked of those who answer, and by which media they learn of it (LR-11, LR-33, LR-41, LR-45, LR-65…)."""

from collections.abc import Iterator

from procurement.law import parameters
from procurement.law.espd import espd_accepted
from procurement.law.estimate import estimated_value, lot_value, required_media
from procurement.law.facts import AwardCriterionFacts, PublicationFacts
from procurement.law.findings import Findings
from procurement.law.formulas import FORMULAS, faults_of, formula_of
from procurement.law.registry import Rule, enforces
from procurement.law.wording import euros, times

MEDIA = {"boamp": "BOAMP", "joue": "JOUE", "legal_newspaper": "journal d’annonces légales"}


@enforces("LR-11")
def contract_notice(rule: Rule, facts: PublicationFacts) -> Findings:
    """A prior information notice never stands in for the contract notice of a partnership."""
    if facts.sendings and not any(one.kind == "contract" for one in facts.sendings):
        yield rule.block(
            "Un avis de préinformation ne lance pas un partenariat d’innovation.",
            "Envoyez un avis de marché, puis donnez son numéro.",
            "sendings",
        )


@enforces("LR-33")
def media_used(rule: Rule, facts: PublicationFacts) -> Findings:
    """The notice went to the media that the value asks for; nothing is said before it leaves."""
    if facts.sendings is None or facts.buyer is None or not facts.buyer.category:
        return
    value, used = estimated_value(facts.lots), {one.channel for one in facts.sendings if one.kind == "contract"}
    needed = required_media(value, category=facts.buyer.category, nature=facts.nature, on=facts.launch_date)
    for choices in needed:
        if not used.intersection(choices):
            names = " ou ".join(MEDIA[one] for one in choices)
            yield rule.block(
                f"Pour une valeur estimée de {euros(value)}, l’avis doit partir vers ce support : {names}.",
                "Envoyez-le, puis donnez son numéro.",
                "sendings",
            )


@enforces("LR-41")
def turnover_capped(rule: Rule, facts: PublicationFacts) -> Findings:
    """A turnover asked of candidates keeps to the cap of the launch date, and shuts no young firm out."""
    for lot in facts.lots:
        if lot.turnover_min_ht is None:
            continue
        ratio = parameters.value("turnover_cap_ratio", on=facts.launch_date)
        if lot.turnover_min_ht > ratio * lot_value(lot):
            yield rule.warn(
                f"Lot {lot.number} : le chiffre d’affaires demandé ({euros(lot.turnover_min_ht)}) dépasse "
                f"{times(ratio)} fois la valeur estimée ({euros(lot_value(lot))}).",
                f"Demandez au plus {euros(ratio * lot_value(lot))}, ou écrivez ce qui le justifie.",
                f"lots.{lot.number}.turnover_min_ht",
            )
        if lot.turnover_min_ht > 0 and not lot.young_firms_admitted:
            yield rule.warn(
                f"Lot {lot.number} : ce chiffre d’affaires écarte les entreprises trop jeunes pour le prouver.",
                "Laissez-les prouver leurs capacités autrement, ou écrivez pourquoi ce n’est pas possible.",
                f"lots.{lot.number}.young_firms_admitted",
            )


@enforces("LR-65")
def sound_formulas(rule: Rule, facts: PublicationFacts) -> Findings:
    """Every formula that will rank tenders passes the trials of monotonicity and spread before it is frozen."""
    for lot in facts.lots:
        for criterion in _leaves(lot.award_criteria):
            field = f"lots.{lot.number}.award_criteria"
            if criterion.formula and criterion.formula not in FORMULAS:
                yield rule.block(
                    f"Lot {lot.number} : la formule de notation de « {criterion.name} » est inconnue.",
                    "Choisissez une formule de la liste : chacune est éprouvée.",
                    field,
                )
            elif criterion.formula:
                formula = formula_of(tag=criterion.tag, formula=criterion.formula)
                for fault in faults_of(formula.mark, formula.kind):
                    yield rule.block(
                        f"Lot {lot.number}, « {criterion.name} » : {fault[0].lower()}{fault[1:]}",
                        "Choisissez une autre formule.",
                        field,
                    )


def _leaves(criteria: tuple[AwardCriterionFacts, ...]) -> Iterator[AwardCriterionFacts]:
    for criterion in criteria:
        yield from _leaves(criterion.sub_criteria) if criterion.sub_criteria else (criterion,)


@enforces("LR-113")
def bonus_for_mockups(rule: Rule, facts: PublicationFacts) -> Findings:
    """Tenders that cost a prototype, samples or tests are paid a bonus, announced beforehand."""
    for lot in facts.lots:
        if lot.mockup_asked and not lot.bonus_ht:
            yield rule.warn(
                f"Lot {lot.number} : l’offre demande une maquette ou un essai, sans prime.",
                "Annoncez une prime, ou écrivez pourquoi l’investissement demandé reste faible.",
                f"lots.{lot.number}.bonus_ht",
            )


@enforces("LR-114")
def variants_announced(rule: Rule, facts: PublicationFacts) -> Findings:
    """Variants are barred unless the notice allows them and says what they must respect."""
    if facts.variants_allowed and not facts.variants_conditions.strip():
        yield rule.block(
            "Les variantes sont autorisées sans les exigences qu’elles doivent respecter.",
            "Écrivez ces exigences et la façon de présenter une variante, ou n’en autorisez pas.",
            "variants_conditions",
        )


RULES = (
    contract_notice,
    media_used,
    turnover_capped,
    espd_accepted,
    sound_formulas,
    bonus_for_mockups,
    variants_announced,
)
