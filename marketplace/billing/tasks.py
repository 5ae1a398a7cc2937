"""Events of Stripe, handled outside of the request that brought them."""

from datetime import UTC, datetime

from django_tasks import task

from marketplace.billing import handling
from marketplace.journal import clock


@task()
def handle(event_pk: int) -> None:
    """Handle an event; a failure of Stripe is tried again later, five times in all."""
    pause = handling.handle_event(event_pk, now=clock.now())
    if pause is not None:
        # Workers compare with the machine's time, even where a rehearsal moved the clock of the site.
        handle.using(run_after=datetime.now(UTC) + pause).enqueue(event_pk)
