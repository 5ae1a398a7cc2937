"""What the board tells each person to do, stage after stage; links lead to pages that open."""

import pytest

from procurement.evaluation.services import clearance, negotiation, selection
from procurement.evaluation.todo import todos
from tests.evaluation.builders import CANDIDATURE, HOUR, opened_together
from tests.evaluation.pages import Pages


def labels(journey, actor):
    found = todos(calls=[journey.call], actor=actor, now=journey.now)
    for one in found:
        assert Pages(journey).ask("get", one.href, actor).status_code == 200
    return [one.label for one in found]


@pytest.mark.starts_at("published")
def test_declaring_comes_first(journey):
    journey.now = journey.period("candidature").closes_at() + HOUR
    assert labels(journey, journey.team.evaluator) == ["Déclarer vos intérêts"]
    assert labels(journey, journey.team.reader) == []


@pytest.mark.starts_at("declared")
def test_candidatures_are_scored_then_decided_then_invited(journey):
    journey.now = journey.period("candidature").closes_at() + HOUR
    assert labels(journey, journey.team.validator) == []
    journey.opened(journey.add_firm(), "candidature", {"candidature": CANDIDATURE})
    assert labels(journey, journey.team.author) == ["Inscrire les candidatures ouvertes"]
    assert labels(journey, journey.team.signatory) == []
    candidates = journey.candidates(2)
    assert labels(journey, journey.team.evaluator) == ["Noter les candidatures"]
    assert labels(journey, journey.team.validator) == ["Décider de la sélection"]
    journey.select(candidates)
    assert labels(journey, journey.team.validator) == ["Inviter les candidats retenus"]


@pytest.mark.usefixtures("empty_site")
def test_in_one_step_candidatures_are_decided_before_bids_are_read(now):
    journey = opened_together(now)
    assert labels(journey, journey.team.author) == ["Inscrire les candidatures ouvertes"]
    candidates = journey.act(selection.register_candidates, lot=journey.lot)
    assert labels(journey, journey.team.evaluator) == ["Noter les candidatures"]
    assert labels(journey, journey.team.validator) == ["Décider de la sélection"]
    journey.select(candidates)
    assert labels(journey, journey.team.author) == ["Enregistrer les offres ouvertes"]
    journey.act(negotiation.register_bids, lot=journey.lot, period=journey.period("single_step"))
    assert labels(journey, journey.team.evaluator) == ["Noter les offres et rendre votre fiche"]


@pytest.mark.starts_at("tendered")
def test_negotiating(journey):
    assert labels(journey, journey.team.author) == ["Inviter à négocier"]
    journey.meet_all()
    assert labels(journey, journey.team.author) == ["Clore la négociation"]
    journey.close()
    assert labels(journey, journey.team.author) == []


@pytest.mark.starts_at("final bids")
def test_scoring_and_ranking(journey):
    assert labels(journey, journey.team.evaluator) == ["Noter les offres et rendre votre fiche"]
    bids = journey.bids()
    journey.examine(bids)
    journey.score(bids)
    assert labels(journey, journey.team.validator) == ["Établir le classement"]
    journey.rank()
    assert labels(journey, journey.team.signatory) == ["Choisir les partenaires"]


@pytest.mark.starts_at("awarded")
def test_proofs_and_letters(journey):
    assert labels(journey, journey.team.author) == ["Demander les justificatifs"]
    for row in journey.ask_proofs():
        assert labels(journey, journey.team.author) == ["Vérifier les justificatifs"]
        journey.bring_proofs(row)
    journey.act(clearance.clear, partner=row.partner)
    assert labels(journey, journey.team.validator) == ["Écrire aux entreprises", "Établir le rapport de présentation"]
