"""What somebody has to do now about contracts: the buyer's team call by call, a signatory, a partner."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _

from marketplace.accounts.actors import Actor
from marketplace.ui.formats import day_words
from marketplace.ui.templatetags.printing import PARIS
from marketplace.ui.todo import Todo
from procurement.calls.models import Call, DirectPurchase, Lot, TeamRole
from procurement.calls.permissions import roles_in
from procurement.contracts.models import Contract, GateRound, PaymentDue
from procurement.contracts.permissions import FOLLOWING, PREPARING
from procurement.contracts.reading import Dossier, PhaseDossier, dossiers, with_details
from procurement.evaluation.models import AwardedPartner
from procurement.evaluation.services.standstill import earliest_signatures
from procurement.law.calendar import add_days

LAST_MOMENT = time(23, 59)


def todos(*, calls: Sequence[Call], actor: Actor, now: datetime) -> list[Todo]:
    """What this actor must do now about the contracts of these calls, on the buyer's side.

    The number of queries does not grow with the calls.
    """
    roles = roles_in(actor, calls)
    mine = {call.pk: call for call in calls if roles[call.pk] & {*PREPARING, *FOLLOWING}}
    contracts = with_details(Contract.objects.visible_to(actor).filter(lot__call__in=list(mine)))
    rows = dossiers(contracts.order_by("number"), now)
    by_call: dict[Any, list[Dossier]] = {key: [] for key in mine}
    for row in rows:
        by_call[row.contract.lot.call_id].append(row)
    preparing = {key: call for key, call in mine.items() if roles[key] & set(PREPARING)}
    found = _to_prepare(preparing, by_call)
    found += [todo for key in preparing for row in by_call[key] for todo in _to_form(row)]
    signing = [key for key in mine if TeamRole.SIGNATORY in roles[key]]
    found += _to_sign([row for key in signing for row in by_call[key]], now)
    following = [key for key in mine if roles[key] & set(FOLLOWING)]
    followed = [row for key in following for row in by_call[key]]
    found += [todo for row in followed for todo in [*_to_put_into_effect(row), *_to_follow(row, now)]]
    return found + _gates(followed, deciders=set(signing))


def todos_for_company(actor: Actor, now: datetime) -> list[Todo]:
    """What the actor's firm must do now about the contracts that it holds."""
    contracts = with_details(Contract.objects.held_by(actor).filter(closed_at=None, stopped_at=None))
    return [todo for row in dossiers(contracts.order_by("number"), now) for todo in todos_of_holder(row)]


def todos_for_signatory(actor: Actor, now: datetime) -> list[Todo]:
    """Contracts that wait for the actor's signature for a buyer, over all calls."""
    contracts = Contract.objects.signed_by(actor).exclude(party__lead_id=actor.organisation_id)
    return _to_sign(dossiers(with_details(contracts.filter(signed_at=None)).order_by("number"), now), now)


def todos_of_holder(row: Dossier) -> list[Todo]:
    """What the holder of one contract must do now."""
    contract, number = row.contract, row.contract.number
    found = [
        Todo(
            _("Déposer la facture %(number)s sur Chorus Pro") % {"number": one.invoice_number},
            reverse("contracts:deposit_invoice", args=[number, one.pk]),
            hint=_("Contrat %(number)s") % {"number": number}, tone="warn",
        )
        for one in contract.payments_due.all() if one.prepared_at is not None and one.invoice_received_at is None
    ]  # fmt: skip
    if row.has_ended:
        return found
    if contract.signed_at is None:
        if row.missing:
            declare = reverse("contracts:declare", args=[number])
            return [Todo(_("Compléter le contrat %(number)s") % {"number": number}, declare, tone="warn")]
        if row.holder_signature is None:
            sign = reverse("contracts:sign", args=[contract.pk])
            return [Todo(_("Signer le contrat %(number)s") % {"number": number}, sign, tone="warn")]
        return []
    if contract.notified_at is None:
        if contract.notification_letter is None:
            return []
        receive = reverse("contracts:acknowledge", args=[number])
        return [Todo(_("Accuser réception du contrat %(number)s") % {"number": number}, receive, tone="warn")]
    found += [
        Todo(
            _("Accuser réception d’une décision de fin de phase"),
            reverse("contracts:acknowledge_decision", args=[number, decision.pk]),
            hint=_("Contrat %(number)s") % {"number": number}, tone="warn",
        )
        for decision in row.awaited_decisions
    ]  # fmt: skip
    for phase in row.phases:
        for one in phase.deliverables:
            if one.is_owed:
                label = _("Remettre « %(name)s »") % {"name": one.deliverable.name}
                due = one.deliverable.due_on
                href = reverse("contracts:hand_in", args=[number, phase.phase.number, one.deliverable.number])
                hint = one.last.reasons if one.last else _("Contrat %(number)s") % {"number": number}
                found.append(Todo(label, href, _end_of(due) if due else None, hint, "danger" if one.last else ""))
    return found


def _to_prepare(calls: Mapping[Any, Call], rows: Mapping[Any, list[Dossier]]) -> list[Todo]:
    """Lots whose chosen partners have no contract yet, and decided purchases that have none."""
    purchases = [call for key, call in calls.items() if call.is_purchase and not rows[key]]
    found = _purchases_to_prepare(purchases)
    drawn = {row.contract.awarded_id for key in calls for row in rows[key]}
    partnerships = [key for key, call in calls.items() if not call.is_purchase]
    waiting = AwardedPartner.objects.filter(
        decision__lot__call__in=partnerships, eliminated_at=None, clearance__completed_at__isnull=False
    ).select_related("decision__lot")
    numbers: dict[Any, set[int]] = {key: set() for key in partnerships}
    for partner in waiting:
        if partner.pk not in drawn:
            numbers[partner.decision.lot.call_id].add(partner.decision.lot.number)
    lots = Lot.objects.filter(call__in=[key for key, some in numbers.items() if some]).order_by()
    counted = dict(lots.values_list("call_id").annotate(Count("pk")))
    for key, some in numbers.items():
        label = _("Préparer les contrats")
        if counted.get(key, 0) > 1:
            label = _("Préparer les contrats du lot %(lot)s")
        found += [
            Todo(
                label % {"lot": lot},
                reverse("contracts:prepare", args=[calls[key].reference, lot]),
                hint=_("Les partenaires sont choisis et leurs justificatifs vérifiés."),
            )
            for lot in sorted(some)
        ]
    return found


def _purchases_to_prepare(calls: Sequence[Call]) -> list[Todo]:
    decided = DirectPurchase.objects.filter(
        call__in=[call.pk for call in calls], decided_at__isnull=False, is_written=True
    )
    ready = set(decided.values_list("call_id", flat=True))
    return [
        Todo(
            _("Préparer le contrat"),
            reverse("contracts:prepare", args=[call.reference, 1]),
            hint=_("L’achat est décidé."),
        )
        for call in calls
        if call.pk in ready
    ]


def _to_form(row: Dossier) -> list[Todo]:
    """What preparers still owe a contract before both signatures."""
    if row.contract.signed_at is not None or row.contract.is_eliminated:
        return []
    number = {"number": row.contract.number}
    if row.missing:
        hint = _("Il manque : %(fields)s.") % {"fields": " ; ".join(row.missing)}
        return [Todo(_("Compléter le contrat %(number)s") % number, _page(row, "complete"), hint=hint)]
    found = [
        Todo(_("Répondre au refus de signer le contrat %(number)s") % number, _page(row, "contract"),
             hint=refusal.reasons, tone="danger")
        for refusal in row.refusals
    ]  # fmt: skip
    signed = row.holder_signature
    if signed is not None and signed.road == signed.Road.PADES and signed.identity_checked_at is None:
        label = _("Confirmer l’identité du signataire du contrat %(number)s") % number
        found.append(Todo(label, _page(row, "confirm_identity"), hint=signed.signatory))
    return found


def _to_sign(rows: list[Dossier], now: datetime) -> list[Todo]:
    """Contracts that the partner signed and the buyer has not."""
    found = []
    waiting = [
        row
        for row in rows
        if row.contract.signed_at is None and row.holder_signature is not None and not row.contract.is_eliminated
    ]
    days = earliest_signatures(list({row.contract.lot_id: row.contract.lot for row in waiting}.values()), now=now)
    for row in waiting:
        contract = row.contract
        first = days[contract.lot_id]
        is_early = first is not None and now.astimezone(PARIS).date() < first
        hint = _("À partir du %(day)s, fin du délai de suspension.") % {"day": day_words(first)} if is_early else ""
        label = _("Signer le contrat %(number)s") % {"number": contract.number}
        href = reverse("contracts:sign", args=[contract.pk])
        found.append(Todo(label, href, hint=hint, tone="" if is_early else "warn"))
    return found


def _to_put_into_effect(row: Dossier) -> list[Todo]:
    """From both signatures to the notification."""
    contract, number = row.contract, {"number": row.contract.number}
    if contract.signed_at is None or contract.notified_at is not None or row.has_ended:
        return []
    if row.must_be_transmitted and contract.transmitted_at is None:
        label = _("Transmettre au préfet le contrat %(number)s") % number
        return [Todo(label, _page(row, "transmit"), _end_of(row.transmit_before), tone="warn")]
    if contract.notification_letter is None:
        return [Todo(_("Notifier le contrat %(number)s") % number, _page(row, "notify"))]
    return [Todo(_("Consigner la réception du contrat %(number)s") % number, _page(row, "record_receipt"))]


def _to_follow(row: Dossier, now: datetime) -> list[Todo]:
    """Phases to begin, deliverables to decide, results, receptions, payments."""
    found = [_payment(row, one) for one in row.contract.payments_due.all() if _is_to_pay(one)]
    if row.has_ended or row.contract.notified_at is None:
        return found
    for phase in row.phases:
        found += _of_phase(row, phase, now)
    for decision in row.awaited_decisions:
        label = _("Consigner la réception de la décision, contrat %(number)s") % {"number": row.contract.number}
        ended = next(one for one in row.phases if one.phase.phase_id == decision.round.phase_id)
        found.append(Todo(label, _page(row, "decision_receipt", ended.phase.number)))
    return found


def _of_phase(row: Dossier, phase: PhaseDossier, now: datetime) -> list[Todo]:
    number, partner = phase.phase.number, row.contract.party
    if phase.can_start:
        label = _("Commencer la phase %(number)s avec %(partner)s") % {"number": number, "partner": partner}
        return [Todo(label, _page(row, "start_phase", number))]
    found = []
    for one in phase.deliverables:
        if one.awaits_decision and not row.has_ended:
            days = phase.phase.phase.acceptance_days
            handed_in = one.deliverable.handed_in_at.astimezone(PARIS).date()
            label = _("Décider sur « %(name)s » de %(partner)s") % {"name": one.deliverable.name, "partner": partner}
            due = _end_of(add_days(handed_in, days)) if days else None
            found.append(Todo(label, _page(row, "deliverable", number, one.deliverable.number), due, tone="warn"))
    decided = phase.deliverables and all(one.last is not None and not one.is_owed for one in phase.deliverables)
    if phase.is_open and phase.phase.is_research and decided and not found:
        label = _("Arrêter les résultats de la phase %(number)s, %(partner)s") % {"number": number, "partner": partner}
        found.append(Todo(label, _page(row, "results", number)))
    return found


def _is_to_pay(payment: PaymentDue) -> bool:
    """Whether the buyer has something to do about an invoice: it has it, did not send it back, did not pay it."""
    return payment.invoice_received_at is not None and payment.returned_at is None and payment.paid_at is None


def _payment(row: Dossier, payment: PaymentDue) -> Todo:
    contract, label = row.contract, _("Payer la facture %(number)s de %(partner)s")
    if payment.kind == PaymentDue.Kind.CREDIT:
        label = _("Déduire l’avoir %(number)s de %(partner)s")
    elif payment.prepared_at is not None and payment.service_done_at is None:
        label = _("Certifier le service fait de la facture %(number)s de %(partner)s")
    elif payment.prepared_at is not None and payment.mandated_at is None:
        label = _("Mandater la facture %(number)s de %(partner)s")
    words = label % {"number": payment.invoice_number, "partner": contract.party}
    href = _page(row, "buyer_invoice", payment.pk)
    return Todo(words, href, _end_of(payment.due_on) if payment.due_on else None, tone="warn")


def _gates(rows: list[Dossier], *, deciders: set[Any]) -> list[Todo]:
    """Ends of phases: to open once all results are recorded, then to decide by a signatory.

    `deciders`: ids of the calls in which the actor is one.
    """
    found = []
    gates = GateRound.objects.filter(lot__in={row.contract.lot_id for row in rows})
    rounds = {(gate.lot_id, gate.phase_id): gate for gate in gates}
    ended: dict[tuple[object, object], list[PhaseDossier]] = {}
    for row in rows:
        if row.contract.is_running and row.contract.notified_at is not None:
            for phase in row.phases:
                if phase.decision is not None and phase.phase.is_research and phase.closing_decision is None:
                    ended.setdefault((row.contract.lot_id, phase.phase.phase_id), []).append(phase)
    for key, phases in ended.items():
        if any(phase.result is None for phase in phases):
            continue
        contract, number = phases[0].contract, phases[0].phase.number
        address = [contract.call.reference, contract.lot.number, number]
        gate = rounds.get(key)
        if gate is None:
            label = _("Ouvrir la fin de la phase %(number)s") % {"number": number}
            found.append(Todo(label, reverse("contracts:open_gate", args=address)))
        elif gate.decided_at is None and contract.lot.call_id in deciders:
            label = _("Décider à la fin de la phase %(number)s") % {"number": number}
            found.append(Todo(label, reverse("contracts:decide", args=address), tone="warn"))
    return found


def _page(row: Dossier, view: str, *more: object) -> str:
    contract = row.contract
    return reverse(f"contracts:{view}", args=[contract.call.reference, contract.lot.number, contract.number, *more])


def _end_of(day: date) -> datetime:
    return datetime.combine(day, LAST_MOMENT, tzinfo=PARIS)
