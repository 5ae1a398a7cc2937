"""Addresses of the pages that look across rooms: public calls, the spaces of buyers and companies, verification."""

from django.urls import URLPattern

app_name = "desk"
urlpatterns: list[URLPattern] = []
