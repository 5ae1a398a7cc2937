"""Acts that meet wait for each other: the chain has no gap and no fork."""

import threading

import pytest
from django.db import connection, connections

from marketplace.journal import keys
from marketplace.journal.acts import act
from marketplace.journal.models import Chain, Entry, SigningKey
from marketplace.journal.verify import verify
from tests.journal.conftest import Author, organisation

THREADS = 4
ACTS = 20


def together(work) -> list[Exception]:
    """Run `work(number)` in threads that start at once, each with its own connection; return what they raised."""
    start = threading.Barrier(THREADS)
    raised: list[Exception] = []

    def run(number: int) -> None:
        try:
            start.wait()
            work(number)
        except Exception as error:  # noqa: BLE001 - told to the test
            raised.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


@pytest.mark.django_db(transaction=True)
def test_many_acts_on_one_chain_stay_contiguous(now):
    def work(number: int) -> None:
        for place in range(ACTS):
            with act("call:a", "thing.done", actor=Author(), now=now, thread=number, place=place):
                organisation(now, identifier=f"{number}-{place}").save()

    assert together(work) == []
    seqs = list(Entry.objects.for_chain("call:a").values_list("seq", flat=True))
    assert seqs == list(range(1, THREADS * ACTS + 1))
    assert Chain.objects.get().length == THREADS * ACTS
    assert verify().faults == []


@pytest.mark.django_db(transaction=True)
def test_first_signatures_that_meet_make_one_key(now, settings, tmp_path):
    settings.KEYS_DIR = tmp_path / "keys"

    def work(number: int) -> None:
        with act(f"call:{number}", "receipt.signed", actor=Author(), now=now):
            keys.sign("receipt", b"payload", now)

    assert together(work) == []
    assert SigningKey.objects.count() == 1
    assert len(list(settings.KEYS_DIR.iterdir())) == 1


@pytest.mark.django_db(transaction=True)
def test_the_database_is_a_file_as_in_production():
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA journal_mode")
            assert cursor.fetchone() == ("wal",)
