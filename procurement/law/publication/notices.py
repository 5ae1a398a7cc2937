"""What the notices sent must be, and in which order they come out, before the call is shown here."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from procurement.law import parameters
from procurement.law.facts import PublicationFacts, SendingFacts
from procurement.law.findings import Findings
from procurement.law.registry import Rule, enforces
from procurement.law.wording import instant

JOUE = "joue"


@enforces("LR-34")
def after_the_joue(rule: Rule, facts: PublicationFacts) -> Findings:
    """Nothing comes out here or in France before the JOUE, unless 48 hours have passed since it confirmed receipt.

    Whether the notice is due to the JOUE at all is asked elsewhere (LR-33); before a sending is told, nothing is said.
    """
    sendings = facts.sendings or ()
    european = [one for one in sendings if one.channel == JOUE]
    if not european or facts.now is None:
        return
    hours = parameters.days("joue_wait", on=facts.launch_date)
    free_at = _free_at(european, facts.now, timedelta(hours=hours))
    if free_at is None or facts.now < free_at:
        until = f" L’appel pourra paraître ici le {instant(free_at)}." if free_at else ""
        yield rule.block(
            f"L’avis n’est pas encore paru au JOUE, et {hours} heures n’ont pas passé depuis que sa réception est "
            f"confirmée.{until}",
            "Attendez la parution au JOUE et notez son heure, ou notez l’heure à laquelle le JOUE a confirmé la "
            f"réception de l’avis et attendez {hours} heures.",
            "sendings",
        )
    for one in sendings:
        if one.channel != JOUE and one.published_at and (free_at is None or one.published_at < free_at):
            yield rule.block(
                f"Un avis national est paru le {instant(one.published_at)}, avant celui du JOUE.",
                "Vérifiez les heures. Si elles sont justes, la publicité est irrégulière : recommencez-la.",
                "sendings",
            )


def _free_at(european: Iterable[SendingFacts], now: datetime, wait: timedelta) -> datetime | None:
    """From when the call may come out elsewhere: the JOUE's own publication, or so long after it confirmed receipt."""
    out = [one.published_at for one in european if one.published_at and one.published_at <= now]
    waited = [one.receipt_confirmed_at + wait for one in european if one.receipt_confirmed_at]
    return min([*out, *waited], default=None)


RULES = (after_the_joue,)
