"""The keys of envelopes and how three custodians share them: two open, one alone reads nothing (sealed-bids B.3).

The private key of an envelope is wrapped six times in nested age, once per ordered pair, so that whoever comes first
can begin: the outer layer opens with the first custodian's key, the inner one with the second's. No Django here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

import pyrage

from procurement.submissions.canonical import Unreadable, canonical, fields, read_canonical
from procurement.submissions.sealing import guard_header, open_bytes, seal_bytes, sha256

CUSTODIANS = 3
INNER_LAYER = "enveloppe de clé, couche intérieure"

_TAG = "preau/envelope-key/1"
_PAYLOAD_FIELDS = ("tag", "call", "period", "envelope", "pair", "key")


@dataclass(frozen=True, slots=True)
class KeyPair:
    """An age X25519 key: `identity` (`AGE-SECRET-KEY-1…`) is secret, `recipient` (`age1…`) is public."""

    identity: str
    recipient: str

    def __repr__(self) -> str:
        # An error report must never print the secret half.
        return f"KeyPair(recipient={self.recipient!r})"


@dataclass(frozen=True, slots=True)
class Custody:
    """Ids of the envelope whose key is wrapped."""

    call: str
    period: str
    envelope: str


@dataclass(frozen=True, slots=True)
class Holder:
    """A custodian: id, and public key."""

    id: str
    recipient: str


@dataclass(frozen=True, slots=True)
class Wrap:
    """The key of an envelope for one ordered pair of custodians, by their ids."""

    first: str
    second: str
    blob: bytes
    inner_sha256: str


def generate() -> KeyPair:
    """A fresh age key."""
    identity = pyrage.x25519.Identity.generate()
    return KeyPair(str(identity), str(identity.to_public()))


def recipient_of(identity: str) -> str:
    """Public key of a private one as typed or read from a recovery kit. Raises Unreadable."""
    try:
        return str(pyrage.x25519.Identity.from_str(identity.strip()).to_public())
    except pyrage.IdentityError as error:
        raise Unreadable(
            "clé de secours : elle n’est pas complète. Donnez la ligne qui commence par AGE-SECRET-KEY-1."
        ) from error


def read_recipient(text: str) -> str:
    """A public key made elsewhere, in the one form in which it is written. Raises Unreadable."""
    try:
        return str(pyrage.x25519.Recipient.from_str(text.strip()))
    except pyrage.RecipientError as error:
        raise Unreadable("clé publique : ce n’est pas une clé age (age1…).") from error


def fingerprint(recipient: str) -> str:
    """Fingerprint of a public key as people compare it: the first 40 digits of its SHA-256, by groups of four."""
    digest = sha256(recipient.encode())[:40]
    return " ".join(digest[start : start + 4] for start in range(0, len(digest), 4))


def wrap_key(identity: str, custody: Custody, holders: Sequence[Holder]) -> list[Wrap]:
    """Wrap an envelope's private key for the six ordered pairs of three distinct custodians (else ValueError)."""
    if len({holder.recipient for holder in holders}) != CUSTODIANS or len(holders) != CUSTODIANS:
        raise ValueError("three custodians with three distinct keys are needed")
    return [_wrap_for_pair(identity, custody, first, second) for first, second in permutations(holders, 2)]


def peel_outer(blob: bytes, identity: str, *, inner_sha256: str) -> bytes:
    """Remove the first custodian's layer; what is left is still sealed to the second. Raises Unreadable."""
    return check_inner(open_bytes(blob, identity.strip(), "enveloppe de clé"), inner_sha256=inner_sha256)


def check_inner(inner: bytes, *, inner_sha256: str) -> bytes:
    """An inner layer, whoever removed the outer one, if it is the one that was recorded. Raises Unreadable."""
    check_inner_hash(sha256(inner), inner_sha256=inner_sha256)
    guard_header(inner, INNER_LAYER)
    return inner


def check_inner_hash(digest: str, *, inner_sha256: str) -> None:
    """Only who removed the outer layer can tell the hash of the inner one. Raises Unreadable for another hash."""
    if digest != inner_sha256:
        raise Unreadable("enveloppe de clé : la couche intérieure n’est pas celle qui a été enregistrée.")


def peel_inner(inner: bytes, identity: str, *, custody: Custody, pair: tuple[str, str], recipient: str) -> str:
    """The envelope's private key, once its context and its public half were compared. Raises Unreadable."""
    payload = open_bytes(inner, identity.strip(), INNER_LAYER)
    return read_payload(payload, custody=custody, pair=pair, recipient=recipient)


def read_payload(payload: bytes, *, custody: Custody, pair: tuple[str, str], recipient: str) -> str:
    """The envelope's private key in what an inner layer held, checked as by `peel_inner`. Raises Unreadable."""
    what = INNER_LAYER
    tag, call, period, envelope, told_pair, key = fields(read_canonical(payload, what), _PAYLOAD_FIELDS, what)
    if (tag, call, period, envelope) != (_TAG, custody.call, custody.period, custody.envelope):
        raise Unreadable(f"{what} : elle appartient à un autre pli.")
    if told_pair != list(pair):
        raise Unreadable(f"{what} : elle est destinée à d’autres gardiens.")
    if not isinstance(key, str) or recipient_of(key) != recipient:
        raise Unreadable(f"{what} : la clé n’est pas celle qui a scellé les plis.")
    return key


def _wrap_for_pair(identity: str, custody: Custody, first: Holder, second: Holder) -> Wrap:
    payload = canonical(
        {
            "tag": _TAG,
            "call": custody.call,
            "period": custody.period,
            "envelope": custody.envelope,
            "pair": [first.id, second.id],
            "key": identity,
        }
    )
    inner = seal_bytes(payload, second.recipient)
    return Wrap(first.id, second.id, seal_bytes(inner, first.recipient), sha256(inner))
