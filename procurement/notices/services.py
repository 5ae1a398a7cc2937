"""Acts on the notices of a call."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Min
from django.utils import timezone

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import require
from marketplace.files.documents import request_document
from marketplace.files.models import GeneratedDocument
from marketplace.files.services import StagedFile, store
from marketplace.journal.acts import act, record_refusals
from marketplace.journal.clock import canonical
from marketplace.journal.errors import Refusal
from procurement.calls.facts import launch_date
from procurement.calls.models import Call, Lot, Publication
from procurement.contracts.models import Contract
from procurement.evaluation.services.ruling import pass_rules
from procurement.law import award_notice as award_rules
from procurement.law import facts as law
from procurement.notices.award_sheet import award_facts
from procurement.notices.models import AwardNotice, PublishedNotice
from procurement.notices.published import compare, gaps, prepared
from procurement.notices.sheet import sheet_facts

SHEET, AWARD_SHEET = "notice_sheet", "award_notice_sheet"


def print_sheet(*, call: Call, actor: Actor, now: datetime) -> GeneratedDocument:
    """Keep the fields of the notice as they stand, as a PDF to send or to type from. Raises NotAllowed.

    Records `notice.sheet_printed`.
    """
    require(actor, "notice.prepare", call)
    with act(call.chain, "notice.sheet_printed", actor=actor, now=now, subject=call):
        return request_document(
            kind=SHEET,
            title=f"Fiche de saisie de l’avis {call.reference}",
            template="pdf/notices/sheet.html",
            facts=sheet_facts(call, now=now),
            subject=call,
        )


def printed_sheets(call: Call) -> list[GeneratedDocument]:
    """Sheets printed so far, the newest first."""
    sheets = GeneratedDocument.objects.of_subject(call).filter(kind=SHEET)
    return list(sheets.select_related("rendering__stored_file").order_by("-requested_at"))


@record_refusals("notice.record_published", subject="publication")
def record_published(
    *,
    publication: Publication,
    published_at: datetime,
    said: Mapping[str, str],
    actor: Actor,
    now: datetime,
    text: str = "",
    url: str = "",
    file: StagedFile | None = None,
) -> PublishedNotice:
    """Keep the notice as it came out (`published_at`, UTC), beside what had been prepared here (R2131-12 to -19).

    `said`: fields read there, by code (`published.fields_of`). Recorded again, the reading replaces the former one and
    the journal keeps both. Raises NotAllowed; Refusal for nothing to compare, or a notice out before it was sent or
    later than now. Records `notice.published_recorded` with the number of gaps.
    """
    call = publication.call
    require(actor, "notice.prepare", call)
    with act(call.chain, "notice.published_recorded", actor=actor, now=now, subject=publication) as entry:
        if not said and not text.strip():
            raise Refusal("Relevez au moins un champ de l’avis paru, ou collez son texte : il n’y a rien à comparer.")
        # Pages give whole minutes.
        if not publication.sent_at.replace(second=0, microsecond=0) <= published_at <= now:
            raise Refusal("Un avis paraît entre son envoi et maintenant : corrigez l’heure de parution.")
        row = PublishedNotice.objects.filter(publication=publication).first() or PublishedNotice(
            publication=publication
        )
        row.published_at, row.said, row.text, row.url = published_at, dict(said), text.strip(), url
        row.file = store(file) if file else row.file
        row.ours, row.recorded_at, row.recorded_by_id = prepared(publication), now, actor.user_id
        row.save()
        entry.data["gaps"] = len(gaps(compare(row.ours, row.said, row.text)))
    return row


@dataclass(frozen=True, slots=True)
class AwardSending:
    """An award notice sent through one channel: instant (UTC) and the number that it gave back."""

    channel: str
    sent_at: datetime
    number: str


def notice_channels(call: Call) -> list[str]:
    """The roads of the contract notice that carry an award notice too, in a constant order."""
    return _in_order(call.publications.values_list("channel", flat=True))


def _in_order(channels: Iterable[str]) -> list[str]:
    used = set(channels)
    return [channel for channel in award_rules.CHANNELS if channel in used]


def award_notice_facts(lot: Lot, *, now: datetime, sendings: Iterable[AwardSending] = ()) -> law.AwardNoticeFacts:
    """The award notice of a lot as the rule book reads it; the first signature starts the delay."""
    sent_on = {one.channel: timezone.localdate(one.sent_at) for one in sendings}
    return replace(award_notices_facts([lot], now=now)[lot.pk], sent_on=sent_on)


def award_notices_facts(lots: Collection[Lot], *, now: datetime) -> dict[Any, law.AwardNoticeFacts]:
    """Award notices of several lots before any sending, by id of lot, in two queries; each lot holds its call."""
    contracts = Contract.objects.filter(lot__in=[lot.pk for lot in lots]).order_by()
    first = dict(contracts.values_list("lot_id").annotate(first=Min("signed_at")))
    channels: dict[Any, list[str]] = {}
    rows = Publication.objects.filter(call__in={lot.call_id for lot in lots})
    for call_id, channel in rows.values_list("call_id", "channel"):
        channels.setdefault(call_id, []).append(channel)
    return {
        lot.pk: law.AwardNoticeFacts(
            launch_date=launch_date(lot.call, now),
            procedure=lot.call.procedure,
            signed_on=timezone.localdate(first[lot.pk]) if first.get(lot.pk) else None,
            notice_channels=tuple(_in_order(channels.get(lot.call_id, ()))),
            sent_on={},
        )
        for lot in lots
    }


@record_refusals("notice.record_award", subject="lot")
def record_award_notice(
    *,
    lot: Lot,
    sendings: Iterable[AwardSending],
    actor: Actor,
    now: datetime,
    accepted: Mapping[str, str] | None = None,
) -> AwardNotice:
    """Record that the award notice of a lot left, with its fields as they stood (R2183-1, LR-84).

    `accepted` maps the warning of a late sending to its cause. Raises NotAllowed; Refusal for a second one, a sending
    without number or still to come; RuleViolation (LR-84). Records `notice.award_sent`.
    """
    require(actor, "notice.prepare", lot.call)
    sendings = list(sendings)
    with act(lot.call.chain, "notice.award_sent", actor=actor, now=now, subject=lot) as entry:
        if AwardNotice.objects.filter(lot=lot).exists():
            raise Refusal("L’envoi de l’avis d’attribution de ce lot est déjà consigné.")
        if not all(one.number.strip() for one in sendings):
            raise Refusal("Indiquez le numéro que chaque support a donné : il prouve l’envoi.")
        if any(one.sent_at > now for one in sendings):
            raise Refusal("Un avis ne peut pas être parti plus tard que maintenant : corrigez l’heure de son envoi.")
        facts = award_notice_facts(lot, now=now, sendings=sendings)
        pass_rules(lot.call, award_rules.check(facts), accepted=accepted, actor=actor, now=now)
        notice = AwardNotice(
            lot=lot,
            sendings=[
                {"channel": one.channel, "sent_at": canonical(one.sent_at), "number": one.number.strip()}
                for one in sendings
            ],
            sheet=request_document(
                kind=AWARD_SHEET,
                title=f"Avis d’attribution {lot.call.reference}, lot {lot.number}",
                template="pdf/notices/sheet.html",
                facts=award_facts(lot, now=now),
                subject=lot.call,
            ),
            recorded_at=now,
            recorded_by_id=actor.user_id,
        )
        notice.save()
        entry.data["channels"] = sorted(one.channel for one in sendings)
    return notice
