"""Addresses of the pages of this room, below `espace/`."""

from django.urls import path

from procurement.notices import views, views_award, views_data, views_eforms

app_name = "notices"
CALL = "acheteur/appels/<str:reference>"

urlpatterns = [
    path(f"{CALL}/avis/", views.Sheet.as_view(), name="sheet"),
    path(f"{CALL}/avis/eforms/", views_eforms.NoticeFile.as_view(), name="eforms"),
    path(f"{CALL}/avis/<uuid:publication>/paru/", views.Published.as_view(), name="published"),
    path(f"{CALL}/lots/<int:number>/avis-attribution/", views_award.Award.as_view(), name="award"),
    path(f"{CALL}/donnees-essentielles/", views_data.EssentialData.as_view(), name="essential_data"),
    path(f"{CALL}/donnees-essentielles/decp.json", views_data.EssentialDataFile.as_view(), name="essential_data_file"),
]
