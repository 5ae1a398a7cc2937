"""French words for instants, money and sizes on pages. Printed documents have filters of their own for stored facts."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils.html import format_html
from django.utils.safestring import SafeString

from marketplace.ui.templatetags.printing import MONTHS, NBSP, PARIS, WEEKDAYS

SHORT_MONTHS = ("janv.", "févr.", "mars", "avril", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")


def paris(at: datetime) -> datetime:
    """The same instant on a clock in Paris."""
    return at.astimezone(PARIS)


def day_of(value: date | datetime) -> date:
    """The day in Paris."""
    return paris(value).date() if isinstance(value, datetime) else value


def day_words(value: date | datetime) -> str:
    """``12 janvier 2027``; an instant is read in Paris."""
    day = day_of(value)
    return f"{'1er' if day.day == 1 else day.day}{NBSP}{MONTHS[day.month - 1]}{NBSP}{day.year}"


def short_day_words(value: date | datetime) -> str:
    """``12 janv. 2027``, for tables."""
    day = day_of(value)
    return f"{'1er' if day.day == 1 else day.day}{NBSP}{SHORT_MONTHS[day.month - 1]}{NBSP}{day.year}"


def hour_words(at: datetime) -> str:
    """``12 h 00``, in Paris."""
    return f"{paris(at):%-H}{NBSP}h{NBSP}{paris(at):%M}"


def moment_words(at: datetime) -> str:
    """``mardi 12 janvier 2027 à 12 h 00, heure de Paris``: the only way a deadline is written."""
    return f"{WEEKDAYS[paris(at).weekday()]} {day_words(at)} à{NBSP}{hour_words(at)}, heure de Paris"


def short_moment_words(at: datetime) -> str:
    """``12 janv. 2027, 12 h 00``, for tables and journals."""
    return f"{short_day_words(at)}, {hour_words(at)}"


def precise_words(at: datetime) -> str:
    """``12 janvier 2027, 11 h 47 min 08 s, heure de Paris (UTC+1)``, for receipts."""
    local = paris(at)
    offset = local.utcoffset() or timedelta()
    clock = f"{local:%-H}{NBSP}h{NBSP}{local:%M}{NBSP}min{NBSP}{local:%S}{NBSP}s"
    return f"{day_words(at)}, {clock}, heure de Paris (UTC+{int(offset.total_seconds() // 3600)})"


def euros_words(amount: Decimal | int | None) -> str:
    """``198 000 €``; cents only when there are some. HT or TTC is for the page to say."""
    if amount is None:
        return ""
    value = Decimal(amount)
    text = f"{value:,.0f}" if value == value.to_integral() else f"{value:,.2f}"
    return text.replace(",", NBSP).replace(".", ",") + f"{NBSP}€"


def time_left_words(at: datetime, now: datetime) -> str:
    """What remains before `at`: days until 48 h, then hours and minutes, then minutes; empty once past."""
    left = at - now
    minutes = int(left.total_seconds() // 60)
    if left <= timedelta(0):
        return ""
    if left >= timedelta(hours=48):
        return f"{left.days}{NBSP}jours"
    if minutes >= 60:
        hours = minutes // 60
        return f"{hours}{NBSP}h{NBSP}{minutes % 60:02d}"
    return f"{minutes}{NBSP}minute{'s' if minutes > 1 else ''}" if minutes else "moins d’une minute"


def duration_words(seconds: float) -> str:
    """« 3 h 12 min », « 4 min 10 s », « 8 s »; less than a second is said so."""
    if seconds < 1:
        return "moins d’une seconde"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}\u00a0h\u00a0{minutes:02}\u00a0min"
    return f"{minutes}\u00a0min\u00a0{rest:02}\u00a0s" if minutes else f"{rest}\u00a0s"


def time_tag(at: datetime | date | None, words: str) -> SafeString | str:
    """The words inside `<time>`, with the instant and its offset for machines."""
    if at is None:
        return ""
    machine = paris(at).isoformat(timespec="seconds") if isinstance(at, datetime) else at.isoformat()
    return format_html('<time datetime="{}">{}</time>', machine, words)
