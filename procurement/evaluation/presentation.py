"""The *rapport de présentation*, drawn from what was recorded (R2184-1 to R2184-6, LR-66)."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils import timezone

from procurement.calls.documents import about_lot, money
from procurement.calls.facts import buyer_facts, launch_date, lot_facts, lots_with_everything
from procurement.calls.models import Call, Lot
from procurement.evaluation.documents import signatory_block
from procurement.evaluation.models import (
    AwardDecision,
    AwardedPartner,
    Bid,
    Candidate,
    InterestDeclaration,
    NegotiationMeeting,
    RankedBid,
    RoundElimination,
)
from procurement.law.estimate import eu_threshold, lot_value, required_procedure
from procurement.law.wording import day, euros

# Sections in their order: code, article, title. `additions` completes them by code.
SECTIONS = (
    ("object", "R. 2184-2, 1°", "Acheteur, objet et valeur estimée"),
    ("procedure", "R. 2184-2", "Procédure suivie et ses raisons"),
    ("lots", "R. 2184-2", "Allotissement"),
    ("turnover", "R. 2184-2", "Chiffre d’affaires minimal demandé"),
    ("preparation", "R. 2184-4", "Préparation de l’appel et égalité entre les entreprises"),
    ("negotiation", "R. 2172-30", "Négociation"),
    ("interests", "R. 2184-4", "Conflits d’intérêts et mesures prises"),
    ("electronic", "R. 2184-2", "Moyens électroniques"),
)
FULL_SHARE = 10_000


def presentation_report_facts(
    decision: AwardDecision, *, additions: Mapping[str, str], now: datetime
) -> dict[str, Any]:
    """Facts of the report on one lot; each section states what rows tell, then what a person added."""
    lot = decision.lot
    texts = _texts(lot, now)
    return {
        **about_lot(lot),
        "contract_value_ht": money(max((partner.bid.total_ht for partner in _partners(lot)), default=None)),
        "sections": [
            {
                "article": article,
                "title": title,
                "text": "\n".join(part for part in (texts[code], additions.get(code, "").strip()) if part),
            }
            for code, article, title in SECTIONS
        ],
        "candidates": _candidates(decision),
        "winners": [_winner(partner, decision) for partner in _partners(lot)],
        "finalised_on": timezone.localdate(now).isoformat(),
        "signatory": signatory_block(lot.call),
    }


def _partners(lot: Lot) -> list[AwardedPartner]:
    return list(AwardedPartner.objects.standing(lot))


def _texts(lot: Lot, now: datetime) -> dict[str, str]:
    call = lot.call
    lots = lots_with_everything(call)
    value = sum((lot_value(lot_facts(one)) for one in lots), Decimal(0))
    return {
        "object": f"{call.lead_buyer.name} ; {lot.object or call.object or call.title} ; {euros(value)} au plus pour "
        "l’appel, toutes phases et tous partenaires.",
        "procedure": _procedure(call, value, now),
        "lots": f"L’appel compte {len(lots)} lots." if len(lots) > 1 else "L’appel n’est pas divisé en lots.",
        "turnover": "Aucun chiffre d’affaires minimal n’est demandé.",
        "preparation": _preparation(call),
        "negotiation": _negotiation(lot),
        "interests": _interests(call),
        "electronic": _electronic(call),
    }


def _electronic(call: Call) -> str:
    if call.deposit_at:
        return f"Les dépôts et leur ouverture passent par le profil d’acheteur {call.deposit_at}."
    return (
        "Les échanges et les dépôts passent par le profil d’acheteur ; les plis restent scellés jusqu’à leur ouverture "
        "par deux gardiens."
    )


def _procedure(call: Call, value: Decimal, now: datetime) -> str:
    on, category = launch_date(call, now), buyer_facts(call.lead_buyer).category
    threshold = eu_threshold(category, call.nature, on=on)
    if required_procedure(value, category=category, nature=call.nature, on=on) == Call.Procedure.FORMALISED:
        return (
            f"Le besoin atteint le seuil européen de {euros(threshold)} : le partenariat d’innovation suit la "
            "procédure avec négociation (article R. 2172-26)."
        )
    return f"Le besoin est inférieur au seuil européen de {euros(threshold)} : la procédure adaptée est ouverte."


def _preparation(call: Call) -> str:
    study = getattr(call, "supply_study", None)
    if study is None:
        return ""
    met = [source for source in study.sources.all() if source.kind == "firms_met"]
    return f"Étude de l’offre disponible : {(study.conclusion or 'sans conclusion écrite').rstrip('.')}. " + (
        "Les rencontres avec des entreprises sont consignées au dossier." if met else "Aucune entreprise rencontrée."
    )


def _negotiation(lot: Lot) -> str:
    held = list(NegotiationMeeting.objects.held(lot).values_list("party_id", "round_number"))
    if not held:
        return "Aucune réunion de négociation n’a eu lieu."
    rounds, parties = {number for _, number in held}, {party for party, _ in held}
    return (
        f"Réunions consignées : {len(held)}. Tours : {len(rounds)}. Soumissionnaires reçus : {len(parties)}. "
        "La durée est égale pour tous dans chaque tour."
    )


def _interests(call: Call) -> str:
    """Who stepped aside and when; why is kept from the report, which becomes public after redaction."""
    declarations = InterestDeclaration.objects.filter(call=call).select_related("user")
    recused = [row for row in declarations if row.has_interest]
    declared = len({row.user_id for row in declarations})
    if not recused:
        return f"{declared} personne(s) ont déclaré n’avoir aucun intérêt en cause ; aucun conflit n’a été décelé."
    said = " ; ".join(f"{row.user} le {day(timezone.localdate(row.declared_at))}" for row in recused)
    return (
        f"{declared} personne(s) ont déclaré leurs intérêts. Se sont retirées : {said}. Elles n’ont plus accès aux "
        "dossiers depuis cette date."
    )


def _candidates(decision: AwardDecision) -> list[dict[str, str]]:
    lot = decision.lot
    rows = {row.bid.party_id: row for row in decision.ranking.ranked_bids.select_related("bid")}
    bids = {bid.party_id: bid for bid in Bid.objects.to_award(lot)}
    standing = {partner.party_id for partner in _partners(lot)}
    out = dict(RoundElimination.objects.filter(lot=lot).values_list("party_id", "reasons"))
    out |= dict(decision.partners.filter(eliminated_at__isnull=False).values_list("party_id", "elimination_reasons"))
    candidates = Candidate.objects.of_lot(lot).select_related("party__lead", "decision")
    return [_candidate(one, one.party_id in standing, out.get(one.party_id), rows, bids) for one in candidates]


def _candidate(
    candidate: Candidate,
    is_chosen: bool,  # noqa: FBT001 - one row of the table
    left_because: str | None,
    rows: Mapping[Any, RankedBid],
    bids: Mapping[Any, Bid],
) -> dict[str, str]:
    row, bid = rows.get(candidate.party_id), bids.get(candidate.party_id)
    decision = getattr(candidate, "decision", None)
    if is_chosen:
        reason = _place(row)
    elif left_because:
        reason = left_because
    elif decision is not None and not decision.is_selected:
        reason = decision.reasons
    elif bid is None:
        reason = "N’a pas remis d’offre finale."
    else:
        reason = _place(row) if row else bid.status_reasons
    return {"name": str(candidate.party), "decision": "Retenu" if is_chosen else "Rejeté", "reason": reason}


def _place(row: RankedBid) -> str:
    points = f"{row.points:f}".replace(".", ",")
    return f"Classé au rang {row.rank}, avec {points} sur 100."


def _winner(partner: AwardedPartner, decision: AwardDecision) -> dict[str, Any]:
    return {
        "name": str(partner.party),
        "reason": decision.reasons,
        "amount_ht": money(partner.bid.total_ht),
        "subcontracted_share": subcontracted_share(partner.bid.technical.get("subcontractors") or ()),
    }


def subcontracted_share(subcontractors: Iterable[Mapping[str, Any]]) -> int:
    """Share that the bidder declared to subcontract, in hundredths of a percent, whole at most."""
    total = 0
    for one in subcontractors:
        try:
            total += int(Decimal(str(one.get("share") or 0)))
        except (InvalidOperation, ValueError, AttributeError):
            continue
    return min(total, FULL_SHARE)
