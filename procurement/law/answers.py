"""Answers to the questions of firms: to everybody, without naming anybody, and soon enough (LR-19, LR-37)."""

from procurement.law import parameters
from procurement.law.calendar import add_days, answers_deadline, deadline_after_information, paris_date
from procurement.law.facts import AnswerFacts
from procurement.law.findings import Finding, Findings
from procurement.law.registry import Rule, enforces, run
from procurement.law.wording import day, instant, listed


@enforces("LR-37")
def soon_enough(rule: Rule, facts: AnswerFacts) -> Findings:
    """Information goes out six days before the deadline, or the deadline moves; below the threshold a reason passes."""
    if facts.deadline is None:
        return
    today = paris_date(facts.now)
    last_day = answers_deadline(facts.deadline, launch_date=facts.launch_date)
    if today > last_day:
        new = deadline_after_information(facts.now, facts.deadline, launch_date=facts.launch_date)
        speak = rule.block if facts.procedure == "formalised" else rule.warn
        yield speak(
            f"Cette réponse arrive trop tard : les réponses partent le {day(last_day)} au plus tard, six jours avant "
            "l’heure limite.",
            f"Repoussez l’heure limite au {instant(new)} ou plus tard, pour tous.",
            "closes_at",
        )
    elif today >= add_days(paris_date(facts.deadline), -parameters.days("answer_warning_days", on=facts.launch_date)):
        yield rule.warn(
            "Cette réponse part dans les derniers jours permis : les entreprises ont peu de temps pour s’en servir.",
            "Repoussez l’heure limite, ou écrivez pourquoi ce délai suffit.",
            "closes_at",
        )


@enforces("LR-19")
def names_nobody(rule: Rule, facts: AnswerFacts) -> Findings:
    """What everybody reads names no firm: neither who asks, nor what one of them proposes."""
    if facts.names_firms:
        yield rule.warn(
            f"Ce texte nomme {listed(facts.names_firms)} : tous le liront.",
            "Retirez ce qui désigne une entreprise, ou écrivez pourquoi ce nom doit rester.",
            "question",
        )


RULES = (soon_enough, names_nobody)


def check_answer(facts: AnswerFacts) -> list[Finding]:
    """Every finding on an answer about to be told."""
    return run(RULES, facts)
