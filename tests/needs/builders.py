"""Needs written, confirmed and published through the acts of the room, and the links of the mails that they sent."""

import re
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.utils.text import slugify

from cms.needs import links
from cms.needs.models import Need, Supporter
from cms.needs.services import moderation, voicing
from cms.pages.site import EDITORS
from marketplace.accounts.actors import Actor
from marketplace.mail.models import Message
from tests.factories import UserFactory

TEXT = "Le bus de 7 h 12 est plein et ne s’arrête plus."
VISITOR = Actor.visitor()


def editor() -> Actor:
    user = UserFactory()
    user.groups.add(Group.objects.get(name=EDITORS))
    return Actor.person(user)


def link_to(address: str, part: str, *, kind: str = "") -> str:
    """Path of the latest link to `part` of a page of needs that was sent to an address."""
    mails = Message.objects.filter(address=address, body__contains=f"/besoins/{part}/")
    body = (mails.filter(kind=kind) if kind else mails).order_by("-queued_at", "-pk").first().body
    return re.findall(rf"{re.escape(settings.SITE_URL)}(/besoins/{part}/\S+)", body)[-1]


def token_of(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]


def written_need(*, now: datetime, email: str = "autrice@exemple.fr", text: str = TEXT, place: str = "Rennes") -> Need:
    return voicing.write(text=text, place=place, email=email, actor=VISITOR, now=now)


def confirmed_need(*, now: datetime, **fields: Any) -> Need:
    need = written_need(now=now, **fields)
    voicing.confirm(supporter=need.supporters.get(), actor=VISITOR, now=now)
    return Need.objects.get(pk=need.pk)


def published_need(*, now: datetime, title: str = "Des bus pleins le matin", by: Actor | None = None, **fields) -> Need:
    need = confirmed_need(now=now, **fields)
    return moderation.publish(
        need=need, title=title, slug=slugify(title), text=need.text, place=need.place, actor=by or editor(), now=now
    )


def supported(need: Need, email: str, *, now: datetime) -> Supporter:
    voicing.support(need=need, email=email, actor=VISITOR, now=now)
    supporter = need.supporters.get(address_key=links.address_key(email))
    return voicing.confirm(supporter=supporter, actor=VISITOR, now=now)
