"""« Tarifs », « Formule et factures »: who reads, who acts, what is said with Stripe off, tables, queries."""

import pytest
from django.test import Client
from django.urls import reverse

from marketplace.accounts.models import Membership
from marketplace.billing import plans
from marketplace.billing.models import Account, Invoice
from tests.billing.house import House, queries_of
from tests.factories import MembershipFactory, make, within_act

pytestmark = pytest.mark.django_db
PLAN = reverse("billing:plan")


def text(response: object) -> str:
    return response.content.decode().replace("\xa0", " ")


def test_prices_say_what_is_free_and_show_the_one_table(client: Client):
    page = text(client.get(reverse("billing:prices")))
    for one in plans.FREE_FOR_EVER:
        assert str(one) in page
    for line in plans.TABLE:
        assert str(line.tool.label) in page
    assert "29 € par mois, ou 290 € par an" in page
    assert "L’argent ne change jamais un rang" in page
    assert "pas ouvert sur ce site" in page
    assert reverse("billing:subscribe") not in page


def test_with_stripe_off_the_pages_say_so_and_nothing_breaks(client: Client):
    membership = make(MembershipFactory)
    client.force_login(membership.user)
    assert "pas ouvert sur ce site" in text(client.get(PLAN))
    for name in ("subscribe", "portal", "cancel", "resume", "change_period", "refresh", "vat_number"):
        url = reverse(f"billing:{name}")
        assert client.get(url).status_code == 200
        answer = client.post(url, {"period": "month", "number": "BE0428759497"})
        assert answer.status_code == 422, name
    answer = client.post(reverse("billing:subscribe"), {"period": "month"})
    assert "ne se souscrit pas" in text(answer)
    assert client.get(reverse("billing:invoices_csv")).status_code == 200
    assert not Account.objects.exists()


def test_the_plan_is_in_the_menu_of_companies_only(client: Client):
    for membership, shown in (
        (make(MembershipFactory), True),
        (make(MembershipFactory, organisation__buyer=True), False),
    ):
        client.force_login(membership.user)
        assert (f'href="{PLAN}"' in text(client.get("/compte/"))) is shown


def test_buyers_and_visitors_find_no_plan(client: Client):
    assert client.get(PLAN).status_code == 302
    client.force_login(make(MembershipFactory, organisation__buyer=True).user)
    assert client.get(PLAN).status_code == 404
    assert client.get(reverse("billing:invoices_csv")).status_code == 404


def test_members_read_and_owners_act(house: House):
    house.past_trial()
    member = house.client(make(MembershipFactory, organisation=house.firm, role=Membership.Role.MEMBER))
    page = text(member.get(PLAN))
    assert "34,80 €" in page
    assert reverse("billing:cancel") not in page
    assert "responsable du compte souscrit" in page
    assert member.get(reverse("billing:cancel")).status_code == 403
    assert member.post(reverse("billing:cancel")).status_code == 403
    assert house.subscription.ends_at is None
    assert reverse("billing:cancel") in text(house.client().get(PLAN))


def test_a_company_never_reads_the_invoices_of_another(house: House):
    house.past_trial()
    other = House(house.stripe, house.clock)
    assert "ATELIER-" not in text(other.client().get(PLAN))
    assert "ATELIER-" not in text(other.client().get(reverse("billing:invoices_csv")))


def test_subscribing_leads_to_stripe_and_what_is_wrong_is_said(house: House):
    client = house.client()
    answer = client.post(reverse("billing:subscribe"), {})
    assert answer.status_code == 422
    assert "Choisissez au mois ou à l’année." in text(answer)
    answer = client.post(reverse("billing:subscribe"), {"period": "year"})
    assert answer.status_code == 302
    assert answer["Location"].startswith(f"{house.stripe.url}/pay/")
    assert "enregistre votre choix" in text(client.get(f"{PLAN}?retour=oui"))
    answer = client.post(reverse("billing:refresh"), follow=True)
    assert "à jour" in text(answer)


def test_a_vat_number_that_is_wrong_is_said_and_kept_in_sight(house: House):
    client = house.client()
    url = reverse("billing:vat_number")
    assert house.firm.siren in text(client.get(url))
    answer = client.post(url, {"number": "FR123"})
    assert answer.status_code == 422
    assert "n’existe pas" in text(answer)
    assert 'value="FR123"' in text(answer)


def test_a_payment_missed_is_told_on_the_page(house: House):
    subscription = house.past_trial()
    house.stripe.charge(subscription.stripe_id, works=False)
    house.hear()
    assert "Les outils restent ouverts jusqu’au" in text(house.client().get(PLAN))
    house.pass_time(days=15)
    assert "Les outils sont fermés depuis le" in text(house.client().get(PLAN))


def test_invoices_leave_as_a_table_that_is_safe_to_open(house: House):
    house.past_trial()
    invoice = Invoice.objects.get()

    def rename() -> None:
        invoice.number = "=HYPERLINK(1)"
        invoice.save()

    within_act(rename)
    answer = house.client().get(reverse("billing:invoices_csv"))
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert lines[0] == "Numéro;Émise le;État;Montant HT (€);TVA (€);Montant TTC (€);Payée le"
    assert lines[1] == "'=HYPERLINK(1);2027-02-12;Payée;29,00;5,80;34,80;2027-02-12"


def test_the_page_asks_as_many_queries_for_one_invoice_as_for_three(house: House):
    subscription = house.past_trial()
    client = house.client()
    one = queries_of(lambda: client.get(PLAN))
    for _ in range(2):
        house.stripe.charge(subscription.stripe_id)
    house.hear()
    assert Invoice.objects.count() == 3
    assert queries_of(lambda: client.get(PLAN)) == one
