"""Which mails a person receives."""

from typing import Any

from django import forms
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt

from marketplace.accounts.models import User
from marketplace.accounts.pages import ActView, LinkView
from marketplace.mail.kinds import kind_of
from marketplace.mail.links import asked_to_stop
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


@method_decorator(csrf_exempt, name="dispatch")
class StopView(LinkView):
    """Switch one kind of mail off from the mail itself: its link is the proof, a mail program may press it alone."""

    template_name = "layout/by_link.html"
    submit_label = _("Ne plus recevoir ces courriels")
    success_message = _("C’est fait. Vous pouvez les reprendre dans votre compte, rubrique Courriels.")
    success_url = "/"

    def load(self) -> None:
        """Read whose mail and which kind. Raises Http404 for a forged link, or a kind that is no more."""
        asked = asked_to_stop(self.kwargs["token"])
        person = User.objects.filter(pk=asked[0], is_active=True).first() if asked else None
        if asked is None or person is None:
            raise Http404
        try:
            self.kind = kind_of(asked[1])
        except LookupError as error:
            raise Http404 from error
        self.person = person

    def get_page_title(self) -> str:
        """Which kind."""
        return _now("Ne plus recevoir « %(kind)s »") % {"kind": self.kind.label}

    def get_page_lead(self) -> str:
        """Nothing else changes."""
        return _now("Les autres courriels continuent. Tout reste lisible sur le site.")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Done by the button of the page, or of a mail program, which follows no redirection (RFC 8058)."""
        answer = super().post(request, *args, **kwargs)
        pressed_elsewhere = request.POST.get("List-Unsubscribe") == "One-Click"
        return HttpResponse(status=200) if pressed_elsewhere and answer.status_code == 302 else answer

    def act(self, form: BaseForm) -> None:
        """Keep the choice."""
        set_preference(user=self.person, kind=self.kind.code, wanted=False, now=self.now)
