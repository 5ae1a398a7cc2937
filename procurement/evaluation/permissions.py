"""Who takes part in the choice. Nobody reads a candidature or a bid before declaring their interests (LR-70)."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import Q

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import Verdict, can, permits
from marketplace.files.models import GeneratedDocument, StoredFile
from marketplace.files.permissions import reads_files
from procurement.calls.models import Call, Lot, TeamRole
from procurement.calls.permissions import in_team, requires_role, roles_of
from procurement.correspondence.models import REJECTIONS, Letter
from procurement.evaluation.facts import interest_facts
from procurement.evaluation.models import (
    Bid,
    Candidate,
    CaoMinutes,
    Clearance,
    ClearanceProof,
    Complement,
    ComplementItem,
    Exclusion,
    InterestDeclaration,
    NegotiationMeeting,
)
from procurement.law import interests
from procurement.submissions.models import OpenedFile

READERS = (TeamRole.AUTHOR, TeamRole.VALIDATOR, TeamRole.EVALUATOR, TeamRole.SIGNATORY, TeamRole.AUDITOR)
SET_ASIDE = (
    "Vous vous êtes retiré de cet appel : vous n’accédez plus aux dossiers des entreprises (L2141-10). "
    "Adressez-vous à la personne qui en a la charge."
)


@permits("interests.declare", Call)
def may_declare(actor: Actor, call: Call) -> Verdict:
    """Anyone of the team declares their own interests."""
    if in_team(actor, call):
        return Verdict.yes()
    return Verdict.no("Seules les personnes de l’équipe de l’appel déclarent leurs intérêts.")


def must_declare(actor: Actor, call: Call) -> bool:
    """Whether the actor has a part in the choice and said nothing yet of their interests: that comes first (LR-70)."""
    return call.pk in undeclared(actor, {call.pk: roles_of(actor, call)})


def undeclared(actor: Actor, roles: Mapping[Any, set[str]]) -> set[Any]:
    """Ids of the calls in which `must_declare` is true, in one query; `roles`: those of the actor, by call."""
    concerned = {key for key, held in roles.items() if held & set(READERS)}
    declared = InterestDeclaration.objects.filter(call__in=concerned, user_id=actor.user_id)
    return concerned - set(declared.values_list("call_id", flat=True))


def takes_part(actor: Actor, call: Call, *roles: str) -> Verdict:
    """Verdict for a role of the team whose holder declared to be free of interests."""
    verdict = requires_role(actor, call, *roles)
    if not verdict:
        return verdict
    person = interest_facts(call, actor.user_id)
    if person.recused_at is not None:
        return Verdict.no(SET_ASIDE)
    findings = interests.check_access(person)
    return Verdict.no(str(findings[0])) if findings else Verdict.yes()


def _on_lot(action: str, *roles: str) -> Callable[[Actor, Lot], Verdict]:
    @permits(action, Lot)
    def predicate(actor: Actor, lot: Lot) -> Verdict:
        return takes_part(actor, lot.call, *roles)

    return predicate


# Reading what firms handed in: candidatures, bids, scores and rankings.
may_read_bids = _on_lot("bids.read", *READERS)
may_register = _on_lot("bids.register", TeamRole.AUTHOR, TeamRole.VALIDATOR, TeamRole.EVALUATOR)
may_score = _on_lot("bids.score", TeamRole.EVALUATOR)
may_close_evaluation = _on_lot("evaluation.close", TeamRole.VALIDATOR, TeamRole.EVALUATOR)
may_select = _on_lot("selection.decide", TeamRole.VALIDATOR)
may_ask_complements = _on_lot("complements.ask", TeamRole.AUTHOR, TeamRole.VALIDATOR)
may_exclude = _on_lot("exclusion.decide", TeamRole.VALIDATOR, TeamRole.SIGNATORY)
may_negotiate = _on_lot("negotiation.conduct", TeamRole.AUTHOR, TeamRole.VALIDATOR, TeamRole.EVALUATOR)
may_eliminate = _on_lot("negotiation.eliminate", TeamRole.VALIDATOR)
may_award = _on_lot("award.decide", TeamRole.VALIDATOR, TeamRole.SIGNATORY)
may_tell_the_end = _on_lot("ending.tell", TeamRole.VALIDATOR, TeamRole.SIGNATORY)
may_clear = _on_lot("clearance.conduct", TeamRole.AUTHOR, TeamRole.VALIDATOR, TeamRole.SIGNATORY)


@permits("reasons.ask", Letter)
def may_ask_reasons(actor: Actor, letter: Letter) -> Verdict:
    """The firm that a letter of rejection is addressed to."""
    if not actor.acts_for(letter.recipient_id):
        return Verdict.no("Seule l’entreprise à qui la lettre est adressée demande les motifs.")
    if letter.kind not in REJECTIONS:
        return Verdict.no("Cette lettre n’écarte pas votre entreprise : il n’y a pas de motifs à demander.")
    return Verdict.yes()


@permits("meeting.read", NegotiationMeeting)
def may_read_minutes(actor: Actor, meeting: NegotiationMeeting) -> Verdict:
    """Minutes are for the tenderer met and for the buyer's team; never for another tenderer (L2132-1, LR-19)."""
    if actor.acts_for(meeting.party.lead_id):
        return Verdict.yes()
    return may_read_bids(actor, meeting.lot)


@permits("clearance.read", Clearance)
def may_read_clearance(actor: Actor, clearance: Clearance) -> Verdict:
    """The firm asked for proofs follows its own list, with the buyer's team."""
    if actor.acts_for(clearance.partner.party.lead_id):
        return Verdict.yes()
    return may_read_bids(actor, clearance.partner.decision.lot)


@permits("proof.deposit", ClearanceProof)
def may_deposit_proof(actor: Actor, proof: ClearanceProof) -> Verdict:
    """Only the lead of the intended winner hands in its proofs."""
    if actor.acts_for(proof.clearance.partner.party.lead_id):
        return Verdict.yes()
    return Verdict.no("Seule l’entreprise à qui l’acheteur a demandé ses justificatifs les dépose.")


@permits("complement.hand_in", Complement)
def may_hand_in_complement(actor: Actor, complement: Complement) -> Verdict:
    """Only the lead of the candidate asked completes its candidature."""
    if complement.letter_id and actor.acts_for(complement.candidate.party.lead_id):
        return Verdict.yes()
    return Verdict.no("Seule l’entreprise à qui l’acheteur a demandé des compléments les dépose.")


@permits("exclusion.observe", Exclusion)
def may_observe(actor: Actor, exclusion: Exclusion) -> Verdict:
    """Only the lead of the candidate told answers."""
    if actor.acts_for(exclusion.candidate.party.lead_id):
        return Verdict.yes()
    return Verdict.no("Seule l’entreprise informée présente ses observations.")


@permits("candidature.read", Candidate)
def may_read_candidature(actor: Actor, candidate: Candidate) -> Verdict:
    """The candidate reads what it handed in after the deadline, with the buyer's team."""
    if actor.acts_for(candidate.party.lead_id):
        return Verdict.yes()
    return may_read_bids(actor, candidate.lot)


def _reading(actor: Actor, action: str, row: Any) -> Verdict | None:
    verdict = can(actor, action, row)
    return verdict if verdict or in_team(actor, _call_of(row)) else None


def _call_of(row: Lot | NegotiationMeeting | Clearance | Candidate) -> Call:
    match row:
        case NegotiationMeeting() | Candidate():
            return row.lot.call
        case Clearance():
            return row.partner.decision.lot.call
        case _:
            return row.call


@reads_files
def files_of_the_evaluation(actor: Actor, stored_file: StoredFile) -> Verdict | None:
    """Minutes of meetings, reports of the evaluation, proofs, and the files that bids were made of."""
    document = GeneratedDocument.objects.filter(rendering__stored_file=stored_file).first()
    if document is not None:
        return _reading_of_document(actor, document)
    opened = OpenedFile.objects.filter(stored_file=stored_file).select_related("result__submission").first()
    if opened is not None:
        return _reading_of_bid_file(actor, opened)
    proof = ClearanceProof.objects.filter(file=stored_file).select_related("clearance__partner__party").first()
    if proof is not None:
        return _reading(actor, "clearance.read", proof.clearance)
    completed = Candidate.objects.filter(
        Q(complement__items__file=stored_file) | Q(exclusions__observations_file=stored_file)
    )
    candidate = completed.select_related("lot__call", "party").first()
    if candidate is not None:
        return _reading(actor, "candidature.read", candidate)
    minutes = CaoMinutes.objects.filter(signed_file=stored_file).select_related("lot__call").first()
    return _reading(actor, "bids.read", minutes.lot) if minutes is not None else None


def _reading_of_document(actor: Actor, document: GeneratedDocument) -> Verdict | None:
    meeting = NegotiationMeeting.objects.filter(minutes=document).select_related("lot__call", "party").first()
    if meeting is not None:
        return _reading(actor, "meeting.read", meeting)
    if document.kind == COMPLEMENT_RECEIPT:
        items = ComplementItem.objects.filter(pk=document.subject_id)
        item = items.select_related("complement__candidate__lot__call", "complement__candidate__party").first()
        return _reading(actor, "candidature.read", item.complement.candidate) if item is not None else None
    if document.kind in REPORT_KINDS:
        lot = Lot.objects.filter(pk=document.subject_id).select_related("call").first()
        return _reading(actor, "bids.read", lot) if lot is not None else None
    return None


def _reading_of_bid_file(actor: Actor, opened: OpenedFile) -> Verdict | None:
    submission = opened.result.submission
    row = (
        Bid.objects.filter(submission=submission).select_related("lot__call").first()
        or Candidate.objects.filter(submission=submission).select_related("lot__call").first()
    )
    return _reading(actor, "bids.read", row.lot) if row is not None else None


COMPLEMENT_RECEIPT = "complement_receipt"
"""Receipt of an item that completes a candidature: for the firm, and the buyer's team."""
REPORT_KINDS = frozenset({"candidature_report", "analysis_report", "presentation_report", "cao_minutes"})
"""Documents about a lot that only the buyer's team reads."""
