"""What a company writes of itself, one topic per form."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from cms.catalogue.models import Domain, Label, Medium, Profile, Reference, Solution, Translation
from cms.catalogue.regions import Region
from marketplace.ui.forms import DayField, EurosField

PROOF_MAX = 10_000_000
LONG = forms.Textarea(attrs={"rows": 6})
SHORT = forms.Textarea(attrs={"rows": 3})


class WebField(forms.URLField):
    """An address of the web; what is typed without its scheme is taken as https."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(assume_scheme="https", **kwargs)


class PresentationForm(forms.ModelForm):
    """Who it is, in one sentence; the problem, the answer."""

    class Meta:
        model = Profile
        fields = ("name", "kind", "tagline", "problem", "answer")
        widgets = {"tagline": SHORT, "problem": LONG, "answer": LONG}
        error_messages = {"name": {"required": _("Indiquez le nom sous lequel on vous connaît.")}}


class ScopeForm(forms.ModelForm):
    """The domains, and where."""

    served_regions = forms.MultipleChoiceField(
        label=_("Régions où vous intervenez"),
        help_text=_("Cochez-les toutes si vous intervenez dans la France entière."),
        choices=Region.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = Profile
        fields = ("domains", "region", "city", "served_regions")
        widgets = {"domains": forms.CheckboxSelectMultiple}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["domains"].queryset = Domain.objects.all()
        self.fields["domains"].help_text = _("Un à trois, ceux où l’on vous cherchera.")

    def clean_domains(self) -> Any:
        """Raises ValidationError beyond three: a profile that is everywhere is found nowhere."""
        domains = self.cleaned_data["domains"]
        if len(domains) > 3:
            raise ValidationError(_("Choisissez trois domaines au plus."))
        return domains


class IdentityForm(forms.ModelForm):
    """What tells the organisation from others."""

    class Meta:
        model = Profile
        fields = ("founded_year", "size", "website", "repository", "accessibility")
        field_classes = {"website": WebField, "repository": WebField}


class SolutionForm(forms.ModelForm):
    """One solution: what it does, its price, how one leaves it."""

    class Meta:
        model = Solution
        fields = (
            *("name", "tagline", "problem", "answer", "maturity", "price_from", "price_unit", "price_note"),
            *("setup_delay", "exit_terms", "hosting", "claims_innovative", "innovation_reason"),
            *("is_open_source", "source_url", "central_purchasing"),
        )
        field_classes = {"source_url": WebField, "price_from": EurosField}
        widgets = {
            "tagline": SHORT,
            "problem": LONG,
            "answer": LONG,
            "exit_terms": SHORT,
            "innovation_reason": SHORT,
            "price_from": forms.TextInput(attrs={"inputmode": "decimal", "class": "input--short"}),
        }
        error_messages = {
            "name": {"required": _("Donnez un nom à cette solution.")},
            "tagline": {"required": _("Dites en une phrase ce que fait la solution.")},
        }

    def clean(self) -> dict[str, Any]:
        """Raises ValidationError for a price of nothing, or a novelty that nobody explains."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("price_from") is not None and not cleaned.get("price_unit"):
            self.add_error("price_unit", _("Dites ce que ce prix paie : un an, un mois, une personne…"))
        if cleaned.get("claims_innovative") and not cleaned.get("innovation_reason"):
            self.add_error("innovation_reason", _("Expliquez en une ou deux phrases ce qui est nouveau."))
        return cleaned


class ReferenceForm(forms.ModelForm):
    """A client."""

    class Meta:
        model = Reference
        fields = ("client", "detail")
        error_messages = {"client": {"required": _("Indiquez le service public qui utilise votre solution.")}}


class LabelForm(forms.ModelForm):
    """A label or a certification, with its proof."""

    proof_file = forms.FileField(
        label=_("Justificatif"),
        help_text=_("PDF, PNG ou JPEG, 10 Mo au plus. Lu par votre équipe et par nos relecteurs seulement."),
        required=False,
    )

    class Meta:
        model = Label
        fields = ("kind", "detail", "number", "valid_until", "proof_url")
        field_classes = {"proof_url": WebField, "valid_until": DayField}
        widgets = {"valid_until": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "input--short"})}
        error_messages = {"kind": {"required": _("Choisissez le label ou la certification.")}}

    def clean_proof_file(self) -> Any:
        """Raises ValidationError for a file that is too big."""
        file = self.cleaned_data["proof_file"]
        if file and file.size > PROOF_MAX:
            raise ValidationError(_("Ce fichier dépasse 10 Mo : joignez-en un plus léger."))
        return file

    def clean(self) -> dict[str, Any]:
        """Raises ValidationError for another label that has no name."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("kind") == Label.Kind.OTHER and not cleaned.get("detail"):
            self.add_error("detail", _("Écrivez le nom de ce label."))
        return cleaned


class TranslationForm(forms.ModelForm):
    """The texts of the profile in another language."""

    class Meta:
        model = Translation
        fields = ("language", "tagline", "problem", "answer")
        widgets = {"tagline": SHORT, "problem": LONG, "answer": LONG}
        error_messages = {
            "language": {"required": _("Choisissez la langue.")},
            "tagline": {"required": _("Dites en une phrase, dans cette langue, ce que vous faites.")},
        }


class MediumForm(forms.ModelForm):
    """A link to a video, a demonstration or a documentation."""

    class Meta:
        model = Medium
        fields = ("kind", "title", "url")
        field_classes = {"url": WebField}
        error_messages = {
            "kind": {"required": _("Dites ce que l’on y trouve.")},
            "title": {"required": _("Donnez un titre à ce lien.")},
            "url": {"required": _("Écrivez l’adresse du support.")},
        }
