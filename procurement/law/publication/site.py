"""What this site refuses beyond the law before a notice is sent (PR-01 to PR-06, PR-08)."""

from collections import Counter
from urllib.parse import urlsplit

from stdnum.exceptions import ValidationError
from stdnum.fr import siren, siret

from procurement.law import parameters
from procurement.law.calendar import is_office_hour
from procurement.law.facts import BuyerFacts, PublicationFacts
from procurement.law.findings import Findings
from procurement.law.registry import Rule, enforces, unknown_figures
from procurement.law.wording import instant, listed

CUSTODIANS = 3


@enforces("PR-01")
def office_hours(rule: Rule, facts: PublicationFacts) -> Findings:
    """A deadline falls when help can be had."""
    for lot in facts.lots:
        if lot.candidatures_close_at and not is_office_hour(lot.candidatures_close_at):
            yield rule.block(
                f"Lot {lot.number} : l’heure limite du {instant(lot.candidatures_close_at)} tombe hors des heures "
                "de bureau (jour ouvré, de 9 h à 18 h).",
                "Choisissez un jour ouvré entre 9 h et 18 h : une entreprise en difficulté doit pouvoir être aidée.",
                f"lots.{lot.number}.candidatures_close_at",
            )


@enforces("PR-02")
def complete_team(rule: Rule, facts: PublicationFacts) -> Findings:
    """Every part of the procedure has someone to play it, and three distinct people keep the keys."""
    team = facts.team
    parts = {
        "un auteur": team.authors,
        "un validateur": team.validators,
        "un évaluateur": team.evaluators,
        "un signataire": team.signatories,
    }
    missing = [name for name, people in parts.items() if not any(people)]
    if facts.deposits_here and len({person for person in team.custodians if person}) < CUSTODIANS:
        missing.append(f"{CUSTODIANS} gardiens de clés distincts")
    if missing:
        yield rule.block(
            f"L’équipe de l’appel est incomplète : il manque {listed(missing)}.", "Désignez ces personnes.", "team"
        )


@enforces("PR-03")
def applicable_law(rule: Rule, facts: PublicationFacts) -> Findings:
    """This rule book knows French law only."""
    if facts.country != "FR" or (facts.buyer and facts.buyer.country != "FR"):
        yield rule.block(
            "Droit français non applicable : l’acheteur ou l’appel relève d’un autre pays.",
            "Publiez sur le profil d’acheteur de ce pays.",
            "country",
        )


@enforces("PR-04")
def known_buyers(rule: Rule, facts: PublicationFacts) -> Findings:
    """Each buyer is identified, and the lead buyer was verified by the operator of the site."""
    if facts.buyer is None:
        yield rule.block("L’acheteur manque.", "Choisissez l’organisme qui passe le contrat.", "buyer")
        return
    for place, buyer in (
        ("buyer", facts.buyer),
        *((f"co_buyers.{n}", one) for n, one in enumerate(facts.co_buyers, 1)),
    ):
        problem = _identifier_problem(buyer)
        if problem:
            yield rule.block(
                f"L’identifiant de « {buyer.name or 'acheteur sans nom'} » {problem}.",
                "Recopiez le SIREN (9 chiffres) ou le SIRET (14 chiffres) de l’organisme.",
                f"{place}.identifier",
            )
    twice = [number for number, count in Counter(_siren_of(one) for one in (facts.buyer, *facts.co_buyers)).items()
             if number and count > 1]  # fmt: skip
    if twice:
        yield rule.block(
            f"Le même organisme figure deux fois parmi les acheteurs : {listed(twice)}.",
            "Retirez le doublon ou corrigez l’identifiant.",
            "co_buyers",
        )
    if facts.buyer.verified_at is None:
        yield rule.block(
            "L’acheteur n’a pas encore été vérifié par l’exploitant du site.",
            "Demandez la vérification depuis la page de votre organisme.",
            "buyer.verified_at",
        )


def _identifier_problem(buyer: BuyerFacts) -> str:
    if not buyer.identifier.strip():
        return "manque"
    try:
        (siret if buyer.identifier_scheme == "siret" else siren).validate(buyer.identifier)
    except ValidationError:
        return "est faux"
    return ""


def _siren_of(buyer: BuyerFacts) -> str:
    return "".join(character for character in buyer.identifier if character.isdigit())[:9]


@enforces("PR-05")
def four_eyes(rule: Rule, facts: PublicationFacts) -> Findings:
    """An author never publishes alone."""
    others = {person for person in facts.visa_by if person and person != facts.publisher_id}
    if not facts.publisher_id or (facts.publisher_id in facts.team.authors and not others):
        yield rule.block(
            "L’auteur ne publie pas seul : une seconde personne doit avoir validé l’appel.",
            "Demandez le visa d’un validateur, ou faites publier par lui.",
            "publisher",
        )


@enforces("PR-06")
def launch_date_known(rule: Rule, facts: PublicationFacts) -> Findings:
    """The launch date is written, and one for which the law’s figures are known."""
    try:
        parameters.parameter("eu_threshold_other_ss", on=facts.launch_date)
    except parameters.NoValueInForceError as unknown:
        yield unknown_figures(rule, unknown)


@enforces("PR-08")
def one_other_profile(rule: Rule, facts: PublicationFacts) -> Findings:
    """Deposits made elsewhere have one address, which a firm can trust, and it is not this site's."""
    if facts.deposits_here:
        return
    address, here = urlsplit(facts.deposit_address.strip()), urlsplit(facts.site_address)
    if address.scheme != "https" or not address.hostname or facts.deposit_address.split() != [facts.deposit_address]:
        problem = "n’est pas une adresse https complète"
    elif address.hostname == here.hostname:
        problem = "est celle de ce site"
    else:
        return
    yield rule.block(
        f"L’adresse de dépôt « {facts.deposit_address} » {problem}.",
        "Donnez l’adresse https de la consultation sur l’autre profil d’acheteur, ou laissez vide pour recevoir les "
        "réponses ici.",
        "deposit_at",
    )


RULES = (launch_date_known, known_buyers, complete_team, four_eyes, office_hours, one_other_profile)
