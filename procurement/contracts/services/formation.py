"""Drawing up the contracts of a lot: one per partner, each with its own amounts and documents (R2172-20, LR-03)."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import require
from marketplace.files.documents import request_document
from marketplace.journal.acts import act, record_refusals
from marketplace.journal.errors import Refusal
from procurement.calls.models import CallDocument, Lot
from procurement.contracts.acte import BuyerSide, Particulars, acte_facts, annexe_facts
from procurement.contracts.declared import declared_buyer_side, declared_particulars
from procurement.contracts.mails import tell_holder
from procurement.contracts.models import (
    Contract,
    ContractDocument,
    ContractPhase,
    Deliverable,
    Signature,
    SubcontractAct,
)
from procurement.contracts.services.contract_set import NewPiece, contract_itself, replace_set
from procurement.contracts.services.direct import draw_up_purchase
from procurement.evaluation.models import AwardedPartner

Kind = ContractDocument.Kind
CALL_DOCUMENTS = {CallDocument.Kind.CLAUSES: Kind.CCAP, CallDocument.Kind.PROGRAMME: Kind.CCTP}


@record_refusals("contracts.prepare")
def prepare_contracts(
    *,
    lot: Lot,
    actor: Actor,
    now: datetime,
    particulars: Mapping[UUID, Particulars] | None = None,
    buyer_side: BuyerSide | None = None,
) -> list[Contract]:
    """Draw up one contract for each partner chosen and not eliminated, and have its documents rendered.

    `particulars` maps a tendering party's id to what it declares. Drawn up again, unsigned contracts get a new version
    of their documents, in which what is not said anew stays as it was said; signed ones stay as they are. Raises
    NotAllowed, and Refusal when nobody was chosen. Records `contracts.prepared`.
    """
    require(actor, "contracts.prepare", lot)
    with act(lot.call.chain, "contracts.prepared", actor=actor, now=now, subject=lot) as entry:
        current = Lot.objects.select_related("call__lead_buyer", "timeline").get(pk=lot.pk)
        if current.call.is_purchase:
            contract = draw_up_purchase(current, particulars=None, buyer_side=buyer_side, now=now)
            entry.data["contracts"] = [contract.number]
            return [contract]
        partners = list(AwardedPartner.objects.standing(current))
        if not partners:
            raise Refusal("Aucun partenaire n’est choisi pour ce lot : prenez d’abord la décision d’attribution.")
        declared = particulars or {}
        contracts = [
            _draw_up(
                current,
                partner,
                particulars=declared.get(partner.party_id),
                buyer_side=buyer_side,
                now=now,
            )
            for partner in partners
        ]
        entry.data["contracts"] = [contract.number for contract in contracts]
    return contracts


@record_refusals("contract.complete")
def complete_contract(*, contract: Contract, particulars: Particulars, actor: Actor, now: datetime) -> Contract:
    """Write into one contract what its partner declares (B1 to B3, H1); its documents are drawn up again.

    The partner says it, or the buyer who holds its answer. Raises NotAllowed, Refusal once somebody signed. Records
    `contract.completed`.
    """
    require(actor, "contract.complete", contract)
    with act(contract.call.chain, "contract.completed", actor=actor, now=now, subject=contract):
        current = Contract.objects.select_related("awarded").get(pk=contract.pk)
        if Signature.objects.filter(document__contract=current).exists():
            raise Refusal(f"Le contrat {current.number} porte déjà une signature : son texte ne change plus.")
        lot = Lot.objects.select_related("call__lead_buyer", "timeline").get(pk=current.lot_id)
        if lot.call.is_purchase:
            return draw_up_purchase(lot, particulars=particulars, buyer_side=None, now=now)
        return _draw_up(lot, current.awarded, particulars=particulars, buyer_side=None, now=now)


def missing_fields(contract: Contract) -> list[str]:
    """Fields of the *acte d'engagement* that nobody has filled yet, as « B3 compte bancaire… »; nobody signs before."""
    return list(contract.data.get("missing", ()))


def _draw_up(
    lot: Lot, partner: AwardedPartner, *, particulars: Particulars | None, buyer_side: BuyerSide | None, now: datetime
) -> Contract:
    """The contract of a partner, anew; None keeps what was said before."""
    contract = Contract.objects.filter(awarded=partner).first()
    if contract is None:
        contract = _new_contract(lot, partner, now)
    elif Signature.objects.filter(document__contract=contract).exists():
        return contract
    contract.data = acte_facts(
        contract,
        particulars=particulars or declared_particulars(contract),
        buyer_side=buyer_side or declared_buyer_side(contract),
    )
    contract.save()
    replace_set(contract, _pieces(contract), now)
    if not missing_fields(contract):
        tell_holder(contract, "contracts.to_sign", now=now)
    return contract


def _new_contract(lot: Lot, partner: AwardedPartner, now: datetime) -> Contract:
    acquisition, price = getattr(lot, "acquisition", None), partner.bid.price
    offered = price.get("acquisition") or {}
    contract = Contract(
        lot=lot,
        party=partner.party,
        awarded=partner,
        number=_next_number(lot),
        rank=partner.rank,
        vat_rate=price.get("vat_rate", 2000),
        unit_cost_ht=_amount(offered.get("unit_ht")),
        acquisition_ht=_amount(offered.get("total_ht")),
        unit_cost_max_ht=acquisition and acquisition.unit_cost_max_ht,
        total_cost_max_ht=acquisition and acquisition.total_cost_max_ht,
        quantity_max=acquisition and acquisition.quantity_max,
        prepared_at=now,
    )
    contract.save()
    _copy_phases(contract)
    for row in partner.bid.technical.get("subcontractors", ()):
        SubcontractAct(
            contract=contract,
            name=row.get("name", ""),
            siren=row.get("siren", "")[:9],
            share=row.get("share"),
            in_tender=True,
            declared_at=partner.bid.registered_at,
        ).save()
    return contract


def _next_number(lot: Lot) -> str:
    """Numbers are never reused: a replaced winner keeps its own (LR-81)."""
    return f"{lot.call.reference}-L{lot.number}-{Contract.objects.filter(lot=lot).count() + 1:02d}"


def _amount(text: str | None) -> Decimal | None:
    return None if text in (None, "") else Decimal(text)


def _copy_phases(contract: Contract) -> None:
    """The phases of the call, paid as the partner's own tender says."""
    offered = {int(row["number"]): row for row in contract.awarded.bid.price.get("phases", ())}
    for phase in contract.lot.phases.prefetch_related("objectives", "deliverables"):
        pay = offered.get(phase.number, {})
        copy = ContractPhase(
            contract=contract,
            phase=phase,
            number=phase.number,
            kind=phase.kind,
            name=phase.name,
            duration_months=phase.duration_months,
            fixed_ht=_amount(pay.get("fixed_ht")) or Decimal(0),
            result_ht=_amount(pay.get("result_ht")) or Decimal(0),
            objectives=[
                {
                    "number": row.number,
                    "indicator": row.indicator,
                    "comparison": row.comparison,
                    "target": None if row.target is None else f"{row.target.normalize():f}",
                    "unit": row.unit,
                }
                for row in phase.objectives.all()
            ],
        )
        copy.save()
        for row in phase.deliverables.all():
            Deliverable(contract_phase=copy, number=row.number, name=row.name).save()


def _pieces(contract: Contract) -> list[NewPiece]:
    """The complete contract set of a partner, in its order."""
    latest = {row.kind: row for row in contract.call.documents.standing().order_by("version")}
    terms = getattr(contract.lot, "terms", None)
    ccag = terms.ccag if terms else ""
    return [
        contract_itself(
            contract,
            kind="acte_engagement",
            title=f"Acte d’engagement {contract.number}",
            template="pdf/contracts/acte_engagement.html",
        ),
        *(
            NewPiece(kind, {"call_document": latest[source]})
            for source, kind in CALL_DOCUMENTS.items()
            if source in latest
        ),
        *([NewPiece(Kind.CCAG, {"reference": ccag}, title=ccag)] if ccag else []),
        NewPiece(
            Kind.ANNEXE_FINANCIERE,
            {
                "document": request_document(
                    kind="annexe_financiere",
                    title=f"Annexe financière {contract.number}",
                    template="pdf/contracts/annexe_financiere.html",
                    facts=annexe_facts(contract.data),
                    subject=contract,
                    attachments=[("contrat.json", contract.data)],
                )
            },
        ),
        NewPiece(Kind.TECHNICAL_TENDER, {"reference": str(contract.awarded.bid.submission_id)}),
    ]
