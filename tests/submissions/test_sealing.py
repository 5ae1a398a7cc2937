"""Parts, manifest and root as properties: what is sealed comes back whole, or the defect is named."""

import io
import json
import uuid
from dataclasses import asdict, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from procurement.submissions import keywraps, sealing
from procurement.submissions.canonical import Unreadable, canonical, read_canonical
from procurement.submissions.keywraps import Custody, Holder
from procurement.submissions.sealing import Context, EnvelopeRoot, Manifest, ManifestFile, Root, RootPart

KEY = keywraps.generate()
CONTEXT = Context("appel", "periode", "candidat", "depot", 1)
SALT = "ab" * 32
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def manifest_with(*contents: bytes) -> tuple[Manifest, EnvelopeRoot, list[bytes]]:
    sealed = [
        sealing.seal_part(content, n=n, salt=SALT, recipient=KEY.recipient) for n, content in enumerate(contents, 1)
    ]
    parts = tuple(part for part, _ in sealed)
    file = ManifestFile(
        "fichier", "document", "offre.pdf", "Offre", "application/pdf", sum(map(len, contents)), SALT, parts
    )
    envelope = EnvelopeRoot(
        "technical",
        KEY.recipient,
        tuple(RootPart("fichier", part.n, part.plain_len, part.sealed_len, part.sealed_sha256) for part in parts),
        "0" * 64,
    )
    return Manifest(CONTEXT, "technical", (file,)), envelope, [blob for _, blob in sealed]


@given(JSON_VALUES)
def test_canonical_json_reads_back_the_same(value):
    assert read_canonical(canonical(value), "essai") == value


@pytest.mark.parametrize(
    "data", [b'{"a": 1}', b'{"b":1,"a":1}', b'{"a":1}\n', b'{"a":1,"a":1}', b"1.0", b"NaN", b"\xff"]
)
def test_what_is_not_canonical_is_refused(data):
    with pytest.raises(Unreadable, match="essai"):
        read_canonical(data, "essai")


def test_floats_are_refused():
    with pytest.raises(TypeError):
        canonical({"montant": 1.5})


@settings(max_examples=20, deadline=None)
@given(st.binary(max_size=300))
def test_a_part_opens_to_what_was_sealed(content):
    part, sealed = sealing.seal_part(content, n=1, salt=SALT, recipient=KEY.recipient)
    assert sealing.open_part(sealed, part, salt=SALT, identity=KEY.identity, what="partie 1") == content


def test_a_piece_sealed_while_it_comes_opens_like_any_other():
    plain, target = b"ligne \x00" * 40_000, io.BytesIO()
    part = sealing.seal_stream(io.BytesIO(plain), target, n=1, salt=SALT, recipient=KEY.recipient)
    assert (part.plain_len, part.plain_digest) == (len(plain), sealing.salted_digest(SALT, plain))
    assert sealing.open_part(target.getvalue(), part, salt=SALT, identity=KEY.identity, what="la partie") == plain


def test_what_stops_a_piece_on_its_way_is_raised_as_it_was():
    class Source:
        def read(self, size: int = -1) -> bytes:
            raise LookupError("parti")

    class Full(io.BytesIO):
        def write(self, piece: bytes) -> int:
            raise OSError(28, "disque plein")

    with pytest.raises(LookupError, match="parti"):
        sealing.seal_stream(Source(), io.BytesIO(), n=1, salt=SALT, recipient=KEY.recipient)
    with pytest.raises(OSError, match="disque plein"):
        sealing.seal_stream(io.BytesIO(b"x"), Full(), n=1, salt=SALT, recipient=KEY.recipient)


PART, SEALED = sealing.seal_part(b"contenu " * 9, n=1, salt=SALT, recipient=KEY.recipient)


@settings(max_examples=50, deadline=None)
@given(at=st.integers(0, 300), change=st.integers(1, 255))
def test_no_altered_byte_goes_unseen(at, change):
    at %= len(SEALED)
    altered = SEALED[:at] + bytes([SEALED[at] ^ change]) + SEALED[at + 1 :]
    with pytest.raises(Unreadable, match="partie 1"):
        sealing.open_part(altered, PART, salt=SALT, identity=KEY.identity, what="partie 1")


def test_a_stream_is_cut_where_parts_end(monkeypatch):
    monkeypatch.setattr(sealing, "PART_SIZE", 4)
    assert [*sealing.read_in_parts(io.BytesIO(b"123456789"))] == [b"1234", b"5678", b"9"]
    assert [*sealing.read_in_parts(io.BytesIO(b"12345678"))] == [b"1234", b"5678"]
    assert [*sealing.read_in_parts(io.BytesIO(b""))] == []


def test_a_header_of_ten_thousand_stanzas_never_reaches_the_library(monkeypatch):
    monkeypatch.setattr(sealing.pyrage, "decrypt", lambda *args: pytest.fail("pyrage saw the header"))
    flood = b"age-encryption.org/v1\n" + b"-> X25519 abc\nabc\n" * 10_000 + b"--- mac\n"
    with pytest.raises(Unreadable, match="en-tête"):
        sealing.open_bytes(flood, KEY.identity, "partie 1")
    five = b"age-encryption.org/v1\n" + b"-> X25519 abc\nabc\n" * 5 + b"--- mac\n"
    with pytest.raises(Unreadable, match="destinataires"):
        sealing.open_bytes(five, KEY.identity, "partie 1")


def test_a_cut_at_a_chunk_boundary_shows_nothing():
    """A truncated age file yields plain text before it fails: the whole part is read before anything is given."""
    chunk = 64 * 1024
    _, sealed = sealing.seal_part(b"x" * (2 * chunk), n=1, salt=SALT, recipient=KEY.recipient)
    boundary = len(sealed) - (chunk + 16)
    with pytest.raises(Unreadable):
        sealing.open_bytes(sealed[:boundary], KEY.identity, "partie 1")


def test_the_manifest_reads_back_the_same():
    manifest, envelope, _ = manifest_with(b"un", b"deux")
    assert sealing.read_manifest(sealing.manifest_bytes(manifest)) == manifest
    sealing.check_manifest(manifest, Root(CONTEXT, (envelope,)), envelope)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda value: value | {"en_plus": 1}, "champ inconnu « en_plus »"),
        (lambda value: {name: value[name] for name in value if name != "files"}, "champ « files » absent"),
        (lambda value: value | {"tag": "autre"}, "pas un manifeste"),
        (lambda value: value | {"version": "1"}, "nombre entier"),
    ],
)
def test_an_unexpected_manifest_is_named(change, sentence):
    manifest, _, _ = manifest_with(b"un")
    with pytest.raises(Unreadable, match=sentence):
        sealing.read_manifest(canonical(change(json.loads(sealing.manifest_bytes(manifest)))))


def test_bytes_after_the_manifest_are_named():
    manifest, _, _ = manifest_with(b"un")
    with pytest.raises(Unreadable, match="manifeste"):
        sealing.read_manifest(sealing.manifest_bytes(manifest) + b" ")


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        (lambda parts: parts[:-1], "a été déposée|n’a pas été déposée"),
        (lambda parts: (*parts, replace(parts[0], n=3)), "ne décrit pas"),
    ],
)
def test_parts_that_the_root_does_not_know_are_named(told, sentence):
    manifest, envelope, _ = manifest_with(b"un", b"deux")
    other = replace(envelope, parts=told(envelope.parts))
    with pytest.raises(Unreadable, match=sentence):
        sealing.check_manifest(manifest, Root(CONTEXT, (other,)), other)


def test_a_manifest_of_another_deposit_is_named():
    manifest, envelope, _ = manifest_with(b"un")
    other = replace(CONTEXT, bidder="un autre")
    with pytest.raises(Unreadable, match="autre dépôt"):
        sealing.check_manifest(manifest, Root(other, (envelope,)), envelope)


def test_the_root_reads_back_the_same_and_binds_every_field():
    _, envelope, _ = manifest_with(b"un")
    root = Root(CONTEXT, (envelope,))
    document = sealing.root_document(root)
    assert sealing.read_root(document, sealing.sha256(document)) == root
    assert set(json.loads(document)) == {"tag", *asdict(CONTEXT), "envelopes"}
    with pytest.raises(Unreadable, match="accusé"):
        sealing.read_root(document.replace(b'"version":1', b'"version":2'), sealing.sha256(document))


def test_two_of_three_open_and_one_reads_nothing():
    people = [keywraps.generate() for _ in range(3)]
    holders = [Holder(str(uuid.uuid4()), key.recipient) for key in people]
    identities = dict(zip((holder.id for holder in holders), people, strict=True))
    custody = Custody("appel", "periode", "price")
    wraps = keywraps.wrap_key(KEY.identity, custody, holders)
    assert len({(wrap.first, wrap.second) for wrap in wraps}) == 6
    for wrap in wraps:
        first, second = identities[wrap.first], identities[wrap.second]
        inner = keywraps.peel_outer(wrap.blob, first.identity, inner_sha256=wrap.inner_sha256)
        arguments = {"custody": custody, "pair": (wrap.first, wrap.second), "recipient": KEY.recipient}
        assert keywraps.peel_inner(inner, second.identity, **arguments) == KEY.identity
        for alone in (
            first.identity,
            next(k.identity for i, k in identities.items() if i not in (wrap.first, wrap.second)),
        ):
            with pytest.raises(Unreadable):
                keywraps.peel_inner(inner, alone, **arguments)
        with pytest.raises(Unreadable, match="autre pli"):
            keywraps.peel_inner(
                inner, second.identity, **(arguments | {"custody": replace(custody, envelope="technical")})
            )
        with pytest.raises(Unreadable, match="autres gardiens"):
            keywraps.peel_inner(inner, second.identity, **(arguments | {"pair": (wrap.second, wrap.first)}))


def test_no_error_report_prints_a_key():
    assert KEY.identity not in repr(KEY)
    with pytest.raises(Unreadable) as refused:
        keywraps.recipient_of("AGE-SECRET-KEY-1TRONQUEE")
    assert "TRONQUEE" not in str(refused.value)
