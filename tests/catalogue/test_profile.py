"""The page of a profile: what is verified, what is declared, and nothing of what is not published."""

from datetime import timedelta

import pytest

from tests.catalogue.factories import ProfileFactory
from tests.factories import OrganisationFactory, make, siren

pytestmark = pytest.mark.django_db


def page(client, profile) -> str:
    response = client.get(profile.get_absolute_url())
    assert response.status_code == 200
    return response.content.decode()


def test_an_imported_profile_claims_nothing_verified_and_names_its_source(client):
    shown = page(client, ProfileFactory(siren=siren(7), slug="tramelys", domains=["mobilite"]))
    assert "Exemple, Licence Ouverte 2.0" in shown
    assert "Déclaré" in shown
    assert "Vérifié" not in shown
    assert "pas encore relue par une personne" in shown


def test_what_the_register_found_is_verified_and_dated(client, moving_clock, now):
    organisation = make(OrganisationFactory, registry_checked_at=now - timedelta(days=3))
    shown = page(client, ProfileFactory(organisation=organisation, siren=organisation.identifier))
    assert "Vérifié" in shown
    assert "Répertoire des entreprises" in shown
    assert "9\N{NO-BREAK SPACE}janvier\N{NO-BREAK SPACE}2027" in shown


def test_a_verification_of_more_than_twelve_months_is_to_be_made_again(client, moving_clock, now):
    organisation = make(OrganisationFactory, registry_checked_at=now - timedelta(days=366))
    shown = page(client, ProfileFactory(organisation=organisation, siren=organisation.identifier))
    assert "À reconfirmer" in shown
    assert "Vérifié" not in shown


def test_an_unpublished_profile_answers_like_an_absent_one(client, admin_client):
    draft = ProfileFactory(live=False)
    for visitor in (client, admin_client):
        assert visitor.get(draft.get_absolute_url()).status_code == 404
    assert client.get("/entreprises/personne/").status_code == 404


def test_what_an_organisation_writes_is_plain_text(client):
    shown = page(client, ProfileFactory(answer="<script>alert(1)</script>\n\nDeuxième paragraphe."))
    assert "<script>alert" not in shown
    assert "<p>Deuxième paragraphe.</p>" in shown
