"""Custodians' keys made, tried and used in their browsers: no request ever holds one of them."""

import base64
import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page, Request

from marketplace.accounts.actors import Actor
from procurement.submissions import keywraps
from procurement.submissions.models import Custodian, KeyRehearsal, OpeningResult, OpeningSession
from procurement.submissions.reading import opened_answers
from tests.calls.builders import team_user
from tests.journeys.looking import Seen, look, watch
from tests.submissions.browsing import Firm, publish
from tests.submissions.stage import Stage, make_stage

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="a browser sees no database: played once, on SQLite"),
]


class Desk:
    """Windows of the people of a call, every request of which is kept whole."""

    def __init__(self, stage: Stage, visit: Callable[..., BrowserContext], folder: Path) -> None:
        self.stage, self.visit, self.folder = stage, visit, folder
        self.seen, self.sent = Seen(), bytearray()

    def window(self, actor: Actor, **options: Any) -> Page:
        page = self.visit(team_user(actor), accept_downloads=True, **options).new_page()
        watch(page, self.seen)
        page.on("request", self._keep)
        return page

    def _keep(self, request: Request) -> None:
        self.sent += request.url.encode() + repr(request.headers).encode() + (request.post_data_buffer or b"")

    def proofs(self) -> list[dict[str, list[bytes]]]:
        """What every act posted, decoded."""
        posted = re.findall(rb'name="proofs"\r\n\r\n(\{.*?\})\r\n', bytes(self.sent))
        return [
            {name: [base64.b64decode(text) for text in told[name].values()] for name in ("layers", "payloads")}
            for told in map(json.loads, posted)
        ]

    def at(self, name: str, *more: Any) -> str:
        return reverse(f"submissions:{name}", args=[self.stage.call.reference, *more])

    def keep_kit(self, page: Page, number: int) -> str:
        """Save the kit of a custodian and say so; returns its text."""
        card = page.locator("[data-list] .card").nth(number)
        with page.expect_download() as coming:
            card.get_by_role("button", name="Enregistrer le fichier").click()
        path = self.folder / coming.value.suggested_filename
        coming.value.save_as(path)
        card.get_by_role("checkbox").check()
        return path.read_text()

    def show_key(self, page: Page, kit: str, button: str) -> None:
        """Choose a kit as a file, and act."""
        page.get_by_text("Votre clé reste dans ce navigateur").wait_for()
        page.locator("#id_kit").set_input_files({"name": "cle.txt", "mimeType": "text/plain", "buffer": kit.encode()})
        page.get_by_role("button", name=button).click()


@pytest.fixture
def desk(moving_clock, settings, tmp_path, visit) -> Desk:
    """A call whose custodians are appointed by the site, before anything is sealed."""
    settings.SUBMISSION_ROOT = tmp_path / "site" / "submissions"
    settings.PRIVATE_ROOT = tmp_path / "site" / "private"
    stage = make_stage(moving_clock, kind="candidature", ready=False)
    publish(stage)
    return Desk(stage, visit, tmp_path)


def identity_of(kit: str) -> str:
    return kit.splitlines()[-1]


@pytest.mark.law("LR-57")
def test_three_keys_made_in_the_browser_open_what_was_sealed_and_never_leave_it(desk):
    stage = desk.stage
    page = desk.window(stage.team.author)
    page.goto(desk.at("appoint"))
    page.get_by_role("button", name="Faire les trois clés").click()
    page.get_by_text("Choisissez trois personnes distinctes").wait_for()
    for name, actor in zip(("first", "second", "third"), stage.team.custodians, strict=True):
        page.locator(f"[name={name}]").select_option(str(team_user(actor).pk))
    page.get_by_role("button", name="Faire les trois clés").click()
    page.locator("[data-list] .card").nth(2).wait_for()
    look(page, desk.seen)
    page.get_by_role("button", name="Désigner les trois gardiens").click()
    page.get_by_text("Enregistrez ou imprimez chaque clé, puis cochez").wait_for()
    kits = [desk.keep_kit(page, number) for number in range(3)]
    page.get_by_role("button", name="Désigner les trois gardiens").click()
    page.get_by_text("Les trois gardiens sont désignés").wait_for()
    assert page.get_by_text("faite dans le navigateur").count() >= 3

    # The first one makes their own: nobody else ever has it.
    page = desk.window(stage.team.custodians[0])
    page.goto(desk.at("renew_key"))
    page.get_by_role("button", name="Faire ma nouvelle clé").click()
    page.locator("[data-list] .card").wait_for()
    look(page, desk.seen)
    printed = page.locator("[data-identity]").text_content()
    former, kits[0] = kits[0], desk.keep_kit(page, 0)
    assert "".join(printed.split()) == identity_of(kits[0])
    page.get_by_role("button", name="Inscrire ma nouvelle clé").click()
    page.get_by_text("Votre nouvelle clé est inscrite").wait_for()
    for one, kit in zip(Custodian.objects.serving(stage.call), kits, strict=True):
        assert one.key_origin == Custodian.KeyOrigin.BROWSER
        assert keywraps.recipient_of(identity_of(kit)) == one.recipient
        assert one.fingerprint in kit

    page = desk.window(stage.team.author)
    page.goto(desk.at("prepare_keys", 1, "candidature"))
    page.get_by_role("button", name="Préparer les clés").click()
    page.get_by_text("Clés à essayer").wait_for()
    for number, actor in enumerate(stage.team.custodians):
        page = desk.window(actor)
        page.goto(desk.at("rehearse", 1, "candidature"))
        if not number:
            look(page, desk.seen)
            desk.show_key(page, "ceci n’est pas une clé", "Essayer ma clé")
            page.get_by_text("Ce fichier n’est pas une clé de secours").wait_for()
            desk.show_key(page, kits[1], "Essayer ma clé")
            page.get_by_text("Ce kit est celui du gardien n° 2").wait_for()
            desk.show_key(page, former, "Essayer ma clé")
            page.get_by_text("Cette clé n’est pas la vôtre pour cet appel").wait_for()
            desk.show_key(page, former.replace(stage.call.reference, "PI-2025-001"), "Essayer ma clé")
            page.get_by_text("Ce kit est celui de l’appel PI-2025-001").wait_for()
            look(page, desk.seen, widths=(320,), dark=False)
        desk.show_key(page, kits[number], "Essayer ma clé")
        page.get_by_text("Votre clé est bonne").wait_for()
    stage.period.refresh_from_db()
    assert stage.period.keys_ready_at is not None
    assert KeyRehearsal.objects.exclude(partner=None).count() == 3

    firm = Firm(stage, "Tramélys")
    submission = firm.hand_in()
    envelope = desk.at("open_envelope", 1, "candidature", "candidature")
    page = desk.window(stage.team.custodians[2])
    page.goto(envelope)
    page.get_by_text("Attendez l’heure limite").wait_for()
    assert not page.locator("#id_kit").count()
    stage.close()
    page.goto(envelope)
    look(page, desk.seen, widths=(320,), dark=False)
    desk.show_key(page, kits[2], "Retirer ma part de la clé")
    page.get_by_text("Votre part est retirée").wait_for()
    assert OpeningSession.objects.waiting(stage.envelope("candidature"), stage.now).exists()
    stage.clock.advance(timedelta(minutes=2))
    page = desk.window(stage.team.custodians[0])
    page.goto(envelope)
    page.get_by_text("Il en sort la clé du pli").wait_for()
    look(page, desk.seen, widths=(320,), dark=False)
    # Copied from paper, this time.
    page.locator("#id_key_line").fill(printed.lower())
    page.get_by_role("button", name="Ouvrir les plis").click()
    page.get_by_text("Les plis sont ouverts").wait_for()
    assert OpeningResult.objects.readable().count() == 1
    assert opened_answers(submission, "candidature")["capacities"]["turnover_ht"] == "96000.50"

    assert not desk.seen.problems
    assert b"AGE-SECRET-KEY-1" not in bytes(desk.sent).upper()
    # Nor in the coding of what is posted: the only secret there is the key of an envelope, dummy or real.
    taken_out = desk.proofs()
    assert len(taken_out) == 5
    custodians = [identity_of(kit) for kit in [former, *kits]]
    secrets = [json.loads(payload)["key"] for told in taken_out for payload in told["payloads"]]
    assert len(secrets) == 4
    assert not set(secrets) & set(custodians)
    assert not any(one.encode() in layer for one in custodians for told in taken_out for layer in told["layers"])


@pytest.mark.law("LR-57")
def test_without_javascript_the_page_says_that_the_key_is_sent(desk):
    page = desk.window(desk.stage.team.author, java_script_enabled=False)
    page.goto(desk.at("appoint"))
    page.get_by_text("les clés se font sur le site, qui les oublie aussitôt").wait_for()
    assert page.get_by_role("button", name="Désigner et télécharger les trois clés").is_visible()
    page.goto(desk.at("prepare_keys", 1, "candidature"))
    page.get_by_role("button", name="Préparer les clés").click()
    page = desk.window(desk.stage.team.custodians[0], java_script_enabled=False)
    page.goto(desk.at("rehearse", 1, "candidature"))
    page.get_by_text("la clé est envoyée au site : elle sert en mémoire, puis est oubliée").wait_for()
    kit = desk.stage.kits[0].file
    page.locator("#id_kit").set_input_files({"name": "cle.txt", "mimeType": "text/plain", "buffer": kit.encode()})
    page.get_by_role("button", name="Essayer ma clé").click()
    page.get_by_text("Votre clé est bonne").wait_for()
    assert not desk.seen.problems
