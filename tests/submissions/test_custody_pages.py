"""Custodians are appointed, try their keys and open, through the pages; nobody learns anything before."""

import io
import re
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from marketplace.accounts.actors import Actor
from marketplace.journal.models import Entry
from marketplace.journal.outbox import drain
from marketplace.mail.models import Message
from procurement.calls.models import SubmissionPeriod
from procurement.submissions.models import (
    Custodian,
    KeyRehearsal,
    LateAdmission,
    OpenedFile,
    OpeningMinutes,
    OpeningResult,
    OpeningSession,
    Submission,
)
from procurement.submissions.opening_process import OpeningProcess, ProcessDied
from procurement.submissions.reading import opened_answers
from procurement.submissions.todo import todos
from tests.calls.builders import team_user
from tests.factories import MembershipFactory, make
from tests.submissions.browsing import Firm, publish, signed_in, text_of
from tests.submissions.stage import Stage, make_stage


@pytest.fixture
def stage(db: None, moving_clock) -> Stage:
    """A published call that receives candidatures; keys prepared and tried."""
    stage = make_stage(moving_clock, kind="candidature")
    publish(stage)
    return stage


@pytest.fixture
def unprepared(db: None, moving_clock) -> Stage:
    """Custodians appointed, no key shared yet."""
    return make_stage(moving_clock, kind="candidature", ready=False)


def at(stage: Stage, name: str, *more: Any) -> str:
    return reverse(f"submissions:{name}", args=[stage.call.reference, *more])


def kit_file(identity: str) -> SimpleUploadedFile:
    return SimpleUploadedFile("cle.txt", f"# Clé de secours\n{identity}\n".encode())


def give_key(stage: Stage, number: int, address: str, *, identity: str = "") -> HttpResponse:
    """A custodian uploads a kit."""
    client = signed_in(stage.team.custodians[number])
    return client.post(address, {"kit": kit_file(identity or stage.kits[number].identity)})


def open_candidatures(stage: Stage) -> None:
    address = at(stage, "open_envelope", 1, "candidature", "candidature")
    assert give_key(stage, 0, address).status_code == 302
    stage.clock.advance(timedelta(minutes=2))
    assert give_key(stage, 1, address).status_code == 302


# --- Appointing and trying --------------------------------------------------------------------------------------------


@pytest.mark.law("LR-57")
def test_three_custodians_are_appointed_and_their_kits_given_once(unprepared):
    author = signed_in(unprepared.team.author)
    people = [team_user(one) for one in unprepared.team.custodians]
    posted = {name: str(person.pk) for name, person in zip(("first", "second", "third"), people, strict=True)}
    page = author.get(at(unprepared, "appoint")).content.decode()
    assert "pourrait en garder une copie" in page
    answer = author.post(at(unprepared, "appoint"), posted)
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    kits = [archive.read(name).decode() for name in archive.namelist() if name.startswith("cle-")]
    assert len(kits) == 3
    assert answer["Cache-Control"] == "private, no-store"
    fingerprints = set(Custodian.objects.serving(unprepared.call).values_list("fingerprint", flat=True))
    assert all(any(fingerprint in kit for kit in kits) for fingerprint in fingerprints)
    assert "AGE-SECRET-KEY" not in author.get(at(unprepared, "custodians")).content.decode()


def test_the_same_person_twice_is_refused_beside_the_form(unprepared):
    author = signed_in(unprepared.team.author)
    one, two = (str(team_user(person).pk) for person in unprepared.team.custodians[:2])
    answer = author.post(at(unprepared, "appoint"), {"first": one, "second": one, "third": two})
    assert answer.status_code == 422
    assert "trois gardiens distincts" in answer.content.decode()


def test_only_those_who_write_or_validate_appoint(unprepared):
    for actor, expected in [
        (unprepared.team.signatory, 403),
        (Actor.of(make(MembershipFactory)), 404),
        (unprepared.team.validator, 200),
    ]:
        assert signed_in(actor).get(at(unprepared, "appoint")).status_code == expected


@pytest.mark.law("LR-57")
def test_keys_are_prepared_then_tried_by_three_before_the_period_opens(unprepared):
    author = signed_in(unprepared.team.author)
    prepare = at(unprepared, "prepare_keys", 1, "candidature")
    assert author.get(prepare).status_code == 200
    assert not KeyRehearsal.objects.exists()
    assert author.post(prepare).url == at(unprepared, "custodians")
    assert "Clés à essayer" in author.get(at(unprepared, "custodians")).content.decode()
    for number in range(3):
        home = signed_in(unprepared.team.custodians[number]).get(reverse("submissions:custody_home"))
        assert "À essayer" in home.content.decode()
        assert give_key(unprepared, number, at(unprepared, "rehearse", 1, "candidature")).status_code == 302
    assert SubmissionPeriod.objects.get().keys_ready_at is not None
    assert "Clés essayées par les trois gardiens" in author.get(at(unprepared, "custodians")).content.decode()


def test_a_wrong_kit_is_told_and_never_shown_again(stage):
    address = at(stage, "rehearse", 1, "candidature")
    answer = give_key(stage, 0, address, identity=stage.kits[1].identity)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "prenez le kit qui porte l’empreinte" in html
    assert stage.kits[1].identity not in html
    copied = signed_in(stage.team.custodians[0]).post(address, {"key_line": "AGE-SECRET-KEY-1FAUX"})
    assert copied.status_code == 422
    assert "AGE-SECRET-KEY-1FAUX" not in copied.content.decode()


def test_a_key_copied_from_paper_serves_as_well(stage):
    address = at(stage, "rehearse", 1, "candidature")
    typed = " ".join(re.findall("..?.?.?", stage.kits[0].identity.lower()))
    answer = signed_in(stage.team.custodians[0]).post(address, {"key_line": f" {typed} "})
    assert answer.status_code == 302


def test_a_custodian_makes_their_own_key_until_keys_are_shared(unprepared):
    custodian = signed_in(unprepared.team.custodians[0])
    answer = custodian.post(at(unprepared, "renew_key"))
    identity = next(line for line in answer.content.decode().splitlines() if line.startswith("AGE-SECRET-KEY-1"))
    assert identity != unprepared.kits[0].identity
    signed_in(unprepared.team.author).post(at(unprepared, "prepare_keys", 1, "candidature"))
    rehearse = at(unprepared, "rehearse", 1, "candidature")
    assert give_key(unprepared, 0, rehearse).status_code == 422
    assert give_key(unprepared, 0, rehearse, identity=identity).status_code == 302
    late = custodian.post(at(unprepared, "renew_key"))
    assert late.status_code == 422
    assert "ne se refait plus" in late.content.decode()


def test_nobody_else_has_keys_to_try(stage):
    for actor in (stage.team.author, Actor.of(make(MembershipFactory))):
        assert signed_in(actor).get(at(stage, "rehearse", 1, "candidature")).status_code == 404
        assert (
            "Vous ne gardez aucune clé." in signed_in(actor).get(reverse("submissions:custody_home")).content.decode()
        )


# --- Opening ----------------------------------------------------------------------------------------------------------


@pytest.mark.law("LR-57")
def test_before_the_deadline_only_the_deadline_is_told(stage):
    Firm(stage, "Tramélys").hand_in()
    custodian = signed_in(stage.team.custodians[0])
    html = custodian.get(at(stage, "opening")).content.decode()
    assert "Les plis restent scellés jusqu’au" in html
    assert "Tramélys" not in html
    answer = give_key(stage, 0, at(stage, "open_envelope", 1, "candidature", "candidature"))
    assert answer.status_code == 422
    assert "Attendez l’heure limite." in answer.content.decode()
    assert not OpeningSession.objects.exists()


@pytest.mark.law("LR-57", "LR-115")
def test_four_candidatures_of_which_one_late_are_opened_by_two(stage):
    firms = [Firm(stage, name) for name in ("Tramélys", "Quai Clair", "Voie Douce")]
    for firm in firms:
        firm.hand_in()
    firms[0].client.post(firms[0].page("replace"))
    firms[0].hand_in()
    firms[1].client.post(firms[1].page("withdraw"))
    hand_in_late(stage)
    open_candidatures(stage)
    assert OpeningMinutes.objects.count() == 1
    html = signed_in(stage.team.author).get(at(stage, "opening")).content.decode()
    assert "Tramélys" in html
    assert "Voie Douce" in html
    # Withdrawn, replaced and late ones stay sealed, and their authors unnamed.
    assert "Quai Clair" not in html
    assert "Trop Tard" not in html
    assert "Reçus après l’heure limite" in html
    assert OpeningResult.objects.count() == 2
    opened = Submission.objects.get(party__lead=firms[0].organisation, version=2)
    assert opened_answers(opened, "candidature")["capacities"]["turnover_ht"] == "96000.50"
    assert set(OpenedFile.objects.values_list("name", flat=True)) == {"memoire.pdf"}


@pytest.mark.law("LR-57")
def test_one_custodian_alone_opens_nothing(stage):
    Firm(stage, "Tramélys").hand_in()
    stage.close()
    address = at(stage, "open_envelope", 1, "candidature", "candidature")
    give_key(stage, 0, address)
    again = give_key(stage, 0, address)
    assert again.status_code == 422
    assert "un second gardien" in again.content.decode()
    assert not OpeningResult.objects.exists()
    page = signed_in(stage.team.custodians[0]).get(at(stage, "opening")).content.decode()
    assert "un second gardien est attendu" in page


@pytest.mark.law("LR-57")
def test_thirty_one_minutes_later_it_begins_again(stage):
    Firm(stage, "Tramélys").hand_in()
    stage.close()
    address = at(stage, "open_envelope", 1, "candidature", "candidature")
    give_key(stage, 0, address)
    stage.clock.advance(timedelta(minutes=31))
    give_key(stage, 1, address)
    assert not OpeningResult.objects.exists()
    stage.clock.advance(timedelta(minutes=1))
    assert give_key(stage, 2, address).status_code == 302
    assert OpeningResult.objects.count() == 1


def test_others_of_the_team_read_but_do_not_open(stage):
    Firm(stage, "Tramélys").hand_in()
    stage.close()
    author = signed_in(stage.team.author)
    address = at(stage, "open_envelope", 1, "candidature", "candidature")
    assert author.get(address).status_code == 403
    assert author.post(address, {"kit": kit_file(stage.kits[0].identity)}).status_code == 403
    assert "Commencer l’ouverture" not in author.get(at(stage, "opening")).content.decode()
    assert signed_in(Actor.of(make(MembershipFactory))).get(at(stage, "opening")).status_code == 404


def test_an_interrupted_opening_is_resumed(stage, monkeypatch):
    for name in ("Tramélys", "Quai Clair"):
        Firm(stage, name).hand_in()
    stage.close()
    address = at(stage, "open_envelope", 1, "candidature", "candidature")

    def dies(self: OpeningProcess, **kwargs: Any) -> Any:
        raise ProcessDied

    give_key(stage, 0, address)
    with monkeypatch.context() as patch:
        patch.setattr(OpeningProcess, "take_out", dies)
        answer = give_key(stage, 1, address)
    assert answer.status_code == 422
    assert "recommencez à deux" in answer.content.decode()
    assert "Interrompue" in signed_in(stage.team.custodians[0]).get(at(stage, "opening")).content.decode()
    stage.clock.advance(timedelta(minutes=1))
    open_candidatures(stage)
    assert OpeningResult.objects.readable().count() == 2


@pytest.mark.law("LR-115")
def test_the_minutes_are_downloaded_by_the_team(stage):
    Firm(stage, "Tramélys").hand_in()
    stage.close()
    open_candidatures(stage)
    drain()
    author = signed_in(stage.team.author)
    html = author.get(at(stage, "opening")).content.decode()
    assert "Procès-verbal (PDF)" in html
    stored = OpeningMinutes.objects.get().document.rendering.stored_file
    assert author.get(reverse("files:download", args=[stored.pk])).status_code == 200


# --- Late submissions -------------------------------------------------------------------------------------------------


def ready_to_hand_in(stage: Stage, name: str) -> Firm:
    """A firm whose answer was read again, and only waits for its seal."""
    firm = Firm(stage, name)
    firm.begin()
    firm.fill({"declaration": {"exclusion_grounds_absent": "on"}})
    firm.read_again(incomplete="on")
    return firm


def hand_in_late(stage: Stage) -> Firm:
    late = ready_to_hand_in(stage, "Trop Tard")
    stage.close()
    late.seal()
    return late


@pytest.mark.law("LR-54")
def test_two_people_admit_a_late_one_which_is_then_opened(stage):
    Firm(stage, "Tramélys").hand_in()
    late = hand_in_late(stage)
    number = late.submission.receipts.get().number
    validator, signatory = signed_in(stage.team.validator), signed_in(stage.team.signatory)
    page = at(stage, "late", number)
    assert validator.get(page).status_code == 404
    open_candidatures(stage)
    assert "Trop Tard" not in validator.get(page).content.decode()
    assert validator.post(page, {"reasons": ""}).status_code == 422
    assert validator.post(page, {"reasons": "Le site a renvoyé trois erreurs."}).status_code == 302
    alone = validator.post(page)
    assert alone.status_code == 422
    assert "Faites décider une seconde personne" in alone.content.decode()
    assert signatory.post(page).status_code == 302
    assert LateAdmission.objects.get().confirmed_at is not None
    assert "Ouverture complémentaire possible" in validator.get(at(stage, "opening")).content.decode()
    open_candidatures(stage)
    html = validator.get(at(stage, "opening")).content.decode()
    assert "Trop Tard" in html
    drain()
    assert "Rapport technique du dépôt (PDF)" in validator.get(page).content.decode()


def test_who_may_not_decide_does_not_see_the_page(stage):
    late = hand_in_late(stage)
    open_candidatures(stage)
    page = at(stage, "late", late.submission.receipts.get().number)
    assert signed_in(stage.team.author).get(page).status_code == 403
    assert late.client.get(page).status_code == 404


# --- Nothing leaks, nothing grows -------------------------------------------------------------------------------------


@pytest.mark.law("LR-57")
def test_two_worlds_with_one_and_nine_bids_are_the_same_to_the_buyer(stage):
    people = {"author": stage.team.author, "validator": stage.team.validator, "custodian": stage.team.custodians[0]}
    clients = {name: signed_in(actor) for name, actor in people.items()}

    def seen() -> dict[tuple[str, str], str]:
        pages = [at(stage, "opening"), at(stage, "custodians"), reverse("submissions:custody_home")]
        pages.append(at(stage, "open_envelope", 1, "candidature", "candidature"))
        return {(name, page): text_of(client.get(page)) for name, client in clients.items() for page in pages}

    def told() -> list[Any]:
        return [todos(calls=[stage.call], actor=actor, now=stage.now) for actor in people.values()]

    firms = [Firm(stage, "Entreprise 0")]
    firms[0].hand_in()
    one, todo_one = seen(), told()
    for number in range(1, 9):
        firms.append(Firm(stage, f"Entreprise {number}"))
        firms[-1].hand_in()
    assert (seen(), told()) == (one, todo_one)
    stage.close()
    nine_closed = seen()
    for firm in firms:
        assert not any(firm.organisation.name in html for html in nine_closed.values())
    assert Submission.objects.count() == 9


def test_after_the_deadline_and_before_the_opening_nothing_more_is_told(db, moving_clock):
    """The same page, whether nobody answered or two firms did."""
    stage = make_stage(moving_clock, kind="candidature")
    publish(stage)
    author = signed_in(stage.team.author)
    firms = [ready_to_hand_in(stage, name) for name in ("Tramélys", "Quai Clair")]
    stage.close()
    empty = text_of(author.get(at(stage, "opening")))
    for firm in firms:
        firm.seal()
    assert text_of(author.get(at(stage, "opening"))) == empty


def test_the_opening_page_takes_as_many_queries_for_three_as_for_one(db, moving_clock):
    counts, stages, late = [], [make_stage(moving_clock, kind="candidature") for _ in range(2)], {}
    for stage, size in zip(stages, (1, 3), strict=True):
        publish(stage)
        for number in range(size):
            Firm(stage, f"Entreprise {number}").hand_in()
        late[size] = [ready_to_hand_in(stage, f"Retard {number}") for number in range(size)]
    stages[0].close()
    for stage, size in zip(stages, (1, 3), strict=True):
        for firm in late[size]:
            firm.seal()
        open_candidatures(stage)
        author = signed_in(stage.team.author)
        with CaptureQueriesContext(connection) as queries:
            html = author.get(at(stage, "opening")).content.decode()
        counts.append(len(queries))
        assert html.count("Reste scellé") == size
    assert counts[0] == counts[1]


def test_each_receipt_is_announced_without_any_content(stage):
    firm = Firm(stage, "Tramélys")
    firm.hand_in()
    firm.client.post(firm.page("withdraw"))
    drain()
    subjects = list(Message.objects.order_by("queued_at", "subject").values_list("subject", flat=True))
    numbers = list(firm.submission.receipts.order_by("issued_at", "kind").values_list("number", "kind"))
    assert {subject.split(" :")[0].replace("\u00a0", " ") for subject in subjects} == {
        "Réponse déposée", "Réponse retirée"
    }  # fmt: skip
    assert all(any(number in subject for subject in subjects) for number, _kind in numbers)
    assert all(len(subject) <= 60 for subject in subjects)
    bodies = " ".join(Message.objects.values_list("body", flat=True))
    assert "memoire.pdf" not in bodies
    assert "brevets" not in bodies
    assert Entry.objects.filter(act="receipt.mailed").count() == 2
    assert {message.to_user_id for message in Message.objects.all()} == {firm.actor.user_id}


def test_todos_follow_keys_and_dates(unprepared):
    author, custodian = unprepared.team.author, unprepared.team.custodians[0]

    def labels(actor: Actor) -> list[str]:
        return [todo.label for todo in todos(calls=[unprepared.call], actor=actor, now=unprepared.now)]

    assert labels(author) == ["Préparer les clés : Candidatures"]
    signed_in(author).post(at(unprepared, "prepare_keys", 1, "candidature"))
    assert labels(author) == []
    assert labels(custodian) == ["Essayer votre clé : Candidatures"]
    for number in range(3):
        give_key(unprepared, number, at(unprepared, "rehearse", 1, "candidature"))
    assert labels(custodian) == []
    publish(unprepared)
    firm = Firm(unprepared, "Tramélys")
    firm.begin()
    assert labels(firm.actor) == ["Terminer et déposer votre réponse"]
    unprepared.close()
    assert labels(custodian) == ["Ouvrir les plis : Candidatures"]
    open_candidatures(unprepared)
    assert labels(custodian) == []
