"""Boards of a buyer: all calls, one call at a glance, its journal, its letters."""

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.models import Organisation
from marketplace.accounts.pages import Page
from procurement.calls.models import Call
from procurement.calls.views import WorkspacePage
from procurement.correspondence.models import Letter
from procurement.desk import boards, call_sheet, chronicle

PER_PAGE = 25
ENTRIES_PER_PAGE = 50
RECENT = 5


class BuyerHome(Page):
    """Calls of the buyer one acts for: what to do first, then calls by stage."""

    template_name = "desk/buyer_home.html"
    page_title = _("Mes appels")

    def load(self) -> None:
        """Read the calls. Raises Http404 for somebody who acts for no buyer and guards nothing."""
        self.calls = Call.objects.visible_to(self.actor)
        self.is_buyer = Organisation.objects.buyers().filter(pk=self.actor.organisation_id).exists()
        if not self.is_buyer and not self.calls.exists():
            raise Http404

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The board: all there is to do in one's calls, and one page of calls."""
        calls = boards.by_group(self.calls.select_related("lead_buyer"), self.now)
        page = Paginator(calls.prefetch_related("lots__timeline"), PER_PAGE).get_page(self.request.GET.get("page"))
        todos = boards.todos_of(boards.calls_to_act_on(self.actor), self.actor, self.now)
        membership = self.actor.membership() if self.is_buyer else None
        return super().get_context_data(
            todos=todos[: boards.TODOS_SHOWN],
            todos_left=max(len(todos) - boards.TODOS_SHOWN, 0),
            lines=boards.lines(page.object_list, self.now),
            page=page,
            is_buyer=self.is_buyer,
            awaits_verification=membership is not None and not membership.organisation.is_verified,
            **kwargs,
        )


class CallBoard(WorkspacePage):
    """One call at a glance."""

    section = "suivi"
    template_name = "desk/call_board.html"
    page_title = _("Vue d’ensemble")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What to do, figures, calendar, money, funnel, recent journal."""
        call, now = self.call, self.now
        is_secret = chronicle.bids_are_secret(call)
        recent = chronicle.entries(call, is_secret=is_secret)[:RECENT]
        return super().get_context_data(
            todos=boards.todos_of([call], self.actor, now)[: boards.TODOS_SHOWN],
            overview=boards.Overview(call, call_sheet.lot_views(call, now), now),
            told=chronicle.tell(recent, call, is_secret=is_secret),
            is_secret=is_secret,
            public_url=reverse("desk:call", args=[call.reference]) if call.is_published else "",
            **kwargs,
        )


class Journal(WorkspacePage):
    """The journal of a call, in words."""

    section = "journal"
    template_name = "desk/journal.html"
    page_title = _("Journal et preuves")
    page_lead = _("Chaque acte est écrit une fois, dans l’ordre, et lié au précédent. Rien ne s’efface.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """One page of entries, filtered by chapter and author."""
        call, asked = self.call, self.request.GET
        is_secret = chronicle.bids_are_secret(call)
        authors = chronicle.authors(call, is_secret=is_secret)
        author = asked.get("auteur", "")
        author = author if author in dict(authors) else ""
        chapter = asked.get("chapitre", "")
        chapter = chapter if chapter in chronicle.CHAPTERS else ""
        rows = chronicle.entries(call, is_secret=is_secret, chapter=chapter, author=author)
        page = Paginator(rows, ENTRIES_PER_PAGE).get_page(asked.get("page"))
        return super().get_context_data(
            told=chronicle.tell(page.object_list, call, is_secret=is_secret),
            page=page,
            chapters=[(code, label) for code, (label, _acts) in chronicle.CHAPTERS.items()],
            chapter=chapter,
            authors=authors,
            author=author,
            is_secret=is_secret,
            **kwargs,
        )


class CallMessages(WorkspacePage):
    """Letters sent in a call, with the proof that they were read."""

    section = "messages"
    template_name = "desk/call_messages.html"
    page_title = _("Messages")
    page_lead = _("Les lettres de l’appel, leur envoi et leur lecture. Chaque lettre garde son texte exact.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Letters that this person may read."""
        letters = Letter.objects.visible_to(self.actor).filter(call=self.call)
        shown = letters.select_related("recipient", "lot", "read_by", "document__rendering__stored_file")
        pages = Paginator(shown.order_by("-sent_at", "recipient__name"), PER_PAGE)
        return super().get_context_data(
            page=pages.get_page(self.request.GET.get("page")),
            unread=letters.filter(read_at=None, electronic=True).count(),
            **kwargs,
        )
