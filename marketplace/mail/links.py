"""Links of mails to addresses without account: those that confirm are drawn at random and kept as a digest; those that
stop are signed, so that every mail carries one and old mails keep working. A page shows what a link does, a press of
its button does it."""

import hashlib
import secrets
from datetime import timedelta

from django.core import signing
from django.urls import reverse
from django.utils.crypto import salted_hmac

_STOP = "mail.stop"

ONE_PRESS = "List-Unsubscribe=One-Click"
"""What a mail program posts when its own button is pressed (RFC 8058)."""

VALID = timedelta(days=7)
"""How long a link of confirmation holds; what was not confirmed by then is erased."""


def new_token() -> tuple[str, str]:
    """A token for a link, and the digest that is kept."""
    token = secrets.token_urlsafe(32)
    return token, digest(token)


def digest(token: str) -> str:
    """SHA-256 of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def address_key(email: str, *, salt: str) -> str:
    """What tells addresses apart once they are erased: nobody computes it without the key of the site."""
    return salted_hmac(salt, email.strip().lower(), algorithm="sha256").hexdigest()


def signed(key: object, *, salt: str) -> str:
    """A token that only this site writes, for what `salt` names."""
    return signing.Signer(salt=salt).sign(str(key))


def unsigned(token: str, *, salt: str) -> str | None:
    """What was signed, None for a forged token."""
    try:
        return signing.Signer(salt=salt).unsign(token)
    except signing.BadSignature:
        return None


def stop_path(user_id: object, kind: str) -> str:
    """Address on this site where a person switches one kind of mail off, without signing in."""
    return reverse("mail:stop", args=[signed(f"{user_id}.{kind}", salt=_STOP)])


def asked_to_stop(token: str) -> tuple[str, str] | None:
    """Key of the person and code of the kind that a token of `stop_path` names, None for a forged one."""
    key = unsigned(token, salt=_STOP)
    if key is None:
        return None
    user_id, _, kind = key.partition(".")
    return user_id, kind
