"""Addresses of the catalogue."""

from django.urls import path

from cms.catalogue import views

app_name = "catalogue"
urlpatterns = [
    path("catalogue/", views.ListPage.as_view(), name="list"),
    path("catalogue/domaine/<slug:slug>/", views.DomainPage.as_view(), name="domain"),
    path("entreprises/<slug:slug>/", views.ProfilePage.as_view(), name="profile"),
]
