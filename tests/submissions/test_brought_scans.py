"""Files brought from another buyer profile are read by the antivirus before anybody, as those opened here (LR-58)."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core import mail
from django.core.management import call_command
from django.urls import reverse

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Membership
from marketplace.files import scanning
from marketplace.files.models import StoredFile
from marketplace.journal import outbox
from marketplace.journal.models import Entry
from marketplace.journal.verify import verify
from procurement.submissions import brought_files
from procurement.submissions.models import OpenedFile
from tests.calls.builders import make_team
from tests.contracts.walk import client_of, text_of
from tests.factories import MembershipFactory, OrganisationFactory, make
from tests.files.antivirus import EICAR, standing_in
from tests.submissions.elsewhere import bring, firms, first_period, opened, published_elsewhere

pytestmark = [pytest.mark.django_db, pytest.mark.law("LR-58")]
CLEAN, INFECTED, UNREAD = StoredFile.ScanVerdict.CLEAN, StoredFile.ScanVerdict.INFECTED, "not_analysed"
SPOILT = "1/candidature/annexe.pdf"


@pytest.fixture
def team(db, settings):
    settings.PROFILE_DECLARED_ON = "2026-01-15"
    return make_team()


@pytest.fixture
def period(team, moving_clock):
    return first_period(published_elsewhere(team, moving_clock.now()))


@pytest.fixture
def after(period, moving_clock):
    moving_clock.advance_to(period.closes_at() + timedelta(hours=2))
    return moving_clock.now()


@pytest.fixture
def those(period):
    """Two firms; somebody of the first one has an account."""
    found = firms(period, 2)
    make(MembershipFactory, organisation=make(OrganisationFactory, name="Pousse 1", identifier=found[0].identifier))
    return found


def brought(period, those, team, now, *, spoilt: str = SPOILT):
    content = {**opened(period, those), spoilt: b"%PDF-1.7\n" + EICAR}
    register = bring(period, those, actor=team.author, now=now, files=content)
    outbox.drain()
    return register


def verdicts() -> dict[tuple[str, str], str]:
    rows = OpenedFile.objects.select_related("stored_file", "result__submission__line")
    return {(one.result.submission.line.number, one.name): one.stored_file.scan_verdict for one in rows}


def page(team, call) -> str:
    return text_of(client_of(team.author).get(reverse("submissions:received", args=[call.reference])))


def mails_told() -> list[str]:
    return [one.body for one in mail.outbox if "Fichier dangereux" in one.subject]


def test_what_is_dangerous_is_isolated_and_told(team, period, after, those, settings):
    with standing_in("stand-in") as path:
        settings.CLAMD_SOCKET = path
        register = brought(period, those, team, after)
    assert verdicts() == {
        ("1", "annexe.pdf"): INFECTED, ("1", "candidature.pdf"): CLEAN, ("2", "candidature.pdf"): CLEAN,
    }  # fmt: skip
    assert register.table.scan_verdict == CLEAN
    found = StoredFile.objects.get(scan_verdict=INFECTED)
    owner = Actor.of(Membership.objects.get(organisation__name="Pousse 1"))
    assert client_of(owner).get(reverse("files:download", args=[found.pk])).status_code == 403
    assert Entry.objects.get(act="register.imported").data["infected"] == [found.sha256]
    [told] = mails_told()
    assert "votre réponse n° 1" in told
    assert period.lot.call.deposit_at in told
    shown = page(team, period.lot.call)
    assert "Dangereux, isolé" in shown
    assert "Dites-le à l’entreprise" not in shown
    assert verify().faults == []


def test_the_buyer_tells_a_firm_that_has_no_account(team, period, after, those, settings):
    with standing_in("stand-in") as path:
        settings.CLAMD_SOCKET = path
        brought(period, those, team, after, spoilt="2/candidature/annexe.pdf")
    assert mails_told() == []
    assert "Dites-le à l’entreprise sur l’autre profil" in page(team, period.lot.call)


def test_without_an_antivirus_nothing_is_clean_and_one_that_comes_reads_them(team, period, after, those, settings):
    brought(period, those, team, after)
    assert set(verdicts().values()) == {UNREAD}
    assert scanning.NOT_SET in page(team, period.lot.call)
    with standing_in("stand-in") as path:
        settings.CLAMD_SOCKET = path
        call_command("tend_submissions", stdout=StringIO())
    outbox.drain()
    assert verdicts()["1", "annexe.pdf"] == INFECTED
    assert len(mails_told()) == 1
    assert verify().faults == []


def test_one_that_keeps_silent_is_not_asked_for_each_file(team, period, after, those, settings, monkeypatch):
    asked = []
    real = brought_files.scan
    monkeypatch.setattr(brought_files, "scan", lambda content: asked.append(1) or real(content))
    with standing_in("silent") as path:
        settings.CLAMD_SOCKET = path
        brought(period, those, team, after)
    assert (len(asked), set(verdicts().values())) == (1, {UNREAD})
