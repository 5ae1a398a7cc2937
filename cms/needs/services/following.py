"""Telling each stage to those who follow: one row of news, told in batches by the outbox."""

from datetime import datetime

from django_tasks import task

from cms.needs import mails
from cms.needs.models import Need, News, Supporter, TakeUp
from marketplace.accounts.actors import Actor
from marketplace.journal import clock
from marketplace.journal.acts import SITE_CHAIN, act
from marketplace.journal.outbox import enqueue

BATCH = 200
"""Mails written in one transaction."""


def announce(need: Need, kind: str, *, take_up: TakeUp | None, now: datetime) -> News:
    """Keep a stage and leave its telling to the outbox. Raises OutsideAct where no act is open."""
    news = News.objects.create(need=need, kind=kind, take_up=take_up, at=now)
    enqueue(tell, news.pk)
    return news


@task()
def tell(news_id: int) -> None:
    """Write the next batch of mails of a stage; each address is written to once, however often the task runs."""
    now = clock.now()
    news = News.objects.select_related("need", "take_up").get(pk=news_id)
    if news.told_at is not None:
        return
    with act(SITE_CHAIN, "need.told", actor=Actor.system("needs"), now=now, subject=news.need, news=news.pk):
        news = News.objects.select_related("need", "take_up").get(pk=news_id)
        followers = Supporter.objects.filter(
            need=news.need, confirmed_at__isnull=False, pk__gt=news.told_up_to
        ).exclude(email="")
        batch = list(followers.order_by("pk")[:BATCH])
        for one in batch:
            mails.tell_news(news, one, now)
            news.told_up_to = one.pk
        if len(batch) < BATCH:
            news.told_at = now
        else:
            enqueue(tell, news.pk)
        news.save()
