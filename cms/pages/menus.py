"""The menus that editors wrote, and the lists that came to hold something: one query, two where pages are chosen."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Exists, OuterRef
from wagtail.models import Page

from cms.pages.links import address_of
from cms.pages.models import ArticleIndex, EventIndex, SiteMenu, StudyIndex
from marketplace.accounts.menus import Menus
from marketplace.accounts.spaces import Column, Entry

Link = Mapping[str, Any]


def read() -> Menus:
    """What `accounts.menus` shows: the setting of the default site; without any, the lists that hold something."""
    kept = SiteMenu.objects.filter(site__is_default_site=True).first()
    main, footer, legal = (_raw(kept, name) for name in ("main", "footer", "legal"))
    chosen = [one["value"] for one in [*main, *legal]]
    chosen += [link["value"] for column in footer for link in column["value"]["links"]]
    pages = _addresses({link["page"] for link in chosen if link.get("page")})
    return Menus(
        main=_entries((one["value"] for one in main), pages),
        footer=[
            Column(one["value"]["title"], _entries((link["value"] for link in one["value"]["links"]), pages))
            for one in footer
        ],
        legal=_entries((one["value"] for one in legal), pages),
        more=[Entry(title, url) for title, url in kept.lists if url] if kept else [],
    )


def _raw(kept: SiteMenu | None, name: str) -> list[Any]:
    # As stored: read as blocks, each page chosen would be fetched whole.
    return list(getattr(kept, name).raw_data) if kept else []


def _addresses(chosen: set[int]) -> dict[int, str]:
    if not chosen:
        return {}
    return {page.pk: page.url or "" for page in Page.objects.live().filter(pk__in=chosen)}


def _entries(links: Iterable[Link], pages: Mapping[int, str]) -> list[Entry]:
    found = ((one["label"], _target(one, pages)) for one in links)
    return [Entry(label, url) for label, url in found if url]


def _target(link: Link, pages: Mapping[int, str]) -> str:
    return pages.get(link["page"], "") if link.get("page") else address_of(link.get("address") or "")


def keep_lists(sender: Any, **_: Any) -> None:
    """Note which lists of pages are not empty (receiver of what publishes, moves and removes pages)."""
    if not issubclass(sender, Page):
        return
    below = Page.objects.live().filter(path__startswith=OuterRef("path"), depth=OuterRef("depth") + 1)
    lists = Page.objects.live().type(ArticleIndex, StudyIndex, EventIndex).filter(Exists(below)).order_by("path")
    now_held = [[page.title, page.url] for page in lists]
    for kept in SiteMenu.objects.filter(site__is_default_site=True).exclude(lists=now_held):
        kept.lists = now_held
        kept.save(update_fields=["lists"])
