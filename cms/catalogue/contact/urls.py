"""Addresses where readers write, under /entreprises/<slug>/."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from cms.catalogue.contact import views

urlpatterns = [
    path("question/", views.Ask.as_view(), name="question"),
    path(
        "question/a-confirmer/",
        views.Thanks.as_view(
            page_title=_("Confirmez votre question"),
            page_lead=_("Nous vous avons écrit. Ouvrez le lien de ce courriel : votre question partira."),
        ),
        name="question_held",
    ),
    path(
        "question/envoyee/",
        views.Thanks.as_view(
            page_title=_("Votre question est partie"),
            page_lead=_("Vous en recevez une copie. L’entreprise vous répond directement."),
        ),
        name="question_sent",
    ),
    path("signaler/", views.Report.as_view(), name="report"),
    path(
        "signaler/merci/",
        views.Thanks.as_view(
            page_title=_("Merci de votre signalement"),
            page_lead=_("L’équipe du site vérifie et répond en 5 jours ouvrés. Une correction est datée sur la page."),
        ),
        name="reported",
    ),
]
