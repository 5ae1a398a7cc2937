"""What the operator of the site does: vouch for the identity of organisations."""

from typing import Any

from django.forms import BaseForm, CharField, Form, Textarea
from django.urls import reverse_lazy
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.generic import ListView

from marketplace.accounts.models import JoinRequest, Membership, Organisation
from marketplace.accounts.pages import ActView, SignedIn, Titled
from marketplace.accounts.permissions import NOT_THE_OPERATOR, Verdict, can, visible_or_404
from marketplace.accounts.services import LONGEST_REASON, refuse_verification, verify_organisation
from marketplace.accounts.views.answering import AnswerRequest

QUEUE = reverse_lazy("accounts:verify_buyers")


class VerifyBuyersView(SignedIn, Titled, ListView):
    """The buyers that wait, and the companies that asked, oldest first."""

    template_name = "accounts/verify_buyers.html"
    page_title = _("Organisations à vérifier")
    page_lead = _(
        "Un acheteur prépare ses appels sans attendre ; il ne les publie qu’après votre vérification. Une entreprise "
        "la demande pour reprendre la fiche de son SIREN."
    )
    paginate_by = 25

    def allowed(self) -> Verdict:
        """People of the operator."""
        membership = self.actor.membership()
        operates = membership is not None and membership.organisation.kind == Organisation.Kind.OPERATOR
        return Verdict.yes() if operates else Verdict.no(NOT_THE_OPERATOR)

    def get_queryset(self) -> Any:
        """Those that wait."""
        return Organisation.objects.visible_to(self.actor) & Organisation.objects.awaiting_verification()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """And whoever asks to act for an organisation that nobody acts for yet."""
        requests = JoinRequest.objects.pending().ownerless().select_related("user", "organisation")
        return super().get_context_data(requests=requests, **kwargs)


class AnswerOwnerlessView(AnswerRequest):
    """Answer somebody who asks to act for an organisation that nobody acts for: a register named it."""

    back_url = success_url = QUEUE

    def load(self) -> None:
        """Read the request. Raises Http404 for one that an owner answers, and for anybody but the operator."""
        rows = JoinRequest.objects.ownerless().select_related("user", "organisation")
        self.join_request = visible_or_404(rows, self.actor, pk=self.kwargs["pk"])

    def allowed(self) -> Verdict:
        """People of the operator."""
        return can(self.actor, "organisation.answer_join_request", self.join_request)


class VerifyBuyerView(ActView):
    """One organisation: what it said, what the register says, who registered it."""

    template_name = "accounts/verify_buyer.html"
    submit_label = _("Confirmer son identité")
    success_message = _("L’identité est confirmée. Ses responsables viennent d’en être prévenus.")
    back_url = success_url = QUEUE

    def load(self) -> None:
        """Read the organisation. Raises Http404 for anybody but the operator."""
        self.organisation = visible_or_404(Organisation.objects, self.actor, pk=self.kwargs["pk"])

    def allowed(self) -> Verdict:
        """People of the operator."""
        return can(self.actor, "organisation.verify", self.organisation)

    def get_page_title(self) -> str:
        """Which organisation."""
        return _now("Vérifier %(name)s") % {"name": self.organisation}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the people who registered it."""
        people = Membership.objects.active().filter(organisation=self.organisation).select_related("user")
        return super().get_context_data(organisation=self.organisation, people=people, **kwargs)

    def act(self, form: BaseForm) -> Organisation:
        """Vouch for it."""
        return verify_organisation(organisation=self.organisation, actor=self.actor, now=self.now)


class RefusalForm(Form):
    """Why the operator cannot vouch for an organisation."""

    reason = CharField(
        label=_("Ce qui manque, ou ce qui ne correspond pas"),
        help_text=_("Ses responsables liront cette phrase. Dites ce qu’ils peuvent faire."),
        max_length=LONGEST_REASON,
        widget=Textarea({"rows": 4}),
        error_messages={"required": _("Dites ce qui manque : ses responsables le liront.")},
    )


class RefuseVerificationView(VerifyBuyerView):
    """Say no, with the reason."""

    template_name = "layout/act.html"
    form_class = RefusalForm
    submit_label = _("Envoyer cette réponse")
    success_message = _("La réponse est partie. L’organisation peut demander la vérification à nouveau.")
    page_lead = _(
        "L’organisation garde son compte ; elle ne publie rien et ne reprend aucune fiche tant qu’elle attend."
    )

    def get_page_title(self) -> str:
        """Which organisation."""
        return _now("Ne pas confirmer %(name)s") % {"name": self.organisation}

    def act(self, form: BaseForm) -> Organisation:
        """Refuse it."""
        reason = form.cleaned_data["reason"]
        return refuse_verification(organisation=self.organisation, reason=reason, actor=self.actor, now=self.now)
