"""Real innovation partnerships (« govtech-real-calls/1 ») turned into calls to play.

Facts of the file come first, then its `demo_fill` (values invented for demonstrations, always told as such). What is
still missing is left to `completion`. True dates are kept as history: parameters of the law exist by launch date.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from cms.catalogue.domains import DOMAINS
from marketplace.demo.plan import (
    FULL_WEIGHT,
    AcquisitionPlan,
    AwardCriterionPlan,
    BuyerPlan,
    CallPlan,
    LotPlan,
    NeedPlan,
    PhasePlan,
)
from marketplace.demo.reading import InputError

REAL_CALLS_FORMAT = "govtech-real-calls/1"
KINDS = {"recherche-developpement": "research", "acquisition": "acquisition"}

# Where no criterion bears on the environment, one is added and the others make room for it (LR-20).
ENVIRONMENT_WEIGHT = 1_000
_PRICE_WORDS = re.compile(r"\b(prix|coûts?)\b", re.IGNORECASE)
_ENVIRONMENT_WORDS = re.compile(r"environnement|empreinte", re.IGNORECASE)
_HEALTH_WORDS = re.compile(r"\b(hôpital|hôpitaux|hospitali\w+|chu|chru|santé|ehpad)\b", re.IGNORECASE)


def read_real_calls(value: Mapping[str, Any], *, with_demo_fill: bool = True) -> list[CallPlan]:
    """Every call of the file, foreign ones included. Raises InputError naming the first that is not as expected."""
    plans = []
    for number, call in enumerate(value.get("calls") or (), start=1):
        try:
            plans.append(_Mapping(call, with_demo_fill=with_demo_fill).plan())
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            place = call.get("id", number) if isinstance(call, dict) else number
            raise InputError([f"« calls[{place}] » n’a pas la forme attendue : {error!r}."]) from error
    if not plans:
        raise InputError(["« calls » est vide : il faut au moins un appel."])
    return plans


@dataclass
class _Mapping:
    """One call on its way to the format of the site; `completed` gathers what is not a fact."""

    call: Mapping[str, Any]
    with_demo_fill: bool
    completed: list[str] = field(default_factory=list)

    def plan(self) -> CallPlan:
        """The call, as far as the file tells it."""
        call = self.call
        if self.with_demo_fill:
            self._complete("Équipe de l’appel : personnes fictives")
        lots = self._lots()
        buyer, co_buyers = self._buyers()
        return CallPlan(
            id=call["id"],
            country=call["country"],
            buyer=buyer,
            co_buyers=co_buyers,
            title=call["title"],
            object=call["object"],
            need=NeedPlan(problem=call["need_not_met"], users=self._cited_partners(co_buyers)),
            cpv=self._cpv(),
            domain=call.get("domain") or "",
            partner_mode=self._partner_mode(),
            lots=lots,
            completed=tuple(self.completed),
            history=tuple(_history(call.get("timeline") or ())),
        )

    @property
    def _demo_fill(self) -> Mapping[str, Any]:
        return self.call["demo_fill"] if self.with_demo_fill else {}

    def _buyers(self) -> tuple[BuyerPlan, tuple[BuyerPlan, ...]]:
        """The lead buyer, and the others where the source says that they buy together."""
        told = self.call["buyer"]
        identifier = told.get("siret") or told.get("siren") or ""
        name, others = told["name"], []
        if self.call.get("partners", {}).get("joint_buyers"):
            others = [re.sub(r"\s*\(.*\)", "", partner) for partner in told["partners"]]
        elif self.call["country"] == "FR" and not identifier and " et " in name:
            # « Syctom et SIAAP » : two legal persons, hence no number of their own.
            name, *others = name.split(" et ")
        return (
            BuyerPlan(name=name, identifier=identifier),
            tuple(BuyerPlan(name=other) for other in others),
        )

    def _cited_partners(self, co_buyers: tuple[BuyerPlan, ...]) -> str:
        """Funders, operators and others that the source cites without saying that they buy."""
        cited = [] if co_buyers else self.call["buyer"].get("partners") or []
        return f"Autour de l’acheteur, les sources citent : {' ; '.join(cited)}." if cited else ""

    def _cpv(self) -> str:
        domain = self.call.get("domain")
        if not self.with_demo_fill or domain not in DOMAINS:
            return ""
        self._complete("Code CPV, pris du domaine")
        return DOMAINS[domain].cpv_main

    def _partner_mode(self) -> str:
        if told := _told_partners(self.call["phases"][0]):
            return "several" if told > 1 else "single"
        partners = self._demo_fill.get("max_partners_per_phase")
        if not partners:
            return ""
        self._complete("Un ou plusieurs partenaires, d’après le nombre retenu pour la première phase")
        return "several" if partners[0] > 1 else "single"

    def _lots(self) -> tuple[LotPlan, ...]:
        told = self.call.get("lots") or [{"title": self.call["title"]}]
        shared = {
            "partners_max": self._partners(phase=0, lots=len(told)),
            "phases": self._phases(len(told)),
            "award_criteria": self._award_criteria(),
            "acquisition": self._acquisition(),
        }
        return tuple(LotPlan(title=lot["title"], object=self.call["object"], **shared) for lot in told)

    def _partners(self, *, phase: int, lots: int) -> int | None:
        """Partners of one lot that perform a phase: those of the whole call, divided and rounded up; facts first."""
        if told := _told_partners(self.call["phases"][phase]):
            return -(-told // lots)
        partners = self._demo_fill.get("max_partners_per_phase")
        if not partners:
            return None
        self._complete("Nombre de partenaires de chaque phase")
        return -(-partners[min(phase, len(partners) - 1)] // lots)

    def _phases(self, lots: int) -> tuple[PhasePlan, ...]:
        payments = self._demo_fill.get("phase_payment_eur") or []
        phases = []
        for position, told in enumerate(self.call["phases"]):
            type_ = KINDS[told["kind"]]
            payment = payments[position] if position < len(payments) else None
            if payment is not None:
                what = "Rémunération" if type_ == "research" else "Coût total maximum des acquisitions"
                self._complete(f"{what} de la phase {told['n']} (« {told['name']} »)")
            phases.append(
                PhasePlan(
                    name=told["name"],
                    type=type_,
                    duration_months=told.get("duration_months"),
                    # What an acquisition may cost is a cap of its orders, not a pay of the phase.
                    remuneration_fixed_ht=Decimal(payment) if payment is not None and type_ == "research" else None,
                    deliverables=(told["deliverable"],) if told.get("deliverable") else (),
                    ip_regime=self._ip_regime() if type_ == "research" else "",
                    partners_max=self._partners(phase=position, lots=lots),
                )
            )
        return tuple(phases)

    def _ip_regime(self) -> str:
        fact = self.call.get("ip_regime")
        if fact:
            return fact
        invented = self._demo_fill.get("ip_regime") or ""
        if invented:
            self._complete("Régime de propriété intellectuelle")
        return invented

    def _acquisition(self) -> AcquisitionPlan | None:
        """The cap of the purchase, where the file gives a sum to an acquisition phase."""
        payments = self._demo_fill.get("phase_payment_eur") or []
        pays = [
            Decimal(pay)
            for told, pay in zip(self.call["phases"], payments, strict=False)
            if pay is not None and KINDS[told["kind"]] == "acquisition"
        ]
        return AcquisitionPlan(total_cost_max=sum(pays)) if pays else None

    def _award_criteria(self) -> tuple[AwardCriterionPlan, ...]:
        told = self.call.get("award_criteria") or self._demo_fill.get("award_criteria")
        if not told:
            return ()
        self._complete("Critères d’attribution, leurs poids et leur nature")
        criteria = [
            AwardCriterionPlan(name=one["label"], weight=int(one["weight"] * FULL_WEIGHT / 100), tag=_tag(one["label"]))
            for one in told
        ]
        if any(criterion.tag == "environment" for criterion in criteria):
            return tuple(criteria)
        self._complete("Critère environnemental (10 %), ajouté pour l’article L2152-7")
        return (*_scaled(criteria, FULL_WEIGHT - ENVIRONMENT_WEIGHT), _ENVIRONMENT)

    def _complete(self, label: str) -> None:
        if label not in self.completed:
            self.completed.append(label)


def _told_partners(phase: Mapping[str, Any]) -> int | None:
    """How many partners perform a phase, where the source says it."""
    return phase.get("partners_start") or phase.get("partners_max")


_ENVIRONMENT = AwardCriterionPlan(
    name="Caractéristiques environnementales de l’offre", weight=ENVIRONMENT_WEIGHT, tag="environment"
)


def category_of(name: str, identifier: str) -> str:
    """Category of a buyer by the words of its name (health), else by its number: 11… is the State, 2… local."""
    if _HEALTH_WORDS.search(name):
        return "health"
    if not identifier or identifier.startswith("2"):
        return "local_authority"
    return "state" if identifier.startswith("11") else "other"


def _tag(label: str) -> str:
    if _PRICE_WORDS.search(label):
        return "price"
    return "environment" if _ENVIRONMENT_WORDS.search(label) else "quality"


def _scaled(criteria: list[AwardCriterionPlan], total: int) -> list[AwardCriterionPlan]:
    """The same criteria with weights in the same proportions, adding up to `total` exactly (largest remainders)."""
    whole = sum(criterion.weight for criterion in criteria)
    weights = [criterion.weight * total // whole for criterion in criteria]
    by_remainder = sorted(range(len(criteria)), key=lambda n: -(criteria[n].weight * total % whole))
    for position in by_remainder[: total - sum(weights)]:
        weights[position] += 1
    return [
        AwardCriterionPlan(name=criterion.name, weight=weight, tag=criterion.tag)
        for criterion, weight in zip(criteria, weights, strict=True)
    ]


def _history(timeline: Iterable[Mapping[str, str]]) -> Iterable[str]:
    """True dates, as the sources give them: a year, a month or a day."""
    for step in timeline:
        when = step.get("date") or f"{step.get('start', '?')} – {step.get('end', '?')}"
        yield f"{when} : {step['step']}" + (f" ({step['note']})" if step.get("note") else "")
