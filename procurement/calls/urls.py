"""Addresses of the pages of this room, below `espace/`."""

from django.urls import path

from procurement.calls import (
    views,
    views_clauses,
    views_corrections,
    views_dates,
    views_direct,
    views_orientation,
    views_patterns,
    views_publishing,
    views_questions,
)

app_name = "calls"
CALL = "acheteur/appels/<str:reference>"
LOT = f"{CALL}/lots/<int:number>"

urlpatterns = [
    path("acheteur/procedure/", views_orientation.Orient.as_view(), name="orient"),
    path("acheteur/procedure/<uuid:orientation_id>/", views_orientation.Oriented.as_view(), name="oriented"),
    path("exploitant/clauses/", views_clauses.Clauses.as_view(), name="clauses"),
    path("exploitant/clauses/<slug:code>/", views_clauses.WriteClause.as_view(), name="write_clause"),
    path("exploitant/clauses/<slug:code>/valider/", views_clauses.CheckClause.as_view(), name="check_clause"),
    path("exploitant/modeles/", views_patterns.Models.as_view(), name="models"),
    path("exploitant/modeles/ajouter/", views_patterns.AddModel.as_view(), name="add_model"),
    path("exploitant/modeles/<slug:slug>/", views_patterns.WriteModel.as_view(), name="write_model"),
    path("acheteur/modeles/", views_patterns.Shelf.as_view(), name="patterns"),
    path("acheteur/modeles/<slug:slug>/", views_patterns.ReadPattern.as_view(), name="pattern"),
    path(f"{CALL}/modele/", views_patterns.TakePattern.as_view(), name="take_pattern"),
    path("acheteur/appels/nouveau/", views.NewCall.as_view(), name="new"),
    path(f"{CALL}/rediger/<slug:step>/", views.Write.as_view(), name="write"),
    path(f"{CALL}/copier/", views_orientation.CopyCall.as_view(), name="copy"),
    path(f"{CALL}/achat/", views_direct.PurchaseFile.as_view(), name="purchase"),
    path(f"{CALL}/achat/offres/<int:offer>/joindre/", views_direct.AttachOffer.as_view(), name="attach_offer"),
    path(f"{CALL}/achat/abandonner/", views_direct.GiveUpPurchase.as_view(), name="give_up_purchase"),
    path(f"{CALL}/achat/decider/", views_direct.DecidePurchase.as_view(), name="decide_purchase"),
    path(f"{CALL}/verifier/", views.Check.as_view(), name="check"),
    path(f"{CALL}/documents-en-ligne/", views_publishing.PutOnline.as_view(), name="put_online"),
    path(f"{CALL}/documents/joindre/", views_publishing.AddDocument.as_view(), name="add_document"),
    path(
        f"{CALL}/documents/<slug:slug>/<int:version>/retirer/",
        views_publishing.RemoveDocument.as_view(),
        name="remove_document",
    ),
    path(f"{CALL}/relire-l-etude/", views_publishing.ReadStudy.as_view(), name="read_study"),
    path(f"{CALL}/publier/", views_publishing.Publish.as_view(), name="publish"),
    path(f"{CALL}/equipe/", views_publishing.Team.as_view(), name="team"),
    path(f"{CALL}/questions/", views_questions.Questions.as_view(), name="questions"),
    path(f"{CALL}/questions/<int:question>/", views_questions.AnswerQuestion.as_view(), name="answer"),
    path(f"{CALL}/corriger/<slug:step>/", views_corrections.Correct.as_view(), name="correct"),
    path(f"{CALL}/periodes/", views_dates.Periods.as_view(), name="periods"),
    path(f"{LOT}/reporter/", views_dates.Extend.as_view(), name="extend"),
    path(f"{LOT}/reporter/accord/", views_dates.AgreeExtension.as_view(), name="agree_extension"),
    path(f"{LOT}/sans-suite/", views_dates.Cancel.as_view(), name="cancel"),
]
