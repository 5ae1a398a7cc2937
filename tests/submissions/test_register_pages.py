"""The pages of deposits received on another buyer profile: who opens them, what they keep, what they refuse."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Organisation
from marketplace.journal.acts import act
from marketplace.journal.errors import Refusal
from marketplace.journal.outbox import drain
from procurement.correspondence.models import Dispatch, Letter, LetterKind
from procurement.correspondence.services import record_dispatch, send_letter
from procurement.submissions.models import (
    LateAdmission,
    OpenedFile,
    ReceivedLine,
    ReceivedRegister,
    RegisterDraft,
)
from procurement.submissions.received_firms import complete_firm
from tests.calls.builders import make_team, plan_candidatures, write_call
from tests.contracts.walk import client_of, day_and_hour, text_of
from tests.factories import MembershipFactory, OrganisationFactory, make
from tests.submissions.elsewhere import (
    PDF,
    archive,
    bring,
    firms,
    first_period,
    opened,
    published_elsewhere,
    renamed,
    table,
)

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def team(settings, moving_clock):
    settings.PROFILE_DECLARED_ON = "2026-01-15"
    return make_team()


@pytest.fixture
def call(team, now):
    return published_elsewhere(team, now)


@pytest.fixture
def period(call, moving_clock):
    period = first_period(call)
    moving_clock.advance_to(period.closes_at() + HOUR)
    return period


@pytest.fixture
def author(team):
    return client_of(team.author)


def url(period, name, *more):
    return reverse(f"submissions:{name}", args=[period.lot.call.reference, 1, period.kind, *more])


def of_call(period, name, *more):
    return reverse(f"submissions:{name}", args=[period.lot.call.reference, *more])


def sent(rows, files):
    return {
        "table": SimpleUploadedFile("registre.csv", table(rows)),
        "archive": SimpleUploadedFile("plis.zip", archive(files)),
    }


# --- Who ----------------------------------------------------------------------------------------------------------


def test_only_the_team_reads_and_only_those_who_conduct_import(team, call, period, author, now):
    those = firms(period, 3, late=1)
    after = period.closes_at() + HOUR
    bring(period, those, actor=team.author, now=after)
    lines = ReceivedLine.objects.order_by("number")
    late, new = lines[2].pk, lines[0].pk
    reading = [of_call(period, "received")]
    importing = [
        url(period, "register_template"),
        url(period, "import_register"),
        url(period, "received_prices"),
        url(period, "prices_template"),
        of_call(period, "received_firm", new),
    ]
    deciding = [of_call(period, "received_late", late)]
    colleague = client_of(Actor.of(make(MembershipFactory, organisation=team.buyer)))
    stranger, firm = client_of(make_team().author), client_of(Actor.of(make(MembershipFactory)))
    expected = {
        author: (200, 200, 403),
        client_of(team.validator): (200, 200, 200),
        client_of(team.evaluator): (200, 403, 403),
        client_of(team.signatory): (200, 403, 200),
        client_of(team.custodians[0]): (200, 403, 403),
        colleague: (403, 403, 403),
        stranger: (404, 404, 404),
        firm: (404, 404, 404),
        Client(): (302, 302, 302),
    }
    for client, due in expected.items():
        for addresses, status in zip((reading, importing, deciding), due, strict=True):
            assert [client.get(one).status_code for one in addresses] == [status] * len(addresses)
    refused = client_of(team.evaluator).post(url(period, "import_register"), sent(those, opened(period, those)))
    assert refused.status_code == 403
    assert not RegisterDraft.objects.exists()


def test_these_pages_do_not_exist_for_a_call_sealed_here_nor_those_of_seals_elsewhere(team, period, author, now):
    here = write_call(team, now)
    [planned] = plan_candidatures(here, team, now)
    for name in ("import_register", "check_register", "received_prices", "register_template", "prices_template"):
        assert author.get(url(planned, name)).status_code == 404
    assert author.get(of_call(planned, "received")).status_code == 404
    for name in ("custodians", "appoint", "opening"):
        assert author.get(of_call(period, name)).status_code == 404
        assert author.get(of_call(planned, name)).status_code == 200
    assert author.get(url(period, "prepare_keys")).status_code == 404
    navigation = text_of(author.get(reverse("desk:call_board", args=[period.lot.call.reference])))
    assert "Plis reçus ailleurs" in navigation
    assert "Gardiens des clés" not in navigation
    assert "Importer les plis reçus ailleurs : candidatures" in navigation


def test_the_register_is_read_by_the_team_and_the_archive_by_nobody(team, period, author):
    register = bring(period, firms(period, 2), actor=team.author, now=period.closes_at() + HOUR)
    firm = client_of(Actor.of(make(MembershipFactory)))
    address = reverse("files:download", args=[register.table_id])
    assert (author.get(address).status_code, firm.get(address).status_code) == (200, 404)
    assert author.get(reverse("files:download", args=[register.archive_id])).status_code == 404
    # Nobody reads a candidature before it is registered, and interests are declared.
    file = OpenedFile.objects.first().stored_file_id
    assert author.get(reverse("files:download", args=[file])).status_code == 404


# --- The import ---------------------------------------------------------------------------------------------------


def test_faults_are_shown_by_line_and_nothing_sent_is_lost(team, period, author):
    those = firms(period, 3)
    wrong = [renamed(those[0], identifier="123456789"), *those[1:]]
    assert author.post(url(period, "import_register"), sent(wrong, opened(period, those))).status_code == 302
    page = text_of(author.get(url(period, "check_register")))
    assert "Ligne 2" in page
    assert "Ce SIREN ne passe pas le contrôle" in page
    assert "1/candidature/candidature.pdf" in page
    assert "Pousse 2" in page
    assert 'type="submit">Importer' not in page
    mark = re.search(r'name="shown" value="([0-9a-f]+)"', page)[1]
    refused = author.post(url(period, "check_register"), {"shown": mark})
    assert refused.status_code == 422
    assert not ReceivedRegister.objects.exists()
    # Only the register is sent again: the archive is kept.
    again = {"table": SimpleUploadedFile("registre.csv", table(those))}
    assert "plis.zip" in text_of(author.get(url(period, "import_register")))
    assert author.post(url(period, "import_register"), again).status_code == 302
    other = text_of(author.get(url(period, "check_register")))
    stale = author.post(url(period, "check_register"), {"shown": mark})
    assert "Un collègue a envoyé d’autres fichiers" in text_of(stale)
    mark = re.search(r'name="shown" value="([0-9a-f]+)"', other)[1]
    assert author.post(url(period, "check_register"), {"shown": mark}).status_code == 302
    assert ReceivedRegister.objects.get().lines.count() == 3
    assert not RegisterDraft.objects.exists()
    assert author.get(url(period, "check_register")).status_code == 404


def test_one_wrong_file_does_not_cost_the_other(period, author):
    those = firms(period, 2)
    files = {"archive": SimpleUploadedFile("plis.zip", archive(opened(period, those)))}
    alone = author.post(url(period, "import_register"), files)
    assert alone.status_code == 422
    assert "Joignez le registre des dépôts" in text_of(alone)
    assert RegisterDraft.objects.get().archive["name"] == "plis.zip"
    not_a_table = {"table": SimpleUploadedFile("registre.pdf", PDF)}
    wrong = author.post(url(period, "import_register"), not_a_table)
    assert wrong.status_code == 422
    right = {"table": SimpleUploadedFile("registre.csv", table(those))}
    assert author.post(url(period, "import_register"), right).status_code == 302


def test_a_correction_asks_why(team, period, author):
    those = firms(period, 2)
    bring(period, those, actor=team.author, now=period.closes_at() + HOUR)
    files = sent(those[:1], opened(period, those[:1]))
    assert "écrivez ce que celui-ci corrige" in text_of(author.post(url(period, "import_register"), files))
    answer = author.post(url(period, "import_register"), {"reason": "Le pli 2 est d’un autre lot."})
    assert answer.status_code == 302
    page = text_of(author.get(url(period, "check_register")))
    assert "Le pli 2 est d’un autre lot." in page
    mark = re.search(r'name="shown" value="([0-9a-f]+)"', page)[1]
    author.post(url(period, "check_register"), {"shown": mark})
    assert ReceivedRegister.objects.standing(period).reason == "Le pli 2 est d’un autre lot."
    assert "Version 2" in text_of(author.get(of_call(period, "received")))


def test_before_the_deadline_the_page_says_when(call, team, author):
    period = first_period(call)
    page = text_of(author.get(of_call(period, "received")))
    assert "Le registre s’importe après l’heure limite." in page
    those = firms(period, 2)
    early = author.post(url(period, "import_register"), sent(those, opened(period, those)))
    assert early.status_code == 422
    assert "L’heure limite n’est pas passée" in text_of(early)


def test_what_came_late_is_admitted_by_two_with_the_report_of_the_other_profile(team, period):
    bring(period, firms(period, 2, late=1), actor=team.author, now=period.closes_at() + HOUR)
    line = ReceivedLine.objects.get(number="2")
    address = of_call(period, "received_late", line.pk)
    validator, signatory = client_of(team.validator), client_of(team.signatory)
    without = validator.post(address, {"reasons": "Elle a commencé à temps."})
    assert "Joignez le rapport de l’autre profil" in text_of(without)
    report = SimpleUploadedFile("rapport.pdf", PDF)
    assert validator.post(address, {"reasons": "Elle a commencé à temps.", "report": report}).status_code == 302
    admission = LateAdmission.objects.get()
    own = validator.post(address)
    assert own.status_code == 422
    assert signatory.get(reverse("files:download", args=[admission.incident_report_id])).status_code == 200
    assert signatory.post(address).status_code == 302
    assert "Admis à deux" in text_of(signatory.get(of_call(period, "received")))
    on_time = ReceivedLine.objects.get(number="1")
    assert validator.get(of_call(period, "received_late", on_time.pk)).status_code == 404


# --- Letters ------------------------------------------------------------------------------------------------------


def write_letter(call, team, firm, now):
    lot = call.lots.get()
    with act(call.chain, "test.decided", actor=team.validator, now=now):
        return send_letter(
            call=call, lot=lot, recipient=firm, kind=LetterKind.CANDIDATURE_REJECTION, now=now,
            facts={"reasons": "La capacité de recherche n’est pas démontrée."},
        )  # fmt: skip


@pytest.mark.law("LR-40")
def test_a_letter_that_nobody_reads_here_is_sent_elsewhere_and_proved(team, call, period, author, moving_clock):
    now = moving_clock.now()
    alone, known = make(OrganisationFactory), make(OrganisationFactory)
    make(MembershipFactory, organisation=known)
    letter, read_here = write_letter(call, team, alone, now), write_letter(call, team, known, now)
    drain()
    assert (letter.elsewhere, read_here.elsewhere) == (True, False)
    messages = text_of(author.get(reverse("desk:messages", args=[call.reference])))
    assert "1 lettre s’adresse à une entreprise sans compte ici" in messages
    address = reverse("desk:dispatch_letter", args=[call.reference, letter.pk])
    assert author.get(reverse("desk:dispatch_letter", args=[call.reference, read_here.pk])).status_code == 404
    assert client_of(Actor.of(make(MembershipFactory))).get(address).status_code == 404
    colleague = client_of(Actor.of(make(MembershipFactory, organisation=team.buyer)))
    assert colleague.get(address).status_code == 403
    evaluator = client_of(team.evaluator)
    assert evaluator.get(address).status_code == 200
    moving_clock.advance(timedelta(days=1))
    form = day_and_hour("sent_at", moving_clock.now()) | {"reference": "MSG-77"}
    assert evaluator.post(address, form).status_code == 403
    without = author.post(address, form | {"reference": ""})
    assert "Indiquez le numéro" in text_of(without)
    future = author.post(address, form | day_and_hour("sent_at", moving_clock.now() + timedelta(days=2)))
    assert "L’envoi se place entre la lettre et maintenant" in text_of(future)
    proof = SimpleUploadedFile("accuse.pdf", PDF)
    assert author.post(address, form | {"proof": proof}).status_code == 302
    dispatch = Dispatch.objects.get()
    assert (dispatch.reference, Letter.objects.get(pk=letter.pk).left_at) == ("MSG-77", dispatch.sent_at)
    assert author.get(reverse("files:download", args=[dispatch.proof_id])).status_code == 200
    with pytest.raises(Refusal, match="déjà consigné"):
        record_dispatch(
            letter=letter, sent_at=dispatch.sent_at, reference="x", actor=team.author, now=moving_clock.now()
        )


def test_an_identity_is_written_by_the_buyer_until_the_firm_has_an_account(team, period, author):
    bring(period, firms(period, 1), actor=team.author, now=period.closes_at() + HOUR)
    line = ReceivedLine.objects.select_related("register__period__lot__call", "party__lead").get()
    fields = {"legal_form": "SAS", "address": "1 rue", "postcode": "35000", "city": "Rennes", "country": "FR"}
    address = of_call(period, "received_firm", line.pk)
    assert author.post(address, fields | {"size": "sme"}).status_code == 302
    assert Organisation.objects.get(pk=line.party.lead_id).legal_form == "SAS"
    make(MembershipFactory, organisation=line.party.lead)
    assert author.get(address).status_code == 404
    with pytest.raises(Refusal, match="a un compte ici"):
        complete_firm(line=line, fields=fields | {"size": "sme"}, actor=team.author, now=period.closes_at() + HOUR)
