"""Settings, read from the environment (names in README.md). Without any, Préau runs on an embedded SQLite database.

Source of the values that were tried out: docstrings of the rooms that use them.
"""

from decimal import Decimal
from pathlib import Path

import environ

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# Everything the running site writes lives under one folder, outside of the code.
VAR_DIR = Path(env.str("PREAU_VAR", default=str(BASE_DIR / "var")))

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY_FILE = VAR_DIR / "keys" / "django-secret-key"


def _secret_key() -> str:
    """The key given by the environment, else one made at first start and readable by its owner only."""
    given = env.str("SECRET_KEY", default="")
    if given:
        return given
    if not SECRET_KEY_FILE.exists():
        from django.core.management.utils import get_random_secret_key

        SECRET_KEY_FILE.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        SECRET_KEY_FILE.touch(mode=0o600)
        SECRET_KEY_FILE.write_text(get_random_secret_key())
    return SECRET_KEY_FILE.read_text()


SECRET_KEY = _secret_key()
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1"])
SITE_URL = env.str("SITE_URL", default="http://localhost:8000")
SITE_NAME = env.str("SITE_NAME", default="Préau")
WAGTAIL_SITE_NAME = SITE_NAME
WAGTAILADMIN_BASE_URL = SITE_URL

INSTALLED_APPS = [
    "marketplace.ui",
    "marketplace.journal",
    "marketplace.accounts",
    "marketplace.files",
    "marketplace.mail",
    "marketplace.demo",
    "cms.catalogue",
    "cms.sourcing",
    "cms.needs",
    "cms.figures",
    "cms.pages",
    "procurement.calls",
    "procurement.correspondence",
    "procurement.submissions",
    "procurement.evaluation",
    "procurement.contracts",
    "procurement.notices",
    "procurement.desk",
    # After the others: its space closes the menu of companies, what is free comes first.
    "marketplace.billing",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "wagtail.contrib.redirects",
    "wagtail.contrib.settings",
    "wagtail.contrib.typed_table_block",
    "wagtail.embeds",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.sessions",
    "django.contrib.sitemaps",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
]

MIDDLEWARE = [
    # Before all else: the instant of a seal.
    "procurement.submissions.arrival.ArrivalMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "marketplace.ui.middleware.PageCompression",
    "marketplace.ui.middleware.Revalidation",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "marketplace.accounts.second_factor_door.SecondFactorMiddleware",
    "marketplace.accounts.middleware.RefusalMiddleware",
    "wagtail.contrib.redirects.middleware.RedirectMiddleware",
]

ROOT_URLCONF = "marketplace.urls"
WSGI_APPLICATION = "marketplace.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "marketplace.accounts.context.site",
            ],
        },
    },
]

# Label, hint and error of every field, in that order (marketplace.ui.forms).
FORM_RENDERER = "marketplace.ui.forms.KitRenderer"
# One line at the top of every page, for a demonstration or an incident; empty: none.
RIBBON = env.str("RIBBON", default="")

# --- Data -----------------------------------------------------------------------------------------------------------

DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'preau.sqlite3'}")}
DATABASES["default"]["ATOMIC_REQUESTS"] = False
# Each thread keeps its connection: SQLite reads its whole schema anew for each one, which takes longer than most pages.
DATABASES["default"] |= {"CONN_MAX_AGE": env.int("CONNECTION_SECONDS", default=600), "CONN_HEALTH_CHECKS": True}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # FULL: a receipt must survive a power cut. secure_delete: a destroyed draft key leaves no trace in the file.
        "init_command": (
            "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA secure_delete=ON;PRAGMA recursive_triggers=ON;"
            "PRAGMA mmap_size=134217728;PRAGMA journal_size_limit=27103364;PRAGMA cache_size=2000;"
        ),
    }
    # In-memory SQLite locks differently from the file that production uses.
    DATABASES["default"]["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

PRIVATE_ROOT = Path(env.str("PRIVATE_ROOT", default=str(VAR_DIR / "private")))
SUBMISSION_ROOT = Path(env.str("SUBMISSION_ROOT", default=str(VAR_DIR / "submissions")))
# Second place of what bidders hand in (another disk, another machine); empty: the recovery point is the last backup.
SUBMISSION_MIRROR = env.str("SUBMISSION_MIRROR", default="")
# Antivirus asked at opening: path of the socket of clamd, or tcp://host:port; empty: files are « non analysés ».
CLAMD_SOCKET = env.str("CLAMD_SOCKET", default="")
KEYS_DIR = Path(env.str("KEYS_DIR", default=str(VAR_DIR / "keys")))
MEDIA_ROOT = VAR_DIR / "media"
MEDIA_URL = "/media/"
STATIC_ROOT = VAR_DIR / "static"
STATIC_URL = "/static/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# --- Accounts -------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_ADAPTER = "marketplace.accounts.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
# A password is a choice: without one, a code comes by mail at each sign-in.
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1"]
ACCOUNT_FORMS = {
    "login": "marketplace.accounts.signing_in.LoginForm",
    "signup": "marketplace.accounts.signing_in.PersonForm",
    "request_login_code": "marketplace.accounts.signing_in.RequestLoginCodeForm",
    "confirm_login_code": "marketplace.accounts.signing_in.ConfirmLoginCodeForm",
    "confirm_email_verification_code": "marketplace.accounts.signing_in.ConfirmEmailForm",
    "confirm_password_reset_code": "marketplace.accounts.signing_in.ConfirmPasswordResetForm",
    "reauthenticate": "marketplace.accounts.signing_in.ReauthenticateForm",
    "add_email": "marketplace.accounts.signing_in.AddEmailForm",
    "change_password": "marketplace.accounts.signing_in.ChangePasswordForm",
    "set_password": "marketplace.accounts.signing_in.SetPasswordForm",
    "reset_password": "marketplace.accounts.signing_in.ResetPasswordForm",
    "reset_password_from_key": "marketplace.accounts.signing_in.NewPasswordForm",
}
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
# Minutes that a slow mail server and a reader of screens both need.
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
# Three bad passwords typed by anybody must not lock a bidder out near a deadline.
ACCOUNT_RATE_LIMITS = {"login_failed": "20/5m/ip,10/5m/key"}
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if SITE_URL.startswith("https://") else "http"
# Proxies of the house in front of the site: behind them, limits count the address that they pass on.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
# Limits on sign-in are counted here, by all processes together; several machines share a server (CACHE_URL).
CACHES = {
    "default": env.cache_url("CACHE_URL", default=f"filecache://{VAR_DIR / 'cache'}"),
    # Apart: what anybody may have drawn must never push out the count of somebody's attempts.
    "drawings": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": VAR_DIR / "drawings",
        "OPTIONS": {"MAX_ENTRIES": 2000},
    },
    "renditions": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "renditions"},
}
MFA_ADAPTER = "marketplace.accounts.adapters.MfaAdapter"
MFA_FORMS = {
    "authenticate": "marketplace.accounts.second_factor_forms.AuthenticateForm",
    "reauthenticate": "marketplace.accounts.second_factor_forms.ReauthenticateForm",
    "activate_totp": "marketplace.accounts.second_factor_forms.ActivateTOTPForm",
    "add_webauthn": "marketplace.accounts.second_factor_forms.AddWebAuthnForm",
    "edit_webauthn": "marketplace.accounts.second_factor_forms.EditWebAuthnForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = SITE_NAME
# The clock of a telephone may run thirty seconds early or late.
MFA_TOTP_TOLERANCE = 1
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = SITE_URL.startswith("http://localhost")
# People whose role decides for others sign in with two factors; off only where nothing real is at stake.
SECOND_FACTOR_REQUIRED = env.bool("SECOND_FACTOR_REQUIRED", default=True)
# Tracking would write to the database on every request.
USERSESSIONS_TRACK_ACTIVITY = False

# ProConnect, the identity of public agents (OpenID Connect); without an identifier its button is not shown.
PROCONNECT_ISSUER = env.str("PROCONNECT_ISSUER", default="").rstrip("/")
PROCONNECT_CLIENT_ID = env.str("PROCONNECT_CLIENT_ID", default="")
PROCONNECT_ORIGINS = ["/".join(PROCONNECT_ISSUER.split("/")[:3])] if PROCONNECT_CLIENT_ID and PROCONNECT_ISSUER else []
SOCIALACCOUNT_ADAPTER = "marketplace.accounts.proconnect.SocialAccountAdapter"
SOCIALACCOUNT_FORMS = {"signup": "marketplace.accounts.signing_in.ProConnectPersonForm"}
# An account found by its address alone could be taken over: only the identifier of the provider opens one.
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "provider_class": "marketplace.accounts.proconnect.ProConnectProvider",
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "proconnect",
                "name": "ProConnect",
                "client_id": PROCONNECT_CLIENT_ID,
                "secret": env.str("PROCONNECT_CLIENT_SECRET", default=""),
                "settings": {
                    "server_url": PROCONNECT_ISSUER,
                    "token_auth_method": "client_secret_post",
                    "scope": ["openid", "given_name", "usual_name", "email", "siret", "uid"],
                    "auth_params": {"acr_values": env.str("PROCONNECT_ACR_VALUES", default="eidas1")},
                },
            }
        ]
        if PROCONNECT_ORIGINS
        else [],
    }
}

# Source of facts on undertakings: OfflineRegistry reads a JSON file, OfficialRegistry asks the public register.
COMPANY_REGISTRY = env.str("COMPANY_REGISTRY", default="marketplace.accounts.registry.OfflineRegistry")
COMPANY_REGISTRY_FILE = env.str("COMPANY_REGISTRY_FILE", default="")
COMPANY_REGISTRY_URL = env.str("COMPANY_REGISTRY_URL", default="https://recherche-entreprises.api.gouv.fr")

# --- Mail and background work ---------------------------------------------------------------------------------------

EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
# What allauth and Wagtail send joins the same queue as the site's own mails; the transport is behind it.
MAIL_TRANSPORT = env.str("MAIL_TRANSPORT", default=EMAIL_CONFIG["EMAIL_BACKEND"])
EMAIL_BACKEND = "marketplace.mail.backend.QueueBackend"
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=f"{SITE_NAME} <ne-pas-repondre@preau.example>")
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

# --- Plans and payments -----------------------------------------------------------------------------------------------

# Prices of the plan « Atelier » in euros without VAT; the days of its trial, and those during which it stays open
# when a payment fails.
PLAN_PRICES = {
    "month": Decimal(env.str("PLAN_PRICE_MONTHLY", default="29")),
    "year": Decimal(env.str("PLAN_PRICE_YEARLY", default="290")),
}
PLAN_TRIAL_DAYS = env.int("PLAN_TRIAL_DAYS", default=30)
PLAN_GRACE_DAYS = env.int("PLAN_GRACE_DAYS", default=14)
# Without a key Stripe is off: nothing is sold, everything else works. A test key and a live one never share a row.
STRIPE_SECRET_KEY = env.str("STRIPE_SECRET_KEY", default="")
STRIPE_WEBHOOK_SECRET = env.str("STRIPE_WEBHOOK_SECRET", default="")
# Another address of Stripe's API, for tests; empty: Stripe's own.
STRIPE_API_BASE = env.str("STRIPE_API_BASE", default="")
# A form that leads to Stripe's pages of payment is followed there.
STRIPE_PAGES = ["https://checkout.stripe.com", "https://billing.stripe.com"] if STRIPE_SECRET_KEY else []

# Threads of a process of the web server.
WEB_THREADS = env.int("WEB_THREADS", default=8)
# Uploads never take the last threads of a process: a seal always finds one.
UPLOAD_SLOTS = env.int("UPLOAD_SLOTS", default=max(1, WEB_THREADS - 3))
# Seals that a process finishes at once; the others are inscribed, and wait.
SEALS_AT_ONCE = env.int("SEALS_AT_ONCE", default=4)
# Bytes of the disk of bids that no upload takes: answers, manifests and seals need them.
SUBMISSION_RESERVE = env.int("SUBMISSION_RESERVE", default=512 * 1024 * 1024)

# --- Language and time ----------------------------------------------------------------------------------------------

LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", "Français")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/Paris"

# The clock of a rehearsal may only be moved where this is set: tests, `rehearse` and `demo` (design: journal.clock).
REHEARSAL_CLOCK_ALLOWED = env.bool("REHEARSAL_CLOCK_ALLOWED", default=False)

LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"

# --- Security -------------------------------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        # A form that leads to ProConnect, or to a page of payment, is followed there.
        "form-action": ["'self'", *PROCONNECT_ORIGINS, *STRIPE_PAGES],
        "frame-ancestors": ["'none'"],
    }
}
# An error report says where it broke, never what was being handled.
DEFAULT_EXCEPTION_REPORTER_FILTER = "marketplace.journal.error_reports.WithoutContents"
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SITE_URL.startswith("https://")
SESSION_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "marketplace.accounts.resending.token_over"

# --- Wagtail --------------------------------------------------------------------------------------------------------

WAGTAIL_CONTENT_LANGUAGES = WAGTAILADMIN_PERMITTED_LANGUAGES = LANGUAGES
# allauth keeps the only door: Wagtail's own forms check a password and nothing else.
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = False
WAGTAILUSERS_PASSWORD_ENABLED = False
WAGTAILADMIN_LOGIN_URL = WAGTAIL_FRONTEND_LOGIN_URL = "account_login"
WAGTAIL_EMAIL_MANAGEMENT_ENABLED = False
WAGTAILUSERS_PASSWORD_ENABLED = False
WAGTAILDOCS_SERVE_METHOD = "serve_view"
WAGTAILDOCS_INLINE_CONTENT_TYPES = []
# A public page is public; what is not lives in procurement, behind its own permissions.
# Addresses are in plain letters, without accents (ux.md §3).
WAGTAIL_ALLOW_UNICODE_SLUGS = False
WAGTAIL_PRIVATE_PAGE_OPTIONS = {"SHARED_PASSWORD": False}
WAGTAILDOCS_PRIVATE_COLLECTION_OPTIONS = {"SHARED_PASSWORD": False}
# No request leaves for another site: neither for news of Wagtail, nor for faces, nor for embedded media.
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAILEMBEDS_FINDERS: list[dict[str, str]] = []
WAGTAILIMAGES_IMAGE_MODEL = "pages.Picture"
# An SVG may hold a script.
WAGTAILIMAGES_EXTENSIONS = ["avif", "gif", "jpg", "jpeg", "png", "webp"]
WAGTAILDOCS_EXTENSIONS = ["csv", "odt", "ods", "pdf", "docx", "xlsx"]

# Links of profiles lead to public addresses only; on, private ones are asked too (tests).
LINK_CHECK_PRIVATE = env.bool("LINK_CHECK_PRIVATE", default=False)

# Address (RFC 3161) of an authority that timestamps receipts; empty: none is asked (sealed-bids B.7).
TIMESTAMP_AUTHORITY = env.str("TIMESTAMP_AUTHORITY", default="")

# --- Law --------------------------------------------------------------------------------------------------------------

# Folder of certificates (PEM or DER) of the authorities trusted for signatures; empty: none is (annex 12, LR-63).
SIGNATURE_TRUST_ROOTS = env.str("SIGNATURE_TRUST_ROOTS", default="")

# Date on which this site was declared on the national open-data portal (R2132-3, LR-40); empty: not declared.
PROFILE_DECLARED_ON = env.str("PROFILE_DECLARED_ON", default="")

# File of the official request of the DUME (ESPD-EDM 4.1, XML) on which firms write theirs; empty: none is (LR-45).
ESPD_REQUEST = env.str("ESPD_REQUEST", default="")
