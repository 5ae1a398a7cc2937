"""The buyer lets a candidate change after its deposit (R2142-26, LR-50)."""

from typing import Any

from django import forms
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from marketplace.ui.rows import quiet, with_added_row
from procurement.calls.views import WorkspaceAct
from procurement.submissions.deposits import WHOLE
from procurement.submissions.forms.parties import GroupChangeForm, MemberRows
from procurement.submissions.groups import authorise_group_change, can_change
from procurement.submissions.models import GroupChange, TenderingParty


class ChangeGroup(WorkspaceAct):
    """Who tenders from now on; before the opening, a candidate does not exist for anybody."""

    section = "recevabilite"
    action = "party.authorise_change"
    template_name = "submissions/change_group.html"
    page_lead = _("Entre le dépôt et la signature, les membres d’un candidat ne changent qu’avec votre accord motivé.")
    submit_label = _("Accepter ce changement")
    success_message = _("Le changement est inscrit, et le mandataire prévenu. Reprenez le contrat s’il était préparé.")
    law = (
        _("Ce que dit la loi"),
        _(
            "La composition d’un groupement est figée. Elle change si une entreprise est restructurée, liquidée ou "
            "empêchée, ou, depuis 2025, dans une procédure avec négociation, si les capacités restent et si ni "
            "l’égalité ni la concurrence n’en souffrent."
        ),
        _("Article R. 2142-26 du code de la commande publique, décret n° 2024-1251"),
    )
    party: TenderingParty

    def find(self) -> None:
        """Read the candidate. Raises Http404 for one of another call, or that nobody may know of yet."""
        super().find()
        parties = TenderingParty.objects.select_related("lot", "lead").filter(lot__call=self.call)
        found = parties.filter(pk=self.kwargs["party"]).first()
        if found is None or not can_change(found):
            raise Http404
        self.party = found
        found.lot.call = self.call

    def get_page_title(self) -> str:
        """Whose."""
        return say("Changer la composition, %(party)s") % {"party": self.party}

    def get_form(self, form_class: Any = None) -> forms.Form:
        """The candidate as it is, or what was typed."""
        if self.request.method == "POST":
            return GroupChangeForm(self.request.POST, members=MemberRows(self.request.POST, prefix="members"))
        others = self.party.members.exclude(organisation=self.party.lead_id).select_related("organisation")
        rows = [{"identifier": row.organisation.identifier, "share": row.share} for row in others]
        members = MemberRows(initial=rows, prefix="members")
        return GroupChangeForm(initial={"kind": self.party.kind, "ground": "negotiation"}, members=members)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Add a member, or decide."""
        if request.POST.get("add"):
            members = MemberRows(with_added_row(request.POST, "members"), prefix="members")
            form = GroupChangeForm(request.POST, members=members)
            quiet(form)
            quiet(members)
            return self.render_to_response(self.get_context_data(form=form))
        return super().post(request, *args, **kwargs)

    def act(self, form: GroupChangeForm) -> GroupChange:
        """Decide."""
        given = {name: value for name, value in form.cleaned_data.items() if name != "kind"}
        shares = form.shares(self.party.lead) or {self.party.lead: WHOLE}
        return authorise_group_change(
            party=self.party, kind=form.cleaned_data["kind"], shares=shares, actor=self.actor, now=self.now, **given
        )

    def get_back_url(self) -> str:
        """The file of the call."""
        return reverse("desk:call_board", args=[self.call.reference])

    def get_success_url(self) -> str:
        """The candidate as it is now."""
        return self.request.path

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The rows of members, and the changes accepted before."""
        found = super().get_context_data(**kwargs)
        found["members"] = found["form"].members
        found["party"] = self.party
        found["changes"] = self.party.changes.select_related("decided_by")
        return found
