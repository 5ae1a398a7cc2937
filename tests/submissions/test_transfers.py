"""Files come part by part, in any order, over days; the server's list is the truth, and every wrong part is refused."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client

from procurement.submissions import room, transfers
from procurement.submissions.announced import NotReceived
from procurement.submissions.draft_box import read_draft
from procurement.submissions.models import Deposit, DepositFile, Part, UnfinishedFile, UnfinishedPart
from procurement.submissions.room import Place, Room
from procurement.submissions.sealing import PART_SIZE
from procurement.submissions.views import transfers as views
from tests.submissions.browsing import CANDIDATURE, Firm, signed_in
from tests.submissions.sending import SECRET, Sender, big_pdf, sender
from tests.submissions.stage import PDF

THREE = 2 * PART_SIZE + 10


def parts_on_disk(folder: Path) -> list[Path]:
    return list(folder.rglob("*.age"))


def test_parts_come_in_any_order_and_make_the_file(firm, tmp_path):
    sent = sender(firm, content=big_pdf(THREE))
    assert sent.begin().status_code == 201
    assert (sent.known["parts"], sent.known["held"]) == (3, [])
    assert [sent.put(n).status_code for n in (3, 1)] == [201, 201]
    assert sent.finish().status_code == 409
    assert sent.put(3).status_code == 200
    [shown] = firm.client.get(firm.page("transfers")).json()["files"]
    assert [n for n, _digest in shown["held"]] == [1, 3]
    assert sent.put(2).status_code == 201
    assert sent.finish().status_code == 201
    file = DepositFile.objects.get()
    assert (file.size, file.label, file.parts.count()) == (THREE, "Présentation de l’équipe", 3)
    assert not UnfinishedFile.objects.exists()
    kept = read_draft(firm.deposit)
    assert kept["files"][str(file.pk)]["name"] == "memoire.pdf"
    assert kept["unfinished"] == {}
    assert len(parts_on_disk(tmp_path)) == 3


@pytest.mark.law("LR-57")
def test_no_clear_byte_nor_name_lies_anywhere_during_and_after(firm, tmp_path, settings):
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path / "temporary")
    (tmp_path / "temporary").mkdir()
    sent = sender(firm, content=big_pdf(THREE), name="ZanzibarQuetzal.pdf")
    sent.begin()
    for n in (1, 2, 3):
        sent.put(n)
        everything = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
        assert len(everything) > PART_SIZE
        assert SECRET not in everything
    assert not list((tmp_path / "temporary").iterdir())
    rows = [
        *UnfinishedFile.objects.values_list(),
        *UnfinishedPart.objects.values_list(),
        *Deposit.objects.values_list(),
    ]
    assert "ZanzibarQuetzal" not in repr(rows)
    digests = dict(sent.client.get(firm.page("transfers")).json()["files"][0]["held"])
    for row in UnfinishedPart.objects.all():
        assert bytes.fromhex(digests[row.n]) not in bytes(row.digest)


def test_the_same_file_chosen_days_later_goes_on(firm):
    sent = sender(firm, content=big_pdf(THREE))
    sent.begin()
    sent.put(2)
    html = firm.client.get(firm.page("files")).content.decode().replace("\u00a0", " ")
    assert "1 parties sur 3 reçues" in html
    firm.stage.clock.advance(timedelta(days=3))
    again = sender(firm, content=big_pdf(THREE))
    assert again.begin().status_code == 200
    assert (again.known["file"], again.known["salt"]) == (sent.known["file"], sent.known["salt"])
    assert [n for n, _digest in again.known["held"]] == [2]
    other = sender(firm, content=big_pdf(PART_SIZE), name="memoire.pdf")
    other.begin()
    assert other.known["file"] != sent.known["file"]


@pytest.mark.law("LR-58")
@pytest.mark.parametrize(
    ("name", "size", "code"),
    [
        ("gros.pdf", 3 * PART_SIZE + 1, "file-size"),
        ("vide.pdf", 0, "empty"),
        ("fou.pdf", 10**30, "file-size"),
        ("fou.pdf", -1, "file-size"),
        ("programme.exe", 10, "type"),
        ("deux\nlignes.pdf", 10, "name"),
    ],
)
def test_limits_are_told_before_the_first_byte(firm, name, size, code):
    answer = firm.client.post(
        firm.page("begin", "candidature", 1), {"name": name, "size": size}, content_type="application/json"
    )
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.json()["reasons"][0].endswith(".")
    assert not UnfinishedFile.objects.exists()


@pytest.mark.law("LR-58")
def test_what_is_promised_counts_against_the_quota(firm):
    assert sender(firm, content=big_pdf(THREE)).begin().status_code == 201
    refused = sender(firm, content=big_pdf(THREE), name="deux.pdf").begin()
    assert (refused.status_code, refused.json()["code"]) == (422, "quota")
    plain = firm.send("candidature", 0, name="trois.pdf", content=big_pdf(2 * PART_SIZE))
    assert plain.status_code == 302
    assert not DepositFile.objects.exists()
    for name in ("a.pdf", "b.pdf"):
        sender(firm, content=PDF, name=name).begin()
    refused = sender(firm, content=PDF, name="c.pdf").begin()
    assert refused.json()["code"] == "count"


def test_a_full_disk_is_told_before_the_first_byte(firm, settings):
    settings.SUBMISSION_RESERVE = 10**18
    refused = sender(firm, content=PDF).begin()
    assert (refused.status_code, refused.json()["code"]) == (507, "disk")
    plain = firm.send("candidature", 1)
    assert plain.status_code == 507
    assert "plus assez de place" in plain.content.decode()


@pytest.fixture
def begun(firm) -> Sender:
    sent = sender(firm, content=big_pdf(THREE))
    sent.begin()
    return sent


def refused(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_wrong_parts_are_refused_and_leave_nothing(begun, tmp_path):
    assert refused(begun.put(1, digest="0" * 64)) == (422, "damaged")
    assert refused(begun.put(1, digest="short")) == (400, "digest")
    assert refused(begun.put(1, content=begun.piece(1) + b"x")) == (413, "length")
    assert refused(begun.put(3, content=begun.piece(3) + b"x")) == (413, "length")
    assert refused(begun.put(1, content=begun.piece(1)[:-1])) == (400, "length")
    assert refused(begun.put(4, content=b"x")) == (404, "range")
    assert refused(begun.put(0, content=b"x")) == (404, "range")
    assert not UnfinishedPart.objects.exists()
    assert not parts_on_disk(tmp_path)
    begun.put(1)
    assert refused(begun.put(1, content=b"y" * PART_SIZE)) == (409, "other")


@pytest.mark.parametrize("end", [lambda size: b"", lambda size: (_ for _ in ()).throw(OSError("reset"))])
def test_a_body_cut_on_its_way_is_no_part(end):
    class Cut:
        read = staticmethod(end)

    with pytest.raises(NotReceived) as told:
        views.Body(Cut(), PART_SIZE, Place(may_yield=True)).read()
    assert (told.value.status, told.value.code) == (400, "cut")


def test_a_part_that_is_not_what_its_name_says_is_refused(firm):
    sent = sender(firm, content=b"MZ un programme \x00\x01")
    sent.begin()
    assert refused(sent.put(1)) == (422, "type")


def test_a_rival_and_a_visitor_find_nothing(firm, begun):
    rival = Firm(firm.stage, "Rivale")
    rival.begin()
    assert rival.client.get(firm.page("transfers")).status_code == 404
    assert begun.put(1, client=rival.client).status_code == 404
    # The file of another, under one's own deposit.
    own = begun.known["part_address"].replace(str(firm.deposit.pk), str(rival.deposit.pk))
    stolen = Sender(rival.client, "", "", begun.content)
    stolen.known = {**begun.known, "part_address": own}
    assert stolen.put(1).status_code == 404
    assert begun.put(1, client=Client()).status_code == 302
    assert refused(begun.put(1, client=Client(), **{"X-Upload": "1"})) == (401, "session")
    assert not UnfinishedPart.objects.exists()


def test_a_part_without_the_token_is_refused_before_it_is_read(firm, begun):
    careful = signed_in(firm.actor, enforce_csrf_checks=True)
    assert begun.put(1, client=careful).status_code == 403
    careful.get(firm.page("files"))
    token = careful.cookies["csrftoken"].value
    assert begun.put(1, client=careful, **{"X-CSRFToken": token}).status_code == 201


def test_no_room_asks_to_come_back_without_reading(begun, monkeypatch):
    def read(*args):
        raise AssertionError("the body was read")

    full = Room(1)
    monkeypatch.setattr(views, "ROOM", full)
    monkeypatch.setattr(views.Body, "read", read)
    with full.place():
        answer = begun.put(1)
    assert refused(answer) == (503, "busy")
    assert 3 <= int(answer["Retry-After"]) <= 8


def test_a_slow_sender_makes_room_and_loses_nothing(begun, tmp_path, monkeypatch):
    """Two places: an older slow sender keeps the first one, the part that crawls leaves the second to who asks."""
    monkeypatch.setattr(room, "SLOW_AFTER", -1)
    places = Room(2)
    monkeypatch.setattr(views, "ROOM", places)
    read = views.Body.read

    def crawling(body, size=-1):
        with pytest.raises(NotReceived), places.place():
            pass
        return read(body, size)

    with places.place(may_yield=True) as older, monkeypatch.context() as patch:
        patch.setattr(views.Body, "read", crawling)
        answer = begun.put(1)
        older.check()
    assert (refused(answer), answer["Retry-After"]) == ((503, "busy"), "30")
    assert not parts_on_disk(tmp_path)
    assert begun.put(1).status_code == 201


def test_a_disk_that_fills_up_is_told_and_the_part_may_come_again(begun, tmp_path, monkeypatch):
    def full(*args):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(transfers.part_store().__class__, "settle", full)
        assert refused(begun.put(1)) == (507, "disk")
    assert not parts_on_disk(tmp_path)
    assert begun.put(1).status_code == 201


def test_a_part_after_the_seal_is_refused(firm, begun, tmp_path):
    begun.put(1)
    firm.fill(CANDIDATURE)
    firm.send("candidature", 1)
    assert "Envoi inachevé" in firm.client.get(firm.page("review")).content.decode()
    assert firm.read_again().status_code == 422
    assert firm.read_again(incomplete="on").status_code == 302
    firm.seal()
    assert firm.submission
    assert refused(begun.put(2)) == (409, "frozen")
    assert refused(begun.begin()) == (409, "frozen")
    assert firm.client.get(firm.page("transfers")).json() == {"files": []}
    assert len(parts_on_disk(tmp_path)) == 4
    call_command("tend_submissions")
    assert not UnfinishedFile.objects.exists()
    assert len(parts_on_disk(tmp_path)) == 3 == Part.objects.count()


def test_a_part_that_lands_while_the_deposit_freezes_leaves_nothing(firm, begun, tmp_path, monkeypatch):
    enter = transfers._enter

    def late(*args):
        Deposit.objects.filter(pk=firm.deposit.pk).update(closed_at=firm.stage.now)
        enter(*args)

    monkeypatch.setattr(transfers, "_enter", late)
    assert begun.put(1).status_code == 409
    assert not parts_on_disk(tmp_path)


def test_an_upload_is_dropped_and_so_is_a_whole_draft(firm, begun, tmp_path):
    begun.put(1)
    page = firm.page("drop_upload", begun.known["file"])
    assert "memoire.pdf" in firm.client.get(page).content.decode()
    assert firm.client.post(page).url == firm.page("files")
    assert not UnfinishedFile.objects.exists()
    assert not parts_on_disk(tmp_path)
    assert begun.put(1).status_code == 404
    begun.begin()
    begun.put(1)
    firm.client.post(firm.page("drop"))
    assert not UnfinishedFile.objects.exists()
    assert not parts_on_disk(tmp_path)


def test_an_upload_begun_after_the_reading_asks_for_another(firm):
    firm.fill(CANDIDATURE)
    firm.send("candidature", 1)
    firm.read_again()
    assert firm.deposit.root
    sender(firm, content=PDF, number=0).begin()
    assert not firm.deposit.root


def test_the_first_byte_is_that_of_the_first_part(firm, begun):
    assert firm.deposit.first_byte_at is None
    firm.stage.clock.advance(timedelta(hours=1))
    begun.put(2)
    assert firm.deposit.first_byte_at is not None
    assert firm.deposit.first_byte_at - begun.file.begun_at >= timedelta(hours=1)


def test_a_message_that_is_no_message_is_refused(firm):
    page = firm.page("begin", "candidature", 1)
    for message in (
        b"pas du json",
        b"[1]",
        b"{}",
        b'{"name": 3, "size": 1}',
        b'{"name": "a.pdf", "size": true}',
        b"[" * 9000,
    ):
        assert firm.client.post(page, message, content_type="application/json").status_code == 400
    assert (
        firm.client.post(firm.page("begin", "candidature", 9), b"{}", content_type="application/json").status_code
        == 404
    )
