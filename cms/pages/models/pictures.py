"""Pictures that editors put in pages: none without its author, none without words for those who do not see it."""

from django.db import models
from wagtail.images.models import AbstractImage, AbstractRendition

from marketplace.journal import clock


class Picture(AbstractImage):
    """A picture with its credit and its alternative text.

    `description` is Wagtail's own field of alternative text, made compulsory: a place that shows the picture starts
    from it. A block may say other words, or tick that the picture is decorative there (`wagtail.images.blocks`).
    """

    description = models.CharField(
        "texte de remplacement",
        max_length=255,
        help_text="Ce que l’image apprend, en une phrase : il est lu à voix haute à qui ne la voit pas.",
    )
    credit = models.CharField(
        "crédit", max_length=160, help_text="Auteur et licence, par exemple : Ville de Rennes, Licence Ouverte 2.0."
    )
    created_at = models.DateTimeField("ajoutée le", default=clock.now, db_index=True, editable=False)

    admin_form_fields = (
        "title",
        "file",
        "description",
        "credit",
        "collection",
        "tags",
        "focal_point_x",
        "focal_point_y",
        "focal_point_width",
        "focal_point_height",
    )

    class Meta(AbstractImage.Meta):
        verbose_name = "image"
        verbose_name_plural = "images"


class PictureRendition(AbstractRendition):
    """A picture at one size and in one format."""

    image = models.ForeignKey(Picture, on_delete=models.CASCADE, related_name="renditions")

    class Meta:
        verbose_name = "image à une taille"
        unique_together = (("image", "filter_spec", "focal_point_key"),)
