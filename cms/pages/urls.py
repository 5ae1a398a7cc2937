"""Addresses of what editors write. Included last: Wagtail's pages answer for every address that no room knows."""

from django.urls import path, re_path
from django.views.generic import RedirectView
from wagtail.urls import serve_pattern
from wagtail.views import serve

from cms.pages import views

urlpatterns = [
    path("robots.txt", views.robots, name="robots"),
    path("sitemap.xml", views.sitemap, name="sitemap"),
    path("media/<str:folder>/<str:name>", views.picture, name="picture"),
    # Wagtail's own form checks a password and nothing else: its name leads to the one door.
    path(
        "_util/login/", RedirectView.as_view(pattern_name="account_login", query_string=True), name="wagtailcore_login"
    ),
    re_path(serve_pattern, serve, name="wagtail_serve"),
]
