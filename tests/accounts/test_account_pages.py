"""The hub, for whom one acts, teams, invitations, one's own data: by the right people, and by the wrong ones."""

import json
import re

import pytest

from marketplace.accounts.actors import SESSION_KEY
from marketplace.accounts.models import Invitation, JoinRequest, Membership, User
from marketplace.journal.models import Entry
from tests.accounts.conftest import code_sent_to, last_mail, sign_in
from tests.factories import MembershipFactory, OrganisationFactory, UserFactory, make

pytestmark = pytest.mark.django_db


def words(answer):
    return answer.content.decode().replace("\u00a0", " ")


@pytest.fixture
def firm():
    return make(OrganisationFactory, name="Tramélys")


@pytest.fixture
def owner(firm):
    return make(MembershipFactory, organisation=firm)


@pytest.fixture
def member(firm, owner):
    return make(MembershipFactory, organisation=firm, role="member")


def test_one_chooses_for_whom_one_acts(client, owner):
    other = make(MembershipFactory, user=owner.user, organisation=make(OrganisationFactory, buyer=True))
    client.force_login(owner.user)
    assert client.get("/espace/exploitant/acheteurs/").url == "/compte/agir-pour/"
    page = words(client.get("/compte/agir-pour/"))
    assert "Tramélys" in page
    assert other.organisation.name in page
    client.post("/compte/agir-pour/", {"membership": str(other.pk)})
    assert client.session[SESSION_KEY] == str(other.organisation_id)
    assert other.organisation.name in words(client.get("/compte/equipe/"))


def test_nobody_acts_for_somebody_elses_organisation(client, owner):
    stranger = make(MembershipFactory)
    client.force_login(owner.user)
    client.post("/compte/agir-pour/", {"membership": str(stranger.pk)})
    assert SESSION_KEY not in client.session
    client.post("/compte/agir-pour/", {"membership": "n’importe quoi"})
    assert SESSION_KEY not in client.session


def test_after_sign_in_somebody_of_several_organisations_chooses(client, person):
    user = person()
    for _ in range(2):
        make(MembershipFactory, user=user)
    assert sign_in(client, user).url == "/compte/agir-pour/"


def test_an_owner_sees_the_team_and_manages_it(client, owner, member):
    client.force_login(owner.user)
    page = words(client.get("/compte/equipe/"))
    assert member.user.email in page
    assert "Inviter une personne" in page
    client.post(f"/compte/equipe/{member.pk}/role/", {"role": "owner"})
    member.refresh_from_db()
    assert member.is_owner
    client.post(f"/compte/equipe/{member.pk}/fin/")
    member.refresh_from_db()
    assert member.until is not None


def test_a_member_sees_the_team_and_changes_nothing(client, owner, member):
    client.force_login(member.user)
    assert "Inviter une personne" not in words(client.get("/compte/equipe/"))
    assert client.get("/compte/equipe/inviter/").status_code == 403
    assert client.post("/compte/equipe/inviter/", {"email": "a@exemple.fr", "role": "member"}).status_code == 403
    assert client.post(f"/compte/equipe/{owner.pk}/role/", {"role": "member"}).status_code == 403
    assert client.post(f"/compte/equipe/{owner.pk}/fin/").status_code == 403
    assert client.post(f"/compte/equipe/{member.pk}/fin/").url == "/compte/"


def test_another_team_is_like_one_that_does_not_exist(client, owner):
    client.force_login(make(MembershipFactory).user)
    for path in ("role", "fin"):
        assert client.post(f"/compte/equipe/{owner.pk}/{path}/", {"role": "member"}).status_code == 404
    client.force_login(UserFactory(is_superuser=True))
    assert client.get("/compte/equipe/").status_code == 404


def test_the_last_owner_is_told_why_they_stay(client, owner):
    client.force_login(owner.user)
    answer = client.post(f"/compte/equipe/{owner.pk}/fin/")
    assert answer.status_code == 422
    assert "garde toujours un responsable" in words(answer)


@pytest.mark.parametrize(("answer", "joined"), [("accept", True), ("decline", False)])
def test_an_owner_answers_a_request(client, firm, owner, now, answer, joined):
    from marketplace.accounts.actors import Actor
    from marketplace.accounts.services import request_to_join

    newcomer = UserFactory()
    request = request_to_join(organisation=firm, actor=Actor.person(newcomer), now=now)
    client.force_login(owner.user)
    assert newcomer.email in words(client.get("/compte/equipe/"))
    client.post(f"/compte/equipe/demandes/{request.pk}/", {"answer": answer})
    assert Membership.objects.filter(user=newcomer).exists() is joined
    assert JoinRequest.objects.get().decided_at is not None


def test_nobody_else_answers_a_request(client, firm, owner, member, now):
    from marketplace.accounts.actors import Actor
    from marketplace.accounts.services import request_to_join

    newcomer = UserFactory()
    request = request_to_join(organisation=firm, actor=Actor.person(newcomer), now=now)
    for user in (newcomer, member.user, make(MembershipFactory).user):
        client.force_login(user)
        answer = client.post(f"/compte/equipe/demandes/{request.pk}/", {"answer": "accept"})
        assert answer.status_code in {403, 404}
    assert not Membership.objects.filter(user=newcomer).exists()


def invite(client, owner, email="ines@exemple.fr", role="member"):
    client.force_login(owner.user)
    client.post("/compte/equipe/inviter/", {"email": email, "role": role})
    return re.search(r"/invitation/\S+", last_mail(email).body).group()


def test_an_invited_person_opens_an_account_then_joins(client, owner, firm):
    link = invite(client, owner, "Ines@Exemple.fr".lower())
    client.logout()
    page = words(client.get(link))
    assert "Tramélys" in page
    assert not Membership.objects.filter(user__email="ines@exemple.fr").exists()
    typed = {"first_name": "Inès", "last_name": "Kerbrat", "email": "ines@exemple.fr"}
    answer = client.post(f"/inscription/personne/?next={link}", typed)
    answer = client.post(answer.url, {"code": code_sent_to("ines@exemple.fr")})
    assert answer.url == link
    client.get(link)
    assert not Membership.objects.filter(user__email="ines@exemple.fr").exists()
    client.post(link)
    assert Membership.objects.get(user__email="ines@exemple.fr").organisation == firm
    assert Entry.objects.filter(act="membership.joined").count() == 1
    assert client.post(link).status_code == 422
    assert "déjà servi" in words(client.get(link))


def test_an_invitation_passed_on_admits_nobody(client, owner, person):
    link = invite(client, owner)
    sign_in(client, other := person())
    client.force_login(other)
    assert "pour une autre adresse" in words(client.get(link))
    assert client.post(link).status_code == 403
    assert not Membership.objects.filter(user=other).exists()


def test_a_visitor_accepts_nothing(client, owner):
    link = invite(client, owner)
    client.logout()
    assert client.post(link).url.startswith("/connexion/?next=")


@pytest.mark.parametrize("token", ["rien", "00000000-0000-0000-0000-000000000000:faux"])
def test_an_address_nobody_signed_is_absent(client, token):
    assert client.get(f"/invitation/{token}/").status_code == 404


def test_an_owner_takes_an_invitation_back(client, owner):
    link = invite(client, owner)
    invitation = Invitation.objects.get()
    client.post(f"/compte/equipe/invitations/{invitation.pk}/")
    client.force_login(UserFactory(email="ines@exemple.fr"))
    assert "retirée" in words(client.get(link))
    assert client.post(link).status_code == 422
    client.force_login(make(MembershipFactory).user)
    assert client.post(f"/compte/equipe/invitations/{invitation.pk}/").status_code == 404


def test_an_invitation_ends_after_two_weeks_and_with_its_author(client, owner, firm, moving_clock):
    from datetime import timedelta

    heir = make(MembershipFactory, organisation=firm)
    link = invite(client, owner)
    client.post(f"/compte/equipe/{owner.pk}/fin/")
    client.force_login(UserFactory(email="ines@exemple.fr"))
    assert "retirée" in words(client.get(link))
    link = invite(client, heir, "autre@exemple.fr")
    moving_clock.advance(timedelta(days=14))
    client.force_login(UserFactory(email="autre@exemple.fr"))
    assert "plus de 14 jours" in words(client.get(link))
    assert client.post(link).status_code == 422


def test_an_address_is_invited_once(client, owner, member):
    invite(client, owner)
    again = client.post("/compte/equipe/inviter/", {"email": "ines@exemple.fr", "role": "member"})
    assert "déjà partie" in words(again)
    there = client.post("/compte/equipe/inviter/", {"email": member.user.email, "role": "member"})
    assert "fait déjà partie" in words(there)


def test_the_journal_holds_no_invited_address(client, owner):
    invite(client, owner)
    assert "ines" not in json.dumps([[entry.data, entry.digests] for entry in Entry.objects.all()])


def test_one_takes_ones_data_away(client, owner):
    client.force_login(owner.user)
    answer = client.get("/compte/mes-donnees/telecharger/")
    taken = json.loads(answer.content)
    assert taken["identité"]["adresse électronique"] == owner.user.email
    assert taken["équipes"][0]["organisation"] == "Tramélys"
    assert "courriels reçus" in taken
    assert answer["Content-Disposition"].startswith("attachment")


def test_one_corrects_ones_name(client, owner):
    client.force_login(owner.user)
    client.post("/compte/mes-donnees/nom/", {"first_name": " Inès ", "last_name": "Kerbrat"})
    owner.user.refresh_from_db()
    assert str(owner.user) == "Inès Kerbrat"
    assert client.post("/compte/mes-donnees/nom/", {"first_name": "Inès"}).status_code == 422


def test_the_last_owner_does_not_close_their_account(client, owner):
    client.force_login(owner.user)
    assert "Tramélys" in words(client.get("/compte/mes-donnees/fermer/"))
    answer = client.post("/compte/mes-donnees/fermer/", {"sure": "on"})
    assert answer.status_code == 422
    assert "nommez un autre responsable" in words(answer)


def test_closing_an_account_erases_what_the_law_does_not_keep(client, person, owner, firm):
    user = person(first_name="Inès", last_name="Kerbrat")
    make(MembershipFactory, user=user, organisation=firm, role="member")
    sign_in(client, user)
    assert client.post("/compte/mes-donnees/fermer/").status_code == 422
    client.post("/compte/mes-donnees/fermer/", {"sure": "on"})
    kept = User.objects.get(pk=user.pk)
    assert (str(kept), kept.is_active, kept.has_usable_password()) == ("Inès Kerbrat", False, False)
    assert kept.email.endswith("@compte-ferme.invalid")
    assert not Membership.objects.active().filter(user=user).exists()
    assert client.get("/compte/").status_code == 302
    sign_in(client, user)
    assert client.get("/compte/").status_code == 302


def test_somebody_of_no_team_is_erased_whole(client, person):
    user = person()
    sign_in(client, user)
    client.post("/compte/mes-donnees/fermer/", {"sure": "on"})
    assert User.objects.get(pk=user.pk).get_full_name() == ""


def test_visitors_sign_in_first(client):
    for path in ("", "agir-pour/", "equipe/", "equipe/inviter/", "mes-donnees/", "mes-donnees/telecharger/",
                 "mes-donnees/nom/", "mes-donnees/fermer/", "second-moyen/"):  # fmt: skip
        assert client.get(f"/compte/{path}").url == f"/connexion/?next=/compte/{path}"


def test_the_team_takes_as_many_queries_for_three_as_for_one(client, owner, firm, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.force_login(owner.user)
    client.get("/compte/equipe/")
    with CaptureQueriesContext(connection) as one:
        client.get("/compte/equipe/")
    for _ in range(2):
        make(MembershipFactory, organisation=firm)
    with django_assert_num_queries(len(one)):
        client.get("/compte/equipe/")


def test_one_chooses_which_mails_one_receives(client, owner):
    from marketplace.mail.kinds import kind_of
    from marketplace.mail.services import wants

    client.force_login(owner.user)
    page = words(client.get("/compte/courriels/"))
    assert kind_of("accounts.join_requested").label in page
    client.post("/compte/courriels/", {"accounts.member_added": "on"})
    assert not wants(owner.user, kind_of("accounts.join_requested"))
    assert wants(owner.user, kind_of("accounts.member_added"))
    assert wants(owner.user, kind_of("correspondence.letter"))
