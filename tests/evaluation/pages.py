"""Somebody in front of the pages of a lot, at the hour at which the journey stands."""

import re
from dataclasses import dataclass
from html import unescape
from typing import Any

from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from marketplace.accounts.actors import Actor
from marketplace.journal import clock
from marketplace.ui.templatetags.printing import PARIS
from tests.calls.builders import team_user
from tests.evaluation.builders import Journey


@dataclass
class Pages:
    """Pages of the journey's lot; each request is made as an actor, at the journey's instant."""

    journey: Journey

    def url(self, name: str, *arguments: Any) -> str:
        return reverse(f"evaluation:{name}", args=[self.journey.call.reference, self.journey.lot.number, *arguments])

    def ask(self, method: str, url: str, actor: Actor | None = None, data: Any = None, **more: Any) -> HttpResponse:
        client = Client()
        client.force_login(team_user(actor or self.journey.team.validator))
        with clock.rehearsal(self.journey.now):
            return getattr(client, method)(url, data or {}, **more)

    def get(self, name: str, *arguments: Any, actor: Actor | None = None, status: int = 200) -> str:
        answer = self.ask("get", self.url(name, *arguments), actor)
        assert answer.status_code == status, (answer.status_code, text(answer))
        return text(answer)

    def post(
        self, name: str, *arguments: Any, data: Any = None, actor: Actor | None = None, status: int = 302
    ) -> HttpResponse:
        answer = self.ask("post", self.url(name, *arguments), actor, data)
        assert answer.status_code == status, (answer.status_code, text(answer))
        return answer

    def confirm(self, name: str, *arguments: Any, data: dict[str, Any], actor: Actor | None = None) -> str:
        """An act shown first, then confirmed; what the confirmation page said."""
        shown = self.post(name, *arguments, data=data, actor=actor, status=200)
        self.post(name, *arguments, data={**data, "confirm": "1"}, actor=actor)
        return text(shown)

    def queries(self, name: str, *arguments: Any, actor: Actor | None = None) -> int:
        self.get(name, *arguments, actor=actor)
        with CaptureQueriesContext(connection) as captured:
            self.get(name, *arguments, actor=actor)
        return len(captured)


def text(answer: HttpResponse) -> str:
    """Words of a page, without its tags and with ordinary spaces."""
    html = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", answer.content.decode(), flags=re.S)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)).replace("\u00a0", " ").replace("\u202f", " "))


def moment(name: str, at: Any) -> dict[str, str]:
    """A day and an hour in Paris, as the two inputs post them."""
    local = at.astimezone(PARIS)
    return {f"{name}_day": f"{local:%Y-%m-%d}", f"{name}_hour": f"{local:%H:%M}"}


def rows(prefix: str, *given: dict[str, Any]) -> dict[str, Any]:
    """Rows of the same kind, as the page posts them."""
    data: dict[str, Any] = {f"{prefix}-TOTAL_FORMS": len(given), f"{prefix}-INITIAL_FORMS": 0}
    for index, row in enumerate(given):
        data |= {f"{prefix}-{index}-{name}": value for name, value in row.items()}
    return data
