"""One opened bid: what it says, whether it meets what was required, whether it may be ranked."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from marketplace.ui.formats import euros_words
from procurement.calls.models import Requirement
from procurement.evaluation import answers
from procurement.evaluation.facts import award_criteria, quality_leaves
from procurement.evaluation.forms.bids import AssessForm, ExplanationForm, PriceAnswerForm, RequirementsForm
from procurement.evaluation.models import Bid, PriceExplanation, RequirementCheck
from procurement.evaluation.services import scoring_acts
from procurement.evaluation.views.base import LotAct, LotPage, LotRead
from procurement.submissions.consents import members_of


class OfBid(LotPage):
    """A page about one bid of the lot."""

    section = "notation"
    bid: Bid

    def find(self) -> None:
        """The bid of this lot."""
        super().find()
        rows = Bid.objects.filter(lot=self.lot).select_related("party__lead", "submission")
        self.bid = get_object_or_404(rows, pk=self.kwargs["bid"])
        self.bid.lot = self.lot

    def bid_context(self) -> dict[str, Any]:
        """What the bid says, read once."""
        criteria = award_criteria(self.lot)
        numbers = answers.numbered_leaves(criteria)
        said = self.bid.technical.get("answers", [])
        return {
            "bid": self.bid,
            "members": members_of(self.bid.party),
            "answered": [
                (leaf, answers.answer_to(said, numbers.get(leaf.key, ""))) for leaf in quality_leaves(criteria)
            ],
            "parts": answers.technical_parts(self.lot, self.bid.technical),
            "prices": answers.price_parts(self.lot, self.bid.price),
            "files": answers.files_of([self.bid.submission_id]).get(self.bid.submission_id, []),
        }


class ActOfBid(OfBid, LotAct):
    """An act upon one bid; it leads back to the bid."""

    def get_back_url(self) -> str:
        """The bid."""
        return self.link("bid", self.bid.pk)

    def get_page_lead(self) -> str:
        """Its author and stage."""
        return str(self.bid)


class BidView(OfBid, LotRead):
    """A bid to read, with what the buyer found of it."""

    template_name = "evaluation/bid.html"

    def get_page_title(self) -> str:
        """Its author and stage."""
        return str(self.bid)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The bid, its checks, its price."""
        return super().get_context_data(**kwargs) | {
            **self.bid_context(),
            "checks": list(RequirementCheck.objects.filter(bid=self.bid).select_related("requirement")),
            "explanation": PriceExplanation.objects.filter(bid=self.bid).first(),
            "may": self.may("bids.register", "bids.score"),
        }


class RequirementsView(ActOfBid):
    """Whether the bid meets each requirement of the lot."""

    action = "bids.register"
    form_class = RequirementsForm
    page_title = _("Vérifier les exigences")
    submit_label = _("Enregistrer les vérifications")
    success_message = _("Les vérifications sont enregistrées.")
    law = (
        _("Ce que dit la loi"),
        _(
            "Les exigences minimales ne se négocient pas. Une offre qui en manque une à la fin est irrégulière : elle "
            "n’est pas classée."
        ),
        _("Articles R. 2172-22 et R. 2161-20 du code de la commande publique."),
    )

    def get_form_kwargs(self) -> dict[str, Any]:
        """Requirements, what was found, what the bidder says."""
        found = {row.requirement_id: row for row in RequirementCheck.objects.filter(bid=self.bid)}
        said = {row.get("number"): row for row in self.bid.technical.get("requirements", [])}
        return {
            **super().get_form_kwargs(),
            "requirements": list(Requirement.objects.filter(lot=self.lot)),
            "found": found,
            "said": said,
        }

    def act(self, form: RequirementsForm) -> Any:
        """Record them."""
        return scoring_acts.check_requirements(bid=self.bid, checks=form.checks(), actor=self.actor, now=self.now)


class AssessView(ActOfBid):
    """Regular, or set aside for written reasons."""

    action = "bids.register"
    form_class = AssessForm
    page_title = _("Constater la régularité")
    submit_label = _("Enregistrer le constat")
    success_message = _("Le constat est enregistré. Il peut changer jusqu’au choix.")
    law = (
        _("Ce que dit la loi"),
        _(
            "Irrégulière : incomplète ou contraire aux documents. Inacceptable : au-dessus des crédits fixés avant le "
            "lancement. Inappropriée : sans rapport avec le besoin. Anormalement basse : jamais sans avoir demandé des "
            "explications."
        ),
        _("Articles L. 2152-1 à L. 2152-6, R. 2152-1 à R. 2152-5 du code de la commande publique."),
    )

    def get_initial(self) -> dict[str, Any]:
        """What was found before."""
        return {"status": self.bid.status, "reasons": self.bid.status_reasons}

    def act(self, form: AssessForm) -> Bid:
        """Record it."""
        return scoring_acts.assess_bid(
            bid=self.bid,
            status=form.cleaned_data["status"],
            reasons=form.cleaned_data["reasons"],
            actor=self.actor,
            now=self.now,
            accepted=self.accepted(),
        )


class PriceView(ActOfBid):
    """Asking a bidder to justify a low price; then keeping its answer."""

    action = "bids.register"
    success_message = _("C’est enregistré au dossier.")
    law = (
        _("Ce que dit la loi"),
        _(
            "Un prix qui paraît anormalement bas s’explique avant tout rejet. L’écart avec les autres prix ne prouve "
            "rien à lui seul."
        ),
        _("Articles L. 2152-5, L. 2152-6 et R. 2152-3 à R. 2152-5 du code de la commande publique."),
    )

    def find(self) -> None:
        """What was asked already."""
        super().find()
        self.asked = PriceExplanation.objects.filter(bid=self.bid).first()
        if self.asked is not None:
            self.asked.bid = self.bid

    def get_form_class(self) -> type:
        """The question, then the answer."""
        return PriceAnswerForm if self.asked else ExplanationForm

    def get_page_title(self) -> str:
        """The question, then the answer."""
        if self.asked:
            return __("Consigner la réponse sur le prix")
        return __("Demander des explications sur le prix")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What was asked and answered."""
        asked = self.asked
        label = _("Consigner la réponse") if asked else _("Envoyer la demande")
        facts = [(_("Prix total HT"), _price(self.bid))]
        if asked:
            facts += [(_("Question posée"), asked.question), (_("Réponse"), asked.answer or _("Pas encore consignée"))]
        return {**super().get_context_data(**kwargs), "facts": facts, "submit_label": label}

    def act(self, form: Any) -> PriceExplanation:
        """Ask, or keep the answer."""
        if self.asked is not None:
            return scoring_acts.record_price_explanations(
                explanation=self.asked, answer=form.cleaned_data["answer"], actor=self.actor, now=self.now
            )
        return scoring_acts.ask_price_explanations(
            bid=self.bid,
            question=form.cleaned_data["question"],
            deadline=form.cleaned_data["deadline"],
            actor=self.actor,
            now=self.now,
        )


def _price(bid: Bid) -> str:
    return euros_words(bid.total_ht) if bid.is_priced else __("Pas encore ouvert")
