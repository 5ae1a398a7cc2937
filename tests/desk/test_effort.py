"""Hours of work that an answer asks for: a range that grows with what is asked, and says how it was made."""

from dataclasses import replace

import pytest
from django.urls import reverse

from procurement.desk.effort import READING, Asked, effort_of, rounded
from tests.contracts.walk import text_of
from tests.desk.builders import a_firm, published
from tests.desk.test_fit import client_of, url_of

ASKED = Asked(
    candidature_pieces=3, offer_pieces=2, selection_criteria=2, award_criteria=3, requirements=5, priced_phases=2
)


def test_an_answer_to_nothing_takes_the_time_of_reading():
    effort = effort_of(Asked())
    assert (effort.candidature, effort.offer, effort.whole) == (READING, (0, 0), READING)
    assert [part.code for part in effort.candidature_parts] == ["reading"]


def test_the_hours_are_the_sum_of_what_is_asked():
    # Candidature: 3 + 3×1 + 2×1 to 6 + 3×3 + 2×2. Offer: 2×1 + 3×3 + 2×2 + 3 to 2×3 + 3×6 + 2×4 + 5.
    effort = effort_of(ASKED)
    assert effort.candidature == rounded((8, 19)) == (8, 20)
    assert effort.offer == rounded((18, 37)) == (15, 40)
    assert effort.whole == rounded((26, 56)) == (25, 60)
    assert sum(part.hours[1] for part in effort.candidature_parts + effort.offer_parts) == 56


@pytest.mark.parametrize(
    "more",
    [
        {"candidature_pieces": 9},
        {"offer_pieces": 9},
        {"selection_criteria": 9},
        {"award_criteria": 9},
        {"requirements": 29},
        {"priced_phases": 6},
        {"is_negotiated": True},
        {"is_signed_at_deposit": True},
    ],
)
def test_asking_for_more_never_takes_less(more):
    before, after = effort_of(ASKED), effort_of(replace(ASKED, **more))
    parts = {
        name: [sum(part.hours[end] for part in one.candidature_parts + one.offer_parts) for end in (0, 1)]
        for name, one in (("before", before), ("after", after))
    }
    assert all(now > then for then, now in zip(parts["before"], parts["after"], strict=True))
    assert all(now >= then for then, now in zip(before.whole, after.whole, strict=True))


@pytest.mark.parametrize(
    ("hours", "told"),
    [((0, 0), (0, 0)), ((9, 9), (9, 9)), ((10, 11), (10, 15)), ((14, 15), (10, 15)), ((26, 56), (25, 60))],
)
def test_ranges_are_rounded_outwards(hours, told):
    assert rounded(hours) == told


@pytest.mark.django_db
def test_the_pages_say_the_hours_and_what_they_are_made_of(moving):
    stage = published(moving)
    client = client_of(a_firm())
    call = text_of(client.get(reverse("desk:call", args=[stage.call.reference])))
    page = text_of(client.get(url_of(stage)))
    for text in (call, page):
        assert "Heures de travail" in text
        assert "Estimation du site" in text
    assert "1 document à préparer" in page
    assert "En groupement, ajoutez 3 à 6 heures par autre membre." in page
