"""Addresses of accounts: registration, teams, one's own data."""

from django.urls import URLPattern

app_name = "accounts"
urlpatterns: list[URLPattern] = []
