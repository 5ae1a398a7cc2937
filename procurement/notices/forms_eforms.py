"""What a notice says and the site does not hold, asked when its eForms file is made."""

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from stdnum.fr import siret as french_siret

from marketplace.accounts.models import Organisation
from procurement.contracts.forms.billing import SiretField
from procurement.notices.eforms_facts import Answers, BuyerAnswers
from procurement.notices.nuts import CHOICES, nuts_of

Category = Organisation.BuyerCategory
# Codes of BT-11 that a French public buyer may hold.
LEGAL_TYPES = (
    ("cga", _("Autorité publique centrale (État)")),
    ("ra", _("Autorité régionale")),
    ("la", _("Autorité locale")),
    ("body-pl", _("Organisme de droit public")),
    ("body-pl-cga", _("Organisme de droit public, contrôlé par l’État")),
    ("body-pl-ra", _("Organisme de droit public, contrôlé par une autorité régionale")),
    ("body-pl-la", _("Organisme de droit public, contrôlé par une autorité locale")),
)
LEGAL_TYPE_OF = {
    Category.STATE: "cga",
    Category.LOCAL_AUTHORITY: "la",
    Category.HEALTH: "body-pl",
    Category.OTHER: "body-pl",
}
# Codes of BT-10 for a contracting authority.
ACTIVITIES = (
    ("gen-pub", _("Services d’administration générale")),
    ("econ-aff", _("Affaires économiques")),
    ("defence", _("Défense")),
    ("education", _("Éducation")),
    ("env-pro", _("Protection de l’environnement")),
    ("hc-am", _("Logement et équipements collectifs")),
    ("rcr", _("Loisirs, culture et culte")),
    ("pub-os", _("Ordre et sécurité publics")),
    ("soc-pro", _("Protection sociale")),
    ("health", _("Santé")),
)
ACTIVITY_OF = {Category.HEALTH: "health"}
# Spellings that the standard takes, which are fewer than those that mail or telephones take.
EMAIL = re.compile(r"[\w!#$%&'*+/=?-]+(\.[\w!#$%&'*+/=?-]+)*@([^\W_]([\w-]*[^\W_])?\.)+[^\W_]{2,}")
TELEPHONE = re.compile(r"\+?\d+( \d+)*")
TELEPHONE_MIN = 6


class PublicEmailField(forms.EmailField):
    """An address that the notice prints."""

    def clean(self, value: Any) -> str:
        """Raises ValidationError for a spelling that notices refuse."""
        cleaned = super().clean(value)
        if not EMAIL.fullmatch(cleaned):
            raise ValidationError(_("Les avis n’acceptent pas cette adresse : écrivez-en une sans signe particulier."))
        return cleaned


class TelephoneField(forms.CharField):
    """A number with or without its country; dots, hyphens and brackets become spaces."""

    def to_python(self, value: Any) -> str:
        """Groups of digits, one space between two."""
        return " ".join(re.sub(r"[.()\-\s]+", " ", super().to_python(value)).split())

    def validate(self, value: str) -> None:
        """Raises ValidationError for what is no number."""
        super().validate(value)
        if value and not (TELEPHONE.fullmatch(value) and sum(map(str.isdigit, value)) >= TELEPHONE_MIN):
            raise ValidationError(_("Écrivez un numéro de téléphone, par exemple +33 2 99 00 00 00."))


class YesNoField(forms.TypedChoiceField):
    """Yes or no, without a default: it is for the buyer to say."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            choices=[("yes", _("Oui")), ("no", _("Non"))],
            coerce=lambda value: value == "yes",
            widget=forms.RadioSelect,
            error_messages={"required": _("Choisissez une réponse.")},
            **kwargs,
        )


class NoticeFileForm(forms.Form):
    """Who to write to, which activity, where, which funds: nothing of it is kept."""

    def __init__(self, *args: Any, buyers: Sequence[Organisation], court: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.buyers = list(buyers)
        for number, buyer in enumerate(self.buyers):
            self._ask_of(number, buyer)
        self.fields["place"] = forms.ChoiceField(
            label=_("Lieu principal d’exécution"),
            help_text=_("Un département. Proposé d’après le code postal de l’acheteur."),
            choices=[("", _("Choisissez")), *CHOICES],
            initial=nuts_of(self.buyers[0].postcode),
        )
        self.fields["eu_funds"] = YesNoField(label=_("L’Union européenne finance-t-elle une part du contrat ?"))
        self.fields["gpa"] = YesNoField(
            label=_("L’accord sur les marchés publics de l’OMC couvre-t-il cet achat ?"),
            help_text=_("Cela dépend de l’acheteur et de ce qu’il achète : ses annexes le disent."),
        )
        self.fields["sme"] = YesNoField(label=_("L’appel convient-il aussi aux petites et moyennes entreprises ?"))
        self.fields["court_siret"] = SiretField(
            label=_("SIRET : %(court)s") % {"court": court},
            help_text=_("L’avis numérote aussi le tribunal. Son SIRET est à l’annuaire des entreprises."),
        )

    def _ask_of(self, number: int, buyer: Organisation) -> None:
        """The four fields of a buyer, named when there are several."""
        of = f" ({buyer.name})" if len(self.buyers) > 1 else ""
        self.fields[f"email_{number}"] = PublicEmailField(
            label=_("Adresse électronique de l’acheteur%(of)s") % {"of": of},
            help_text=_("L’avis la publie : préférez celle d’un service."),
            max_length=254,
        )
        self.fields[f"telephone_{number}"] = TelephoneField(
            label=_("Téléphone de l’acheteur%(of)s") % {"of": of}, max_length=30
        )
        self.fields[f"legal_type_{number}"] = forms.ChoiceField(
            label=_("Forme juridique de l’acheteur%(of)s") % {"of": of},
            choices=[("", _("Choisissez")), *LEGAL_TYPES],
            initial=LEGAL_TYPE_OF.get(buyer.buyer_category, ""),
        )
        self.fields[f"activity_{number}"] = forms.ChoiceField(
            label=_("Activité principale de l’acheteur%(of)s") % {"of": of},
            choices=[("", _("Choisissez")), *ACTIVITIES],
            initial=ACTIVITY_OF.get(buyer.buyer_category, ""),
        )

    def clean_court_siret(self) -> str:
        """Raises ValidationError for a number that is none."""
        if not french_siret.is_valid(self.cleaned_data["court_siret"]):
            raise ValidationError(_("Ce SIRET n’existe pas : vérifiez ses quatorze chiffres."))
        return self.cleaned_data["court_siret"]

    def answers(self) -> Answers:
        """What was said, for the notice."""
        said = self.cleaned_data
        return Answers(
            buyers=tuple(
                BuyerAnswers(
                    email=said[f"email_{number}"],
                    telephone=said[f"telephone_{number}"],
                    legal_type=said[f"legal_type_{number}"],
                    activity=said[f"activity_{number}"],
                )
                for number in range(len(self.buyers))
            ),
            place_nuts=said["place"],
            court_siret=said["court_siret"],
            eu_funds=said["eu_funds"],
            gpa=said["gpa"],
            sme=said["sme"],
        )
