"""Joining, adding, leaving: an owner's yes, and always one owner left."""

import pytest
from django.urls import reverse

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import JoinRequest, Membership, Organisation
from marketplace.accounts.permissions import can
from marketplace.accounts.services import (
    accept_member,
    add_member,
    change_role,
    decline_member,
    end_membership,
    request_to_join,
)
from marketplace.journal.errors import NotAllowed, Refusal
from marketplace.journal.outbox import drain
from marketplace.mail.models import Message
from tests.factories import MembershipFactory, OrganisationFactory, UserFactory, actor_for, make

pytestmark = pytest.mark.django_db


@pytest.fixture
def firm():
    return make(OrganisationFactory)


@pytest.fixture
def owner(firm):
    return make(MembershipFactory, organisation=firm)


@pytest.fixture
def newcomer():
    return UserFactory()


def test_a_second_person_needs_an_owners_yes(firm, owner, newcomer, now):
    request = request_to_join(organisation=firm, actor=Actor.person(newcomer), now=now)
    assert not Membership.objects.filter(user=newcomer).exists()
    membership = accept_member(request=request, actor=Actor.of(owner), now=now)
    assert (membership.user, membership.role, membership.since) == (newcomer, "member", now)
    request.refresh_from_db()
    assert (request.decided_at, request.decided_by, request.is_accepted) == (now, owner, True)
    assert list(Organisation.objects.of_user(newcomer)) == [firm]


def test_a_declined_person_may_ask_again(firm, owner, newcomer, now):
    request = request_to_join(organisation=firm, actor=Actor.person(newcomer), now=now)
    decline_member(request=request, actor=Actor.of(owner), now=now)
    with pytest.raises(Refusal, match="déjà reçu une réponse"):
        accept_member(request=request, actor=Actor.of(owner), now=now)
    assert not Membership.objects.filter(user=newcomer).exists()
    assert request_to_join(organisation=firm, actor=Actor.person(newcomer), now=now).decided_at is None


class TestNobodyActsForIt:
    """A register of another buyer profile named the firm: the operator answers whoever asks for it first."""

    def test_the_operator_admits_its_first_owner(self, newcomer, now, settings, client):
        settings.SECOND_FACTOR_REQUIRED = False
        operator, alone = actor_for(organisation__operator=True), make(OrganisationFactory)
        request = request_to_join(organisation=alone, actor=Actor.person(newcomer), now=now)
        drain()
        assert [mail.address for mail in Message.objects.filter(kind="accounts.join_requested")] == [
            operator.membership().user.email
        ]
        client.force_login(operator.membership().user)
        page = reverse("accounts:answer_ownerless", args=[request.pk])
        assert page in client.get(reverse("accounts:verify_buyers")).content.decode()
        assert "Personne n’agit encore" in client.get(page).content.decode()
        assert client.post(page, {"answer": "accept"}).status_code == 302
        assert Membership.objects.get(user=newcomer).role == "owner"
        assert client.get(page).status_code == 404

    def test_nobody_else_does(self, owner, newcomer, now):
        alone = make(OrganisationFactory)
        request = request_to_join(organisation=alone, actor=Actor.person(newcomer), now=now)
        for actor in (Actor.of(owner), Actor.person(newcomer), actor_for(organisation__buyer=True)):
            with pytest.raises(NotAllowed):
                accept_member(request=request, actor=actor, now=now)

    def test_where_somebody_acts_the_operator_does_not(self, firm, owner, newcomer, now):
        request = request_to_join(organisation=firm, actor=Actor.person(newcomer), now=now)
        with pytest.raises(NotAllowed):
            accept_member(request=request, actor=actor_for(organisation__operator=True), now=now)


def test_one_request_at_a_time(firm, newcomer, now):
    request_to_join(organisation=firm, actor=Actor.person(newcomer), now=now)
    with pytest.raises(Refusal, match="déjà partie"):
        request_to_join(organisation=firm, actor=Actor.person(newcomer), now=now)


def test_a_member_does_not_ask(firm, owner, now):
    with pytest.raises(Refusal, match="fait déjà partie"):
        request_to_join(organisation=firm, actor=Actor.person(owner.user), now=now)


def test_nobody_asks_to_become_the_operator(newcomer, now):
    operator = make(OrganisationFactory, operator=True)
    with pytest.raises(NotAllowed, match="invite lui-même"):
        request_to_join(organisation=operator, actor=Actor.person(newcomer), now=now)


@pytest.mark.parametrize("kind", ["self", "member", "rival", "superuser"])
def test_only_owners_answer(firm, owner, newcomer, now, kind):
    request = request_to_join(organisation=firm, actor=Actor.person(newcomer), now=now)
    actors = {
        "self": lambda: Actor.person(newcomer),
        "member": lambda: actor_for(firm, role="member"),
        "rival": actor_for,
        "superuser": lambda: Actor.person(UserFactory(is_superuser=True)),
    }
    with pytest.raises(NotAllowed):
        accept_member(request=request, actor=actors[kind](), now=now)
    assert not Membership.objects.filter(user=newcomer).exists()


def test_an_owner_adds_a_person(firm, owner, newcomer, now):
    membership = add_member(organisation=firm, user=newcomer, role="owner", actor=Actor.of(owner), now=now)
    assert membership.is_owner
    with pytest.raises(Refusal, match="fait déjà partie"):
        add_member(organisation=firm, user=newcomer, actor=Actor.of(owner), now=now)


def test_a_member_adds_nobody(firm, newcomer, now):
    with pytest.raises(NotAllowed, match="Seul un responsable"):
        add_member(organisation=firm, user=newcomer, actor=actor_for(firm, role="member"), now=now)


def test_the_last_owner_stays(firm, owner, newcomer, now):
    with pytest.raises(Refusal, match="garde toujours un responsable"):
        end_membership(membership=owner, actor=Actor.of(owner), now=now)
    with pytest.raises(Refusal, match="garde toujours un responsable"):
        change_role(membership=owner, role="member", actor=Actor.of(owner), now=now)
    heir = add_member(organisation=firm, user=newcomer, actor=Actor.of(owner), now=now)
    change_role(membership=heir, role="owner", actor=Actor.of(owner), now=now)
    end_membership(membership=owner, actor=Actor.of(owner), now=now)
    with pytest.raises(Refusal, match="garde toujours un responsable"):
        change_role(membership=heir, role="member", actor=Actor.of(heir), now=now)


def test_who_left_acts_no_more(firm, owner, now):
    leaving = make(MembershipFactory, organisation=firm, role="owner")
    actor = Actor.of(leaving)
    assert can(actor, "organisation.manage", firm)
    end_membership(membership=leaving, actor=actor, now=now)
    assert actor.membership() is None
    assert not can(actor, "organisation.manage", firm)
    with pytest.raises(ValueError, match="ended"):
        Actor.of(leaving)
    with pytest.raises(Refusal, match="déjà quitté"):
        end_membership(membership=leaving, actor=Actor.of(owner), now=now)


def test_who_left_may_come_back(firm, owner, now):
    leaving = make(MembershipFactory, organisation=firm, role="member")
    end_membership(membership=leaving, actor=Actor.of(owner), now=now)
    add_member(organisation=firm, user=leaving.user, actor=Actor.of(owner), now=now)
    assert Membership.objects.active().filter(user=leaving.user).count() == 1


def test_a_member_takes_nobody_off(firm, owner, now):
    with pytest.raises(NotAllowed):
        end_membership(membership=owner, actor=actor_for(firm, role="member"), now=now)


def test_what_one_sees_of_requests_and_teams(firm, owner, newcomer, now):
    request = request_to_join(organisation=firm, actor=Actor.person(newcomer), now=now)
    member, rival = actor_for(firm, role="member"), actor_for()
    seen = {
        "owner": Actor.of(owner),
        "asker": Actor.person(newcomer),
        "member": member,
        "rival": rival,
        "visitor": Actor.visitor(),
        "superuser": Actor.person(UserFactory(is_superuser=True)),
    }
    rows = {who: list(JoinRequest.objects.visible_to(actor)) for who, actor in seen.items()}
    assert {who for who, requests in rows.items() if requests == [request]} == {"owner", "asker"}
    assert {who for who, actor in seen.items() if can(actor, "join_request.see", request)} == {"owner", "asker"}
    assert {who for who, actor in seen.items() if can(actor, "membership.see", owner)} == {"owner", "member"}
    assert {who for who, actor in seen.items() if can(actor, "organisation.see", firm)} == {"owner", "member"}
    assert can(actor_for(organisation__operator=True), "organisation.see", firm)
