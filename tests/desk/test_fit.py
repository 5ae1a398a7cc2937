"""« Est-ce pour nous ? »: a private checklist beside the call, which nobody of the buyer ever reads."""

import pytest
from django.test import Client
from django.urls import reverse

from cms.catalogue.models import Domain
from marketplace.accounts.models import Organisation
from marketplace.journal.errors import NotAllowed
from marketplace.journal.models import Entry
from procurement.calls.models import FitAnswer
from procurement.desk import fit
from tests.calls.pages import client_of
from tests.catalogue.factories import ProfileFactory
from tests.contracts.walk import queries_of, text_of
from tests.desk.builders import a_firm, published
from tests.factories import make

pytestmark = pytest.mark.django_db


def url_of(stage):
    return reverse("desk:fit", args=[stage.call.reference])


def firm_of(actor):
    return Organisation.objects.get(pk=actor.organisation_id)


def test_a_firm_keeps_its_checklist_and_nobody_else_reads_it(moving):
    stage, firm, other = published(moving), a_firm("Tramélys"), a_firm("Capribou")
    [requirement] = fit.minimum_requirements(stage.call)
    client = client_of(firm)
    page = text_of(client.get(url_of(stage)))
    assert requirement.text in page
    assert "1 document est demandé au premier dépôt." in page
    assert "Fin des questions" in page
    client.post(url_of(stage), {str(requirement.pk): "no"})
    assert fit.answers_of(firm_of(firm), [requirement]) == {requirement.pk: "no"}
    assert "Une exigence minimale n’est pas tenue" in text_of(client.get(url_of(stage)))
    assert "Une exigence minimale n’est pas tenue" not in text_of(client_of(other).get(url_of(stage)))
    assert fit.answers_of(firm_of(other), [requirement]) == {}
    for stranger in (stage.team.author, stage.team.validator):
        assert client_of(stranger).get(url_of(stage)).status_code == 404
    entry = Entry.objects.get(act="fit.noted")
    assert (entry.chain.key, str(stage.call.pk) in entry.subject) == ("site", False)
    client.post(url_of(stage), {})
    assert not FitAnswer.objects.exists()


def test_nobody_notes_for_another_firm(moving):
    stage, firm, other = published(moving), a_firm(), a_firm()
    [requirement] = fit.minimum_requirements(stage.call)
    with pytest.raises(NotAllowed):
        fit.note(firm=firm_of(firm), answers={requirement: "yes"}, actor=other, now=moving.now())
    assert not FitAnswer.objects.exists()


def test_the_profile_of_the_firm_is_set_beside_the_call(moving):
    stage, firm = published(moving), a_firm()
    assert fit.matches(stage.call, firm_of(firm)) == []
    profile = make(ProfileFactory, organisation=firm_of(firm))
    profile.domains.set(Domain.objects.filter(slug="sante"))
    profile.save()
    assert next(one.fits for one in fit.matches(stage.call, firm_of(firm))) is False
    profile.domains.set(Domain.objects.filter(slug=stage.call.domain))
    profile.save()
    assert next(one.fits for one in fit.matches(stage.call, firm_of(firm))) is True


def test_visitors_read_the_neutral_part_and_firms_find_their_page(moving):
    stage = published(moving)
    call = reverse("desk:call", args=[stage.call.reference])
    assert url_of(stage) not in Client().get(call).content.decode()
    assert url_of(stage) in client_of(a_firm()).get(call).content.decode()
    assert Client().get(url_of(stage)).status_code == 302


def test_the_page_asks_no_more_with_three_lots_than_with_one(moving):
    one, three = published(moving), published(moving, lots=3)
    client = client_of(a_firm())
    assert queries_of(client, url_of(one)) == queries_of(client, url_of(three))
