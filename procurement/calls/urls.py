"""Addresses of the pages of this room, below `espace/`."""

from django.urls import path

from procurement.calls import views, views_dates, views_publishing

app_name = "calls"
CALL = "acheteur/appels/<str:reference>"
LOT = f"{CALL}/lots/<int:number>"

urlpatterns = [
    path("acheteur/appels/nouveau/", views.NewCall.as_view(), name="new"),
    path(f"{CALL}/rediger/<slug:step>/", views.Write.as_view(), name="write"),
    path(f"{CALL}/verifier/", views.Check.as_view(), name="check"),
    path(f"{CALL}/documents-en-ligne/", views_publishing.PutOnline.as_view(), name="put_online"),
    path(f"{CALL}/documents/joindre/", views_publishing.AddDocument.as_view(), name="add_document"),
    path(
        f"{CALL}/documents/<slug:kind>/<int:version>/retirer/",
        views_publishing.RemoveDocument.as_view(),
        name="remove_document",
    ),
    path(f"{CALL}/relire-l-etude/", views_publishing.ReadStudy.as_view(), name="read_study"),
    path(f"{CALL}/publier/", views_publishing.Publish.as_view(), name="publish"),
    path(f"{CALL}/equipe/", views_publishing.Team.as_view(), name="team"),
    path(f"{CALL}/periodes/", views_dates.Periods.as_view(), name="periods"),
    path(f"{LOT}/reporter/", views_dates.Extend.as_view(), name="extend"),
    path(f"{LOT}/reporter/accord/", views_dates.AgreeExtension.as_view(), name="agree_extension"),
    path(f"{LOT}/sans-suite/", views_dates.Cancel.as_view(), name="cancel"),
]
