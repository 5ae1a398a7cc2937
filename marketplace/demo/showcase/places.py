"""Where the demonstration keeps its things, all under `var/demo/`."""

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings


@dataclass(frozen=True)
class Places:
    """Folders and files."""

    root: Path

    @property
    def mails(self) -> Path:
        """Mails, one file each."""
        return self.root / "mails"

    @property
    def kits(self) -> Path:
        """Recovery kits of custodians."""
        return self.root / "gardiens"

    @property
    def registry(self) -> Path:
        """What the offline register of undertakings says."""
        return self.root / "registre.json"

    @property
    def guide(self) -> Path:
        """Who signs in with what, and what to try."""
        return self.root / "guide.txt"

    @property
    def scratch(self) -> Path:
        """The database while it is being laid out."""
        return self.root / "en-construction.sqlite3"

    @property
    def worker_log(self) -> Path:
        """What the worker says of its tasks."""
        return self.root / "taches.log"

    @property
    def static_digest(self) -> Path:
        """Digest of the static files that were gathered last."""
        return self.root / "static.sha256"


def places() -> Places:
    """The places of this site, made if need be."""
    root = settings.VAR_DIR / "demo"
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    return Places(root)
