"""The public pages of a profile and of a solution: what they show, to whom, and what they keep to themselves."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cms.catalogue.models import Label, Profile
from tests.catalogue.factories import ConfirmationFactory, ProfileFactory, ReferenceFactory, SolutionFactory
from tests.factories import OrganisationFactory, make, siren
from tests.queries import counted

pytestmark = pytest.mark.django_db


def read(client, subject) -> str:
    response = client.get(subject.get_absolute_url())
    assert response.status_code == 200
    return response.content.decode()


def test_a_solution_has_its_page_with_its_price_and_who_is_the_judge(client):
    solution = SolutionFactory(
        name="Guidage vocal", price_from="9800.00", price_unit="an", claims_innovative=True, setup_delay="6 semaines",
        exit_terms="Export complet en 5 jours", central_purchasing="Achats Communs", maturity="en-service",
    )  # fmt: skip
    shown = read(client, solution)
    for words in ("9\N{NO-BREAK SPACE}800\N{NO-BREAK SPACE}€ HT par an", "L’acheteur reste seul juge.", "6 semaines",
                  "Export complet en 5 jours", "Achats Communs", "Déjà en service", solution.profile.name):  # fmt: skip
        assert words in shown
    assert solution.get_absolute_url() in read(client, solution.profile)


def test_the_page_counts_its_queries_once_whatever_its_parts(client):
    one, many = ProfileFactory(domains=["mobilite"]), ProfileFactory(domains=["mobilite", "sante"])
    for profile, count in ((one, 1), (many, 3)):
        for number in range(count):
            solution = SolutionFactory(profile=profile, name=f"Solution {number}")
            ConfirmationFactory(reference=ReferenceFactory(profile=profile, client=f"Ville {number}"))
            Label.objects.create(profile=profile, kind=Label.Kind.OTHER, detail=f"Label {number}")
    counts = []
    for profile in (one, many):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            read(client, profile)
        counts.append(counted(queries))
    assert counts[0] == counts[1] <= 8
    with CaptureQueriesContext(connection) as queries:
        read(client, solution)
    assert counted(queries) <= 8


def test_a_reference_is_confirmed_only_for_the_words_that_the_client_read(client, moving_clock, now):
    reference = ReferenceFactory()
    ConfirmationFactory(reference=reference, confirmed_at=now, author="Awa Delorme, direction des transports")
    assert "Confirmée" in read(client, reference.profile)
    reference.detail = "400 arrêts"
    reference.save()
    shown = read(client, reference.profile)
    assert "Confirmée" not in shown
    assert "Déclarée" in shown


def test_a_testimony_waits_for_an_editor(client, moving_clock, now):
    word = ConfirmationFactory(confirmed_at=now, author="Awa Delorme", quote="Les appels ont baissé d’un tiers.")
    assert word.quote not in read(client, word.profile)
    word.quote_accepted_at = now
    word.save()
    assert word.quote in read(client, word.profile)


def test_without_reference_the_page_invites_a_pilot(client):
    assert "Première référence à venir" in read(client, ProfileFactory())


def test_a_label_shows_its_proof_and_says_when_it_has_ended(client, moving_clock, now):
    profile = ProfileFactory()
    label = Label.objects.create(
        profile=profile, kind=Label.Kind.HDS, number="HDS-7", proof_url="https://preuve.example/7"
    )
    assert 'href="https://preuve.example/7"' in read(client, profile)
    label.valid_until = now.date() - timedelta(days=1)
    label.save()
    assert "Fini le" in read(client, profile)


def test_a_withdrawn_profile_stays_dated_without_contact_and_out_of_engines(client, moving_clock, now):
    organisation = make(OrganisationFactory, identifier=siren(90031))
    profile = ProfileFactory(organisation=organisation, withdrawn_at=now)
    solution = SolutionFactory(profile=profile)
    for subject in (profile, solution):
        shown = read(client, subject)
        assert "Cette fiche est retirée" in shown
        assert '<meta name="robots" content="noindex">' in shown
        assert "Échanger avec" not in shown


def test_a_merged_profile_leads_for_good_to_the_one_that_took_its_place(client):
    kept = ProfileFactory()
    gone = ProfileFactory(merged_into=kept, live=False)
    solution = SolutionFactory(profile=gone)
    for subject in (gone, solution):
        response = client.get(subject.get_absolute_url())
        assert (response.status_code, response["Location"]) == (301, kept.get_absolute_url())


def test_a_solution_of_an_unpublished_profile_answers_like_an_absent_one(client):
    solution = SolutionFactory(profile=ProfileFactory(live=False))
    assert client.get(solution.get_absolute_url()).status_code == 404
    assert client.get("/solutions/personne/").status_code == 404


def test_a_profile_without_account_says_why_nobody_may_be_asked(client):
    assert "personne ne recevrait votre question" in read(client, ProfileFactory())


def test_every_text_is_plain_text(client):
    script = "<script>alert(1)</script>"
    texts = dict.fromkeys(("problem", "answer", "exit_terms", "setup_delay", "price_note", "central_purchasing",
                           "innovation_reason"), script)  # fmt: skip
    solution = SolutionFactory(name=script, tagline=script, claims_innovative=True, **texts)
    Profile.objects.filter(pk=solution.profile_id).update(name=script, city=script, source=script)
    ReferenceFactory(profile=solution.profile, client=script, detail=script)
    Label.objects.create(profile=solution.profile, kind=Label.Kind.OTHER, detail=script)
    for subject in (solution, solution.profile):
        shown = read(client, subject)
        assert "&lt;script&gt;alert(1)" in shown
        assert "<script>alert" not in shown
