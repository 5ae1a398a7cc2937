"""Boards of a buyer: all calls, one call at a glance, its journal, its letters."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.models import Organisation
from marketplace.accounts.pages import Page
from marketplace.journal.clock import canonical
from marketplace.journal.models import Entry
from marketplace.ui.spreadsheets import csv_response
from procurement.calls.models import Call
from procurement.calls.permissions import in_team
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
            organisation=membership and membership.organisation,
            **kwargs,
        )


class CallBoard(WorkspacePage):
    """One call at a glance."""

    section = "suivi"
    serves_purchases = True
    template_name = "desk/call_board.html"
    page_title = _("Vue d’ensemble")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What to do, figures, calendar, money, funnel, recent journal."""
        call, now = self.call, self.now
        is_secret, names_firms = chronicle.bids_are_secret(call), in_team(self.actor, call)
        recent = chronicle.acts_of_people(call, is_secret=is_secret)[:RECENT]
        return super().get_context_data(
            todos=boards.todos_of([call], self.actor, now)[: boards.TODOS_SHOWN],
            overview=boards.Overview(call, call_sheet.lot_views(call, now), now),
            told=chronicle.tell(recent, call, is_secret=is_secret, names_firms=names_firms),
            is_secret=is_secret,
            public_url=reverse("desk:call", args=[call.reference]) if call.is_published else "",
            **kwargs,
        )


class JournalPage(WorkspacePage):
    """Entries of the journal of a call, of one chapter or one author when the address says so."""

    section = "journal"
    serves_purchases = True

    def load(self) -> None:
        """Read what is asked; unknown values are passed over."""
        super().load()
        asked = self.request.GET
        self.is_secret = chronicle.bids_are_secret(self.call)
        # Colleagues outside of the team follow the procedure without learning who answered (L2132-1).
        self.names_firms = in_team(self.actor, self.call)
        self.authors = chronicle.authors(self.call, is_secret=self.is_secret, names_firms=self.names_firms)
        self.chapter = asked.get("chapitre", "") if asked.get("chapitre") in chronicle.CHAPTERS else ""
        self.author = asked.get("auteur", "") if asked.get("auteur") in dict(self.authors) else ""
        self.rows = chronicle.entries(self.call, is_secret=self.is_secret, chapter=self.chapter, author=self.author)

    def told(self, rows: Iterable[Entry]) -> list[chronicle.Told]:
        """Entries in words, as far as this person may learn who acted."""
        return chronicle.tell(rows, self.call, is_secret=self.is_secret, names_firms=self.names_firms)


class Journal(JournalPage):
    """The journal of a call, in words."""

    template_name = "desk/journal.html"
    page_title = _("Journal et preuves")
    page_lead = _("Chaque acte est écrit une fois, dans l’ordre, et lié au précédent. Rien ne s’efface.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """One page of entries."""
        page = Paginator(self.rows, ENTRIES_PER_PAGE).get_page(self.request.GET.get("page"))
        kept = urlencode({"chapitre": self.chapter, "auteur": self.author})
        return super().get_context_data(
            told=self.told(page.object_list),
            page=page,
            chapters=[(code, label) for code, (label, _acts) in chronicle.CHAPTERS.items()],
            chapter=self.chapter,
            authors=self.authors,
            author=self.author,
            is_secret=self.is_secret,
            csv_url=f"{reverse('desk:journal_csv', args=[self.call.reference])}?{kept}",
            **kwargs,
        )


class JournalTable(JournalPage):
    """The same entries as a table to take away (CSV), whole fingerprints included."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The file."""
        header = [_("Rang"), _("Instant (UTC)"), _("Acte"), _("Précision"), _("Par"), _("Rôles"), _("Empreinte")]
        rows = (
            [
                "" if one.rank is None else one.rank,
                canonical(one.at),
                one.what,
                one.detail,
                one.who,
                one.roles,
                one.hash,
            ]
            for one in self.told(self.rows)
        )
        return csv_response(f"journal-{self.call.reference}.csv", header, rows)


class CallMessages(WorkspacePage):
    """Letters sent in a call, with the proof that they were read."""

    section = "messages"
    serves_purchases = True
    template_name = "desk/call_messages.html"
    page_title = _("Messages")
    page_lead = _("Les lettres de l’appel, leur envoi et leur lecture. Chaque lettre garde son texte exact.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Letters that this person may read."""
        letters = Letter.objects.visible_to(self.actor).filter(call=self.call)
        shown = letters.select_related("recipient", "lot", "read_by", "document__rendering__stored_file", "dispatch")
        pages = Paginator(shown.order_by("-sent_at", "recipient__name"), PER_PAGE)
        return super().get_context_data(
            page=pages.get_page(self.request.GET.get("page")),
            unread=letters.filter(read_at=None, electronic=True, elsewhere=False).count(),
            to_dispatch=Letter.objects.to_dispatch(self.call).count(),
            **kwargs,
        )
