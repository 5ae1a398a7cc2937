"""What a new site begins with: its pages, the groups that edit them, and the review that a profile goes through.

Laid once, after the migrations, where there is no home page yet; never over what editors did since. Not a data
migration: what the flush of a test takes away would not come back, and pages need the models of today.
"""

from typing import Any
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Q
from wagtail.models import (
    Collection,
    GroupApprovalTask,
    GroupCollectionPermission,
    GroupPagePermission,
    Locale,
    Page,
    Site,
    Workflow,
    WorkflowContentType,
    WorkflowPage,
    WorkflowTask,
)
from wagtail.snippets.models import create_extra_permissions

from cms.catalogue import tables
from cms.catalogue.models import Domain, Profile, ReviewReply, Synonym
from cms.catalogue.moderation.first_replies import FIRST_REPLIES
from cms.pages import first_texts
from cms.pages.models import (
    ArticleIndex,
    EventIndex,
    GlossaryPage,
    HomePage,
    Picture,
    Publisher,
    SiteMenu,
    StandardPage,
    StudyIndex,
)

EDITORS = "Éditeurs"
"""Review, publish, and send back with a reason."""

WRITERS = "Rédacteurs"
"""Write and ask for a review."""

WORKFLOW = "Relecture"

_GROUPS = {
    EDITORS: ("Moderators", ["add", "change", "publish"], ["add", "change", "delete", "publish", "lock", "unlock"]),
    WRITERS: ("Editors", ["add", "change"], ["add", "change"]),
}

_AROUND = (Domain, Synonym, ReviewReply)
"""What editors keep around profiles."""


_ROOMS_OF_EDITORS = (
    "catalogue",
    "needs",
    "pages",
    "wagtailadmin",
    "wagtailcore",
    "wagtailimages",
    "wagtaildocs",
    "wagtailredirects",
)
# « add » is to put files there and to change one's own; « change » bears on everybody's (Wagtail's own words).
_ON_FILES = {
    EDITORS: [f"{verb}_{kind}" for verb in ("add", "change", "choose") for kind in ("image", "document")],
    WRITERS: [f"{verb}_{kind}" for verb in ("add", "choose") for kind in ("image", "document")],
}


_NEEDED = (HomePage, StandardPage, GlossaryPage, ArticleIndex, StudyIndex, EventIndex, Picture, Publisher, SiteMenu)


def lay(sender: Any, using: str, **_: Any) -> None:
    """Lay the site where there is none (receiver of `post_migrate`)."""
    if using != "default" or not tables.are_whole(using, *_NEEDED, ReviewReply, Profile, Page):
        return
    if not HomePage.objects.exists():
        with transaction.atomic():
            home = _pages()
            _groups()
            _review(home)


def _pages() -> HomePage:
    language = settings.LANGUAGE_CODE
    locale, _created = Locale.objects.get_or_create(language_code=language)
    if Collection.get_first_root_node() is None:
        Collection.add_root(name="Racine")
    root = Page.get_first_root_node() or Page.add_root(instance=Page(title="Racine", slug="root", locale=locale))
    # The greeting page that Wagtail lays has the address that ours takes.
    root.get_children().exact_type(Page).filter(slug="home").delete()
    root.refresh_from_db()
    home = root.add_child(
        instance=HomePage(
            title=f"{settings.SITE_NAME}, la place de l’innovation publique",
            slug="accueil",
            locale=locale,
            hero_title=first_texts.HERO_TITLE,
            hero_lead=first_texts.HERO_LEAD,
            examples=first_texts.EXAMPLES,
            body=first_texts.HOME,
        )
    )
    _below(home, first_texts.PAGES)
    lists = ((ArticleIndex, first_texts.ARTICLES), (StudyIndex, first_texts.STUDIES), (EventIndex, first_texts.EVENTS))
    for model, (slug, title, lead) in lists:
        home.add_child(instance=model(title=title, slug=slug, lead=lead, locale=locale))
    address = urlsplit(settings.SITE_URL)
    Site.objects.update_or_create(
        is_default_site=True,
        defaults={
            "hostname": address.hostname or "localhost",
            "port": address.port or (443 if address.scheme == "https" else 80),
            "site_name": settings.SITE_NAME,
            "root_page": home,
        },
    )
    SiteMenu.for_site(Site.objects.get(is_default_site=True))
    return home


def _below(parent: Page, pages: list[first_texts.FirstPage]) -> None:
    for page in pages:
        common = {"title": page.title, "slug": page.slug, "lead": page.lead, "locale": parent.locale}
        if page.terms:
            terms = [("term", {"term": term, "meaning": meaning}) for term, meaning in page.terms]
            parent.add_child(instance=GlossaryPage(terms=terms, **common))
        else:
            laid = parent.add_child(instance=StandardPage(body=page.blocks, **common))
            _below(laid, page.below)


def _groups() -> None:
    """Both groups, under French names: those that Wagtail laid are renamed, with what they may do on pages."""
    for label in _ROOMS_OF_EDITORS:
        create_permissions(apps.get_app_config(label), verbosity=0)
    # To publish and to lock are permissions that Wagtail makes apart, later in the same signal.
    create_extra_permissions(apps.get_app_config("wagtailsnippets"))
    root = Page.get_first_root_node()
    access = Permission.objects.get(content_type__app_label="wagtailadmin", codename="access_admin")
    on_profiles = Permission.objects.filter(content_type=ContentType.objects.get_for_model(Profile))
    for_editors = Permission.objects.filter(
        Q(content_type__app_label="pages", codename__in=["change_publisher", "change_sitemenu"])
        | Q(content_type__app_label="needs", codename="moderate_need")
        | Q(content_type__app_label="wagtailredirects", content_type__model="redirect")
        | Q(content_type__in=ContentType.objects.get_for_models(*_AROUND).values())
    )
    shelf = Collection.get_first_root_node()
    for name, (wagtail_name, on_pages, verbs) in _GROUPS.items():
        Group.objects.filter(name=wagtail_name).update(name=name)
        group, _created = Group.objects.get_or_create(name=name)
        allowed = on_profiles.filter(codename__in=[f"{verb}_profile" for verb in [*verbs, "view"]])
        group.permissions.add(access, *allowed, *(for_editors if name == EDITORS else []))
        for verb in on_pages:
            permission = Permission.objects.get(
                content_type__app_label="wagtailcore", content_type__model="page", codename=f"{verb}_page"
            )
            GroupPagePermission.objects.get_or_create(group=group, page=root, permission=permission)
        for permission in Permission.objects.filter(codename__in=_ON_FILES[name]):
            GroupCollectionPermission.objects.get_or_create(group=group, collection=shelf, permission=permission)


def _review(home: HomePage) -> None:
    """One review by an editor, for profiles and for pages; the one that Wagtail laid makes way."""
    Workflow.objects.exclude(name=WORKFLOW).delete()
    GroupApprovalTask.objects.exclude(name=WORKFLOW).delete()
    task, _created = GroupApprovalTask.objects.get_or_create(name=WORKFLOW)
    task.groups.set([Group.objects.get(name=EDITORS)])
    workflow, _created = Workflow.objects.get_or_create(name=WORKFLOW)
    WorkflowTask.objects.get_or_create(workflow=workflow, task=task, defaults={"sort_order": 0})
    WorkflowPage.objects.get_or_create(page=Page.get_first_root_node(), defaults={"workflow": workflow})
    for title, text in FIRST_REPLIES.items():
        ReviewReply.objects.get_or_create(title=title, defaults={"text": text})
    WorkflowContentType.objects.get_or_create(
        content_type=ContentType.objects.get_for_model(Profile), defaults={"workflow": workflow}
    )
