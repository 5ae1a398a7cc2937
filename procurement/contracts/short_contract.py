"""Facts of the short contract of a direct purchase (LR-105). Sample: tests/ui/samples/direct_contract.json.

What is absent stays absent, so that the document and `missing` say it. Clauses that the short text does not write are
those of the CCAG it names; without one, it says the rule of the code itself.
"""

from typing import Any

from procurement.calls.documents import header, money, organisation_block
from procurement.calls.models import DirectPurchase
from procurement.contracts.acte import (
    DEFAULT_LICENCE,
    DEFAULT_TITLES,
    SETTLEMENT,
    BuyerSide,
    Particulars,
    contract_block,
    holder_block,
    members,
    payment_block,
    signatures_block,
    totals_block,
)
from procurement.contracts.fields import SHORT_FIELDS, missing_fields_of
from procurement.contracts.models import Contract
from procurement.contracts.payment_terms import advance_of, terms_facts, terms_of
from procurement.law import advance, claims
from procurement.law.wording import euros

TITLE = "Contrat d’achat innovant"
LEGAL_BASIS = "articles L. 2122-1 et R. 2122-9-1 du code de la commande publique"
OWN_RIGHTS = (
    "Le titulaire garde ses droits sur ce qu’il a créé. Il accorde à l’acheteur, pour ses besoins et sans limite de "
    "durée, le droit non exclusif d’utiliser ce qui est remis."
)
OWN_DELAY = (
    "Un retard ou un défaut se constate par écrit. L’acheteur met le titulaire en demeure d’y remédier ; à défaut, il "
    "peut réduire le prix de ce qui manque ou résilier le contrat pour faute (articles L. 2195-1 et L. 2195-3)."
)
OWN_END = (
    "L’acheteur peut aussi résilier le contrat pour un motif d’intérêt général, contre indemnité (article L. 2195-3)."
)
OF_CCAG = "Le {} s’applique aux retards, aux défauts et à la fin anticipée du contrat."
CONFIDENTIALITY = (
    "Chaque partie garde secret ce que l’autre lui confie et ne l’utilise que pour ce contrat. Un traitement de "
    "données personnelles demande un écrit de plus (RGPD, article 28)."
)
INSTALMENTS = (
    "Le prix est payé sur facture, après vérification de ce qui est remis ; des acomptes suivent l’avancement."
)
ADVANCE_BASE = "prix TTC, ramené à douze mois au plus"
PRICE = "Le prix est ferme : il couvre tout ce qui est décrit ici."


def short_contract_facts(
    contract: Contract, purchase: DirectPurchase, *, particulars: Particulars, buyer_side: BuyerSide
) -> dict[str, Any]:
    """Everything the short contract says, as plain JSON; `missing` lists what is still to be completed."""
    call, terms = contract.call, contract.lot.terms
    phases = list(contract.phases.select_related("phase").prefetch_related("deliverables"))
    [phase] = phases
    need = call.need
    facts = {
        **header(call, to_validate=True),
        "contract": contract_block(contract, place=f"{terms.place} ({purchase.place_code})"),
        "legal_basis": LEGAL_BASIS,
        "buyer": organisation_block(call.lead_buyer),
        "holders": [holder_block(contract, row, phases, particulars) for row in members(contract.party)],
        "group": None,
        "documents": _documents(contract, purchase),
        "need": need.problem,
        "innovation": need.innovation_reasons,
        "deliverables": [row.name for row in phase.deliverables.all()],
        "acceptance_days": phase.phase.acceptance_days,
        "duration_months": phase.duration_months,
        "totals": totals_block(contract, phases),
        "price": PRICE,
        "advance": _advance(contract, particulars),
        "payment": {**payment_block(contract, terms), "instalments": INSTALMENTS},
        "accounting": {"officer": terms.accounting_officer, "budget_line": terms.budget_line},
        "rights": [DEFAULT_TITLES.format(terms.ccag), DEFAULT_LICENCE.format(terms.ccag)]
        if terms.ccag
        else [OWN_RIGHTS],
        "faults": [OF_CCAG.format(terms.ccag)] if terms.ccag else [OWN_DELAY, OWN_END],
        "confidentiality": CONFIDENTIALITY,
        "disputes": {"settlement": SETTLEMENT, "court": terms.court_name},
        "signatures": signatures_block(contract, particulars, buyer_side),
    }
    return {**facts, "missing": missing_fields_of(facts, SHORT_FIELDS)}


def _documents(contract: Contract, purchase: DirectPurchase) -> list[dict[str, Any]]:
    ccag = contract.lot.terms.ccag
    offer = f"Offre du titulaire, {euros(purchase.chosen.amount_ht)}"
    titles = ["Le présent contrat", *([ccag] if ccag else []), offer]
    return [{"rank": rank, "title": title} for rank, title in enumerate(titles, start=1)]


def _advance(contract: Contract, particulars: Particulars) -> dict[str, Any]:
    """The advance that the law grants on the whole price (R2191-3, LR-87, LR-88)."""
    facts = terms_facts(contract, terms_of(contract))
    base = advance.base_ttc(claims.with_vat(facts.amount_ht, contract.vat_rate), facts.months)
    return {
        "is_due": facts.advance_rate > 0,
        "accepted": particulars.advance_accepted,
        "rate": facts.advance_rate,
        "base": ADVANCE_BASE,
        "base_ttc": money(base),
        "amount_ttc": money(advance_of(contract, facts)),
    }
