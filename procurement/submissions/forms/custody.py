"""Who keeps the keys, and a key shown for one act. A key is read in memory, never shown again, never kept."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.models import User
from marketplace.ui.forms import MomentField
from procurement.calls.models import Call, TeamRole

IDENTITY = re.compile(r"AGE-SECRET-KEY-1[0-9A-Z]+")
LARGEST_KIT = 10_000


class AppointForm(forms.Form):
    """Three distinct people of the team, the third with the key on paper."""

    first = forms.ModelChoiceField(label=_("Premier gardien"), queryset=User.objects.none())
    second = forms.ModelChoiceField(label=_("Deuxième gardien"), queryset=User.objects.none())
    third = forms.ModelChoiceField(
        label=_("Troisième gardien, clé de secours sur papier"),
        help_text=_("Une personne qui ne rédige ni ne signe cet appel, ou un organisme extérieur."),
        queryset=User.objects.none(),
    )

    def __init__(self, *args: Any, call: Call, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.filter(
            pk__in=call.team.filter(role=TeamRole.CUSTODIAN, until=None).values("user")
        ).order_by("last_name", "first_name")
        for field in self.fields.values():
            field.queryset = people

    def people(self) -> list[User]:
        """The three, in their order."""
        return [self.cleaned_data[name] for name in ("first", "second", "third")]


class KitForm(forms.Form):
    """The recovery kit, as a file or copied from paper."""

    kit = forms.FileField(
        label=_("Votre clé de secours (fichier)"),
        help_text=_("Le fichier qui vous a été remis. Il sert en mémoire, le temps de cet acte, et n’est pas gardé."),
        required=False,
    )
    line = forms.CharField(
        label=_("Ou la ligne de votre clé, recopiée du papier"),
        help_text=_("Elle commence par AGE-SECRET-KEY-1."),
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def clean(self) -> dict[str, Any]:
        """Find the key. Raises ValidationError when there is none, without repeating what was given."""
        given = super().clean()
        text = given.get("line") or ""
        if file := given.get("kit"):
            text = file.read(LARGEST_KIT).decode("utf-8", "replace")
        found = IDENTITY.search(text.upper())
        if found is None:
            raise ValidationError(
                _("Donnez votre clé de secours : le fichier reçu, ou la ligne qui commence par AGE-SECRET-KEY-1.")
            )
        given["identity"] = found.group()
        return given


class ReasonsForm(forms.Form):
    """Why a late submission may be admitted (LR-54)."""

    reasons = forms.CharField(
        label=_("Ce qui montre la diligence de l’entreprise"),
        help_text=_("Quand elle a commencé, ce qui l’a retardée, pourquoi le site peut en être la cause."),
        widget=forms.Textarea(attrs={"rows": 6}),
    )


class IncidentForm(forms.Form):
    """What happened, and since when (B.4)."""

    what = forms.CharField(
        label=_("Ce qui s’est passé"),
        help_text=_("Ce qui ne marchait pas, pour qui, et ce qui en a été vu. 500 signes au plus."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    began_at = MomentField(label=_("Depuis quand"))


class SettlementForm(forms.Form):
    """When an incident ended, and what was decided for all."""

    ended_at = MomentField(label=_("Fin de l’incident"))
    reasons = forms.CharField(
        label=_("Ce qui a été décidé, et pourquoi"),
        help_text=_("Le délai prolongé pour tous, ou ce qui montre que personne n’a été empêché de répondre."),
        widget=forms.Textarea(attrs={"rows": 6}),
    )
