"""Addresses of the public read API, under a version: what programs rely on changes in the next one only."""

from django.urls import path

from procurement.desk.api import api

urlpatterns = [path("", api.urls)]
