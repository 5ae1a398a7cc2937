"""Addresses of mails: which ones a person receives, and how to stop one."""

from django.urls import path

from marketplace.mail.views import PreferencesView, StopView

app_name = "mail"
urlpatterns = [
    path("", PreferencesView.as_view(), name="preferences"),
    path("arreter/<str:token>/", StopView.as_view(), name="stop"),
]
