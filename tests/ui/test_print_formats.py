"""Filters of the printed documents."""

import pytest

from marketplace.ui.templatetags import printing as formats


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (formats.money("198000.00"), "198 000,00 €"),
        (formats.money("0.5"), "0,50 €"),
        (formats.money(1234567), "1 234 567,00 €"),
        (formats.number("12500.5000"), "12 500,5"),
        (formats.number("100.0000"), "100"),
        (formats.percent(3500), "35 %"),
        (formats.percent(1250), "12,5 %"),
        (formats.percent(0), "0 %"),
        (formats.percent(10000), "100 %"),
        (formats.day("2027-01-12"), "12 janvier 2027"),
        (formats.day("2026-08-01"), "1er août 2026"),
        (formats.day("2026-12-31T23:30:00.000000Z"), "1er janvier 2027"),
        (formats.month("2026-11"), "novembre 2026"),
        (formats.deadline("2027-01-12T11:00:00.000000Z"), "mardi 12 janvier 2027 à 12 h 00, heure de Paris"),
        (
            formats.instant("2027-01-12T10:47:08.214503Z"),
            "mardi 12 janvier 2027, 11 h 47 min 08 s, heure de Paris (UTC+1)",
        ),
        (
            formats.precise("2027-07-12T10:00:00.000001Z"),
            "lundi 12 juillet 2027, 12 h 00 min 00,000001 s, heure de Paris (UTC+2)",
        ),
        (formats.siren("900000001"), "900 000 001"),
        (formats.siren("90000000100015"), "900 000 001 00015"),
        (formats.siren("BE0123456789"), "BE0123456789"),
        (formats.iban("FR7630001007941234567890185"), "FR76 3000 1007 9412 3456 7890 185"),
        (formats.bytes_size(8204512), "8,2 Mo"),
        (formats.bytes_size(2000000000), "2 Go"),
        (formats.bytes_size(1), "1 octet"),
        (formats.label("graded", "split"), "Répartition graduée"),
        (formats.label("inconnu", "split"), "inconnu"),
        (formats.target({"comparison": "at_least", "target": "90.0000", "unit": "%"}), "au moins 90 %"),
        (formats.target({"comparison": "at_most", "pass_mark": "0.25", "unit": "s"}), "au plus 0,25 s"),
    ],
)
def test_french_formats(shown, expected):
    assert plain(shown) == expected


@pytest.mark.parametrize(
    "format_of",
    [
        formats.money,
        formats.number,
        formats.percent,
        formats.day,
        formats.month,
        formats.deadline,
        formats.instant,
        formats.precise,
        formats.siren,
        formats.iban,
        formats.bytes_size,
        lambda value: formats.label(value, "split"),
        lambda value: formats.target({"target": value}),
    ],
)
@pytest.mark.parametrize("absent", [None, ""])
def test_an_absent_fact_is_said_to_be_missing(format_of, absent):
    assert "compléter avant signature" in formats.filled(format_of(absent))


@pytest.mark.parametrize("present", ["0", 0, "texte", ["a"]])
def test_a_present_fact_is_printed(present):
    assert formats.filled(present) == present
