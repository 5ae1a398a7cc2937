"""The notice as it came out against the one prepared here, field by field. Pure: texts in, verdicts out."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Literal
from zoneinfo import ZoneInfo

from procurement.calls.documents import money
from procurement.calls.facts import first_period, lot_facts, lots_with_everything
from procurement.calls.models import Publication
from procurement.law.estimate import estimated_value
from procurement.law.wording import MONTHS

Kind = Literal["text", "digits", "amount", "count", "day", "moment"]
Verdict = Literal["same", "differs", "found", "absent", "unread"]
PARIS = ZoneInfo("Europe/Paris")


@dataclass(frozen=True, slots=True)
class Field:
    """A field that is compared: its eForms code (with the lot for one of a lot), its label, how texts are read."""

    code: str
    label: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Compared:
    """One field: what was prepared, what came out, and what the comparison says.

    `verdict`: same or differs for a field that somebody read; found or absent when it was looked for in the text;
    unread when there is nothing to look at.
    """

    field: Field
    ours: str
    theirs: str
    verdict: Verdict

    @property
    def is_gap(self) -> bool:
        """Whether the buyer must look at it."""
        return self.verdict in {"differs", "absent"}


COMMON = (
    Field("BT-21", "Titre", "text"),
    Field("BT-501", "Numéro d’enregistrement de l’acheteur", "digits"),
    Field("BT-262", "Code CPV principal", "digits"),
    Field("BT-27", "Valeur estimée hors TVA, en euros", "amount"),
    Field("lots", "Nombre de lots", "count"),
    Field("BT-05", "Date d’envoi de l’avis", "day"),
)


def deadline_field(number: int, *, alone: bool) -> Field:
    """The deadline of the candidatures of a lot; its number is said when there are several."""
    suffix = "" if alone else f", lot {number}"
    return Field(f"BT-1311/{number}", f"Heure limite des demandes de participation{suffix}", "moment")


def fields_of(ours: Mapping[str, str]) -> list[Field]:
    """The fields compared for a notice, in the order of the form, from what was prepared."""
    numbers = sorted(int(code.partition("/")[2]) for code in ours if code.startswith("BT-1311/"))
    return [*COMMON, *(deadline_field(number, alone=len(numbers) == 1) for number in numbers)]


def prepared(publication: Publication) -> dict[str, str]:
    """What the notice had to say when it was sent, by code: instants and days in ISO, amounts with two decimals."""
    call = publication.call
    lots = lots_with_everything(call)
    value = estimated_value([lot_facts(lot) for lot in lots])
    said = {
        "BT-21": call.title,
        "BT-501": call.lead_buyer.identifier,
        "BT-262": call.cpv,
        "BT-27": money(value) if value is not None else "",
        "lots": str(len(lots)),
        "BT-05": publication.sent_at.astimezone(PARIS).date().isoformat(),
    }
    for lot in lots:
        period = first_period(lot)
        # A later extension is not what this notice said.
        first = min(period.deadlines.all(), key=lambda row: row.decided_at) if period else None
        said[f"BT-1311/{lot.number}"] = first.closes_at.astimezone(PARIS).isoformat() if first else ""
    return said


def compare(ours: Mapping[str, str], said: Mapping[str, str], text: str) -> list[Compared]:
    """Every field with its verdict; one that nobody read is looked for in the text, when there is one."""
    return [_compared(field, ours.get(field.code, ""), said.get(field.code, ""), text) for field in fields_of(ours)]


def gaps(rows: Iterable[Compared]) -> list[Compared]:
    """The rows that differ, or that the text does not hold."""
    return [row for row in rows if row.is_gap]


def shown(kind: Kind, value: str) -> str:
    """A value as a page writes it; an unreadable one as it is."""
    if not value:
        return ""
    if kind == "moment":
        at = datetime.fromisoformat(value).astimezone(PARIS)
        return f"{at:%d/%m/%Y} à {at:%H} h {at:%M}"
    if kind == "day":
        return f"{date.fromisoformat(value):%d/%m/%Y}"
    if kind == "amount":
        return f"{Decimal(value):,.2f}".replace(",", "\u202f").replace(".", ",") + "\u00a0€"
    return value


def _compared(field: Field, ours: str, theirs: str, text: str) -> Compared:
    verdict: Verdict = "unread"
    if theirs:
        verdict = "same" if _key(field.kind, ours) == _key(field.kind, theirs) else "differs"
    elif text.strip() and ours:
        found = FINDERS[field.kind](ours, text)
        verdict = "unread" if found is None else "found" if found else "absent"
    return Compared(field, shown(field.kind, ours), shown(field.kind, theirs), verdict)


def _key(kind: Kind, value: str) -> Any:
    """What two spellings of the same value have in common."""
    if kind == "digits":
        # The control figure of a CPV code may be left out.
        return re.sub(r"\D", "", value.partition("-")[0]) or _plain(value)
    if kind == "amount":
        try:
            return Decimal(value)
        except InvalidOperation:
            return value
    if kind == "moment" and value:
        return datetime.fromisoformat(value)
    return _plain(value) if kind == "text" else value.strip()


def _plain(text: str) -> str:
    """Small letters without accents, one space between words, straight apostrophes."""
    flat = unicodedata.normalize("NFKD", text.replace("’", "'")).casefold()
    return " ".join("".join(one for one in flat if not unicodedata.combining(one)).split())


def _has_text(ours: str, text: str) -> bool:
    return _plain(ours) in _plain(text)


def _close_digits(text: str) -> str:
    """Figures written in groups, run together."""
    return re.sub(r"(?<=\d)[\s.\u00a0\u202f](?=\d{3}(?!\d))", "", text)


def _has_digits(ours: str, text: str) -> bool:
    wanted = _key("digits", ours)
    return bool(re.search(rf"(?<!\d){wanted}(?!\d)", re.sub(r"(?<=\d)[\s\u00a0\u202f](?=\d)", "", text)))


def _has_amount(ours: str, text: str) -> bool:
    whole, cents = f"{Decimal(ours):.2f}".split(".")
    tail = r"(?:[.,]00)?" if cents == "00" else f"[.,]{cents}"
    return bool(re.search(rf"(?<!\d){whole}{tail}(?![\d]|[.,]\d)", _close_digits(text)))


def _has_count(ours: str, text: str) -> bool | None:
    """Lots are numbered in a notice; a text that numbers none tells nothing."""
    numbers = {int(one) for one in re.findall(r"\blot[\s\-]*(?:n[°o]\s*)?0*(\d{1,3})\b", _plain(text))}
    return len(numbers) == int(ours) if numbers else None


def _has_day(ours: str, text: str) -> bool:
    return _says_day(date.fromisoformat(ours), text)


def _says_day(on: date, text: str) -> bool:
    number = "1er" if on.day == 1 else str(on.day)
    spellings = (f"{on:%d/%m/%Y}", on.isoformat(), f"{number} {MONTHS[on.month - 1]} {on.year}")
    return any(_plain(one) in _plain(text) for one in spellings)


def _has_moment(ours: str, text: str) -> bool:
    at = datetime.fromisoformat(ours).astimezone(PARIS)
    hours = {str(at.hour), f"{at.hour:02d}"}
    minutes = f"{at.minute:02d}" + ("|" if at.minute == 0 else "")
    clock = rf"(?<!\d)(?:{'|'.join(hours)})\s*(?:h|:|heures?)\s*(?:{minutes})(?!\d)"
    return _says_day(at.date(), text) and bool(re.search(clock, _plain(text)))


FINDERS: dict[Kind, Callable[[str, str], bool | None]] = {
    "text": _has_text,
    "digits": _has_digits,
    "amount": _has_amount,
    "count": _has_count,
    "day": _has_day,
    "moment": _has_moment,
}
