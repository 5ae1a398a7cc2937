"""From the terms of payment to the last step of an invoice, through the pages of both parties."""

from datetime import timedelta

import pytest
from django.urls import reverse

from marketplace.journal import clock
from marketplace.journal.outbox import drain
from procurement.contracts.models import AssignmentCertificate, PaymentDue, Penalty
from procurement.contracts.services.assignment import assignable_ttc
from tests.contracts.bills import A_DAY, complete, deposited, instalment, siret_on
from tests.contracts.builders import SIGNABLE, awarded_lot, notified, start
from tests.contracts.walk import Walk, client_of, day_and_hour, queries_of, text_of
from tests.factories import OrganisationFactory, actor_for, make

pytestmark = pytest.mark.django_db
TERMS = {
    "service_code": "SERVICE-7", "commitment_number": "EJ-31", "regime": "other", "advance_rate": "30",
    "instalment_months": "3", "payment_days": "30", "retention_rate": "5", "guarantee_months": "12",
    "fixed_share": "15",
}  # fmt: skip


@pytest.fixture
def moving():
    with clock.rehearsal(SIGNABLE) as ticking:
        yield ticking


@pytest.fixture
def walk(moving):
    awarded = awarded_lot(partners=1)
    contracts = notified(awarded)
    start(awarded, contracts, 1, SIGNABLE)
    drain()
    return Walk(awarded, moving)


def mine(walk, view, *more):
    return reverse(f"contracts:{view}", args=[walk.contracts[0].number, *more])


def theirs(walk, view, *more):
    return walk.url(view, walk.contracts[0].number, *more)


def test_an_invoice_is_prepared_deposited_followed_and_closed(walk, moving):
    holder, author = walk.holders[0], walk.author
    assert "à compléter" in text_of(author.get(theirs(walk, "payments")))
    siret = siret_on(walk.awarded.call.lead_buyer)
    refused = walk.refused(author, theirs(walk, "payment_terms"), {**TERMS, "buyer_siret": siret, "advance_rate": "4"})
    assert "LR-88" in refused
    assert "EJ-31" in refused
    walk.post(author, theirs(walk, "payment_terms"), {**TERMS, "buyer_siret": siret})
    walk.post(holder, mine(walk, "my_billing"), {"siret": siret_on(walk.awarded.partners[0].organisation)})
    assert "Facturer l’avance" in text_of(holder.get(mine(walk, "my_payments")))
    walk.post(holder, mine(walk, "bill_advance"), {"invoice_number": "A-1"})
    to_bill = text_of(holder.get(mine(walk, "my_payments")))
    assert "Facturer l’avance" not in to_bill
    assert "Facturer la phase 1" in to_bill
    claim = {"invoice_number": "F-1", "work_ht": "45 000", "description": "Maquette"}
    walk.post(holder, mine(walk, "bill_phase", 1), claim)
    row = PaymentDue.objects.get(invoice_number="F-1")
    page = text_of(holder.get(mine(walk, "my_invoice", row.pk)))
    assert "Avance remboursée" in page
    assert "Factur-X" in page
    file = row.document.rendering.stored_file
    assert holder.get(reverse("files:download", args=[file.pk])).status_code == 200
    assert client_of(actor_for()).get(reverse("files:download", args=[file.pk])).status_code == 404
    moving.advance(A_DAY)
    deposit = {"reference": "CPP-9", **day_and_hour("deposited_at", moving.now())}
    assert "obligatoire" in walk.refused(holder, mine(walk, "deposit_invoice", row.pk), {**deposit, "reference": ""})
    walk.post(holder, mine(walk, "deposit_invoice", row.pk), deposit)
    assert "Certifier le service fait" in text_of(author.get(theirs(walk, "buyer_invoice", row.pk)))
    moving.advance(A_DAY)
    walk.post(author, theirs(walk, "certify_service", row.pk), day_and_hour("done_at", moving.now()))
    mandate = {"reference": "M-4", **day_and_hour("mandated_at", moving.now())}
    walk.post(author, theirs(walk, "mandate", row.pk), mandate)
    moving.advance(timedelta(days=60))
    assert "En retard" in text_of(author.get(walk.url("budget")))
    paid = {"reference": "V-1", **day_and_hour("paid_at", moving.now())}
    walk.post(author, walk.url("payment", row.pk), paid)
    page = text_of(holder.get(mine(walk, "my_invoice", row.pk)))
    assert "M-4" in page
    assert "n’est pas enregistré" in page
    walk.post(holder, mine(walk, "credit_note", row.pk), {
        "invoice_number": "AV-1", "amount_ht": "100", "description": "Erreur"
    })  # fmt: skip
    assert "AV-1" in text_of(author.get(theirs(walk, "payments")))


def test_the_operator_enters_the_rate_that_was_missing(walk, moving):
    complete(walk.awarded, walk.contracts[0])
    row = instalment(walk.awarded, walk.contracts[0], 50_000, "F-1", SIGNABLE)
    deposited(walk.awarded, row, SIGNABLE)
    moving.advance(timedelta(days=40))
    assert "n’est pas enregistré" in text_of(walk.author.get(theirs(walk, "buyer_invoice", row.pk)))
    operator = client_of(actor_for(make(OrganisationFactory, operator=True)))
    rate = {"first_day": "2027-01-01", "rate": "2,15", "source": "Banque centrale européenne"}
    assert "semestre" in walk.refused(operator, reverse("contracts:rates"), {**rate, "first_day": "2027-02-01"})
    walk.post(operator, reverse("contracts:rates"), rate)
    page = text_of(walk.author.get(theirs(walk, "buyer_invoice", row.pk)))
    assert "2,15 % + 8 points" in page.replace("\u202f", " ")
    assert walk.author.get(reverse("contracts:rates")).status_code == 403


def test_an_invoice_goes_back_with_its_reason(walk):
    complete(walk.awarded, walk.contracts[0])
    row = instalment(walk.awarded, walk.contracts[0], 50_000, "F-1", SIGNABLE)
    deposited(walk.awarded, row, SIGNABLE)
    walk.post(walk.author, theirs(walk, "return_invoice", row.pk), {"reasons": "Le code service manque"})
    assert "Le code service manque" in text_of(walk.holders[0].get(mine(walk, "my_invoice", row.pk)))
    assert "Renvoyée" in text_of(walk.holders[0].get(mine(walk, "my_payments")))


@pytest.mark.law("LR-117")
def test_a_penalty_is_announced_answered_and_taken_off(walk, moving):
    complete(walk.awarded, walk.contracts[0])
    announced = {"breach": "Rapport en retard", "computation": "5 jours à 100 €", "amount_ht": "500"}
    walk.post(walk.author, theirs(walk, "notify_penalty"), announced)
    penalty = Penalty.objects.get()
    decide = theirs(walk, "decide_penalty", penalty.pk)
    assert "LR-117" in walk.refused(walk.author, decide, {"decision": "apply"})
    answer = mine(walk, "answer_penalty", penalty.pk)
    walk.post(walk.holders[0], answer, {"observations": "Les données sont venues tard"})
    assert "Les données sont venues tard" in text_of(walk.author.get(decide))
    walk.post(walk.author, decide, {"decision": "apply"})
    assert "déjà décidée" in walk.refused(walk.author, decide, {"decision": "waive", "reasons": "Non"})
    row = instalment(walk.awarded, walk.contracts[0], 10_000, "F-1", SIGNABLE)
    assert (row.penalties_ttc, row.net_ttc) == (500, 11_500)
    penalty.refresh_from_db()
    assert penalty.payment == row
    assert instalment(walk.awarded, walk.contracts[0], 10_000, "F-2", SIGNABLE).penalties_ttc == 0


@pytest.mark.law("LR-117")
def test_a_penalty_on_research_or_beyond_the_cap_is_not_applied_without_a_word(walk, moving):
    given = {"breach": "Retard", "computation": "Selon le contrat"}
    walk.post(walk.author, theirs(walk, "notify_penalty"), {**given, "amount_ht": "500", "phase": "1"})
    research = Penalty.objects.get()
    moving.advance(timedelta(days=16))
    decide = theirs(walk, "decide_penalty", research.pk)
    assert "recherche" in walk.refused(walk.author, decide, {"decision": "apply"})
    walk.post(walk.author, decide, {"decision": "apply", "accept-LR-117": "Données fournies à temps"})
    walk.post(walk.author, theirs(walk, "notify_penalty"), {**given, "amount_ht": "12 000"})
    high = Penalty.objects.get(amount_ht=12_000)
    moving.advance(timedelta(days=16))
    decide = theirs(walk, "decide_penalty", high.pk)
    assert "plafond" in walk.refused(walk.author, decide, {"decision": "apply"})
    assert "Écrivez pourquoi" in walk.refused(walk.author, decide, {"decision": "waive"})
    walk.post(walk.author, decide, {"decision": "waive", "reasons": "Accord trouvé"})


@pytest.mark.law("LR-119")
def test_the_certificate_is_asked_then_given_once(walk):
    issue = theirs(walk, "issue_certificate")
    assert "pas demandé" in walk.refused(walk.signatory, issue, {"amount_ttc": "1"})
    walk.post(walk.holders[0], mine(walk, "ask_certificate"))
    assert "déjà demandé" in walk.refused(walk.holders[0], mine(walk, "ask_certificate"))
    assert walk.author.post(issue, {"amount_ttc": "1"}).status_code == 403
    contract = walk.contracts[0]
    whole = assignable_ttc(contract)
    assert whole == contract.research_ht * 12 / 10
    assert f'value="{whole:.0f}"' in text_of(walk.signatory.get(issue))
    assert "LR-119" in walk.refused(walk.signatory, issue, {"amount_ttc": f"{whole:.0f},01"})
    walk.post(walk.signatory, issue, {"amount_ttc": f"{whole:.0f}"})
    assert AssignmentCertificate.objects.get().document.is_rendered
    assert "LR-119" in walk.refused(walk.signatory, issue, {"amount_ttc": "1"})
    assert "Certificat de cessibilité" in text_of(walk.holders[0].get(mine(walk, "my_payments")))


def test_pages_of_payments_take_as_many_queries_for_one_as_for_three_invoices(walk):
    complete(walk.awarded, walk.contracts[0])
    pages = [
        (walk.author, theirs(walk, "payments")), (walk.holders[0], mine(walk, "my_payments")),
        (walk.holders[0], reverse("desk:cash_calendar")), (walk.author, reverse("desk:buyer_budget")),
        (walk.author, walk.url("budget")),
    ]  # fmt: skip

    def one_more(number):
        row = instalment(walk.awarded, walk.contracts[0], 10_000, number, SIGNABLE)
        deposited(walk.awarded, row, SIGNABLE)
        drain()

    one_more("F-1")
    before = [queries_of(client, address) for client, address in pages]
    one_more("F-2")
    one_more("F-3")
    assert [queries_of(client, address) for client, address in pages] == before
