"""Reports of the evaluation, rendered once from what was recorded (R2184-1 to -6, LR-66, LR-71)."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Max

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import require
from marketplace.files.documents import request_document
from marketplace.files.models import GeneratedDocument
from marketplace.journal.acts import act
from marketplace.journal.errors import Refusal
from procurement.calls.models import Lot
from procurement.evaluation.documents import analysis_report_facts
from procurement.evaluation.facts import standing_since_in
from procurement.evaluation.models import AwardDecision, Ranking
from procurement.evaluation.presentation import presentation_report_facts

ANALYSIS, PRESENTATION = "analysis_report", "presentation_report"


def reports(lot: Lot, kind: str) -> Iterable[GeneratedDocument]:
    """Reports of a kind made about a lot, oldest first."""
    return GeneratedDocument.objects.of_subject(lot).filter(kind=kind)


def is_presented(lot: Lot) -> bool:
    """Whether the *rapport de présentation* of the partners in force is finalised: no signature without it (LR-66)."""
    return lot.pk in presented([lot])


def presented(lots: Collection[Lot]) -> set[Any]:
    """Ids of the lots of which `is_presented` is true, in two queries."""
    since = standing_since_in(lots)
    made = GeneratedDocument.objects.filter(kind=PRESENTATION, subject_id__in=[str(key) for key in since]).order_by()
    last = dict(made.values_list("subject_id").annotate(Max("requested_at")))
    return {key for key, at in since.items() if str(key) in last and last[str(key)] >= at}


def finalise_analysis_report(
    *, lot: Lot, ranking: Ranking, conclusion: str, authors: Iterable[Mapping[str, str]], actor: Actor, now: datetime
) -> GeneratedDocument:
    """Finalise the report on the analysis of bids: ranking, marks, comments, what was set aside (LR-71).

    `authors`: {"name", "capacity"}. Raises NotAllowed, and Refusal without a conclusion.
    """
    require(actor, "evaluation.close", lot)
    if not conclusion.strip():
        raise Refusal("Écrivez la conclusion du rapport : ce que vous proposez, et pourquoi.")
    with act(lot.call.chain, "analysis_report.finalised", actor=actor, now=now, subject=lot):
        ranking = Ranking.objects.select_related("lot__call__lead_buyer").get(pk=ranking.pk, lot=lot)
        return request_document(
            kind=ANALYSIS,
            title=f"Rapport d’analyse des offres {lot.call.reference}, lot {lot.number}",
            template="pdf/evaluation/analysis_report.html",
            facts=analysis_report_facts(ranking, conclusion=conclusion.strip(), authors=authors, now=now),
            subject=lot,
        )


def finalise_presentation_report(
    *, lot: Lot, actor: Actor, now: datetime, additions: Mapping[str, str] | None = None
) -> GeneratedDocument:
    """Finalise the *rapport de présentation* from recorded data (R2184-1 to -6, LR-66); the contract waits for it.

    `additions` completes what no row tells, by code of section (`presentation.SECTIONS`). Raises NotAllowed, and
    Refusal before the choice.
    """
    require(actor, "award.decide", lot)
    with act(lot.call.chain, "presentation_report.finalised", actor=actor, now=now, subject=lot):
        lot = Lot.objects.select_related("call__lead_buyer", "timeline").get(pk=lot.pk)
        decision = AwardDecision.objects.filter(lot=lot).select_related("ranking").first()
        if decision is None:
            raise Refusal("Les partenaires ne sont pas choisis : le rapport de présentation vient ensuite (R2184-1).")
        return request_document(
            kind=PRESENTATION,
            title=f"Rapport de présentation {lot.call.reference}, lot {lot.number}",
            template="pdf/evaluation/presentation_report.html",
            facts=presentation_report_facts(decision, additions=additions or {}, now=now),
            subject=lot,
        )
