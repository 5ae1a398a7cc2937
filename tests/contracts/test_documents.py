"""The documents as a person opens them: every field printed, the data attached, nothing left to complete."""

import io
import json
from datetime import timedelta
from decimal import Decimal

import pypdf
import pytest

from marketplace.files.models import GeneratedDocument
from marketplace.journal.outbox import drain
from marketplace.ui.templatetags.printing import MISSING
from procurement.contracts.fields import FIELDS
from procurement.contracts.models import ContractDocument, Deliverable
from procurement.contracts.services import acquisition, formation, gates, phases
from procurement.contracts.services.gates import GateChoice
from tests.contracts.builders import LETTERS_SENT, SIGNABLE, awarded_lot, gate, notified, phase_of, prepare, start

pytestmark = [pytest.mark.django_db, pytest.mark.documents]

LATER = SIGNABLE + timedelta(days=180)
BLANK = MISSING.replace("\u00a0", " ")


def text_of(document):
    reader = pypdf.PdfReader(io.BytesIO(document.pdf()))
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split()).replace("\u00a0", " ")


def printed(contract, kind):
    row = contract.documents.select_related("document").get(kind=kind, replaced_at=None)
    return GeneratedDocument.objects.get(pk=row.document_id)


def test_the_acte_prints_every_field_and_carries_its_data():
    contract = prepare(awarded_lot(partners=1, rejected=0))[0]
    drain()
    acte = printed(contract, ContractDocument.Kind.ACTE_ENGAGEMENT)
    text = text_of(acte)
    assert [field.code for field in FIELDS if field.code not in text] == []
    assert BLANK not in text
    for said in (contract.number, "Inès Marchetti", "118 000,00 €", "318 000,00 €", "Trésorerie d’Exempleville"):
        assert said in text, said
    attached = pypdf.PdfReader(io.BytesIO(acte.pdf())).attachments["contrat.json"][0]
    assert json.loads(attached) == contract.data


def test_what_is_missing_is_printed_as_such():
    awarded = awarded_lot(partners=1, rejected=0)
    contract = formation.prepare_contracts(lot=awarded.lot, actor=awarded.team.author, now=LETTERS_SENT)[0]
    drain()
    assert BLANK in text_of(printed(contract, ContractDocument.Kind.ACTE_ENGAGEMENT))


def test_every_document_of_a_whole_contract_is_rendered():
    awarded = awarded_lot(partners=1, rejected=0)
    contracts = notified(awarded)
    (contract,) = contracts
    start(awarded, contracts, 1, SIGNABLE)
    deliverable = Deliverable.objects.filter(contract_phase=phase_of(contract, 1)).first()
    phases.hand_in_deliverable(
        deliverable=deliverable, note="Maquette en ligne", actor=awarded.partners[0].actor, now=LATER
    )
    phases.accept(
        deliverable=deliverable, decision="accepted_with_reserves", reasons="Notice à compléter",
        lift_before=LATER.date(), actor=awarded.team.author, now=LATER,
    )  # fmt: skip
    for number in (1, 2):
        if number == 2:
            start(awarded, contracts, 2, LATER)
        choice = GateChoice(contract=contract, decision="continue", reasons="Objectif atteint")
        for decision in gates.decide(
            gate=gate(awarded, contracts, number, LATER), choices=[choice], actor=awarded.team.signatory, now=LATER
        ):
            gates.notify_decision(decision=decision, received_at=LATER, actor=awarded.team.author, now=LATER)
    start(awarded, contracts, 3, LATER)
    acquisition.record_test(
        contract=contract, measured={1: Decimal(12)}, unit_cost_ht=Decimal(1900), total_cost_ht=Decimal(190000),
        tested_at=LATER, protocol="PV d’essai n° 7", actor=awarded.team.evaluator, now=LATER,
    )  # fmt: skip
    acquisition.order(
        contract=contract, quantity=20, unit_cost_ht=Decimal(1900), deliver_by=LATER.date(),
        actor=awarded.team.signatory, now=LATER,
    )  # fmt: skip
    drain()
    said = {
        "acceptance": ("Notice à compléter", "Maquette"),
        "gate_report": ("Erreur moyenne", "18", "10"),
        "gate_decision": ("Continuer", "Objectif atteint", " 000,00 €"),
        "prefect_bordereau": (contract.number, "049-2027-0311"),
        "purchase_order": ("38 000,00 €", "45 600,00 €", "PV d’essai n° 7"),
        "letter_phase_decision": ("Objectif atteint",),
        "letter_notification": (contract.number,),
    }
    for kind, words in said.items():
        for document in GeneratedDocument.objects.filter(kind=kind, requested_at__gte=SIGNABLE):
            text = text_of(document)
            assert BLANK not in text, (kind, text)
            assert [word for word in words if word not in text] == [], (kind, text)
