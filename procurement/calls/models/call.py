"""The call, the people who answer for it, the need it starts from and the study of the available supply."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models

from marketplace.accounts.models import Organisation
from marketplace.files.models import StoredFile
from marketplace.journal.models import Journalled, JournalledQuerySet

if TYPE_CHECKING:
    from marketplace.accounts.actors import Actor


class Procedure(models.TextChoices):
    """How partners are chosen (R2172-26; direct lane: R2122-9-1)."""

    FORMALISED = "formalised", "Procédure avec négociation"
    ADAPTED = "adapted", "Procédure adaptée"
    DIRECT = "direct", "Achat innovant sans publicité ni mise en concurrence"


class Nature(models.TextChoices):
    """What is mainly bought: it decides on the European threshold (annex 2, LR-30)."""

    SERVICES = "services", "Services"
    SUPPLIES = "supplies", "Fournitures"
    WORKS = "works", "Travaux"


class PartnerMode(models.TextChoices):
    """One partner or several, said before publication (R2172-20, R2172-21, LR-04)."""

    SINGLE = "single", "Un seul partenaire"
    SEVERAL = "several", "Plusieurs partenaires"


class TeamRole(models.TextChoices):
    """What a person may do in one call."""

    AUTHOR = "author", "Rédaction"
    VALIDATOR = "validator", "Validation"
    EVALUATOR = "evaluator", "Notation"
    CUSTODIAN = "custodian", "Garde des clés"
    SIGNATORY = "signatory", "Signature"
    AUDITOR = "auditor", "Audit"


# Roles that somebody from outside the buyer's house may hold: centre de gestion, syndicat numérique, commissaire de
# justice, audit.
OUTSIDE_ROLES = frozenset({TeamRole.CUSTODIAN, TeamRole.AUDITOR})


class Orientation(Journalled):
    """Which road fits a need: six answers and what the rule book reckons from them, kept as they were that day.

    `advice`: road, procedure, figures, media and first date, as law.orientation gave them.
    """

    class Supply(models.TextChoices):
        """Whether something available meets the need (L2172-3)."""

        NONE = "none", "Non, rien de disponible n’y répond"
        PARTIAL = "partial", "En partie seulement"
        EXISTS = "exists", "Oui, une solution existe"

    class Road(models.TextChoices):
        """Where a need may go."""

        PARTNERSHIP = "partnership", "Partenariat d’innovation"
        DIRECT = "direct", "Achat innovant direct"
        EXEMPT = "exempt", "Achat dispensé de publicité"
        ORDINARY = "ordinary", "Procédure de droit commun"

    buyer = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="acheteur")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, verbose_name="répondue par"
    )
    made_at = models.DateTimeField("répondue le")
    title = models.CharField("problème", max_length=200)
    supply = models.CharField("offre disponible", max_length=8, choices=Supply.choices)
    nature = models.CharField("nature", max_length=8, choices=Nature.choices, default=Nature.SERVICES)
    research_ht = models.DecimalField("recherche estimée, € HT", max_digits=14, decimal_places=2)
    purchases_ht = models.DecimalField("achats estimés, € HT", max_digits=14, decimal_places=2)
    reasons = models.TextField("raisons")
    advice = models.JSONField("ce que le droit calcule", default=dict)
    road = models.CharField("voie choisie", max_length=12, choices=Road.choices, blank=True)
    road_chosen_at = models.DateTimeField("choisie le", null=True, blank=True)

    class Meta:
        verbose_name = "choix de procédure"
        verbose_name_plural = "choix de procédure"
        ordering = ["-made_at"]

    def __str__(self) -> str:
        return self.title


class CallQuerySet(JournalledQuerySet):
    """Calls, by what one may do with them."""

    def visible_to(self, actor: "Actor") -> "CallQuerySet":
        """Calls whose file an actor may open: those of the buyer they act for, and those they guard or audit."""
        outside = TeamMember.objects.filter(
            call=models.OuterRef("pk"), user_id=actor.user_id, until=None, role__in=OUTSIDE_ROLES
        )
        return self.filter(models.Q(lead_buyer_id=actor.organisation_id) | models.Exists(outside))

    def published(self) -> "CallQuerySet":
        """Calls that everybody may read."""
        return self.exclude(criteria_digest="")

    def of_organisation(self, organisation: Organisation) -> "CallQuerySet":
        """Calls that the organisation leads."""
        return self.filter(lead_buyer=organisation)

    def for_member(self, user_id: int) -> "CallQuerySet":
        """Calls in whose team the person is, whatever the role."""
        return self.filter(team__user_id=user_id).distinct()


class Call(Journalled):
    """One innovation partnership procedure (*partenariat d'innovation*, L2172-3), of one lead buyer.

    `chain` is the key of its journal. `criteria_digest` freezes what bidders build their tenders on (LR-64, LR-16):
    SHA-256 of requirements, criteria, phases and terms at publication.
    """

    Procedure = Procedure
    PartnerMode = PartnerMode
    Nature = Nature

    reference = models.CharField("référence", max_length=20, unique=True)
    lead_buyer = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="acheteur")
    title = models.CharField("titre", max_length=200)
    object = models.TextField("objet", blank=True)
    cpv = models.CharField("code CPV", max_length=10, blank=True)
    domain = models.SlugField("domaine", max_length=40, blank=True)
    country = models.CharField("pays du droit applicable", max_length=2, default="FR")
    procedure = models.CharField("procédure", max_length=12, choices=Procedure.choices, blank=True)
    # Why this procedure and no other: it feeds the presentation report (R2184-1 s., LR-66).
    procedure_reasons = models.TextField("raisons du choix de la procédure", blank=True)
    # The questionnaire it came from, if any.
    orientation = models.OneToOneField(
        Orientation, models.PROTECT, related_name="call", null=True, blank=True, verbose_name="choix de procédure"
    )
    nature = models.CharField("nature", max_length=8, choices=Nature.choices, default=Nature.SERVICES)
    partner_mode = models.CharField("partenaires", max_length=8, choices=PartnerMode.choices, blank=True)
    launch_date = models.DateField("date de lancement", null=True, blank=True)
    # Empty: deposits are made here; else the address of the other buyer profile, the only one to be printed.
    deposit_at = models.URLField("profil d’acheteur qui reçoit les plis", blank=True)
    candidates_min = models.PositiveSmallIntegerField("minimum de candidats invités", null=True, blank=True)
    candidates_max = models.PositiveSmallIntegerField("maximum de candidats invités", null=True, blank=True)
    # Why a single lot (L2113-10, LR-29): printed in the presentation report.
    no_lots_reason = models.TextField("pourquoi un seul lot", blank=True)
    variants_allowed = models.BooleanField("variantes autorisées", default=False)
    variants_conditions = models.TextField("ce que les variantes respectent", blank=True)
    elimination_announced = models.BooleanField("élimination pendant la négociation annoncée", default=False)
    signature_at_deposit = models.BooleanField("signature exigée dès le dépôt", default=False)
    # Alone and in a group, or in two groups, for one lot (R2142-21, R2151-7): the code allows it unless this says not.
    several_bids_forbidden = models.BooleanField("plusieurs réponses d’une entreprise interdites", default=False)
    # Backup copies come on paper or a physical medium; by electronic means only when the documents say so (R2132-11).
    backup_copy_electronic = models.BooleanField("copie de sauvegarde électronique admise", default=False)
    files_public_since = models.DateTimeField("documents en libre accès depuis", null=True, blank=True)
    created_at = models.DateTimeField("créé le")
    # Labels of what a rehearsal completed with examples; printed in every document. Always empty in a real call.
    completed_by_examples = models.JSONField("éléments d’exemple", default=list, blank=True)
    criteria_digest = models.CharField("empreinte des critères publiés", max_length=64, blank=True)

    objects = CallQuerySet.as_manager()

    class Meta:
        verbose_name = "appel"
        verbose_name_plural = "appels"
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["lead_buyer", "-created_at"], name="call_by_buyer")]

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"

    @property
    def chain(self) -> str:
        """Key of the journal's chain that covers the call and all that hangs on it."""
        return f"call:{self.pk}"

    @property
    def is_purchase(self) -> bool:
        """Whether it is a direct purchase of innovation, neither published nor put to competition (R2122-9-1)."""
        return self.procedure == Procedure.DIRECT

    @property
    def is_published(self) -> bool:
        """Whether criteria and requirements are frozen."""
        return bool(self.criteria_digest)


class CoBuyer(Journalled):
    """A member of the buyers' group (*groupement de commandes*, L2113-6, LR-121)."""

    call = models.ForeignKey(Call, models.PROTECT, related_name="co_buyers", verbose_name="appel")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="organisme")
    # The same convention binds all members; its reference and date are printed in the contract.
    convention_reference = models.CharField("référence de la convention", max_length=120, blank=True)
    convention_signed_on = models.DateField("convention signée le", null=True, blank=True)
    convention_file = models.ForeignKey(
        StoredFile, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="convention"
    )

    class Meta:
        verbose_name = "acheteur associé"
        verbose_name_plural = "acheteurs associés"
        constraints = [models.UniqueConstraint(fields=["call", "organisation"], name="co_buyer_once_a_call")]

    def __str__(self) -> str:
        return str(self.organisation)


class NeedStatement(Journalled):
    """The need, written before any solution (L2111-1, LR-05, LR-26)."""

    call = models.OneToOneField(Call, models.PROTECT, related_name="need", verbose_name="appel")
    problem = models.TextField("problème à résoudre")
    users = models.TextField("personnes concernées", blank=True)
    expected_results = models.TextField("résultats attendus", blank=True)
    sustainable_development = models.TextField("objectifs de développement durable", blank=True)
    # LR-02: why what is asked counts as innovative; never derived from a label.
    innovation_reasons = models.TextField("en quoi la réponse sera innovante", blank=True)
    # Codes of law.innovation.INDICATORS.
    innovation_indicators = models.JSONField("indices de nouveauté", default=list, blank=True)

    class Meta:
        verbose_name = "expression du besoin"
        verbose_name_plural = "expressions du besoin"

    def __str__(self) -> str:
        return self.problem[:80]


class ConsultedFirm(Journalled):
    """A firm met before the call (*sourçage*, R2111-1, LR-28): what it was told is told to all in the documents."""

    call = models.ForeignKey(Call, models.PROTECT, related_name="consulted_firms", verbose_name="appel")
    number = models.PositiveSmallIntegerField("numéro", default=1)
    name = models.CharField("entreprise", max_length=200)
    # SIREN or SIRET when it is known: the firm is then recognised when it applies.
    identifier = models.CharField("SIREN ou SIRET", max_length=20, blank=True)
    met_on = models.DateField("rencontrée le", null=True, blank=True)
    information = models.TextField("ce qui lui a été dit", blank=True)

    class Meta:
        verbose_name = "entreprise rencontrée"
        verbose_name_plural = "entreprises rencontrées"
        ordering = ["number"]

    def __str__(self) -> str:
        return self.name


class SupplyStudy(Journalled):
    """Study of the available supply (*étude de l'offre disponible*, L2172-3, LR-01): never called a proof."""

    call = models.OneToOneField(Call, models.PROTECT, related_name="supply_study", verbose_name="appel")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="auteur")
    signed_at = models.DateTimeField("signée le", null=True, blank=True)
    reader = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True,
        verbose_name="relecture hors du projet",
    )  # fmt: skip
    read_at = models.DateTimeField("relue le", null=True, blank=True)
    rechecked_on = models.DateField("revérifiée le", null=True, blank=True)
    conclusion = models.TextField("conclusion", blank=True)

    class Meta:
        verbose_name = "étude de l’offre disponible"
        verbose_name_plural = "études de l’offre disponible"

    def __str__(self) -> str:
        return f"étude de l’offre, {self.call_id}"


class SupplySource(Journalled):
    """One search of the study: where, when, what was asked, found and concluded."""

    class Kind(models.TextChoices):
        """The kinds that LR-01 asks for."""

        CATALOGUE = "catalogue", "Catalogue d’entreprises"
        AWARD_NOTICES = "award_notices", "Avis d’attribution (TED, BOAMP)"
        EUROPEAN_AND_OPEN_SOURCE = "european_and_open_source", "Offre européenne et logiciels libres"
        FIRMS_MET = "firms_met", "Entreprises rencontrées"
        OTHER = "other", "Autre source"

    study = models.ForeignKey(SupplyStudy, models.PROTECT, related_name="sources", verbose_name="étude")
    number = models.PositiveSmallIntegerField("numéro", default=1)
    kind = models.CharField("source", max_length=24, choices=Kind.choices)
    searched_on = models.DateField("date", null=True, blank=True)
    query = models.TextField("recherche faite", blank=True)
    result = models.TextField("résultat", blank=True)
    reason = models.TextField("pourquoi cela ne répond pas au besoin", blank=True)
    # The catalogue moves on: the text that was examined is kept, with the revision when there is one.
    revision_id = models.PositiveBigIntegerField("révision de la fiche", null=True, blank=True)
    text_copy = models.TextField("texte de la fiche examinée", blank=True)

    class Meta:
        verbose_name = "source de l’étude"
        verbose_name_plural = "sources de l’étude"
        ordering = ["number", "searched_on", "id"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.searched_on}"


class StudyAttachment(Journalled):
    """A document filed with the study, e.g. a dated copy of what the catalogue said (LR-01)."""

    study = models.ForeignKey(SupplyStudy, models.PROTECT, related_name="attachments", verbose_name="étude")
    stored_file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name="fichier")
    title = models.CharField("titre", max_length=200)
    attached_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="versée par"
    )
    attached_at = models.DateTimeField("versée le")

    class Meta:
        verbose_name = "pièce de l’étude"
        verbose_name_plural = "pièces de l’étude"
        ordering = ["attached_at", "id"]
        constraints = [models.UniqueConstraint(fields=["study", "stored_file"], name="calls_study_attachment_once")]

    def __str__(self) -> str:
        return self.title


class TeamMember(Journalled):
    """A person and the part they play in one call. One person may hold several roles, one row each."""

    Role = TeamRole

    call = models.ForeignKey(Call, models.PROTECT, related_name="team", verbose_name="appel")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="personne")
    role = models.CharField("rôle", max_length=10, choices=TeamRole.choices)
    # A role ends, it is never erased: what the person did stays readable.
    until = models.DateTimeField("jusqu’au", null=True, blank=True)

    class Meta:
        verbose_name = "membre de l’équipe"
        verbose_name_plural = "membres de l’équipe"
        constraints = [models.UniqueConstraint(fields=["call", "user", "role"], name="one_row_a_role")]

    def __str__(self) -> str:
        return f"{self.get_role_display()}, {self.user}"


class Visa(Journalled):
    """An agreement that the buyer's own house asks for before publication (legal, security, data, budget)."""

    call = models.ForeignKey(Call, models.PROTECT, related_name="visas", verbose_name="appel")
    kind = models.CharField("visa", max_length=40)
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="donné par"
    )
    given_at = models.DateTimeField("donné le", null=True, blank=True)

    class Meta:
        verbose_name = "visa"
        verbose_name_plural = "visas"
        constraints = [models.UniqueConstraint(fields=["call", "kind"], name="visa_once_a_kind")]

    def __str__(self) -> str:
        return self.kind
