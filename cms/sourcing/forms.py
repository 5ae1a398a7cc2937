"""What people write about what they found."""

from django import forms
from django.utils.translation import gettext_lazy as _


class NoteForm(forms.Form):
    """What the team thinks of a solution."""

    note = forms.CharField(
        label=_("Note pour votre équipe"),
        help_text=_("Lue par votre organisation seulement, et reprise dans vos exports."),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class ExportForm(forms.Form):
    """What the export answers: the need, and the searches that were made."""

    need = forms.CharField(
        label=_("Le besoin"),
        help_text=_("Le problème à résoudre, en quelques phrases."),
        max_length=600,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Écrivez le besoin : l’étude dit à quoi ces solutions devaient répondre.")},
    )
    searches = forms.CharField(
        label=_("Les recherches faites"),
        help_text=_("Les mots et les filtres que vous avez essayés ici."),
        max_length=600,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class FollowForm(forms.Form):
    """The name under which a person follows a search."""

    title = forms.CharField(
        label=_("Nom de la recherche"),
        help_text=_("Il figure dans les courriels que vous recevrez."),
        max_length=120,
        error_messages={"required": _("Donnez un nom à cette recherche, par exemple « Bus à la demande ».")},
    )
