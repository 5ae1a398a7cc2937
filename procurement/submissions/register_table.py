"""The register of deposits of another buyer profile, as a table (CSV): each line read, every fault told by its line.

Nothing here decides whether a deposit came in time: the table has no such column, and would not be believed.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from marketplace.accounts.identifiers import InvalidIdentifier, checked_identifier, siren_of

PARIS = ZoneInfo("Europe/Paris")
COLUMNS = ("numéro", "entreprise", "identifiant", "courriel", "reçu le", "plis")
"""Titles of the columns, in the order of the template that the page gives."""

MOST_LINES = 2_000
LARGEST_TABLE = 2 * 1024 * 1024
LONGEST_NUMBER, LONGEST_NAME = 40, 250
_MOMENT = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2}|\d{2}/\d{2}/\d{4})[T ]+(?P<hour>\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?)"
    r"\s*(?P<zone>Z|[+-]\d{2}:?\d{2}|Europe/Paris)?"
)
_NUMBER = re.compile(r"[\w.-]+( [\w.-]+)*")


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong in what was sent: where (« Ligne 3 », the path of a file), and what to do about it."""

    where: str
    text: str


@dataclass(frozen=True, slots=True)
class TableLine:
    """One sound line.

    Attributes:
        rank: Line of the file, the titles being line 1.
        number: Number of the deposit in the register: the name of its folder too.
        received_at: End of the reception (UTC).
        envelopes: Codes of the envelopes that the line announces, in the order of the period.
    """

    rank: int
    number: str
    firm_name: str
    scheme: str
    identifier: str
    email: str
    received_at: datetime
    envelopes: tuple[str, ...]

    @property
    def firm(self) -> str:
        """What two lines of one firm have in common: the SIREN where there is one."""
        return siren_of(self.scheme, self.identifier) or f"{self.scheme}:{self.identifier}"


def plain(text: str) -> str:
    """Small letters without accents nor signs: how titles and folders are compared."""
    bare = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return " ".join(re.findall(r"[a-z0-9]+", bare))


def rows_of(content: bytes, columns: Sequence[str]) -> tuple[list[tuple[int, dict[str, str]]], list[Fault]]:
    """The lines of a table whose titles are `columns` (order and accents do not matter), with their rank.

    Gives a fault, and no line, for what is no such table.
    """
    if len(content) > LARGEST_TABLE:
        return [], [Fault("Le tableau", "Il dépasse 2 Mio : ce n’est pas un registre de dépôts.")]
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    first = text.splitlines()[0] if text.strip() else ""
    delimiter = max(";,\t", key=first.count)
    try:
        table = [*csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)]
    except csv.Error:
        return [], [Fault("Le tableau", "Il n’est pas lisible : enregistrez-le en CSV depuis votre tableur.")]
    titles = [plain(title) for title in table[0]] if table else []
    wanted = {plain(name): name for name in columns}
    missing = [name for key, name in wanted.items() if key not in titles]
    if missing:
        return [], [Fault("Ligne 1", f"Il manque la colonne « {' », « '.join(missing)} » : partez du modèle.")]
    twice = [wanted[title] for title in wanted if titles.count(title) > 1]
    if twice:
        return [], [Fault("Ligne 1", f"La colonne « {twice[0]} » y est deux fois : gardez-en une.")]
    if len(table) - 1 > MOST_LINES:
        return [], [Fault("Le tableau", f"Il compte plus de {MOST_LINES} lignes : ce n’est pas le registre d’un lot.")]
    places = {name: titles.index(key) for key, name in wanted.items()}
    rows = [
        (rank, {name: row[place].strip() if place < len(row) else "" for name, place in places.items()})
        for rank, row in enumerate(table[1:], start=2)
        if any(cell.strip() for cell in row)
    ]
    return rows, [] if rows else [Fault("Le tableau", "Il n’a aucune ligne sous ses titres.")]


def read_table(content: bytes, envelopes: dict[str, str]) -> tuple[list[TableLine], list[Fault]]:
    """Every sound line of a register, and every fault. `envelopes`: those of the period, {code: name in French}."""
    rows, faults = rows_of(content, COLUMNS)
    lines = []
    for rank, row in rows:
        found = list(_faults_of(row, envelopes))
        faults += [Fault(f"Ligne {rank}", text) for text in found]
        if not found:
            lines.append(_line(rank, row, envelopes))
    return lines, faults + list(_twice(lines))


def _line(rank: int, row: dict[str, str], envelopes: dict[str, str]) -> TableLine:
    scheme, identifier = _identified(row["identifiant"])
    return TableLine(
        rank=rank,
        number=row["numéro"],
        firm_name=row["entreprise"],
        scheme=scheme,
        identifier=identifier,
        email=row["courriel"].lower(),
        received_at=_instant(row["reçu le"]),
        envelopes=_announced(row["plis"], envelopes),
    )


def _faults_of(row: dict[str, str], envelopes: dict[str, str]) -> Iterator[str]:
    if not _NUMBER.fullmatch(row["numéro"]) or len(row["numéro"]) > LONGEST_NUMBER or set(row["numéro"]) <= {"."}:
        yield "Le numéro manque, ou contient un signe qu’un dossier ne peut pas porter."
    if not row["entreprise"] or len(row["entreprise"]) > LONGEST_NAME or not row["entreprise"].isprintable():
        yield f"Écrivez le nom de l’entreprise, en {LONGEST_NAME} signes au plus."
    for read, name in ((_identified, "identifiant"), (_address, "courriel"), (_instant, "reçu le")):
        try:
            read(row[name])
        except InvalidIdentifier as refused:
            yield refused.reasons[0]
        except ValueError as refused:
            yield str(refused)
    try:
        _announced(row["plis"], envelopes)
    except ValueError as refused:
        yield str(refused)


def _identified(text: str) -> tuple[str, str]:
    """Register and checked identifier: nine digits are a SIREN, fourteen a SIRET, two letters begin a VAT number."""
    digits = re.sub(r"[\s.]", "", text)
    if digits.isdecimal() and len(digits) == 9:
        scheme = "siren"
    elif digits.isdecimal() and len(digits) == 14:
        scheme = "siret"
    elif re.match(r"[A-Za-z]{2}[\s.]*\w", text) and any(sign.isdigit() for sign in text):
        scheme = "eu_vat"
    else:
        scheme = "other"
    try:
        return scheme, checked_identifier(scheme, text)
    except InvalidIdentifier:
        # An identifier of another register may begin like a VAT number.
        if scheme == "eu_vat" and not text.upper().startswith("FR"):
            return "other", checked_identifier("other", text)
        raise


def _address(text: str) -> str:
    try:
        validate_email(text)
    except ValidationError as error:
        raise ValueError("Le courriel manque ou n’est pas complet, par exemple nom@exemple.fr.") from error
    return text


def _instant(text: str) -> datetime:
    """An instant with its seconds and its zone, in UTC. Raises ValueError in words that help."""
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise ValueError(
            "La date de réception n’est pas lisible : écrivez-la comme 2027-01-15T11:59:58+01:00 ou "
            "15/01/2027 11:59:58 +01:00."
        )
    if found["hour"].count(":") < 2:
        raise ValueError("La date de réception n’a pas de secondes : un pli se juge à la seconde près.")
    if not found["zone"]:
        raise ValueError("La date de réception n’a pas de fuseau : ajoutez +01:00, +02:00, Z ou Europe/Paris.")
    day = found["day"] if "-" in found["day"] else "-".join(reversed(found["day"].split("/")))
    zone = found["zone"].replace("Z", "+00:00")
    try:
        if zone == "Europe/Paris":
            local = datetime.fromisoformat(f"{day}T{found['hour']}")
            return _in_paris(local)
        return datetime.fromisoformat(f"{day}T{found['hour']}{zone}").astimezone(UTC)
    except (ValueError, OverflowError) as error:
        if str(error) in _OF_PARIS:
            raise
        raise ValueError("La date de réception n’existe pas au calendrier.") from error


_OF_PARIS = (
    "Cette heure de Paris existe deux fois ce jour-là : écrivez +02:00 ou +01:00.",
    "Cette heure de Paris n’existe pas ce jour-là : écrivez +01:00 ou +02:00.",
)


def _in_paris(local: datetime) -> datetime:
    early, late = (local.replace(tzinfo=PARIS, fold=fold).astimezone(UTC) for fold in (0, 1))
    if early != late:
        raise ValueError(_OF_PARIS[0] if early < late else _OF_PARIS[1])
    return early


def _announced(text: str, envelopes: dict[str, str]) -> tuple[str, ...]:
    """Codes of the envelopes that a line announces; empty cell: all those of the period."""
    if not text:
        return tuple(envelopes)
    known = folders(envelopes)
    told = [plain(part) for part in re.split(r"[,/+|]", text) if part.strip()]
    unknown = [part for part in told if part not in known]
    if unknown:
        names = ", ".join(name.lower() for name in envelopes.values())
        raise ValueError(f"Le pli « {unknown[0]} » n’est pas attendu dans cette période : {names}.")
    codes = {known[part] for part in told}
    return tuple(code for code in envelopes if code in codes)


def folders(envelopes: Iterable[str] | dict[str, str]) -> dict[str, str]:
    """What an envelope may be called in a table or a folder, {plain name: code}."""
    names = {
        "candidature": ("candidature", "candidatures"),
        "technical": ("technique", "offre technique", "offre", "technical"),
        "price": ("prix", "offre financiere", "financier", "price"),
    }
    return {name: code for code in envelopes for name in names[code]}


def _twice(lines: Sequence[TableLine]) -> Iterator[Fault]:
    seen: dict[tuple[str, Any], int] = {}
    for line in lines:
        for key, text in (
            (("number", plain(line.number)), "Le numéro « {} » est déjà celui de la ligne {}."),
            (
                ("firm", line.firm),
                "{} est déjà à la ligne {} : ne gardez que son dernier pli reçu dans les délais (R2151-6).",
            ),
        ):
            first = seen.setdefault(key, line.rank)
            if first != line.rank:
                what = line.number if key[0] == "number" else line.firm_name
                yield Fault(f"Ligne {line.rank}", text.format(what, first))
