"""What people type about needs: three fields for a citizen, and the answers of editors."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cms.needs.models import Need, Supporter
from marketplace.ui.forms import VisitorEmailField

TEXT_MIN = 20
"""Signs below which nobody understands what is wrong."""


class NeedForm(forms.Form):
    """« Qu’est-ce qui vous complique la vie ? »"""

    text = forms.CharField(
        label=_("Qu’est-ce qui vous complique la vie ?"),
        help_text=_(
            "Racontez ce qui arrive, à qui, quand. Ne donnez ni votre nom ni celui de quelqu’un. 1 500 signes au plus."
        ),
        min_length=TEXT_MIN,
        max_length=1500,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={
            "required": _("Dites en quelques mots ce qui vous complique la vie."),
            "min_length": _("Dites-en un peu plus : au moins 20 signes."),
            "max_length": _("Raccourcissez votre texte : 1 500 signes au plus."),
        },
    )
    place = forms.CharField(
        label=_("Où ?"),
        help_text=_("Une commune, un quartier, une ligne de bus…"),
        max_length=120,
        required=False,
        error_messages={"max_length": _("Raccourcissez le lieu : 120 signes au plus.")},
    )
    email = VisitorEmailField()


class SupportForm(forms.Form):
    """One address."""

    email = VisitorEmailField()


class AnswerForm(forms.Form):
    """« Est-ce mieux ? »"""

    answer = forms.ChoiceField(
        label=_("Est-ce mieux qu’avant ?"),
        choices=Supporter.Answer.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choisissez une réponse.")},
    )


class PublishForm(forms.ModelForm):
    """What an editor gives to a need: a title, an address, and a text without personal data."""

    class Meta:
        model = Need
        fields = ["title", "slug", "text", "place"]
        help_texts = {
            "title": _("Le problème en une phrase, sans nom de personne ni de marque."),
            "slug": _("La fin de l’adresse : /besoins/exemple/."),
            "text": _("Retirez tout ce qui désigne quelqu’un. Le texte d’origine n’est pas gardé."),
        }

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        for name in ("title", "slug"):
            self.fields[name].required = True


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(
        label=_("Raison"),
        help_text=_("Une ou deux phrases polies : ce qui empêche, et ce que la personne peut faire."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class MergeForm(forms.Form):
    """The need that says the same."""

    into = forms.ModelChoiceField(
        label=_("Besoin publié qui dit la même chose"),
        queryset=Need.objects.none(),
        help_text=_("Les soutiens s’ajoutent, une fois par adresse ; les deux auteurs sont prévenus."),
    )

    def __init__(self, *args: object, need: Need, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["into"].queryset = Need.objects.published().exclude(pk=need.pk).order_by("title")
