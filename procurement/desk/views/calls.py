"""Public pages of calls: the list, its feed, one call, its documents, its result."""

from datetime import datetime
from typing import Any

from django.contrib.syndication.views import Feed
from django.core.paginator import Paginator
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cms.needs.services.taking_up import taken_up_by
from marketplace.accounts.models import Organisation
from marketplace.accounts.pages import Page
from marketplace.accounts.permissions import can
from marketplace.journal.clock import now as read_clock
from marketplace.journal.feeds import AtomOfNow
from procurement.calls.live import questions_close_at, running_periods
from procurement.calls.models import Answer, Call
from procurement.calls.services import following
from procurement.desk import call_sheet, public_calls, results
from procurement.desk.public_calls import State

TABS = ((State.OPEN, _("Ouverts")), (State.COMING, _("À venir")), (State.CLOSED, _("Clos")))
PER_PAGE = 25
IN_FEED = 50
ANSWERS_SHOWN = 5


class Calls(Page):
    """Published calls, by state, domain, region and procedure; the state of the list lies in its address."""

    public = True
    template_name = "desk/calls.html"
    page_title = _("Appels")
    page_lead = _("Un acheteur public cherche une solution qui n’existe pas encore. Lisez, puis répondez.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """One page of calls."""
        question = public_calls.Question.read(self.request.GET)
        answer = public_calls.Answer(question, self.now)
        page = Paginator(answer.calls, PER_PAGE).get_page(self.request.GET.get("page"))
        return super().get_context_data(
            question=question,
            tabs=[(label, question.address(state), state == question.state) for state, label in TABS],
            choices=answer.choices(),
            all_url=public_calls.Question(question.state).address(question.state),
            page=page,
            cards=public_calls.cards(list(page.object_list)),
            **kwargs,
        )


class PublicCallMixin:
    """A page about one published call, open to all."""

    public = True
    call: Call

    def load(self) -> None:
        """Read the call. Raises Http404 while it is not published, as for one that does not exist."""
        call = public_calls.published_calls(self.now).filter(reference=self.kwargs["reference"]).first()
        if call is None:
            raise Http404
        self.call = call

    def get_back_url(self) -> str:
        """The call."""
        return reverse("desk:call", args=[self.call.reference])


class PublicCallPage(PublicCallMixin, Page):
    """A public page to read about one call."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Where the call stands."""
        return super().get_context_data(
            call=self.call,
            domain=public_calls.domain_label(self.call),
            state=public_calls.state_of(self.call),
            closes_at=public_calls.closes_at(self.call),
            given_up_at=public_calls.given_up_at(self.call),
            **kwargs,
        )


class CallPage(PublicCallPage):
    """One call, as everybody reads it: is it for us, what is needed, for how much, until when."""

    template_name = "desk/call.html"

    def get_page_title(self) -> str:
        """Title of the call."""
        return self.call.title

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The sheet."""
        call, now = self.call, self.now
        lots = call_sheet.lot_views(call, now)
        changes = call_sheet.changes(call)
        documents, replaced = call_sheet.documents(call)
        close = questions_close_at(call, running_periods(call, now), now)
        answers = list(Answer.objects.filter(call=call))
        return super().get_context_data(
            need=getattr(call, "need", None),
            citizens_needs=taken_up_by(call.reference),
            lots=lots,
            is_one_step=call_sheet.is_one_step(call, lots),
            deadlines=call_sheet.deadline_words(lots, now),
            documents=documents,
            replaced=replaced,
            dates=call_sheet.key_dates(call, lots, now, questions_close_at=close),
            changes=changes,
            history=call_sheet.history(call, lots, changes, answers),
            answers=answers[:ANSWERS_SHOWN],
            answers_left=max(len(answers) - ANSWERS_SHOWN, 0),
            close=close,
            is_open=close is not None and now <= close,
            fit_url=self.fit_url(),
            partners_url=self.partners_url(lots),
            follower=following.followed_by(call, self.actor),
            given_up=[view for view in lots if view.cancellation],
            has_result=any(view.lot.timeline.signed_at or view.is_given_up for view in lots),
            record=call_sheet.record_of(call.lead_buyer),
            co_buyers=list(call.co_buyers.select_related("organisation")),
            reply_url=call.deposit_at or reverse("submissions:start", args=[call.reference]),
            **kwargs,
        )

    def fit_url(self) -> str:
        """Where somebody of a firm checks the call for it; empty for others."""
        is_firm = Organisation.objects.suppliers().filter(pk=self.actor.organisation_id).exists()
        return reverse("desk:fit", args=[self.call.reference]) if is_firm else ""

    def partners_url(self, lots: list[call_sheet.LotView]) -> str:
        """Where firms look for a co-contractor while the first deposit runs; empty for others."""
        is_open = any(view.closes_at and view.closes_at >= self.now and not view.is_given_up for view in lots)
        if not is_open or not can(self.actor, "partners.read", self.call):
            return ""
        return reverse("desk:partners", args=[self.call.reference])


class CallDocuments(PublicCallPage):
    """Every document of a call, replaced versions included: the address that notices print (R2132-2, LR-35)."""

    template_name = "desk/call_documents.html"
    page_title = _("Documents")
    page_lead = _("Libres d’accès, gratuits, sans compte. Une version remplacée reste lisible.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Documents in force, then replaced ones."""
        in_force, replaced = call_sheet.documents(self.call)
        withdrawals = self.call.withdrawals.count()
        return super().get_context_data(documents=in_force, replaced=replaced, withdrawals=withdrawals, **kwargs)


class CallResult(PublicCallPage):
    """How a call ended: who was chosen and for how much, or why it was given up."""

    template_name = "desk/result.html"
    page_title = _("Résultat")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The lots."""
        return super().get_context_data(results=results.results_of(self.call, self.now), **kwargs)


class CallFeed(Feed):
    """Atom feed of open calls."""

    feed_type = AtomOfNow
    title = _("Appels ouverts")
    link = "/appels/"

    def items(self) -> list[Call]:
        """The open calls with the nearest deadlines."""
        return list(public_calls.calls_in(State.OPEN, read_clock())[:IN_FEED])

    def item_title(self, item: Call) -> str:
        """Reference and title."""
        return f"{item.reference} : {item.title}"

    def item_description(self, item: Call) -> str:
        """The object."""
        return item.object

    def item_link(self, item: Call) -> str:
        """The public page."""
        return reverse("desk:call", args=[item.reference])

    def item_updateddate(self, item: Call) -> datetime:
        """When it was published."""
        return item.published_at
