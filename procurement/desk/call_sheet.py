"""What the public page of one call says: need, money, criteria, documents, dates, changes. Never who answers."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from difflib import SequenceMatcher
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from marketplace.accounts.models import Organisation
from marketplace.ui.charts import Bar, Step
from marketplace.ui.formats import moment_words, short_moment_words
from marketplace.ui.templatetags.printing import NBSP
from procurement.calls.facts import launch_date, lot_facts, lots_with_everything
from procurement.calls.models import (
    Answer,
    AwardCriterion,
    Call,
    CallDocument,
    Cancellation,
    Lot,
    PeriodEnvelope,
    Phase,
    SubmissionPeriod,
)
from procurement.calls.models.call import Procedure
from procurement.desk.effort import Asked, Effort, effort_of
from procurement.law import advance
from procurement.law.estimate import estimated_value, partners_in


@dataclass(frozen=True)
class PhaseView:
    """A phase as firms read it; amounts in € HT, for one partner and for all."""

    phase: Phase
    partners: int
    pay: Decimal | None
    total: Decimal | None
    objectives: list[str]
    deliverables: list[str]


@dataclass(frozen=True)
class Advance:
    """The advance of one partner in € TTC, its rate in hundredths of a percent, whether the law makes it due."""

    amount_ttc: Decimal
    rate: int
    is_due: bool


@dataclass(frozen=True)
class LotView:
    """A lot as its public page shows it; amounts in € HT."""

    lot: Lot
    phases: list[PhaseView]
    criteria: list[Bar]
    selection: list[Bar]
    minimum: list[str]
    wanted: list[str]
    total: Decimal
    advance: Advance | None
    rights: list[tuple[str, list[tuple[str, str]]]]
    effort: Effort
    cancellation: Cancellation | None

    @property
    def closes_at(self) -> datetime | None:
        """First deadline of the lot."""
        return self.lot.timeline.candidatures_close_at

    @property
    def paid_phases(self) -> list[PhaseView]:
        """Phases that are paid as such; the others are paid by orders."""
        return [row for row in self.phases if row.pay]

    @property
    def pay(self) -> Decimal:
        """Most that one partner is paid for all phases, orders apart."""
        return sum((row.pay or Decimal(0) for row in self.phases), Decimal(0))

    @property
    def months(self) -> int:
        """Length of all phases."""
        return sum(row.phase.duration_months or 0 for row in self.phases)

    @property
    def partners(self) -> int:
        """Most partners of the first phase."""
        return self.phases[0].partners if self.phases else self.lot.partners_max or 1

    @property
    def acquisition(self) -> Any:
        """Limits of the purchase that may follow, None while they are not written."""
        return getattr(self.lot, "acquisition", None)

    @property
    def terms(self) -> Any:
        """Clauses of the contract, None while they are not written."""
        return getattr(self.lot, "terms", None)

    @property
    def is_given_up(self) -> bool:
        """Whether the lot ended before signature."""
        return bool(self.lot.timeline.cancelled_at or self.lot.timeline.unsuccessful_at)


def lot_views(call: Call, now: datetime) -> list[LotView]:
    """Everything of the lots that bidders decide upon, in a constant number of queries."""
    given_up = {one.lot_id: one for one in Cancellation.objects.filter(lot__call=call)}
    return [_lot_view(lot, call, given_up.get(lot.pk), now) for lot in lots_with_everything(call)]


def _lot_view(lot: Lot, call: Call, cancellation: Cancellation | None, now: datetime) -> LotView:
    facts = lot_facts(lot)
    phases = []
    for phase, known in zip(lot.phases.all(), facts.phases, strict=True):
        partners, pay = partners_in(facts, known), phase.remuneration_ht
        objectives = [_objective(one) for one in phase.objectives.all()]
        deliverables = [one.name for one in phase.deliverables.all()]
        phases.append(PhaseView(phase, partners, pay, pay and pay * partners, objectives, deliverables))
    required = list(lot.requirements.all())
    return LotView(
        lot=lot,
        phases=phases,
        criteria=_weights(one for one in lot.award_criteria.all() if one.parent_id is None),
        selection=_weights(lot.selection_criteria.all()),
        minimum=[one.text for one in required if one.is_minimum],
        wanted=[one.text for one in required if not one.is_minimum],
        total=estimated_value([facts]),
        advance=_advance(lot, phases, call, now),
        rights=_rights(phases),
        effort=effort_of(_asked(lot, call)),
        cancellation=cancellation,
    )


def _asked(lot: Lot, call: Call) -> Asked:
    """What an answer to the lot must hold, as it is announced now; offers that are not planned yet ask no document."""
    kinds = SubmissionPeriod.Kind
    by_kind = {period.kind: list(period.envelopes.all()) for period in lot.periods.all()}
    first = by_kind.get(kinds.CANDIDATURE, [])
    second = by_kind.get(kinds.INITIAL) or by_kind.get(kinds.FINAL) or []
    pieces = {True: 0, False: 0}
    for envelope in [*first, *by_kind.get(kinds.SINGLE_STEP, []), *second]:
        pieces[envelope.name == PeriodEnvelope.Name.CANDIDATURE] += len(envelope.expected_documents)
    criteria = list(lot.award_criteria.all())
    parents = {one.parent_id for one in criteria}
    return Asked(
        candidature_pieces=pieces[True],
        offer_pieces=pieces[False],
        selection_criteria=len(lot.selection_criteria.all()),
        award_criteria=sum(one.pk not in parents and one.tag != AwardCriterion.Tag.PRICE for one in criteria),
        requirements=len(lot.requirements.all()),
        priced_phases=len(lot.phases.all()),
        is_negotiated=call.procedure == Procedure.FORMALISED,
        is_signed_at_deposit=call.signature_at_deposit,
    )


def _weights(criteria: Iterable[Any]) -> list[Bar]:
    """Each weight out of the whole, so that bars compare from one call to another."""
    return [Bar(one.name, percent_words(one.weight), one.weight / 100) for one in criteria]


def percent_words(hundredths: int) -> str:
    """3500 → « 35 % »."""
    return f"{Decimal(hundredths) / 100:f}".replace(".", ",") + f"{NBSP}%"


def _objective(one: Any) -> str:
    if one.target is None:
        return one.indicator
    target = f"{one.target.normalize():f}".replace(".", ",")
    words = f"{one.indicator}{NBSP}: {one.get_comparison_display()} {target}"
    return f"{words}{NBSP}{one.unit}" if one.unit else words


def _advance(lot: Lot, phases: list[PhaseView], call: Call, now: datetime) -> Advance | None:
    """On the first phase, the only one that a notified contract performs; None where none is offered."""
    terms = getattr(lot, "terms", None)
    if terms is None or not terms.advance_rate or not phases or phases[0].pay is None:
        return None
    pay, months = phases[0].pay, phases[0].phase.duration_months
    with_vat = pay * (10_000 + terms.vat_rate) / 10_000
    amount = advance.amount_ttc(advance.base_ttc(with_vat, months), terms.advance_rate)
    is_due = advance.is_due(amount_ht=pay, months=months, on=launch_date(call, now))
    return Advance(amount, terms.advance_rate, is_due)


def _rights(phases: list[PhaseView]) -> list[tuple[str, list[tuple[str, str]]]]:
    """What phases say of rights; those that say the same are told together."""
    told: dict[tuple[tuple[str, str], ...], list[str]] = defaultdict(list)
    for row in phases:
        said = (
            (_("Ce que vous aviez déjà"), row.phase.ip_background),
            (_("Les résultats"), row.phase.ip_results),
            (_("Logiciels libres"), row.phase.ip_open_source),
        )
        if lines := tuple((label, text) for label, text in said if text):
            told[lines].append(str(row.phase))
    return [
        (_("Toutes les phases") if len(names) == len(phases) > 1 else ", ".join(names), list(lines))
        for lines, names in told.items()
    ]


# The order in which a firm reads the file.
READING_ORDER = {kind: rank for rank, kind in enumerate(CallDocument.Kind.values)}


def documents(call: Call) -> tuple[list[CallDocument], list[CallDocument]]:
    """Documents online once rendered: those in force, then those that a later version replaced (LR-39)."""
    by_slug: dict[str, list[CallDocument]] = defaultdict(list)
    for one in call.documents.standing().with_files().order_by("slug", "version"):
        if one.stored_file is not None:
            by_slug[one.slug].append(one)
    in_force = sorted((versions[-1] for versions in by_slug.values()), key=lambda one: READING_ORDER[one.kind])
    return in_force, [one for versions in by_slug.values() for one in versions[:-1]]


def is_one_step(call: Call, lots: list[LotView]) -> bool:
    """Whether candidature and offer are handed in together."""
    return call.procedure != Procedure.FORMALISED and all(
        view.lot.timeline.final_close_at == view.closes_at for view in lots
    )


def key_dates(
    call: Call, lots: list[LotView], now: datetime, *, questions_close_at: datetime | None = None
) -> list[Step]:
    """Publication, openings, end of questions, deadlines and signature; a date of one lot among several says which."""
    dated = {(_("Publication"), view.lot.timeline.published_at) for view in lots[:1]}
    dated.add((_("Fin des questions"), questions_close_at))
    together = is_one_step(call, lots)
    first = _("Heure limite des réponses") if together else _("Heure limite des candidatures")
    for view in lots:
        line, words = view.lot.timeline, f", {_('lot')} {view.lot.number}" if len(lots) > 1 else ""
        dated |= {
            (_("Ouverture des dépôts") + words, line.candidatures_open_at),
            (first + words, line.candidatures_close_at),
            (_("Heure limite des offres initiales") + words, line.initial_close_at),
            (_("Signature") + words, line.signed_at),
        }
        if not together:
            dated.add((_("Heure limite des offres finales") + words, line.final_close_at))
    steps, is_open = [], True
    for label, at in sorted((row for row in dated if row[1]), key=lambda row: (row[1], row[0])):
        is_done = at <= now
        steps.append(Step(label, state="done" if is_done else "now" if is_open else "next", at=at))
        is_open = is_open and is_done
    return steps


@dataclass(frozen=True)
class ChangedLine:
    """One answer of the buyer, changed word by word: (« same », « gone » or « new », words)."""

    label: str
    words: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Change:
    """What changed after publication: decided when, what, why, and what was written before and after."""

    at: datetime
    what: str
    reason: str
    lines: tuple[ChangedLine, ...] = ()


def changes(call: Call) -> list[Change]:
    """Changes since publication, the newest first; a later deadline says which hour rules now (LR-38, LR-39)."""
    moved: dict[datetime, list[str]] = defaultdict(list)
    periods = SubmissionPeriod.objects.filter(lot__call=call).select_related("lot").prefetch_related("deadlines")
    several_lots = len({period.lot_id for period in periods}) > 1
    for period in periods:
        _first, *later = sorted(period.deadlines.all(), key=lambda row: row.closes_at)
        for row in later:
            words = _("%(period)s : jusqu’au %(at)s") % {
                "period": period.get_kind_display(),
                "at": moment_words(row.closes_at),
            }
            moved[row.decided_at].append(f"{_('Lot')} {period.lot.number}, {words}" if several_lots else words)
    notices = sorted(call.change_notices.all(), key=lambda row: row.decided_at, reverse=True)
    return [
        Change(
            one.decided_at,
            ". ".join([one.what.rstrip("."), *moved.pop(one.decided_at, [])]),
            one.reason,
            tuple(ChangedLine(line["label"], word_by_word(line["before"], line["after"])) for line in one.lines),
        )
        for one in notices
    ]


def word_by_word(before: str, after: str) -> tuple[tuple[str, str], ...]:
    """What stays, goes and comes between two texts, in the order in which it is read."""
    old, new = before.split(), after.split()
    told: list[tuple[str, str]] = []
    for kind, first, last, begin, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            told.append(("same", " ".join(old[first:last])))
            continue
        told += [("gone", " ".join(old[first:last]))] if last > first else []
        told += [("new", " ".join(new[begin:end]))] if end > begin else []
    return tuple(told)


def history(call: Call, lots: list[LotView], made: list[Change], answers: Iterable[Answer] = ()) -> list[Step]:
    """Public history, the newest first: sendings of the notice, answers, changes, lots given up, signature."""
    published_at = next((view.lot.timeline.published_at for view in lots), None)
    first, corrective = _("Avis envoyé : %(channel)s"), _("Avis rectificatif envoyé : %(channel)s")
    lines = [
        (
            one.sent_at,
            (corrective if published_at and one.sent_at > published_at else first)
            % {"channel": one.get_channel_display()},
            one.receipt_number,
        )
        for one in call.publications.all()
    ]
    lines += [(view.lot.timeline.published_at, _("Appel publié"), "") for view in lots[:1]]
    lines += [(one.at, one.what, one.reason) for one in made]
    lines += [(one.answered_at, _("Réponse %(number)s publiée") % {"number": one.number}, "") for one in answers]
    for view in lots:
        words = f", {_('lot')} {view.lot.number}" if len(lots) > 1 else ""
        gone = view.cancellation
        if gone:
            lines.append((gone.decided_at, f"{gone.get_kind_display()}{words}", gone.reasons))
        lines.append((view.lot.timeline.signed_at, f"{_('Contrat signé')}{words}", ""))
    ordered = sorted((line for line in lines if line[0]), key=lambda line: line[0], reverse=True)
    return [Step(what, note, "done", at) for at, what, note in ordered]


def deadline_words(lots: list[LotView], now: datetime) -> list[str]:
    """Each lot's own deadline in words, when they differ; nothing when one sentence is true for all."""
    if len({view.closes_at for view in lots if not view.is_given_up}) <= 1:
        return []
    return [
        _("Lot %(number)s : %(at)s") % {"number": view.lot.number, "at": short_moment_words(view.closes_at)}
        + (f" ({_('clos')})" if view.closes_at < now or view.is_given_up else "")
        for view in lots
        if view.closes_at
    ]


@dataclass(frozen=True)
class Record:
    """What a buyer did here before: calls published, partnerships signed."""

    published: int
    signed: int


def record_of(buyer: Organisation) -> Record:
    """The buyer's record, in one query."""
    signed = Q(lots__timeline__signed_at__isnull=False)
    found = (
        Call.objects.published()
        .filter(lead_buyer=buyer)
        .aggregate(
            published=Count("pk", distinct=True),
            signed=Count("pk", distinct=True, filter=signed),
        )
    )
    return Record(**found)
