"""Addresses of public figures."""

from django.urls import path

from cms.figures import views

app_name = "figures"

urlpatterns = [
    path("", views.Figures.as_view(), name="page"),
    path("donnees/<slug:figure>.csv", views.as_csv, name="csv"),
    path("donnees/<slug:figure>.json", views.as_json, name="json"),
]
