"""Exclusions: of right (L2141-1 to -5, LR-47) or left to the buyer, the firm heard (L2141-7 to -11, LR-48)."""

from dataclasses import dataclass

from procurement.law.calendar import is_on_time
from procurement.law.facts import ExclusionDecisionFacts, ExclusionProposalFacts
from procurement.law.findings import Finding, Findings
from procurement.law.registry import Rule, enforces, run
from procurement.law.wording import instant


@dataclass(frozen=True, slots=True)
class Ground:
    """A ground of exclusion. `of_right`: the law excludes; otherwise the buyer may, once the firm was heard."""

    article: str
    title: str
    of_right: bool


CONFLICT = "L2141-10"
GROUNDS = {
    one.article: one
    for one in (
        Ground("L2141-1", "Condamnation définitive pour l’une des infractions listées", of_right=True),
        Ground("L2141-2", "Impôts ou cotisations sociales non déclarés ou non payés", of_right=True),
        Ground("L2141-3", "Liquidation judiciaire, faillite personnelle, redressement non autorisé", of_right=True),
        Ground("L2141-4", "Sanction pour une infraction au droit du travail", of_right=True),
        Ground("L2141-5", "Exclusion des contrats administratifs par décision administrative", of_right=True),
        Ground("L2141-7", "Manquement grave dans un contrat public antérieur", of_right=False),
        Ground(
            "L2141-8",
            "Influence indue, information confidentielle ou avantage de la préparation",
            of_right=False,
        ),
        Ground("L2141-9", "Entente avec d’autres entreprises pour fausser la concurrence", of_right=False),
        Ground(CONFLICT, "Conflit d’intérêts auquel rien d’autre ne remédie", of_right=False),
    )
}


def _is_of_right(article: str) -> bool:
    return article in GROUNDS and GROUNDS[article].of_right


def _told(rule: Rule, facts: ExclusionProposalFacts) -> Findings:
    if not facts.evidence.strip():
        yield rule.block(
            "Rien ne dit sur quoi l’exclusion reposerait.",
            "Écrivez les faits et les pièces : l’entreprise doit pouvoir y répondre.",
            "evidence",
        )
    if facts.deadline is None or facts.deadline <= facts.now:
        yield rule.block(
            "L’entreprise n’a aucun temps pour répondre.", "Donnez-lui une heure limite à venir.", "deadline"
        )


@enforces("LR-47")
def of_right_named(rule: Rule, facts: ExclusionProposalFacts) -> Findings:
    """An exclusion of right names its ground and evidence, and leaves time to prove corrective measures (L2141-6-1)."""
    if facts.ground not in GROUNDS:
        yield rule.block("Le motif d’exclusion n’est pas de ceux de la loi.", "Choisissez un motif.", "ground")
    elif _is_of_right(facts.ground):
        yield from _told(rule, facts)


@enforces("LR-48")
def firm_invited_to_answer(rule: Rule, facts: ExclusionProposalFacts) -> Findings:
    """A firm that the buyer considers to exclude is told why, and until when it may answer (L2141-11)."""
    if facts.ground in GROUNDS and not _is_of_right(facts.ground):
        yield from _told(rule, facts)


def _waits(facts: ExclusionDecisionFacts) -> bool:
    return facts.excluded and facts.observed_at is None and is_on_time(facts.now, facts.deadline)


@enforces("LR-47")
def of_right_decided(rule: Rule, facts: ExclusionDecisionFacts) -> Findings:
    """A person decides, with reasons; before the firm could prove corrective measures, in writing why (L2141-6-1)."""
    if not _is_of_right(facts.ground):
        return
    if not facts.reasons.strip():
        yield rule.block("La décision n’est pas motivée.", "Écrivez vos motifs : la lettre les reprend.", "reasons")
    if _waits(facts):
        yield rule.warn(
            f"L’entreprise peut encore prouver ses mesures correctrices, jusqu’au {instant(facts.deadline)}.",
            "Attendez, ou écrivez pourquoi ce motif ne se corrige pas.",
            "is_excluded",
        )


@enforces("LR-48")
def firm_heard(rule: Rule, facts: ExclusionDecisionFacts) -> Findings:
    """Nobody is excluded at the buyer's discretion before its observations or the end of its time to give them."""
    if _is_of_right(facts.ground):
        return
    if _waits(facts):
        yield rule.block(
            "L’entreprise n’a pas encore présenté ses observations, et son délai court toujours.",
            f"Attendez ses observations, ou le {instant(facts.deadline)}.",
            "is_excluded",
        )
    if not facts.reasons.strip():
        yield rule.block(
            "La décision n’est pas motivée.",
            "Écrivez vos motifs, et votre avis sur ses observations.",
            "reasons",
        )
    if facts.excluded and facts.ground == CONFLICT and not facts.other_measures.strip():
        yield rule.block(
            "Un conflit d’intérêts n’exclut que si rien d’autre n’y remédie.",
            "Écrivez les mesures envisagées et pourquoi elles ne suffisent pas.",
            "other_measures",
        )


PROPOSAL_RULES = (of_right_named, firm_invited_to_answer)
DECISION_RULES = (of_right_decided, firm_heard)


def check_proposal(facts: ExclusionProposalFacts) -> list[Finding]:
    """Every finding on an exclusion about to be told to the firm."""
    return run(PROPOSAL_RULES, facts)


def check_decision(facts: ExclusionDecisionFacts) -> list[Finding]:
    """Every finding on the decision about an exclusion."""
    return run(DECISION_RULES, facts)
