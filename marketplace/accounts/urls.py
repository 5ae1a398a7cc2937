"""Addresses of accounts: registration, teams, one's own data. Those of sign-in are in `allauth_urls`."""

from django.urls import path

from marketplace.accounts.views import account, operator, registration, team

app_name = "accounts"
COMPANY, BUYER = registration.COMPANY, registration.BUYER

urlpatterns = [
    path("inscription/", registration.RegisterView.as_view(), name="register"),
    path("inscription/entreprise/", registration.RegisterCompanyView.as_view(), name="register_company"),
    path("inscription/entreprise/autre-pays/", registration.RegisterForeignView.as_view(), name="register_foreign"),
    path(
        "inscription/entreprise/verifier/",
        registration.ConfirmView.as_view(kind=COMPANY),
        name="register_company_confirm",
    ),
    path("inscription/entreprise/vous/", registration.person, {"kind": COMPANY}, name="register_company_person"),
    path("inscription/acheteur/", registration.RegisterBuyerView.as_view(), name="register_buyer"),
    path("inscription/acheteur/verifier/", registration.ConfirmView.as_view(kind=BUYER), name="register_buyer_confirm"),
    path("inscription/acheteur/vous/", registration.person, {"kind": BUYER}, name="register_buyer_person"),
    path("inscription/me-connecter/", registration.sign_in_instead, name="sign_in_instead"),
    path("invitation/<str:token>/", team.InvitationView.as_view(), name="invitation"),
    path("compte/", account.AccountView.as_view(), name="account"),
    path("compte/agir-pour/", account.SwitchView.as_view(), name="switch"),
    path("compte/mes-donnees/", account.MyDataView.as_view(), name="my_data"),
    path("compte/mes-donnees/telecharger/", account.ExportView.as_view(), name="export"),
    path("compte/mes-donnees/nom/", account.CorrectNameView.as_view(), name="correct_name"),
    path("compte/mes-donnees/fermer/", account.CloseView.as_view(), name="close"),
    path("compte/second-moyen/", account.SecondFactorView.as_view(), name="second_factor"),
    path("compte/second-moyen/suite/", account.SecondFactorDoneView.as_view(), name="second_factor_done"),
    path("compte/equipe/", team.TeamView.as_view(), name="team"),
    path("compte/equipe/verification/", team.AskVerificationView.as_view(), name="ask_verification"),
    path("compte/equipe/inviter/", team.InviteView.as_view(), name="invite"),
    path("compte/equipe/invitations/<uuid:pk>/", team.CancelInvitationView.as_view(), name="cancel_invitation"),
    path("compte/equipe/demandes/<uuid:pk>/", team.AnswerRequestView.as_view(), name="answer_request"),
    path("compte/equipe/<uuid:pk>/role/", team.ChangeRoleView.as_view(), name="change_role"),
    path("compte/equipe/<uuid:pk>/fin/", team.EndMembershipView.as_view(), name="end_membership"),
    path("espace/exploitant/acheteurs/", operator.VerifyBuyersView.as_view(), name="verify_buyers"),
    path("espace/exploitant/demandes/<uuid:pk>/", operator.AnswerOwnerlessView.as_view(), name="answer_ownerless"),
    path("espace/exploitant/acheteurs/<uuid:pk>/", operator.VerifyBuyerView.as_view(), name="verify_buyer"),
    path(
        "espace/exploitant/acheteurs/<uuid:pk>/refuser/",
        operator.RefuseVerificationView.as_view(),
        name="refuse_verification",
    ),
]
