"""The form of a corrective notice, beside the screen that it changes."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from marketplace.ui.forms import MomentField
from procurement.calls.fields import text
from procurement.calls.models import Publication
from procurement.calls.services.publishing import Sending


class NoticeForm(forms.Form):
    """What changes, why, until when, and the proof that the notice left by the same roads as the first one."""

    what = forms.CharField(
        label=_("Ce qui change, en une phrase"), help_text=_("Elle est publiée, et envoyée à tous."), max_length=300
    )
    reason = text(_("Motif"), _("Il est publié avec l’avis rectificatif."), rows=3, required=True)
    closes_at = MomentField(
        label=_("Nouvelle heure limite"),
        help_text=_(
            "Un changement de l’objet, des phases, des critères ou des exigences fait repartir un délai entier."
        ),
        is_binding=True,
        required=False,
    )
    sent_at = MomentField(label=_("Avis rectificatif envoyé le"))

    def __init__(self, *args: Any, channels: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.channels = channels
        labels = dict(Publication.Channel.choices)
        for channel in channels:
            label = _("Numéro d’accusé : %(channel)s") % {"channel": labels[channel]}
            self.fields[f"receipt_{channel}"] = forms.CharField(label=label, max_length=80)

    @property
    def sendings(self) -> list[Sending]:
        """One sending for each road."""
        said = self.cleaned_data
        return [
            Sending(channel=channel, sent_at=said["sent_at"], receipt_number=said[f"receipt_{channel}"])
            for channel in self.channels
        ]
