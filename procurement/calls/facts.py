"""Facts of a call, as the rule book reads them. Reads only; every value is taken from rows, never from a form."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Organisation
from procurement.calls.models import AwardCriterion, Call, Lot, PeriodEnvelope, Phase, SubmissionPeriod, TeamRole
from procurement.law import facts as law

# What a section of the editor weighs on, in the codes of the rule book (law.changes).
CHANGED_BY_SECTION = {
    "call": ("object",),
    "need": ("object",),
    "lots": ("object",),
    "requirements": ("minimum_requirements",),
    "selection_criteria": ("selection_criteria",),
    "award_criteria": ("award_criteria", "weights"),
    "phases": ("objectives",),
    "acquisition": ("objectives",),
}


def lots_with_everything(call: Call) -> list[Lot]:
    """Lots of a call with all the rows that rules, documents and contracts read, in a constant number of queries."""
    return list(
        call.lots.select_related("timeline", "acquisition", "terms").prefetch_related(
            "requirements",
            "selection_criteria",
            "award_criteria__children",
            "phases__objectives",
            "phases__deliverables",
            "acquisition__levels",
            "periods__deadlines",
            "periods__envelopes",
        )
    )


# Columns that tenders are built on, model by model; frozen at publication.
FROZEN_COLUMNS = {
    "requirements": ("number", "text", "is_minimum"),
    "selection_criteria": ("number", "name", "weight", "is_innovation"),
    "phases": (
        "number", "kind", "name", "duration_months", "remuneration_fixed_ht", "remuneration_result_ht", "partners_max",
        "ip_background", "ip_results", "ip_open_source", "acceptance_days",
    ),
    "award_criteria": ("parent_number", "number", "name", "weight", "tag", "formula"),
    "objectives": ("number", "indicator", "comparison", "target", "unit"),
    "deliverables": ("number", "name"),
    "acquisition": (
        "unit_cost_max_ht", "total_cost_max_ht", "quantity_max", "quantity_unit", "split", "split_shares",
    ),
    "levels": ("number", "indicator", "comparison", "pass_mark", "unit", "test_method"),
}  # fmt: skip


def _frozen(rows: Iterable[object], kind: str) -> list[list[Any]]:
    return [[getattr(row, column) for column in FROZEN_COLUMNS[kind]] for row in rows]


def criteria_digest(call: Call) -> str:
    """SHA-256 of everything that tenders are built on (LR-16, LR-64): requirements, criteria, phases, acquisition."""
    frozen = []
    for lot in lots_with_everything(call):
        acquisition = getattr(lot, "acquisition", None)
        criteria = lot.award_criteria.annotate(parent_number=F("parent__number"))
        frozen.append(
            {
                "lot": [lot.number, lot.title, lot.partners_max],
                "requirements": _frozen(lot.requirements.all(), "requirements"),
                "selection_criteria": _frozen(lot.selection_criteria.all(), "selection_criteria"),
                "award_criteria": sorted(_frozen(criteria, "award_criteria"), key=lambda row: (row[0] or 0, row[1])),
                "phases": _frozen(lot.phases.all(), "phases"),
                "objectives": [_frozen(phase.objectives.all(), "objectives") for phase in lot.phases.all()],
                "deliverables": [_frozen(phase.deliverables.all(), "deliverables") for phase in lot.phases.all()],
                "acquisition": acquisition and _frozen([acquisition], "acquisition"),
                "levels": acquisition and _frozen(acquisition.levels.all(), "levels"),
            }
        )
    text = json.dumps(frozen, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def launch_date(call: Call, now: datetime) -> date:
    """Day whose parameters hold for the call: the chosen one, else today in Paris."""
    return call.launch_date or timezone.localdate(now)


def buyer_facts(organisation: Organisation) -> law.BuyerFacts:
    """A contracting authority, as the rules on identity and thresholds read it."""
    return law.BuyerFacts(
        id=str(organisation.pk),
        name=organisation.name,
        identifier_scheme=organisation.identifier_scheme,
        identifier=organisation.identifier,
        country=organisation.country,
        category=organisation.buyer_category,
        verified_at=organisation.verified_at,
    )


def team_facts(call: Call) -> law.TeamFacts:
    """Distinct people of the call by role."""
    people: dict[str, list[str]] = {role: [] for role in TeamRole.values}
    for member in call.team.filter(until=None).order_by("role", "user_id"):
        people[member.role].append(str(member.user_id))
    return law.TeamFacts(
        authors=tuple(people[TeamRole.AUTHOR]),
        validators=tuple(people[TeamRole.VALIDATOR]),
        evaluators=tuple(people[TeamRole.EVALUATOR]),
        custodians=tuple(people[TeamRole.CUSTODIAN]),
        signatories=tuple(people[TeamRole.SIGNATORY]),
    )


def _supply_study_facts(call: Call) -> law.SupplyStudyFacts | None:
    study = getattr(call, "supply_study", None)
    if study is None:
        return None
    in_team = call.team.filter(user_id=study.reader_id).exists() if study.reader_id else False
    return law.SupplyStudyFacts(
        sources=tuple(
            law.SourceFacts(
                kind=source.kind,
                searched_on=source.searched_on,
                query=source.query,
                result=source.result,
                reason=source.reason,
            )
            for source in study.sources.all()
        ),
        author_id=str(study.author_id),
        signed_at=study.signed_at,
        reader_id=str(study.reader_id or ""),
        reader_is_outside_project=study.reader_id is not None and not in_team,
        read_at=study.read_at,
        checked_again_on=study.rechecked_on,
    )


def phase_facts(phase: Phase) -> law.PhaseFacts:
    """A phase, with what is measured and paid in it."""
    return law.PhaseFacts(
        id=str(phase.pk),
        number=phase.number,
        name=phase.name,
        kind=phase.kind,
        objectives=tuple(
            law.ObjectiveFacts(indicator=row.indicator, target=row.target) for row in phase.objectives.all()
        ),
        duration_months=phase.duration_months,
        partners_max=phase.partners_max,
        remuneration_fixed_ht=phase.remuneration_fixed_ht,
        remuneration_result_ht=phase.remuneration_result_ht,
        deliverables=tuple(row.name for row in phase.deliverables.all()),
        ip_regime=phase.ip_results,
    )


def _criterion_facts(criterion: AwardCriterion) -> law.AwardCriterionFacts:
    return law.AwardCriterionFacts(
        id=str(criterion.pk),
        name=criterion.name,
        weight=criterion.weight,
        tag=criterion.tag,
        formula=criterion.formula,
        sub_criteria=tuple(
            law.AwardCriterionFacts(
                id=str(child.pk), name=child.name, weight=child.weight, tag=child.tag, formula=child.formula
            )
            for child in criterion.children.all()
        ),
    )


def first_period(lot: Lot) -> SubmissionPeriod | None:
    """The period that opens the procedure of a lot: candidatures, or everything in a single step."""
    opening = {SubmissionPeriod.Kind.CANDIDATURE, SubmissionPeriod.Kind.SINGLE_STEP}
    return next((period for period in lot.periods.all() if period.kind in opening), None)


def gate_clause_facts(lot: Lot) -> law.GateClauseFacts | None:
    """The clause on decisions at the end of a phase (LR-22), None while nothing is written."""
    terms = getattr(lot, "terms", None)
    if terms is None:
        return None
    return law.GateClauseFacts(
        power=terms.gate_powers,
        financial_consequences=terms.gate_financial_consequences,
        choice_of_partners=terms.gate_partner_choice,
    )


# What the annex on personal data says, by column of the clauses.
PERSONAL_DATA_ANNEX = {
    "personal_data_kinds": "les données",
    "personal_data_purpose": "la finalité",
    "personal_data_duration": "la durée",
    "personal_data_processors": "les sous-traitants ultérieurs",
    "personal_data_security": "la sécurité",
}


def terms_facts(lot: Lot) -> law.TermsFacts | None:
    """The clauses of the contract, None while nothing is written."""
    terms = getattr(lot, "terms", None)
    if terms is None:
        return None
    return law.TermsFacts(
        environmental_clause=terms.environmental_clause,
        social_clause=terms.social_clause,
        social_exception=terms.social_exception,
        social_exception_reason=terms.social_exception_reason,
        ccag=terms.ccag,
        ccag_departures=terms.ccag_departures,
        confidentiality=terms.confidentiality,
        personal_data_processed=terms.personal_data_processed,
        personal_data=terms.personal_data,
        personal_data_gaps=tuple(
            label for column, label in PERSONAL_DATA_ANNEX.items() if not getattr(terms, column).strip()
        ),
        price_form=terms.price_form,
        price_month=terms.price_month,
        price_formula=terms.price_formula,
        tender_validity_days=terms.tender_validity_days,
    )


def _bonuses_ht(lot: Lot) -> Decimal:
    """What all bonuses of a lot may cost: one for each firm that may be invited, three while no maximum is said."""
    return (lot.bonus_ht or Decimal(0)) * (lot.call.candidates_max or max(lot.call.candidates_min or 0, 3))


def value_facts(lot: Lot) -> law.LotFacts:
    """A lot with its amounts only: enough to reckon its estimated value (LR-32), in two queries for any number of lots.

    Read with its call and its acquisition, its phases prefetched.
    """
    acquisition = getattr(lot, "acquisition", None)
    return law.LotFacts(
        id=str(lot.pk),
        number=lot.number,
        partners_max=lot.partners_max,
        phases=tuple(
            law.PhaseFacts(
                number=phase.number,
                kind=phase.kind,
                partners_max=phase.partners_max,
                remuneration_fixed_ht=phase.remuneration_fixed_ht,
                remuneration_result_ht=phase.remuneration_result_ht,
            )
            for phase in lot.phases.all()
        ),
        acquisition=acquisition and law.AcquisitionFacts(total_cost_max_ht=acquisition.total_cost_max_ht),
        estimated_acquisition_ht=lot.estimated_acquisition_ht,
        other_amounts_ht=_bonuses_ht(lot),
    )


def lot_facts(lot: Lot) -> law.LotFacts:
    """A lot with everything that holds for it."""
    call, acquisition, period = lot.call, getattr(lot, "acquisition", None), first_period(lot)
    return replace(
        value_facts(lot),
        title=lot.title,
        partner_mode=call.partner_mode,
        phases=tuple(phase_facts(phase) for phase in lot.phases.all()),
        acquisition=acquisition
        and law.AcquisitionFacts(
            levels=tuple(row.indicator for row in acquisition.levels.all()),
            unit_cost_max_ht=acquisition.unit_cost_max_ht,
            total_cost_max_ht=acquisition.total_cost_max_ht,
            quantity_max=acquisition.quantity_max,
            split=acquisition.split,
            split_shares=tuple(acquisition.split_shares),
        ),
        gate_clause=gate_clause_facts(lot),
        requirements=tuple(
            law.RequirementFacts(id=str(row.pk), text=row.text, is_minimum=row.is_minimum)
            for row in lot.requirements.all()
        ),
        selection_criteria=tuple(
            law.SelectionCriterionFacts(id=str(row.pk), name=row.name, is_innovation=row.is_innovation)
            for row in lot.selection_criteria.all()
        ),
        award_criteria=tuple(_criterion_facts(row) for row in lot.award_criteria.all() if row.parent_id is None),
        candidates_limited=call.candidates_max is not None,
        candidates_min=call.candidates_min,
        candidates_max=call.candidates_max,
        candidatures_close_at=period.closes_at() if period else None,
        keys_ready_at=period.keys_ready_at if period else None,
        turnover_min_ht=lot.turnover_min_ht,
        young_firms_admitted=lot.young_firms_admitted,
        mockup_asked=lot.mockup_asked,
        bonus_ht=lot.bonus_ht,
        candidature_documents=_candidature_documents(period),
        terms=terms_facts(lot),
    )


def _candidature_documents(period: SubmissionPeriod | None) -> tuple[str, ...]:
    envelopes = period.envelopes.all() if period else ()
    return tuple(
        label for row in envelopes if row.name == PeriodEnvelope.Name.CANDIDATURE for label in row.expected_documents
    )


def _need_facts(call: Call) -> law.NeedFacts | None:
    need = getattr(call, "need", None)
    return need and law.NeedFacts(
        problem=need.problem,
        sustainable_development=need.sustainable_development,
        innovation_reasons=need.innovation_reasons,
        innovation_indicators=tuple(need.innovation_indicators),
    )


def publication_facts(
    call: Call, *, actor: Actor, now: datetime, sendings: Iterable[law.SendingFacts] | None = None
) -> law.PublicationFacts:
    """Everything the rule book needs before a notice is sent; `sendings` are those of the act of publication."""
    lots = lots_with_everything(call)
    co_buyers = list(call.co_buyers.select_related("organisation"))
    declared = settings.PROFILE_DECLARED_ON
    return law.PublicationFacts(
        launch_date=launch_date(call, now),
        now=now,
        country=call.country,
        procedure=call.procedure,
        nature=call.nature,
        buyer=buyer_facts(call.lead_buyer),
        co_buyers=tuple(buyer_facts(row.organisation) for row in co_buyers),
        joint_agreement_attached=all(row.convention_reference and row.convention_signed_on for row in co_buyers),
        coordinator_id=str(call.lead_buyer_id),
        profile_declared_on=date.fromisoformat(declared) if declared else None,
        supply_study=_supply_study_facts(call),
        lots=tuple(lot_facts(lot) for lot in lots),
        documents=law.DocumentsFacts(
            address=documents_address(call),
            online=call.files_public_since is not None and call.files_public_since <= now,
            # The rules document that the site generates always holds the sentence (templates/pdf/calls).
            replacement_rule_written=call.documents.filter(kind="rules").exists(),
            signature_asked_at_deposit=call.signature_at_deposit,
        ),
        deposits_here=not call.deposit_at,
        deposit_address=call.deposit_at,
        site_address=settings.SITE_URL,
        single_step=any(p.kind == SubmissionPeriod.Kind.SINGLE_STEP for lot in lots for p in lot.periods.all()),
        team=team_facts(call),
        publisher_id=str(actor.user_id or ""),
        visa_by=tuple(str(pk) for pk in call.visas.exclude(given_by=None).values_list("given_by_id", flat=True)),
        need=_need_facts(call),
        firms_met=tuple(
            law.FirmMetFacts(name=row.name, met_on=row.met_on, information=row.information)
            for row in call.consulted_firms.all()
        ),
        no_lots_reason=call.no_lots_reason,
        variants_allowed=call.variants_allowed,
        variants_conditions=call.variants_conditions,
        sendings=None if sendings is None else tuple(sendings),
    )


def documents_address(call: Call) -> str:
    """Permanent public address of the consultation documents, printed in notices and letters (LR-35)."""
    return f"{settings.SITE_URL}/appels/{call.reference}/documents/"


def edit_facts(call: Call, *, section: str, now: datetime) -> law.EditFacts:
    """A draft section written after publication, without the road of a corrective notice (LR-16, LR-39)."""
    periods = SubmissionPeriod.objects.filter(lot__call=call).prefetch_related("deadlines")
    deadlines = [period.closes_at() for period in periods]
    return law.EditFacts(
        now=now,
        launch_date=launch_date(call, now),
        changed=CHANGED_BY_SECTION.get(section, (section,)),
        deadline=max(deadlines, default=None),
        tenders_received=any(deadline < now for deadline in deadlines),
        frozen_hash=call.criteria_digest,
        current_hash=criteria_digest(call),
    )
