"""Registering and verifying organisations."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Membership, Organisation
from marketplace.accounts.services import (
    AlreadyKnown,
    Declared,
    ask_verification,
    refuse_verification,
    register_organisation,
    verify_organisation,
)
from marketplace.journal.errors import NotAllowed, Refusal
from marketplace.journal.models import Entry
from marketplace.journal.outbox import drain
from marketplace.mail.models import Message
from tests.factories import OrganisationFactory, UserFactory, actor_for, make, siren

pytestmark = pytest.mark.django_db

SIREN = siren(70000)


def declared(**changes):
    facts = {
        "kind": "buyer",
        "name": "Commune d’Exemple",
        "identifier_scheme": "siren",
        "identifier": SIREN,
        "buyer_category": "local_authority",
    }
    return Declared(**facts | changes)


def register(now, owner=None, **changes):
    owner = owner or UserFactory()
    return register_organisation(declared=declared(**changes), owner=owner, actor=Actor.person(owner), now=now)


def refusal(now, **changes):
    with pytest.raises(Refusal) as refused:
        register(now, **changes)
    return refused.value.reasons[0]


@pytest.fixture
def register_knows(settings, tmp_path):
    def write(**facts):
        settings.COMPANY_REGISTRY_FILE = tmp_path / "known.json"
        settings.COMPANY_REGISTRY_FILE.write_text(json.dumps([{"siren": SIREN, "name": "Exemple", **facts}]))

    return write


def test_the_person_who_registers_is_the_first_owner(now):
    owner = UserFactory()
    buyer = register(now, owner, identifier=f" {SIREN[:3]} {SIREN[3:6]} {SIREN[6:]} ")
    assert (buyer.identifier, buyer.siren, buyer.is_verified, buyer.registry_checked_at) == (SIREN, SIREN, False, None)
    assert Membership.objects.get(organisation=buyer, user=owner).is_owner
    entry = Entry.objects.get(act="organisation.registered")
    assert entry.actor == f"person:{owner.pk}"
    assert entry.data["kind"] == "buyer"
    assert buyer.name not in json.dumps([entry.data, entry.digests])


def test_what_the_register_says_prevails(now, register_knows):
    register_knows(name="COMMUNE D’EXEMPLE", city="EXEMPLE")
    buyer = register(now, city="Ailleurs", postcode="01000")
    assert (buyer.name, buyer.city, buyer.postcode) == ("COMMUNE D’EXEMPLE", "EXEMPLE", "01000")
    assert buyer.registry_checked_at == now


def test_a_closed_organisation_is_refused(now, register_knows):
    register_knows(is_active=False)
    assert "est fermée au répertoire" in refusal(now)


def test_a_siren_that_the_register_does_not_hold_is_refused(now, monkeypatch):
    from marketplace.accounts import registry

    monkeypatch.setattr(registry.OfflineRegistry, "lookup", lambda self, number: registry.NotFound(number))
    assert "n’existe pas au répertoire" in refusal(now)


def test_a_wrong_siren_is_refused_with_the_sentence(now):
    assert refusal(now, identifier="999700001").startswith(
        "Ce SIREN ne passe pas le contrôle\u00a0: vérifiez les 9 chiffres"
    )


def test_a_buyer_says_its_category(now):
    assert "Choisissez votre catégorie d’acheteur" in refusal(now, buyer_category="")
    assert register(now, kind="supplier", buyer_category="").kind == "supplier"


def test_a_name_is_needed(now):
    assert "Indiquez le nom" in refusal(now, name="  ")


@pytest.mark.parametrize(
    ("scheme", "identifier"), [("siren", SIREN), ("siret", f"{SIREN}00018"), ("eu_vat", f"FR{SIREN}")]
)
def test_one_organisation_per_siren(now, scheme, identifier):
    known = make(OrganisationFactory, identifier=SIREN, name="Connue")
    if scheme == "siret":
        from stdnum import luhn

        identifier = f"{SIREN}0001" + luhn.calc_check_digit(f"{SIREN}0001")
    if scheme == "eu_vat":
        from stdnum.fr import siren as french

        identifier = "FR" + french.to_tva(SIREN)
    with pytest.raises(AlreadyKnown, match="« Connue » est déjà inscrite") as refused:
        register(now, identifier_scheme=scheme, identifier=identifier)
    assert refused.value.organisation == known
    assert not Entry.objects.filter(act="organisation.registered").exists()


def test_services_of_the_state_share_a_siren(now):
    from stdnum import luhn

    first, second = (stem + luhn.calc_check_digit(stem) for stem in (f"{SIREN}0001", f"{SIREN}0002"))
    one = register(now, identifier_scheme="siret", identifier=first, buyer_category="state")
    other = register(now, identifier_scheme="siret", identifier=second, buyer_category="state")
    assert one.siren == other.siren
    with pytest.raises(AlreadyKnown):
        register(now, identifier_scheme="siret", identifier=second, buyer_category="state")


def test_a_visitor_registers_nothing(now):
    with pytest.raises(NotAllowed, match="Connectez-vous"):
        register_organisation(declared=declared(), owner=UserFactory(), actor=Actor.visitor(), now=now)


def test_only_the_installation_lays_out_the_operator(now):
    facts = declared(kind="operator", buyer_category="")
    owner = UserFactory(is_superuser=True)
    with pytest.raises(NotAllowed):
        register_organisation(declared=facts, owner=owner, actor=Actor.person(owner), now=now)
    operator = register_organisation(declared=facts, owner=owner, actor=Actor.system("installation"), now=now)
    assert operator.kind == Organisation.Kind.OPERATOR


def test_the_operator_verifies_once(now):
    buyer = make(OrganisationFactory, unverified_buyer=True)
    agent = actor_for(organisation__operator=True)
    assert list(Organisation.objects.awaiting_verification()) == [buyer]
    verify_organisation(organisation=buyer, actor=agent, now=now)
    buyer.refresh_from_db()
    assert (buyer.verified_at, buyer.verified_by_id, buyer.is_verified) == (now, agent.user_id, True)
    assert list(Organisation.objects.verified()) == [buyer]
    with pytest.raises(Refusal, match="déjà vérifiée"):
        verify_organisation(organisation=buyer, actor=agent, now=now)


def test_a_company_asks_once_to_be_verified_and_waits_behind_those_before_it(now):
    owner = actor_for()
    company = owner.membership().organisation
    member = actor_for(company, role=Membership.Role.MEMBER)
    assert not Organisation.objects.awaiting_verification().exists()
    with pytest.raises(NotAllowed):
        ask_verification(organisation=company, actor=member, now=now)
    ask_verification(organisation=company, actor=owner, now=now)
    assert list(Organisation.objects.awaiting_verification()) == [company]
    assert Entry.objects.filter(act="organisation.verification_asked").count() == 1
    with pytest.raises(Refusal, match="déjà partie"):
        ask_verification(organisation=company, actor=owner, now=now)
    verify_organisation(organisation=company, actor=actor_for(organisation__operator=True), now=now)
    assert not Organisation.objects.awaiting_verification().exists()
    with pytest.raises(Refusal, match="déjà vérifiée"):
        ask_verification(organisation=company, actor=owner, now=now)


def browser_of(actor: Actor) -> Client:
    client = Client()
    client.force_login(actor.membership().user)
    return client


class TestRefusedVerification:
    def test_owners_learn_why_and_may_ask_again(self, now, settings):
        settings.SECOND_FACTOR_REQUIRED = False
        operator = actor_for(organisation__operator=True)
        owner = actor_for(organisation__unverified_buyer=True)
        buyer = owner.membership().organisation
        page = reverse("accounts:refuse_verification", args=[buyer.pk])
        response = browser_of(operator).post(page, {"reason": " "})
        assert response.status_code == 422
        response = browser_of(operator).post(page, {"reason": "Le standard ne connaît pas cette personne."})
        assert response.status_code == 302
        assert not Organisation.objects.awaiting_verification().exists()
        drain()
        mail = Message.objects.get(kind="accounts.verification_refused")
        assert "Le standard ne connaît pas cette personne." in mail.body
        assert mail.address == owner.membership().user.email
        for name in ("accounts:team", "desk:buyer_home"):
            assert "Le standard ne connaît pas" in browser_of(owner).get(reverse(name)).content.decode()
        assert browser_of(owner).post(reverse("accounts:ask_verification")).status_code == 302
        assert list(Organisation.objects.awaiting_verification()) == [buyer]
        verify_organisation(organisation=buyer, actor=operator, now=now)
        with pytest.raises(Refusal, match="déjà vérifiée"):
            refuse_verification(organisation=buyer, reason="Trop tard.", actor=operator, now=now)

    def test_it_is_answered_once_until_asked_again(self, now):
        operator, buyer = actor_for(organisation__operator=True), make(OrganisationFactory, unverified_buyer=True)
        refuse_verification(organisation=buyer, reason="Inconnue.", actor=operator, now=now)
        with pytest.raises(Refusal, match="déjà reçu"):
            refuse_verification(organisation=buyer, reason="Inconnue.", actor=operator, now=now)

    def test_the_operator_may_still_change_their_mind(self, now):
        operator, buyer = actor_for(organisation__operator=True), make(OrganisationFactory, unverified_buyer=True)
        refuse_verification(organisation=buyer, reason="Inconnue.", actor=operator, now=now)
        verified = verify_organisation(organisation=buyer, actor=operator, now=now)
        assert (verified.verification_refused_at, verified.verification_refusal) == (None, "")

    def test_nobody_else_refuses(self, now):
        buyer = make(OrganisationFactory, unverified_buyer=True)
        with pytest.raises(NotAllowed):
            refuse_verification(organisation=buyer, reason="Inconnue.", actor=actor_for(buyer), now=now)


@pytest.mark.parametrize("kind", ["own", "superuser", "system", "visitor"])
def test_nobody_else_verifies(now, kind):
    buyer = make(OrganisationFactory, unverified_buyer=True)
    actors = {
        "own": lambda: actor_for(buyer),
        "superuser": lambda: Actor.person(UserFactory(is_superuser=True, is_staff=True)),
        "system": lambda: Actor.system("installation"),
        "visitor": Actor.visitor,
    }
    with pytest.raises(NotAllowed, match="Seul l’exploitant"):
        verify_organisation(organisation=buyer, actor=actors[kind](), now=now)
    buyer.refresh_from_db()
    assert not buyer.is_verified
    assert Entry.objects.filter(act="organisation.verify.refused").count() == 1


def test_sizes_of_small_firms():
    assert OrganisationFactory.build(size="micro").is_sme
    assert OrganisationFactory.build(size="sme").is_sme
    assert not OrganisationFactory.build(size="mid").is_sme
    assert not OrganisationFactory.build(size="").is_sme
