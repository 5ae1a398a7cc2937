"""Dated figures of the law, chosen by the launch date of a call and never by today’s date."""

import tomllib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib import resources


class NoValueInForceError(LookupError):
    """The rule book knows no value for that launch date. The French message says which dates it knows."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One value with its unit (« EUR HT », « days », « % »…), its article and the dates it holds, both inclusive."""

    name: str
    value: Decimal | bool
    unit: str
    article: str
    in_force_from: date
    until: date | None = None

    def holds_on(self, day: date) -> bool:
        """Whether a call launched that day is under this value."""
        return self.in_force_from <= day and (self.until is None or day <= self.until)


@cache
def all_parameters() -> dict[str, tuple[Parameter, ...]]:
    """Every parameter by name, each with its successive values, oldest first."""
    table = tomllib.loads(resources.files(__package__).joinpath("parameters.toml").read_text("utf-8"))
    return {name: tuple(_parameter(name, entry) for entry in entries) for name, entries in table.items()}


def parameter(name: str, *, on: date | None) -> Parameter:
    """Find the parameter in force for a call launched that day.

    Raises KeyError for an unknown name, NoValueInForceError when no value holds on that date or the date is unknown.
    """
    known = all_parameters()[name]
    _require_date(on)
    for candidate in known:
        if candidate.holds_on(on):
            return candidate
    dates = ", ".join(f"{one.in_force_from} – {one.until or '…'}" for one in known)
    raise NoValueInForceError(f"Aucune valeur de « {name} » pour un lancement le {on} (valeurs connues : {dates}).")


def value(name: str, *, on: date | None) -> Decimal:
    """Number in force for a call launched that day, in the unit of the parameter. Raises as `parameter` does."""
    return Decimal(parameter(name, on=on).value)


def value_or_none(name: str, *, on: date | None) -> Decimal | None:
    """Number in force for a call launched that day, None on a date without value: a rule begun later, or ended.

    Raises KeyError for an unknown name, NoValueInForceError when the date is unknown.
    """
    _require_date(on)
    return next((Decimal(one.value) for one in all_parameters()[name] if one.holds_on(on)), None)


def days(name: str, *, on: date | None) -> int:
    """Whole number of calendar days in force for a call launched that day. Raises as `parameter` does."""
    return int(value(name, on=on))


def requires(name: str, *, on: date | None) -> bool:
    """Whether a duty is in force for a call launched that day; before its first date it is not.

    Raises KeyError for an unknown name, NoValueInForceError when the date is unknown.
    """
    _require_date(on)
    return any(one.holds_on(on) and one.value is True for one in all_parameters()[name])


def _require_date(launch_date: date | None) -> None:
    if launch_date is None:
        raise NoValueInForceError("La date de lancement manque : les chiffres de la loi dépendent d’elle.")


def _parameter(name: str, entry: dict) -> Parameter:
    raw = entry["value"]
    return Parameter(
        name=name,
        value=raw if isinstance(raw, bool) else Decimal(raw),
        unit=entry["unit"],
        article=entry["article"],
        in_force_from=entry["from"],
        until=entry.get("until"),
    )
