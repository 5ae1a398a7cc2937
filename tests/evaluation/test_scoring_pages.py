"""Scoring through the pages: alone, together, closed; then prices, ranking and report."""

import pytest

from marketplace.accounts.actors import Actor
from procurement.calls.models import TeamRole
from procurement.calls.services import drafts
from procurement.evaluation.models import ConsensusScore, Ranking, Score, ScoreSheet, TechnicalClosing
from procurement.evaluation.services import interests
from tests.calls.builders import team_user
from tests.evaluation.builders import DAY, HOUR, SMALL_PRICES, TECHNICAL, priced
from tests.evaluation.pages import Pages, moment, rows, text
from tests.factories import MembershipFactory, make


@pytest.fixture
def pages(journey):
    return Pages(journey)


def second_evaluator(journey):
    actor = Actor.of(make(MembershipFactory, organisation=journey.team.buyer))
    drafts.give_role(
        call=journey.call, user=team_user(actor), role=TeamRole.EVALUATOR, actor=journey.team.author, now=journey.now
    )
    journey.act(interests.declare, call=journey.call, has_interest=False, actor=actor)
    return actor


def leaves(journey):
    return [journey.criterion("quality"), journey.criterion("environment")]


def given(journey, value, why="La réponse le démontre par des essais."):
    return {
        name: said
        for one in leaves(journey)
        for name, said in ((f"value-{one.pk}", str(value)), (f"comment-{one.pk}", why))
    }


@pytest.mark.law("LR-65", "LR-69", "LR-70", "LR-71")
@pytest.mark.starts_at("negotiated")
def test_from_final_bids_to_the_report_with_two_evaluators(journey, pages):
    second = second_evaluator(journey)
    assert "Les offres s’ouvrent après le" in pages.get("scoring")
    period = journey.period("final")
    journey.now = period.closes_at() + DAY
    sealed = [journey.opened(firm, "final", {"technical": TECHNICAL}) for firm in journey.firms]
    pages.post("scoring", actor=journey.team.evaluator)
    bids = journey.bids()
    page = pages.get("scoring", actor=journey.team.evaluator)
    assert "scellé" in page

    for evaluator, value in ((journey.team.evaluator, 4), (second, 2)):
        shown = pages.get("score", bids[0].pk, actor=evaluator)
        assert "0 – absent" in shown
        assert "Le pli de prix est encore scellé" in shown
        for place, bid in enumerate(bids):
            pages.post("score", bid.pk, data=given(journey, max(value - place, 0)), actor=evaluator)
        assert "4 – excellent" in pages.get("score", bids[0].pk, actor=evaluator)
        hidden = pages.get("compare", actor=journey.team.validator)
        assert "Pas encore noté" in hidden
        pages.post("hand_in", actor=evaluator)
    assert ScoreSheet.objects.filter(lot=journey.lot).count() == 2
    frozen = pages.post("score", bids[0].pk, data=given(journey, 0), actor=second, status=422)
    assert "Votre fiche est rendue" in text(frozen)

    shown = pages.get("consensus", bids[0].pk, actor=second)
    assert "Écart de 2 degrés" in shown
    people = [str(journey.team.evaluator.user_id), str(second.user_id)]
    for place, bid in enumerate(bids):
        pages.post(
            "consensus", bid.pk, data=given(journey, 4 - place) | {"attended": people}, actor=journey.team.evaluator
        )
    assert ConsensusScore.objects.filter(bid__in=bids).count() == 6
    pages.post("close_technical")
    assert TechnicalClosing.objects.filter(lot=journey.lot, stage="final").exists()
    assert "Les prix ne sont pas ouverts" in pages.get("ranking")

    for submission, price in zip(sealed, SMALL_PRICES, strict=False):
        journey.unseal(submission, "price", priced(price))
    pages.post("scoring", actor=journey.team.evaluator)
    refused = pages.post("rank", status=422)
    assert "Constatez d’abord la régularité" in text(refused)
    checks = {f"met-{row.pk}": "met" for row in journey.lot.requirements.all()}
    for bid in bids:
        pages.post("requirements", bid.pk, data=checks, actor=journey.team.evaluator)
        pages.post("assess", bid.pk, data={"status": "regular", "reasons": ""}, actor=journey.team.evaluator)
    pages.post("rank")
    page = pages.get("ranking")
    assert "100 ×" in page
    assert "Note de prix" in page
    assert Ranking.objects.get(lot=journey.lot).ranked_bids.first().bid == bids[0]
    report = {"conclusion": "Nous proposons la première.", **rows("authors", {"name": "Ada", "capacity": "évaluation"})}
    pages.post("analysis_report", data=report)
    assert "Rapport d’analyse des offres" in pages.get("ranking")
    assert "arrêtée" in pages.get("compare")


@pytest.mark.starts_at("final bids")
def test_a_draft_belongs_to_one_evaluator_and_one_bid(journey, pages):
    second = second_evaluator(journey)
    bid, criterion = journey.bids()[0], journey.criterion("quality")
    kept = pages.ask(
        "post",
        pages.url("score", bid.pk),
        journey.team.evaluator,
        {f"comment-{criterion.pk}": "Essais de nuit convaincants", "version": "0"},
        headers={"X-Autosave": "1"},
    )
    assert kept.json()["version"] == 1
    assert "Essais de nuit convaincants" in pages.get("score", bid.pk, actor=journey.team.evaluator)
    assert "Essais de nuit convaincants" not in pages.get("score", bid.pk, actor=second)
    assert not Score.objects.exists()
    half = pages.post("score", bid.pk, data={f"value-{criterion.pk}": "3"}, actor=journey.team.evaluator, status=422)
    assert "Écrivez le motif" in text(half)


@pytest.mark.starts_at("final bids")
def test_individual_scores_stay_hidden_until_all_sheets_are_in(journey, pages):
    second = second_evaluator(journey)
    bid = journey.bids()[0]
    pages.post("score", bid.pk, data=given(journey, 3, "Un avis à moi."), actor=journey.team.evaluator)
    for reader in (second, journey.team.validator):
        for name in ("compare", "scoring", "bid"):
            arguments = (bid.pk,) if name == "bid" else ()
            assert "Un avis à moi." not in pages.get(name, *arguments, actor=reader)
    assert "ne sont pas rendues" in pages.get("consensus", bid.pk, actor=second)
    data = given(journey, 3) | {"attended": [str(second.user_id)]}
    refused = pages.post("consensus", bid.pk, data=data, actor=second, status=422)
    assert "chacun note seul avant la mise en commun" in text(refused)


@pytest.mark.law("LR-67", "LR-69")
@pytest.mark.starts_at("final bids")
def test_a_low_price_is_questioned_before_it_is_rejected(journey, pages):
    bid = journey.bids()[2]
    low = {"status": "abnormally_low", "reasons": "Prix sans rapport avec le travail."}
    refused = pages.post("assess", bid.pk, data=low, actor=journey.team.evaluator, status=422)
    assert "sans que son auteur ait pu s’expliquer" in text(refused)
    until = (journey.now + 8 * DAY).replace(hour=11, minute=0)
    asked = {"question": "Comment ce prix est-il possible ?", **moment("deadline", until)}
    pages.post("price", bid.pk, data=asked, actor=journey.team.evaluator)
    journey.later(2 * HOUR)
    assert "Comment ce prix est-il possible" in pages.get("price", bid.pk)
    pages.post("price", bid.pk, data={"answer": "Une aide publique."}, actor=journey.team.evaluator)
    pages.post("assess", bid.pk, data=low, actor=journey.team.evaluator)
    bid.refresh_from_db()
    assert bid.status == "abnormally_low"
    missed = {f"met-{row.pk}": "missed" for row in journey.lot.requirements.all()}
    answer = pages.post("requirements", bid.pk, data=missed, actor=journey.team.evaluator, status=422)
    assert "Écrivez en quoi" in text(answer)


@pytest.mark.starts_at("negotiated")
def test_pages_cost_the_same_with_one_bid_and_three(branch):
    def cost(count):
        with branch() as journey:
            bids = journey.hand_in_bids("final", firms=journey.firms[:count])
            journey.examine(bids)
            journey.score(bids)
            journey.rank()
            pages = Pages(journey)
            evaluator = journey.team.evaluator
            return [
                pages.queries("scoring", actor=evaluator),
                pages.queries("compare", actor=evaluator),
                pages.queries("score", bids[0].pk, actor=evaluator),
                pages.queries("consensus", bids[0].pk, actor=evaluator),
                pages.queries("ranking"),
                pages.queries("bid", bids[0].pk),
            ]

    assert cost(1) == cost(3)


@pytest.mark.starts_at("final bids")
def test_who_may_not_is_refused(journey, pages):
    bid = journey.bids()[0]
    every = [("scoring", ()), ("compare", ()), ("ranking", ()), ("bid", (bid.pk,))]
    every += [(name, (bid.pk,)) for name in ("score", "consensus", "requirements", "assess", "price")]
    every += [("hand_in", ()), ("close_technical", ()), ("rank", ()), ("analysis_report", ())]
    for name, arguments in every:
        url = pages.url(name, *arguments)
        assert pages.ask("get", url, journey.firms[0].actor).status_code == 404
        assert pages.ask("get", url, journey.team.reader).status_code == 403
        if name not in {"compare", "ranking", "bid"}:
            assert pages.ask("post", url, journey.firms[0].actor).status_code == 404
            assert pages.ask("post", url, journey.team.signatory).status_code == 403
    undeclared = Actor.of(make(MembershipFactory, organisation=journey.team.buyer))
    drafts.give_role(
        call=journey.call,
        user=team_user(undeclared),
        role=TeamRole.EVALUATOR,
        actor=journey.team.author,
        now=journey.now,
    )
    assert pages.ask("get", pages.url("bid", bid.pk), undeclared).status_code == 302
    pages.post("score", bid.pk, data=given(journey, 3), actor=undeclared, status=403)
    pages.post("score", bid.pk, data=given(journey, 3), status=403)
    assert not Score.objects.exists()
