"""The choice of the partners: the tender board where the law wants one, then the decision with its reasons."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from marketplace.accounts.models import Organisation
from marketplace.files.services import stage as stage_file
from procurement.calls.models.call import Procedure
from procurement.evaluation import reading
from procurement.evaluation.forms.award import BoardForm, ChooseForm, Members
from procurement.evaluation.models import AwardDecision, CaoMinutes, RankedBid, Ranking
from procurement.evaluation.services import awards
from procurement.evaluation.views.base import ConfirmedAct, LotAct, LotRead, RowsMixin

LAW = _("Ce que dit la loi")


def is_local(lot: Any) -> bool:
    """Whether to offer the page of the board: the rule book decides whether its minutes are needed (LR-72)."""
    call = lot.call
    return (
        call.lead_buyer.buyer_category == Organisation.BuyerCategory.LOCAL_AUTHORITY
        and call.procedure == Procedure.FORMALISED
    )


class Ranked:
    """Reads the places among which one chooses."""

    lot: Any

    def ranked(self) -> list[RankedBid]:
        """Places of the ranking in force, best first; none before it exists."""
        ranking = Ranking.objects.in_force(self.lot)
        return list(ranking.ranked_bids.select_related("bid__party__lead")) if ranking else []


class AwardView(Ranked, LotRead):
    """Where the choice stands: board, decision, proofs of each partner."""

    template_name = "evaluation/award.html"
    section = "attribution"
    page_title = _("Choix des partenaires")
    page_lead = _("Vous choisissez, puis seules les entreprises choisies prouvent qu’elles ne sont pas exclues.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The decision and the file of each partner."""
        decision = AwardDecision.objects.filter(lot=self.lot).select_related("decided_by").first()
        partners = []
        if decision is not None:
            partners = list(
                decision.partners.select_related("party__lead", "bid", "clearance").prefetch_related(
                    "clearance__proofs__file"
                )
            )
        standing = [one for one in partners if one.eliminated_at is None]
        return super().get_context_data(
            ranked=self.ranked(),
            decision=decision,
            partners=partners,
            needs_asking=[one for one in standing if not hasattr(one, "clearance")],
            all_cleared=bool(standing)
            and all(hasattr(one, "clearance") and one.clearance.completed_at for one in standing),
            is_local=is_local(self.lot),
            boards=list(
                CaoMinutes.objects.filter(lot=self.lot).select_related(
                    "signed_file", "document__rendering__stored_file"
                )
            ),
            documents=reading.documents_of(self.lot, "cao_minutes"),
            rejections_sent_at=self.lot.timeline.rejections_sent_at,
            signed_at=self.lot.timeline.signed_at,
            may=self.may("award.decide", "clearance.conduct"),
            **kwargs,
        )


class BoardView(Ranked, RowsMixin, LotAct):
    """Recording the sitting of the tender board."""

    template_name = "evaluation/board.html"
    section = "attribution"
    action = "award.decide"
    form_class = BoardForm
    page_title = _("Commission d’appel d’offres")
    submit_label = _("Consigner la séance")
    success_message = _("La séance est consignée. Le procès-verbal est en préparation.")
    back = "award"
    row_sets = {"members": (Members, _("Ajouter un membre"), _("Membre"))}
    law = (
        LAW,
        _(
            "Dans une collectivité, la commission d’appel d’offres choisit le titulaire d’une procédure formalisée. "
            "Sans son procès-verbal, le choix est irrégulier."
        ),
        _("Articles L. 1414-2 et L. 1411-5 du code général des collectivités territoriales."),
    )

    def get_form_kwargs(self) -> dict[str, Any]:
        """The places in the ranking."""
        return {**super().get_form_kwargs(), "ranked": self.ranked()}

    def act(self, form: BoardForm) -> CaoMinutes:
        """Record it."""
        typed = form.cleaned_data
        upload = typed["signed_file"]
        return awards.record_cao_minutes(
            lot=self.lot,
            held_at=typed["held_at"],
            convened_on=typed["convened_on"],
            place=typed["place"],
            members=self.typed_rows("members"),
            quorum=typed["quorum"],
            votes={name: typed[f"votes_{name}"] for name in ("for", "against", "abstention")},
            winners=form.bids(),
            reasons=typed["reasons"],
            signed_file=stage_file(upload, name=upload.name) if upload else None,
            actor=self.actor,
            now=self.now,
        )


class ChooseView(Ranked, ConfirmedAct):
    """Choosing the partners of the lot."""

    template_name = "evaluation/choose.html"
    section = "attribution"
    action = "award.decide"
    form_class = ChooseForm
    page_title = _("Choisir les partenaires")
    submit_label = _("Relire avant de choisir")
    confirm_label = _("Choisir ces partenaires")
    success_message = _("Les partenaires sont choisis. Demandez maintenant leurs justificatifs.")
    back = "award"
    consequence = _(
        "Le choix fixe le classement et ne se reprend pas. Les autres entreprises ne sont informées qu’après la "
        "vérification des justificatifs."
    )
    law = (
        LAW,
        _(
            "On choisit les offres les mieux classées, dans la limite du nombre de partenaires annoncé, après "
            "négociation et sur les offres finales. La décision est motivée."
        ),
        _("Articles R. 2152-6, R. 2152-7, R. 2172-20 et R. 2172-21 du code de la commande publique."),
    )

    def get_form_kwargs(self) -> dict[str, Any]:
        """The places in the ranking."""
        return {**super().get_form_kwargs(), "ranked": self.ranked()}

    def get_initial(self) -> dict[str, Any]:
        """The reasons of the board, where it sat."""
        board = CaoMinutes.objects.filter(lot=self.lot).last()
        return {"reasons": board.reasons if board else ""}

    def preview(self, form: ChooseForm) -> dict[str, Any]:
        """Who, and why."""
        names = ", ".join(str(bid.party) for bid in form.bids())
        return {
            "facts": [(_("Partenaires choisis"), names), (_("Motifs du choix"), form.cleaned_data["reasons"])],
        }

    def act(self, form: ChooseForm) -> AwardDecision:
        """Choose."""
        return awards.award(
            lot=self.lot,
            chosen=form.bids(),
            reasons=form.cleaned_data["reasons"],
            actor=self.actor,
            now=self.now,
            accepted=self.accepted(),
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Whether it is done already."""
        return super().get_context_data(
            decision=AwardDecision.objects.filter(lot=self.lot).first(),
            is_local=is_local(self.lot),
            has_board=CaoMinutes.objects.filter(lot=self.lot).exists(),
            **kwargs,
        )
