"""Wagtail's own doors, closed: its forms check a password and nothing else, allauth's ask for the second factor.

Included before the addresses of Wagtail's administration, so that these answer first. Nothing posted here is read.
"""

from django.urls import path, re_path
from django.views.generic import RedirectView

from marketplace.accounts.signing_in import ToSignIn

urlpatterns = [
    path("login/", ToSignIn.as_view(), name="closed_wagtail_login"),
    re_path(
        r"^password_reset/.*$",
        RedirectView.as_view(pattern_name="account_reset_password"),
        name="closed_wagtail_password_reset",
    ),
]
