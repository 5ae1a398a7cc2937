"""« Le règlement, article par article » says what the registry says, and nothing else."""

import pytest
from django.test import Client
from django.urls import reverse

from procurement.desk import rulebook
from procurement.law import parameters, registry

pytestmark = pytest.mark.django_db


def page(**query: str) -> str:
    answer = Client().get(reverse("desk:rulebook"), query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_anybody_reads_every_rule_with_its_article_and_its_state():
    html = page()
    for rule in registry.rules().values():
        assert f'id="{rule.id}"' in html
    assert html.count(">appliquée<") + html.count("appliquée</span>") >= 1
    enforced = {one for one in registry.enforced() if one.startswith("LR-")}
    assert f"124 règles de droit, dont {len(enforced)} appliquées" in html


def test_rules_are_filtered_by_moment_and_state():
    html = page(moment="signature")
    assert 'id="LR-78"' in html
    assert 'id="LR-12"' not in html
    shown = rulebook.lines(moment="archive", state="inscrite")
    assert {line.rule.id for line in shown} == {
        one.id for one in registry.rules().values() if one.moment == "archive" and one.id not in registry.enforced()
    }


def test_an_unknown_filter_shows_everything():
    assert f'id="{next(iter(registry.rules()))}"' in page(moment="jamais", etat="peut-être")


def test_every_moment_and_severity_has_its_words():
    assert {one.moment for one in registry.rules().values()} == set(rulebook.MOMENTS)
    assert {one.severity for one in registry.rules().values()} <= set(rulebook.WHAT_IT_DOES)


def test_figures_are_those_of_the_rule_book_with_their_dates():
    every = [one for values in parameters.all_parameters().values() for one in values]
    shown = rulebook.figures()
    assert len(shown) == len(every)
    thresholds = [one.value.replace("\u202f", " ").replace("\xa0", " ") for one in shown if one.article == "R2122-8"]
    assert thresholds == ["40 000 € HT", "60 000 € HT", "100 000 € HT"]


def test_the_page_is_reached_from_the_foot_of_every_page():
    assert reverse("desk:rulebook") in Client().get(reverse("desk:calls")).content.decode()
