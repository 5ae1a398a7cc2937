"""The corrective notice: the one road by which a published call changes (R2151-4, LR-38, LR-39)."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import require
from marketplace.journal.acts import act, record_refusals
from marketplace.journal.errors import Refusal
from procurement.calls.changed import changed_codes, lots_touched, texts_of
from procurement.calls.facts import criteria_digest, launch_date
from procurement.calls.live import next_deadline, running_periods
from procurement.calls.models import Call, ChangeNotice, Lot, News, Publication, SubmissionPeriod
from procurement.calls.services.drafts import CORRECTION
from procurement.calls.services.following import announce
from procurement.calls.services.periods import FIRST_KINDS, move_all
from procurement.calls.services.publishing import Sending, write_pieces
from procurement.calls.services.reasons import keep_reasons
from procurement.law import changes
from procurement.law.facts import EditFacts, PeriodFacts
from procurement.law.findings import refuse


@record_refusals("call.correct")
def correct(
    *,
    call: Call,
    write: Callable[[], None],
    what: str,
    reason: str,
    lines: Iterable[Mapping[str, str]],
    sendings: Iterable[Sending],
    actor: Actor,
    now: datetime,
    closes_at: datetime | None = None,
    accepted: Mapping[str, str] | None = None,
) -> ChangeNotice:
    """Change a published call: new texts, new rules online, notice in the same media, deadline moved for all.

    `write` calls the services of the writing (`drafts`), which let the correction pass; `lines` says what was written
    before and after (label, before, after). `closes_at`: the new deadline of every running period. Raises NotAllowed;
    Refusal when nothing changes, for what no notice moves, or without proof of the sendings; RuleViolation (LR-16,
    LR-38, LR-39). Records `call.corrected`: nothing of it is kept unless all is.
    """
    require(actor, "call.change", call)
    accepted, sendings = accepted or {}, list(sendings)
    with act(call.chain, CORRECTION, actor=actor, now=now, subject=call) as entry:
        call = Call.objects.select_related("lead_buyer").get(pk=call.pk)
        if not call.is_published:
            raise Refusal(_("Cet appel n’est pas publié : modifiez-le dans ses écrans."))
        if not (what.strip() and reason.strip()):
            raise Refusal(_("Écrivez ce qui change et pourquoi : l’avis rectificatif le publie (R2151-4)."))
        _refuse_unproved(call, sendings, now)
        periods, digest, before = running_periods(call, now), criteria_digest(call), texts_of(call, now)
        # The database refuses any change of what is frozen: it is lifted for this act, and frozen anew at its end.
        frozen, call.criteria_digest = call.criteria_digest, ""
        call.save()
        write()
        after = texts_of(call, now)
        changed = changed_codes(before, after)
        if not changed:
            raise Refusal(_("Rien n’a changé dans cet écran : modifiez un texte, ou revenez à l’appel."))
        if "fixed" in changed:
            raise Refusal(
                _(
                    "Un avis rectificatif ne change ni les lots, ni la procédure, ni les acheteurs, ni l’adresse de "
                    "dépôt : déclarez l’appel sans suite et relancez-le."
                )
            )
        moved = move_all(periods, closes_at, reason=reason, actor=actor, now=now, accepted=accepted)
        weighed = lots_touched(before, after, (code for code in changed if code in changes.WEIGHS_ON_TENDERS))
        lots = [lot for place, lot in enumerate(call.lots.order_by("number")) if place in weighed]
        facts = _facts(
            call,
            changed,
            lots,
            periods,
            moved,
            closes_at=closes_at,
            frozen=frozen,
            digest=digest,
            sendings=sendings,
            now=now,
        )
        found = changes.check_edit_after_publication(facts)
        refuse(found, accepted)
        keep_reasons(call, found, accepted, actor=actor, now=now)
        call = Call.objects.get(pk=call.pk)
        call.criteria_digest = criteria_digest(call)
        call.save()
        write_pieces(call, reason=reason.strip(), actor=actor, now=now)
        for one in sendings:
            Publication(
                call=call, channel=one.channel, sent_at=one.sent_at, receipt_number=one.receipt_number,
                published_at=one.published_at,
            ).save()  # fmt: skip
        notice = ChangeNotice(
            call=call, decided_at=now, decided_by_id=actor.user_id, what=what.strip(), reason=reason.strip(),
            lines=[dict(line) for line in lines],
        )  # fmt: skip
        notice.save()
        entry.data["changed"] = list(changed)
        entry.data["criteria_digest"] = call.criteria_digest
        announce(call, News.Kind.CHANGED, what=what, reason=reason, closes_at=closes_at, now=now)
    return notice


def _refuse_unproved(call: Call, sendings: list[Sending], now: datetime) -> None:
    """The notice leaves by the roads of the first one, each with its proof (R2151-4)."""
    first = set(call.publications.values_list("channel", flat=True))
    if first - {one.channel for one in sendings if one.receipt_number.strip()}:
        raise Refusal(
            _("L’avis rectificatif part par les mêmes supports que l’avis : indiquez pour chacun son numéro d’accusé.")
        )
    if any(one.sent_at > now for one in sendings):
        raise Refusal(_("Un avis ne peut pas être parti plus tard que maintenant : indiquez l’heure de son envoi."))


def _facts(
    call: Call,
    changed: tuple[str, ...],
    weighed: list[Lot],
    periods: list[SubmissionPeriod],
    moved: list[SubmissionPeriod],
    *,
    closes_at: datetime | None,
    frozen: str,
    digest: str,
    sendings: list[Sending],
    now: datetime,
) -> EditFacts:
    # Once firms applied on the old texts of a lot, what weighs on its tenders is past changing, whatever period comes
    # next and however long other lots run; a lot given up binds nobody.
    alive = {f"lot__timeline__{fact}": None for fact in ("cancelled_at", "unsuccessful_at")}
    first = SubmissionPeriod.objects.filter(lot__in=weighed, kind__in=FIRST_KINDS, **alive)
    bind = list(first.prefetch_related("deadlines")) if weighed else periods
    following = [one for one in periods if one.kind not in FIRST_KINDS and one.lot in weighed]
    sent_on = max((timezone.localdate(one.sent_at) for one in sendings), default=None)
    new_period = closes_at and bind and PeriodFacts(
        kind=bind[0].kind, procedure=call.procedure, launch_date=launch_date(call, now), notice_sent_on=sent_on,
        closes_at=closes_at,
    )  # fmt: skip
    return EditFacts(
        now=now,
        launch_date=launch_date(call, now),
        changed=changed,
        deadline=next_deadline(bind),
        negotiation_open=bool(following),
        corrective_notice=True,
        documents_corrected=True,
        new_period=new_period or None,
        closes_at=next_deadline(moved),
        frozen_hash=frozen,
        current_hash=digest,
    )
