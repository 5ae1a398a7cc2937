"""How firms compete: procedure, value, periods, criteria, documents (LR-10, LR-12, LR-13, LR-15, LR-20, LR-30…)."""

from collections.abc import Iterator
from datetime import date

from procurement.law import candidature, parameters
from procurement.law.calendar import is_on_time, paris_date
from procurement.law.estimate import estimated_value, eu_threshold, purchase_value, required_procedure
from procurement.law.facts import AwardCriterionFacts, PeriodFacts, PublicationFacts
from procurement.law.facts.common import FULL_WEIGHT
from procurement.law.findings import Finding, Findings
from procurement.law.registry import Rule, enforces
from procurement.law.wording import day, euros, listed, percent


@enforces("LR-10")
def procedure_fits_value(rule: Rule, facts: PublicationFacts) -> Findings:
    """A procedure lighter than the one the value asks for needs a written reason."""
    if not facts.procedure:
        yield rule.block(
            "La procédure n’est pas choisie.", "Choisissez la procédure proposée d’après la valeur.", "procedure"
        )
        return
    if facts.procedure == "formalised" and facts.single_step:
        yield rule.block(
            "La procédure avec négociation ne se déroule pas en une seule étape.",
            "Séparez les candidatures et les offres.",
            "single_step",
        )
    if facts.buyer is None or not facts.buyer.category:
        return
    value = estimated_value(facts.lots)
    required = required_procedure(value, category=facts.buyer.category, nature=facts.nature, on=facts.launch_date)
    if required == "formalised" and facts.procedure != "formalised":
        yield rule.warn(
            f"La valeur estimée ({euros(value)}) atteint le seuil européen : la procédure avec négociation s’impose.",
            "Choisissez la procédure avec négociation, ou écrivez pourquoi une procédure plus légère est permise.",
            "procedure",
        )


@enforces("LR-12")
def candidature_period(rule: Rule, facts: PublicationFacts) -> Findings:
    """Candidatures stay open thirty days at least in every lot."""
    sent_on = paris_date(facts.now) if facts.now else facts.launch_date
    for lot in facts.lots:
        period = PeriodFacts(
            procedure=facts.procedure,
            launch_date=facts.launch_date,
            notice_sent_on=sent_on,
            closes_at=lot.candidatures_close_at,
        )
        yield from candidature.minimum_period(period, place=f"lots.{lot.number}.candidatures_close_at", lot=lot.number)


@enforces("LR-13")
def innovation_capacity(rule: Rule, facts: PublicationFacts) -> Findings:
    """Candidates are chosen, among others, on their capacity to research and to innovate."""
    for lot in facts.lots:
        if not any(one.is_innovation for one in lot.selection_criteria):
            yield rule.block(
                f"Lot {lot.number} : aucun critère de sélection ne porte sur la capacité de recherche et d’innovation.",
                "Ajoutez un tel critère, ou cochez celui qui en juge.",
                f"lots.{lot.number}.selection_criteria",
            )


@enforces("LR-15")
def limits_announced(rule: Rule, facts: PublicationFacts) -> Findings:
    """A limit on invited candidates is announced, with a minimum of three. Adapted procedure: a reason may relax it."""
    speak = rule.block if facts.procedure != "adapted" else rule.warn
    for lot in facts.lots:
        field = f"lots.{lot.number}.candidates_min"
        if not lot.candidates_limited and lot.candidates_max is None:
            continue
        least = parameters.days("candidates_min", on=facts.launch_date)
        if lot.candidates_min is None or lot.candidates_min < least:
            yield speak(
                f"Lot {lot.number} : vous limitez le nombre de candidats invités sans en annoncer au moins {least}.",
                f"Annoncez un minimum de {least} candidats invités, ou plus.",
                field,
            )
        elif lot.candidates_max is not None and lot.candidates_max < lot.candidates_min:
            yield speak(
                f"Lot {lot.number} : le maximum de candidats invités est inférieur au minimum.",
                "Corrigez l’un des deux nombres.",
                f"lots.{lot.number}.candidates_max",
            )


@enforces("LR-20")
def several_criteria(rule: Rule, facts: PublicationFacts) -> Findings:
    """Several criteria, price or cost among them and, since 21 August 2026, the environment."""
    for lot in facts.lots:
        field = f"lots.{lot.number}.award_criteria"
        tags = {one.tag for one in _with_sub_criteria(lot.award_criteria)}
        if len(lot.award_criteria) < 2:
            yield rule.block(
                f"Lot {lot.number} : il faut plusieurs critères d’attribution ; le prix seul ne suffit pas.",
                "Ajoutez au moins un critère de qualité.",
                field,
            )
        if "price" not in tags:
            yield rule.block(
                f"Lot {lot.number} : aucun critère ne porte sur le prix ou le coût.",
                "Ajoutez un critère de prix.",
                field,
            )
        if "environment" not in tags and parameters.requires("env_criterion_required", on=facts.launch_date):
            yield rule.block(
                f"Lot {lot.number} : aucun critère ne tient compte de l’environnement, "
                f"obligatoire pour un lancement depuis le {day(date(2026, 8, 21))}.",
                "Ajoutez un critère environnemental, ou marquez celui qui en tient compte.",
                field,
            )


def _with_sub_criteria(criteria: tuple[AwardCriterionFacts, ...]) -> Iterator[AwardCriterionFacts]:
    for criterion in criteria:
        yield criterion
        yield from _with_sub_criteria(criterion.sub_criteria)


@enforces("LR-30")
def threshold_known(rule: Rule, facts: PublicationFacts) -> Findings:
    """The EU threshold needs the category of the buyer."""
    eu_threshold(facts.buyer.category if facts.buyer else "", facts.nature, on=facts.launch_date)
    if facts.buyer and not facts.buyer.category:
        yield rule.block(
            "La catégorie de l’acheteur manque : le seuil européen dépend d’elle.",
            "Dites si l’acheteur relève de l’État, d’une collectivité, de la santé ou d’une autre catégorie.",
            "buyer.category",
        )


@enforces("LR-32")
def value_computable(rule: Rule, facts: PublicationFacts) -> Findings:
    """The estimated value counts purchases too, so each lot says what they may cost."""
    for lot in facts.lots:
        if purchase_value(lot) is None:
            yield rule.block(
                f"Lot {lot.number} : la valeur estimée ne peut être calculée, le coût des achats n’est pas écrit.",
                "Écrivez le coût total maximum de l’acquisition par partenaire, ou sa valeur estimée.",
                f"lots.{lot.number}.acquisition",
            )


@enforces("LR-35")
def documents_online(rule: Rule, facts: PublicationFacts) -> Findings:
    """Documents are free, and online at the address that the notice gives."""
    if not facts.documents.free_of_charge:
        yield rule.block(
            "Les documents de la consultation ne sont pas gratuits.",
            "Supprimez tout paiement.",
            "documents.free_of_charge",
        )
    if estimated_value(facts.lots) < parameters.value("buyer_profile_min", on=facts.launch_date):
        return
    if not (facts.documents.online and facts.documents.address):
        yield rule.block(
            "Les documents de la consultation ne sont pas en ligne à une adresse que l’avis puisse donner.",
            "Mettez le règlement et les pièces en libre accès avant d’envoyer l’avis.",
            "documents.online",
        )


@enforces("LR-40")
def profile_declared(rule: Rule, facts: PublicationFacts) -> Findings:
    """The buyer profile is declared on the national open-data portal."""
    declared = facts.profile_declared_on
    if declared is None or (facts.launch_date and declared > facts.launch_date):
        yield rule.block(
            "Le profil d’acheteur n’est pas déclaré sur le portail national des données ouvertes.",
            "Déclarez son adresse, puis notez la date de la déclaration.",
            "profile_declared_on",
        )


@enforces("LR-52")
def replacement_rule_written(rule: Rule, facts: PublicationFacts) -> Findings:
    """Documents say that only the last tender received in time is opened."""
    if not facts.documents.replacement_rule_written:
        yield rule.block(
            "Le règlement ne dit pas que seule la dernière offre reçue à temps sera ouverte.",
            "Gardez cette phrase du modèle de règlement.",
            "documents.replacement_rule_written",
        )


@enforces("LR-57")
def keys_rehearsed(rule: Rule, facts: PublicationFacts) -> Findings:
    """Before publication, every custodian has proved to hold the keys of the first period."""
    if not facts.deposits_here:
        return
    for lot in facts.lots:
        if lot.keys_ready_at is None or (facts.now and not is_on_time(lot.keys_ready_at, facts.now)):
            yield rule.block(
                f"Lot {lot.number} : les gardiens n’ont pas prouvé qu’ils peuvent ouvrir les plis.",
                "Faites la répétition des clés avec les trois gardiens.",
                f"lots.{lot.number}.keys_ready_at",
            )


@enforces("LR-59")
def signature_at_deposit(rule: Rule, facts: PublicationFacts) -> Findings:
    """Asking for a signature at deposit needs a reason: only the winner has to sign."""
    if facts.documents.signature_asked_at_deposit and not facts.documents.signature_reason.strip():
        yield rule.warn(
            "Vous exigez une signature dès le dépôt, alors que seul le retenu doit signer.",
            "Renoncez-y, ou écrivez pourquoi elle est nécessaire.",
            "documents.signature_asked_at_deposit",
        )


@enforces("LR-64")
def weights(rule: Rule, facts: PublicationFacts) -> Findings:
    """Every criterion and sub-criterion is disclosed and weighted; each level sums to 100 %."""
    for lot in facts.lots:
        yield from _level(rule, lot.award_criteria, f"Lot {lot.number}", f"lots.{lot.number}.award_criteria")


def _level(rule: Rule, level: tuple[AwardCriterionFacts, ...], where: str, field: str) -> Iterator[Finding]:
    unweighted = [one.name for one in level if not one.weight or one.weight < 0]
    total = sum(one.weight or 0 for one in level)
    if unweighted:
        yield rule.block(f"{where} : sans poids : {listed(unweighted)}.", "Donnez un poids à chaque critère.", field)
    elif total != FULL_WEIGHT:
        yield rule.block(
            f"{where} : les poids font {percent(total)} au lieu de {percent(FULL_WEIGHT)}.",
            "Corrigez les poids pour que leur somme fasse 100.",
            field,
        )
    for criterion in level:
        if not criterion.disclosed:
            yield rule.block(
                f"{where} : « {criterion.name} » n’est pas porté à la connaissance des candidats.",
                "Publiez ce critère avec son poids, ou supprimez-le.",
                field,
            )
        if criterion.sub_criteria:
            yield from _level(rule, criterion.sub_criteria, f"{where}, « {criterion.name} »", field)


@enforces("LR-121")
def joint_agreement(rule: Rule, facts: PublicationFacts) -> Findings:
    """Several buyers act through a convention that names a coordinator."""
    if not facts.co_buyers:
        return
    if not facts.joint_agreement_attached:
        yield rule.block(
            "La convention de groupement entre les acheteurs n’est pas jointe.",
            "Joignez la convention signée de tous.",
            "joint_agreement_attached",
        )
    members = {one.id for one in (facts.buyer, *facts.co_buyers) if one and one.id}
    if facts.coordinator_id not in members:
        yield rule.block(
            "La convention ne désigne pas de coordonnateur parmi les acheteurs.",
            "Désignez l’acheteur qui passe le contrat pour les autres.",
            "coordinator_id",
        )


RULES = (
    procedure_fits_value,
    candidature_period,
    innovation_capacity,
    limits_announced,
    several_criteria,
    threshold_known,
    value_computable,
    documents_online,
    profile_declared,
    replacement_rule_written,
    keys_rehearsed,
    signature_at_deposit,
    weights,
    joint_agreement,
)
