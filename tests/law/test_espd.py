"""The electronic ESPD is accepted, and nothing is asked again on another form (LR-45)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from procurement.law import complements, publication
from procurement.law.espd import asks_own_form, espd_stands_for
from procurement.law.facts import CandidateToCompleteFacts, ComplementRequestFacts
from tests.law.sound import LAUNCH, NOW, call_with_lot, severities

REQUEST = ComplementRequestFacts(now=NOW, launch_date=LAUNCH, deadline=NOW + timedelta(days=10))


@pytest.mark.law("LR-45")
@pytest.mark.parametrize(
    ("label", "is_form", "is_replaced"),
    [
        ("DC1", True, True),
        ("DC 2 du groupement", True, True),
        ("Formulaire de candidature à remplir", True, True),
        ("Lettre de candidature", True, True),
        ("DC1 et DC2, ou DUME", False, True),
        ("Document unique de marché européen", False, True),
        ("Déclaration sur l’honneur", False, True),
        ("Attestation sur l'honneur", False, True),
        ("Présentation de l’équipe", False, False),
        ("Plan du secteur DC12", False, False),
        ("Bilans des trois derniers exercices", False, False),
    ],
)
def test_forms_are_known_by_their_names(label, is_form, is_replaced):
    assert asks_own_form(label) is is_form
    assert espd_stands_for(label) is is_replaced


@pytest.mark.law("LR-45")
@pytest.mark.parametrize(
    ("documents", "said"),
    [
        ((), []),
        (("Présentation de l’équipe", "Déclaration sur l’honneur"), []),
        (("DC1 ou DUME",), []),
        (("DC1",), ["block"]),
        (("Présentation de l’équipe", "DC1", "DC2"), ["block"]),
    ],
)
def test_a_call_does_not_impose_a_form(documents, said):
    found = publication.check(call_with_lot(candidature_documents=documents))
    assert severities(found, "LR-45") == said


@pytest.mark.law("LR-45")
@pytest.mark.parametrize(
    ("gave_espd", "asked", "missing", "said"),
    [
        (True, "Déclaration sur l’honneur", (), ["block"]),
        (True, "DC2", (), ["block"]),
        (True, "DC2", ("DC2",), ["block"]),
        (True, "DUME corrigé", (), []),
        (True, "Réponse : Recherche", ("Réponse : Recherche",), []),
        (False, "DC1", (), ["block"]),
        (False, "DC1", ("DC1",), []),
        (False, "DC1 ou DUME", (), []),
        (False, "Déclaration sur l’honneur", ("Déclaration sur l’honneur",), []),
    ],
)
def test_complements_ask_for_no_other_form(gave_espd, asked, missing, said):
    one = CandidateToCompleteFacts(candidate_id="1", missing=missing, asked=(asked,), gave_espd=gave_espd)
    found = complements.check_request(replace(REQUEST, candidates=(one,)))
    assert severities(found, "LR-45") == said
