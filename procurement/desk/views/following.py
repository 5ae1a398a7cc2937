"""Following a public call: by a confirmed address or with one's account; stopping in one click."""

from typing import Any

from django.forms import BaseForm, Form
from django.http import Http404
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as said
from django.utils.translation import gettext_lazy as _

from marketplace.accounts import limits
from marketplace.accounts.pages import ActView, LinkView, Page
from marketplace.ui.forms import VisitorEmailField
from procurement.calls.models import Follower
from procurement.calls.services import following
from procurement.desk.views.calls import PublicCallMixin

PRIVACY = _(
    "Votre courriel sert à vous dire ce qui change dans cet appel, et à rien d’autre ; l’acheteur ne le voit pas. Il "
    "est effacé quand vous arrêtez, ou au bout de 7 jours sans confirmation. Vos droits : page « Données "
    "personnelles »."
)


class FollowForm(Form):
    """One address."""

    email = VisitorEmailField()


class Follow(PublicCallMixin, ActView):
    """Follow a call, or stop when one follows it with one's account."""

    page_title = _("Suivre cet appel")
    page_lead = _("Vous êtes prévenu de chaque réponse, de chaque changement, d’un report ou d’un arrêt.")

    def load(self) -> None:
        """Read the call, and whether the person follows it."""
        super().load()
        self.has_account = self.actor.user_id is not None
        self.follower = following.followed_by(self.call, self.actor)
        if self.follower:
            self.page_title = _("Ne plus suivre cet appel")
            self.submit_label = _("Arrêter les courriels")
            self.success_message = _("C’est fait : vous ne recevrez plus de courriel sur cet appel.")
        else:
            self.submit_label = _("Suivre cet appel")
            self.success_message = _("Vous suivez cet appel.") if self.has_account else ""
        self.privacy = "" if self.has_account else PRIVACY

    def get_form_class(self) -> type[BaseForm]:
        """An address is asked of visitors only."""
        return Form if self.has_account else FollowForm

    def act(self, form: BaseForm) -> Any:
        """Follow, stop, or send the link."""
        common = {"actor": self.actor, "now": self.now}
        if self.follower:
            return following.stop(follower=self.follower, **common)
        if self.has_account:
            return following.follow(call=self.call, **common)
        email = form.cleaned_data["email"]
        limits.count_mail("calls", email, request=self.request, now=self.now)
        return following.ask_to_follow(call=self.call, email=email, **common)

    def get_success_url(self) -> str:
        """The call, or the page that says that a mail is on its way."""
        return self.get_back_url() if self.has_account else reverse("desk:mail_sent")


class MailSent(Page):
    """A mail is on its way."""

    public = True
    template_name = "desk/mail_sent.html"
    page_title = _("Regardez votre courriel")


class ByLink(LinkView):
    """What the link of a mail about a call leads to. Raises Http404 for a forged one."""

    template_name = "desk/by_link.html"
    follower: Follower

    def get_success_url(self) -> str:
        """The call."""
        return reverse("desk:call", args=[self.follower.call.reference])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The call."""
        return super().get_context_data(call=self.follower.call, **kwargs)


class ConfirmFollowing(ByLink):
    """An address follows once its link was followed and its button pressed."""

    page_title = _("Confirmer que je suis cet appel")
    submit_label = _("Suivre cet appel")
    success_message = _("Vous suivez cet appel. Chaque courriel dira comment arrêter.")

    def load(self) -> None:
        """Read whoever must confirm."""
        follower = following.asked_by(self.kwargs["token"])
        if follower is None:
            raise Http404
        self.follower = follower

    def why_closed(self) -> str:
        """Done, or too old."""
        if self.follower.confirmed_at is not None and self.follower.stopped_at is None:
            return said("C’est déjà confirmé : il n’y a rien à faire.")
        expires_at = self.follower.expires_at
        return following.too_old() if expires_at is None or expires_at <= self.now else ""

    def act(self, form: BaseForm) -> Follower:
        """Confirm."""
        return following.confirm(follower=self.follower, actor=self.actor, now=self.now)


class StopFollowing(ByLink):
    """No more mail about a call."""

    page_title = _("Ne plus suivre cet appel")
    submit_label = _("Arrêter les courriels")
    success_message = _("C’est fait : votre adresse est effacée.")
    back_url = reverse_lazy("desk:calls")

    def load(self) -> None:
        """Read whoever follows."""
        follower = following.follower_of(self.kwargs["token"])
        if follower is None:
            raise Http404
        self.follower = follower

    def why_closed(self) -> str:
        """Done."""
        return said("C’est déjà fait : votre adresse est effacée.") if self.follower.stopped_at else ""

    def act(self, form: BaseForm) -> None:
        """Erase the address."""
        following.stop(follower=self.follower, actor=self.actor, now=self.now)
