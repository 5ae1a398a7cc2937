"""The notice as it came out, against the one prepared here."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import can
from marketplace.journal.errors import NotAllowed, Refusal
from marketplace.journal.models import Entry
from procurement.calls.models import Call, PeriodDeadline, Publication
from procurement.notices.models import PublishedNotice
from procurement.notices.published import compare, gaps, prepared
from procurement.notices.services import record_published
from tests.calls.builders import make_team, plan_candidatures, write_call
from tests.calls.pages import client_of
from tests.evaluation.pages import moment, text
from tests.factories import MembershipFactory, make, within_act

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
OURS = {
    "BT-21": "Prévoir l’affluence aux arrêts",
    "BT-501": "20009999700018",
    "BT-262": "72000000-5",
    "BT-27": "540000.00",
    "lots": "2",
    "BT-05": "2026-11-23",
    "BT-1311/1": "2026-12-29T12:00:00+01:00",
    "BT-1311/2": "2027-01-05T09:30:00+01:00",
}
TEXT = """Titre : PREVOIR l'affluence aux arrets. Acheteur 200 099 997 00018. CPV 72000000. Valeur : 540 000,00 EUR.
LOT-0001, lot n° 2. Envoyé le 23 novembre 2026. Réception : 29/12/2026 à 12 h ; lot 2 : 2027-01-05 à 09:30."""


def verdicts(said=None, words=""):
    return {row.field.code: row.verdict for row in compare(OURS, said or {}, words)}


def test_the_same_values_in_other_spellings_are_the_same():
    said = OURS | {
        "BT-262": "72000000",
        "BT-1311/1": "2026-12-29T11:00:00+00:00",
        "BT-21": "prevoir l'affluence  aux arrêts",
    }
    assert set(verdicts(said).values()) == {"same"}


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("BT-21", "Prévoir l’affluence aux gares"),
        ("BT-501", "20009999700019"),
        ("BT-262", "72000001-5"),
        ("BT-27", "540000.01"),
        ("lots", "1"),
        ("BT-05", "2026-11-24"),
        ("BT-1311/1", "2026-12-29T12:01:00+01:00"),
    ],
)
def test_each_field_that_differs_is_told_alone(code, wrong):
    rows = compare(OURS, OURS | {code: wrong}, "")
    assert [row.field.code for row in gaps(rows)] == [code]


def test_a_field_that_nobody_typed_is_looked_for_in_the_text():
    assert set(verdicts(words=TEXT).values()) == {"found"}
    assert set(verdicts().values()) == {"unread"}


@pytest.mark.parametrize(
    ("written", "instead", "code"),
    [
        ("540 000,00", "1 540 000,00", "BT-27"),
        ("540 000,00", "540 000,50", "BT-27"),
        ("72000000", "72000001", "BT-262"),
        ("12 h ;", "17 h ;", "BT-1311/1"),
        ("29/12/2026", "30/12/2026", "BT-1311/1"),
        ("lot n° 2", "lot n° 2, lot 3", "lots"),
        ("23 novembre 2026", "3 novembre 2026", "BT-05"),
    ],
)
def test_a_text_that_says_otherwise_is_noticed(written, instead, code):
    found = verdicts(words=TEXT.replace(written, instead))
    assert [one for one, verdict in found.items() if verdict == "absent"] == [code]


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def publication(team):
    call = write_call(team, NOW)
    plan_candidatures(call, team, NOW)
    sent = Publication(call=Call.objects.get(pk=call.pk), channel="boamp", sent_at=NOW, receipt_number="26-104233")
    within_act(sent.save, chain=call.chain, at=NOW)
    return sent


def read(publication, actor, **more):
    given = {"published_at": NOW + HOUR, "said": prepared(publication), "now": NOW + 2 * HOUR} | more
    return record_published(publication=publication, actor=actor, **given)


def test_what_was_sent_is_kept_beside_what_came_out(publication, team):
    wrong = prepared(publication) | {"BT-27": "640000.00"}
    notice = read(publication, team.author, said=wrong)
    [gap] = gaps(compare(notice.ours, notice.said, notice.text))
    assert (gap.ours, gap.theirs) == ("540\u202f000,00\u00a0€", "640\u202f000,00\u00a0€")
    assert Entry.objects.get(act="notice.published_recorded").data["gaps"] == 1
    read(publication, team.author)
    assert PublishedNotice.objects.get().said == prepared(publication)


def test_a_later_extension_is_not_a_gap(publication, team):
    before = prepared(publication)
    period = publication.call.lots.get().periods.get(kind="candidature")
    row = PeriodDeadline(period=period, closes_at=period.closes_at() + timedelta(days=7), decided_at=NOW + HOUR)
    within_act(row.save, chain=publication.call.chain, at=NOW + HOUR)
    assert prepared(publication) == before


def test_what_cannot_be_is_refused(publication, team):
    for wrong, said in (
        ({"said": {}}, "rien à comparer"),
        ({"published_at": NOW - HOUR}, "entre son envoi et maintenant"),
        ({"published_at": NOW + 3 * HOUR}, "entre son envoi et maintenant"),
    ):
        with pytest.raises(Refusal, match=said):
            read(publication, team.author, **wrong)
    with pytest.raises(NotAllowed):
        read(publication, team.reader)
    assert not PublishedNotice.objects.exists()


def test_the_page_compares_field_by_field(publication, team):
    call = publication.call
    address = reverse("notices:published", args=[call.reference, publication.pk])
    client = client_of(team.author)
    sheet = reverse("notices:sheet", args=[call.reference])
    assert "Comparer l’avis paru" in text(client.get(sheet))
    assert "Relever l’avis paru" in text(client.get(address))
    nothing = client.post(address, moment("published_at", NOW + HOUR))
    assert nothing.status_code == 422
    data = {
        **moment("published_at", NOW + HOUR),
        **moment("bt-1311-lot-1", datetime(2026, 12, 28, 11, 0, tzinfo=UTC)),
        "bt-27": "540 000",
        "text": f"Titre : {call.title}. CPV : {call.cpv}",
        "url": "https://www.boamp.fr/avis/26-104233",
        "file": SimpleUploadedFile("avis.pdf", b"%PDF-1.7\n" + b"avis " * 30),
    }
    assert client.post(address, data).status_code == 302
    shown = text(client.get(address))
    for words in ("Différent", "28/12/2026 à 12 h 00", "Identique", "Trouvé dans le texte", "Absent du texte"):
        assert words in shown
    assert "écarts" in text(client.get(sheet))
    kept = PublishedNotice.objects.get()
    assert kept.said["BT-27"] == str(Decimal("540000.00"))
    stranger = Actor.of(make(MembershipFactory))
    assert can(team.author, "file.download", kept.file)
    assert not can(stranger, "file.download", kept.file)
    assert client_of(stranger).get(address).status_code == 404
