"""The intended winners, and they alone, prove that they are not excluded (R2144-1 to -7, LR-73, LR-74, LR-81)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import require
from marketplace.files.services import StagedFile, store
from marketplace.journal.acts import act, record_refusals
from marketplace.journal.errors import Refusal
from procurement.calls.models import Lot
from procurement.calls.services.timeline import record
from procurement.correspondence.models import LetterKind
from procurement.correspondence.services import send_letter
from procurement.evaluation.documents import clearance_request_facts
from procurement.evaluation.facts import ranked_tender_facts
from procurement.evaluation.models import AwardDecision, AwardedPartner, Clearance, ClearanceProof, Exclusion
from procurement.evaluation.services.awards import add_partner
from procurement.evaluation.services.ruling import pass_rules, refuse_ended
from procurement.law import admissibility
from procurement.law import award as award_rules
from procurement.law import facts as law
from procurement.law.findings import Finding, refuse

Ground = Literal["no_proof", "false_statement", "excluded", "force_majeure"]


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof to ask: its code, what it is, and the article that allows asking it."""

    code: str
    label: str
    article: str


STANDARD_PROOFS = (
    Proof("tax", "Attestation de régularité fiscale", "R. 2143-7"),
    Proof("vigilance", "Attestation de vigilance sociale de moins de six mois", "D. 8222-5 du code du travail"),
    Proof("registration", "Extrait d’immatriculation", "R. 2143-9"),
    Proof("no_exclusion", "Déclaration sur l’honneur de n’être dans aucun cas d’exclusion", "R. 2143-6"),
)


@record_refusals("clearance.ask", subject="lot")
def ask_proofs(
    *, lot: Lot, deadline: datetime, actor: Actor, now: datetime, proofs: Iterable[Proof] = STANDARD_PROOFS
) -> list[Clearance]:
    """Ask every intended winner who was not asked yet for its proofs, with one deadline (UTC).

    Raises NotAllowed; Refusal before the choice, with a deadline in the past or nobody to ask; RuleViolation (LR-73).
    """
    require(actor, "clearance.conduct", lot)
    if deadline <= now:
        raise Refusal("Donnez une heure limite à venir pour remettre les justificatifs (R2144-4).")
    with act(lot.call.chain, "clearance.asked", actor=actor, now=now, subject=lot) as entry:
        refuse_ended(lot)
        partners = [
            partner
            for partner in AwardedPartner.objects.standing(lot)
            if not Clearance.objects.filter(partner=partner).exists()
        ]
        if not partners:
            raise Refusal("Il n’y a personne à qui demander des justificatifs : choisissez d’abord les partenaires.")
        clearances = [_ask(lot, partner, proofs, deadline, now) for partner in partners]
        entry.data["asked"] = [partner.party_id for partner in partners]
    return clearances


def _ask(lot: Lot, partner: AwardedPartner, proofs: Iterable[Proof], deadline: datetime, now: datetime) -> Clearance:
    proofs = list(proofs)
    standing = AwardedPartner.objects.standing(lot)
    facts = law.ProofRequestFacts(
        intended_ids=tuple(str(one.party_id) for one in standing),
        asked_ids=(str(partner.party_id),),
        asked_codes=tuple(proof.code for proof in proofs),
        deadline=deadline,
    )
    refuse(award_rules.check_proof_request(facts))
    letter = send_letter(
        call=lot.call,
        lot=lot,
        recipient=partner.party.lead,
        kind=LetterKind.CLEARANCE_REQUEST,
        facts=clearance_request_facts([{"label": proof.label, "article": proof.article} for proof in proofs], deadline),
        now=now,
    )
    clearance = Clearance(partner=partner, asked_at=now, deadline=deadline, letter=letter)
    clearance.save()
    for proof in proofs:
        ClearanceProof(clearance=clearance, code=proof.code, label=proof.label).save()
    return clearance


def record_proof(
    *,
    proof: ClearanceProof,
    is_accepted: bool,
    actor: Actor,
    now: datetime,
    valid_until: date | None = None,
    file: StagedFile | None = None,
) -> ClearanceProof:
    """Keep a proof received from the intended winner, and whether it is accepted; `valid_until`: last day it holds.

    Raises NotAllowed, and Refusal once the winner is cleared or eliminated.
    """
    lot = proof.clearance.partner.decision.lot
    require(actor, "clearance.conduct", lot)
    with act(lot.call.chain, "clearance.proof_recorded", actor=actor, now=now, subject=proof) as entry:
        current = ClearanceProof.objects.select_related("clearance__partner").get(pk=proof.pk)
        if current.clearance.completed_at or current.clearance.partner.eliminated_at:
            raise Refusal("La vérification de ce partenaire est terminée : ses justificatifs ne changent plus.")
        current.received_at, current.valid_until, current.is_accepted = now, valid_until, is_accepted
        current.file = store(file) if file else current.file
        current.save()
        entry.data.update(code=current.code, accepted=is_accepted)
    return current


def deposit_proof(*, proof: ClearanceProof, file: StagedFile, actor: Actor, now: datetime) -> ClearanceProof:
    """Keep a proof that the intended winner hands in itself; the buyer then reads and accepts it (R2144-4, LR-73).

    A second file replaces the first until the buyer accepted one. Raises NotAllowed for anybody but the firm asked;
    Refusal once the proof is accepted, or the firm cleared or eliminated.
    """
    require(actor, "proof.deposit", proof)
    lot = proof.clearance.partner.decision.lot
    with act(lot.call.chain, "clearance.proof_deposited", actor=actor, now=now, subject=proof) as entry:
        current = ClearanceProof.objects.select_related("clearance__partner").get(pk=proof.pk)
        if current.clearance.completed_at or current.clearance.partner.eliminated_at:
            raise Refusal("La vérification de votre dossier est terminée : ses justificatifs ne changent plus.")
        if current.is_accepted:
            raise Refusal("L’acheteur a déjà accepté ce justificatif : il ne se remplace plus.")
        current.received_at, current.file = now, store(file)
        current.save()
        entry.data.update(code=current.code, sha256=file.sha256)
    return current


def _clearance_facts(clearance: Clearance, *, now: datetime, **decision: Any) -> law.ClearanceFacts:
    proofs = list(clearance.proofs.all())
    return law.ClearanceFacts(
        now=now,
        required_codes=tuple(proof.code for proof in proofs),
        proofs=tuple(
            law.ProofFacts(
                code=proof.code,
                label=proof.label,
                received_at=proof.received_at,
                valid_until=proof.valid_until,
                accepted=proof.is_accepted,
            )
            for proof in proofs
        ),
        deadline=clearance.deadline,
        **decision,
    )


@record_refusals("clearance.clear", subject="partner")
def clear(*, partner: AwardedPartner, actor: Actor, now: datetime) -> Clearance:
    """Find the file of an intended winner complete; when all are, the lot's winners are cleared (LR-73).

    Raises NotAllowed; Refusal when nothing was asked or the partner is out; RuleViolation for what is missing, or for a
    firm that was excluded meanwhile (LR-74).
    """
    lot = partner.decision.lot
    require(actor, "clearance.conduct", lot)
    with act(lot.call.chain, "clearance.cleared", actor=actor, now=now, subject=partner):
        clearance = Clearance.objects.filter(partner=partner, partner__eliminated_at=None).first()
        if clearance is None:
            raise Refusal("Demandez d’abord les justificatifs de ce partenaire (R2144-4).")
        excluded = _is_excluded(partner)
        refuse(award_rules.check_clearance(_clearance_facts(clearance, now=now, excluded=excluded)))
        if clearance.completed_at is None:
            clearance.completed_at = now
            clearance.save()
            _record_when_all_cleared(lot, now)
    return clearance


def _is_excluded(partner: AwardedPartner) -> bool:
    return Exclusion.objects.filter(candidate__party=partner.party_id, is_excluded=True).exists()


def _record_when_all_cleared(lot: Lot, now: datetime) -> None:
    standing = AwardedPartner.objects.standing(lot)
    all_cleared = standing.exists() and not standing.filter(clearance__completed_at__isnull=True).exists()
    record(lot, "winner_cleared_at", now if all_cleared else None)


@record_refusals("clearance.eliminate", subject="partner")
def eliminate_and_ask_next(
    *,
    partner: AwardedPartner,
    ground: Ground,
    reasons: str,
    deadline: datetime,
    actor: Actor,
    now: datetime,
    proofs: Iterable[Proof] = STANDARD_PROOFS,
    accepted: Mapping[str, str] | None = None,
) -> AwardedPartner | None:
    """Eliminate an intended winner and ask the next ranked one for its proofs; None when nobody is left (LR-74).

    `ground` "force_majeure" is the replacement of a winner prevented through no fault of its own (R2181-7, LR-81).
    Raises NotAllowed; Refusal when the partner is out or the lot signed; RuleViolation (LR-74, LR-81).
    """
    lot = partner.decision.lot
    require(actor, "clearance.conduct", lot)
    with act(lot.call.chain, "clearance.eliminated", actor=actor, now=now, subject=partner, ground=ground) as entry:
        lot = Lot.objects.select_related("call__lead_buyer", "timeline").get(pk=lot.pk)
        current = AwardedPartner.objects.select_related("decision__ranking__lot__call").get(pk=partner.pk)
        refuse_ended(lot)
        if current.eliminated_at or lot.timeline.signed_at or deadline <= now:
            raise Refusal(
                "Ce partenaire est déjà éliminé, le contrat est signé, ou l’heure limite donnée au suivant est passée."
            )
        pass_rules(
            lot.call, _elimination_findings(current, ground, reasons, now), accepted=accepted, actor=actor, now=now
        )
        current.eliminated_at, current.elimination_reasons = now, reasons.strip()
        current.save()
        successor = _next_partner(current.decision, now)
        if successor is not None:
            _ask(lot, successor, proofs, deadline, now)
        # The letters that left named another winner: new ones must go, and a new standstill with them.
        for fact in ("rejections_sent_at", "standstill_at"):
            record(lot, fact, None)
        _record_when_all_cleared(lot, now)
        entry.data["next"] = successor and successor.party_id
    return successor


def _elimination_findings(partner: AwardedPartner, ground: Ground, reasons: str, now: datetime) -> list[Finding]:
    if ground == "force_majeure":
        return admissibility.check_replacement(law.ReplacementFacts(reasons=reasons))
    clearance = Clearance.objects.filter(partner=partner).first()
    if ground == "excluded" and not _is_excluded(partner):
        raise Refusal(
            "Aucune exclusion de cette entreprise n’est prononcée : envisagez-la d’abord depuis sa candidature, et "
            "laissez-la répondre (L2141-11)."
        )
    if ground == "no_proof" and clearance is not None and clearance.completed_at is not None:
        raise Refusal("Le dossier de ce partenaire est complet : l’absence de preuve n’est pas un motif (R2144-7).")
    decision = {
        "decision": "eliminate",
        "false_statement": ground == "false_statement",
        "excluded": ground == "excluded",
        "reasons": reasons,
    }
    if clearance is None:
        return award_rules.check_clearance(law.ClearanceFacts(now=now, **decision))
    return award_rules.check_clearance(_clearance_facts(clearance, now=now, **decision))


def _next_partner(decision: AwardDecision, now: datetime) -> AwardedPartner | None:
    taken = [str(pk) for pk in decision.partners.values_list("party_id", flat=True)]
    party_id = award_rules.next_ranked(ranked_tender_facts(decision.ranking), taken)
    if party_id is None:
        return None
    row = decision.ranking.ranked_bids.select_related("bid__party__lead").get(bid__party_id=party_id)
    return add_partner(decision, row, at=now)
