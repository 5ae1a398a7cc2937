"""PAdES files that come back: what is accepted, and every way in which one is refused (LR-63)."""

from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader

from marketplace.files.pdf_signing import sign_pdf
from marketplace.ui.printing import write_pdf
from procurement.contracts.rehearsal_signing import MARK, example_authority, example_signer
from procurement.contracts.signing import (
    CHANGED_BEFORE_SIGNING,
    NOT_A_PDF,
    NOT_SIGNED,
    OTHER_DOCUMENT,
    check_signature,
)

pytestmark = pytest.mark.law("LR-63")

NOW = datetime(2027, 3, 12, 9, 0, tzinfo=UTC)
PAGE = '<html lang="fr"><head><title>{0}</title></head><body><h1>{0}</h1><p>198 000 €</p></body></html>'


@pytest.fixture(scope="module")
def contract():
    return write_pdf(PAGE.format("Contrat"))


@pytest.fixture(scope="module")
def signed(contract):
    return sign(contract, "Inès Marchetti", "titulaire")


def sign(pdf, name, field, at=NOW, **certificate):
    signer = example_authority().signer(name, **certificate) if certificate else example_signer(name)
    return sign_pdf(pdf, signer=signer, field=field, now=at)


def check(signed_pdf, original, at=NOW, roots=None):
    trusted = [example_authority().root] if roots is None else roots
    return check_signature(signed_pdf, original, trust_roots=trusted, now=at)


def rewritten(pdf):
    """The same document with the content of its first page replaced, in an incremental update."""
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    page = writer.root["/Pages"]["/Kids"][0]
    page["/Contents"] = writer.add_object(generic.StreamObject(stream_data=b"q Q"))
    writer.update_container(page)
    output = BytesIO()
    writer.write(output)
    return output.getvalue()


def test_a_sound_signature_is_accepted_and_described(contract, signed):
    report = check(signed, contract)
    assert report.is_accepted
    assert report.all_findings == []
    (signer,) = report.signers
    assert f"{MARK} Inès Marchetti" in signer.subject
    assert (signer.level, signer.is_pades, signer.intact, signer.trusted) == ("qualified", True, True, True)
    assert signer.declared_at == "2027-03-12T09:00:00.000000Z"
    assert any("Une personne vérifie" in reminder for reminder in report.reminders)
    assert report.as_json()["signature_count"] == 1


def test_the_given_bytes_stay_as_they_are(contract, signed):
    assert signed.startswith(contract)


def test_the_second_party_signs_over_the_first(contract, signed):
    both = sign(signed, "Claire Vasseur", "acheteur", NOW + timedelta(days=1))
    report = check(both, signed, NOW + timedelta(days=1))
    assert report.is_accepted
    assert [f"{MARK} Claire Vasseur" in signer.subject for signer in report.signers] == [True]


def test_two_members_of_a_group_may_sign_in_one_file(contract, signed):
    both = sign(signed, "Paul Abellan", "membre-2")
    report = check(both, contract)
    assert report.is_accepted
    assert len(report.signers) == 2


def test_an_unsigned_or_scanned_file_is_not_signed(contract):
    assert check(contract, contract).findings == (NOT_SIGNED,)
    assert check(write_pdf(PAGE.format("Numérisation")), contract).findings == (NOT_SIGNED,)
    assert check(rewritten(contract), contract).findings == (NOT_SIGNED,)


def test_the_other_partys_signature_alone_is_none(signed):
    assert check(rewritten(signed), signed).findings == (NOT_SIGNED,)


def test_a_file_that_is_no_pdf_is_refused(contract):
    assert check(b"%PDF-1.7 mais rien de plus", contract).findings == (NOT_A_PDF,)


def test_another_document_is_refused_however_well_signed(contract):
    other = sign(write_pdf(PAGE.format("Autre contrat")), "Inès Marchetti", "titulaire")
    assert check(other, contract).findings == (OTHER_DOCUMENT,)


def test_a_price_changed_in_the_same_breath_is_refused(contract):
    report = check(sign(rewritten(contract), "Inès Marchetti", "titulaire"), contract)
    assert report.findings == (CHANGED_BEFORE_SIGNING,)
    assert not report.same_document


def test_a_change_after_the_signature_is_refused(contract, signed):
    assert not check(rewritten(signed), contract).is_accepted


def test_a_change_between_both_signatures_is_refused(signed):
    assert CHANGED_BEFORE_SIGNING in check(sign(rewritten(signed), "Claire Vasseur", "acheteur"), signed).findings


@given(place=st.floats(0, 1, exclude_max=True), change=st.integers(1, 255))
def test_any_flipped_byte_that_the_signature_covers_is_refused(contract, signed, place, change):
    (signature,) = PdfFileReader(BytesIO(signed)).embedded_regular_signatures
    _, first, second, rest = signature.byte_range
    # The hole between both ranges is the container of the signature itself: its filler says nothing.
    position = int(place * (first + rest))
    damaged = bytearray(signed)
    damaged[position if position < first else second + position - first] ^= change
    accepted = check(bytes(damaged), contract).is_accepted
    assert not accepted


@pytest.mark.parametrize(
    ("certificate", "words"),
    [
        ({"valid_until": NOW - timedelta(seconds=1)}, "validité"),
        ({"valid_from": NOW + timedelta(seconds=1)}, "validité"),
        ({"qualified": False}, "pas qualifié"),
    ],
)
def test_a_certificate_out_of_date_or_not_qualified_is_refused(contract, certificate, words):
    report = check(sign(contract, "Inès Marchetti", "titulaire", **certificate), contract)
    assert not report.is_accepted
    assert any(words in finding for finding in report.all_findings)


def test_a_certificate_is_good_on_its_very_last_second(contract):
    assert check(sign(contract, "Inès Marchetti", "titulaire", valid_until=NOW), contract).is_accepted


def test_an_unknown_authority_is_refused(contract, signed):
    report = check(signed, contract, roots=[])
    assert [finding for finding in report.all_findings if "autorité" in finding]


def test_a_date_to_come_is_refused(contract):
    late = sign(contract, "Inès Marchetti", "titulaire", NOW + timedelta(minutes=5))
    assert any("à venir" in finding for finding in check(late, contract).all_findings)


def test_every_fictitious_name_is_marked():
    authority = example_authority()
    assert MARK in authority.root.subject.human_friendly
    assert MARK in example_signer("Qui que ce soit").signing_cert.subject.human_friendly
    assert example_signer("La même") is example_signer("La même")
