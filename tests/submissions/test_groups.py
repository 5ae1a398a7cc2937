"""Who tenders is fixed between the deposit and the signature, unless the buyer lets it change (R2142-26, LR-50)."""

from datetime import date

import pytest
from django.core import mail
from django.urls import reverse

from marketplace.accounts.actors import Actor
from marketplace.journal import outbox
from marketplace.journal.errors import NotAllowed, Refusal
from marketplace.journal.models import Entry
from marketplace.journal.verify import verify
from procurement.calls.models import Call
from procurement.contracts.models import Contract
from procurement.law.findings import RuleViolation
from procurement.submissions import deposits
from procurement.submissions.groups import authorise_group_change
from procurement.submissions.models import GroupChange, Invitation, TenderingParty
from tests.contracts.walk import client_of, text_of
from tests.factories import MembershipFactory, OrganisationFactory, make, within_act
from tests.submissions.stage import Bidder, Stage

pytestmark = pytest.mark.law("LR-50")
ALLOWED = {
    "kind": "several_liability",
    "ground": "negotiation",
    "capacities_kept": True,
    "equality_kept": True,
    "evidence": "",
    "reasons": "La société entrante apporte le même laboratoire.",
}


@pytest.fixture
def leaving(db):
    return make(OrganisationFactory, name="Partante")


@pytest.fixture
def entering(db):
    return make(OrganisationFactory, name="Entrante", identifier="999430010")


@pytest.fixture
def group(stage, leaving) -> Bidder:
    """A group that has handed in."""
    lead = make(OrganisationFactory, name="Mandataire")
    actor = Actor.of(make(MembershipFactory, organisation=lead))
    party = deposits.form_party(
        lot=stage.period.lot, lead=lead, actor=actor, now=stage.now, kind="joint_and_several",
        shares={lead: 6000, leaving: 4000},
    )  # fmt: skip
    within_act(lambda: Invitation(party=party, period=stage.period, invited_at=stage.now).save())
    bidder = Bidder(lead, actor, party)
    stage.submit(bidder)
    launched(stage, date(2026, 1, 5))
    return bidder


def launched(stage: Stage, on: date) -> None:
    def write() -> None:
        call = Call.objects.get(pk=stage.call.pk)
        call.launch_date = on
        call.save()

    within_act(write, chain=stage.call.chain, at=stage.now)


def opened(stage: Stage) -> None:
    stage.close()
    stage.open("technical")


def change(stage: Stage, bidder: Bidder, shares: dict, **fields) -> GroupChange:
    party = TenderingParty.objects.select_related("lot__call", "lead").get(pk=bidder.party.pk)
    known = {**ALLOWED, "actor": stage.team.signatory, "now": stage.now}
    return authorise_group_change(party=party, shares=shares, **{**known, **fields})


def members(bidder: Bidder) -> dict[str, int]:
    return {row.organisation.name: row.share for row in bidder.party.members.select_related("organisation")}


def test_the_buyer_lets_a_member_go_and_another_come(stage, group, entering):
    opened(stage)
    found = change(stage, group, {group.organisation: 7000, entering: 3000})
    assert members(group) == {"Mandataire": 7000, "Entrante": 3000}
    assert TenderingParty.objects.get(pk=group.party.pk).kind == "several_liability"
    assert {one["name"] for one in found.before} == {"Mandataire", "Partante"}
    assert {one["name"]: one["share"] for one in found.after} == {"Mandataire": 7000, "Entrante": 3000}
    assert Entry.objects.get(act="party.changed").data["ground"] == "negotiation"
    outbox.drain()
    [told] = [one for one in mail.outbox if "Composition" in one.subject]
    assert "Entrante" not in told.body
    assert verify().faults == []
    with pytest.raises(Refusal, match="déjà celle-ci"):
        change(stage, group, {group.organisation: 7000, entering: 3000})


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"capacities_kept": False}, "capacités"),
        ({"equality_kept": False}, "égalité"),
        ({"reasons": " "}, "motivée"),
        ({"ground": "liquidation"}, "preuve"),
    ],
)
def test_it_takes_checks_reasons_and_proof(stage, group, entering, fields, said):
    opened(stage)
    with pytest.raises(RuleViolation, match=said):
        change(stage, group, {group.organisation: 7000, entering: 3000}, **fields)
    assert members(group) == {"Mandataire": 6000, "Partante": 4000}
    assert Entry.objects.filter(act="party.change.refused").exists()


def test_the_lead_stays_and_shares_add_up(stage, group, leaving, entering):
    opened(stage)
    with pytest.raises(RuleViolation, match="mandataire"):
        change(stage, group, {leaving: 5000, entering: 5000})
    with pytest.raises(Refusal, match="100"):
        change(stage, group, {group.organisation: 7000, entering: 2000})
    with pytest.raises(Refusal, match="deux membres"):
        change(stage, group, {group.organisation: 10_000})
    assert change(stage, group, {group.organisation: 10_000}, kind="single").kind_after == "single"


def test_calls_launched_before_2025_need_a_ground_of_the_older_text(stage, group, entering):
    opened(stage)
    launched(stage, date(2024, 12, 31))
    shares = {group.organisation: 7000, entering: 3000}
    with pytest.raises(RuleViolation, match="2025"):
        change(stage, group, shares)
    assert change(stage, group, shares, ground="liquidation", evidence="Jugement du 3 mai 2024").pk


@pytest.mark.parametrize(("on", "allowed"), [(date(2024, 12, 31), False), (date(2025, 1, 1), True)])
def test_where_one_negotiates_a_group_may_change_from_the_first_day_of_2025(stage, group, entering, on, allowed):
    opened(stage)
    launched(stage, on)
    shares = {group.organisation: 7000, entering: 3000}
    if allowed:
        assert change(stage, group, shares).ground == "negotiation"
    else:
        with pytest.raises(RuleViolation) as refused:
            change(stage, group, shares)
        assert refused.value.rules == ["LR-50"]
        assert members(group) == {"Mandataire": 6000, "Partante": 4000}


def test_a_firm_alone_becomes_a_group_only_where_one_negotiates(stage, group, entering):
    alone = stage.bidder("Seule")
    stage.submit(alone)
    opened(stage)
    shares = {alone.organisation: 7000, entering: 3000}
    with pytest.raises(RuleViolation, match="seule"):
        change(stage, alone, shares, ground="restructuring", evidence="Traité de fusion")
    assert change(stage, alone, shares).kind_before == "single"


def test_nobody_knows_of_a_group_before_the_opening(stage, group, entering):
    shares = {group.organisation: 7000, entering: 3000}
    with pytest.raises(Refusal, match="ne vous concerne pas"):
        change(stage, group, shares)
    address = reverse("submissions:change_group", args=[stage.call.reference, group.party.pk])
    assert client_of(stage.team.signatory).get(address).status_code == 404
    with pytest.raises(NotAllowed):
        change(stage, group, shares, actor=stage.team.author)
    with pytest.raises(NotAllowed):
        change(stage, group, shares, actor=group.actor)


def test_a_signed_holder_stays_as_it_is(stage, group, entering):
    opened(stage)

    def sign() -> None:
        Contract(
            lot=stage.period.lot, party=group.party, number="C-1", rank=1, prepared_at=stage.now, signed_at=stage.now
        ).save()

    within_act(sign, chain=stage.call.chain, at=stage.now)
    with pytest.raises(Refusal, match="est signé"):
        change(stage, group, {group.organisation: 7000, entering: 3000})
    assert members(group) == {"Mandataire": 6000, "Partante": 4000}


def test_the_page_keeps_what_was_typed_and_shows_what_was_accepted(stage, group, entering):
    opened(stage)
    address = reverse("submissions:change_group", args=[stage.call.reference, group.party.pk])
    signatory = client_of(stage.team.signatory)
    assert client_of(stage.team.author).get(address).status_code == 403
    assert "Partante" not in text_of(signatory.get(address))
    typed = {
        **ALLOWED,
        "capacities_kept": "on",
        "equality_kept": "",
        "members-TOTAL_FORMS": "1",
        "members-INITIAL_FORMS": "0",
        "members-0-identifier": entering.identifier,
        "members-0-share": "30",
    }
    refused = signatory.post(address, typed)
    assert refused.status_code == 422
    assert ALLOWED["reasons"] in text_of(refused)
    assert entering.identifier in text_of(refused)
    assert signatory.post(address, {**typed, "equality_kept": "on"}).status_code == 302
    assert members(group) == {"Mandataire": 7000, "Entrante": 3000}
    shown = text_of(signatory.get(address))
    assert "Changements acceptés" in shown
    assert "Partante" in shown


@pytest.mark.law("LR-51")
@pytest.mark.parametrize("forbidden", [True, False])
def test_a_firm_of_another_bid_comes_in_only_where_the_documents_let_it(stage, group, forbidden):
    alone = stage.bidder("Seule")
    stage.submit(alone)
    opened(stage)

    def announce() -> None:
        call = Call.objects.get(pk=stage.call.pk)
        call.several_bids_forbidden = forbidden
        call.save()

    within_act(announce, chain=stage.call.chain, at=stage.now)
    shares = {group.organisation: 7000, alone.organisation: 3000}
    if not forbidden:
        assert change(stage, group, shares).pk
        return
    with pytest.raises(RuleViolation, match="Seule") as refused:
        change(stage, group, shares)
    assert refused.value.rules == ["LR-51"]
    assert members(group) == {"Mandataire": 6000, "Partante": 4000}
