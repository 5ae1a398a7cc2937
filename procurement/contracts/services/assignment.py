"""The *certificat de cessibilité*: asked by the holder, given by the buyer, once (R2191-45 s., LR-119)."""

from datetime import datetime
from decimal import Decimal

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import require
from marketplace.files.documents import request_document
from marketplace.files.models import GeneratedDocument
from marketplace.journal.acts import act, record_refusals
from marketplace.journal.errors import Refusal
from procurement.calls.documents import header, money, organisation_block
from procurement.contracts.acte import contract_block
from procurement.contracts.mails import tell_holder, tell_signatories
from procurement.contracts.models import AssignmentCertificate, Contract, SubcontractAct
from procurement.contracts.payment_terms import clauses_of
from procurement.law import claims, price
from procurement.law import facts as law
from procurement.law.findings import refuse


@record_refusals("certificate.ask")
def ask_certificate(*, contract: Contract, actor: Actor, now: datetime) -> AssignmentCertificate:
    """The holder asks for the document with which it may assign its claim (R2191-45).

    Raises NotAllowed, Refusal for a contract not in force, or asked already. Records `certificate.asked`.
    """
    require(actor, "contract.bill", contract)
    with act(contract.call.chain, "certificate.asked", actor=actor, now=now, subject=contract):
        current = Contract.objects.select_related("lot__call").get(pk=contract.pk)
        if not current.is_running:
            raise Refusal("Le contrat n’est pas en vigueur : il n’y a pas de créance à céder.")
        if AssignmentCertificate.objects.filter(contract=current).exists():
            raise Refusal("Vous avez déjà demandé le certificat de ce contrat : il n’y en a qu’un.")
        row = AssignmentCertificate(contract=current, asked_at=now, asked_by_id=actor.user_id)
        row.save()
        tell_signatories(current, "contracts.certificate_asked", now=now)
    return row


@record_refusals("certificate.issue")
def issue_certificate(*, contract: Contract, amount_ttc: Decimal, actor: Actor, now: datetime) -> AssignmentCertificate:
    """A signatory gives the certificate, once, for what the holder may assign at most (LR-119).

    Raises NotAllowed, RuleViolation for a second one or too high an amount, Refusal when the holder did not ask.
    Records `certificate.issued`.
    """
    require(actor, "contract.order", contract)
    with act(contract.call.chain, "certificate.issued", actor=actor, now=now, subject=contract) as entry:
        related = ("lot__call__lead_buyer", "lot__terms", "party__lead")
        current = Contract.objects.select_related(*related).prefetch_related("phases").get(pk=contract.pk)
        row = AssignmentCertificate.objects.select_related("contract").filter(contract=current).first()
        if row is None:
            raise Refusal("Le titulaire n’a pas demandé de certificat : il le demande depuis son espace.")
        facts = law.AssignmentFacts(
            already_issued=row.issued_at is not None, amount_ttc=amount_ttc, assignable_ttc=assignable_ttc(current)
        )
        refuse(price.check_assignment(facts))
        row.amount_ttc, row.issued_at, row.issued_by_id = amount_ttc, now, actor.user_id
        row.document = _document(current, amount_ttc, str(actor.membership().user))
        row.save()
        entry.data.update(amount_ttc=amount_ttc)
        tell_holder(current, "contracts.certificate_issued", now=now)
    return row


def assignable_ttc(contract: Contract) -> Decimal:
    """Most that the holder may assign, € TTC: its phases, less what the buyer pays subcontractors directly (R2191-46)
    and what was paid already.
    """
    accepted = SubcontractAct.objects.filter(contract=contract, accepted_at__isnull=False, refused_at=None)
    direct = sum((row.amount_ht or Decimal(0) for row in accepted), Decimal(0))
    paid = sum((row.net_ttc for row in contract.payments_due.standing().exclude(paid_at=None)), Decimal(0))
    return max(claims.with_vat(contract.research_ht - direct, contract.vat_rate) - paid, Decimal(0))


def _document(contract: Contract, amount_ttc: Decimal, signatory: str) -> GeneratedDocument:
    clauses = clauses_of(contract)
    return request_document(
        kind="assignment_certificate",
        title=f"Certificat de cessibilité {contract.number}",
        template="pdf/contracts/assignment_certificate.html",
        facts={
            **header(contract.call),
            "contract": contract_block(contract, place=clauses.place),
            "buyer": organisation_block(contract.call.lead_buyer),
            "holder": organisation_block(contract.party.lead),
            "amount_ttc": money(amount_ttc),
            "contract_ttc": money(claims.with_vat(contract.research_ht, contract.vat_rate)),
            "accounting_officer": clauses.accounting_officer,
            "notified_on": contract.notified_at and contract.notified_at.date().isoformat(),
            "signatory": {"name": signatory, "capacity": "pour l’acheteur"},
        },
        subject=contract,
    )
