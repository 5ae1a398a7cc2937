"""Completes a call from our examples, and says so: one label in `completed` for each thing that is not a fact."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from marketplace.demo import examples
from marketplace.demo.identifiers import fictitious_siren, siret_on
from marketplace.demo.plan import (
    AcquisitionPlan,
    BidderPlan,
    BuyerPlan,
    CallPlan,
    EventPlan,
    FirmMetPlan,
    LotPlan,
    NeedPlan,
    PhasePlan,
    SourcePlan,
)
from marketplace.demo.real_calls import category_of

SIREN_DIGITS = 9
BIDDERS_BEYOND_PARTNERS = 2
BIDDERS_MIN = 4
# With that many partners, one of them fails its first phase and the others go on.
ENOUGH_TO_STOP_ONE = 4
CENT = Decimal("0.01")


def complete(plan: CallPlan, *, launched_on: date) -> CallPlan:
    """The same call with everything it needs to be played; `completed` grows by what was added."""
    return _Completion(plan, launched_on).result()


def as_is(plan: CallPlan, *, launched_on: date) -> CallPlan:
    """The same call with nothing added to it but what is deduced from facts: categories of buyers, day of the launch.

    Somebody must bid, or nothing can be played: bidders are those of the rehearsal, no fact of the call.
    """
    return replace(
        plan,
        launch_date=launched_on,
        buyer=_with_category(plan.buyer),
        co_buyers=tuple(_with_category(one) for one in plan.co_buyers),
        bidders=with_bidders(plan.bidders, plan.lots),
    )


def _with_category(buyer: BuyerPlan) -> BuyerPlan:
    return buyer if buyer.category else replace(buyer, category=category_of(buyer.name, buyer.identifier))


@dataclass
class _Completion:
    """One call being completed, in the order of the file."""

    plan: CallPlan
    launched_on: date
    labels: list[str] = field(default_factory=list)

    def result(self) -> CallPlan:
        plan = self.plan
        several = self._several()
        lots = self._each_lot([self._lot(lot, several=several) for lot in plan.lots or (LotPlan(title=plan.title),)])
        bidders = self._bidders(lots)
        return replace(
            plan,
            buyer=self._buyer(plan.buyer, 0, "l’acheteur"),
            co_buyers=tuple(self._buyer(one, n, f"« {one.name} »") for n, one in enumerate(plan.co_buyers, start=1)),
            convention=self._convention(),
            object=plan.object or self._example("Objet de l’appel", plan.title),
            need=self._need(),
            cpv=plan.cpv or self._example("Code CPV", examples.CPV),
            launch_date=self._launch_date(),
            partner_mode=plan.partner_mode or self._example("Un ou plusieurs partenaires", _mode(several)),
            supply_study=self._supply_study(),
            study_conclusion=plan.study_conclusion
            or self._example("Conclusion de l’étude de l’offre", examples.STUDY_CONCLUSION),
            firms_met=self._firms_met(),
            no_lots_reason=self._no_lots_reason(lots),
            lots=tuple(lots),
            bidders=bidders,
            events=plan.events or self._events(lots, bidders),
            completed=(*plan.completed, *dict.fromkeys(self.labels)),
        )

    def _example(self, label: str, value: Any) -> Any:
        self.labels.append(label)
        return value

    def _several(self) -> bool:
        if self.plan.partner_mode:
            return self.plan.partner_mode == "several"
        return any((lot.partners_max or examples.PARTNERS_MAX) > 1 for lot in self.plan.lots)

    def _launch_date(self) -> date:
        if self.plan.launch_date != self.launched_on:
            self.labels.append("Date de lancement")
        return self.launched_on

    def _buyer(self, buyer: BuyerPlan, number: int, who: str) -> BuyerPlan:
        """Identifier, category and address; an identifier that is given is never touched, even a wrong one."""
        digits = "".join(buyer.identifier.split())
        changes: dict[str, Any] = {}
        if not digits:
            changes["identifier"] = self._example(f"SIRET fictif de {who}", siret_on(fictitious_siren(number)))
        elif len(digits) == SIREN_DIGITS and digits.isdigit():
            changes["identifier"] = self._example(f"SIRET d’exemple de {who}, sur son SIREN", siret_on(digits))
        if not buyer.category:
            label = f"Catégorie de {who}, déduite de son identifiant ou de son nom"
            changes["category"] = self._example(label, category_of(buyer.name, buyer.identifier))
        if not buyer.address:
            changes |= self._example(f"Adresse de {who}", dict(examples.ADDRESS))
        return replace(buyer, **changes)

    def _convention(self) -> Any:
        if not self.plan.co_buyers:
            return self.plan.convention
        convention = self.plan.convention or examples.CONVENTION
        if convention.reference and convention.signed_on:
            return convention
        signed_on = convention.signed_on or self.launched_on - timedelta(days=60)
        reference = convention.reference or examples.CONVENTION.reference
        return self._example("Convention du groupement", replace(convention, reference=reference, signed_on=signed_on))

    def _need(self) -> NeedPlan:
        need = self.plan.need
        missing = [one.name for one in fields(need) if not getattr(need, one.name)]
        if missing:
            self.labels.append("Expression du besoin, en partie" if need.problem else "Expression du besoin")
        return replace(need, **{name: getattr(examples.NEED, name) for name in missing})

    def _supply_study(self) -> tuple[SourcePlan, ...]:
        sources = self.plan.supply_study or self._example("Étude de l’offre disponible", examples.SUPPLY_STUDY)
        return tuple(one if one.searched_on else replace(one, searched_on=self._day_of(one)) for one in sources)

    def _firms_met(self) -> tuple[FirmMetPlan, ...]:
        """Firms met: ours as soon as the study speaks of some and none is named (LR-28)."""
        firms = self.plan.firms_met
        if not firms and any(one.source == "firms_met" for one in self.plan.supply_study or examples.SUPPLY_STUDY):
            firms = self._example("Entreprises rencontrées", examples.FIRMS_MET)
        # A call that is rehearsed earlier than it was written for met its firms earlier too.
        if any(one.met_on and one.met_on > self.launched_on for one in firms):
            self.labels.append("Jour des rencontres, ramené avant le lancement joué")
        return tuple(
            one
            if one.met_on and one.met_on <= self.launched_on
            else replace(one, met_on=self.launched_on - timedelta(days=one.days_before or examples.DAYS_BEFORE))
            for one in firms
        )

    def _no_lots_reason(self, lots: list[LotPlan]) -> str:
        if self.plan.no_lots_reason or len(lots) > 1:
            return self.plan.no_lots_reason
        return self._example("Raison de ne faire qu’un lot", examples.NO_LOTS_REASON)

    def _day_of(self, source: SourcePlan) -> date:
        return self.launched_on - timedelta(days=source.days_before or examples.DAYS_BEFORE)

    def _each_lot(self, completed: list[tuple[LotPlan, list[str]]]) -> list[LotPlan]:
        """Gather labels: once when they hold for every lot, with the number of the lot otherwise."""
        shared = [label for label in completed[0][1] if all(label in labels for _, labels in completed)]
        self.labels.extend(shared)
        for number, (_, labels) in enumerate(completed, start=1):
            self.labels.extend(f"Lot {number} : {label}" for label in labels if label not in shared)
        return [lot for lot, _ in completed]

    def _lot(self, lot: LotPlan, *, several: bool) -> tuple[LotPlan, list[str]]:
        one = _LotCompletion(lot, launched_on=self.launched_on, category=_with_category(self.plan.buyer).category)
        return one.result(several=several, object_=self.plan.object or self.plan.title), one.labels

    def _bidders(self, lots: list[LotPlan]) -> tuple[BidderPlan, ...]:
        bidders = with_bidders(self.plan.bidders, lots)
        if len(bidders) > len(self.plan.bidders):
            self.labels.append("Soumissionnaires fictifs")
        return bidders

    def _events(self, lots: list[LotPlan], bidders: tuple[BidderPlan, ...]) -> tuple[EventPlan, ...]:
        """A real call is played with setbacks that its source does not tell: what the site refuses must be seen."""
        if not self.plan.history:
            return ()
        events = [EventPlan(event="order", lot=1, details={"level": 1, "reason": examples.MISSED_LEVEL})]
        for number, lot in enumerate(lots, start=1):
            if (lot.partners_max or 1) < ENOUGH_TO_STOP_ONE:
                continue
            best_first = sorted((one for one in bidders if number in one.lots), key=lambda one: -one.quality)
            stopped = {
                "phase": 1,
                "decision": "stop",
                "bidder": best_first[2].name,
                "reason": examples.OBJECTIVES_MISSED,
            }
            events.append(EventPlan(event="gate", lot=number, details=stopped))
        stops = ", partenaire arrêté" if len(events) > 1 else ""
        return self._example(f"Imprévus : commande tentée trop tôt{stops}", tuple(events))


def with_bidders(given: tuple[BidderPlan, ...], lots: Sequence[LotPlan]) -> tuple[BidderPlan, ...]:
    """Bidders two more than partners, four at least a lot: those of the file first, ours for the rest."""
    known = {one.identifier: replace(one, lots=one.lots or tuple(range(1, len(lots) + 1))) for one in given}
    pool = [one for one in examples.BIDDERS if one.identifier not in known]
    for number, lot in enumerate(lots, start=1):
        wanted = max(BIDDERS_MIN, (lot.partners_max or 1) + BIDDERS_BEYOND_PARTNERS)
        missing = wanted - sum(number in one.lots for one in known.values())
        # Lots share some bidders, not all: the second one begins further in the list.
        for one in (pool[2 * (number - 1) % len(pool) :] + pool)[: max(missing, 0)]:
            bidder = known.get(one.identifier, one)
            known[one.identifier] = replace(bidder, lots=(*bidder.lots, number))
    return tuple(known.values())


def _mode(several: bool) -> str:  # noqa: FBT001 - the answer to « several? »
    return "several" if several else "single"


class _LotCompletion:
    """One lot being completed."""

    def __init__(self, lot: LotPlan, *, launched_on: date, category: str) -> None:
        self.lot, self.launched_on, self.category = lot, launched_on, category
        self.labels: list[str] = []

    def result(self, *, several: bool, object_: str) -> LotPlan:
        lot = self.lot
        partners_max = lot.partners_max or self._example(
            "Nombre maximum de partenaires", examples.PARTNERS_MAX if several else 1
        )
        phases = self._phases(lot.phases or self._example("Phases", examples.PHASES))
        return replace(
            lot,
            object=lot.object or object_,
            partners_max=partners_max,
            phases=phases,
            requirements=self._requirements(),
            selection_criteria=lot.selection_criteria
            or self._example("Critères de sélection des candidats", examples.SELECTION_CRITERIA),
            award_criteria=lot.award_criteria
            or self._example("Critères d’attribution et leurs poids", examples.AWARD_CRITERIA),
            acquisition=self._acquisition(phases, partners_max),
            clauses=self._clauses(),
            limits={**examples.LIMITS, **lot.limits}
            if lot.limits
            else self._example("Limites de dépôt", dict(examples.LIMITS)),
        )

    def _example(self, label: str, value: Any) -> Any:
        self.labels.append(label)
        return value

    def _requirements(self) -> tuple[Any, ...]:
        given = self.lot.requirements
        if any(one.is_minimum for one in given):
            return given
        label = "Exigences minimales" if given else "Exigences"
        return (*given, *self._example(label, [one for one in examples.REQUIREMENTS if one.is_minimum or not given]))

    def _phases(self, phases: Iterable[PhasePlan]) -> tuple[PhasePlan, ...]:
        phases = list(phases)
        known = [one.remuneration_ht for one in phases if one.is_research and one.remuneration_ht is not None]
        pay = (sum(known) / len(known)).quantize(CENT) if known else examples.RESEARCH_PAY
        regime = next((one.ip_regime for one in phases if one.ip_regime), "")
        return tuple(self._phase(one, n, pay=pay, regime=regime) for n, one in enumerate(phases, start=1))

    def _phase(self, phase: PhasePlan, number: int, *, pay: Decimal, regime: str) -> PhasePlan:
        where = f"de la phase {number} (« {phase.name} »)"
        research = phase.is_research
        changes: dict[str, Any] = {}

        def fill(name: str, label: str, value: Any) -> None:
            if not getattr(phase, name):
                changes[name] = self._example(f"{label} {where}", value)

        fill("objectives", "Objectifs mesurables", _for(research, "OBJECTIVES"))
        if any(one.target is None for one in phase.objectives):
            marks = _for(research, "OBJECTIVES")[0]
            changes["objectives"] = self._example(
                f"Cible d’un objectif {where}",
                tuple(
                    one if one.target is not None else replace(one, target=marks.target, unit=one.unit or marks.unit)
                    for one in phase.objectives
                ),
            )
        fill("duration_months", "Durée", _for(research, "MONTHS"))
        fill("deliverables", "Livrables", _for(research, "DELIVERABLES"))
        if research and phase.remuneration_fixed_ht is None:
            changes["remuneration_fixed_ht"] = self._example(f"Rémunération {where}", pay)
        fill("ip_regime", "Propriété intellectuelle", regime or examples.IP_REGIME)
        fill("ip_background", "Droits antérieurs", examples.IP_BACKGROUND)
        fill("ip_open_source", "Part des logiciels libres", examples.IP_OPEN_SOURCE)
        fill("acceptance_days", "Délai de vérification", examples.ACCEPTANCE_DAYS)
        return replace(phase, **changes)

    def _acquisition(self, phases: Iterable[PhasePlan], partners_max: int) -> AcquisitionPlan:
        given = self.lot.acquisition or AcquisitionPlan()
        research = sum((one.remuneration_ht or Decimal(0) for one in phases if one.is_research), Decimal(0))
        total = given.total_cost_max or self._example(
            "Coût total maximum des acquisitions, en proportion de la recherche",
            research * examples.PURCHASE_TIMES_RESEARCH,
        )
        quantity = given.quantity_max or self._example("Quantité maximum des acquisitions", examples.QUANTITY_MAX)
        return replace(
            given,
            total_cost_max=total,
            quantity_max=quantity,
            quantity_unit=given.quantity_unit or examples.QUANTITY_UNIT,
            unit_cost_max=given.unit_cost_max
            or self._example("Coût unitaire maximum des acquisitions", (total / quantity).quantize(CENT)),
            levels=given.levels or self._example("Niveaux de performance à atteindre", examples.LEVELS),
            split=given.split or (self._example("Répartition des achats", "equal") if partners_max > 1 else "equal"),
        )

    def _clauses(self) -> dict[str, Any]:
        texts = {
            **examples.CLAUSES,
            "advance_rate": ("avance", examples.ADVANCE_RATES.get(self.category, examples.ADVANCE_RATE)),
            "price_month": ("mois des prix", self.launched_on.replace(day=1)),
        }
        missing = {name: text for name, text in texts.items() if name not in self.lot.clauses}
        if missing:
            self.labels.append(f"Clauses du contrat : {', '.join(label for label, _ in missing.values())}")
        return {**{name: value for name, (_, value) in missing.items()}, **self.lot.clauses}


def _for(research: bool, what: str) -> Any:  # noqa: FBT001 - the kind of a phase
    return getattr(examples, f"{'RESEARCH' if research else 'ACQUISITION'}_{what}")
