"""Forms of sign-in: those of allauth, with labels and hints in plain French and no example inside the inputs."""

from typing import Any

from allauth.account import forms as account
from allauth.socialaccount import forms as social
from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views import View

CODE_LABEL = _("Code reçu par courriel")
CODE_HINT = _("Huit lettres ou chiffres. Vous pouvez le coller.")


class ToSignIn(View):
    """Sends whoever comes to another door to the only one; `next` is kept, nothing posted is read."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The address of sign-in, with where to come back."""
        back = request.GET.get("next", "")
        return redirect(f"{reverse('account_login')}?{urlencode({'next': back})}" if back else "account_login")


class Plain(forms.Form):
    """Takes allauth's placeholders away: an example that vanishes when typing helps nobody (WCAG 3.3.2)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)
            field.help_text = ""
        self.arrange()

    def arrange(self) -> None:
        """Labels and hints of this form."""

    def say(self, name: str, label: Any, hint: Any = "") -> None:
        """Set the label and the hint of a field."""
        self.fields[name].label, self.fields[name].help_text = label, hint

    def say_new_password(self, name: str) -> None:
        """Label and hint of a password one chooses."""
        self.say(name, _("Mot de passe"), new_password_hint())


def new_password_hint() -> str:
    """What a password must be, in one sentence."""
    return _now("12 signes au moins. Trois ou quatre mots sans lien entre eux font un bon mot de passe.")


class LoginForm(Plain, account.LoginForm):
    """Address and password."""

    def arrange(self) -> None:
        """Labels and hints of this form."""
        self.say("login", _("Adresse électronique"))
        self.say(
            "password",
            _("Mot de passe"),
            format_html(
                '<a href="{}">{}</a>',
                reverse("account_reset_password"),
                _now("Mot de passe oublié, ou jamais choisi ?"),
            ),
        )
        self.say("remember", _("Rester connecté deux semaines sur cet appareil"))
        self.fields["login"].widget.attrs["autocomplete"] = "username webauthn"


class RequestLoginCodeForm(Plain, account.RequestLoginCodeForm):
    """Address to which the code goes."""

    def arrange(self) -> None:
        """Labels and hints of this form."""
        self.say("email", _("Adresse électronique"))


class Code(Plain):
    """A code received by mail."""

    def arrange(self) -> None:
        """Labels and hints of this form."""
        self.say("code", CODE_LABEL, CODE_HINT)
        self.fields["code"].widget.attrs.update({"class": "input--short num", "autocapitalize": "characters"})


class ConfirmLoginCodeForm(Code, account.ConfirmLoginCodeForm):
    """The code that opens the account."""


class ConfirmEmailForm(Code, account.ConfirmEmailVerificationCodeForm):
    """The code that proves an address."""


class ConfirmPasswordResetForm(Code, account.ConfirmPasswordResetCodeForm):
    """The code that allows a new password."""


class ReauthenticateForm(Plain, account.ReauthenticateForm):
    """The password once more, before a sensitive change."""

    def arrange(self) -> None:
        """Labels and hints of this form."""
        self.say("password", _("Mot de passe"))


class AddEmailForm(Plain, account.AddEmailForm):
    """The address that will replace the present one."""

    def arrange(self) -> None:
        """Labels and hints of this form."""
        self.say(
            "email", _("Nouvelle adresse"), _("Nous y envoyons un code. L’adresse change quand vous le confirmez.")
        )


class ChangePasswordForm(Plain, account.ChangePasswordForm):
    """Old password and new one."""

    def arrange(self) -> None:
        """Labels and hints of this form."""
        self.say("oldpassword", _("Mot de passe actuel"))
        self.say("password1", _("Nouveau mot de passe"), new_password_hint())
        self.say("password2", _("Nouveau mot de passe, encore une fois"))


class SetPasswordForm(Plain, account.SetPasswordForm):
    """A first password."""

    def arrange(self) -> None:
        """Labels and hints of this form."""
        self.say_new_password("password1")
        self.say("password2", _("Mot de passe, encore une fois"))


class NewPasswordForm(Plain, account.ResetPasswordKeyForm):
    """The password that replaces a forgotten one."""

    def arrange(self) -> None:
        """Labels and hints of this form."""
        self.say("password1", _("Nouveau mot de passe"), new_password_hint())
        self.say("password2", _("Nouveau mot de passe, encore une fois"))


class ResetPasswordForm(Plain, account.ResetPasswordForm):
    """Address to which the code goes."""

    def arrange(self) -> None:
        """Labels and hints of this form."""
        self.say("email", _("Adresse électronique"))


class Named(Plain):
    """Names of a person who opens an account, as others will read them."""

    first_name = forms.CharField(label=_("Prénom"), max_length=150)
    last_name = forms.CharField(label=_("Nom"), max_length=150)
    field_order = ["first_name", "last_name", "email", "password1"]

    def arrange(self) -> None:
        """Labels and hints of this form."""
        self.order_fields(self.field_order)
        self.say(
            "email", _("Adresse professionnelle"), _("Nous y envoyons un code. Elle sert ensuite à vous connecter.")
        )
        self.fields["first_name"].widget.attrs["autocomplete"] = "given-name"
        self.fields["last_name"].widget.attrs["autocomplete"] = "family-name"
        if "password1" in self.fields:
            hint = _now("Sans mot de passe, vous recevrez un code par courriel à chaque connexion.")
            self.say("password1", _("Mot de passe"), f"{hint} {new_password_hint()}")


class PersonForm(Named, account.SignupForm):
    """A person opens an account. Whether the address is known already is said to its owner only, by mail."""


class ProConnectPersonForm(Named, social.SignupForm):
    """What ProConnect did not say, or said of somebody who has an account here under the same address."""
