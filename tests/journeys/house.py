"""The people of a journey: a buyer's team and firms, each with a window of their own, and the clock they share."""

from collections.abc import Callable
from datetime import datetime, timedelta

from playwright.sync_api import BrowserContext

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Organisation
from marketplace.journal.clock import MovingClock
from marketplace.journal.outbox import drain
from procurement.calls.models import Call, Lot
from tests.calls.builders import Team, make_team, team_user
from tests.factories import MembershipFactory, OrganisationFactory, make
from tests.journeys.looking import Seen, watch
from tests.journeys.person import Manner, Person


class House:
    """Everybody who takes part, at the hour at which the journey stands."""

    def __init__(
        self, visit: Callable[..., BrowserContext], clock: MovingClock, manner: Manner, *, looks: bool = False
    ) -> None:
        self.visit, self.clock, self.manner, self.looks = visit, clock, manner, looks
        self.seen = Seen()
        self.windows: dict[str, Person] = {}
        buyer = make(
            OrganisationFactory, buyer=True, name="Métropole d’Exemple", address="1 place de la Mairie", city="Rennes"
        )
        self.team: Team = make_team(buyer)
        self.firms: dict[str, Actor] = {}

    @property
    def call(self) -> Call:
        """The call of the journey, as it stands."""
        return Call.objects.select_related("lead_buyer").get(lead_buyer=self.team.buyer)

    @property
    def lot(self) -> Lot:
        """Its only lot."""
        return self.call.lots.select_related("timeline").get()

    def firm(self, name: str) -> Actor:
        """A start-up and its owner."""
        if name not in self.firms:
            organisation: Organisation = make(OrganisationFactory, name=name, city="Nantes")
            self.firms[name] = Actor.of(make(MembershipFactory, organisation=organisation))
        return self.firms[name]

    def at(self, actor: Actor | None) -> Person:
        """The window of a person, signed in; of a visitor without one."""
        key = str(actor.user_id) if actor else ""
        if key not in self.windows:
            user = team_user(actor) if actor else None
            page = self.visit(user, accept_downloads=True, **self.manner.options).new_page()
            watch(page, self.seen)
            self.windows[key] = Person(page, self.manner, self.seen, looks=self.looks)
        return self.windows[key]

    def pause(self, **duration: float) -> None:
        """Time passes, and what waited in the queue is done."""
        self.clock.advance(timedelta(**duration))
        drain()

    def until(self, instant: datetime) -> None:
        """Time passes until an instant."""
        self.clock.advance_to(max(instant, self.clock.now()))
        drain()
