"""A firm and the people of a call in front of their browsers."""

import io
import re
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Organisation
from procurement.submissions.models import Deposit, Submission
from tests.calls.builders import team_user, write_lot
from tests.factories import MembershipFactory, OrganisationFactory, make, within_act
from tests.submissions.stage import PDF, Stage

NO_MEMBER = {"members-TOTAL_FORMS": "0", "members-INITIAL_FORMS": "0"}
CANDIDATURE = {
    "declaration": {"exclusion_grounds_absent": "on"},
    "capacites": {"turnover_ht": "96 000,50", "staff": "8", "research_staff": "3"},
    "selection-1": {"text": "Trois chercheuses, douze brevets."},
    "selection-2": {"text": "Quatre réseaux équipés."},
}
BID = {
    "critere-1": {"text": "Une prévision à quinze minutes."},
    "critere-2": {"text": "Serveurs sobres."},
    "exigences": {"met-1": "yes", "comment-1": "Données ouvertes", "met-2": "no", "comment-2": ""},
    "prix": {
        "fixed-1": "58 000", "result-1": "9 000", "unit_ht": "1 900", "total_ht": "190 000", "vat_rate": "20",
    },
}  # fmt: skip


def publish(stage: Stage) -> None:
    """Criteria, phases and requirements, then the seal of publication that opens the call to firms."""
    write_lot(stage.call.lots.get(), stage.team, stage.now)

    def freeze() -> None:
        stage.call.criteria_digest = "0" * 64
        stage.call.save()

    within_act(freeze, chain=stage.call.chain)


def signed_in(actor: Actor, **options: Any) -> Client:
    client = Client(**options)
    client.force_login(team_user(actor))
    return client


class Firm:
    """A firm, and the browser of one of its people."""

    def __init__(self, stage: Stage, name: str) -> None:
        self.stage = stage
        self.organisation: Organisation = make(OrganisationFactory, name=name)
        self.actor = Actor.of(make(MembershipFactory, organisation=self.organisation))
        self.client = signed_in(self.actor)

    @property
    def deposit(self) -> Deposit:
        return Deposit.objects.filter(party__lead=self.organisation).latest("version")

    @property
    def submission(self) -> Submission:
        return Submission.objects.filter(party__lead=self.organisation).latest("version")

    def page(self, name: str, *more: Any) -> str:
        return reverse(f"submissions:{name}", args=[self.deposit.pk, *more])

    def colleague(self) -> Client:
        return signed_in(Actor.of(make(MembershipFactory, organisation=self.organisation)))

    def begin(self, **data: Any) -> HttpResponse:
        return self.client.post(
            reverse("submissions:start", args=[self.stage.call.reference]), {"kind": "single", **NO_MEMBER, **data}
        )

    def fill(self, tasks: dict[str, dict[str, str]]) -> None:
        for code, values in tasks.items():
            answer = self.client.post(self.page("task", code), {**values, "version": "0"})
            assert answer.status_code == 302, answer.content.decode()

    def send(self, envelope: str, number: int, *, name: str = "memoire.pdf", content: bytes = PDF, **more: Any) -> Any:
        file = io.BytesIO(content)
        file.name = name
        return self.client.post(self.page("upload", envelope, number), {"files": file, "whole": "1"}, **more)

    def read_again(self, **data: Any) -> HttpResponse:
        return self.client.post(self.page("review"), {"replacement_rule": "on", **data})

    def seal(self, **data: Any) -> HttpResponse:
        html = self.client.get(self.page("review")).content.decode()
        posted = {name: hidden(html, name) for name in ("root", "key")} | {"declared": "on", **data}
        self.last = posted
        return self.client.post(self.page("seal"), posted)

    def prepare(self, tasks: dict[str, dict[str, str]] | None = None) -> None:
        """From the first page to the last reading."""
        self.begin()
        self.fill(tasks or CANDIDATURE)
        for envelope in self.deposit.period.envelopes.all():
            assert self.send(envelope.name, 1).status_code == 302
        assert self.read_again().status_code == 302

    def hand_in(self, tasks: dict[str, dict[str, str]] | None = None) -> Submission:
        """From the first page to the receipt."""
        self.prepare(tasks)
        answer = self.seal()
        assert answer.url == self.page("receipt"), answer
        return self.submission


def hidden(html: str, name: str) -> str:
    """Value of a hidden input."""
    return re.search(rf'name="{name}" value="([^"]*)"', html).group(1)


def text_of(answer: HttpResponse) -> str:
    """The page without its token, which changes at each reading."""
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", answer.content.decode())
