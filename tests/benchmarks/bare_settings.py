"""The barest form that could take bids, for comparison (P14): session, token, hash of the file, two rows."""

from marketplace.settings import *  # noqa: F403 - the same database and the same people

ROOT_URLCONF = "tests.benchmarks.bare_form"
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    # Without it its application does not start; it does next to nothing.
    "allauth.account.middleware.AccountMiddleware",
]
