"""Which mails a person receives."""

from typing import Any

from django import forms
from django.forms import BaseForm
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.pages import ActView
from marketplace.mail.services import preferences, set_preference


class PreferencesView(ActView):
    """One box a kind of mail; legal notices are listed, and cannot be unticked."""

    template_name = "mail/preferences.html"
    page_title = _("Courriels que je reçois")
    page_lead = _("Décochez ce qui ne vous sert pas. Tout reste lisible sur le site.")
    submit_label = _("Enregistrer mes choix")
    success_message = _("Vos choix sont enregistrés.")
    back_url = reverse_lazy("accounts:account")
    success_url = reverse_lazy("mail:preferences")

    def get_form(self, form_class: type[BaseForm] | None = None) -> BaseForm:
        """A box for each kind that one may switch off."""
        form = super().get_form(form_class)
        for kind, wanted in preferences(self.request.user):
            if not kind.is_legal_notice:
                form.fields[kind.code] = forms.BooleanField(label=kind.label, required=False, initial=wanted)
        return form

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the kinds that always reach people."""
        legal = [kind for kind, _wanted in preferences(self.request.user) if kind.is_legal_notice]
        return super().get_context_data(legal=legal, **kwargs)

    def act(self, form: BaseForm) -> None:
        """Keep each choice."""
        for code, wanted in form.cleaned_data.items():
            set_preference(user=self.request.user, kind=code, wanted=wanted, now=self.now)
