"""Putting the documents online, publishing the call, ending it without follow-up."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import require
from marketplace.files.documents import request_document
from marketplace.files.services import StagedFile, store
from marketplace.journal.acts import act, record_refusals
from marketplace.journal.checkpoints import checkpoint
from marketplace.journal.errors import Refusal
from procurement.calls.documents import rules_facts
from procurement.calls.facts import criteria_digest, lots_with_everything, publication_facts
from procurement.calls.models import (
    AcceptedWarning,
    Call,
    CallDocument,
    Cancellation,
    Lot,
    Publication,
)
from procurement.calls.services.periods import record_period
from procurement.calls.services.timeline import record
from procurement.law import publication
from procurement.law.findings import Finding, Severity, refuse

# Parts of the rules of the consultation that must be online as they are published.
RULES_OF_TENDERS = {"call", "candidates_min", "candidates_max", "lots", "periods"}


@dataclass(frozen=True)
class Sending:
    """A notice sent through one channel: instant (UTC) and the number that the channel gave back."""

    channel: str
    sent_at: datetime
    receipt_number: str
    published_at: datetime | None = None


def findings(*, call: Call, actor: Actor, now: datetime) -> list[Finding]:
    """What the rule book says of the call as it stands; the editor shows it, `publish` refuses because of it."""
    return list(publication.check(publication_facts(call, actor=actor, now=now)))


def put_documents_online(*, call: Call, actor: Actor, now: datetime) -> CallDocument:
    """Generate the rules of the consultation and open the file to all, without account nor fee (LR-35, LR-36)."""
    require(actor, "call.publish", call)
    with act(call.chain, "documents.online", actor=actor, now=now, subject=call):
        current = Call.objects.get(pk=call.pk)
        version = current.documents.filter(kind=CallDocument.Kind.RULES).count() + 1
        document = request_document(
            kind="rules",
            title=f"Règlement de consultation {current.reference}",
            template="pdf/calls/notice_summary.html",
            facts=rules_facts(current, now=now),
            subject=current,
        )
        rules = CallDocument(
            call=current, kind=CallDocument.Kind.RULES, version=version, document=document, added_at=now
        )
        rules.save()
        if current.files_public_since is None:
            current.files_public_since = now
            current.save()
    return rules


def add_document(*, call: Call, kind: str, file: StagedFile, actor: Actor, now: datetime) -> CallDocument:
    """Join a file to the consultation, before publication; its bytes were staged before the act.

    Raises NotAllowed, and Refusal for the rules, which the site writes itself, or once the call is published: a change
    then needs a corrective notice (LR-39). Records `document.added`.
    """
    require(actor, "call.edit", call)
    with act(call.chain, "document.added", actor=actor, now=now, subject=call, kind=kind):
        _refuse_published(call)
        if kind == CallDocument.Kind.RULES:
            raise Refusal("Le règlement de la consultation est produit par le site à partir de vos écrans.")
        last = call.documents.filter(kind=kind).order_by("version").last()
        version = last.version + 1 if last else 1
        document = CallDocument(call=call, kind=kind, version=version, file=store(file), added_at=now)
        document.save()
    return document


def remove_document(*, document: CallDocument, actor: Actor, now: datetime) -> None:
    """Take a joined file away, before publication: nobody may download it any more.

    Raises NotAllowed, Refusal once the call is published or for the rules. Records `document.removed`.
    """
    call = document.call
    require(actor, "call.edit", call)
    with act(call.chain, "document.removed", actor=actor, now=now, subject=call, kind=document.kind):
        _refuse_published(call)
        if document.file_id is None:
            raise Refusal("Le règlement de la consultation ne se retire pas : mettez-en une nouvelle version en ligne.")
        document.delete()


def _refuse_published(call: Call) -> None:
    if Call.objects.get(pk=call.pk).is_published:
        raise Refusal(
            f"L’appel {call.reference} est publié : ses documents ne changent plus ici. Un changement passe par un "
            "avis rectificatif (R2151-4)."
        )


@record_refusals("call.publish")
def publish(
    *,
    call: Call,
    sendings: Iterable[Sending],
    actor: Actor,
    now: datetime,
    accepted: Mapping[str, str] | None = None,
) -> Call:
    """Publish a call: freeze what tenders are built on, keep the sendings, open the procedure of each lot.

    `accepted` maps the id of a warning to the reason written to pass it; the reasons are stored. Raises NotAllowed,
    RuleViolation with every finding that stands in the way, and Refusal for a sending without proof or still to come,
    or for rules online that are not those of the call any more. Records `call.published`, then a signed checkpoint.
    """
    require(actor, "call.publish", call)
    accepted = accepted or {}
    with act(call.chain, "call.published", actor=actor, now=now, subject=call) as entry:
        current = Call.objects.select_related("lead_buyer").get(pk=call.pk)
        if current.is_published:
            raise Refusal(
                f"L’appel {current.reference} est déjà publié : un changement passe par un avis rectificatif."
            )
        sendings = list(sendings)
        if not sendings or not all(sending.receipt_number.strip() for sending in sendings):
            raise Refusal(
                "Indiquez pour chaque support l’heure d’envoi et le numéro d’accusé (R2131-12 à -17) : les "
                "candidatures ne s’ouvrent pas sans cette preuve."
            )
        if any(sending.sent_at > now for sending in sendings):
            raise Refusal("Un avis ne peut pas être parti plus tard que maintenant : indiquez l’heure de son envoi.")
        # Whatever day was planned, the figures of the law are those of the day on which the notice left.
        current.launch_date = timezone.localdate(min(sending.sent_at for sending in sendings))
        found = list(publication.check(publication_facts(current, actor=actor, now=now)))
        refuse(found, accepted)
        _check_rules_online(current, now)
        _keep_reasons(current, found, accepted, actor=actor, now=now)
        for sending in sendings:
            Publication(
                call=current,
                channel=sending.channel,
                sent_at=sending.sent_at,
                receipt_number=sending.receipt_number,
                published_at=sending.published_at,
            ).save()
        current.criteria_digest = criteria_digest(current)
        current.save()
        entry.data["criteria_digest"] = current.criteria_digest
        for lot in lots_with_everything(current):
            record(lot, "published_at", now)
            for period in lot.periods.all():
                record_period(period)
    checkpoint(call.chain, now=now)
    return current


def _check_rules_online(call: Call, now: datetime) -> None:
    """Refuse to freeze anything else than what the rules of the consultation online tell firms (LR-35, LR-64)."""
    online = call.documents.filter(kind=CallDocument.Kind.RULES).select_related("document").order_by("version").last()
    told = online.document.facts if online and online.document else {}
    if any(told.get(name) != said for name, said in rules_facts(call, now=now).items() if name in RULES_OF_TENDERS):
        raise Refusal(
            "L’appel a changé depuis que son règlement est en ligne : mettez en ligne la nouvelle version, puis "
            "publiez (R2132-2)."
        )


def _keep_reasons(
    call: Call, found: Iterable[Finding], accepted: Mapping[str, str], *, actor: Actor, now: datetime
) -> None:
    warned = {finding.rule for finding in found if finding.severity is Severity.WARN}
    for rule in sorted(warned):
        AcceptedWarning(
            call=call, rule=rule, reason=accepted[rule], accepted_by_id=actor.user_id, accepted_at=now
        ).save()


@record_refusals("lot.cancel")
def cancel_lot(*, lot: Lot, kind: str, reasons: str, actor: Actor, now: datetime) -> Cancellation:
    """End a lot before signature, with reasons (R2185-1, LR-86). Letters are written by the room that knows bidders.

    Raises NotAllowed, and Refusal without reasons or once the lot is signed or ended.
    """
    require(actor, "call.change", lot.call)
    kind = Cancellation.Kind(kind)
    with act(lot.call.chain, "lot.cancelled", actor=actor, now=now, subject=lot, kind=kind.value):
        current = Lot.objects.select_related("timeline").get(pk=lot.pk)
        if not reasons.strip():
            raise Refusal("Écrivez les motifs de l’abandon : ils sont communiqués aux participants (R2185-2).")
        if current.timeline.signed_at or current.timeline.cancelled_at or current.timeline.unsuccessful_at:
            raise Refusal("Ce lot est déjà signé ou terminé : il ne peut plus être déclaré sans suite (R2185-1).")
        cancellation = Cancellation(
            lot=current, kind=kind, decided_at=now, decided_by_id=actor.user_id, reasons=reasons
        )
        cancellation.save()
        exit_fact = "cancelled_at" if kind == Cancellation.Kind.WITHOUT_FOLLOW_UP else "unsuccessful_at"
        record(current, exit_fact, now)
    return cancellation
