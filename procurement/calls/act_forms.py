"""Forms of the acts on a call: its team, its publication, its dates, its end."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.models import Membership, User
from marketplace.ui.forms import MomentField
from marketplace.ui.rows import Row, rows_of
from procurement.calls.fields import text, with_blank
from procurement.calls.models import CallDocument, Publication, SubmissionPeriod, TeamRole
from procurement.calls.models.call import OUTSIDE_ROLES

# Bytes of a joined document: larger plans go on the buyer's own site.
LARGEST_DOCUMENT = 50 * 10**6


class RoleRow(Row):
    """A person and their part in the call: somebody of the house, or a custodian or an auditor from outside."""

    email = forms.EmailField(
        label=_("Adresse électronique de la personne"),
        widget=forms.EmailInput(attrs={"list": "collegues", "autocomplete": "off"}),
    )
    role = forms.ChoiceField(label=_("Rôle"), choices=with_blank(TeamRole.choices))

    def __init__(self, *args: Any, buyer: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.buyer = buyer

    def has_changed(self) -> bool:
        """A role without anybody in it is no row yet."""
        return bool(self["email"].data)

    def clean(self) -> dict[str, Any]:
        """Read the person. Raises ValidationError for somebody without account, or from outside for an inside role."""
        asked = super().clean()
        if not (asked.get("email") and asked.get("role")):
            return asked
        user = User.objects.filter(email=asked["email"].lower(), is_active=True).first()
        inside = user and Membership.objects.active().filter(user=user, organisation=self.buyer).exists()
        if user is None or not (inside or asked["role"] in OUTSIDE_ROLES):
            self.add_error(
                "email",
                _("Cette personne n’a pas de compte rattaché à votre organisation : invitez-la dans votre équipe."),
            )
        asked["user"] = user
        return asked


RoleRows = rows_of(RoleRow, extra=0, row_label=_("Rôle"), add_label=_("Ajouter un rôle"))


class VisaForm(forms.Form):
    """The agreement of one of the buyer's own services."""

    kind = forms.ChoiceField(
        label=_("Visa"),
        choices=[
            ("juridique", _("Service juridique")),
            ("sécurité", _("Sécurité des systèmes d’information")),
            ("données personnelles", _("Protection des données")),
            ("budget", _("Budget")),
        ],
    )


class SendingRow(Row):
    """A notice sent through one channel."""

    channel = forms.ChoiceField(label=_("Support"), choices=with_blank(Publication.Channel.choices))
    sent_at = MomentField(label=_("Envoyé le"))
    receipt_number = forms.CharField(label=_("Numéro d’avis ou d’accusé"), max_length=80)
    receipt_confirmed_at = MomentField(
        label=_("Réception confirmée le"),
        required=False,
        help_text=_("JOUE : 48 heures après, l’appel peut être publié ici même si l’avis n’est pas encore paru."),
    )
    published_at = MomentField(label=_("Paru le"), required=False)
    kind = forms.ChoiceField(
        label=_("Nature de l’avis"),
        choices=[("contract", _("Avis de marché")), ("prior_information", _("Avis de préinformation"))],
        initial="contract",
        required=False,
        help_text=_("Un avis de préinformation ne lance pas un partenariat (R2172-27)."),
    )

    def clean_kind(self) -> str:
        """A contract notice when nothing is said."""
        return self.cleaned_data["kind"] or "contract"


SendingRows = rows_of(SendingRow, extra=1, row_label=_("Envoi"), add_label=_("Ajouter un envoi"))


class ExtensionForm(forms.Form):
    """A later deadline, for all."""

    closes_at = MomentField(label=_("Nouvelle heure limite"), is_binding=True)
    reason = text(_("Motif"), _("Il est publié avec la nouvelle heure limite."), required=True)


class CancellationForm(forms.Form):
    """Why a lot ends before signature."""

    kind = forms.ChoiceField(
        label=_("Décision"),
        widget=forms.RadioSelect,
        choices=[("without_follow_up", _("Sans suite")), ("unsuccessful", _("Infructueux"))],
    )
    reasons = text(_("Motifs"), _("Ils sont envoyés aux participants et publiés."), required=True)


class DocumentForm(forms.Form):
    """A file joined to the consultation, as a new document or in place of one."""

    replaces = forms.ChoiceField(
        label=_("Ce fichier remplace"),
        required=False,
        help_text=_("L’ancienne version reste lisible, avec votre motif."),
    )
    kind = forms.ChoiceField(
        label=_("Nature"), choices=[choice for choice in CallDocument.Kind.choices if choice[0] != "rules"]
    )
    title = forms.CharField(
        label=_("Titre"), max_length=200, required=False, help_text=_("Pour un autre document : plans, étude, données.")
    )
    file = forms.FileField(
        label=_("Fichier"), max_length=200, help_text=_("PDF de préférence, 50 Mo au plus. Chacun pourra le lire.")
    )
    reason = text(_("Motif du remplacement"), _("Si ce fichier en remplace un autre."), rows=2)

    def __init__(self, *args: Any, online: list[CallDocument], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.online = {f"{one.slug}": one for one in online if one.kind != CallDocument.Kind.RULES}
        choices = [(slug, f"{one.name}, {_('version')} {one.version}") for slug, one in self.online.items()]
        self.fields["replaces"].choices = [("", _("Aucun : c’est un nouveau document")), *choices]

    def clean_file(self) -> Any:
        """The file. Raises ValidationError when it is too large."""
        file = self.cleaned_data["file"]
        if file.size > LARGEST_DOCUMENT:
            raise forms.ValidationError(_("Ce fichier dépasse 50 Mo : allégez-le ou coupez-le en plusieurs fichiers."))
        return file

    def clean(self) -> dict[str, Any]:
        """The document replaced, in place of its name; a replacement says why. Raises ValidationError."""
        given = super().clean()
        given["replaces"] = self.online.get(given.get("replaces", ""))
        if given["replaces"] and not given.get("reason", "").strip():
            self.add_error("reason", _("Dites pourquoi ce fichier remplace l’autre : le motif est publié."))
        return given


class PeriodForm(forms.Form):
    """A later period of deposits, of the lot chosen when the call has several."""

    lot = forms.TypedChoiceField(label=_("Lot"), coerce=int)

    kind = forms.ChoiceField(
        label=_("Ce qui est déposé"),
        choices=[
            (kind.value, kind.label)
            for kind in (SubmissionPeriod.Kind.INITIAL, SubmissionPeriod.Kind.ROUND, SubmissionPeriod.Kind.FINAL)
        ],
    )
    opens_at = MomentField(label=_("Ouverture des dépôts"))
    closes_at = MomentField(label=_("Heure limite"), is_binding=True)
    technical = text(_("Pièces attendues de l’offre technique"), _("Une par ligne."), rows=3)
    price = text(_("Pièces attendues du pli de prix"), _("Une par ligne."), rows=2)

    def __init__(self, *args: Any, lots: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["lot"].choices = lots
        if len(lots) == 1:
            self.fields["lot"].widget = forms.HiddenInput()
            self.fields["lot"].initial = lots[0][0]
