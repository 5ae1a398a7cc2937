"""Who may keep keys, deposit and open. No answer here tells whether a deposit exists (sealed-bids B.9)."""

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Organisation
from marketplace.accounts.permissions import Verdict, permits
from marketplace.files.models import GeneratedDocument, StoredFile
from marketplace.files.permissions import reads_files
from procurement.calls.models import Call, Lot, SubmissionPeriod, TeamRole
from procurement.calls.permissions import in_team, requires_role
from procurement.submissions.models import (
    BackupCopy,
    ConsentRequest,
    CopyFile,
    Deposit,
    LateAdmission,
    OpenedFile,
    OpeningMinutes,
    Receipt,
    ReceivedRegister,
    Submission,
    TenderingParty,
    Trial,
    UnfinishedFile,
)

SEALER = "sealer"
"""Trade of the site under which the worker finishes seals that a crash interrupted."""

CONDUCTING = (TeamRole.AUTHOR, TeamRole.VALIDATOR)
"""Roles that conduct the deposits of a call: keys, and what another buyer profile received."""


@permits("custodians.appoint", Call)
def may_appoint_custodians(actor: Actor, call: Call) -> Verdict:
    """Authors and validators appoint those who keep the keys, and have keys prepared."""
    return requires_role(actor, call, *CONDUCTING)


@permits("keys.use", Call)
def may_use_keys(actor: Actor, call: Call) -> Verdict:
    """Custodians try their keys out, and open."""
    return requires_role(actor, call, TeamRole.CUSTODIAN)


@permits("openings.read", Call)
def may_read_openings(actor: Actor, call: Call) -> Verdict:
    """The team of the call reads who answered: the opening is not public (L3), nor told to colleagues (L2132-1)."""
    if in_team(actor, call):
        return Verdict.yes()
    return Verdict.no(
        f"L’ouverture des plis de l’appel {call.reference} n’est pas publique : elle n’est montrée qu’à son équipe. "
        "Demandez-y un rôle à l’acheteur."
    )


@permits("register.import", Call)
def may_import_register(actor: Actor, call: Call) -> Verdict:
    """Authors and validators bring what the other buyer profile received."""
    return requires_role(actor, call, *CONDUCTING)


@permits("submission.admit_late", Call)
def may_admit_late(actor: Actor, call: Call) -> Verdict:
    """Validators and signatories decide on what came late."""
    return requires_role(actor, call, TeamRole.VALIDATOR, TeamRole.SIGNATORY)


@permits("backup.read", Call)
def may_read_copies(actor: Actor, call: Call) -> Verdict:
    """Those who receive the envelopes and those who decide: an envelope tells by itself that somebody deposits."""
    return requires_role(actor, call, TeamRole.AUTHOR, TeamRole.VALIDATOR, TeamRole.SIGNATORY)


@permits("backup.record", Call)
def may_record_copies(actor: Actor, call: Call) -> Verdict:
    """Authors and validators enter the copies that come, and bring what an opened one holds."""
    return requires_role(actor, call, TeamRole.AUTHOR, TeamRole.VALIDATOR)


@permits("backup.open", Call)
def may_open_copies(actor: Actor, call: Call) -> Verdict:
    """Validators and signatories decide, at two, to open a copy; one of them has it destroyed."""
    return requires_role(actor, call, TeamRole.VALIDATOR, TeamRole.SIGNATORY)


@permits("party.authorise_change", Call)
def may_authorise_change(actor: Actor, call: Call) -> Verdict:
    """Validators and signatories let a candidate change after its deposit."""
    return requires_role(actor, call, TeamRole.VALIDATOR, TeamRole.SIGNATORY)


@permits("clock.clear", Call)
def may_clear_clock(actor: Actor, call: Call) -> Verdict:
    """Validators and signatories decide whether a clock in doubt holds an opening."""
    return requires_role(actor, call, TeamRole.VALIDATOR, TeamRole.SIGNATORY)


@permits("incident.declare", Call)
def may_declare_incident(actor: Actor, call: Call) -> Verdict:
    """Authors, validators and signatories say that something kept firms from answering."""
    return requires_role(actor, call, TeamRole.AUTHOR, TeamRole.VALIDATOR, TeamRole.SIGNATORY)


@permits("incident.settle", Call)
def may_settle_incident(actor: Actor, call: Call) -> Verdict:
    """Validators and signatories decide what an incident changes."""
    return requires_role(actor, call, TeamRole.VALIDATOR, TeamRole.SIGNATORY)


@permits("submissions.watch", Organisation)
def may_watch(actor: Actor, operator: Organisation) -> Verdict:
    """The operator looks after the machine: its second place, its readings, its clock."""
    if operator.kind == Organisation.Kind.OPERATOR and actor.acts_for(operator.pk):
        return Verdict.yes()
    return Verdict.no("Seul l’exploitant du site veille sur la sûreté des plis.")


@permits("party.form", Lot)
def may_form_party(actor: Actor, lot: Lot) -> Verdict:
    """A firm tenders; neither the buyer of the call nor the operator of the site does."""
    membership = actor.membership()
    if membership is None:
        return Verdict.no("Connectez-vous au nom de votre entreprise pour déposer.")
    if membership.organisation_id == lot.call.lead_buyer_id:
        return Verdict.no("L’acheteur ne répond pas à son propre appel.")
    if membership.organisation.kind == Organisation.Kind.OPERATOR:
        return Verdict.no("L’exploitant du site garde les plis : il ne répond à aucun appel.")
    return Verdict.yes()


@permits("deposit.open", TenderingParty)
def may_deposit(actor: Actor, party: TenderingParty) -> Verdict:
    """Members of the lead firm act for the whole party (R2142-24)."""
    membership = actor.membership()
    if membership is None or membership.organisation_id != party.lead_id:
        return Verdict.no("Seul le mandataire dépose : connectez-vous au nom de son entreprise.")
    return Verdict.yes()


@permits("deposit.edit", Deposit)
def may_edit_deposit(actor: Actor, deposit: Deposit) -> Verdict:
    """Members of the lead firm fill and seal the deposit."""
    return may_deposit(actor, deposit.party)


@permits("consent.answer", ConsentRequest)
def may_answer_for_member(actor: Actor, request: ConsentRequest) -> Verdict:
    """Members of the firm that is named, as they may deposit for it."""
    if actor.acts_for(request.organisation_id):
        return Verdict.yes()
    return Verdict.no("Seule l’entreprise nommée répond : connectez-vous en son nom.")


@permits("trial.use", Trial)
def may_use_trial(actor: Actor, trial: Trial) -> Verdict:
    """A trial is the person's own."""
    return Verdict.yes() if trial.user_id == actor.user_id else Verdict.no("Cet essai est celui d’une autre personne.")


@permits("upload.send", UnfinishedFile)
def may_send(actor: Actor, file: UnfinishedFile) -> Verdict:
    """Whoever fills the deposit, or tries."""
    if file.trial is not None:
        return may_use_trial(actor, file.trial)
    return may_edit_deposit(actor, file.deposit)


@permits("evidence.read", Deposit)
def may_read_evidence(actor: Actor, deposit: Deposit) -> Verdict:
    """The bidder at any time; the team of the call once the opening of the period began (LR-54)."""
    own = may_deposit(actor, deposit.party)
    opened = SubmissionPeriod.objects.filter(pk=deposit.period_id, opening_began_at__isnull=False)
    if not own and opened.exists() and in_team(actor, deposit.period.lot.call):
        return Verdict.yes()
    return own


@permits("submission.withdraw", Submission)
def may_withdraw(actor: Actor, submission: Submission) -> Verdict:
    """Members of the lead firm take it back."""
    return may_deposit(actor, submission.party)


@permits("receipts.complement", Call)
def may_complement_receipts(actor: Actor, call: Call) -> Verdict:
    """The site itself, after an extension."""
    return Verdict.yes() if actor.is_system("sealer") else Verdict.no("Le site complète lui-même les accusés.")


@reads_files
def may_read_receipt(actor: Actor, stored_file: StoredFile) -> Verdict | None:
    """A receipt is the bidder's own; to anybody else, before the opening, it would tell who tendered."""
    receipt = Receipt.objects.filter(document__rendering__stored_file=stored_file).first()
    return Verdict.yes() if receipt and actor.acts_for(receipt.submission.party.lead_id) else None


@reads_files
def may_read_minutes(actor: Actor, stored_file: StoredFile) -> Verdict | None:
    """Minutes of an opening belong to the team of the call (L3: the opening is not public)."""
    minutes = OpeningMinutes.objects.filter(document__rendering__stored_file=stored_file).first()
    return Verdict.yes() if minutes and in_team(actor, minutes.session.period.lot.call) else None


@reads_files
def may_read_copy(actor: Actor, stored_file: StoredFile) -> Verdict | None:
    """The certificate of a destroyed copy, and what an opened one held that joined no submission, are the team's."""
    certificate = BackupCopy.objects.filter(certificate__rendering__stored_file=stored_file).first()
    if certificate is not None:
        return Verdict.yes() if in_team(actor, certificate.call) else None
    if OpenedFile.objects.filter(stored_file=stored_file).exists():
        return None
    file = CopyFile.objects.filter(stored_file=stored_file).select_related("copy__call").first()
    return Verdict.yes() if file and in_team(actor, file.copy.call) else None


@reads_files
def may_read_incident_report(actor: Actor, stored_file: StoredFile) -> Verdict | None:
    """The report on a late deposit serves those who decide on it."""
    documents = GeneratedDocument.objects.filter(rendering__stored_file=stored_file)
    # Of another buyer profile, the report is a file as it was given.
    known = LateAdmission.objects.filter(incident_report_id__in=documents.values("pk"))
    admission = known.first() or LateAdmission.objects.filter(incident_report_id=stored_file.pk).first()
    return Verdict.yes() if admission and in_team(actor, admission.submission.period.lot.call) else None


@reads_files
def may_read_register(actor: Actor, stored_file: StoredFile) -> Verdict | None:
    """The team reads the register as it was brought; the archive, which holds prices too, is read by nobody."""
    register = ReceivedRegister.objects.filter(table=stored_file).select_related("period__lot__call").first()
    return Verdict.yes() if register and in_team(actor, register.period.lot.call) else None


@reads_files
def may_read_own_file(actor: Actor, stored_file: StoredFile) -> Verdict | None:
    """Bidders read back their own files; who evaluates them is for the room that evaluates."""
    opened = OpenedFile.objects.filter(stored_file=stored_file).first()
    return Verdict.yes() if opened and actor.acts_for(opened.result.submission.party.lead_id) else None
