"""Companies of a rush: each sends a bid as the program of the page does, then seals it, over sockets of its own."""

import hashlib
import http.client
import json
import random
import re
import select
import threading
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

FORM = "application/x-www-form-urlencoded"
TRIES = 40
TIMEOUT = 300
PRICE = {"fixed-1": "58 000", "result-1": "9 000", "unit_ht": "1 900", "total_ht": "190 000", "vat_rate": "20"}
BROKEN = (OSError, http.client.HTTPException)


@dataclass
class Answer:
    """What came back, and when (seconds of the clock of this machine) the request had left whole and was answered."""

    status: int
    body: bytes
    location: str
    retry_after: str
    began: float
    sent: float
    ended: float


@dataclass
class SealTry:
    """One click on « Déposer », and what came of it."""

    began: float
    sent: float
    ended: float
    status: int
    location: str

    @property
    def is_accepted(self) -> bool:
        return self.status == 302 and self.location.endswith("/accuse/")


@dataclass
class Company:
    """One company, its deposit and its session; `steps` are (name, seconds) of each of its requests."""

    number: int
    port: int
    deposit: str
    session: str
    size: int
    clicks: int = 1
    seal_port: int = 0
    steps: list[tuple[str, float]] = field(default_factory=list)
    seals: list[SealTry] = field(default_factory=list)
    broken: int = 0
    turned_away: int = 0
    failure: str = ""
    receipt: dict[str, Any] | None = None
    form: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.token = f"{self.number:032x}"
        self.space = f"/espace/entreprise/reponses/{self.deposit}"

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        """One request on a connection of its own, as behind a proxy. Raises OSError, HTTPException."""
        # The proxy gives the seal to a process of its own, when there is one.
        port = self.seal_port or self.port if path.endswith("/deposer/") else self.port
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
        own = {"Cookie": f"sessionid={self.session}; csrftoken={self.token}", "X-CSRFToken": self.token}
        began = time.time()
        try:
            connection.request(method, path, body, {**own, **headers})
            sent = time.time()
            answer = connection.getresponse()
            read = answer.read()
        finally:
            connection.close()
        return Answer(
            answer.status, read, answer.headers.get("Location", ""), answer.headers.get("Retry-After", ""),
            began, sent, time.time(),
        )  # fmt: skip

    def step(
        self, name: str, method: str, path: str, body: bytes = b"", *, good: tuple[int, ...], **headers: str
    ) -> Answer:
        """Ask until it passes, as the page does: breaks and « come back » are waited out, refusals are final."""
        for _ in range(TRIES):
            try:
                answer = self.ask(method, path, body, **headers)
            except BROKEN:
                self.broken += 1
                time.sleep(0.3)
                continue
            self.steps.append((name, answer.ended - answer.began))
            if answer.status in good:
                return answer
            if answer.status < 500:
                raise RuntimeError(f"{name}: {answer.status} {answer.body[:300]!r}")
            # As the program of the page does; a person loads a page again.
            self.turned_away += 1
            time.sleep(min(float(answer.retry_after or 1), 10) * random.uniform(0.75, 1.25))  # noqa: S311 - no secret
        raise RuntimeError(f"{name}: never passed")

    def content(self) -> bytes:
        """The bytes of its bid."""
        return b"%PDF-1.7\n" + random.Random(self.number).randbytes(self.size - 9)  # noqa: S311 - no secret

    def prepare(self) -> None:
        """Type the price, send a file part by part, have all of it read again."""
        price = urlencode({**PRICE, "version": "0"}).encode()
        self.step("task", "POST", f"{self.space}/prix/", price, good=(302,), **{"Content-Type": FORM})
        self.send_file("memoire.pdf", self.content())
        reading = urlencode({"replacement_rule": "on", "incomplete": "on"}).encode()
        self.step("read again", "POST", f"{self.space}/verifier/", reading, good=(302,), **{"Content-Type": FORM})
        page = self.step("review page", "GET", f"{self.space}/verifier/", good=(200,)).body.decode()
        self.form = {name: re.search(rf'name="{name}" value="([^"]*)"', page)[1] for name in ("root", "key")}

    def begin_file(self, name: str, size: int) -> dict[str, Any]:
        """Announce a file of the technical bid."""
        message = json.dumps({"name": name, "size": size}).encode()
        place = f"{self.space}/fichiers/technical/1/commencer/"
        answer = self.step(
            "begin file",
            "POST",
            place,
            message,
            good=(200, 201),
            **{"Content-Type": "application/json", "X-Upload": "1"},
        )
        return dict(json.loads(answer.body))

    def send_file(self, name: str, content: bytes) -> None:
        """A file of one part."""
        known = self.begin_file(name, len(content))
        digest = hashlib.sha256(bytes.fromhex(known["salt"]) + content).hexdigest()
        part = f"{known['part_address']}1/"
        self.step("part", "PUT", part, content, good=(200, 201), **{"X-Part-Digest": digest, "X-Upload": "1"})
        self.step("end file", "POST", known["finish"], good=(201,), **{"X-Upload": "1"})

    def hand_in(self) -> None:
        """Click once or twice at the same instant, again when nothing answers; then fetch the receipt."""
        clicks = [threading.Thread(target=self._click) for _ in range(self.clicks)]
        for one in clicks:
            one.start()
        for one in clicks:
            one.join()
        if any(one.is_accepted for one in self.seals):
            page = self.step("receipt page", "GET", f"{self.space}/accuse/", good=(200,)).body.decode()
            if number := re.search(r"accuse/([A-Z2-9]{4}-[A-Z2-9]{4})\.json", page):
                file = self.step("receipt file", "GET", f"{self.space}/accuse/{number[1]}.json", good=(200,))
                self.receipt = json.loads(file.body)

    def _click(self) -> None:
        body = urlencode({**self.form, "declared": "on"}).encode()
        for _ in range(TRIES):
            began = time.time()
            try:
                answer = self.ask("POST", f"{self.space}/deposer/", body, **{"Content-Type": FORM})
            except BROKEN:
                self.broken += 1
                # Its request may have been inscribed all the same.
                self.seals.append(SealTry(began, began, time.time(), 0, ""))
                time.sleep(0.3)
                continue
            self.seals.append(SealTry(answer.began, answer.sent, answer.ended, answer.status, answer.location))
            self.steps.append(("seal", answer.ended - answer.began))
            if answer.status < 500:
                return
            time.sleep(0.3)

    def go(self, is_hurried: bool, at: float) -> None:
        """Wait for one's moment; whoever is in a hurry sends everything then, others only seal."""
        time.sleep(max(0.0, at - time.time()))
        try:
            if is_hurried:
                self.prepare()
            self.hand_in()
        except Exception as error:  # noqa: BLE001 - told in the table, others go on
            self.failure = repr(error)


class SlowCompany(Company):
    """Sends one large part at a few kilobytes a second, for as long as it is let."""

    BYTES_A_SECOND = 16_000
    PIECE = 4_000

    def crawl(self, until: threading.Event) -> None:
        """Hold a place of an upload as long as possible, and come back when it is lost."""
        known = self.begin_file("lent.pdf", 8_000_000)
        while not until.is_set():
            try:
                wait = self._crawl_once(known["part_address"], until)
            except BROKEN:
                self.broken += 1
                wait = 1
            until.wait(wait)

    def _crawl_once(self, address: str, until: threading.Event) -> float:
        """Seconds after which to come back."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT)
        try:
            connection.putrequest("PUT", f"{address}1/")
            for name, value in {
                "Cookie": f"sessionid={self.session}; csrftoken={self.token}", "X-CSRFToken": self.token,
                "X-Upload": "1", "X-Part-Digest": "0" * 64, "Content-Length": "8000000",
            }.items():  # fmt: skip
                connection.putheader(name, value)
            connection.endheaders()
            connection.sock.setblocking(True)
            while not until.is_set():
                connection.send(b"x" * self.PIECE)
                if answered(connection):
                    self.turned_away += 1
                    return float(connection.getresponse().headers.get("Retry-After") or 1)
                until.wait(self.PIECE / self.BYTES_A_SECOND)
            return 0
        finally:
            connection.close()


def answered(connection: http.client.HTTPConnection) -> bool:
    """Whether the server answered before the body was whole."""
    ready, _, _ = select.select([connection.sock], [], [], 0)
    return bool(ready)
