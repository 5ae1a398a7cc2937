"""Who is in a group: the lead changes it before the deposit, members answer, the buyer lets it change after (LR-50)."""

from typing import Any

from django import forms
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.pages import ActView
from marketplace.accounts.permissions import Verdict, can, visible_or_404
from procurement.calls.views import WorkspaceAct
from procurement.submissions.consents import answer
from procurement.submissions.deposits import WHOLE
from procurement.submissions.forms.parties import ConsentForm, GroupChangeForm
from procurement.submissions.groups import authorise_group_change, can_change, reform_party
from procurement.submissions.models import ConsentRequest, GroupChange, GroupConsent, TenderingParty
from procurement.submissions.views.answering import Draft
from procurement.submissions.views.members import MembersAct


class ReformGroup(Draft, MembersAct):
    """The lead changes who tenders, while nothing is handed in; every member is asked again."""

    template_name = "submissions/reform_group.html"
    page_title = _("Changer la composition")
    page_lead = _(
        "Tant que rien n’est déposé, vous formez le groupement comme vous voulez. Chaque membre est interrogé à "
        "nouveau, même si sa part ne change pas."
    )
    submit_label = _("Enregistrer et interroger les membres")
    success_message = _("La composition est enregistrée.")
    law = (
        _("Ce que dit la loi"),
        _("La composition d’un candidat ne change plus entre le dépôt et la signature, sauf exceptions."),
        _("Article R. 2142-26 du code de la commande publique"),
    )

    def get_form(self, form_class: Any = None) -> forms.Form:
        """The group as it is, or what was typed."""
        return self.posted_form() if self.request.method == "POST" else self.filled_form(self.deposit.party)

    def act(self, form: forms.Form) -> TenderingParty:
        """Change it."""
        party = self.deposit.party
        return reform_party(
            party=party, kind=form.cleaned_data["kind"], shares=form.shares(party.lead), actor=self.actor, now=self.now
        )

    def get_back_url(self) -> str:
        """The task list."""
        return self.address("tasks")

    def get_success_url(self) -> str:
        """The task list, which tells who answered."""
        return self.address("tasks")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The rows of members."""
        found = super().get_context_data(**kwargs)
        return found | {"members": found["form"].members, "party": self.deposit.party}


class Consent(ActView):
    """A firm that a lead names says whether it takes its part."""

    template_name = "submissions/consent.html"
    page_title = _("Un groupement vous nomme")
    form_class = ConsentForm
    submit_label = _("Répondre au nom de mon entreprise")
    success_message = _("Votre réponse est enregistrée, avec son heure. Le mandataire la voit.")
    law = (
        _("Ce que dit la loi"),
        _(
            "Un groupement répond comme un seul candidat, représenté par son mandataire. Conjoint, chaque membre "
            "s’engage sur sa part ; solidaire, chacun s’engage sur tout le contrat. Répondre ici n’est pas signer : "
            "le contrat l’est plus tard, si le groupement est choisi."
        ),
        _("Articles R. 2142-19 à R. 2142-27 du code de la commande publique"),
    )
    asked: ConsentRequest

    def load(self) -> None:
        """Read what the firm is asked. Raises Http404 for anybody else."""
        requests = ConsentRequest.objects.with_answer().select_related("party__lead", "party__lot__call__lead_buyer")
        self.asked = visible_or_404(requests, self.actor, pk=self.kwargs["asked"])

    def allowed(self) -> Verdict:
        """Whoever acts for the firm."""
        return can(self.actor, "consent.answer", self.asked)

    def act(self, form: forms.Form) -> GroupConsent:
        """Answer."""
        is_given = form.cleaned_data["answer"] == ConsentForm.ACCEPT
        return answer(request=self.asked, is_given=is_given, actor=self.actor, now=self.now)

    def get_back_url(self) -> str:
        """The answers of the firm."""
        return reverse("submissions:replies")

    def get_success_url(self) -> str:
        """The same page."""
        return self.request.path

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The group as it was when it was asked, and whether it is still so."""
        stands = ConsentRequest.objects.standing().filter(pk=self.asked.pk).exists()
        return super().get_context_data(asked=self.asked, call=self.asked.party.lot.call, stands=stands, **kwargs)


class ChangeGroup(MembersAct, WorkspaceAct):
    """Who tenders from now on; before the opening, a candidate does not exist for anybody."""

    members_form = GroupChangeForm
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
        return (
            self.posted_form() if self.request.method == "POST" else self.filled_form(self.party, ground="negotiation")
        )

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
