"""People who may sign in, the codes that their mails hold, and counters of attempts of their own."""

import re
from collections.abc import Callable, Iterator

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.test import Client

from marketplace.accounts.models import User
from marketplace.mail.models import Message
from tests.factories import PASSWORD, UserFactory


@pytest.fixture(autouse=True)
def _own_counters(settings: object) -> Iterator[None]:
    """Limits on sign-in are counted in the cache: each test has its own."""
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "accounts"}}
    settings.SECOND_FACTOR_REQUIRED = True
    # Django puts its own in tests: what allauth sends joins the queue here as on the site.
    settings.EMAIL_BACKEND = "marketplace.mail.backend.QueueBackend"
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def person(db: None) -> Callable[..., User]:
    """Make somebody whose address is proven."""

    def make_person(**fields: object) -> User:
        user = UserFactory(**fields)
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        return user

    return make_person


def sign_in(client: Client, user: User, **data: object) -> object:
    """Post the form of sign-in."""
    return client.post("/connexion/", {"login": user.email, "password": PASSWORD} | data)


def last_mail(address: str) -> Message:
    """The last mail written to an address."""
    return Message.objects.filter(address=address).latest("queued_at")


def code_sent_to(address: str) -> str:
    """The code that the last mail to an address holds."""
    return re.search(r"code : ([A-Z0-9-]{6,})", last_mail(address).body.replace("\u00a0", " ")).group(1)
