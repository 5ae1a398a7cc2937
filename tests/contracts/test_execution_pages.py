"""From the contracts in force to their close, through the pages of the buyer's team and of the partners."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from marketplace.journal import clock
from marketplace.journal.outbox import drain
from marketplace.mail.models import Message
from procurement.contracts.models import (
    Acceptance,
    Deliverable,
    GateDecision,
    GateRound,
    PartnerAgreement,
    PaymentDue,
    PurchaseOrder,
)
from procurement.contracts.todo import todos, todos_for_company, todos_for_signatory
from tests.contracts.builders import LETTERS_SENT, SIGNABLE, awarded_lot, gate, notified, prepare, start
from tests.contracts.walk import Walk, a_file, client_of, day_and_hour, queries_of, text_of
from tests.factories import actor_for

pytestmark = pytest.mark.django_db

LATER = SIGNABLE + timedelta(days=180)


@pytest.fixture
def at_signature():
    with clock.rehearsal(SIGNABLE) as moving:
        yield moving


def in_force(moving, partners=2):
    awarded = awarded_lot(partners=partners)
    notified(awarded)
    drain()
    return Walk(awarded, moving)


@pytest.fixture
def walk(at_signature):
    return in_force(at_signature)


@pytest.fixture
def alone(at_signature):
    return in_force(at_signature, partners=1)


def decision_form(walk, number, *choices):
    """A decision sheet: one (decision, reasons) for each contract, by rank."""
    data = {}
    for contract, choice in zip(walk.contracts, choices, strict=True):
        data[f"decision_{contract.number}"] = choice
        data[f"reasons_{contract.number}"] = f"Motifs de la phase {number}"
    return data


def end_phase(walk, number, *choices):
    """The results are in: open, decide, and each partner acknowledges."""
    walk.post(walk.author, walk.url("open_gate", number), {"proposal": "Suivre le rapport"})
    walk.post(walk.signatory, walk.url("decide", number), decision_form(walk, number, *choices))
    for client, contract in zip(walk.holders, walk.contracts, strict=True):
        for decision in contract.gate_decisions.filter(notified_at=None):
            walk.post(client, reverse("contracts:acknowledge_decision", args=[contract.number, decision.pk]))


def test_a_whole_partnership_from_the_letters_to_the_close():
    with clock.rehearsal(LETTERS_SENT) as moving:
        walk = Walk(awarded_lot(), moving)
        walk.prepare()
        for client, contract in zip(walk.holders, walk.contracts, strict=True):
            walk.holder_signs(client, contract)
        moving.advance_to(SIGNABLE)
        for client, contract in zip(walk.holders, walk.contracts, strict=True):
            walk.buyer_signs(contract)
            walk.put_into_effect(client, contract)
        walk.perform(1)
        moving.advance_to(LATER)
        end_phase(walk, 1, "continue", "reduce")
        kept, reduced = walk.contracts
        assert reduced.stopped_at == LATER
        assert "Arrêté" in text_of(walk.author.get(walk.url("contracts")))
        walk.perform(2)
        walk.post(walk.author, walk.url("open_gate", 2), {"proposal": "Acheter"})
        sheet = {f"decision_{kept.number}": "continue", f"reasons_{kept.number}": "Objectifs atteints"}
        walk.post(walk.signatory, walk.url("decide", 2), sheet)
        last = kept.gate_decisions.get(round__phase__number=2)
        walk.post(walk.holders[0], reverse("contracts:acknowledge_decision", args=[kept.number, last.pk]))
        walk.post(walk.author, walk.url("start_phase", kept.number, 3))
        test = {
            "measured_1": "15", "unit_cost_ht": "1 900", "total_cost_ht": "190 000", "protocol": "Sur le réseau",
            **day_and_hour("tested_at", LATER),
        }  # fmt: skip
        missed = {**test, "measured_1": "40"}
        walk.post(walk.evaluator, walk.url("test", kept.number), missed)
        ordered = {"quantity": "10", "unit_cost_ht": "1 900", "number": "1"}
        page = walk.refused(walk.signatory, walk.url("order", kept.number), ordered)
        assert "LR-24" in page
        assert 'value="10"' in page
        moving.advance(timedelta(hours=1))
        walk.post(walk.evaluator, walk.url("test", kept.number), {**test, **day_and_hour("tested_at", moving.now())})
        walk.post(walk.signatory, walk.url("order", kept.number), ordered)
        again = walk.refused(walk.signatory, walk.url("order", kept.number), ordered)
        assert "déjà parti" in again
        assert PurchaseOrder.objects.get().amount_ht == 19000
        assert "-BC01" in text_of(walk.holders[0].get(reverse("contracts:partnership", args=[kept.number])))
        billed = {"invoice_number": "F-BC1", "amount_ht": "19 000", **day_and_hour("received_at", moving.now())}
        bill = walk.url("order_invoice", kept.number, 1)
        assert "dépasse le montant commandé" in walk.refused(walk.author, bill, {**billed, "amount_ht": "19 000,01"})
        moving.advance(timedelta(minutes=1))
        walk.post(walk.author, bill, {**billed, **day_and_hour("received_at", moving.now())})
        payment = PaymentDue.objects.get()
        assert (payment.kind, payment.amount_ttc) == ("order", 22800)
        walk.post(walk.author, walk.url("payment", payment.pk), day_and_hour("paid_at", moving.now()))
        assert "Payé : 19 000 € HT" in text_of(walk.author.get(walk.url("budget")))
        walk.post(walk.author, walk.url("close", kept.number))
        assert [one.stage(moving.now()).code for one in walk.contracts] == ["closed", "stopped"]
        phases = text_of(walk.author.get(walk.url("phases")))
        assert "Commander" not in phases
        assert "a pris fin" in walk.refused(walk.signatory, walk.url("order", kept.number), {**ordered, "number": "2"})


@pytest.mark.law("LR-23")
def test_a_phase_waits_for_its_own_decision(alone):
    contract = alone.contracts[0]
    assert "Commencer la phase" in text_of(alone.author.get(alone.url("phases")))
    refused = alone.refused(alone.author, alone.url("start_phase", contract.number, 2))
    assert "LR-23" in refused
    alone.post(alone.author, alone.url("start_phase", contract.number, 1))
    assert "a déjà commencé" in alone.refused(alone.author, alone.url("start_phase", contract.number, 1))


def test_a_deliverable_is_handed_in_postponed_corrected_and_accepted(alone, at_signature):
    contract = alone.contracts[0]
    hand_in = reverse("contracts:hand_in", args=[contract.number, 1, 1])
    assert "n’a pas commencé" in alone.refused(alone.holders[0], hand_in, {"note": "Version 1"})
    alone.post(alone.author, alone.url("start_phase", contract.number, 1))
    assert "Joignez le livrable" in alone.refused(alone.holders[0], hand_in, {"note": ""})
    alone.post(alone.holders[0], hand_in, {"file": a_file("maquette.pdf"), "note": "Version 1"})
    assert Message.objects.filter(kind="contracts.handed_in").exists()
    decide = alone.url("deliverable", contract.number, 1, 1)
    page = text_of(alone.evaluator.get(decide))
    assert "maquette.pdf" in page
    assert "Version 1" in page
    assert "Écrivez les motifs" in alone.refused(alone.evaluator, decide, {"decision": "postponed", "reasons": ""})
    reasons = "Les essais de nuit manquent."
    alone.post(alone.evaluator, decide, {"decision": "postponed", "reasons": reasons})
    partnership = reverse("contracts:partnership", args=[contract.number])
    assert reasons in text_of(alone.holders[0].get(partnership))
    at_signature.advance(timedelta(days=7))
    alone.post(alone.holders[0], hand_in, {"file": a_file("maquette-2.pdf"), "note": "Version 2"})
    wrong = {"decision": "accepted_with_reduction", "reasons": "Retard", "reduction": ""}
    assert "Une réfaction va avec son taux" in alone.refused(alone.evaluator, decide, wrong)
    alone.post(alone.evaluator, decide, {**wrong, "reduction": "12,5"})
    assert Acceptance.objects.order_by("decided_at").last().reduction == 1250
    assert "décision définitive" in alone.refused(alone.holders[0], hand_in, {"note": "Version 3"})
    stored = Deliverable.objects.get(number=1, contract_phase__number=1).file
    download = reverse("files:download", args=[stored.pk])
    for client in (alone.holders[0], alone.evaluator):
        assert client.get(download).status_code == 200
    assert client_of(actor_for()).get(download).status_code == 404


@pytest.mark.law("LR-21", "LR-22")
def test_the_end_of_a_phase_compares_all_partners_then_decides_for_each(walk):
    walk.perform(1)
    page = text_of(walk.author.get(walk.url("gate", 1)))
    assert page.count("Erreur moyenne : 18,5 %, atteint") == 2
    walk.refused(walk.author, walk.url("open_gate", 1), {"proposal": ""})
    walk.post(walk.author, walk.url("open_gate", 1), {"proposal": "Garder les deux"})
    assert "déjà ouverte" in walk.refused(walk.author, walk.url("open_gate", 1), {"proposal": "Encore"})
    assert "appartient à un signataire" in text_of(walk.author.get(walk.url("gate", 1)))
    decide = walk.url("decide", 1)
    assert walk.author.get(decide).status_code == 403
    assert walk.evaluator.post(decide, {}).status_code == 403
    sheet = text_of(walk.signatory.get(decide))
    assert "Si vous réduisez ou arrêtez" in sheet
    first = walk.contracts[0].number
    partial = {**decision_form(walk, 1, "continue", "reduce"), f"reasons_{first}": ""}
    refused = walk.refused(walk.signatory, decide, partial)
    assert "field--error" in refused
    assert "Motifs de la phase 1" in refused
    walk.post(walk.signatory, decide, decision_form(walk, 1, "continue", "reduce"))
    assert "déjà décidée" in walk.refused(walk.signatory, decide, decision_form(walk, 1, "continue", "reduce"))
    receipt = walk.url("decision_receipt", walk.contracts[1].number, 1)
    assert "pas encore accusé réception" in walk.refused(walk.author, receipt)
    walk.post(walk.author, receipt, day_and_hour("received_at", SIGNABLE))
    assert walk.contracts[1].stopped_at == SIGNABLE
    page = text_of(walk.holders[1].get(reverse("contracts:partnership", args=[walk.contracts[1].number])))
    assert "Motifs de la phase 1" in page
    assert "arrêté." in page


@pytest.mark.law("LR-21")
def test_objectives_change_with_the_partners_signed_agreement_only(alone):
    alone.perform(1)
    contract = alone.contracts[0]
    alone.post(alone.author, alone.url("open_gate", 1), {"proposal": "Viser plus bas"})
    decide = alone.url("decide", 1)
    assert "LR-21" in alone.refused(alone.signatory, decide, decision_form(alone, 1, "change"))
    agree = reverse("contracts:agree", args=[contract.number, 2])
    given = {"target_1": "20", "signatory": "Inès Marchetti", **day_and_hour("signed_at", SIGNABLE)}
    same = alone.refused(alone.holders[0], agree, {**given, "file": a_file("accord.pdf")})
    assert "Aucun objectif ne change" in same
    alone.post(alone.holders[0], agree, {**given, "target_1": "25,5", "file": a_file("accord.pdf")})
    assert PartnerAgreement.objects.get().objectives[0]["target"] == "25.5"
    assert "Accord signé le" in text_of(alone.signatory.get(decide))
    alone.post(alone.signatory, decide, decision_form(alone, 1, "change"))
    assert contract.phases.get(number=2).objectives[0]["target"] == "25.5"


@pytest.mark.law("LR-91")
def test_an_invoice_is_recorded_with_its_last_day_then_paid(alone, at_signature):
    contract = alone.contracts[0]
    invoice = alone.url("invoice", contract.number, 1)
    given = {"invoice_number": "F-12", "amount_ht": "20 000", **day_and_hour("received_at", SIGNABLE)}
    alone.post(alone.author, alone.url("start_phase", contract.number, 1))
    assert "dépasse la rémunération" in alone.refused(alone.author, invoice, {**given, "amount_ht": "900 000"})
    alone.post(alone.author, invoice, given)
    assert "déjà consignée" in alone.refused(alone.author, invoice, given)
    payment = PaymentDue.objects.get()
    page = text_of(alone.author.get(alone.url("budget")))
    assert "11 avril 2027" in page
    assert "À payer" in page
    assert "58 000 €" in page
    at_signature.advance(timedelta(days=40))
    assert "En retard" in text_of(alone.author.get(alone.url("budget")))
    pay = alone.url("payment", payment.pk)
    alone.post(alone.author, pay, day_and_hour("paid_at", at_signature.now()))
    assert "déjà consigné" in alone.refused(alone.author, pay, day_and_hour("paid_at", at_signature.now()))
    page = text_of(alone.author.get(alone.url("budget")))
    assert "Payé : 20 000 € HT" in page
    own = text_of(alone.holders[0].get(reverse("contracts:partnership", args=[contract.number])))
    assert "F-12" in own
    assert "Payé" in own


def test_each_one_is_told_what_to_do_now(walk):
    team, call = walk.awarded.team, walk.awarded.call

    def labels(actor):
        return {todo.label.replace("\u00a0", " ") for todo in todos(calls=[call], actor=actor, now=walk.clock.now())}

    firm = walk.awarded.partners[0].actor
    assert len([label for label in labels(team.author) if label.startswith("Commencer la phase 1")]) == 2
    first = walk.contracts[0]
    walk.post(walk.author, walk.url("start_phase", first.number, 1))
    owed = {todo.label.replace("\u00a0", " ") for todo in todos_for_company(firm, walk.clock.now())}
    assert owed == {"Remettre « Maquette »", "Remettre « Rapport d’essai »"}
    walk.post(walk.holders[0], reverse("contracts:hand_in", args=[first.number, 1, 1]), {"note": "Remise"})
    due = [todo for todo in todos(calls=[call], actor=team.evaluator, now=walk.clock.now()) if "Maquette" in todo.label]
    assert due[0].due.date().isoformat() == "2027-04-11"
    assert labels(team.custodians[0]) == set()
    assert todos_for_signatory(team.signatory, walk.clock.now()) == []


def test_a_signatory_is_told_from_which_day(at_signature):
    awarded = awarded_lot(partners=1)
    contract = prepare(awarded)[0]
    walk = Walk(awarded, at_signature)
    drain()
    walk.holder_signs(walk.holders[0], contract)
    found = todos_for_signatory(awarded.team.signatory, LETTERS_SENT + timedelta(days=2))
    assert "12" in found[0].hint
    assert todos_for_signatory(awarded.team.signatory, SIGNABLE)[0].tone == "warn"


def test_a_partner_never_meets_the_contract_of_another(walk):
    mine, theirs = walk.contracts
    start(walk.awarded, walk.contracts, 1, SIGNABLE)
    round_ = gate(walk.awarded, walk.contracts, 1, SIGNABLE)
    drain()
    addresses = [
        reverse("contracts:partnership", args=[theirs.number]),
        reverse("contracts:hand_in", args=[theirs.number, 1, 1]),
        reverse("contracts:agree", args=[theirs.number, 2]),
        reverse("contracts:sign", args=[theirs.pk]),
        walk.url("phases"), walk.url("budget"), walk.url("gate", 1), walk.url("decide", 1),
        walk.url("deliverable", theirs.number, 1, 1), walk.url("order", theirs.number),
        reverse("files:download", args=[round_.report.rendering.stored_file.pk]),
    ]  # fmt: skip
    for address in addresses:
        assert walk.holders[0].get(address).status_code == 404, address
        assert walk.holders[0].post(address).status_code in {404, 405}, address
        assert Client().get(address).status_code in {302, 404}, address
    own = text_of(walk.holders[0].get(reverse("contracts:partnership", args=[mine.number])))
    assert theirs.number not in own
    assert str(theirs.party) not in own
    assert GateDecision.objects.filter(round__isnull=False).count() == 0
    assert GateRound.objects.count() == 1


def test_only_a_signatory_orders_and_the_team_alone_follows(alone):
    contract = alone.contracts[0]
    for client in (alone.author, alone.evaluator):
        assert client.get(alone.url("order", contract.number)).status_code == 403
        assert client.post(alone.url("order", contract.number), {"quantity": 1}).status_code == 403
    custodian = client_of(alone.awarded.team.custodians[0])
    for view, *more in [("start_phase", 1), ("results", 1), ("invoice", 1), ("deliverable", 1, 1)]:
        address = alone.url(view, contract.number, *more)
        assert custodian.get(address).status_code == 403, address
        assert custodian.post(address).status_code == 403, address
    assert alone.author.get(alone.url("start_phase", contract.number, 9)).status_code == 404
    assert alone.author.get(alone.url("gate", 9)).status_code == 404


def test_pages_take_as_many_queries_with_one_contract_as_with_three(at_signature):
    counts = []
    for partners in (1, 3):
        walk = in_force(at_signature, partners=partners)
        start(walk.awarded, walk.contracts, 1, SIGNABLE)
        for contract in walk.contracts:
            walk.post(
                walk.author, walk.url("invoice", contract.number, 1),
                {"invoice_number": "F-1", "amount_ht": "1 000", **day_and_hour("received_at", SIGNABLE)},
            )  # fmt: skip
        gate(walk.awarded, walk.contracts, 1, SIGNABLE)
        drain()
        pages = [
            (walk.author, walk.url("contracts")), (walk.author, walk.url("phases")),
            (walk.author, walk.url("budget")), (walk.author, walk.url("gate", 1)),
            (walk.signatory, walk.url("decide", 1)),
            (walk.signatory, reverse("contracts:to_sign") + "?etat=signes"),
            (walk.holders[0], reverse("contracts:partnerships")),
            (walk.holders[0], reverse("contracts:partnership", args=[walk.contracts[0].number])),
        ]  # fmt: skip
        counts.append([queries_of(client, address) for client, address in pages])
    assert counts[0] == counts[1]
    assert max(counts[0]) < 60
