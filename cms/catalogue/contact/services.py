"""Questions to a company and errors in a page. A visitor's question waits a day in the cache for its confirmation."""

import secrets
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.core import signing
from django.core.cache import cache
from django.urls import reverse

from cms.catalogue.models import ErrorReport, Profile
from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Membership, User
from marketplace.accounts.permissions import require
from marketplace.journal.acts import SITE_CHAIN, act
from marketplace.journal.errors import Refusal
from marketplace.mail.services import send

TO_CONFIRM = "catalogue.question_to_confirm"
QUESTION = "catalogue.question"
COPY = "catalogue.question_copy"
WAITS = 86_400
"""Seconds that a question waits for its confirmation."""
LONGEST_MESSAGE = 500
"""Signs of a question: it travels whole in a mail."""

_SALT = "catalogue.question"
GONE = "Ce lien a expiré ou a déjà servi : écrivez de nouveau votre question sur la page de l’entreprise."


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody asks a company, and who asks."""

    name: str
    email: str
    message: str


def hold(*, profile: Profile, question: Question, actor: Actor, now: datetime) -> None:
    """Keep a visitor's question for a day and send its author the link that makes it leave. Records `question.held`.

    Raises NotAllowed when nobody is there to answer.
    """
    require(actor, "profile.ask", profile)
    key = secrets.token_urlsafe(24)
    with act(SITE_CHAIN, "question.held", actor=actor, now=now, subject=profile):
        cache.set(_key(key), {"profile": profile.pk, **asdict(question)}, timeout=WAITS)
        path = reverse("catalogue:confirm_question", args=[signing.dumps(key, salt=_SALT)])
        send(TO_CONFIRM, question.email, {"name": profile.name, "path": path}, now)


def held(token: str) -> tuple[Profile, Question] | None:
    """The question that waits behind a link; None once it left, after a day, or for a link that nobody signed."""
    kept = cache.get(_key(key)) if (key := _unsigned(token)) else None
    profile = Profile.objects.filter(pk=kept["profile"]).first() if kept else None
    return (profile, _question(kept)) if profile is not None else None


def is_ours(token: str) -> bool:
    """Whether this site signed the link, whatever its age."""
    try:
        signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        return False
    return True


def confirm(*, token: str, actor: Actor, now: datetime) -> Profile:
    """Send the question that waits behind a link, once. Raises Refusal when it left already or has ended."""
    waiting = held(token)
    key = _unsigned(token)
    # Two clicks may meet here: the first one marks the link as served.
    if waiting is None or not cache.add(f"{_key(key)}.served", 1, timeout=WAITS):
        raise Refusal(GONE)
    profile, question = waiting
    try:
        send_question(profile=profile, question=question, actor=actor, now=now)
    except BaseException:
        cache.delete(f"{_key(key)}.served")
        raise
    cache.delete(_key(key))
    return profile


def send_question(*, profile: Profile, question: Question, actor: Actor, now: datetime) -> None:
    """Send a question to the owners of the company's account, and a copy to its author. Records `question.sent`.

    Raises NotAllowed when nobody is there to answer.
    """
    require(actor, "profile.ask", profile)
    with act(SITE_CHAIN, "question.sent", actor=actor, now=now, subject=profile):
        owners = Membership.objects.active().owners().filter(organisation=profile.organisation_id)
        context = {"profile": profile.name, **asdict(question), "path": profile.get_absolute_url()}
        for membership in owners.select_related("user"):
            send(QUESTION, membership.user, context, now)
        author = User.objects.filter(pk=actor.user_id).first()
        send(COPY, author or question.email, context, now)


def report(*, profile: Profile, text: str, email: str, actor: Actor, now: datetime) -> ErrorReport:
    """Tell the editors of an error in a public page. Records `error.reported`. Raises NotAllowed for a hidden one."""
    require(actor, "profile.report", profile)
    with act(SITE_CHAIN, "error.reported", actor=actor, now=now, subject=profile) as entry:
        made = ErrorReport.objects.create(profile=profile, text=text, email=email, reported_at=now)
        entry.data["report"] = made.uid
    return made


def _question(kept: dict[str, Any]) -> Question:
    return Question(name=kept["name"], email=kept["email"], message=kept["message"])


def _unsigned(token: str) -> str:
    try:
        return str(signing.loads(token, salt=_SALT, max_age=WAITS))
    except signing.BadSignature:
        return ""


def _key(key: str) -> str:
    return f"catalogue.question.held.{key}"
