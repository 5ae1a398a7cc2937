"""Work left by an act is done if and only if the act is."""

import pytest
from django_tasks import task
from django_tasks_db.models import DBTaskResult

from marketplace.journal import clock
from marketplace.journal.acts import SITE_CHAIN, act
from marketplace.journal.errors import OutsideAct
from marketplace.journal.models import Entry
from marketplace.journal.outbox import TaskFailed, drain, enqueue, retry_failed
from tests.journal.conftest import Author

pytestmark = pytest.mark.django_db

ran: list = []


@task
def note(word: str) -> None:
    ran.append(word)
    with act(SITE_CHAIN, "word.noted", actor=Author(), now=clock.now(), word=word):
        if word == "again":
            enqueue(note, "once")


@task
def fail(number: int) -> None:
    raise ValueError(f"broken by {number}")


@task(takes_context=True)
def succeed_at_third(context) -> None:
    ran.append(context.attempt)
    if context.attempt < 3:
        raise ValueError("not yet")


@pytest.fixture(autouse=True)
def _nothing_ran():
    ran.clear()


def leave(now, *tasks) -> None:
    with act(SITE_CHAIN, "work.left", actor=Author(), now=now):
        for work, *ids in tasks:
            enqueue(work, *ids)


def test_tasks_run_in_order_with_those_they_enqueue(now):
    leave(now, (note, "a"), (note, "again"), (note, "b"))
    assert drain() == 4
    assert ran == ["a", "again", "b", "once"]
    assert Entry.objects.filter(act="word.noted").count() == 4
    assert drain() == 0


def test_an_act_that_fails_leaves_no_work(now):
    with pytest.raises(ZeroDivisionError), act(SITE_CHAIN, "work.left", actor=Author(), now=now):  # noqa: PT012 - writes, then fails
        enqueue(note, "a")
        raise ZeroDivisionError
    assert drain() == 0
    assert ran == []


def test_work_that_no_act_asked_for_is_refused():
    with pytest.raises(OutsideAct):
        enqueue(note, "a")


def test_the_first_failure_is_raised_with_its_traceback(now):
    leave(now, (note, "a"), (fail, 7), (note, "b"))
    with pytest.raises(TaskFailed, match="ValueError: broken by 7") as failed:
        drain()
    assert "Traceback" in str(failed.value)
    assert ran == ["a"]


def test_a_failed_task_is_tried_again_and_counts_its_attempts(now):
    leave(now, (succeed_at_third,))
    for _ in range(2):
        with pytest.raises(TaskFailed):
            drain()
        assert retry_failed() == 1
    drain()
    assert ran == [1, 2, 3]


def test_retries_end(now):
    leave(now, (fail, 1))
    with pytest.raises(TaskFailed):
        drain()
    assert retry_failed(max_attempts=1) == 0
    assert DBTaskResult.objects.failed().count() == 1


@pytest.mark.django_db(transaction=True)
def test_several_processes_share_the_queue(now):
    leave(now, *((note, f"w{number}") for number in range(6)))
    assert drain(processes=2) == 6
    assert Entry.objects.filter(act="word.noted").count() == 6


@pytest.mark.django_db(transaction=True)
def test_a_failure_in_another_process_is_raised_here(now):
    leave(now, (fail, 9))
    with pytest.raises(TaskFailed, match="broken by 9"):
        drain(processes=2)
