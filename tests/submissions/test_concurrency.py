"""Threads and real transactions: many bidders at the last minute, and the same request sent twice at once."""

import io
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from marketplace.journal.errors import Refusal
from procurement.submissions import deposits, seal, transfers
from procurement.submissions.models import DepositFile, Receipt, SealRequest, Submission, UnfinishedPart
from procurement.submissions.sealing import salted_digest, sha256
from tests.submissions.stage import PDF, make_stage

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


def test_a_part_sent_four_times_at_once_is_written_once(moving_clock):
    """What the row tells is what lies on disk, and two ends at once make one file."""
    stage = make_stage(moving_clock)
    bidder = stage.bidder()
    common = {"actor": bidder.actor, "now": stage.now}
    deposit = deposits.open_deposit(period=stage.period, party=bidder.party, **common)
    held = transfers.begin_upload(deposit=deposit, envelope="technical", name="a.pdf", size=len(PDF), **common)
    digest = salted_digest(held.salt, PDF)
    found = together(
        *(
            lambda: transfers.receive_part(file=held.file, n=1, digest=digest, body=io.BytesIO(PDF), **common)
            for _ in range(4)
        )
    )
    assert sorted(found) == [False, False, False, True]
    part = UnfinishedPart.objects.get()
    sealed = deposits.part_store().read(str(deposit.pk), str(held.file.pk), 1, "la partie")
    assert sha256(sealed) == part.sealed_sha256
    ends = together(*(lambda: transfers.finish_upload(file=held.file, **common) for _ in range(2)))
    assert sum(isinstance(one, DepositFile) for one in ends) == 1
    assert DepositFile.objects.count() == 1


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
