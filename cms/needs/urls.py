"""Addresses of needs."""

from django.urls import path

from cms.needs import views

app_name = "needs"

urlpatterns = [
    path("", views.Needs.as_view(), name="list"),
    path("proposer/", views.Propose.as_view(), name="propose"),
    path("courriel-envoye/", views.Sent.as_view(), name="sent"),
    path("flux/", views.NeedFeed(), name="feed"),
    path("feuille/", views.printable_sheet, name="sheet"),
    path("confirmer/<str:token>/", views.Confirm.as_view(), name="confirm"),
    path("soutien/<str:token>/", views.ConfirmSupport.as_view(), name="confirm_support"),
    path("arreter/<str:token>/", views.Stop.as_view(), name="stop"),
    path("reponse/<str:token>/", views.Answer.as_view(), name="answer"),
    path("<slug:slug>/", views.NeedPage.as_view(), name="need"),
    path("<slug:slug>/soutenir/", views.Support.as_view(), name="support"),
]
