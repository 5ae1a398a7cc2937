"""One request in the name of somebody, and which kind of answer it got; whatever it did is undone."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.db import connection
from django.http import HttpResponseBase
from django.test import Client, TestCase
from django.urls import reverse

from marketplace.journal.models import Entry

WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE|REPLACE)\b[^\"]*\"(?P<table>\w+)\"", re.IGNORECASE)
OF_SESSIONS = frozenset({"django_session", "usersessions_usersession"})
# A page that is read is counted in its month, whoever reads it.
OF_READINGS = frozenset({"catalogue_monthlyreading"})
OF_THE_JOURNAL = frozenset({"journal_chain", "journal_entry"})


class Answer(StrEnum):
    """Kinds of answers, as people see them."""

    OPEN = "the page, or a way on"
    SIGN_IN = "sign in first"
    DECLARE = "declare your interests first"
    FORBIDDEN = "forbidden"
    UNSEEN = "does not exist"
    NO_SUCH_METHOD = "nothing is done so here"
    BROKEN = "broken"


@dataclass
class Asked:
    """A request, its answer, the tables it wrote to and the acts that the journal keeps of it."""

    answer: Answer
    status: int
    text: str = ""
    written: set[str] = field(default_factory=set)
    acts: list[str] = field(default_factory=list)

    def changed_nothing(self) -> bool:
        """Whether nothing was written, but that somebody was refused a sensitive act."""
        return self.written <= OF_THE_JOURNAL and all(one.endswith(".refused") for one in self.acts)


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside is undone. Django’s own mark lets durable acts open there."""
    atomics = TestCase._enter_atomics()
    try:
        yield
    finally:
        TestCase._rollback_atomics(atomics)


def ask(
    client: Client, address: str, *, method: str = "GET", data: Mapping[str, Any] | None = None, **more: Any
) -> Asked:
    written: set[str] = set()

    def note(execute: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
        found = WRITES.match(sql)
        if found and found["table"] not in OF_SESSIONS | OF_READINGS:
            written.add(found["table"])
        return execute(sql, params, many, context)

    cookies = client.cookies.copy()
    with undone(), connection.execute_wrapper(note):
        last = Entry.objects.order_by("-pk").values_list("pk", flat=True).first()
        response = client.get(address, **more) if method == "GET" else client.post(address, data or {}, **more)
        acts = list(Entry.objects.filter(pk__gt=last).values_list("act", flat=True)) if written else []
        asked = Asked(kind_of(response), response.status_code, _text(response), written, acts)
    # The session too is as it was.
    client.cookies = cookies
    return asked


def kind_of(response: HttpResponseBase) -> Answer:
    status = response.status_code
    if status in {301, 302, 303}:
        url = response.headers["Location"]
        if url.startswith(reverse("account_login")):
            return Answer.SIGN_IN
        return Answer.DECLARE if "/declaration/?suite=" in url else Answer.OPEN
    if status in {403, 404, 405}:
        return {403: Answer.FORBIDDEN, 404: Answer.UNSEEN, 405: Answer.NO_SUCH_METHOD}[status]
    # 409 and 422: the page again, with what stands in the way; 400: nothing readable was posted.
    return Answer.OPEN if status in {200, 400, 409, 422} else Answer.BROKEN


def _text(response: HttpResponseBase) -> str:
    # Read to its end: only so does the client of the tests close a stream without closing the database.
    content = response.getvalue()
    return content.decode() if response.headers.get("Content-Type", "").startswith("text/") else ""
