"""The notice of a call, field by field, as the buyer types it at the BOAMP and the JOUE until a sender is agreed.

Fields carry their eForms codes (contract notice, subtype 16, SDK 1.15): both sites ask for the same. What the rule book
forbids for an innovation partnership (BT-131, BT-98, BT-106) is not there.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils import timezone

from marketplace.accounts.models import Organisation
from marketplace.ui.formats import moment_words
from procurement.calls.documents import money
from procurement.calls.facts import documents_address, first_period, lot_facts, lots_with_everything
from procurement.calls.models import Call, ContractTerms, Lot
from procurement.law.estimate import estimated_value, lot_value

NATURES = {"services": "Services", "supplies": "Fournitures", "works": "Travaux"}
CATEGORIES = {
    "state": "Autorité centrale (État)",
    "local_authority": "Collectivité territoriale",
    "health": "Organisme de droit public (santé)",
    "other": "Organisme de droit public",
}
CRITERION_TYPES = {"price": "Prix", "environment": "Qualité", "research": "Qualité", "quality": "Qualité"}
YES, NO = "Oui", "Non"
APPEAL_DELAYS = (
    "Référé précontractuel jusqu’à la signature (article L. 551-1 du code de justice administrative) ; recours en "
    "contestation de validité, deux mois après la publicité de la conclusion du contrat"
)

Rows = list[dict[str, str]]


def sheet_facts(call: Call, *, now: datetime) -> dict[str, Any]:
    """Every field of the notice with its code and the value to copy, in the order in which the sites ask."""
    lots = lots_with_everything(call)
    return {
        "reference": call.reference,
        "example": bool(call.completed_by_examples),
        "completed": call.completed_by_examples,
        "title": call.title,
        "made_on": timezone.localdate(now).isoformat(),
        "sections": [
            {"title": "Acheteur", "rows": _buyer_rows(call.lead_buyer)},
            *(
                {"title": f"Acheteur associé : {row.organisation.name}", "rows": _buyer_rows(row.organisation)}
                for row in call.co_buyers.select_related("organisation")
            ),
            {"title": "Procédure", "rows": _procedure_rows(call, lots)},
            *(
                {"title": f"Lot {lot.number} : {lot.title}" if len(lots) > 1 else "Lot unique", "rows": _lot_rows(lot)}
                for lot in lots
            ),
            {"title": "Recours", "rows": _appeal_rows(lots)},
        ],
    }


def row(code: str, label: str, value: Any) -> dict[str, str]:
    """One field of a notice: its eForms codes, its label, its value as text."""
    return {"code": code, "label": label, "value": "" if value is None else str(value)}


def _euros(value: Decimal | None) -> str:
    return f"{money(value)} EUR" if value is not None else ""


def _buyer_rows(buyer: Organisation) -> Rows:
    return [
        row("BT-500", "Nom officiel", buyer.name),
        row("BT-501", "Numéro d’enregistrement", buyer.identifier),
        row("BT-510", "Rue", buyer.address),
        row("BT-512", "Code postal", buyer.postcode),
        row("BT-513", "Ville", buyer.city),
        row("BT-514", "Pays", "FRA" if buyer.country == "FR" else buyer.country),
        row("BT-11", "Forme juridique de l’acheteur", CATEGORIES.get(buyer.buyer_category, "")),
        row("BT-508", "Adresse du profil d’acheteur", settings.SITE_URL),
    ]


def _procedure_rows(call: Call, lots: list[Lot]) -> Rows:
    value = estimated_value([lot_facts(lot) for lot in lots])
    return [
        row("", "Formulaire", "16, avis de marché, directive 2014/24/UE, régime normal"),
        row("BT-01", "Base juridique", "Directive 2014/24/UE"),
        row("BT-105", "Type de procédure", "Partenariat d’innovation"),
        row("BT-22", "Identifiant interne", call.reference),
        row("BT-21", "Titre", call.title),
        row("BT-24", "Description", call.object),
        row("BT-23", "Nature principale du marché", NATURES.get(call.nature, "")),
        row("BT-262", "Code CPV principal", call.cpv),
        row("BT-27", "Valeur estimée hors TVA", _euros(value)),
        row("BT-88", "Caractéristiques de la procédure", features(call)),
        row("BT-06", "Achat stratégique", "Achat innovant"),
        row("BT-777", "En quoi l’achat est innovant", call.need.innovation_reasons if hasattr(call, "need") else ""),
    ]


def deposit_address(call: Call) -> str:
    """Where candidatures are handed in: the other buyer profile, else the page of the call."""
    return call.deposit_at or f"{settings.SITE_URL}/appels/{call.reference}/"


def features(call: Call) -> str:
    """How the procedure goes, in two sentences (BT-88)."""
    several = call.partner_mode == Call.PartnerMode.SEVERAL
    partners = "Plusieurs partenaires peuvent être choisis" if several else "Un seul partenaire est choisi"
    return (
        f"{partners}. Candidatures, sélection, offres initiales, négociation, offres finales. Phases de recherche et "
        "développement, puis achat facultatif (articles R. 2172-20 à R. 2172-32 du code de la commande publique)."
    )


def _lot_rows(lot: Lot) -> Rows:
    call, period, terms = lot.call, first_period(lot), getattr(lot, "terms", None)
    months = months_of(lot)
    closes = period.closes_at() if period else None
    return [
        row("BT-137", "Identifiant du lot", f"LOT-{lot.number:04d}"),
        row("BT-21", "Titre", lot.title),
        row("BT-24", "Description", lot.object or call.object),
        row("BT-27", "Valeur estimée hors TVA", _euros(lot_value(lot_facts(lot)))),
        row("BT-36", "Durée", f"{months} mois" if months else ""),
        row("BT-63", "Variantes", "Autorisées" if call.variants_allowed else "Interdites"),
        *_selection_rows(lot),
        *_award_rows(lot),
        row("BT-50", "Nombre minimum de candidats invités", call.candidates_min),
        row("BT-661", "Nombre maximum de candidats", YES if call.candidates_max else NO),
        *([row("BT-51", "Nombre maximum de candidats invités", call.candidates_max)] if call.candidates_max else []),
        row("BT-52", "Réduction du nombre de participants en cours de procédure", YES),
        row(
            "BT-1311", "Date limite de réception des demandes de participation", moment_words(closes) if closes else ""
        ),
        row("BT-14", "Accès aux documents", "Sans restriction"),
        row("BT-15", "Adresse des documents", documents_address(call)),
        row("BT-17", "Dépôt électronique", "Obligatoire"),
        row("BT-18", "Adresse de dépôt", deposit_address(call)),
        row("BT-97", "Langue", "Français"),
        row("BT-743", "Facturation électronique", "Obligatoire"),
        row("BT-70", "Conditions d’exécution", conditions(terms)),
    ]


def months_of(lot: Lot) -> int:
    """Months of all phases of a lot (BT-36), 0 while none is said."""
    return sum(phase.duration_months or 0 for phase in lot.phases.all())


def conditions(terms: ContractTerms | None) -> str:
    """The environmental and social clauses of a contract (BT-70), empty while none is written."""
    clauses = (terms.environmental_clause, terms.social_clause) if terms else ()
    return " ".join(clause for clause in clauses if clause)


def _selection_rows(lot: Lot) -> Iterable[dict[str, str]]:
    for one in lot.selection_criteria.all():
        yield row("BT-750", "Critère de sélection", f"{one.name}, {_percent(one.weight)}")


def _award_rows(lot: Lot) -> Iterable[dict[str, str]]:
    for one in lot.award_criteria.all():
        if one.parent_id is None:
            kind = CRITERION_TYPES.get(one.tag, "")
            yield row("BT-539, BT-540", f"Critère d’attribution ({kind.lower()})", one.name)
            yield row("BT-541, BT-5421", "Pondération", _percent(one.weight))


def _percent(weight: int) -> str:
    return f"{Decimal(weight) / 100:f}".replace(".", ",").removesuffix(",00") + " %"


def appeal_terms(lots: list[Lot]) -> ContractTerms | None:
    """The clauses that name the court of the call: the first written, None while none is."""
    return next((lot.terms for lot in lots if hasattr(lot, "terms")), None)


def _appeal_rows(lots: list[Lot]) -> Rows:
    terms = appeal_terms(lots)
    return [
        row("BT-500", "Organisation chargée des recours", terms.court_name if terms else ""),
        row("BT-510", "Adresse", terms.court_address if terms else ""),
        row("BT-99", "Délais de recours", APPEAL_DELAYS),
    ]
