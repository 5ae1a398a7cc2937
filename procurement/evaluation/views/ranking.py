"""The ranking with its arithmetic, and the report on the analysis of bids (R2152-6, LR-71)."""

from typing import Any

from django.forms import BaseForm
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.models import User
from procurement.evaluation import reading
from procurement.evaluation.facts import cleared_evaluators
from procurement.evaluation.forms.award import Authors, ReportForm
from procurement.evaluation.models import AwardDecision, Bid, Ranking, TechnicalClosing
from procurement.evaluation.services import ranking as ranking_acts
from procurement.evaluation.services import reports
from procurement.evaluation.views.base import LotAct, LotRead, RowsMixin, stage_in_hand

LAW = _("Ce que dit la loi")


class RankingView(LotRead):
    """The ranking in force, each mark with how it was reckoned."""

    template_name = "evaluation/ranking.html"
    section = "classement"
    page_title = _("Classement")
    page_lead = _("Calculé sur les critères publiés et leurs poids. Personne ne le saisit.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The last ranking of the stage in hand."""
        stage = stage_in_hand(self.lot)
        bids = reading.bids_of(self.lot, stage, actor=self.actor)
        ranking = Ranking.objects.filter(lot=self.lot, stage=stage).order_by("ranked_at").last()
        rows = list(ranking.ranked_bids.select_related("bid__party__lead")) if ranking else []
        ranked = {row.bid_id for row in rows}
        return super().get_context_data(
            stage=stage,
            ranking=ranking,
            rows=rows,
            set_aside=[bid for bid in bids if ranking and bid.pk not in ranked],
            unexamined=[bid for bid in bids if not bid.status],
            closing=TechnicalClosing.objects.filter(lot=self.lot, stage=stage).first(),
            has_prices=any(bid.is_priced for bid in bids),
            is_awarded=AwardDecision.objects.filter(lot=self.lot).exists(),
            is_awardable=stage in Bid.AWARDABLE_STAGES,
            documents=reading.documents_of(self.lot, reports.ANALYSIS),
            may=self.may("evaluation.close"),
            **kwargs,
        )


class RankView(LotAct):
    """Reckoning the ranking; a later one replaces it until the choice."""

    section = "classement"
    action = "evaluation.close"
    page_title = _("Établir le classement")
    page_lead = _("Le calcul est gardé tel quel, ligne par ligne. Un nouveau classement le remplace, jusqu’au choix.")
    submit_label = _("Calculer le classement")
    success_message = _("Le classement est établi.")
    back = "ranking"
    law = (
        LAW,
        _(
            "Les offres régulières se classent par ordre décroissant, sur les critères publiés. Un prix très bas "
            "s’explique avant d’être classé."
        ),
        _("Articles R. 2152-6 et R. 2152-3 du code de la commande publique."),
    )

    def act(self, form: BaseForm) -> Ranking:
        """Reckon."""
        stage = stage_in_hand(self.lot) or Bid.Stage.FINAL
        return ranking_acts.rank(lot=self.lot, stage=stage, actor=self.actor, now=self.now, accepted=self.accepted())


class ReportView(RowsMixin, LotAct):
    """Finalising the report on the analysis of bids."""

    section = "classement"
    action = "evaluation.close"
    form_class = ReportForm
    page_title = _("Rapport d’analyse des offres")
    submit_label = _("Établir le rapport")
    success_message = _("Le rapport est en préparation : il apparaît ici dans quelques secondes.")
    back = "ranking"
    row_sets = {"authors": (Authors, _("Ajouter un auteur"), _("Auteur"))}
    law = (
        LAW,
        _("Le rapport d’analyse garde notes, motifs et calculs. Il sert de preuve si le choix est contesté."),
        _("Articles R. 2152-6 et R. 2184-1 du code de la commande publique."),
    )

    def rows_initial(self, prefix: str) -> list[dict[str, Any]]:
        """Those who scored."""
        people = User.objects.filter(pk__in=cleared_evaluators(self.call))
        return [{"name": str(user), "capacity": str(_("évaluation"))} for user in people]

    def act(self, form: ReportForm) -> Any:
        """Finalise it."""
        rankings = Ranking.objects.filter(lot=self.lot, stage=stage_in_hand(self.lot)).order_by("-ranked_at")
        ranking = rankings.first() or get_object_or_404(Ranking, lot=self.lot)
        return reports.finalise_analysis_report(
            lot=self.lot,
            ranking=ranking,
            conclusion=form.cleaned_data["conclusion"],
            authors=self.typed_rows("authors"),
            actor=self.actor,
            now=self.now,
        )
