"""Forms of the buyer's writing: the clauses of the contract, and where answers are handed in."""

from django import forms
from django.utils.translation import gettext_lazy as _

from marketplace.ui.forms import DayField, PercentField
from procurement.calls.fields import Draft, YesNoField, count, later, text, with_blank
from procurement.calls.models import ContractTerms

OF_CALL = ("deposit_at", "several_bids_forbidden", "backup_copy_electronic", "signature_at_deposit")
"""Questions of `DocumentsForm` that hold for the whole call, not for one lot."""


class DocumentsForm(Draft):
    """Where answers are handed in, and what only the buyer knows of the contract."""

    folded = frozenset(
        {
            "deposit_at", "several_bids_forbidden", "backup_copy_electronic", "signature_at_deposit", "place",
            "budget_line", "accounting_officer", "court_name", "court_address",
        }
    )  # fmt: skip

    personal_data_processed = later(
        YesNoField(
            label=_("Le partenaire traitera-t-il des données personnelles ?"),
            help_text=_("Si oui, la clause et son annexe sont dans le contrat (RGPD, article 28)."),
        )
    )

    deposit_at = forms.URLField(
        label=_("Adresse d’un autre profil d’acheteur"), required=False, assume_scheme="https",
        help_text=_("Laissez vide : les réponses sont déposées ici. Une seule adresse est possible."),
    )  # fmt: skip
    several_bids_forbidden = forms.BooleanField(
        label=_("Une entreprise ne peut répondre qu’une fois par lot"), required=False,
        help_text=_(
            "Sans cette interdiction, elle peut répondre seule et dans un groupement, ou dans deux groupements "
            "(R2142-21, R2151-7)."
        ),
    )  # fmt: skip
    backup_copy_electronic = forms.BooleanField(
        label=_("La copie de sauvegarde peut aussi être électronique"), required=False,
        help_text=_(
            "Sans cette annonce, elle est reçue sur papier ou sur un support physique (R2132-11, annexe 6). Elle "
            "arrive toujours hors de ce site, à votre adresse."
        ),
    )  # fmt: skip
    signature_at_deposit = forms.BooleanField(
        label=_("Les réponses doivent être signées dès le dépôt"), required=False,
        help_text=_(
            "Déconseillé : seul le retenu a besoin de signer, à l’attribution (R2182-3). Sans certificat qualifié, une "
            "jeune entreprise renonce à répondre. Si vous l’exigez, vous direz pourquoi en publiant."
        ),
    )  # fmt: skip
    place = later(forms.CharField(label=_("Lieu d’exécution"), max_length=160))
    budget_line = later(forms.CharField(label=_("Imputation budgétaire"), max_length=120))
    accounting_officer = later(forms.CharField(label=_("Comptable assignataire")))
    court_name = later(forms.CharField(label=_("Tribunal compétent"), max_length=160))
    court_address = later(forms.CharField(label=_("Adresse du tribunal")))


class ClausesForm(Draft):
    """The clauses proposed at the start: the buyer's lawyer validates them."""

    gate_powers = later(text(_("Fin de phase : ce que vous pouvez décider"), rows=3))
    gate_partner_choice = later(text(_("Fin de phase : comment sont choisis ceux qui continuent"), rows=2))
    gate_financial_consequences = later(text(_("Fin de phase : conséquences financières"), rows=2))
    gate_notice_days = later(count(_("Fin de phase : préavis en jours")))
    gate_notification = later(text(_("Fin de phase : notification"), rows=2))
    vat_rate = PercentField(label=_("TVA, en %"), initial=2000)
    advance_rate = PercentField(label=_("Avance, en %"), required=False)
    advance_recovery = text(_("Remboursement de l’avance"), rows=2)
    instalments = text(_("Acomptes"), rows=2)
    price_form = later(forms.ChoiceField(label=_("Forme du prix"), choices=with_blank(ContractTerms.PriceForm.choices)))
    price_month = later(DayField(label=_("Mois d’établissement des prix (premier jour)")))
    price_formula = text(_("Formule de révision"), rows=2)
    penalties = text(_("Pénalités"), rows=2)
    retention_rate = PercentField(
        label=_("Retenue de garantie, en %"), required=False, initial=0, help_text=_("5 % au plus (R2191-33).")
    )
    ccag = forms.CharField(label=_("CCAG"), max_length=160, required=False)
    ccag_departures = later(
        text(_("Dérogations au CCAG"), _("Les articles auxquels le contrat déroge, ou « aucune »."), rows=2)
    )
    environmental_clause = later(text(_("Clause environnementale"), rows=2))
    social_clause = later(text(_("Clause sociale"), rows=2))
    social_exception = forms.ChoiceField(
        label=_("Sans clause sociale : l’exception de la loi"), required=False,
        choices=with_blank(ContractTerms.SocialException.choices),
    )  # fmt: skip
    social_exception_reason = text(_("Motif de l’exception"), rows=2)
    confidentiality = text(_("Confidentialité"), rows=2)
    personal_data = text(_("Données personnelles"), rows=2)
    personal_data_kinds = text(_("Annexe : données traitées"), rows=2)
    personal_data_purpose = text(_("Annexe : finalité"), rows=2)
    personal_data_duration = text(_("Annexe : durée de conservation"), rows=2)
    personal_data_processors = text(_("Annexe : sous-traitants ultérieurs"), rows=2)
    personal_data_security = text(_("Annexe : mesures de sécurité"), rows=2)
    insurance = text(_("Assurances"), rows=2)
    termination = text(_("Résiliation"), rows=2)
    tender_validity_days = later(count(_("Validité des offres, en jours")))

    def clean_retention_rate(self) -> int:
        """Nothing typed is no retention."""
        return self.cleaned_data["retention_rate"] or 0
