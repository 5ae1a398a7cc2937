"""Addresses of the pages that look across rooms: public calls, the spaces of buyers and companies, verification."""

from django.urls import path

from procurement.desk.views import buyer, calls, company, verification

app_name = "desk"
CALL = "espace/acheteur/appels/<str:reference>"

urlpatterns = [
    path("appels/", calls.Calls.as_view(), name="calls"),
    path("appels/flux/", calls.CallFeed(), name="calls_feed"),
    path("appels/<str:reference>/", calls.CallPage.as_view(), name="call"),
    path("appels/<str:reference>/documents/", calls.CallDocuments.as_view(), name="call_documents"),
    path("appels/<str:reference>/resultat/", calls.CallResult.as_view(), name="result"),
    path("verifier-un-document/", verification.Verify.as_view(), name="verify"),
    path("verifier-un-document/verify_receipt.py", verification.receipt_verifier, name="verifier"),
    path(".well-known/preau-keys.json", verification.public_keys, name="keys"),
    path("espace/acheteur/", buyer.BuyerHome.as_view(), name="buyer_home"),
    path(f"{CALL}/suivi/", buyer.CallBoard.as_view(), name="call_board"),
    path(f"{CALL}/journal/", buyer.Journal.as_view(), name="journal"),
    path(f"{CALL}/journal/journal.csv", buyer.JournalTable.as_view(), name="journal_csv"),
    path(f"{CALL}/messages/", buyer.CallMessages.as_view(), name="messages"),
    path("espace/entreprise/", company.CompanyHome.as_view(), name="company_home"),
    path("espace/entreprise/messages/", company.CompanyMessages.as_view(), name="company_messages"),
    # Mails print this address: both sides read a letter there.
    path("espace/messages/<uuid:letter_id>/", company.LetterPage.as_view(), name="letter"),
]
