"""Addresses of the pages that look across rooms: public calls, the spaces of buyers and companies, verification."""

from django.urls import path

from procurement.desk import views_boards, views_public

app_name = "desk"
CALL = "espace/acheteur/appels/<str:reference>"

urlpatterns = [
    path("appels/", views_public.Calls.as_view(), name="calls"),
    path("appels/flux/", views_public.CallFeed(), name="calls_feed"),
    path("appels/<str:reference>/", views_public.CallPage.as_view(), name="call"),
    path("verifier-un-document/", views_public.verify, name="verify"),
    path(".well-known/preau-keys.json", views_public.public_keys, name="keys"),
    path("espace/acheteur/", views_boards.BuyerHome.as_view(), name="buyer_home"),
    path(f"{CALL}/suivi/", views_boards.CallBoard.as_view(), name="call_board"),
    path(f"{CALL}/journal/", views_boards.Journal.as_view(), name="journal"),
    path(f"{CALL}/messages/", views_boards.CallMessages.as_view(), name="messages"),
    path("espace/entreprise/", views_boards.CompanyHome.as_view(), name="company_home"),
    path("espace/entreprise/messages/", views_boards.CompanyMessages.as_view(), name="company_messages"),
    path("espace/messages/<uuid:letter_id>/", views_boards.LetterPage.as_view(), name="letter"),
]
