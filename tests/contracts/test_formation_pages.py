"""From the end of the standstill to the notification, through the pages of each person."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from marketplace.files.pdf_signing import sign_pdf
from marketplace.journal import clock
from marketplace.journal.outbox import drain
from marketplace.mail.models import Message
from procurement.calls.models import LotTimeline
from procurement.contracts.models import Contract, PrefectTransmission, SignatoryPower, Signature, SignatureRefusal
from procurement.contracts.rehearsal_signing import example_authority
from procurement.contracts.services.signature import bytes_to_sign
from tests.contracts.builders import LETTERS_SENT, SIGNABLE, awarded_lot
from tests.contracts.walk import (
    BUYER_SIDE,
    IBAN,
    PARTICULARS,
    Walk,
    a_file,
    client_of,
    day_and_hour,
    queries_of,
    text_of,
)
from tests.factories import actor_for

pytestmark = pytest.mark.django_db

FIRST_MOMENT = datetime(2027, 3, 11, 23, 0, tzinfo=UTC)
"""First second, in Paris, of the day on which the buyer may sign."""


@pytest.fixture
def clock_at_letters():
    with clock.rehearsal(LETTERS_SENT) as moving:
        yield moving


@pytest.fixture
def walk(clock_at_letters):
    return Walk(awarded_lot(), clock_at_letters)


@pytest.fixture
def alone(clock_at_letters):
    return Walk(awarded_lot(partners=1), clock_at_letters)


def sign_page(contract):
    return reverse("contracts:sign", args=[contract.pk])


def test_contracts_are_drawn_up_then_completed_by_the_partner(alone):
    empty = text_of(alone.author.get(alone.url("contracts")))
    assert "Les contrats restent à préparer" in empty
    form = text_of(alone.author.get(alone.url("prepare")))
    assert "Indicateur de la clause environnementale" in form
    alone.post(alone.author, alone.url("prepare"), BUYER_SIDE)
    contract = alone.contracts[0]
    page = text_of(alone.author.get(alone.url("contract", contract.number)))
    assert "B3 compte bancaire" in page
    assert "I5" not in page
    declare = reverse("contracts:declare", args=[contract.number])
    wrong = alone.refused(alone.holders[0], declare, {**PARTICULARS, "iban_1": "FR76 0000"})
    assert "Cet IBAN n’est pas juste" in wrong
    assert "FR76 0000" in wrong
    assert "Inès Marchetti" in wrong
    alone.post(alone.holders[0], declare, PARTICULARS)
    contract.refresh_from_db()
    assert contract.data["missing"] == []
    assert contract.data["holders"][0]["bank"]["iban"] == IBAN.replace(" ", "")
    assert Message.objects.filter(kind="contracts.to_sign").count() == 1


def test_what_was_said_stays_when_contracts_are_drawn_up_again(walk):
    walk.prepare()
    walk.post(walk.author, walk.url("prepare"), {**BUYER_SIDE, "capacity": "première vice-présidente"})
    for contract in walk.contracts:
        assert contract.data["missing"] == []
        assert contract.data["signatures"]["buyer"]["capacity"] == "première vice-présidente"
        assert contract.data["holders"][0]["signatory"]["name"] == "Inès Marchetti"
    assert 'value="première vice-présidente"' in text_of(walk.author.get(walk.url("prepare")))


def test_the_buyer_may_write_down_what_the_partner_declares(alone):
    alone.post(alone.author, alone.url("prepare"), BUYER_SIDE)
    alone.post(alone.author, alone.url("complete", alone.contracts[0].number), PARTICULARS)
    assert alone.contracts[0].data["missing"] == []


@pytest.mark.law("LR-122")
def test_a_power_is_kept_with_its_proof_and_once(alone):
    given = {
        "organisation": alone.awarded.call.lead_buyer_id, "signatory": "Claire Vasseur", "capacity": "présidente",
        "basis": "Délibération du 4 mars 2027", "valid_from": "2027-01-01", "valid_until": "2027-12-31",
        "ceiling_ht": "500 000",
    }  # fmt: skip
    address = alone.url("record_power")
    assert "field--error" in alone.refused(alone.author, address, given)
    proof = a_file("deliberation.pdf", b"%PDF-1.7\n" + b"pouvoir " * 20)
    alone.post(alone.author, address, {**given, "document": proof})
    assert SignatoryPower.objects.filter(ceiling_ht=500000).count() == 1
    proof.seek(0)
    assert "déjà enregistré" in alone.refused(alone.author, address, {**given, "document": proof})
    wrong = {**given, "valid_until": "2026-01-01", "document": a_file("autre.pdf")}
    assert "finit avant de commencer" in alone.refused(alone.author, address, wrong)
    page = text_of(alone.author.get(alone.url("contracts")))
    assert "500 000 €" in page
    assert "deliberation.pdf" in page


def test_what_one_signs_stands_in_five_lines_with_its_pdf_and_fingerprint(alone):
    alone.prepare()
    contract = alone.contracts[0]
    page = text_of(alone.holders[0].get(sign_page(contract)))
    for words in ("Ce que vous signez", "Entre", "Montant", "Durée", "Ce que l’acheteur peut décider"):
        assert words in page
    assert "Aucun clic ne vaut signature" in page
    assert "Imprimez l’acte d’engagement" in page
    document = contract.documents.get(kind="acte_engagement", replaced_at=None).document
    stored = document.rendering.stored_file
    assert stored.sha256 in page
    download = alone.holders[0].get(reverse("files:download", args=[stored.pk]))
    assert b"".join(download.streaming_content) == bytes_to_sign(contract)
    assert alone.author.get(reverse("files:download", args=[stored.pk])).status_code == 200


@pytest.mark.law("LR-63")
def test_a_file_that_is_not_ours_soundly_signed_leaves_its_report(alone):
    alone.prepare()
    contract = alone.contracts[0]
    ours = bytes_to_sign(contract)
    page = alone.refused(alone.holders[0], sign_page(contract), {"signed_pdf": a_file("vierge.pdf", ours)})
    assert "Ce fichier n’est pas signé" in page
    assert "Rapport de vérification" in page
    plain = example_authority().signer("Inès Marchetti", qualified=False)
    weak = sign_pdf(ours, signer=plain, field="Titulaire", now=LETTERS_SENT)
    page = alone.refused(alone.holders[0], sign_page(contract), {"signed_pdf": a_file("faible.pdf", weak)})
    assert "Le certificat n’est pas qualifié" in page
    assert "EXEMPLE Inès Marchetti" in page
    assert not Signature.objects.exists()


def test_the_partner_signs_and_a_person_confirms_who_it_is(alone):
    alone.prepare()
    contract = alone.contracts[0]
    file = alone.signed_pdf(contract, "Inès Marchetti", "Titulaire")
    alone.post(alone.holders[0], sign_page(contract), {"signed_pdf": file})
    page = text_of(alone.holders[0].get(sign_page(contract)))
    assert "Vérifiée" in page
    assert "reste à confirmer par une personne" in page
    assert "Déposer le PDF signé" not in page
    again = alone.signed_pdf(contract, "Inès Marchetti", "Encore")
    assert "déjà la signature" in alone.refused(alone.holders[0], sign_page(contract), {"signed_pdf": again})
    identity = alone.url("confirm_identity", contract.number)
    assert "EXEMPLE Inès Marchetti" in text_of(alone.author.get(identity))
    alone.post(alone.author, identity)
    assert Signature.objects.get().identity_checked_by_id == alone.awarded.team.author.user_id
    assert "déjà confirmée" in alone.refused(alone.author, identity)


@pytest.mark.law("LR-78")
def test_the_buyer_is_refused_until_the_day_that_the_page_tells(alone, clock_at_letters):
    alone.prepare()
    contract = alone.contracts[0]
    alone.holder_signs(alone.holders[0], contract)
    clock_at_letters.advance_to(FIRST_MOMENT - timedelta(seconds=1))
    assert "12 mars 2027" in text_of(alone.signatory.get(sign_page(contract)))
    page = alone.refused(alone.signatory, sign_page(contract), alone.buyer_form(contract))
    assert "ne peut être signé avant le 12 mars 2027" in page
    assert "LR-78" in page
    assert alone.contracts[0].signed_at is None
    clock_at_letters.advance_to(FIRST_MOMENT)
    assert "Le délai de suspension est passé" in text_of(alone.signatory.get(sign_page(contract)))
    alone.buyer_signs(contract)
    assert alone.contracts[0].signed_at == FIRST_MOMENT
    assert LotTimeline.objects.get(lot=alone.awarded.lot).signed_at == FIRST_MOMENT
    assert "Signé des deux parties" in text_of(alone.signatory.get(reverse("contracts:to_sign") + "?etat=signes"))


def test_one_road_each_certificate_then_paper(alone, clock_at_letters):
    alone.prepare()
    contract = alone.contracts[0]
    alone.holder_signs(alone.holders[0], contract)
    clock_at_letters.advance_to(SIGNABLE)
    paper = reverse("contracts:sign_on_paper", args=[contract.pk])
    given = {
        "signatory": "Claire Vasseur", "capacity": "présidente", "power": alone.awarded.power.pk,
        **day_and_hour("signed_at", SIGNABLE), "scan": a_file("copie.pdf"),
    }  # fmt: skip
    early = {**given, **day_and_hour("signed_at", SIGNABLE - timedelta(days=3)), "scan": a_file("copie.pdf")}
    assert "LR-78" in alone.refused(alone.signatory, paper, early)
    alone.post(alone.signatory, paper, given)
    assert set(Signature.objects.values_list("side", "road")) == {("holder", "pades"), ("buyer", "wet_ink")}


def test_the_buyer_records_the_paper_of_its_partner(alone):
    alone.prepare()
    contract = alone.contracts[0]
    given = {
        "signatory": "Inès Marchetti", "capacity": "présidente", **day_and_hour("signed_at", LETTERS_SENT),
        "scan": a_file("copie.pdf"),
    }  # fmt: skip
    alone.post(alone.author, alone.url("record_paper", contract.number), given)
    assert Signature.objects.get().road == "wet_ink"
    assert "Sur papier" in text_of(alone.author.get(alone.url("contract", contract.number)))


def test_a_refusal_returns_to_the_buyer_with_its_reasons(alone):
    alone.prepare()
    contract = alone.contracts[0]
    address = reverse("contracts:refuse_signature", args=[contract.pk])
    assert "Rien n’est signé" in text_of(alone.holders[0].get(address))
    alone.refused(alone.holders[0], address, {"reasons": ""})
    alone.post(alone.holders[0], address, {"reasons": "Le montant de la phase 2 n’est pas le nôtre."})
    page = text_of(alone.author.get(alone.url("contract", contract.number)))
    assert "Le montant de la phase 2 n’est pas le nôtre." in page
    assert Message.objects.filter(kind="contracts.signature_refused").exists()
    assert "déjà consigné" in alone.refused(alone.holders[0], address, {"reasons": "Encore."})
    alone.post(alone.author, alone.url("prepare"), BUYER_SIDE)
    assert "Refus de signer" not in text_of(alone.author.get(alone.url("contract", contract.number)))
    assert SignatureRefusal.objects.count() == 1


@pytest.mark.law("LR-83", "LR-82")
def test_the_prefect_then_the_partner(alone, clock_at_letters):
    alone.prepare()
    contract = alone.contracts[0]
    alone.holder_signs(alone.holders[0], contract)
    clock_at_letters.advance_to(SIGNABLE)
    alone.buyer_signs(contract)
    notify, transmit = alone.url("notify", contract.number), alone.url("transmit", contract.number)
    assert "LR-83" in alone.refused(alone.author, notify)
    clock_at_letters.advance_to(SIGNABLE + timedelta(days=20))
    sent = {**day_and_hour("transmitted_at", SIGNABLE + timedelta(days=19)), "receipt_number": "049-2027-0311"}
    late = alone.refused(alone.author, transmit, sent)
    assert "plus de quinze jours" in late
    assert 'name="accept-LR-83"' in late
    assert "049-2027-0311" in late
    alone.post(alone.author, transmit, {**sent, "accept-LR-83": "Panne de la télétransmission"})
    assert PrefectTransmission.objects.get().receipt_number == "049-2027-0311"
    alone.post(alone.author, notify)
    receipt = alone.url("record_receipt", contract.number)
    assert "pas encore accusé réception" in alone.refused(alone.author, receipt)
    acknowledge = reverse("contracts:acknowledge", args=[contract.number])
    assert "prend effet" in text_of(alone.holders[0].get(acknowledge))
    alone.post(alone.holders[0], acknowledge)
    assert alone.contracts[0].notified_at == clock_at_letters.now()
    assert "déjà consignée" in alone.refused(alone.holders[0], acknowledge)


def test_a_get_changes_nothing(walk):
    walk.prepare()
    contract = walk.contracts[0]
    before = list(Contract.objects.order_by("pk").values())
    for view in ("complete", "record_paper", "confirm_identity", "transmit", "notify", "record_receipt", "close"):
        assert walk.author.get(walk.url(view, contract.number)).status_code == 200
    assert list(Contract.objects.order_by("pk").values()) == before


def test_visitors_sign_in_rivals_see_nothing_and_the_team_reads_why_not(walk):
    walk.prepare()
    first, second = walk.contracts
    drain()
    lot_pages = [walk.url(view) for view in ("contracts", "prepare", "record_power", "phases", "budget")]
    contract_pages = [
        walk.url(view, first.number)
        for view in ("contract", "complete", "record_paper", "confirm_identity", "transmit", "notify", "close")
    ]
    own_pages = [
        reverse(f"contracts:{view}", args=[first.number]) for view in ("partnership", "declare", "acknowledge")
    ]
    sign_pages = [reverse(f"contracts:{view}", args=[first.pk]) for view in ("sign", "refuse_signature")]
    rival, colleague = walk.holders[1], client_of(actor_for(walk.awarded.call.lead_buyer))
    for address in [*lot_pages, *contract_pages, *own_pages, *sign_pages]:
        assert Client().get(address).status_code == 302, address
        assert "next=/espace/" in Client().post(address).url, address
        assert rival.get(address).status_code == 404, address
        assert rival.post(address).status_code == 404, address
    for address in lot_pages:
        assert colleague.get(address).status_code == 403, address
    for address in [walk.url("prepare"), walk.url("record_power"), walk.url("complete", first.number)]:
        for refused in (walk.evaluator.get(address), walk.evaluator.post(address)):
            assert refused.status_code == 403, address
            assert "réservé" in text_of(refused)
    for client in (walk.evaluator, walk.author):
        assert client.get(sign_pages[0]).status_code == 403
        assert client.post(sign_pages[0], {"signed_pdf": a_file()}).status_code == 403
    assert walk.author.get(walk.url("contract", "absent")).status_code == 404
    assert second.number not in text_of(walk.holders[0].get(reverse("contracts:partnerships")))
    pdf = first.documents.get(kind="acte_engagement", replaced_at=None).document.rendering.stored_file
    assert rival.get(reverse("files:download", args=[pdf.pk])).status_code == 404
    assert Client().get(reverse("files:download", args=[pdf.pk])).status_code in {302, 404}


def test_lists_take_a_constant_number_of_queries(clock_at_letters):
    counts = []
    for partners in (1, 3):
        walk = Walk(awarded_lot(partners=partners), clock_at_letters)
        walk.prepare()
        for client, contract in zip(walk.holders, walk.contracts, strict=True):
            walk.holder_signs(client, contract)
        pages = [(walk.author, walk.url("contracts")), (walk.signatory, reverse("contracts:to_sign"))]
        counts.append([queries_of(client, address) for client, address in pages])
    assert counts[0] == counts[1]
