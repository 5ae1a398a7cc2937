"""Answering somebody who asks to act for an organisation: its owners do, the operator where it has nobody."""

from typing import Any

from django.contrib import messages
from django.forms import BaseForm
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from marketplace.accounts import services
from marketplace.accounts.models import JoinRequest
from marketplace.accounts.pages import ActView


class AnswerRequest(ActView):
    """One request, and two buttons; where one comes back to is `success_url`."""

    template_name = "accounts/answer_request.html"
    page_title = _("Répondre à une demande")
    join_request: JoinRequest

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the request."""
        nobody = self.join_request.organisation.has_nobody
        return super().get_context_data(join_request=self.join_request, becomes_owner=nobody, **kwargs)

    def act(self, form: BaseForm) -> Any:
        """Accept or decline, as the button says."""
        self.accepts = self.request.POST.get("answer") == "accept"
        answer = services.accept_member if self.accepts else services.decline_member
        return answer(request=self.join_request, actor=self.actor, now=self.now)

    def get_success_url(self) -> str:
        """Back, and say what was answered."""
        person = str(self.join_request.user)
        said = (
            _now("%(person)s fait partie de l’équipe.")
            if self.accepts
            else _now("La demande de %(person)s est refusée.")
        )
        messages.success(self.request, said % {"person": person})
        return str(self.success_url)
