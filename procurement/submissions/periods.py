"""Periods as addresses name them: « candidature », « final », « tour-2 »."""

from procurement.calls.models import Lot, SubmissionPeriod

ROUND = "tour-"


def code_of(period: SubmissionPeriod) -> str:
    """The name of a period in the addresses of its lot."""
    if period.kind == SubmissionPeriod.Kind.ROUND:
        return f"{ROUND}{period.round_number}"
    return period.kind.replace("_", "-")


def period_of(lot: Lot, code: str) -> SubmissionPeriod | None:
    """The period of a lot that bears this name, None when there is none."""
    found = (period for period in lot.periods.prefetch_related("deadlines") if code_of(period) == code)
    return next(found, None)
