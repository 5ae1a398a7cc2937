"""People, the organisations they act for, and the ties between both."""

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower

from marketplace.accounts.identifiers import siren_of
from marketplace.journal import clock
from marketplace.journal.models import Journalled, JournalledQuerySet

if TYPE_CHECKING:
    from marketplace.accounts.actors import Actor


class UserManager(BaseUserManager["User"]):
    """Makes people; an e-mail address finds its person whatever its capitals."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Make a person who signs in with `email`. Raises ValueError without an address."""
        if not email:
            raise ValueError("a user needs an e-mail address")
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Make a person who administers the editorial pages; it grants nothing in a procedure."""
        return self.create_user(email, password, **fields, is_staff=True, is_superuser=True)

    def get_by_natural_key(self, username: str | None) -> "User":
        """The person who signs in with this address. Raises User.DoesNotExist."""
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A person. Not journalled: personal data must stay erasable, and entries name a person by id only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(
        "adresse électronique",
        max_length=254,
        unique=True,
        error_messages={"unique": "Cette adresse est déjà utilisée : connectez-vous, ou choisissez-en une autre."},
    )
    first_name = models.CharField("prénom", max_length=150, blank=True)
    last_name = models.CharField("nom", max_length=150, blank=True)
    is_active = models.BooleanField("compte ouvert", default=True)
    is_staff = models.BooleanField("accède à la rédaction", default=False)
    date_joined = models.DateTimeField("inscrit le", default=clock.now, editable=False)

    objects = UserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = []

    class Meta:
        verbose_name = "personne"
        verbose_name_plural = "personnes"
        constraints = [
            # With the unique column: the same address in other capitals cannot be another person.
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="accounts_user_email_lower_case"),
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.email

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save the address in lower case, whoever wrote it."""
        self.email = self.email.strip().lower()
        super().save(*args, **kwargs)

    def get_full_name(self) -> str:
        """First and last name, empty when the person gave none."""
        return f"{self.first_name} {self.last_name}".strip()

    def get_short_name(self) -> str:
        """The first name, else the address."""
        return self.first_name or self.email


class OrganisationQuerySet(JournalledQuerySet):
    """Organisations, by what they are and by what is known of them."""

    def buyers(self) -> "OrganisationQuerySet":
        """Public buyers."""
        return self.filter(kind=Organisation.Kind.BUYER)

    def suppliers(self) -> "OrganisationQuerySet":
        """Firms and associations that bid."""
        return self.filter(kind=Organisation.Kind.SUPPLIER)

    def verified(self) -> "OrganisationQuerySet":
        """Those whose identity the operator of the site has verified."""
        return self.filter(verified_at__isnull=False)

    def awaiting_verification(self) -> "OrganisationQuerySet":
        """Those that the operator still has to verify, oldest first: every buyer, and companies that asked for it.

        Not those that were refused, until they ask again.
        """
        asked = models.Q(kind=Organisation.Kind.BUYER) | models.Q(verification_asked_at__isnull=False)
        waiting = self.filter(asked, verified_at__isnull=True, verification_refused_at__isnull=True)
        return waiting.order_by("registered_at")

    def sharing_siren(self, siren: str) -> "OrganisationQuerySet":
        """Those whose identifier, of whatever register, contains this SIREN."""
        scheme = Organisation.Scheme
        return self.filter(
            models.Q(identifier_scheme=scheme.SIREN, identifier=siren)
            | models.Q(identifier_scheme=scheme.SIRET, identifier__startswith=siren)
            | models.Q(identifier_scheme=scheme.EU_VAT, identifier__startswith="FR", identifier__endswith=siren)
        )

    def visible_to(self, actor: "Actor") -> "OrganisationQuerySet":
        """Those whose account an actor may read: one's own, and all of them for the operator."""
        if self.model.objects.filter(pk=actor.organisation_id, kind=Organisation.Kind.OPERATOR).exists():
            return self.all()
        return self.filter(pk=actor.organisation_id)

    def of_user(self, user: User) -> "OrganisationQuerySet":
        """Those for which this person may act today."""
        return self.filter(memberships__user=user, memberships__until__isnull=True).distinct()


class Organisation(Journalled):
    """A legal person: a public buyer, a supplier, or the operator of the site."""

    class Kind(models.TextChoices):
        """What the organisation does on the market-place."""

        BUYER = "buyer", "Acheteur public"
        SUPPLIER = "supplier", "Opérateur économique"
        OPERATOR = "operator", "Exploitant du site"

    class Scheme(models.TextChoices):
        """Register that gave the identifier."""

        SIREN = "siren", "SIREN"
        SIRET = "siret", "SIRET"
        EU_VAT = "eu_vat", "Numéro de TVA intracommunautaire"
        OTHER = "other", "Autre registre"

    class BuyerCategory(models.TextChoices):
        """Category on which thresholds and duties depend (R2124-1, L2131-1 of the CGCT)."""

        STATE = "state", "État et ses établissements publics"
        LOCAL_AUTHORITY = "local_authority", "Collectivité territoriale et ses établissements"
        HEALTH = "health", "Établissement public de santé"
        OTHER = "other", "Autre pouvoir adjudicateur"

    class Size(models.TextChoices):
        """Size of an undertaking (décret n° 2008-1354)."""

        MICRO = "micro", "Microentreprise"
        SME = "sme", "Petite ou moyenne entreprise"
        MID = "mid", "Entreprise de taille intermédiaire"
        LARGE = "large", "Grande entreprise"

    name = models.CharField("nom", max_length=250)
    legal_form = models.CharField("forme juridique", max_length=120, blank=True)
    kind = models.CharField("rôle", max_length=10, choices=Kind)
    identifier_scheme = models.CharField("registre", max_length=10, choices=Scheme)
    identifier = models.CharField("identifiant", max_length=50)
    address = models.CharField("adresse", max_length=250, blank=True)
    postcode = models.CharField("code postal", max_length=12, blank=True)
    city = models.CharField("commune", max_length=120, blank=True)
    country = models.CharField("pays (ISO 3166-1)", max_length=2, default="FR")
    buyer_category = models.CharField("catégorie d’acheteur", max_length=20, choices=BuyerCategory, blank=True)
    size = models.CharField("taille", max_length=5, choices=Size, blank=True)
    registered_at = models.DateTimeField("inscrite le")
    registry_checked_at = models.DateTimeField("trouvée au registre le", null=True, blank=True)
    verification_asked_at = models.DateTimeField("vérification demandée le", null=True, blank=True)
    verification_refused_at = models.DateTimeField("vérification refusée le", null=True, blank=True)
    verification_refusal = models.TextField("motif du refus", blank=True)
    verified_at = models.DateTimeField("vérifiée le", null=True, blank=True)
    verified_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="vérifiée par"
    )

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = "organisation"
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["identifier_scheme", "identifier"],
                name="accounts_organisation_identifier_once",
                violation_error_message="Une organisation porte déjà cet identifiant : demandez à la rejoindre.",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="buyer") | models.Q(buyer_category=""),
                name="accounts_organisation_category_of_buyers",
            ),
            models.CheckConstraint(
                condition=models.Q(verified_at__isnull=False) | models.Q(verified_by__isnull=True),
                name="accounts_organisation_verified_at_with_by",
            ),
            models.CheckConstraint(
                condition=models.Q(verification_refused_at__isnull=True, verification_refusal="")
                | (
                    models.Q(verification_refused_at__isnull=False, verified_at__isnull=True)
                    & ~models.Q(verification_refusal="")
                ),
                name="accounts_organisation_refused_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def siren(self) -> str:
        """The nine digits of the SIREN, empty for an organisation outside of the French register."""
        return siren_of(self.identifier_scheme, self.identifier)

    @property
    def is_sme(self) -> bool:
        """Whether it counts as a small or medium undertaking, micro ones included (R2151-13, R2191-7)."""
        return self.size in {self.Size.MICRO, self.Size.SME}

    @property
    def is_verified(self) -> bool:
        """Whether the operator verified its identity; a buyer cannot publish before that."""
        return self.verified_at is not None

    @property
    def has_nobody(self) -> bool:
        """Whether no person acts for it: a firm that a buyer's register named, or that everybody left."""
        return not self.memberships.filter(until=None).exists()

    @property
    def awaits_verification(self) -> bool:
        """Whether the operator still has to answer: always for a new buyer, for a company once it asked."""
        if self.is_verified or self.verification_refused_at is not None:
            return False
        return self.kind == self.Kind.BUYER or self.verification_asked_at is not None


class MembershipQuerySet(JournalledQuerySet):
    """Memberships, ended ones included unless said otherwise."""

    def active(self) -> "MembershipQuerySet":
        """Those that have not ended, of people whose account is open."""
        return self.filter(until__isnull=True, user__is_active=True)

    def visible_to(self, actor: "Actor") -> "MembershipQuerySet":
        """One's own, and those of the organisation for which one acts."""
        own = models.Q(user_id=actor.user_id) if actor.user_id else models.Q(pk__in=[])
        return self.filter(own | models.Q(organisation_id=actor.organisation_id))

    def owners(self) -> "MembershipQuerySet":
        """Those that may admit other people."""
        return self.filter(role=Membership.Role.OWNER)


class Membership(Journalled):
    """A person who may act for an organisation, from one date to another."""

    class Role(models.TextChoices):
        """What the person may decide for the organisation's own account."""

        OWNER = "owner", "Responsable du compte"
        MEMBER = "member", "Membre"

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships", verbose_name="personne")
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="memberships", verbose_name="organisation"
    )
    role = models.CharField("rôle", max_length=10, choices=Role, default=Role.MEMBER)
    since = models.DateTimeField("depuis le")
    until = models.DateTimeField("jusqu’au", null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = "appartenance"
        ordering = ["since", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "organisation"],
                condition=models.Q(until__isnull=True),
                name="accounts_membership_active_once",
            ),
            models.CheckConstraint(
                condition=models.Q(until__isnull=True) | models.Q(until__gte=models.F("since")),
                name="accounts_membership_ends_after_it_began",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.organisation}"

    @property
    def is_owner(self) -> bool:
        """Whether the person may admit others and end memberships."""
        return self.role == self.Role.OWNER


class JoinRequestQuerySet(JournalledQuerySet):
    """Requests to join an organisation."""

    def pending(self) -> "JoinRequestQuerySet":
        """Those that no owner has answered yet, oldest first."""
        return self.filter(decided_at__isnull=True).order_by("requested_at")

    def visible_to(self, actor: "Actor") -> "JoinRequestQuerySet":
        """One's own, those that an owner has to answer for the organisation; for the operator, where it has nobody."""
        own = models.Q(user_id=actor.user_id) if actor.user_id else models.Q(pk__in=[])
        answered_by_me = models.Q(
            organisation__memberships__pk=actor.membership_id,
            organisation__memberships__role=Membership.Role.OWNER,
            organisation__memberships__until__isnull=True,
        )
        found = self.filter(own | answered_by_me)
        if Organisation.objects.filter(pk=actor.organisation_id, kind=Organisation.Kind.OPERATOR).exists():
            found = self.filter(own | answered_by_me | models.Q(pk__in=self.model.objects.ownerless().values("pk")))
        return found.distinct()

    def ownerless(self) -> "JoinRequestQuerySet":
        """Those to organisations for which nobody acts: the operator answers."""
        anybody = Membership.objects.filter(organisation=models.OuterRef("organisation"), until=None)
        return self.filter(~models.Exists(anybody))


class JoinRequest(Journalled):
    """A second person asks to act for a known organisation; an owner answers."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="join_requests", verbose_name="personne")
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="join_requests", verbose_name="organisation"
    )
    requested_at = models.DateTimeField("demandée le")
    decided_at = models.DateTimeField("répondue le", null=True, blank=True)
    decided_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="répondue par"
    )
    is_accepted = models.BooleanField("acceptée", default=False)

    objects = JoinRequestQuerySet.as_manager()

    class Meta:
        verbose_name = "demande d’adhésion"
        verbose_name_plural = "demandes d’adhésion"
        ordering = ["requested_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "organisation"],
                condition=models.Q(decided_at__isnull=True),
                name="accounts_joinrequest_pending_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} → {self.organisation}"


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Invitations by what became of them."""

    def open(self, now: datetime) -> "InvitationQuerySet":
        """Those that may still be accepted, newest first."""
        return self.filter(accepted_at__isnull=True, cancelled_at__isnull=True, expires_at__gt=now).order_by(
            "-invited_at"
        )

    def visible_to(self, actor: "Actor") -> "InvitationQuerySet":
        """Those that an owner sent for the organisation."""
        return self.filter(
            organisation__memberships__pk=actor.membership_id,
            organisation__memberships__role=Membership.Role.OWNER,
            organisation__memberships__until__isnull=True,
        )


class Invitation(models.Model):
    """An owner invites an address to the team. Not journalled: an address must stay erasable; entries hold the id."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="invitations", verbose_name="organisation"
    )
    email = models.EmailField("adresse électronique", max_length=254)
    role = models.CharField("rôle", max_length=10, choices=Membership.Role, default=Membership.Role.MEMBER)
    invited_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+", verbose_name="invité par")
    invited_at = models.DateTimeField("invité le")
    expires_at = models.DateTimeField("valable jusqu’au")
    accepted_at = models.DateTimeField("acceptée le", null=True, blank=True)
    cancelled_at = models.DateTimeField("annulée le", null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = "invitation"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(accepted_at__isnull=True) | models.Q(cancelled_at__isnull=True),
                name="accounts_invitation_accepted_or_cancelled",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} → {self.organisation}"


class TypingDraft(models.Model):
    """What somebody is typing in a form, kept before it is handed in. Not journalled: nothing was done yet."""

    key = models.CharField("formulaire", max_length=200, primary_key=True)
    data = models.JSONField("texte")
    version = models.PositiveIntegerField("version")
    saved_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", verbose_name="enregistré par")
    saved_at = models.DateTimeField("enregistré le")

    class Meta:
        verbose_name = "saisie en cours"
        verbose_name_plural = "saisies en cours"

    def __str__(self) -> str:
        return self.key
