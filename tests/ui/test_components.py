"""The kit of pages: words of instants, fields as people type them, components that say what they mean."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django import forms
from django.template import Context, Template

from marketplace.ui import charts, formats
from marketplace.ui.forms import EurosField, MomentField, PercentField
from marketplace.ui.todo import Todo, by_due_date

AT = datetime(2027, 1, 12, 11, 0, tzinfo=UTC)


def render(source: str, **context: object) -> str:
    return Template("{% load ui %}" + source).render(Context(context))


def test_a_deadline_is_written_with_day_hour_and_zone():
    assert formats.moment_words(AT) == "mardi 12\u00a0janvier\u00a02027 à\u00a012\u00a0h\u00a000, heure de Paris"
    assert 'datetime="2027-01-12T12:00:00+01:00"' in render("{{ at|moment }}", at=AT)


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(days=5, hours=1), "5\u00a0jours"),
        (timedelta(hours=47, minutes=59), "47\u00a0h\u00a059"),
        (timedelta(minutes=1), "1\u00a0minute"),
        (timedelta(seconds=59), "moins d’une minute"),
        (timedelta(0), ""),
    ],
)
def test_what_remains_is_said_in_days_then_hours_then_minutes(left: timedelta, words: str):
    assert formats.time_left_words(AT, AT - left) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.4, "moins d’une seconde"),
        (8.4, "8\u00a0s"),
        (59.6, "1\u00a0min\u00a000\u00a0s"),
        (250, "4\u00a0min\u00a010\u00a0s"),
        (11_520, "3\u00a0h\u00a012\u00a0min"),
    ],
)
def test_durations_are_said_in_words(seconds, words):
    assert formats.duration_words(seconds) == words


def test_summer_and_winter_have_their_own_offset():
    assert formats.precise_words(datetime(2027, 7, 1, 10, 0, 8, tzinfo=UTC)).endswith("heure de Paris (UTC+2)")
    assert formats.precise_words(AT).endswith("heure de Paris (UTC+1)")


class OneForm(forms.Form):
    pay = EurosField(label="Montant")
    weight = PercentField(label="Poids", required=False, help_text="Sur cent.")
    closes_at = MomentField(label="Heure limite", is_binding=True)


def test_amounts_shares_and_moments_are_read_as_people_type_them():
    form = OneForm({"pay": "12 000,50 €", "weight": "12,5 %", "closes_at_day": "12/01/2027", "closes_at_hour": "12:00"})
    assert form.is_valid(), form.errors
    assert form.cleaned_data["pay"] == Decimal("12000.50")
    assert form.cleaned_data["weight"] == 1250
    assert form.cleaned_data["closes_at"].astimezone(UTC) == AT


@pytest.mark.parametrize("hour", ["00:00", "23:00", "05:59"])
def test_a_deadline_at_night_is_refused(hour: str):
    form = OneForm({"pay": "1", "closes_at_day": "2027-01-12", "closes_at_hour": hour})
    assert "Choisissez une heure entre 6 h et 23 h" in str(form.errors["closes_at"])


def test_half_a_moment_is_no_moment():
    form = OneForm({"pay": "1", "closes_at_day": "2027-01-12"})
    assert "Indiquez aussi l’heure" in str(form.errors["closes_at"])


def test_a_field_ties_its_hint_and_its_error_to_the_input():
    html = render("{% error_summary form %}{% fields form %}", form=OneForm({"weight": "140"}))
    assert 'aria-describedby="id_weight_helptext id_weight_error"' in html
    assert 'id="id_weight_error"' in html
    assert '<a href="#id_weight">Poids</a>' in html
    assert html.index("Sur cent.") < html.index(
        "Indiquez un pourcentage entre 0 et 100, par exemple 35 ou 12,5.", html.index('id="id_weight_error"')
    )
    assert "(facultatif)" in html


def test_the_error_of_a_moment_leads_to_its_day():
    html = render("{% error_summary form %}{% fields form %}", form=OneForm({"pay": "1", "closes_at_hour": "12:00"}))
    (target,) = re.findall(r'<a href="#([^"]*)">Heure limite</a>', html)
    assert re.search(rf'<input[^>]*name="closes_at_day"[^>]*id="{target}"', html)


def test_what_was_typed_stays_typed():
    html = render("{% fields form %}", form=OneForm({"pay": "douze", "weight": "12,5"}))
    assert 'value="douze"' in html
    assert 'value="12,5"' in html


def test_components_escape_what_people_wrote():
    html = render("{% card title=name %}{{ name }}{% endcard %}{% tag name %}{% task name %}", name="<script>")
    assert "<script>" not in html
    assert html.count("&lt;script&gt;") == 4


def test_a_stacked_bar_never_leaves_its_frame():
    meter = charts.Meter([charts.Part("Payé", 300), charts.Part("Engagé", 100, "info")], 240)
    assert meter.rectangles() == [(0.0, 100.0, "brand")]


def test_a_calendar_places_days_between_its_first_month_and_its_end():
    row = charts.GanttRow("Phase", "", [charts.Span(date(2026, 1, 15), date(2026, 12, 31))])
    chart = charts.Gantt([row], today=date(2026, 7, 2))
    assert (chart.begin, chart.x(date(2025, 1, 1)), chart.x(date(2026, 12, 31))) == (date(2026, 1, 1), 0, 100)
    assert len(chart.ticks()) == 6


def test_the_most_pressing_comes_first():
    later, sooner, undated = Todo("b", "#", AT), Todo("a", "#", AT - timedelta(days=1)), Todo("c", "#")
    assert by_due_date([undated, later, sooner]) == [sooner, later, undated]


@pytest.mark.parametrize(
    ("value", "written"),
    [("18.50", "18,5"), (Decimal("10.00"), "10"), ("0.25", "0,25"), ("1000", "1000"), (None, ""), ("", "")],
)
def test_a_measure_is_written_with_a_comma_and_no_idle_zero(value: object, written: str):
    assert render("{{ value|number }}", value=value) == written
