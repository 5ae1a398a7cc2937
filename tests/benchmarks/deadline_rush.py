"""Run by hand: `python -m tests.benchmarks.deadline_rush [--companies 500] [--window 60]`. A rush at a deadline.

A call with so many companies, each with a draft; gunicorn on a real socket, tasks beside it. Slow uploaders come first
and hold what places they can. Then every company sends a bid of 1 MB through the protocol of the page and seals it,
three in four before the deadline and ever closer to it, one in three by a double click; a share of them is in a hurry
and sends everything at its moment, the others only seal then. Some seconds after the deadline it is moved for all.
Afterwards rows, receipts and clocks are compared (`rush_checks`): goals P13 to P16. With `--kill` workers die in the
middle, or a process of PostgreSQL too, which ends all of its connections: what was answered must still be there.

The database is an SQLite file in a temporary folder, or the one that DATABASE_URL names, which must be empty. The exit
code tells whether a fault was found.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.benchmarks.rush_bidders import Company, SlowCompany
from tests.benchmarks.serving import Server, busy_of

AT_ONCE = 16
# One that dies leaves another; many threads, so that each seal has its instant read at once.
SEAL_WORKERS, SEAL_THREADS = 2, 32
EXTENSION_AFTER, EXTENDED_BY = 0.1, 0.2
"""Shares of the window: when the deadline is moved after it has passed, and how far."""


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which a share of the values lie."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] if values else 0.0


def spread(values: Sequence[float]) -> str:
    """p50 / p95 / p99 / worst, in milliseconds."""
    return " / ".join(f"{1000 * percentile(values, share):.0f}" for share in (0.5, 0.95, 0.99, 1.0))


def moments(count: int, window: float, *, even: bool = False) -> list[float]:
    """Seconds in the window: evenly, or ever denser towards its two thirds, where the deadline is, a quarter after."""
    chance, deadline = random.Random(1), 2 * window / 3  # noqa: S311 - no secret
    if even:
        return [chance.random() * window for _ in range(count)]
    return [
        deadline * (1 - chance.random() ** 2) if number % 4 else deadline + chance.random() * (window - deadline)
        for number in range(count)
    ]


def at_once(calls: Sequence[Callable[[], Any]], workers: int = AT_ONCE) -> float:
    """Do all of it, so many together; bids a second."""
    began = time.perf_counter()
    with ThreadPoolExecutor(workers) as pool:
        for done in [pool.submit(call) for call in calls]:
            done.result()
    return len(calls) / (time.perf_counter() - began)


def measured(server: Any, calls: Sequence[Callable[[], Any]]) -> tuple[float, float]:
    """Bids a second, and milliseconds of processor that the server took for each."""
    busy = server.busy
    pace = at_once(calls)
    return pace, 1000 * (server.busy - busy) / len(calls)


class Rush:
    """One run: its world, server and companies; `environment` is added to that of the server."""

    def __init__(self, options: argparse.Namespace, **environment: str) -> None:
        from tests.benchmarks.rush_world import lay_out

        self.options = options
        slow, compared = options.slow, options.compared
        began = time.perf_counter()
        self.world = lay_out(options.companies + slow + compared)
        tell(f"{options.companies} companies laid out in {time.perf_counter() - began:.0f} s")
        self.server = Server(workers=options.workers, threads=options.threads, **environment)
        self.seals = None if options.together else Server(workers=SEAL_WORKERS, threads=SEAL_THREADS, **environment)
        seal_port = self.seals.port if self.seals else 0
        self.tasks = None
        if not options.no_tasks:
            command = [sys.executable, "manage.py", "db_worker", "--interval", "0.5"]
            self.tasks = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603 - ours
        drafts = iter(self.world.drafts)
        self.slow = [SlowCompany(n, self.server.port, *next(drafts), 0) for n in range(slow)]
        self.compared = [
            Company(1000 + n, self.server.port, *next(drafts), options.size, seal_port=seal_port)
            for n in range(compared)
        ]
        self.companies = [
            Company(2000 + n, self.server.port, *draft, options.size, clicks=1 + (n % 3 == 0), seal_port=seal_port)
            for n, draft in enumerate(drafts)
        ]

    def compare(self) -> None:
        """Bids a second when all come at once, against the bare form in the same run (P14)."""
        from tests.benchmarks.bare_form import lay_tables

        lay_tables()
        bare = Server(
            workers=self.options.workers, threads=self.options.threads,
            application="django.core.wsgi:get_wsgi_application()",
            DJANGO_SETTINGS_MODULE="tests.benchmarks.bare_settings",
        )  # fmt: skip
        try:
            figures: dict[str, list[tuple[float, float]]] = {"bare": [], "sent": [], "sealed": []}
            # The first of four warms both servers, and does not count.
            for quarter in range(4):
                some = self.compared[quarter::4]
                figures["bare"].append(measured(bare, [lambda one=one: bare_bid(one, bare.port) for one in some * 3]))
                figures["sent"].append(measured(self, [one.prepare for one in some]))
                figures["sealed"].append(measured(self, [one.hand_in for one in some]))
        finally:
            bare.stop()
        paces, works = (
            {name: percentile([one[which] for one in found[1:]], 0.5) for name, found in figures.items()}
            for which in (0, 1)
        )
        tell(
            f"{AT_ONCE} together, bids/s (ms of processor each): bare form {paces['bare']:.0f} ({works['bare']:.0f}); "
            f"sent and read again {paces['sent']:.1f} ({works['sent']:.0f}); sealed, receipt fetched "
            f"{paces['sealed']:.1f} ({works['sealed']:.0f}); ratio {paces['sealed'] / paces['bare']:.2f} "
            f"({works['bare'] / works['sealed']:.2f}), goal P14 0.50"
        )

    def run(self) -> None:
        """Slow ones first, drafts of those who are early, then the window with its deadline and its extension."""
        from tests.benchmarks.rush_world import move_deadline

        stop = threading.Event()
        crawlers = [threading.Thread(target=one.crawl, args=(stop,), daemon=True) for one in self.slow]
        for one in crawlers:
            one.start()
        chance, hurried = random.Random(2), self.options.hurried  # noqa: S311 - no secret
        in_a_hurry = {one.number for one in self.companies if chance.random() < hurried}
        early = [one for one in self.companies if one.number not in in_a_hurry]
        if early:
            pace = at_once([one.prepare for one in early])
            tell(f"{len(early)} bids sent and read again before the window: {pace:.1f} bids/s")
        window = self.options.window
        start = time.time() + 2
        deadline = datetime.fromtimestamp(start + 2 * window / 3, UTC)
        move_deadline(self.world, deadline)
        threads = [
            threading.Thread(target=one.go, args=(one.number in in_a_hurry, start + moment), daemon=True)
            for one, moment in zip(
                self.companies, moments(len(self.companies), window, even=self.options.even), strict=True
            )
        ]
        busy, began = self.busy, time.time()
        companies, tasks = self.busy_elsewhere
        for one in threads:
            one.start()
        if self.options.kill:
            time.sleep(max(0, start + window / 2 - time.time()))
            for server in filter(None, (self.server, self.seals)):
                tell(f"worker {server.kill_one()} killed")
            if self.options.kill == "database":
                kill_database()
        time.sleep(max(0, deadline.timestamp() + EXTENSION_AFTER * window - time.time()))
        asked = time.time()
        move_deadline(self.world, datetime.fromtimestamp(deadline.timestamp() + EXTENDED_BY * window, UTC))
        tell(f"deadline moved for all in {time.time() - asked:.2f} s")
        for one in threads:
            one.join()
        took, busy = time.time() - began, self.busy - busy
        companies, tasks = (
            after - before for after, before in zip(self.busy_elsewhere, (companies, tasks), strict=True)
        )
        # What a killed worker took is not known any more.
        share = f"{1000 * busy / len(threads):.0f} ms a company, {100 * busy / took:.0f} % of one core"
        tell(
            f"window of {window:.0f} s done in {took:.1f} s; "
            f"processor of the servers: {'unknown' if self.options.kill else share}; of the companies "
            f"{100 * companies / took:.0f} %, of the tasks {100 * tasks / took:.0f} %; "
            f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
        )
        stop.set()
        for one in crawlers:
            one.join()

    @property
    def busy(self) -> float:
        """Seconds of processor of the servers so far."""
        return self.server.busy + (self.seals.busy if self.seals else 0)

    @property
    def busy_elsewhere(self) -> tuple[float, float]:
        """Seconds of processor of the companies, which this process plays, and of the tasks."""
        return busy_of(os.getpid()), busy_of(self.tasks.pid) if self.tasks else 0.0

    def close(self) -> None:
        """End what was started."""
        self.server.stop()
        if self.seals is not None:
            self.seals.stop()
        if self.tasks is not None:
            self.tasks.terminate()
            self.tasks.wait()


def bare_bid(company: Company, port: int) -> None:
    """The same bytes into the bare form."""
    head = b'--end-of-a-part\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'
    body = head + company.content() + b"\r\n--end-of-a-part--\r\n"
    other = Company(company.number, port, company.deposit, company.session, company.size)
    answer = other.ask("POST", "/bare/", body, **{"Content-Type": "multipart/form-data; boundary=end-of-a-part"})
    assert answer.status == 201, answer.status


def kill_database() -> None:
    """End one process of PostgreSQL without a word: all of it starts again from its log."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [own] = cursor.fetchone()
    os.kill(own, signal.SIGKILL)
    connection.close()
    tell(f"process {own} of the database killed")


def report(rush: Rush) -> bool:
    """Print the table; whether no fault was found."""
    from marketplace.journal.outbox import drain
    from tests.benchmarks.rush_checks import complements, faults_of, labels_of, queued_before_its_instant, stages

    every = [*rush.compared, *rush.companies]
    seals = [one.ended - one.began for company in rush.companies for one in company.seals if one.status]
    tell("milliseconds: p50 / p95 / p99 / worst")
    names = sorted({name for one in rush.companies for name, _ in one.steps})
    for name in names:
        tell(f"  {name:<14} {spread([took for one in rush.companies for step, took in one.steps if step == name])}")
    tell(f"  seal, of clicks {spread(seals)}   (goal: p99 under 3000)")
    for name, waits in {"before its instant": queued_before_its_instant(every), **stages(rush.companies)}.items():
        tell(f"  {name} {spread(waits)}")
    tell(
        f"turned away for a while: {sum(one.turned_away for one in rush.companies)} of companies, "
        f"{sum(one.turned_away for one in rush.slow)} of slow ones; broken: {sum(one.broken for one in rush.companies)}"
    )
    for company in [one for one in every if one.failure][:3]:
        tell(f"  failed: {company.number} {company.failure}")
    # A database that was killed takes the process of tasks with it; whoever watches over processes starts another.
    if rush.tasks is None or rush.tasks.poll() is not None:
        drain()
    until = time.monotonic() + 120
    while complements()[1] and time.monotonic() < until:
        time.sleep(1)
    written, owed = complements()
    tell(f"receipts: {dict(labels_of(every))}; complements {written}, owed {owed}")
    faults = faults_of(every)
    tell("faults: " + ", ".join(f"{name} {count}" for name, count in faults.items()))
    tell(f"load of the machine: {' '.join(f'{one:.1f}' for one in os.getloadavg())} on {os.cpu_count()} cores")
    return not any(faults.values()) and not owed


def tell(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Lay a scratch database and folders out, then run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    option = parser.add_argument
    option("--companies", type=int, default=500)
    option("--window", type=float, default=60, help="seconds")
    option("--even", action="store_true", help="come evenly, instead of ever denser before the deadline")
    option("--hurried", type=float, default=0.2, help="share that sends everything at its moment")
    option("--slow", type=int, default=16)
    option("--compared", type=int, default=60, help="companies for the comparison with the bare form; 0: none")
    option("--size", type=int, default=1_000_000, help="bytes of a bid")
    option("--workers", type=int, default=2)
    option("--threads", type=int, default=8)
    option("--together", action="store_true", help="no process of its own for seals")
    option("--no-tasks", action="store_true", help="run the tasks afterwards only")
    option("--kill", choices=("worker", "database"), help="without a word, in the middle; database: PostgreSQL too")
    option("--start", help="SQLite file that is migrated and empty, to begin from a copy: migrations take a minute")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "PREAU_VAR": folder,
            "REHEARSAL_CLOCK_ALLOWED": "1",
            "SECOND_FACTOR_REQUIRED": "0",
            "EMAIL_URL": "dummymail://",
            "DJANGO_SETTINGS_MODULE": "marketplace.settings",
        }
        if options.start:
            shutil.copy(options.start, Path(folder) / "preau.sqlite3")
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection

        call_command("migrate", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        apart = "" if options.together else f", {SEAL_WORKERS} of {SEAL_THREADS} for seals"
        tell(f"{connection.vendor}, {options.workers} processes of {options.threads} threads{apart}")
        rush = Rush(options)
        try:
            if options.compared:
                rush.compare()
            rush.run()
            is_good = report(rush)
        finally:
            rush.close()
    sys.exit(not is_good)


if __name__ == "__main__":
    main()
