"""Putting the documents online, publishing the call, ending it without follow-up."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, count

from django.db.models import Max
from django.utils import timezone
from django.utils.text import slugify

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import require
from marketplace.files.documents import request_document
from marketplace.files.services import StagedFile, store
from marketplace.journal.acts import act, record_refusals
from marketplace.journal.checkpoints import checkpoint
from marketplace.journal.errors import Refusal
from procurement.calls.facts import criteria_digest, lots_with_everything, publication_facts
from procurement.calls.models import (
    Call,
    CallDocument,
    Cancellation,
    DocumentRemoval,
    DocumentWithdrawal,
    Lot,
    News,
    Publication,
)
from procurement.calls.pieces import pieces_of
from procurement.calls.services.following import announce
from procurement.calls.services.periods import record_period
from procurement.calls.services.reasons import keep_reasons
from procurement.calls.services.timeline import record
from procurement.calls.signals import call_published
from procurement.law import ending, publication
from procurement.law import facts as law
from procurement.law.facts import SendingFacts
from procurement.law.findings import Finding, refuse

TEXT_CHANGED = "Le texte de l’appel a changé : le document est produit de nouveau."
# Addresses that joined files share with the documents that the site writes, so that one replaces the other.
SLUGS = {
    CallDocument.Kind.CLAUSES: "ccap",
    CallDocument.Kind.PROGRAMME: "cctp",
    CallDocument.Kind.DRAFT_CONTRACT: "acte-d-engagement",
    CallDocument.Kind.FINANCIAL_ANNEX: "annexe-financiere",
}
OF_LOT = {CallDocument.Kind.DRAFT_CONTRACT, CallDocument.Kind.FINANCIAL_ANNEX}
LONGEST_SLUG = 70


@dataclass(frozen=True)
class Sending:
    """A notice sent through one channel: instant (UTC) and the number that the channel gave back.

    `kind`: a contract notice, or a prior information notice, which opens nothing (R2172-27, LR-11).
    `receipt_confirmed_at`: when the channel said that it has the notice; `published_at`: when it came out (LR-34).
    """

    channel: str
    sent_at: datetime
    receipt_number: str
    published_at: datetime | None = None
    receipt_confirmed_at: datetime | None = None
    kind: str = "contract"


def findings(*, call: Call, actor: Actor, now: datetime) -> list[Finding]:
    """What the rule book says of the call as it stands; the editor shows it, `publish` refuses because of it."""
    return list(publication.check(publication_facts(call, actor=actor, now=now)))


def put_documents_online(*, call: Call, actor: Actor, now: datetime) -> list[CallDocument]:
    """Write the documents of the call and open the file to all, without account nor fee (LR-35, LR-36).

    A document that already says the same stays; a file that the buyer joined in place of ours is left alone. Returns
    the new versions. Raises NotAllowed. Records `documents.online`.
    """
    require(actor, "call.publish", call)
    with act(call.chain, "documents.online", actor=actor, now=now, subject=call) as entry:
        current = Call.objects.select_related("lead_buyer").get(pk=call.pk)
        written = write_pieces(current, reason=TEXT_CHANGED, actor=actor, now=now)
        entry.data["documents"] = {row.slug: row.version for row in written}
        if current.files_public_since is None:
            current.files_public_since = now
            current.save()
    return written


def write_pieces(call: Call, *, reason: str, actor: Actor, now: datetime) -> list[CallDocument]:
    """A new version of each document of ours that no longer says what the call says; inside an open act.

    `reason` is told beside each version that replaces another.
    """
    newest = newest_documents(call)
    written = []
    for piece in pieces_of(call, now):
        online = newest.get(piece.slug)
        if online and (online.document is None or piece.says(online.document.facts)):
            continue
        document = request_document(
            kind=piece.kind,
            title=f"{piece.title} {call.reference}",
            template=piece.template,
            facts=piece.facts,
            subject=call,
            is_editable=True,
        )
        version = _next_version(call, piece.slug)
        row = CallDocument(
            call=call, kind=piece.kind, slug=piece.slug, title=piece.title, version=version, document=document,
            added_at=now, added_by_id=actor.user_id, reason=reason if version > 1 else "",
        )  # fmt: skip
        row.save()
        written.append(row)
    return written


def newest_documents(call: Call) -> dict[str, CallDocument]:
    """The version in force of each document of the consultation, by its name in addresses."""
    rows = call.documents.standing().select_related("document").order_by("version")
    return {row.slug: row for row in rows}


def _next_version(call: Call, slug: str) -> int:
    """Numbers are never used twice, not even that of a version taken away."""
    return (call.documents.filter(slug=slug).aggregate(last=Max("version"))["last"] or 0) + 1


def add_document(
    *,
    call: Call,
    kind: str,
    file: StagedFile,
    actor: Actor,
    now: datetime,
    title: str = "",
    replaces: CallDocument | None = None,
    reason: str = "",
) -> CallDocument:
    """Join a file to the consultation, before publication, as a new document or as the next version of one.

    Its bytes were staged before the act. `replaces` is the document whose place it takes; the clauses and the
    programme take the place of ours by themselves. Raises NotAllowed, and Refusal for the rules, which the site writes
    itself, for a replacement without `reason`, or once the call is published: a change then needs a corrective notice
    (LR-39). Records `document.added`.
    """
    require(actor, "call.edit", call)
    with act(call.chain, "document.added", actor=actor, now=now, subject=call, kind=kind) as entry:
        _refuse_published(call)
        kind = replaces.kind if replaces else kind
        if kind == CallDocument.Kind.RULES:
            raise Refusal("Le règlement de la consultation est produit par le site à partir de vos écrans.")
        slug = replaces.slug if replaces else _slug_of(call, kind, title or file.name)
        online = newest_documents(call).get(slug)
        if online and not reason.strip():
            raise Refusal(
                f"Un document « {online.name} » existe déjà : dites pourquoi celui-ci le remplace. L’ancienne version "
                "reste lisible."
            )
        document = CallDocument(
            call=call, kind=kind, slug=slug, title=title or (online.title if online else ""), file=store(file),
            version=_next_version(call, slug), added_at=now, added_by_id=actor.user_id, reason=reason.strip(),
        )  # fmt: skip
        document.save()
        entry.data.update(document=document.slug, version=document.version)
    return document


def _slug_of(call: Call, kind: str, name: str) -> str:
    """The address of a joined file: that of ours for the parts that we write, else one of its own."""
    if kind in SLUGS:
        slug = SLUGS[kind]
        if kind in OF_LOT and call.lots.count() > 1:
            raise Refusal("Ce document est propre à un lot : choisissez celui que votre fichier remplace.")
        return slug
    stem = name.rpartition(".")[0] or name
    base = slugify(stem.replace("’", " "))[:LONGEST_SLUG] or "document"
    taken = set(call.documents.values_list("slug", flat=True)) | set(SLUGS.values())
    return next(slug for slug in chain([base], (f"{base}-{number}" for number in count(2))) if slug not in taken)


def remove_document(*, document: CallDocument, actor: Actor, now: datetime) -> None:
    """Take a joined file away, before publication: nobody may download it any more, its row and its number stay.

    Raises NotAllowed, Refusal once the call is published, for a document that the site wrote, or for one that is
    taken away already. Records `document.removed`.
    """
    call = document.call
    require(actor, "call.edit", call)
    with act(call.chain, "document.removed", actor=actor, now=now, subject=call, kind=document.kind) as entry:
        _refuse_published(call)
        if document.file_id is None:
            raise Refusal(
                "Un document produit par le site ne se retire pas : joignez le vôtre à sa place, ou changez le texte "
                "de l’appel."
            )
        if DocumentRemoval.objects.filter(document=document).exists():
            raise Refusal("Ce document est déjà retiré.")
        DocumentRemoval(document=document, removed_at=now, removed_by_id=actor.user_id).save()
        entry.data.update(document=document.slug, version=document.version)


def record_withdrawal(*, call: Call, document: CallDocument | None, now: datetime) -> DocumentWithdrawal:
    """Keep that a document, or the whole set when None, was downloaded: an instant, never who (LR-36, BP-8).

    Records `document.withdrawn`.
    """
    with act(call.chain, "document.withdrawn", actor=Actor.visitor(), now=now, subject=document or call):
        withdrawal = DocumentWithdrawal(call=call, document=document, withdrawn_at=now)
        withdrawal.save()
    return withdrawal


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
        if current.is_purchase:
            raise Refusal("Un achat innovant direct ne se publie pas : il se décide depuis son dossier (R2122-9-1).")
        sendings = list(sendings)
        if not sendings or not all(sending.receipt_number.strip() for sending in sendings):
            raise Refusal(
                "Indiquez pour chaque support l’heure d’envoi et le numéro d’accusé (R2131-12 à -17) : les "
                "candidatures ne s’ouvrent pas sans cette preuve."
            )
        if any(sending.sent_at > now for sending in sendings):
            raise Refusal("Un avis ne peut pas être parti plus tard que maintenant : indiquez l’heure de son envoi.")
        if any(at and at < one.sent_at for one in sendings for at in (one.receipt_confirmed_at, one.published_at)):
            raise Refusal("Un avis ne peut pas être reçu ni paraître avant son envoi : vérifiez les heures.")
        # Whatever day was planned, the figures of the law are those of the day on which the notice left.
        current.launch_date = timezone.localdate(min(sending.sent_at for sending in sendings))
        left = [
            SendingFacts(
                channel=sending.channel, kind=sending.kind, sent_at=sending.sent_at,
                published_at=sending.published_at, receipt_confirmed_at=sending.receipt_confirmed_at,
            )
            for sending in sendings
        ]  # fmt: skip
        found = list(publication.check(publication_facts(current, actor=actor, now=now, sendings=left)))
        refuse(found, accepted)
        _check_documents_online(current, now)
        keep_reasons(current, found, accepted, actor=actor, now=now)
        for sending in sendings:
            Publication(
                call=current,
                channel=sending.channel,
                sent_at=sending.sent_at,
                receipt_number=sending.receipt_number,
                receipt_confirmed_at=sending.receipt_confirmed_at,
                published_at=sending.published_at,
            ).save()
        current.criteria_digest = criteria_digest(current)
        current.save()
        entry.data["criteria_digest"] = current.criteria_digest
        for lot in lots_with_everything(current):
            record(lot, "published_at", now)
            for period in lot.periods.all():
                record_period(period)
        call_published.send(Call, call=current)
    checkpoint(call.chain, now=now)
    return current


def _check_documents_online(call: Call, now: datetime) -> None:
    """Refuse to freeze anything else than what the documents online tell firms (LR-35, LR-64)."""
    newest = newest_documents(call)
    for piece in pieces_of(call, now):
        online = newest.get(piece.slug)
        is_own = online is not None and online.document is None
        if not (is_own or (online and piece.says(online.document.facts))):
            raise Refusal(
                f"L’appel a changé depuis que ses documents sont en ligne ({piece.title.lower()}) : mettez en ligne la "
                "nouvelle version, puis publiez (R2132-2)."
            )


@record_refusals("lot.cancel")
def cancel_lot(*, lot: Lot, kind: str, reasons: str, actor: Actor, now: datetime) -> Cancellation:
    """End a lot before signature, with reasons (R2185-1, LR-86). Letters are written by the room that knows bidders.

    Raises NotAllowed, and RuleViolation (LR-86) without reasons or once the lot is signed or ended.
    """
    require(actor, "call.change", lot.call)
    kind = Cancellation.Kind(kind)
    with act(lot.call.chain, "lot.cancelled", actor=actor, now=now, subject=lot, kind=kind.value):
        current = Lot.objects.select_related("timeline", "call").get(pk=lot.pk)
        is_ended = bool(current.timeline.cancelled_at or current.timeline.unsuccessful_at)
        facts = law.EndingFacts(reasons=reasons, signed=bool(current.timeline.signed_at), ended=is_ended)
        refuse(ending.check(facts))
        cancellation = Cancellation(
            lot=current, kind=kind, decided_at=now, decided_by_id=actor.user_id, reasons=reasons
        )
        cancellation.save()
        exit_fact = "cancelled_at" if kind == Cancellation.Kind.WITHOUT_FOLLOW_UP else "unsuccessful_at"
        record(current, exit_fact, now)
        if Call.objects.get(pk=lot.call_id).is_published:
            several = Lot.objects.filter(call=lot.call_id).count() > 1
            what = f"Lot {current.number} : {kind.label.lower()}" if several else kind.label
            announce(current.call, News.Kind.CANCELLED, what=what, reason=reasons, now=now)
    return cancellation
