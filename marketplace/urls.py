"""Addresses of the site. Each room owns its own; Wagtail's pages come last, they answer for the rest."""

from django.conf import settings
from django.urls import include, path

urlpatterns = [
    path("gestion/", include("marketplace.accounts.wagtail_doors")),
    path("", include("marketplace.accounts.urls")),
    path("", include("cms.sourcing.urls")),
    path("", include("cms.catalogue.urls")),
    path("besoins/", include("cms.needs.urls")),
    path("chiffres/", include("cms.figures.urls")),
    path("api/v1/", include("procurement.desk.api_urls")),
    path("", include("procurement.desk.urls")),
    path("espace/", include("procurement.calls.urls")),
    path("espace/", include("procurement.submissions.urls")),
    path("espace/", include("procurement.evaluation.urls")),
    path("espace/", include("procurement.contracts.urls")),
    path("espace/", include("procurement.notices.urls")),
    path("fichiers/", include("marketplace.files.urls")),
    path("", include("marketplace.billing.urls")),
    path("compte/courriels/", include("marketplace.mail.urls")),
    path("", include("marketplace.accounts.allauth_urls")),
    path("gestion/", include("cms.pages.admin_urls")),
    path("documents/", include("wagtail.documents.urls")),
    path("", include("cms.pages.urls")),
]

if settings.DEBUG:
    urlpatterns.insert(0, path("composants/", include("marketplace.ui.urls")))
