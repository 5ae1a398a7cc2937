"""Links of the mails about needs."""

from django.urls import reverse

from cms.needs.models import Supporter
from marketplace.mail import links
from marketplace.mail.links import VALID, digest, new_token

__all__ = [
    "VALID", "address_key", "answer_path", "asked_by", "confirm_path", "digest", "follower_of", "following_token",
    "new_token", "stop_path",
]  # fmt: skip

_FOLLOWING = "needs.following"
_ADDRESS = "needs.address"


def address_key(email: str) -> str:
    """What tells the addresses of supporters apart once they are erased."""
    return links.address_key(email, salt=_ADDRESS)


def asked_by(token: str) -> Supporter | None:
    """Whoever must confirm by this token, None for a forged one."""
    return Supporter.objects.select_related("need__merged_into").filter(token_digest=digest(token)).first()


def following_token(supporter: Supporter) -> str:
    """Signed key of somebody who follows a need."""
    return links.signed(supporter.pk, salt=_FOLLOWING)


def follower_of(token: str) -> Supporter | None:
    """Whoever the token was signed for, None for a forged one."""
    key = links.unsigned(token, salt=_FOLLOWING)
    return None if key is None else Supporter.objects.select_related("need").filter(pk=key).first()


def confirm_path(token: str, *, is_author: bool) -> str:
    """Where an address confirms its need, or its support."""
    return reverse("needs:confirm" if is_author else "needs:confirm_support", args=[token])


def stop_path(supporter: Supporter) -> str:
    """Where one stops following."""
    return reverse("needs:stop", args=[following_token(supporter)])


def answer_path(supporter: Supporter) -> str:
    """Where one says whether it is better."""
    return reverse("needs:answer", args=[following_token(supporter)])
