"""What Stripe last told of the plans of companies, and every event as it came.

Stripe keeps the state; these rows are what was read there, so that pages never wait for it.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models

from marketplace.accounts.models import Organisation
from marketplace.billing import plans
from marketplace.billing.plans import Period
from marketplace.journal.models import Journalled, JournalledQuerySet

if TYPE_CHECKING:
    from marketplace.accounts.actors import Actor


class Account(Journalled):
    """A company as Stripe knows it, in the test world or in the real one: both never meet."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", verbose_name="organisation"
    )
    is_live = models.BooleanField("paiements réels")
    customer_id = models.CharField("client Stripe", max_length=60, unique=True)
    vat_number = models.CharField("numéro de TVA intracommunautaire", max_length=20, blank=True)
    checkout_id = models.CharField("dernière page de paiement", max_length=120, blank=True)
    version = models.PositiveIntegerField("changements", default=0)
    opened_at = models.DateTimeField("ouvert le")

    class Meta:
        verbose_name = "compte de facturation"
        constraints = [
            models.UniqueConstraint(fields=["organisation", "is_live"], name="billing_account_once"),
        ]

    def __str__(self) -> str:
        return self.customer_id

    @property
    def current(self) -> "Subscription | None":
        """The subscription that counts: one that has not ended, else the last that did."""
        rows = sorted(self.subscriptions.all(), key=lambda row: (row.ended_at is None, row.began_at), reverse=True)
        return rows[0] if rows else None


class PayeeAccount(Journalled):
    """The account of a company in its own name at Stripe, on which buyers pay it by transfer, as last read there."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", verbose_name="organisation"
    )
    is_live = models.BooleanField("paiements réels")
    stripe_id = models.CharField("compte Stripe", max_length=60, unique=True)
    can_be_paid = models.BooleanField("peut être payé", default=False)
    opened_at = models.DateTimeField("ouvert le")
    checked_at = models.DateTimeField("lu chez Stripe le")

    class Meta:
        verbose_name = "compte de paiement"
        verbose_name_plural = "comptes de paiement"
        constraints = [
            models.UniqueConstraint(fields=["organisation", "is_live"], name="billing_payee_account_once"),
        ]

    def __str__(self) -> str:
        return self.stripe_id


class SubscriptionQuerySet(JournalledQuerySet):
    """Subscriptions of companies."""

    def of(self, organisation_id: object, *, is_live: bool) -> "SubscriptionQuerySet":
        """Those of a company, in one of the two worlds."""
        return self.filter(account__organisation_id=organisation_id, account__is_live=is_live)


class Subscription(Journalled):
    """The plan of a company as last read from Stripe."""

    class Status(models.TextChoices):
        """Codes of Stripe."""

        INCOMPLETE = "incomplete", "Paiement à terminer"
        INCOMPLETE_EXPIRED = "incomplete_expired", "Jamais payée"
        TRIALING = "trialing", "À l’essai"
        ACTIVE = "active", "En cours"
        PAST_DUE = "past_due", "Paiement en échec"
        UNPAID = "unpaid", "Impayée"
        PAUSED = "paused", "En pause"
        CANCELED = "canceled", "Terminée"

    RUNNING = frozenset({Status.TRIALING, Status.ACTIVE})
    OVER = frozenset({Status.CANCELED, Status.INCOMPLETE_EXPIRED})

    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="subscriptions", verbose_name="compte de facturation"
    )
    stripe_id = models.CharField("abonnement Stripe", max_length=60, unique=True)
    item_id = models.CharField("ligne de l’abonnement", max_length=60)
    status = models.CharField("état", max_length=20, choices=Status)
    period = models.CharField("rythme", max_length=5, choices=Period)
    began_at = models.DateTimeField("depuis le")
    paid_until = models.DateTimeField("période en cours jusqu’au")
    trial_ends_at = models.DateTimeField("essai jusqu’au", null=True, blank=True)
    ends_at = models.DateTimeField("résiliée pour le", null=True, blank=True)
    ended_at = models.DateTimeField("terminée le", null=True, blank=True)
    unpaid_since = models.DateTimeField("impayée depuis le", null=True, blank=True)
    trial_told_for = models.DateTimeField("fin d’essai annoncée", null=True, blank=True)

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        verbose_name = "abonnement"

    def __str__(self) -> str:
        return self.stripe_id

    @property
    def is_over(self) -> bool:
        """Whether nothing more will be charged under it."""
        return self.ended_at is not None or self.status in self.OVER

    @property
    def grace_ends_at(self) -> datetime | None:
        """Until when the tools stay though a payment failed; None when nothing is owed."""
        return self.unpaid_since + plans.grace() if self.unpaid_since else None

    def gives(self, now: datetime) -> bool:
        """Whether the tools of the plan are open at `now` (UTC).

        A payment that fails leaves them open for the grace; a plan of which Stripe says nothing more ends alike.
        """
        if self.is_over:
            return False
        if self.grace_ends_at is not None:
            return now < self.grace_ends_at
        return self.status in self.RUNNING and now < self.paid_until + plans.grace()


class InvoiceQuerySet(JournalledQuerySet):
    """Invoices of plans."""

    def visible_to(self, actor: "Actor") -> "InvoiceQuerySet":
        """Those of the company for which one acts."""
        return self.filter(account__organisation_id=actor.organisation_id, account__organisation_id__isnull=False)


class Invoice(Journalled):
    """An invoice of the plan, written by Stripe."""

    class Status(models.TextChoices):
        """Codes of Stripe; drafts are not kept."""

        OPEN = "open", "À payer"
        PAID = "paid", "Payée"
        VOID = "void", "Annulée"
        UNCOLLECTIBLE = "uncollectible", "Impayée"

    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="invoices", verbose_name="compte de facturation"
    )
    stripe_id = models.CharField("facture Stripe", max_length=60, unique=True)
    number = models.CharField("numéro", max_length=60)
    status = models.CharField("état", max_length=15, choices=Status)
    issued_at = models.DateTimeField("émise le")
    paid_at = models.DateTimeField("payée le", null=True, blank=True)
    net = models.DecimalField("montant HT (€)", max_digits=12, decimal_places=2)
    vat = models.DecimalField("TVA (€)", max_digits=12, decimal_places=2)
    gross = models.DecimalField("montant TTC (€)", max_digits=12, decimal_places=2)
    pdf_url = models.URLField("adresse du PDF", max_length=500, blank=True)

    objects = InvoiceQuerySet.as_manager()

    class Meta:
        verbose_name = "facture de formule"
        verbose_name_plural = "factures de formules"
        ordering = ["-issued_at", "-number"]

    def __str__(self) -> str:
        return self.number


class EventQuerySet(models.QuerySet["Event"]):
    """Events by what became of them."""

    def waiting(self) -> "EventQuerySet":
        """Those that nothing was done with yet, failures included."""
        return self.filter(outcome="")

    def failed(self) -> "EventQuerySet":
        """Those that were tried too often; the operator looks, then replays."""
        return self.waiting().filter(failed_at__isnull=False)


class Event(models.Model):
    """What Stripe sent, as it came. Not journalled: it may hold an address and is erased after a year."""

    class Outcome(models.TextChoices):
        """What was done with it."""

        APPLIED = "applied", "L’état a été relu chez Stripe"
        COVERED = "covered", "Déjà compris dans une lecture plus récente"
        UNKNOWN_TYPE = "unknown_type", "Sans objet ici"
        UNKNOWN_CUSTOMER = "unknown_customer", "Client inconnu ici"
        OTHER_MODE = "other_mode", "Écarté : essai et réel ne se mêlent pas"
        OTHER_ACCOUNT = "other_account", "Écarté : autre compte Stripe"

    event_id = models.CharField("événement Stripe", max_length=120, unique=True)
    type = models.CharField("nature", max_length=120)
    is_live = models.BooleanField("paiements réels")
    stripe_account = models.CharField("compte Stripe", max_length=60, blank=True)
    customer_id = models.CharField("client Stripe", max_length=60, blank=True, db_index=True)
    body = models.BinaryField("contenu reçu")
    received_at = models.DateTimeField("reçu le")
    attempts = models.PositiveSmallIntegerField("essais", default=0)
    read_at = models.DateTimeField("état relu à partir du", null=True, blank=True)
    handled_at = models.DateTimeField("traité le", null=True, blank=True)
    failed_at = models.DateTimeField("abandonné le", null=True, blank=True)
    outcome = models.CharField("suite", max_length=20, choices=Outcome, blank=True)
    error = models.CharField("dernière erreur", max_length=200, blank=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = "événement Stripe"
        verbose_name_plural = "événements Stripe"
        ordering = ["-received_at", "-id"]
        indexes = [models.Index(fields=["outcome", "-received_at"], name="billing_event_outcome")]

    def __str__(self) -> str:
        return self.event_id
