"""The proofs of the intended winners: asked, examined, complete or not (R2144-1 to -7, LR-73, LR-74)."""

from datetime import datetime, timedelta
from typing import Any

from django.forms import BaseForm
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from marketplace.files.services import stage as stage_file
from procurement.evaluation.forms.clearance import EliminatePartnerForm, ProofForm, ProofListForm
from procurement.evaluation.models import AwardedPartner, Clearance, ClearanceProof
from procurement.evaluation.services import clearance
from procurement.evaluation.views.base import ConfirmedAct, LotAct, LotPage
from procurement.law import calendar

PROOF_DAYS = timedelta(days=10)
LAW = _("Ce que dit la loi")


class Clearing(LotPage):
    """A page about the proofs of the lot."""

    section = "attribution"
    action = "clearance.conduct"
    back = "award"

    def proposed_deadline(self) -> datetime:
        """Noon, a working day ten days from now."""
        day = calendar.next_working_day(calendar.paris_date(self.now + PROOF_DAYS))
        return calendar.at_paris(day, datetime.min.time().replace(hour=12))


class AskView(Clearing, LotAct):
    """Asking the intended winners, and them alone, for their proofs."""

    form_class = ProofListForm
    page_title = _("Demander les justificatifs")
    submit_label = _("Envoyer la demande")
    success_message = _("La demande est partie. L’entreprise dépose ses justificatifs dans son espace.")
    law = (
        LAW,
        _(
            "Seule l’entreprise que l’on veut retenir prouve qu’elle n’est pas exclue. Ne demandez pas ce que vous "
            "pouvez obtenir vous-même d’une administration."
        ),
        _("Articles R. 2144-4 et R. 2143-6 à R. 2143-14 du code de la commande publique."),
    )

    def get_initial(self) -> dict[str, Any]:
        """Ten days."""
        return {"deadline": self.proposed_deadline()}

    def act(self, form: ProofListForm) -> Any:
        """Ask."""
        return clearance.ask_proofs(
            lot=self.lot,
            deadline=form.cleaned_data["deadline"],
            proofs=form.proofs(),
            actor=self.actor,
            now=self.now,
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Who is asked."""
        waiting = AwardedPartner.objects.standing(self.lot).filter(clearance__isnull=True)
        names = ", ".join(str(one.party) for one in waiting) or __("Personne : choisissez d’abord les partenaires")
        return super().get_context_data(facts=[(_("Demande envoyée à"), names)], **kwargs)


class ProofView(Clearing, LotAct):
    """Examining one proof."""

    template_name = "evaluation/proof.html"
    form_class = ProofForm
    submit_label = _("Enregistrer l’examen")
    success_message = _("L’examen du justificatif est enregistré.")
    law = (
        LAW,
        _("Un justificatif doit être reçu, accepté et encore valable le jour où le dossier est déclaré complet."),
        _("Articles R. 2143-6 à R. 2143-10 et R. 2144-7 du code de la commande publique."),
    )

    def find(self) -> None:
        """The proof of this lot."""
        super().find()
        rows = ClearanceProof.objects.filter(clearance__partner__decision__lot=self.lot).select_related(
            "clearance__partner__party__lead", "clearance__partner__decision", "file"
        )
        self.proof = get_object_or_404(rows, pk=self.kwargs["proof"])
        self.proof.clearance.partner.decision.lot = self.lot

    def get_page_title(self) -> str:
        """Which proof."""
        return self.proof.label

    def get_page_lead(self) -> str:
        """Of whom."""
        return str(self.proof.clearance.partner.party)

    def get_initial(self) -> dict[str, Any]:
        """What was found before."""
        seen = ProofForm.ACCEPTED if self.proof.is_accepted else ""
        return {"verdict": seen, "valid_until": self.proof.valid_until}

    def act(self, form: ProofForm) -> ClearanceProof:
        """Record it."""
        upload = form.cleaned_data["file"]
        return clearance.record_proof(
            proof=self.proof,
            is_accepted=form.is_accepted,
            valid_until=form.cleaned_data["valid_until"],
            file=stage_file(upload, name=upload.name) if upload else None,
            actor=self.actor,
            now=self.now,
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The proof."""
        return super().get_context_data(proof=self.proof, **kwargs)


class OfPartner(Clearing):
    """A page about one chosen partner."""

    def find(self) -> None:
        """The partner of this lot."""
        super().find()
        rows = AwardedPartner.objects.filter(decision__lot=self.lot).select_related(
            "party__lead", "decision__ranking", "bid"
        )
        self.partner = get_object_or_404(rows, pk=self.kwargs["partner"])
        self.partner.decision.lot = self.lot

    def get_page_lead(self) -> str:
        """Who."""
        return str(self.partner.party)


class ClearView(OfPartner, LotAct):
    """Finding the file of a partner complete."""

    page_title = _("Déclarer le dossier complet")
    submit_label = _("Déclarer le dossier complet")
    success_message = _("Le dossier est complet.")
    consequence = _("Les justificatifs de cette entreprise ne changent plus. Les lettres peuvent ensuite partir.")
    law = (
        LAW,
        _("Les lettres de rejet libèrent les autres entreprises : elles partent après la vérification du retenu."),
        _("Articles R. 2144-1 et R. 2144-4 du code de la commande publique."),
    )

    def act(self, form: BaseForm) -> Clearance:
        """Clear."""
        return clearance.clear(partner=self.partner, actor=self.actor, now=self.now)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Each proof with its state."""
        proofs = ClearanceProof.objects.filter(clearance__partner=self.partner)
        facts = [(proof.label, __("Accepté") if proof.is_accepted else __("Manquant ou refusé")) for proof in proofs]
        return super().get_context_data(facts=facts, **kwargs)


class EliminateView(OfPartner, ConfirmedAct):
    """Eliminating a chosen partner; the next of the ranking is asked at once."""

    template_name = "evaluation/act.html"
    form_class = EliminatePartnerForm
    page_title = _("Éliminer et passer à l’entreprise suivante")
    submit_label = _("Relire avant d’éliminer")
    confirm_label = _("Éliminer et demander à la suivante")
    success_message = _("L’entreprise est éliminée.")
    consequence = _(
        "L’entreprise éliminée ne revient pas. La suivante du classement reçoit aussitôt la demande de justificatifs. "
        "Si les lettres étaient parties, il faudra en envoyer de nouvelles et attendre un nouveau délai."
    )
    law = (
        LAW,
        _(
            "Sans preuve à l’heure limite, en cas de fausse déclaration ou d’exclusion, l’entreprise est éliminée. "
            "La suivante est sollicitée. Un empêchement sans faute permet aussi de la remplacer."
        ),
        _("Articles R. 2144-7 et R. 2181-7 du code de la commande publique."),
    )

    def get_initial(self) -> dict[str, Any]:
        """Ten days for the next."""
        return {"deadline": self.proposed_deadline()}

    def preview(self, form: EliminatePartnerForm) -> dict[str, Any]:
        """What is about to be decided."""
        ground = dict(form.fields["ground"].choices)[form.cleaned_data["ground"]]
        return {
            "facts": [
                (_("Entreprise éliminée"), str(self.partner.party)),
                (_("Cause"), ground),
                (_("Motifs"), form.cleaned_data["reasons"]),
            ]
        }

    def act(self, form: EliminatePartnerForm) -> AwardedPartner | None:
        """Eliminate and ask the next."""
        return clearance.eliminate_and_ask_next(
            partner=self.partner,
            ground=form.cleaned_data["ground"],
            reasons=form.cleaned_data["reasons"],
            deadline=form.cleaned_data["deadline"],
            proofs=form.proofs(),
            actor=self.actor,
            now=self.now,
            accepted=self.accepted(),
        )

    def get_success_message(self) -> str:
        """Who is asked now."""
        if self.result is None:
            return __("L’entreprise est éliminée. Plus personne n’est classé : déclarez le lot infructueux.")
        return __("L’entreprise est éliminée. %(name)s reçoit la demande de justificatifs.") % {
            "name": self.result.party
        }
