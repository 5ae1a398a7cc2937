"""A program that sends files part by part, as the page's own does."""

import hashlib
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from procurement.submissions import program
from procurement.submissions.models import UnfinishedFile
from procurement.submissions.sealing import PART_SIZE
from tests.submissions.browser_age import seal

SECRET = b"octets-que-personne-ne-doit-lire "


def big_pdf(size: int) -> bytes:
    return (b"%PDF-1.7\n" + SECRET * (size // len(SECRET) + 1))[:size]


class Sender:
    """One file, cut into its parts, and the browser that sends it."""

    def __init__(self, client: Client, begin: str, name: str, content: bytes) -> None:
        self.client, self.begin_address, self.name, self.content = client, begin, name, content
        self.known: dict[str, Any] = {}

    def begin(self) -> HttpResponse:
        answer = self.client.post(
            self.begin_address, {"name": self.name, "size": len(self.content)}, content_type="application/json"
        )
        if answer.status_code < 300:
            self.known = answer.json()
        return answer

    @property
    def file(self) -> UnfinishedFile:
        return UnfinishedFile.objects.get(pk=self.known["file"])

    def piece(self, n: int) -> bytes:
        return self.content[(n - 1) * PART_SIZE : n * PART_SIZE]

    def put(
        self,
        n: int,
        content: bytes | None = None,
        digest: str | None = None,
        client: Client | None = None,
        **headers: str,
    ) -> HttpResponse:
        piece = self.piece(n) if content is None else content
        salted = hashlib.sha256(bytes.fromhex(self.known["salt"]) + piece).hexdigest()
        return (client or self.client).put(
            f"{self.known['part_address']}{n}/",
            piece,
            content_type="application/octet-stream",
            headers={"X-Part-Digest": digest or salted, **headers},
        )

    def put_sealed(self, n: int, sealed: bytes | None = None, **headers: str) -> HttpResponse:
        """As a browser that seals: nobody on the way can read the part."""
        sealed = seal(self.piece(n), self.known["recipient"]) if sealed is None else sealed
        told = {
            "X-Part-Digest": hashlib.sha256(bytes.fromhex(self.known["salt"]) + self.piece(n)).hexdigest(),
            "X-Sealed-Digest": hashlib.sha256(sealed).hexdigest(),
            "X-Sealing-Program": program.fingerprint(),
        }
        return self.client.put(
            f"{self.known['part_address']}{n}/", sealed, content_type="application/vnd.age", headers=told | headers
        )

    def finish(self) -> HttpResponse:
        return self.client.post(self.known["finish"])

    def whole(self, *, is_sealed_here: bool = False) -> HttpResponse:
        self.begin()
        put = self.put_sealed if is_sealed_here else self.put
        for n in range(self.known["parts"], 0, -1):
            assert put(n).status_code == 201
        return self.finish()


def sender(firm: Any, envelope: str = "candidature", number: int = 1, *, content: bytes, name: str = "memoire.pdf"):
    address = reverse("submissions:begin", args=[firm.deposit.pk, envelope, number])
    return Sender(firm.client, address, name, content)
