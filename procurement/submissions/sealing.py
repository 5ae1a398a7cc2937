"""What a sealed submission is made of: parts, manifest and root (sealed-bids B.2; LR-52, LR-57).

No Django, no clock, no file system: bytes in, bytes out, one part at a time, so memory stays flat whatever the size.
Every defect found in what was sealed is an `Unreadable` whose French sentence names it.
"""

import hashlib
import io
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Protocol

import pyrage

from procurement.submissions.canonical import Unreadable, canonical, fields, read_canonical

PART_SIZE = 8 * 1024 * 1024
SALT_SIZE = 32
# pyrage takes a time quadratic in the stanzas of a header: nothing we did not write reaches it unmeasured.
HEADER_LIMIT = 2048
STANZA_LIMIT = 4

_AGE_FIRST_LINE = b"age-encryption.org/v1\n"
_ROOT_TAG = "preau/root/1"
_MANIFEST_TAG = "preau/manifest/1"


class Readable(Protocol):
    """What gives at most `size` bytes each time, and none at its end."""

    def read(self, size: int = -1, /) -> bytes: ...  # noqa: D102 - said above


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of a file, sealed as an independent age file. Lengths in bytes, digests in hexadecimal."""

    n: int
    plain_len: int
    plain_digest: str
    sealed_len: int
    sealed_sha256: str


@dataclass(frozen=True, slots=True)
class RootPart:
    """What the root says of a part: nothing that tells its content."""

    file: str
    n: int
    plain_len: int
    sealed_len: int
    sealed_sha256: str


@dataclass(frozen=True, slots=True)
class Context:
    """Ids of what a submission belongs to; `version` counts the deposits of a bidder in a period from 1."""

    call: str
    period: str
    bidder: str
    deposit: str
    version: int


@dataclass(frozen=True, slots=True)
class ManifestFile:
    """A file of an envelope. `kind`: document | answers. `salt` in hexadecimal; `label` is the call's own."""

    file: str
    kind: str
    name: str
    label: str
    media_type: str
    size: int
    salt: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything about the files of one envelope; sealed like a part."""

    context: Context
    envelope: str
    files: tuple[ManifestFile, ...]


@dataclass(frozen=True, slots=True)
class EnvelopeRoot:
    """What the root says of an envelope."""

    name: str
    recipient: str
    parts: tuple[RootPart, ...]
    manifest_sha256: str


@dataclass(frozen=True, slots=True)
class Root:
    """The whole submission in clear ids, sizes and sealed hashes; its digest is what a receipt binds."""

    context: Context
    envelopes: tuple[EnvelopeRoot, ...]


def sha256(data: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def new_salt() -> str:
    """Salt of a file, 32 random bytes in hexadecimal: without it a plain digest tells nothing about a content."""
    return secrets.token_hex(SALT_SIZE)


def salted_digest(salt: str, plain: bytes) -> str:
    """SHA-256(salt ‖ plain), in hexadecimal."""
    digest = hashlib.sha256(bytes.fromhex(salt))
    digest.update(plain)
    return digest.hexdigest()


# --- Parts ------------------------------------------------------------------------------------------------------------


def read_in_parts(stream: BinaryIO) -> Iterator[bytes]:
    """Cut a stream into pieces of `PART_SIZE` bytes, the last one shorter; nothing for an empty stream."""
    while True:
        piece = bytearray()
        while len(piece) < PART_SIZE and (read := stream.read(PART_SIZE - len(piece))):
            piece += read
        if not piece:
            return
        yield bytes(piece)
        if len(piece) < PART_SIZE:
            return


def seal_part(plain: bytes, *, n: int, salt: str, recipient: str) -> tuple[Part, bytes]:
    """Seal one piece to an envelope's public key. Returns its description and the bytes of the age file."""
    target = io.BytesIO()
    part = seal_stream(io.BytesIO(plain), target, n=n, salt=salt, recipient=recipient)
    return part, target.getvalue()


def seal_stream(source: Readable, target: BinaryIO, *, n: int, salt: str, recipient: str) -> Part:
    """Seal one piece as it comes, without ever holding it whole: read from `source`, the age file written to `target`.

    What either of them raises is raised again.
    """
    plain, sealed = _Plain(source, salt), _Sealed(target)
    failure = None
    try:
        pyrage.encrypt_io(plain, sealed, [pyrage.x25519.Recipient.from_str(recipient)])
    except pyrage.EncryptError as error:
        failure = error
    # The library tells of a failure in its own words, and says nothing of one that meets the last bytes.
    if failure := plain.error or sealed.error or failure:
        raise failure from None
    return Part(n, plain.length, plain.digest.hexdigest(), sealed.length, sealed.digest.hexdigest())


class _Plain:
    """Counts and digests what is read of the plain bytes."""

    def __init__(self, source: Readable, salt: str) -> None:
        self._source, self.length, self.error = source, 0, None
        self.digest = hashlib.sha256(bytes.fromhex(salt))

    def read(self, size: int = -1) -> bytes:
        try:
            piece = self._source.read(size)
        except Exception as error:
            self.error: Exception | None = error
            raise
        self.digest.update(piece)
        self.length += len(piece)
        return piece


class _Sealed:
    """Counts and digests what is written of the sealed bytes."""

    def __init__(self, target: BinaryIO) -> None:
        self._target, self.length, self.error = target, 0, None
        self.digest = hashlib.sha256()

    def write(self, piece: bytes) -> int:
        try:
            self._target.write(piece)
        except OSError as error:
            self.error: OSError | None = error
            raise
        self.digest.update(piece)
        self.length += len(piece)
        return len(piece)

    def flush(self) -> None:
        """The library asks for it; whoever owns the target makes it durable."""


def seal_bytes(plain: bytes, recipient: str) -> bytes:
    """One age file (X25519) of `plain` for `recipient` (`age1…`)."""
    return pyrage.encrypt(plain, [pyrage.x25519.Recipient.from_str(recipient)])


def open_bytes(sealed: bytes, identity: str, what: str) -> bytes:
    """The plain bytes, only once the age file was read to its authenticated end; `what` names it. Raises Unreadable."""
    guard_header(sealed, what)
    try:
        return pyrage.decrypt(sealed, [pyrage.x25519.Identity.from_str(identity)])
    except (pyrage.DecryptError, OSError) as error:
        raise Unreadable(f"{what} : le chiffrement est altéré, ou la clé n’est pas la bonne.") from error


def guard_header(sealed: bytes, what: str) -> None:
    """Refuse an age header over 2 KiB or 4 stanzas before the library reads it. Raises Unreadable."""
    head = sealed[:HEADER_LIMIT]
    end = head.find(b"\n---")
    if not head.startswith(_AGE_FIRST_LINE) or end < 0:
        raise Unreadable(f"{what} : en-tête de chiffrement absent ou trop long.")
    if head.count(b"\n->", 0, end) > STANZA_LIMIT:
        raise Unreadable(f"{what} : en-tête de chiffrement à trop de destinataires.")


def open_part(sealed: bytes, part: Part, *, salt: str, identity: str, what: str) -> bytes:
    """The plain piece, once sealed hash, length, age end and salted digest all agree. Raises Unreadable."""
    check_sealed(sealed, sealed_len=part.sealed_len, sealed_sha256=part.sealed_sha256, what=what)
    plain = open_bytes(sealed, identity, what)
    if len(plain) != part.plain_len or salted_digest(salt, plain) != part.plain_digest:
        raise Unreadable(f"{what} : le contenu n’est pas celui que décrit le manifeste.")
    return plain


def check_sealed(sealed: bytes, *, sealed_len: int, sealed_sha256: str, what: str) -> None:
    """Compare sealed bytes with what was receipted. Raises Unreadable: another length, or other bytes."""
    if len(sealed) != sealed_len:
        raise Unreadable(f"{what} : {len(sealed)} octets conservés au lieu de {sealed_len}.")
    if sha256(sealed) != sealed_sha256:
        raise Unreadable(f"{what} : les octets conservés ne sont pas ceux du dépôt.")


# --- Manifest ---------------------------------------------------------------------------------------------------------

_CONTEXT_FIELDS = ("call", "period", "bidder", "deposit", "version")
_FILE_FIELDS = ("file", "kind", "name", "label", "media_type", "size", "salt", "parts")
_PART_FIELDS = ("n", "plain_len", "plain_digest", "sealed_len", "sealed_sha256")


def manifest_bytes(manifest: Manifest) -> bytes:
    """Canonical JSON of a manifest."""
    return canonical(
        {
            "tag": _MANIFEST_TAG,
            **_plain(manifest.context, _CONTEXT_FIELDS),
            "envelope": manifest.envelope,
            "files": [
                {**_plain(file, _FILE_FIELDS[:-1]), "parts": [_plain(part, _PART_FIELDS) for part in file.parts]}
                for file in manifest.files
            ],
        }
    )


def read_manifest(data: bytes) -> Manifest:
    """Read a manifest; nothing unknown, missing or trailing passes. Raises Unreadable."""
    what = "manifeste"
    value = read_canonical(data, what)
    tag, *context, envelope, files = fields(value, ("tag", *_CONTEXT_FIELDS, "envelope", "files"), what)
    if tag != _MANIFEST_TAG:
        raise Unreadable("manifeste : ce n’est pas un manifeste de Préau.")
    return Manifest(
        _read_context(context, what),
        _text(envelope, what),
        tuple(_read_file(file) for file in _list(files, what)),
    )


def check_manifest(manifest: Manifest, root: Root, envelope: EnvelopeRoot) -> None:
    """The manifest must tell the same story as the root: context, envelope and every part. Raises Unreadable."""
    if manifest.context != root.context or manifest.envelope != envelope.name:
        raise Unreadable("manifeste : il appartient à un autre dépôt ou à un autre pli.")
    told = [
        RootPart(file.file, part.n, part.plain_len, part.sealed_len, part.sealed_sha256)
        for file in manifest.files
        for part in file.parts
    ]
    if len(set(told)) != len(told):
        raise Unreadable("manifeste : une partie y figure deux fois.")
    if missing := set(envelope.parts) - set(told):
        raise Unreadable(
            f"manifeste : il ne décrit pas la partie {min(part.n for part in missing)} d’un fichier déposé."
        )
    if extra := set(told) - set(envelope.parts):
        raise Unreadable(f"manifeste : la partie {min(part.n for part in extra)} décrite n’a pas été déposée.")


def _read_file(value: Any) -> ManifestFile:
    what = "manifeste, fichier"
    file, kind, name, label, media_type, size, salt, parts = fields(value, _FILE_FIELDS, what)
    what = f"manifeste, fichier « {_text(name, what)} »"
    read = tuple(_read_part(part, what) for part in _list(parts, what))
    if [part.n for part in read] != list(range(1, len(read) + 1)):
        raise Unreadable(f"{what} : les parties ne se suivent pas.")
    if sum(part.plain_len for part in read) != _count(size, what):
        raise Unreadable(f"{what} : la taille annoncée n’est pas celle des parties.")
    if len(_hex(salt, what)) != 2 * SALT_SIZE:
        raise Unreadable(f"{what} : sel de longueur inattendue.")
    texts = (_text(entry, what) for entry in (file, kind, name, label, media_type))
    return ManifestFile(*texts, size, salt, read)


def _read_part(value: Any, what: str) -> Part:
    n, plain_len, plain_digest, sealed_len, sealed_sha256 = fields(value, _PART_FIELDS, what)
    return Part(
        _count(n, what),
        _count(plain_len, what),
        _hex(plain_digest, what),
        _count(sealed_len, what),
        _hex(sealed_sha256, what),
    )


# --- Root -------------------------------------------------------------------------------------------------------------


def root_document(root: Root) -> bytes:
    """Canonical JSON whose SHA-256 is the root of the submission."""
    return canonical(
        {
            "tag": _ROOT_TAG,
            **_plain(root.context, _CONTEXT_FIELDS),
            "envelopes": [
                {
                    "name": envelope.name,
                    "recipient": envelope.recipient,
                    "parts": [
                        [part.file, part.n, part.plain_len, part.sealed_len, part.sealed_sha256]
                        for part in envelope.parts
                    ],
                    "manifest_sha256": envelope.manifest_sha256,
                }
                for envelope in root.envelopes
            ],
        }
    )


def read_root(document: bytes, expected_sha256: str) -> Root:
    """Read a root document after comparing its hash with the one receipted. Raises Unreadable."""
    what = "empreinte du dépôt"
    if sha256(document) != expected_sha256:
        raise Unreadable("empreinte du dépôt : elle n’est pas celle de l’accusé.")
    tag, *context, envelopes = fields(read_canonical(document, what), ("tag", *_CONTEXT_FIELDS, "envelopes"), what)
    if tag != _ROOT_TAG:
        raise Unreadable("empreinte du dépôt : ce n’est pas une empreinte de Préau.")
    return Root(
        _read_context(context, what), tuple(_read_envelope(envelope, what) for envelope in _list(envelopes, what))
    )


def compare_roots(receipted: Root, kept: Root) -> None:
    """Name the first difference between what was receipted and what is kept. Raises Unreadable."""
    if receipted.context != kept.context:
        raise Unreadable("dépôt : il est rattaché à un autre appel, candidat ou période que sur l’accusé.")
    if [envelope.name for envelope in receipted.envelopes] != [envelope.name for envelope in kept.envelopes]:
        raise Unreadable("dépôt : les plis conservés ne sont pas ceux de l’accusé.")
    for before, after in zip(receipted.envelopes, kept.envelopes, strict=True):
        _compare_envelopes(before, after)


def _compare_envelopes(before: EnvelopeRoot, after: EnvelopeRoot) -> None:
    what = f"pli « {before.name} »"
    if missing := [part for part in before.parts if part not in set(after.parts)]:
        raise Unreadable(f"{what} : la partie {missing[0].n} d’un fichier déposé manque ou a changé.")
    if len(after.parts) != len(before.parts):
        raise Unreadable(f"{what} : une partie s’est ajoutée ou répétée après le dépôt.")
    if before != after:
        raise Unreadable(f"{what} : clé, manifeste ou ordre des parties ont changé depuis le dépôt.")


def _read_envelope(value: Any, what: str) -> EnvelopeRoot:
    name, recipient, parts, manifest = fields(value, ("name", "recipient", "parts", "manifest_sha256"), what)
    return EnvelopeRoot(
        _text(name, what),
        _text(recipient, what),
        tuple(_read_root_part(part, what) for part in _list(parts, what)),
        _hex(manifest, what),
    )


def _read_root_part(value: Any, what: str) -> RootPart:
    if len(_list(value, what)) != len(_PART_FIELDS):
        raise Unreadable(f"{what} : partie mal décrite.")
    file, n, plain_len, sealed_len, sealed_sha256 = value
    return RootPart(
        _text(file, what), _count(n, what), _count(plain_len, what), _count(sealed_len, what), _hex(sealed_sha256, what)
    )


# --- Strict values ----------------------------------------------------------------------------------------------------


def _read_context(values: Sequence[Any], what: str) -> Context:
    *ids, version = values
    return Context(*(_text(value, what) for value in ids), _count(version, what))


def _plain(value: Any, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(value, name) for name in names}


def _text(value: Any, what: str) -> str:
    if not isinstance(value, str):
        raise Unreadable(f"{what} : un texte était attendu.")
    return value


def _count(value: Any, what: str) -> int:
    if type(value) is not int or value < 0:
        raise Unreadable(f"{what} : un nombre entier était attendu.")
    return value


def _hex(value: Any, what: str) -> str:
    text = _text(value, what)
    if len(text) != 64 or set(text) - set("0123456789abcdef"):
        raise Unreadable(f"{what} : une empreinte SHA-256 était attendue.")
    return text


def _list(value: Any, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise Unreadable(f"{what} : une liste était attendue.")
    return value
