"""The written contract of a direct purchase (R2122-9-1, LR-105): short, of one phase, from the chosen offer."""

from datetime import datetime

from marketplace.journal.errors import Refusal
from procurement.calls.models import DirectPurchase, Lot
from procurement.contracts.acte import BuyerSide, Particulars
from procurement.contracts.declared import declared_buyer_side, declared_particulars
from procurement.contracts.mails import tell_holder
from procurement.contracts.models import Contract, ContractDocument, ContractPhase, Deliverable, Signature
from procurement.contracts.services.contract_set import NewPiece, contract_itself, replace_set
from procurement.contracts.short_contract import TITLE, short_contract_facts
from procurement.submissions.models import PartyMember, TenderingParty

Kind = ContractDocument.Kind
WHOLE = 10_000


def draw_up_purchase(
    lot: Lot, *, particulars: Particulars | None, buyer_side: BuyerSide | None, now: datetime
) -> Contract:
    """The contract of a decided purchase inside the current act, anew while nobody signed; None keeps what was said.

    Raises Refusal before the decision, or when a simple order was decided.
    """
    purchase = DirectPurchase.objects.select_related("chosen__firm").filter(call=lot.call).first()
    if purchase is None or purchase.decided_at is None:
        raise Refusal("L’achat n’est pas décidé : une deuxième personne choisit d’abord une offre.")
    if not purchase.is_written:
        raise Refusal("L’achat se fait par une simple commande, hors du site : il n’y a pas de contrat à préparer.")
    contract = Contract.objects.filter(lot=lot).first() or _new_contract(lot, purchase, now)
    if Signature.objects.filter(document__contract=contract).exists():
        return contract
    contract.data = short_contract_facts(
        contract,
        purchase,
        particulars=particulars or declared_particulars(contract),
        buyer_side=buyer_side or declared_buyer_side(contract),
    )
    contract.save()
    replace_set(contract, _pieces(contract, purchase), now)
    if not contract.data["missing"]:
        tell_holder(contract, "contracts.to_sign", now=now)
    return contract


def _new_contract(lot: Lot, purchase: DirectPurchase, now: datetime) -> Contract:
    firm = purchase.chosen.firm
    party = TenderingParty(lot=lot, lead=firm, formed_at=now)
    party.save()
    PartyMember(party=party, organisation=firm, share=WHOLE).save()
    contract = Contract(
        lot=lot, party=party, number=f"{lot.call.reference}-01", rank=1, vat_rate=lot.terms.vat_rate, prepared_at=now
    )
    contract.save()
    phase = lot.phases.prefetch_related("deliverables").get()
    copy = ContractPhase(
        contract=contract,
        phase=phase,
        number=phase.number,
        kind=phase.kind,
        name=phase.name,
        duration_months=phase.duration_months,
        fixed_ht=purchase.chosen.amount_ht,
    )
    copy.save()
    for row in phase.deliverables.all():
        Deliverable(contract_phase=copy, number=row.number, name=row.name).save()
    return contract


def _pieces(contract: Contract, purchase: DirectPurchase) -> list[NewPiece]:
    """The short set: the contract, the offer, and the general clauses by their name."""
    offer, ccag = purchase.chosen, contract.lot.terms.ccag
    received = f", reçue le {offer.received_on:%d/%m/%Y}" if offer.received_on else ""
    return [
        contract_itself(
            contract,
            kind="direct_contract",
            title=f"{TITLE} {contract.number}",
            template="pdf/contracts/direct_contract.html",
            piece_title=TITLE,
        ),
        *([NewPiece(Kind.CCAG, {"reference": ccag}, title=ccag)] if ccag else []),
        NewPiece(
            Kind.TECHNICAL_TENDER,
            {"file": offer.file} if offer.file_id else {"reference": f"{offer.firm_name}{received}"},
            title=f"Offre du titulaire{received}",
        ),
    ]
