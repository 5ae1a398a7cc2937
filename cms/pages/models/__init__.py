"""Pages that editors write, the pictures that they put there, and what they set for the whole site."""

from cms.pages.models.articles import Article, ArticleIndex, StudyIndex, StudyPage
from cms.pages.models.events import EventIndex, EventPage
from cms.pages.models.general import GlossaryPage, HomePage, StandardPage
from cms.pages.models.pictures import Picture, PictureRendition
from cms.pages.models.site import Publisher, SiteMenu

__all__ = [
    "Article",
    "ArticleIndex",
    "EventIndex",
    "EventPage",
    "GlossaryPage",
    "HomePage",
    "Picture",
    "PictureRendition",
    "Publisher",
    "SiteMenu",
    "StandardPage",
    "StudyIndex",
    "StudyPage",
]
