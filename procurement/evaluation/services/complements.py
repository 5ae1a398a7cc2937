"""Missing items of candidatures: asked of all concerned at once, handed in until one time limit (R2144-2, LR-49)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import require
from marketplace.files.documents import request_document
from marketplace.files.services import StagedFile, store
from marketplace.journal.acts import act, record_refusals
from marketplace.journal.errors import Refusal
from procurement.calls.facts import launch_date
from procurement.calls.models import Lot, PeriodEnvelope, SelectionCriterion
from procurement.correspondence.models import LetterKind
from procurement.correspondence.services import has_no_reader, send_letter
from procurement.evaluation import answers
from procurement.evaluation.documents import complement_receipt_facts, complement_request_facts
from procurement.evaluation.models import (
    Candidate,
    Complement,
    ComplementItem,
    ComplementRequest,
    SelectionDecision,
)
from procurement.evaluation.permissions import COMPLEMENT_RECEIPT
from procurement.evaluation.services.ruling import pass_rules, refuse_ended
from procurement.evaluation.services.selection import candidature_period
from procurement.law import complements
from procurement.law import facts as law
from procurement.law.findings import refuse

CANDIDATURE = PeriodEnvelope.Name.CANDIDATURE


@dataclass(frozen=True, slots=True)
class Asked:
    """What one candidate is asked for; `found_elsewhere`: where stands what looked missing and is not asked."""

    candidate: Candidate
    items: tuple[str, ...] = ()
    found_elsewhere: str = ""


def missing_of(lot: Lot, candidates: Iterable[Candidate]) -> dict[Any, list[str]]:
    """What the site finds missing in each candidature, by id: declaration, answers, documents (three queries)."""
    candidates = list(candidates)
    expected = answers.expected_documents(candidature_period(lot).envelopes.all(), CANDIDATURE)
    criteria = list(SelectionCriterion.objects.filter(lot=lot))
    files = answers.files_of([one.submission_id for one in candidates], CANDIDATURE)
    is_typed = not lot.call.deposit_at
    return {
        one.pk: [
            check.label
            for check in answers.checklist(
                one.answers, criteria, expected, files.get(one.submission_id, []), is_typed=is_typed
            )
            if not check.is_there
        ]
        for one in candidates
    }


@record_refusals("complements.ask", subject="lot")
def ask_complements(
    *,
    lot: Lot,
    asked: Iterable[Asked],
    deadline: datetime,
    actor: Actor,
    now: datetime,
    accepted: Mapping[str, str] | None = None,
) -> ComplementRequest:
    """Ask every candidate concerned for what its candidature lacks, all before the same instant (UTC).

    Raises NotAllowed; Refusal before the candidatures are registered, once the selection is decided, or for a candidate
    of another lot; RuleViolation (LR-49) for a selective request, a second one, or no time to answer.
    """
    require(actor, "complements.ask", lot)
    by_candidate = {one.candidate.pk: one for one in asked}
    with act(lot.call.chain, "complements.asked", actor=actor, now=now, subject=lot) as entry:
        refuse_ended(lot)
        candidates = list(Candidate.objects.of_lot(lot))
        if not candidates:
            raise Refusal("Aucune candidature n’est inscrite : rien ne peut encore être complété (R2144-2).")
        if SelectionDecision.objects.filter(candidate__lot=lot).exists():
            raise Refusal("La sélection est décidée : les candidatures ne se complètent plus (R2144-2).")
        if not set(by_candidate) <= {one.pk for one in candidates}:
            raise Refusal("La demande nomme une entreprise qui n’est pas candidate à ce lot : retirez-la.")
        facts = _request_facts(lot, candidates, by_candidate, deadline, now)
        pass_rules(lot.call, complements.check_request(facts), accepted=accepted, actor=actor, now=now)
        request = ComplementRequest(lot=lot, asked_at=now, asked_by_id=actor.user_id, deadline=deadline)
        request.save()
        for candidate in candidates:
            if candidate.pk in by_candidate:
                _ask(request, candidate, by_candidate[candidate.pk], now)
        entry.data.update(deadline=deadline, asked=[pk for pk, one in by_candidate.items() if one.items])
    return request


def check_complements(
    *, lot: Lot, asked: Iterable[Asked], deadline: datetime, now: datetime, accepted: Mapping[str, str] | None = None
) -> None:
    """Raise what `ask_complements` would raise of the rule book (LR-49); nothing is written."""
    by_candidate = {one.candidate.pk: one for one in asked}
    facts = _request_facts(lot, list(Candidate.objects.of_lot(lot)), by_candidate, deadline, now)
    refuse(complements.check_request(facts), accepted)


def _request_facts(
    lot: Lot, candidates: Iterable[Candidate], by_candidate: Mapping[Any, Asked], deadline: datetime, now: datetime
) -> law.ComplementRequestFacts:
    candidates = list(candidates)
    missing = missing_of(lot, candidates)
    files = answers.files_of([one.submission_id for one in candidates], CANDIDATURE)
    return law.ComplementRequestFacts(
        now=now,
        launch_date=launch_date(lot.call, now),
        deadline=deadline,
        asked_before=ComplementRequest.objects.filter(lot=lot).exists(),
        candidates=tuple(
            law.CandidateToCompleteFacts(
                candidate_id=str(one.pk),
                name=str(one.party),
                missing=tuple(missing[one.pk]),
                asked=by_candidate.get(one.pk, Asked(one)).items,
                found_elsewhere=by_candidate.get(one.pk, Asked(one)).found_elsewhere,
                gave_espd=answers.gave_espd(one.answers, files.get(one.submission_id, [])),
            )
            for one in candidates
        ),
    )


def _ask(request: ComplementRequest, candidate: Candidate, asked: Asked, now: datetime) -> None:
    if not asked.items and not asked.found_elsewhere.strip():
        return
    lot = request.lot
    letter = None
    if asked.items:
        letter = send_letter(
            call=lot.call,
            lot=lot,
            recipient=candidate.party.lead,
            kind=LetterKind.COMPLEMENT_REQUEST,
            facts=complement_request_facts(asked.items, request.deadline),
            now=now,
        )
    complement = Complement(
        request=request, candidate=candidate, letter=letter, found_elsewhere=asked.found_elsewhere.strip()
    )
    complement.save()
    for position, label in enumerate(asked.items, start=1):
        ComplementItem(complement=complement, position=position, label=label).save()


@record_refusals("complement.hand_in", subject="item")
def hand_in_complement(
    *, item: ComplementItem, actor: Actor, now: datetime, file: StagedFile | None = None, text: str = ""
) -> ComplementItem:
    """The firm completes its candidature by one item, a file or a text, and gets a receipt (R2144-2, LR-49).

    Until the time limit a second one replaces the first, which is kept. Raises NotAllowed for anybody but the firm
    asked; Refusal for nothing at all or once the selection is decided; RuleViolation (LR-49) after the time limit.
    """
    require(actor, "complement.hand_in", item.complement)
    return _receive(item, received_at=now, file=file, text=text, actor=actor, now=now)


@record_refusals("complement.record", subject="item")
def record_complement(
    *,
    item: ComplementItem,
    received_at: datetime,
    actor: Actor,
    now: datetime,
    file: StagedFile | None = None,
    text: str = "",
) -> ComplementItem:
    """Keep an item that a firm without account here handed in on the other buyer profile, at `received_at` there (UTC).

    Raises NotAllowed; Refusal where the firm answers here, or for an instant outside of the request and now;
    RuleViolation (LR-49) for one received after the time limit.
    """
    complement = item.complement
    require(actor, "complements.ask", complement.candidate.lot)
    if not has_no_reader(complement.candidate.lot.call, complement.candidate.party.lead):
        raise Refusal("Cette entreprise répond ici, par son espace : il n’y a rien à verser à sa place (R2132-7).")
    if not complement.request.asked_at.replace(second=0, microsecond=0) <= received_at <= now:
        raise Refusal("La pièce a été reçue entre la demande et maintenant : corrigez l’instant.")
    return _receive(item, received_at=received_at, file=file, text=text, actor=actor, now=now)


def _receive(
    item: ComplementItem,
    *,
    received_at: datetime,
    file: StagedFile | None,
    text: str,
    actor: Actor,
    now: datetime,
) -> ComplementItem:
    candidate = item.complement.candidate
    with act(candidate.lot.call.chain, "complement.received", actor=actor, now=now, subject=item) as entry:
        current = ComplementItem.objects.select_related("complement__request", "complement__candidate").get(pk=item.pk)
        current.complement.candidate = candidate
        if file is None and not text.strip():
            raise Refusal("Choisissez un fichier, ou écrivez votre réponse.")
        deadline = current.complement.request.deadline
        refuse(complements.check_reception(law.ComplementFacts(received_at=received_at, deadline=deadline)))
        if SelectionDecision.objects.filter(candidate__lot=candidate.lot).exists():
            raise Refusal("La sélection est décidée : les candidatures ne se complètent plus (R2144-2).")
        current.file, current.text = store(file) if file else None, text.strip()
        current.received_at, current.received_by_id = received_at, actor.user_id
        current.receipt = request_document(
            kind=COMPLEMENT_RECEIPT,
            title=f"Accusé de réception d’un complément – {candidate.lot.call.reference}",
            template="pdf/evaluation/complement_receipt.html",
            facts=complement_receipt_facts(
                current,
                size=file.size if file else None,
                sha256=file.sha256 if file else "",
                name=current.file.name if current.file else "",
            ),
            subject=current,
        )
        current.save()
        entry.data.update(item=current.position, sha256=file.sha256 if file else "")
    return current
