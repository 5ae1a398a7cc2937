"""A new call is told once to each company that it matches; a click stops it."""

import pytest
from django.test import Client
from django.urls import reverse

from cms.catalogue.models import Domain
from cms.sourcing.models import SavedSearch
from marketplace.accounts.models import Membership
from marketplace.journal.clock import now as read_clock
from marketplace.journal.outbox import drain
from marketplace.mail.models import Message, OptOut
from procurement.calls.models import CallAlert
from procurement.desk import alerts
from tests.catalogue.factories import ProfileFactory
from tests.desk.builders import a_firm, published
from tests.factories import MembershipFactory, make

pytestmark = pytest.mark.django_db


def a_company(name: str, *domains: str, **fields):
    firm = a_firm(name)
    profile = make(ProfileFactory, organisation=firm.membership().organisation, name=name, **fields)
    profile.domains.set(Domain.objects.filter(slug__in=domains))
    profile.save()
    return firm


def told() -> list[str]:
    return sorted(Message.objects.filter(kind=alerts.KIND).values_list("address", flat=True))


def address(firm) -> str:
    return firm.membership().user.email


def test_companies_of_the_domain_and_region_are_told_once(moving):
    near = a_company("Tramélys", "mobilite")
    everywhere = a_company("Quais clairs", "mobilite", "sante", served_regions=[])
    a_company("Loin d’ici", "mobilite", served_regions=["mayotte"], region="mayotte")
    a_company("Autre métier", "sante")
    call = published(moving, domain="mobilite").call
    assert told() == sorted([address(near), address(everywhere)])
    assert CallAlert.objects.filter(call=call).count() == 2
    alerts.tell_matching.call(str(call.pk))
    drain()
    assert len(told()) == 2
    [message] = Message.objects.filter(address=address(near))
    assert message.subject.startswith("Nouvel appel en mobilité")
    assert reverse("desk:call", args=[call.reference]) in message.body


def test_the_cpv_code_of_the_call_leads_to_domains_too(moving):
    health = Domain.objects.get(slug="sante")
    firm = a_company("Clinique claire", "sante")
    a_company("Autre métier", "culture")
    published(moving, domain="", cpv=health.cpv_main)
    assert told() == [address(firm)]


def test_a_company_with_several_people_gets_one_mail_to_an_owner(moving):
    firm = a_company("Tramélys", "mobilite")
    organisation = firm.membership().organisation
    make(MembershipFactory, organisation=organisation, role=Membership.Role.MEMBER)
    published(moving, domain="mobilite")
    assert len(told()) == 1


def test_a_followed_search_of_the_domain_counts_too(moving):
    follows, looks_elsewhere = a_firm("Suit"), a_firm("Ailleurs")
    for firm, query in ((follows, "domaine=mobilite&domaine=sante"), (looks_elsewhere, "domaine=sante")):
        SavedSearch.objects.create(user=firm.membership().user, query=query, title="x", saved_at=read_clock())
    published(moving, domain="mobilite")
    assert told() == [address(follows)]


def test_the_link_of_the_mail_stops_the_alerts(moving):
    firm = a_company("Tramélys", "mobilite")
    published(moving, domain="mobilite")
    assert told() == [address(firm)]
    visitor, stop = Client(), Message.objects.get(kind=alerts.KIND).stop_path
    assert visitor.get(stop).status_code == 200
    assert not OptOut.objects.exists()
    assert visitor.post(stop).status_code == 302
    assert OptOut.objects.get().user == firm.membership().user
    published(moving, domain="mobilite")
    assert told() == [address(firm)]
