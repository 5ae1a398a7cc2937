"""Vérifie un accusé de dépôt de Préau, sans Préau. Il faut Python 3.11 et le paquet `cryptography`, rien d’autre.

    python verify_receipt.py accuse.json --keys cles.json

`cles.json` est la liste des clés publiques (adresse `/.well-known/preau-keys.json` du site) que vous avez gardée
vous-même, de préférence avant le dépôt : une liste donnée en même temps que l’accusé ne prouve rien. Si le site a
changé de clé depuis, ajoutez `--published` et la liste d’aujourd’hui : seules comptent les clés signées l’une après
l’autre depuis une clé que vous avez gardée.
Sortie : 0 « valide », 1 « invalide », 2 « non vérifiable ».
"""

import argparse
import hashlib
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

VALID, INVALID, UNVERIFIABLE = "valide", "invalide", "non vérifiable"
EXIT_CODES = {VALID: 0, INVALID: 1, UNVERIFIABLE: 2}
RECEIPT_FORMAT = "preau-receipt/1"
KEYS_FORMAT = "preau-keys/1"
KEY_ID_LENGTH = 16


@dataclass(frozen=True)
class Verification:
    """The answer (`VALID`, `INVALID` or `UNVERIFIABLE`) and the sentence that explains it."""

    answer: str
    explanation: str


def verify(receipt: Any, keys: Any | None, published: Any | None = None) -> Verification:
    """Verify a receipt (parsed JSON) with pinned public keys (parsed JSON). Without keys nothing is ever valid.

    `published` is a later list of the site: a key of it counts when each one before it signed the next, from a pinned
    one on; the revocations that it tells count too.
    """
    if keys is None:
        return Verification(UNVERIFIABLE, "sans les clés publiques du site, gardées par vous, rien ne prouve l’accusé.")
    if not isinstance(receipt, dict) or receipt.get("format") != RECEIPT_FORMAT:
        return Verification(UNVERIFIABLE, "ce fichier n’est pas un accusé de Préau.")
    key = _key(_followed(keys, published), receipt.get("key_id"))
    if key is None:
        return Verification(UNVERIFIABLE, "la clé qui a signé cet accusé n’est pas dans votre liste.")
    if key.get("revoked_at") and str(receipt.get("issued_at")) >= key["revoked_at"]:
        return Verification(INVALID, "la clé qui a signé cet accusé était révoquée à cette date.")
    if not _is_signed(receipt, key):
        return Verification(INVALID, "le contenu a été modifié, ou la signature n’est pas celle du site.")
    return Verification(
        VALID, f"accusé {receipt['number']}, reçu {receipt['received_at']}, empreinte {receipt['root']}."
    )


def canonical(value: Any) -> bytes:
    """The bytes that were signed: keys sorted, no spaces, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def _key(keys: Any, key_id: Any) -> dict[str, Any] | None:
    if not isinstance(keys, dict) or keys.get("format") != KEYS_FORMAT:
        return None
    for key in keys.get("keys", ()):
        # An id is the beginning of the key's own hash: a list cannot lend a known id to another key.
        own_id = hashlib.sha256(bytes.fromhex(key["public_key"])).hexdigest()[:KEY_ID_LENGTH]
        if key["purpose"] == "receipt" and key["key_id"] == key_id == own_id:
            return key
    return None


def _followed(keys: Any, published: Any | None) -> Any:
    """The pinned list, with the keys that follow from it in the published one."""
    if published is None or keys.get("format") != KEYS_FORMAT or published.get("format") != KEYS_FORMAT:
        return keys
    known = {key["key_id"]: dict(key) for key in keys["keys"]}
    later = {key["key_id"]: key for key in published["keys"]}
    for key_id, key in known.items():
        if key_id in later and later[key_id]["public_key"] == key["public_key"]:
            key["revoked_at"] = key.get("revoked_at") or later[key_id].get("revoked_at")
    waiting = [key for key_id, key in later.items() if key_id not in known]
    while following := [key for key in waiting if _follows(key, known.get(key.get("previous")))]:
        known.update({key["key_id"]: key for key in following})
        waiting = [key for key in waiting if key["key_id"] not in known]
    return {"format": KEYS_FORMAT, "keys": list(known.values())}


def _follows(key: dict[str, Any], previous: dict[str, Any] | None) -> bool:
    """Whether the key before it, while it still counted, signed this one."""
    if previous is None or key["purpose"] != previous["purpose"]:
        return False
    if previous.get("revoked_at") and key["made_at"] > previous["revoked_at"]:
        return False
    named = {name: key[name] for name in ("purpose", "previous", "key_id", "public_key", "made_at")}
    return _is_signed({**named, "tag": "preau/key/1", "signature": key.get("signed_by_previous")}, previous)


def _is_signed(receipt: dict[str, Any], key: dict[str, Any]) -> bool:
    payload = {name: value for name, value in receipt.items() if name != "signature"}
    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key["public_key"]))
        public.verify(bytes.fromhex(str(receipt.get("signature"))), canonical(payload))
    except (InvalidSignature, ValueError):
        return False
    return True


def verify_files(receipt: Path, keys: Path | None, published: Path | None = None) -> Verification:
    """Verify a receipt file with a file of pinned keys. What cannot be read cannot be verified."""
    try:
        pinned = json.loads(keys.read_text("utf-8")) if keys else None
        later = json.loads(published.read_text("utf-8")) if published else None
        return verify(json.loads(receipt.read_text("utf-8")), pinned, later)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return Verification(UNVERIFIABLE, f"fichier illisible ({error}).")


def main() -> int:
    """Read the arguments, print one line, return the exit code."""
    parser = argparse.ArgumentParser(description="Vérifie un accusé de dépôt de Préau.")
    parser.add_argument("receipt", type=Path, metavar="ACCUSE", help="fichier accuse.json")
    parser.add_argument("--keys", type=Path, metavar="CLES", help="liste des clés publiques que vous avez gardée")
    parser.add_argument(
        "--published", type=Path, metavar="LISTE", help="liste publiée depuis, si le site a changé de clé"
    )
    given = parser.parse_args()
    found = verify_files(given.receipt, given.keys, given.published)
    sys.stdout.write(f"{found.answer} : {found.explanation}\n")
    return EXIT_CODES[found.answer]


if __name__ == "__main__":
    sys.exit(main())
