"""The stages that the demonstration shows: when a call was launched to stand there today, and what was played."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from marketplace.demo.play import award, contracts, deposits, evaluation, execution, negotiation, preparation, selection
from marketplace.demo.play.scene import CANDIDATURE_DAYS, Scene
from marketplace.demo.showcase import halfway, life
from marketplace.demo.showcase.calls import ShowcaseCall
from marketplace.demo.showcase.halfway import working_day_before
from procurement.law import calendar

Moment = Callable[[Scene], None]
LastMoment = Callable[[Scene, ShowcaseCall, date], None]

PUBLISHED = (preparation.prepare, preparation.announce)
APPLIED = (*PUBLISHED, deposits.apply)
TENDERED = (*APPLIED, selection.select, deposits.tender)
FINAL = (*TENDERED, negotiation.negotiate, deposits.tender_at_last)
CLEARED = (*FINAL, evaluation.evaluate, award.award, award.clear)
IN_EFFECT = (*CLEARED, contracts.write_to_all, contracts.sign, contracts.put_into_effect)
# A second person may take their time.
LONG_CANDIDATURE_DAYS = 49
PREPARATION_DAYS = 20


@dataclass(frozen=True, kw_only=True)
class ShownStage:
    """Where a call stands.

    `launched`: the day of its notice, from today. `moments` are played whole, `last` stops halfway. `has_kits`: whether
    somebody may still need the keys of its custodians.
    """

    label: str
    launched: Callable[[date], date | None]
    moments: tuple[Moment, ...] = ()
    last: LastMoment | None = None
    has_kits: bool = True
    candidature_days: int = CANDIDATURE_DAYS


def _ago(days: int) -> Callable[[date], date]:
    return lambda today: working_day_before(today, days)


def _closed_for(days: int) -> Callable[[date], date]:
    """The last launch whose candidatures closed at least so many days ago."""

    def launch(today: date) -> date:
        day = working_day_before(today, CANDIDATURE_DAYS + days)
        while (today - calendar.paris_date(preparation.candidatures_close_at(day, CANDIDATURE_DAYS))).days < days:
            day = working_day_before(day, 1)
        return day

    return launch


STAGES = {
    "closed": ShownStage(
        label="terminé, toute l’histoire est là", launched=_ago(320), moments=(*IN_EFFECT, execution.perform),
        has_kits=False,
    ),
    "gate": ShownStage(
        label="phase 2, décision de fin de phase à prendre", launched=_ago(316), moments=IN_EFFECT,
        last=halfway.perform_until_today, has_kits=False,
    ),
    "standstill": ShownStage(
        label="délai de suspension en cours", launched=_ago(182), moments=CLEARED, last=halfway.suspend, has_kits=False,
    ),
    "evaluation": ShownStage(
        label="offres ouvertes, notation en cours", launched=_ago(150), moments=FINAL, last=halfway.evaluate_partly,
    ),
    "negotiation": ShownStage(
        label="négociation en cours", launched=_ago(114), moments=TENDERED, last=halfway.negotiate_partly,
    ),
    "cancelled": ShownStage(
        label="déclaré sans suite", launched=_ago(75), moments=APPLIED, last=halfway.give_up, has_kits=False,
    ),
    "selection": ShownStage(
        label="candidatures ouvertes, sélection en cours", launched=_closed_for(5), moments=APPLIED,
        last=halfway.select_partly,
    ),
    "to_open": ShownStage(label="période close, plis à ouvrir", launched=_closed_for(1), moments=APPLIED),
    "open_soon": ShownStage(
        label="candidatures ouvertes, plus que quelques jours", launched=_ago(26), moments=PUBLISHED,
        last=halfway.apply_partly,
    ),
    "open": ShownStage(
        label="candidatures ouvertes, trois semaines encore", launched=_ago(14), moments=PUBLISHED,
        last=life.live_and_apply,
    ),
    "beside": ShownStage(
        label="ouvert, dépôt sur un autre profil d’acheteur", launched=_ago(8), moments=PUBLISHED, has_kits=False,
    ),
    "half_written": ShownStage(
        label="en préparation, à moitié écrit", launched=lambda today: None, last=halfway.write_half, has_kits=False,
    ),
    "to_publish": ShownStage(
        label="prêt, attend une seconde personne", launched=lambda today: today, last=halfway.await_second_person,
        candidature_days=LONG_CANDIDATURE_DAYS,
    ),
}  # fmt: skip
"""By code of `data/calls/*.json`, the longest story first."""


def begun_on(launch: date | None, today: date) -> date:
    """The day on which the author began to write."""
    return working_day_before(launch or today, PREPARATION_DAYS)
