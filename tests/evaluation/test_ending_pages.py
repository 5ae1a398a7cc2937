"""A lot that ends without a contract: those who took part are told why."""

import pytest

from procurement.calls.services.publishing import cancel_lot
from procurement.correspondence.models import Letter, LetterKind
from procurement.evaluation.todo import todos
from tests.evaluation.pages import Pages, text


@pytest.fixture
def pages(journey):
    return Pages(journey)


def told(journey):
    return list(Letter.objects.filter(call=journey.call, kind=LetterKind.NO_FURTHER_ACTION))


@pytest.mark.law("LR-86", "LR-124")
@pytest.mark.starts_at("tendered")
def test_those_whose_bid_was_opened_are_told_at_the_same_instant(journey, pages):
    assert "Ce lot suit son cours" in pages.get("ending_letters")
    early = pages.post("ending_letters", data={"relaunch": "", "confirm": "1"}, status=422)
    assert early.status_code == 422
    journey.act(cancel_lot, lot=journey.lot, kind="without_follow_up", reasons="Le besoin a disparu.")
    labels = [one.label for one in todos(calls=[journey.call], actor=journey.team.validator, now=journey.now)]
    assert labels == ["Informer les entreprises de l’abandon"]
    assert "Informer les entreprises de l’abandon" in pages.get("candidates")
    said = pages.confirm("ending_letters", data={"relaunch": "Un nouvel appel au printemps."})
    assert "Le besoin a disparu." in said
    assert "Un nouvel appel au printemps." in said
    assert "Voies et délais de recours" in said
    letters = told(journey)
    assert {letter.recipient for letter in letters} == {firm.organisation for firm in journey.firms}
    assert len({letter.sent_at for letter in letters}) == 1
    again = pages.post("ending_letters", data={"relaunch": "", "confirm": "1"}, status=422)
    assert "déjà informées" in text(again)
    assert todos(calls=[journey.call], actor=journey.team.validator, now=journey.now) == []


@pytest.mark.starts_at("declared")
def test_who_was_rejected_before_is_not_told_twice_and_sealed_answers_stay_unknown(journey, pages):
    candidates = journey.candidates()
    journey.select(candidates, reject=(2,))
    late = journey.add_firm()
    journey.opened(late, "candidature", {})
    journey.act(cancel_lot, lot=journey.lot, kind="unsuccessful", reasons="Aucune offre recevable.")
    page = pages.get("ending_letters")
    assert journey.firms[0].organisation.name in page
    assert journey.firms[2].organisation.name not in page
    pages.confirm("ending_letters", data={"relaunch": ""})
    assert {letter.recipient for letter in told(journey)} == {firm.organisation for firm in journey.firms[:2]}


@pytest.mark.starts_at("tendered")
def test_who_may_not_is_refused(journey, pages):
    url = pages.url("ending_letters")
    assert pages.ask("post", url, journey.firms[0].actor).status_code == 404
    assert pages.ask("post", url, journey.team.evaluator).status_code == 403
    assert pages.ask("get", url, journey.team.reader).status_code == 403
