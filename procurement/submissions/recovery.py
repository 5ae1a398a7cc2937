"""What a restored backup lacks is made again from the second place (sealed-bids B.7), by acts that say so.

Nothing is taken on trust: a receipt is signed by the house, its root is that of the composition, each part has its
hash. Run it before the site is opened again: a bidder who begins anew would take the place of what comes back.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.db import IntegrityError
from django.utils.dateparse import parse_datetime

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Organisation
from marketplace.journal import keys
from marketplace.journal.acts import act
from marketplace.journal.clock import canonical as instant
from procurement.calls.models import PeriodEnvelope, SubmissionPeriod
from procurement.submissions import mirror, sealing
from procurement.submissions.canonical import Unreadable, read_canonical
from procurement.submissions.deposits import part_store
from procurement.submissions.draft_box import destroy_draft
from procurement.submissions.models import (
    Deposit,
    DepositFile,
    DestroyedSubmission,
    Destruction,
    Part,
    PartyMember,
    Receipt,
    SealOutcome,
    SealRequest,
    Submission,
    TenderingParty,
    Withdrawal,
)
from procurement.submissions.part_store import PartStore
from procurement.submissions.receipts import restore_receipt

RECOVERER = "recoverer"
"""Trade of the site under which it makes again what a restored backup lacks."""


class _Impossible(Exception):  # noqa: N818 - it is told to people
    """Why something cannot be made again, in French."""


@dataclass(slots=True)
class Recovery:
    """What a recovery did (or would do), by id or receipt number, and what it could not, with the reason in French."""

    parts: int = 0
    arrivals: list[str] = field(default_factory=list)
    submissions: list[str] = field(default_factory=list)
    receipts: list[str] = field(default_factory=list)
    present: int = 0
    # Destroyed at the end of their keeping: they never come back.
    destroyed: int = 0
    impossible: list[dict[str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether all that the second place tells is here now."""
        return not self.impossible

    def as_json(self) -> dict[str, Any]:
        """The same, as plain JSON."""
        return {**asdict(self), "whole": self.whole}


@dataclass(slots=True)
class _Lines:
    """What the register tells, sorted: the last line of each request and of each later receipt counts."""

    arrivals: dict[str, dict[str, Any]] = field(default_factory=dict)
    seals: dict[str, dict[str, Any]] = field(default_factory=dict)
    later: dict[str, dict[str, Any]] = field(default_factory=dict)
    destructions: dict[str, dict[str, Any]] = field(default_factory=dict)

    def forget_destroyed(self, found: Recovery) -> None:
        """Leave out what was destroyed, by the register or by the rows of this base; neither alone is enough."""
        told = {deposit for line in self.destructions.values() for deposit in line["deposits"]}
        known = DestroyedSubmission.objects.values_list("submission__deposit", flat=True)
        gone = told | {str(pk) for pk in known}
        lost = {line["submission"]["id"] for line in self.seals.values() if line["deposit"]["id"] in gone}
        found.destroyed = len(lost)
        self.seals = {key: line for key, line in self.seals.items() if line["deposit"]["id"] not in gone}
        self.arrivals = {key: line for key, line in self.arrivals.items() if line["deposit"]["id"] not in gone}
        self.later = {key: line for key, line in self.later.items() if line["submission_id"] not in lost}
        here = {str(pk) for pk in Destruction.objects.filter(begun_at__isnull=False).values_list("pk", flat=True)}
        found.warnings += [
            f"la destruction commencée le {line['begun_at']}, sous le visa {line['visa']}, n’est pas dans la "
            "sauvegarde : elle est plus ancienne. Consignez ce visa et menez cette destruction à nouveau."
            for key, line in self.destructions.items()
            if key not in here
        ]


@dataclass(slots=True)
class _Recoverer:
    place: Path
    now: datetime
    dry_run: bool
    found: Recovery
    # Submissions that this run brings back: a dry run leaves no row to look for.
    back: set[str] = field(default_factory=set)

    def seal(self, line: dict[str, Any]) -> None:
        """Make a submission and its receipt again, with the instants of the line."""
        wanted, number = line["submission"], _signed(line)["number"]
        if Submission.objects.filter(pk=wanted["id"]).exists():
            self._parts(line)
            self.found.present += 1
            return
        outcome = SealOutcome.objects.filter(request=line["request"]["id"], submission__isnull=False).first()
        if outcome is not None:
            other = outcome.submission.receipts.get(kind=Receipt.Kind.SUBMISSION).number
            raise _Impossible(f"ce pli a été scellé à nouveau ici, sous l’accusé {other} : remettez-le au candidat.")
        period = self._check(line)
        if wanted["replaces_id"] and not self._is_back(wanted["replaces_id"]):
            raise _Impossible("le pli qu’il remplace n’a pas été retrouvé.")
        self._parts(line)
        self._act(period, "submission.recovered", lambda: self._write_seal(line), receipt=number)
        self.back.add(wanted["id"])
        self.found.submissions.append(wanted["id"])
        self.found.receipts.append(number)

    def arrival(self, line: dict[str, Any]) -> None:
        """Make a request again whose seal was not finished: the worker finishes it with the request's own time."""
        wanted = line["request"]["id"]
        if SealRequest.objects.filter(pk=wanted).exists():
            self._parts(line)
            self.found.present += 1
            return
        period = self._check(line)
        self._parts(line)
        self._act(period, "arrival.recovered", lambda: self._write_arrival(line), request=wanted)
        self.found.arrivals.append(wanted)

    def later(self, line: dict[str, Any]) -> None:
        """Make the receipt of a withdrawal or of an extension again."""
        signed = _signed(line)
        if Receipt.objects.filter(pk=line["receipt"]["id"]).exists():
            self.found.present += 1
            return
        if not self._is_back(line["submission_id"]):
            raise _Impossible("le pli dont il parle n’a pas été retrouvé.")
        if line["kind"] == mirror.WITHDRAWAL:
            _person(line["withdrawal"]["by_id"])
        period = _period(signed["period"]["id"])
        self._act(period, "receipt.recovered", lambda: _write_later(line), receipt=signed["number"])
        self.found.receipts.append(signed["number"])

    def _check(self, line: dict[str, Any]) -> SubmissionPeriod:
        """Everything that the rows to come lean on is here. Raises _Impossible."""
        deposit, party = line["deposit"], line["party"]
        period = _period(deposit["period_id"])
        for user in (deposit["opened_by_id"], line["request"]["user_id"]):
            _person(user)
        firms = {member["organisation_id"] for member in party["members"]}
        if Organisation.objects.filter(pk__in=firms).count() != len(firms):
            raise _Impossible("l’entreprise candidate n’est pas dans la sauvegarde : inscrivez-la d’abord à nouveau.")
        other = TenderingParty.objects.filter(lot=party["lot_id"], lead=party["lead_id"]).exclude(pk=party["id"])
        versions = Deposit.objects.filter(party=party["id"], period=period, version=deposit["version"])
        if other.exists() or versions.exclude(pk=deposit["id"]).exists():
            raise _Impossible("l’entreprise a commencé une autre réponse depuis la remise en service.")
        root = sealing.read_root(deposit["root_document"].encode(), deposit["root"])
        keys_now = dict(PeriodEnvelope.objects.filter(period=period).values_list("name", "recipient"))
        if any(keys_now.get(envelope.name) != envelope.recipient for envelope in root.envelopes):
            raise _Impossible("les clés de la période ne sont plus celles sous lesquelles ce pli a été scellé.")
        return period

    def _parts(self, line: dict[str, Any]) -> None:
        """Bring back the sealed parts that miss here or have changed. Raises _Impossible when none is sound."""
        here, there = part_store(), PartStore(self.place)
        for file in line["files"]:
            for part in file["parts"]:
                at = (line["deposit"]["id"], file["id"], part["n"])
                if _is_sound(here, at, part):
                    continue
                if not _is_sound(there, at, part):
                    raise _Impossible(f"la partie {part['n']} d’un de ses fichiers manque ou est altérée partout.")
                if not self.dry_run:
                    here.write(*at, there.read(*at, "partie"))
                self.found.parts += 1

    def _is_back(self, submission: str) -> bool:
        return submission in self.back or Submission.objects.filter(pk=submission).exists()

    def _act(self, period: SubmissionPeriod, name: str, write: Callable[[], dict[str, Any]], **data: Any) -> None:
        if self.dry_run:
            return
        actor = Actor.system(RECOVERER)
        with act(period.lot.call.chain, name, actor=actor, now=self.now, subject=period, **data) as entry:
            entry.data.update(write())

    def _write_seal(self, line: dict[str, Any]) -> dict[str, Any]:
        self._write_arrival(line)
        wanted, signed = _instants(line["submission"]), _signed(line)
        deposit = Deposit.objects.get(pk=line["deposit"]["id"])
        destroy_draft(deposit)
        deposit.save(update_fields=["draft", "draft_key"])
        submission = Submission(period_id=deposit.period_id, party_id=deposit.party_id, deposit=deposit, **wanted)
        submission.save(force_insert=True)
        _write_receipt(line, submission)
        SealOutcome(
            request_id=line["request"]["id"],
            status=SealOutcome.Status.SEALED,
            submission=submission,
            at=submission.committed_at,
        ).save()
        return {
            "submission": submission.pk,
            "root": submission.root,
            "received_at": submission.received_at,
            "committed_at": submission.committed_at,
            "witnessed": signed["head"],
        }

    def _write_arrival(self, line: dict[str, Any]) -> dict[str, Any]:
        party = {name: value for name, value in _instants(line["party"]).items() if name != "members"}
        if not TenderingParty.objects.filter(pk=party["id"]).exists():
            TenderingParty(**party).save(force_insert=True)
            PartyMember.objects.bulk_create(
                PartyMember(party_id=party["id"], **one) for one in line["party"]["members"]
            )
        told = _instants(line["deposit"])
        deposit = Deposit.objects.filter(pk=told["id"]).first() or Deposit(draft_key=None, draft=b"")
        for name, value in {**told, "party_id": party["id"]}.items():
            setattr(deposit, name, value)
        deposit.save()
        deposit.files.all().delete()
        for file in line["files"]:
            _write_file(deposit, file, self.now)
        if not SealRequest.objects.filter(pk=line["request"]["id"]).exists():
            SealRequest(deposit=deposit, **_instants(line["request"])).save(force_insert=True)
        return {"received_at": line["request"]["received_at"], "root": line["request"]["root"]}


def recover(place: Path, *, now: datetime, dry_run: bool = False) -> Recovery:
    """Make again from a second place the parts, deposits, submissions and receipts that are not here.

    Each submission is an act of its own, with its original instants; run twice, it does nothing the second time. What
    cannot come back is told with the reason and holds up no other. Raises FileNotFoundError without a register there.
    Records `submission.recovered`, `arrival.recovered`, `receipt.recovered`.
    """
    if not (place / mirror.REGISTER).is_dir():
        raise FileNotFoundError(place / mirror.REGISTER)
    found = Recovery()
    told = _sorted_lines(place, found)
    told.forget_destroyed(found)
    recoverer = _Recoverer(place, now, dry_run, found)
    seals = sorted(told.seals.values(), key=lambda line: line["submission"]["committed_at"])
    for line in seals:
        _one(found, _named(line), recoverer.seal, line)
    for key, line in told.arrivals.items():
        if key not in told.seals:
            _one(found, f"demande {key}", recoverer.arrival, line)
    later = sorted(told.later.values(), key=lambda line: line["receipt"]["issued_at"])
    for line in later:
        _one(found, _named(line), recoverer.later, line)
    found.warnings += _moved_deadlines([*seals, *later])
    return found


def _sorted_lines(place: Path, found: Recovery) -> _Lines:
    told = _Lines()
    for where, line in mirror.lines(place):
        if line is None:
            found.warnings.append(
                f"{where} : ligne illisible, sans doute coupée par la panne ; elle n’est pas reprise."
            )
        elif line["kind"] == mirror.ARRIVAL:
            told.arrivals[line["request"]["id"]] = line
        elif line["kind"] == mirror.DESTRUCTION:
            told.destructions[line["destruction"]] = line
        elif line["kind"] == mirror.SEAL:
            told.seals[line["request"]["id"]] = line
        else:
            told.later[line["receipt"]["id"]] = line
    return told


def _named(line: dict[str, Any]) -> str:
    """The receipt of a line, by the number that the bidder holds."""
    return f"accusé {json.loads(line['receipt']['signed'])['number']}"


def _one(found: Recovery, what: str, do: Callable[[dict[str, Any]], None], line: dict[str, Any]) -> None:
    try:
        do(line)
    except (_Impossible, Unreadable) as error:
        found.impossible.append({"what": what, "why": str(error)})
    except IntegrityError:
        why = "une ligne de cette base contredit la sienne : rien de ce pli n’a été écrit."
        found.impossible.append({"what": what, "why": why})


def _moved_deadlines(lines: Iterable[dict[str, Any]]) -> list[str]:
    """Deadlines that receipts state and the backup does not know: they have to be set again, or verdicts change."""
    latest: dict[str, str] = {}
    for line in lines:
        content = read_canonical(line["receipt"]["signed"].encode(), "accusé")
        period = content["period"]["id"]
        latest[period] = max(latest.get(period, ""), content["deadline"])
    periods = SubmissionPeriod.objects.filter(pk__in=latest).select_related("lot__call").prefetch_related("deadlines")
    return [
        f"appel {period.lot.call.reference} : des accusés disent {latest[str(period.pk)]} pour heure limite, la "
        f"sauvegarde {instant(period.closes_at())}. Décidez ce report à nouveau avant toute ouverture."
        for period in periods
        if latest[str(period.pk)] != instant(period.closes_at())
    ]


def _signed(line: dict[str, Any]) -> dict[str, Any]:
    """What the receipt of a line says. Raises _Impossible unless a receipt key of the house signed it."""
    content = read_canonical(line["receipt"]["signed"].encode(), "accusé")
    if not keys.verify_json("receipt", content):
        raise _Impossible("son accusé n’est pas signé par une clé connue ici : remettez le dossier des clés en place.")
    told = line.get("submission")
    if told is not None and (content["root"], content["received_at"]) != (told["root"], told["received_at"]):
        raise _Impossible("son accusé et la ligne de la seconde copie se contredisent.")
    return content


def _period(pk: str) -> SubmissionPeriod:
    period = SubmissionPeriod.objects.select_related("lot__call").filter(pk=pk).first()
    if period is None:
        raise _Impossible("sa période de dépôt n’est pas dans la sauvegarde : l’appel est plus récent qu’elle.")
    return period


def _person(pk: str) -> None:
    if not get_user_model().objects.filter(pk=pk).exists():
        raise _Impossible("la personne qui l’a remis n’est pas dans la sauvegarde : inscrivez-la d’abord à nouveau.")


def _is_sound(store: PartStore, at: tuple[str, str, int], part: dict[str, Any]) -> bool:
    try:
        sealing.check_sealed(
            store.read(*at, "partie"),
            sealed_len=part["sealed_len"],
            sealed_sha256=part["sealed_sha256"],
            what="partie",
        )
    except Unreadable:
        return False
    return True


def _write_file(deposit: Deposit, told: dict[str, Any], now: datetime) -> None:
    values = {name: value for name, value in _instants(told).items() if name != "parts"}
    file = DepositFile.objects.create(deposit=deposit, **values)
    Part.objects.bulk_create(
        Part(call_id=deposit.period.lot.call_id, file=file, verified_at=now, **_instants(part))
        for part in told["parts"]
    )


def _write_later(line: dict[str, Any]) -> dict[str, Any]:
    submission = Submission.objects.get(pk=line["submission_id"])
    if line["kind"] == mirror.WITHDRAWAL:
        Withdrawal(submission=submission, **_instants(line["withdrawal"])).save(force_insert=True)
    _write_receipt(line, submission)
    return {"submission": submission.pk, "witnessed": _signed(line)["head"]}


def _write_receipt(line: dict[str, Any], submission: Submission) -> None:
    told = _instants(line["receipt"])
    restore_receipt(submission, pk=told["id"], signed=_signed(line), issued_at=told["issued_at"])


def _instants(values: dict[str, Any]) -> dict[str, Any]:
    """The values of a line, instants read back (every name of an instant ends with « at »)."""
    return {name: parse_datetime(value) if name.endswith("at") and value else value for name, value in values.items()}
