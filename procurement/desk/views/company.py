"""The space of a company: what to do now, open calls, its letters; and a letter, read by both sides."""

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.models import Organisation
from marketplace.accounts.pages import ActView, Page
from marketplace.accounts.permissions import Verdict, can, visible_or_404
from procurement.correspondence.models import Letter
from procurement.correspondence.services import record_reading
from procurement.desk import companies, public_calls

PER_PAGE = 25


class CompanyPage(Page):
    """A page for people who act for a firm."""

    firm: Organisation

    def load(self) -> None:
        """Read the firm one acts for. Raises Http404 for anybody else."""
        firm = Organisation.objects.suppliers().filter(pk=self.actor.organisation_id).first()
        if firm is None:
            raise Http404
        self.firm = firm


class CompanyHome(CompanyPage):
    """The space of a company: tasks by deadline, open calls that may fit."""

    template_name = "desk/company_home.html"
    page_title = _("Mon espace")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What the firm owes now; calls by nearest deadline."""
        calls, is_fitting = companies.open_calls(self.firm, self.now)
        return super().get_context_data(
            firm=self.firm,
            todos=companies.todos(self.actor, self.firm, self.now),
            cards=public_calls.cards(calls),
            is_fitting=is_fitting,
            followed=companies.followed_calls(self.actor),
            **kwargs,
        )


class CompanyMessages(CompanyPage):
    """Every letter that a company received."""

    template_name = "desk/company_messages.html"
    page_title = _("Messages")
    page_lead = _("Les lettres des acheteurs. Certaines font courir un délai : lisez-les vite.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Letters, newest first."""
        letters = Letter.objects.received_by(self.firm.pk).select_related("call__lead_buyer")
        page = Paginator(letters, PER_PAGE).get_page(self.request.GET.get("page"))
        return super().get_context_data(page=page, **kwargs)


class LetterPage(ActView):
    """One letter: what it is, its document, and the proof of reading, given by the firm itself and by nobody else."""

    template_name = "desk/letter.html"
    submit_label = _("J’ai lu ce courrier")
    success_message = _("Votre lecture est enregistrée, avec sa date.")

    def load(self) -> None:
        """Read the letter. Raises Http404 when absent or hidden."""
        letters = Letter.objects.select_related(
            "call__lead_buyer",
            "lot",
            "recipient",
            "read_by",
            "document__rendering__stored_file",
            "reasons_request",
        )
        self.letter = visible_or_404(letters, self.actor, pk=self.kwargs["letter_id"])
        self.is_recipient = self.actor.acts_for(self.letter.recipient_id)

    def allowed(self) -> Verdict:
        """Reading for both sides; the proof of reading for the firm alone."""
        action = "letter.acknowledge" if self.request.method == "POST" else "letter.read"
        return can(self.actor, action, self.letter)

    def get_page_title(self) -> str:
        """What the letter is."""
        return self.letter.get_kind_display()

    def act(self, form: Any) -> Letter:
        """Record the reading."""
        return record_reading(letter=self.letter, actor=self.actor, now=self.now)

    def get_success_url(self) -> str:
        """The same page."""
        return reverse("desk:letter", args=[self.letter.pk])

    def get_back_url(self) -> str:
        """All letters, on the side of the reader."""
        if self.is_recipient:
            return reverse("desk:company_messages")
        return reverse("desk:messages", args=[self.letter.call.reference])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The letter, and whether this person may say that it was read."""
        return super().get_context_data(
            letter=self.letter,
            is_recipient=self.is_recipient,
            may_acknowledge=self.is_recipient and self.letter.read_at is None,
            may_ask_reasons=can(self.actor, "reasons.ask", self.letter),
            asked=getattr(self.letter, "reasons_request", None),
            **kwargs,
        )
