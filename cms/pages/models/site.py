"""What editors set for the whole site: who runs it, and its menus."""

from collections.abc import Iterable

from django.db import models
from django.utils.text import capfirst
from wagtail.admin.panels import FieldPanel
from wagtail.contrib.settings.models import BaseSiteSetting, register_setting
from wagtail.fields import StreamField

from cms.pages.links import COLUMNS, ENTRIES


@register_setting(icon="home")
class Publisher(BaseSiteSetting):
    """Who runs this site, for the legal notices (loi n° 2004-575, art. 1-1) and the pages on data and accessibility.

    What is left empty is shown as such: nobody is invented.
    """

    name = models.CharField("nom ou raison sociale", max_length=200, blank=True)
    legal_form = models.CharField("forme juridique", max_length=120, blank=True)
    identifier = models.CharField("SIREN ou numéro d’inscription", max_length=50, blank=True)
    address = models.CharField("adresse", max_length=250, blank=True)
    director = models.CharField("responsable de la publication", max_length=200, blank=True)
    host = models.CharField("hébergeur : nom, adresse, téléphone", max_length=300, blank=True)
    email = models.EmailField("courriel de contact", blank=True)
    telephone = models.CharField("téléphone", max_length=30, blank=True)
    data_officer = models.CharField("délégué à la protection des données : contact", max_length=200, blank=True)

    class Meta:
        verbose_name = "identité de l’exploitant"

    def lines(self, names: Iterable[str]) -> list[tuple[str, str]]:
        """(label, value) of these facts, empty ones included."""
        return [(capfirst(self._meta.get_field(name).verbose_name), getattr(self, name)) for name in names]


@register_setting(icon="list-ul")
class SiteMenu(BaseSiteSetting):
    """The menus of every page; a menu left empty stays as the site lays it by itself.

    `lists` holds (title, address) of the lists of pages that are not empty: `cms.pages.menus` keeps it, so that each
    page of the site reads one row.
    """

    main = StreamField(
        ENTRIES, verbose_name="menu principal", blank=True, max_num=8, help_text="Vide : le menu d’origine."
    )
    footer = StreamField(
        COLUMNS, verbose_name="colonnes du pied de page", blank=True, max_num=4, help_text="Vide : celles d’origine."
    )
    legal = StreamField(
        ENTRIES,
        verbose_name="liens du bas de page",
        blank=True,
        max_num=8,
        help_text="Vide : ceux d’origine. L’accessibilité et les mentions légales doivent rester à un clic.",
    )

    lists = models.JSONField("listes qui contiennent quelque chose", default=list, editable=False)

    panels = [FieldPanel("main"), FieldPanel("footer"), FieldPanel("legal")]

    class Meta:
        verbose_name = "menus du site"
