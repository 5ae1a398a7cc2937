"""Who tenders, and who was invited to."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from marketplace.accounts.models import Organisation
from marketplace.journal.models import Journalled, JournalledQuerySet
from procurement.calls.models import Lot, SubmissionPeriod


class TenderingPartyQuerySet(JournalledQuerySet):
    """Tendering parties, by who is in them."""

    def with_member(self, organisation_id: Any) -> "TenderingPartyQuerySet":
        """Parties of which the organisation is a member, the lead included."""
        return self.filter(members__organisation_id=organisation_id).distinct()


class TenderingParty(Journalled):
    """The bidder of a lot: one firm, or a group of firms (*groupement*, R2142-19 s.) with a lead that acts for it."""

    class Kind(models.TextChoices):
        """Alone, or how the members answer for each other (R2142-20)."""

        SINGLE = "single", "Candidat seul"
        SEVERAL_LIABILITY = "several_liability", "Groupement conjoint"
        JOINT_AND_SEVERAL = "joint_and_several", "Groupement solidaire"

    lot = models.ForeignKey(Lot, models.PROTECT, related_name="+", verbose_name="lot")
    kind = models.CharField("forme", max_length=20, choices=Kind.choices, default=Kind.SINGLE)
    lead = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="mandataire")
    formed_at = models.DateTimeField("formé le")

    objects = TenderingPartyQuerySet.as_manager()

    class Meta:
        verbose_name = "candidat"
        verbose_name_plural = "candidats"
        ordering = ["formed_at"]
        constraints = [models.UniqueConstraint(fields=["lot", "lead"], name="party_once_a_lead_and_lot")]

    def __str__(self) -> str:
        return str(self.lead) if self.kind == self.Kind.SINGLE else f"groupement mené par {self.lead}"


class PartyMember(Journalled):
    """A firm of a tendering party, the lead included; shares of a group in hundredths of a percent sum to 10 000."""

    party = models.ForeignKey(TenderingParty, models.PROTECT, related_name="members", verbose_name="candidat")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="entreprise")
    share = models.PositiveIntegerField("part, en centièmes de %")

    class Meta:
        verbose_name = "membre du groupement"
        verbose_name_plural = "membres du groupement"
        constraints = [
            models.UniqueConstraint(fields=["party", "organisation"], name="member_once_a_party"),
            models.CheckConstraint(condition=Q(share__lte=10_000), name="share_at_most_whole"),
        ]

    def __str__(self) -> str:
        return str(self.organisation)


class Invitation(Journalled):
    """A selected candidate may tender in a period (R2144-8, LR-111). Written by the room that selects."""

    party = models.ForeignKey(TenderingParty, models.PROTECT, related_name="invitations", verbose_name="candidat")
    period = models.ForeignKey(SubmissionPeriod, models.PROTECT, related_name="+", verbose_name="période")
    invited_at = models.DateTimeField("invité le")

    class Meta:
        verbose_name = "invitation"
        verbose_name_plural = "invitations"
        constraints = [models.UniqueConstraint(fields=["party", "period"], name="invitation_once_a_period")]

    def __str__(self) -> str:
        return f"{self.party}, {self.period}"


class GroupChange(Journalled):
    """The buyer's leave to change who tenders after the deposit (R2142-26); it says who was in, and who is from now on.

    `before`, `after`: firms as {organisation, name, share in hundredths of a percent}.
    """

    class Ground(models.TextChoices):
        """What the law lets a candidate change for."""

        NEGOTIATION = "negotiation", "Procédure avec négociation, appel lancé depuis 2025"
        RESTRUCTURING = "restructuring", "Restructuration : rachat, fusion, acquisition"
        LIQUIDATION = "liquidation", "Membre en liquidation judiciaire"
        IMPOSSIBILITY = "impossibility", "Membre empêché, sans faute de sa part"

    party = models.ForeignKey(TenderingParty, models.PROTECT, related_name="changes", verbose_name="candidat")
    ground = models.CharField("cas", max_length=14, choices=Ground.choices)
    kind_before = models.CharField("forme avant", max_length=20, choices=TenderingParty.Kind.choices)
    kind_after = models.CharField("forme après", max_length=20, choices=TenderingParty.Kind.choices)
    before = models.JSONField("membres avant")
    after = models.JSONField("membres après")
    evidence = models.CharField("preuve", max_length=300, blank=True)
    reasons = models.TextField("motifs")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="décidé par"
    )
    decided_at = models.DateTimeField("décidé le")

    class Meta:
        verbose_name = "changement de groupement"
        verbose_name_plural = "changements de groupement"
        ordering = ["decided_at"]

    def __str__(self) -> str:
        return f"changement, {self.party}"
