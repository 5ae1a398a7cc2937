"""Three screens from a SIREN or a SIRET to a space, and each way in which they may stop."""

import json

import pytest
from stdnum import luhn

from marketplace.accounts import registry
from marketplace.accounts.models import JoinRequest, Membership, Organisation, User
from tests.accounts.conftest import code_sent_to, last_mail, sign_in
from tests.factories import MembershipFactory, OrganisationFactory, UserFactory, make, siren

pytestmark = pytest.mark.django_db

SIREN = siren(71000)
SIRET = f"{SIREN}0001" + luhn.calc_check_digit(f"{SIREN}0001")
INES = {"first_name": "Inès", "last_name": "Kerbrat", "email": "ines@exemple.fr"}
COMPANY, BUYER = "/inscription/entreprise/", "/inscription/acheteur/"


def words(answer):
    return answer.content.decode().replace("\u00a0", " ")


@pytest.fixture
def register_knows(settings, tmp_path):
    def write(**facts):
        known = {"siren": SIREN, "name": "Tramélys", "legal_form": "SAS", "postcode": "29200", "city": "Brest", **facts}
        settings.COMPANY_REGISTRY_FILE = tmp_path / "known.json"
        settings.COMPANY_REGISTRY_FILE.write_text(json.dumps([known]))

    return write


def test_a_company_registers_in_three_screens(client, register_knows):
    register_knows()
    answer = client.post(COMPANY, {"identifier": f"{SIREN[:3]} {SIREN[3:6]} {SIREN[6:]}"})
    assert answer.url == f"{COMPANY}verifier/"
    page = words(client.get(answer.url))
    assert "C’est bien vous ?" in page
    assert "Tramélys" in page
    assert "29200 Brest" in page
    answer = client.post(answer.url)
    assert answer.url == f"{COMPANY}vous/"
    answer = client.post(answer.url, INES)
    assert not Organisation.objects.exists()
    answer = client.post(answer.url, {"code": code_sent_to("ines@exemple.fr")}, follow=True)
    firm = Organisation.objects.get()
    assert (firm.name, firm.identifier, firm.kind, firm.registry_checked_at is None) == (
        "Tramélys",
        SIREN,
        "supplier",
        False,
    )
    assert Membership.objects.get(organisation=firm, user__email="ines@exemple.fr").is_owner
    assert "« Tramélys » est inscrite" in words(answer)


def test_a_buyer_registers_and_waits_for_the_operator(client, register_knows):
    register_knows(name="COMMUNE DE BREST")
    client.post(BUYER, {"identifier": SIRET, "buyer_category": "local_authority"})
    client.post(f"{BUYER}verifier/")
    answer = client.post(f"{BUYER}vous/", INES)
    client.post(answer.url, {"code": code_sent_to("ines@exemple.fr")})
    buyer = Organisation.objects.get()
    assert (buyer.kind, buyer.identifier, buyer.buyer_category, buyer.is_verified) == (
        "buyer", SIRET, "local_authority", False)  # fmt: skip
    assert "Identité en cours de vérification" in words(client.get("/compte/equipe/"))


@pytest.mark.parametrize("typed", ["123456789", "", "abc"])
def test_a_wrong_siren_says_what_to_do(client, typed):
    answer = client.post(COMPANY, {"identifier": typed})
    assert answer.status_code == 422
    assert "vérifiez les 9 chiffres" in words(answer) or "Remplissez ce champ" in words(answer)
    assert f'value="{typed}"' in words(answer) or not typed


def test_a_buyer_says_its_category(client):
    assert client.post(BUYER, {"identifier": SIRET}).status_code == 422


def test_a_closed_company_is_told_which_one_to_give(client, register_knows):
    register_knows(is_active=False)
    assert "fermée au répertoire" in words(client.post(COMPANY, {"identifier": SIREN}))


def test_an_unknown_siren_is_told(client, monkeypatch):
    monkeypatch.setattr(registry.OfflineRegistry, "lookup", lambda self, number: registry.NotFound(number))
    assert "n’existe pas au répertoire" in words(client.post(COMPANY, {"identifier": SIREN}))


def test_when_the_register_is_silent_one_goes_on_as_declared(client):
    client.post(COMPANY, {"identifier": SIREN})
    page = words(client.get(f"{COMPANY}verifier/"))
    assert "nous vérifierons plus tard" in page
    missing = client.post(f"{COMPANY}verifier/", {"name": "Tramélys"})
    assert missing.status_code == 422
    assert 'value="Tramélys"' in words(missing)
    declared = {"name": "Tramélys", "address": "1 quai", "postcode": "29200", "city": "Brest"}
    client.post(f"{COMPANY}verifier/", declared)
    answer = client.post(f"{COMPANY}vous/", INES)
    client.post(answer.url, {"code": code_sent_to("ines@exemple.fr")})
    firm = Organisation.objects.get()
    assert (firm.name, firm.city, firm.registry_checked_at) == ("Tramélys", "Brest", None)


def test_a_company_of_another_country(client):
    typed = {"identifier_scheme": "eu_vat", "identifier": "BE0403019261"}
    assert client.post(f"{COMPANY}autre-pays/", typed).url == f"{COMPANY}verifier/"
    declared = {"name": "Tramways SA", "address": "1 rue", "postcode": "1000", "city": "Bruxelles", "country": "be"}
    client.post(f"{COMPANY}verifier/", declared)
    answer = client.post(f"{COMPANY}vous/", INES)
    client.post(answer.url, {"code": code_sent_to("ines@exemple.fr")})
    firm = Organisation.objects.get()
    assert (firm.identifier_scheme, firm.identifier, firm.country) == ("eu_vat", "BE0403019261", "BE")


def test_a_known_company_is_joined_with_an_owners_yes(client, register_knows):
    register_knows()
    firm = make(OrganisationFactory, identifier=SIREN, name="Tramélys")
    owner = make(MembershipFactory, organisation=firm)
    client.post(COMPANY, {"identifier": SIREN})
    assert "Cette organisation est déjà inscrite" in words(client.get(f"{COMPANY}verifier/"))
    client.post(f"{COMPANY}verifier/")
    answer = client.post(f"{COMPANY}vous/", INES)
    client.post(answer.url, {"code": code_sent_to("ines@exemple.fr")})
    request = JoinRequest.objects.get(user__email="ines@exemple.fr")
    assert request.organisation == firm
    assert not Membership.objects.filter(user=request.user).exists()
    assert last_mail(owner.user.email).subject.startswith("Une personne demande")


def test_somebody_with_an_account_ends_with_one_click(client, person, register_knows):
    register_knows()
    user = person()
    client.force_login(user)
    client.post(COMPANY, {"identifier": SIREN})
    client.post(f"{COMPANY}verifier/")
    assert user.email in words(client.get(f"{COMPANY}vous/"))
    assert not Organisation.objects.exists()
    client.post(f"{COMPANY}vous/")
    assert Membership.objects.get().user == user
    assert client.post(f"{COMPANY}vous/").url == COMPANY
    assert Organisation.objects.count() == 1


def test_a_known_address_is_told_by_mail_only(client, person, register_knows):
    register_knows()
    user = person()
    client.post(COMPANY, {"identifier": SIREN})
    client.post(f"{COMPANY}verifier/")
    answer = client.post(f"{COMPANY}vous/", INES | {"email": user.email})
    assert answer.url == "/inscription/confirmer/"
    assert last_mail(user.email).subject == "Vous avez déjà un compte sur Préau"
    assert User.objects.count() == 1


def test_signing_in_ends_what_this_very_address_began(client, person, register_knows):
    register_knows()
    user = person()
    client.post(COMPANY, {"identifier": SIREN})
    client.post(f"{COMPANY}verifier/")
    client.post(f"{COMPANY}vous/", INES | {"email": user.email})
    assert "J’ai déjà un compte" in words(client.get("/inscription/confirmer/"))
    assert client.post("/inscription/me-connecter/").url == "/connexion/"
    sign_in(client, user)
    assert Membership.objects.get().user == user


def test_signing_in_with_another_address_asks_first(client, person, register_knows):
    register_knows()
    client.post(COMPANY, {"identifier": SIREN})
    client.post(f"{COMPANY}verifier/")
    assert sign_in(client, person()).url == f"{COMPANY}vous/"
    assert not Organisation.objects.exists()


def test_nobody_skips_a_screen(client):
    assert client.get(f"{COMPANY}vous/").url == COMPANY
    assert client.post(f"{COMPANY}verifier/").url == COMPANY
    client.post(COMPANY, {"identifier": SIREN})
    assert client.get(f"{COMPANY}vous/").url == f"{COMPANY}verifier/"
    assert client.get(f"{BUYER}verifier/").url == BUYER


def test_reading_the_screens_registers_nothing(client, register_knows):
    register_knows()
    for path in ("/inscription/", COMPANY, BUYER, f"{COMPANY}autre-pays/"):
        assert client.get(path).status_code == 200
    assert not Organisation.objects.exists()


def test_a_company_registered_meanwhile_is_joined_instead(client, person, register_knows):
    register_knows()
    client.force_login(person())
    client.post(COMPANY, {"identifier": SIREN})
    client.post(f"{COMPANY}verifier/")
    make(OrganisationFactory, identifier=SIREN, name="Tramélys")
    answer = client.post(f"{COMPANY}vous/")
    assert answer.status_code == 422
    assert "déjà inscrite" in words(answer)


QUEUE = "/espace/exploitant/acheteurs/"


@pytest.fixture
def operator(client, settings):
    settings.SECOND_FACTOR_REQUIRED = False
    membership = make(MembershipFactory, organisation=make(OrganisationFactory, operator=True))
    client.force_login(membership.user)
    return membership


def test_the_operator_verifies_a_buyer(client, operator):
    buyer = make(OrganisationFactory, unverified_buyer=True, name="Commune d’Exemple")
    owner = make(MembershipFactory, organisation=buyer)
    assert "Commune d’Exemple" in words(client.get(QUEUE))
    page = words(client.get(f"{QUEUE}{buyer.pk}/"))
    assert owner.user.email in page
    client.post(f"{QUEUE}{buyer.pk}/")
    buyer.refresh_from_db()
    assert buyer.verified_by == operator.user
    assert "Personne n’attend" in words(client.get(QUEUE))
    assert client.post(f"{QUEUE}{buyer.pk}/").status_code == 422
    assert last_mail(owner.user.email).subject == "Votre organisation est vérifiée"


@pytest.mark.parametrize("kind", ["owner", "superuser", "rival"])
def test_nobody_else_verifies(client, kind):
    buyer = make(OrganisationFactory, unverified_buyer=True)
    user = {
        "owner": lambda: make(MembershipFactory, organisation=buyer).user,
        "superuser": lambda: UserFactory(is_superuser=True),
        "rival": lambda: make(MembershipFactory).user,
    }[kind]()
    client.force_login(user)
    assert client.get(QUEUE).status_code == 403
    assert client.post(f"{QUEUE}{buyer.pk}/").status_code == (403 if kind == "owner" else 404)
    buyer.refresh_from_db()
    assert not buyer.is_verified


def test_the_queue_takes_as_many_queries_for_three_as_for_one(client, operator, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    make(OrganisationFactory, unverified_buyer=True)
    with CaptureQueriesContext(connection) as one:
        client.get(QUEUE)
    for _ in range(2):
        make(OrganisationFactory, unverified_buyer=True)
    with django_assert_num_queries(len(one)):
        client.get(QUEUE)
