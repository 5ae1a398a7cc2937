"""Addresses of the site. Pages arrive with the rooms that own them."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
