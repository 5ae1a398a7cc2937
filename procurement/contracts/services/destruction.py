"""The end of keeping: the archive service agrees, the site destroys, a certificate stays (LR-107, LR-108)."""

import logging
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import require
from marketplace.files.documents import request_document
from marketplace.journal.acts import act, record_refusals
from marketplace.journal.clock import canonical as instant
from marketplace.journal.errors import Refusal
from procurement.calls.documents import about_lot
from procurement.calls.models import Lot
from procurement.contracts.archive import Holding, files_of, holdings_of
from procurement.contracts.models import Contract
from procurement.contracts.permissions import ARCHIVIST
from procurement.evaluation.erasure import forget_answers
from procurement.law import retention as law
from procurement.law.facts import RetentionFacts
from procurement.law.findings import refuse
from procurement.submissions import erasure
from procurement.submissions.models import Destruction, Receipt

DONE_ELSEWHERE = "Une autre exécution s’en occupe au même moment : laissez-la finir."
logger = logging.getLogger(__name__)


@record_refusals("destruction.approve")
def approve_destruction(
    *, lot: Lot, holdings: str, archivist: str, visa: str, visa_on: date, actor: Actor, now: datetime
) -> Destruction:
    """Record that the archive service agrees to a destruction, which the site does the night after.

    `holdings`: « procedure », or the number of a contract; `archivist`: who agreed, `visa`: the reference of the
    visa of elimination and its day. Records `destruction.approved`.

    Raises:
        NotAllowed: Neither a validator nor a signatory of the call.
        RuleViolation: The time of keeping still runs, or no visa is given (LR-107, LR-108).
        Refusal: No such contract, or a destruction is approved already.
    """
    require(actor, "destruction.approve", lot)
    with act(lot.call.chain, "destruction.approved", actor=actor, now=now, subject=lot) as entry:
        holding = _holding(lot, holdings, now)
        facts = replace(holding.facts, archivist=archivist, visa=visa, visa_on=visa_on)
        refuse(law.check_destruction(facts))
        if holding.destruction is not None:
            raise Refusal("Cette destruction est déjà approuvée : le site la fait la nuit qui suit.")
        row = Destruction(
            lot=lot,
            party=holding.contract and holding.contract.party,
            first_day=law.first_day(facts),
            archivist=archivist.strip(),
            visa=visa.strip(),
            visa_on=visa_on,
            approved_by_id=actor.user_id,
            approved_at=now,
        )
        row.save()
        entry.data.update(destruction=row.pk, first_day=row.first_day, visa_on=visa_on)
    return row


@record_refusals("destruction.carry_out")
def carry_out(*, destruction: Destruction, actor: Actor, now: datetime) -> Destruction:
    """Destroy what was approved, or finish what a crash left: keys first, then bytes in both places.

    Once begun it cannot be undone, and it is not finished before every byte is gone: then the certificate is asked
    for. Records `destruction.begun` and `destruction.finished`.

    Raises:
        NotAllowed: Anybody but the site itself.
        RuleViolation: The time of keeping runs after all (LR-107, LR-108): a payment came late.
        Refusal: A file cannot go yet; the next run takes it up again.
        OSError: A place does not answer; the next run takes it up again.
    """
    require(actor, "destruction.carry_out", destruction.lot)
    if destruction.finished_at is not None:
        return destruction
    if destruction.begun_at is None:
        destruction = _begin(destruction, actor, now)
    if not erasure.erase_bytes(destruction):
        raise Refusal("Un fichier vient d’être déposé à nouveau avec le même contenu : la suite attend une heure.")
    with act(destruction.lot.call.chain, "destruction.finished", actor=actor, now=now, subject=destruction) as entry:
        current = _current(destruction)
        if current.finished_at is not None:
            raise Refusal(DONE_ELSEWHERE)
        erasure.forget_parts(current)
        current.finished_at = now
        current.certificate = _certificate(current, now)
        current.save()
        entry.data.update(wraps=current.wraps, submissions=current.submissions.count(), files=current.files.count())
    return current


@dataclass(slots=True)
class NightOfDestructions:
    """What a run did: destructions finished, and those that have to wait, with the reason in French."""

    finished: list[Destruction] = field(default_factory=list)
    waiting: list[tuple[Destruction, str]] = field(default_factory=list)


def carry_out_pending(*, now: datetime) -> NightOfDestructions:
    """Carry out every approved destruction; one that cannot be done holds up no other."""
    done = NightOfDestructions()
    for row in Destruction.objects.pending().select_related("lot__call__lead_buyer", "party__lead"):
        try:
            done.finished.append(carry_out(destruction=row, actor=Actor.system(ARCHIVIST), now=now))
        except Refusal as refusal:
            done.waiting.append((row, str(refusal)))
        except OSError as error:
            logger.exception("a place of sealed parts did not answer")
            done.waiting.append((row, f"un espace de stockage ne répond pas ({type(error).__name__})."))
    return done


def _holding(lot: Lot, key: str, now: datetime) -> Holding:
    found = next((one for one in holdings_of(lot, now) if one.key == key), None)
    if found is None:
        raise Refusal("Ce lot n’a pas de contrat de ce numéro.")
    return found


def _current(destruction: Destruction) -> Destruction:
    return Destruction.objects.select_related("lot__call__lead_buyer", "party__lead").get(pk=destruction.pk)


def _begin(destruction: Destruction, actor: Actor, now: datetime) -> Destruction:
    """The transaction after which nothing can be read any more."""
    with act(destruction.lot.call.chain, "destruction.begun", actor=actor, now=now, subject=destruction) as entry:
        current = _current(destruction)
        if current.begun_at is not None:
            raise Refusal(DONE_ELSEWHERE)
        contracts = Contract.objects.filter(lot=current.lot)
        contract = contracts.filter(party=current.party).first() if current.party_id else None
        facts = _holding(current.lot, contract.number if contract else "procedure", now).facts
        refuse(law.check_destruction(_approved(facts, current)))
        submissions = erasure.submissions_of(current, contracts.values_list("party", flat=True))
        current.begun_at = now
        current.save()
        erasure.begin(current, submissions, files_of(contract) if contract else [])
        forget_answers(submissions)
        current.save()
        entry.data.update(wraps=current.wraps, submissions=[one.pk for one in submissions])
    return current


def _approved(facts: RetentionFacts, destruction: Destruction) -> RetentionFacts:
    return replace(facts, archivist=destruction.archivist, visa=destruction.visa, visa_on=destruction.visa_on)


def _certificate(destruction: Destruction, now: datetime) -> Any:
    lot = destruction.lot
    rows = destruction.submissions.select_related("submission__party__lead").order_by("submission__received_at")
    numbers = dict(
        Receipt.objects.filter(submission__in=rows.values("submission"), kind=Receipt.Kind.SUBMISSION).values_list(
            "submission_id", "number"
        )
    )
    certificate = {
        "format": "preau-destruction/1",
        "destruction": str(destruction.pk),
        "holdings": destruction.holdings,
        "holder": str(destruction.party) if destruction.party else "",
        "first_day": destruction.first_day.isoformat(),
        "archivist": destruction.archivist,
        "visa": destruction.visa,
        "visa_on": destruction.visa_on.isoformat(),
        "approved_by": str(destruction.approved_by),
        "approved_at": instant(destruction.approved_at),
        "begun_at": instant(destruction.begun_at),
        "finished_at": instant(now),
        "wraps": destruction.wraps,
        "submissions": [
            {
                "number": numbers.get(row.submission_id, ""),
                "depositor": str(row.submission.party),
                "received_at": instant(row.submission.received_at),
                "root": row.submission.root,
                "parts": row.parts,
                "size": row.sealed_bytes,
            }
            for row in rows
        ],
        "files": [file.stored_file.sha256 for file in destruction.files.select_related("stored_file")],
    }
    return request_document(
        kind="destruction_certificate",
        title=f"Certificat de destruction, {lot.call.reference}",
        template="pdf/contracts/destruction_certificate.html",
        facts={
            **about_lot(lot),
            **certificate,
            "certificate": certificate,
        },
        subject=destruction,
        attachments=[("certificat.json", "certificate")],
    )
