"""One's own account: the hub, for whom one acts, one's data, the second factor that a role asks for."""

import json
from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from marketplace.accounts import own_data, second_factor
from marketplace.accounts.actors import SESSION_KEY
from marketplace.accounts.forms import CloseForm, NameForm
from marketplace.accounts.landing import home_of
from marketplace.accounts.models import JoinRequest, Membership
from marketplace.accounts.pages import ActView, Page


def memberships_of(user: Any) -> list[Membership]:
    """The active memberships of a person, with their organisations."""
    return list(Membership.objects.active().filter(user=user).select_related("organisation"))


class AccountView(Page):
    """The hub: who one is here, for whom one acts, and every page of the account."""

    template_name = "accounts/account.html"
    page_title = _("Mon compte")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Memberships, requests without an answer, state of the second factor."""
        user = self.request.user
        spaces = [(membership, home_of(membership.organisation)) for membership in memberships_of(user)]
        return super().get_context_data(
            spaces_of_mine=spaces,
            requests=JoinRequest.objects.pending().filter(user=user).select_related("organisation"),
            has_second_factor=second_factor.is_set_up(user),
            second_factor_reason=second_factor.reason_for(user),
            **kwargs,
        )


class SwitchView(Page):
    """For whom one acts. GET shows, POST chooses."""

    template_name = "accounts/switch.html"
    page_title = _("Pour qui agissez-vous ?")
    page_lead = _("Vous avez plusieurs rôles : un seul à la fois, pour que chaque acte porte le bon nom.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The organisations of the person."""
        return super().get_context_data(memberships=memberships_of(self.request.user), **kwargs)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Choose one of one's own organisations. Raises Http404 for any other."""
        own = Membership.objects.active().filter(user=request.user).select_related("organisation")
        chosen = next((one for one in own if str(one.pk) == request.POST.get("membership")), None)
        if chosen is None:
            messages.error(request, _now("Choisissez une des organisations de la liste."))
            return redirect("accounts:switch")
        request.session[SESSION_KEY] = str(chosen.organisation_id)
        back = request.session.pop(second_factor.COME_BACK, "")
        return redirect(back or home_of(chosen.organisation))


class SecondFactorView(Page):
    """Why a second factor is needed, and the two ways to set one up."""

    template_name = "accounts/second_factor.html"
    page_title = _("Une double vérification est nécessaire")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The reason, and whether the person has one that this session did not show."""
        user = self.request.user
        return super().get_context_data(
            reason=second_factor.reason_for(user), is_set_up=second_factor.is_set_up(user), **kwargs
        )


class SecondFactorDoneView(Page):
    """Back to the page that was asked for."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Nothing changes here: the address was kept by the page that sent the person away."""
        return redirect(second_factor.way_back(request))


class MyDataView(Page):
    """What the site holds of a person, and their rights."""

    template_name = "accounts/my_data.html"
    page_title = _("Mes données")
    page_lead = _("Ce que nous savons de vous, et ce que vous pouvez en faire. Tout de suite, sans rien justifier.")


class ExportView(Page):
    """Everything, as one JSON file."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The file."""
        content = json.dumps(own_data.export_of(request.user, now=self.now), ensure_ascii=False, indent=2)
        answer = HttpResponse(content, content_type="application/json; charset=utf-8")
        answer["Content-Disposition"] = 'attachment; filename="mes-donnees.json"'
        answer["Cache-Control"] = "no-store"
        return answer


class CorrectNameView(ActView):
    """One's name, as others read it."""

    form_class = NameForm
    page_title = _("Corriger mon nom")
    page_lead = _("Les documents déjà écrits gardent le nom avec lequel ils ont été faits.")
    submit_label = _("Corriger mon nom")
    success_message = _("Votre nom est corrigé.")
    back_url = success_url = reverse_lazy("accounts:my_data")

    def get_initial(self) -> dict[str, str]:
        """The present one."""
        return {"first_name": self.request.user.first_name, "last_name": self.request.user.last_name}

    def act(self, form: BaseForm) -> Any:
        """Correct it."""
        return own_data.correct_name(user=self.request.user, actor=self.actor, **form.cleaned_data)


class CloseView(ActView):
    """The end of an account: the page says what goes and what the law keeps."""

    form_class = CloseForm
    template_name = "accounts/close.html"
    page_title = _("Fermer mon compte")
    page_lead = _("Vous quittez vos équipes et vous ne pourrez plus vous connecter. Cela ne s’annule pas.")
    submit_label = _("Fermer mon compte")
    back_url = reverse_lazy("accounts:my_data")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The organisations that hold the person back."""
        return super().get_context_data(alone=own_data.alone_in_charge_of(self.request.user), **kwargs)

    def act(self, form: BaseForm) -> None:
        """Close it, and leave."""
        own_data.close_account(user=self.request.user, actor=self.actor, now=self.now)
        logout(self.request)
        messages.success(self.request, _now("Votre compte est fermé. Merci d’être passé."))

    def get_success_url(self) -> str:
        """The door."""
        return reverse("account_login")
