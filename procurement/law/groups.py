"""A group of firms stays as it was between its deposit and the signature, unless the law lets it change (R2142-26)."""

from procurement.law import parameters
from procurement.law.facts import GroupChangeFacts
from procurement.law.findings import Finding, Findings
from procurement.law.registry import Rule, enforces, run
from procurement.law.wording import listed


@enforces("LR-50")
def group_may_change(rule: Rule, facts: GroupChangeFacts) -> Findings:
    """On a ground of the law, the lead staying."""
    if not facts.lead_stays:
        yield rule.block(
            "Le mandataire ne serait plus membre du groupement.",
            "Gardez-lui une part : c’est lui qui le représente devant vous.",
            "members",
        )
    if facts.ground == "negotiation" and not parameters.requires("group_change_negotiated", on=facts.launch_date):
        yield rule.block(
            "Cet appel est lancé avant le 1er janvier 2025 : la composition n’y change que si une entreprise est "
            "restructurée, en liquidation ou empêchée sans faute de sa part.",
            "Choisissez l’un de ces cas s’il est prouvé, ou refusez.",
            "ground",
        )
    if facts.becomes_group and facts.ground != "negotiation":
        yield rule.block(
            "Une entreprise seule ne devient un groupement que dans une procédure avec négociation.",
            "Choisissez ce cas, ou refusez.",
            "ground",
        )


@enforces("LR-50")
def group_change_is_harmless(rule: Rule, facts: GroupChangeFacts) -> Findings:
    """The capacities that were judged are still there, nobody else is harmed, and the decision says why."""
    if not facts.capacities_kept:
        yield rule.block(
            "Les capacités du candidat ne sont pas dites suffisantes après le changement.",
            "Examinez celles des nouveaux membres, puis confirmez-le, ou refusez.",
            "capacities_kept",
        )
    if not facts.equality_kept:
        yield rule.block(
            "Rien ne dit que l’égalité entre candidats et la concurrence sont intactes.",
            "Vérifiez-le, puis confirmez-le, ou refusez.",
            "equality_kept",
        )
    if facts.ground != "negotiation" and not facts.evidence.strip():
        yield rule.block(
            "La preuve de ce cas manque.", "Indiquez la pièce qui le prouve : jugement, acte, attestation.", "evidence"
        )
    if not facts.reasons.strip():
        yield rule.block("La décision n’est pas motivée.", "Écrivez pourquoi vous l’acceptez.", "reasons")


@enforces("LR-51")
def comes_from_no_other_bid(rule: Rule, facts: GroupChangeFacts) -> Findings:
    """Where the documents forbid several bids of one firm, no change makes a firm part of two."""
    if facts.several_bids_forbidden and facts.elsewhere:
        yield rule.block(
            f"{listed(facts.elsewhere)} : déjà dans une autre réponse à ce lot, ce que vos documents interdisent.",
            "Faites entrer une entreprise qui n’a pas répondu, ou refusez.",
            "members",
        )


GROUP_CHANGE_RULES = (group_may_change, group_change_is_harmless, comes_from_no_other_bid)


def check_group_change(facts: GroupChangeFacts) -> list[Finding]:
    """Every finding on a change of who tenders."""
    return run(GROUP_CHANGE_RULES, facts)
