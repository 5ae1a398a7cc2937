"""What the operator of the site does: vouch for the identity of buyers."""

from typing import Any

from django.forms import BaseForm
from django.urls import reverse_lazy
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.generic import ListView

from marketplace.accounts.models import Membership, Organisation
from marketplace.accounts.pages import ActView, SignedIn, Titled
from marketplace.accounts.permissions import NOT_THE_OPERATOR, Verdict, can, visible_or_404
from marketplace.accounts.services import verify_organisation

QUEUE = reverse_lazy("accounts:verify_buyers")


class VerifyBuyersView(SignedIn, Titled, ListView):
    """The buyers that wait, oldest first."""

    template_name = "accounts/verify_buyers.html"
    page_title = _("Acheteurs à vérifier")
    page_lead = _("Un acheteur prépare ses appels sans attendre. Il ne les publie qu’après votre vérification.")
    paginate_by = 25

    def allowed(self) -> Verdict:
        """People of the operator."""
        membership = self.actor.membership()
        operates = membership is not None and membership.organisation.kind == Organisation.Kind.OPERATOR
        return Verdict.yes() if operates else Verdict.no(NOT_THE_OPERATOR)

    def get_queryset(self) -> Any:
        """Those that wait."""
        return Organisation.objects.visible_to(self.actor) & Organisation.objects.awaiting_verification()


class VerifyBuyerView(ActView):
    """One buyer: what it said, what the register says, who registered it."""

    template_name = "accounts/verify_buyer.html"
    submit_label = _("Confirmer son identité")
    success_message = _("L’identité est confirmée. L’acheteur vient d’en être prévenu.")
    back_url = success_url = QUEUE

    def load(self) -> None:
        """Read the buyer. Raises Http404 for anybody but the operator."""
        self.organisation = visible_or_404(Organisation.objects.buyers(), self.actor, pk=self.kwargs["pk"])

    def allowed(self) -> Verdict:
        """People of the operator."""
        return can(self.actor, "organisation.verify", self.organisation)

    def get_page_title(self) -> str:
        """Which buyer."""
        return _now("Vérifier %(name)s") % {"name": self.organisation}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the people who registered it."""
        people = Membership.objects.active().filter(organisation=self.organisation).select_related("user")
        return super().get_context_data(organisation=self.organisation, people=people, **kwargs)

    def act(self, form: BaseForm) -> Organisation:
        """Vouch for it."""
        return verify_organisation(organisation=self.organisation, actor=self.actor, now=self.now)
