"""Serves the demonstration: static files first, then the web server and the worker as children, stopped together."""

import hashlib
import http.client
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

from marketplace.demo.showcase.places import Places

THREADS = 8
READY_WITHIN = 60
STOPPED_WITHIN = 10
LOOK_EVERY = 0.2
# Seconds between two looks of the worker at its tasks: a code to sign in is awaited.
WORKER_INTERVAL = "0.5"


class CannotServe(RuntimeError):  # noqa: N818 - says what happened
    """The site cannot be served; the message says why, in French."""


def check_port(host: str, port: int) -> None:
    """Raises CannotServe when something listens there already."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((host, port))
        except OSError as error:
            raise CannotServe(
                f"Le port {port} est déjà pris : relancez avec un autre, par exemple « PORT={port + 1} make demo »."
            ) from error


def gather_static_files(there: Places) -> None:
    """Gather style sheets, scripts and fonts; nothing is done when none changed since the last time."""
    digest = _static_digest()
    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    if manifest.exists() and there.static_digest.exists() and there.static_digest.read_text() == digest:
        return
    call_command("collectstatic", interactive=False, verbosity=0)
    there.static_digest.write_text(digest)


def serve(env: Mapping[str, str], *, log: Path, host: str, port: int, ready: Callable[[], None]) -> None:
    """Serve until Ctrl-C or SIGTERM, then stop both children. `log`: where the worker tells of its tasks.

    Raises CannotServe when one of them stops by itself.
    """
    server = [
        sys.executable, "-m", "gunicorn", "marketplace.wsgi", "--worker-class", "gthread", "--threads", str(THREADS),
        "--bind", f"{host}:{port}", "--log-level", "warning",
    ]  # fmt: skip
    worker = [sys.executable, "manage.py", "db_worker", "--interval", WORKER_INTERVAL]
    asked_to_stop = _Stop()
    with log.open("ab") as told:
        children = {"serveur": _start(server, env), "tâches": _start(worker, env, stdout=told, stderr=told)}
    try:
        _wait_until_ready(host, port, children, asked_to_stop)
        if not asked_to_stop:
            ready()
        while not asked_to_stop:
            _check_alive(children)
            time.sleep(LOOK_EVERY)
    finally:
        _stop(children.values())


def _start(command: Sequence[str], env: Mapping[str, str], **streams: Any) -> subprocess.Popen:
    """A child in a session of its own: a Ctrl-C in the terminal reaches its parent only, which stops both in order."""
    # Our own interpreter and modules.
    return subprocess.Popen(command, env=dict(env), cwd=settings.BASE_DIR, start_new_session=True, **streams)  # noqa: S603 - our own commands


class _Stop:
    """Whether somebody asked to stop."""

    def __init__(self) -> None:
        self._asked = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._ask)

    def __bool__(self) -> bool:
        return self._asked

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self._asked = True


def _wait_until_ready(host: str, port: int, children: Mapping[str, subprocess.Popen], asked_to_stop: _Stop) -> None:
    until = time.monotonic() + READY_WITHIN
    while not asked_to_stop and not _answers(host, port):
        _check_alive(children)
        if time.monotonic() > until:
            raise CannotServe(f"Le site ne répond pas après {READY_WITHIN} s : regardez les messages ci-dessus.")
        time.sleep(LOOK_EVERY)


def _answers(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1" if host == "0.0.0.0" else host, port, timeout=READY_WITHIN)  # noqa: S104 - compared, not bound
    try:
        connection.request("GET", "/", headers={"Host": f"localhost:{port}"})
        connection.getresponse()
    except (ConnectionError, TimeoutError):
        return False
    finally:
        connection.close()
    return True


def _check_alive(children: Mapping[str, subprocess.Popen]) -> None:
    for name, child in children.items():
        if child.poll() is not None:
            raise CannotServe(f"Le processus « {name} » s’est arrêté (code {child.returncode}).")


def _stop(children: Iterable[subprocess.Popen]) -> None:
    children = list(children)
    for child in children:
        child.terminate()
    for child in children:
        try:
            child.wait(STOPPED_WITHIN)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _static_digest() -> str:
    """Digest of the names, sizes and dates of every static file."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            status = Path(storage.path(name)).stat()
            digest.update(f"{name} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()
