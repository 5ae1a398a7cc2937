"""Both signatures of a contract: the partner first, then the buyer (LR-63, LR-66, LR-78 to LR-80, LR-82, LR-122).

A signature is a PAdES file checked against our exact bytes, or ink on a paper original that the buyer keeps. Each party
chooses its road. The files are read and checked before the act opens; the act checks that they are still the ones.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Organisation
from marketplace.accounts.permissions import require
from marketplace.files.services import StagedFile, stage, store
from marketplace.journal.acts import act, record_refusals
from marketplace.journal.errors import Refusal
from procurement.calls.models import Call, LotTimeline
from procurement.calls.services.timeline import record
from procurement.contracts.facts import signature_facts
from procurement.contracts.mails import tell_holder, tell_preparers, tell_signatories
from procurement.contracts.models import Contract, ContractDocument, SignatoryPower, Signature, SignatureRefusal
from procurement.contracts.permissions import speaks_for_holder
from procurement.contracts.services.formation import missing_fields
from procurement.contracts.signing import SignatureReport, check_signature
from procurement.contracts.trust import trust_roots
from procurement.evaluation.models import AwardedPartner
from procurement.evaluation.services.ruling import pass_rules
from procurement.law import signature as law

PDF = "application/pdf"


class SignatureRefused(Refusal):
    """A file that came back is not our document, soundly signed. `report` says everything that was found."""

    def __init__(self, report: SignatureReport) -> None:
        super().__init__(*report.all_findings)
        self.report = report

    @property
    def rules(self) -> list[str]:
        """The rule behind the refusal."""
        return ["LR-63"]


@dataclass(frozen=True, kw_only=True)
class Ink:
    """A signature on paper: who signed, when, and a scan kept as a copy (the original stays with the buyer)."""

    signatory: str
    signed_at: datetime
    capacity: str = ""
    scan: StagedFile | None = None


def record_power(
    *,
    call: Call,
    organisation: Organisation,
    signatory: str,
    capacity: str,
    actor: Actor,
    now: datetime,
    basis: str = "",
    document: StagedFile | None = None,
    user_id: object = None,
    valid_from: date | None = None,
    valid_until: date | None = None,
    ceiling_ht: Decimal | None = None,
) -> SignatoryPower:
    """Keep the power of a person to sign for an organisation, with its proof (LR-122).

    Raises NotAllowed, Refusal for the same proof of the same person, or dates in disorder. Records `power.recorded`.
    """
    require(actor, "contracts.record_power", call)
    with act(call.chain, "power.recorded", actor=actor, now=now, subject=call):
        if valid_from and valid_until and valid_until < valid_from:
            raise Refusal("Le pouvoir finit avant de commencer : corrigez ses dates.")
        known = SignatoryPower.objects.filter(call=call, organisation=organisation, signatory=signatory)
        if document is not None and known.filter(document__sha256=document.sha256, ceiling_ht=ceiling_ht).exists():
            raise Refusal(f"Ce pouvoir de {signatory} est déjà enregistré.")
        power = SignatoryPower(
            call=call,
            organisation=organisation,
            user_id=user_id,
            signatory=signatory,
            capacity=capacity,
            basis=basis,
            document=store(document) if document else None,
            valid_from=valid_from,
            valid_until=valid_until,
            ceiling_ht=ceiling_ht,
            recorded_at=now,
        )
        power.save()
    return power


def document_to_sign(contract: Contract) -> ContractDocument:
    """The *acte d'engagement* in force: the document that both parties sign."""
    return contract.documents.select_related("document").get(
        kind=ContractDocument.Kind.ACTE_ENGAGEMENT, replaced_at=None
    )


def bytes_to_sign(contract: Contract) -> bytes:
    """The exact bytes that the next party signs: our rendering, or the partner's signed file once there is one.

    Raises Refusal while the document is not rendered.
    """
    document = document_to_sign(contract)
    signed = document.signatures.filter(side=Signature.Side.HOLDER, road=Signature.Road.PADES).first()
    if signed is not None:
        return signed.file.read()
    if not document.document.is_rendered:
        raise Refusal("Le PDF du contrat est en cours de production : revenez dans un instant pour le signer.")
    return document.document.pdf()


@record_refusals("contract.sign_as_holder")
def sign_as_holder(
    *,
    contract: Contract,
    actor: Actor,
    now: datetime,
    signed_pdf: bytes | None = None,
    ink: Ink | None = None,
    power: SignatoryPower | None = None,
) -> Signature:
    """The partner signs: `signed_pdf` handed in by the partner, or `ink` recorded by the buyer who keeps the original.

    Raises NotAllowed, SignatureRefused with the report of a file that does not hold, Refusal when the contract misses
    fields or is signed already. Records `contract.holder_signed`.
    """
    require(actor, "contract.sign_as_holder" if signed_pdf is not None else "contract.record_holder_ink", contract)
    signature, file = _prepared(contract, Signature.Side.HOLDER, signed_pdf=signed_pdf, ink=ink, power=power, now=now)
    with act(contract.call.chain, "contract.holder_signed", actor=actor, now=now, subject=contract) as entry:
        _keep(contract, signature, file)
        entry.data["road"] = signature.road
        tell_signatories(contract, "contracts.to_sign_as_buyer", now=now)
    return signature


@record_refusals("contract.refuse_signature")
def refuse_signature(*, contract: Contract, reasons: str, actor: Actor, now: datetime) -> SignatureRefusal:
    """A party says that it will not sign the document as it stands; the buyer answers with another one.

    Raises NotAllowed, Refusal without reasons or once the contract is signed by that side. Records
    `contract.signature_refused` and tells the buyer's people who prepare the contract.
    """
    holder = speaks_for_holder(actor, contract)
    require(actor, "contract.sign_as_holder" if holder else "contract.sign_as_buyer", contract)
    side = Signature.Side.HOLDER if holder else Signature.Side.BUYER
    with act(contract.call.chain, "contract.signature_refused", actor=actor, now=now, subject=contract) as entry:
        document = document_to_sign(contract)
        if document.signatures.filter(side=side).exists():
            raise Refusal(f"Le contrat {contract.number} porte déjà la signature de cette partie.")
        if not reasons.strip():
            raise Refusal("Écrivez pourquoi vous ne signez pas : l’acheteur doit savoir quoi corriger.")
        if document.refusals.filter(side=side).exists():
            raise Refusal("Votre refus de cette version est déjà consigné : l’acheteur vous répondra.")
        refusal = SignatureRefusal(
            document=document, side=side, reasons=reasons, refused_at=now, refused_by_id=actor.user_id
        )
        refusal.save()
        entry.data["side"] = side
        tell_preparers(contract, "contracts.signature_refused", now=now)
    return refusal


def confirm_identity(*, signature: Signature, actor: Actor, now: datetime) -> Signature:
    """A person of the buyer says that the signer is the one who may sign; no machine can (LR-63). Raises NotAllowed."""
    contract = signature.document.contract
    require(actor, "contract.confirm_identity", contract)
    with act(contract.call.chain, "signature.identity_confirmed", actor=actor, now=now, subject=signature):
        current = Signature.objects.get(pk=signature.pk)
        current.identity_checked_by_id, current.identity_checked_at = actor.user_id, now
        current.save()
    return current


@record_refusals("contract.sign_as_buyer")
def sign_as_buyer(
    *,
    contract: Contract,
    power: SignatoryPower | None,
    actor: Actor,
    now: datetime,
    signed_pdf: bytes | None = None,
    ink: Ink | None = None,
    accepted: Mapping[str, str] | None = None,
) -> Contract:
    """The buyer signs, which concludes the contract; the last one of a lot records the lot as signed.

    The actor, a signatory of the call, answers for the identity behind the buyer's own signature. The rules are asked
    at the instant that the signature bears, so that a paper dated during the standstill is refused too. `accepted` maps
    warnings to written reasons. Raises NotAllowed, SignatureRefused, RuleViolation with every blocking finding. Records
    `contract.signed`.
    """
    require(actor, "contract.sign_as_buyer", contract)
    signature, file = _prepared(contract, Signature.Side.BUYER, signed_pdf=signed_pdf, ink=ink, power=power, now=now)
    signature.identity_checked_by_id, signature.identity_checked_at = actor.user_id, now
    with act(contract.call.chain, "contract.signed", actor=actor, now=now, subject=contract) as entry:
        current = Contract.objects.select_related("lot__call__lead_buyer", "lot__timeline").get(pk=contract.pk)
        given = Signature.objects.filter(document=signature.document)
        facts = signature_facts(
            current, signatures=[*given, signature], power=power, signed_at=signature.signed_at, actor=actor
        )
        pass_rules(current.call, law.check(facts), accepted=accepted, actor=actor, now=now)
        _keep(current, signature, file)
        current.signed_at = signature.signed_at
        current.save()
        entry.data["road"] = signature.road
        _record_lot_signed(current, now)
        tell_holder(current, "contracts.signed", now=now)
    return current


def _prepared(
    contract: Contract,
    side: str,
    *,
    signed_pdf: bytes | None,
    ink: Ink | None,
    power: SignatoryPower | None,
    now: datetime,
) -> tuple[Signature, StagedFile | None]:
    """The signature as it would be kept, and its file laid on disk, outside of any transaction.

    Raises SignatureRefused, and Refusal for a contract that cannot be signed.
    """
    if contract.is_eliminated:
        raise Refusal("Ce partenaire a été éliminé depuis : son contrat ne peut plus être signé.")
    timeline = LotTimeline.objects.get(lot=contract.lot)
    if timeline.cancelled_at or timeline.unsuccessful_at:
        raise Refusal(
            "Ce lot est déclaré sans suite ou infructueux : aucun contrat ne peut plus y être signé (R2185-1)."
        )
    if missing := missing_fields(contract):
        raise Refusal(
            "Le contrat n’est pas complet : il manque " + " ; ".join(missing) + ". Complétez-le, puis préparez-le de "
            "nouveau : personne ne signe un acte d’engagement à trous."
        )
    if (signed_pdf is None) == (ink is None):
        raise Refusal("Choisissez une voie : déposez le PDF signé, ou consignez la signature sur papier.")
    holder = side == Signature.Side.HOLDER
    signature = Signature(
        document=document_to_sign(contract),
        side=side,
        road=Signature.Road.WET_INK if ink else Signature.Road.PADES,
        organisation=contract.party.lead if holder else contract.call.lead_buyer,
        power=power,
        signatory=(ink.signatory if ink else "") or (power.signatory if power else ""),
        capacity=(ink.capacity if ink else "") or (power.capacity if power else ""),
        signed_at=ink.signed_at if ink else now,
        recorded_at=now,
    )
    if signature.signed_at > now:
        raise Refusal("La date de signature est dans l’avenir : indiquez le jour où le papier a été signé.")
    if signed_pdf is None:
        return signature, ink.scan if ink else None
    _check_file(signature, signed_pdf, bytes_to_sign(contract), now)
    return signature, stage(signed_pdf, name=f"{contract.number}-{side}.pdf", media_type=PDF)


def _check_file(signature: Signature, signed_pdf: bytes, original: bytes, now: datetime) -> None:
    report = check_signature(signed_pdf, original, trust_roots=trust_roots(), now=now)
    if not report.is_accepted:
        raise SignatureRefused(report)
    signature.report = report.as_json()
    signature.signatory = signature.signatory or report.signers[0].name
    declared = [signer.declared_at for signer in report.signers if signer.declared_at]
    if declared:
        signature.signed_at = datetime.fromisoformat(max(declared))


def _keep(contract: Contract, signature: Signature, file: StagedFile | None) -> None:
    """Keep file and row inside the act. Raises Refusal when the side has signed, or the document changed since."""
    if document_to_sign(contract).pk != signature.document_id:
        raise Refusal("Le contrat a été préparé de nouveau entre-temps : signez sa version en vigueur.")
    if Signature.objects.filter(document_id=signature.document_id, side=signature.side).exists():
        raise Refusal(f"Le contrat {contract.number} porte déjà la signature de cette partie.")
    signature.file = store(file) if file else None
    signature.save()


def _record_lot_signed(contract: Contract, now: datetime) -> None:
    """The lot is signed once every partner that stands has its signed contract; a purchase has one contract."""
    if contract.awarded is None:
        record(contract.lot, "signed_at", now)
        return
    standing = AwardedPartner.objects.standing(contract.lot).count()
    signed = Contract.objects.filter(
        lot=contract.lot, signed_at__isnull=False, awarded__eliminated_at__isnull=True
    ).count()
    if signed == standing:
        record(contract.lot, "signed_at", now)
