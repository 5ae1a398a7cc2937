"""Writing a call, section by section. Nothing can be written once the call is published."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import IntegrityError, models
from django.db.models.functions import Length

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Organisation, User
from marketplace.accounts.permissions import require
from marketplace.files.models import StoredFile
from marketplace.journal.acts import Act, act, current_act
from marketplace.journal.context import act_is_open
from marketplace.journal.errors import Refusal
from procurement.calls.facts import edit_facts
from procurement.calls.models import (
    AcquisitionTerms,
    AwardCriterion,
    Call,
    CoBuyer,
    ConsultedFirm,
    ContractTerms,
    DirectPurchase,
    Lot,
    LotTimeline,
    NeedStatement,
    PerformanceLevel,
    PeriodEnvelope,
    Phase,
    PhaseDeliverable,
    PhaseObjective,
    Requirement,
    SelectionCriterion,
    StudyAttachment,
    SupplySource,
    SupplyStudy,
    TeamMember,
    TeamRole,
    Visa,
)
from procurement.calls.services.screens import EDITED, screen_of
from procurement.law import changes
from procurement.law.findings import refuse

Fields = Mapping[str, Any]

CORRECTION = "call.corrected"
"""The act of a corrective notice (services.corrections), inside which a published call is written."""


def _create(model: type[models.Model], **fields: Any) -> Any:
    """Check a row against its model (French ValidationError), then write it in the current act."""
    row = model(**fields)
    row.full_clean(exclude=[field.name for field in model._meta.concrete_fields if field.remote_field])
    row.save()
    return row


def _replace(rows: Iterable[models.Model], model: type[models.Model], new: Iterable[Fields], **owner: Any) -> list[Any]:
    """Put a fresh numbered list in place of the rows of a section."""
    for row in rows:
        row.delete()
    return [_create(model, number=number, **owner, **fields) for number, fields in enumerate(new, start=1)]


def _set_one(model: type[models.Model], fields: Fields, **owner: Any) -> Any:
    """Write the single row that an owner has of a model, new or not."""
    row = model.objects.filter(**owner).first() or model(**owner)
    for name, value in fields.items():
        setattr(row, name, value)
    row.full_clean(exclude=[field.name for field in model._meta.concrete_fields if field.remote_field])
    row.save()
    return row


@contextmanager
def _editing(call: Call, section: str, *, actor: Actor, now: datetime) -> Iterator[Act]:
    """The act around every section: an author's right, and a call that is still a draft (LR-16, LR-39, LR-64).

    Inside `edit_screen` the sections are parts of its act: all are written, or none. Inside a corrective notice, that
    act holds every section: its right, its rules, its entry.
    """
    if act_is_open() and (correction := current_act()).name == CORRECTION and correction.chain == call.chain:
        yield correction
        return
    require(actor, "call.edit", call)
    if (screen := screen_of(call)) is not None:
        yield screen
        return
    with act(call.chain, EDITED, actor=actor, now=now, subject=call, section=section) as entry:
        current = Call.objects.get(pk=call.pk)
        if current.is_published:
            refuse(changes.check_edit_after_publication(edit_facts(current, section=section, now=now)))
            raise Refusal(
                f"L’appel {current.reference} est publié : ses textes ne se modifient plus ici. "
                "Publiez un avis rectificatif (R2151-4), ou déclarez l’appel sans suite et préparez-en un nouveau."
            )
        if DirectPurchase.objects.filter(call=current, decided_at__isnull=False).exists():
            raise Refusal("L’achat est décidé : son dossier ne change plus.")
        yield entry


@contextmanager
def edit_screen(*, call: Call, screen: str, actor: Actor, now: datetime) -> Iterator[None]:
    """Write several sections as one act: what one of them refuses leaves nothing of the others (ux § 5).

    Raises NotAllowed, and Refusal once the call is published. Records one `call.edited` for the whole screen.
    """
    with _editing(call, screen, actor=actor, now=now):
        yield


def create_call(*, buyer: Organisation, title: str, actor: Actor, now: datetime, **fields: Any) -> Call:
    """Begin a call in the name of a buyer, with one lot; its author is the person who acts.

    Raises NotAllowed when the person does not act for the buyer, ValidationError for a field that cannot be kept.
    """
    require(actor, "call.create", buyer)
    for _ in range(5):
        try:
            return _create_numbered(buyer=buyer, title=title, actor=actor, now=now, **fields)
        except IntegrityError:
            # Somebody took the same number between our reading and our writing: count again.
            continue
    raise IntegrityError("no free reference after five tries")


def _next_reference(procedure: str, now: datetime) -> str:
    """« PI- » for a partnership, « AI- » for a direct purchase of innovation (*achat innovant*)."""
    prefix = f"{'AI' if procedure == Call.Procedure.DIRECT else 'PI'}-{now.year}-"
    # The longest first: « PI-2026-1000 » comes before « PI-2026-999 » in the order of letters.
    last = Call.objects.filter(reference__startswith=prefix).order_by(Length("reference").desc(), "-reference").first()
    return f"{prefix}{int(last.reference.removeprefix(prefix)) + 1 if last else 1:03d}"


def _create_numbered(*, buyer: Organisation, title: str, actor: Actor, now: datetime, **fields: Any) -> Call:
    call = Call(lead_buyer=buyer, title=title, created_at=now, **fields)
    with act(call.chain, "call.created", actor=actor, now=now, subject=call):
        call.reference = _next_reference(call.procedure, now)
        call.full_clean(exclude=["lead_buyer"])
        call.save(force_insert=True)
        if actor.user_id is not None:
            TeamMember(call=call, user_id=actor.user_id, role=TeamRole.AUTHOR).save()
        _new_lot(call, number=1, title=title)
    return call


def _new_lot(call: Call, *, number: int, **fields: Any) -> Lot:
    lot = _create(Lot, call=call, number=number, **fields)
    LotTimeline(lot=lot).save()
    return lot


def save_call(*, call: Call, fields: Fields, actor: Actor, now: datetime) -> Call:
    """Write the call's own fields (title, object, CPV, procedure, partner mode, dates and limits)."""
    with _editing(call, "call", actor=actor, now=now):
        current = Call.objects.get(pk=call.pk)
        for name, value in fields.items():
            setattr(current, name, value)
        current.full_clean(exclude=["lead_buyer"])
        current.save()
    return current


def save_need(*, call: Call, fields: Fields, actor: Actor, now: datetime) -> NeedStatement:
    """Write the need (LR-05, LR-26)."""
    with _editing(call, "need", actor=actor, now=now):
        return _set_one(NeedStatement, fields, call=call)


def save_consulted_firms(*, call: Call, rows: Iterable[Fields], actor: Actor, now: datetime) -> list[ConsultedFirm]:
    """Write the firms met before the call, with what they were told (LR-28)."""
    with _editing(call, "consulted_firms", actor=actor, now=now):
        return _replace(call.consulted_firms.all(), ConsultedFirm, rows, call=call)


def save_supply_study(
    *, call: Call, fields: Fields, sources: Iterable[Fields], actor: Actor, now: datetime
) -> SupplyStudy:
    """Write the study of the available supply and its sources (LR-01)."""
    with _editing(call, "supply_study", actor=actor, now=now):
        study = _set_one(SupplyStudy, fields, call=call)
        _replace(study.sources.all(), SupplySource, sources, study=study)
    return study


def attach_to_study(
    *, call: Call, title: str, stored_file: StoredFile, source: Fields, actor: Actor, now: datetime
) -> StudyAttachment:
    """File a document with the study of the supply, and the search that it is the trace of, as one more source (LR-01).

    What changes is signed and read again: the signature and the reading of the study are lifted. Raises Refusal for a
    document that is there already, or a call that is published.
    """
    with _editing(call, "supply_study", actor=actor, now=now):
        unsigned = {"signed_at": None, "reader_id": None, "read_at": None}
        author = {} if SupplyStudy.objects.filter(call=call).exists() else {"author_id": actor.user_id}
        study = _set_one(SupplyStudy, unsigned | author, call=call)
        if study.attachments.filter(stored_file=stored_file).exists():
            raise Refusal("Ce document est déjà versé à l’étude de cet appel.")
        last = study.sources.order_by("-number").first()
        _create(SupplySource, study=study, number=last.number + 1 if last else 1, **source)
        attachment = StudyAttachment(
            study=study, stored_file=stored_file, title=title, attached_by_id=actor.user_id, attached_at=now
        )
        attachment.save()
    return attachment


def read_supply_study(*, call: Call, actor: Actor, now: datetime) -> SupplyStudy:
    """Record that a person outside of the project has read the signed study (LR-01).

    Raises NotAllowed for somebody outside of the buyer's house, Refusal for an author of the call, before the study is
    signed, or once the call is published. Records `supply_study.read`.
    """
    require(actor, "call.read_study", call)
    with act(call.chain, "supply_study.read", actor=actor, now=now, subject=call):
        study = SupplyStudy.objects.filter(call=call).first()
        if study is None or study.signed_at is None:
            raise Refusal("L’étude n’est pas encore signée par son auteur : relisez-la ensuite.")
        study.reader_id, study.read_at = actor.user_id, now
        study.save()
    return study


def save_lots(*, call: Call, lots: Iterable[Fields], actor: Actor, now: datetime) -> list[Lot]:
    """Write the lots in order: existing numbers are updated, new ones added; a lot is never dropped silently."""
    with _editing(call, "lots", actor=actor, now=now):
        existing = {lot.number: lot for lot in call.lots.all()}
        saved = []
        for number, fields in enumerate(lots, start=1):
            if number in existing:
                saved.append(_set_one(Lot, fields, call=call, number=number))
            else:
                saved.append(_new_lot(call, number=number, **fields))
    return saved


def drop_lot(*, lot: Lot, actor: Actor, now: datetime) -> None:
    """Take a lot out of a draft with all that was written for it; those after it move up.

    Raises NotAllowed, Refusal for the only lot of a call, once keys are made for it, or once the call is published.
    """
    call = lot.call
    with _editing(call, "lots", actor=actor, now=now):
        lots = list(call.lots.order_by("number"))
        if len(lots) == 1:
            raise Refusal("Un appel a toujours un lot : modifiez celui-ci.")
        if PeriodEnvelope.objects.filter(period__lot=lot).exclude(recipient="").exists():
            raise Refusal("Des clés sont déjà faites pour ce lot : déclarez-le plutôt sans suite après la publication.")
        followers = [one for one in lots if one.number > lot.number]
        for row in [*_rows_of_lot(lot), lot]:
            row.delete()
        for follower in followers:
            follower.number -= 1
            follower.save()


def _rows_of_lot(lot: Lot) -> Iterator[models.Model]:
    """Everything that hangs on a lot, each row before the one it hangs on."""
    for phase in lot.phases.all():
        yield from [*phase.objectives.all(), *phase.deliverables.all(), phase]
    for period in lot.periods.all():
        yield from [*period.deadlines.all(), *period.envelopes.all(), period]
    yield from PerformanceLevel.objects.filter(acquisition__lot=lot)
    yield from AwardCriterion.objects.filter(lot=lot).exclude(parent=None)
    for model in (AwardCriterion, SelectionCriterion, Requirement, AcquisitionTerms, ContractTerms, LotTimeline):
        yield from model.objects.filter(lot=lot)


def save_requirements(*, lot: Lot, rows: Iterable[Fields], actor: Actor, now: datetime) -> list[Requirement]:
    """Write the requirements of a lot, those marked minimum included (LR-05)."""
    with _editing(lot.call, "requirements", actor=actor, now=now):
        return _replace(lot.requirements.all(), Requirement, rows, lot=lot)


def save_selection_criteria(
    *, lot: Lot, rows: Iterable[Fields], actor: Actor, now: datetime
) -> list[SelectionCriterion]:
    """Write the criteria that choose candidates (LR-13)."""
    with _editing(lot.call, "selection_criteria", actor=actor, now=now):
        return _replace(lot.selection_criteria.all(), SelectionCriterion, rows, lot=lot)


def save_award_criteria(*, lot: Lot, rows: Iterable[Fields], actor: Actor, now: datetime) -> list[AwardCriterion]:
    """Write criteria and sub-criteria (`children`: the rows of a sub-level), weights included (LR-20, LR-64)."""
    with _editing(lot.call, "award_criteria", actor=actor, now=now):
        criteria = list(lot.award_criteria.all())
        for row in sorted(criteria, key=lambda criterion: criterion.parent_id is None):
            row.delete()
        saved = []
        for number, fields in enumerate(rows, start=1):
            own = {name: value for name, value in fields.items() if name != "children"}
            criterion = _create(AwardCriterion, lot=lot, number=number, **own)
            saved.append(criterion)
            for child_number, child in enumerate(fields.get("children", ()), start=1):
                saved.append(_create(AwardCriterion, lot=lot, parent=criterion, number=child_number, **child))
    return saved


def save_phases(*, lot: Lot, rows: Iterable[Fields], actor: Actor, now: datetime) -> list[Phase]:
    """Write the phases with their `objectives` and `deliverables` (LR-06, LR-08, LR-09)."""
    with _editing(lot.call, "phases", actor=actor, now=now):
        for phase in lot.phases.all():
            for part in [*phase.objectives.all(), *phase.deliverables.all(), phase]:
                part.delete()
        saved = []
        for number, fields in enumerate(rows, start=1):
            own = {name: value for name, value in fields.items() if name not in {"objectives", "deliverables"}}
            phase = _create(Phase, lot=lot, number=number, **own)
            _replace((), PhaseObjective, fields.get("objectives", ()), phase=phase)
            _replace((), PhaseDeliverable, fields.get("deliverables", ()), phase=phase)
            saved.append(phase)
    return saved


def save_acquisition(
    *, lot: Lot, fields: Fields, levels: Iterable[Fields], actor: Actor, now: datetime
) -> AcquisitionTerms:
    """Write the limits of the later purchase and the levels to reach (LR-24, LR-25)."""
    with _editing(lot.call, "acquisition", actor=actor, now=now):
        terms = _set_one(AcquisitionTerms, fields, lot=lot)
        _replace(terms.levels.all(), PerformanceLevel, levels, acquisition=terms)
    return terms


def save_terms(*, lot: Lot, fields: Fields, actor: Actor, now: datetime) -> ContractTerms:
    """Write the clauses printed in the contracts of the lot."""
    with _editing(lot.call, "terms", actor=actor, now=now):
        return _set_one(ContractTerms, fields, lot=lot)


def save_co_buyers(*, call: Call, rows: Iterable[Fields], actor: Actor, now: datetime) -> list[CoBuyer]:
    """Write the members of the buyers' group with their convention (LR-121)."""
    with _editing(call, "co_buyers", actor=actor, now=now):
        for row in call.co_buyers.all():
            row.delete()
        return [_create(CoBuyer, call=call, **fields) for fields in rows]


def give_role(*, call: Call, user: User, role: str, actor: Actor, now: datetime) -> TeamMember:
    """Give a person a role in the call; giving it twice changes nothing.

    Raises NotAllowed, and Refusal for a person who stepped aside: an interest takes them off the team for good (LR-70).
    """
    require(actor, "call.set_team", call)
    with act(call.chain, "team.role_given", actor=actor, now=now, subject=call, user=user.pk, role=role):
        held = TeamMember.objects.filter(call=call, user=user)
        if held.exclude(until=None).exists():
            raise Refusal(f"{user} s’est retiré de cet appel (L2141-10) : confiez ce rôle à une autre personne.")
        return held.filter(role=role).first() or _create(TeamMember, call=call, user=user, role=role)


def take_back_role(*, call: Call, user: User, role: str, actor: Actor, now: datetime) -> None:
    """Undo, before publication, a role given by mistake; the journal keeps both acts.

    Raises NotAllowed, and Refusal once the call is published, for its last author, or for a custodian whose key is in
    use. Records `team.role_taken_back`.
    """
    require(actor, "call.set_team", call)
    with act(call.chain, "team.role_taken_back", actor=actor, now=now, subject=call, user=user.pk, role=role):
        if Call.objects.get(pk=call.pk).is_published:
            raise Refusal("L’appel est publié : une personne se retire elle-même en déclarant un intérêt (L2141-10).")
        held = TeamMember.objects.filter(call=call, role=role, until=None)
        mine = held.filter(user=user).first()
        if mine is None:
            raise Refusal(f"{user} n’a pas ce rôle dans l’appel.")
        if role == TeamRole.AUTHOR and held.count() == 1:
            raise Refusal("Un appel garde toujours une personne chargée de la rédaction : confiez d’abord ce rôle.")
        keys = PeriodEnvelope.objects.filter(period__lot__call=call).exclude(recipient="")
        if role == TeamRole.CUSTODIAN and keys.exists():
            raise Refusal("Des plis seront scellés aux clés de ses gardiens : l’équipe des gardiens ne change plus.")
        mine.delete()


def give_visa(*, call: Call, kind: str, actor: Actor, now: datetime) -> Visa:
    """Record the agreement of one of the buyer's own services before publication."""
    require(actor, "call.give_visa", call)
    with act(call.chain, "call.visa_given", actor=actor, now=now, subject=call, kind=kind):
        return _set_one(Visa, {"given_by_id": actor.user_id, "given_at": now}, call=call, kind=kind)
