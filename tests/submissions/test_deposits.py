"""Filling a deposit: who may, within which limits, and what a last reading tells."""

import io
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command

from marketplace.accounts.actors import Actor
from marketplace.journal.errors import NotAllowed, Refusal
from marketplace.journal.models import Entry
from procurement.calls.models import Call
from procurement.calls.services.timeline import record
from procurement.law.findings import RuleViolation
from procurement.submissions import deposits, seal
from procurement.submissions.deposits import part_store
from procurement.submissions.draft_box import read_draft
from procurement.submissions.models import Deposit, DepositFile, Invitation, PartyMember, Submission
from procurement.submissions.reading import opened_answers
from tests.factories import MembershipFactory, OrganisationFactory, make, within_act
from tests.submissions.stage import PDF, make_stage


def begin(stage, bidder):
    return deposits.open_deposit(period=stage.period, party=bidder.party, actor=bidder.actor, now=stage.now)


def add(stage, deposit, bidder, **fields):
    given = {"envelope": "technical", "name": "note.pdf", "content": io.BytesIO(PDF)} | fields
    return deposits.add_file(deposit=deposit, actor=bidder.actor, now=stage.now, **given)


def sealed_paths():
    return sorted(part_store().root.rglob("*.age"))


def test_a_second_click_gives_back_the_deposit_under_way(stage):
    bidder = stage.bidder()
    assert begin(stage, bidder) == begin(stage, bidder)


def test_filling_a_deposit_leaves_no_entry(stage):
    """The journal must not tell how many bidders are at work."""
    bidder = stage.bidder()
    before = Entry.objects.count()
    deposit = stage.deposit(bidder)
    stage.assemble(deposit, bidder)
    assert Entry.objects.count() == before


@pytest.mark.law("LR-111")
def test_only_invited_candidates_tender(stage):
    bidder = stage.bidder()
    within_act(lambda: Invitation.objects.get(party=bidder.party).delete(), chain=stage.call.chain)
    with pytest.raises(Refusal, match="candidats invités"):
        begin(stage, bidder)


@pytest.mark.law("LR-50")
def test_a_group_has_a_lead_that_acts_for_all(stage):
    lead, partner = make(OrganisationFactory, name="Mandataire"), make(OrganisationFactory, name="Cotraitante")
    acting, other = (Actor.of(make(MembershipFactory, organisation=firm)) for firm in (lead, partner))
    common = {"lot": stage.period.lot, "lead": lead, "actor": acting, "now": stage.now, "kind": "joint_and_several"}
    with pytest.raises(Refusal, match="100 %"):
        deposits.form_party(**common, shares={lead: 6000, partner: 3000})
    with pytest.raises(Refusal, match="deux membres"):
        deposits.form_party(**common)
    party = deposits.form_party(**common, shares={lead: 6000, partner: 4000})
    assert PartyMember.objects.filter(party=party).count() == 2
    with pytest.raises(Refusal, match="déjà candidate"):
        deposits.form_party(**common, shares={lead: 6000, partner: 4000})
    with pytest.raises(NotAllowed, match="mandataire"):
        deposits.open_deposit(period=stage.period, party=party, actor=other, now=stage.now)


def test_the_buyer_does_not_answer_its_own_call(stage):
    with pytest.raises(NotAllowed, match="son propre appel"):
        deposits.form_party(lot=stage.period.lot, lead=stage.team.buyer, actor=stage.team.author, now=stage.now)


def test_there_is_one_address_to_deposit_at(stage):
    bidder = stage.bidder()

    def moved() -> None:
        call = Call.objects.get(pk=stage.call.pk)
        call.deposit_at = "https://place.example/consultation/1"
        call.save()

    within_act(moved, chain=stage.call.chain)
    stage.period.lot.call.refresh_from_db()
    with pytest.raises(Refusal, match=r"place\.example"):
        begin(stage, bidder)


@pytest.mark.law("LR-86")
def test_nothing_is_deposited_once_the_lot_is_ended(stage):
    bidder = stage.bidder()
    deposit = stage.deposit(bidder)
    within_act(lambda: record(stage.period.lot, "cancelled_at", stage.now), chain=stage.call.chain)
    with pytest.raises(RuleViolation, match="mis fin à cette procédure") as refused:
        stage.assemble(deposit, bidder)
    assert refused.value.rules == ["LR-86"]
    with pytest.raises(RuleViolation) as refused:
        begin(stage, bidder)
    assert refused.value.rules == ["LR-86"]


def test_nothing_is_deposited_before_the_opening_of_the_period(stage):
    bidder = stage.bidder()
    with pytest.raises(Refusal, match="pas encore ouverte"):
        deposits.open_deposit(
            period=stage.period, party=bidder.party, actor=bidder.actor, now=stage.now - timedelta(seconds=1)
        )


def test_labels_are_those_of_the_call(stage):
    bidder = stage.bidder()
    deposit = begin(stage, bidder)
    with pytest.raises(Refusal, match="pas attendue"):
        add(stage, deposit, bidder, label="Ma pièce")
    with pytest.raises(Refusal, match="n’attend pas ce pli"):
        add(stage, deposit, bidder, envelope="candidature")


@pytest.mark.law("LR-58")
def test_the_whole_has_a_limit_too(db, moving_clock):
    stage = make_stage(moving_clock, bytes_in_all=len(PDF) + 10, files_max=2)
    bidder = stage.bidder()
    deposit = begin(stage, bidder)
    add(stage, deposit, bidder)
    with pytest.raises(Refusal, match="en tout"):
        add(stage, deposit, bidder)
    add(stage, deposit, bidder, content=io.BytesIO(b"%PDF-1.7\n"))
    with pytest.raises(Refusal, match="2 fichiers"):
        add(stage, deposit, bidder, content=io.BytesIO(b"%PDF-1.7\n"))
    assert len(sealed_paths()) == 2


def test_the_folders_of_a_name_are_dropped(stage):
    bidder = stage.bidder()
    deposit = begin(stage, bidder)
    file = add(stage, deposit, bidder, name=r"C:\Users\moi\..\note.pdf")
    draft = read_draft(Deposit.objects.get(pk=deposit.pk))
    assert draft["files"][str(file.pk)]["name"] == "note.pdf"


def test_a_removed_file_is_gone_from_disk_and_draft(stage):
    bidder = stage.bidder()
    deposit = begin(stage, bidder)
    file = add(stage, deposit, bidder)
    assert len(sealed_paths()) == 1
    deposits.remove_file(deposit=deposit, file=file, actor=bidder.actor, now=stage.now)
    assert sealed_paths() == []
    assert read_draft(Deposit.objects.get(pk=deposit.pk))["files"] == {}


def test_a_dropped_deposit_leaves_nothing_and_another_may_begin(stage):
    bidder = stage.bidder()
    deposit = stage.deposit(bidder)
    deposits.drop_deposit(deposit=deposit, actor=bidder.actor, now=stage.now)
    assert sealed_paths() == []
    assert Deposit.objects.get(pk=deposit.pk).draft_key is None
    assert begin(stage, bidder).version == 2
    with pytest.raises(Refusal, match="abandonné"):
        seal.seal(deposit=deposit, root="0" * 64, idempotency_key="a", actor=bidder.actor, now=stage.now)


def test_drafts_are_forgotten_thirty_days_after_the_deadline(stage):
    sealed = stage.submit(stage.bidder("Scellée")).submission
    draft = stage.deposit(stage.bidder("Oublieuse"))
    stage.clock.advance_to(stage.deadline + timedelta(days=30))
    assert deposits.drop_stale_deposits(now=stage.now) == 0
    stage.clock.advance(timedelta(seconds=1))
    out = StringIO()
    call_command("tend_submissions", stdout=out)
    assert "1 brouillons effacés" in out.getvalue()
    assert Deposit.objects.get(pk=draft.pk).draft_key is None
    assert Submission.objects.get() == sealed


def test_the_last_reading_names_the_file_that_is_not_sound_any_more(stage):
    bidder = stage.bidder()
    deposit = begin(stage, bidder)
    for envelope in ("technical", "price"):
        add(stage, deposit, bidder, envelope=envelope, name=f"{envelope}.pdf")
    file = DepositFile.objects.get(deposit=deposit, envelope="price")
    path = part_store().path(str(deposit.pk), str(file.pk), 1)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(Refusal, match=r"price\.pdf"):
        stage.assemble(deposit, bidder)


def test_the_last_reading_tells_what_is_missing_and_gives_the_annex(stage):
    bidder = stage.bidder()
    deposit = begin(stage, bidder)
    for envelope in ("technical", "price"):
        add(stage, deposit, bidder, envelope=envelope, label="Mémoire technique" if envelope == "technical" else "")
    assembly = stage.assemble(deposit, bidder)
    assert assembly.missing == ("Annexe financière",)
    names = [file["name"] for envelope in assembly.annex["plis"] for file in envelope["fichiers"]]
    assert names == ["note.pdf", "note.pdf"]


def test_reading_again_leaves_no_orphan(stage):
    bidder = stage.bidder()
    deposit = stage.deposit(bidder)
    stage.assemble(deposit, bidder)
    held = len(sealed_paths())
    stage.assemble(deposit, bidder)
    assert len(sealed_paths()) == held == 6


def test_one_step_holds_three_envelopes(db, moving_clock):
    stage = make_stage(moving_clock, kind="single_step")
    submission = stage.submit().submission
    stage.close()
    for name in ("candidature", "technical"):
        stage.open(name)
        assert opened_answers(submission, name)["montant_ht"] == "198000.00"
    # The room above holds the prices until the technique is scored.
    with pytest.raises(Refusal, match="notation technique"):
        stage.open("price")


@pytest.mark.parametrize("name", ["", "long" * 60 + ".pdf", "deux\r\nlignes.pdf", "nul\x00.pdf"])
def test_a_name_that_no_page_could_give_back_is_refused_at_once(stage, name):
    bidder = stage.bidder()
    deposit = stage.deposit(bidder)
    with pytest.raises(Refusal, match="nom de 200 signes"):
        deposits.add_file(
            deposit=deposit, envelope="technical", name=name, content=io.BytesIO(PDF), actor=bidder.actor, now=stage.now
        )


@pytest.mark.parametrize("text", ["avant\x00après", "seul \ud800"])
def test_answers_that_no_database_keeps_are_refused_while_they_can_be_mended(stage, text):
    bidder = stage.bidder()
    deposit = stage.deposit(bidder)
    with pytest.raises(Refusal, match="signe illisible"):
        deposits.save_answers(
            deposit=deposit, envelope="technical", answers={"methode": text}, actor=bidder.actor, now=stage.now
        )


def test_an_emoji_is_a_sign_like_another(stage):
    bidder = stage.bidder()
    deposits.save_answers(
        deposit=stage.deposit(bidder), envelope="technical", answers={"methode": "Essai 🚌"}, actor=bidder.actor,
        now=stage.now,
    )  # fmt: skip
