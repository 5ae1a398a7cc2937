"""What people do without account: write, confirm, support, stop, say whether it is better."""

from datetime import datetime

from django.utils.translation import gettext as _

from cms.needs import links, mails
from cms.needs.models import Need, Supporter
from marketplace.accounts.actors import Actor
from marketplace.journal.acts import SITE_CHAIN, act
from marketplace.journal.errors import Refusal


def write(*, text: str, place: str, email: str, actor: Actor, now: datetime) -> Need:
    """Keep what somebody wrote until its link is followed; nobody reads it before.

    Records `need.written`. What was not confirmed in time is erased on the same occasion.
    """
    need = Need(text=text.strip(), place=place.strip(), written_at=now)
    with act(SITE_CHAIN, "need.written", actor=actor, now=now, subject=need) as entry:
        entry.data["erased"] = _forget(now)
        need.save()
        _ask(need, email, now, is_author=True)
    return need


def support(*, need: Need, email: str, actor: Actor, now: datetime) -> None:
    """Ask an address whether it supports a need; the answer is the same whoever supported before.

    Records `need.support_asked`. Raises Refusal when the need is not published any more.
    """
    with act(SITE_CHAIN, "need.support_asked", actor=actor, now=now, subject=need):
        if not Need.objects.published().filter(pk=need.pk).exists():
            raise Refusal(_("Ce besoin n’est plus ouvert aux soutiens."))
        _ask(need, email, now, is_author=False)


def confirm(*, supporter: Supporter, actor: Actor, now: datetime) -> Supporter:
    """Follow the link of a mail: a need goes to the editors, a support counts. Once done, doing it again is harmless.

    Records `need.confirmed` or `need.supported`. Raises Refusal for a link that is too old.
    """
    name = "need.confirmed" if supporter.is_author else "need.supported"
    with act(SITE_CHAIN, name, actor=actor, now=now, subject=supporter.need):
        current = Supporter.objects.select_related("need").get(pk=supporter.pk)
        if current.expires_at <= now and current.confirmed_at is None:
            raise Refusal(too_old())
        if current.confirmed_at is None:
            current.confirmed_at = now
        current.stopped_at = None if current.email else current.stopped_at
        current.save()
        if current.is_author and current.need.confirmed_at is None:
            current.need.confirmed_at = now
            current.need.save()
    return current


def stop(*, supporter: Supporter, actor: Actor, now: datetime) -> None:
    """Stop following: the address is erased, the support still counts. Records `need.unfollowed`."""
    with act(SITE_CHAIN, "need.unfollowed", actor=actor, now=now, subject=supporter.need):
        current = Supporter.objects.get(pk=supporter.pk)
        current.email, current.stopped_at = "", current.stopped_at or now
        current.save()


def answer(*, supporter: Supporter, value: str, actor: Actor, now: datetime) -> None:
    """« Est-ce mieux ? »: one answer per supporter, which may be changed.

    Records `need.answered`. Raises Refusal before anything was adopted, ValueError for an unknown answer.
    """
    value = Supporter.Answer(value)
    with act(SITE_CHAIN, "need.answered", actor=actor, now=now, subject=supporter.need, answer=value.value):
        current = Supporter.objects.get(pk=supporter.pk)
        if current.confirmed_at is None or not current.need.take_ups.filter(adopted_at__isnull=False).exists():
            raise Refusal(_("La question se pose quand une solution est adoptée : revenez à ce moment-là."))
        current.answer, current.answered_at = value, now
        current.save()


def too_old() -> str:
    """Why a link does nothing any more."""
    return _("Ce lien a plus de %(days)d jours : recommencez, cela prend une minute.") % {"days": links.VALID.days}


def _ask(need: Need, email: str, now: datetime, *, is_author: bool) -> None:
    """A fresh link to an address; whoever confirmed before keeps the date."""
    token, digest = links.new_token()
    email = email.strip().lower()
    supporter, _created = Supporter.objects.update_or_create(
        need=need,
        address_key=links.address_key(email),
        defaults={"email": email, "token_digest": digest, "asked_at": now, "expires_at": now + links.VALID},
        create_defaults={
            "email": email,
            "token_digest": digest,
            "asked_at": now,
            "expires_at": now + links.VALID,
            "is_author": is_author,
        },
    )
    mails.ask_to_confirm(supporter, token, now)


def _forget(now: datetime) -> int:
    """Erase what nobody confirmed in time; returns how many addresses."""
    late = Supporter.objects.filter(confirmed_at=None, expires_at__lte=now)
    count = late.filter(is_author=False).delete()[0]
    return count + Need.objects.filter(confirmed_at=None, pk__in=late.values("need")).delete()[0]
