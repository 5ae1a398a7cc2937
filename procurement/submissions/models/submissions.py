"""What was handed in, its receipts, and what was decided about it afterwards."""

import json
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Max, OuterRef, Q, Subquery

from marketplace.accounts.actors import Actor
from marketplace.files.models import GeneratedDocument
from marketplace.journal.models import Journalled, JournalledQuerySet
from procurement.calls.models import PeriodDeadline, SubmissionPeriod, TeamMember
from procurement.calls.models.call import OUTSIDE_ROLES
from procurement.law import deposits as law
from procurement.law.deposits import Verdict
from procurement.law.facts import ArrivalFacts
from procurement.submissions import verdicts
from procurement.submissions.models.deposits import Deposit, SealRequest
from procurement.submissions.models.parties import TenderingParty
from procurement.submissions.models.received import ReceivedLine
from procurement.submissions.models.two_people import DecidedByTwo, by_two_people
from procurement.submissions.verdicts import Admission, Deadline, Instants


def _deadline() -> Subquery:
    """Deadline in force of the period of each row: the latest, since it only moves forward."""
    rows = PeriodDeadline.objects.filter(period=OuterRef("period")).order_by("-closes_at")
    return Subquery(rows.values("closes_at")[:1])


class SubmissionQuerySet(JournalledQuerySet):
    """Submissions; on time or late is computed from stored instants, see `verdicts`."""

    def visible_to(self, actor: Actor) -> "SubmissionQuerySet":
        """One's own; and for the team of the call, those of a period whose opening began: never before (B.9)."""
        own = Q(party__lead_id=actor.organisation_id) if actor.organisation_id else Q(pk__in=[])
        roles = TeamMember.objects.filter(user_id=actor.user_id, until=None).filter(
            Q(call__lead_buyer_id=actor.organisation_id) | Q(role__in=OUTSIDE_ROLES)
        )
        opened = Q(period__opening_began_at__isnull=False, period__lot__call__in=roles.values("call"))
        return self.filter(own | opened if actor.user_id else own)

    def standing(self) -> "SubmissionQuerySet":
        """Those sealed here, and those of a register brought from elsewhere that no corrected one replaced."""
        return self.filter(line__register__replaced_by__isnull=True)

    def on_time(self, *periods: SubmissionPeriod) -> "SubmissionQuerySet":
        """Those of the periods received by the deadline in force, equality included (LR-53)."""
        return self.standing().filter(period__in=periods, received_at__lte=_deadline())

    def current(self, *periods: SubmissionPeriod) -> "SubmissionQuerySet":
        """Of each bidder, the last one received on time, unless withdrawn: the one that counts (LR-52).

        Taking back the last version does not bring an earlier one back: the bidder would be held to what it replaced.
        """
        last = (
            Submission.objects.on_time(*periods)
            .filter(party=OuterRef("party"), period=OuterRef("period"))
            .order_by()
            .values("party")
            .annotate(last=Max("version"))
            .values("last")
        )
        return self.on_time(*periods).filter(withdrawal__isnull=True, version=Subquery(last))

    def admitted_late(self, *periods: SubmissionPeriod) -> "SubmissionQuerySet":
        """Those received late that two people admitted with reasons (LR-54), and not withdrawn."""
        return self.standing().filter(
            period__in=periods,
            received_at__gt=_deadline(),
            late_admission__confirmed_at__isnull=False,
            withdrawal__isnull=True,
        )

    def read_on_copy(self, *periods: SubmissionPeriod) -> "SubmissionQuerySet":
        """Those received late whose backup copy was opened in their place (LR-55), and not withdrawn."""
        return (
            self.standing()
            .filter(period__in=periods, received_at__gt=_deadline(), withdrawal__isnull=True)
            .filter(results__copy__isnull=False)
            .distinct()
        )

    def to_open(self, *periods: SubmissionPeriod) -> "SubmissionQuerySet":
        """Those that count: they may leave their seal, or their backup copy was opened. Others stay sealed."""
        return self.filter(
            Q(pk__in=self.model.objects.current(*periods).values("pk"))
            | Q(pk__in=self.model.objects.admitted_late(*periods).values("pk"))
            | Q(pk__in=self.model.objects.read_on_copy(*periods).values("pk"))
        ).order_by("received_at")


class Submission(Journalled):
    """One version of what a bidder handed in: the root binds all of its parts, the four instants when (B.4).

    Sealed here, it has its `deposit`; received on another buyer profile, the `line` of the register that tells of it:
    its root then covers that line and the fingerprints of the files brought, its first three instants are the one that
    the register gives, `committed_at` is the import.
    """

    period = models.ForeignKey(SubmissionPeriod, models.PROTECT, related_name="+", verbose_name="période")
    party = models.ForeignKey(TenderingParty, models.PROTECT, related_name="submissions", verbose_name="candidat")
    deposit = models.OneToOneField(
        Deposit, models.PROTECT, related_name="submission", null=True, blank=True, verbose_name="dépôt"
    )
    line = models.OneToOneField(
        ReceivedLine, models.PROTECT, related_name="submission", null=True, blank=True, verbose_name="ligne de registre"
    )
    version = models.PositiveIntegerField("version")
    replaces = models.OneToOneField(
        "self", models.PROTECT, related_name="replaced_by", null=True, blank=True, verbose_name="remplace"
    )
    root = models.CharField("empreinte du dépôt", max_length=64)
    root_document = models.TextField("composition du dépôt")
    first_byte_at = models.DateTimeField("premier octet reçu le")
    complete_at = models.DateTimeField("dernière partie reçue le")
    received_at = models.DateTimeField("reçu le")
    committed_at = models.DateTimeField("scellé le")

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        verbose_name = "pli déposé"
        verbose_name_plural = "plis déposés"
        ordering = ["received_at"]
        constraints = [
            models.UniqueConstraint(fields=["party", "period", "version"], name="submission_version_once"),
            models.CheckConstraint(
                condition=Q(deposit__isnull=False, line__isnull=True) | Q(deposit__isnull=True, line__isnull=False),
                name="submission_sealed_here_or_brought",
            ),
            models.CheckConstraint(
                condition=Q(first_byte_at__lte=F("complete_at"))
                & Q(complete_at__lte=F("received_at"))
                & Q(received_at__lte=F("committed_at")),
                name="submission_instants_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.party}, version {self.version}"

    @property
    def verdict(self) -> Verdict:
        """On time or late, by the deadline in force and the decisions recorded."""
        return law.verdict(self.arrival)

    @property
    def arrival(self) -> ArrivalFacts:
        """What decides whether it came in time."""
        return self.arrival_known_at(None)

    def arrival_known_at(self, instant: datetime | None) -> ArrivalFacts:
        """The same, as it stood at an instant: by the deadlines and decisions known then."""
        admission = LateAdmission.objects.filter(submission=self).first()
        return verdicts.arrival(
            Instants(self.first_byte_at, self.received_at),
            [Deadline(row.closes_at, row.decided_at) for row in self.period.deadlines.all()],
            [Admission(admission.proposed_at, admission.confirmed_at)] if admission else [],
            known_at=instant,
        )


class SealOutcome(Journalled):
    """How a seal request ended; without one, the worker still has to finish it."""

    class Status(models.TextChoices):
        """Sealed, or handed to two people because it failed five times."""

        SEALED = "sealed", "Scellé"
        NEEDS_DECISION = "needs_decision", "À décider par deux personnes"

    request = models.OneToOneField(SealRequest, models.PROTECT, related_name="outcome", verbose_name="demande")
    status = models.CharField("issue", max_length=16, choices=Status.choices)
    submission = models.OneToOneField(
        Submission, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="pli déposé"
    )
    at = models.DateTimeField("le")

    class Meta:
        verbose_name = "issue du scellement"
        verbose_name_plural = "issues des scellements"
        constraints = [
            models.CheckConstraint(
                condition=Q(status="sealed", submission__isnull=False) | ~Q(status="sealed"),
                name="sealed_has_a_submission",
            ),
        ]

    def __str__(self) -> str:
        return self.get_status_display()


class Receipt(Journalled):
    """A signed receipt (annex 8 art. 2 II, LR-56); `signed` is the file that the bidder keeps, canonical JSON."""

    class Kind(models.TextChoices):
        """What the receipt proves."""

        SUBMISSION = "submission", "Accusé de dépôt"
        WITHDRAWAL = "withdrawal", "Accusé de retrait"
        COMPLEMENT = "complement", "Complément d’accusé"

    number = models.CharField("numéro", max_length=9, unique=True)
    kind = models.CharField("nature", max_length=10, choices=Kind.choices)
    submission = models.ForeignKey(Submission, models.PROTECT, related_name="receipts", verbose_name="pli déposé")
    signed = models.TextField("accusé signé")
    # SHA-256 of `signed`: whoever holds the file finds the receipt by it, and by nothing else.
    fingerprint = models.CharField("empreinte SHA-256", max_length=64, db_index=True, editable=False)
    issued_at = models.DateTimeField("émis le")
    document = models.OneToOneField(
        GeneratedDocument, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="document"
    )

    class Meta:
        verbose_name = "accusé"
        verbose_name_plural = "accusés"
        ordering = ["issued_at"]

    def __str__(self) -> str:
        return self.number

    @property
    def content(self) -> dict[str, Any]:
        """What the receipt says, key id and signature included."""
        return json.loads(self.signed)


class Withdrawal(Journalled):
    """The bidder took the submission back before the deadline; it stays sealed."""

    submission = models.OneToOneField(Submission, models.PROTECT, related_name="withdrawal", verbose_name="pli déposé")
    at = models.DateTimeField("retiré le")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="par")

    class Meta:
        verbose_name = "retrait"
        verbose_name_plural = "retraits"

    def __str__(self) -> str:
        return f"retrait, {self.submission_id}"


class LateAdmission(DecidedByTwo):
    """The reasoned decision of two people to open what came late (CE 23 Sept 2021, 449250; LR-54)."""

    submission = models.OneToOneField(
        Submission, models.PROTECT, related_name="late_admission", verbose_name="pli déposé"
    )
    incident_report_id = models.UUIDField("rapport d’incident")

    class Meta:
        verbose_name = "admission d’un pli tardif"
        verbose_name_plural = "admissions de plis tardifs"
        constraints = [by_two_people("admission_by_two_people")]

    def __str__(self) -> str:
        return f"admission, {self.submission_id}"
