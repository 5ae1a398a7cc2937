"""Clauses that the draft contract must hold when the notice leaves (LR-27, LR-99, LR-101, LR-112, LR-116)."""

from procurement.law import parameters
from procurement.law.estimate import estimated_value, eu_threshold
from procurement.law.facts import PublicationFacts, TermsFacts
from procurement.law.findings import Findings
from procurement.law.registry import Rule, enforces
from procurement.law.wording import listed


@enforces("LR-27")
def performance_conditions(rule: Rule, facts: PublicationFacts) -> Findings:
    """Performance heeds the environment and, from the EU threshold on, social matters, or a coded exception."""
    on = facts.launch_date
    needs_environment = parameters.requires("env_exec_clause_required", on=on)
    needs_social = (
        parameters.requires("social_clause_required_from_eu_threshold", on=on)
        and facts.buyer is not None
        and bool(facts.buyer.category)
        and estimated_value(facts.lots) >= eu_threshold(facts.buyer.category, facts.nature, on=on)
    )
    for lot in facts.lots:
        terms = lot.terms or TermsFacts()
        if needs_environment and not terms.environmental_clause.strip():
            yield rule.block(
                f"Lot {lot.number} : le contrat n’a pas de condition d’exécution environnementale.",
                "Écrivez-la : depuis le 21 août 2026, chaque contrat en comporte une.",
                f"lots.{lot.number}.terms.environmental_clause",
            )
        excused = terms.social_exception and terms.social_exception_reason.strip()
        if needs_social and not (terms.social_clause.strip() or excused):
            yield rule.block(
                f"Lot {lot.number} : le contrat n’a pas de condition sociale ou relative à l’emploi, "
                "obligatoire dès le seuil européen.",
                "Écrivez-la, ou choisissez l’exception de la loi qui s’applique et motivez-la.",
                f"lots.{lot.number}.terms.social_clause",
            )


@enforces("LR-99")
def general_clauses_named(rule: Rule, facts: PublicationFacts) -> Findings:
    """A CCAG applies only if the contract names it; what departs from it is listed."""
    for lot in facts.lots:
        terms = lot.terms or TermsFacts()
        if not terms.ccag.strip():
            yield rule.warn(
                f"Lot {lot.number} : aucun CCAG n’est nommé ; aucun ne s’applique donc.",
                "Nommez le CCAG-TIC ou le CCAG-PI, ou dites pourquoi votre contrat se suffit.",
                f"lots.{lot.number}.terms.ccag",
            )
        elif not terms.ccag_departures.strip():
            yield rule.block(
                f"Lot {lot.number} : la liste des dérogations au CCAG manque.",
                "Listez les articles auxquels votre contrat déroge, ou écrivez « aucune ».",
                f"lots.{lot.number}.terms.ccag_departures",
            )


@enforces("LR-101")
def data_protected(rule: Rule, facts: PublicationFacts) -> Findings:
    """Confidentiality binds both sides; a processor of personal data is bound by a clause and its annex."""
    for lot in facts.lots:
        terms, place = lot.terms or TermsFacts(), f"lots.{lot.number}.terms"
        if not terms.confidentiality.strip():
            yield rule.block(
                f"Lot {lot.number} : la clause de confidentialité manque.",
                "Gardez celle qui est proposée, ou écrivez la vôtre.",
                f"{place}.confidentiality",
            )
        if terms.personal_data_processed is None:
            yield rule.block(
                f"Lot {lot.number} : on ne sait pas si le partenaire traitera des données personnelles.",
                "Répondez par oui ou par non.",
                f"{place}.personal_data_processed",
            )
        elif terms.personal_data_processed and not terms.personal_data.strip():
            yield rule.block(
                f"Lot {lot.number} : des données personnelles seront traitées sans clause de sous-traitance.",
                "Gardez la clause proposée, ou écrivez la vôtre (RGPD, article 28).",
                f"{place}.personal_data",
            )
        elif terms.personal_data_processed and terms.personal_data_gaps:
            yield rule.block(
                f"Lot {lot.number} : l’annexe des données personnelles ne dit pas {listed(terms.personal_data_gaps)}.",
                "Complétez l’annexe.",
                f"{place}.personal_data_annex",
            )


@enforces("LR-112")
def validity_announced(rule: Rule, facts: PublicationFacts) -> Findings:
    """A tender binds for a time that the documents announce: without it nothing can be prolonged."""
    for lot in facts.lots:
        if not (lot.terms or TermsFacts()).tender_validity_days:
            yield rule.block(
                f"Lot {lot.number} : la durée de validité des offres n’est pas annoncée.",
                "Écrivez-la en jours, assez longue pour négocier et signer.",
                f"lots.{lot.number}.terms.tender_validity_days",
            )


@enforces("LR-116")
def price_form(rule: Rule, facts: PublicationFacts) -> Findings:
    """The form of the price, its base month and, where prices move, the formula are in the contract."""
    for lot in facts.lots:
        terms, place = lot.terms or TermsFacts(), f"lots.{lot.number}.terms"
        if not terms.price_form:
            yield rule.block(
                f"Lot {lot.number} : la forme du prix n’est pas choisie.",
                "Choisissez un prix ferme, ajustable ou révisable.",
                f"{place}.price_form",
            )
        if terms.price_month is None:
            yield rule.block(
                f"Lot {lot.number} : le mois d’établissement des prix manque.",
                "Écrivez le premier jour de ce mois.",
                f"{place}.price_month",
            )
        if terms.price_form in {"adjustable", "revisable"} and not terms.price_formula.strip():
            yield rule.block(
                f"Lot {lot.number} : les prix changent, mais ni l’index ni la formule ne sont écrits.",
                "Écrivez l’index et la formule.",
                f"{place}.price_formula",
            )


RULES = (performance_conditions, general_clauses_named, data_protected, validity_announced, price_form)
