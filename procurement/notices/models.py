"""Notices as they came out, beside what the site had prepared (R2131-12 to -19, LR-33, LR-34)."""

from django.conf import settings
from django.db import models

from marketplace.files.models import GeneratedDocument, StoredFile
from marketplace.journal.models import Journalled
from procurement.calls.models import Lot, Publication


class PublishedNotice(Journalled):
    """One notice read where it came out. `said` and `ours`: texts by code of field, as read there and as prepared here.

    `text`: the whole notice, pasted; fields that nobody typed are looked for in it.
    """

    publication = models.OneToOneField(
        Publication, models.PROTECT, related_name="published_notice", verbose_name="envoi"
    )
    published_at = models.DateTimeField("paru le")
    url = models.URLField("adresse", max_length=500, blank=True)
    said = models.JSONField("champs relevés", default=dict)
    text = models.TextField("texte de l’avis", blank=True)
    file = models.ForeignKey(
        StoredFile, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="avis paru"
    )
    ours = models.JSONField("champs préparés ici", default=dict)
    recorded_at = models.DateTimeField("relevé le")
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="par")

    class Meta:
        verbose_name = "avis paru"
        verbose_name_plural = "avis parus"
        ordering = ["published_at"]

    def __str__(self) -> str:
        return f"avis paru, {self.publication}"


class AwardNotice(Journalled):
    """The award notice of a lot left by every road of the contract notice (R2183-1, LR-84).

    `sendings`: list of {"channel", "sent_at", "number"}, instants in ISO (UTC). `sheet`: the fields as they were sent.
    """

    lot = models.OneToOneField(Lot, models.PROTECT, related_name="+", verbose_name="lot")
    sendings = models.JSONField("envois", default=list)
    sheet = models.OneToOneField(GeneratedDocument, models.PROTECT, related_name="+", verbose_name="champs envoyés")
    recorded_at = models.DateTimeField("consigné le")
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="par")

    class Meta:
        verbose_name = "avis d’attribution"
        verbose_name_plural = "avis d’attribution"

    def __str__(self) -> str:
        return f"avis d’attribution, {self.lot}"
