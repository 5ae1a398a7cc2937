"""Following a call: without account by a confirmed address, with one in a click; and telling what happens, once each.

Acts stand in the chain of the site: how many are told, those who answer among them, is no matter of the call's file.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from django.dispatch import receiver
from django.urls import reverse
from django.utils.translation import gettext as _
from django_tasks import task

from marketplace.accounts import signals
from marketplace.accounts.actors import Actor
from marketplace.accounts.models import User
from marketplace.accounts.own_data import register_export
from marketplace.accounts.permissions import require
from marketplace.journal import clock
from marketplace.journal.acts import SITE_CHAIN, act
from marketplace.journal.errors import Refusal
from marketplace.journal.outbox import enqueue
from marketplace.mail import links
from marketplace.mail.services import send
from marketplace.ui.formats import moment_words
from procurement.calls.models import Call, Follower, News, PartnerSearch, QuestionDraft
from procurement.calls.models.following import key_of

BATCH = 200
"""Mails written in one transaction."""
_FOLLOWING = "calls.following"

Bidders = Callable[[Call], Iterable[User]]
_bidders: list[Bidders] = []


def register_bidders(bidders: Bidders) -> Bidders:
    """Have the people whom a room above knows to answer a call told of every change too, whatever they follow."""
    _bidders.append(bidders)
    return bidders


def ask_to_follow(*, call: Call, email: str, actor: Actor, now: datetime) -> None:
    """Send an address the link that makes it follow a call; the answer is the same whoever follows already.

    Records `call.follow_asked`. Raises NotAllowed for a call that is not published.
    """
    require(actor, "call.follow", call)
    with act(SITE_CHAIN, "call.follow_asked", actor=actor, now=now, subject=call) as entry:
        entry.data["erased"] = forget_expired(now)
        token, digest = links.new_token()
        asked = {"email": email.strip().lower(), "token_digest": digest, "asked_at": now}
        Follower.objects.update_or_create(
            call=call, address_key=key_of(email), defaults={**asked, "expires_at": now + links.VALID}
        )
        context = {
            "title": call.title,
            "reference": call.reference,
            "path": reverse("desk:confirm_following", args=[token]),
            "days": links.VALID.days,
        }
        send("calls.follow_confirm", asked["email"], context, now)


def asked_by(token: str) -> Follower | None:
    """Whoever must confirm by this token, None for a forged one."""
    return Follower.objects.select_related("call").filter(token_digest=links.digest(token)).first()


def confirm(*, follower: Follower, actor: Actor, now: datetime) -> Follower:
    """Follow the link of a mail: the address follows the call. Once done, doing it again is harmless.

    Records `call.followed`. Raises Refusal for a link that is too old.
    """
    with act(SITE_CHAIN, "call.followed", actor=actor, now=now, subject=follower.call):
        current = Follower.objects.get(pk=follower.pk)
        if current.expires_at is None or current.expires_at <= now:
            raise Refusal(too_old())
        current.confirmed_at = current.confirmed_at or now
        current.stopped_at = None
        current.save()
    return current


def too_old() -> str:
    """Why a link does nothing any more."""
    return _("Ce lien a plus de %(days)d jours : recommencez, cela prend une minute.") % {"days": links.VALID.days}


def follow(*, call: Call, actor: Actor, now: datetime) -> Follower:
    """Follow a call with one's account. Records `call.followed`. Raises NotAllowed without account."""
    require(actor, "call.follow_by_account", call)
    with act(SITE_CHAIN, "call.followed", actor=actor, now=now, subject=call):
        return enrol(call, User.objects.get(pk=actor.user_id), now)


def enrol(call: Call, person: User | str, now: datetime) -> Follower:
    """Make a person, or an address that was just confirmed, follow the call, inside an act."""
    user = None if isinstance(person, str) else person
    email = person if isinstance(person, str) else person.email
    told = {"email": email.strip().lower(), "stopped_at": None, "confirmed_at": now} | ({"user": user} if user else {})
    follower, _created = Follower.objects.update_or_create(
        call=call, address_key=key_of(email), defaults=told, create_defaults={**told, "asked_at": now}
    )
    return follower


def followed_by(call: Call, actor: Actor) -> Follower | None:
    """How the person follows the call with their account, None when they do not."""
    if actor.user_id is None:
        return None
    return Follower.objects.active().filter(call=call, user_id=actor.user_id).first()


def stop(*, follower: Follower, actor: Actor, now: datetime) -> None:
    """Stop following: the address is erased. Doing it again is harmless. Records `call.unfollowed`."""
    with act(SITE_CHAIN, "call.unfollowed", actor=actor, now=now, subject=follower.call):
        current = Follower.objects.get(pk=follower.pk)
        current.email, current.user, current.token_digest = "", None, ""
        current.stopped_at = current.stopped_at or now
        current.save()


def stop_path(follower: Follower) -> str:
    """Where one stops following: every mail to a follower carries it."""
    return reverse("desk:stop_following", args=[links.signed(follower.pk, salt=_FOLLOWING)])


def follower_of(token: str) -> Follower | None:
    """Whoever a token was signed for, None for a forged one."""
    key = links.unsigned(token, salt=_FOLLOWING)
    return None if key is None else Follower.objects.select_related("call").filter(pk=key).first()


def forget_expired(now: datetime) -> int:
    """Erase what nobody confirmed in time, and searches of partners that have ended, inside an act; how many rows."""
    late = Follower.objects.filter(confirmed_at=None, expires_at__lte=now).delete()[0]
    late += QuestionDraft.objects.filter(expires_at__lte=now).delete()[0]
    return late + PartnerSearch.objects.ended(now).delete()[0]


def announce(
    call: Call, kind: str, *, what: str, now: datetime, reason: str = "", closes_at: datetime | None = None
) -> News:
    """Keep what happened and leave its telling to the outbox. Raises OutsideAct where no act is open."""
    news = News(call=call, kind=News.Kind(kind), what=what, reason=reason, closes_at=closes_at, at=now)
    news.save()
    enqueue(tell, news.pk)
    return news


@task()
def tell(news_id: int) -> None:
    """Write the next batch of mails; each address is written to once, however often the task runs.

    Followers come first, in batches; those who answer the call and do not follow it come with the last one.
    """
    now = clock.now()
    news = News.objects.select_related("call").get(pk=news_id)
    if news.told_at is not None:
        return
    with act(SITE_CHAIN, "call.news_told", actor=Actor.system("calls"), now=now, subject=news.call, news=news.pk):
        news = News.objects.select_related("call").get(pk=news_id)
        followers = Follower.objects.active().filter(call=news.call_id)
        rest = followers.filter(pk__gt=news.told_up_to).select_related("user").order_by("pk")
        batch = list(rest[:BATCH])
        for one in batch:
            context = _context(news) | {"stop_path": stop_path(one)}
            if one.user is None:
                send("calls.news", one.email, context, now)
            else:
                send("calls.news_to_account", one.user, context, now)
            news.told_up_to = one.pk
        if len(batch) < BATCH:
            _tell_bidders(news, followers, now)
            news.told_at = now
        else:
            enqueue(tell, news.pk)
        news.save()


def _tell_bidders(news: News, followers: Iterable[Follower], now: datetime) -> None:
    told = {one.address_key for one in followers}
    people = {person.pk: person for bidders in _bidders for person in bidders(news.call)}
    for person in people.values():
        if key_of(person.email) not in told:
            send("calls.news_to_bidders", person, _context(news), now)


def _context(news: News) -> dict[str, object]:
    return {
        "news": news.kind,
        "reference": news.call.reference,
        "title": news.call.title,
        "what": news.what,
        "reason": news.reason,
        "closes_at": moment_words(news.closes_at) if news.closes_at else "",
        "path": reverse("desk:call", args=[news.call.reference]),
    }


@receiver(signals.account_closing, dispatch_uid="calls.account_closing")
def _account_closing(*, user: User, **kwargs: object) -> None:
    Follower.objects.filter(address_key=key_of(user.email)).delete()
    Follower.objects.filter(user=user).delete()


def _followed_calls(user: User) -> list[dict[str, str]]:
    rows = Follower.objects.active().filter(user=user).select_related("call")
    return [{"appel": str(one.call), "depuis le": one.confirmed_at.isoformat()} for one in rows if one.confirmed_at]


register_export("appels suivis", _followed_calls)
