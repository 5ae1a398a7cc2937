"""The firms that a lead names in its group say whether they take part: a refusal holds the seal, silence never."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core import mail
from django.urls import reverse

from marketplace.accounts.actors import Actor
from marketplace.journal import outbox
from marketplace.journal.errors import NotAllowed, Refusal
from marketplace.journal.models import Entry
from marketplace.journal.verify import verify
from procurement.desk.companies import todos
from procurement.law.findings import RuleViolation
from procurement.submissions import consents, deposits, groups, seal
from procurement.submissions.decisions import withdraw
from procurement.submissions.models import ConsentRequest, GroupConsent, Invitation, TenderingParty
from tests.contracts.walk import client_of, text_of
from tests.factories import MembershipFactory, OrganisationFactory, make, within_act
from tests.submissions.stage import Bidder

pytestmark = pytest.mark.law("LR-50")


@pytest.fixture
def member(db) -> Actor:
    """Somebody of a firm that is named in a group."""
    return Actor.of(make(MembershipFactory, organisation=make(OrganisationFactory, name="Nommée")))


@pytest.fixture
def silent(db):
    """A firm known to the site, of which nobody has an account."""
    return make(OrganisationFactory, name="Absente")


@pytest.fixture
def group(stage, member, silent) -> Bidder:
    lead = make(OrganisationFactory, name="Mandataire")
    actor = Actor.of(make(MembershipFactory, organisation=lead))
    party = deposits.form_party(
        lot=stage.period.lot, lead=lead, actor=actor, now=stage.now, kind="joint_and_several",
        shares={lead: 5000, member.membership().organisation: 3000, silent: 2000},
    )  # fmt: skip
    within_act(lambda: Invitation(party=party, period=stage.period, invited_at=stage.now).save())
    return Bidder(lead, actor, party)


def asked(member: Actor) -> ConsentRequest:
    return ConsentRequest.objects.visible_to(member).standing().get()


def say(stage, member: Actor, *, is_given: bool) -> GroupConsent:
    stage.clock.advance(timedelta(seconds=1))
    return consents.answer(request=asked(member), is_given=is_given, actor=member, now=stage.now)


def states(bidder: Bidder) -> dict[str, str]:
    party = TenderingParty.objects.get(pk=bidder.party.pk)
    return {one.row.organisation.name: one.state for one in consents.members_of(party)}


def mails_told(subject: str) -> list[str]:
    outbox.drain()
    return [one.body for one in mail.outbox if subject in one.subject]


def test_who_has_an_account_is_asked_and_the_lead_sees_who_answered(stage, group, member):
    assert states(group) == {"Mandataire": "lead", "Absente": "no_account", "Nommée": "waiting"}
    [told] = mails_told("Un groupement vous nomme")
    assert "Mandataire prépare une réponse" in told
    assert "groupement solidaire, pour 30\xa0% du contrat" in told
    page = reverse("submissions:consent", args=[asked(member).pk])
    assert page in told
    client = client_of(member)
    assert page in client.get(reverse("desk:company_home")).content.decode()
    assert page in client.get(reverse("submissions:replies")).content.decode()
    shown = text_of(client.get(page))
    for words in ("Mandataire", "Absente", "30 %", "vous vous engagez sur tout le contrat"):
        assert words in shown.replace("\xa0", " "), words
    assert client.post(page, {}).status_code == 422
    assert client.post(page, {"answer": "accept"}).status_code == 302
    assert "Votre entreprise accepte." in text_of(client.get(page))
    assert "déjà répondu" in text_of(client.post(page, {"answer": "accept"}))
    assert states(group)["Nommée"] == "given"
    assert not [one for one in todos(member, member.membership().organisation, stage.now) if page in one.href]
    draft = stage.deposit(group)
    lead = client_of(group.actor)
    for name in ("tasks", "review"):
        listed = text_of(lead.get(reverse(f"submissions:{name}", args=[draft.pk])))
        assert "Accepte" in listed, name
        assert "Sans compte" in listed, name
    assert verify().faults == []


def test_nobody_else_learns_of_it(stage, group, member):
    """Neither a rival, nor the buyer, nor the lead answers or reads; the chain of the call learns nothing (B.9)."""
    rival = stage.bidder("Rivale")
    request = asked(member)
    page = reverse("submissions:consent", args=[request.pk])
    for actor in (rival.actor, group.actor, stage.team.validator):
        assert client_of(actor).get(page).status_code == 404
        with pytest.raises(NotAllowed):
            consents.answer(request=request, is_given=True, actor=actor, now=stage.now)
    assert client_of(member).get(reverse("submissions:consent", args=[uuid4()])).status_code == 404
    before = Entry.objects.filter(chain__key=stage.call.chain).count()
    say(stage, member, is_given=False)
    say(stage, member, is_given=True)
    assert Entry.objects.filter(chain__key=stage.call.chain).count() == before
    entries = Entry.objects.filter(act__startswith="consent.")
    assert {one.chain.key for one in entries} == {"site"}
    assert {one.subject for one in entries} == {str(request.pk)}


def test_silence_holds_nothing_and_a_refusal_holds_the_seal(stage, group, member):
    draft = stage.deposit(group)
    root = stage.assemble(draft, group).root
    say(stage, member, is_given=False)
    [told] = mails_told("Un membre refuse")
    assert "Nommée refuse sa part" in told
    handed_in = {"deposit": draft, "root": root, "idempotency_key": "a", "actor": group.actor}
    with pytest.raises(RuleViolation, match="au nom d’une entreprise qui refuse") as refused:
        seal.seal(**handed_in, now=stage.now)
    assert refused.value.rules == ["LR-50"]
    with pytest.raises(RuleViolation, match="Nommée"):
        stage.assemble(draft, group)
    shown = text_of(client_of(group.actor).get(reverse("submissions:review", args=[draft.pk])))
    assert "Un membre refuse : rien ne se dépose" in shown.replace("\xa0", " ")
    listed = text_of(client_of(group.actor).get(reverse("submissions:tasks", args=[draft.pk])))
    assert "Un membre refuse" in listed
    # The firm changes its mind; the other one never answers.
    say(stage, member, is_given=True)
    assert seal.seal(**handed_in, now=stage.now).submission
    with pytest.raises(Refusal, match="R2142-26"):
        say(stage, member, is_given=False)
    assert verify().faults == []


def test_a_refusal_after_the_seal_changes_nothing_of_it(stage, group, member):
    draft = stage.deposit(group)
    root = stage.assemble(draft, group).root
    handed_in = {"deposit": draft, "root": root, "idempotency_key": "a", "actor": group.actor}
    receipt = seal.seal(**handed_in, now=stage.now).receipt
    say(stage, member, is_given=False)
    assert seal.seal(**handed_in, now=stage.now).receipt == receipt


def test_the_lead_changes_its_group_until_it_hands_in_and_everybody_is_asked_again(stage, group, member, silent):
    named = member.membership().organisation
    draft = stage.deposit(group)
    former = asked(member)
    say(stage, member, is_given=True)
    page = reverse("submissions:reform_group", args=[draft.pk])
    lead = client_of(group.actor)
    typed = {
        "kind": "several_liability", "members-TOTAL_FORMS": "1", "members-INITIAL_FORMS": "0",
        "members-0-identifier": named.identifier, "members-0-share": "45",
    }  # fmt: skip
    assert named.identifier in lead.get(page).content.decode()
    assert "members-1-identifier" in lead.post(page, {**typed, "add": "members"}).content.decode()
    assert states(group)["Nommée"] == "given"
    assert lead.post(page, typed).status_code == 302
    assert states(group) == {"Mandataire": "lead", "Nommée": "waiting"}
    assert (asked(member).share, asked(member).kind) == (4500, "several_liability")
    assert len(mails_told("Un groupement vous nomme")) == 2
    with pytest.raises(Refusal, match="a changé"):
        consents.answer(request=former, is_given=False, actor=member, now=stage.now)
    old = client_of(member).get(reverse("submissions:consent", args=[former.pk]))
    assert "a changé depuis cette demande" in text_of(old)
    assert "déjà celle-ci" in text_of(lead.post(page, typed))
    common = {"party": group.party, "actor": group.actor, "now": stage.now}
    with pytest.raises(NotAllowed):
        groups.reform_party(**{**common, "actor": member}, kind="single", shares=None)
    with pytest.raises(Refusal, match="100"):
        groups.reform_party(**common, kind="several_liability", shares={named: 10_000})
    submission = stage.seal(draft, group).submission
    with pytest.raises(Refusal, match="ne change plus"):
        groups.reform_party(**common, kind="single", shares=None)
    withdraw(submission=submission, actor=group.actor, now=stage.now)
    groups.reform_party(**common, kind="single", shares=None)
    assert states(group) == {}
    assert not ConsentRequest.objects.visible_to(member).standing().exists()
    assert verify().faults == []


def test_a_change_that_the_buyer_allows_asks_again_too(stage, group, member):
    stage.submit(group)
    say(stage, member, is_given=True)
    stage.close()
    stage.open("technical")
    party = TenderingParty.objects.select_related("lot__call", "lead").get(pk=group.party.pk)
    groups.authorise_group_change(
        party=party, kind="several_liability", ground="restructuring", capacities_kept=True, equality_kept=True,
        shares={group.organisation: 6000, member.membership().organisation: 4000}, evidence="Traité", reasons="Fusion.",
        actor=stage.team.signatory, now=stage.now,
    )  # fmt: skip
    assert states(group) == {"Mandataire": "lead", "Nommée": "waiting"}
    assert asked(member).round == 2


def test_a_firm_without_account_finds_the_question_the_day_it_signs_up(stage, group, silent):
    later = Actor.of(make(MembershipFactory, organisation=silent))
    assert states(group)["Absente"] == "waiting"
    say(stage, later, is_given=True)
    assert states(group)["Absente"] == "given"


def test_a_group_older_than_the_question_is_said_not_asked(stage, group, member):
    def forget() -> None:
        for one in ConsentRequest.objects.filter(party=group.party):
            one.delete()

    within_act(forget, chain=stage.call.chain, at=stage.now)
    assert states(group)["Nommée"] == "unasked"
