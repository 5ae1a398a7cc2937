"""The web side of the opening process: starts it, gives it its keys over a pipe, keeps none."""

import io
import json
import secrets
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from django.conf import settings

from procurement.submissions.canonical import Unreadable
from procurement.submissions.transit import TransitReader

# Time for one submission: a floor, and the slowest disk one plans for.
SECONDS_AT_LEAST = 120
BYTES_A_SECOND = 4 * 1024 * 1024


class ProcessDied(Exception):  # noqa: N818 - it names a state
    """The opening process stopped: no memory, no time, or killed. The custodians have to give their keys again."""


@dataclass(frozen=True, slots=True)
class TakenOut:
    """A file taken out of an envelope, still encrypted in the session's folder."""

    file: str
    kind: str
    name: str
    label: str
    path: Path
    key: bytes
    lengths: tuple[int, ...]

    def read(self) -> io.BufferedReader:
        """The content in clear, as a seekable file that reads as many bytes as it is asked."""
        return io.BufferedReader(TransitReader(self.path, key=self.key, file=self.file, lengths=self.lengths))


class OpeningProcess:
    """One process for one session; a context manager that leaves neither process nor folder behind."""

    def __init__(self, keys: dict[str, Any]) -> None:
        """`keys` as `opener.start` reads them, without `transit_key` and `store`."""
        self._transit_key = secrets.token_bytes(32)
        store = Path(settings.SUBMISSION_ROOT)
        store.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._keys = {**keys, "transit_key": self._transit_key.hex(), "store": str(store)}

    def __enter__(self) -> Self:
        """Start the process. Raises Unreadable when the keys do not fit, ProcessDied."""
        self._folder = tempfile.TemporaryDirectory(prefix=".opening-", dir=self._keys["store"])
        self._process = subprocess.Popen(
            [sys.executable, "-X", "utf8", "-m", "procurement.submissions.opener"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # a traceback could quote a key
            cwd=settings.BASE_DIR,
            env={},
            text=True,
            encoding="utf-8",
        )
        try:
            self._ask(self._keys, seconds=SECONDS_AT_LEAST)
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop the process and remove the folder."""
        self._stop()

    @contextmanager
    def take_out(self, *, root: str, root_document: str, manifest_file: str, size: int) -> Iterator[list[TakenOut]]:
        """The files of one submission, gone when the block ends; `size` in bytes. Raises Unreadable, ProcessDied."""
        with tempfile.TemporaryDirectory(dir=self._folder.name) as folder:
            job = {"root": root, "root_document": root_document, "manifest_file": manifest_file, "folder": folder}
            answer = self._ask(job, seconds=SECONDS_AT_LEAST + size // BYTES_A_SECOND)
            yield [
                TakenOut(
                    file["file"],
                    file["kind"],
                    file["name"],
                    file["label"],
                    Path(folder) / file["file"],
                    self._transit_key,
                    tuple(file["lengths"]),
                )
                for file in answer["files"]
            ]

    def _ask(self, question: dict[str, Any], *, seconds: int) -> dict[str, Any]:
        watchdog = threading.Timer(seconds, self._process.kill)
        watchdog.daemon = True
        watchdog.start()
        try:
            self._process.stdin.write(json.dumps(question) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError as error:
            raise ProcessDied from error
        finally:
            watchdog.cancel()
        # A process killed while it answers leaves half a line.
        if not line.endswith("\n"):
            raise ProcessDied
        answer = json.loads(line)
        if "reason" in answer:
            raise Unreadable(answer["reason"])
        return answer

    def _stop(self) -> None:
        self._process.kill()
        self._process.wait()
        # Closing flushes: what was left to say to a dead process is of no use.
        for pipe in (self._process.stdin, self._process.stdout):
            try:
                pipe.close()
            except BrokenPipeError:
                continue
        self._folder.cleanup()
