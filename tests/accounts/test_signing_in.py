"""Coming in: password, code, forgotten password, limits, and nothing said about who has an account."""

import pytest
from allauth.account.models import EmailAddress
from django.urls import NoReverseMatch, reverse

from marketplace.accounts.allauth_urls import urlpatterns
from marketplace.accounts.models import User
from marketplace.mail.models import Message
from tests.accounts.conftest import code_sent_to, last_mail, sign_in
from tests.factories import PASSWORD, MembershipFactory, OrganisationFactory, make

pytestmark = pytest.mark.django_db


def words(answer):
    return answer.content.decode().replace("\u00a0", " ")


def test_a_password_opens_the_account(client, person):
    answer = sign_in(client, person())
    assert (answer.status_code, answer.url) == (302, "/compte/")


@pytest.mark.parametrize(
    ("traits", "home"),
    [
        ({"buyer": True}, "desk:buyer_home"),
        ({}, "desk:company_home"),
        ({"operator": True}, "accounts:verify_buyers"),
    ],
)
def test_one_lands_in_the_space_of_ones_organisation(client, person, traits, home):
    user = person()
    make(MembershipFactory, user=user, organisation=make(OrganisationFactory, **traits))
    try:
        expected = reverse(home)
    except NoReverseMatch:
        expected = "/compte/"
    assert sign_in(client, user).url == expected


def test_one_comes_back_to_the_page_one_wanted(client, person):
    answer = client.post("/connexion/?next=/compte/equipe/", {"login": person().email, "password": PASSWORD})
    assert answer.url == "/compte/equipe/"


def test_one_is_never_led_to_another_site(client, person):
    answer = client.post("/connexion/?next=https://ailleurs.exemple/", {"login": person().email, "password": PASSWORD})
    assert answer.url == "/compte/"


def test_a_wrong_password_keeps_the_address_typed(client, person):
    user = person()
    answer = client.post("/connexion/", {"login": user.email, "password": "ce-n-est-pas-lui"})
    assert f'value="{user.email}"' in words(answer)
    assert "<title>Erreur :" in words(answer)


def test_known_and_unknown_addresses_answer_alike(client, person):
    user = person()
    pages = [
        words(client.post("/connexion/", {"login": login, "password": "faux"})).replace(login, "X")
        for login in (user.email, "personne@ailleurs.fr")
    ]
    assert without_tokens(pages[0]) == without_tokens(pages[1])


def without_tokens(page):
    import re

    return re.sub(r'(csrfmiddlewaretoken" value="|name="now" content=")[^"]*', "", page)


@pytest.mark.parametrize(
    ("path", "field"),
    [("/connexion/code/", "email"), ("/mot-de-passe-oublie/", "email"), ("/inscription/personne/", "email")],
)
def test_asking_for_a_code_says_nothing_of_who_has_an_account(client, person, path, field):
    known = person().email
    pages = []
    for address in (known, "personne@ailleurs.fr"):
        client.cookies.clear()
        typed = {field: address, "first_name": "Inès", "last_name": "Kerbrat"}
        answer = client.post(path, typed, follow=True)
        pages.append(without_tokens(words(answer)).replace(address, "X"))
    assert pages[0] == pages[1]
    assert "un code vient d’y être envoyé" in pages[0]


def test_a_code_opens_the_account(client, person):
    user = person()
    client.post("/connexion/code/", {"email": user.email})
    assert client.post("/connexion/code/confirmer/", {"code": "XXXX-XXXX"}).status_code == 200
    answer = client.post("/connexion/code/confirmer/", {"code": code_sent_to(user.email)})
    assert (answer.status_code, answer.url) == (302, "/compte/")


def test_a_person_opens_an_account_and_proves_the_address(client):
    typed = {"first_name": "Inès", "last_name": "Kerbrat", "email": "Ines@Exemple.fr"}
    answer = client.post("/inscription/personne/", typed)
    assert answer.url == "/inscription/confirmer/"
    assert not EmailAddress.objects.get().verified
    answer = client.post(answer.url, {"code": code_sent_to("ines@exemple.fr")})
    user = User.objects.get(email="ines@exemple.fr")
    assert (str(user), user.has_usable_password(), EmailAddress.objects.get().verified) == ("Inès Kerbrat", False, True)
    assert client.get("/compte/").status_code == 200


def test_who_signs_up_twice_is_told_by_mail(client, person):
    user = person()
    client.post("/inscription/personne/", {"first_name": "A", "last_name": "B", "email": user.email})
    assert last_mail(user.email).subject == "Vous avez déjà un compte sur Préau"
    assert User.objects.count() == 1


def test_a_forgotten_password_is_replaced_with_a_code(client, person):
    user = person()
    assert client.post("/mot-de-passe-oublie/", {"email": user.email}).url == "/mot-de-passe-oublie/code/"
    assert client.post("/mot-de-passe-oublie/code/", {"code": code_sent_to(user.email)}).status_code == 302
    new = "quatre mots sans aucun lien"
    short = client.post("/mot-de-passe-oublie/nouveau/", {"password1": "court", "password2": "court"})
    assert "12" in words(short)
    client.post("/mot-de-passe-oublie/nouveau/", {"password1": new, "password2": new})
    user.refresh_from_db()
    assert user.check_password(new)
    assert last_mail(user.email).subject == "Votre mot de passe a changé"


def test_bad_passwords_of_anybody_do_not_lock_a_bidder_out(client, person):
    user = person()
    for _ in range(9):
        client.post("/connexion/", {"login": user.email, "password": "faux"})
    assert sign_in(client, user).status_code == 302
    client.post("/deconnexion/")
    for _ in range(11):
        answer = client.post("/connexion/", {"login": user.email, "password": "faux"})
    assert "Trop de tentatives" in words(answer)


def test_a_closed_account_does_not_open(client, person):
    user = person(is_active=False)
    sign_in(client, user)
    assert client.get("/compte/").status_code == 302


def test_signing_out_takes_a_post(client, person):
    client.force_login(person())
    assert "Me déconnecter" in words(client.get("/deconnexion/"))
    assert client.get("/compte/").status_code == 200
    client.post("/deconnexion/")
    assert client.get("/compte/").status_code == 302


def test_an_address_changes_once_the_new_one_is_proven(client, person):
    user = person()
    sign_in(client, user)
    client.post("/compte/confirmer/", {"password": PASSWORD})
    client.post("/compte/adresse/", {"email": "nouvelle@exemple.fr", "action_add": "1"})
    user.refresh_from_db()
    assert user.email != "nouvelle@exemple.fr"
    client.post("/inscription/confirmer/", {"code": code_sent_to("nouvelle@exemple.fr")})
    user.refresh_from_db()
    assert user.email == "nouvelle@exemple.fr"


PUBLIC = ["account_login", "account_request_login_code", "account_signup", "account_reset_password", "account_inactive",
          "socialaccount_login_cancelled", "socialaccount_login_error", "account_password_reset_completed"]  # fmt: skip
OWN = ["account_logout", "account_email", "account_change_password", "usersessions_list", "socialaccount_connections",
       "mfa_index", "mfa_activate_totp", "mfa_list_webauthn", "mfa_add_webauthn", "account_reauthenticate"]  # fmt: skip


@pytest.mark.parametrize("name", PUBLIC + OWN)
def test_every_page_of_allauth_is_ours(client, person, name):
    if name in OWN:
        user = person()
        sign_in(client, user)
        client.post("/compte/confirmer/", {"password": PASSWORD})
    answer = client.get(reverse(name), follow=True)
    assert answer.status_code in {200, 401}
    used = [template.origin.name for template in answer.templates if template.origin]
    assert [name for name in used if "site-packages/allauth" in name] == []
    assert "Préau" in words(answer)
    for english in ("Sign In", "Password", "Email", "Cancel"):
        assert f">{english}<" not in words(answer)


def test_pages_that_are_not_offered_have_no_address():
    names = {pattern.name for pattern in urlpatterns}
    assert not names & {"account_signup_by_passkey", "mfa_trust", "account_confirm_email"}


def test_mails_of_codes_are_short_and_french(client, person):
    user = person()
    client.post("/connexion/code/", {"email": user.email})
    mail = Message.objects.get(address=user.email)
    assert mail.subject == "Votre code de connexion à Préau"
    assert "Recopiez-le" in mail.body
    assert "&#" not in mail.body


@pytest.mark.parametrize(
    "path", ["/gestion/login/", "/gestion/password_reset/", "/gestion/password_reset/confirm/a/b/"]
)
def test_the_doors_of_wagtail_accept_no_password(client, person, path):
    user = person(is_superuser=True, is_staff=True)
    answer = client.post(path, {"username": user.email, "password": PASSWORD})
    assert answer.status_code == 302
    assert answer.url.startswith(("/connexion/", "/mot-de-passe-oublie/"))
    assert "_auth_user_id" not in client.session


def test_the_door_of_wagtail_keeps_where_one_was_going(client):
    assert client.get("/gestion/login/?next=/gestion/pages/").url == "/connexion/?next=%2Fgestion%2Fpages%2F"
