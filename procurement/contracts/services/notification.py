"""From the signed contract to its effect: the prefect where the law says so, then the holder (LR-82, LR-83, LR-123)."""

from collections.abc import Mapping
from datetime import datetime

from django.utils import timezone

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import require
from marketplace.files.documents import request_document
from marketplace.files.models import GeneratedDocument
from marketplace.journal.acts import act, record_refusals
from marketplace.journal.errors import Refusal
from procurement.calls.documents import call_block, header, money, organisation_block
from procurement.calls.facts import launch_date
from procurement.contracts.acte import contract_block
from procurement.contracts.facts import notification_facts, transmission_facts
from procurement.contracts.models import Contract, ContractDocument, GateDecision, PrefectTransmission, Signature
from procurement.correspondence.models import Letter, LetterKind
from procurement.correspondence.services import send_letter
from procurement.evaluation.services.ruling import pass_rules
from procurement.law import signature as law
from procurement.law.calendar import prefect_deadline
from procurement.law.findings import Severity, refuse

EFFECT = (
    "Le contrat prend effet à la date où vous recevez cette notification (article R. 2182-4). "
    "Elle vaut décision de lancer la phase 1 (article R. 2172-31)."
)
EFFECT_OF_PURCHASE = (
    "Le contrat prend effet à la date où vous recevez cette notification (article R. 2182-4). "
    "L’exécution peut commencer."
)
PREFECTURE = "Représentant de l’État dans le département de « {} », contrôle de légalité"
LEGAL_BASIS = "articles L. 2131-1, L. 2131-2 et R. 2131-5 du code général des collectivités territoriales"


@record_refusals("contract.transmit")
def transmit_to_prefect(
    *,
    contract: Contract,
    transmitted_at: datetime,
    receipt_number: str,
    prefecture: str = "",
    actor: Actor,
    now: datetime,
    accepted: Mapping[str, str] | None = None,
) -> PrefectTransmission:
    """Record that the signed contract went to the prefect, with the number of the receipt (LR-83, LR-123).

    Raises NotAllowed, Refusal when the contract needs none or is not signed, RuleViolation without receipt, or when it
    is late and no reason is in `accepted`. Records `contract.transmitted` and has the list of documents rendered.
    """
    require(actor, "contract.follow", contract)
    with act(contract.call.chain, "contract.transmitted", actor=actor, now=now, subject=contract):
        current = _current(contract)
        if current.signed_at is None:
            raise Refusal("Le contrat n’est pas signé des deux parties : signez-le avant de le transmettre.")
        if not law.must_be_transmitted(transmission_facts(current)):
            raise Refusal("Ce contrat n’est pas soumis au contrôle de légalité : notifiez-le directement.")
        if hasattr(current, "prefect_transmission"):
            raise Refusal(f"Le contrat {current.number} a déjà été transmis au préfet.")
        if not current.signed_at <= transmitted_at <= now:
            raise Refusal("La date de transmission se place entre la signature et aujourd’hui : corrigez-la.")
        sent = PrefectTransmission(
            contract=current, transmitted_at=transmitted_at, receipt_number=receipt_number.strip(), recorded_at=now
        )
        sent.list_document = _list_of_documents(current, sent, prefecture)
        current.prefect_transmission = sent
        found = law.check_transmission(transmission_facts(current))
        pass_rules(current.call, found, accepted=accepted, actor=actor, now=now)
        sent.save()
        current.transmitted_at = transmitted_at
        current.save()
    return sent


@record_refusals("contract.notify")
def notify(*, contract: Contract, actor: Actor, now: datetime) -> Letter:
    """Send the signed contract to its holder; it takes effect when the holder receives it (LR-82, `record_receipt`).

    Raises NotAllowed, RuleViolation when a signature, a document or the prefect's receipt is missing. Records
    `contract.notification_sent`.
    """
    require(actor, "contract.follow", contract)
    with act(contract.call.chain, "contract.notification_sent", actor=actor, now=now, subject=contract):
        current = _current(contract)
        if current.notification_letter_id is not None:
            raise Refusal(f"Le contrat {current.number} a déjà été envoyé à son titulaire : consignez sa réception.")
        # A late transmission was explained when it was recorded: that reason is not asked twice.
        found = [one for one in law.check_notification(notification_facts(current)) if one.severity is Severity.BLOCK]
        refuse(found)
        current.notification_letter = send_letter(
            call=current.call,
            lot=current.lot,
            recipient=current.party.lead,
            kind=LetterKind.NOTIFICATION,
            facts={
                "contract": contract_block(current),
                "signed_on": timezone.localdate(current.signed_at).isoformat(),
                "documents": [row.title for row in current.documents.filter(replaced_at=None)],
                "effect": EFFECT_OF_PURCHASE if current.call.is_purchase else EFFECT,
            },
            now=now,
        )
        current.save()
        _decide_first_phase(current, actor, now)
    return current.notification_letter


@record_refusals("contract.record_receipt")
def record_receipt(*, contract: Contract, actor: Actor, now: datetime, received_at: datetime | None = None) -> Contract:
    """Record when the holder received the signed contract: that instant is its notification (R2182-4, LR-82).

    Subcontractors named in the tender are accepted by it (R2193-1, LR-60). `received_at` defaults to when the holder
    read the letter here. Raises NotAllowed, Refusal without letter or date. Records `contract.notified`.
    """
    require(actor, "contract.record_receipt", contract)
    with act(contract.call.chain, "contract.notified", actor=actor, now=now, subject=contract) as entry:
        current = _current(contract)
        letter = current.notification_letter
        if letter is None:
            raise Refusal("Le contrat n’a pas été envoyé à son titulaire : notifiez-le d’abord.")
        if current.notified_at is not None:
            raise Refusal(f"La notification du contrat {current.number} est déjà consignée.")
        current.notified_at = checked_receipt(letter, received_at, now)
        current.save()
        first = current.gate_decisions.get(decision=GateDecision.Decision.BEGIN)
        first.notified_at = current.notified_at
        first.save()
        for subcontractor in current.subcontracts.filter(in_tender=True, accepted_at=None, refused_at=None):
            subcontractor.accepted_at = current.notified_at
            subcontractor.save()
        entry.data["received_at"] = current.notified_at
    return current


def checked_receipt(letter: Letter, received_at: datetime | None, now: datetime) -> datetime:
    """When a letter was received: the date given, else when it was read here. Raises Refusal for a wrong date."""
    left_at = letter.left_at
    if left_at is None:
        raise Refusal("Cette lettre n’est pas partie : envoyez-la par l’autre profil d’acheteur et consignez l’envoi.")
    instant = received_at or letter.read_at
    if instant is None:
        raise Refusal("Le titulaire n’a pas encore accusé réception : attendez, ou joignez la date de son accusé.")
    if not left_at <= instant <= now:
        raise Refusal("La date de réception se place entre l’envoi et maintenant : corrigez-la.")
    return instant


def _decide_first_phase(contract: Contract, actor: Actor, now: datetime) -> None:
    """The contract says that its first phase begins by its notification (D2): the same letter decides it (LR-23)."""
    GateDecision(
        contract=contract,
        decision=GateDecision.Decision.BEGIN,
        next_phase=contract.phases.order_by("number").first(),
        reasons="Le contrat lance sa première phase par sa notification.",
        decided_at=now,
        decided_by_id=actor.user_id,
        letter=contract.notification_letter,
    ).save()


def _current(contract: Contract) -> Contract:
    return Contract.objects.select_related("lot__call__lead_buyer", "party__lead", "notification_letter").get(
        pk=contract.pk
    )


def _list_of_documents(contract: Contract, sent: PrefectTransmission, prefecture: str) -> GeneratedDocument:
    """The *bordereau*: what was sent, with fingerprints (CGCT R2131-5, LR-123)."""
    signed_on = timezone.localdate(contract.signed_at)
    launched = launch_date(contract.call, contract.prepared_at)
    return request_document(
        kind="prefect_bordereau",
        title=f"Bordereau de transmission {contract.number}",
        template="pdf/contracts/prefect_bordereau.html",
        facts={
            **header(contract.call),
            "call": call_block(contract.call),
            "buyer": organisation_block(contract.call.lead_buyer),
            "contract": {
                **contract_block(contract),
                "total_ht": money(contract.amount_ht),
                "signed_on": signed_on.isoformat(),
            },
            "prefecture": prefecture or PREFECTURE.format(contract.call.lead_buyer.name),
            "legal_basis": LEGAL_BASIS,
            "transmit_before": prefect_deadline(signed_on, launch_date=launched).isoformat(),
            "documents": list(_sent_documents(contract)),
            "signatory": _buyer_signatory(contract),
            "receipt": {
                "number": sent.receipt_number,
                "received_on": timezone.localdate(sent.transmitted_at).isoformat(),
            },
        },
        subject=contract,
    )


def _sent_documents(contract: Contract) -> list[dict[str, object]]:
    rows = contract.documents.filter(replaced_at=None).select_related(
        "document__rendering__stored_file", "call_document__document__rendering__stored_file", "file"
    )
    return [{"number": number, "title": row.title, **_fingerprint(row)} for number, row in enumerate(rows, start=1)]


def _fingerprint(row: ContractDocument) -> dict[str, object]:
    """Pages and SHA-256 of a piece: the file signed last, else the rendering, else nothing for a text by its name."""
    signed = row.signatures.exclude(file=None).order_by("recorded_at").last()
    generated = row.document or (row.call_document and row.call_document.document)
    rendering = generated.rendering if generated is not None and generated.is_rendered else None
    file = signed.file if signed else row.file or (rendering and rendering.stored_file)
    return {"pages": rendering and rendering.pages, "sha256": file.sha256 if file else ""}


def _buyer_signatory(contract: Contract) -> dict[str, str]:
    signed = Signature.objects.filter(document__contract=contract, side=Signature.Side.BUYER).first()
    return {"name": signed.signatory if signed else "", "capacity": signed.capacity if signed else ""}
