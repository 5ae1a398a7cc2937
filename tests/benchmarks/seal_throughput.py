"""Run by hand: `python -m tests.benchmarks.seal_throughput [MEGABYTES]`. Seals and opens one large bid.

Prints megabytes a second of each step and the peak memory of the process: it must not grow with the size of the bid.
Everything lies in a temporary folder: nothing of a site is touched.
"""

import argparse
import hashlib
import io
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

MEGABYTE = 1_000_000
BLOCK = 1024 * 1024


class LargeFile(io.RawIOBase):
    """A PDF-like file of any size that is never held in memory: one random block, repeated."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self._left = size
        self._block = b"%PDF-1.7\n" + os.urandom(BLOCK - 9)
        self.digest = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:
        piece = self._block[: min(len(buffer), self._left)]
        buffer[: len(piece)] = piece
        self._left -= len(piece)
        self.digest.update(piece)
        return len(piece)


def peak_mebibytes() -> int:
    """Most memory that this process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def timed(what: str, megabytes: int, call: Callable[[], Any]) -> Any:
    """Run a step and print its speed and the peak of memory so far."""
    began = time.perf_counter()
    result = call()
    took = time.perf_counter() - began
    sys.stdout.write(f"{what:<10} {took:7.2f} s  {megabytes / took:7.1f} MB/s  peak {peak_mebibytes()} MiB\n")
    return result


def run(megabytes: int) -> None:
    """Deposit, read again, seal and open a bid of so many megabytes."""
    from marketplace.files.services import open_stored
    from marketplace.journal import clock
    from procurement.submissions import assembly, deposits, seal
    from procurement.submissions.reading import opened_files
    from tests.submissions.stage import make_stage

    with clock.rehearsal(datetime(2027, 1, 12, 9, 0, tzinfo=UTC)) as moving:
        stage = make_stage(moving)
        bidder = stage.bidder()
        deposit = stage.deposit(bidder)
        common = {"actor": bidder.actor, "now": stage.now}
        content = LargeFile(megabytes * MEGABYTE)
        sys.stdout.write(f"{megabytes} MB; peak before: {peak_mebibytes()} MiB\n")
        timed(
            "deposit",
            megabytes,
            lambda: deposits.add_file(
                deposit=deposit, envelope="technical", name="dossier.pdf", content=content, **common
            ),
        )
        root = timed(
            "read again",
            megabytes,
            lambda: assembly.assemble(deposit=deposit, replacement_rule_accepted=True, **common).root,
        )
        sealed = timed(
            "seal", megabytes, lambda: seal.seal(deposit=deposit, root=root, idempotency_key="banc", **common)
        )
        stage.close()
        timed("open", megabytes, lambda: stage.open("technical"))
        opened = {file.name: file for file in opened_files(sealed.submission, "technical")}["dossier.pdf"]
        assert opened.stored_file.sha256 == content.digest.hexdigest()
        assert len(open_stored(opened.stored_file)) == megabytes * MEGABYTE


def main() -> None:
    """Lay a scratch database and folders out, then run."""
    parser = argparse.ArgumentParser()
    parser.add_argument("megabytes", type=int, nargs="?", default=100)
    megabytes = parser.parse_args().megabytes
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "PREAU_VAR": folder,
            "REHEARSAL_CLOCK_ALLOWED": "1",
            "DJANGO_SETTINGS_MODULE": "marketplace.settings",
        }
        os.environ.pop("DATABASE_URL", None)
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        run(megabytes)


if __name__ == "__main__":
    main()
