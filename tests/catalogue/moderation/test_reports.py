"""Reports of editors, and the answer to an error that a reader reported."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cms.catalogue.models import ErrorReport, Label, LinkCheck, MissedSearch, Profile, Reference, Verification
from cms.catalogue.moderation import errors, reports
from marketplace.journal import outbox
from marketplace.journal.errors import NotAllowed, Refusal
from marketplace.journal.models import Entry
from marketplace.mail.models import Message
from tests.catalogue.factories import ProfileFactory
from tests.catalogue.moderation.people import actor, editor, window, writer
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
NAMES = [report.name for report in (reports.QueueView, *reports.REPORTS)]


def page(name: str, **params) -> str:
    return window(editor()).get(reverse(f"moderation:{name}"), params).content.decode()


def spreadsheet(name: str, kind: str = "csv") -> bytes:
    return b"".join(window(editor()).get(reverse(f"moderation:{name}"), {"export": kind}).streaming_content)


def reported(now, **fields) -> ErrorReport:
    return ErrorReport.objects.create(
        profile=ProfileFactory(name="Tramélys"), text="Le SIREN est faux.", reported_at=now, **fields
    )


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_report_says_what_it_means(name):
    report = next(one for one in (reports.QueueView, *reports.REPORTS) if one.name == name)
    assert str(report.empty) in page(name)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("who", [writer, UserFactory])
def test_reports_are_for_editors(name, who):
    client = window(who())
    for address in (f"moderation:{name}", f"moderation:{name}_results"):
        assert client.get(reverse(address)).status_code in {302, 403}
    assert str(reverse(f"moderation:{name}")) not in client.get("/gestion/").content.decode()


def test_reports_stand_in_the_menu_of_editors():
    menu = window(editor()).get("/gestion/").content.decode()
    for name in NAMES:
        assert reverse(f"moderation:{name}") in menu


def test_a_stale_profile_is_one_that_nobody_wrote_nor_read_for_a_year(moving_clock):
    now = moving_clock.now()
    ProfileFactory(name="Ancienne", updated_at=now - timedelta(days=400))
    ProfileFactory(name="Vérifiée hier", updated_at=now - timedelta(days=400), reviewed_at=now - timedelta(days=10))
    ProfileFactory(name="Récente", updated_at=now - timedelta(days=10))
    ProfileFactory(name="Brouillon", updated_at=now - timedelta(days=400), live=False)
    shown = page("stale_profiles")
    assert "Ancienne" in shown
    for name in ("Vérifiée hier", "Récente", "Brouillon"):
        assert name not in shown


def test_open_facts_are_declared_or_ended_the_ended_first(moving_clock):
    profile = ProfileFactory(name="Tramélys")
    profile.labels.add(Label(kind="hds"), Label(kind="iso-27001"), Label(kind="jei"))
    profile.references.add(Reference(client="Ville de Rennes"))
    profile.save()
    for kind, until in (("iso-27001", date(2026, 12, 1)), ("jei", date(2027, 12, 1))):
        label = Label.objects.get(kind=kind)
        Verification.objects.create(
            profile=profile,
            subject=label.uid,
            statement=label.statement,
            checked_by=UserFactory(),
            checked_at=moving_clock.now() - timedelta(days=100),
            until=until,
        )
    rows = spreadsheet("open_facts").decode().splitlines()
    assert rows[0] == "Fiche,Fait,État,Échéance"
    assert rows[1] == "Tramélys,ISO 27001,À reconfirmer,01/12/2026"
    assert any("HDS" in row and "Déclaré" in row for row in rows)
    assert any("Ville de Rennes" in row for row in rows)
    assert not any("innovante" in row for row in rows)


def test_broken_links_say_what_is_wrong_and_since_when(moving_clock):
    now = moving_clock.now()
    LinkCheck.objects.create(
        profile=ProfileFactory(name="Tramélys"),
        url="https://a.example/absente",
        checked_at=now,
        status=404,
        problem="absente",
        failing_since=now,
    )
    LinkCheck.objects.create(profile=ProfileFactory(), url="https://b.example/", checked_at=now, status=200)
    shown = page("broken_links")
    assert "https://a.example/absente" in shown
    assert "La page n’existe plus" in shown
    assert "b.example" not in shown


def test_missed_searches_are_counted_over_three_months(moving_clock):
    today = moving_clock.now().date()
    MissedSearch.objects.create(words="trottinette", day=today, count=2)
    MissedSearch.objects.create(words="trottinette", day=today - timedelta(days=3), count=3)
    MissedSearch.objects.create(words="ancien", day=today - timedelta(days=100))
    assert spreadsheet("missed_searches").decode().splitlines()[1:] == ["trottinette,5"]


def test_no_cell_of_a_spreadsheet_is_run(moving_clock):
    MissedSearch.objects.create(words="=1+1", day=moving_clock.now().date())
    assert "'=1+1,1" in spreadsheet("missed_searches").decode()
    assert b"'=1+1" not in spreadsheet("missed_searches", "xlsx")


@pytest.mark.parametrize("name", ["reported_errors", "broken_links", "open_facts", "stale_profiles"])
def test_a_report_asks_as_much_of_the_database_for_one_row_as_for_three(name, moving_clock):
    client, now = window(editor()), moving_clock.now()

    def lay() -> None:
        number = Profile.objects.count()
        profile = ProfileFactory(name=f"F{number}", updated_at=now - timedelta(days=500))
        profile.labels.add(Label(kind="hds"))
        profile.save()
        ErrorReport.objects.create(profile=profile, text="Faux.", reported_at=now)
        LinkCheck.objects.create(profile=profile, url="https://a.example", checked_at=now, failing_since=now)

    def read() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert "F0" in client.get(reverse(f"moderation:{name}")).content.decode()
        return len(seen)

    lay()
    read()
    one = read()
    lay()
    lay()
    assert read() == one


@pytest.mark.parametrize(
    ("reported_at", "due"),
    [
        (datetime(2027, 1, 11, 9, tzinfo=UTC), date(2027, 1, 18)),
        (datetime(2027, 1, 15, 9, tzinfo=UTC), date(2027, 1, 22)),
        # Easter Monday is 29 March 2027.
        (datetime(2027, 3, 26, 9, tzinfo=UTC), date(2027, 4, 5)),
        # Half past eleven in the evening, in Paris the next day.
        (datetime(2027, 1, 11, 23, 30, tzinfo=UTC), date(2027, 1, 19)),
    ],
)
def test_an_error_is_answered_within_five_working_days(reported_at, due):
    assert errors.due_on(reported_at) == due


def test_an_answer_is_mailed_and_dated(moving_clock, mailoutbox):
    report, reader = reported(moving_clock.now(), email="lectrice@exemple.fr"), editor()
    assert "Répondre avant le 19 janvier 2027" in page("reported_errors")
    address = reverse("moderation:answer", args=[report.uid])
    assert address in page("reported_errors")
    assert "Le SIREN est faux." in window(reader).get(address).content.decode()
    window(reader).post(address, {"answer": "Nous avons relu le registre.", "was_corrected": "on"})
    report.refresh_from_db()
    assert (report.answered_by, report.answered_at, report.was_corrected) == (reader, moving_clock.now(), True)
    outbox.drain()
    (mail,) = Message.objects.all()
    assert mail.address == "lectrice@exemple.fr"
    assert mail.subject == "Votre signalement sur la fiche « Tramélys »"
    assert "La fiche est corrigée. Notre réponse" in mail.body
    assert "Nous avons relu le registre." in mailoutbox[0].body
    assert Entry.objects.get(act="error_report.answered").data["corrected"] is True
    assert "Répondu le 12 janvier 2027, fiche corrigée" in page("reported_errors")


def test_without_an_address_nothing_is_sent(moving_clock):
    report = reported(moving_clock.now())
    errors.answer(
        report=report, text="Rien ne change.", was_corrected=False, actor=actor(editor()), now=moving_clock.now()
    )
    assert not Message.objects.exists()


def test_a_bad_answer_is_told_and_kept(moving_clock):
    report, reader = reported(moving_clock.now()), editor()
    address = reverse("moderation:answer", args=[report.uid])
    assert "Écrivez votre réponse" in window(reader).post(address, {"answer": " "}).content.decode()
    long = window(reader).post(address, {"answer": "x" * 451})
    assert long.status_code == 422
    assert "x" * 451 in long.content.decode()
    report.refresh_from_db()
    assert report.answered_at is None
    assert not Entry.objects.filter(act="error_report.answered").exists()


def test_an_answer_is_given_once_and_by_editors(moving_clock):
    report, now = reported(moving_clock.now()), moving_clock.now()
    with pytest.raises(NotAllowed):
        errors.answer(report=report, text="Non.", was_corrected=False, actor=actor(writer()), now=now)
    errors.answer(report=report, text="Oui.", was_corrected=False, actor=actor(editor()), now=now)
    with pytest.raises(Refusal, match="déjà répondu"):
        errors.answer(report=report, text="Encore.", was_corrected=False, actor=actor(editor()), now=now)
