"""Searches that find nothing: counted by day, so that editors see the gaps to fill; nobody is known by them."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.timezone import localdate

from cms.catalogue.models import MissedSearch

MOST_A_DAY = 500
"""Different words noted in one day: a machine that tries them all fills nothing."""


def note(text: str, *, now: datetime) -> None:
    """Count a search that found nothing, under its words in lower case."""
    words, day = text.lower()[: MissedSearch._meta.get_field("words").max_length], localdate(now)
    today = MissedSearch.objects.filter(day=day)
    if today.filter(words=words).update(count=F("count") + 1) or today.count() >= MOST_A_DAY:
        return
    # Somebody else may note the same words between both lines.
    try:
        with transaction.atomic():
            MissedSearch.objects.create(words=words, day=day)
    except IntegrityError:
        today.filter(words=words).update(count=F("count") + 1)
