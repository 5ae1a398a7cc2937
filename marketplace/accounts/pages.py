"""Pages on which people act: one page, one act, its refusals shown where they are useful.

A view of a room inherits from `Page` (something to read) or `ActView` (one act). Who asks and at what time are read
once per request.
"""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ImproperlyConfigured
from django.forms import BaseForm, Form
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView, TemplateView
from django.views.generic.base import ContextMixin, View

from marketplace.accounts.actors import Actor
from marketplace.accounts.actors import actor_of as read_actor
from marketplace.accounts.limits import TooMany
from marketplace.accounts.permissions import Verdict
from marketplace.accounts.resending import session_over
from marketplace.journal import clock
from marketplace.journal.errors import NotAllowed, Refusal

REFUSED = frozenset({HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY})
ACCEPT = "accept-"
"""Prefix of the boxes in which a person writes why they pass a warning of the rule book."""


def actor_of(request: HttpRequest) -> Actor:
    """Who asks, read once per request."""
    if not hasattr(request, "_read_actor"):
        request._read_actor = read_actor(request)
    return cast(Actor, request._read_actor)


def now_of(request: HttpRequest) -> datetime:
    """The instant (UTC) of a request, read once. A seal reads the clock by itself, once its body is in our hands."""
    if not hasattr(request, "_read_now"):
        request._read_now = clock.now()
    return cast(datetime, request._read_now)


class SignedIn(View):
    """A view for people with an account; others sign in first and come back. `public` opens it to all.

    `load` reads what the address names, before anything else: an object one may not see answers 404 there. `find` reads
    what lies inside it, of which people without the right to the page must not even learn whether it exists.
    """

    public = False

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Send visitors to sign in, with what they typed held; then read the objects, then ask for the right."""
        if not self.public and not request.user.is_authenticated:
            return session_over(request) or redirect_to_login(request.get_full_path())
        self.actor, self.now = actor_of(request), now_of(request)
        self.load()
        verdict = self.allowed()
        if not verdict:
            raise NotAllowed(verdict.reason)
        self.find()
        return super().dispatch(request, *args, **kwargs)

    def load(self) -> None:
        """Read what the address names. Raises Http404 for what is absent or hidden."""

    def allowed(self) -> Verdict:
        """Whether the actor may open the page, asked on reading and on acting."""
        return Verdict.yes()

    def find(self) -> None:
        """Read what only those with the right may look for. Raises Http404 for what is absent."""


class Titled(ContextMixin):
    """Title and lead of a page, as attributes or as methods `get_page_title` and `get_page_lead`."""

    page_title = ""
    page_lead = ""

    def get_page_title(self) -> str:
        """Title of the page, in French."""
        return self.page_title

    def get_page_lead(self) -> str:
        """One sentence under the title."""
        return self.page_lead

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Context of the page."""
        return super().get_context_data(page_title=self.get_page_title(), page_lead=self.get_page_lead(), **kwargs)

    def render_to_response(self, context: dict[str, Any], **response_kwargs: Any) -> HttpResponse:
        """The page; `is_refused` makes its title begin with « Erreur : » when what was sent did not pass (ux § 7)."""
        context.setdefault("is_refused", response_kwargs.get("status") in REFUSED)
        return super().render_to_response(context, **response_kwargs)


class Page(SignedIn, Titled, TemplateView):
    """A page to read."""


class Accepting(View):
    """A page on which warnings of the rule book are passed with a written reason."""

    def accepted(self) -> dict[str, str]:
        """Reasons written to pass warnings, by rule id."""
        return {
            name.removeprefix(ACCEPT): text.strip()
            for name, text in self.request.POST.items()
            if name.startswith(ACCEPT) and text.strip()
        }


class ActView(SignedIn, Accepting, Titled, FormView):
    """A page on which one act is done: GET shows, POST asks the service, which decides.

    Attributes:
        submit_label: What the button does (verb and object).
        law: Summary, text and articles of what the law says there, or empty.
        back_url: Where « Annuler » leads.
        success_message: What is said after the act.
    """

    template_name = "layout/act.html"
    form_class = Form
    submit_label: Any = _("Enregistrer")
    law: tuple[Any, ...] = ()
    back_url = ""
    success_message: Any = ""
    privacy: Any = ""
    result: Any = None

    def act(self, form: BaseForm) -> Any:
        """Do the act through its service. Its refusals become errors of the form."""
        raise ImproperlyConfigured(f"{type(self).__name__} does not say what its act is")

    def form_valid(self, form: BaseForm) -> HttpResponse:
        """Act, then show the next page; a refusal shows this one again, with everything typed."""
        try:
            self.result = self.act(form)
        except NotAllowed:
            raise
        except Refusal as refusal:
            show_refusal(form, refusal, accepted=self.accepted())
            response = self.form_invalid(form)
            if isinstance(refusal, TooMany):
                response.status_code = HTTPStatus.TOO_MANY_REQUESTS
            return response
        if self.success_message:
            messages.success(self.request, self.get_success_message())
        return redirect(self.get_success_url())

    def get_success_message(self) -> str:
        """What is said after the act."""
        return str(self.success_message)

    def get_back_url(self) -> str:
        """Where « Annuler » leads."""
        return self.back_url

    def form_invalid(self, form: BaseForm) -> HttpResponse:
        """The page again, with its errors; 422 tells programs what 200 would hide."""
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Context of the page of an act."""
        return super().get_context_data(
            submit_label=self.submit_label,
            law=self.law,
            back_url=self.get_back_url(),
            privacy=self.privacy,
            **kwargs,
        )


class LinkView(ActView):
    """What a link of a mail leads to: read by GET, done by POST; no account is asked."""

    public = True

    def why_closed(self) -> str:
        """Why there is nothing to press; empty while there is."""
        return ""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Why the link does nothing any more, if so."""
        return super().get_context_data(closed=self.why_closed(), **kwargs)


def show_refusal(form: BaseForm, refusal: Refusal, *, accepted: Mapping[str, str] | None = None) -> None:
    """Put a refusal into a form: findings of the rule book apart, other reasons among its errors."""
    form.findings = list(getattr(refusal, "findings", ()))
    form.accepted = dict(accepted or {})
    if not form.findings:
        for reason in refusal.reasons:
            form.add_error(None, reason)
