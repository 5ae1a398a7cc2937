"""What a call says of its eForms notice, read as the sheet reads it."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from django.conf import settings

from marketplace.accounts.models import Organisation
from marketplace.ui.formats import euros_words
from procurement.calls.facts import documents_address, first_period, lot_facts, lots_with_everything
from procurement.calls.models import AwardCriterion, Call, Lot
from procurement.evaluation.scoring import french_percent
from procurement.law.estimate import estimated_value, lot_value
from procurement.notices.eforms_facts import Buyer, Criterion, LotPart, Notice, Party
from procurement.notices.nuts import nuts_of
from procurement.notices.sheet import (
    APPEAL_DELAYS,
    appeal_terms,
    conditions,
    deposit_address,
    features,
    months_of,
)

FRANCE = "FRA"
# Codes of BT-776, by what the buyer ticked among the grounds of novelty (law.innovation); research comes first always.
INNOVATIONS = {
    "new_product": "prod-innov",
    "improved_product": "mar-nov",
    "new_process": "proc-innov",
}
RESEARCH = "rd-act"
# « 3 contour de la Motte, 35044 Rennes » or the same on two lines.
TOWN = re.compile(r"(?P<street>.*?)[\s,]*\b(?P<postcode>\d{5})\s+(?P<city>\S.*?)\s*", re.DOTALL)


def read_notice(call: Call, *, buyers: Sequence[Organisation], notice_id: UUID, now: datetime) -> Notice:
    """What the call holds of its notice, still to be `answered`; `buyers`: the lead first."""
    lots = lots_with_everything(call)
    need = getattr(call, "need", None)
    return Notice(
        notice_id=str(notice_id),
        procedure_id=str(call.pk),
        made_at=now,
        is_formalised=call.procedure == Call.Procedure.FORMALISED,
        reference=call.reference,
        title=call.title,
        description=call.object,
        nature=call.nature,
        cpv=call.cpv,
        value=estimated_value([lot_facts(lot) for lot in lots]),
        features=features(call),
        innovations=(
            RESEARCH,
            *(code for ground, code in INNOVATIONS.items() if need and ground in need.innovation_indicators),
        ),
        innovation_reasons=need.innovation_reasons if need else "",
        buyers=tuple(_buyer(buyer) for buyer in buyers),
        court=_court(lots),
        appeal_delays=APPEAL_DELAYS,
        profile_address=settings.SITE_URL,
        documents_address=documents_address(call),
        deposit_address=deposit_address(call),
        candidates_min=call.candidates_min,
        candidates_max=call.candidates_max,
        variants_allowed=call.variants_allowed,
        signature_at_deposit=call.signature_at_deposit,
        lots=tuple(_lot(lot) for lot in lots),
        examples=tuple(call.completed_by_examples),
    )


def _buyer(buyer: Organisation) -> Buyer:
    party = Party(
        name=buyer.name,
        number=buyer.identifier,
        street=buyer.address,
        postcode=buyer.postcode,
        city=buyer.city,
        country=FRANCE if buyer.country == "FR" else buyer.country,
        nuts=nuts_of(buyer.postcode),
    )
    return Buyer(party=party)


def _court(lots: Sequence[Lot]) -> Party:
    """The court, whose address is one text: postcode and town are looked for at its end."""
    terms = appeal_terms(list(lots))
    found = TOWN.fullmatch(terms.court_address.strip()) if terms else None
    town = {key: " ".join(text.split()) for key, text in found.groupdict().items()} if found else {}
    return Party(
        name=terms.court_name if terms else "",
        number="",
        street=town.get("street", ""),
        postcode=town.get("postcode", ""),
        city=town.get("city", ""),
        country=FRANCE,
        nuts=nuts_of(town.get("postcode", "")),
    )


def _lot(lot: Lot) -> LotPart:
    period, terms = first_period(lot), getattr(lot, "terms", None)
    return LotPart(
        number=lot.number,
        title=lot.title,
        description=lot.object or lot.call.object,
        value=lot_value(lot_facts(lot)),
        months=months_of(lot),
        deadline=period.closes_at() if period else None,
        criteria=tuple(_criterion(one) for one in lot.award_criteria.all() if one.parent_id is None),
        conditions=conditions(terms),
        options=_options(lot),
        note=" ".join(_notes(lot)),
        place=terms.place if terms else "",
    )


def _criterion(criterion: AwardCriterion) -> Criterion:
    parts = ", ".join(f"{one.name} ({french_percent(one.weight)})" for one in criterion.children.all())
    return Criterion(
        name=criterion.name,
        kind="price" if criterion.tag == AwardCriterion.Tag.PRICE else "quality",
        weight=criterion.weight,
        text=f"{criterion.name} : {parts}" if parts else criterion.name,
    )


def _options(lot: Lot) -> str:
    """The purchase that may follow research, with its limits (BT-54; R2172-32)."""
    limits = getattr(lot, "acquisition", None)
    if limits is None:
        return ""
    said = [
        limits.quantity_max and f"quantité maximum {limits.quantity_max} ({limits.quantity_unit})",
        limits.unit_cost_max_ht is not None and f"coût unitaire maximum {euros_words(limits.unit_cost_max_ht)} HT",
        limits.total_cost_max_ht is not None
        and f"coût total maximum par partenaire {euros_words(limits.total_cost_max_ht)} HT",
    ]
    known = [one for one in said if one]
    optional = "L’achat qui suit la recherche est facultatif"
    return f"{optional} : {', '.join(known)}." if known else f"{optional}."


def _notes(lot: Lot) -> Iterator[str]:
    """How candidates are chosen (R2142-15 to -18), which phases follow, what answering earns, in words."""
    chosen = [f"{one.name} ({french_percent(one.weight)})" for one in lot.selection_criteria.all()]
    if chosen:
        yield f"Critères de sélection des candidatures : {', '.join(chosen)}."
    if lot.turnover_min_ht:
        yield f"Chiffre d’affaires annuel demandé : {euros_words(lot.turnover_min_ht)} HT."
    phases = [
        f"{phase.number}. {phase.name} ({phase.get_kind_display().lower()}, {phase.duration_months or 0} mois)"
        for phase in lot.phases.all()
    ]
    if phases:
        yield f"Phases : {', '.join(phases)}."
    if lot.bonus_ht:
        yield f"Prime par offre : {euros_words(lot.bonus_ht)} HT."
