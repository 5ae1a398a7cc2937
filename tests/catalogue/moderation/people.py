"""The people of the editors' room and of companies, with their windows, and profiles under review."""

from django.contrib.auth.models import Group
from django.test import Client
from wagtail.models import Workflow

from cms.catalogue.models import Profile
from cms.pages.site import EDITORS, WORKFLOW, WRITERS
from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Organisation, User
from tests.catalogue.factories import ProfileFactory
from tests.factories import MembershipFactory, OrganisationFactory, UserFactory, make


def member(group: str) -> User:
    user = UserFactory()
    user.groups.add(Group.objects.get(name=group))
    return user


def editor() -> User:
    return member(EDITORS)


def writer() -> User:
    return member(WRITERS)


def window(user: User | None = None) -> Client:
    client = Client()
    if user:
        client.force_login(user)
    return client


def actor(user: User) -> Actor:
    return Actor.person(user)


def company(**fields) -> tuple[Organisation, User]:
    """A start-up with an account and its owner."""
    organisation = make(OrganisationFactory, **fields)
    return organisation, make(MembershipFactory, organisation=organisation).user


def under_review(by: User, profile: Profile | None = None, **changes) -> Profile:
    """A profile of which a new version waits for its review."""
    profile = profile or ProfileFactory(name="Tramélys", slug="tramelys", live=False)
    for name, value in changes.items():
        setattr(profile, name, value)
    profile.save_revision(user=by)
    Workflow.objects.get(name=WORKFLOW).start(profile, by)
    profile.refresh_from_db()
    return profile
