"""The journal of attempts: every failure is told to its firm, to nobody else, and cannot be taken back (C2, LR-54)."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from marketplace.journal import outbox
from marketplace.journal.models import Entry
from marketplace.mail.models import Message
from procurement.desk.chronicle import CHAPTERS
from procurement.submissions import attempts, problems
from procurement.submissions.codes import Code, Event
from procurement.submissions.models import Attempt
from procurement.submissions.sealing import PART_SIZE
from tests.factories import actor_for
from tests.queries import counted
from tests.submissions.browsing import CANDIDATURE, Firm, publish, signed_in
from tests.submissions.sending import big_pdf, sender
from tests.submissions.stage import PDF, make_stage

A_MINUTE = timedelta(minutes=1)


@pytest.fixture
def firm(db: None, moving_clock) -> Firm:
    stage = make_stage(moving_clock, kind="candidature", bytes_per_file=3 * PART_SIZE)
    publish(stage)
    firm = Firm(stage, "Tramélys")
    firm.begin()
    return firm


def told(firm: Firm) -> list[tuple[str, str]]:
    return list(Attempt.objects.filter(deposit=firm.deposit).order_by("at", "pk").values_list("event", "code"))


def read(firm: Firm, client: Client | None = None) -> str:
    return (client or firm.client).get(firm.page("attempts")).content.decode().replace("\u00a0", " ")


@pytest.mark.law("LR-54")
def test_starts_failures_and_ends_are_told_without_a_name(firm):
    sender(firm, content=big_pdf(3 * PART_SIZE + 1), name="Zanzibar.pdf").begin()
    firm.stage.clock.advance(A_MINUTE)
    sent = sender(firm, content=big_pdf(PART_SIZE + 1), name="Zanzibar.pdf")
    sent.begin()
    firm.stage.clock.advance(A_MINUTE)
    sent.put(2, digest="0" * 64)
    firm.stage.clock.advance(A_MINUTE)
    assert firm.client.post(
        firm.page("report"), {"code": "network", "file": sent.known["file"], "part": 2, "text": "Zanzibar"},
        content_type="application/json",
    ).status_code == 201  # fmt: skip
    firm.stage.clock.advance(A_MINUTE)
    sent.begin()
    sent.put(1)
    sent.put(2)
    firm.stage.clock.advance(A_MINUTE)
    sent.finish()
    assert told(firm) == [
        ("file_refused", "file-size"),
        ("file_begun", ""),
        ("part_failed", "damaged"),
        ("browser", "network"),
        ("file_resumed", ""),
        ("file_whole", ""),
    ]
    page = read(firm)
    for words in ("abîmée en route", "partie 2", "Signalé par votre navigateur", "Réponse commencée le"):
        assert words in page
    assert "Zanzibar" not in page
    assert "Zanzibar" not in repr(list(Attempt.objects.values_list()))


@pytest.mark.law("LR-54")
def test_seals_asked_for_are_told_and_the_page_stays_after(firm):
    firm.client.post(firm.page("seal"), {"root": "0" * 64, "key": "x", "declared": "on"})
    firm.stage.clock.advance(A_MINUTE)
    firm.fill(CANDIDATURE)
    firm.send("candidature", 1)
    firm.stage.clock.advance(A_MINUTE)
    firm.read_again()
    firm.seal()
    assert [event for event, _code in told(firm)] == ["seal_refused", "file_whole", "sealed"]
    assert "Dépôt scellé le" in read(firm)


def test_nobody_else_reads_it_before_the_opening(firm):
    sender(firm, content=PDF).begin()
    rival = Firm(firm.stage, "Rivale")
    assert rival.client.get(firm.page("attempts")).status_code == 404
    team = [firm.stage.team.author, firm.stage.team.validator, *firm.stage.team.custodians]
    for actor in [*team, rival.actor]:
        assert signed_in(actor).get(firm.page("attempts")).status_code == 404
        assert not Attempt.objects.visible_to(actor).exists()
    assert Attempt.objects.visible_to(firm.actor).count() == 1


def test_a_line_is_neither_changed_nor_taken_back(firm):
    sender(firm, content=PDF).begin()
    for sql in ("UPDATE submissions_attempt SET code = 'x'", "DELETE FROM submissions_attempt"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)


def test_a_browser_tells_codes_of_the_list_only_and_not_for_ever(firm, monkeypatch):
    page = firm.page("report")
    for message in ({"code": "Zanzibar"}, {"code": "sealed"}, {"code": 3}, {}, []):
        assert firm.client.post(page, message, content_type="application/json").status_code == 400
    firm.client.post(page, {"code": "offline", "file": "x", "part": 10**9}, content_type="application/json")
    line = Attempt.objects.get()
    assert (line.code, line.file_id, line.part) == ("offline", None, None)
    monkeypatch.setattr(attempts, "FROM_BROWSER_AN_HOUR", 3)
    for _ in range(6):
        firm.client.post(page, {"code": "network"}, content_type="application/json")
    assert [event for event, _code in told(firm)].count("browser") == 3
    assert [event for event, _code in told(firm)].count("muted") == 1
    firm.stage.clock.advance(61 * A_MINUTE)
    firm.client.post(page, {"code": "network"}, content_type="application/json")
    assert [event for event, _code in told(firm)].count("browser") == 4


def test_every_line_fits_the_same_number_of_queries(firm):
    def note(count: int) -> None:
        for _ in range(count):
            attempts.note(firm.deposit, Event.PART_FAILED, now=firm.stage.now, code=Code.CUT, part=1)

    note(1)
    with CaptureQueriesContext(connection) as few:
        read(firm)
    note(2)
    with CaptureQueriesContext(connection) as more:
        read(firm)
    assert counted(few) == counted(more)


@pytest.mark.law("LR-54")
def test_a_problem_is_dated_measured_acknowledged_and_the_operator_alerted(firm):
    operator = actor_for(organisation__operator=True)
    sender(firm, content=big_pdf(PART_SIZE + 1), name="Zanzibar.pdf").begin()
    before = Entry.objects.filter(chain__key=firm.stage.call.chain).count()
    answer = firm.client.post(firm.page("problem"), {"code": "upload"}, follow=True)
    reported = Attempt.objects.get(event=Event.PROBLEM)
    assert (reported.code, reported.at) == ("upload", firm.stage.now)
    assert reported.measured["parts_due"] == 2
    assert reported.number in answer.content.decode()
    assert "parties attendues de ces envois : 2" in answer.content.decode()
    # The journal of the call, which the buyer reads, learns nothing; neither do mails tell who or what.
    assert Entry.objects.filter(chain__key=firm.stage.call.chain).count() == before
    assert not any("deposit.problem_reported" in acts for _title, acts in CHAPTERS.values())
    outbox.drain()
    to_firm, to_operator = Message.objects.get(kind=problems.ACKNOWLEDGED), Message.objects.get(kind=problems.ALERT)
    assert to_firm.to_user_id == firm.actor.user_id
    assert to_operator.to_user_id == operator.user_id
    for mail in (to_firm, to_operator):
        assert reported.number in mail.subject
        assert "Zanzibar" not in mail.body
    assert "Tramélys" not in to_operator.body
    assert str(firm.deposit.pk) not in to_operator.body


def test_problems_have_a_limit_and_a_list(firm):
    assert firm.client.post(firm.page("problem"), {}).status_code == 422
    assert firm.client.post(firm.page("problem"), {"code": "sealed"}).status_code == 422
    for _ in range(problems.AN_HOUR):
        assert firm.client.post(firm.page("problem"), {"code": "else"}).status_code == 302
    refused = firm.client.post(firm.page("problem"), {"code": "else"})
    assert refused.status_code == 422
    assert "5 problèmes en une heure" in refused.content.decode().replace("\u00a0", " ")
    assert Attempt.objects.filter(event=Event.PROBLEM).count() == problems.AN_HOUR
