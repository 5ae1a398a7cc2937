"""A call that lacks nothing, one small change away from a refusal: each rule asked through the act of publishing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from marketplace.journal.models import Chain, Entry
from procurement.calls.models import AcceptedWarning, Call, Lot, LotTimeline, Publication, SubmissionPeriod
from procurement.calls.services import drafts, periods, publishing
from procurement.law import registry
from procurement.law.calendar import next_working_day
from procurement.law.findings import RuleViolation
from tests.calls.builders import Team, plan_candidatures, sendings, write_call
from tests.factories import within_act

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PROFILE_DECLARED_ON = "2025-01-15"

# A reason for whatever asks for one: what still refuses then is a block.
EVERY_REASON = dict.fromkeys(registry.rules(), "Choix expliqué.")


@dataclass
class Draft:
    """A call about to be published. `asked`: how the publication differs from the usual one."""

    call: Call
    team: Team
    now: datetime
    asked: dict[str, Any] = field(default_factory=dict)

    @property
    def lot(self) -> Lot:
        """Its only lot, as it stands."""
        return self.call.lots.get()

    @property
    def common(self) -> dict[str, Any]:
        """Who writes, and when."""
        return {"actor": self.team.author, "now": self.now}

    def store(self, fn: Callable[[], Any]) -> None:
        """Change rows that no service of the draft writes, or not to such values."""
        within_act(fn, chain=self.call.chain, at=self.now)

    def publish(self, accepted: Mapping[str, str]) -> Call:
        """The act, by the validator, with both notices sent now."""
        given = {"sendings": sendings(self.now), "actor": self.team.validator, "now": self.now}
        return publishing.publish(call=self.call, accepted=accepted, **given | self.asked)


Change = Callable[[Draft], object]


def keys_proved(planned: list[SubmissionPeriod], at: datetime) -> None:
    """What the rehearsal of the custodians leaves behind; the room above makes it."""
    for period in planned:
        period.keys_ready_at = at
        within_act(period.save, chain=period.lot.call.chain, at=at)


def ready(team: Team, now: datetime = NOW) -> Draft:
    """Everything written, planned, proved and online."""
    call = write_call(team, now)
    days = (next_working_day(now.date() + timedelta(days=36)) - now.date()).days
    keys_proved(plan_candidatures(call, team, now, days=days), now)
    publishing.put_documents_online(call=call, actor=team.validator, now=now)
    return Draft(Call.objects.get(pk=call.pk), team, now)


def _kept(draft: Draft) -> tuple[object, ...]:
    """Whatever a publication would leave, and the head of the journal, which moves with any row of the call."""
    timeline = LotTimeline.objects.get(lot=draft.lot)
    return (
        Chain.objects.get(key=draft.call.chain).head,
        Call.objects.get(pk=draft.call.pk).criteria_digest,
        Publication.objects.count(),
        AcceptedWarning.objects.count(),
        timeline.published_at,
        Entry.objects.filter(act="call.published").count(),
    )


def refuse(draft: Draft, rule: str, accepted: Mapping[str, str]) -> None:
    """The publication is refused by that rule alone, leaves nothing behind, and the attempt is kept."""
    before = _kept(draft)
    with pytest.raises(RuleViolation) as refusal:
        draft.publish(accepted)
    assert refusal.value.rules == [rule]
    assert _kept(draft) == before
    assert Entry.objects.filter(act="call.publish.refused").latest("seq").data["rules"] == [rule]


def publish(draft: Draft) -> None:
    """The publication goes through, with no reason written for anything: no rule finds anything."""
    publishing.put_documents_online(call=draft.call, actor=draft.team.validator, now=draft.now)
    assert draft.publish({}).is_published
    assert not AcceptedWarning.objects.exists()
    assert Entry.objects.filter(act="call.published").count() == 1


def blocks(draft: Draft, rule: str, spoil: Change, mend: Change) -> None:
    """No reason passes what `spoil` does; `mend` is the least that lets the very same call go through."""
    spoil(draft)
    refuse(draft, rule, EVERY_REASON)
    mend(draft)
    publish(draft)


def warns(draft: Draft, rule: str, spoil: Change, mend: Change) -> None:
    """A written reason passes what `spoil` does, and is kept; `mend` is the least that needs none."""
    spoil(draft)
    refuse(draft, rule, {one: reason for one, reason in EVERY_REASON.items() if one != rule})
    refuse(draft, rule, {rule: "  "})
    publishing.put_documents_online(call=draft.call, actor=draft.team.validator, now=draft.now)
    # Acts are transactions of their own: a bare savepoint is all that may stand around them.
    before = transaction.savepoint()
    assert draft.publish({rule: "Choix expliqué."}).is_published
    assert AcceptedWarning.objects.get(call=draft.call).rule == rule
    transaction.savepoint_rollback(before)
    mend(draft)
    publish(draft)


def both(*changes: Change) -> Change:
    """Several changes, one after the other."""
    return lambda draft: [change(draft) for change in changes]


def nothing(draft: Draft) -> None:
    """The call as it stands."""


def asked(**changes: Any) -> Change:
    """Publish another way."""
    return lambda draft: draft.asked.update(changes)


def of_call(**fields: Any) -> Change:
    """Fields of the call."""
    return lambda draft: drafts.save_call(call=draft.call, fields=fields, **draft.common)


def of_lot(**fields: Any) -> Change:
    """Fields of the lot."""
    return lambda draft: drafts.save_lots(call=draft.call, lots=[fields], **draft.common)


def need(**fields: Any) -> Change:
    """The need."""
    return lambda draft: drafts.save_need(call=draft.call, fields=fields, **draft.common)


def terms(**fields: Any) -> Change:
    """The clauses of the contract."""
    return lambda draft: drafts.save_terms(lot=draft.lot, fields=fields, **draft.common)


def firms(*rows: Mapping[str, Any]) -> Change:
    """The firms met."""
    return lambda draft: drafts.save_consulted_firms(call=draft.call, rows=rows, **draft.common)


def requirements(*rows: Mapping[str, Any]) -> Change:
    """What every tender must hold."""
    return lambda draft: drafts.save_requirements(lot=draft.lot, rows=rows, **draft.common)


def selection(*rows: Mapping[str, Any]) -> Change:
    """The criteria that choose candidates."""
    return lambda draft: drafts.save_selection_criteria(lot=draft.lot, rows=rows, **draft.common)


def award(*rows: Mapping[str, Any]) -> Change:
    """The criteria that rank tenders."""
    return lambda draft: drafts.save_award_criteria(lot=draft.lot, rows=rows, **draft.common)


def acquisition(**fields: Any) -> Change:
    """The limits of the purchase, its levels kept."""

    def change(draft: Draft) -> None:
        terms = draft.lot.acquisition
        for name, value in fields.items():
            setattr(terms, name, value)
        draft.store(terms.save)

    return change


def phase(number: int, **fields: Any) -> Change:
    """One phase."""

    def change(draft: Draft) -> None:
        row = draft.lot.phases.get(number=number)
        for name, value in fields.items():
            setattr(row, name, value)
        draft.store(row.save)

    return change


def worth(value: Decimal) -> Change:
    """A call of that estimated value: twice 5 % for research, the rest for the purchase, whichever way it is said."""
    research = (value / 20).quantize(Decimal("0.01"))
    purchase = value - 2 * research
    return both(
        phase(1, remuneration_fixed_ht=research, remuneration_result_ht=Decimal(0)),
        phase(2, remuneration_fixed_ht=purchase),
        acquisition(total_cost_max_ht=None),
        of_lot(estimated_acquisition_ht=None),
    )


def closing(at: datetime | timedelta, kind: str = "candidature") -> Change:
    """The first period, closing at that instant or so long after the sending, its keys proved again."""

    def change(draft: Draft) -> None:
        when = draft.now + at if isinstance(at, timedelta) else at
        period = periods.plan_period(
            lot=draft.lot, kind=kind, opens_at=draft.now, closes_at=when,
            expected_documents={"candidature": ["Présentation de l’équipe"]}, **draft.common,
        )  # fmt: skip
        keys_proved([period], draft.now)

    return change


def buyer(**fields: Any) -> Change:
    """The lead buyer."""

    def change(draft: Draft) -> None:
        row = draft.call.lead_buyer
        for name, value in fields.items():
            setattr(row, name, value)
        within_act(row.save, at=draft.now)

    return change
