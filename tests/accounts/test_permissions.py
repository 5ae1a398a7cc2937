"""The one door to rights, and who an actor is."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import Http404

from marketplace.accounts.actors import SESSION_KEY, Actor, actor_of
from marketplace.accounts.models import Membership, Organisation
from marketplace.accounts.permissions import Verdict, actions, can, permits, require, visible_or_404
from marketplace.journal.errors import NotAllowed
from tests.factories import MembershipFactory, OrganisationFactory, UserFactory, actor_for, make, make_many

pytestmark = pytest.mark.django_db


def test_a_verdict_is_true_when_allowed():
    assert Verdict.yes()
    refused = Verdict.no("Parce que.")
    assert not refused
    assert refused.reason == "Parce que."


def test_an_action_nobody_declared_is_a_fault_of_the_program():
    with pytest.raises(LookupError, match="no predicate"):
        can(Actor.visitor(), "moon.land", Organisation())


def test_an_action_is_upon_one_kind_of_object():
    with pytest.raises(TypeError, match="decided upon a Organisation"):
        can(Actor.visitor(), "organisation.verify", Membership())


def test_two_predicates_cannot_decide_on_the_same_action():
    assert "organisation.verify" in actions()
    with pytest.raises(ValueError, match="two predicates"):
        permits("organisation.verify", Organisation)(lambda actor, obj: Verdict.yes())


def test_require_carries_the_reason():
    with pytest.raises(NotAllowed) as refused:
        require(Actor.visitor(), "organisation.verify", Organisation())
    assert refused.value.reasons == ["Seul l’exploitant du site vérifie une organisation."]


@pytest.mark.parametrize("action", ["organisation.verify", "organisation.manage", "organisation.see"])
def test_superuser_grants_nothing(action):
    buyer = make(OrganisationFactory, unverified_buyer=True)
    superuser = UserFactory(is_superuser=True, is_staff=True)
    assert not can(Actor.person(superuser), action, buyer)
    assert not can(Actor.of(make(MembershipFactory, user=superuser)), action, buyer)


def test_hidden_and_absent_answer_alike():
    own, other = make_many(OrganisationFactory, 2)
    actor = actor_for(own)
    assert visible_or_404(Organisation.objects, actor, pk=own.pk) == own
    with pytest.raises(Http404):
        visible_or_404(Organisation.objects, actor, pk=other.pk)


def test_labels_are_ids():
    membership = make(MembershipFactory)
    actor = Actor.of(membership)
    assert actor.label == f"membership:{membership.pk}"
    assert (actor.user_id, actor.organisation_id) == (membership.user_id, membership.organisation_id)
    assert actor.acts_for(membership.organisation_id)
    assert not Actor.visitor().acts_for(None)
    assert actor.membership() == membership
    assert Actor.person(membership.user).label == f"person:{membership.user_id}"
    assert Actor.system("renderer").label == "system:renderer"
    assert Actor.system("renderer").is_system("renderer")
    assert not Actor.system("renderer").is_system("importer")
    with pytest.raises(ValueError, match="not a code"):
        Actor.system("Ada Exemple")


def test_a_closed_account_acts_no_more():
    membership = make(MembershipFactory)
    actor = Actor.of(membership)
    membership.user.is_active = False
    membership.user.save()
    assert actor.membership() is None


@pytest.fixture
def request_of(rf):
    def build(user, chosen=None):
        request = rf.get("/")
        request.user = user
        request.session = {SESSION_KEY: str(chosen)} if chosen else {}
        return request

    return build


def test_the_author_of_a_request(request_of):
    person = UserFactory()
    assert actor_of(request_of(AnonymousUser())) == Actor.visitor()
    assert actor_of(request_of(person)) == Actor.person(person)
    first = make(MembershipFactory, user=person)
    assert actor_of(request_of(person)) == Actor.of(first)
    second = make(MembershipFactory, user=person)
    assert actor_of(request_of(person)) == Actor.person(person)
    assert actor_of(request_of(person, second.organisation_id)) == Actor.of(second)
    stranger = make(MembershipFactory)
    assert actor_of(request_of(person, stranger.organisation_id)) == Actor.person(person)


def test_a_request_reads_its_membership_once_and_everybody_else_each_time(request_of, django_assert_num_queries):
    membership = make(MembershipFactory)
    with django_assert_num_queries(1):
        asking = actor_of(request_of(membership.user))
        assert [asking.membership().organisation.name for _ in range(3)] == [membership.organisation.name] * 3
        assert asking.membership().user == membership.user
    elsewhere = Actor.of(membership)
    membership.user.is_active = False
    membership.user.save()
    assert elsewhere.membership() is None
    assert actor_of(request_of(membership.user)) == Actor.person(membership.user)


@pytest.mark.parametrize("count", [1, 3])
def test_a_team_is_read_in_one_query(django_assert_num_queries, count):
    firm = make(OrganisationFactory)
    make_many(MembershipFactory, count, organisation=firm)
    rows = Membership.objects.visible_to(actor_for(firm)).active().select_related("user", "organisation")
    with django_assert_num_queries(1):
        assert len([str(row) for row in rows]) == count + 1
