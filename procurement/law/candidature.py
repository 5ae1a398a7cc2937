"""How long candidatures and tenders stay open (LR-12, PR-01)."""

from procurement.law.calendar import candidature_period, is_office_hour, paris_date
from procurement.law.facts import PeriodFacts
from procurement.law.findings import Finding, Findings
from procurement.law.registry import Rule, enforces, rules, run
from procurement.law.wording import day, instant


@enforces("LR-12")
def thirty_days(rule: Rule, facts: PeriodFacts) -> Findings:
    """Candidatures stay open thirty days from the sending of the notice, which urgency never shortens."""
    if facts.kind in ("candidature", "single_step"):
        yield from minimum_period(facts)


def minimum_period(facts: PeriodFacts, *, place: str = "closes_at", lot: int | None = None) -> Findings:
    """Findings of LR-12 on one period; `place` and `lot` tell the editor where the deadline stands.

    Below the EU threshold the period is a default that a written reason relaxes.
    """
    rule, of_lot = rules()["LR-12"], f"Lot {lot} : " if lot else ""
    if facts.closes_at is None or facts.notice_sent_on is None:
        yield rule.block(
            f"{of_lot}L’heure limite des candidatures n’est pas fixée.", "Choisissez une heure limite.", place
        )
        return
    period = candidature_period(facts.notice_sent_on, launch_date=facts.launch_date)
    closes_on = paris_date(facts.closes_at)
    if closes_on < period.earliest:
        speak = rule.block if facts.procedure != "adapted" else rule.warn
        yield speak(
            f"{of_lot}L’heure limite des candidatures tombe le {day(closes_on)}, avant les trente jours dus.",
            f"Choisissez le {day(period.certain)} ou plus tard : ce délai ne se réduit pas, même en cas d’urgence.",
            place,
        )
    elif closes_on < period.certain:
        yield rule.warn(
            f"{of_lot}L’heure limite tombe le trentième jour, le {day(closes_on)} : selon une lecture, "
            "ce jour doit être entier.",
            f"Choisissez plutôt le {day(period.certain)}, ou écrivez pourquoi vous gardez ce jour.",
            place,
        )


@enforces("PR-01")
def office_hours(rule: Rule, facts: PeriodFacts) -> Findings:
    """A deadline falls when help can be had."""
    if facts.closes_at and not is_office_hour(facts.closes_at):
        yield rule.block(
            f"L’heure limite du {instant(facts.closes_at)} tombe hors des heures de bureau "
            "(jour ouvré, de 9 h à 18 h).",
            "Choisissez un jour ouvré entre 9 h et 18 h : une entreprise en difficulté doit pouvoir être aidée.",
            "closes_at",
        )


PERIOD_RULES = (thirty_days, office_hours)


def check_period(facts: PeriodFacts) -> list[Finding]:
    """Every finding on the deadline of a period: a new one, an extension, a period restarted by a corrective notice."""
    return run(PERIOD_RULES, facts)
