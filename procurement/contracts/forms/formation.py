"""What a contract still needs before anybody signs, and the signatures themselves."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from stdnum import iban
from stdnum.exceptions import ValidationError as WrongNumber

from marketplace.accounts.models import Organisation
from marketplace.ui.forms import DayField, EurosField, MomentField
from procurement.contracts.acte import BuyerSide, Particulars
from procurement.contracts.declared import declared_members, declared_particulars
from procurement.contracts.models import Contract, SignatoryPower
from procurement.contracts.services.signature import Ink
from procurement.submissions.models import TenderingParty

FILE_HINT = _("PDF, image, texte ou document bureautique. 25 Mo au plus.")
FILE_MAX = 25_000_000
YES_NO = (("yes", _("Oui, l’avance est demandée")), ("no", _("Non, l’avance est refusée")))


class SmallFileField(forms.FileField):
    """A file of 25 MB at most, the limit said before the field."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", FILE_HINT)
        super().__init__(**kwargs)

    def clean(self, data: Any, initial: Any = None) -> Any:
        """The file. Raises ValidationError when it is too big."""
        file = super().clean(data, initial)
        if file and file.size > FILE_MAX:
            raise ValidationError(_("Ce fichier dépasse 25 Mo : joignez-en un plus léger."))
        return file


class IbanField(forms.CharField):
    """An account number, its check digits verified; kept without spaces."""

    def clean(self, value: Any) -> str:
        """The number, compact. Raises ValidationError for a wrong one."""
        text = super().clean(value)
        if not text:
            return text
        try:
            return str(iban.validate(text, check_country=False))
        except WrongNumber:
            raise ValidationError(_("Cet IBAN n’est pas juste : recopiez-le depuis le relevé de la banque.")) from None


class BuyerSideForm(forms.Form):
    """What the buyer says before contracts are drawn up."""

    signatory = forms.CharField(label=_("Personne qui signera pour l’acheteur"), max_length=160)
    capacity = forms.CharField(
        label=_("Sa qualité"), max_length=160, help_text=_("Par exemple : présidente, directeur par délégation.")
    )
    decision = forms.CharField(
        label=_("Décision qui autorise la signature"), widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Délibération ou décision, avec sa date."),
    )  # fmt: skip

    CLAUSES = (
        ("environmental", _("clause environnementale")),
        ("social", _("clause sociale")),
    )

    def __init__(self, *args: Any, clauses: Sequence[str], side: BuyerSide, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kinds = [kind for kind, _label in self.CLAUSES if kind in clauses]
        for kind, label in self.CLAUSES:
            if kind not in clauses:
                continue
            known = side.indicators.get(kind, {})
            self.fields[f"{kind}_indicator"] = forms.CharField(
                label=_("Indicateur de la %(clause)s") % {"clause": label}, initial=known.get("indicator", ""),
                help_text=_("Ce qui sera mesuré pendant le contrat."),
            )  # fmt: skip
            self.fields[f"{kind}_target"] = forms.CharField(
                label=_("Niveau attendu de cet indicateur"), initial=known.get("target", ""), required=False
            )

    def buyer_side(self) -> BuyerSide:
        """What was typed, as the service takes it."""
        data = self.cleaned_data
        return BuyerSide(
            signatory=data["signatory"],
            capacity=data["capacity"],
            decision=data["decision"],
            indicators={
                kind: {"indicator": data[f"{kind}_indicator"], "target": data[f"{kind}_target"]} for kind in self.kinds
            },
        )


class ParticularsForm(forms.Form):
    """What only the partner knows: who signs, accounts, tasks of each member, the advance."""

    def __init__(self, *args: Any, contract: Contract, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = declared_particulars(contract)
        self.members = declared_members(contract)
        self.kind = contract.party.kind
        for number, (key, name) in enumerate(self.members, start=1):
            signatory, account = known.signatories.get(key, {}), known.accounts.get(key, {})
            of = {"firm": name}
            self._add(f"name_{number}", _("Personne qui signe pour %(firm)s") % of, signatory.get("name"))
            self._add(f"capacity_{number}", _("Sa qualité"), signatory.get("capacity"))
            self._add(
                f"power_{number}", _("Son pouvoir de signer"), signatory.get("power"),
                help_text=_("Par exemple : statuts, extrait d’immatriculation, délégation du 4 mars."),
            )  # fmt: skip
            self._add(f"holder_{number}", _("Titulaire du compte bancaire"), account.get("holder") or name)
            self.fields[f"iban_{number}"] = IbanField(
                label=_("IBAN de %(firm)s") % of, initial=account.get("iban", ""),
                help_text=_("Le compte sur lequel l’acheteur paiera. Il est imprimé dans l’acte d’engagement."),
                widget=forms.TextInput(attrs={"autocomplete": "off", "class": "num"}),
            )  # fmt: skip
            self._add(f"bic_{number}", _("BIC"), account.get("bic"), required=False)
            if self.is_group:
                self._add(
                    f"tasks_{number}", _("Ce que fait %(firm)s") % of, known.tasks.get(key),
                    widget=forms.Textarea(attrs={"rows": 2}),
                )  # fmt: skip
        if self.kind == TenderingParty.Kind.SEVERAL_LIABILITY:
            self.fields["jointly"] = forms.BooleanField(
                label=_("Le mandataire répond pour tous les membres (mandataire solidaire)"), required=False,
                initial=known.lead_jointly_liable,
            )  # fmt: skip
        self.fields["advance"] = forms.ChoiceField(
            label=_("Avance"), choices=YES_NO, widget=forms.RadioSelect,
            initial={True: "yes", False: "no"}.get(known.advance_accepted),
            help_text=_("Une part de la première phase, payée avant l’exécution puis déduite des paiements."),
        )  # fmt: skip

    @property
    def is_group(self) -> bool:
        """Whether several firms hold the contract."""
        return self.kind != TenderingParty.Kind.SINGLE

    def _add(self, name: str, label: Any, initial: Any, **options: Any) -> None:
        self.fields[name] = forms.CharField(label=label, initial=initial or "", max_length=250, **options)

    def particulars(self) -> Particulars:
        """What was typed, as the service takes it."""
        data, members = self.cleaned_data, list(enumerate(self.members, start=1))

        def of(names: Sequence[str], number: int) -> dict[str, str]:
            return {name: data[f"{name}_{number}"] for name in names}

        return Particulars(
            signatories={key: of(("name", "capacity", "power"), number) for number, (key, _firm) in members},
            accounts={key: of(("holder", "iban", "bic"), number) for number, (key, _firm) in members},
            tasks={key: data[f"tasks_{number}"] for number, (key, _firm) in members} if self.is_group else {},
            advance_accepted=data["advance"] == "yes",
            lead_jointly_liable=data.get("jointly", False),
        )


class PowerForm(forms.Form):
    """A power to sign, with its proof."""

    organisation = forms.ModelChoiceField(
        label=_("Organisation pour laquelle on signe"), queryset=Organisation.objects.none(), empty_label=None
    )
    signatory = forms.CharField(label=_("Personne qui signe"), max_length=160)
    capacity = forms.CharField(label=_("Sa qualité"), max_length=160)
    basis = forms.CharField(
        label=_("Acte qui donne le pouvoir"), widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Délibération, délégation ou statuts, avec sa date."),
    )  # fmt: skip
    document = SmallFileField(label=_("Copie de cet acte"))
    valid_from = DayField(label=_("Valable à partir du"))
    valid_until = DayField(label=_("Valable jusqu’au"), required=False)
    ceiling_ht = EurosField(
        label=_("Plafond, en euros HT"), required=False, help_text=_("Laissez vide s’il n’y a pas de plafond.")
    )

    def __init__(self, *args: Any, organisations: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = organisations


class WithPower(forms.Form):
    """A signature that rests on a power of this organisation in this call."""

    power = forms.ModelChoiceField(
        label=_("Pouvoir de signer"), queryset=SignatoryPower.objects.none(), required=False, empty_label=_("Aucun"),
        help_text=_("La délibération ou la délégation enregistrée pour la personne qui signe."),
    )  # fmt: skip

    def __init__(self, *args: Any, powers: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["power"]
        field.queryset = powers
        if not powers:
            del self.fields["power"]
        elif len(powers) == 1:
            field.initial = powers[0]


class SignedPdfForm(WithPower):
    """The PDF that came back signed."""

    signed_pdf = SmallFileField(
        label=_("PDF signé avec votre certificat qualifié"),
        help_text=_("Le fichier téléchargé ici, signé au format PAdES. 25 Mo au plus. Il est vérifié aussitôt."),
    )
    field_order = ("signed_pdf", "power")


class InkForm(WithPower):
    """A signature on paper, whose original stays with the buyer."""

    signatory = forms.CharField(label=_("Personne qui a signé"), max_length=160)
    capacity = forms.CharField(label=_("Sa qualité"), max_length=160)
    signed_at = MomentField(label=_("Signé le"))
    scan = SmallFileField(
        label=_("Copie numérisée"), help_text=_("PDF ou image, 25 Mo au plus. L’original papier fait foi : gardez-le.")
    )
    field_order = ("signatory", "capacity", "signed_at", "scan", "power")

    def ink(self, scan: Any) -> Ink:
        """The paper as the service takes it, its scan laid on disk."""
        data = self.cleaned_data
        return Ink(signatory=data["signatory"], capacity=data["capacity"], signed_at=data["signed_at"], scan=scan)


class ReasonsForm(forms.Form):
    """Reasons, in full."""

    reasons = forms.CharField(label=_("Vos motifs"), widget=forms.Textarea(attrs={"rows": 5}))


class TransmissionForm(forms.Form):
    """The contract at the prefect."""

    transmitted_at = MomentField(label=_("Transmis le"))
    receipt_number = forms.CharField(
        label=_("Numéro de l’accusé de réception"), max_length=80,
        help_text=_("Celui que donne la préfecture, par exemple dans l’application Actes."),
    )  # fmt: skip
    prefecture = forms.CharField(
        label=_("Service de l’État destinataire"), max_length=200, required=False,
        help_text=_("Par défaut : le représentant de l’État dans le département."),
    )  # fmt: skip


class ReceiptForm(forms.Form):
    """When a letter reached the partner."""

    received_at = MomentField(
        label=_("Reçu par le titulaire le"), required=False,
        help_text=_("Laissez vide si le titulaire a lu la lettre ici : sa date de lecture est reprise."),
    )  # fmt: skip
