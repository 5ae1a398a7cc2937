"""How a contract is paid, what is taken off, and the document that lets its holder assign its claim.

Rates are integers in hundredths of a percent; money is in euros, HT or TTC in the name.
"""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q

from marketplace.files.models import GeneratedDocument
from marketplace.journal.models import Journalled
from procurement.contracts.models.contract import Contract, ContractPhase
from procurement.contracts.models.money import PaymentDue


class PaymentTerms(Journalled):
    """What the payment of a contract needs beside its clauses: Chorus Pro codes, rhythms, index, retention."""

    class Regime(models.TextChoices):
        """What the minimum advance and the cap of the retention depend on (R2191-7, R2191-33)."""

        STATE = "state", "L’État"
        BIG = (
            "big",
            "Collectivité ou établissement public administratif de l’État, plus de 60 M€ de dépenses de fonctionnement",
        )
        OTHER = "other", "Autre acheteur"

    contract = models.OneToOneField(Contract, models.PROTECT, related_name="payment_terms", verbose_name="contrat")
    regime = models.CharField("catégorie pour l’avance", max_length=5, choices=Regime.choices)
    buyer_siret = models.CharField("SIRET de l’acheteur", max_length=14, blank=True)
    service_code = models.CharField("code service Chorus Pro", max_length=100, blank=True)
    commitment_number = models.CharField("numéro d’engagement", max_length=50, blank=True)
    holder_siret = models.CharField("SIRET du titulaire", max_length=14, blank=True)
    advance_rate = models.PositiveIntegerField("avance, en centièmes de %")
    recovery_start = models.PositiveIntegerField("début du remboursement, en centièmes de %", null=True, blank=True)
    recovery_end = models.PositiveIntegerField("fin du remboursement, en centièmes de %", null=True, blank=True)
    guarantee_required = models.BooleanField("garantie exigée pour l’avance", default=False)
    guarantee_received_on = models.DateField("garantie reçue le", null=True, blank=True)
    instalment_months = models.PositiveSmallIntegerField("un acompte tous les (mois)", default=3)
    monthly_asked = models.BooleanField("acompte mensuel demandé par le titulaire", default=False)
    payment_days = models.PositiveSmallIntegerField("délai de paiement, en jours")
    index_name = models.CharField("indice de révision", max_length=120, blank=True)
    index_base = models.DecimalField(
        "valeur de l’indice au mois des prix", max_digits=12, decimal_places=4, null=True, blank=True
    )
    fixed_share = models.PositiveIntegerField("part fixe de la formule, en centièmes de %", default=1500)
    retention_rate = models.PositiveIntegerField("retenue de garantie, en centièmes de %", default=0)
    guarantee_months = models.PositiveSmallIntegerField("délai de garantie, en mois", default=12)
    penalty_cap = models.PositiveIntegerField("plafond des pénalités, en centièmes de %", null=True, blank=True)
    # Said by buyers of no known category of public accounting; the others have one (PR-07).
    has_public_accountant = models.BooleanField("un comptable public paie", null=True, blank=True)
    set_at = models.DateTimeField("enregistrées le")
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)

    class Meta:
        verbose_name = "modalités de paiement"
        verbose_name_plural = "modalités de paiement"
        constraints = [models.CheckConstraint(condition=Q(fixed_share__lte=10_000), name="fixed_share_at_most_whole")]

    def __str__(self) -> str:
        return f"paiement, {self.contract_id}"


class Penalty(Journalled):
    """A penalty of the contract: announced, answered, then applied or waived (CCAG, LR-117)."""

    class Decision(models.TextChoices):
        """What the buyer decides once the holder was heard."""

        APPLY = "apply", "Appliquée"
        WAIVE = "waive", "Abandonnée"

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="penalties", verbose_name="contrat")
    contract_phase = models.ForeignKey(
        ContractPhase, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="phase"
    )
    breach = models.TextField("manquement")
    computation = models.TextField("calcul")
    amount_ht = models.DecimalField("montant, sans TVA", max_digits=14, decimal_places=2)
    notified_at = models.DateTimeField("annoncée le")
    notified_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)
    observations = models.TextField("observations du titulaire", blank=True)
    observed_at = models.DateTimeField("observations reçues le", null=True, blank=True)
    decision = models.CharField("décision", max_length=5, choices=Decision.choices, blank=True)
    reasons = models.TextField("motifs de la décision", blank=True)
    decided_at = models.DateTimeField("décidée le", null=True, blank=True)
    payment = models.ForeignKey(
        PaymentDue, models.PROTECT, related_name="penalties", null=True, blank=True, verbose_name="retenue sur"
    )

    class Meta:
        verbose_name = "pénalité"
        verbose_name_plural = "pénalités"
        ordering = ["notified_at"]
        constraints = [
            models.CheckConstraint(condition=Q(amount_ht__gt=0), name="penalty_of_something"),
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True, decision="") | (Q(decided_at__isnull=False) & ~Q(decision="")),
                name="penalty_decided_with_its_date",
            ),
        ]

    def __str__(self) -> str:
        return self.breach[:80]


class RetentionRelease(Journalled):
    """All that was kept back till then, given back to the holder (R2191-35, R2191-36, LR-118)."""

    class Reason(models.TextChoices):
        """Why now."""

        END = "end", "Le contrat est terminé, sans réserve"
        GUARANTEE = "guarantee", "Une garantie à première demande, ou une caution, remplace la retenue"

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="retention_releases", verbose_name="contrat")
    reason = models.CharField("motif", max_length=10, choices=Reason.choices)
    amount_ttc = models.DecimalField("montant rendu, €", max_digits=14, decimal_places=2)
    released_at = models.DateTimeField("rendue le")
    reference = models.CharField("référence du virement", max_length=80)
    guarantee_received_on = models.DateField("garantie reçue le", null=True, blank=True)

    class Meta:
        verbose_name = "retenue rendue"
        verbose_name_plural = "retenues rendues"
        ordering = ["released_at"]
        constraints = [
            models.CheckConstraint(condition=Q(amount_ttc__gt=0), name="release_of_something"),
            models.CheckConstraint(
                condition=Q(reason="guarantee", guarantee_received_on__isnull=False)
                | (~Q(reason="guarantee") & Q(guarantee_received_on__isnull=True)),
                name="release_against_a_guarantee_received",
            ),
        ]

    def __str__(self) -> str:
        return f"retenue rendue, {self.contract_id}"


class TransferRequest(Journalled):
    """Where the buyer pays a sum due by transfer: the holder's own account at Stripe, as last read there (PR-07)."""

    class Status(models.TextChoices):
        """What came of it."""

        WAITING = "waiting", "Attendu"
        PARTIAL = "partial", "Reçu en partie"
        PAID = "paid", "Reçu"
        CANCELLED = "cancelled", "Annulé"

    WAITED_FOR = frozenset({Status.WAITING, Status.PARTIAL})

    payment = models.OneToOneField(
        PaymentDue, models.PROTECT, related_name="transfer_request", verbose_name="somme due"
    )
    account_id = models.CharField("compte du titulaire", max_length=60)
    stripe_id = models.CharField("paiement", max_length=60, unique=True)
    amount_ttc = models.DecimalField("montant, € TTC", max_digits=14, decimal_places=2)
    received_ttc = models.DecimalField("reçu, € TTC", max_digits=14, decimal_places=2, default=0)
    iban = models.CharField("IBAN", max_length=34)
    bic = models.CharField("BIC", max_length=11)
    holder = models.CharField("titulaire du compte", max_length=250)
    reference = models.CharField("référence à porter", max_length=140)
    status = models.CharField("état", max_length=10, choices=Status.choices)
    asked_at = models.DateTimeField("demandé le")
    checked_at = models.DateTimeField("lu le")

    class Meta:
        verbose_name = "virement demandé"
        verbose_name_plural = "virements demandés"
        constraints = [models.CheckConstraint(condition=Q(amount_ttc__gt=0), name="transfer_of_something")]

    def __str__(self) -> str:
        return self.stripe_id

    @property
    def remaining_ttc(self) -> Decimal:
        """What is still to come, € TTC."""
        return self.amount_ttc - self.received_ttc


class AssignmentCertificate(Journalled):
    """The *certificat de cessibilité* of a contract, given to its holder once (R2191-45 s., LR-119)."""

    contract = models.OneToOneField(
        Contract, models.PROTECT, related_name="assignment_certificate", verbose_name="contrat"
    )
    asked_at = models.DateTimeField("demandé le")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)
    amount_ttc = models.DecimalField("montant cessible, € TTC", max_digits=14, decimal_places=2, null=True, blank=True)
    issued_at = models.DateTimeField("délivré le", null=True, blank=True)
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)
    document = models.OneToOneField(
        GeneratedDocument, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="certificat"
    )

    class Meta:
        verbose_name = "certificat de cessibilité"
        verbose_name_plural = "certificats de cessibilité"

    def __str__(self) -> str:
        return f"certificat, {self.contract_id}"


class ReferenceRate(Journalled):
    """ECB main refinancing rate on the first day of a half-year, as the operator entered it (R2192-31, LR-92)."""

    first_day = models.DateField("premier jour du semestre", unique=True)
    rate = models.DecimalField("taux directeur, en %", max_digits=5, decimal_places=2)
    source = models.CharField("source", max_length=250)
    recorded_at = models.DateTimeField("saisi le")
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)

    class Meta:
        verbose_name = "taux directeur"
        verbose_name_plural = "taux directeurs"
        ordering = ["-first_day"]

    def __str__(self) -> str:
        return f"{self.first_day:%d/%m/%Y}"
