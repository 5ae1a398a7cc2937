"""From opened initial bids to the request of final ones, through the pages."""

from datetime import timedelta

import pytest

from procurement.calls.models import Call
from procurement.correspondence.models import Letter, LetterKind
from procurement.evaluation.models import NegotiationMeeting, RoundElimination
from procurement.submissions.models import Invitation
from tests.evaluation.builders import DAY, HOUR, SMALL_PRICES, TECHNICAL, priced
from tests.evaluation.pages import Pages, moment, rows, text
from tests.factories import within_act


@pytest.fixture
def pages(journey):
    return Pages(journey)


def held(meeting):
    return {
        **moment("held_at", meeting.planned_at),
        **moment("ended_at", meeting.planned_at + timedelta(minutes=55)),
        "documents_shown": "Maquette",
        **rows("attendees", {"name": "Inès Marchetti", "side": "tenderer", "capacity": "présidente"}),
        **rows("points", {"subject": "Essais", "discussion": "Dix essais de nuit.", "follow_up": ""}),
        **rows("disclosures", {"item": "", "consent": ""}),
    }


@pytest.mark.starts_at("selected")
def test_nothing_tells_how_many_bids_wait_sealed(branch):
    def shown(count):
        with branch() as journey:
            for firm in journey.firms[:count]:
                journey.opened(firm, "initial", {})
            closes = journey.period("initial").closes_at()
            found = []
            for journey.now in (closes - HOUR, closes + HOUR):
                found += [Pages(journey).get("negotiation"), Pages(journey).get("scoring")]
            return found

    assert shown(1) == shown(3)
    assert "Les offres initiales s’ouvrent après le" in shown(1)[0]


@pytest.mark.law("LR-16", "LR-17", "LR-18", "LR-19")
@pytest.mark.starts_at("selected")
def test_from_opened_bids_to_the_request_of_final_ones(journey, pages):
    journey.now = journey.period("initial").closes_at() + DAY
    for firm, price in zip(journey.firms, SMALL_PRICES, strict=False):
        journey.opened(firm, "initial", {"technical": TECHNICAL, "price": priced(price)})
    assert "Enregistrer les offres ouvertes" in pages.get("negotiation")
    pages.post("negotiation", actor=journey.team.author)
    bids = journey.bids("initial")
    page = pages.get("negotiation")
    assert "188 000 €" in page
    assert "Pas encore reçues" in page
    assert "Essais de jour et de nuit." in pages.get("bid", bids[0].pk)

    early = pages.post("close_negotiation", status=404)  # no final period is planned yet
    assert early.status_code == 404
    data = {"duration_minutes": 60, "place": "Salle du conseil"}
    for position, firm in enumerate(journey.firms):
        data |= moment(f"at-{firm.party.pk}", journey.now + 8 * DAY + position * 2 * HOUR)
        data[f"points-{firm.party.pk}"] = "Plan d’essais\nPrix"
    assert "Inviter au tour 1" in pages.get("meet")
    pages.post("meet", data=data)
    letters = Letter.objects.filter(call=journey.call, kind=LetterKind.NEGOTIATION_INVITATION)
    assert len({letter.sent_at for letter in letters}) == 1
    assert letters.count() == 3

    journey.later(9 * DAY)
    meetings = list(NegotiationMeeting.objects.filter(lot=journey.lot))
    more = pages.post("meeting", meetings[0].pk, data=held(meetings[0]) | {"add": "attendees"}, status=200)
    assert "Inès Marchetti" in more.content.decode()
    assert 'name="attendees-1-name"' in more.content.decode()
    assert "Ce champ" not in text(more)
    too_long = held(meetings[0]) | moment("ended_at", meetings[0].planned_at + timedelta(minutes=90))
    assert "dépassé les 60 minutes" in text(pages.post("meeting", meetings[0].pk, data=too_long, status=422))
    told = held(meetings[0]) | rows("disclosures", {"item": "Leur capteur", "consent": ""})
    assert "Sans son accord écrit" in text(pages.post("meeting", meetings[0].pk, data=told, status=422))
    for meeting in meetings:
        pages.post("meeting", meeting.pk, data=held(meeting), actor=journey.team.evaluator)
    assert "Dix essais de nuit." in pages.get("meeting", meetings[0].pk)
    again = pages.post("meeting", meetings[0].pk, data=held(meetings[0]), status=422)
    assert "déjà consignée" in text(again)

    journey.plan("final", days=20)
    assert "Plus aucun tour ne s’ouvre ensuite" in pages.get("close_negotiation")
    pages.post("close_negotiation", data={"objectives": "", "clauses": "Pénalités plafonnées à 5 %", "details": ""})
    assert Invitation.objects.filter(period__lot=journey.lot, period__kind="final").count() == 3
    assert "La négociation est close" in pages.get("negotiation")


@pytest.mark.law("LR-17")
@pytest.mark.starts_at("tendered")
def test_no_elimination_unless_announced_and_ranked(branch):
    with branch() as journey:
        pages = Pages(journey)
        last = journey.firms[-1].party
        data = {f"leaves-{last.pk}": "on", f"reasons-{last.pk}": "Offre la moins bien classée."}
        assert "n’annonce pas d’élimination" in pages.get("eliminate")
        pages.post("eliminate", data=data | {"confirm": "1"}, status=422)
        assert not RoundElimination.objects.exists()
    with branch() as journey:
        call = Call.objects.get(pk=journey.call.pk)
        call.elimination_announced = True
        within_act(call.save, chain=call.chain, at=journey.now)
        journey.call = journey.lot.call = call
        bids = journey.bids("initial")
        journey.examine(bids)
        journey.score(bids, stage="initial")
        journey.rank("initial")
        pages = Pages(journey)
        assert "rang 3" in pages.get("eliminate")
        said = pages.confirm("eliminate", data=data)
        assert "Offre la moins bien classée." in said
        assert RoundElimination.objects.get().party == last


@pytest.mark.starts_at("selected")
def test_pages_cost_the_same_with_one_bid_and_three(branch):
    def cost(count):
        with branch() as journey:
            journey.hand_in_bids(firms=journey.firms[:count])
            pages = Pages(journey)
            found = [pages.queries(name) for name in ("negotiation", "meet", "scoring", "close_negotiation")]
            meetings = journey.meet_all()
            return [*found, pages.queries("negotiation"), pages.queries("meeting", meetings[0].pk)]

    assert cost(1) == cost(3)


@pytest.mark.starts_at("tendered")
def test_who_may_not_is_refused(journey, pages):
    journey.meet_all()
    meeting = NegotiationMeeting.objects.first()
    acts = [("negotiation", ()), ("meet", ()), ("meeting", (meeting.pk,)), ("eliminate", ()), ("close_negotiation", ())]
    for name, arguments in acts:
        assert pages.ask("get", pages.url(name, *arguments), journey.firms[0].actor).status_code == 404
        assert pages.ask("post", pages.url(name, *arguments), journey.firms[0].actor).status_code == 404
        assert pages.ask("post", pages.url(name, *arguments), journey.team.reader).status_code == 403
        assert pages.ask("post", pages.url(name, *arguments), journey.team.signatory).status_code == 403
    pages.post("eliminate", actor=journey.team.evaluator, status=403)
