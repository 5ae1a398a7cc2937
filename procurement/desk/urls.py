"""Addresses of the pages that look across rooms: public calls, the spaces of buyers and companies, verification."""

from django.urls import path

from procurement.desk import sharing
from procurement.desk.views import (
    buyer,
    calls,
    company,
    documents,
    exports,
    fit,
    following,
    letters,
    needs,
    opendata,
    partners,
    questions,
    rulebook,
    treasury,
    verification,
)

app_name = "desk"
CALL = "espace/acheteur/appels/<str:reference>"

urlpatterns = [
    path("appels/", calls.Calls.as_view(), name="calls"),
    path("appels/flux/", calls.CallFeed(), name="calls_feed"),
    path("appels/agenda.ics", sharing.calls_calendar, name="calls_calendar"),
    path("appels/courriel-envoye/", following.MailSent.as_view(), name="mail_sent"),
    path("appels/suivi/confirmer/<str:token>/", following.ConfirmFollowing.as_view(), name="confirm_following"),
    path("appels/suivi/arreter/<str:token>/", following.StopFollowing.as_view(), name="stop_following"),
    path("appels/question/<str:token>/", questions.ConfirmQuestion.as_view(), name="confirm_question"),
    path("appels/<str:reference>/", calls.CallPage.as_view(), name="call"),
    path("appels/<str:reference>/agenda.ics", sharing.call_calendar, name="call_calendar"),
    path("appels/<str:reference>/documents/", calls.CallDocuments.as_view(), name="call_documents"),
    path("appels/<str:reference>/documents/tout.zip", documents.WholeSet.as_view(), name="call_documents_zip"),
    path("appels/<str:reference>/documents/<slug:slug>/", documents.Latest.as_view(), name="call_document_latest"),
    path(
        "appels/<str:reference>/documents/<slug:slug>/v<int:version>/",
        documents.OneVersion.as_view(),
        name="call_document",
    ),
    path(
        "appels/<str:reference>/documents/<slug:slug>/v<int:version>/odt/",
        documents.ToEdit.as_view(),
        name="call_document_odt",
    ),
    path("appels/<str:reference>/est-ce-pour-nous/", fit.Fit.as_view(), name="fit"),
    path("appels/<str:reference>/cotraitants/", partners.Partners.as_view(), name="partners"),
    path("appels/<str:reference>/cotraitants/annoncer/", partners.Post.as_view(), name="post_partner_search"),
    path("appels/<str:reference>/cotraitants/retirer/", partners.Withdraw.as_view(), name="withdraw_partner_search"),
    path("appels/<str:reference>/cotraitants/<uuid:search>/", partners.Write.as_view(), name="write_to_partner"),
    path("appels/<str:reference>/suivre/", following.Follow.as_view(), name="follow"),
    path("appels/<str:reference>/questions/", questions.Questions.as_view(), name="questions"),
    path("appels/<str:reference>/questions/poser/", questions.Ask.as_view(), name="ask"),
    path("appels/<str:reference>/resultat/", calls.CallResult.as_view(), name="result"),
    path("api/", opendata.Description.as_view(), name="api"),
    path("reglement/", rulebook.RuleBook.as_view(), name="rulebook"),
    path("verifier-un-document/", verification.Verify.as_view(), name="verify"),
    path("verifier-un-document/verify_receipt.py", verification.receipt_verifier, name="verifier"),
    path(".well-known/preau-keys.json", verification.public_keys, name="keys"),
    path(".well-known/preau-program.json", verification.sealing_program, name="program"),
    path("espace/acheteur/", buyer.BuyerHome.as_view(), name="buyer_home"),
    path("espace/acheteur/budget/", treasury.BuyerBudgetPage.as_view(), name="buyer_budget"),
    path("espace/acheteur/budget/budget.csv", treasury.BuyerBudgetTable.as_view(), name="buyer_budget_csv"),
    path(f"{CALL}/suivi/", buyer.CallBoard.as_view(), name="call_board"),
    path(f"{CALL}/journal/", buyer.Journal.as_view(), name="journal"),
    path(f"{CALL}/journal/journal.csv", buyer.JournalTable.as_view(), name="journal_csv"),
    path(f"{CALL}/messages/", buyer.CallMessages.as_view(), name="messages"),
    path(f"{CALL}/messages/<uuid:letter_id>/envoi/", letters.DispatchLetter.as_view(), name="dispatch_letter"),
    path("espace/acheteur/exports/<uuid:uid>/", exports.FileExport.as_view(), name="file_export"),
    path("espace/acheteur/besoins/<slug:slug>/", needs.TakeUpNeed.as_view(), name="take_up"),
    path("espace/acheteur/besoins/<slug:slug>/<str:reference>/", needs.GiveNeedBack.as_view(), name="give_back"),
    path("espace/entreprise/", company.CompanyHome.as_view(), name="company_home"),
    path("espace/entreprise/tresorerie/", treasury.CashCalendar.as_view(), name="cash_calendar"),
    path("espace/entreprise/tresorerie/tresorerie.csv", treasury.CashCalendarTable.as_view(), name="cash_calendar_csv"),
    path("espace/entreprise/messages/", company.CompanyMessages.as_view(), name="company_messages"),
    # Mails print this address: both sides read a letter there.
    path("espace/messages/<uuid:letter_id>/", company.LetterPage.as_view(), name="letter"),
]
