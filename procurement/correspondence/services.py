"""Writing to a firm, and keeping the proof that it left and was read (R2132-7, LR-40, LR-76, LR-124)."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Membership, Organisation
from marketplace.accounts.permissions import require
from marketplace.files.documents import request_document
from marketplace.files.services import StagedFile, store
from marketplace.journal.acts import act, record_refusals
from marketplace.journal.errors import Refusal
from marketplace.mail.services import send
from procurement.calls.documents import Decision, appeals_block, call_block, header, lot_block, organisation_block
from procurement.calls.facts import launch_date
from procurement.calls.models import Call, Lot, TeamRole
from procurement.correspondence.models import Dispatch, Letter, LetterKind
from procurement.correspondence.signals import letter_dispatched
from procurement.law import facts as law
from procurement.law import letters
from procurement.law.findings import refuse

# Letters that decide something against or for a firm: the law says what they must hold.
DECISIONS = {
    LetterKind.CANDIDATURE_REJECTION: "candidate_rejection",
    LetterKind.ROUND_ELIMINATION: "round_elimination",
    LetterKind.REJECTION: "tender_rejection",
    LetterKind.AWARD: "award",
    LetterKind.NO_FURTHER_ACTION: "cancellation",
}

# Ways of appeal that each decision letter tells.
APPEALS = {
    LetterKind.CANDIDATURE_REJECTION: Decision.CHOICE,
    LetterKind.ROUND_ELIMINATION: Decision.CHOICE,
    LetterKind.REJECTION: Decision.CHOICE,
    LetterKind.AWARD: Decision.CHOICE,
    LetterKind.NO_FURTHER_ACTION: Decision.ABANDONMENT,
    LetterKind.PHASE_DECISION: Decision.PERFORMANCE,
}


def send_letter(
    *,
    call: Call,
    lot: Lot,
    recipient: Organisation,
    kind: str,
    facts: Mapping[str, Any],
    now: datetime,
    electronic: bool = True,
    decision: Mapping[str, Any] | None = None,
) -> Letter:
    """Write one letter inside the current act; its PDF and the mail to the firm's people leave with the act.

    `facts` is what the letter of that kind says (samples: tests/ui/samples/letter_*.json, key `facts`); buyer,
    recipient, signatory and appeals are added here. `decision` adds what the rules on decision letters ask beyond it:
    winner_ids, cleared_ids, standstill_applies (law.facts.LetterFacts). Where deposits are made on another buyer
    profile, a firm without account gets its letter there: the buyer sends the PDF and records it (`record_dispatch`).
    Raises RuleViolation (LR-75, 76, 78, 124).
    """
    kind = LetterKind(kind)
    appeals = appeals_block(lot, APPEALS[kind]) if kind in APPEALS else None
    if kind in DECISIONS:
        refuse(
            letters.check(
                _letter_facts(call, kind, facts, appeals, now, {"electronic": electronic, **(decision or {})})
            )
        )
    document = request_document(
        kind=f"letter_{kind.value}",
        title=f"{kind.label} – {recipient.name} – {call.reference}",
        template="pdf/correspondence/letter.html",
        facts={
            **header(call),
            "kind": kind.value,
            "call": call_block(call),
            "lot": lot_block(lot),
            "buyer": organisation_block(call.lead_buyer),
            "recipient": organisation_block(recipient),
            "place": call.lead_buyer.city,
            "dated": timezone.localdate(now).isoformat(),
            "electronic": electronic,
            "body": "",
            "signatory": _signatory(call),
            "appeals": appeals,
            "facts": dict(facts),
        },
        subject=recipient,
    )
    letter = Letter(
        call=call,
        lot=lot,
        recipient=recipient,
        kind=kind,
        document=document,
        sent_at=now,
        electronic=electronic,
        elsewhere=electronic and has_no_reader(call, recipient),
    )
    letter.save()
    if electronic:
        _tell_people(letter, now)
    return letter


def has_no_reader(call: Call, recipient: Organisation) -> bool:
    """Whether a firm reads nothing here: it answered on another buyer profile, and nobody of it has an account."""
    return bool(unread_firms(call, [recipient.pk]))


def unread_firms(call: Call, firms: Iterable[Any]) -> set[Any]:
    """Those of these firms (ids) that read nothing here; none where deposits are made on this site."""
    if not call.deposit_at:
        return set()
    firms = set(firms)
    members = Membership.objects.active().filter(organisation__in=firms)
    return firms - set(members.values_list("organisation_id", flat=True))


def _letter_facts(
    call: Call,
    kind: LetterKind,
    facts: Mapping[str, Any],
    appeals: Mapping[str, Any] | None,
    now: datetime,
    decision: Mapping[str, Any],
) -> law.LetterFacts:
    winners = facts.get("winners") or []
    signing = facts.get("earliest_signature_on")
    return law.LetterFacts(
        kind=DECISIONS[kind],
        launch_date=launch_date(call, now),
        procedure=call.procedure,
        sent_on=timezone.localdate(now),
        reasons=facts.get("reasons", ""),
        winner_name=" ; ".join(winner["name"] for winner in winners),
        reasons_of_choice=" ; ".join(winner["reasons"] for winner in winners),
        signing_date=date.fromisoformat(signing) if signing else None,
        appeals=" ; ".join(f"{remedy['name']}, {remedy['delay']}" for remedy in appeals["remedies"]) if appeals else "",
        court=appeals["court"]["name"] if appeals else "",
        **decision,
    )


def _signatory(call: Call) -> dict[str, str]:
    member = call.team.filter(role=TeamRole.SIGNATORY, until=None).select_related("user").order_by("pk").first()
    return {"name": str(member.user) if member else "", "capacity": "pour l’acheteur"}


def _tell_people(letter: Letter, now: datetime) -> None:
    """Mail a link to each person of the firm; the text itself stays on the site."""
    members = Membership.objects.active().filter(organisation_id=letter.recipient_id).select_related("user")
    for membership in members:
        send(
            "correspondence.letter",
            to=membership.user,
            context={"reference": letter.call.reference, "kind": letter.get_kind_display(), "letter": str(letter.pk)},
            now=now,
        )


def record_reading(*, letter: Letter, actor: Actor, now: datetime) -> Letter:
    """Keep when the firm first read the letter; reading again changes nothing. Raises NotAllowed for anybody else."""
    require(actor, "letter.acknowledge", letter)
    with act(letter.call.chain, "letter.read", actor=actor, now=now, subject=letter):
        current = Letter.objects.get(pk=letter.pk)
        if current.read_at is None:
            current.read_at, current.read_by_id = now, actor.user_id
            current.save()
    return current


@record_refusals("letter.dispatch")
def record_dispatch(
    *,
    letter: Letter,
    sent_at: datetime,
    reference: str,
    actor: Actor,
    now: datetime,
    proof: StagedFile | None = None,
) -> Dispatch:
    """Record that a letter was sent on the other buyer profile, under the number that it gave (R2132-7, LR-40).

    What the law reckons from a letter is reckoned from that instant (UTC). Raises NotAllowed; Refusal for a letter that
    is read here, was recorded already, has no number, or an instant before the letter was made or in the future.
    Records `letter.dispatched`.
    """
    require(actor, "letter.dispatch", letter)
    with act(letter.call.chain, "letter.dispatched", actor=actor, now=now, subject=letter) as entry:
        current = Letter.objects.select_related("call").get(pk=letter.pk)
        if not current.elsewhere:
            raise Refusal("Cette lettre se lit ici : il n’y a pas d’envoi à consigner.")
        if hasattr(current, "dispatch"):
            raise Refusal("L’envoi de cette lettre est déjà consigné.")
        if not reference.strip():
            raise Refusal("Indiquez le numéro que l’autre profil a donné à cet envoi : il en est la preuve.")
        # Pages give whole minutes.
        if not current.sent_at.replace(second=0, microsecond=0) <= sent_at <= now:
            raise Refusal("L’envoi se place entre la lettre et maintenant : corrigez sa date.")
        sent = Dispatch(
            letter=current,
            sent_at=sent_at,
            reference=reference.strip(),
            proof=store(proof) if proof else None,
            recorded_at=now,
            recorded_by_id=actor.user_id,
        )
        sent.save()
        letter_dispatched.send(sender=Letter, letter=current)
        entry.data["sent_at"] = sent_at
    return sent
