"""One request in the name of somebody, and which kind of answer it got; whatever it did is undone."""

import re
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.db import connection
from django.http import HttpResponseBase
from django.urls import reverse

from tests.access.conftest import undone
from tests.access.world import World

WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE|REPLACE)\b[^\"]*\"(?P<table>\w+)\"", re.IGNORECASE)
OF_SESSIONS = frozenset({"django_session", "usersessions_usersession"})


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
    """A request, its answer, and the tables that it wrote to."""

    answer: Answer
    status: int
    text: str = ""
    written: set[str] = field(default_factory=set)


def ask(
    world: World, who: str, address: str, *, method: str = "GET", data: Mapping[str, Any] | None = None, **more: Any
) -> Asked:
    client = world.clients[who]
    cookies = client.cookies.output()
    written: set[str] = set()

    def note(execute: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
        found = WRITES.match(sql)
        if found and found["table"] not in OF_SESSIONS:
            written.add(found["table"])
        return execute(sql, params, many, context)

    kept = dict(client.cookies)
    with undone(), connection.execute_wrapper(note):
        response = client.get(address, **more) if method == "GET" else client.post(address, data or {}, **more)
        asked = Asked(kind_of(response, world), response.status_code, _text(response), written)
    if client.cookies.output() != cookies:
        client.cookies.clear()
        client.cookies.update(kept)
    return asked


def kind_of(response: HttpResponseBase, world: World) -> Answer:
    status = response.status_code
    if status in {301, 302, 303}:
        url = response.headers["Location"]
        if url.startswith(reverse("account_login")):
            return Answer.SIGN_IN
        return Answer.DECLARE if "/declaration/?suite=" in url else Answer.OPEN
    if status in {403, 404, 405}:
        return {403: Answer.FORBIDDEN, 404: Answer.UNSEEN, 405: Answer.NO_SUCH_METHOD}[status]
    # 400: nothing could be read in what was posted; 409 and 422: the page again, with what stands in the way.
    return Answer.OPEN if status in {200, 400, 409, 413, 422, 429} else Answer.BROKEN


def _text(response: HttpResponseBase) -> str:
    if response.streaming:
        response.close()
        return ""
    return response.content.decode(errors="replace") if "text/" in response.headers.get("Content-Type", "") else ""
