"""Addresses of « Ma fiche », under /espace/entreprise/fiche/. They name no profile: it is always one's own."""

from django.urls import path

from cms.catalogue.editing import views

urlpatterns = [
    path("", views.MyProfile.as_view(), name="my_profile"),
    path("commencer/", views.Begin.as_view(), name="begin_profile"),
    path("apercu/", views.Preview.as_view(), name="preview_profile"),
    path("consultations/", views.Readings.as_view(), name="readings"),
    path("envoyer/", views.SendToReview.as_view(), name="send_profile"),
    path("reprendre/", views.TakeBack.as_view(), name="take_back_profile"),
    path("retirer/", views.Withdraw.as_view(), name="withdraw_profile"),
    path("remettre-en-ligne/", views.Restore.as_view(), name="restore_profile"),
    path("<slug:block>/", views.EditBlock.as_view(), name="edit_block"),
    path("<slug:part>/ajouter/", views.WritePart.as_view(), name="add_part"),
    path("<slug:part>/<uuid:uid>/", views.WritePart.as_view(), name="edit_part"),
    path("<slug:part>/<uuid:uid>/retirer/", views.RemovePart.as_view(), name="remove_part"),
]
