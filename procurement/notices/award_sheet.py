"""The award notice of a lot, field by field, to type at the BOAMP and the JOUE (R2183-1, LR-84).

Fields carry their eForms codes (contract award notice, subtype 29).
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from procurement.calls.documents import money
from procurement.calls.models import Lot
from procurement.contracts.models import Contract
from procurement.evaluation.models import AwardDecision, Bid, StandstillHold
from procurement.notices.sheet import Rows, row


def award_facts(lot: Lot, *, now: datetime) -> dict[str, Any]:
    """Every field of the award notice of a lot, in the order in which the sites ask."""
    contracts = signed_contracts(lot)
    call = lot.call
    return {
        "reference": call.reference,
        "example": bool(call.completed_by_examples),
        "completed": call.completed_by_examples,
        "title": f"{call.title}, lot {lot.number} : {lot.title}",
        "made_on": timezone.localdate(now).isoformat(),
        "sections": [
            {"title": "Procédure", "rows": _procedure_rows(lot)},
            {"title": "Résultat du lot", "rows": _result_rows(lot, contracts)},
            *({"title": f"Contrat {contract.number}", "rows": _contract_rows(contract)} for contract in contracts),
        ],
    }


def signed_contracts(lot: Lot) -> list[Contract]:
    """Contracts of the lot that both parties signed, the best ranked first."""
    rows = Contract.objects.filter(lot=lot, signed_at__isnull=False).select_related("party__lead", "lot__call")
    return list(rows.prefetch_related("phases").order_by("rank"))


def _procedure_rows(lot: Lot) -> Rows:
    call = lot.call
    return [
        row("", "Formulaire", "29, avis d’attribution de marché, directive 2014/24/UE, régime normal"),
        row("BT-500", "Acheteur", call.lead_buyer.name),
        row("BT-501", "Numéro d’enregistrement", call.lead_buyer.identifier),
        row("BT-22", "Identifiant interne", call.reference),
        row("BT-21", "Titre", call.title),
        row("BT-105", "Type de procédure", "Partenariat d’innovation"),
        row("BT-262", "Code CPV principal", call.cpv),
        *(
            row("OPP-090", f"Avis de marché, {one.get_channel_display()}", one.receipt_number)
            for one in call.publications.all()
        ),
    ]


def _result_rows(lot: Lot, contracts: list[Contract]) -> Rows:
    received = Bid.objects.filter(lot=lot).values("party").distinct()
    small = received.filter(party__lead__size="sme")
    decision = AwardDecision.objects.filter(lot=lot).first()
    appeals = StandstillHold.objects.filter(lot=lot).count()
    total = sum((contract.amount_ht for contract in contracts), start=Decimal(0))
    return [
        row("BT-137", "Identifiant du lot", f"LOT-{lot.number:04d}"),
        row("BT-142", "Résultat", "Au moins un gagnant choisi"),
        row("BT-161", "Valeur de tous les contrats, hors TVA", f"{money(total)} EUR"),
        row("BT-759, BT-760", "Offres reçues", received.count()),
        row("BT-759, BT-760", "Offres reçues de petites et moyennes entreprises", small.count()),
        row("BT-1451", "Date du choix", decision and f"{timezone.localdate(decision.decided_at):%d/%m/%Y}"),
        row("BT-712", "Recours formés", appeals),
    ]


def _contract_rows(contract: Contract) -> Rows:
    holder = contract.party.lead
    return [
        row("BT-500", "Titulaire", holder.name),
        row("BT-501", "Numéro d’enregistrement", holder.identifier),
        row("BT-165", "Taille de l’entreprise", holder.get_size_display() if holder.size else ""),
        row("BT-171", "Rang au classement", contract.rank),
        row("BT-720", "Valeur de l’offre, hors TVA", f"{money(contract.amount_ht)} EUR"),
        row("BT-150", "Numéro du contrat", contract.number),
        row("BT-145", "Date de conclusion du contrat", f"{timezone.localdate(contract.signed_at):%d/%m/%Y}"),
    ]
