"""Backup copies: entered as they come, opened by two in the two cases of the law, else destroyed (LR-55)."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from marketplace.accounts.models import User
from marketplace.files import scanning
from marketplace.files.models import GeneratedDocument, StoredFile
from marketplace.files.scanning import Scan
from marketplace.files.services import stage as stage_file
from marketplace.journal import clock, outbox
from marketplace.journal.errors import NotAllowed, Refusal
from marketplace.journal.models import Entry
from marketplace.journal.verify import verify
from procurement.law.calendar import in_paris
from procurement.law.findings import RuleViolation
from procurement.submissions import backup_copies as copies
from procurement.submissions import opening
from procurement.submissions.models import BackupCopy, CopyFile, CopyOpening, OpenedFile, OpeningResult, Submission
from tests.contracts.walk import client_of, text_of
from tests.files.antivirus import standing_in
from tests.submissions.browsing import publish
from tests.submissions.stage import PDF

pytestmark = pytest.mark.law("LR-55")
CLEAN, INFECTED = Scan(StoredFile.ScanVerdict.CLEAN), Scan(StoredFile.ScanVerdict.INFECTED, "Win.Test")
WHY = "Le fichier principal ne s’ouvre pas."


def record(stage, *, at=None, **fields) -> BackupCopy:
    """A copy that arrived an hour before the deadline."""
    known = {"medium": "paper", "is_marked": True, "place": "Coffre du service", "actor": stage.team.author, **fields}
    return copies.record_copy(
        period=stage.period, received_at=at or stage.deadline - timedelta(hours=1), now=stage.now, **known
    )


def arrived(stage, **fields) -> BackupCopy:
    """The same, entered after the deadline."""
    stage.close()
    return record(stage, **fields)


def name(stage, copy, bidder=None, **fields) -> BackupCopy:
    given = {"party": bidder and bidder.party, "name": "", "siren": "", **fields}
    return copies.name_sender(copy=copy, actor=stage.team.author, now=stage.now, **given)


def propose(stage, copy, ground, *, actor=None) -> CopyOpening:
    return copies.propose_opening(
        copy=copy, ground=ground, reasons=WHY, actor=actor or stage.team.validator, now=stage.now
    )


def opened(stage, copy, ground) -> BackupCopy:
    found = copies.confirm_opening(opening=propose(stage, copy, ground), actor=stage.team.signatory, now=stage.now)
    return found.copy


def bring(stage, copy, *, envelope="technical", scanned=CLEAN, content=b"copie", **fields) -> CopyFile:
    return copies.record_content(
        copy=copy, envelope=stage.envelope(envelope), file=stage_file(PDF + content, name="memoire.pdf"),
        scanned=scanned, label="Mémoire technique", actor=stage.team.author, now=stage.now, **fields,
    )  # fmt: skip


@pytest.fixture
def infected(stage, settings):
    """A bid of which the antivirus isolated a file, another one without harm; both opened."""
    bidder = stage.submit_malware()
    with standing_in("stand-in") as path:
        settings.CLAMD_SOCKET = path
        stage.open("technical")
    return bidder


def late_bid(stage, *, begun_in_time=True):
    """A bid sealed a second after the deadline, begun before it or not; the others are opened."""
    stage.submit(stage.bidder("Cap Mobile"))
    bidder = stage.bidder("Retardée")
    if not begun_in_time:
        stage.clock.advance_to(stage.deadline + timedelta(seconds=1))
    deposit = stage.deposit(bidder)
    stage.clock.advance_to(stage.deadline + timedelta(seconds=2))
    stage.seal(deposit, bidder)
    stage.close()
    stage.open("technical")
    return bidder


def test_an_arrival_is_entered_before_the_opening_and_says_nothing_of_its_sender(stage):
    copy = record(stage, at=stage.now)
    assert (copy.number, copy.sender, copy.party_id) == (1, "", None)
    assert record(stage, at=stage.now, medium="physical").number == 2
    with pytest.raises(Refusal, match="encore scellés"):
        name(stage, copy, stage.bidder("Tramélys"))
    with pytest.raises(Refusal, match="encore scellés"):
        propose(stage, copy, "malware")
    with pytest.raises(RuleViolation, match="peut encore servir"):
        copies.destroy_copy(copy=copy, how="Broyage", actor=stage.team.validator, now=stage.now)
    assert not copies.senders(stage.period).exists()
    with pytest.raises(Refusal, match="à venir"):
        record(stage)
    with pytest.raises(NotAllowed):
        record(stage, at=stage.now, actor=stage.team.custodians[0])
    assert verify().faults == []


def test_malware_opens_the_copy_by_two_and_its_files_join_the_others(stage, infected):
    copy = name(stage, arrived(stage), infected)
    assert opened(stage, copy, "malware").is_opened
    bring(stage, copy)
    joined = OpenedFile.objects.get(copy=copy)
    assert joined.result.submission.party == infected.party
    assert joined.result.answers["montant_ht"] == "198000.00"
    assert (joined.label, joined.stored_file.read()) == ("Mémoire technique", PDF + b"copie")
    with pytest.raises(RuleViolation, match="conservée"):
        copies.destroy_copy(copy=copy, how="Broyage", actor=stage.team.validator, now=stage.now)
    assert Entry.objects.get(act="backup.opened").data["ground"] == "malware"
    assert verify().faults == []


def test_one_person_alone_opens_nothing(stage, infected):
    copy = name(stage, arrived(stage), infected)
    proposed = propose(stage, copy, "malware")
    with pytest.raises(RuleViolation, match="Une seule personne"):
        copies.confirm_opening(opening=proposed, actor=stage.team.validator, now=stage.now)
    assert not copies._current(copy).is_opened
    assert Entry.objects.filter(act="backup.confirm_opening.refused").exists()
    with pytest.raises(Refusal, match="n’est pas ouverte"):
        bring(stage, copy)
    with pytest.raises(Refusal, match="ne change plus"):
        name(stage, copy, infected)


def test_an_opening_that_nobody_confirms_is_given_up_and_the_copy_may_be_destroyed(stage, infected):
    copy = name(stage, arrived(stage), infected)
    propose(stage, copy, "malware")
    with pytest.raises(RuleViolation, match="proposée"):
        copies.destroy_copy(copy=copy, how="Broyage", actor=stage.team.validator, now=stage.now)
    assert visit(stage, "post", "open_copy", copy.pk, data={"drop": "1"}).status_code == 302
    assert not CopyOpening.objects.exists()
    assert Entry.objects.filter(act="backup.opening_dropped").exists()
    assert copies.destroy_copy(copy=copy, how="Broyage", actor=stage.team.validator, now=stage.now).destroyed_at
    assert verify().faults == []


def test_outside_of_the_two_cases_it_stays_closed(stage, infected):
    sound = stage.bidders[1]
    copy = name(stage, arrived(stage), sound)
    for ground, said in [("malware", "Aucun programme"), ("late", "pas arrivé en retard"), ("incomplete", "entier")]:
        with pytest.raises(RuleViolation, match=said) as refused:
            propose(stage, copy, ground)
        assert refused.value.rules == ["LR-55"]
    stranger = name(stage, arrived(stage), name="Inconnue", siren="552 100 554")
    assert stranger.sender_siren == "552100554"
    with pytest.raises(RuleViolation, match="pas commencé"):
        propose(stage, stranger, "incomplete")
    assert Entry.objects.filter(act="backup.propose_opening.refused").count() == 4


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"at": timedelta(microseconds=1)}, "après l’heure limite"),
        ({"is_marked": False}, "ne porte pas"),
        ({"medium": "electronic"}, "n’admettent pas"),
    ],
)
def test_a_copy_late_unmarked_or_on_a_medium_not_announced_is_not_opened(stage, infected, fields, said):
    given = {**fields, **({"at": stage.deadline + fields["at"]} if "at" in fields else {})}
    copy = name(stage, arrived(stage, **given), infected)
    with pytest.raises(RuleViolation, match=said):
        propose(stage, copy, "malware")


def test_a_copy_stands_for_a_bid_that_came_late_but_began_in_time(stage):
    bidder = late_bid(stage)
    late = Submission.objects.get(party=bidder.party)
    assert late not in Submission.objects.to_open(stage.period)
    copy = opened(stage, name(stage, record(stage), bidder), "late")
    bring(stage, copy)
    result = OpeningResult.objects.get(submission=late)
    assert (result.status, result.copy, result.session) == ("opened", copy, None)
    assert late in Submission.objects.to_open(stage.period)
    # The electronic envelopes themselves stay sealed.
    assert opening.to_open(stage.envelope("technical")) == []
    assert late not in opening.to_open(stage.envelope("price"))
    prices = {"phases": [], "acquisition": {}, "vat_rate": 2000}
    assert copies.lacks_prices(copy, stage.envelope("price"))
    bring(stage, copy, envelope="price", answers=prices)
    assert OpeningResult.objects.get(submission=late, envelope__name="price").answers == prices
    assert not copies.lacks_prices(copy, stage.envelope("price"))
    assert verify().faults == []


def test_a_bid_begun_after_the_deadline_has_no_copy_to_open(stage):
    bidder = late_bid(stage, begun_in_time=False)
    copy = name(stage, record(stage), bidder)
    with pytest.raises(RuleViolation, match="pas commencé"):
        propose(stage, copy, "late")


def test_a_deposit_left_unfinished_has_its_copy_kept_as_evidence(stage):
    bidder = stage.bidder("Inachevée")
    stage.deposit(bidder)
    stage.submit(stage.bidder("Cap Mobile"))
    stage.close()
    stage.open("technical")
    copy = opened(stage, name(stage, record(stage), bidder), "incomplete")
    row = bring(stage, copy)
    assert row.stored_file.read() == PDF + b"copie"
    assert not OpenedFile.objects.filter(copy=copy).exists()
    link = reverse("files:download", args=[row.stored_file_id])
    assert client_of(stage.team.validator).get(link).status_code == 200
    assert client_of(bidder.actor).get(link).status_code in {403, 404}


def test_an_infected_copy_is_discarded_with_its_trace_then_destroyed_under_certificate(stage, infected):
    copy = opened(stage, name(stage, arrived(stage), infected), "malware")
    bring(stage, copy, content=b"sain")
    row = bring(stage, copy, scanned=INFECTED)
    copy = copies._current(copy)
    assert copy.discarded_at == stage.now
    assert row.stored_file.is_quarantined
    assert not OpenedFile.objects.filter(copy=copy).exists()
    assert OpeningResult.objects.get(submission__party=infected.party).status == "opened"
    with pytest.raises(Refusal, match="écartée"):
        bring(stage, copy)
    gone = copies.destroy_copy(copy=copy, how="Effacement, broyage", actor=stage.team.validator, now=stage.now)
    assert gone.certificate.facts["discarded_at"] is not None
    assert StoredFile.objects.filter(pk=row.stored_file_id, destroyed_at=None).exists()
    assert verify().faults == []


def test_an_infected_copy_of_a_late_bid_gives_nothing_to_read(stage):
    bidder = late_bid(stage)
    copy = opened(stage, name(stage, record(stage), bidder), "late")
    bring(stage, copy)
    bring(stage, copy, scanned=INFECTED, content=b"autre")
    assert not OpeningResult.objects.filter(submission__party=bidder.party).exists()
    assert Submission.objects.get(party=bidder.party) not in Submission.objects.to_open(stage.period)


def test_a_copy_never_opened_is_destroyed_once(stage, infected):
    copy = arrived(stage)
    with pytest.raises(RuleViolation, match="comment"):
        copies.destroy_copy(copy=copy, how=" ", actor=stage.team.validator, now=stage.now)
    done = {"copy": copy, "how": "Broyage", "now": stage.now}
    with pytest.raises(NotAllowed):
        copies.destroy_copy(actor=stage.team.author, **done)
    gone = copies.destroy_copy(actor=stage.team.validator, **done)
    assert (gone.certificate.facts["sender"], gone.certificate.facts["opened_at"]) == ("", None)
    with pytest.raises(Refusal, match="détruite"):
        copies.destroy_copy(actor=stage.team.validator, **done)
    with pytest.raises(Refusal, match="détruite"):
        propose(stage, copy, "malware")


@pytest.mark.documents
def test_the_certificate_is_laid_out_and_read_by_the_team_alone(stage, infected):
    copies.destroy_copy(copy=arrived(stage), how="Broyage", actor=stage.team.validator, now=stage.now)
    outbox.drain()
    certificate = GeneratedDocument.objects.get(kind="copy_destruction")
    assert certificate.pdf().startswith(b"%PDF")
    link = reverse("files:download", args=[certificate.rendering.stored_file_id])
    assert client_of(stage.team.custodians[0]).get(link).status_code == 200
    assert client_of(infected.actor).get(link).status_code in {403, 404}


def mails_told(subject: str) -> list[tuple[list[str], str]]:
    outbox.drain()
    return [(one.to, " ".join(one.body.split())) for one in mail.outbox if subject in one.subject]


def test_the_firm_is_told_when_its_copy_is_opened_and_why(stage, infected):
    copy = name(stage, arrived(stage), infected)
    opening_of_copy = propose(stage, copy, "malware")
    assert mails_told("ouverte") == []
    copies.confirm_opening(opening=opening_of_copy, actor=stage.team.signatory, now=stage.now)
    [(to, body)] = mails_told("Copie de sauvegarde n° 1 ouverte")
    assert to == [User.objects.get(pk=infected.actor.user_id).email]
    assert "un programme malveillant dans un de vos fichiers" in body
    assert "R2132-11" in body
    # Neither a file, nor what the two people wrote: the firm asks the buyer for it.
    assert WHY not in body


def test_a_late_bid_of_which_the_copy_is_opened_is_said_late(stage):
    bidder = late_bid(stage)
    opened(stage, name(stage, record(stage), bidder), "late")
    [(_to, body)] = mails_told("ouverte")
    assert "arrivée après l’heure limite, alors que l’envoi avait commencé à temps" in body


@pytest.mark.parametrize(
    ("late", "said"), [(False, "n’a pas eu à servir"), (True, "arrivée après l’heure limite : personne ne l’a ouverte")]
)
def test_the_firm_is_told_when_its_copy_is_destroyed_unopened(stage, infected, late, said):
    at = stage.deadline + timedelta(seconds=30) if late else None
    copy = name(stage, arrived(stage, at=at), infected)
    copies.destroy_copy(copy=copy, how="Broyage", actor=stage.team.validator, now=stage.now)
    [(_to, body)] = mails_told("détruite")
    assert said in body


def test_the_firm_is_told_when_its_copy_is_destroyed_for_malware(stage, infected):
    copy = opened(stage, name(stage, arrived(stage), infected), "malware")
    bring(stage, copy, scanned=INFECTED)
    copies.destroy_copy(copy=copy, how="Broyage", actor=stage.team.validator, now=stage.now)
    [(_to, body)] = mails_told("détruite")
    assert "un programme malveillant y a été trouvé" in body


def test_a_sender_that_deposited_nothing_is_told_by_its_siren_and_others_by_the_buyer(stage, infected):
    known = stage.bidder("Connue")
    copy = name(stage, arrived(stage), name="Connue", siren=known.organisation.identifier)
    assert copies.reader_of(copy) == known.organisation
    copies.destroy_copy(copy=copy, how="Broyage", actor=stage.team.validator, now=stage.now)
    assert len(mails_told("détruite")) == 1
    for fields, said in [({}, "n’est pas inscrit"), ({"name": "Inconnue"}, "prévenez-le vous-même")]:
        other = record(stage)
        if fields:
            name(stage, other, **fields)
        assert copies.reader_of(BackupCopy.objects.get(pk=other.pk)) is None
        address = reverse("submissions:destroy_copy", args=[stage.call.reference, other.pk])
        with clock.rehearsal(stage.now):
            assert said in text_of(client_of(stage.team.validator).post(address, {"how": "Broyage"}, follow=True))
    assert len(mails_told("détruite")) == 1


def visit(stage, method, view, *arguments, actor=None, data=None):
    with clock.rehearsal(stage.now):
        client = client_of(actor or stage.team.validator)
        return getattr(client, method)(reverse(f"submissions:{view}", args=[stage.call.reference, *arguments]), data)


def test_the_register_tells_nothing_of_deposits_before_the_opening(stage):
    copy = record(stage, at=stage.now)
    alone = visit(stage, "get", "copies").content
    for number in range(3):
        stage.submit(stage.bidder(f"Entreprise {number}"))
    assert visit(stage, "get", "copies").content == alone
    assert "sans nom" in text_of(visit(stage, "get", "copies"))
    for view in ("name_sender", "open_copy", "destroy_copy"):
        assert visit(stage, "get", view, copy.pk).status_code == 404
    assert visit(stage, "get", "copies", actor=stage.team.custodians[0]).status_code == 403
    publish(stage)
    assert "Copie de sauvegarde" not in visit_journal(stage)


def test_whoever_destroys_a_copy_of_nobody_is_told_so_before(stage, infected):
    copy = arrived(stage)
    assert "Personne ne serait prévenu" in text_of(visit(stage, "get", "destroy_copy", copy.pk))
    copies.name_sender(copy=copy, party=infected.party, name="", siren="", actor=stage.team.author, now=stage.now)
    assert "Personne ne serait prévenu" not in text_of(visit(stage, "get", "destroy_copy", copy.pk))
    other = arrived(stage)
    assert visit(stage, "post", "destroy_copy", other.pk, data={"how": "Broyage."}).status_code == 302
    assert "« Broyage. »" in " ".join(text_of(visit(stage, "get", "copies")).split())


def visit_journal(stage) -> str:
    with clock.rehearsal(stage.now):
        return text_of(client_of(stage.team.validator).get(reverse("desk:journal", args=[stage.call.reference])))


def test_from_the_arrival_to_the_contents_by_the_pages(stage, infected, settings):
    author, validator, signatory = stage.team.author, stage.team.validator, stage.team.signatory
    came = stage.deadline - timedelta(hours=2)
    local = in_paris(came)
    typed = {
        "period": stage.period.pk, "received_at_day": f"{local:%d/%m/%Y}", "received_at_hour": f"{local:%H:%M}",
        "medium": "physical", "is_marked": "on", "place": "Coffre",
    }  # fmt: skip
    refused = visit(stage, "post", "record_copy", actor=author, data={**typed, "place": ""})
    assert refused.status_code == 422
    assert "physical" in text_of(refused)
    assert visit(stage, "post", "record_copy", actor=author, data=typed).status_code == 302
    copy = BackupCopy.objects.get()
    sent = {"party": str(infected.party.pk), "name": "", "siren": ""}
    assert visit(stage, "post", "name_sender", copy.pk, actor=author, data=sent).status_code == 302
    wrong = visit(stage, "post", "open_copy", copy.pk, data={"ground": "late", "reasons": WHY})
    assert wrong.status_code == 422
    assert WHY in text_of(wrong)
    assert "pas arrivé en retard" in text_of(wrong)
    assert visit(stage, "get", "copy_content", copy.pk, "technical").status_code == 404
    right = {"ground": "malware", "reasons": WHY}
    assert visit(stage, "post", "open_copy", copy.pk, actor=validator, data=right).status_code == 302
    assert "Une seule personne" in text_of(visit(stage, "post", "open_copy", copy.pk, actor=validator, data={}))
    assert visit(stage, "post", "open_copy", copy.pk, actor=signatory, data={}).status_code == 302
    shown = text_of(visit(stage, "get", "copies", actor=author))
    assert "Tramélys" in shown
    assert "Verser son contenu" in shown
    file = SimpleUploadedFile("memoire.pdf", PDF + b"de la copie")
    with standing_in("stand-in") as path:
        settings.CLAMD_SOCKET = path
        assert scanning.is_set()
        done = visit(
            stage, "post", "copy_content", copy.pk, "technical", actor=author,
            data={"label": "Mémoire technique", "file": file},
        )  # fmt: skip
    assert done.status_code == 302
    joined = OpenedFile.objects.get(copy=copy)
    assert joined.stored_file.scan_verdict == StoredFile.ScanVerdict.CLEAN
    assert "memoire.pdf" in text_of(visit(stage, "get", "copies"))
    assert "Copie de sauvegarde ouverte à deux" in visit_journal(stage)
