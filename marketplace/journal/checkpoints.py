"""Signed statements of where a chain stood, to be kept by others: a history rewritten later contradicts them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import F, Max, Q

from marketplace.journal import canonical, keys
from marketplace.journal.models import Chain, Checkpoint, SigningKey, checkpoint_statement


def checkpoint(chain: str, now: datetime) -> Checkpoint:
    """Sign the present head of a chain, and the public keys of the house. Raises Chain.DoesNotExist.

    Inside an act, the head is that of the entry before it.
    """
    stood = Chain.objects.get(key=chain)
    # Made first, so that its own public part is in the list that it signs.
    keys.current_key_id(SigningKey.Purpose.CHECKPOINT, now)
    public = dict(SigningKey.objects.filter(revoked_at=None).values_list("key_id", "public_key"))
    statement = checkpoint_statement(chain=chain, seq=stood.length, head=stood.head, at=now, keys=public)
    key_id, signature = keys.sign(SigningKey.Purpose.CHECKPOINT, canonical.canonical_json(statement), now)
    return Checkpoint.objects.create(
        chain=stood, seq=stood.length, head=stood.head, at=now, keys=public, key_id=key_id, signature=signature.hex()
    )


def checkpoint_all(now: datetime) -> list[Checkpoint]:
    """Sign the head of every chain that moved since its last checkpoint: what the hourly job does."""
    moved = Chain.objects.annotate(signed=Max("checkpoints__seq")).filter(
        Q(signed=None, length__gt=0) | Q(signed__lt=F("length"))
    )
    return [checkpoint(chain.key, now) for chain in moved.order_by("key")]


def exported(checkpoints: Iterable[Checkpoint]) -> list[dict[str, Any]]:
    """Return checkpoints as JSON to hand out: statement, `key_id` and `signature` (hexadecimal)."""
    return [
        {**kept.statement(kept.chain.key), "key_id": kept.key_id, "signature": kept.signature} for kept in checkpoints
    ]


def is_genuine(document: dict[str, Any]) -> bool:
    """Tell whether an exported checkpoint was signed by a checkpoint key of the house."""
    statement = {name: value for name, value in document.items() if name not in {"key_id", "signature"}}
    try:
        signature = bytes.fromhex(document["signature"])
        payload = canonical.canonical_json(statement)
        return keys.verify(SigningKey.Purpose.CHECKPOINT, document["key_id"], payload, signature)
    except (KeyError, TypeError, ValueError):
        return False
