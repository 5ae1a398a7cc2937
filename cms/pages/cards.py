"""Words of the images by which pages are shared (`marketplace.ui.sharing`)."""

from django.conf import settings
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from wagtail.models import Page, Site

from cms.pages.models import Article, EventPage, HomePage, StudyPage
from marketplace.ui.sharing import Card


def site_card(name: str) -> Card | None:
    """The home page, and every public page that has no words of its own."""
    home = HomePage.objects.live().first() if name == "accueil" else None
    return Card(home.hero_title, settings.SITE_NAME, "") if home else None


def page_card(name: str) -> Card | None:
    """A live page, by its path (`SitePage.share_code`)."""
    site = Site.objects.select_related("root_page").filter(is_default_site=True).first()
    if site is None:
        return None
    url_path = f"{site.root_page.url_path}{name.replace('--', '/')}/"
    page = Page.objects.live().public().filter(url_path=url_path).first()
    return _words(page.specific) if page else None


def _words(page: Page) -> Card:
    if isinstance(page, EventPage):
        start = localtime(page.start)
        return Card(page.title, _("Événement"), f"{date_format(start, 'j F Y')} · {page.place or _('En ligne')}")
    if isinstance(page, StudyPage):
        return Card(page.title, _("Étude de cas"), page.organisation)
    if isinstance(page, Article):
        return Card(page.title, _("Actualité"), date_format(page.date, "j F Y"))
    return Card(page.title, settings.SITE_NAME, getattr(page, "lead", ""))
