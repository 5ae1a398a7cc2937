"""An exclusion is told to the firm, its observations received, then decided with reasons (LR-47, LR-48)."""

from collections.abc import Mapping
from datetime import datetime

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import require
from marketplace.files.services import StagedFile, store
from marketplace.journal.acts import act, record_refusals
from marketplace.journal.errors import Refusal
from procurement.calls.models import Lot
from procurement.correspondence.models import LetterKind
from procurement.correspondence.services import has_no_reader, send_letter
from procurement.evaluation.documents import SCORE_MAXIMUM, exclusion_notice_facts, exclusion_reason
from procurement.evaluation.models import Candidate, Exclusion, SelectionDecision
from procurement.evaluation.services.ruling import pass_rules, refuse_ended
from procurement.law import exclusion as rules
from procurement.law import facts as law
from procurement.law.findings import refuse


@record_refusals("exclusion.propose", subject="candidate")
def propose_exclusion(
    *, candidate: Candidate, ground: str, evidence: str, deadline: datetime, actor: Actor, now: datetime
) -> Exclusion:
    """Tell a firm, by a letter, that it may be excluded: the ground, what it rests on, until when it may answer (UTC).

    Raises NotAllowed; Refusal for a firm out of the procedure already, another exclusion pending, or a signed lot;
    RuleViolation (LR-47, LR-48).
    """
    lot = candidate.lot
    require(actor, "exclusion.decide", lot)
    with act(lot.call.chain, "exclusion.proposed", actor=actor, now=now, subject=candidate, ground=ground):
        _refuse_over(lot)
        if SelectionDecision.objects.filter(candidate=candidate, is_selected=False).exists():
            raise Refusal("Cette candidature est déjà rejetée : elle n’est plus dans la procédure.")
        known = Exclusion.objects.filter(candidate=candidate)
        if known.pending().exists() or known.filter(is_excluded=True).exists():
            raise Refusal("Une exclusion de cette entreprise est déjà envisagée, ou prononcée.")
        facts = law.ExclusionProposalFacts(now=now, ground=ground, evidence=evidence, deadline=deadline)
        refuse(rules.check_proposal(facts))
        row = Exclusion(
            candidate=candidate,
            ground=ground,
            evidence=evidence.strip(),
            proposed_at=now,
            proposed_by_id=actor.user_id,
            deadline=deadline,
        )
        row.letter = send_letter(
            call=lot.call,
            lot=lot,
            recipient=candidate.party.lead,
            kind=LetterKind.EXCLUSION_NOTICE,
            facts=exclusion_notice_facts(row),
            now=now,
        )
        row.save()
    return row


@record_refusals("exclusion.observe", subject="exclusion")
def observe(
    *, exclusion: Exclusion, observations: str, actor: Actor, now: datetime, file: StagedFile | None = None
) -> Exclusion:
    """The firm gives its observations, once; after its time limit they are kept too until the buyer decides (L2141-11).

    Raises NotAllowed for anybody but the firm; Refusal for an empty text, a second one, or after the decision.
    """
    require(actor, "exclusion.observe", exclusion)
    return _keep(exclusion, observations, file, actor=actor, now=now)


@record_refusals("exclusion.record", subject="exclusion")
def record_observations(
    *, exclusion: Exclusion, observations: str, actor: Actor, now: datetime, file: StagedFile | None = None
) -> Exclusion:
    """Keep the observations that a firm without account here gave on the other buyer profile.

    Raises NotAllowed; Refusal where the firm answers here, and as `observe`.
    """
    candidate = exclusion.candidate
    require(actor, "exclusion.decide", candidate.lot)
    if not has_no_reader(candidate.lot.call, candidate.party.lead):
        raise Refusal("Cette entreprise répond ici, par son espace : il n’y a rien à verser à sa place (R2132-7).")
    return _keep(exclusion, observations, file, actor=actor, now=now)


def _keep(
    exclusion: Exclusion, observations: str, file: StagedFile | None, *, actor: Actor, now: datetime
) -> Exclusion:
    chain = exclusion.candidate.lot.call.chain
    with act(chain, "exclusion.observed", actor=actor, now=now, subject=exclusion):
        current = Exclusion.objects.get(pk=exclusion.pk)
        if current.decided_at is not None:
            raise Refusal("L’acheteur a déjà décidé : ces observations arrivent trop tard.")
        if current.observed_at is not None:
            raise Refusal("Les observations de l’entreprise sont déjà reçues.")
        if not observations.strip():
            raise Refusal("Écrivez les observations : un fichier seul ne suffit pas.")
        current.observations, current.observed_at = observations.strip(), now
        current.observations_file = store(file) if file else None
        current.save()
    return current


@record_refusals("exclusion.decide", subject="exclusion")
def decide_exclusion(
    *,
    exclusion: Exclusion,
    is_excluded: bool,
    reasons: str,
    actor: Actor,
    now: datetime,
    other_measures: str = "",
    accepted: Mapping[str, str] | None = None,
) -> Exclusion:
    """Exclude the firm or keep it, with reasons, once it was heard or its time is over (L2141-11, LR-48).

    Before the selection is decided, the letter of rejection of the selection carries the reason; afterwards the firm is
    told at once. Raises NotAllowed; Refusal once decided; RuleViolation (LR-47, LR-48).
    """
    candidate = exclusion.candidate
    lot = candidate.lot
    require(actor, "exclusion.decide", lot)
    with act(lot.call.chain, "exclusion.decided", actor=actor, now=now, subject=exclusion, excluded=is_excluded):
        _refuse_over(lot)
        current = Exclusion.objects.get(pk=exclusion.pk)
        current.candidate = candidate
        if current.decided_at is not None:
            raise Refusal("Cette exclusion est déjà tranchée : la décision ne change plus.")
        facts = law.ExclusionDecisionFacts(
            now=now,
            ground=current.ground,
            deadline=current.deadline,
            observed_at=current.observed_at,
            excluded=is_excluded,
            reasons=reasons,
            other_measures=other_measures,
        )
        pass_rules(lot.call, rules.check_decision(facts), accepted=accepted, actor=actor, now=now)
        current.is_excluded, current.reasons = is_excluded, reasons.strip()
        current.other_measures = other_measures.strip()
        current.decided_at, current.decided_by_id = now, actor.user_id
        current.save()
        if is_excluded and SelectionDecision.objects.filter(candidate=candidate).exists():
            _tell(current, now)
    return current


def _tell(exclusion: Exclusion, now: datetime) -> None:
    """A firm already selected learns at once why it is out (R2181-1, LR-76)."""
    candidate = exclusion.candidate
    send_letter(
        call=candidate.lot.call,
        lot=candidate.lot,
        recipient=candidate.party.lead,
        kind=LetterKind.CANDIDATURE_REJECTION,
        facts={"reasons": exclusion_reason(exclusion), "score_maximum": SCORE_MAXIMUM, "own": None},
        now=now,
    )


def _refuse_over(lot: Lot) -> None:
    refuse_ended(lot)
    if Lot.objects.filter(pk=lot.pk, timeline__signed_at__isnull=False).exists():
        raise Refusal("Le contrat est signé : l’exclusion ne se prononce plus dans cette procédure.")
