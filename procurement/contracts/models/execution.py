"""What happens in a phase and at its end: deliverables, acceptance, results, decision, test before any purchase."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q

from marketplace.files.models import GeneratedDocument, StoredFile
from marketplace.journal.models import Journalled
from procurement.calls.models import Lot, Phase
from procurement.contracts.models.contract import Contract, ContractPhase, Signature
from procurement.correspondence.models import Letter


class Deliverable(Journalled):
    """What the partner owes in a phase, then hands in."""

    contract_phase = models.ForeignKey(ContractPhase, models.PROTECT, related_name="deliverables", verbose_name="phase")
    number = models.PositiveSmallIntegerField("numéro")
    name = models.CharField("livrable", max_length=300)
    due_on = models.DateField("attendu le", null=True, blank=True)
    handed_in_at = models.DateTimeField("remis le", null=True, blank=True)
    file = models.ForeignKey(
        StoredFile, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="fichier"
    )
    note = models.TextField("note du titulaire", blank=True)

    class Meta:
        verbose_name = "livrable"
        verbose_name_plural = "livrables"
        ordering = ["contract_phase", "number"]
        constraints = [models.UniqueConstraint(fields=["contract_phase", "number"], name="deliverable_number_once")]

    def __str__(self) -> str:
        return self.name


class Acceptance(Journalled):
    """The buyer's decision on a deliverable that was handed in; a new hand-in calls for a new decision."""

    class Decision(models.TextChoices):
        """The decisions of the CCAG."""

        ACCEPTED = "accepted", "Admission"
        ACCEPTED_WITH_RESERVES = "accepted_with_reserves", "Admission avec réserves"
        ACCEPTED_WITH_REDUCTION = "accepted_with_reduction", "Admission avec réfaction"
        POSTPONED = "postponed", "Ajournement"
        REJECTED = "rejected", "Rejet"

    ACCEPTING = (Decision.ACCEPTED, Decision.ACCEPTED_WITH_RESERVES, Decision.ACCEPTED_WITH_REDUCTION)

    deliverable = models.ForeignKey(Deliverable, models.PROTECT, related_name="acceptances", verbose_name="livrable")
    decision = models.CharField("décision", max_length=24, choices=Decision.choices)
    reasons = models.TextField("motifs", blank=True)
    # Part of the price that is taken off, in hundredths of a percent.
    reduction = models.PositiveIntegerField("réfaction, en centièmes de %", default=0)
    handed_in_at = models.DateTimeField("remise jugée")
    decided_at = models.DateTimeField("décidé le")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)
    document = models.OneToOneField(GeneratedDocument, models.PROTECT, related_name="+", verbose_name="décision écrite")

    class Meta:
        verbose_name = "décision d’admission"
        verbose_name_plural = "décisions d’admission"
        ordering = ["decided_at"]
        constraints = [
            models.UniqueConstraint(fields=["deliverable", "handed_in_at"], name="acceptance_once_a_hand_in"),
            models.CheckConstraint(condition=Q(reduction__lte=10_000), name="reduction_at_most_whole"),
        ]

    def __str__(self) -> str:
        return self.get_decision_display()


class PhaseResult(Journalled):
    """Results of one partner at the end of a phase, measured against the objectives of its contract (R2172-31).

    `measures`: [{"number", "indicator", "comparison", "target", "unit", "measured", "met"}], numbers as strings.
    """

    contract_phase = models.OneToOneField(ContractPhase, models.PROTECT, related_name="result", verbose_name="phase")
    measures = models.JSONField("mesures", default=list)
    summary = models.TextField("appréciation")
    score = models.DecimalField("note sur 10, selon la méthode annoncée", max_digits=4, decimal_places=2)
    recorded_at = models.DateTimeField("arrêtés le")
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)

    class Meta:
        verbose_name = "résultats de phase"
        verbose_name_plural = "résultats de phase"
        ordering = ["recorded_at"]

    def __str__(self) -> str:
        return f"résultats, {self.contract_phase_id}"

    @property
    def objectives_met(self) -> int:
        """How many objectives were reached."""
        return sum(bool(measure["met"]) for measure in self.measures)


class GateRound(Journalled):
    """End of a phase of a lot: the results of all partners under the announced method, in one report (LR-21)."""

    lot = models.ForeignKey(Lot, models.PROTECT, related_name="+", verbose_name="lot")
    phase = models.ForeignKey(Phase, models.PROTECT, related_name="+", verbose_name="phase terminée")
    # The clause as announced, copied: how partners who continue are chosen.
    method = models.TextField("méthode annoncée", blank=True)
    report = models.OneToOneField(GeneratedDocument, models.PROTECT, related_name="+", verbose_name="rapport")
    opened_at = models.DateTimeField("ouverte le")
    decided_at = models.DateTimeField("décidée le", null=True, blank=True)

    class Meta:
        verbose_name = "fin de phase"
        verbose_name_plural = "fins de phase"
        ordering = ["opened_at"]
        constraints = [models.UniqueConstraint(fields=["lot", "phase"], name="gate_round_once_a_phase")]

    def __str__(self) -> str:
        return f"fin de phase {self.phase_id}"


class PartnerAgreement(Journalled):
    """The partner's signed agreement to other objectives for the next phase (R2172-31 1°, LR-21)."""

    contract_phase = models.ForeignKey(
        ContractPhase, models.PROTECT, related_name="agreements", verbose_name="phase suivante"
    )
    objectives = models.JSONField("objectifs convenus", default=list)
    road = models.CharField("voie", max_length=8, choices=Signature.Road.choices)
    signatory = models.CharField("signataire", max_length=160)
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name="accord signé")
    report = models.JSONField("rapport de vérification", default=dict, blank=True)
    signed_at = models.DateTimeField("signé le")
    recorded_at = models.DateTimeField("enregistré le")

    class Meta:
        verbose_name = "accord du partenaire"
        verbose_name_plural = "accords des partenaires"
        ordering = ["recorded_at"]

    def __str__(self) -> str:
        return f"accord de {self.signatory}"


class GateDecision(Journalled):
    """The buyer's reasoned decision for one contract: begin the first phase, or what follows a phase (LR-21 to LR-23).

    Nothing of the next phase may happen before `notified_at`, receipt by the partner.
    """

    class Decision(models.TextChoices):
        """What R2172-31 allows; the first phase also needs a notified decision."""

        BEGIN = "begin", "Commencer la première phase"
        CONTINUE = "continue", "Continuer"
        CHANGE = "change", "Continuer avec d’autres objectifs"
        REDUCE = "reduce", "Réduire le nombre de partenaires : ce contrat prend fin"
        STOP = "stop", "Arrêter le partenariat"

    ENDING = (Decision.REDUCE, Decision.STOP)

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="gate_decisions", verbose_name="contrat")
    round = models.ForeignKey(
        GateRound, models.PROTECT, related_name="decisions", null=True, blank=True, verbose_name="fin de phase"
    )
    decision = models.CharField("décision", max_length=8, choices=Decision.choices)
    next_phase = models.ForeignKey(
        ContractPhase, models.PROTECT, related_name="decisions", null=True, blank=True, verbose_name="phase suivante"
    )
    reasons = models.TextField("motifs")
    agreement = models.ForeignKey(
        PartnerAgreement, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="accord du partenaire"
    )
    # Pay due for the phase that ended, computed from its results.
    settlement_ht = models.DecimalField(
        "rémunération due pour la phase, € HT", max_digits=14, decimal_places=2, default=Decimal(0)
    )
    decided_at = models.DateTimeField("décidée le")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)
    letter = models.OneToOneField(Letter, models.PROTECT, related_name="+", verbose_name="lettre")
    notified_at = models.DateTimeField("reçue par le partenaire le", null=True, blank=True)

    class Meta:
        verbose_name = "décision de phase"
        verbose_name_plural = "décisions de phase"
        ordering = ["decided_at"]
        constraints = [
            models.UniqueConstraint(fields=["round", "contract"], name="gate_decision_once_a_contract"),
            models.CheckConstraint(
                condition=Q(decision="begin", round__isnull=True) | (~Q(decision="begin") & Q(round__isnull=False)),
                name="gate_decision_follows_a_round",
            ),
            models.CheckConstraint(
                condition=Q(decision__in=["reduce", "stop"], next_phase__isnull=True)
                | (~Q(decision__in=["reduce", "stop"]) & Q(next_phase__isnull=False)),
                name="gate_decision_leads_to_a_phase_or_ends",
            ),
        ]

    def __str__(self) -> str:
        return self.get_decision_display()

    @property
    def ends_contract(self) -> bool:
        """Whether the contract ends with it."""
        return self.decision in self.ENDING


class PerformanceTest(Journalled):
    """The test of what research produced, against the agreed levels and maximum costs (R2172-32, LR-24).

    `levels`: [{"number", "indicator", "comparison", "pass_mark", "unit", "measured", "met"}], numbers as strings.
    """

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="performance_tests", verbose_name="contrat")
    tested_at = models.DateTimeField("essai fait le")
    levels = models.JSONField("niveaux mesurés", default=list)
    unit_cost_ht = models.DecimalField("coût unitaire constaté, € HT", max_digits=14, decimal_places=2)
    total_cost_ht = models.DecimalField("coût total constaté, € HT", max_digits=14, decimal_places=2)
    protocol = models.TextField("déroulement", blank=True)
    passed = models.BooleanField("niveaux atteints et coûts tenus")
    recorded_at = models.DateTimeField("enregistré le")
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)

    class Meta:
        verbose_name = "essai de performance"
        verbose_name_plural = "essais de performance"
        ordering = ["tested_at"]

    def __str__(self) -> str:
        return f"essai du {self.tested_at:%d/%m/%Y}"
