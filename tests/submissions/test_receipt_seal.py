"""The receipt as a PDF sealed by the house and timestamped by an authority; keys that follow each other (B.7)."""

import io
import json
import shutil
import subprocess
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO

import pypdf
import pytest
from asn1crypto import cms, tsp, x509
from asn1crypto import keys as asn1_keys
from cryptography import x509 as c509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from django.core.management import call_command
from django.urls import reverse
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from marketplace.files.pdf_seal import issuer_certificate
from marketplace.journal import keys, outbox
from marketplace.journal.verify import verify as verify_journal
from procurement.submissions import timestamps
from procurement.submissions.models import ReceiptTimestamp, TimestampAttempt
from procurement.submissions.standalone.verify_receipt import INVALID, UNVERIFIABLE, VALID, verify
from tests.contracts.walk import client_of, text_of

pytestmark = pytest.mark.documents


def printed(receipt) -> bytes:
    outbox.drain()
    receipt.document.refresh_from_db()
    return receipt.document.pdf()


def as_asn1(certificate: c509.Certificate) -> x509.Certificate:
    return x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))


def check(pdf: bytes, root: c509.Certificate, authority: x509.Certificate | None = None):
    """What pyHanko says of the one seal; `authority` is trusted for its timestamp."""
    [signature] = PdfFileReader(io.BytesIO(pdf)).embedded_regular_signatures
    context = ValidationContext(trust_roots=[as_asn1(root)], allow_fetching=False)
    stamps = ValidationContext(trust_roots=[authority], allow_fetching=False) if authority else None
    return validate_pdf_signature(signature, context, ts_validation_context=stamps)


@pytest.mark.law("LR-56", "LR-57")
def test_the_receipt_is_sealed_by_a_key_that_signs_nothing_else(stage):
    receipt = stage.submit().receipt
    pdf = printed(receipt)
    root = issuer_certificate(stage.now)
    status = check(pdf, root)
    assert (status.bottom_line, status.trusted, status.docmdp_ok) == (True, True, True)
    published = {key["key_id"]: key for key in keys.public_keys()["keys"]}
    sealing = [key for key in published.values() if key["purpose"] == "pdf-seal"]
    assert [key["public_key"] for key in sealing] == [root.public_key().public_bytes_raw().hex()]
    assert receipt.content["key_id"] != sealing[0]["key_id"]
    read = pypdf.PdfReader(io.BytesIO(pdf))
    assert json.loads(read.attachments["accuse.json"][0]) == receipt.content
    assert b"pdfaid" in read.xmp_metadata.stream.get_data()


def test_a_changed_byte_or_another_house_breaks_the_seal(stage, settings, tmp_path):
    pdf = printed(stage.submit().receipt)
    root = issuer_certificate(stage.now)
    at = pdf.index(b"stream") + 20
    assert not check(pdf[:at] + bytes([pdf[at] ^ 1]) + pdf[at + 1 :], root).bottom_line
    settings.KEYS_DIR = tmp_path / "other"
    assert not check(pdf, issuer_certificate(stage.now)).bottom_line


class Authority:
    """An RFC 3161 authority over loopback HTTP, that can be told to be silent or to answer about something else."""

    def __init__(self) -> None:
        key = rsa.generate_private_key(65537, 2048)
        name = c509.Name([c509.NameAttribute(NameOID.COMMON_NAME, "Autorité d’horodatage d’essai")])
        made = (
            c509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
            .serial_number(1).not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
            .not_valid_after(datetime(2049, 1, 1, tzinfo=UTC))
            .add_extension(c509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
            .sign(key, hashes.SHA256())
        )  # fmt: skip
        private = key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self.certificate = as_asn1(made)
        self.requests = 0
        self.stamper = DummyTimeStamper(as_asn1(made), asn1_keys.PrivateKeyInfo.load(private), SimpleCertificateStore())
        self.answers = "well"
        authority = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, content = authority.answer(tsp.TimeStampReq.load(body))
                self.send_response(status)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/"

    def answer(self, request: tsp.TimeStampReq) -> tuple[int, bytes]:
        self.requests += 1
        if self.answers == "nothing":
            return 503, b""
        if self.answers == "nonsense":
            return 200, b"bonjour"
        if self.answers == "about something else":
            request["message_imprint"]["hashed_message"] = bytes(32)
        return 200, self.stamper.request_tsa_response(request).dump()


@pytest.fixture
def authority(settings):
    made = Authority()
    settings.TIMESTAMP_AUTHORITY = made.address
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.mark.law("LR-62")
def test_the_sealed_receipt_is_timestamped(stage, authority):
    bidder = stage.bidder()
    sealed = stage.submit(bidder)
    assert timestamps.stamp_receipts(now=stage.now) == (0, 0)
    stored = sealed.receipt.document
    printed(sealed.receipt)
    assert timestamps.stamp_receipts(now=stage.now) == (1, 0)
    assert timestamps.stamp_receipts(now=stage.now) == (0, 0)
    stamp = ReceiptTimestamp.objects.get()
    info = cms.ContentInfo.load(bytes(stamp.token))["content"]["encap_content_info"]["content"].parsed
    stored.refresh_from_db()
    assert info["message_imprint"]["hashed_message"].native.hex() == stored.rendering.stored_file.sha256 == stamp.sha256
    page = text_of(client_of(bidder.actor).get(reverse("submissions:receipt", args=[sealed.submission.deposit_id])))
    assert "Horodatage du PDF par une autorité extérieure" in page
    address = reverse("submissions:receipt_stamp", args=[sealed.submission.deposit_id, sealed.receipt.number])
    assert client_of(bidder.actor).get(address).content == bytes(stamp.token)
    rival = stage.bidder("Rivale")
    assert client_of(rival.actor).get(address).status_code == 404
    assert verify_journal().faults == []


SEALED = "Le cachet du PDF porte l’horodatage"
BARE = "Le cachet du PDF ne porte pas d’horodatage"


def receipt_page(bidder, sealed) -> str:
    return text_of(client_of(bidder.actor).get(reverse("submissions:receipt", args=[sealed.submission.deposit_id])))


@pytest.mark.law("LR-62")
def test_the_seal_itself_carries_a_timestamp(stage, authority, tmp_path):
    bidder = stage.bidder()
    sealed = stage.submit(bidder)
    pdf = printed(sealed.receipt)
    status = check(pdf, issuer_certificate(stage.now), authority.certificate)
    assert (status.bottom_line, status.trusted, status.docmdp_ok) == (True, True, True)
    stamp = status.timestamp_validity
    assert (stamp.intact, stamp.valid, stamp.trusted) == (True, True, True)
    # Whoever does not trust the authority is told so: the timestamp is no word of the house.
    assert not check(pdf, issuer_certificate(stage.now)).timestamp_validity.trusted
    assert SEALED in receipt_page(bidder, sealed)
    assert BARE not in receipt_page(bidder, sealed)
    if program := shutil.which("pdfsig"):
        path = tmp_path / "accuse.pdf"
        path.write_bytes(pdf)
        told = subprocess.run([program, path], capture_output=True, text=True, check=False)  # noqa: S603 - our own file
        assert "Signature is Valid" in told.stdout
        assert "ETSI.CAdES.detached" in told.stdout


@pytest.mark.parametrize("answers", ["nothing", "nonsense", "about something else"])
def test_an_authority_that_fails_leaves_a_seal_without_timestamp_and_rests(stage, authority, answers):
    authority.answers = answers
    bidder = stage.bidder()
    first, second = stage.submit(bidder), stage.submit()
    for one in (first, second):
        status = check(printed(one.receipt), issuer_certificate(stage.now))
        assert (status.bottom_line, status.timestamp_validity) == (True, None)
    # The second document was not made to wait for the same silence.
    assert authority.requests == 1
    assert BARE in receipt_page(bidder, first)
    assert SEALED not in receipt_page(bidder, first)


def test_without_an_authority_the_seal_says_nothing_of_one(stage):
    bidder = stage.bidder()
    sealed = stage.submit(bidder)
    assert check(printed(sealed.receipt), issuer_certificate(stage.now)).timestamp_validity is None
    assert BARE not in receipt_page(bidder, sealed)


@pytest.mark.parametrize("answers", ["nothing", "nonsense", "about something else"])
def test_an_authority_that_fails_delays_the_timestamp_alone(stage, authority, answers):
    authority.answers = answers
    bidder = stage.bidder()
    sealed = stage.submit(bidder)
    assert printed(sealed.receipt).startswith(b"%PDF")
    assert timestamps.stamp_receipts(now=stage.now) == (0, 1)
    assert not ReceiptTimestamp.objects.exists()
    page = reverse("submissions:receipt", args=[sealed.submission.deposit_id])
    assert "le site la redemande" in text_of(client_of(bidder.actor).get(page))
    assert timestamps.stamp_receipts(now=stage.now + timedelta(seconds=59)) == (0, 0)
    authority.answers = "well"
    stage.clock.advance(timedelta(minutes=1))
    call_command("tend_submissions", stdout=StringIO())
    assert ReceiptTimestamp.objects.get().receipt == sealed.receipt
    assert TimestampAttempt.objects.count() == 1


def test_without_an_authority_none_is_asked(stage):
    bidder = stage.bidder()
    sealed = stage.submit(bidder)
    printed(sealed.receipt)
    assert timestamps.stamp_receipts(now=stage.now) == (0, 0)
    page = reverse("submissions:receipt", args=[sealed.submission.deposit_id])
    assert "horodatage" not in text_of(client_of(bidder.actor).get(page)).lower()


# --- Keys that follow each other ---


@pytest.fixture
def own_keys(settings, tmp_path):
    settings.KEYS_DIR = tmp_path / "keys"


def rotate(stage, *options):
    stage.clock.advance(timedelta(hours=1))
    call_command("rotate_key", "receipt", *options, stdout=StringIO())


@pytest.mark.law("LR-56")
def test_a_receipt_of_a_later_key_is_verified_from_a_pinned_one(own_keys, stage):
    old = stage.submit().receipt.content
    pinned = keys.public_keys()
    rotate(stage)
    rotate(stage, "--revoke")
    new = stage.submit().receipt.content
    published = keys.public_keys()
    assert new["key_id"] not in {key["key_id"] for key in pinned["keys"]}
    assert verify(new, pinned).answer == UNVERIFIABLE
    assert verify(new, None, published).answer == UNVERIFIABLE
    assert verify(new, pinned, published).answer == VALID
    assert verify(old, pinned, published).answer == VALID
    assert verify(new | {"root": "0" * 64}, pinned, published).answer == INVALID


@pytest.mark.parametrize("spoil", ["signature", "link", "purpose", "public_key"])
def test_a_published_key_that_does_not_follow_is_refused(own_keys, stage, spoil):
    stage.submit()
    pinned = keys.public_keys()
    rotate(stage)
    new = stage.submit().receipt.content
    published = keys.public_keys()
    later = next(key for key in published["keys"] if key["key_id"] == new["key_id"])
    later.update(
        {
            "signature": {"signed_by_previous": "00" * 64},
            "link": {"previous": None},
            "purpose": {"purpose": "checkpoint"},
            "public_key": {"public_key": "11" * 32},
        }[spoil]
    )
    assert verify(new, pinned, published).answer == UNVERIFIABLE


def test_what_a_revoked_key_signs_afterwards_is_refused(own_keys, stage):
    """A stolen key, revoked since: neither its receipts nor the keys that it would vouch for count."""
    stage.submit()
    stolen_id, stolen = keys.private_key("receipt", stage.now)
    pinned = keys.public_keys()
    rotate(stage, "--revoke")
    published = keys.public_keys()
    stage.clock.advance(timedelta(days=1))
    forged = keys.canonical.canonical_json
    receipt = {"format": "preau-receipt/1", "key_id": stolen_id, "issued_at": keys.clock.canonical(stage.now)}
    receipt["signature"] = stolen.sign(forged(receipt)).hex()
    assert verify(receipt, pinned, published).answer == INVALID
