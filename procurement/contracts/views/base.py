"""What the pages of a lot's contracts share: who may read, which contract, where one goes back to."""

from typing import Any

from django.http import Http404
from django.urls import reverse

from marketplace.accounts.pages import ActView, Page
from marketplace.accounts.permissions import Verdict, can, visible_or_404
from procurement.calls.models import Lot
from procurement.calls.workspace import CallWorkspaceMixin
from procurement.contracts.models import Contract
from procurement.contracts.reading import DeliverableDossier, Dossier, PhaseDossier, dossiers, with_details


class OfLot(CallWorkspaceMixin):
    """A page of one lot, for the team of its call."""

    lot: Lot
    serves_purchases = True

    def allowed(self) -> Verdict:
        """The team only: colleagues see the call, not its contracts."""
        return can(self.actor, "contracts.read", self.call)

    def address(self, view: str, *more: object) -> str:
        """Address of a page of this lot."""
        return reverse(f"contracts:{view}", args=[self.call.reference, self.lot.number, *more])

    def dossiers(self) -> list[Dossier]:
        """Every contract of the lot, in the order of the award."""
        contracts = with_details(Contract.objects.visible_to(self.actor).filter(lot=self.lot)).order_by(
            "rank", "number"
        )
        return dossiers([self.within_lot(contract) for contract in contracts], self.now)

    def within_lot(self, contract: Contract) -> Contract:
        """The contract, tied to the lot that the page has read already."""
        contract.lot = self.lot
        return contract


class OfContract(OfLot):
    """A page of one contract, named by its number in the address."""

    contract: Contract
    dossier: Dossier

    def load(self) -> None:
        """Read the contract. Raises Http404 when absent or hidden."""
        super().load()
        contracts = with_details(Contract.objects.all())
        found = visible_or_404(contracts, self.actor, lot=self.lot, number=self.kwargs["contract"])
        self.contract = self.within_lot(found)
        self.dossier = Dossier(self.contract, self.now)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The contract beside what the workspace shows."""
        return super().get_context_data(**kwargs | {"dossier": self.dossier, "contract": self.contract})


class OfPhase(OfContract):
    """A page of one phase of one contract."""

    row: PhaseDossier

    def load(self) -> None:
        """Read the phase. Raises Http404 when the contract has none of that number."""
        super().load()
        self.row = phase_or_404(self.dossier, self.kwargs["phase"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The phase beside its contract."""
        return super().get_context_data(**kwargs | {"row": self.row})


class LotPage(OfLot, Page):
    """A page to read, for the team."""


class BuyerAct(ActView):
    """An act of the buyer: `action` is asked upon `target()`, `back` names the page one returns to."""

    template_name = "layout/call_act.html"
    action = ""
    back = "contracts"

    def target(self) -> Any:
        """The object of the act."""
        return self.lot

    def allowed(self) -> Verdict:
        """Whether the actor may do the act."""
        reading = super().allowed()
        return can(self.actor, self.action, self.target()) if reading else reading

    def get_back_url(self) -> str:
        """The page on which the act is offered."""
        return self.address(self.back)

    def get_success_url(self) -> str:
        """Where one lands after the act."""
        return self.get_back_url()


class LotAct(BuyerAct, OfLot):
    """An act upon a lot."""


class ContractAct(BuyerAct, OfContract):
    """An act upon a contract; one returns to the contract."""

    section = "contrats"

    def target(self) -> Any:
        """The contract."""
        return self.contract

    def get_back_url(self) -> str:
        """The contract."""
        return self.address("contract", self.contract.number)


class PhaseAct(BuyerAct, OfPhase):
    """An act upon a phase of a contract; one returns to the phases of the lot."""

    section = "phases"
    back = "phases"

    def target(self) -> Any:
        """The contract of the phase."""
        return self.contract


def phase_or_404(dossier: Dossier, number: int) -> PhaseDossier:
    """The phase of that number. Raises Http404 when there is none."""
    for row in dossier.phases:
        if row.phase.number == number:
            row.phase.contract = dossier.contract
            return row
    raise Http404


def deliverable_or_404(row: PhaseDossier, number: int) -> DeliverableDossier:
    """The deliverable of that number in a phase. Raises Http404 when there is none."""
    for one in row.deliverables:
        if one.deliverable.number == number:
            return one
    raise Http404
