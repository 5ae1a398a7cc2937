"""Addresses of the site. Pages arrive with the rooms that own them."""

from django.urls import include, path

urlpatterns = [
    path("fichiers/", include("marketplace.files.urls")),
]
