"""The buyer's file of one call: head with its stage, and one navigation through every room.

Views of all rooms take `CallWorkspaceMixin` and extend `layout/call_workspace.html`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import Http404
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.pages import SignedIn
from marketplace.accounts.permissions import visible_or_404
from marketplace.ui.charts import Step
from marketplace.ui.formats import short_day_words
from procurement.calls.models import Call, Lot
from procurement.calls.models.call import Procedure
from procurement.calls.stages import Stage, stage

ORDER = [entry for entry in Stage if entry not in {Stage.CANCELLED, Stage.UNSUCCESSFUL}]


@dataclass(frozen=True, slots=True)
class Section:
    """One entry of the navigation: `of_lot` ones go lot by lot; none shows before its stage.

    Until bids may be opened the entries depend on dates alone: they never tell whether anybody answered.
    """

    code: str
    label: Any
    view: str
    since: Stage = Stage.PREPARATION
    of_lot: bool = False
    arguments: tuple[str, ...] = ()
    # Where deposits are made for the entry to make sense; None: anywhere.
    deposits_here: bool | None = None


SECTIONS = (
    Section("suivi", _("Vue d’ensemble"), "desk:call_board"),
    Section("rediger", _("Rédaction"), "calls:write", arguments=("besoin",)),
    Section("verifier", _("Vérifier et publier"), "calls:check"),
    Section("equipe", _("Équipe et droits"), "calls:team"),
    Section("gardiens", _("Gardiens des clés"), "submissions:custodians", deposits_here=True),
    Section("periodes", _("Dates et périodes"), "calls:periods", Stage.PUBLISHED),
    Section("questions", _("Questions"), "calls:questions", Stage.PUBLISHED),
    Section("ouverture", _("Ouverture des plis"), "submissions:opening", Stage.CANDIDATURES_OPEN, deposits_here=True),
    Section("recus", _("Plis reçus ailleurs"), "submissions:received", Stage.PUBLISHED, deposits_here=False),
    Section("recevabilite", _("Candidatures"), "evaluation:candidates", Stage.SELECTION, of_lot=True),
    Section("negociation", _("Négociation"), "evaluation:negotiation", Stage.NEGOTIATION, of_lot=True),
    Section("notation", _("Notation"), "evaluation:scoring", Stage.NEGOTIATION, of_lot=True),
    Section("classement", _("Classement"), "evaluation:ranking", Stage.EVALUATION, of_lot=True),
    Section("attribution", _("Choix"), "evaluation:award", Stage.EVALUATION, of_lot=True),
    Section("suspension", _("Lettres et délai"), "evaluation:standstill", Stage.EVALUATION, of_lot=True),
    Section("contrats", _("Contrats"), "contracts:contracts", Stage.WINNER_CLEARED, of_lot=True),
    Section("phases", _("Phases et livrables"), "contracts:phases", Stage.SIGNED, of_lot=True),
    Section("budget", _("Budget et factures"), "contracts:budget", Stage.SIGNED, of_lot=True),
    Section("conservation", _("Conservation"), "contracts:archive", Stage.SELECTION, of_lot=True),
    Section("messages", _("Messages"), "desk:messages"),
    Section("journal", _("Journal et preuves"), "desk:journal"),
)

PURCHASE_SECTIONS = (
    Section("suivi", _("Vue d’ensemble"), "desk:call_board"),
    Section("achat", _("Dossier d’achat"), "calls:purchase"),
    Section("equipe", _("Équipe et droits"), "calls:team"),
    Section("contrats", _("Contrat"), "contracts:contracts", Stage.WINNER_CLEARED, of_lot=True),
    Section("phases", _("Exécution"), "contracts:phases", Stage.SIGNED, of_lot=True),
    Section("budget", _("Budget et factures"), "contracts:budget", Stage.SIGNED, of_lot=True),
    Section("conservation", _("Conservation"), "contracts:archive", Stage.SIGNED, of_lot=True),
    Section("donnees", _("Données essentielles"), "notices:essential_data", Stage.SIGNED),
    Section("messages", _("Messages"), "desk:messages"),
    Section("journal", _("Journal et preuves"), "desk:journal"),
)
"""Navigation of a direct purchase (R2122-9-1): nothing is published, handed in, ranked or held."""

# Stages as the strip shows them: short words, the fact that ends each.
STRIP = (
    (_("Préparation"), "published_at"),
    (_("Candidatures"), "candidatures_close_at"),
    (_("Sélection"), "invited_at"),
    (_("Offres et négociation"), "final_close_at"),
    (_("Notation et choix"), "winner_cleared_at"),
    (_("Lettres et suspension"), "signed_at"),
    (_("Contrats et phases"), None),
)
PURCHASE_STRIP = (
    (_("Dossier et décision"), "winner_cleared_at"),
    (_("Contrat"), "signed_at"),
    (_("Exécution"), None),
)
ONE_STEP_STRIP = (STRIP[0], (_("Réponses"), "final_close_at"), *STRIP[4:])


class CallWorkspaceMixin(SignedIn):
    """A page of the file of one call: `reference` in the address, and `number` where a lot has its own page.

    `serves_calls`: whether partnerships have the page; `serves_purchases`: whether direct purchases do.
    """

    section = ""
    serves_calls = True
    serves_purchases = False
    call: Call
    lots: list[Lot]
    lot: Lot | None

    def load(self) -> None:
        """Read the call and its lots. Raises Http404 when absent or hidden."""
        calls = Call.objects.select_related("lead_buyer")
        self.call = visible_or_404(calls, self.actor, reference=self.kwargs["reference"])
        if not (self.serves_purchases if self.call.is_purchase else self.serves_calls):
            raise Http404
        self.lots = list(self.call.lots.select_related("timeline").order_by("number"))
        for lot in self.lots:
            lot.call = self.call
        self.lot = None
        if "number" in self.kwargs:
            self.lot = next((lot for lot in self.lots if lot.number == self.kwargs["number"]), None)
            if self.lot is None:
                raise Http404

    def stage_of(self, lot: Lot) -> Stage:
        """Stage of a lot now."""
        return stage(lot.timeline, self.now)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What the layout shows around the page."""
        shown = self.lot or self.lots[0]
        kwargs.setdefault("section", self.section)
        return super().get_context_data(
            call=self.call,
            lots=self.lots,
            lot=self.lot,
            other_lots=self._other_lots(),
            stage_label=self.stage_of(shown).label,
            strip=strip(shown, self.call.procedure, self.now),
            sections=sections(self.call, self.lots, self.lot, self.now),
            **kwargs,
        )

    def _other_lots(self) -> list[tuple[Lot, str, bool]]:
        """Every lot with its address under the same page, where the page is of a lot and the call has several."""
        match = self.request.resolver_match
        if self.lot is None or len(self.lots) == 1 or match is None:
            return []
        return [
            (lot, reverse(match.view_name, kwargs=self.kwargs | {"number": lot.number}), lot == self.lot)
            for lot in self.lots
        ]


def sections(call: Call, lots: list[Lot], lot: Lot | None, now: datetime) -> list[dict[str, Any]]:
    """Entries of the navigation that make sense at the stage of the most advanced lot."""
    reached = max(_reached(one, now) for one in lots)
    of_lot = lot or max(lots, key=lambda one: (_reached(one, now), -one.number))
    entries = []
    for section in PURCHASE_SECTIONS if call.is_purchase else SECTIONS:
        if ORDER.index(section.since) > reached:
            continue
        if section.deposits_here not in {None, not call.deposit_at}:
            continue
        arguments = [call.reference, *([of_lot.number] if section.of_lot else []), *section.arguments]
        try:
            url = reverse(section.view, args=arguments)
        except NoReverseMatch:
            continue
        entries.append({"code": section.code, "label": section.label, "url": url})
    return entries


def strip(lot: Lot, procedure: str, now: datetime) -> list[Step]:
    """The stage strip of a lot: done, now, to come."""
    line = lot.timeline
    one_step = procedure != Procedure.FORMALISED and line.published_at and not line.candidatures_open_at
    steps, is_open = [], True
    shown = PURCHASE_STRIP if procedure == Procedure.DIRECT else ONE_STEP_STRIP if one_step else STRIP
    for label, fact in shown:
        ended = getattr(line, fact) if fact else None
        is_done = ended is not None and ended <= now
        state = "done" if is_done else "now" if is_open else "next"
        is_open = is_open and is_done
        note = short_day_words(ended) if ended and (is_done or state == "now") else ""
        steps.append(Step(str(label), note, state))
    return steps


def _reached(lot: Lot, now: datetime) -> int:
    """How far a lot went; one that ended early keeps what it had reached."""
    at = stage(lot.timeline, now)
    if at in ORDER:
        return ORDER.index(at)
    facts = [(ORDER.index(step), fact) for step, fact in _FACTS if getattr(lot.timeline, fact)]
    return max((index for index, _fact in facts), default=0)


_FACTS = (
    (Stage.PUBLISHED, "published_at"),
    (Stage.CANDIDATURES_OPEN, "candidatures_open_at"),
    (Stage.SELECTION, "candidatures_close_at"),
    (Stage.INVITED, "invited_at"),
    (Stage.NEGOTIATION, "initial_close_at"),
    (Stage.EVALUATION, "final_close_at"),
    (Stage.STANDSTILL, "standstill_at"),
)
