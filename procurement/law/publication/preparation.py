"""What the buyer did before writing: need, novelty, firms met, choice of lots (LR-02, LR-26, LR-28, LR-29)."""

from procurement.law import innovation
from procurement.law.facts import NeedFacts, PublicationFacts
from procurement.law.findings import Findings
from procurement.law.registry import Rule, enforces


@enforces("LR-02")
def innovation_reasoned(rule: Rule, facts: PublicationFacts) -> Findings:
    """The answer is new or substantially improved, in words and by indicators; a label is no reason."""
    need = facts.need or NeedFacts()
    if not innovation.grounds(need.innovation_indicators):
        only_label = " : un label ne suffit pas à le dire" if need.innovation_indicators else ""
        yield rule.block(
            f"Vous n’avez pas dit en quoi la réponse attendue sera nouvelle{only_label}.",
            "Cochez au moins un indice qui tient à la solution elle-même.",
            "need.innovation_indicators",
        )
    if not need.innovation_reasons.strip():
        yield rule.block(
            "Le caractère innovant n’est pas expliqué.",
            "Écrivez en deux phrases ce qui sera nouveau ou nettement amélioré.",
            "need.innovation_reasons",
        )


@enforces("LR-26")
def need_defined(rule: Rule, facts: PublicationFacts) -> Findings:
    """The need is defined before the launch, with sustainable development in view."""
    need = facts.need or NeedFacts()
    if not need.problem.strip():
        yield rule.block(
            "Le besoin n’est pas défini.", "Décrivez le problème à résoudre, sans solution.", "need.problem"
        )
    if not need.sustainable_development.strip():
        yield rule.warn(
            "Le besoin ne dit rien du développement durable.",
            "Écrivez vos objectifs économiques, sociaux ou environnementaux, ou dites pourquoi il n’y en a pas.",
            "need.sustainable_development",
        )


@enforces("LR-28")
def sourcing_recorded(rule: Rule, facts: PublicationFacts) -> Findings:
    """Firms met before the call are named, with the day and what they were told; all others read the same."""
    study = facts.supply_study
    if study and not facts.firms_met and any(one.kind == "firms_met" for one in study.sources):
        yield rule.block(
            "L’étude dit que des entreprises ont été rencontrées, mais aucune n’est nommée.",
            "Nommez chaque entreprise, le jour et ce qui lui a été dit : le règlement le dira à tous.",
            "firms_met",
        )
    for number, firm in enumerate(facts.firms_met, start=1):
        if not (firm.name.strip() and firm.met_on and firm.information.strip()):
            yield rule.block(
                f"Entreprise rencontrée n° {number} : le nom, le jour ou l’information donnée manque.",
                "Complétez cette ligne : l’information est donnée à tous.",
                f"firms_met.{number}",
            )
        elif facts.launch_date and firm.met_on > facts.launch_date:
            yield rule.block(
                f"L’entreprise « {firm.name} » aurait été rencontrée après le lancement.",
                "Corrigez le jour : après le lancement, une question passe par le profil d’acheteur.",
                f"firms_met.{number}",
            )


@enforces("LR-29")
def lots_or_reason(rule: Rule, facts: PublicationFacts) -> Findings:
    """Lots are the default; a single one needs a reason, which the presentation report prints."""
    if len(facts.lots) == 1 and not facts.no_lots_reason.strip():
        yield rule.block(
            "L’appel n’est pas divisé en lots, et rien ne dit pourquoi.",
            "Ajoutez des lots, ou écrivez pourquoi un seul convient.",
            "no_lots_reason",
        )


RULES = (innovation_reasoned, need_defined, sourcing_recorded, lots_or_reason)
