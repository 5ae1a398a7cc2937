"""The choice of the partners, their clearance, what was said to the others (L2181-1, R2182-1, LR-70 to LR-81)."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q

from marketplace.files.models import GeneratedDocument, StoredFile
from marketplace.journal.models import Journalled, JournalledQuerySet
from procurement.calls.models import Lot
from procurement.correspondence.models import Letter
from procurement.evaluation.models.bids import Bid
from procurement.evaluation.models.scores import Ranking
from procurement.submissions.models import TenderingParty

if TYPE_CHECKING:
    from marketplace.accounts.actors import Actor


class CaoMinutes(Journalled):
    """Minutes of the tender board (*commission d’appel d’offres*) that picks the holder (CGCT L1414-2, LR-72).

    `members`: list of {"name", "capacity", "voting", "present"}; `votes`: {"for", "against", "abstention"}.
    """

    lot = models.ForeignKey(Lot, models.PROTECT, related_name="+", verbose_name="lot")
    ranking = models.ForeignKey(Ranking, models.PROTECT, related_name="+", verbose_name="classement examiné")
    held_at = models.DateTimeField("séance du")
    place = models.CharField("lieu", max_length=160, blank=True)
    convened_on = models.DateField("convoquée le")
    members = models.JSONField("membres", default=list)
    votes = models.JSONField("votes", default=dict)
    reasons = models.TextField("motifs du choix")
    document = models.OneToOneField(GeneratedDocument, models.PROTECT, related_name="+", verbose_name="procès-verbal")
    signed_file = models.ForeignKey(
        StoredFile, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="procès-verbal signé"
    )
    recorded_at = models.DateTimeField("versé le")

    class Meta:
        verbose_name = "procès-verbal de commission d’appel d’offres"
        verbose_name_plural = "procès-verbaux de commission d’appel d’offres"
        ordering = ["held_at"]

    def __str__(self) -> str:
        return f"commission du {self.held_at:%d/%m/%Y}"


class AwardDecision(Journalled):
    """The partners of a lot are chosen, on one ranking, for written reasons (R2152-7, LR-71)."""

    lot = models.OneToOneField(Lot, models.PROTECT, related_name="+", verbose_name="lot")
    ranking = models.ForeignKey(Ranking, models.PROTECT, related_name="+", verbose_name="classement")
    reasons = models.TextField("motifs du choix")
    decided_at = models.DateTimeField("décidé le")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="décidé par"
    )

    class Meta:
        verbose_name = "décision d’attribution"
        verbose_name_plural = "décisions d’attribution"
        ordering = ["decided_at"]

    def __str__(self) -> str:
        return f"attribution, {self.lot}"


class AwardedPartnerQuerySet(JournalledQuerySet):
    """Chosen partners, by rank."""

    def standing(self, lot: Lot) -> "AwardedPartnerQuerySet":
        """Those of the lot who were chosen and not eliminated since, with bid and bidder."""
        return (
            self.filter(decision__lot=lot, eliminated_at__isnull=True)
            .select_related("party__lead", "bid", "decision")
            .order_by("rank")
        )


class AwardedPartner(Journalled):
    """A chosen partner: one contract each (R2172-20, LR-03). Eliminated ones stay, with the reason (LR-74)."""

    decision = models.ForeignKey(AwardDecision, models.PROTECT, related_name="partners", verbose_name="décision")
    party = models.ForeignKey(TenderingParty, models.PROTECT, related_name="+", verbose_name="partenaire")
    bid = models.OneToOneField(Bid, models.PROTECT, related_name="+", verbose_name="offre")
    rank = models.PositiveSmallIntegerField("rang")
    chosen_at = models.DateTimeField("choisi le")
    eliminated_at = models.DateTimeField("éliminé le", null=True, blank=True)
    elimination_reasons = models.TextField("motifs de l’élimination", blank=True)

    objects = AwardedPartnerQuerySet.as_manager()

    class Meta:
        verbose_name = "partenaire choisi"
        verbose_name_plural = "partenaires choisis"
        ordering = ["rank"]
        constraints = [models.UniqueConstraint(fields=["decision", "party"], name="partner_once_a_decision")]

    def __str__(self) -> str:
        return f"{self.rank}. {self.party}"


class ClearanceQuerySet(JournalledQuerySet):
    """Files of proofs, by who is asked for them."""

    def visible_to(self, actor: "Actor") -> "ClearanceQuerySet":
        """Those asked of the organisation that the actor acts for, the newest first."""
        if actor.organisation_id is None:
            return self.none()
        asked = self.filter(partner__party__lead_id=actor.organisation_id)
        return asked.select_related("partner__party__lead", "partner__decision__lot__call__lead_buyer").order_by(
            "-asked_at"
        )


class Clearance(Journalled):
    """The intended winner, and only it, proves that it is not excluded (R2144-4, R2143-6 to -10, LR-73)."""

    partner = models.OneToOneField(
        AwardedPartner, models.PROTECT, related_name="clearance", verbose_name="partenaire choisi"
    )
    asked_at = models.DateTimeField("demandée le")
    deadline = models.DateTimeField("à fournir avant le")
    letter = models.OneToOneField(Letter, models.PROTECT, related_name="+", verbose_name="demande")
    completed_at = models.DateTimeField("complète le", null=True, blank=True)

    objects = ClearanceQuerySet.as_manager()

    class Meta:
        verbose_name = "vérification du partenaire choisi"
        verbose_name_plural = "vérifications des partenaires choisis"

    def __str__(self) -> str:
        return f"vérification, {self.partner}"


class ClearanceProof(Journalled):
    """One proof of the checklist. `valid_until` None: does not expire."""

    clearance = models.ForeignKey(Clearance, models.PROTECT, related_name="proofs", verbose_name="vérification")
    code = models.SlugField("code", max_length=40)
    label = models.CharField("justificatif", max_length=200)
    received_at = models.DateTimeField("reçu le", null=True, blank=True)
    valid_until = models.DateField("valable jusqu’au", null=True, blank=True)
    is_accepted = models.BooleanField("accepté", default=False)
    file = models.ForeignKey(
        StoredFile, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="fichier"
    )

    class Meta:
        verbose_name = "justificatif"
        verbose_name_plural = "justificatifs"
        ordering = ["code"]
        constraints = [models.UniqueConstraint(fields=["clearance", "code"], name="proof_once_a_clearance")]

    def __str__(self) -> str:
        return self.label


class RejectionNotice(Journalled):
    """A tenderer was told that it was not chosen, and the earliest signing date it was given (R2181-3, LR-76).

    A replaced winner may call for new letters (LR-81): the last one to each party rules.
    """

    lot = models.ForeignKey(Lot, models.PROTECT, related_name="+", verbose_name="lot")
    party = models.ForeignKey(TenderingParty, models.PROTECT, related_name="+", verbose_name="soumissionnaire")
    letter = models.OneToOneField(Letter, models.PROTECT, related_name="+", verbose_name="lettre")
    sent_at = models.DateTimeField("envoyée le")
    is_electronic = models.BooleanField("envoyée par voie électronique", default=True)
    # None where no standstill was announced (adapted procedure, LR-79).
    earliest_signature_on = models.DateField("signature au plus tôt le", null=True, blank=True)

    class Meta:
        verbose_name = "notification de rejet"
        verbose_name_plural = "notifications de rejet"
        ordering = ["sent_at"]

    def __str__(self) -> str:
        return f"rejet, {self.party}"


class StandstillHoldQuerySet(JournalledQuerySet):
    """Appeals before the signature."""

    def pending(self, lot: Lot) -> "StandstillHoldQuerySet":
        """Those of the lot on which the judge's order has not come yet: nothing may be signed."""
        return self.filter(lot=lot, order_received_at__isnull=True)


class StandstillHold(Journalled):
    """A pre-contract appeal stops the signature until the judge's order comes (CJA L551-1, L551-4, LR-80)."""

    lot = models.ForeignKey(Lot, models.PROTECT, related_name="+", verbose_name="lot")
    case_number = models.CharField("numéro de la requête", max_length=40)
    notified_at = models.DateTimeField("recours reçu le")
    order_received_at = models.DateTimeField("ordonnance reçue le", null=True, blank=True)
    outcome = models.TextField("sens de l’ordonnance", blank=True)

    objects = StandstillHoldQuerySet.as_manager()

    class Meta:
        verbose_name = "suspension par un recours"
        verbose_name_plural = "suspensions par un recours"
        ordering = ["notified_at"]
        constraints = [
            models.UniqueConstraint(fields=["lot", "case_number"], name="hold_once_a_case"),
            models.CheckConstraint(
                condition=Q(order_received_at__isnull=True) | ~Q(outcome=""), name="order_says_its_outcome"
            ),
        ]

    def __str__(self) -> str:
        return self.case_number
