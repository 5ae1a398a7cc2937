"""Threads and real transactions: many bidders at the last minute, and the same request sent twice at once."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from marketplace.journal.errors import Refusal
from procurement.submissions import seal
from procurement.submissions.models import Receipt, SealRequest, Submission
from tests.submissions.stage import make_stage

pytestmark = pytest.mark.django_db(transaction=True)


def together(*calls):
    """Run calls at the same instant in threads with connections of their own; returns results or refusals."""
    barrier = threading.Barrier(len(calls))

    def run(call):
        barrier.wait()
        try:
            return call()
        except Refusal as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_a_request_sent_four_times_at_once_gives_one_receipt(moving_clock):
    stage = make_stage(moving_clock)
    bidder = stage.bidder()
    deposit = stage.deposit(bidder)
    root = stage.assemble(deposit, bidder).root
    found = together(
        *(
            lambda key=key: seal.seal(
                deposit=deposit, root=root, idempotency_key=key, actor=bidder.actor, now=stage.now
            )
            for key in ("a", "a", "b", "c")
        )
    )
    assert len({sealed.receipt.pk for sealed in found}) == 1
    assert (SealRequest.objects.count(), Submission.objects.count(), Receipt.objects.count()) == (1, 1, 1)


def test_bidders_who_seal_at_once_all_get_theirs(moving_clock):
    stage = make_stage(moving_clock)
    calls = []
    for number in range(6):
        bidder = stage.bidder(f"Entreprise {number}")
        deposit = stage.deposit(bidder)
        root = stage.assemble(deposit, bidder).root
        calls.append(
            lambda deposit=deposit, root=root, bidder=bidder: seal.seal(
                deposit=deposit, root=root, idempotency_key="a", actor=bidder.actor, now=stage.now
            )
        )
    found = together(*calls)
    assert len({sealed.receipt.number for sealed in found}) == 6
    assert Submission.objects.current(stage.period).count() == 6
