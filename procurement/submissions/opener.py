"""The opening process: `python -m procurement.submissions.opener`, started for one session and gone with it (B.5).

On the site it alone works with the private key of an envelope: the second custodian's layer is removed here, on what a
pipe gave, or was removed in their browser, which sent what was under it.
It knows neither Django nor the database, prints no error, leaves no core file, and works under memory limits.
One JSON line in, one JSON line out: first the keys, then one submission after the other.
"""

import json
import resource
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from procurement.submissions.canonical import Unreadable
from procurement.submissions.keywraps import Custody, check_inner, peel_inner, read_payload
from procurement.submissions.part_store import PartStore
from procurement.submissions.sealing import (
    EnvelopeRoot,
    Manifest,
    ManifestFile,
    Root,
    check_manifest,
    check_sealed,
    open_bytes,
    open_part,
    read_manifest,
    read_root,
)
from procurement.submissions.transit import write_frame

MEMORY_LIMIT = 1024 * 1024 * 1024
ANSWERS = "answers"


@dataclass(frozen=True, slots=True)
class Opener:
    """The key of one envelope at work; `transit_key` encrypts what it hands back."""

    identity: str
    envelope: str
    transit_key: bytes
    store: PartStore

    def open(self, job: dict[str, Any]) -> list[dict[str, Any]]:
        """Open this envelope of one submission into the folder of the job. Raises Unreadable."""
        root = read_root(job["root_document"].encode(), job["root"])
        envelope = next((entry for entry in root.envelopes if entry.name == self.envelope), None)
        if envelope is None:
            raise Unreadable(f"pli « {self.envelope} » : le dépôt n’en contient pas.")
        manifest = self._manifest(root, envelope, job["manifest_file"])
        return [self._open_file(root, file, Path(job["folder"])) for file in manifest.files]

    def _manifest(self, root: Root, envelope: EnvelopeRoot, file: str) -> Manifest:
        sealed = self.store.read(root.context.deposit, file, 1, "manifeste")
        check_sealed(sealed, sealed_len=len(sealed), sealed_sha256=envelope.manifest_sha256, what="manifeste")
        manifest = read_manifest(open_bytes(sealed, self.identity, "manifeste"))
        check_manifest(manifest, root, envelope)
        return manifest

    def _open_file(self, root: Root, file: ManifestFile, folder: Path) -> dict[str, Any]:
        with (folder / file.file).open("xb") as target:
            for index, part in enumerate(file.parts):
                what = f"« {file.name} », partie {part.n} sur {len(file.parts)}"
                sealed = self.store.read(root.context.deposit, file.file, part.n, what)
                plain = open_part(sealed, part, salt=file.salt, identity=self.identity, what=what)
                write_frame(target, plain, key=self.transit_key, file=file.file, n=index)
        return {
            "file": file.file,
            "kind": file.kind,
            "name": file.name,
            "label": file.label,
            "lengths": [part.plain_len for part in file.parts],
        }


def start(keys: dict[str, Any]) -> Opener:
    """Remove the second layer unless a browser has, and check the key against the public one. Raises Unreadable."""
    custody = Custody(keys["call"], keys["period"], keys["envelope"])
    checks: dict[str, Any] = {"custody": custody, "pair": tuple(keys["pair"]), "recipient": keys["recipient"]}
    if "payload" in keys:
        identity = read_payload(bytes.fromhex(keys["payload"]), **checks)
    else:
        inner = check_inner(bytes.fromhex(keys["inner"]), inner_sha256=keys["inner_sha256"])
        identity = peel_inner(inner, keys["identity"], **checks)
    return Opener(identity, custody.envelope, bytes.fromhex(keys["transit_key"]), PartStore(Path(keys["store"])))


def main() -> None:
    """Serve one session on standard input and output."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    opener: Opener | None = None
    for line in sys.stdin:
        try:
            if opener is None:
                opener = start(json.loads(line))
                _answer(files=[])
            else:
                _answer(files=opener.open(json.loads(line)))
        except Unreadable as error:
            _answer(reason=str(error))
            if opener is None:
                return


def _answer(**answer: Any) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
