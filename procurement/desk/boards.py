"""What the boards of a buyer show: what to do first, calls by stage, and one call in figures, dates and money.

Before an opening nothing here depends on what came in: dates, amounts and keys only (sealed-bids B.9).
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property

from django.db.models import Case, CharField, Count, Exists, Min, OuterRef, Q, QuerySet, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from marketplace.accounts.actors import Actor
from marketplace.ui.charts import Bar, Gantt, GanttRow, Span, bars
from marketplace.ui.formats import euros_words, short_day_words, short_moment_words, time_left_words
from marketplace.ui.todo import Todo, by_due_date
from procurement.calls import todo as calls_todo
from procurement.calls.models import Call, DirectPurchase, Lot, SubmissionPeriod, TeamMember
from procurement.calls.models.call import Procedure
from procurement.calls.stages import Stage, stage
from procurement.contracts import todo as contracts_todo
from procurement.contracts.figures import Budget, budget_of, calendar_of
from procurement.contracts.models import Contract
from procurement.contracts.reading import Dossier, dossiers, with_details
from procurement.correspondence import todo as correspondence_todo
from procurement.desk.call_sheet import LotView
from procurement.evaluation import todo as evaluation_todo
from procurement.evaluation.models import AwardedPartner, Bid, Candidate
from procurement.law.calendar import add_months
from procurement.notices import todo as notices_todo
from procurement.submissions import todo as submissions_todo

TODOS_SHOWN = 5
FIGURES_SHOWN = 4
ROOMS = (calls_todo, correspondence_todo, submissions_todo, evaluation_todo, contracts_todo, notices_todo)

GROUPS = {
    "1": gettext_lazy("En préparation"),
    "2": gettext_lazy("Publiés, réponses attendues"),
    "3": gettext_lazy("Choix en cours"),
    "4": gettext_lazy("Contrats et phases"),
    "5": gettext_lazy("Arrêtés"),
}
"""Groups of the board, from what is to be written to what is over; a call goes with its least advanced lot alive."""


def todos_of(calls: Iterable[Call], actor: Actor, now: datetime) -> list[Todo]:
    """Everything to do in these calls, the most pressing first; the queries do not grow with the calls."""
    calls = list(calls)
    return by_due_date([one for room in ROOMS for one in room.todos(calls=calls, actor=actor, now=now)])


def calls_to_act_on(actor: Actor) -> QuerySet[Call]:
    """Calls in which the actor holds a role and that were not given up: the others ask nothing of them."""
    mine = TeamMember.objects.filter(call=OuterRef("pk"), user_id=actor.user_id, until=None)
    alive = Lot.objects.filter(call=OuterRef("pk"), timeline__cancelled_at=None, timeline__unsuccessful_at=None)
    return Call.objects.visible_to(actor).filter(Exists(mine), Exists(alive)).select_related("lead_buyer")


def by_group(calls: QuerySet[Call], now: datetime) -> QuerySet[Call]:
    """Calls with their group, the groups in order, the newest first in each."""
    line = "lots__timeline__"
    group = Case(
        When(Q(**{f"{line}cancelled_at__lte": now}) | Q(**{f"{line}unsuccessful_at__lte": now}), then=Value("5")),
        When(Q(**{f"{line}signed_at__lte": now}), then=Value("4")),
        When(Q(procedure=Procedure.DIRECT, **{f"{line}winner_cleared_at__lte": now}), then=Value("4")),
        When(Q(**{f"{line}candidatures_close_at__lt": now}), then=Value("3")),
        When(Q(**{f"{line}published_at__lte": now}), then=Value("2")),
        default=Value("1"),
        output_field=CharField(),
    )
    return calls.annotate(group=Min(group)).order_by("group", "-created_at", "reference")


@dataclass(frozen=True)
class Line:
    """A call of the board: its group in words, the stage of its least advanced lot alive, its next date."""

    call: Call
    group: str
    stage: Stage
    next_date: datetime | None


def lines(calls: Iterable[Call], now: datetime) -> list[Line]:
    """Calls read by `by_group`, with lots and timelines prefetched."""
    made = []
    for call in calls:
        lots = list(call.lots.all())
        reached = min((stage(lot.timeline, now) for lot in lots), key=list(Stage).index)
        dates = [at for lot in lots for at in _dates(lot) if at > now]
        made.append(Line(call, str(GROUPS[call.group]), reached, min(dates, default=None)))
    return made


def _dates(lot: Lot) -> list[datetime]:
    line = lot.timeline
    known = (line.candidatures_open_at, line.candidatures_close_at, line.initial_close_at, line.final_close_at)
    return [at for at in known if at]


class Overview:
    """One call at a glance, read in a constant number of queries."""

    def __init__(self, call: Call, lots: Sequence[LotView], now: datetime) -> None:
        self.call, self.lots, self.now = call, lots, now
        contracts = with_details(Contract.objects.filter(lot__call=call))
        self.dossiers: list[Dossier] = dossiers(contracts.order_by("lot__number", "rank"), now)
        periods = SubmissionPeriod.objects.filter(lot__call=call).select_related("lot").prefetch_related("deadlines")
        self.periods = sorted(periods, key=lambda one: (one.opens_at, one.lot.number))

    @property
    def lots_with_contracts(self) -> list[Lot]:
        """Lots that have a budget page."""
        return list(dict.fromkeys(row.contract.lot for row in self.dossiers))

    @cached_property
    def budget(self) -> Budget:
        """Planned, committed and paid on all contracts."""
        return budget_of(self.dossiers)

    @property
    def figures(self) -> list[tuple[str, str]]:
        """Figures with what they count: of the partnership once it runs, of the call before."""
        return (self._of_contracts() if self.dossiers else self._of_call())[:FIGURES_SHOWN]

    def _of_contracts(self) -> list[tuple[str, str]]:
        running = [row for row in self.dossiers if not row.has_ended]
        words = ngettext(
            "partenaire actif, sur %(n)s au départ", "partenaires actifs, sur %(n)s au départ", len(running)
        )
        found = [(str(len(running)), words % {"n": len(self.dossiers)})]
        owed = [one for row in running for phase in row.phases if phase.is_open for one in phase.deliverables]
        if owed:
            done = sum(one.is_accepted for one in owed)
            words = ngettext("livrable admis, sur %(n)s attendus", "livrables admis, sur %(n)s attendus", done)
            found.append((str(done), words % {"n": len(owed)}))
        found.append((euros_words(self.budget.committed), _("engagés HT")))
        found.append((euros_words(self.budget.paid), _("payés HT")))
        return found

    def _of_call(self) -> list[tuple[str, str]]:
        if self.call.is_purchase:
            return self._of_purchase()
        found = []
        coming = [(period.closes_at(), period) for period in self.periods if period.closes_at() > self.now]
        if coming and self.call.is_published:
            at, period = min(coming, key=lambda one: one[0])
            words = _("avant l’heure limite, %(period)s") % {"period": period.get_kind_display().lower()}
            found.append((time_left_words(at, self.now), words))
        total = sum((view.total for view in self.lots), Decimal(0))
        found.append((euros_words(total), _("de valeur estimée HT, achats compris")))
        partners = sum(view.partners for view in self.lots)
        found.append((str(partners), ngettext("partenaire au plus", "partenaires au plus", partners)))
        if months := max((view.months for view in self.lots), default=0):
            found.append((_("%(months)s mois") % {"months": months}, _("de phases, si le partenariat va au bout")))
        return found

    def _of_purchase(self) -> list[tuple[str, str]]:
        purchase = DirectPurchase.objects.filter(call=self.call).annotate(considered=Count("offers")).first()
        if purchase is None:
            return []
        words = ngettext("offre examinée", "offres examinées", purchase.considered)
        return [(euros_words(purchase.value_ht), _("de besoin estimé HT")), (str(purchase.considered), words)]

    @property
    def calendar(self) -> Gantt | None:
        """Periods of the call, then the phases of each contract, or those planned while there is none."""
        today = timezone.localdate(self.now)
        several_lots = len(self.lots) > 1
        rows = [_period_row(period, several_lots=several_lots) for period in self.periods]
        legend = [("info", _("Dépôts"))] if rows else []
        if self.dossiers:
            of_contracts = calendar_of(self.dossiers, self.now)
            rows += of_contracts.rows
            legend += of_contracts.legend
        else:
            begin = max([today, *(row.spans[0].end for row in rows)])
            planned = [row for view in self.lots for row in _planned(view, begin, several_lots=several_lots)]
            rows += planned
            legend += [("sun", _("Prévu, si la signature suit aussitôt"))] if planned else []
        return Gantt(rows=rows, today=today, legend=legend) if rows else None

    @property
    def funnel(self) -> list[Bar]:
        """From candidatures to partners in phase: only what was opened is counted, so nothing shows before (B.9)."""
        lots = [view.lot for view in self.lots]
        candidates, bids = Candidate.objects.filter(lot__in=lots), Bid.objects.filter(lot__in=lots)
        chosen = AwardedPartner.objects.filter(decision__lot__in=lots, eliminated_at=None)
        counted = [
            (_("Candidatures ouvertes"), candidates.count()),
            (_("Candidats invités"), candidates.filter(decision__is_selected=True).count()),
            (_("Offres initiales ouvertes"), bids.filter(stage=Bid.Stage.INITIAL).count()),
            (_("Offres finales ouvertes"), bids.filter(stage__in=Bid.AWARDABLE_STAGES).count()),
            (_("Partenaires choisis"), chosen.count()),
        ]
        begun = Counter(phase.phase.number for row in self.dossiers for phase in row.phases if phase.phase.started_at)
        in_phase = _("Partenaires en phase %(number)s")
        counted += [(in_phase % {"number": number}, count) for number, count in sorted(begun.items())]
        return bars([(label, count, str(count)) for label, count in counted if count])


def _period_row(period: SubmissionPeriod, *, several_lots: bool) -> GanttRow:
    begin, end = timezone.localdate(period.opens_at), timezone.localdate(period.closes_at())
    label = period.get_kind_display()
    if several_lots:
        label = _("%(label)s, lot %(number)s") % {"label": label, "number": period.lot.number}
    words = _("du %(begin)s au %(end)s") % {
        "begin": short_day_words(begin),
        "end": short_moment_words(period.closes_at()),
    }
    return GanttRow(label, words, [Span(begin, end, "info")])


def _planned(view: LotView, begin: date, *, several_lots: bool) -> list[GanttRow]:
    rows = []
    for row in view.phases:
        months = row.phase.duration_months
        if not months:
            continue
        end = add_months(begin, months)
        label = str(row.phase)
        if several_lots:
            label = _("%(label)s, lot %(number)s") % {"label": label, "number": view.lot.number}
        rows.append(GanttRow(label, _("%(months)s mois, prévue") % {"months": months}, [Span(begin, end, "sun")]))
        begin = end + timedelta(days=1)
    return rows
