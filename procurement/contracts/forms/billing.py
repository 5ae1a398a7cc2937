"""How a contract is paid, its invoices step by step, penalties, the certificate."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from marketplace.ui.forms import DayField, EurosField, MomentField, PercentField
from procurement.contracts.forms.execution import NumberField
from procurement.contracts.models import PaymentTerms, Penalty, RetentionRelease


def whole(label: Any, **more: Any) -> forms.IntegerField:
    """A whole number, typed."""
    return forms.IntegerField(
        label=label,
        min_value=0,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "input--short"}),
        **more,
    )


class SiretField(forms.CharField):
    """Fourteen digits, spaces allowed."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=20, **kwargs)

    def to_python(self, value: Any) -> str:
        """The digits alone."""
        return "".join(super().to_python(value).split())


class PaymentTermsForm(forms.Form):
    """What the buyer says of the payment of a contract."""

    buyer_siret = SiretField(label=_("SIRET de l’acheteur, destinataire des factures"))
    service_code = forms.CharField(
        label=_("Code service Chorus Pro"), max_length=100, required=False,
        help_text=_("Laissez vide si votre structure n’en exige pas."),
    )  # fmt: skip
    commitment_number = forms.CharField(
        label=_("Numéro d’engagement"), max_length=50, required=False, help_text=_("Celui du bon de commande interne.")
    )
    regime = forms.ChoiceField(
        label=_("Votre catégorie"), choices=PaymentTerms.Regime.choices, widget=forms.RadioSelect,
        help_text=_("L’avance minimale et la retenue maximale en dépendent."),
    )  # fmt: skip
    advance_rate = PercentField(label=_("Avance, en %"), help_text=_("Du montant TTC de la première phase."))
    recovery_start = PercentField(
        label=_("Remboursement de l’avance : début, en % du montant"), required=False,
        help_text=_("Vide : ce que la loi prévoit dans le silence du contrat."),
    )  # fmt: skip
    recovery_end = PercentField(label=_("Remboursement de l’avance : fin, en % du montant"), required=False)
    guarantee_required = forms.BooleanField(
        label=_("J’exige une garantie à première demande pour l’avance, supérieure à 30 %"), required=False
    )
    guarantee_received_on = DayField(label=_("Garantie reçue le"), required=False)
    instalment_months = whole(_("Un acompte tous les (mois)"))
    payment_days = whole(_("Délai de paiement, en jours"))
    retention_rate = PercentField(label=_("Retenue de garantie, en %"), required=False)
    guarantee_months = whole(_("Délai de garantie, en mois"))
    index_name = forms.CharField(
        label=_("Indice de révision"), max_length=120, required=False, help_text=_("Pour un prix révisable seulement.")
    )
    index_base = NumberField(label=_("Valeur de l’indice au mois des prix (I0)"), required=False)
    fixed_share = PercentField(label=_("Part fixe de la formule, en %"), required=False)
    penalty_cap = PercentField(
        label=_("Plafond des pénalités, en % du montant"), required=False, help_text=_("Vide : 10 %, celui du CCAG.")
    )

    has_public_accountant = forms.TypedChoiceField(
        label=_("Un comptable public paie-t-il vos factures ?"), choices=[("yes", _("Oui")), ("no", _("Non"))],
        coerce=lambda value: value == "yes", empty_value=None, required=False, widget=forms.RadioSelect,
        help_text=_("Sans comptable public, vous pouvez payer le titulaire par virement suivi."),
    )  # fmt: skip

    def __init__(self, *args: Any, asks_accountant: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not asks_accountant:
            del self.fields["has_public_accountant"]

    def fields_given(self) -> dict[str, Any]:
        """What was given, as the service takes it."""
        data = dict(self.cleaned_data)
        data["retention_rate"] = data["retention_rate"] or 0
        data["fixed_share"] = data["fixed_share"] or 0
        return data


class HolderBillingForm(forms.Form):
    """What only the holder knows of its invoices."""

    siret = SiretField(label=_("SIRET de l’établissement qui facture"))
    monthly_asked = forms.BooleanField(
        label=_("Je demande un acompte chaque mois"), required=False,
        help_text=_("Une petite ou moyenne entreprise l’obtient de droit (article R. 2191-22)."),
    )  # fmt: skip


class NumberForm(forms.Form):
    """The number of an invoice, in the suite of the holder's accounts."""

    invoice_number = forms.CharField(
        label=_("Numéro de la facture"), max_length=80, help_text=_("Le suivant dans votre comptabilité.")
    )


class ClaimForm(NumberForm):
    """An instalment or a balance."""

    work_ht = EurosField(
        label=_("Montant du travail, en euros HT"),
        help_text=_("Aux prix du contrat : révision, avance, retenue et pénalités sont calculées."),
    )
    description = forms.CharField(
        label=_("Travail facturé"), required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Livrables, jours, quantités : ce que l’acheteur vérifie."),
    )  # fmt: skip

    def __init__(self, *args: Any, index_name: str = "", may_balance: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if index_name:
            self.fields["index_value"] = NumberField(label=_("Dernière valeur publiée de %s") % index_name)
        if may_balance:
            self.fields["is_balance"] = forms.BooleanField(
                label=_("C’est le solde de la phase : tout ce qui reste dû"), required=False
            )


class CreditForm(NumberForm):
    """A credit note."""

    amount_ht = EurosField(label=_("Montant à enlever, en euros HT"))
    description = forms.CharField(label=_("Motif"), widget=forms.Textarea(attrs={"rows": 3}))


class DepositForm(forms.Form):
    """The proof that the invoice was deposited."""

    deposited_at = MomentField(label=_("Déposée le"), help_text=_("Le délai de paiement part de ce jour."))
    reference = forms.CharField(label=_("Numéro donné par Chorus Pro"), max_length=80)


class ReturnForm(forms.Form):
    """Why an invoice goes back."""

    reasons = forms.CharField(
        label=_("Ce que le titulaire doit corriger"), widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Il lit ce motif et prépare une autre facture."),
    )  # fmt: skip


class ServiceDoneForm(forms.Form):
    """The service is certified."""

    done_at = MomentField(label=_("Travail constaté le"))


class MandateForm(forms.Form):
    """The order to pay."""

    mandated_at = MomentField(label=_("Mandatée le"))
    reference = forms.CharField(label=_("Numéro du mandat"), max_length=80)


class RetentionForm(forms.Form):
    """What was kept back is given back."""

    reason = forms.ChoiceField(
        label=_("Pourquoi rendre la retenue"), choices=RetentionRelease.Reason.choices, widget=forms.RadioSelect
    )
    guarantee_received_on = DayField(
        label=_("Garantie reçue le"), required=False, help_text=_("Seulement si une garantie remplace la retenue.")
    )
    released_at = MomentField(label=_("Virée le"))
    reference = forms.CharField(label=_("Numéro du virement"), max_length=80)


class InterestForm(forms.Form):
    """Interest that was paid."""

    amount = EurosField(label=_("Intérêts et indemnité versés, en euros"))
    paid_at = MomentField(label=_("Versés le"))


class PenaltyForm(forms.Form):
    """A penalty announced."""

    phase = forms.ChoiceField(label=_("Phase"), required=False)
    breach = forms.CharField(label=_("Manquement"), widget=forms.Textarea(attrs={"rows": 3}))
    computation = forms.CharField(
        label=_("Calcul, d’après le contrat"), widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Par exemple : 12 jours de retard à 100 €."),
    )  # fmt: skip
    amount_ht = EurosField(label=_("Montant, en euros"), help_text=_("Sans TVA : une pénalité n’y est pas soumise."))

    def __init__(self, *args: Any, phases: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["phase"].choices = [("", _("Aucune en particulier")), *phases]


class ObservationsForm(forms.Form):
    """The answer of the holder."""

    observations = forms.CharField(label=_("Vos observations"), widget=forms.Textarea(attrs={"rows": 6}))


class PenaltyDecisionForm(forms.Form):
    """What the buyer decides on a penalty."""

    decision = forms.ChoiceField(
        label=_("Votre décision"), widget=forms.RadioSelect,
        choices=[(Penalty.Decision.APPLY, _("Appliquer la pénalité")), (Penalty.Decision.WAIVE, _("Y renoncer"))],
    )  # fmt: skip
    reasons = forms.CharField(
        label=_("Motifs"), required=False, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Nécessaires pour y renoncer. Le titulaire les lit."),
    )  # fmt: skip


class CertificateForm(forms.Form):
    """The amount of the certificate."""

    amount_ttc = EurosField(label=_("Montant cessible, en euros TTC"))


class ReferenceRateForm(forms.Form):
    """The ECB rate of a half-year."""

    first_day = DayField(label=_("Premier jour du semestre"), help_text=_("Un 1er janvier ou un 1er juillet."))
    rate = NumberField(label=_("Taux des opérations principales de refinancement, en %"))
    source = forms.CharField(
        label=_("Source"), max_length=250, help_text=_("La page de la Banque centrale européenne où il est publié.")
    )
