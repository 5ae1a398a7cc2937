"""How far a deposit is: each task, each expected document, and what keeps it from being handed in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from marketplace.journal.errors import Refusal
from procurement.calls.models import PeriodEnvelope
from procurement.espd.response import open_grounds
from procurement.law.espd import espd_stands_for
from procurement.submissions.draft_box import read_draft
from procurement.submissions.espd_draft import ESPD_LABEL
from procurement.submissions.filling import State, Typed, typed_in
from procurement.submissions.models import Deposit, DepositFile
from procurement.submissions.tasklist import ESPD_TASK, Kind, Task, tasks_of
from procurement.submissions.transfers import Held, all_held


@dataclass(frozen=True, slots=True)
class TaskProgress:
    """A task and how far it is; `typed` None when nobody began, `is_covered` when a DUME stands for it (R2143-4)."""

    task: Task
    state: State
    typed: Typed | None
    is_covered: bool = False

    @property
    def part(self) -> Any:
        """The answer that would be sealed now, None without any."""
        return self.typed.part if self.typed else None

    @property
    def is_missing(self) -> bool:
        """Whether the bidder still has something to do here."""
        if self.is_covered:
            return self.state is State.FIX
        return self.state is not State.DONE and not (self.task.is_optional and self.state is State.TODO)


@dataclass(frozen=True, slots=True)
class HeldFile:
    """A file as its owner knows it; the name comes from the draft."""

    row: DepositFile
    name: str


@dataclass(frozen=True, slots=True)
class Slot:
    """An expected document of an envelope, or others (`number` 0, no label), with the files given for it."""

    envelope: PeriodEnvelope
    number: int
    label: str
    files: Sequence[HeldFile]
    uploads: Sequence[Held] = ()
    is_covered: bool = False

    @property
    def is_missing(self) -> bool:
        """Whether the document was asked for and neither a file nor a DUME that stands for it was given (R2143-4)."""
        return bool(self.label) and not self.files and not self.is_covered


@dataclass(frozen=True, slots=True)
class Progress:
    """A whole deposit."""

    tasks: list[TaskProgress]
    slots: list[Slot]

    @property
    def blocking(self) -> list[Task]:
        """Tasks without which the submission says nothing useful and nothing is handed in."""
        return [one.task for one in self.tasks if one.task.is_compulsory and one.part is None and not one.is_covered]

    @property
    def unfinished(self) -> list[Task]:
        """Other tasks still to do: they may be handed in like this, knowingly."""
        blocking = self.blocking
        return [one.task for one in self.tasks if one.is_missing and one.task not in blocking]

    @property
    def missing_documents(self) -> list[Slot]:
        """Expected documents that no file was given for."""
        return [slot for slot in self.slots if slot.is_missing]

    @property
    def is_complete(self) -> bool:
        """Whether nothing at all is missing."""
        return not (self.blocking or self.unfinished or self.missing_documents or self.uploads)

    @property
    def uploads(self) -> list[Held]:
        """Files of which some parts are still to come: they are no part of what would be handed in."""
        return [one for slot in self.slots for one in slot.uploads]

    @property
    def size_under_way(self) -> int:
        """Bytes announced of files under way."""
        return sum(one.file.size for one in self.uploads)

    @property
    def done(self) -> int:
        """Tasks done, optional ones aside unless begun."""
        return sum(one.state is State.DONE or one.is_covered for one in self.tasks)

    @property
    def count(self) -> int:
        """Tasks to be done, optional ones aside unless begun."""
        return sum(not one.task.is_optional or one.typed is not None for one in self.tasks)

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.row.size for slot in self.slots for file in slot.files)

    @property
    def file_count(self) -> int:
        """Number of files."""
        return sum(len(slot.files) for slot in self.slots)


def progress_of(deposit: Deposit) -> Progress:
    """Read the draft of a deposit that is not sealed. Raises Refusal once it is."""
    if deposit.draft_key is None:
        raise Refusal(_("Cette réponse est déposée : son contenu est scellé, et vous avez son accusé."))
    typed = typed_in(deposit)
    stated = ESPD_TASK in typed and _is_stated(typed[ESPD_TASK].part, deposit.party.members.count())
    tasks = [
        TaskProgress(
            task,
            typed[task.code].state if task.code in typed else State.TODO,
            typed.get(task.code),
            is_covered=stated and task.kind is Kind.DECLARATION,
        )
        for task in tasks_of(deposit.period)
    ]
    return Progress(tasks, _slots(deposit))


def require_ready(progress: Progress, *, incomplete_accepted: bool) -> None:
    """Stop a reading that comes too early, naming everything that is missing.

    A submission without sworn statement or price is not handed in by mistake (choice of the site); anything else may
    be missing if the bidder says so, since the deadline may be near. Raises Refusal.
    """
    blocking = [_("Il manque : %(task)s.") % {"task": task.label} for task in progress.blocking]
    if blocking:
        raise Refusal(*blocking)
    if incomplete_accepted:
        return
    missing = [_("À terminer : %(task)s.") % {"task": task.label} for task in progress.unfinished]
    missing += [
        _("Pièce attendue sans fichier : %(label)s.") % {"label": one.label} for one in progress.missing_documents
    ]
    missing += [
        _("Envoi inachevé : « %(name)s », %(held)s parties sur %(count)s reçues. Terminez-le ou abandonnez-le.")
        % {"name": one.name, "held": one.count, "count": one.file.part_count}
        for one in progress.uploads
    ]
    if missing:
        raise Refusal(*missing, _("Complétez, ou cochez « Je dépose ma réponse incomplète »."))


def _is_stated(espds: Sequence[Mapping[str, Any]], members: int) -> bool:
    """Whether the DUMEs stand for the sworn statement: one for each firm (LR-44), which answers every ground.

    Of one that the site does not read nothing is held against the firm.
    """
    return len(espds) >= members and all(not one["is_read"] or not open_grounds(one) for one in espds)


def _slots(deposit: Deposit) -> list[Slot]:
    names = {key: one["name"] for key, one in read_draft(deposit)["files"].items()}
    by_place: dict[tuple[str, str], list[HeldFile]] = {}
    has_espd = False
    for row in deposit.files.filter(kind=DepositFile.Kind.DOCUMENT):
        has_espd = has_espd or row.label == ESPD_LABEL
        by_place.setdefault((row.envelope, row.label), []).append(HeldFile(row, names.get(str(row.pk), "")))
    uploads: dict[tuple[str, str], list[Held]] = {}
    for one in all_held(deposit):
        uploads.setdefault((one.file.envelope, one.file.label), []).append(one)
    order = [name for name, _label in PeriodEnvelope.Name.choices]
    envelopes = sorted(PeriodEnvelope.objects.filter(period=deposit.period), key=lambda one: order.index(one.name))
    # A DUME is received beside what the buyer expects.
    unexpected = {
        one.name: [] if ESPD_LABEL in one.expected_documents else by_place.get((one.name, ESPD_LABEL), [])
        for one in envelopes
    }
    return [
        Slot(
            envelope,
            number,
            label,
            [*by_place.get((envelope.name, label), []), *(unexpected[envelope.name] if not number else [])],
            uploads.get((envelope.name, label), []),
            has_espd and envelope.name == PeriodEnvelope.Name.CANDIDATURE and espd_stands_for(label),
        )
        for envelope in envelopes
        for number, label in [*enumerate(envelope.expected_documents, start=1), (0, "")]
    ]
