"""« Reprendre dans un appel »: a buyer links a need of citizens to one of their calls in one click, and may undo it."""

from typing import Any

from django import forms
from django.http import Http404
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from cms.needs.models import Need, TakeUp
from marketplace.accounts.pages import ActView
from marketplace.accounts.permissions import Verdict, can
from procurement.calls.models import Call
from procurement.desk import needs


class CallField(forms.ModelChoiceField):
    """One of the calls that the person writes, by its reference."""

    def __init__(self) -> None:
        super().__init__(
            queryset=Call.objects.none(),
            to_field_name="reference",
            label=_("Appel"),
            error_messages={
                "required": _("Choisissez un appel."),
                "invalid_choice": _("Choisissez un appel que vous rédigez."),
            },
        )


class TakeUpForm(forms.Form):
    """The call whose button was pressed."""

    call = CallField()


class OfNeed(ActView):
    """An act of a buyer upon a published need."""

    def load(self) -> None:
        """Read the need. Raises Http404 for one that is not published."""
        need = Need.objects.published().with_state().filter(slug=self.kwargs["slug"]).first()
        if need is None:
            raise Http404
        self.need = need

    def allowed(self) -> Verdict:
        """Somebody of a verified buyer."""
        return can(self.actor, "need.take_up", self.need)

    def get_back_url(self) -> str:
        """The need."""
        return self.need.get_absolute_url()

    def get_success_url(self) -> str:
        """The need."""
        return self.need.get_absolute_url()


class TakeUpNeed(OfNeed):
    """The calls one writes, a button for each; and those that study this need already, with a way out."""

    template_name = "desk/take_up.html"
    page_title = _("Reprendre un besoin dans un appel")
    page_lead = _("Un clic suffit. Les personnes qui suivent ce besoin en sont prévenues.")
    form_class = TakeUpForm

    def get_form(self, form_class: Any = None) -> forms.Form:
        """The form, over the calls of this person."""
        form = super().get_form(form_class)
        form.fields["call"].queryset = needs.calls_open_to(self.actor, self.need)
        return form

    def act(self, form: forms.Form) -> TakeUp:
        """Link them."""
        return needs.take_up(need=self.need, call=form.cleaned_data["call"], actor=self.actor, now=self.now)

    def get_success_message(self) -> str:
        """What follows."""
        if self.result.published_at:
            return _("Ce besoin est repris par l’appel %(call)s.") % {"call": self.result.call_reference}
        return _(
            "Ce besoin est « en étude » par votre organisation. L’appel %(call)s ne sera nommé qu’une fois publié."
        ) % {"call": self.result.call_reference}

    success_message = _("Ce besoin est repris.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The need and the calls."""
        calls = list(needs.calls_open_to(self.actor, self.need))
        studies = list(needs.studies_of(self.actor, self.need))
        return super().get_context_data(need=self.need, calls=calls, studies=studies, **kwargs)


class GiveNeedBack(OfNeed):
    """Undo a take-up while its call is not published."""

    page_title = _("Ne plus reprendre ce besoin")
    submit_label = _("Ne plus le reprendre")
    success_message = _("Votre organisation n’étudie plus ce besoin. Les personnes qui le suivent en sont prévenues.")

    def load(self) -> None:
        """Read the take-up. Raises Http404 for one that is not of a call one writes, or is over."""
        super().load()
        studies = needs.studies_of(self.actor, self.need)
        taken = studies.select_related("need").filter(call_reference=self.kwargs["reference"]).first()
        if taken is None:
            raise Http404
        self.taken = taken

    def get_page_lead(self) -> str:
        """What follows."""
        return _now(
            "L’appel %(call)s ne citera pas « %(need)s », qui redevient ouvert à tous les acheteurs. Vous pourrez le "
            "reprendre à nouveau."
        ) % {"call": self.taken.call_reference, "need": self.need.title}

    def act(self, form: forms.Form) -> TakeUp:
        """Undo it."""
        return needs.give_back(taken=self.taken, actor=self.actor, now=self.now)
