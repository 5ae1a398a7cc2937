"""The second factor: who needs one, how one sets it up, and that a session without it goes nowhere."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.urls import reverse

from marketplace.accounts.second_factor import reason_for
from tests.accounts.conftest import sign_in
from tests.factories import PASSWORD, MembershipFactory, OrganisationFactory, make

pytestmark = pytest.mark.django_db

SECRET = "JBSWY3DPEHPK3PXP"
QUEUE = "/espace/exploitant/acheteurs/"


def code_of(secret):
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


def words(answer):
    return answer.content.decode().replace("\u00a0", " ")


@pytest.fixture
def operator(person):
    user = person()
    make(MembershipFactory, user=user, organisation=make(OrganisationFactory, operator=True))
    return user


def test_bidders_are_offered_one_and_not_forced(client, person):
    user = person()
    make(MembershipFactory, user=user)
    assert reason_for(user) == ""
    sign_in(client, user)
    assert client.get("/compte/equipe/").status_code == 200
    assert "Proposée" in words(client.get("/compte/"))


def test_editors_and_the_operator_need_one(person, operator):
    assert "exploitez le site" in reason_for(operator)
    assert "rédigez les pages" in reason_for(person(is_staff=True))


@pytest.mark.parametrize(("role", "needs"), [("custodian", True), ("signatory", True), ("validator", True),
                                             ("evaluator", False), ("author", False)])  # fmt: skip
def test_roles_in_a_call(person, role, needs, now):
    from procurement.calls.models import TeamMember
    from tests.calls.builders import make_team, write_call
    from tests.factories import within_act

    user = person()
    call = write_call(make_team(), now)
    within_act(lambda: TeamMember.objects.create(call=call, user=user, role=role), chain=call.chain)
    assert bool(reason_for(user)) is needs


def test_one_is_sent_to_set_it_up_and_comes_back(client, operator):
    sign_in(client, operator)
    answer = client.get(QUEUE)
    assert answer.url == reverse("accounts:second_factor")
    assert "exploitez le site" in words(client.get(answer.url))
    assert client.get("/compte/equipe/").url == answer.url
    assert client.get("/compte/").status_code == 200
    client.get(QUEUE)
    start = client.get("/compte/double-verification/application/", follow=True)
    assert start.redirect_chain[-1][0].startswith("/compte/confirmer/")
    client.post(start.redirect_chain[-1][0], {"password": PASSWORD})
    page = client.get("/compte/double-verification/application/")
    secret = page.context["form"].secret
    assert secret in words(page)
    wrong = client.post("/compte/double-verification/application/", {"code": "000000"})
    assert "<title>Erreur :" in words(wrong)
    answer = client.post("/compte/double-verification/application/", {"code": code_of(secret)})
    assert answer.url == "/compte/double-verification/codes/"
    codes = client.get(answer.url)
    assert len(codes.context["unused_codes"]) == 10
    assert client.get("/compte/second-moyen/suite/").url == QUEUE


def test_the_secret_is_encrypted_at_rest(operator):
    TOTP.activate(operator, SECRET)
    kept = Authenticator.objects.get(user=operator, type="totp")
    assert SECRET not in str(kept.data)
    assert kept.wrap().validate_code(code_of(SECRET))


def test_sign_in_asks_for_the_second_factor(client, operator):
    TOTP.activate(operator, SECRET)
    answer = sign_in(client, operator)
    assert answer.url == "/connexion/double-verification/"
    assert client.get(QUEUE).url.startswith("/connexion/")
    assert "<title>Erreur :" in words(client.post(answer.url, {"code": "000000"}))
    answer = client.post(answer.url, {"code": code_of(SECRET)})
    assert answer.url == QUEUE
    assert client.get(QUEUE).status_code == 200


def test_a_code_by_mail_does_not_replace_the_second_factor(client, operator):
    from tests.accounts.conftest import code_sent_to

    TOTP.activate(operator, SECRET)
    client.post("/connexion/code/", {"email": operator.email})
    answer = client.post("/connexion/code/confirmer/", {"code": code_sent_to(operator.email)})
    assert answer.url == "/connexion/double-verification/"


def test_a_session_that_did_not_show_it_does_not_pass(client, operator):
    TOTP.activate(operator, SECRET)
    client.force_login(operator)
    assert client.get(QUEUE).url == reverse("accounts:second_factor")
    assert client.post(f"{QUEUE}00000000-0000-0000-0000-000000000000/").url == reverse("accounts:second_factor")
    assert "Cette connexion s’est faite sans elle" in words(client.get(reverse("accounts:second_factor")))


def test_whoever_takes_it_away_must_set_one_up_again(client, operator):
    TOTP.activate(operator, SECRET)
    client.post(sign_in(client, operator).url, {"code": code_of(SECRET)})
    client.post("/compte/confirmer/", {"password": PASSWORD})
    client.post("/compte/double-verification/application/retirer/")
    assert not Authenticator.objects.filter(user=operator).exists()
    client.post("/deconnexion/")
    sign_in(client, operator)
    assert client.get(QUEUE).url == reverse("accounts:second_factor")


def test_taking_it_away_asks_who_is_there(client, operator):
    TOTP.activate(operator, SECRET)
    client.post(sign_in(client, operator).url, {"code": code_of(SECRET)})
    answer = client.post("/compte/double-verification/application/retirer/")
    assert answer.url.startswith("/compte/confirmer/")
    assert Authenticator.objects.filter(user=operator, type="totp").exists()


def test_a_recovery_code_serves_once(client, operator):
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

    TOTP.activate(operator, SECRET)
    code = RecoveryCodes.activate(operator).get_unused_codes()[0]
    assert client.post(sign_in(client, operator).url, {"code": code}).url == QUEUE
    client.post("/deconnexion/")
    again = client.post(sign_in(client, operator).url, {"code": code})
    assert again.status_code == 200


def test_the_check_of_a_deployment_speaks(settings, monkeypatch):
    from marketplace.accounts.checks import check_deployment

    settings.SECOND_FACTOR_REQUIRED = False
    monkeypatch.delenv("TRUSTED_PROXY_COUNT", raising=False)
    assert [found.id for found in check_deployment()] == ["accounts.E001", "accounts.W001"]
    settings.SECOND_FACTOR_REQUIRED = True
    monkeypatch.setenv("TRUSTED_PROXY_COUNT", "0")
    assert check_deployment() == []
