"""Addresses of prices, of the plan of a company, and of what Stripe sends."""

from django.urls import path

from marketplace.billing import payee_views, views

app_name = "billing"
PLAN = "espace/entreprise/formule"

urlpatterns = [
    path("tarifs/", views.PricesPage.as_view(), name="prices"),
    path(f"{PLAN}/", views.PlanPage.as_view(), name="plan"),
    path(f"{PLAN}/souscrire/", views.Subscribe.as_view(), name="subscribe"),
    path(f"{PLAN}/rythme/", views.ChangePeriod.as_view(), name="change_period"),
    path(f"{PLAN}/resilier/", views.Cancel.as_view(), name="cancel"),
    path(f"{PLAN}/reprendre/", views.Resume.as_view(), name="resume"),
    path(f"{PLAN}/moyen-de-paiement/", views.Portal.as_view(), name="portal"),
    path(f"{PLAN}/tva/", views.GiveVatNumber.as_view(), name="vat_number"),
    path(f"{PLAN}/relire/", views.Refresh.as_view(), name="refresh"),
    path(f"{PLAN}/factures.csv", views.InvoicesTable.as_view(), name="invoices_csv"),
    path("espace/entreprise/virements/", payee_views.PayeePage.as_view(), name="payee"),
    path("espace/entreprise/virements/ouvrir/", payee_views.OpenPayee.as_view(), name="open_payee"),
    path("espace/entreprise/virements/verifier/", payee_views.CheckPayee.as_view(), name="check_payee"),
    path("stripe/notifications/", views.webhook, name="webhook"),
    path("espace/exploitant/stripe/", views.Events.as_view(), name="events"),
    path("espace/exploitant/stripe/<int:pk>/", views.Replay.as_view(), name="replay"),
]
