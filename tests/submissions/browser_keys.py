"""What the program of a custodian's page does with their key (custody.js), for tests without a browser."""

import base64
import json
import re
from typing import Any

import pyrage

from procurement.submissions.key_proofs import Handed, Proofs
from procurement.submissions.sealing import sha256


def take_out(handed: Handed, identity: str) -> Proofs:
    """What a key takes out of what its custodian was handed."""
    return Proofs(
        layers={str(wrap.pk): opened(wrap.blob, identity) for wrap in handed.to_remove},
        hashes={str(wrap.pk): sha256(opened(wrap.blob, identity)) for wrap in handed.to_prove},
        payloads={str(layer.wrap_id): opened(layer.blob, identity) for layer in handed.to_open},
    )


def opened(blob: bytes, identity: str) -> bytes:
    return pyrage.decrypt(bytes(blob), [pyrage.x25519.Identity.from_str(identity)])


def handed_by(html: str) -> dict[str, Any]:
    """What a page handed to its program."""
    return json.loads(re.search(r'<script id="handed" type="application/json">(.*?)</script>', html).group(1))


def posted(handed: dict[str, Any], identity: str) -> dict[str, str]:
    """What the program posts."""

    def each(sealed: dict[str, str]) -> dict[str, bytes]:
        return {wrap: opened(base64.b64decode(blob), identity) for wrap, blob in sealed.items()}

    proofs = {
        "layers": {wrap: base64.b64encode(inner).decode() for wrap, inner in each(handed["remove"]).items()},
        "hashes": {wrap: sha256(inner) for wrap, inner in each(handed["prove"]).items()},
        "payloads": {wrap: base64.b64encode(inner).decode() for wrap, inner in each(handed["open"]).items()},
    }
    return {"proofs": json.dumps(proofs)}
