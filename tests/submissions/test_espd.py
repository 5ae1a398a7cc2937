"""A firm gives its DUME in the candidature: what it fills, what it never overwrites, what the buyer opens (LR-45)."""

import io
from pathlib import Path

import pytest
from django.test import Client

from marketplace.files.services import open_stored
from marketplace.journal.errors import Refusal
from procurement.calls.models import PeriodEnvelope
from procurement.espd.response import read_response, says_none_applies
from procurement.submissions.draft_box import read_draft
from procurement.submissions.espd import check_request, give_espd
from procurement.submissions.models import Attempt, DepositFile, OpenedFile, OpeningResult
from procurement.submissions.progress import progress_of
from tests.espd.responses import request, response
from tests.espd.test_reading import BILLION_LAUGHS
from tests.factories import within_act
from tests.submissions.browsing import CANDIDATURE, Firm, publish, text_of
from tests.submissions.stage import Stage, make_stage

STATEMENT = "Déclaration sur l’honneur"


@pytest.fixture
def stage(db: None, moving_clock) -> Stage:
    """A published call that receives candidatures, of PDF files only."""
    stage = make_stage(moving_clock, kind="candidature", bytes_per_file=4_000_000, media_types=["application/pdf"])
    publish(stage)
    return stage


@pytest.fixture
def firm(stage: Stage) -> Firm:
    firm = Firm(stage, "Tramélys")
    firm.begin()
    return firm


def give(firm: Firm, content: bytes, name: str = "dume.xml", **more):
    file = io.BytesIO(content)
    file.name = name
    return firm.client.post(firm.page("espd"), {"file": file}, **more)


def words(answer) -> str:
    return text_of(answer).replace("\u00a0", " ")


def typed(firm: Firm) -> dict:
    return read_draft(firm.deposit).get("typed", {})


def expect(stage: Stage, *labels: str) -> None:
    envelope = PeriodEnvelope.objects.get(period=stage.period)
    envelope.expected_documents = list(labels)
    within_act(envelope.save, chain=stage.call.chain)


def of(firm: Firm, **answers) -> bytes:
    return response(siren=firm.organisation.identifier, **answers)


@pytest.mark.law("LR-45", "LR-44")
def test_a_dume_stands_for_the_statement_and_fills_the_figures(firm):
    assert give(firm, of(firm)).url == firm.page("task", "dume") == firm.page("espd")
    kept = typed(firm)
    assert kept["declaration"]["part"] == {"exclusion_grounds_absent": True}
    assert kept["capacites"]["data"] == {"turnover_ht": ["1250000.00"], "staff": ["14"]}
    assert Attempt.objects.filter(event="file_whole", file_id=firm.deposit.files.get().pk).exists()
    html = words(firm.client.get(firm.page("espd")))
    assert "Aucun des 24 motifs" in html
    assert "Repris de votre DUME" in html
    assert "Ce DUME est-il le vôtre" not in html
    page = words(firm.client.get(firm.page("task", "capacites")))
    assert 'value="1250000.00"' in page
    assert "Vérifiez, complétez" in page
    progress = progress_of(firm.deposit)
    assert progress.blocking == []
    assert progress.unfinished[0].code == "capacites"


@pytest.mark.law("LR-45")
def test_what_a_person_typed_stays(firm):
    firm.fill({"capacites": CANDIDATURE["capacites"]})
    give(firm, of(firm))
    assert typed(firm)["capacites"]["data"]["staff"] == ["8"]
    assert typed(firm)["capacites"]["source"] == ""


@pytest.mark.law("LR-45")
def test_what_it_filled_becomes_the_person_s_own_or_goes_with_it(firm):
    give(firm, of(firm))
    answer = firm.client.post(
        firm.page("task", "capacites"),
        {"turnover_ht": "1 250 000", "staff": "14", "research_staff": "6", "version": "1"},
    )
    assert answer.status_code == 302
    file = firm.deposit.files.get()
    assert firm.client.post(firm.page("remove_file", file.pk)).status_code == 302
    kept = typed(firm)
    assert set(kept) == {"capacites"}
    assert kept["capacites"]["part"]["research_staff"] == 6
    assert "declarations" not in read_draft(firm.deposit)["answers"]["candidature"]
    assert "espd" not in read_draft(firm.deposit)["answers"]["candidature"]


@pytest.mark.law("LR-45")
def test_a_ground_that_applies_leaves_the_statement_to_the_dume(firm):
    give(firm, of(firm, yes={"tax-pay": "Échéancier suivi"}))
    assert "declaration" not in typed(firm)
    progress = progress_of(firm.deposit)
    assert progress.blocking == []
    assert STATEMENT not in [task.label for task in progress.unfinished]
    html = words(firm.client.get(firm.page("espd")))
    assert "Répond « oui » : Paiement des impôts et taxes." in html
    assert "Échéancier suivi" in html
    firm.fill({"declaration": CANDIDATURE["declaration"]})
    assert "se contredisent" in words(firm.client.get(firm.page("espd")))


@pytest.mark.law("LR-45")
def test_a_ground_without_answer_leaves_the_statement_to_do(firm):
    give(firm, of(firm, silent=("corruption",)))
    assert [task.label for task in progress_of(firm.deposit).blocking] == [STATEMENT]


@pytest.mark.law("LR-45")
@pytest.mark.parametrize("model", ["ESPD-EDMv2.1.1-SELFCONTAINED", "ESPD-EDMv3.3.0"])
def test_an_older_model_is_kept_and_refused_nowhere(firm, model):
    assert give(firm, of(firm, model=model)).status_code == 302
    assert progress_of(firm.deposit).blocking == []
    assert "ne lit pas le détail" in words(firm.client.get(firm.page("espd")))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (BILLION_LAUGHS, "type de document"),
        (b"%PDF-1.7\n", "pas du XML lisible"),
        (b"<facture/>", "pas un DUME"),
        (b"", "Ce fichier est vide"),
        (b"<a>" + b" " * (4 * 1024 * 1024) + b"</a>", "dépasse 4 Mio"),
    ],
)
def test_what_is_no_dume_leaves_nothing(firm, content, told):
    answer = give(firm, content)
    assert answer.status_code == 422
    assert told in words(answer)
    assert not DepositFile.objects.exists()
    assert typed(firm) == {}
    assert not Attempt.objects.filter(event="file_whole").exists()


def test_a_body_far_too_large_is_not_read(firm):
    assert give(firm, b"<a>" + b" " * (6 * 1024 * 1024)).status_code == 413


def test_the_form_comes_from_its_own_page(firm):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = firm.client.cookies
    file = io.BytesIO(of(firm))
    file.name = "dume.xml"
    assert strict.post(firm.page("espd"), {"file": file}).status_code == 403
    assert not DepositFile.objects.exists()


def test_no_clear_byte_reaches_the_disk(firm, settings, tmp_path, monkeypatch):
    written = []
    monkeypatch.setattr("django.core.files.uploadhandler.TemporaryFileUploadHandler.new_file", written.append)
    assert give(firm, of(firm) + b" " * 3_000_000).status_code == 302
    assert written == []
    root = settings.SUBMISSION_ROOT
    parts = [path for path in Path(root).rglob("*") if path.is_file()]
    assert parts
    assert not any(b"QualificationApplication" in path.read_bytes() for path in parts)


def test_another_firm_s_dume_is_told(firm):
    give(firm, response(siren="552100554", name="Autre Chose"))
    assert "Il nomme « Autre Chose »" in words(firm.client.get(firm.page("espd")))


@pytest.mark.law("LR-45")
def test_the_documents_that_it_stands_for_are_not_missing(stage, firm):
    expect(stage, "DC1 ou DUME", "Présentation")
    give(firm, of(firm))
    progress = progress_of(firm.deposit)
    assert [slot.label for slot in progress.missing_documents] == ["Présentation"]
    html = words(firm.client.get(firm.page("files")))
    assert "Votre DUME en tient lieu" in html
    assert "dume.xml" in html


@pytest.mark.law("LR-45")
def test_the_buyer_opens_the_file_and_what_it_says(stage, firm):
    give(firm, of(firm))
    firm.fill({code: values for code, values in CANDIDATURE.items() if code.startswith("selection")})
    firm.client.post(firm.page("task", "capacites"), {**CANDIDATURE["capacites"], "version": "1"})
    assert firm.send("candidature", 1).status_code == 302
    assert firm.read_again().status_code == 302, words(firm.client.get(firm.page("review")))
    assert firm.seal().url == firm.page("receipt")
    stage.close()
    stage.open("candidature")
    answers = OpeningResult.objects.get().answers
    assert answers["espd"][0]["operator"]["name"] == "Tramélys"
    opened = OpenedFile.objects.get(label="DUME")
    assert opened.name == "dume.xml"
    assert b"QualificationApplicationResponse" in open_stored(opened.stored_file)


def test_a_frozen_deposit_takes_none(stage, firm):
    firm.deposit.__class__.objects.update(closed_at=stage.now)
    with pytest.raises(Refusal):
        give_espd(deposit=firm.deposit, name="d.xml", content=of(firm), actor=firm.actor, now=stage.now)


@pytest.fixture
def request_file(settings, tmp_path) -> Path:
    """A request that the operator took from the official sources."""
    file = tmp_path / "demande.xml"
    file.write_bytes(request())
    settings.ESPD_REQUEST = str(file)
    return file


def test_a_firm_gets_its_dume_from_what_it_typed(stage, firm, request_file):
    assert "Terminez d’abord" in words(firm.client.get(firm.page("espd")))
    assert firm.client.get(firm.page("own_espd")).status_code == 409
    firm.fill({code: CANDIDATURE[code] for code in ("declaration", "capacites")})
    assert "Télécharger mon DUME" in words(firm.client.get(firm.page("espd")))
    answer = firm.client.get(firm.page("own_espd"))
    assert answer["Content-Disposition"] == f'attachment; filename="dume-{stage.call.reference}.xml"'
    said = read_response(answer.content)
    assert says_none_applies(said)
    assert said["operator"]["name"] == "Tramélys"
    assert said["figures"] == {"turnover": "96000.50", "turnover_period": "", "staff": "8"}
    assert b"AUTRE" not in answer.content
    assert give(firm, answer.content).status_code == 302


def test_without_a_request_the_page_leads_to_the_official_service(firm):
    page = words(firm.client.get(firm.page("espd")))
    assert "dume.chorus-pro.gouv.fr" in page
    assert firm.client.get(firm.page("own_espd")).status_code == 409


@pytest.mark.parametrize(
    "content",
    [b"", b"<a/>", response(), request("ESPD-EDMv3.3.0"), request(without="corruption")],
)
def test_the_site_tells_at_start_that_its_request_is_not_one(request_file, content):
    assert check_request(None) == []
    request_file.write_bytes(content)
    assert [one.id for one in check_request(None)] == ["submissions.E001"]
    request_file.unlink()
    assert [one.id for one in check_request(None)] == ["submissions.E001"]


def test_a_task_that_nobody_has_to_do_is_not_counted_until_begun(firm: Firm):
    before = progress_of(firm.deposit).count
    firm.fill(CANDIDATURE)
    progress = progress_of(firm.deposit)
    assert (progress.done, progress.count) == (before, before)
    assert f"{before} tâches terminées sur {before}" in words(firm.client.get(firm.page("tasks")))
    give(firm, response())
    progress = progress_of(firm.deposit)
    assert (progress.done, progress.count) == (before + 1, before + 1)
