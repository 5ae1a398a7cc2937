"""Calendar files (RFC 5545), for events and deadlines: every instant in UTC, so that no table of zones is needed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpResponse

LONGEST_LINE = 75
"""Octets of a line before it is folded (RFC 5545, 3.1)."""
MEDIA_TYPE = "text/calendar; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Appointment:
    """What a calendar shows.

    Attributes:
        uid: Name that stays when the rest changes; the host of the site is added to it.
        title, text, place: Words for people.
        start, end: Instants with a zone.
        url: Whole address of its page.
        changed_at: When it last changed: a calendar replaces what it held by what is newer.
    """

    uid: str
    title: str
    start: datetime
    end: datetime
    changed_at: datetime
    text: str = ""
    place: str = ""
    url: str = ""


def calendar_file(name: str, appointments: Iterable[Appointment]) -> str:
    """The file, its lines ended as the format asks; nothing that people wrote can begin a line of its own."""
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//{_text(settings.SITE_NAME)}//FR",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{_text(name)}",
    ]
    for one in appointments:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{_text(one.uid)}@{host}",
            f"DTSTAMP:{_instant(one.changed_at)}",
            f"LAST-MODIFIED:{_instant(one.changed_at)}",
            f"DTSTART:{_instant(one.start)}",
            f"DTEND:{_instant(one.end)}",
            f"SUMMARY:{_text(one.title)}",
        ]
        lines += [
            f"{field}:{_text(value)}" for field, value in (("DESCRIPTION", one.text), ("LOCATION", one.place)) if value
        ]
        lines += [f"URL:{_address(one.url)}"] if one.url else []
        lines.append("END:VEVENT")
    lines.append("END:VCALENDAR")
    return "".join(f"{folded}\r\n" for line in lines for folded in _fold(line))


def calendar_response(filename: str, name: str, appointments: Iterable[Appointment]) -> HttpResponse:
    """The file, as browsers and calendars fetch it."""
    response = HttpResponse(calendar_file(name, appointments), content_type=MEDIA_TYPE)
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return "\\n".join("".join(letter for letter in line if letter.isprintable()) for line in escaped.splitlines())


def _address(value: str) -> str:
    return "".join(letter for letter in value if letter.isprintable() and letter != " ")


def _fold(line: str) -> list[str]:
    """The line in pieces of at most 75 octets, never cut inside of a letter; all but the first begin with a space."""
    pieces, piece, size = [], "", 0
    for letter in line:
        octets = len(letter.encode())
        if size + octets > LONGEST_LINE:
            pieces.append(piece)
            piece, size = " ", 1
        piece, size = piece + letter, size + octets
    return [*pieces, piece]
