"""Looking for a co-contractor: firms read one another on an open call; the buyer and the public learn nothing (B.9)."""

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from marketplace.accounts.models import Membership
from marketplace.accounts.own_data import export_of
from marketplace.journal.errors import NotAllowed, Refusal
from marketplace.journal.models import Entry
from marketplace.journal.outbox import drain
from marketplace.mail.models import Message
from marketplace.mail.services import set_preference
from procurement.calls.models import CoBuyer, PartnerSearch
from procurement.calls.services import partners
from procurement.calls.services.publishing import cancel_lot
from tests.calls.pages import client_of
from tests.contracts.walk import queries_of, text_of
from tests.desk.builders import a_firm, past, published
from tests.desk.test_fit import firm_of
from tests.factories import MembershipFactory, make, within_act

pytestmark = pytest.mark.django_db
WORDS = "Nous cherchons un fabricant de capteurs de quai."


def url_of(stage, name="partners", *more):
    return reverse(f"desk:{name}", args=[stage.call.reference, *more])


def posted(stage, firm, text=WORDS, kind="looks"):
    return partners.post(call=stage.call, firm=firm_of(firm), kind=kind, text=text, actor=firm, now=stage.clock.now())


def person_of(actor):
    return Membership.objects.get(pk=actor.membership_id).user


def test_firms_read_one_another_and_nobody_else_does(moving):
    stage, firm, other = published(moving), a_firm("Tramélys"), a_firm("Capribou")
    client, reader = client_of(firm), client_of(other)
    client.post(url_of(stage, "post_partner_search"), {"kind": "looks", "text": WORDS})
    assert WORDS in text_of(client.get(url_of(stage)))
    page = text_of(reader.get(url_of(stage)))
    assert WORDS in page
    assert "Tramélys" in page
    assert person_of(firm).email not in page
    for stranger in (stage.team.author, stage.team.validator, *stage.team.custodians):
        assert client_of(stranger).get(url_of(stage)).status_code == 404
    assert Client().get(url_of(stage)).status_code == 302
    public = text_of(Client().get(reverse("desk:call", args=[stage.call.reference])))
    assert WORDS not in public
    assert url_of(stage) not in public
    assert url_of(stage) in reader.get(reverse("desk:call", args=[stage.call.reference])).content.decode()


def test_the_file_of_the_call_keeps_no_trace(moving):
    stage, firm = published(moving), a_firm()
    before = Entry.objects.filter(chain__key=stage.call.chain).count()
    search = posted(stage, firm)
    partners.write_to(search=search, sender=firm_of(other := a_firm()), text="Parlons.", actor=other, now=moving.now())
    partners.withdraw(search=search, actor=firm, now=moving.now())
    assert Entry.objects.filter(chain__key=stage.call.chain).count() == before
    acts = Entry.objects.filter(act__startswith="partner_search.").order_by("pk")
    assert [one.act.partition(".")[2] for one in acts] == ["posted", "answered", "withdrawn"]
    for one in acts:
        assert one.chain.key == "site"
        assert str(stage.call.pk) not in f"{one.subject}{one.data}"
        assert stage.call.reference not in f"{one.subject}{one.data}"


def test_who_is_of_the_buyer_reads_nothing_under_the_hat_of_a_firm(moving):
    stage, firm = published(moving), a_firm()
    posted(stage, firm)
    hats = a_firm("Deux casquettes")
    assert client_of(hats).get(url_of(stage)).status_code == 200
    make(MembershipFactory, user=person_of(hats), organisation=stage.call.lead_buyer)
    assert client_of(hats).get(url_of(stage)).status_code == 404
    with pytest.raises(NotAllowed):
        posted(stage, hats)
    helper = a_firm("Voisin")
    assert client_of(helper).get(url_of(stage)).status_code == 200
    co_buyer = make(MembershipFactory, user=person_of(helper)).organisation
    within_act(CoBuyer(call=stage.call, organisation=co_buyer).save, chain=stage.call.chain, at=moving.now())
    assert client_of(helper).get(url_of(stage)).status_code == 404


def test_a_message_arrives_without_showing_the_address_of_who_reads_it(moving):
    stage, firm, other = published(moving), a_firm("Tramélys"), a_firm("Capribou")
    search = posted(stage, firm)
    drain()
    client = client_of(other)
    page = client.get(url_of(stage, "write_to_partner", search.pk))
    assert WORDS in text_of(page)
    answer = client.post(
        url_of(stage, "write_to_partner", search.pk), {"text": "Nous fabriquons ce capteur."}, follow=True
    )
    assert person_of(firm).email not in text_of(page) + text_of(answer)
    mail.outbox.clear()
    drain()
    [told, copy] = sorted(mail.outbox, key=lambda one: one.to != [person_of(firm).email])
    assert (told.to, copy.to) == ([person_of(firm).email], [person_of(other).email])
    assert "Nous fabriquons ce capteur." in told.body
    assert person_of(other).email in told.body
    assert "Capribou" in told.body
    assert person_of(firm).email not in copy.body


def test_who_switched_the_mails_off_is_not_written_to_and_the_sender_knows(moving):
    stage, firm, other = published(moving), a_firm(), a_firm()
    search = posted(stage, firm)
    set_preference(user=person_of(firm), kind=partners.MESSAGE, wanted=False, now=moving.now())
    written = Message.objects.count()
    response = client_of(other).post(url_of(stage, "write_to_partner", search.pk), {"text": "Parlons-en."})
    assert response.status_code == 422
    assert "ne reçoit pas de message" in text_of(response)
    assert "Parlons-en." in text_of(response), "nothing typed is lost"
    assert Message.objects.count() == written


def test_nobody_writes_to_their_own_firm(moving):
    stage, firm = published(moving), a_firm()
    search = posted(stage, firm)
    assert client_of(firm).get(url_of(stage, "write_to_partner", search.pk)).status_code == 404
    with pytest.raises(Refusal, match="propre annonce"):
        partners.write_to(search=search, sender=firm_of(firm), text="Moi.", actor=firm, now=moving.now())


@pytest.mark.parametrize(
    "text", ["Écrivez à a@exemple.fr", "Voir www.exemple.fr", "Appelez le 06 12 34 56 78", "Appelez le +33612345678"]
)
def test_words_hold_no_address(moving, text):
    stage, firm = published(moving), a_firm()
    response = client_of(firm).post(url_of(stage, "post_partner_search"), {"kind": "looks", "text": text})
    assert response.status_code == 422
    assert "Retirez l’adresse ou le numéro" in text_of(response)
    assert text in text_of(response)
    assert not PartnerSearch.objects.exists()


def test_words_are_short_and_a_figure_is_no_telephone(moving):
    stage, firm = published(moving), a_firm()
    assert posted(stage, firm, "Une équipe de 12 personnes, 3 500 quais, depuis 2019.")
    response = client_of(firm).post(url_of(stage, "post_partner_search"), {"kind": "looks", "text": "x" * 401})
    assert "400 signes au plus" in text_of(response)
    assert response.status_code == 422


def test_a_firm_changes_its_words_and_takes_them_back(moving):
    stage, firm = published(moving), a_firm()
    client = client_of(firm)
    client.post(url_of(stage, "post_partner_search"), {"kind": "looks", "text": WORDS})
    client.post(url_of(stage, "post_partner_search"), {"kind": "offers", "text": "Nous proposons des capteurs."})
    [search] = PartnerSearch.objects.all()
    assert (search.kind, search.text) == ("offers", "Nous proposons des capteurs.")
    with pytest.raises(NotAllowed):
        partners.withdraw(search=search, actor=a_firm(), now=moving.now())
    assert export_of(person_of(firm), now=moving.now())["recherches de cotraitants"]
    client.post(url_of(stage, "withdraw_partner_search"))
    assert not PartnerSearch.objects.exists()
    assert client.get(url_of(stage, "withdraw_partner_search")).status_code == 404


@pytest.mark.law("LR-50")
def test_it_ends_with_the_first_deadline(moving):
    stage, firm, other = published(moving), a_firm(), a_firm()
    search = posted(stage, firm)
    moving.advance_to(stage.deadline)
    assert WORDS in text_of(client_of(other).get(url_of(stage)))
    past(stage)
    page = text_of(client_of(other).get(url_of(stage)))
    assert WORDS not in page
    assert "les groupements ne se forment plus" in page
    assert client_of(other).get(url_of(stage, "write_to_partner", search.pk)).status_code == 404
    with pytest.raises(Refusal, match="clos"):
        posted(stage, other)
    with pytest.raises(Refusal, match="clos"):
        partners.write_to(search=search, sender=firm_of(other), text="Trop tard.", actor=other, now=moving.now())
    # The next act of anybody, on another call, erases what has ended.
    posted(published(moving), other)
    assert not PartnerSearch.objects.filter(pk=search.pk).exists()


def test_it_ends_when_the_call_is_given_up(moving):
    stage, firm = published(moving), a_firm()
    posted(stage, firm)
    moving.advance(timedelta(hours=1))
    cancel_lot(
        lot=stage.period.lot,
        kind="without_follow_up",
        reasons="Le budget manque pour cette année.",
        actor=stage.team.validator,
        now=moving.now(),
    )
    assert "les groupements ne se forment plus" in text_of(client_of(firm).get(url_of(stage)))


def test_the_list_asks_no_more_for_twelve_than_for_two(moving):
    stage, reader = published(moving), client_of(a_firm())
    for number in range(2):
        posted(stage, a_firm(f"Firme {number}"))
    before = queries_of(reader, url_of(stage))
    for number in range(2, 12):
        posted(stage, a_firm(f"Firme {number}"))
    assert queries_of(reader, url_of(stage)) == before
