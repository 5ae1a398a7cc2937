"""Calendar files: instants in UTC on both sides of the change of hour, and lines that no text can break."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from marketplace.ui.calendars import Appointment, calendar_file

PARIS = ZoneInfo("Europe/Paris")


def one(**changes) -> Appointment:
    start = changes.pop("start", datetime(2027, 1, 12, 10, tzinfo=PARIS))
    values = {"uid": "rencontre-1", "title": "Rencontre", "end": start + timedelta(hours=2), "changed_at": start}
    return Appointment(**{**values, "start": start, **changes})


def lines(*appointments: Appointment) -> list[str]:
    """The lines as a calendar reads them, folded ones joined again."""
    text = calendar_file("Agenda", appointments)
    assert text.endswith("\r\n")
    assert "\n" not in text.replace("\r\n", "")
    return text.replace("\r\n ", "").split("\r\n")[:-1]


@pytest.mark.parametrize(
    ("start", "written"),
    [
        (datetime(2027, 1, 12, 10, tzinfo=PARIS), "20270112T090000Z"),
        (datetime(2027, 7, 12, 10, tzinfo=PARIS), "20270712T080000Z"),
        (datetime(2027, 3, 28, 3, 30, tzinfo=PARIS), "20270328T013000Z"),
        (datetime(2027, 10, 31, 2, 30, tzinfo=PARIS, fold=1), "20271031T013000Z"),
    ],
    ids=["winter", "summer", "clock goes forward", "clock goes back"],
)
def test_an_instant_of_paris_is_written_in_utc(start, written):
    assert f"DTSTART:{written}" in lines(one(start=start))


@pytest.mark.parametrize("field", ["title", "text", "place", "url", "uid"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\x0b", "\x85", "\N{LINE SEPARATOR}"])
def test_no_text_begins_a_line_of_its_own(field, end):
    bad = f"Bonjour{end}ATTENDEE:mailto:x@exemple.fr{end}END:VEVENT{end}BEGIN:VEVENT"
    written = lines(one(**{field: bad}))
    assert sum(line.startswith("BEGIN:VEVENT") for line in written) == 1
    assert sum(line.startswith("END:VEVENT") for line in written) == 1
    assert not any(line.startswith("ATTENDEE") for line in written)


def test_signs_of_the_format_are_escaped():
    assert "SUMMARY:a\\, b\\; c\\\\ d\\ne" in lines(one(title="a, b; c\\ d\ne"))


def test_long_lines_are_folded_without_cutting_a_letter():
    title = "é€" * 100
    raw = calendar_file("Agenda", [one(title=title)])
    assert max(len(line.encode()) for line in raw.split("\r\n")) <= 75
    assert f"SUMMARY:{title}" in lines(one(title=title))


def test_an_empty_calendar_is_a_calendar():
    assert lines()[0] == "BEGIN:VCALENDAR"
    assert lines()[-1] == "END:VCALENDAR"
