"""A clock in doubt around a deadline holds the opening until two people lift the doubt with reasons (B.4, LR-57).

Submissions are taken meanwhile: whoever hands in has no part in it. What was not measured is no doubt, and is never
shown as good.
"""

from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import require
from marketplace.journal.acts import act, record_refusals
from marketplace.journal.errors import Refusal
from procurement.calls.models import SubmissionPeriod
from procurement.submissions.models import ClockClearance, HealthSample

BEFORE, AFTER = timedelta(hours=1), timedelta(minutes=5)
"""Around the deadline, when a wrong clock may have made somebody late or early."""

LARGEST_DRIFT = timedelta(seconds=1)


def doubt(period: SubmissionPeriod) -> HealthSample | None:
    """The first sample that throws doubt on the clock around the deadline in force; None without any."""
    closes_at = SubmissionPeriod.objects.prefetch_related("deadlines").get(pk=period.pk).closes_at()
    drift = LARGEST_DRIFT // timedelta(microseconds=1)
    return HealthSample.objects.filter(
        Q(clock=HealthSample.Clock.UNSYNCHRONISED) | Q(drift_us__gt=drift) | Q(drift_us__lt=-drift),
        at__range=(closes_at - BEFORE, closes_at + AFTER),
    ).first()


def standing_doubt(period: SubmissionPeriod) -> HealthSample | None:
    """The doubt that holds the opening of a period; None without any, or once two people lifted it."""
    is_lifted = ClockClearance.objects.filter(period=period, confirmed_at__isnull=False).exists()
    return None if is_lifted else doubt(period)


@record_refusals("clock.propose_clearance")
def propose_clearance(*, period: SubmissionPeriod, reasons: str, actor: Actor, now: datetime) -> ClockClearance:
    """Write why the doubt on the clock changes nothing for anybody; a second person decides.

    Raises NotAllowed, and Refusal without a doubt, without reasons or when it is proposed already. Records
    `clock.clearance_proposed`.
    """
    call = period.lot.call
    require(actor, "clock.clear", call)
    if not reasons.strip():
        raise Refusal(_("Écrivez ce qui a été vérifié de l’horloge, et ce qui montre que personne n’en a souffert."))
    with act(call.chain, "clock.clearance_proposed", actor=actor, now=now, subject=period):
        if doubt(period) is None:
            raise Refusal(_("Aucune mesure ne met l’horloge en doute : l’ouverture peut commencer."))
        if ClockClearance.objects.filter(period=period).exists():
            raise Refusal(_("La levée du doute est déjà proposée : une seconde personne en décide."))
        clearance = ClockClearance(period=period, reasons=reasons, proposed_by_id=actor.user_id, proposed_at=now)
        clearance.save()
    return clearance


@record_refusals("clock.clear")
def confirm_clearance(*, clearance: ClockClearance, actor: Actor, now: datetime) -> ClockClearance:
    """Lift the doubt, as a second person. Raises NotAllowed, Refusal. Records `clock.cleared`."""
    call = clearance.period.lot.call
    require(actor, "clock.clear", call)
    with act(call.chain, "clock.cleared", actor=actor, now=now, subject=clearance.period):
        current = ClockClearance.objects.get(pk=clearance.pk)
        current.confirm(
            actor, now,
            done=_("Le doute est déjà levé : l’ouverture peut commencer."),
            own=_("Vous avez proposé de lever ce doute : une seconde personne, distincte, le décide."),
        )  # fmt: skip
    return current
