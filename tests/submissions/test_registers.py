"""Deposits of another buyer profile: brought whole or not at all, judged by our own deadline, never by the register."""

import re
import stat
import zipfile
from datetime import timedelta

import pytest
from django.db import IntegrityError

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Membership, Organisation
from marketplace.files.services import stage
from marketplace.journal.errors import NotAllowed, Refusal
from marketplace.journal.models import Entry
from marketplace.journal.verify import verify
from procurement.law.deposits import Verdict
from procurement.submissions import custody, decisions, deposits, registers
from procurement.submissions.models import (
    LateAdmission,
    OpenedFile,
    OpeningResult,
    ReceivedRegister,
    Submission,
    TenderingParty,
)
from tests.calls.builders import make_team, plan_candidatures, team_user, write_call
from tests.factories import MembershipFactory, OrganisationFactory, make, within_act
from tests.submissions.elsewhere import (
    PDF,
    bring,
    firms,
    first_period,
    fresh,
    opened,
    published_elsewhere,
    renamed,
    staged_archive,
    staged_table,
    table,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def team(settings):
    settings.PROFILE_DECLARED_ON = "2026-01-15"
    return make_team()


@pytest.fixture
def period(team, now):
    return first_period(published_elsewhere(team, now))


@pytest.fixture
def after(period):
    return period.closes_at() + timedelta(hours=2)


def faults(period, after, *, rows, files) -> str:
    """What the check says of these files, in one text."""
    checked = registers.check_import(
        period=fresh(period), table=staged_table(table(rows)), archive=staged_archive(files), now=after
    )
    return "\n".join(f"{fault.where} : {fault.text}" for fault in checked.faults)


@pytest.mark.law("LR-43")
def test_what_another_profile_received_is_judged_by_our_deadline(team, period, after):
    those = firms(period, 4, late=1)
    known = make(OrganisationFactory, name="Pousse connue", identifier=those[0].identifier)
    make(MembershipFactory, organisation=known)
    those[1] = renamed(those[1], received_at=period.closes_at())
    register = bring(period, those, actor=team.author, now=after)
    rows = Submission.objects.filter(line__register=register).order_by("line__number")
    assert [row.verdict for row in rows] == [Verdict.ON_TIME] * 3 + [Verdict.LATE]
    assert {row.line.number for row in Submission.objects.to_open(period)} == {"1", "2", "3"}
    # The late one is kept with its files, and nobody may read it.
    assert OpenedFile.objects.filter(result__submission=rows[3]).count() == 1
    assert rows[0].party.lead == known
    new = Organisation.objects.get(identifier=those[2].identifier)
    assert (new.name, new.verified_at) == ("Pousse 3", None)
    assert not Membership.objects.filter(organisation=new).exists()
    # The timeline of the period: from the import on, its deadline is past moving.
    assert fresh(period).opening_began_at == after
    entry = Entry.objects.get(act="register.imported")
    assert entry.data["late"] == 1
    assert entry.data["table"] == register.table.sha256
    assert entry.data["archive"] == register.archive.sha256
    assert verify().verified


def test_a_late_one_may_come_without_its_files_and_is_admitted_by_two_with_them(team, period, after):
    those = firms(period, 3, late=1)
    files = opened(period, those[:2])
    bring(period, those, actor=team.author, now=after, files=files)
    late = Submission.objects.get(line__number="3")
    report = {"reasons": "Elle a commencé à temps ; le profil était en panne.", "now": after}
    with pytest.raises(Refusal, match="importez d’abord un registre corrigé"):
        decisions.propose_late_admission(
            submission=late, incident_report=stage(PDF, name="rapport.pdf"), actor=team.validator, **report
        )
    bring(period, those, actor=team.author, now=after, reason="Les fichiers du pli 3 nous sont parvenus.")
    late = Submission.objects.get(line__number="3", line__register__version=2)
    with pytest.raises(Refusal, match="rapport d’incident"):
        decisions.propose_late_admission(submission=late, actor=team.validator, **report)
    admission = decisions.propose_late_admission(
        submission=late, incident_report=stage(PDF, name="rapport.pdf"), actor=team.validator, **report
    )
    assert late not in Submission.objects.to_open(period)
    decisions.admit_late(admission=admission, actor=team.signatory, now=after)
    assert late in Submission.objects.to_open(period)
    assert LateAdmission.objects.get().confirmed_at == after


def test_a_corrected_register_replaces_the_first_with_its_reason(team, period, after):
    those = firms(period, 3)
    first = bring(period, those, actor=team.author, now=after)
    with pytest.raises(Refusal, match="écrivez ce qu’il corrige"):
        bring(period, those[:2], actor=team.author, now=after)
    second = bring(period, those[:2], actor=team.author, now=after, reason="Le pli 3 est d’une autre consultation.")
    assert (second.version, second.replaces) == (2, first)
    # The firm that the correction drops does not come back by its former line.
    assert {row.line.number for row in Submission.objects.to_open(period)} == {"1", "2"}
    assert Submission.objects.filter(period=period).count() == 5
    assert ReceivedRegister.objects.standing(period) == second
    assert verify().verified


LINE_FAULTS = {
    "firm_twice": (lambda those: [*those, renamed(those[0], number="9")], "Ligne 5 : Pousse 1 est déjà à la ligne 2"),
    "number_twice": (lambda those: [*those[:2], renamed(those[2], number="2")], "Ligne 4 : Le numéro « 2 » est déjà"),
    "no_zone": (
        lambda those: [[*those[0].row[:4], "2027-02-17T11:00:00", ""], *those[1:]],
        "Ligne 2 : La date de réception n’a pas de fuseau",
    ),
    "no_seconds": (
        lambda those: [[*those[0].row[:4], "2027-02-17T11:00+01:00", ""], *those[1:]],
        "Ligne 2 : La date de réception n’a pas de secondes",
    ),
    "wrong_siren": (
        lambda those: [renamed(those[0], identifier="123456789"), *those[1:]],
        "Ligne 2 : Ce SIREN ne passe pas",
    ),
    "before_opening": (
        lambda those: [renamed(those[0], received_at=those[0].received_at - timedelta(days=60)), *those[1:]],
        "Ligne 2 : Ce pli serait arrivé avant l’ouverture",
    ),
    "in_the_future": (
        lambda those: [renamed(those[0], received_at=those[0].received_at + timedelta(days=60)), *those[1:]],
        "Ligne 2 : Ce pli serait arrivé dans l’avenir",
    ),
    "unknown_envelope": (
        lambda those: [[*those[0].row[:5], "technique"], *those[1:]],
        "Ligne 2 : Le pli « technique » n’est pas attendu",
    ),
    "no_mail": (
        lambda those: [[*those[0].row[:3], "contact", *those[0].row[4:]], *those[1:]],
        "Ligne 2 : Le courriel manque",
    ),
}


@pytest.mark.parametrize("name", LINE_FAULTS)
def test_a_wrong_line_is_told_by_its_number(period, after, name):
    change, said = LINE_FAULTS[name]
    those = firms(period, 3)
    assert said in faults(period, after, rows=change(those), files=opened(period, those))


def test_the_buyer_itself_is_no_bidder(team, period, after):
    those = firms(period, 3)
    those[1] = renamed(those[1], identifier=team.buyer.identifier)
    assert "Ligne 3 : Ni l’acheteur" in faults(period, after, rows=those, files=opened(period, those))


def test_one_firm_under_two_identifiers_is_one(period, after):
    those = firms(period, 2)
    vat = renamed(those[0], number="7", identifier=f"{those[0].identifier}00012")
    text = faults(period, after, rows=[*those, vat], files=opened(period, those))
    assert "Ligne 4 : " in text


FILE_FAULTS = {
    "without_a_line": ({"9/candidature.pdf": PDF}, "9/candidature.pdf : Aucune ligne saine du registre"),
    "at_the_root": ({"seul.pdf": PDF}, "seul.pdf : Rangez ce fichier dans un dossier"),
    "climbing": ({"1/../../etc/passwd.pdf": PDF}, "Ce chemin sort de son dossier"),
    "absolute": ({"/etc/passwd.pdf": PDF}, "Ce chemin sort de son dossier"),
    "backslash": ({"1\\..\\..\\a.pdf": PDF}, "Ce chemin sort de son dossier"),
    "drive": ({"C:/a.pdf": PDF}, "Ce chemin sort de son dossier"),
    "program": ({"1/candidature/a.exe": b"MZ\x90\x00" * 40}, "1/candidature/a.exe : "),
    "disguised": ({"1/candidature/a.pdf": b"MZ\x90\x00" * 40}, "1/candidature/a.pdf : "),
    "page": ({"1/candidature/a.txt": b"<html><script>1</script></html>"}, "Les pages HTML"),
    "empty": ({"1/candidature/vide.pdf": b""}, "Ce fichier est vide"),
    "bomb": ({"1/candidature/a.txt": b"0" * (8 * 1024 * 1024)}, "grossit démesurément"),
    "same_name": ({"1/candidature/CANDIDATURE.pdf": PDF}, "Deux fichiers portent ce même nom"),
}


@pytest.mark.parametrize("name", FILE_FAULTS)
def test_a_dangerous_or_stray_file_stops_the_import(team, period, after, name):
    files, said = FILE_FAULTS[name]
    those = firms(period, 2)
    everything = opened(period, those) | files
    assert said in faults(period, after, rows=those, files=everything)
    with pytest.raises(Refusal, match=re.escape(said)):
        bring(period, those, actor=team.author, now=after, files=everything)
    assert not Submission.objects.exists()
    assert not TenderingParty.objects.exists()


def test_a_line_without_files_stops_the_import(period, after):
    those = firms(period, 3)
    text = faults(period, after, rows=those, files=opened(period, those[:2]))
    assert text == "Ligne 4 : Aucun fichier dans l’archive pour le pli « Candidature »."


def test_a_link_in_the_archive_is_refused(period, after):
    those = firms(period, 1)
    entry = zipfile.ZipInfo("1/candidature/lien.pdf")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    with_link = {entry: b"/etc/passwd", "1/candidature/a.pdf": PDF}
    assert "C’est un lien" in faults(period, after, rows=those, files=with_link)


def test_files_beyond_the_announced_limits_are_refused(period, after):
    small = fresh(period)
    small.bytes_per_file, small.files_max = 100, 1
    those = firms(period, 1)
    checked = registers.check_import(
        period=small,
        table=staged_table(table(those)),
        archive=staged_archive({"1/a.pdf": PDF, "1/b.pdf": PDF}),
        now=after,
    )
    said = " ".join(fault.text for fault in checked.faults)
    assert "limite annoncée" in said
    assert "plus de 1 fichiers" in said


def test_an_archive_of_a_folder_is_read_as_its_content(period, after):
    those = firms(period, 2)
    wrapped = {f"consultation/{path}": body for path, body in opened(period, those).items()}
    rubbish = {"consultation/1/.DS_Store": b"x", "__MACOSX/1/._a.pdf": b"x"}
    assert faults(period, after, rows=those, files=wrapped | rubbish) == ""


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Il manque la colonne"),
        (b"un;deux\r\n1;2", "Il manque la colonne"),
        (table([]), "aucune ligne"),
        (table([], columns=("Numéro", "Numero", "entreprise", "identifiant", "courriel", "reçu le", "plis")), "deux"),
    ],
)
def test_a_table_that_is_no_register_is_refused(period, after, content, said):
    held = staged_archive({"1/a.pdf": PDF})
    checked = registers.check_import(period=fresh(period), table=staged_table(content or b" "), archive=held, now=after)
    assert said in checked.faults[0].text


def test_the_table_may_be_in_another_order_and_another_encoding(period, after):
    [one] = firms(period, 1)
    moment = one.received_at.strftime("%d/%m/%Y %H:%M:%S +00:00")
    content = f"Plis,RECU LE,Courriel,Identifiant,Entreprise,Numero\r\n,{moment},a@b.fr,{one.identifier},Été,1".encode(
        "cp1252"
    )
    checked = registers.check_import(
        period=fresh(period), table=staged_table(content), archive=staged_archive({"1/a.pdf": PDF}), now=after
    )
    assert checked.faults == []
    assert checked.lines[0].line.received_at == one.received_at
    assert checked.lines[0].line.firm_name == "Été"


def test_nothing_is_imported_before_the_deadline(team, period):
    those = firms(period, 2)
    for at in (period.closes_at() - timedelta(days=1), period.closes_at()):
        with pytest.raises(Refusal, match="L’heure limite n’est pas passée"):
            bring(period, those, actor=team.author, now=at)
    assert Entry.objects.filter(act="register.import.refused").count() == 2


def test_only_the_team_imports(team, period, after):
    those = firms(period, 2)
    outsider = Actor.of(make(MembershipFactory, organisation=team.buyer))
    firm = Actor.of(make(MembershipFactory))
    for actor in (team.evaluator, team.custodians[0], outsider, firm):
        with pytest.raises(NotAllowed):
            bring(period, those, actor=actor, now=after)
    assert not ReceivedRegister.objects.exists()


def test_a_call_sealed_here_imports_nothing(team, now):
    call = write_call(team, now)
    [planned] = plan_candidatures(call, team, now)
    after = planned.closes_at() + timedelta(hours=2)
    with pytest.raises(Refusal, match="se déposent ici, scellés"):
        bring(planned, firms(fresh(planned), 2), actor=team.author, now=after)


def test_nothing_is_deposited_nor_locked_here(team, period, now):
    bidder = Actor.of(make(MembershipFactory))
    party = deposits.form_party(lot=period.lot, lead=bidder.membership().organisation, actor=bidder, now=now)
    with pytest.raises(Refusal, match="une seule adresse"):
        deposits.open_deposit(period=period, party=party, actor=bidder, now=now)
    appointees = [custody.Appointee(team_user(one)) for one in team.custodians]
    with pytest.raises(Refusal, match="aucune clé"):
        custody.appoint_custodians(call=period.lot.call, appointees=appointees, actor=team.author, now=now)
    with pytest.raises(Refusal, match="aucune clé"):
        custody.prepare_keys(period=period, actor=team.author, now=now)


def test_a_submission_is_sealed_here_or_brought_never_both_nor_neither(team, period, after):
    bring(period, firms(period, 1), actor=team.author, now=after)
    submission = Submission.objects.get()
    submission.line = None
    with pytest.raises(IntegrityError):
        within_act(submission.save, chain=period.lot.call.chain, at=after)
    result = OpeningResult.objects.get()
    result.register = None
    with pytest.raises(IntegrityError):
        within_act(result.save, chain=period.lot.call.chain, at=after)
