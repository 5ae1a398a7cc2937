"""What the public register of undertakings says of a SIREN, behind one protocol.

Chosen by `settings.COMPANY_REGISTRY`, a dotted path, read at each use:

- `marketplace.accounts.registry.OfflineRegistry` (default) knows only the file `settings.COMPANY_REGISTRY_FILE`,
  a JSON list of facts, and says of everything else that it cannot tell;
- `marketplace.accounts.registry.OfficialRegistry` asks « recherche-entreprises » (`settings.COMPANY_REGISTRY_URL`).
"""

import json
import urllib.parse
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings
from django.utils.module_loading import import_string

TIMEOUT_SECONDS = 5
_LARGEST_ANSWER = 1024 * 1024

_SIZES = {"PME": "sme", "ETI": "mid", "GE": "large"}
_LEGAL_FORMS = {
    "5498": "EURL",
    "5499": "SARL",
    "5599": "SA",
    "5710": "SAS",
    "5720": "SASU",
    "7210": "Commune",
    "7220": "Département",
    "7230": "Région",
    "7364": "Établissement d’hospitalisation",
    "9220": "Association déclarée",
}


@dataclass(frozen=True, slots=True)
class CompanyFacts:
    """What the register says of a SIREN. `size` is a code of `Organisation.Size`, empty when unknown."""

    siren: str
    name: str
    legal_form: str = ""
    address: str = ""
    postcode: str = ""
    city: str = ""
    size: str = ""
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class NotFound:
    """The register holds no such SIREN."""

    siren: str


@dataclass(frozen=True, slots=True)
class Unavailable:
    """The register cannot tell: what the person says is kept as declared, and checked later."""

    siren: str
    cause: str


Answer = CompanyFacts | NotFound | Unavailable


class CompanyRegistry(Protocol):
    """A source of facts about undertakings."""

    def lookup(self, siren: str) -> Answer:
        """What the source knows of a checked SIREN. Never raises for what happens on the network."""


class OfflineRegistry:
    """Knows a file, and admits that it knows nothing else."""

    def lookup(self, siren: str) -> Answer:
        """The facts of the file `settings.COMPANY_REGISTRY_FILE`, else Unavailable."""
        path = settings.COMPANY_REGISTRY_FILE
        known = json.loads(Path(path).read_text(encoding="utf-8")) if path else []
        for facts in known:
            if facts["siren"] == siren:
                return CompanyFacts(**facts)
        return Unavailable(siren, "offline")


class OfficialRegistry:
    """Client of « recherche-entreprises », the open API of the French administration; it needs no key."""

    def lookup(self, siren: str) -> Answer:
        """The facts of the API; Unavailable when it does not answer well within `TIMEOUT_SECONDS`."""
        try:
            found = self._search(siren)["results"]
            return next((_facts(result) for result in found if result["siren"] == siren), NotFound(siren))
        except (OSError, ValueError) as error:  # URLError and HTTPError are OSErrors
            return Unavailable(siren, type(error).__name__)
        except (KeyError, TypeError, AttributeError):
            return Unavailable(siren, "unreadable answer")

    def _search(self, siren: str) -> dict[str, Any]:
        base = settings.COMPANY_REGISTRY_URL
        if not base.startswith(("https://", "http://")):
            raise ValueError("COMPANY_REGISTRY_URL must be an http(s) address")
        query = urllib.parse.urlencode({"q": siren, "per_page": 1})
        request = urllib.request.Request(f"{base}/search?{query}", headers={"Accept": "application/json"})  # noqa: S310 - checked above
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - checked above
            return json.loads(answer.read(_LARGEST_ANSWER))


def _facts(result: dict[str, Any]) -> CompanyFacts:
    seat = result.get("siege") or {}
    legal_form = str(result.get("nature_juridique") or "")
    return CompanyFacts(
        siren=result["siren"],
        name=result.get("nom_raison_sociale") or result["nom_complet"],
        legal_form=_LEGAL_FORMS.get(legal_form, legal_form),
        address=seat.get("adresse") or "",
        postcode=seat.get("code_postal") or "",
        city=seat.get("libelle_commune") or "",
        size=_SIZES.get(result.get("categorie_entreprise") or "", ""),
        is_active=result.get("etat_administratif") != "C",
    )


def registry() -> CompanyRegistry:
    """The source that the settings name."""
    return import_string(settings.COMPANY_REGISTRY)()
