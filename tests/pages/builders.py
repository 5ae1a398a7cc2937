"""Contents as editors leave them: pictures, articles, studies, events, each published."""

import io
from datetime import date, datetime, timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.test import Client
from PIL import Image
from wagtail.models import Page

from cms.pages.models import Article, ArticleIndex, EventIndex, EventPage, Picture, StudyIndex, StudyPage


def png(width: int = 40, height: int = 30) -> bytes:
    """A picture as a file."""
    data = io.BytesIO()
    Image.new("RGB", (width, height), "#16604f").save(data, "PNG")
    return data.getvalue()


def picture(title: str = "Un préau", **more: Any) -> Picture:
    """A picture that an editor put on the site."""
    values = {"description": f"{title}, sous la pluie.", "credit": "Ville d’Exemple", **more}
    return Picture.objects.create(title=title, file=ContentFile(png(1300, 700), "preau.png"), **values)


def published(parent: Page, page: Page) -> Any:
    """The page, below its parent, published as Wagtail does."""
    parent.add_child(instance=page)
    page.save_revision().publish()
    return type(page).objects.get(pk=page.pk)


def article(title: str = "Une nouvelle", **more: Any) -> Article:
    """A published article."""
    values = {"lead": "L’essentiel.", "date": date(2027, 1, 5), "author": "Inès Exemple", **more}
    return published(ArticleIndex.objects.get(), Article(title=title, **values))


def study(title: str = "Des bus à l’heure", **more: Any) -> StudyPage:
    """A published study."""
    values = {"lead": "L’essentiel.", "date": date(2027, 1, 5), "organisation": "Métropole d’Exemple", **more}
    return published(StudyIndex.objects.get(), StudyPage(title=title, **values))


def event(title: str = "Portes ouvertes", *, start: datetime, **more: Any) -> EventPage:
    """A published event of two hours."""
    values = {"lead": "Venez voir.", "place": "Hôtel de ville, Rennes", "end": start + timedelta(hours=2), **more}
    return published(EventIndex.objects.get(), EventPage(title=title, start=start, **values))


def read(client: Client, address: str) -> str:
    """The page that a visitor gets."""
    response = client.get(address)
    assert response.status_code == 200, (address, response.status_code)
    return response.content.decode()
