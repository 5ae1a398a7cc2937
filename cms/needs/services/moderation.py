"""What editors decide: publish, refuse with a reason, join two needs, say that one is not retained."""

from datetime import datetime

from django.urls import resolve, reverse

from cms.needs import mails
from cms.needs.models import Need, News, Supporter
from cms.needs.services.following import announce
from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import require
from marketplace.journal.acts import SITE_CHAIN, act, record_refusals
from marketplace.journal.errors import Refusal


@record_refusals("need.publish")
def publish(*, need: Need, title: str, slug: str, text: str, place: str, actor: Actor, now: datetime) -> Need:
    """Put a need online under a title and an address; `text` replaces what was written (personal data go).

    Records `need.published`; the author is told. Raises NotAllowed, and Refusal for one that is not confirmed, that
    was answered already, or whose address another need has.
    """
    require(actor, "need.moderate", need)
    with act(SITE_CHAIN, "need.published", actor=actor, now=now, subject=need):
        current = _waiting(need)
        if resolve(reverse("needs:need", args=[slug])).url_name != "need":
            raise Refusal("Cette adresse est celle d’une autre page : choisissez-en une autre.")
        if Need.objects.filter(slug=slug).exists():
            raise Refusal("Un autre besoin a cette adresse : choisissez-en une autre, ou réunissez les deux besoins.")
        current.title, current.slug, current.text, current.place = title, slug, text, place
        current.published_at = now
        current.save()
        mails.tell_published(current, now)
    return current


@record_refusals("need.refuse")
def refuse(*, need: Need, reason: str, actor: Actor, now: datetime) -> Need:
    """Do not publish a need: the author reads why, then its address and its text are erased.

    Records `need.refused`. Raises NotAllowed, and Refusal without a reason or for one that was answered already.
    """
    require(actor, "need.moderate", need)
    with act(SITE_CHAIN, "need.refused", actor=actor, now=now, subject=need):
        current = _waiting(need)
        current.reason = _reason(reason)
        mails.tell_refused(current, now)
        current.refused_at, current.text, current.place = now, "", ""
        current.save()
        current.supporters.all().delete()
    return current


@record_refusals("need.merge")
def merge(*, need: Need, into: Need, actor: Actor, now: datetime) -> Need:
    """Join a need to a published one that says the same: each address counts once, everybody who follows is told.

    The old address leads to the other one. Records `need.merged`. Raises NotAllowed, Refusal.
    """
    require(actor, "need.moderate", need)
    with act(SITE_CHAIN, "need.merged", actor=actor, now=now, subject=need, into=into.pk):
        current = Need.objects.get(pk=need.pk)
        target = Need.objects.published().filter(pk=into.pk).exclude(pk=need.pk).first()
        if target is None:
            raise Refusal("Choisissez un autre besoin, publié.")
        if current.confirmed_at is None or current.refused_at or current.merged_into_id:
            raise Refusal("Ce besoin ne peut plus être réuni à un autre : il a déjà reçu une réponse.")
        old_title = mails.shown(current)
        _move_supporters(current, target, old_title, now)
        known = set(target.take_ups.values_list("call_reference", flat=True))
        current.take_ups.exclude(call_reference__in=known).update(need=target)
        # What was joined before leads there as well, in one step.
        Need.objects.filter(merged_into=current).update(merged_into=target)
        current.merged_into, current.merged_at = target, now
        current.save()
    return target


@record_refusals("need.decline")
def decline(*, need: Need, reason: str, actor: Actor, now: datetime) -> Need:
    """Say publicly why a published need is not retained. Records `need.declined`; those who follow are told.

    Raises NotAllowed, and Refusal without a reason or while a buyer works on it.
    """
    require(actor, "need.moderate", need)
    with act(SITE_CHAIN, "need.declined", actor=actor, now=now, subject=need):
        current = Need.objects.published().filter(pk=need.pk, declined_at=None).first()
        if current is None:
            raise Refusal("Ce besoin n’est pas publié, ou il est déjà classé.")
        if current.take_ups.filter(ended_at=None).exists():
            raise Refusal("Un acheteur travaille sur ce besoin : il ne peut pas être classé « non retenu ».")
        current.reason, current.declined_at = _reason(reason), now
        current.save()
        announce(current, News.Kind.DECLINED, take_up=None, now=now)
    return current


def _waiting(need: Need) -> Need:
    current = Need.objects.to_moderate().filter(pk=need.pk).first()
    if current is None:
        raise Refusal("Ce besoin a déjà reçu une réponse, ou son auteur n’a pas confirmé son adresse.")
    return current


def _reason(text: str) -> str:
    if not text.strip():
        raise Refusal("Écrivez la raison : elle est envoyée à la personne qui a exprimé le besoin.")
    return text.strip()


def _move_supporters(need: Need, target: Need, old_title: str, now: datetime) -> None:
    held = {one.address_key: one for one in target.supporters.all()}
    for one in need.supporters.all():
        twin = held.get(one.address_key)
        if twin is None:
            one.need = target
            one.save()
            twin = one
        else:
            twin.is_author = twin.is_author or one.is_author
            twin.confirmed_at = twin.confirmed_at or one.confirmed_at
            twin.save()
            one.delete()
        if twin.confirmed_at and twin.email:
            mails.tell_merged(_of(twin, target), old_title, now)


def _of(supporter: Supporter, need: Need) -> Supporter:
    supporter.need = need
    return supporter
