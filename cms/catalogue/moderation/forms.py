"""What editors fill in: profiles and domains in Wagtail's forms, decisions in forms of their own."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm

from cms.catalogue.models import Domain, ReviewReply
from cms.catalogue.moderation.checklist import Check
from cms.catalogue.moderation.errors import LONGEST_ANSWER
from cms.catalogue.regions import Region
from marketplace.accounts.models import Organisation

PROFILE_PICK_LENGTH = 200


class ProfileForm(WagtailAdminModelForm):
    """A profile and its parts; regions are ticked, not typed."""

    served_regions = forms.MultipleChoiceField(
        label=_("Régions d’intervention"),
        choices=Region.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Aucune : non dit. Toutes : la France entière."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "organisation" in self.fields:
            # A buyer has no profile: it would only make the list longer.
            self.fields["organisation"].queryset = Organisation.objects.suppliers().only("name")


class CodesField(forms.CharField):
    """A list of codes, one on each line."""

    widget = forms.Textarea(attrs={"rows": 5})

    def prepare_value(self, value: Any) -> Any:
        """The list as lines."""
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:
        """The lines as a list, each once."""
        return list(dict.fromkeys(line.strip() for line in super().to_python(value).splitlines() if line.strip()))

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether the codes differ, whatever the empty lines."""
        return list(initial or []) != self.to_python(data)


class DomainForm(WagtailAdminModelForm):
    """A domain; its code is in addresses and never changes."""

    cpv_others = CodesField(
        label=_("Autres codes CPV"), required=False, help_text=_("Un code par ligne, par exemple 60112000-6.")
    )

    class Meta:
        model = Domain
        fields = ["label", "slug", "scope", "cofog", "cpv_main", "cpv_others", "order"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding and "slug" in self.fields:
            self.fields["slug"].disabled = True


class PublishForm(forms.Form):
    """The points to look at; the service says which one is missing."""

    revision = forms.IntegerField(widget=forms.HiddenInput)
    checks = forms.MultipleChoiceField(
        label=_("Ce que j’ai vérifié"), choices=Check.choices, required=False, widget=forms.CheckboxSelectMultiple
    )


class ReturnForm(forms.Form):
    """Why a version goes back: ready sentences, words of one's own, or both."""

    revision = forms.IntegerField(widget=forms.HiddenInput)
    replies = forms.ModelMultipleChoiceField(
        label=_("Réponses types"),
        queryset=ReviewReply.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Leur texte est ajouté au courriel, avant ce que vous écrivez."),
    )
    reason = forms.CharField(
        label=_("Points à corriger"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("Un point par ligne : ce qui manque, et comment le corriger."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["replies"].label_from_instance = lambda reply: f"{reply.title} : {reply.text}"

    def reasons(self) -> list[str]:
        """The ready sentences chosen, each one point, then the lines written."""
        chosen = [" ".join(reply.text.split()) for reply in self.cleaned_data["replies"]]
        return [*chosen, self.cleaned_data["reason"]]


class VerifyForm(forms.Form):
    """One box: nothing is verified by a click alone."""

    has_read = forms.BooleanField(label=_("J’ai lu le justificatif"), required=False)


class ReasonForm(forms.Form):
    """Why a check does not hold any more."""

    reason = forms.CharField(
        label=_("Raison"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 4})
    )


class AnswerForm(forms.Form):
    """The answer to a report."""

    was_corrected = forms.BooleanField(
        label=_("La fiche est corrigée"),
        required=False,
        help_text=_("La date de la correction sera écrite sur la fiche publique."),
    )
    answer = forms.CharField(
        label=_("Votre réponse"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("%(limit)s signes au plus. Elle est envoyée à la personne, si elle a laissé une adresse.")
        % {"limit": LONGEST_ANSWER},
    )


class SearchForm(forms.Form):
    """Two profiles that may be one: a search, then one choice on each side."""

    q = forms.CharField(
        label=_("Nom ou SIREN"),
        required=False,
        max_length=PROFILE_PICK_LENGTH,
        help_text=_("Les mots de l’une ou l’autre fiche, ou un SIREN."),
    )


class DomainChoiceForm(forms.Form):
    """The domain in which profiles are put."""

    domain = forms.ModelChoiceField(label=_("Domaine"), queryset=Domain.objects.all(), empty_label=_("Choisissez"))
