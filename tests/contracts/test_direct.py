"""From a decided direct purchase to its written contract, its performance and its essential data."""

import json
import subprocess
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from stdnum.fr import siret as french_siret

from marketplace.accounts.models import Organisation
from marketplace.journal import clock
from marketplace.journal.outbox import drain
from procurement.calls.models import DirectPurchase
from procurement.contracts.models import Contract, PaymentDue, SignatoryPower
from procurement.contracts.todo import todos, todos_for_company
from procurement.notices.decp import PROCEDURE
from tests.calls.builders import make_team
from tests.calls.direct import a_firm, begin, decided, give_roles
from tests.calls.pages import NOW
from tests.conformance.validators import command
from tests.contracts.walk import PARTICULARS, a_file, client_of, day_and_hour, text_of
from tests.factories import within_act

pytestmark = pytest.mark.django_db

BUYER_SIDE = {"signatory": "Claire Vasseur", "capacity": "maire", "decision": "Achat décidé le 12 janvier 2027"}


class Bought:
    """A purchase with its people at their browsers."""

    def __init__(self, moving, **changes) -> None:
        self.clock = moving
        self.team = make_team()
        self.firm, self.holder_actor = a_firm()
        self.call = decided(self.team, self.firm, **changes)
        self.author, self.signatory = client_of(self.team.author), client_of(self.team.signatory)
        self.holder = client_of(self.holder_actor)

    @property
    def contract(self) -> Contract:
        return Contract.objects.select_related("lot__call__lead_buyer", "party__lead").get(lot__call=self.call)

    def url(self, view: str, *more: object) -> str:
        return reverse(f"contracts:{view}", args=[self.call.reference, 1, *more])

    def post(self, client, address: str, data=None):
        answer = client.post(address, data or {})
        assert answer.status_code == 302, text_of(answer)
        drain()
        self.clock.advance(timedelta(minutes=1))
        return answer

    def holder_signs(self) -> None:
        """The contract drawn up, completed, signed on paper by the firm."""
        self.post(self.author, self.url("prepare"), BUYER_SIDE)
        number = self.contract.number
        self.post(self.holder, reverse("contracts:declare", args=[number]), PARTICULARS)
        proof = {
            "organisation": self.team.buyer.pk, "signatory": "Claire Vasseur", "capacity": "maire",
            "basis": "Élection", "document": a_file("pouvoir.pdf"), "valid_from": "2026-01-01",
        }  # fmt: skip
        self.post(self.author, self.url("record_power"), proof)
        ink = {"signatory": "Inès Marchetti", "capacity": "présidente", "scan": a_file("signe.pdf")}
        self.post(self.author, self.url("record_paper", number), ink | day_and_hour("signed_at", self.clock.now()))

    @property
    def buyer_signature(self) -> tuple[str, dict[str, Any]]:
        """The page where the mayor signs, and what she sends."""
        power = SignatoryPower.objects.get(call=self.call)
        own = {"signatory": "Claire Vasseur", "capacity": "maire", "scan": a_file("signe.pdf"), "power": power.pk}
        page = reverse("contracts:sign_on_paper", args=[self.contract.pk])
        return page, own | day_and_hour("signed_at", self.clock.now())

    def sign(self) -> None:
        """Both sign."""
        self.holder_signs()
        self.post(self.signatory, *self.buyer_signature)

    def notify(self) -> None:
        self.post(self.author, self.url("notify", self.contract.number))
        self.post(self.holder, reverse("contracts:acknowledge", args=[self.contract.number]))


@pytest.fixture
def bought(settings):
    settings.PROFILE_DECLARED_ON = "2026-01-02"
    with clock.rehearsal(NOW) as moving:
        yield Bought(moving)


@pytest.mark.law("LR-105")
def test_the_written_contract_is_signed_without_standstill_performed_paid_and_closed(bought: Bought):
    team, call = bought.team, bought.call
    assert [one.label for one in todos(calls=[call], actor=team.author, now=bought.clock.now())] == [
        "Préparer le contrat"
    ]
    assert "Le contrat reste à préparer" in text_of(bought.author.get(bought.url("contracts")))
    bought.post(bought.author, bought.url("prepare"), BUYER_SIDE)
    contract = bought.contract
    assert contract.number == f"{call.reference}-01"
    assert contract.data["missing"] == [
        "B titulaire : identité, signataire et pouvoir",
        "B compte bancaire du titulaire",
        "D avance : choix du titulaire",
    ]
    told = todos_for_company(bought.holder_actor, bought.clock.now())
    assert [one.label for one in told] == [f"Compléter le contrat {contract.number}"]
    bought.sign()
    contract = bought.contract
    assert contract.amount_ht == Decimal(62_000)
    assert [row.title for row in contract.documents.filter(replaced_at=None)] == [
        "Contrat d’achat innovant", "Offre du titulaire, reçue le 08/01/2027"]  # fmt: skip
    bought.notify()
    mine = text_of(bought.holder.get(reverse("contracts:partnership", args=[contract.number])))
    assert "Douze balises réglées" in mine
    bought.post(bought.author, bought.url("start_phase", contract.number, 1))
    hand_in = reverse("contracts:hand_in", args=[contract.number, 1, 1])
    bought.post(bought.holder, hand_in, {"file": a_file("pv.pdf"), "note": "Posées"})
    bought.post(bought.author, bought.url("deliverable", contract.number, 1, 1), {"decision": "accepted"})
    labels = [one.label for one in todos(calls=[call], actor=team.signatory, now=bought.clock.now())]
    assert not any("résultats" in one or "fin de la phase" in one for one in labels)
    for view in ("phases", "budget"):
        assert bought.author.get(bought.url(view)).status_code == 200
    assert bought.author.get(reverse("desk:call_board", args=[call.reference])).status_code == 200
    assert bought.holder.get(reverse("contracts:my_payments", args=[contract.number])).status_code == 200
    invoice = {"invoice_number": "F-1", "amount_ht": "62 000", **day_and_hour("received_at", bought.clock.now())}
    bought.post(bought.author, bought.url("invoice", contract.number, 1), invoice)
    assert PaymentDue.objects.get(contract=contract).amount_ht == Decimal(62_000)
    bought.post(bought.author, bought.url("close", contract.number))
    assert bought.contract.stage(bought.clock.now()).code == "closed"


@pytest.mark.law("LR-73", "LR-82")
def test_a_purchase_is_signed_after_the_firm_once_somebody_looked_for_exclusions(bought: Bought):
    bought.holder_signs()
    purchase = DirectPurchase.objects.get(call=bought.call)
    checked_at = purchase.exclusions_checked_at

    def looked(at: datetime | None) -> None:
        purchase.exclusions_checked_at = at
        purchase.save()

    within_act(lambda: looked(None), chain=bought.call.chain)
    refused = bought.signatory.post(*bought.buyer_signature)
    assert refused.status_code == 422
    assert "LR-73" in text_of(refused)
    assert bought.contract.signed_at is None
    within_act(lambda: looked(checked_at), chain=bought.call.chain)
    bought.post(bought.signatory, *bought.buyer_signature)
    assert bought.contract.signed_at is not None


@pytest.mark.law("LR-105")
def test_essential_data_follow_the_national_format(bought: Bought, tmp_path: Path):
    bought.sign()
    bought.notify()
    page, file = (reverse(f"notices:{name}", args=[bought.call.reference])
                  for name in ("essential_data", "essential_data_file"))  # fmt: skip
    waiting = text_of(bought.author.get(page))
    assert "obligatoire" in waiting
    assert "SIRET de l’acheteur" in waiting
    assert bought.author.get(file).url == page
    for organisation in (bought.firm, bought.team.buyer):
        _register_under_siret(organisation)
    answer = bought.author.get(file)
    data = json.loads(answer.content)["marches"]["marche"][0]
    assert (data["procedure"], data["montant"], data["marcheInnovant"]) == (PROCEDURE, 62_000.0, True)
    assert (data["offresRecues"], data["dureeMois"], data["tauxAvance"]) == (1, 6, 0.05)
    assert client_of(bought.team.reader).get(page).status_code == 403
    _validate(answer.content, tmp_path / "decp.json")


def _validate(content: bytes, path: Path) -> None:
    """The official schema, with the rules that its descriptions state."""
    path.write_bytes(content)
    validator = command("validate_decp.py", needs="jsonschema, lxml")
    run = subprocess.run([*validator, str(path), "--strict"], capture_output=True, text=True, check=False)  # noqa: S603 - by us
    assert run.returncode == 0, run.stdout + run.stderr


def _register_under_siret(organisation: Organisation) -> None:
    """The organisation as the public register knows it: the first establishment whose number passes the check."""
    numbers = (f"{organisation.siren}{tail:05d}" for tail in range(100))
    organisation.identifier_scheme = Organisation.Scheme.SIRET
    organisation.identifier = next(number for number in numbers if french_siret.is_valid(number))
    within_act(organisation.save)


def test_nothing_is_drawn_up_before_the_decision(settings):
    settings.PROFILE_DECLARED_ON = "2026-01-02"
    with clock.rehearsal(NOW):
        team = make_team()
        author = client_of(team.author)
        call = begin(author)
        give_roles(team, call)
        answer = author.post(reverse("contracts:prepare", args=[call.reference, 1]), BUYER_SIDE)
        assert answer.status_code == 422
        assert "n’est pas décidé" in text_of(answer)
