"""What is asked, phase by phase, and under which contract (LR-01, LR-04 to LR-09, LR-22, LR-25)."""

from collections.abc import Iterator
from datetime import timedelta

from procurement.law import parameters
from procurement.law.estimate import purchase_value, research_value
from procurement.law.facts import AcquisitionFacts, LotFacts, PhaseFacts, PublicationFacts, SourceFacts
from procurement.law.facts.common import FULL_WEIGHT
from procurement.law.findings import Finding, Findings
from procurement.law.registry import Rule, enforces
from procurement.law.wording import euros, listed, percent

KINDS_OF_SOURCE = 4


@enforces("LR-01")
def supply_study(rule: Rule, facts: PublicationFacts) -> Findings:
    """A study of the available supply, with four kinds of source, signed, read by an outsider and checked again."""
    study, field = facts.supply_study, "supply_study"
    if study is None:
        yield rule.block(
            "L’étude de l’offre disponible manque.",
            "Cherchez si une solution existante répond au besoin, et consignez chaque recherche.",
            field,
        )
        return
    yield from _sources(rule, study.sources)
    if not (study.author_id and study.signed_at):
        yield rule.block(
            "L’étude de l’offre disponible n’est pas signée.", "Son auteur la relit et la signe.", f"{field}.signed_at"
        )
    if (
        not (study.reader_id and study.read_at and study.reader_is_outside_project)
        or study.reader_id == study.author_id
    ):
        yield rule.block(
            "Personne d’extérieur au projet n’a relu l’étude de l’offre disponible.",
            "Faites-la relire par une autre personne, qui n’est pas de l’équipe du projet.",
            f"{field}.reader",
        )
    if facts.launch_date is not None:
        oldest = facts.launch_date - timedelta(days=parameters.days("supply_recheck_days", on=facts.launch_date))
        if study.checked_again_on is None or study.checked_again_on < oldest:
            yield rule.warn(
                "Les recherches de l’étude n’ont pas été refaites la veille de la publication.",
                "Refaites-les et notez la date, ou écrivez pourquoi c’est inutile.",
                f"{field}.checked_again_on",
            )


def _sources(rule: Rule, sources: tuple[SourceFacts, ...]) -> Findings:
    complete = [one for one in sources if one.searched_on and one.query and one.result and one.reason]
    kinds = {one.kind for one in complete}
    if kinds == {"catalogue"}:
        yield rule.block(
            "Le catalogue du site est la seule source : il ne dit rien du marché européen.",
            "Cherchez aussi dans les avis d’attribution, l’offre européenne et libre, et auprès d’entreprises.",
            "supply_study.sources",
        )
    elif len(kinds) < KINDS_OF_SOURCE:
        yield rule.block(
            f"L’étude s’appuie sur {len(kinds)} sorte(s) de source complète(s) ; il en faut {KINDS_OF_SOURCE}.",
            "Consultez catalogue, avis d’attribution, offre européenne et libre, entreprises rencontrées ; "
            "écrivez pour chaque source la date, la recherche, le résultat et le motif.",
            "supply_study.sources",
        )
    if len(complete) < len(sources):
        yield rule.block(
            f"{len(sources) - len(complete)} source(s) de l’étude sont incomplètes.",
            "Écrivez la date, la recherche, le résultat et le motif de chacune, ou retirez-la.",
            "supply_study.sources",
        )


@enforces("LR-04")
def partners_announced(rule: Rule, facts: PublicationFacts) -> Findings:
    """One partner or several, with the maximum number, is said in the notice."""
    for lot in facts.lots:
        field = f"lots.{lot.number}.partners_max"
        if not lot.partner_mode:
            yield rule.block(
                f"Lot {lot.number} : l’avis ne dit pas si vous retenez un ou plusieurs partenaires.",
                "Choisissez « un seul partenaire » ou « plusieurs partenaires ».",
                f"lots.{lot.number}.partner_mode",
            )
        elif lot.partner_mode == "single" and (lot.partners_max or 1) != 1:
            yield rule.block(
                f"Lot {lot.number} : un seul partenaire est annoncé, mais le nombre maximum est {lot.partners_max}.",
                "Mettez le maximum à 1 ou annoncez plusieurs partenaires.",
                field,
            )
        elif lot.partner_mode == "several" and (lot.partners_max or 0) < 2:
            yield rule.block(
                f"Lot {lot.number} : plusieurs partenaires sont annoncés sans nombre maximum d’au moins 2.",
                "Écrivez combien de partenaires vous retiendrez au plus.",
                field,
            )


@enforces("LR-05")
def minimum_requirements(rule: Rule, facts: PublicationFacts) -> Findings:
    """At least one minimum requirement per lot, written precisely enough to be read."""
    for lot in facts.lots:
        if not any(one.is_minimum and one.text.strip() for one in lot.requirements):
            yield rule.block(
                f"Lot {lot.number} : aucune exigence minimale n’est écrite.",
                "Écrivez ce que toute offre doit respecter et cochez « exigence minimale ».",
                f"lots.{lot.number}.requirements",
            )


@enforces("LR-06")
def phases_in_order(rule: Rule, facts: PublicationFacts) -> Findings:
    """Research first, acquisition last: a partnership has at least one phase of each."""
    if not facts.lots:
        yield rule.block("L’appel n’a aucun lot.", "Décrivez au moins un lot et ses phases.", "lots")
    for lot in facts.lots:
        kinds = [phase.kind for phase in sorted(lot.phases, key=lambda phase: phase.number)]
        if not kinds or kinds[0] != "research" or kinds[-1] != "acquisition":
            yield rule.block(
                f"Lot {lot.number} : il faut au moins une phase de recherche et développement, "
                "suivie d’au moins une phase d’acquisition.",
                "Complétez les phases ou changez leur ordre.",
                f"lots.{lot.number}.phases",
            )


@enforces("LR-07")
def purchases_in_proportion(rule: Rule, facts: PublicationFacts) -> Findings:
    """Purchases out of proportion with the research they follow need a written reason."""
    for lot in facts.lots:
        research, purchases = research_value(lot), purchase_value(lot)
        if not research or purchases is None:
            continue
        limit = parameters.value("purchase_to_research_ratio_max", on=facts.launch_date)
        if purchases > research * limit:
            yield rule.warn(
                f"Lot {lot.number} : les achats prévus ({euros(purchases)}) dépassent {limit} fois "
                f"la recherche ({euros(research)}).",
                "Revoyez les montants, ou écrivez pourquoi ils restent en proportion de l’investissement.",
                f"lots.{lot.number}.acquisition",
            )


@enforces("LR-08")
def phases_described(rule: Rule, facts: PublicationFacts) -> Findings:
    """Each phase has measurable objectives, a duration, deliverables and a pay."""
    for lot in facts.lots:
        for phase in lot.phases:
            missing = list(_missing_from(phase, lot.acquisition))
            if missing:
                yield rule.block(
                    f"Lot {lot.number}, phase {phase.number} : il manque {listed(missing)}.",
                    "Complétez la phase : un candidat doit savoir ce qu’il doit atteindre et ce qu’il touchera.",
                    f"lots.{lot.number}.phases.{phase.number}",
                )


def _missing_from(phase: PhaseFacts, acquisition: AcquisitionFacts | None) -> Iterator[str]:
    # In an acquisition phase, agreed levels are the objectives, quantities the deliverables and cost caps the pay.
    terms = acquisition if acquisition and phase.kind == "acquisition" else AcquisitionFacts()
    if not phase.objectives and not terms.levels:
        yield "des objectifs mesurables"
    elif any(not one.indicator.strip() or one.target is None for one in phase.objectives):
        yield "la mesure ou la cible d’un objectif"
    if not phase.duration_months:
        yield "une durée"
    if not phase.deliverables and terms.quantity_max is None:
        yield "des livrables"
    if phase.remuneration_ht is None and terms.total_cost_max_ht is None and terms.unit_cost_max_ht is None:
        yield "une rémunération"


@enforces("LR-09")
def intellectual_property(rule: Rule, facts: PublicationFacts) -> Findings:
    """Each research phase says who holds which rights on its results."""
    for lot in facts.lots:
        for phase in lot.phases:
            if phase.kind == "research" and not phase.ip_regime.strip():
                yield rule.block(
                    f"Lot {lot.number}, phase {phase.number} : la propriété intellectuelle n’est pas répartie.",
                    "Écrivez qui détient les résultats et quels usages sont permis.",
                    f"lots.{lot.number}.phases.{phase.number}.ip_regime",
                )


@enforces("LR-22")
def gate_clause(rule: Rule, facts: PublicationFacts) -> Findings:
    """The draft contract holds the clause on the end of a phase."""
    for lot in facts.lots:
        yield from gate_clause_gaps(rule, lot)


def gate_clause_gaps(rule: Rule, lot: LotFacts) -> Iterator[Finding]:
    """Name the parts of the gate clause that a lot lacks."""
    clause = lot.gate_clause
    parts = {
        "le pouvoir de continuer, changer, réduire ou arrêter": clause.power if clause else "",
        "les conséquences financières": clause.financial_consequences if clause else "",
        "la façon de choisir les partenaires qui continuent": clause.choice_of_partners if clause else "",
    }
    missing = [name for name, text in parts.items() if not text.strip()]
    if missing:
        yield rule.block(
            f"Lot {lot.number} : la clause de fin de phase ne dit pas {listed(missing)}.",
            "Complétez la clause : sans elle vous ne pourrez ni arrêter ni réduire le partenariat.",
            f"lots.{lot.number}.gate_clause",
        )


@enforces("LR-25")
def split_chosen(rule: Rule, facts: PublicationFacts) -> Findings:
    """With several partners, the way orders are shared is chosen before publication."""
    for lot in facts.lots:
        if (lot.partners_max or 1) < 2:
            continue
        terms, field = lot.acquisition or AcquisitionFacts(), f"lots.{lot.number}.acquisition.split"
        if not terms.split:
            yield rule.block(
                f"Lot {lot.number} : la répartition des achats entre partenaires n’est pas choisie.",
                "Choisissez parts égales, classement ou répartition graduée ; le contrat l’imprime.",
                field,
            )
        elif terms.split != "equal" and (
            sum(terms.split_shares) != FULL_WEIGHT or min(terms.split_shares) <= 0 or len(terms.split_shares) < 2
        ):
            yield rule.block(
                f"Lot {lot.number} : les parts par rang font {percent(sum(terms.split_shares))} au lieu de "
                f"{percent(FULL_WEIGHT)} entre au moins deux partenaires.",
                "Fixez la part de chaque rang.",
                field,
            )


RULES = (
    supply_study,
    partners_announced,
    minimum_requirements,
    phases_in_order,
    purchases_in_proportion,
    phases_described,
    intellectual_property,
    gate_clause,
    split_chosen,
)
