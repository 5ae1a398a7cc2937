"""Forms of the second factor: those of allauth, in plain French."""

from allauth.mfa.base import forms as base
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.signing_in import Plain

CODE_ATTRIBUTES = {"class": "input--short num", "inputmode": "numeric"}


class SixDigits(Plain):
    """A code of the application, or one of the recovery codes."""

    def arrange(self) -> None:
        """Labels and hints of this form."""
        self.say(
            "code", _("Code de votre application"), _("Six chiffres. Ou l’un de vos codes de secours, huit chiffres.")
        )
        self.fields["code"].widget.attrs.update(CODE_ATTRIBUTES)


class AuthenticateForm(SixDigits, base.AuthenticateForm):
    """The second factor at sign-in."""


class ReauthenticateForm(SixDigits, base.ReauthenticateForm):
    """The second factor once more, before a sensitive change."""


class ActivateTOTPForm(Plain, totp.ActivateTOTPForm):
    """A first code proves that the application holds the secret."""

    def arrange(self) -> None:
        """Labels and hints of this form."""
        self.say(
            "code", _("Code affiché par l’application"), _("Six chiffres, qui changent toutes les trente secondes.")
        )
        self.fields["code"].widget.attrs.update(CODE_ATTRIBUTES)


class KeyName(Plain):
    """The name by which a person tells their keys apart."""

    def arrange(self) -> None:
        """Labels and hints of this form."""
        self.say("name", _("Nom de la clé"), _("Pour la reconnaître, par exemple « Ordinateur du bureau »."))


class AddWebAuthnForm(KeyName, webauthn.AddWebAuthnForm):
    """A new key, which may replace the password."""

    def arrange(self) -> None:
        """Labels and hints of this form."""
        super().arrange()
        self.fields["name"].required = False
        self.say(
            "passwordless",
            _("Me connecter avec cette clé seule, sans mot de passe"),
            _("L’appareil vous demandera alors votre empreinte, votre visage ou son code."),
        )


class EditWebAuthnForm(KeyName, webauthn.EditWebAuthnForm):
    """Another name for a key."""
