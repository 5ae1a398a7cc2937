"""Antiviruses to ask: the real clamd with a signature of its own, where it is installed, and one that stands in."""

import hashlib
import shutil
import socket
import socketserver
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# The harmless file that every antivirus knows (eicar.org), in two halves: as one piece it would stop some editors.
EICAR = (r"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*").encode()
CLAMD = shutil.which("clamd")
LIMIT = 256 * 1024
"""Bytes that both of them read of a content."""
CONFIGURATION = """
LocalSocket {folder}/clamd.sock
DatabaseDirectory {folder}/signatures
Foreground yes
StreamMaxLength 256K
AlertExceedsMax yes
AlertEncrypted yes
LogFile {folder}/clamd.log
"""


class _Talk(socketserver.StreamRequestHandler):
    """One INSTREAM talk: frames until the empty one, then the answer; too much is answered at once, and hung up on."""

    def handle(self) -> None:
        if self.rfile.read(10) != b"zINSTREAM\0":
            self.wfile.write(b"UNKNOWN COMMAND\0")
            return
        content = b""
        while length := int.from_bytes(self.rfile.read(4), "big"):
            content += self.rfile.read(length)
            if len(content) > LIMIT:
                self.wfile.write(b"INSTREAM size limit exceeded. ERROR\0")
                return
        self.wfile.write(self.answer(content))

    def answer(self, content: bytes) -> bytes:
        if EICAR in content:
            return b"stream: Win.Test.EICAR_HDB-1 FOUND\0"
        if b"chiffre-par-mot-de-passe" in content:
            return b"stream: Heuristics.Encrypted.Zip FOUND\0"
        return b"stream: OK\0"


class _Silent(_Talk):
    """Hangs up without a word."""

    def answer(self, content: bytes) -> bytes:
        return b""


class _Garbled(_Talk):
    """Answers something else: what is not understood is not « clean »."""

    def answer(self, content: bytes) -> bytes:
        return b"stream: OK but not really\0"


HANDLERS = {"stand-in": _Talk, "silent": _Silent, "garbled": _Garbled}


@contextmanager
def standing_in(kind: str = "stand-in") -> Iterator[str]:
    """A server that speaks as clamd does, on a Unix socket; gives its path."""
    # A short path: that of a Unix socket holds 107 bytes.
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/clamd.sock"
        with socketserver.ThreadingUnixStreamServer(path, HANDLERS[kind]) as server:
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
            yield path
            server.shutdown()


@contextmanager
def real_clamd() -> Iterator[str]:
    """The clamd of the machine, knowing one signature: that of the harmless file; gives the path of its socket."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        signatures = folder / "signatures"
        signatures.mkdir()
        # Body signature anywhere in the file, and that of the bare file: name:type:offset:hex, md5:size:name.
        (signatures / "local.ndb").write_text(f"Test.Eicar:0:*:{EICAR.hex()}\n")
        digest = hashlib.md5(EICAR, usedforsecurity=False).hexdigest()
        (signatures / "local.hdb").write_text(f"{digest}:{len(EICAR)}:Test.Eicar\n")
        configuration = folder / "clamd.conf"
        configuration.write_text(CONFIGURATION.format(folder=folder))
        process = subprocess.Popen(  # noqa: S603 - the antivirus of the machine
            [CLAMD, "--config-file", str(configuration)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            _wait(folder / "clamd.sock", process)
            yield str(folder / "clamd.sock")
        finally:
            process.terminate()
            process.wait(30)


def _wait(path: Path, process: subprocess.Popen) -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise RuntimeError(f"clamd ended with {process.returncode}")
        with socket.socket(socket.AF_UNIX) as trial:
            if path.exists() and trial.connect_ex(str(path)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("clamd did not come up")
