"""What editors do to the profiles that they tick in the list. Each asks its service, which decides for all of them."""

from typing import Any

from django import forms
from django.forms import BaseForm
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from wagtail.admin import messages
from wagtail.snippets.bulk_actions.snippet_bulk_action import SnippetBulkAction

from cms.catalogue.models import Profile
from cms.catalogue.moderation import curation
from cms.catalogue.moderation.forms import DomainChoiceForm
from cms.catalogue.moderation.permissions import NOT_AN_EDITOR, is_editor
from marketplace.accounts.pages import actor_of, now_of, show_refusal
from marketplace.journal.errors import NotAllowed, Refusal


class ProfileAction(SnippetBulkAction):
    """An act upon several profiles: a page that asks, then the service, in a transaction of its own."""

    template_name = "catalogue/moderation/bulk.html"
    question: Any = ""
    button: Any = ""

    # Profiles alone: other snippets have no such acts.
    models = (Profile,)

    def check_perm(self, obj: Profile) -> bool:
        """The right that the service asks for: it is the same for every profile."""
        return self.is_editor

    @cached_property
    def is_editor(self) -> bool:
        """Asked once, however many profiles are ticked."""
        return is_editor(self.request.user)

    def act(self, profiles: list[Profile], form: BaseForm) -> int:
        """Do it through the service; returns how many changed."""
        raise NotImplementedError

    def form_valid(self, form: BaseForm) -> HttpResponseBase:
        """Ask the service outside of Wagtail's transaction: an act opens its own, and undoes all of it when refused."""
        profiles, others = self.get_actionable_objects()
        if others["items_with_no_access"]:
            raise NotAllowed(NOT_AN_EDITOR)
        try:
            changed = self.act(profiles, form)
        except Refusal as refusal:
            show_refusal(form, refusal)
            return self.render_to_response(self.get_context_data(form=form), status=422)
        told = ngettext("%(count)s fiche changée.", "%(count)s fiches changées.", changed) % {"count": changed}
        messages.success(self.request, told)
        return redirect(self.next_url)

    @classmethod
    def execute_action(cls, objects: list[Profile], **kwargs: Any) -> tuple[int, int]:
        """Not used: the transaction around it would hold the act's."""
        raise NotImplementedError

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What is asked."""
        return super().get_context_data(question=self.question, button=self.button, title=self.display_name, **kwargs)

    @property
    def common(self) -> dict[str, Any]:
        """Who acts, and when."""
        return {"actor": actor_of(self.request), "now": now_of(self.request)}


class PutInDomain(ProfileAction):
    """Put in one more domain."""

    display_name = _("Ranger dans un domaine")
    action_type = "put_in_domain"
    aria_label = _("Ranger les fiches choisies dans un domaine")
    action_priority = 10
    form_class = DomainChoiceForm
    question = _("Dans quel domaine ranger ces fiches, en plus des leurs ?")
    button = _("Ranger ces fiches")

    def act(self, profiles: list[Profile], form: BaseForm) -> int:
        """Put."""
        return curation.put_in_domain(profiles=profiles, domain=form.cleaned_data["domain"], **self.common)


class MarkReviewed(ProfileAction):
    """Say that profiles were read again."""

    display_name = _("Marquer comme relues")
    action_type = "mark_reviewed"
    aria_label = _("Marquer les fiches choisies comme relues")
    action_priority = 20
    form_class = forms.Form
    question = _("Avez-vous relu ces fiches, et sont-elles encore vraies ?")
    button = _("Marquer ces fiches comme relues")

    def act(self, profiles: list[Profile], form: BaseForm) -> int:
        """Date the reading."""
        return curation.mark_reviewed(profiles=profiles, **self.common)


class Withdraw(ProfileAction):
    """Take off the lists."""

    display_name = _("Retirer du catalogue")
    action_type = "withdraw"
    aria_label = _("Retirer les fiches choisies du catalogue")
    action_priority = 40
    question = _("Retirer ces fiches des listes ? Leur page reste, datée, sans contact.")
    button = _("Retirer ces fiches")

    def act(self, profiles: list[Profile], form: BaseForm) -> int:
        """Withdraw."""
        return curation.withdraw(profiles=profiles, **self.common)


class PutBack(ProfileAction):
    """Put back on the lists."""

    display_name = _("Remettre au catalogue")
    action_type = "put_back"
    aria_label = _("Remettre les fiches choisies au catalogue")
    action_priority = 50
    question = _("Remettre ces fiches dans les listes ?")
    button = _("Remettre ces fiches")

    def act(self, profiles: list[Profile], form: BaseForm) -> int:
        """Put back."""
        return curation.put_back(profiles=profiles, **self.common)


class Unpublish(ProfileAction):
    """Make drafts again."""

    display_name = _("Dépublier")
    action_type = "unpublish"
    aria_label = _("Dépublier les fiches choisies")
    action_priority = 60
    question = _("Dépublier ces fiches ? Leur page ne répondra plus, leurs textes restent ici en brouillon.")
    button = _("Dépublier ces fiches")

    def act(self, profiles: list[Profile], form: BaseForm) -> int:
        """Unpublish."""
        return curation.unpublish(profiles=profiles, **self.common)


ACTIONS = (PutInDomain, MarkReviewed, Withdraw, PutBack, Unpublish)
