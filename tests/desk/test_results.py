"""How a call ended: nothing before the signature, then names, amounts and points of those who were chosen alone."""

import pytest
from django.test import Client
from django.urls import reverse

from marketplace.journal import clock
from procurement.calls.services.publishing import cancel_lot
from procurement.evaluation.models import AwardedPartner, RankedBid
from tests.contracts.builders import SIGNABLE, awarded_lot, notified
from tests.contracts.walk import queries_of, text_of
from tests.desk.builders import past, published
from tests.factories import within_act

pytestmark = pytest.mark.django_db


@pytest.fixture
def at_signature():
    with clock.rehearsal(SIGNABLE) as moving:
        yield moving


def result(call) -> str:
    answer = Client().get(reverse("desk:result", args=[call.reference]))
    assert answer.status_code == 200
    return text_of(answer)


def give_points(awarded) -> None:
    """Points of the ranking on which the partners were chosen."""

    def write() -> None:
        for place, partner in enumerate(awarded.partners, start=1):
            marks = [{"name": "Qualité de la prévision", "weight": 5000, "points": f"{50 - place}.50"}]
            chosen = partner_row(awarded, partner)
            RankedBid(
                ranking=chosen.decision.ranking, bid=chosen.bid, rank=place, points=f"{90 - place}.25", marks=marks
            ).save()

    within_act(write, chain=awarded.call.chain, at=SIGNABLE)


def partner_row(awarded, partner):
    return AwardedPartner.objects.select_related("decision__ranking", "bid").get(
        decision__lot=awarded.lot, party=partner.party
    )


@pytest.mark.law("LR-86")
def test_while_it_is_open_or_undecided_the_page_names_nobody(moving):
    stage = published(moving)
    stage.submit(stage.bidder("Tramélys"))
    assert "pas encore de résultat" in result(stage.call)
    past(stage)
    html = result(stage.call)
    assert "Le choix est en cours" in html
    assert "Tramélys" not in html
    assert "Candidatures reçues" not in html


def test_chosen_and_not_signed_is_still_a_secret(at_signature):
    awarded = awarded_lot()
    html = result(awarded.call)
    assert "Le choix est en cours" in html
    assert all(partner.organisation.name not in html for partner in awarded.partners)


def test_after_the_signature_the_chosen_are_named_with_points_and_amounts_the_others_only_counted(at_signature):
    awarded = awarded_lot(partners=2, rejected=1)
    give_points(awarded)
    notified(awarded)
    html = result(awarded.call)
    for partner in awarded.partners:
        assert partner.organisation.name in html
    assert awarded.rejected[0].lead.name not in html
    for words in ("Offres reçues", "89,25 sur 100", "49,50 / 50", "HT au plus", "secret des affaires"):
        assert words in html, words
    page = text_of(Client().get(reverse("desk:call", args=[awarded.call.reference])))
    assert reverse("desk:result", args=[awarded.call.reference]) in page


@pytest.mark.law("LR-86")
def test_a_call_given_up_says_why(moving):
    stage = published(moving)
    lot = stage.call.lots.select_related("call").get()
    cancel_lot(
        lot=lot, kind="without_follow_up", reasons="Le budget manque.", actor=stage.team.validator, now=moving.now()
    )
    html = result(stage.call)
    assert "Sans suite" in html
    assert "Le budget manque." in html


def test_one_partner_or_three_take_as_many_queries(at_signature):
    counts = []
    for partners in (1, 3):
        awarded = awarded_lot(partners=partners)
        give_points(awarded)
        notified(awarded)
        counts.append(queries_of(Client(), reverse("desk:result", args=[awarded.call.reference])))
    assert counts[0] == counts[1]
