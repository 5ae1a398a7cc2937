"""Addresses outside of the matrix: those with tests of their own, which are named; doors; one's own account."""

APART = {
    "api:api-root": "desk/test_api: nothing is there, the other addresses begin by it",
    "billing:webhook": "billing/test_webhooks: only what Stripe signed is kept",
    "billing:replay": "billing/test_operator: one event, for the operator alone",
    "catalogue:edit_block": "catalogue/test_editing_pages: it names no profile, it is always one's own",
    "catalogue:add_part": "catalogue/test_editing_pages: the same",
    "catalogue:edit_part": "catalogue/test_editing_pages: a part of one's own profile",
    "catalogue:remove_part": "catalogue/test_editing_pages: the same",
    "catalogue:ask_reference": "catalogue/test_references: a reference of one's own profile",
    "catalogue:reference": "catalogue/test_references: whoever holds the link, but the firm that it praises",
    "evaluation:answer_reasons": "evaluation/test_reasons: by the letter that the request is about",
    "evaluation:ask_reasons": "evaluation/test_reasons: the firm that a letter of rejection is addressed to",
    "accounts:answer_ownerless": "accounts/test_teams: a request to what nobody acts for, by the operator alone",
    "desk:give_back": "desk/test_needs: a take-up by a call that one writes, not published yet",
    "desk:dispatch_letter": "submissions/test_register_pages: the same, a letter that nobody reads here",
    "submissions:received": "submissions/test_register_pages: deposits are on another buyer profile",
    "submissions:received_late": "submissions/test_register_pages: deposits are on another buyer profile",
    "submissions:received_firm": "submissions/test_register_pages: deposits are on another buyer profile",
    "submissions:register_template": "submissions/test_register_pages: deposits are on another buyer profile",
    "submissions:import_register": "submissions/test_register_pages: deposits are on another buyer profile",
    "submissions:check_register": "submissions/test_register_pages: deposits are on another buyer profile",
    "submissions:received_prices": "submissions/test_register_pages: deposits are on another buyer profile",
    "submissions:prices_template": "submissions/test_register_pages: deposits are on another buyer profile",
    "submissions:received_price": "submissions/test_register_pages: deposits are on another buyer profile",
    "contracts:record_hand_in": "desk/test_companion_mode: the team, for a partner without account",
    "files:download": "test_files: by what the file is",
    "submissions:consent": "submissions/test_consents: the firm that a group names, and nobody else",
    "submissions:clock": "submissions/test_clock_doubt: nothing is there without a doubt",
    "submissions:evidence_zip": "submissions/test_evidence: the bidder at any time, the team after the opening",
    "submissions:receipt_stamp": "submissions/test_receipt_seal: the timestamp of one's own receipt",
    "wagtaildocs_serve": "test_doors: documents of the pages go to everybody",
    "wagtaildocs_authenticate_with_password": "test_doors: no password opens anything",
    "wagtailcore_login": "test_doors: no password opens anything",
}
"""Addresses that have tests of their own."""

DOORS = frozenset(
    {
        "accounts:sign_in_instead",
        "account_login",
        "account_request_login_code",
        "account_confirm_login_code",
        "mfa_login_webauthn",
        "mfa_authenticate",
        "account_inactive",
        "openid_connect_login",
        "openid_connect_callback",
        "socialaccount_signup",
        "socialaccount_login_cancelled",
        "socialaccount_login_error",
        "account_logout",
        "account_signup",
        "account_email_verification_sent",
        "account_reset_password",
        "account_confirm_password_reset_code",
        "account_complete_password_reset",
        "account_password_reset_completed",
    }
)
"""Pages by which one comes in or leaves: they show nothing of anybody."""

OWN_ACCOUNT = frozenset(
    {
        "account_change_password",
        "account_set_password",
        "account_email",
        "usersessions_list",
        "socialaccount_connections",
        "account_reauthenticate",
        "mfa_reauthenticate",
        "mfa_reauthenticate_webauthn",
        "mfa_index",
        "mfa_activate_totp",
        "mfa_deactivate_totp",
        "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes",
        "mfa_download_recovery_codes",
        "mfa_list_webauthn",
        "mfa_add_webauthn",
        "mfa_remove_webauthn",
        "mfa_edit_webauthn",
    }
)
"""Pages of allauth about one's own account: visitors sign in first, and no page takes another person's key."""
