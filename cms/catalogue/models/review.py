"""What helps editors to review: ready sentences."""

from django.db import models


class ReviewReply(models.Model):
    """A reason that editors often give when they send a profile back, ready to insert and to complete."""

    title = models.CharField("titre", max_length=80)
    text = models.TextField("texte", max_length=600, help_text="Dites ce qui manque et comment le corriger.")

    class Meta:
        verbose_name = "réponse type"
        verbose_name_plural = "réponses types"
        ordering = ["title"]

    def __str__(self) -> str:
        return self.title
