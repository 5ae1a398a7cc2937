"""RFC 3161 timestamps of receipts, asked of TIMESTAMP_AUTHORITY once the sealed PDF is there (B.7, LR-62).

The token is over the SHA-256 of the sealed PDF: the receipt, its JSON and the seal existed by then. An authority that
does not answer delays the timestamp and nothing else: it is told on the page of the receipt, and asked again.
"""

import asyncio
from datetime import datetime, timedelta

from asn1crypto import cms
from django.conf import settings

from marketplace.accounts.actors import Actor
from marketplace.files.timestamping import FAILURES, CheckedTimeStamper
from marketplace.journal.acts import act
from procurement.submissions.models import Receipt, ReceiptTimestamp, TimestampAttempt

STAMPER = "stamper"
"""Trade of the site under which receipts are timestamped."""

SECONDS = 10
AT_ONCE = 50
# After each failure the next attempt waits twice as long, up to an hour.
LONGEST_WAIT = timedelta(hours=1)


def stamp_receipts(*, now: datetime) -> tuple[int, int]:
    """Ask for the timestamps that are due. Returns (obtained, failed). Records `receipt.timestamped` for each."""
    if not settings.TIMESTAMP_AUTHORITY:
        return 0, 0
    waiting = Receipt.objects.filter(timestamp__isnull=True, document__rendering__isnull=False)
    waiting = waiting.select_related("document__rendering__stored_file", "submission__period__lot__call")
    done = failed = 0
    for receipt in [one for one in waiting if now >= _next_attempt(one)][:AT_ONCE]:
        try:
            _stamp(receipt, now)
            done += 1
        except FAILURES as error:
            TimestampAttempt.objects.create(receipt=receipt, at=now, code=type(error).__name__)
            failed += 1
            # The next one would wait as long for the same silence.
            if isinstance(error, OSError):
                break
    return done, failed


def _next_attempt(receipt: Receipt) -> datetime:
    failures = list(TimestampAttempt.objects.filter(receipt=receipt).values_list("at", flat=True))
    if not failures:
        return receipt.issued_at
    return max(failures) + min(LONGEST_WAIT, timedelta(minutes=2 ** min(len(failures) - 1, 6)))


def _stamp(receipt: Receipt, now: datetime) -> None:
    stored = receipt.document.rendering.stored_file
    digest = bytes.fromhex(stored.sha256)
    # The authority is asked before the act opens: its silence must not hold the chain.
    token = asyncio.run(_ask(digest))
    stamped_at = token["content"]["encap_content_info"]["content"].parsed["gen_time"].native
    chain = receipt.submission.period.lot.call.chain
    with act(chain, "receipt.timestamped", actor=Actor.system(STAMPER), now=now, subject=receipt) as entry:
        if ReceiptTimestamp.objects.filter(receipt=receipt).exists():
            return
        ReceiptTimestamp(
            receipt=receipt,
            sha256=stored.sha256,
            token=token.dump(),
            stamped_at=stamped_at,
            authority=settings.TIMESTAMP_AUTHORITY,
            obtained_at=now,
        ).save()
        entry.data.update(sha256=stored.sha256, stamped_at=stamped_at)


async def _ask(digest: bytes) -> cms.ContentInfo:
    """A timestamp of these bytes, whole and about them. Raises one of `FAILURES`."""
    return await CheckedTimeStamper(settings.TIMESTAMP_AUTHORITY, timeout=SECONDS).async_timestamp(digest, "sha256")
