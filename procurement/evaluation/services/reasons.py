"""Requests for reasons by firms that were not chosen, and the answers (L2181-1, R2181-2, R2181-4, LR-77)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import require
from marketplace.journal.acts import act, record_refusals
from marketplace.journal.errors import Refusal
from marketplace.mail.services import send
from procurement.calls.facts import launch_date
from procurement.calls.models import TeamMember, TeamRole
from procurement.correspondence.models import Letter, LetterKind
from procurement.correspondence.services import send_letter
from procurement.evaluation.documents import reasons_reply_facts
from procurement.evaluation.models import AwardDecision, Bid, ReasonsRequest
from procurement.evaluation.services.ruling import pass_rules
from procurement.law import facts as law
from procurement.law import letters
from procurement.law.calendar import reasons_deadline

KIND = "evaluation.reasons_asked"
ANSWERERS = (TeamRole.VALIDATOR, TeamRole.SIGNATORY)


def ask_reasons(*, letter: Letter, actor: Actor, now: datetime) -> ReasonsRequest:
    """A firm asks why it was not chosen; the buyer has fifteen days from then on (R2181-2, R2181-4).

    Raises NotAllowed, and Refusal for a second request about the same letter. Tells those who decide; records
    `reasons.asked`.
    """
    require(actor, "reasons.ask", letter)
    with act(letter.call.chain, "reasons.asked", actor=actor, now=now, subject=letter) as entry:
        if ReasonsRequest.objects.filter(letter=letter).exists():
            raise Refusal("Votre demande est déjà partie : la réponse vous parviendra par une lettre, ici.")
        due_on = reasons_deadline(timezone.localdate(now), launch_date=launch_date(letter.call, now))
        asked = ReasonsRequest(lot=letter.lot, letter=letter, asked_at=now, asked_by_id=actor.user_id, due_on=due_on)
        asked.save()
        people = TeamMember.objects.filter(call=letter.call, until=None, role__in=ANSWERERS).select_related("user")
        for user in {member.user_id: member.user for member in people}.values():
            send(KIND, user, {"reference": letter.call.reference, "firm": letter.recipient.name, "due_on": due_on}, now)
        entry.data["due_on"] = due_on
    return asked


@record_refusals("reasons.answer", subject="request")
def answer_reasons(
    *,
    request: ReasonsRequest,
    reasons: str,
    advantages: str,
    actor: Actor,
    now: datetime,
    accepted: Mapping[str, str] | None = None,
) -> Letter:
    """Answer by a letter: the reasons, and once the lot is awarded what made the chosen tender better.

    `accepted` maps the id of a rule to the reason that passes its warning (an answer after its day). Raises NotAllowed,
    Refusal for a request answered already, RuleViolation (LR-77). Records `reasons.answered`.
    """
    lot = request.lot
    require(actor, "award.decide", lot)
    with act(lot.call.chain, "reasons.answered", actor=actor, now=now, subject=request):
        current = ReasonsRequest.objects.select_related("lot__call__lead_buyer", "letter__document").get(pk=request.pk)
        if current.answer_id is not None:
            raise Refusal("Cette demande a déjà sa réponse.")
        facts = _facts(current, reasons.strip(), advantages.strip(), now)
        pass_rules(lot.call, letters.check_reasons_reply(facts), accepted=accepted, actor=actor, now=now)
        current.answer = send_letter(
            call=current.lot.call,
            lot=current.lot,
            recipient=current.letter.recipient,
            kind=LetterKind.REASONS,
            facts=reasons_reply_facts(current, reasons=facts.reasons, advantages=facts.advantages),
            now=now,
        )
        current.save()
    return current.answer


def owes_advantages(request: ReasonsRequest) -> bool:
    """Whether the answer describes the chosen tender: the lot is awarded, and the firm made a valid tender."""
    return _is_awarded(request) and _made_a_valid_tender(request)


def told_already(request: ReasonsRequest) -> Mapping[str, Any]:
    """What the letter of rejection said, as it was stored."""
    return request.letter.document.facts["facts"]


def _facts(request: ReasonsRequest, reasons: str, advantages: str, now: datetime) -> law.ReasonsReplyFacts:
    return law.ReasonsReplyFacts(
        asked_on=timezone.localdate(request.asked_at),
        answered_on=timezone.localdate(now),
        launch_date=launch_date(request.lot.call, now),
        reasons=reasons,
        awarded=_is_awarded(request),
        valid_tender=_made_a_valid_tender(request),
        advantages=advantages,
    )


def _is_awarded(request: ReasonsRequest) -> bool:
    return AwardDecision.objects.filter(lot=request.lot).exists()


def _made_a_valid_tender(request: ReasonsRequest) -> bool:
    bids = Bid.objects.filter(lot=request.lot, party__lead=request.letter.recipient_id)
    return bids.filter(status=Bid.Status.REGULAR, stage__in=Bid.AWARDABLE_STAGES).exists()
