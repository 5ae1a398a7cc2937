"""Atom feeds, dated by the clock of the site."""

from datetime import datetime

from django.utils.feedgenerator import Atom1Feed

from marketplace.journal.clock import now as read_clock


class AtomOfNow(Atom1Feed):
    """An empty feed is dated by the clock of the site, as every other page."""

    def latest_post_date(self) -> datetime:
        """Date of the newest item, else now."""
        return super().latest_post_date() if self.items else read_clock()
