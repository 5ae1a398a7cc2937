"""Forms of registration, teams and one's own data."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.identifiers import InvalidIdentifier, checked_identifier
from marketplace.accounts.models import Membership, Organisation

SHORT_NUMBER = {"inputmode": "numeric", "class": "input--short num", "autocomplete": "off"}


class _Identified(forms.Form):
    """An identifier whose check digits are verified beside its field."""

    scheme = ""

    def clean_identifier(self) -> str:
        """The identifier in its one written form."""
        try:
            return checked_identifier(self.scheme, self.cleaned_data["identifier"])
        except InvalidIdentifier as refusal:
            raise forms.ValidationError(refusal.reasons) from refusal


class SirenForm(_Identified):
    """The nine digits of a company."""

    scheme = Organisation.Scheme.SIREN
    identifier = forms.CharField(
        label=_("SIREN"),
        help_text=_("Neuf chiffres, avec ou sans espaces. Ils figurent sur votre Kbis et sur vos factures."),
        max_length=20,
        widget=forms.TextInput(attrs=SHORT_NUMBER),
    )


class SiretForm(_Identified):
    """The fourteen digits of a public buyer, and its category."""

    scheme = Organisation.Scheme.SIRET
    identifier = forms.CharField(
        label=_("SIRET de votre service ou de votre établissement"),
        help_text=_("Quatorze chiffres, avec ou sans espaces : celui qui paiera les factures."),
        max_length=25,
        widget=forms.TextInput(attrs=SHORT_NUMBER),
    )
    buyer_category = forms.ChoiceField(
        label=_("Vous êtes"),
        help_text=_("Les seuils et plusieurs obligations en dépendent (code de la commande publique, annexe 2)."),
        choices=Organisation.BuyerCategory.choices,
        widget=forms.RadioSelect,
    )


class ForeignForm(forms.Form):
    """A company outside of the French register."""

    identifier_scheme = forms.ChoiceField(
        label=_("Registre"),
        choices=[
            (Organisation.Scheme.EU_VAT, _("Numéro de TVA de l’Union européenne")),
            (Organisation.Scheme.OTHER, _("Autre registre")),
        ],
        initial=Organisation.Scheme.EU_VAT,
        widget=forms.RadioSelect,
    )
    identifier = forms.CharField(
        label=_("Numéro"),
        help_text=_("Avec les deux lettres du pays pour une TVA, par exemple BE0403019261."),
        max_length=50,
    )

    def clean(self) -> dict[str, Any]:
        """Check the number in its register."""
        cleaned = super().clean()
        if cleaned.get("identifier") and cleaned.get("identifier_scheme"):
            try:
                cleaned["identifier"] = checked_identifier(cleaned["identifier_scheme"], cleaned["identifier"])
            except InvalidIdentifier as refusal:
                self.add_error("identifier", forms.ValidationError(refusal.reasons))
        return cleaned


class DeclaredForm(forms.Form):
    """Name and address, where the register could not tell them: they will be marked « déclaré »."""

    name = forms.CharField(
        label=_("Nom de l’organisation"), help_text=_("Tel qu’il figure dans ses statuts."), max_length=250
    )
    legal_form = forms.CharField(label=_("Forme juridique"), max_length=120, required=False)
    address = forms.CharField(label=_("Adresse"), max_length=250)
    postcode = forms.CharField(
        label=_("Code postal"), max_length=12, widget=forms.TextInput(attrs={"class": "input--short"})
    )
    city = forms.CharField(label=_("Commune"), max_length=120)


class ForeignDeclaredForm(DeclaredForm):
    """The same, with the country."""

    country = forms.CharField(
        label=_("Pays"),
        help_text=_("Ses deux lettres, par exemple BE."),
        min_length=2,
        max_length=2,
        widget=forms.TextInput(attrs={"class": "input--short"}),
    )

    def clean_country(self) -> str:
        """In capitals."""
        return self.cleaned_data["country"].upper()


class InviteForm(forms.Form):
    """Whom an owner invites, and as what."""

    email = forms.EmailField(label=_("Adresse professionnelle"), max_length=254)
    role = forms.ChoiceField(
        label=_("Rôle"),
        help_text=_("Un responsable invite, retire et répond aux demandes. Un membre agit, sans gérer l’équipe."),
        choices=Membership.Role.choices,
        initial=Membership.Role.MEMBER,
        widget=forms.RadioSelect,
    )


class RoleForm(forms.Form):
    """The role of a person in the team."""

    role = forms.ChoiceField(label=_("Rôle"), choices=Membership.Role.choices, widget=forms.RadioSelect)


class NameForm(forms.Form):
    """One's own name."""

    first_name = forms.CharField(
        label=_("Prénom"), max_length=150, widget=forms.TextInput({"autocomplete": "given-name"})
    )
    last_name = forms.CharField(label=_("Nom"), max_length=150, widget=forms.TextInput({"autocomplete": "family-name"}))


class CloseForm(forms.Form):
    """A box that says the consequence."""

    sure = forms.BooleanField(
        label=_("J’ai compris : mon compte ferme tout de suite et ne rouvre pas"),
        error_messages={"required": _("Cochez cette case pour fermer votre compte.")},
    )
