"""Mails to those who voiced or support a need: short, one link, and how to stop in each."""

from datetime import datetime
from typing import Any

from cms.needs import links
from cms.needs.models import Need, News, Supporter
from marketplace.mail.kinds import Kind, register
from marketplace.mail.services import send

_ASKED = "cette adresse a été donnée sur le site. Si ce n’est pas vous, ne faites rien : elle sera effacée."
_FOLLOWS = "vous suivez ce besoin."
_HEADLINES = {
    News.Kind.STUDIED: "Un acheteur étudie votre besoin",
    News.Kind.TAKEN_UP: "Votre besoin est repris par un appel",
    News.Kind.PARTNER_CHOSEN: "Votre besoin avance",
    News.Kind.ADOPTED: "Votre besoin : est-ce mieux ?",
    News.Kind.ENDED: "Votre besoin est de nouveau ouvert",
    News.Kind.DECLINED: "Votre besoin n’est pas retenu",
}
_SHOWN = 300
"""Signs of a text of somebody that a mail repeats."""

register(
    Kind("needs.confirm", "Confirmez votre besoin", _ASKED, is_for_visitors=True),
    Kind("needs.confirm_support", "Confirmez votre soutien", _ASKED, is_for_visitors=True),
    Kind("needs.published", "Votre besoin est en ligne", "vous avez exprimé ce besoin.", is_for_visitors=True),
    Kind("needs.refused", "Votre besoin n’est pas publié", "vous avez exprimé ce besoin.", is_for_visitors=True),
    Kind("needs.merged", "Votre besoin rejoint un autre besoin", _FOLLOWS, is_for_visitors=True),
    Kind("needs.news", "Un besoin que vous suivez avance", _FOLLOWS, is_for_visitors=True),
)


def ask_to_confirm(supporter: Supporter, token: str, now: datetime) -> None:
    """The link by which an address confirms its need or its support."""
    kind = "needs.confirm" if supporter.is_author else "needs.confirm_support"
    path = links.confirm_path(token, is_author=supporter.is_author)
    context = {"path": path, "text": shown(supporter.need), "days": links.VALID.days}
    send(kind, supporter.email, context, now)


def tell_published(need: Need, now: datetime) -> None:
    """The author learns the address of the need."""
    for author in _authors(need):
        send("needs.published", author.email, _context(author), now)


def tell_refused(need: Need, now: datetime) -> None:
    """The author learns the reason."""
    for author in _authors(need):
        send("needs.refused", author.email, {"text": shown(need), "reason": need.reason}, now)


def tell_merged(supporter: Supporter, old_title: str, now: datetime) -> None:
    """Somebody who follows the need that goes learns which one they follow now."""
    send("needs.merged", supporter.email, {**_context(supporter), "old_title": old_title}, now)


def tell_news(news: News, supporter: Supporter, now: datetime) -> None:
    """One stage, to one of those who follow."""
    take_up = news.take_up
    path = take_up.call_url if take_up is not None and take_up.published_at else news.need.get_absolute_url()
    context = {
        "news": news.kind,
        "headline": _HEADLINES[News.Kind(news.kind)],
        "title": news.need.title,
        "path": path,
        "organisation": take_up.organisation_name if take_up else "",
        "call": f"{take_up.call_reference}, {take_up.call_title}" if take_up and take_up.published_at else "",
        "reason": news.need.reason if news.kind == News.Kind.DECLINED else "",
        "stop_path": links.stop_path(supporter),
        "answer_path": links.answer_path(supporter),
    }
    send("needs.news", supporter.email, context, now)


def shown(need: Need) -> str:
    """The title, else the beginning of the text."""
    text = " ".join((need.title or need.text).split())
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _authors(need: Need) -> list[Supporter]:
    return [one for one in need.supporters.filter(is_author=True).select_related("need") if one.email]


def _context(supporter: Supporter) -> dict[str, Any]:
    need = supporter.need
    return {"title": need.title, "path": need.get_absolute_url(), "stop_path": links.stop_path(supporter)}
