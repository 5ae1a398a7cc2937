"""Files come in through the handler that seals them: no clear byte on disk, limits told, the token asked for."""

import io
import os
from pathlib import Path

import pytest
from django.core.files import uploadedfile, uploadhandler
from django.test import Client

from procurement.submissions import receiving
from procurement.submissions.draft_box import read_draft
from procurement.submissions.models import Deposit, DepositFile, Part
from procurement.submissions.room import Room
from procurement.submissions.sealing import PART_SIZE
from procurement.submissions.views import uploads
from tests.submissions.browsing import hidden, signed_in
from tests.submissions.stage import PDF

SECRET = b"octets-que-personne-ne-doit-lire "


def big_pdf(size: int) -> bytes:
    return (b"%PDF-1.7\n" + SECRET * (size // len(SECRET) + 1))[:size]


def everything_under(*folders: Path) -> bytes:
    return b"".join(path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file())


@pytest.mark.law("LR-57")
def test_no_clear_byte_reaches_the_disk(firm, tmp_path, monkeypatch, settings):
    """Three parts go by; every file that the process opens for writing is looked at."""
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path / "temporary")
    (tmp_path / "temporary").mkdir()
    written = []
    opened = os.open

    def watched(*args, **kwargs):
        written.append(args)
        return opened(*args, **kwargs)

    def forbidden(*args, **kwargs):
        raise AssertionError("a clear temporary file was about to be written")

    monkeypatch.setattr(os, "open", watched)
    monkeypatch.setattr(uploadedfile.TemporaryUploadedFile, "__init__", forbidden)
    monkeypatch.setattr(uploadhandler.MemoryFileUploadHandler, "new_file", forbidden)
    answer = firm.send("candidature", 1, content=big_pdf(2 * PART_SIZE + 10))
    assert answer.status_code == 302
    assert Part.objects.count() == 3
    assert written
    assert SECRET not in everything_under(tmp_path)
    assert not list((tmp_path / "temporary").iterdir())


def test_the_token_is_asked_for_and_a_forged_form_leaves_nothing(firm, tmp_path):
    careful = signed_in(firm.actor, enforce_csrf_checks=True)
    page = firm.page("upload", "candidature", 1)
    forged = careful.post(page, {"files": io.BytesIO(PDF), "whole": "1"})
    assert forged.status_code == 403
    assert not DepositFile.objects.exists()
    assert not list((tmp_path / "submissions").rglob("*.age"))
    html = careful.get(firm.page("files")).content.decode()
    file = io.BytesIO(PDF)
    file.name = "memoire.pdf"
    token = hidden(html, "csrfmiddlewaretoken")
    good = careful.post(page, {"csrfmiddlewaretoken": token, "files": file, "whole": "1"})
    assert good.status_code == 302
    assert DepositFile.objects.count() == 1


def test_a_visitor_leaves_nothing(firm, tmp_path):
    answer = Client().post(firm.page("upload", "candidature", 1), {"files": io.BytesIO(PDF), "whole": "1"})
    assert answer.status_code == 302
    assert not list((tmp_path / "submissions").rglob("*.age"))


@pytest.mark.law("LR-58")
def test_limits_are_written_before_the_field(firm):
    html = firm.client.get(firm.page("files")).content.decode()
    assert html.index("au plus par fichier") < html.index('type="file"')
    assert "3 fichiers au plus" in html.replace("\u00a0", " ")
    assert "Sans JavaScript" in html
    assert 'multiple accept="' in html


def test_a_file_is_told_whole_and_listed(firm):
    answer = firm.client.post(
        firm.page("upload", "candidature", 1), {"files": named("équipe.pdf"), "whole": "1"}, follow=True
    )
    html = answer.content.decode()
    assert "Reçu entier. L’antivirus passe à l’ouverture." in html
    assert "équipe.pdf" in html
    assert DepositFile.objects.get().label == "Présentation de l’équipe"
    assert read_draft(firm.deposit)["files"][str(DepositFile.objects.get().pk)]["name"] == "équipe.pdf"


def test_several_files_come_in_one_form(firm):
    files = [named("un.pdf"), named("deux.pdf")]
    firm.client.post(firm.page("upload", "candidature", 0), {"files": files, "whole": "1"})
    assert DepositFile.objects.filter(label="").count() == 2


def test_one_wrong_file_does_not_hide_the_good_one(firm, tmp_path):
    files = [named("programme.exe"), named("bon.pdf"), named("faux.pdf", b"MZ pas un pdf")]
    answer = firm.client.post(firm.page("upload", "candidature", 0), {"files": files, "whole": "1"}, follow=True)
    html = answer.content.decode()
    assert DepositFile.objects.count() == 1
    assert "programme.exe" in html
    assert len(list((tmp_path / "submissions").rglob("*.age"))) == 1


@pytest.mark.law("LR-58")
def test_a_file_over_the_announced_size_is_refused_while_it_comes(firm, tmp_path):
    answer = firm.send("candidature", 1, content=big_pdf(3 * PART_SIZE + 1), follow=True)
    assert "limite annoncée" in answer.content.decode()
    assert not list((tmp_path / "submissions").rglob("*.age"))


def test_a_plain_form_has_a_limit_of_its_own(firm, monkeypatch):
    monkeypatch.setattr(uploads, "PLAIN_FORM_LIMIT", -receiving.OVERHEAD)
    answer = firm.send("candidature", 1)
    assert answer.status_code == 413
    assert "Sans JavaScript" in answer.content.decode()


def test_a_body_cut_on_its_way_is_no_file(firm, tmp_path):
    answer = firm.client.post(firm.page("upload", "candidature", 1), {"files": named("coupe.pdf")}, follow=True)
    assert "coupé avant la fin" in answer.content.decode()
    assert not DepositFile.objects.exists()
    assert not list((tmp_path / "submissions").rglob("*.age"))


def test_no_room_asks_to_come_back(firm, monkeypatch):
    full = Room(1)
    monkeypatch.setattr(uploads, "ROOM", full)
    with full.place():
        answer = firm.send("candidature", 1)
    assert answer.status_code == 503
    assert 3 <= int(answer["Retry-After"]) <= 8


def test_room_is_given_back_whatever_happens(firm):
    for _ in range(40):
        firm.send("candidature", 1, content=b"")
    assert firm.send("candidature", 1).status_code == 302


def test_a_file_is_removed(firm, tmp_path):
    firm.send("candidature", 1)
    page = firm.page("remove_file", DepositFile.objects.get().pk)
    assert firm.client.get(page).status_code == 200
    assert DepositFile.objects.exists()
    assert firm.client.post(page).url == firm.page("files")
    assert not DepositFile.objects.exists()
    assert not list((tmp_path / "submissions").rglob("*.age"))


def test_unknown_slots_and_sealed_deposits_take_nothing(firm):
    assert firm.client.post(firm.page("upload", "price", 0)).status_code == 404
    assert firm.client.post(firm.page("upload", "candidature", 9)).status_code == 404
    page = firm.page("upload", "candidature", 1)
    firm.client.post(firm.page("drop"))
    assert firm.client.post(page, {"files": named("tard.pdf"), "whole": "1"}).status_code == 409
    assert Deposit.objects.count() == 1


def named(name: str, content: bytes = PDF) -> io.BytesIO:
    file = io.BytesIO(content)
    file.name = name
    return file
