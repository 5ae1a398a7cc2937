"""Who may do what upon a contract: the buyer's team by role, the partner's people for what is theirs."""

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Organisation
from marketplace.accounts.permissions import Verdict, permits
from marketplace.files.models import StoredFile
from marketplace.files.permissions import reads_files
from procurement.calls.models import Call, Lot, TeamRole
from procurement.calls.permissions import in_team, requires_role
from procurement.contracts.models import (
    Contract,
    ContractDocument,
    Deliverable,
    GateRound,
    PartnerAgreement,
    SignatoryPower,
    Signature,
)
from procurement.correspondence.services import has_no_reader
from procurement.submissions.models import Destruction

PREPARING = (TeamRole.AUTHOR, TeamRole.VALIDATOR, TeamRole.SIGNATORY)
ARCHIVIST = "archivist"
"""Trade of the site under which it destroys what the archive service agreed to."""
FOLLOWING = (TeamRole.AUTHOR, TeamRole.VALIDATOR, TeamRole.EVALUATOR, TeamRole.SIGNATORY)


def speaks_for_holder(actor: Actor, contract: Contract) -> bool:
    """Whether the actor acts for the partner, or for the lead of the group that holds the contract."""
    return actor.acts_for(contract.party.lead_id)


def _holder_only(actor: Actor, contract: Contract) -> Verdict:
    if speaks_for_holder(actor, contract):
        return Verdict.yes()
    return Verdict.no(f"Seules les personnes rattachées à « {contract.party.lead} » font cet acte pour le titulaire.")


@permits("contract.read", Contract)
def may_read(actor: Actor, contract: Contract) -> Verdict:
    """The buyer's team and the partner; never another partner (LR-03, LR-109)."""
    if speaks_for_holder(actor, contract) or in_team(actor, contract.call):
        return Verdict.yes()
    return Verdict.no("Ce contrat n’est ouvert qu’à l’équipe de l’acheteur et à son titulaire.")


@reads_files
def _certificates_of_destruction(actor: Actor, stored_file: StoredFile) -> Verdict | None:
    """Certificates of destruction, to the team of the call."""
    found = Destruction.objects.filter(certificate__rendering__stored_file=stored_file).select_related("lot__call")
    row = found.first()
    return None if row is None else _silent_unless(may_read_contracts(actor, row.lot.call))


@reads_files
def _files_of_contracts(actor: Actor, stored_file: StoredFile) -> Verdict | None:
    """Files of a contract, to those who may read it; powers and reports on all partners, to the team alone."""
    contract = _contract_of(stored_file)
    if contract is not None:
        return _silent_unless(may_read(actor, contract))
    call = _call_of(stored_file)
    return None if call is None else _silent_unless(Verdict.yes() if in_team(actor, call) else Verdict.no(""))


def _silent_unless(verdict: Verdict) -> Verdict | None:
    """To others, the file does not exist."""
    return verdict if verdict else None


def _contract_of(stored_file: StoredFile) -> Contract | None:
    rendering = getattr(stored_file, "rendering", None)
    if rendering is not None:
        return Contract.objects.filter(pk=rendering.document.subject_id).first()
    signed = Signature.objects.filter(file=stored_file).select_related("document__contract").first()
    if signed is not None:
        return signed.document.contract
    deliverable = Deliverable.objects.filter(file=stored_file).select_related("contract_phase__contract").first()
    if deliverable is not None:
        return deliverable.contract_phase.contract
    agreement = PartnerAgreement.objects.filter(file=stored_file).select_related("contract_phase__contract").first()
    if agreement is not None:
        return agreement.contract_phase.contract
    piece = ContractDocument.objects.filter(file=stored_file).select_related("contract").first()
    return piece and piece.contract


def _call_of(stored_file: StoredFile) -> Call | None:
    power = SignatoryPower.objects.filter(document=stored_file).select_related("call").first()
    if power is not None:
        return power.call
    gate = GateRound.objects.filter(report__rendering__stored_file=stored_file).select_related("lot__call").first()
    return gate and gate.lot.call


@permits("contracts.prepare", Lot)
def may_prepare(actor: Actor, lot: Lot) -> Verdict:
    """The buyer's team draws up the contracts of a lot."""
    return requires_role(actor, lot.call, *PREPARING)


@permits("contracts.read", Call)
def may_read_contracts(actor: Actor, call: Call) -> Verdict:
    """The team reads the contracts of its call; colleagues outside of the team do not (LR-109)."""
    if in_team(actor, call):
        return Verdict.yes()
    return Verdict.no(
        f"Les contrats de l’appel {call.reference} ne sont ouverts qu’à son équipe. Demandez-y un rôle à l’acheteur."
    )


@permits("destruction.approve", Lot)
def may_approve_destruction(actor: Actor, lot: Lot) -> Verdict:
    """Validators and signatories write down the visa of the archive service."""
    return requires_role(actor, lot.call, TeamRole.VALIDATOR, TeamRole.SIGNATORY)


@permits("destruction.carry_out", Lot)
def may_carry_out_destruction(actor: Actor, lot: Lot) -> Verdict:
    """The site itself, at night: nobody destroys by hand."""
    return Verdict.yes() if actor.is_system(ARCHIVIST) else Verdict.no("Le site détruit lui-même, la nuit.")


@permits("contract.complete", Contract)
def may_complete(actor: Actor, contract: Contract) -> Verdict:
    """The partner says what only it knows; the buyer who prepares the contract may write it down for it."""
    return Verdict.yes() if speaks_for_holder(actor, contract) else requires_role(actor, contract.call, *PREPARING)


@permits("contracts.record_power", Call)
def may_record_power(actor: Actor, call: Call) -> Verdict:
    """The buyer's team keeps the powers to sign, its own and those the partners sent."""
    return requires_role(actor, call, *PREPARING)


@permits("contract.sign_as_holder", Contract)
def may_sign_as_holder(actor: Actor, contract: Contract) -> Verdict:
    """The partner hands in its signed file."""
    return _holder_only(actor, contract)


@permits("contract.record_holder_ink", Contract)
def may_record_holder_ink(actor: Actor, contract: Contract) -> Verdict:
    """The buyer, who keeps the paper original, records that the partner signed it."""
    return requires_role(actor, contract.call, *PREPARING)


@permits("contract.confirm_identity", Contract)
def may_confirm_identity(actor: Actor, contract: Contract) -> Verdict:
    """A person of the buyer says that the signer is who they should be."""
    return requires_role(actor, contract.call, *PREPARING)


@permits("contract.sign_as_buyer", Contract)
def may_sign_as_buyer(actor: Actor, contract: Contract) -> Verdict:
    """Only a signatory of the call signs for the buyer."""
    return requires_role(actor, contract.call, TeamRole.SIGNATORY)


@permits("contract.follow", Contract)
def may_follow(actor: Actor, contract: Contract) -> Verdict:
    """Transmission, notification, acceptance, results and tests are the team's."""
    return requires_role(actor, contract.call, *FOLLOWING)


@permits("contracts.follow", Lot)
def may_follow_lot(actor: Actor, lot: Lot) -> Verdict:
    """The same, before one knows which contract of the lot it is about."""
    return requires_role(actor, lot.call, *FOLLOWING)


@permits("contract.record_receipt", Contract)
def may_record_receipt(actor: Actor, contract: Contract) -> Verdict:
    """The partner acknowledges, or the buyer records the acknowledgement it holds."""
    return Verdict.yes() if speaks_for_holder(actor, contract) else may_follow(actor, contract)


@permits("contract.hand_in", Contract)
def may_hand_in(actor: Actor, contract: Contract) -> Verdict:
    """The partner hands in what it owes and agrees to what changes."""
    return _holder_only(actor, contract)


@permits("contract.hand_in_deliverable", Contract)
def may_hand_in_deliverable(actor: Actor, contract: Contract) -> Verdict:
    """The partner; for one that nobody represents here, the team records what reached it by another road."""
    if has_no_reader(contract.call, contract.party.lead):
        return may_follow(actor, contract)
    return _holder_only(actor, contract)


@permits("contract.bill", Contract)
def may_bill(actor: Actor, contract: Contract) -> Verdict:
    """The partner prepares and deposits its own invoices."""
    return _holder_only(actor, contract)


@permits("rate.record", Organisation)
def may_record_rate(actor: Actor, operator: Organisation) -> Verdict:
    """Only the operator enters what every contract is computed with."""
    if operator.kind == Organisation.Kind.OPERATOR and actor.acts_for(operator.pk):
        return Verdict.yes()
    return Verdict.no("Seul l’exploitant du site saisit les taux de référence.")


@permits("contracts.open_gate", Lot)
def may_open_gate(actor: Actor, lot: Lot) -> Verdict:
    """The team gathers the results of all partners in one report."""
    return requires_role(actor, lot.call, *FOLLOWING)


@permits("contracts.decide", Lot)
def may_decide(actor: Actor, lot: Lot) -> Verdict:
    """Only a signatory decides at the end of a phase: it binds the buyer's money."""
    return requires_role(actor, lot.call, TeamRole.SIGNATORY)


@permits("contract.order", Contract)
def may_order(actor: Actor, contract: Contract) -> Verdict:
    """Only a signatory orders."""
    return requires_role(actor, contract.call, TeamRole.SIGNATORY)
