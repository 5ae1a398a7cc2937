"""The contract of one partner, the documents that make it up, and how it came to bind.

Money is in euros before VAT (HT). Rates are integers in hundredths of a percent. Instants are UTC.
"""

from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Organisation
from marketplace.files.models import GeneratedDocument, StoredFile
from marketplace.journal.models import Journalled, JournalledQuerySet
from procurement.calls.models import Call, CallDocument, Lot, Phase, TeamMember, TeamRole
from procurement.calls.models.call import OUTSIDE_ROLES
from procurement.contracts.stages import (
    ContractDates,
    ContractStage,
    PhaseDates,
    StageOfContract,
    stage,
    stage_case,
)
from procurement.correspondence.models import Letter
from procurement.evaluation.models import AwardedPartner
from procurement.submissions.models import TenderingParty


class ContractQuerySet(JournalledQuerySet):
    """Contracts, by stage."""

    def with_stage(self, at: datetime) -> "ContractQuerySet":
        """Add `stage_code` and `stage_phase`; the SQL twin of `stages.stage`."""
        begun = ContractPhase.objects.filter(contract=OuterRef("pk"), started_at__lte=at).order_by("-number")
        acquisition = Q(kind=Phase.Kind.ACQUISITION)
        return self.annotate(
            stage_phase=Subquery(begun.values("number")[:1]),
            phase_at=Subquery(begun.values("started_at")[:1]),
            gate_at=Subquery(begun.values("results_at")[:1]),
            acquisition_at=Subquery(
                begun.annotate(begins=models.Case(models.When(acquisition, then=F("started_at")))).values("begins")[:1]
            ),
        ).annotate(stage_code=stage_case(at))

    def in_stage(self, code: str, at: datetime) -> "ContractQuerySet":
        """Contracts that are in the stage at that instant."""
        return self.with_stage(at).filter(stage_code=code)

    def visible_to(self, actor: Actor) -> "ContractQuerySet":
        """Contracts that the actor may read: of calls in whose team they are for the buyer, or held by their firm."""
        if actor.user_id is None:
            return self.none()
        roles = TeamMember.objects.filter(user_id=actor.user_id, until=None).filter(
            Q(call__lead_buyer_id=actor.organisation_id) | Q(role__in=OUTSIDE_ROLES)
        )
        return self.filter(Q(lot__call__in=roles.values("call")) | Q(party__lead_id=actor.organisation_id))

    def signed_by(self, actor: Actor) -> "ContractQuerySet":
        """Contracts that the actor signs: for the buyer as a signatory of the call, or for the firm that holds them."""
        if actor.organisation_id is None:
            return self.none()
        signs = TeamMember.objects.filter(user_id=actor.user_id, until=None, role=TeamRole.SIGNATORY)
        signs = signs.filter(call__lead_buyer_id=actor.organisation_id)
        return self.filter(Q(lot__call__in=signs.values("call")) | Q(party__lead_id=actor.organisation_id))

    def held_by(self, actor: Actor) -> "ContractQuerySet":
        """Contracts that the actor's firm holds, alone or as the lead of a group."""
        return self.none() if actor.organisation_id is None else self.filter(party__lead_id=actor.organisation_id)

    def running(self, at: datetime) -> "ContractQuerySet":
        """Contracts in force at that instant: notified, neither closed nor stopped."""
        return self.filter(notified_at__lte=at).exclude(closed_at__lte=at).exclude(stopped_at__lte=at)


class Contract(Journalled):
    """The contract of one partner for one lot (R2172-20, LR-03): its own amounts, phases, limits and dates.

    `data` is everything its documents say, field by field (A1 to I6 of the legal rules), attached to the PDF as JSON.
    """

    Stage = ContractStage

    lot = models.ForeignKey(Lot, models.PROTECT, related_name="+", verbose_name="lot")
    party = models.ForeignKey(TenderingParty, models.PROTECT, related_name="+", verbose_name="titulaire")
    # Empty for a direct purchase (R2122-9-1): its decision is in its file, nobody was ranked.
    awarded = models.OneToOneField(
        AwardedPartner, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="décision d’attribution"
    )
    number = models.CharField("numéro", max_length=40, unique=True)
    rank = models.PositiveSmallIntegerField("rang de classement")
    vat_rate = models.PositiveIntegerField("TVA, en centièmes de %", default=2000)
    # From the partner's own tender.
    unit_cost_ht = models.DecimalField(
        "coût unitaire offert, € HT", max_digits=14, decimal_places=2, null=True, blank=True
    )
    acquisition_ht = models.DecimalField(
        "coût total d’acquisition offert, € HT", max_digits=14, decimal_places=2, null=True, blank=True
    )
    # Limits copied from the consultation at preparation: later orders are checked against this contract alone.
    unit_cost_max_ht = models.DecimalField(
        "coût unitaire maximum, € HT", max_digits=14, decimal_places=2, null=True, blank=True
    )
    total_cost_max_ht = models.DecimalField(
        "coût total maximum, € HT", max_digits=14, decimal_places=2, null=True, blank=True
    )
    quantity_max = models.PositiveIntegerField("quantité maximum", null=True, blank=True)
    data = models.JSONField("données du contrat", default=dict)
    prepared_at = models.DateTimeField("préparé le")
    signed_at = models.DateTimeField("signé par les deux parties le", null=True, blank=True)
    notification_letter = models.OneToOneField(
        Letter, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="lettre de notification"
    )
    transmitted_at = models.DateTimeField("transmis au préfet le", null=True, blank=True)
    notified_at = models.DateTimeField("notifié le (réception par le titulaire)", null=True, blank=True)
    closed_at = models.DateTimeField("clos le", null=True, blank=True)
    stopped_at = models.DateTimeField("arrêté le", null=True, blank=True)

    objects = ContractQuerySet.as_manager()

    class Meta:
        verbose_name = "contrat"
        verbose_name_plural = "contrats"
        ordering = ["lot", "rank"]
        constraints = [
            models.UniqueConstraint(fields=["lot", "party"], name="contract_once_a_partner"),
            models.CheckConstraint(
                condition=Q(notified_at__isnull=True) | Q(signed_at__isnull=False),
                name="contract_signed_before_notified",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def call(self) -> Call:
        """The call that the contract comes from; its chain covers the contract."""
        return self.lot.call

    @property
    def is_eliminated(self) -> bool:
        """Whether its holder was set aside after the award (LR-74): it can no longer be signed."""
        return self.awarded is not None and self.awarded.eliminated_at is not None

    @property
    def research_ht(self) -> Decimal:
        """Most that the phases can pay, fixed and result-linked parts, € HT."""
        return sum((phase.remuneration_ht for phase in self.phases.all()), Decimal(0))

    @property
    def amount_ht(self) -> Decimal:
        """Amount on which powers, control of legality and modifications are judged: phases and planned purchase, € HT.

        The purchase counts for its agreed maximum, since the contract allows to order up to it.
        """
        return self.research_ht + (self.total_cost_max_ht or self.acquisition_ht or Decimal(0))

    @property
    def is_running(self) -> bool:
        """Whether it binds: notified, neither closed nor stopped."""
        return self.notified_at is not None and self.closed_at is None and self.stopped_at is None

    def dates(self) -> ContractDates:
        """The dated facts that decide on the stage."""
        return ContractDates(
            signed_at=self.signed_at,
            transmitted_at=self.transmitted_at,
            notified_at=self.notified_at,
            closed_at=self.closed_at,
            stopped_at=self.stopped_at,
            phases=tuple(
                PhaseDates(
                    number=phase.number,
                    is_acquisition=phase.is_acquisition,
                    started_at=phase.started_at,
                    results_at=phase.results_at,
                )
                for phase in self.phases.all()
            ),
        )

    def stage(self, at: datetime) -> StageOfContract:
        """Stage at an instant (UTC)."""
        return stage(self.dates(), at)


class ContractPhase(Journalled):
    """A phase as this contract has it: pay from the partner's tender, objectives as last agreed (LR-08, LR-21)."""

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="phases", verbose_name="contrat")
    phase = models.ForeignKey(Phase, models.PROTECT, related_name="+", verbose_name="phase de la consultation")
    number = models.PositiveSmallIntegerField("numéro")
    kind = models.CharField("type", max_length=12, choices=Phase.Kind.choices)
    name = models.CharField("nom", max_length=200)
    duration_months = models.PositiveSmallIntegerField("durée en mois", null=True, blank=True)
    fixed_ht = models.DecimalField("rémunération fixe, € HT", max_digits=14, decimal_places=2, default=Decimal(0))
    result_ht = models.DecimalField(
        "rémunération liée aux résultats, € HT", max_digits=14, decimal_places=2, default=Decimal(0)
    )
    # [{"number", "indicator", "comparison", "target", "unit"}]: numbers written as strings.
    objectives = models.JSONField("objectifs", default=list)
    started_at = models.DateTimeField("commencée le", null=True, blank=True)
    results_at = models.DateTimeField("résultats arrêtés le", null=True, blank=True)

    class Meta:
        verbose_name = "phase d’un contrat"
        verbose_name_plural = "phases des contrats"
        ordering = ["contract", "number"]
        constraints = [
            models.UniqueConstraint(fields=["contract", "number"], name="contract_phase_number_once"),
            models.CheckConstraint(
                condition=Q(results_at__isnull=True) | Q(started_at__isnull=False), name="results_after_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id}, phase {self.number}"

    @property
    def is_acquisition(self) -> bool:
        """Whether the phase buys what research produced."""
        return self.kind == Phase.Kind.ACQUISITION

    @property
    def is_research(self) -> bool:
        """Whether a decision on results ends it; neither a purchase nor an acquisition does."""
        return self.kind == Phase.Kind.RESEARCH

    @property
    def remuneration_ht(self) -> Decimal:
        """Most that the phase can pay, € HT."""
        return self.fixed_ht + self.result_ht


class ContractDocument(Journalled):
    """A document of the contract set, with its rank in the order of precedence (A3). A new version replaces the last.

    What it is made of: a document produced here, a document of the consultation, a file, or a text by its name alone
    (`reference`: a CCAG).
    """

    class Kind(models.TextChoices):
        """The complete contract set, in its order."""

        ACTE_ENGAGEMENT = "acte_engagement", "Acte d’engagement"
        CCAP = "ccap", "Cahier des clauses administratives particulières (CCAP)"
        CCTP = "cctp", "Programme fonctionnel et exigences minimales (CCTP)"
        CCAG = "ccag", "Cahier des clauses administratives générales (CCAG)"
        ANNEXE_FINANCIERE = "annexe_financiere", "Annexe financière par phase"
        TECHNICAL_TENDER = "technical_tender", "Offre technique finale du titulaire"
        SUBCONTRACT = "subcontract", "Acte spécial de sous-traitance"
        PHASE_DECISION = "phase_decision", "Décision de phase"
        MODIFICATION = "modification", "Modification du contrat"

    PRECEDENCE = {kind: rank for rank, kind in enumerate(Kind.values, start=1)}

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="documents", verbose_name="contrat")
    kind = models.CharField("nature", max_length=20, choices=Kind.choices)
    rank = models.PositiveSmallIntegerField("rang")
    version = models.PositiveSmallIntegerField("version", default=1)
    title = models.CharField("titre", max_length=250)
    document = models.ForeignKey(
        GeneratedDocument, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="document produit"
    )
    call_document = models.ForeignKey(
        CallDocument,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name="document de la consultation",
    )
    file = models.ForeignKey(
        StoredFile, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="fichier"
    )
    reference = models.CharField("référence", max_length=200, blank=True)
    added_at = models.DateTimeField("ajouté le")
    replaced_at = models.DateTimeField("remplacé le", null=True, blank=True)

    class Meta:
        verbose_name = "pièce du contrat"
        verbose_name_plural = "pièces du contrat"
        ordering = ["rank", "added_at", "version"]

    def __str__(self) -> str:
        return self.title


class SignatoryPower(Journalled):
    """Why a person may sign for an organisation (LR-122): deliberation, delegation, or the office they hold."""

    call = models.ForeignKey(Call, models.PROTECT, related_name="+", verbose_name="appel")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="organisation")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="compte"
    )
    signatory = models.CharField("nom de la personne qui signe", max_length=160)
    capacity = models.CharField("qualité", max_length=160)
    basis = models.TextField("acte qui donne le pouvoir", blank=True)
    document = models.ForeignKey(
        StoredFile, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="délibération ou délégation"
    )
    valid_from = models.DateField("valable à partir du", null=True, blank=True)
    valid_until = models.DateField("valable jusqu’au", null=True, blank=True)
    # Empty: without ceiling.
    ceiling_ht = models.DecimalField("plafond, € HT", max_digits=14, decimal_places=2, null=True, blank=True)
    recorded_at = models.DateTimeField("enregistré le")

    class Meta:
        verbose_name = "pouvoir de signature"
        verbose_name_plural = "pouvoirs de signature"
        ordering = ["recorded_at"]

    def __str__(self) -> str:
        return f"{self.signatory}, {self.capacity}"


class Signature(Journalled):
    """One party's signature of one document: a PAdES file checked against our exact bytes, or ink on paper (LR-63).

    `report` is the verification report (`signing.SignatureReport.as_json`), empty for ink. The machine never says who
    a person is: `identity_checked_by` does.
    """

    class Side(models.TextChoices):
        """Who signs; the holder always signs first."""

        HOLDER = "holder", "Titulaire"
        BUYER = "buyer", "Acheteur"

    class Road(models.TextChoices):
        """How it was signed; no click stands for a signature."""

        PADES = "pades", "Signature électronique (PAdES)"
        WET_INK = "wet_ink", "Sur papier, original conservé par l’acheteur"

    document = models.ForeignKey(ContractDocument, models.PROTECT, related_name="signatures", verbose_name="pièce")
    side = models.CharField("partie", max_length=6, choices=Side.choices)
    road = models.CharField("voie", max_length=8, choices=Road.choices)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="organisation")
    power = models.ForeignKey(
        SignatoryPower, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="pouvoir"
    )
    signatory = models.CharField("signataire", max_length=160)
    capacity = models.CharField("qualité", max_length=160, blank=True)
    # PAdES: the signed file. Ink: a scan, recorded as a copy.
    file = models.ForeignKey(
        StoredFile, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="fichier signé ou copie"
    )
    report = models.JSONField("rapport de vérification", default=dict, blank=True)
    signed_at = models.DateTimeField("signé le")
    recorded_at = models.DateTimeField("enregistré le")
    identity_checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True,
        verbose_name="identité vérifiée par",
    )  # fmt: skip
    identity_checked_at = models.DateTimeField("identité vérifiée le", null=True, blank=True)

    class Meta:
        verbose_name = "signature"
        verbose_name_plural = "signatures"
        ordering = ["recorded_at"]
        constraints = [
            models.UniqueConstraint(fields=["document", "side"], name="signature_once_a_side"),
            models.CheckConstraint(
                condition=~Q(road="pades") | Q(file__isnull=False), name="electronic_signature_has_its_file"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_side_display()}, {self.signatory}"


class SignatureRefusal(Journalled):
    """A party would not sign a version of the document, and why; a new version leaves the refusal behind."""

    document = models.ForeignKey(ContractDocument, models.PROTECT, related_name="refusals", verbose_name="pièce")
    side = models.CharField("partie", max_length=6, choices=Signature.Side.choices)
    reasons = models.TextField("motifs")
    refused_at = models.DateTimeField("refusé le")
    refused_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="refusé par"
    )

    class Meta:
        verbose_name = "refus de signer"
        verbose_name_plural = "refus de signer"
        ordering = ["refused_at"]
        constraints = [models.UniqueConstraint(fields=["document", "side"], name="refusal_once_a_side")]

    def __str__(self) -> str:
        return f"{self.get_side_display()}, {self.reasons[:60]}"


class PrefectTransmission(Journalled):
    """The contract sent to the prefect, and the receipt that proves it (CGCT L2131-1, R2131-5, LR-83, LR-123)."""

    contract = models.OneToOneField(
        Contract, models.PROTECT, related_name="prefect_transmission", verbose_name="contrat"
    )
    transmitted_at = models.DateTimeField("transmis le")
    receipt_number = models.CharField("numéro de l’accusé de réception", max_length=80)
    list_document = models.ForeignKey(
        GeneratedDocument, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="bordereau des pièces"
    )
    recorded_at = models.DateTimeField("enregistré le")

    class Meta:
        verbose_name = "transmission au préfet"
        verbose_name_plural = "transmissions au préfet"

    def __str__(self) -> str:
        return self.receipt_number
