"""Who keeps the keys, and a key shown for one act. A key is read in memory, never shown again, never kept."""

import base64
import json
import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.models import User
from marketplace.ui.forms import MomentField
from procurement.calls.models import Call, TeamRole
from procurement.submissions.key_proofs import Proofs

IDENTITY = re.compile(r"AGE-SECRET-KEY-1[0-9A-Z]+")
LARGEST_KIT = 10_000
LARGEST_PROOFS = 60_000
HOLDERS = ("first", "second", "third")


def public_key(**attributes: Any) -> forms.CharField:
    """The public half of a key that the program of the page made; empty without it."""
    # « off »: a browser that fills a page again would give back a key whose other half is gone.
    hidden = forms.HiddenInput(attrs={"data-kit-key": True, "autocomplete": "off", **attributes})
    return forms.CharField(required=False, max_length=200, widget=hidden)


class Untold(forms.HiddenInput):
    """A hidden input that never repeats what was posted."""

    def format_value(self, value: Any) -> None:
        """Nothing."""


class AppointForm(forms.Form):
    """Three distinct people of the team, the third with the key on paper."""

    first = forms.ModelChoiceField(
        label=_("Premier gardien"), queryset=User.objects.none(), empty_label=_("Choisissez")
    )
    second = forms.ModelChoiceField(
        label=_("Deuxième gardien"), queryset=User.objects.none(), empty_label=_("Choisissez")
    )
    third = forms.ModelChoiceField(
        label=_("Troisième gardien, clé de secours sur papier"),
        help_text=_("Une personne qui ne rédige ni ne signe cet appel, ou un organisme extérieur."),
        queryset=User.objects.none(),
    )
    first_key = public_key(**{"data-position": 1, "data-holder": "id_first"})
    second_key = public_key(**{"data-position": 2, "data-holder": "id_second"})
    third_key = public_key(**{"data-position": 3, "data-holder": "id_third"})

    def __init__(self, *args: Any, call: Call, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.filter(
            pk__in=call.team.filter(role=TeamRole.CUSTODIAN, until=None).values("user")
        ).order_by("last_name", "first_name")
        for name in HOLDERS:
            self.fields[name].queryset = people

    def clean(self) -> dict[str, Any]:
        """Three keys made in the browser, or none. Raises ValidationError."""
        given = super().clean()
        if len({bool(given.get(f"{name}_key")) for name in HOLDERS}) > 1:
            raise ValidationError(_("Il manque une clé : rechargez la page et refaites les trois."))
        return given

    def appointees(self) -> list[tuple[User, str]]:
        """The three people in their order, each with the public half of a key made in the browser, or nothing."""
        return [(self.cleaned_data[name], self.cleaned_data[f"{name}_key"]) for name in HOLDERS]


class RenewForm(forms.Form):
    """A new key of one's own, made in the browser; by the site without its public half."""

    key = public_key()


class KitForm(forms.Form):
    """The recovery kit, as a file or copied from paper; or what the program of the page took out with it."""

    kit = forms.FileField(
        label=_("Votre clé de secours (fichier)"),
        help_text=_("Le fichier qui vous a été remis. Il sert le temps de cet acte, et n’est pas gardé."),
        required=False,
    )
    key_line = forms.CharField(
        label=_("Ou la ligne de votre clé, recopiée du papier"),
        help_text=_("Elle commence par AGE-SECRET-KEY-1. Les espaces ne comptent pas."),
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    proofs = forms.CharField(required=False, max_length=LARGEST_PROOFS, widget=Untold)

    def clean(self) -> dict[str, Any]:
        """Find the key or the proofs. Raises ValidationError for neither, without repeating what was given."""
        given = super().clean()
        if given.get("proofs"):
            return {"shown": {"proofs": _read_proofs(given["proofs"])}}
        text = "".join((given.get("key_line") or "").split())
        if file := given.get("kit"):
            text = file.read(LARGEST_KIT).decode("utf-8", "replace")
        found = IDENTITY.search(text.upper())
        if found is None:
            raise ValidationError(
                _("Donnez votre clé de secours : le fichier reçu, ou la ligne qui commence par AGE-SECRET-KEY-1.")
            )
        return {"shown": {"identity": found.group()}}


def _read_proofs(text: str) -> Proofs:
    """What a browser took out of wraps, from JSON. Raises ValidationError."""
    try:
        told = json.loads(text)
        return Proofs(
            layers=_bytes_of(told["layers"]),
            hashes={str(wrap): str(digest) for wrap, digest in told["hashes"].items()},
            payloads=_bytes_of(told["payloads"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValidationError(
            _("Votre navigateur n’a pas pu montrer votre clé : rechargez la page et recommencez.")
        ) from error


def _bytes_of(values: Mapping[str, str]) -> dict[str, bytes]:
    return {str(wrap): base64.b64decode(text, validate=True) for wrap, text in values.items()}


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
