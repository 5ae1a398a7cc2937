"""Reading JSON strictly: unknown fields, missing values and wrong types are all told, in French, with their place."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from marketplace.demo.plan import FULL_WEIGHT

Value = TypeVar("Value")

_AMOUNT = re.compile(r"\d{1,12}(\.\d{1,2})?")


class InputError(Exception):
    """A file cannot be read. `problems` are French sentences: which field, what is wrong, what to write."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = list(problems)


class Reading:
    """A JSON object being read. Problems are gathered in one list for the whole file; unknown fields are told by `end`.

    Reading goes on after a problem, with the value that stands for « nothing », so that all are told together.
    """

    def __init__(self, value: object, path: str, problems: list[str]) -> None:
        self.path = path
        self.problems = problems
        self._known: set[str] = set()
        self._values: Mapping[str, Any] = {}
        if isinstance(value, dict):
            self._values = value
        else:
            problems.append(f"« {path} » doit être un objet JSON entre accolades, pas {_kind(value)}.")

    def problem(self, key: str, what: str) -> None:
        """Note what is wrong with a field."""
        self.problems.append(f"« {self._place(key)} » {what}")

    def has(self, key: str) -> bool:
        """Whether the file gives a value for the field."""
        return self._values.get(key) is not None

    def raw(self, key: str) -> Any:
        """The value as it is; None when the field is absent or null."""
        self._known.add(key)
        return self._values.get(key)

    def text(self, key: str, *, required: bool = False) -> str:
        """A text, stripped."""
        value = self.raw(key)
        if value is None or (isinstance(value, str) and not value.strip()):
            if required:
                self.problem(key, "manque : écrivez un texte.")
            return ""
        if not isinstance(value, str):
            self.problem(key, f"doit être un texte entre guillemets, pas {_kind(value)}.")
            return ""
        return value.strip()

    def choice(self, key: str, accepted: Mapping[str, str], *, required: bool = False) -> str:
        """One of the codes of `accepted`, which maps what may be written to what it means."""
        value = self.text(key, required=required)
        if value and value not in accepted:
            self.problem(key, f"vaut « {value} » : écrivez l’un de ces codes : {', '.join(accepted)}.")
            return ""
        return accepted.get(value, "")

    def integer(self, key: str, *, least: int = 0) -> int | None:
        """A whole number, `least` or more."""
        value = self.raw(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            self.problem(key, f"doit être un nombre entier, {least} ou plus, sans guillemets.")
            return None
        return value

    def number(self, key: str) -> Decimal | None:
        """A number, whole or not."""
        value = self.raw(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            self.problem(key, "doit être un nombre sans guillemets, avec un point pour les décimales.")
            return None
        return Decimal(value)

    def money(self, key: str) -> Decimal | None:
        """An amount in euros HT: a number, or a text like "198000.00"."""
        value = self.raw(key)
        if value is None:
            return None
        written = str(value)
        if isinstance(value, bool) or not _AMOUNT.fullmatch(written):
            self.problem(
                key, "doit être un montant en euros HT : un nombre positif, deux décimales au plus (198000.00)."
            )
            return None
        return Decimal(written)

    def percent(self, key: str, *, required: bool = False) -> int | None:
        """A percentage written as a number (35 or 12.5), in hundredths of a percent."""
        value = self.raw(key)
        if value is None:
            if required:
                self.problem(key, "manque : écrivez un pourcentage, par exemple 35.")
            return None
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            self.problem(
                key, "doit être un pourcentage écrit comme un nombre, par exemple 35 ou 12.5, sans guillemets."
            )
            return None
        hundredths = Decimal(value) * 100
        if hundredths != int(hundredths) or not 0 <= hundredths <= FULL_WEIGHT:
            self.problem(key, "doit être un pourcentage de 0 à 100, avec deux décimales au plus.")
            return None
        return int(hundredths)

    def flag(self, key: str) -> bool:
        """True or false; absent is false."""
        value = self.raw(key)
        if value is not None and not isinstance(value, bool):
            self.problem(key, "doit valoir true ou false, sans guillemets.")
        return value is True

    def day(self, key: str) -> date | None:
        """A date, written 2027-01-12."""
        value = self.text(key)
        if not value:
            return None
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.problem(key, f"vaut « {value} » : écrivez une date comme 2027-01-12.")
            return None

    def objects(self, key: str, read: "Callable[[Reading], Value]") -> tuple[Value, ...]:
        """A list of objects, each read by `read`."""
        return tuple(self._read_one(item, f"{self._place(key)}[{n}]", read) for n, item in self._items(key))

    def one(self, key: str, read: "Callable[[Reading], Value]") -> Value | None:
        """One object read by `read`; None when absent."""
        value = self.raw(key)
        return None if value is None else self._read_one(value, self._place(key), read)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts."""
        found = []
        for n, item in self._items(key):
            if isinstance(item, str) and item.strip():
                found.append(item.strip())
            else:
                self.problem(f"{key}[{n}]", "doit être un texte entre guillemets.")
        return tuple(found)

    def integers(self, key: str) -> tuple[int, ...]:
        """A list of whole numbers."""
        found = []
        for n, item in self._items(key):
            if isinstance(item, int) and not isinstance(item, bool) and item >= 0:
                found.append(item)
            else:
                self.problem(f"{key}[{n}]", "doit être un nombre entier positif.")
        return tuple(found)

    def texts_or_objects(
        self, key: str, read: "Callable[[Reading], Value]", from_text: Callable[[str], Value]
    ) -> tuple[Value, ...]:
        """A list whose items are objects, or texts that say the same in one line."""
        return tuple(
            from_text(item) if isinstance(item, str) else self._read_one(item, f"{self._place(key)}[{n}]", read)
            for n, item in self._items(key)
        )

    def end(self) -> None:
        """Tell every field that nobody asked for."""
        for key in self._values:
            if key not in self._known:
                known = ", ".join(sorted(self._known))
                self.problem(
                    key, f"n’est pas un champ connu : retirez-le ou corrigez son nom. Champs acceptés : {known}."
                )

    def _place(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def _items(self, key: str) -> list[tuple[int, Any]]:
        value = self.raw(key)
        if value is None:
            return []
        if not isinstance(value, list):
            self.problem(key, f"doit être une liste entre crochets, pas {_kind(value)}.")
            return []
        return list(enumerate(value, start=1))

    def _read_one(self, value: object, path: str, read: "Callable[[Reading], Value]") -> Value:
        reading = Reading(value, path, self.problems)
        result = read(reading)
        if isinstance(value, dict):
            reading.end()
        return result


def decimal_of(written: str) -> Decimal | None:
    """The number that a French or English text writes (« 1 200,5 »); None when it is none."""
    tidied = re.sub(r"[\s\u00a0\u202f]", "", written).replace(",", ".")
    try:
        return Decimal(tidied)
    except InvalidOperation:
        return None


def _kind(value: object) -> str:
    if value is None:
        return "une valeur vide"
    if isinstance(value, bool):
        return "vrai ou faux"
    if isinstance(value, int | Decimal):
        return "un nombre"
    if isinstance(value, str):
        return "un texte"
    return "une liste" if isinstance(value, list) else "un objet"
