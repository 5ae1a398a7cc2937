"""Boards: all calls of a buyer, one call at a glance, its journal; the letters of a company."""

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.models import Organisation
from marketplace.accounts.pages import ActView, Page
from marketplace.accounts.permissions import can, visible_or_404
from marketplace.ui.todo import by_due_date
from procurement.calls.models import Call
from procurement.calls.views import WorkspacePage
from procurement.contracts.todo import todos_for_company
from procurement.correspondence.models import Letter
from procurement.correspondence.services import record_reading
from procurement.desk import boards, public_calls
from procurement.desk.public_calls import State

PER_PAGE = 25
CALLS_FOR_A_FIRM = 3


class BuyerHome(Page):
    """Calls of the buyer one acts for: what to do first, then calls by stage."""

    template_name = "desk/buyer_home.html"
    page_title = _("Mes appels")

    def load(self) -> None:
        """Read the calls. Raises Http404 for somebody who acts for no buyer and guards nothing."""
        calls = Call.objects.visible_to(self.actor).select_related("lead_buyer").prefetch_related("lots__timeline")
        self.calls = calls.order_by("-created_at")
        self.is_buyer = Organisation.objects.buyers().filter(pk=self.actor.organisation_id).exists()
        if not self.is_buyer and not self.calls.exists():
            raise Http404

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The board."""
        page = Paginator(self.calls, PER_PAGE).get_page(self.request.GET.get("page"))
        shown = list(page.object_list)
        organisation = self.actor.membership().organisation if self.is_buyer else None
        return super().get_context_data(
            todos=boards.todos_of(shown, self.actor, self.now)[: boards.TODOS_SHOWN],
            lines=boards.lines(shown, self.now),
            page=page,
            is_buyer=self.is_buyer,
            awaits_verification=organisation is not None and not organisation.is_verified,
            **kwargs,
        )


class CallBoard(WorkspacePage):
    """One call at a glance."""

    section = "suivi"
    template_name = "desk/call_board.html"
    page_title = _("Vue d’ensemble")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What to do, the lots, the recent journal."""
        published = public_calls.published_calls().filter(pk=self.call.pk).first()
        return super().get_context_data(
            todos=boards.todos_of([self.call], self.actor, self.now)[: boards.TODOS_SHOWN],
            told=boards.journal(self.call, self.now)[:5],
            views=public_calls.lot_views(self.call),
            public_url=reverse("desk:call", args=[self.call.reference]) if published else "",
            dates=public_calls.key_dates(published, self.now) if published else [],
            **kwargs,
        )


class Journal(WorkspacePage):
    """The journal of a call, in words."""

    section = "journal"
    template_name = "desk/journal.html"
    page_title = _("Journal et preuves")
    page_lead = _("Chaque acte est écrit une fois, dans l’ordre, et lié au précédent. Rien ne s’efface.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The entries."""
        is_secret = boards.bids_are_secret(self.call, self.now)
        return super().get_context_data(told=boards.journal(self.call, self.now), is_secret=is_secret, **kwargs)


class CallMessages(WorkspacePage):
    """Letters sent in a call, with the proof that they were read."""

    section = "messages"
    template_name = "desk/call_messages.html"
    page_title = _("Messages")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Letters that this person may read."""
        letters = Letter.objects.filter(call=self.call).select_related("recipient", "document__rendering__stored_file")
        page = Paginator(letters.order_by("-sent_at"), PER_PAGE).get_page(self.request.GET.get("page"))
        shown = [one for one in page.object_list if can(self.actor, "letter.read", one)]
        return super().get_context_data(letters=shown, page=page, **kwargs)


class CompanyHome(Page):
    """The space of a company: its letters to read, the calls that are open."""

    template_name = "desk/company_home.html"
    page_title = _("Mon espace")

    def load(self) -> None:
        """Read the firm one acts for. Raises Http404 for anybody else."""
        firm = Organisation.objects.suppliers().filter(pk=self.actor.organisation_id).first()
        if firm is None:
            raise Http404
        self.firm = firm

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Unread letters, calls by nearest deadline."""
        calls = public_calls.calls_in(State.OPEN, self.now)[:CALLS_FOR_A_FIRM]
        unread = Letter.objects.filter(recipient=self.firm, read_at=None).select_related("call")
        return super().get_context_data(
            firm=self.firm,
            todos=by_due_date(todos_for_company(self.actor, self.now)),
            unread=list(unread.order_by("-sent_at")[:PER_PAGE]),
            cards=public_calls.cards(list(calls)),
            **kwargs,
        )


class CompanyMessages(CompanyHome):
    """Every letter that a company received."""

    template_name = "desk/company_messages.html"
    page_title = _("Messages")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Letters, newest first."""
        letters = Letter.objects.filter(recipient=self.firm).select_related("call").order_by("-sent_at")
        page = Paginator(letters, PER_PAGE).get_page(self.request.GET.get("page"))
        return super().get_context_data(page=page, **kwargs)


class LetterPage(ActView):
    """One letter: its document, and the proof that the firm has read it, given by the firm itself."""

    template_name = "desk/letter.html"
    submit_label = _("J’ai lu ce courrier")
    success_message = _("Votre lecture est enregistrée, avec sa date.")

    def load(self) -> None:
        """Read the letter. Raises Http404 when absent or hidden."""
        letters = Letter.objects.select_related("call", "recipient", "document__rendering__stored_file")
        self.letter = visible_or_404(letters, self.actor, pk=self.kwargs["letter_id"])

    def get_page_title(self) -> str:
        """What the letter says, in its own words."""
        return self.letter.document.title

    def act(self, form: Any) -> Any:
        """Record the reading."""
        return record_reading(letter=self.letter, actor=self.actor, now=self.now)

    def get_success_url(self) -> str:
        """The same page."""
        return reverse("desk:letter", args=[self.letter.pk])

    def get_back_url(self) -> str:
        """All letters."""
        return reverse("desk:company_messages")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The letter, and whether this person may say that it was read."""
        may_acknowledge = not self.letter.read_at and bool(can(self.actor, "letter.acknowledge", self.letter))
        return super().get_context_data(letter=self.letter, may_acknowledge=may_acknowledge, **kwargs)
