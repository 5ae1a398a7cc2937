"""The site behind a real socket, served as the README says, and the people who ask it: for benchmarks."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

READY_WITHIN = 60


def session_of(user: Any) -> str:
    """Key of a fresh session of a person, as signing in would have left it."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return str(session.session_key)


def free_port() -> int:
    """A port on which nothing listens."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def busy_of(process: int) -> float:
    """Seconds of processor that a process has taken, its threads included."""
    ticks = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11:13]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


class Server:
    """gunicorn with threads, its workers known by their numbers; `environment` is added to that of this process."""

    def __init__(
        self, *, workers: int = 1, threads: int = 8, application: str = "marketplace.wsgi", **environment: str
    ) -> None:
        self.port = free_port()
        command = [
            sys.executable, "-m", "gunicorn", application, "--worker-class", "gthread", "--workers", str(workers),
            "--threads", str(threads), "--bind", f"127.0.0.1:{self.port}", "--log-level", "error",
        ]  # fmt: skip
        environment = {**os.environ, "WEB_THREADS": str(threads), **environment}
        self._parent = subprocess.Popen(command, env=environment)  # noqa: S603 - ours
        self._wait(workers)

    def _wait(self, workers: int) -> None:
        until = time.monotonic() + READY_WITHIN
        while time.monotonic() < until:
            if self._parent.poll() is not None:
                break
            try:
                # Each worker loads the site at its first request at the latest.
                for _ in range(4 * workers):
                    connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
                    connection.request("GET", "/robots.txt")
                    connection.getresponse().read()
                    connection.close()
            except OSError:
                time.sleep(0.2)
                continue
            return
        raise SystemExit("the server did not start")

    @property
    def workers(self) -> list[int]:
        """Processes that answer."""
        children = Path(f"/proc/{self._parent.pid}/task/{self._parent.pid}/children")
        return [int(one) for one in children.read_text().split()]

    @property
    def busy(self) -> float:
        """Seconds of processor that its workers have taken: unlike durations, they do not tell who else was there."""
        return sum(map(busy_of, self.workers))

    def kill_one(self) -> int:
        """End a worker without a word; gunicorn starts another. Returns its number."""
        worker = self.workers[0]
        os.kill(worker, signal.SIGKILL)
        return worker

    def stop(self) -> None:
        """End the server."""
        self._parent.terminate()
        try:
            self._parent.wait(20)
        except subprocess.TimeoutExpired:
            self._parent.kill()
            self._parent.wait()
