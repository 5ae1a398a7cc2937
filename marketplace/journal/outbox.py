"""Slow work leaves an act as a task row, written in the same transaction: done if and only if the act is.

Tasks take ids, do nothing twice, and open acts of their own. A task that needs to know how often it was tried takes
the context of django-tasks (`@task(takes_context=True)`, `context.attempt`): each run counts, a retry included.
"""

import multiprocessing
from typing import Any

from django.db import connection, connections
from django_tasks.base import Task, TaskResultStatus
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult
from django_tasks_db.utils import exclusive_transaction

from marketplace.journal.context import current_act

MAX_ATTEMPTS = 5


class TaskFailed(RuntimeError):  # noqa: N818 - says what happened to the task
    """A task of the outbox failed. The text is its traceback."""

    def __init__(self, result: DBTaskResult) -> None:
        super().__init__(f"{result.task_path} {result.args_kwargs['args']}\n{result.traceback}")
        self.result = result


def enqueue(task: Task, *ids: Any) -> str:
    """Leave a task with the act under way; ids become strings (integers stay). Returns the id of the task's row.

    Raises OutsideAct: work that no act asked for has no place in the outbox.
    """
    current_act()
    return task.enqueue(*(value if isinstance(value, int) else str(value) for value in ids)).id


def drain(processes: int = 1) -> int:
    """Run the queued tasks here, in order, until none is left, those that they enqueue included.

    Returns how many this process ran. Raises TaskFailed on the first that fails. With more `processes`, forked
    workers share the queue (each with its own connection, so never inside a transaction); a rehearsal clock stands
    for them where it stood when they started.
    """
    if processes > 1:
        return _drain_together(processes)
    worker = Worker(
        queue_names=["*"],
        excluded_queue_names=[],
        interval=0,
        batch=True,
        backend_name="default",
        startup_delay=False,
        max_tasks=None,
        worker_id="drain",
    )
    ran = 0
    while (result := _claim(worker.worker_id)) is not None:
        worker.run_task(result)
        ran += 1
        if result.status == TaskResultStatus.FAILED:
            raise TaskFailed(result)
    return ran


def waiting() -> int:
    """How many tasks wait to be run."""
    return DBTaskResult.objects.ready().count()


def retry_failed(max_attempts: int = MAX_ATTEMPTS) -> int:
    """Queue again the failed tasks that were tried fewer than `max_attempts` times. Returns how many."""
    failed = [result for result in DBTaskResult.objects.failed() if len(result.worker_ids) < max_attempts]
    return DBTaskResult.objects.filter(pk__in=[result.pk for result in failed], status=TaskResultStatus.FAILED).update(
        status=TaskResultStatus.READY
    )


def _claim(worker_id: str) -> DBTaskResult | None:
    with exclusive_transaction():
        result = DBTaskResult.objects.ready().get_locked()
        if result is not None:
            result.claim(worker_id)
        return result


def _drain_together(processes: int) -> int:
    if connection.in_atomic_block:
        raise RuntimeError("several processes cannot see the tasks of a transaction that is not committed")
    queued = waiting()
    known = set(DBTaskResult.objects.failed().values_list("pk", flat=True))
    # A connection must not be shared across a fork.
    connections.close_all()
    workers = [multiprocessing.get_context("fork").Process(target=drain) for _ in range(processes)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    failed = DBTaskResult.objects.failed().exclude(pk__in=known).order_by("finished_at").first()
    if failed is not None:
        raise TaskFailed(failed)
    return queued
