"""What firms handed in, as pages lay it out: titled rows of text, files by document.

Only opened content is read.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from marketplace.ui.formats import euros_words
from procurement.calls.models import Lot, PeriodEnvelope, Phase, Requirement
from procurement.espd.words import capacity_rows, ground_rows, identity_rows, statement_words
from procurement.evaluation.models import ComplementItem
from procurement.evaluation.scoring import Criterion, french_percent
from procurement.law.espd import espd_stands_for
from procurement.submissions.espd_draft import ESPD_LABEL
from procurement.submissions.models import OpenedFile


@dataclass(frozen=True, slots=True)
class Part:
    """A titled part of what was handed in: (label, text) rows."""

    title: str
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the checklist of completeness."""

    label: str
    is_there: bool


def files_of(submissions: Iterable[Any], *envelopes: str) -> dict[Any, list[OpenedFile]]:
    """Opened files by id of submission, all envelopes unless some are named, in one query."""
    rows = OpenedFile.objects.filter(result__submission__in=submissions).select_related("stored_file", "result")
    if envelopes:
        rows = rows.filter(result__envelope__name__in=envelopes)
    found: dict[Any, list[OpenedFile]] = {}
    for row in rows:
        found.setdefault(row.result.submission_id, []).append(row)
    return found


def checklist(
    answers: Mapping[str, Any],
    criteria: Iterable[Any],
    expected: Iterable[str],
    files: Iterable[OpenedFile],
    *,
    is_typed: bool = True,
) -> list[Check]:
    """Completeness of a candidature: the sworn statement, an answer to each criterion, each expected document.

    A DUME stands for the statement and for forms (R2143-4, LR-45). Of a candidature that another buyer profile received
    nothing was typed here (`is_typed` False): documents alone are told.
    """
    files = list(files)
    has_espd = gave_espd(answers, files)
    answered = {str(row.get("criterion")) for row in answers.get("answers", []) if str(row.get("text", "")).strip()}
    labels = {file.label for file in files}
    documents = [
        Check(_("Pièce : %(name)s") % {"name": label}, label in labels or (has_espd and espd_stands_for(label)))
        for label in expected
    ]
    if not is_typed:
        return documents
    declared = bool(answers.get("declarations", {}).get("exclusion_grounds_absent"))
    return [
        Check(_("Déclaration sur l’honneur"), declared or has_espd),
        *(Check(_("Réponse : %(name)s") % {"name": one.name}, str(one.number) in answered) for one in criteria),
        *documents,
    ]


def gave_espd(answers: Mapping[str, Any], files: Iterable[OpenedFile]) -> bool:
    """Whether a candidature came with an electronic DUME."""
    return bool(answers.get("espd")) or any(file.label == ESPD_LABEL for file in files)


def completed(checks: Iterable[Check], items: Iterable[ComplementItem]) -> list[Check]:
    """The checklist once complements were asked: what came is there, and what was asked beyond the list is added."""
    asked = {item.label: item.received_at is not None for item in items}
    checks = list(checks)
    known = {check.label for check in checks}
    return [
        *(Check(check.label, check.is_there or asked.get(check.label, False)) for check in checks),
        *(Check(label, is_there) for label, is_there in asked.items() if label not in known),
    ]


def candidature_parts(answers: Mapping[str, Any]) -> list[Part]:
    """What each DUME says, declarations and capacities; answers to criteria show beside each score."""
    declared = answers.get("declarations", {}).get("exclusion_grounds_absent")
    capacities = answers.get("capacities", {})
    figures = [
        (_("Chiffre d’affaires HT"), _amount(capacities.get("turnover_ht"))),
        (_("Effectif"), _text(capacities.get("staff"))),
        (_("Effectif de recherche"), _text(capacities.get("research_staff"))),
    ]
    espds = answers.get("espd", [])
    stated = _("Déclaré") if declared else _("Voir le DUME, qui en tient lieu") if espds else _("Non déclaré")
    return _parts(
        *(part for said in espds for part in _espd_parts(said)),
        (_("Déclaration sur l’honneur"), [(_("Aucun motif d’exclusion"), stated)]),
        (_("Équipe et moyens"), [(label, text) for label, text in figures if text]),
    )


def _espd_parts(said: Mapping[str, Any]) -> list[tuple[str, list[tuple[str, str]]]]:
    named = {"name": said.get("operator", {}).get("name") or said["name"]}
    return [
        (_("DUME : %(name)s") % named, [(_("Motifs d’exclusion"), statement_words(said)), *identity_rows(said)]),
        (_("DUME, motifs qui s’appliquent : %(name)s") % named, ground_rows(said, applying_only=True)),
        (_("DUME, capacités : %(name)s") % named, capacity_rows(said)),
    ]


def technical_parts(lot: Lot, technical: Mapping[str, Any]) -> list[Part]:
    """Requirements as the bidder says it meets them, subcontracting, secrets."""
    texts = dict(Requirement.objects.filter(lot=lot).values_list("number", "text"))
    requirements = [
        (
            texts.get(row.get("number"), _("Exigence %(number)s") % {"number": row.get("number")}),
            f"{_('Respectée') if row.get('met') else _('Non respectée')}. {row.get('comment', '')}".strip(),
        )
        for row in technical.get("requirements", [])
    ]
    subcontractors = [
        (str(row.get("name") or _("Sous-traitant")), " ; ".join(_subcontract(row)))
        for row in technical.get("subcontractors", [])
    ]
    secrets = [(_("Secret des affaires"), _text(row)) for row in technical.get("secrets", [])]
    return _parts(
        (_("Exigences, selon l’entreprise"), requirements),
        (_("Sous-traitance"), subcontractors),
        (_("Ce que l’entreprise tient pour secret"), secrets),
    )


def price_parts(lot: Lot, price: Mapping[str, Any]) -> list[Part]:
    """Pay of each research phase, then the purchase that may follow."""
    names = dict(Phase.objects.filter(lot=lot).values_list("number", "name"))
    phases = [
        (
            _("Phase %(number)s : %(name)s")
            % {"number": row.get("number"), "name": names.get(row.get("number"), _("recherche"))},
            _("%(fixed)s fixes, %(result)s selon les résultats, HT")
            % {"fixed": _amount(row.get("fixed_ht")) or "0 €", "result": _amount(row.get("result_ht")) or "0 €"},
        )
        for row in price.get("phases", [])
    ]
    acquisition = price.get("acquisition") or {}
    bought = [
        (_("Prix unitaire HT"), _amount(acquisition.get("unit_ht"))),
        (_("Total HT"), _amount(acquisition.get("total_ht"))),
    ]
    return _parts((_("Recherche"), phases), (_("Acquisition"), [row for row in bought if row[1]]))


def answer_to(answers: Iterable[Mapping[str, Any]], number: str) -> str:
    """What the bidder wrote about a criterion (« 2 », « 2.1 » for a sub-criterion); empty when nothing."""
    return next((str(row.get("text", "")) for row in answers if str(row.get("criterion")) == number), "")


def numbered_leaves(criteria: Iterable[Criterion]) -> dict[str, str]:
    """Number of each leaf criterion as bidders and pages write it, by key: « 2 », « 2.1 » under a parent."""
    numbers: dict[str, str] = {}
    for top in criteria:
        if top.children:
            numbers |= {child.key: f"{top.number}.{child.number}" for child in top.children}
        else:
            numbers[top.key] = str(top.number)
    return numbers


def expected_documents(envelopes: Iterable[PeriodEnvelope], *names: str) -> list[str]:
    """Labels of the documents expected in the envelopes named."""
    return [label for row in envelopes if row.name in names for label in row.expected_documents]


def _subcontract(row: Mapping[str, Any]) -> list[str]:
    said = [_text(row.get("object") or row.get("task"))]
    share = row.get("share")
    if isinstance(share, int):
        said.append(french_percent(share))
    return [part for part in said if part]


def _parts(*given: tuple[str, list[tuple[str, str]]]) -> list[Part]:
    return [Part(title, tuple(rows)) for title, rows in given if rows]


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _amount(value: Any) -> str:
    try:
        return euros_words(Decimal(str(value))) if value not in (None, "") else ""
    except InvalidOperation:
        return str(value)
