"""What pages on the members of a group share: rows that one adds without losing what is typed."""

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from marketplace.accounts.pages import ActView
from marketplace.ui.rows import quiet, with_added_row
from procurement.submissions.forms.parties import MemberRows, PartyForm
from procurement.submissions.models import TenderingParty

PREFIX = "members"


class MembersAct(ActView):
    """An act on who tenders; « Ajouter un membre » adds a row and does nothing else."""

    members_form: type[PartyForm] = PartyForm

    def posted_form(self, *, more: bool = False) -> PartyForm:
        """What was typed; with `more`, and one row more, without a word on what is still missing."""
        data = self.request.POST
        if not more:
            return self.members_form(data, members=MemberRows(data, prefix=PREFIX))
        form = self.members_form(data, members=MemberRows(with_added_row(data, PREFIX), prefix=PREFIX))
        quiet(form)
        quiet(form.members)
        return form

    def filled_form(self, party: TenderingParty, **initial: Any) -> PartyForm:
        """The party as it is."""
        others = party.members.exclude(organisation=party.lead_id).select_related("organisation")
        rows = [{"identifier": row.organisation.identifier, "share": row.share} for row in others]
        return self.members_form(
            initial={"kind": party.kind, **initial}, members=MemberRows(initial=rows, prefix=PREFIX)
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Add a member, or act."""
        if request.POST.get("add"):
            return self.render_to_response(self.get_context_data(form=self.posted_form(more=True)))
        return super().post(request, *args, **kwargs)
