"""The award notice: after the signature, by the roads of the first notice, within thirty days."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from marketplace.journal import clock
from marketplace.journal.errors import NotAllowed, Refusal
from procurement.calls.models import Call, Publication
from procurement.law import award_notice as rules
from procurement.law.findings import RuleViolation
from procurement.notices.award_sheet import award_facts
from procurement.notices.models import AwardNotice
from procurement.notices.services import AwardSending, award_notice_facts, record_award_notice
from procurement.notices.todo import todos
from tests.contracts.builders import SIGNABLE, awarded_lot, prepare, sign_on_paper
from tests.contracts.walk import client_of
from tests.evaluation.pages import moment, text
from tests.factories import within_act

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
ROADS = ("joue", "boamp")


@pytest.fixture
def awarded():
    awarded = awarded_lot()
    for channel in ROADS:
        sent = Publication(
            call=awarded.call, channel=channel, sent_at=SIGNABLE - 200 * DAY, receipt_number=f"{channel}-1"
        )
        within_act(sent.save, chain=awarded.call.chain)
    return awarded


@pytest.fixture
def signed(awarded):
    for contract in prepare(awarded):
        sign_on_paper(awarded, contract)
    return awarded


def sent(at, *roads):
    return [AwardSending(one, at, f"{one}-2027") for one in roads or ROADS]


def record(awarded, sendings, *, now=None, actor=None, **more):
    lot = awarded.call.lots.get()
    lot.call = Call.objects.select_related("lead_buyer").get(pk=awarded.call.pk)
    when = now or max(one.sent_at for one in sendings)
    return record_award_notice(lot=lot, sendings=sendings, actor=actor or awarded.team.author, now=when, **more)


@pytest.mark.law("LR-84")
def test_nothing_is_sent_before_the_signature(awarded):
    with pytest.raises(RuleViolation, match="Aucun contrat de ce lot n’est signé") as refused:
        record(awarded, sent(SIGNABLE))
    assert refused.value.rules == ["LR-84"]


@pytest.mark.law("LR-84")
@pytest.mark.parametrize(("days", "late"), [(30, False), (31, True)])
def test_it_leaves_within_thirty_days(signed, days, late):
    at = SIGNABLE + days * DAY
    if not late:
        notice = record(signed, sent(at))
        assert [one["number"] for one in notice.sendings] == ["joue-2027", "boamp-2027"]
        return
    with pytest.raises(RuleViolation, match="trente jours après la signature") as refused:
        record(signed, sent(at))
    assert refused.value.rules == ["LR-84"]
    record(signed, sent(at), accepted={"LR-84": "Panne du support, attestée."})


@pytest.mark.law("LR-84")
def test_it_takes_every_road_of_the_first_notice(signed):
    at = SIGNABLE + DAY
    with pytest.raises(RuleViolation, match="le BOAMP"):
        record(signed, sent(at, "joue"))
    with pytest.raises(RuleViolation, match="avant la signature"):
        record(signed, sent(SIGNABLE - 2 * DAY), now=at)
    for wrong in ([AwardSending("joue", at, " "), AwardSending("boamp", at, "2")], sent(at + DAY)):
        with pytest.raises(Refusal):
            record(signed, wrong, now=at)
    with pytest.raises(NotAllowed):
        record(signed, sent(at), actor=signed.team.reader)
    record(signed, sent(at))
    with pytest.raises(Refusal, match="déjà consigné"):
        record(signed, sent(at))


@pytest.mark.law("LR-84")
def test_the_board_reminds_louder_at_twenty_then_twenty_seven_days(signed):
    def tone(days):
        found = todos(calls=[signed.call], actor=signed.team.author, now=SIGNABLE + days * DAY)
        return [one.tone for one in found]

    assert [tone(days) for days in (1, 19, 20, 26, 27, 30)] == [[""], [""], ["warn"], ["warn"], ["danger"], ["danger"]]
    assert todos(calls=[signed.call], actor=signed.team.reader, now=SIGNABLE) == []
    record(signed, sent(SIGNABLE + DAY))
    assert tone(20) == []


@pytest.mark.law("LR-84")
def test_an_adapted_procedure_owes_none(signed):
    assert _last_day(signed) == timezone.localdate(SIGNABLE) + 30 * DAY
    adapted = awarded_lot(procedure=Call.Procedure.ADAPTED)
    for contract in prepare(adapted):
        sign_on_paper(adapted, contract)
    assert _last_day(adapted) is None
    assert todos(calls=[adapted.call], actor=adapted.team.author, now=SIGNABLE) == []
    with pytest.raises(RuleViolation, match="Aucun avis d’attribution n’est dû"):
        record(adapted, sent(SIGNABLE + DAY))


def _last_day(awarded):
    return rules.last_day(award_notice_facts(awarded.call.lots.get(), now=SIGNABLE))


def test_the_page_gives_the_fields_and_keeps_the_sendings(signed):
    lot = signed.call.lots.get()
    address = reverse("notices:award", args=[signed.call.reference, lot.number])
    with clock.rehearsal(SIGNABLE + 3 * DAY) as moving:
        client = client_of(signed.team.author)
        shown = text(client.get(address))
        for words in ("BT-142", signed.partners[0].organisation.name, "part au plus tard le"):
            assert words in shown
        data = {f"number_{one}": f"{one}-2027" for one in ROADS}
        for one in ROADS:
            data |= moment(f"sent_at_{one}", moving.now() - timedelta(hours=1))
        assert client.post(address, {**data, "number_boamp": ""}).status_code == 422
        assert client.post(address, data).status_code == 302
        assert "Envois consignés" in text(client.get(address))
    assert AwardNotice.objects.get().lot == lot
    sections = award_facts(lot, now=SIGNABLE)["sections"]
    assert len(sections) == 2 + len(signed.partners)
