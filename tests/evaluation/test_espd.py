"""A candidature that came with a DUME: what the buyer reads of it, and what may not be asked again (LR-45)."""

import pytest

from procurement.espd.response import read_response
from procurement.evaluation.models import Candidate
from procurement.evaluation.services import complements
from procurement.evaluation.services.complements import Asked
from procurement.law.findings import RuleViolation
from tests.espd.responses import response
from tests.evaluation import builders
from tests.evaluation.builders import DAY
from tests.evaluation.pages import Pages
from tests.factories import within_act


def give_dume(journey, candidate: Candidate, **answers) -> None:
    """What its candidature would hold, had the firm given a DUME instead of the statement."""
    said = {"file": "un-fichier", "name": "dume.xml", **read_response(response(**answers))}

    def write() -> None:
        candidate.answers = {"espd": [said], "answers": []}
        candidate.save()

    within_act(write, chain=journey.call.chain, at=journey.now)


def ask(journey, *asked: Asked):
    return journey.act(complements.ask_complements, lot=journey.lot, asked=asked, deadline=journey.now + 7 * DAY)


@pytest.mark.starts_at("declared")
@pytest.mark.law("LR-45")
@pytest.mark.parametrize("asked", ["Déclaration sur l’honneur", "DC1", "Formulaire DC2 signé"])
def test_nothing_is_asked_again_on_another_form(journey, asked):
    candidates = journey.candidates(3)
    give_dume(journey, candidates[0])
    missing = complements.missing_of(journey.lot, candidates)
    assert "Déclaration sur l’honneur" not in missing[candidates[0].pk]
    sound = [Asked(one, tuple(missing[one.pk])) for one in candidates]
    again = Asked(candidates[0], (*sound[0].items, asked))
    with pytest.raises(RuleViolation, match="a donné un DUME") as refused:
        ask(journey, again, *sound[1:])
    assert refused.value.rules == ["LR-45"]
    ask(journey, *sound)


@pytest.mark.starts_at("declared")
@pytest.mark.law("LR-45")
def test_a_form_is_asked_of_nobody_without_accepting_the_dume(journey):
    candidates = journey.candidates(3)
    missing = complements.missing_of(journey.lot, candidates)
    sound = [Asked(one, tuple(missing[one.pk])) for one in candidates]
    with pytest.raises(RuleViolation, match="sans accepter le DUME") as refused:
        ask(journey, Asked(candidates[0], (*sound[0].items, "DC1")), *sound[1:])
    assert refused.value.rules == ["LR-45"]
    ask(journey, Asked(candidates[0], (*sound[0].items, "DC1 ou DUME")), *sound[1:])


@pytest.mark.starts_at("declared")
@pytest.mark.law("LR-45")
def test_the_page_of_the_candidature_tells_what_the_dume_says(journey):
    candidate = journey.candidates(1)[0]
    give_dume(journey, candidate, siren="552100554", yes={"tax-pay": "Échéancier suivi"})
    page = Pages(journey).get("candidate", candidate.pk)
    assert "DUME : Tramélys" in page.replace("\u00a0", " ")
    assert "Répond « oui » : Paiement des impôts et taxes." in page
    assert "Échéancier suivi" in page
    assert "Voir le DUME, qui en tient lieu" in page
    assert "552100554" in page
    assert candidate.answers != builders.CANDIDATURE
