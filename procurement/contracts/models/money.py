"""Orders, what changes a contract, and what is owed. Money in euros HT unless the name says TTC."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from marketplace.accounts.models import Organisation
from marketplace.files.models import GeneratedDocument, StoredFile
from marketplace.journal.models import Journalled
from procurement.contracts.models.contract import Contract, ContractPhase
from procurement.contracts.models.execution import Deliverable, PerformanceTest


class PurchaseOrder(Journalled):
    """A numbered, dated order within the limits of one contract, after a passed test (LR-24, LR-120)."""

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="purchase_orders", verbose_name="contrat")
    test = models.ForeignKey(PerformanceTest, models.PROTECT, related_name="orders", verbose_name="essai réussi")
    number = models.PositiveSmallIntegerField("numéro")
    quantity = models.PositiveIntegerField("quantité")
    unit_cost_ht = models.DecimalField("prix unitaire, € HT", max_digits=14, decimal_places=2)
    amount_ht = models.DecimalField("montant, € HT", max_digits=14, decimal_places=2)
    ordered_at = models.DateTimeField("commandé le")
    deliver_by = models.DateField("à livrer avant le", null=True, blank=True)
    document = models.OneToOneField(GeneratedDocument, models.PROTECT, related_name="+", verbose_name="bon de commande")
    ordered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)

    class Meta:
        verbose_name = "bon de commande"
        verbose_name_plural = "bons de commande"
        ordering = ["contract", "number"]
        constraints = [
            models.UniqueConstraint(fields=["contract", "number"], name="order_number_once_a_contract"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="order_of_something"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """Number printed on the order."""
        return f"{self.contract.number}-BC{self.number:02d}"


class SubcontractAct(Journalled):
    """A subcontractor declared by the holder and the buyer's answer (L2193-1 s., LR-60)."""

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="subcontracts", verbose_name="contrat")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="sous-traitant inscrit"
    )
    name = models.CharField("sous-traitant", max_length=250)
    siren = models.CharField("SIREN", max_length=9, blank=True)
    services = models.TextField("prestations sous-traitées", blank=True)
    amount_ht = models.DecimalField("montant, € HT", max_digits=14, decimal_places=2, null=True, blank=True)
    # Of the contract, in hundredths of a percent.
    share = models.PositiveIntegerField("part du contrat, en centièmes de %", null=True, blank=True)
    in_tender = models.BooleanField("annoncé dans l’offre", default=False)
    declared_at = models.DateTimeField("déclaré le")
    accepted_at = models.DateTimeField("accepté le", null=True, blank=True)
    refused_at = models.DateTimeField("refusé le", null=True, blank=True)
    reasons = models.TextField("motifs du refus", blank=True)
    file = models.ForeignKey(
        StoredFile, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="acte signé"
    )

    class Meta:
        verbose_name = "acte de sous-traitance"
        verbose_name_plural = "actes de sous-traitance"
        ordering = ["declared_at"]

    def __str__(self) -> str:
        return self.name


class PaymentDue(Journalled):
    """A sum owed to the holder, and the day by which it must be paid (R2192-10, LR-91)."""

    class Kind(models.TextChoices):
        """What it pays."""

        ADVANCE = "advance", "Avance"
        PHASE = "phase", "Rémunération d’une phase"
        ORDER = "order", "Bon de commande"
        SETTLEMENT = "settlement", "Solde"

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="payments_due", verbose_name="contrat")
    kind = models.CharField("objet", max_length=10, choices=Kind.choices)
    contract_phase = models.ForeignKey(
        ContractPhase, models.PROTECT, related_name="payments_due", null=True, blank=True, verbose_name="phase"
    )
    deliverable = models.ForeignKey(
        Deliverable, models.PROTECT, related_name="payments_due", null=True, blank=True, verbose_name="livrable"
    )
    order = models.ForeignKey(
        PurchaseOrder,
        models.PROTECT,
        related_name="payments_due",
        null=True,
        blank=True,
        verbose_name="bon de commande",
    )
    amount_ht = models.DecimalField("montant, € HT", max_digits=14, decimal_places=2)
    amount_ttc = models.DecimalField("montant, € TTC", max_digits=14, decimal_places=2)
    invoice_number = models.CharField("numéro de facture", max_length=80, blank=True)
    invoice_received_at = models.DateTimeField("facture reçue le", null=True, blank=True)
    due_on = models.DateField("à payer au plus tard le", null=True, blank=True)
    paid_at = models.DateTimeField("payé le", null=True, blank=True)

    class Meta:
        verbose_name = "somme due"
        verbose_name_plural = "sommes dues"
        ordering = ["contract", "due_on"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.contract_id}"
