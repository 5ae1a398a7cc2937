"""Parts sealed in the browser: the site never holds the content, and the receipt says with which program."""

import hashlib
import json
import re
from pathlib import Path

import pytest
from django.core.management import call_command
from django.urls import reverse

from marketplace.files.services import open_stored
from procurement.submissions import keywraps, program, sealing
from procurement.submissions.browser_sealing import sealed_length
from procurement.submissions.models import DepositFile, OpeningResult, Part, Receipt, StoreScrub, Trial, UnfinishedPart
from procurement.submissions.reading import opened_files
from procurement.submissions.sealing import PART_SIZE
from tests.submissions.browser_age import seal
from tests.submissions.browsing import Firm, text_of
from tests.submissions.sending import Sender, big_pdf, sender
from tests.submissions.stage import PDF

TWO = PART_SIZE + 10
GREASE = b"-> foisonnement x\nAAAA\n"


@pytest.fixture
def begun(firm: Firm) -> Sender:
    sent = sender(firm, content=big_pdf(TWO))
    sent.begin()
    return sent


def refused(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def own_key() -> str:
    """The public key of somebody who tries."""
    return keywraps.generate().recipient


@pytest.mark.parametrize("size", [0, 1, 65535, 65536, 65537, 3 * 65536])
def test_the_length_of_a_sealed_part_follows_from_its_content(size):
    assert len(seal(bytes(size), own_key())) == sealed_length(size)


@pytest.mark.law("LR-57")
def test_a_file_sealed_in_the_browser_is_opened_by_two_custodians_as_any_other(firm: Firm, monkeypatch):
    def never(*args, **kwargs):
        raise AssertionError("the site sealed a part of a document itself")

    content = big_pdf(TWO)
    with monkeypatch.context() as patch:
        patch.setattr(sealing, "seal_stream", never)
        assert sender(firm, content=content).whole(is_sealed_here=True).status_code == 201
    assert DepositFile.objects.get().programs == [program.fingerprint()]
    assert "scellé dans votre navigateur" in text_of(firm.client.get(firm.page("files")))
    submission = firm.hand_in()
    firm.stage.close()
    firm.stage.open("candidature")
    assert OpeningResult.objects.get().status == OpeningResult.Status.OPENED
    files = opened_files(submission, "candidature")
    assert content in [open_stored(file.stored_file) for file in files]


@pytest.mark.law("LR-56")
def test_the_receipt_says_who_sealed_each_document_and_with_which_program(firm: Firm):
    sender(firm, number=0, content=PDF).whole(is_sealed_here=True)
    firm.hand_in()
    receipt = Receipt.objects.get(kind=Receipt.Kind.SUBMISSION)
    told = {one["label"]: one.get("programs") for one in receipt.content["documents"]}
    assert told.pop("Autre pièce") == [program.fingerprint()]
    assert told == {"Présentation de l’équipe": None, "Réponses saisies": None}
    facts = receipt.document.facts
    assert facts["programs"] == [program.fingerprint()]
    assert [one["expected"] for one in facts["documents"] if one["sealed_in_browser"]] == ["Autre pièce"]
    html = text_of(firm.client.get(firm.page("receipt")))
    assert program.fingerprint() in html
    assert html.count("dans votre navigateur") == 1


def test_a_file_of_which_the_site_sealed_a_part_is_not_told_sealed_in_the_browser(begun: Sender):
    assert begun.put(1).status_code == 201
    assert begun.put_sealed(2).status_code == 201
    assert begun.finish().status_code == 201
    assert DepositFile.objects.get().programs == []


def test_the_same_part_sealed_anew_is_the_same_part(begun: Sender):
    assert begun.put_sealed(1).status_code == 201
    assert begun.put_sealed(1).status_code == 200
    assert begun.put(1).status_code == 200
    assert UnfinishedPart.objects.count() == 1


def spoilt(sealed: bytes) -> bytes:
    return sealed[:-1] + bytes([sealed[-1] ^ 1])


def test_what_is_not_sealed_as_expected_is_refused_and_leaves_nothing(begun: Sender, tmp_path: Path):
    recipient, piece = begun.known["recipient"], begun.piece(2)
    good = seal(piece, recipient)
    assert refused(begun.put_sealed(2, good + b"x")) == (413, "length")
    assert refused(begun.put_sealed(2, good[:-1])) == (400, "length")
    assert refused(begun.put_sealed(2, seal(piece[:-1], recipient))) == (400, "length")
    # Another recipient besides, and as much less content: the length is right, the header is not.
    two = seal(begun.piece(1)[: -len(GREASE)], recipient, stanzas=GREASE)
    assert refused(begun.put_sealed(1, two)) == (400, "sealing")
    assert refused(begun.put_sealed(2, b"\0" * len(good))) == (400, "sealing")
    assert refused(begun.put_sealed(2, good.replace(b"X25519", b"scrypt"))) == (400, "sealing")
    other = {"X-Sealed-Digest": hashlib.sha256(b"").hexdigest()}
    assert refused(begun.put_sealed(2, good, **other)) == (422, "damaged")
    assert refused(begun.put_sealed(2, good, **{"X-Sealed-Digest": "court"})) == (400, "digest")
    assert refused(begun.put_sealed(2, good, **{"X-Part-Digest": "court"})) == (400, "digest")
    assert refused(begun.put_sealed(2, good, **{"X-Sealing-Program": "0" * 64})) == (409, "program")
    assert not UnfinishedPart.objects.exists()
    assert not list(tmp_path.rglob("*.age"))


def test_a_sealed_part_enters_one_place_of_a_call_only(firm: Firm):
    first = sender(firm, content=PDF)
    first.begin()
    sealed = seal(PDF, first.known["recipient"])
    assert first.put_sealed(1, sealed).status_code == 201
    again = sender(firm, content=PDF, name="autre.pdf")
    again.begin()
    assert refused(again.put_sealed(1, sealed)) == (409, "copied")
    first.finish()
    rival = Firm(firm.stage, "Rivale")
    rival.begin()
    copy = sender(rival, content=PDF)
    copy.begin()
    assert refused(copy.put_sealed(1, sealed)) == (409, "copied")
    assert copy.put_sealed(1).status_code == 201


@pytest.mark.law("LR-57")
@pytest.mark.parametrize(
    "sealed_wrong",
    [
        lambda sent: spoilt(seal(sent.piece(1), sent.known["recipient"])),
        lambda sent: seal(sent.piece(1), own_key()),
        lambda sent: seal(bytes(len(sent.piece(1))), sent.known["recipient"]),
    ],
    ids=["altered", "another-key", "another-content"],
)
def test_a_browser_that_lies_harms_its_own_bid_alone(firm: Firm, sealed_wrong):
    rival = Firm(firm.stage, "Rivale")
    rival.begin()
    sender(rival, content=PDF).whole(is_sealed_here=True)
    rival.hand_in()
    sent = sender(firm, content=PDF)
    sent.begin()
    assert sent.put_sealed(1, sealed_wrong(sent)).status_code == 201
    assert sent.finish().status_code == 201
    firm.hand_in()
    firm.stage.close()
    firm.stage.open("candidature")
    results = {one.submission.party.lead.name: one for one in OpeningResult.objects.all()}
    assert results["Rivale"].status == OpeningResult.Status.OPENED
    assert results["Tramélys"].status == OpeningResult.Status.DAMAGED
    assert "partie 1" in results["Tramélys"].reason


def test_a_trial_is_sealed_in_the_browser_too(firm: Firm):
    firm.client.post(reverse("submissions:trial"))
    trial = Trial.objects.get()
    sent = Sender(firm.client, reverse("submissions:trial_begin", args=[trial.pk]), "essai.pdf", PDF)
    assert sent.whole(is_sealed_here=True).status_code == 201
    assert sent.known["recipient"] == trial.recipient


def test_the_program_that_is_announced_is_the_one_that_is_served(firm: Firm):
    told = firm.client.get(reverse("desk:program")).json()
    assert told["fingerprint"] == program.fingerprint()
    static = Path(program.__file__).parent / "static" / "submissions"
    assert {"age.js", "upload.js"} <= set(told["files"])
    assert told["files"] == {name: hashlib.sha256((static / name).read_bytes()).hexdigest() for name in told["files"]}
    announced = {"files": told["files"], "format": told["format"]}
    text = json.dumps(announced, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert hashlib.sha256(text.encode()).hexdigest() == told["fingerprint"]
    html = firm.client.get(firm.page("files")).content.decode()
    assert set(re.findall(r'/submissions/(\w+)[.\w]*\.js"', html)) == {
        name.removesuffix(".js") for name in told["files"]
    }
    for name in told["files"]:
        assert f'integrity="{program.integrity(name)}"' in html
    assert f'data-program="{told["fingerprint"]}"' in html


def test_a_second_place_keeps_who_sealed(firm: Firm, settings, tmp_path: Path):
    settings.SUBMISSION_MIRROR = str(tmp_path / "mirror")
    (tmp_path / "mirror").mkdir()
    sender(firm, content=PDF).whole(is_sealed_here=True)
    firm.hand_in()
    [register] = (tmp_path / "mirror").rglob("*.jsonl")
    lines = [json.loads(line) for line in register.read_text().splitlines()]
    sealed = str(DepositFile.objects.exclude(programs=[]).get().pk)
    for line in lines:
        told = {file["id"]: file["programs"] for file in line["files"]}
        assert told.pop(sealed) == [program.fingerprint()]
        assert set(map(tuple, told.values())) == {()}


def test_scrubbing_reads_what_the_browser_sealed(firm: Firm):
    sender(firm, content=PDF).whole(is_sealed_here=True)
    firm.hand_in()
    call_command("scrub_submissions")
    found = StoreScrub.objects.get()
    assert (found.parts, found.damaged) == (Part.objects.count(), [])
    assert found.parts > 0
