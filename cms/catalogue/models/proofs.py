"""What others say of a profile: checks by editors, clients' words, surveys of a portfolio, errors that readers report.

Never part of a revision: a profile may be written again, what was said of it at a date stays. A proof bears on a
statement word for word; when the profile says something else, the proof does not cover it any more.
"""

import uuid

from django.conf import settings
from django.db import models

from cms.catalogue.models.parts import PhasePassage
from cms.catalogue.models.profile import Profile
from cms.catalogue.models.state import ListedQuerySet


class Verification(models.Model):
    """A fact of a profile that a person of the site checked against a proof, until a date (ux.md §13)."""

    profile = models.ForeignKey(Profile, models.CASCADE, related_name="verifications", verbose_name="fiche")
    subject = models.UUIDField("identifiant du fait")
    statement = models.CharField("ce qui a été vérifié", max_length=400)
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="vérifié par"
    )
    checked_at = models.DateTimeField("vérifié le")
    until = models.DateField("valable jusqu’au")
    reminded_at = models.DateTimeField("échéance rappelée le", null=True, blank=True)
    withdrawn_at = models.DateTimeField("retirée le", null=True, blank=True)

    objects = ListedQuerySet.as_manager()

    class Meta:
        verbose_name = "vérification"
        ordering = ["checked_at", "id"]
        indexes = [models.Index(fields=["until"], name="catalogue_verification_until")]

    def __str__(self) -> str:
        return self.statement


class Confirmation(models.Model):
    """What a client was asked to confirm by one link, and what it answered. The link is kept as a digest only."""

    profile = models.ForeignKey(Profile, models.CASCADE, related_name="confirmations", verbose_name="fiche")
    subject = models.UUIDField("identifiant de la référence")
    statement = models.CharField("ce que le client confirme", max_length=400)
    email = models.EmailField("courriel du client")
    token_digest = models.CharField("empreinte du lien", max_length=64, unique=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="demandée par"
    )
    asked_at = models.DateTimeField("demandée le")
    expires_at = models.DateTimeField("le lien vaut jusqu’au")
    confirmed_at = models.DateTimeField("confirmée le", null=True, blank=True)
    refused_at = models.DateTimeField("refusée le", null=True, blank=True)
    reminded_at = models.DateTimeField("échéance rappelée le", null=True, blank=True)
    author = models.CharField("nom et fonction de qui répond", max_length=160, blank=True)
    quote = models.CharField("témoignage", max_length=400, blank=True)
    quote_accepted_at = models.DateTimeField("témoignage relu le", null=True, blank=True)

    objects = ListedQuerySet.as_manager()

    class Meta:
        verbose_name = "confirmation d’une référence"
        verbose_name_plural = "confirmations de références"
        ordering = ["asked_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(confirmed_at__isnull=True) | models.Q(refused_at__isnull=True),
                name="catalogue_confirmation_one_answer",
            )
        ]

    def __str__(self) -> str:
        return self.statement


class ErrorReport(models.Model):
    """An error that somebody saw in a profile; editors answer within five working days (ux.md §13)."""

    uid = models.UUIDField("identifiant", default=uuid.uuid4, unique=True, editable=False)
    profile = models.ForeignKey(Profile, models.CASCADE, related_name="error_reports", verbose_name="fiche")
    text = models.TextField("ce qui est faux", max_length=1000)
    email = models.EmailField("courriel", blank=True)
    reported_at = models.DateTimeField("signalée le")
    answer = models.TextField("réponse", max_length=1000, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="répondue par"
    )
    answered_at = models.DateTimeField("répondue le", null=True, blank=True)
    was_corrected = models.BooleanField("fiche corrigée", default=False)

    class Meta:
        verbose_name = "erreur signalée"
        verbose_name_plural = "erreurs signalées"
        ordering = ["answered_at", "reported_at", "id"]

    def __str__(self) -> str:
        return f"{self.profile}, {self.reported_at:%d/%m/%Y}"


class PortfolioSurvey(models.Model):
    """A list of start-ups d'État with their phases, as a public source published it on a day."""

    observed_on = models.DateField("relevé du", unique=True)
    source = models.CharField("source", max_length=200)

    class Meta:
        verbose_name = "relevé du portefeuille"
        verbose_name_plural = "relevés du portefeuille"
        ordering = ["observed_on"]

    def __str__(self) -> str:
        return f"{self.observed_on}"


class PhaseObservation(models.Model):
    """The phase in which a survey found a start-up d'État."""

    survey = models.ForeignKey(PortfolioSurvey, models.CASCADE, related_name="observations", verbose_name="relevé")
    profile = models.ForeignKey(Profile, models.CASCADE, related_name="observations", verbose_name="fiche")
    phase = models.CharField("phase", max_length=24, choices=PhasePassage.Phase)

    class Meta:
        verbose_name = "phase relevée"
        verbose_name_plural = "phases relevées"
        ordering = ["survey", "profile"]
        constraints = [
            models.UniqueConstraint(fields=["survey", "profile"], name="catalogue_phase_observed_once_a_survey")
        ]

    def __str__(self) -> str:
        return f"{self.profile}, {self.get_phase_display()}"
