"""Reading and writing the encrypted draft of a deposit row (sealed-bids B.2)."""

from typing import Any

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from marketplace.files.encryption import server_key
from procurement.submissions import drafts
from procurement.submissions.models import Deposit, Trial

Holder = Deposit | Trial
"""What has a draft."""


def new_draft(deposit: Holder) -> None:
    """Give a deposit its key and an empty draft."""
    key = drafts.new_key()
    deposit.draft_key = drafts.wrap_key(key, server_key=_server_key(), deposit=str(deposit.pk))
    deposit.draft = drafts.seal_draft({"answers": {}, "files": {}}, key=key, deposit=str(deposit.pk))


def read_draft(deposit: Holder) -> dict[str, Any]:
    """`answers` by envelope, and `files` by id (name, media_type, salt, parts). Raises Unreadable."""
    return drafts.open_draft(bytes(deposit.draft), key=_draft_key(deposit), deposit=str(deposit.pk))


def write_draft(deposit: Holder, draft: dict[str, Any]) -> None:
    """Encrypt the draft into the row; the caller saves it. Raises TypeError on a float."""
    deposit.draft = drafts.seal_draft(draft, key=_draft_key(deposit), deposit=str(deposit.pk))


def destroy_draft(deposit: Holder) -> None:
    """Forget the key: what the draft held cannot be read any more, from any copy of the database. The caller saves."""
    deposit.draft_key = None
    deposit.draft = b""


def seal_digest(deposit: Holder, digest: str, *, file: str, n: int) -> bytes:
    """The salted digest of a part under way, as its row keeps it."""
    return drafts.seal_digest(digest, key=_draft_key(deposit), place=f"{deposit.pk} {file} {n}")


def open_digest(deposit: Holder, sealed: bytes, *, file: str, n: int) -> str:
    """What `seal_digest` was given. Raises Unreadable."""
    return drafts.open_digest(bytes(sealed), key=_draft_key(deposit), place=f"{deposit.pk} {file} {n}")


def _draft_key(deposit: Holder) -> bytes:
    return drafts.unwrap_key(bytes(deposit.draft_key), server_key=_server_key(), deposit=str(deposit.pk))


def _server_key() -> bytes:
    """A key of its own, derived from the one that lies outside of the database and of its backups."""
    return HKDF(SHA256(), drafts.KEY_SIZE, salt=None, info=b"preau/drafts/1").derive(server_key())
