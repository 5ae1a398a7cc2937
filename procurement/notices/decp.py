"""Essential data of a notified contract, in the national format (DECP 2.0.3; R2196-1, LR-105).

Only direct purchases are built here: their procedure is the one without publicity nor competition.
"""

import re
from datetime import date
from typing import Any

from django.utils import timezone
from stdnum.fr import siret as french_siret

from procurement.calls.models import DirectPurchase
from procurement.contracts.models import Contract
from procurement.contracts.payment_terms import siret_of, terms_of
from procurement.law.facts import EssentialDataFacts

PROCEDURE = "Marché passé sans publicité ni mise en concurrence préalable"
# Words of the format, straight apostrophes included, by what the name of the general clauses holds.
CCAGS = {
    "fournitures": "Fournitures courantes et services",
    "techniques": "Techniques de l'information et de la communication",
    "prestations": "Prestations intellectuelles",
    "industriels": "Marchés industriels",
    "travaux": "Travaux",
}
NO_CCAG = "Pas de CCAG"
OBJECT_MAX = 1000
WHOLE = 10_000


def holder_identifier(contract: Contract) -> tuple[str, str]:
    """Type and number of the holder: the SIRET that bills, else its VAT number, else empty."""
    billed = terms_of(contract).holder_siret or siret_of(contract.party.lead)
    if french_siret.is_valid(billed):
        return "SIRET", billed
    lead = contract.party.lead
    is_vat = lead.identifier_scheme == lead.Scheme.EU_VAT
    return ("TVA", lead.identifier) if is_vat else ("", "")


def essential_data_facts(contract: Contract, purchase: DirectPurchase) -> EssentialDataFacts:
    """What the rule book reads of a contract before its data are given out."""
    return EssentialDataFacts(
        notified_on=contract.notified_at and timezone.localdate(contract.notified_at),
        amount_ht=contract.amount_ht,
        cpv=contract.call.cpv,
        buyer_siret=_buyer_siret(contract),
        holder_identifier=holder_identifier(contract)[1],
        months=_months(contract),
        place_code=purchase.place_code,
    )


def essential_data(contract: Contract, purchase: DirectPurchase, *, published_on: date) -> dict[str, Any]:
    """The document to publish: one contract. Everything that the format requires is there once the rules pass."""
    kind, number = holder_identifier(contract)
    advance = _advance(contract)
    return {
        "marches": {
            "marche": [
                {
                    "id": contract.number,
                    "acheteur": {"id": _buyer_siret(contract)},
                    "nature": "Marché",
                    "objet": (contract.call.object or contract.call.title)[:OBJECT_MAX],
                    "codeCPV": contract.call.cpv,
                    "techniques": {"technique": ["Sans objet"]},
                    "modalitesExecution": {"modaliteExecution": ["Sans objet"]},
                    "marcheInnovant": True,
                    "ccag": _ccag(contract.lot.terms.ccag),
                    "offresRecues": purchase.offers.count(),
                    "attributionAvance": advance > 0,
                    **({"tauxAvance": advance / WHOLE} if advance else {}),
                    "typeGroupementOperateurs": "Pas de groupement",
                    "sousTraitanceDeclaree": False,
                    "procedure": PROCEDURE,
                    "lieuExecution": {"code": purchase.place_code, "typeCode": "Code postal"},
                    "dureeMois": _months(contract),
                    "dateNotification": timezone.localdate(contract.notified_at).isoformat(),
                    "datePublicationDonnees": published_on.isoformat(),
                    "montant": float(contract.amount_ht),
                    "typesPrix": {"typePrix": ["Définitif ferme"]},
                    "formePrix": "Forfaitaire",
                    "titulaires": [{"titulaire": {"typeIdentifiant": kind, "id": number}}],
                    "considerationsSociales": {"considerationSociale": ["Pas de considération sociale"]},
                    "considerationsEnvironnementales": {
                        "considerationEnvironnementale": ["Pas de considération environnementale"]
                    },
                }
            ]
        }
    }


def _buyer_siret(contract: Contract) -> str:
    return terms_of(contract).buyer_siret or siret_of(contract.call.lead_buyer)


def _months(contract: Contract) -> int | None:
    return sum(phase.duration_months or 0 for phase in contract.phases.all()) or None


def _advance(contract: Contract) -> int:
    """Rate of the advance that the holder accepted, hundredths of a percent."""
    said = contract.data.get("advance") or {}
    return int(said.get("rate") or 0) if said.get("accepted") else 0


def _ccag(name: str) -> str:
    words = set(re.findall(r"\w+", name.lower()))
    return next((label for word, label in CCAGS.items() if word in words), NO_CCAG)
