"""People at their browsers: one client each, the clock in hand, every refusal read on the page."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from marketplace.accounts.actors import Actor
from marketplace.files.pdf_signing import sign_pdf
from marketplace.journal.clock import MovingClock
from marketplace.journal.outbox import drain
from marketplace.ui.templatetags.printing import PARIS
from procurement.contracts.models import Contract
from procurement.contracts.rehearsal_signing import example_signer
from procurement.contracts.services.signature import bytes_to_sign
from tests.calls.builders import team_user
from tests.contracts.builders import PDF, Awarded, Partner

IBAN = "FR76 3000 1007 9412 3456 7890 185"


def client_of(actor: Actor) -> Client:
    """A browser in which the person is signed in."""
    client = Client()
    client.force_login(team_user(actor))
    return client


def text_of(answer: HttpResponse) -> str:
    """The page, without non-breaking spaces: tests are written with plain ones."""
    return answer.content.decode().replace("\u00a0", " ").replace("&#x27;", "’")


def day_and_hour(name: str, at: datetime) -> dict[str, str]:
    """What the two inputs of an instant send (`at` in UTC, shown in Paris)."""
    local = at.astimezone(PARIS)
    return {f"{name}_day": f"{local:%Y-%m-%d}", f"{name}_hour": f"{local:%H:%M}"}


def a_file(name: str = "piece.pdf", content: bytes = PDF) -> SimpleUploadedFile:
    """A small PDF, as a browser sends it."""
    return SimpleUploadedFile(name, content)


def queries_of(client: Client, address: str) -> int:
    """How many queries a page takes, once what is cached for the process is there."""
    client.get(address)
    with CaptureQueriesContext(connection) as counted:
        answer = client.get(address)
    assert answer.status_code == 200, address
    return len(counted)


class Walk:
    """A lot whose partners are chosen, walked through its pages."""

    def __init__(self, awarded: Awarded, clock: MovingClock) -> None:
        self.awarded, self.clock = awarded, clock
        self.author = client_of(awarded.team.author)
        self.evaluator = client_of(awarded.team.evaluator)
        self.signatory = client_of(awarded.team.signatory)
        self.holders = [client_of(partner.actor) for partner in awarded.partners]

    @property
    def contracts(self) -> list[Contract]:
        """The contracts of the lot as they stand, by rank."""
        rows = Contract.objects.select_related("lot__call", "party__lead").filter(lot=self.awarded.lot)
        return list(rows.order_by("rank"))

    def url(self, view: str, *more: object) -> str:
        """Address of a page of the lot."""
        return reverse(f"contracts:{view}", args=[self.awarded.call.reference, self.awarded.lot.number, *more])

    def post(self, client: Client, address: str, data: Mapping[str, Any] | None = None) -> HttpResponse:
        """Post, and expect the act to be done: the page that refuses is shown when it was not."""
        answer = client.post(address, data or {})
        assert answer.status_code == 302, text_of(answer)
        drain()
        return answer

    def refused(self, client: Client, address: str, data: Mapping[str, Any] | None = None) -> str:
        """Post, and expect the same page again with the reason."""
        answer = client.post(address, data or {})
        assert answer.status_code == 422, (answer.status_code, text_of(answer)[:2000])
        return text_of(answer)

    def prepare(self) -> None:
        """Contracts drawn up by the buyer, completed by each partner."""
        self.post(self.author, self.url("prepare"), BUYER_SIDE)
        for client, contract in zip(self.holders, self.contracts, strict=True):
            self.post(client, reverse("contracts:declare", args=[contract.number]), PARTICULARS)

    def signed_pdf(self, contract: Contract, name: str, field: str) -> SimpleUploadedFile:
        """The PDF to sign, signed by a fictitious person now."""
        content = sign_pdf(bytes_to_sign(contract), signer=example_signer(name), field=field, now=self.clock.now())
        return a_file("signe.pdf", content)

    def holder_signs(self, client: Client, contract: Contract) -> None:
        """The partner deposits its signed PDF; the buyer confirms who signed."""
        file = self.signed_pdf(contract, "Inès Marchetti", "Titulaire")
        self.post(client, reverse("contracts:sign", args=[contract.pk]), {"signed_pdf": file})
        self.post(self.author, self.url("confirm_identity", contract.number))

    def buyer_form(self, contract: Contract) -> dict[str, Any]:
        """What the buyer's signatory deposits."""
        file = self.signed_pdf(contract, "Claire Vasseur", "Acheteur")
        return {"signed_pdf": file, "power": self.awarded.power.pk}

    def buyer_signs(self, contract: Contract) -> None:
        """The buyer's signatory deposits the PDF signed twice."""
        self.post(self.signatory, reverse("contracts:sign", args=[contract.pk]), self.buyer_form(contract))

    def put_into_effect(self, client: Client, contract: Contract) -> None:
        """The prefect, the notification, the receipt."""
        sent = {**day_and_hour("transmitted_at", self.clock.now()), "receipt_number": "049-2027-0311"}
        if self.awarded.call.lead_buyer.buyer_category == "local_authority":
            self.post(self.author, self.url("transmit", contract.number), sent)
        self.post(self.author, self.url("notify", contract.number))
        self.post(client, reverse("contracts:acknowledge", args=[contract.number]))

    def notified(self) -> None:
        """Everything up to the contracts in force."""
        self.prepare()
        for client, contract in zip(self.holders, self.contracts, strict=True):
            self.holder_signs(client, contract)
            self.buyer_signs(contract)
            self.put_into_effect(client, contract)

    def perform(self, number: int) -> None:
        """A phase from its start to its results, for every contract in force."""
        for client, contract in zip(self.holders, self.contracts, strict=True):
            if not contract.is_running:
                continue
            self.post(self.author, self.url("start_phase", contract.number, number))
            for row in contract.phases.get(number=number).deliverables.all():
                hand_in = reverse("contracts:hand_in", args=[contract.number, number, row.number])
                self.post(client, hand_in, {"file": a_file("livrable.pdf"), "note": "Version 1"})
                decide = self.url("deliverable", contract.number, number, row.number)
                self.post(self.evaluator, decide, {"decision": "accepted"})
            results = {"measured_1": "18,5", "summary": "Essai de quatre semaines"}
            self.post(self.evaluator, self.url("results", contract.number, number), results)

    def partner_of(self, contract: Contract) -> Partner:
        """The partner that holds a contract."""
        return next(one for one in self.awarded.partners if one.party.pk == contract.party_id)


BUYER_SIDE = {
    "signatory": "Claire Vasseur",
    "capacity": "présidente",
    "decision": "Délibération du 4 mars 2027",
    "environmental_indicator": "Énergie par prévision",
    "environmental_target": "10 Wh au plus",
    "social_indicator": "Heures d’insertion",
    "social_target": "200 heures",
}
PARTICULARS = {
    "name_1": "Inès Marchetti",
    "capacity_1": "présidente",
    "power_1": "statuts",
    "holder_1": "Jeune Pousse",
    "iban_1": IBAN,
    "bic_1": "",
    "advance": "yes",
}
