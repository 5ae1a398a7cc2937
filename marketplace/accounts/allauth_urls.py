"""Addresses of sign-in and of one's own account: the views of allauth, under their own names, at French addresses.

Pages that allauth has and this site does not offer (signing up by passkey, trusting a browser, several addresses) have
no address at all.
"""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from allauth.socialaccount import views as social
from allauth.usersessions import views as sessions
from django.urls import path

from marketplace.accounts import proconnect

PROCONNECT = {"provider_id": "proconnect"}

urlpatterns = [
    # Coming in
    path("connexion/", account.login, name="account_login"),
    path("connexion/code/", account.request_login_code, name="account_request_login_code"),
    path("connexion/code/confirmer/", account.confirm_login_code, name="account_confirm_login_code"),
    path("connexion/cle/", webauthn.login_webauthn, name="mfa_login_webauthn"),
    path("connexion/double-verification/", mfa.authenticate, name="mfa_authenticate"),
    path("connexion/compte-ferme/", account.account_inactive, name="account_inactive"),
    path("connexion/proconnect/", proconnect.login, PROCONNECT, name="openid_connect_login"),
    path("connexion/proconnect/retour/", proconnect.callback, PROCONNECT, name="openid_connect_callback"),
    path("connexion/proconnect/inscription/", social.signup, name="socialaccount_signup"),
    path("connexion/proconnect/annulee/", social.login_cancelled, name="socialaccount_login_cancelled"),
    path("connexion/proconnect/refusee/", social.login_error, name="socialaccount_login_error"),
    path("deconnexion/", account.logout, name="account_logout"),
    path("inscription/personne/", account.signup, name="account_signup"),
    path("inscription/confirmer/", account.email_verification_sent, name="account_email_verification_sent"),
    # Password
    path("mot-de-passe-oublie/", account.password_reset, name="account_reset_password"),
    path("mot-de-passe-oublie/code/", account.confirm_password_reset_code, name="account_confirm_password_reset_code"),
    path("mot-de-passe-oublie/nouveau/", account.complete_password_reset, name="account_complete_password_reset"),
    path("mot-de-passe-oublie/fait/", account.password_reset_from_key_done, name="account_password_reset_completed"),
    path("compte/mot-de-passe/", account.password_change, name="account_change_password"),
    path("compte/mot-de-passe/choisir/", account.password_set, name="account_set_password"),
    # One's own account
    path("compte/adresse/", account.email, name="account_email"),
    path("compte/appareils/", sessions.list_usersessions, name="usersessions_list"),
    path("compte/proconnect/", social.connections, name="socialaccount_connections"),
    path("compte/confirmer/", account.reauthenticate, name="account_reauthenticate"),
    path("compte/confirmer/code/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("compte/confirmer/cle/", webauthn.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    # Second factor
    path("compte/double-verification/", mfa.index, name="mfa_index"),
    path("compte/double-verification/application/", totp.activate_totp, name="mfa_activate_totp"),
    path("compte/double-verification/application/retirer/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("compte/double-verification/codes/", recovery_codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "compte/double-verification/codes/refaire/",
        recovery_codes.generate_recovery_codes,
        name="mfa_generate_recovery_codes",
    ),
    path(
        "compte/double-verification/codes/telecharger/",
        recovery_codes.download_recovery_codes,
        name="mfa_download_recovery_codes",
    ),
    path("compte/double-verification/cles/", webauthn.list_webauthn, name="mfa_list_webauthn"),
    path("compte/double-verification/cles/ajouter/", webauthn.add_webauthn, name="mfa_add_webauthn"),
    path("compte/double-verification/cles/<int:pk>/retirer/", webauthn.remove_webauthn, name="mfa_remove_webauthn"),
    path("compte/double-verification/cles/<int:pk>/renommer/", webauthn.edit_webauthn, name="mfa_edit_webauthn"),
]
