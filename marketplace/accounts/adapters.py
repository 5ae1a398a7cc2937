"""Where allauth meets the site: where people land, what their names are, how the secrets of second factors are kept."""

import base64
import hashlib
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from marketplace.accounts import registration
from marketplace.accounts.landing import landing_url
from marketplace.accounts.models import User


class AccountAdapter(DefaultAccountAdapter):
    """Sign-in of the site."""

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """The space of the person, when they asked for no page in particular."""
        return landing_url(request)

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        """The same after a first sign-in."""
        return landing_url(request)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Back to the account."""
        return landing_url(request)

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """Finish the registration that a person was in the middle of, once their address is proven."""
        response = super().post_login(request, user, **kwargs)
        unfinished = registration.finish(request, user)
        return redirect(unfinished) if unfinished else response

    def render_mail(self, template_prefix: str, email: Any, context: dict[str, Any], headers: Any = None) -> Any:
        """A mail of allauth, in the words and with the name of the site."""
        named = {"site_name": settings.SITE_NAME, "site_url": settings.SITE_URL}
        return super().render_mail(template_prefix, email, context | named, headers)


class MfaAdapter(DefaultMFAAdapter):
    """Second factors: their secrets are encrypted in the database, so that a stolen copy signs nobody in."""

    def encrypt(self, text: str) -> str:
        """The text under the present key."""
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The text, whatever key encrypted it among `SECRET_KEY` and `SECRET_KEY_FALLBACKS`."""
        return _cipher().decrypt(encrypted_text.encode()).decode()

    def _get_site_name(self) -> str:
        return settings.SITE_NAME


def _cipher() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(_derived(key))) for key in keys])


def _derived(key: str) -> bytes:
    # The key of the site is long and random already; `person` separates this use of it from the others.
    return hashlib.blake2b(key.encode(), digest_size=32, person=b"second factor").digest()
