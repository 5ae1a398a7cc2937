"""Run by hand: `python -m tests.benchmarks.upload_speed [MEGABYTES] [--by-site]`. Sends one large file over sockets.

One gunicorn worker receives it part by part, three at a time, sealed beforehand as the page's program does; with
`--by-site` in clear, as a browser that cannot seal sends it. Prints megabytes a second beside the raw limit of the same
machine in the same run (SHA-256, AES-GCM, write and sync in one thread; goal P10: 60 %), the processor time of the
worker, and its peak memory after 10 MB and after the whole (goal P11: at most 16 MB more). Everything lies in a
temporary folder: nothing of a site is touched.
"""

import argparse
import hashlib
import http.client
import json
import os
import secrets
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from procurement.submissions.program import fingerprint
from tests.benchmarks.serving import Server, session_of
from tests.submissions.browser_age import seal

MEGABYTE = 1_000_000
PART = 8 * 1024 * 1024
PARALLEL = 3
SMALLER = (10, 30)


@dataclass
class Person:
    """A session at the server, and a deposit of its own."""

    port: int
    cookies: str
    token: str
    deposit: str

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, Any]:
        connection = http.client.HTTPConnection("localhost", self.port, timeout=300)
        connection.request(
            method, path, body, {"Cookie": self.cookies, "X-CSRFToken": self.token, "X-Upload": "1", **headers}
        )
        answer = connection.getresponse()
        read = answer.read()
        connection.close()
        return answer.status, json.loads(read) if read.startswith(b"{") else None


def piece_of(block: bytes, n: int, size: int) -> bytes:
    """Part `n` of a file of `size` bytes: one random block, told apart by its number."""
    head = b"%PDF-1.7\n" if n == 1 else n.to_bytes(8, "big")
    return (head + block)[: min(PART, size - (n - 1) * PART)]


def send(person: Person, name: str, size: int, block: bytes, *, by_site: bool) -> float:
    """Send a file whole; seconds that it took once its parts were ready to leave."""
    slot = f"/espace/entreprise/reponses/{person.deposit}/fichiers/technical/0/commencer/"
    message = json.dumps({"name": name, "size": size}).encode()
    status, known = person.ask("POST", slot, message, **{"Content-Type": "application/json"})
    assert status == 201, (status, known)

    def ready(n: int) -> tuple[int, bytes, dict[str, str]]:
        piece = piece_of(block, n, size)
        headers = {"X-Part-Digest": hashlib.sha256(bytes.fromhex(known["salt"]) + piece).hexdigest()}
        if by_site:
            return n, piece, headers
        sealed = seal(piece, known["recipient"])
        told = {"X-Sealed-Digest": hashlib.sha256(sealed).hexdigest(), "X-Sealing-Program": fingerprint()}
        return n, sealed, {**headers, **told, "Content-Type": "application/vnd.age"}

    def put(part: tuple[int, bytes, dict[str, str]]) -> None:
        n, body, headers = part
        while True:
            status, said = person.ask("PUT", f"{known['part_address']}{n}/", body, **headers)
            if status != 503:
                break
            time.sleep(0.2)
        assert status == 201, (status, said)

    parts = [ready(n) for n in range(1, known["parts"] + 1)]
    began = time.perf_counter()
    with ThreadPoolExecutor(PARALLEL) as pool:
        list(pool.map(put, parts))
    status, said = person.ask("POST", known["finish"])
    assert status == 201, (status, said)
    return time.perf_counter() - began


def raw_limit(folder: Path, size: int, block: bytes) -> float:
    """Seconds to hash, encrypt and write as many bytes in one thread, and sync them."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    cipher, digest = AESGCM(secrets.token_bytes(32)), hashlib.sha256()
    began = time.perf_counter()
    with (folder / "limit").open("wb") as target:
        for n in range(1, -(-size // PART) + 1):
            piece = piece_of(block, n, size)
            digest.update(piece)
            target.write(cipher.encrypt(secrets.token_bytes(12), piece, None))
        target.flush()
        os.fsync(target.fileno())
    return time.perf_counter() - began


def peak(worker: int) -> float:
    """Most memory that a process ever held, in MB."""
    status = Path(f"/proc/{worker}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024 / MEGABYTE


def processor_time(worker: int) -> float:
    """Seconds that a process took of the processors."""
    fields = Path(f"/proc/{worker}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def lay_out() -> tuple[str, str]:
    """A deposit in a scratch database; its key, and the session of the person who fills it."""
    from marketplace.accounts.models import User
    from marketplace.journal import clock
    from procurement.law import calendar
    from procurement.submissions import deposits
    from tests.submissions.stage import DAYS_OPEN, make_stage

    # A morning not long ago, whose period closes on a working day.
    morning = clock.now().replace(hour=9, minute=0, second=0, microsecond=0) - timedelta(days=1)
    while not calendar.is_working_day((morning + timedelta(days=DAYS_OPEN)).date()):
        morning -= timedelta(days=1)
    with clock.rehearsal(morning) as moving:
        stage = make_stage(moving)
        bidder = stage.bidder()
        deposit = deposits.open_deposit(period=stage.period, party=bidder.party, actor=bidder.actor, now=stage.now)
    return str(deposit.pk), session_of(User.objects.get(pk=bidder.actor.user_id))


def run(folder: Path, megabytes: int, *, by_site: bool) -> None:
    """Lay out, serve, send 10 MB, then the whole."""
    deposit, session = lay_out()
    server = Server()
    [worker] = server.workers
    try:
        token = secrets.token_hex(16)
        person = Person(server.port, f"sessionid={session}; csrftoken={token}", token, deposit)
        block = os.urandom(PART)
        person.ask("GET", f"/espace/entreprise/reponses/{deposit}/fichiers/")
        peaks = [f"{peak(worker):.0f} MB before"]
        for size in SMALLER:
            send(person, f"petit-{size}.pdf", size * MEGABYTE, block, by_site=by_site)
            peaks.append(f"{peak(worker):.0f} MB after {size} MB")
        before = processor_time(worker)
        took = send(person, "grand.pdf", megabytes * MEGABYTE, block, by_site=by_site)
        limit = raw_limit(folder, megabytes * MEGABYTE, block)
        sys.stdout.write(
            f"{megabytes} MB in {took:.1f} s: {megabytes / took:.0f} MB/s; "
            f"raw limit {megabytes / limit:.0f} MB/s; ratio {limit / took:.2f}; "
            f"processor time {processor_time(worker) - before:.1f} s\n"
            f"peak of the worker: {', '.join(peaks)}, {peak(worker):.0f} MB after the whole\n"
        )
    finally:
        server.stop()


def main() -> None:
    """Lay a scratch database and folders out, then run."""
    parser = argparse.ArgumentParser()
    parser.add_argument("megabytes", type=int, nargs="?", default=300)
    parser.add_argument("--by-site", action="store_true")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "PREAU_VAR": folder,
            "REHEARSAL_CLOCK_ALLOWED": "1",
            "SECOND_FACTOR_REQUIRED": "0",
            "DJANGO_SETTINGS_MODULE": "marketplace.settings",
        }
        os.environ.pop("DATABASE_URL", None)
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        run(Path(folder), told.megabytes, by_site=told.by_site)


if __name__ == "__main__":
    main()
