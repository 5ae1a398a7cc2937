"""The award notice: sent once the contract is signed, by the same roads, within thirty days (R2183-1, LR-84)."""

from datetime import date

from procurement.law.calendar import award_notice_deadline
from procurement.law.facts import AwardNoticeFacts
from procurement.law.findings import Finding, Findings
from procurement.law.registry import Rule, enforces, run
from procurement.law.wording import day, listed

CHANNELS = {"joue": "le JOUE", "boamp": "le BOAMP", "legal_newspaper": "le journal d’annonces légales"}


def last_day(facts: AwardNoticeFacts) -> date | None:
    """Last day to send it, from the first signature; None while nothing is signed or where no notice is due.

    Raises NoValueInForceError for a launch date without known figures.
    """
    if facts.signed_on is None or facts.procedure != "formalised":
        return None
    return award_notice_deadline(facts.signed_on, launch_date=facts.launch_date)


@enforces("LR-84")
def sent_in_time_by_the_same_roads(rule: Rule, facts: AwardNoticeFacts) -> Findings:
    """Every road of the contract notice carries the award notice, with its number, thirty days after signature."""
    if facts.procedure != "formalised":
        yield rule.block(
            "Aucun avis d’attribution n’est dû pour cette procédure.",
            "Publiez les données essentielles du contrat ; elles suffisent.",
            "procedure",
        )
        return
    if facts.signed_on is None:
        yield rule.block(
            "Aucun contrat de ce lot n’est signé.", "Envoyez l’avis d’attribution après la signature.", "signed_on"
        )
        return
    missing = [name for code, name in CHANNELS.items() if code in facts.notice_channels and code not in facts.sent_on]
    if missing or not facts.sent_on:
        yield rule.block(
            f"L’avis d’attribution n’est pas parti vers {listed(missing) or 'un support'}.",
            "Envoyez-le sur tous les supports de l’avis de marché, et notez chaque numéro reçu.",
            "sendings",
        )
    if any(sent_on < facts.signed_on for sent_on in facts.sent_on.values()):
        yield rule.block(
            "Un envoi est daté d’avant la signature du contrat.", "Corrigez la date de cet envoi.", "sendings"
        )
    until = last_day(facts)
    if until and any(sent_on > until for sent_on in facts.sent_on.values()):
        yield rule.warn(
            f"L’avis d’attribution devait partir au plus tard le {day(until)}, trente jours après la signature.",
            "Écrivez la cause du retard.",
            "sendings",
        )


AWARD_NOTICE_RULES = (sent_in_time_by_the_same_roads,)


def check(facts: AwardNoticeFacts) -> list[Finding]:
    """Every finding on the sending of an award notice about to be recorded."""
    return run(AWARD_NOTICE_RULES, facts)
