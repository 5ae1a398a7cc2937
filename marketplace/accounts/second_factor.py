"""Who must sign in with two factors: each room says for which of its roles, and why.

A room registers a predicate in `AppConfig.ready`; it is asked at most once per request of somebody who has not shown a
second factor in this session, so it takes one query at most:

    @requires_second_factor
    def _of_custodians(user: User) -> str: ...
"""

from collections.abc import Callable
from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from django.conf import settings
from django.dispatch import receiver
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from marketplace.accounts.models import Membership, Organisation, User

Requires = Callable[[User], str]

COME_BACK = "second_factor_next"
"""Session key of the address that a person asked for before they were sent to set one up."""

_predicates: list[Requires] = []


def requires_second_factor(predicate: Requires) -> Requires:
    """Register a predicate: why this person needs a second factor, in a French sentence, empty when they do not."""
    _predicates.append(predicate)
    return predicate


def reason_for(user: User) -> str:
    """The first reason for which this person needs a second factor, empty when no role of theirs asks for one."""
    return next((reason for predicate in _predicates if (reason := predicate(user))), "")


@requires_second_factor
def _of_the_operator(user: User) -> str:
    operates = Membership.objects.active().filter(user=user, organisation__kind=Organisation.Kind.OPERATOR)
    return "Vous exploitez le site : vous vérifiez l’identité des acheteurs." if operates.exists() else ""


@requires_second_factor
def _of_editors(user: User) -> str:
    return "Vous rédigez les pages que tout le monde lit." if user.is_staff else ""


def was_shown(request: HttpRequest) -> bool:
    """Whether this very session showed a second factor: a code of the application, a recovery code or a key."""
    records = get_authentication_records(request, request.user)
    return any(record.get("method") == "mfa" for record in records)


def is_set_up(user: User) -> bool:
    """Whether the person has a second factor, recovery codes apart."""
    return Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.RECOVERY_CODES).exists()


def missing_reason(request: HttpRequest) -> str:
    """Why this session may not go on without a second factor; empty when it may."""
    if not settings.SECOND_FACTOR_REQUIRED or not request.user.is_authenticated or was_shown(request):
        return ""
    return reason_for(request.user)


def remember(request: HttpRequest) -> None:
    """Keep the address that was asked for, to come back to it."""
    if request.method == "GET":
        request.session[COME_BACK] = request.get_full_path()


def way_back(request: HttpRequest) -> str:
    """The address that was asked for before, else the account."""
    url = request.session.get(COME_BACK, "")
    return url if url_has_allowed_host_and_scheme(url, None) else reverse("accounts:account")


@receiver(authenticator_added, dispatch_uid="accounts.second_factor_shown")
def _shown_by_setting_it_up(*, request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    """Setting a factor up took a code or a touch: the session has shown it."""
    if authenticator.type != Authenticator.Type.RECOVERY_CODES:
        record_authentication(request, user, "mfa", id=authenticator.pk, type=authenticator.type)
