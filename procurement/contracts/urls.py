"""Addresses of the pages of this room, below `espace/`."""

from django.urls import URLPattern

app_name = "contracts"
urlpatterns: list[URLPattern] = []
