"""Orders, what changes a contract, and what is owed. Money in euros HT unless the name says TTC."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Organisation
from marketplace.files.models import GeneratedDocument, StoredFile
from marketplace.journal.models import Journalled, JournalledQuerySet
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


class PaymentDueQuerySet(JournalledQuerySet):
    """Sums due, by what they count for."""

    def standing(self) -> "PaymentDueQuerySet":
        """Those that were not sent back to the holder."""
        return self.filter(returned_at=None)

    def visible_to(self, actor: Actor) -> "PaymentDueQuerySet":
        """Those of the contracts that the actor may read."""
        return self.filter(contract__in=Contract.objects.visible_to(actor))


class PaymentDue(Journalled):
    """An invoice of the holder and the dated facts of its payment (R2192-10, D2192-2, LR-91 to LR-93).

    A credit note has negative amounts: sums need no case of their own. Steps are dated facts, in the order of public
    accounting: prepared, deposited (the receipt), service done, mandated, paid; or returned to the holder.
    """

    class Kind(models.TextChoices):
        """What it pays."""

        ADVANCE = "advance", "Avance"
        PHASE = "phase", "Acompte sur une phase"
        ORDER = "order", "Bon de commande"
        SETTLEMENT = "settlement", "Solde d’une phase"
        CREDIT = "credit", "Avoir"

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
    corrects = models.ForeignKey(
        "self", models.PROTECT, related_name="credit_notes", null=True, blank=True, verbose_name="facture corrigée"
    )
    # At the prices of the contract, then what the revision adds or takes off; empty for what is not revised.
    work_ht = models.DecimalField("travail, € HT", max_digits=14, decimal_places=2, null=True, blank=True)
    revision_ht = models.DecimalField("révision, € HT", max_digits=14, decimal_places=2, default=Decimal(0))
    index_value = models.DecimalField("indice", max_digits=12, decimal_places=4, null=True, blank=True)
    coefficient = models.DecimalField("coefficient de révision", max_digits=8, decimal_places=3, null=True, blank=True)
    amount_ht = models.DecimalField("montant, € HT", max_digits=14, decimal_places=2)
    amount_ttc = models.DecimalField("montant, € TTC", max_digits=14, decimal_places=2)
    recovered_ttc = models.DecimalField("avance remboursée, € TTC", max_digits=14, decimal_places=2, default=Decimal(0))
    retained_ttc = models.DecimalField("retenue de garantie, €", max_digits=14, decimal_places=2, default=Decimal(0))
    penalties_ttc = models.DecimalField("pénalités, €", max_digits=14, decimal_places=2, default=Decimal(0))
    invoice_number = models.CharField("numéro de facture", max_length=80, blank=True)
    description = models.TextField("travail facturé", blank=True)
    prepared_at = models.DateTimeField("préparée le", null=True, blank=True)
    document = models.OneToOneField(
        GeneratedDocument, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="facture"
    )
    invoice_received_at = models.DateTimeField("facture reçue le", null=True, blank=True)
    deposit_reference = models.CharField("numéro de dépôt Chorus Pro", max_length=80, blank=True)
    returned_at = models.DateTimeField("renvoyée le", null=True, blank=True)
    return_reasons = models.TextField("motif du renvoi", blank=True)
    service_done_at = models.DateTimeField("service fait le", null=True, blank=True)
    mandated_at = models.DateTimeField("mandatée le", null=True, blank=True)
    mandate_reference = models.CharField("numéro de mandat", max_length=80, blank=True)
    due_on = models.DateField("à payer au plus tard le", null=True, blank=True)
    paid_at = models.DateTimeField("payé le", null=True, blank=True)
    payment_reference = models.CharField("référence du virement", max_length=80, blank=True)
    interest_paid = models.DecimalField(
        "intérêts et indemnité versés, €", max_digits=14, decimal_places=2, null=True, blank=True
    )
    interest_paid_at = models.DateTimeField("intérêts versés le", null=True, blank=True)

    objects = PaymentDueQuerySet.as_manager()

    class Meta:
        verbose_name = "somme due"
        verbose_name_plural = "sommes dues"
        ordering = ["contract", "due_on"]
        indexes = [models.Index(fields=["contract", "paid_at"], name="payment_due_by_contract")]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="credit", amount_ttc__lt=0, corrects__isnull=False)
                | (~Q(kind="credit") & Q(amount_ttc__gt=0, corrects__isnull=True)),
                name="credit_note_takes_off_an_invoice",
            ),
            models.CheckConstraint(
                condition=Q(returned_at__isnull=True) | Q(paid_at__isnull=True), name="returned_is_not_paid"
            ),
        ]

    def __str__(self) -> str:
        return self.invoice_number or f"{self.get_kind_display()}, {self.contract_id}"

    @property
    def due_ttc(self) -> Decimal:
        """What the invoice asks for: everything but the advance already paid."""
        return self.amount_ttc - self.recovered_ttc

    @property
    def net_ttc(self) -> Decimal:
        """What is paid now: without what is kept back and the penalties."""
        return self.due_ttc - self.retained_ttc - self.penalties_ttc

    @property
    def waits_for_transfer(self) -> bool:
        """Whether the buyer was told where to pay it by transfer, and the money has not arrived whole."""
        request = getattr(self, "transfer_request", None)
        return request is not None and request.status in request.WAITED_FOR
