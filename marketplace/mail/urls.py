"""Addresses of mails: which ones a person receives."""

from django.urls import path

from marketplace.mail.views import PreferencesView

app_name = "mail"
urlpatterns = [path("", PreferencesView.as_view(), name="preferences")]
