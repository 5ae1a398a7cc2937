"""Where a finding of the rule book is shown in the writing: beside the question, or the list, that mends it."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms

from procurement.law.findings import Finding

OF_LOT = re.compile(r"lots\.(?P<lot>\d+)\.(?P<rest>.+)")
OF_PHASE = re.compile(r"phases\.(?P<number>\d+)(\.(?P<name>.+))?")

# Places of the facts whose question is called otherwise: (part of the screen, question; none is the list itself).
PLACES: Mapping[str, tuple[str, str]] = {
    "procedure": ("procedure", "procedure"),
    "single_step": ("procedure", "procedure"),
    "no_lots_reason": ("call", "no_lots_reason"),
    "need.problem": ("need", "problem"),
    "need.sustainable_development": ("need", "sustainable_development"),
    "need.innovation_indicators": ("need", "innovation_indicators"),
    "need.innovation_reasons": ("need", "innovation_reasons"),
    "co_buyers": ("co_buyers", ""),
    "joint_agreement_attached": ("co_buyers", ""),
    "coordinator_id": ("co_buyers", ""),
    "supply_study": ("sources", ""),
    "supply_study.sources": ("sources", ""),
    "supply_study.signed_at": ("study", "is_signed"),
    "supply_study.checked_again_on": ("study", "rechecked_on"),
    "firms_met": ("firms", ""),
    "partner_mode": ("partners", "partner_mode"),
    "partners_max": ("partners", "partners_max"),
    "phases": ("phases", ""),
    "acquisition": ("acquisition", "total_cost_max_ht"),
    "acquisition.split": ("acquisition", "split"),
    "requirements": ("requirements", ""),
    "selection_criteria": ("selection", ""),
    "award_criteria": ("award", ""),
    "candidates_min": ("invited", "candidates_min"),
    "candidates_max": ("invited", "candidates_max"),
    "variants_conditions": ("invited", "variants_conditions"),
    "turnover_min_ht": ("capacity", "turnover_min_ht"),
    "young_firms_admitted": ("capacity", "young_firms_admitted"),
    "bonus_ht": ("capacity", "bonus_ht"),
    "launch_date": ("dates", "launch_date"),
    "candidatures_close_at": ("dates", "closes_at"),
    "candidature_documents": ("dates", "candidature"),
    "gate_clause": ("clauses", "gate_powers"),
    "documents.signature_asked_at_deposit": ("documents", "signature_at_deposit"),
    "terms.personal_data_processed": ("documents", "personal_data_processed"),
    "terms.personal_data_annex": ("clauses", "personal_data_kinds"),
}
PHASE_QUESTIONS = {"ip_regime": "ip_results"}


def attach(found: Iterable[Finding], parts: Mapping[str, Any], *, lot: int) -> list[Finding]:
    """Put each finding beside its question, for the lot that is written; gives back those that have none here."""
    left = []
    for part in parts.values():
        if isinstance(part, forms.BaseFormSet):
            part.remarks = []
    for finding in found:
        target = _target(finding.field, parts, lot)
        if target is None:
            left.append(finding)
        else:
            target.remarks = [*target.remarks, finding]
    return left


def _target(field: str, parts: Mapping[str, Any], lot: int) -> Any:
    """The bound question, the list of rows, or None when the screen shows neither."""
    of_lot = OF_LOT.fullmatch(field)
    if of_lot and int(of_lot["lot"]) != lot:
        return None
    path = of_lot["rest"] if of_lot else field
    of_phase = OF_PHASE.fullmatch(path)
    if of_phase and "phases" in parts:
        return _of_phase(parts["phases"], int(of_phase["number"]), of_phase["name"] or "")
    part, question = PLACES.get(path) or PLACES.get(path.rsplit(".", 1)[0]) or ("", "")
    if not part and path.startswith("terms."):
        part, question = "clauses", path.removeprefix("terms.")
    if part not in parts:
        return None
    form = parts[part]
    return form if isinstance(form, forms.BaseFormSet) else form[question] if question in form.fields else None


def _of_phase(rows: forms.BaseFormSet, number: int, name: str) -> Any:
    """A question of a phase; the pay stands for what is not a question of its own."""
    if not 1 <= number <= len(rows.forms):
        return rows
    row, question = rows.forms[number - 1], PHASE_QUESTIONS.get(name, name)
    return row[question if question in row.fields else "duration_months"]
