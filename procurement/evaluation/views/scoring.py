"""Scoring bids: one screen a bid, alone; then together; then closed, so that prices may be opened."""

from typing import Any

from django.forms import BaseForm
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.models import User
from marketplace.accounts.typing import forget
from procurement.calls.models import AwardCriterion, SubmissionPeriod
from procurement.evaluation import answers, reading, unregistered
from procurement.evaluation.facts import award_criteria, cleared_evaluators, people_facts, quality_leaves
from procurement.evaluation.forms.scores import ConsensusForm, ScoresForm
from procurement.evaluation.models import Bid, ConsensusScore, RankedBid, Ranking, Score, ScoreSheet, TechnicalClosing
from procurement.evaluation.services import negotiation, scoring_acts
from procurement.evaluation.views.base import DoesOne, KeptMixin, Kind, LotAct, LotRead, stage_in_hand
from procurement.evaluation.views.bids import OfBid

AWARDABLE = (Kind.FINAL, Kind.SINGLE_STEP)
LAW = _("Ce que dit la loi")


class ScoringView(DoesOne):
    """Where the scoring stands: my sheet, the others', what comes next. Nothing exists before the opening."""

    template_name = "evaluation/scoring.html"
    section = "notation"
    page_title = _("Notation")
    page_lead = _("Chacun note seul, puis vous arrêtez ensemble une note par critère.")
    done = _("Les offres ouvertes sont enregistrées.")

    def do(self) -> Any:
        """Register what was opened."""
        period = get_object_or_404(SubmissionPeriod, lot=self.lot, kind__in=AWARDABLE)
        return negotiation.register_bids(lot=self.lot, period=period, actor=self.actor, now=self.now)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The bids in hand, each with one's own progress."""
        period = self.period(*AWARDABLE)
        stage = stage_in_hand(self.lot)
        bids = reading.bids_of(self.lot, stage, actor=self.actor)
        is_closed = period is not None and period.closes_at() < self.now
        final_bids = bids if stage in Bid.AWARDABLE_STAGES else []
        leaves = quality_leaves(award_criteria(self.lot))
        mine = _count_by_bid(Score.objects.filter(bid__in=bids, evaluator_id=self.actor.user_id))
        agreed = _count_by_bid(ConsensusScore.objects.filter(bid__in=bids))
        sheets = list(ScoreSheet.objects.filter(lot=self.lot, stage=stage).select_related("evaluator"))
        handed = {sheet.evaluator_id for sheet in sheets}
        expected = cleared_evaluators(self.call)
        to_score = [bid for bid in bids if bid.status in {"", Bid.Status.REGULAR}]
        wanted = len(leaves) * len(to_score)
        return super().get_context_data(
            closes_at=period.closes_at() if period else None,
            is_closed=is_closed,
            to_register=is_closed and unregistered.bids(period, final_bids),
            stage=stage,
            is_awardable=stage in Bid.AWARDABLE_STAGES,
            stage_words=Bid.Stage(stage).label if stage else "",
            rows=[(bid, mine.get(bid.pk, 0), agreed.get(bid.pk, 0)) for bid in bids],
            leaves=leaves,
            is_mine_complete=bool(bids) and sum(mine.get(bid.pk, 0) for bid in to_score) >= wanted,
            is_handed_in=self.actor.user_id in handed,
            is_evaluator=self.actor.user_id in expected,
            sheets=sheets,
            waiting=list(User.objects.filter(pk__in=expected - handed)),
            all_in=bool(expected) and expected <= handed,
            is_agreed=bool(bids) and sum(agreed.get(bid.pk, 0) for bid in to_score) >= wanted,
            closing=TechnicalClosing.objects.filter(lot=self.lot, stage=stage).first(),
            has_prices=any(bid.is_priced for bid in bids),
            may=self.may("bids.register", "bids.score", "evaluation.close"),
            **kwargs,
        )


def _count_by_bid(rows: Any) -> dict[Any, int]:
    counts: dict[Any, int] = {}
    for bid_id in rows.values_list("bid_id", flat=True):
        counts[bid_id] = counts.get(bid_id, 0) + 1
    return counts


class BesideBid(OfBid):
    """A page that shows the bid beside what is typed about it."""

    def criteria_beside(self) -> dict[str, str]:
        """What the bidder wrote about each leaf, by key."""
        numbers = answers.numbered_leaves(award_criteria(self.lot))
        said = self.bid.technical.get("answers", [])
        return {key: answers.answer_to(said, number) for key, number in numbers.items()}

    def leaves(self) -> list[Any]:
        """Criteria that people score."""
        return quality_leaves(award_criteria(self.lot))

    def criterion_rows(self) -> dict[str, AwardCriterion]:
        """Their rows by key."""
        return {str(row.pk): row for row in AwardCriterion.objects.filter(lot=self.lot)}

    def siblings(self) -> list[Bid]:
        """Bids of the same stage, for « offre suivante »."""
        return list(Bid.objects.at_stage(self.lot, self.bid.stage))

    def following(self) -> Bid | None:
        """The bid after this one."""
        rows = self.siblings()
        place = next((index for index, one in enumerate(rows) if one.pk == self.bid.pk), len(rows))
        return rows[place + 1] if place + 1 < len(rows) else None


class ScoreView(BesideBid, KeptMixin, LotAct):
    """One's own scores of one bid: all criteria on one screen, kept while typing, the bid beside."""

    template_name = "evaluation/score.html"
    action = "bids.score"
    form_class = ScoresForm
    submit_label = _("Enregistrer mes notes")
    success_message = _(
        "Vos notes sont enregistrées. Elles restent invisibles aux autres jusqu’à la remise des fiches."
    )
    back = "scoring"
    law = (
        LAW,
        _(
            "On note sur les critères publiés, et sur eux seuls. Chaque note a son motif : il fonde le classement et "
            "la lettre aux entreprises écartées."
        ),
        _("Articles R. 2152-6, R. 2152-11 et R. 2181-3 du code de la commande publique."),
    )

    def get_page_title(self) -> str:
        """Whose bid."""
        return __("Noter : %(name)s") % {"name": self.bid.party}

    def get_autosave_key(self) -> str:
        """One draft an evaluator and a bid: nobody else reads it."""
        return f"evaluation:score:{self.bid.pk}:{self.actor.user_id}"

    def given(self) -> dict[str, tuple[int, str]]:
        """One's own scores so far."""
        rows = Score.objects.filter(bid=self.bid, evaluator_id=self.actor.user_id)
        return {str(row.criterion_id): (row.value, row.comment) for row in rows}

    def get_form_kwargs(self) -> dict[str, Any]:
        """Criteria, one's own scores, and what the bidder wrote."""
        return {
            **super().get_form_kwargs(),
            "initial": self.kept(),
            "criteria": self.leaves(),
            "given": self.given(),
            "beside": self.criteria_beside(),
        }

    def act(self, form: ScoresForm) -> int:
        """Give what changed."""
        given, rows = self.given(), self.criterion_rows()
        changed = {key: score for key, score in form.scores().items() if given.get(key) != score}
        for key, (value, comment) in changed.items():
            scoring_acts.score(
                bid=self.bid, criterion=rows[key], value=value, comment=comment, actor=self.actor, now=self.now
            )
        forget(self.get_autosave_key())
        return len(changed)

    def get_success_url(self) -> str:
        """The next bid when one asked for it."""
        following = self.following() if "next" in self.request.POST else None
        return self.link("score", following.pk) if following else self.link("scoring")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The bid, and whether scores may still change."""
        handed = ScoreSheet.objects.filter(lot=self.lot, stage=self.bid.stage, evaluator_id=self.actor.user_id).first()
        return super().get_context_data(
            **self.bid_context(),
            handed=handed,
            can_score=handed is None,
            autosave=handed is None,
            following=self.following(),
            **kwargs,
        )


class HandInView(LotAct):
    """Handing in one's sheet: scores change no more, the others may see them."""

    section = "notation"
    action = "bids.score"
    page_title = _("Rendre ma fiche de notation")
    submit_label = _("Rendre ma fiche")
    success_message = _("Votre fiche est rendue.")
    back = "scoring"
    consequence = _(
        "Vos notes ne changent plus, et les autres évaluateurs les verront quand toutes les fiches seront rendues."
    )
    law = (
        LAW,
        _("Chacun note seul avant la mise en commun : c’est ce qui donne du poids à la note arrêtée ensemble."),
        _("Article R. 2152-6 du code de la commande publique ; choix du site pour les notes individuelles."),
    )

    def act(self, form: BaseForm) -> ScoreSheet:
        """Hand in."""
        return scoring_acts.hand_in(
            lot=self.lot, stage=stage_in_hand(self.lot) or Bid.Stage.FINAL, actor=self.actor, now=self.now
        )


class ConsensusView(BesideBid, LotAct):
    """The agreed score on each criterion, the gaps in view."""

    template_name = "evaluation/consensus.html"
    action = "bids.score"
    form_class = ConsensusForm
    submit_label = _("Arrêter ces notes")
    success_message = _("Les notes arrêtées sont enregistrées.")
    back = "scoring"
    law = (
        LAW,
        _(
            "La note arrêtée ensemble est celle du classement. Son motif est repris dans le rapport d’analyse et dans "
            "les lettres."
        ),
        _("Articles R. 2152-6 et R. 2181-3 du code de la commande publique."),
    )

    def find(self) -> None:
        """Whether everybody handed in."""
        super().find()
        self.all_in = reading.all_handed_in(self.lot, self.bid.stage)

    def get_page_title(self) -> str:
        """Whose bid."""
        return __("Arrêter les notes : %(name)s") % {"name": self.bid.party}

    def _cells(self) -> dict[str, reading.Cell]:
        table = reading.scoring_table(self.lot, self.bid.stage, actor=self.actor)
        return {row.criterion.key: next(cell for cell in row.cells if cell.bid.pk == self.bid.pk) for row in table}

    def get_form_kwargs(self) -> dict[str, Any]:
        """Agreed scores so far, individual ones beside, the people free of interests."""
        cells = self._cells()
        given = {key: (cell.agreed.value, cell.agreed.comment) for key, cell in cells.items() if cell.agreed}
        free = [
            one.person_id for one in people_facts(self.call) if one.declared_at is not None and one.recused_at is None
        ]
        people = [(str(user.pk), str(user)) for user in User.objects.filter(pk__in=free)]
        return {
            **super().get_form_kwargs(),
            "criteria": self.leaves(),
            "given": given,
            "beside": cells if self.all_in else {},
            "people": people,
        }

    def get_initial(self) -> dict[str, Any]:
        """Those who were there last time, else those who scored."""
        last = ConsensusScore.objects.filter(bid__lot=self.lot, bid__stage=self.bid.stage).order_by("agreed_at").last()
        return {"attended": last.attended if last else [str(pk) for pk in cleared_evaluators(self.call)]}

    def act(self, form: ConsensusForm) -> int:
        """Record what was agreed."""
        rows = self.criterion_rows()
        scores = form.scores()
        for key, (value, comment) in scores.items():
            scoring_acts.agree_consensus(
                bid=self.bid,
                criterion=rows[key],
                value=value,
                comment=comment,
                attended=form.cleaned_data["attended"],
                actor=self.actor,
                now=self.now,
            )
        return len(scores)

    def get_success_url(self) -> str:
        """The next bid when one asked for it."""
        following = self.following() if "next" in self.request.POST else None
        return self.link("consensus", following.pk) if following else self.link("scoring")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Whether everybody handed in, whether it is closed."""
        return super().get_context_data(
            bid=self.bid,
            all_in=self.all_in,
            closing=TechnicalClosing.objects.filter(lot=self.lot, stage=self.bid.stage).first(),
            following=self.following(),
            **kwargs,
        )


class CompareView(LotRead):
    """Bids side by side: criteria in rows, bids in columns."""

    template_name = "evaluation/compare.html"
    section = "notation"
    page_title = _("Comparer les offres")
    page_lead = _("Un critère par ligne, une offre par colonne.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The table, with what the reader may see."""
        stage = stage_in_hand(self.lot)
        bids = reading.bids_of(self.lot, stage, actor=self.actor)
        ranking = Ranking.objects.filter(lot=self.lot, stage=stage).order_by("ranked_at").last()
        ranked = {row.bid_id: row for row in RankedBid.objects.filter(ranking=ranking)} if ranking else {}
        return super().get_context_data(
            bids=bids,
            table=reading.scoring_table(self.lot, stage, actor=self.actor),
            all_in=reading.all_handed_in(self.lot, stage),
            ranking=ranking,
            price_rows=[(bid, ranked.get(bid.pk)) for bid in bids],
            back_url=reverse("evaluation:scoring", args=[self.call.reference, self.lot.number]),
            **kwargs,
        )


class CloseTechnicalView(LotAct):
    """Closing the technical evaluation: then two custodians may open the prices."""

    section = "notation"
    action = "evaluation.close"
    page_title = _("Clore la notation technique")
    submit_label = _("Clore la notation technique")
    success_message = _("La notation technique est close. Les prix peuvent être ouverts.")
    back = "scoring"
    consequence = _("Les notes arrêtées ne changent plus. Deux gardiens peuvent ensuite ouvrir les plis de prix.")
    law = (
        LAW,
        _("Les prix restent scellés tant que la technique n’est pas notée : aucune note ne peut suivre un prix."),
        _("Article R. 2152-6 du code de la commande publique ; choix du site pour l’ordre des ouvertures."),
    )

    def load(self) -> None:
        """Where deposits are made elsewhere, nothing is sealed here: prices are recorded."""
        super().load()
        if self.call.deposit_at:
            self.success_message = __("La notation technique est close. Les prix peuvent être enregistrés.")
            self.consequence = __("Les notes arrêtées ne changent plus. Les prix peuvent ensuite être enregistrés.")
            first = __("Les prix ne s’enregistrent qu’après la notation technique : aucune note ne peut en suivre un.")
            self.law = (LAW, first, self.law[2])

    def act(self, form: BaseForm) -> TechnicalClosing:
        """Close."""
        return scoring_acts.close_technical_evaluation(
            lot=self.lot, stage=stage_in_hand(self.lot) or Bid.Stage.FINAL, actor=self.actor, now=self.now
        )
