"""Twenty-five questions make a first draft that the rule book finds nothing to say against, screen by screen."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.urls import reverse

from procurement.calls.models import Call, Lot
from procurement.calls.services.publishing import findings
from procurement.calls.steps import SCREENS as STEPS_OF_TEXT
from procurement.calls.steps_base import questions_of
from tests.calls.builders import Team, make_team, team_user, write_call
from tests.calls.pages import NOW, SCREENS, begin, client_of, errors_of, team_rows, url_of
from tests.factories import within_act

pytestmark = pytest.mark.django_db

QUESTIONS_AT_MOST = 25
EMAIL_OF_EACH = 1
"""The screen of the team asks one question: who; the roles are there already."""

# What a person types, and nothing else: one answer for each question at first sight.
TYPED = {
    "besoin": {
        "call-domain": "mobilite",
        "need-problem": "Les personnes aveugles ratent leur bus une fois sur cinq.",
        "need-expected_results": "Neuf bus attrapés sur dix",
        "need-sustainable_development": "Moins de trajets en voiture",
        "need-innovation_indicators": ["research_needed"],
        "need-innovation_reasons": "Aucun guidage ne marche quand les quais changent",
    },
    "sourcage": {
        **{f"sources-{n}-{name}": "guidage" for n in range(4) for name in ("query", "result", "reason")},
        "firms-0-name": "Voie Douce",
        "firms-0-met_on": "2027-01-05",
        "firms-0-information": "Le plan des quais",
        "study-is_signed": "on",
    },
    "phases": {
        "partners-partners_max": "2",
        "phases-0-duration_months": "6",
        "phases-0-remuneration_fixed_ht": "60 000",
        "phases-0-objectives-0-indicator": "Bons quais trouvés",
        "phases-0-objectives-0-target": "80",
        "acquisition-total_cost_max_ht": "150 000",
    },
    "criteres": {"requirements-0-text": "Fonctionner sans borne fixe"},
    "dates": {},
    "documents": {"documents-personal_data_processed": "yes"},
}
# Made by other people, or on other pages.
ELSEWHERE = {"LR-01", "LR-35", "LR-40", "LR-52", "LR-57", "PR-05"}


def shown_in(html: str) -> dict[str, object]:
    """What a browser would post of a page as it stands."""
    data: dict[str, object] = {}
    form = BeautifulSoup(html, "html.parser").select_one("form[data-autosave]")
    for box in form.select("input, textarea, select"):
        name, kind = box.get("name"), box.get("type")
        if not name or name == "csrfmiddlewaretoken" or (kind in {"checkbox", "radio"} and not box.has_attr("checked")):
            continue
        if box.name == "select":
            chosen = box.select_one("option[selected]") or box.select_one("option")
            data[name] = chosen["value"]
        elif box.name == "textarea":
            data[name] = box.text.removeprefix("\n")
        else:
            data[name] = box.get("value", "on" if kind == "checkbox" else "")
    return data


def write_first_draft(client: Client, call: Call) -> None:
    """The six screens of text, each as it is proposed but for what a person types."""
    for code, typed in TYPED.items():
        shown = shown_in(client.get(url_of(call, code)).content.decode())
        assert not {name for name in typed if name not in shown} - {
            name for name in typed if "indicators" in name or "processed" in name or "is_signed" in name
        }, code
        answer = client.post(url_of(call, code), shown | typed)
        assert answer.status_code == 302, (code, errors_of(answer))


def test_the_seven_screens_ask_twenty_five_questions_at_most(team: Team):
    call = begin(client_of(team.author))
    lot = Lot.objects.select_related("call").get()
    asked = {
        code: [name for key, part in step.forms(call, lot, now=NOW).items() if key not in step.folded
               for name in questions_of(part)]
        for code, step in STEPS_OF_TEXT.items()
    }  # fmt: skip
    assert sum(map(len, asked.values())) + EMAIL_OF_EACH <= QUESTIONS_AT_MOST, asked


def test_the_first_draft_lacks_only_what_others_must_do(team: Team):
    author = client_of(team.author)
    call = begin(author)
    write_first_draft(author, call)
    assert author.post(reverse("calls:team", args=[call.reference]), team_rows(team)).status_code == 302
    found = findings(call=Call.objects.get(), actor=team.author, now=NOW + timedelta(days=1))
    assert {one.rule for one in found} <= ELSEWHERE, [str(one) for one in found]
    [lot] = call.lots.all()
    assert (lot.partners_max, Call.objects.get().partner_mode) == (2, "several")
    assert [level.indicator for level in lot.acquisition.levels.all()] == ["Bons quais trouvés"]
    assert lot.terms.ccag.startswith("CCAG")


def test_proposals_are_said_until_the_screen_is_written_and_never_shown_as_written(team: Team):
    author = client_of(team.author)
    call = begin(author)
    for code in TYPED:
        assert "Une proposition vous attend" in author.get(url_of(call, code)).content.decode(), code
    screens = author.get(reverse("calls:check", args=[call.reference])).context["screens"]
    written = [str(block.lines) + str(block.rows) for screen in screens for _folded, block in screen["blocks"]]
    assert not any("CCAG" in one or "Explorer" in one for one in written)
    write_first_draft(author, call)
    for code in TYPED:
        assert "Une proposition vous attend" not in author.get(url_of(call, code)).content.decode(), code


def test_a_finding_stands_beside_its_question_and_the_question_names_it(team: Team):
    author = client_of(team.author)
    call = begin(author)
    write_first_draft(author, call)
    page = author.get(url_of(call, "besoin")).content.decode()
    assert "reste à compléter" not in page
    changed = shown_in(page) | {"need-innovation_reasons": "", "call-no_lots_reason": ""}
    author.post(url_of(call, "besoin"), changed)
    html = BeautifulSoup(author.get(url_of(call, "besoin")).content.decode(), "html.parser")
    for question, rule in (("need-innovation_reasons", "LR-02"), ("call-no_lots_reason", "LR-29")):
        box = html.select_one(f"[name={question}]")
        assert f"id_{question}_remarks" in box["aria-describedby"].split()
        assert rule in html.select_one(f"#id_{question}_remarks").text
    # A question under « Préciser » that lacks something is not left folded.
    assert html.select_one("[name=call-no_lots_reason]").find_parent("details").has_attr("open")


def test_a_finding_on_a_phase_or_a_list_stands_there_too(team: Team):
    author = client_of(team.author)
    call = begin(author)
    write_first_draft(author, call)
    shown = shown_in(author.get(url_of(call, "phases")).content.decode())
    author.post(url_of(call, "phases"), shown | {"phases-0-ip_results": ""})
    html = BeautifulSoup(author.get(url_of(call, "phases")).content.decode(), "html.parser")
    assert "LR-09" in html.select_one("#id_phases-0-ip_results_remarks").text
    shown = shown_in(author.get(url_of(call, "criteres")).content.decode())
    author.post(url_of(call, "criteres"), shown | {"award-0-weight": "40"})
    html = BeautifulSoup(author.get(url_of(call, "criteres")).content.decode(), "html.parser")
    assert "LR-64" in html.select_one("#award_remarks").text


def test_a_text_in_a_screen_of_another_lot_is_not_blamed_here(team: Team):
    author = client_of(team.author)
    call = begin(author)
    write_first_draft(author, call)
    shown = shown_in(author.get(url_of(call, "besoin")).content.decode())
    two = {"lots-TOTAL_FORMS": "2", "lots-1-title": "Deux", "lots-1-object": ""}
    author.post(url_of(call, "besoin"), shown | two)
    page = author.get(url_of(call, "criteres")).content.decode()
    assert "award_remarks" not in page
    assert "Lot 2\xa0: aucune exigence minimale" in page


def test_the_notice_is_read_on_the_check_page_as_it_will_be(team: Team):
    author = client_of(team.author)
    call = begin(author)
    write_first_draft(author, call)
    page = author.get(reverse("calls:check", args=[call.reference])).content.decode()
    _before, _title, notice = page.partition("L’avis, tel qu’il sera lu")
    assert "Voie Douce" in notice
    assert "Le plan des quais" in notice
    assert "60 000,00" in notice.replace("\u202f", " ").replace("\xa0", " ")
    assert "exigence minimale" in notice


def test_a_call_begins_from_an_old_one_without_its_study_dates_and_team(team: Team):
    old = write_call(team, NOW)
    colleague = client_of(team.evaluator)
    assert old.title in colleague.get(reverse("calls:new")).content.decode()
    url = reverse("calls:copy", args=[old.reference])
    assert colleague.post(url, {"title": ""}).status_code == 422
    answer = colleague.post(url, {"title": "Prévoir l’affluence des tramways"})
    new = Call.objects.exclude(pk=old.pk).get()
    assert answer.url == url_of(new, "besoin")
    assert (new.need.problem, new.procedure, new.lots.get().title) == (old.need.problem, "formalised", new.title)
    for name in ("requirements", "selection_criteria", "award_criteria", "phases"):
        kept = [[str(row) for row in getattr(call.lots.get(), name).all()] for call in (old, new)]
        assert kept[0] == kept[1] != []
    terms = new.lots.get().terms
    assert (terms.ccag, terms.price_month) == (old.lots.get().terms.ccag, None)
    assert [level.indicator for level in new.lots.get().acquisition.levels.all()]
    assert not hasattr(new, "supply_study")
    assert not new.consulted_firms.exists()
    assert new.launch_date is None
    assert [(member.user, member.role) for member in new.team.all()] == [(team_user(team.evaluator), "author")]


def test_nobody_begins_from_a_call_of_another_house(team: Team):
    old = write_call(team, NOW)
    stranger = client_of(make_team().author)
    url = reverse("calls:copy", args=[old.reference])
    assert [stranger.get(url).status_code, stranger.post(url, {"title": "x"}).status_code] == [404, 404]
    assert Call.objects.count() == 1


def test_a_buyer_overseas_reads_the_deadline_in_both_hours(team: Team):
    team.buyer.postcode = "97400"
    within_act(team.buyer.save, at=NOW)
    author = client_of(team.author)
    call = begin(author)
    author.post(url_of(call, "dates"), SCREENS["dates"])
    page = author.get(url_of(call, "dates")).content.decode()
    # Noon in Paris, in winter.
    assert "Chez vous, l’heure limite tombe le 18\xa0février\xa02027 à 15 h 00" in page
