"""Addresses of what editors write. Included last: Wagtail's pages answer for every address that no room knows."""

from django.urls import path, re_path
from django.views.generic import RedirectView
from wagtail.urls import serve_pattern
from wagtail.views import serve

from cms.pages import feeds, views

urlpatterns = [
    path("robots.txt", views.robots, name="robots"),
    path("sitemap.xml", views.sitemap, name="sitemap"),
    path("sitemap-<slug:section>.xml", views.sitemap_part, name="sitemap_part"),
    path("partage/<slug:kind>/<str:subject>.png", views.share_image, name="share_image"),
    path("actualites/flux/", feeds.ArticleFeed(), name="articles_feed"),
    path("agenda/agenda.ics", feeds.events_calendar, name="events_calendar"),
    path("agenda/<slug:slug>/agenda.ics", feeds.event_calendar, name="event_calendar"),
    path("media/<str:folder>/<str:name>", views.picture, name="picture"),
    # Wagtail's own form checks a password and nothing else: its name leads to the one door.
    path(
        "_util/login/", RedirectView.as_view(pattern_name="account_login", query_string=True), name="wagtailcore_login"
    ),
    re_path(serve_pattern, serve, name="wagtail_serve"),
]
