"""Addresses of the catalogue."""

from django.urls import include, path

from cms.catalogue import feeds, profile_views, views
from cms.catalogue.contact.views import ConfirmQuestion
from cms.catalogue.editing import reference_views

app_name = "catalogue"
urlpatterns = [
    path("catalogue/", views.ListPage.as_view(), name="list"),
    path("catalogue/flux/", feeds.ProfileFeed(), name="feed"),
    path("catalogue/domaine/<slug:slug>/", views.DomainPage.as_view(), name="domain"),
    path("entreprises/<slug:slug>/", profile_views.ProfilePage.as_view(), name="profile"),
    path("entreprises/<slug:slug>/", include("cms.catalogue.contact.urls")),
    path("questions/<str:token>/", ConfirmQuestion.as_view(), name="confirm_question"),
    path("solutions/<slug:slug>/", profile_views.SolutionPage.as_view(), name="solution"),
    path("espace/entreprise/references/", reference_views.References.as_view(), name="references"),
    path("espace/entreprise/references/<uuid:uid>/demander/", reference_views.Ask.as_view(), name="ask_reference"),
    path("references/<str:token>/", reference_views.AnswerReference.as_view(), name="reference"),
    path("espace/entreprise/fiche/", include("cms.catalogue.editing.urls")),
]
