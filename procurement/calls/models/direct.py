"""A direct purchase of innovation (R2122-9-1): the need is estimated, offers are compared, a second person decides.

Money is in euros before VAT (HT). The need and its novelty are the call's `NeedStatement`.
"""

from decimal import Decimal

from django.conf import settings
from django.db import models

from marketplace.accounts.models import Organisation
from marketplace.files.models import StoredFile
from marketplace.journal.models import Journalled
from marketplace.journal.triggers import frozen_while
from procurement.calls.models.call import Call

# What was decided upon never changes afterwards: the database refuses.
_DECIDED = "EXISTS (SELECT 1 FROM calls_directpurchase p WHERE p.id = {row}.purchase_id AND p.decided_at IS NOT NULL)"


class DirectPurchase(Journalled):
    """The file of one direct purchase, and its decision once it is taken (LR-103 to LR-105)."""

    call = models.OneToOneField(Call, models.PROTECT, related_name="purchase", verbose_name="appel")
    # The value of the need (R2121-1 s.): these three together.
    purchase_ht = models.DecimalField("achat, € HT", max_digits=14, decimal_places=2, null=True, blank=True)
    options_ht = models.DecimalField("options et reconductions, € HT", max_digits=14, decimal_places=2, default=0)
    same_need_ht = models.DecimalField("même besoin acheté ailleurs, € HT", max_digits=14, decimal_places=2, default=0)
    # Both given for a lot of a larger operation.
    operation_ht = models.DecimalField(
        "tous les lots de l’opération, € HT", max_digits=14, decimal_places=2, null=True, blank=True
    )
    small_lots_ht = models.DecimalField(
        "lots achetés directement, € HT", max_digits=14, decimal_places=2, null=True, blank=True
    )
    comparison = models.TextField("note de comparaison", blank=True)
    place_code = models.CharField("code postal du lieu d’exécution", max_length=5, blank=True)
    chosen = models.OneToOneField(
        "calls.DirectOffer", models.PROTECT, related_name="+", null=True, blank=True, verbose_name="offre choisie"
    )
    is_written = models.BooleanField("contrat écrit", default=True)
    exclusions_checked_at = models.DateTimeField("interdictions vérifiées le", null=True, blank=True)
    reasons = models.TextField("motifs de la décision", blank=True)
    decided_at = models.DateTimeField("décidé le", null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="décidé par"
    )

    class Meta:
        verbose_name = "achat innovant direct"
        verbose_name_plural = "achats innovants directs"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(decided_at__isnull=True) | models.Q(chosen__isnull=False),
                name="direct_purchase_decided_on_an_offer",
            ),
        ]

    def __str__(self) -> str:
        return f"achat direct, {self.call_id}"

    @property
    def value_ht(self) -> Decimal:
        """Estimated value of the need, € HT."""
        return (self.purchase_ht or Decimal(0)) + self.options_ht + self.same_need_ht


@frozen_while(_DECIDED)
class DirectOffer(Journalled):
    """An offer that the buyer considered. `firm` is set when the company has an account here: only then it can sign."""

    purchase = models.ForeignKey(DirectPurchase, models.PROTECT, related_name="offers", verbose_name="achat")
    number = models.PositiveSmallIntegerField("numéro")
    firm_name = models.CharField("entreprise", max_length=200)
    # SIREN, nine digits: the watch on repeated purchases counts by it.
    siren = models.CharField("SIREN", max_length=9, blank=True)
    firm = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="compte de l’entreprise"
    )
    received_on = models.DateField("reçue le", null=True, blank=True)
    amount_ht = models.DecimalField("montant, € HT", max_digits=14, decimal_places=2)
    opinion = models.TextField("avis sur l’offre", blank=True)
    file = models.ForeignKey(
        StoredFile, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="document de l’offre"
    )

    class Meta:
        verbose_name = "offre d’un achat direct"
        verbose_name_plural = "offres des achats directs"
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["purchase", "number"], name="direct_offer_number_once")]

    def __str__(self) -> str:
        return self.firm_name
