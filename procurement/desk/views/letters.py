"""Sending a letter on the other buyer profile, for a firm that reads nothing here, and keeping the proof of it."""

from typing import Any

from django import forms
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.permissions import Verdict, can
from marketplace.files.services import stage
from marketplace.ui.forms import MomentField
from procurement.calls.permissions import in_team
from procurement.calls.views import WorkspaceAct
from procurement.correspondence.models import Dispatch, Letter
from procurement.correspondence.services import record_dispatch
from procurement.submissions.models import ReceivedLine


class DispatchForm(forms.Form):
    """When a letter left, under which number there, with the proof."""

    sent_at = MomentField(
        label=_("Envoyée le"), help_text=_("Les délais de la loi courent de cet instant (heure de Paris).")
    )
    reference = forms.CharField(
        label=_("Numéro de l’envoi sur l’autre profil"),
        max_length=120,
        error_messages={"required": _("Indiquez le numéro que l’autre profil a donné à cet envoi.")},
    )
    proof = forms.FileField(
        label=_("Preuve de l’envoi"), required=False, help_text=_("L’accusé de l’autre profil, en PDF par exemple.")
    )


class DispatchLetter(WorkspaceAct):
    """One letter that nobody reads here: its PDF to send elsewhere, then the record of that sending."""

    section = "messages"
    template_name = "desk/dispatch_letter.html"
    form_class = DispatchForm
    submit_label = _("Consigner l’envoi")
    success_message = _("L’envoi est consigné.")
    law = (
        _("Ce que dit la loi"),
        _(
            "Les échanges passent par un moyen électronique qui en donne la date. Cette entreprise n’a pas de compte "
            "ici : l’autre profil d’acheteur, où elle a déposé, est ce moyen."
        ),
        _("Article R. 2132-7 du code de la commande publique"),
    )

    def allowed(self) -> Verdict:
        """The team reads letters; those who conduct the procedure record the sending."""
        return Verdict.yes() if in_team(self.actor, self.call) else Verdict.no(say("Cette lettre se lit en équipe."))

    def find(self) -> None:
        """Read the letter. Raises Http404 for one that is read here, or of another call."""
        letters = Letter.objects.filter(call=self.call, elsewhere=True).select_related(
            "call", "recipient", "document__rendering__stored_file", "dispatch__proof", "dispatch__recorded_by"
        )
        found = letters.filter(pk=self.kwargs["letter_id"]).first()
        if found is None:
            raise Http404
        self.letter = found

    def get_page_title(self) -> str:
        """What the letter is."""
        return say("Envoyer : %(kind)s") % {"kind": self.letter.get_kind_display().lower()}

    def get_page_lead(self) -> str:
        """To whom."""
        return str(self.letter.recipient)

    def act(self, form: DispatchForm) -> Dispatch:
        """Record."""
        proof = form.cleaned_data["proof"]
        return record_dispatch(
            letter=self.letter,
            sent_at=form.cleaned_data["sent_at"],
            reference=form.cleaned_data["reference"],
            proof=stage(proof, name=proof.name) if proof else None,
            actor=self.actor,
            now=self.now,
        )

    def get_back_url(self) -> str:
        """All letters of the call."""
        return reverse("desk:messages", args=[self.call.reference])

    def get_success_url(self) -> str:
        """All letters of the call."""
        return self.get_back_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The letter, its sending, and the address that the register gave."""
        line = (
            ReceivedLine.objects.filter(register__period__lot__call=self.call, party__lead=self.letter.recipient_id)
            .order_by("-register__imported_at")
            .first()
        )
        return super().get_context_data(
            letter=self.letter,
            sending=getattr(self.letter, "dispatch", None),
            email=line.email if line else "",
            may_dispatch=bool(can(self.actor, "letter.dispatch", self.letter)),
            **kwargs,
        )
