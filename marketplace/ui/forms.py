"""Form fields and renderer of the site: label, hint, error, in that order, tied to the input for screen readers."""

from collections.abc import Sequence
from datetime import datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting
from django.utils.translation import gettext_lazy as _

from marketplace.ui.templatetags.printing import PARIS

PLAIN_WIDGETS = (
    forms.CheckboxInput,
    forms.RadioSelect,
    forms.CheckboxSelectMultiple,
    forms.HiddenInput,
    forms.MultiWidget,
)


class KitBoundField(BoundField):
    """A field of a form as pages show it; inputs carry the class of the stylesheet."""

    def build_widget_attrs(self, attrs: dict[str, Any], widget: forms.Widget | None = None) -> dict[str, Any]:
        """Attributes of the input: the class of the kit beside what Django adds."""
        widget = widget or self.field.widget
        built = super().build_widget_attrs(attrs, widget)
        if not isinstance(widget, PLAIN_WIDGETS):
            given = built.get("class", widget.attrs.get("class", ""))
            built["class"] = f"input {given}".strip()
        return built

    # What a rule book says of the answer, shown beside the question: severity, message, remedy, article, rule.
    remarks: Sequence[Any] = ()

    @property
    def aria_describedby(self) -> str | None:
        """Hint, errors, then what is said of the answer."""
        parts = [super().aria_describedby, f"{self.auto_id}_remarks" if self.remarks and self.auto_id else None]
        return " ".join(part for part in parts if part) or None

    @property
    def is_checkbox(self) -> bool:
        """Whether the field is one box to tick: its label stands after it."""
        return isinstance(self.field.widget, forms.CheckboxInput)


class KitRenderer(TemplatesSetting):
    """Renderer of every form of the site."""

    form_template_name = "components/form.html"
    field_template_name = "components/field.html"
    bound_field_class = KitBoundField


class MomentWidget(forms.MultiWidget):
    """A day and an hour, as two native inputs."""

    template_name = "components/moment_widget.html"
    use_fieldset = True

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(
            {
                "day": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "input auto"}),
                "hour": forms.TimeInput(format="%H:%M", attrs={"type": "time", "class": "input auto"}),
            },
            attrs,
        )

    def decompress(self, value: Any) -> list[Any]:
        """Day and hour in Paris of an aware instant."""
        if not isinstance(value, datetime):
            return [None, None]
        local = value.astimezone(PARIS)
        return [local.date(), local.time().replace(second=0, microsecond=0)]

    def id_for_label(self, id_: str) -> str:
        """The first input: the group is a fieldset, its legend names it."""
        return f"{id_}_0"


class MomentField(forms.MultiValueField):
    """A day and an hour in Paris; gives an aware instant.

    With `is_binding`, an hour of the night is refused: deadlines are kept by people (ux § 15).
    """

    widget = MomentWidget

    def __init__(self, *, is_binding: bool = False, **kwargs: Any) -> None:
        self.is_binding = is_binding
        required = kwargs.get("required", True)
        super().__init__(
            fields=(
                forms.DateField(
                    required=required,
                    error_messages={
                        "required": _("Indiquez le jour."),
                        "incomplete": _("Indiquez aussi le jour."),
                        "invalid": _("Indiquez un jour qui existe, par exemple 12/01/2027."),
                    },
                ),
                forms.TimeField(
                    required=required,
                    error_messages={
                        "required": _("Indiquez l’heure."),
                        "incomplete": _("Indiquez aussi l’heure."),
                        "invalid": _("Indiquez une heure, par exemple 12:00."),
                    },
                ),
            ),
            require_all_fields=False,
            **kwargs,
        )

    def compress(self, data_list: list[Any]) -> datetime | None:
        """The instant, None when both parts are empty. Raises ValidationError for an hour of the night."""
        if not data_list or not any(part not in self.empty_values for part in data_list):
            return None
        day, hour = data_list
        if self.is_binding and not time(6) <= hour < time(23):
            raise ValidationError(_("Choisissez une heure entre 6 h et 23 h : personne ne doit veiller pour répondre."))
        return datetime.combine(day, hour, tzinfo=PARIS)


class DayField(forms.DateField):
    """A day, as a native input."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "input--short"}))
        super().__init__(**kwargs)
        self.error_messages["invalid"] = _("Indiquez un jour qui existe, par exemple 12/01/2027.")


def _plain_number(value: Any) -> Any:
    """« 12 000,50 € » as a machine writes it."""
    if not isinstance(value, str):
        return value
    for sign in (" ", "\u00a0", "\u202f", "€", "%"):
        value = value.replace(sign, "")
    return value.replace(",", ".")


class EurosField(forms.DecimalField):
    """An amount in euros, as people write it (« 12 000,50 »); gives a Decimal with two places at most."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("min_value", 0)
        kwargs.setdefault("max_digits", 14)
        kwargs.setdefault("decimal_places", 2)
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "class": "input--short"}))
        super().__init__(**kwargs)
        self.error_messages["invalid"] = _("Indiquez un montant en chiffres, par exemple 12 000.")

    def to_python(self, value: Any) -> Decimal | None:
        """The amount. Raises ValidationError when it is not a number."""
        return super().to_python(_plain_number(value))

    def prepare_value(self, value: Any) -> Any:
        """The amount with a comma, and cents only when there are some."""
        if isinstance(value, Decimal):
            whole = value == value.to_integral()
            return f"{value:.0f}" if whole else f"{value:.2f}".replace(".", ",")
        return value

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """A text input bears neither `min` nor `step`."""
        return {}


class PercentField(forms.Field):
    """A share as people write it (« 12,5 »); gives hundredths of a percent (1250)."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "class": "input--short"})
    default_error_messages = {
        "invalid": _("Indiquez un pourcentage entre 0 et 100, par exemple 35 ou 12,5."),
    }

    def to_python(self, value: Any) -> int | None:
        """Hundredths of a percent. Raises ValidationError outside of 0 to 100, or beyond two decimals."""
        if value in self.empty_values:
            return None
        try:
            hundredths = Decimal(_plain_number(value)) * 100
        except (InvalidOperation, TypeError):
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None
        if not hundredths.is_finite() or hundredths != hundredths.to_integral() or not 0 <= hundredths <= 10_000:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return int(hundredths)

    def prepare_value(self, value: Any) -> Any:
        """Percents with a comma from the hundredths kept; what was typed stays as typed."""
        if isinstance(value, int):
            return f"{Decimal(value) / 100:f}".replace(".", ",")
        return value


class VisitorEmailField(forms.EmailField):
    """The address of somebody without account, to which a link is sent; it is shown to nobody."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Votre courriel"))
        kwargs.setdefault("help_text", _("Il n’est jamais montré. Nous y envoyons un lien à confirmer."))
        super().__init__(
            max_length=254,
            error_messages={
                "required": _("Indiquez votre courriel : un lien vous y attend, rien ne se fait avant."),
                "invalid": _("Indiquez un courriel complet, par exemple nom@exemple.fr."),
            },
            widget=forms.EmailInput(attrs={"autocomplete": "email"}),
            **kwargs,
        )
