"""Addresses of those who look for a solution."""

from django.urls import path

from cms.sourcing import views

app_name = "sourcing"
urlpatterns = [
    path("catalogue/comparer/", views.Compare.as_view(), name="compare"),
    path("catalogue/comparer/comparaison.csv", views.CompareTable.as_view(), name="compare_csv"),
    path("catalogue/suivre/", views.Follow.as_view(), name="follow"),
    path("ma-selection/", views.MySelection.as_view(), name="selection"),
    path("ma-selection/ajouter/", views.Add.as_view(), name="add"),
    path("ma-selection/<int:item>/note/", views.Note.as_view(), name="note"),
    path("ma-selection/<int:item>/retirer/", views.Remove.as_view(), name="remove"),
    path("ma-selection/exporter/", views.MakeExport.as_view(), name="make_export"),
    path("ma-selection/exports/<uuid:uid>/", views.ExportPage.as_view(), name="export"),
    path("ma-selection/exports/<uuid:uid>/sourcage.csv", views.ExportTable.as_view(), name="export_csv"),
    path("ma-selection/recherches/", views.Searches.as_view(), name="searches"),
    path("ma-selection/recherches/<int:search>/retirer/", views.Unfollow.as_view(), name="unfollow"),
]
