"""The team of an organisation: who is in it, invitations, requests, roles, departures."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import reverse, reverse_lazy
from django.utils.http import urlencode
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from marketplace.accounts import invitations, services
from marketplace.accounts.actors import SESSION_KEY, Actor
from marketplace.accounts.forms import InviteForm, RoleForm
from marketplace.accounts.landing import home_of
from marketplace.accounts.models import Invitation, JoinRequest, Membership, Organisation
from marketplace.accounts.pages import ActView, Page
from marketplace.accounts.permissions import Verdict, can, visible_or_404
from marketplace.accounts.views.answering import AnswerRequest

LAST_OWNER = _("Une organisation garde toujours un responsable. Le dernier en nomme un autre avant de partir.")
TEAM = reverse_lazy("accounts:team")


class OfTeam:
    """A page about the organisation for which one acts; without any, 404."""

    organisation: Organisation

    def load(self) -> None:
        """Read the organisation. Raises Http404 for somebody who acts for none."""
        self.organisation = visible_or_404(Organisation.objects, self.actor, pk=self.actor.organisation_id)


class OwnersOnly(OfTeam):
    """The same, for owners."""

    def allowed(self) -> Verdict:
        """Owners manage the team."""
        return can(self.actor, "organisation.manage", self.organisation)


class TeamView(OfTeam, Page):
    """Everybody, and what waits for an owner."""

    template_name = "accounts/team.html"
    page_title = _("Équipe")

    def get_page_lead(self) -> str:
        """Whose team."""
        return self.organisation.name

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Members, invitations and requests, in three queries whatever their number."""
        members = Membership.objects.active().filter(organisation=self.organisation).select_related("user")
        is_owner = bool(can(self.actor, "organisation.manage", self.organisation))
        waiting = JoinRequest.objects.pending().filter(organisation=self.organisation).select_related("user")
        invited = Invitation.objects.open(self.now).filter(organisation=self.organisation)
        return super().get_context_data(
            organisation=self.organisation,
            members=members,
            own_membership=self.actor.membership_id,
            is_owner=is_owner,
            requests=waiting if is_owner else [],
            invitations=invited if is_owner else [],
            last_owner=LAST_OWNER,
            **kwargs,
        )


class InviteView(OwnersOnly, ActView):
    """Invite an address."""

    form_class = InviteForm
    page_title = _("Inviter une personne")
    page_lead = _("Elle reçoit un lien par courriel. Rien ne se fait avant qu’elle l’accepte.")
    submit_label = _("Envoyer l’invitation")
    success_message = _("L’invitation est partie.")
    back_url = success_url = TEAM

    def act(self, form: BaseForm) -> Invitation:
        """Send it."""
        return invitations.invite_member(
            organisation=self.organisation, actor=self.actor, now=self.now, **form.cleaned_data
        )


class CancelInvitationView(OwnersOnly, ActView):
    """Take an invitation back."""

    page_title = _("Retirer une invitation")
    submit_label = _("Retirer l’invitation")
    success_message = _("L’invitation est retirée : son lien ne mène plus à rien.")
    back_url = success_url = TEAM

    def load(self) -> None:
        """Read the invitation. Raises Http404 for one of another organisation."""
        super().load()
        self.invitation = visible_or_404(Invitation.objects, self.actor, pk=self.kwargs["pk"])

    def get_page_lead(self) -> str:
        """Whose invitation."""
        return _now("Le lien envoyé à %(email)s cessera de fonctionner.") % {"email": self.invitation.email}

    def act(self, form: BaseForm) -> Invitation:
        """Cancel it."""
        return invitations.cancel_invitation(invitation=self.invitation, actor=self.actor, now=self.now)


class AskVerificationView(OwnersOnly, ActView):
    """Ask the operator to vouch for the organisation."""

    page_title = _("Faire vérifier votre organisation")
    page_lead = _(
        "Nous appelons votre entreprise au numéro de son site public, puis nous vous écrivons. C’est gratuit, et sans "
        "effet sur votre rang dans le catalogue."
    )
    submit_label = _("Demander la vérification")
    success_message = _("Votre demande est partie. Nous y répondons par courriel.")
    back_url = success_url = TEAM

    def act(self, form: BaseForm) -> Any:
        """Ask."""
        return services.ask_verification(organisation=self.organisation, actor=self.actor, now=self.now)


class AnswerRequestView(OwnersOnly, AnswerRequest):
    """Answer somebody who asks to join one's team."""

    back_url = success_url = TEAM

    def load(self) -> None:
        """Read the request. Raises Http404 for one to another organisation."""
        super().load()
        self.join_request = visible_or_404(
            JoinRequest.objects.select_related("user", "organisation"),
            self.actor,
            pk=self.kwargs["pk"],
            organisation=self.organisation,
        )


class _OfMember(OfTeam, ActView):
    """An act on a member of the team."""

    back_url = success_url = TEAM

    def load(self) -> None:
        """Read the member. Raises Http404 for somebody of another team."""
        super().load()
        self.membership = visible_or_404(
            Membership.objects.active().select_related("user", "organisation"),
            self.actor,
            pk=self.kwargs["pk"],
            organisation=self.organisation,
        )

    @property
    def is_oneself(self) -> bool:
        """Whether the person acts on their own membership."""
        return self.membership.pk == self.actor.membership_id


class ChangeRoleView(_OfMember):
    """Give a person another role."""

    form_class = RoleForm
    submit_label = _("Changer le rôle")
    success_message = _("Le rôle est changé.")
    page_lead = LAST_OWNER

    def allowed(self) -> Verdict:
        """Owners manage the team."""
        return can(self.actor, "organisation.manage", self.organisation)

    def get_page_title(self) -> str:
        """Whose role."""
        return _now("Rôle de %(person)s") % {"person": self.membership.user}

    def get_initial(self) -> dict[str, str]:
        """The present role."""
        return {"role": self.membership.role}

    def act(self, form: BaseForm) -> Membership:
        """Change it."""
        return services.change_role(
            membership=self.membership, role=form.cleaned_data["role"], actor=self.actor, now=self.now
        )


class EndMembershipView(_OfMember):
    """Leave the team, or take a person off it."""

    page_lead = _("L’accès s’arrête tout de suite. Ce qui a été fait reste, sous le même nom.")

    def allowed(self) -> Verdict:
        """Everybody may leave; owners take others off."""
        return can(self.actor, "membership.end", self.membership)

    def get_page_title(self) -> str:
        """Who leaves."""
        if self.is_oneself:
            return _now("Quitter l’équipe")
        return _now("Retirer %(person)s de l’équipe") % {"person": self.membership.user}

    @property
    def submit_label(self) -> str:
        """What the button does."""
        return _now("Quitter l’équipe") if self.is_oneself else _now("Retirer de l’équipe")

    def act(self, form: BaseForm) -> Membership:
        """End the membership."""
        return services.end_membership(membership=self.membership, actor=self.actor, now=self.now)

    def get_success_url(self) -> str:
        """The team, or the account for somebody who has left it."""
        messages.success(self.request, _now("C’est fait."))
        return reverse("accounts:account") if self.is_oneself else str(TEAM)


class InvitationView(ActView):
    """An invitation, at its signed address. GET shows (mail scanners follow links), POST accepts."""

    public = True
    template_name = "accounts/invitation.html"
    submit_label = _("Rejoindre l’équipe")

    def load(self) -> None:
        """Read it. Raises Http404 for an address that nobody signed."""
        found = invitations.find(self.kwargs["token"])
        if found is None:
            raise Http404
        self.invitation = found

    def get_page_title(self) -> str:
        """Whose team."""
        return _now("Rejoindre %(organisation)s") % {"organisation": self.invitation.organisation}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What holds, and for whom."""
        user = self.request.user
        closed = invitations.why_closed(self.invitation, self.now)
        verdict = can(self.actor, "invitation.accept", self.invitation) if user.is_authenticated else Verdict.yes()
        back = {"next": self.request.path}
        return super().get_context_data(
            invitation=self.invitation,
            closed=closed,
            verdict=verdict,
            signin_url=f"{reverse('account_login')}?{urlencode(back)}",
            signup_url=f"{reverse('account_signup')}?{urlencode({**back, 'email': self.invitation.email})}",
            **kwargs,
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Sign in first: the address must be proven."""
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        return super().post(request, *args, **kwargs)

    def act(self, form: BaseForm) -> Membership:
        """Join."""
        # Whatever organisation the person acts for elsewhere, they join as themselves.
        person = Actor.person(self.request.user)
        return invitations.accept_invitation(invitation=self.invitation, actor=person, now=self.now)

    def get_success_url(self) -> str:
        """The space of the organisation just joined."""
        organisation = self.invitation.organisation
        self.request.session[SESSION_KEY] = str(organisation.pk)
        messages.success(self.request, _now("Vous agissez maintenant pour « %(name)s ».") % {"name": organisation})
        return home_of(organisation)
