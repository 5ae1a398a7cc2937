"""Addresses of editors, below those of Wagtail's administration."""

from django.urls import path

from cms.catalogue.moderation import reports, views

app_name = "moderation"

_TABLES = {
    reports.QueueView: "relire",
    reports.StaleProfiles: "rapports/anciennes",
    reports.OpenFacts: "rapports/faits",
    reports.BrokenLinks: "rapports/liens",
    reports.ReportedErrors: "rapports/erreurs",
    reports.MissedSearches: "rapports/recherches",
}

urlpatterns = [
    *[path(f"{end}/", view.as_view(), name=view.name) for view, end in _TABLES.items()],
    *[
        path(f"{end}/resultats/", view.as_view(results_only=True), name=f"{view.name}_results")
        for view, end in _TABLES.items()
    ],
    path("fiches/<int:pk>/relire/", views.ReviewPage.as_view(), name="review"),
    path("fiches/<int:pk>/faits/", views.FactsPage.as_view(), name="facts"),
    path("labels/<int:pk>/verifier/", views.VerifyLabel.as_view(), name="verify_label"),
    path("verifications/<int:pk>/retirer/", views.WithdrawVerification.as_view(), name="withdraw_verification"),
    path("temoignages/<int:pk>/montrer/", views.ShowQuote.as_view(), name="show_quote"),
    path("temoignages/<int:pk>/masquer/", views.HideQuote.as_view(), name="hide_quote"),
    path("erreurs/<uuid:uid>/repondre/", views.AnswerReport.as_view(), name="answer"),
    path("reunir/", views.ChooseMerge.as_view(), name="choose_merge"),
    path("reunir/<int:kept>/<int:other>/", views.Merge.as_view(), name="merge"),
]
