"""What the page of a profile, or of one of its solutions, shows, read from what is already loaded: no query here."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from cms.catalogue import trust
from cms.catalogue.regions import Region

if TYPE_CHECKING:
    from cms.catalogue.models import Confirmation, Profile, Solution


@dataclass(frozen=True, slots=True)
class Client:
    """A public body that uses what the organisation makes, confirmed by itself or only declared."""

    name: str
    detail: str
    state: str
    is_confirmed: bool


@dataclass(frozen=True, slots=True)
class Testimony:
    """What a client wrote and an editor accepted, with who wrote it."""

    text: str
    author: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """The content of a page.

    Attributes:
        profile: The organisation.
        solution: The solution that the page is about, None for the page of the whole profile.
        facts: The lines of the table of marks.
        identity: The line about the SIREN, None when none is known.
        clients: Who uses it, confirmed or declared.
        testimonies: What clients wrote.
        offers: The solutions whose price and conditions are shown.
        words: Short words beside the domains: maturity, « Se dit innovante », « Logiciel libre ».
        served: Where the organisation works, empty when it did not say.
    """

    profile: "Profile"
    solution: "Solution | None"
    facts: list[trust.Fact]
    identity: trust.Fact | None
    clients: list[Client]
    testimonies: list[Testimony]
    offers: list["Solution"]
    words: list[str]
    served: str

    @property
    def subject(self) -> "Profile | Solution":
        """What the page presents: the solution, or the profile."""
        return self.solution or self.profile

    @property
    def pair(self) -> tuple[str, str]:
        """The parameter of an address that names the subject."""
        return self.subject.pair

    @property
    def is_withdrawn(self) -> bool:
        """Whether the page stays only as a trace: dated, without contact."""
        return self.profile.withdrawn_at is not None

    @property
    def may_be_asked(self) -> bool:
        """Whether somebody is there to answer a question."""
        return self.profile.organisation_id is not None and not self.is_withdrawn


def sheet_of(profile: "Profile", *, now: datetime, solution: "Solution | None" = None) -> Sheet:
    """The content of the page of a profile, or of one of its solutions, at an instant (UTC)."""
    offers = [solution] if solution else list(profile.solutions.all())
    said = trust.confirmations_of(profile)
    pairs = [(one, said.get((one.uid, one.statement))) for one in profile.references.all()]
    return Sheet(
        profile=profile,
        solution=solution,
        facts=trust.facts_of(profile, now=now) + (trust.declared_of(profile, solution) if solution else []),
        identity=trust.identity(profile, now=now),
        clients=[Client(one.client, one.detail, *_state(word, now)) for one, word in pairs],
        testimonies=[
            Testimony(word.quote, f"{word.author}, {one.client}" if word.author else one.client)
            for one, word in pairs
            if word and word.quote and word.quote_accepted_at
        ],
        offers=offers,
        words=_words(offers),
        served=served_words(profile.served_regions),
    )


def served_words(codes: Iterable[str]) -> str:
    """Regions in words: « Bretagne, Normandie », « La France entière » for all of them; empty when none is told."""
    told = set(codes)
    labels = [region.label for region in Region if region.value in told]
    return _("La France entière") if len(labels) == len(Region) else ", ".join(labels)


def _state(word: "Confirmation | None", now: datetime) -> tuple[str, bool]:
    if word is None or word.confirmed_at is None:
        return _("Déclarée"), False
    is_fresh = now - word.confirmed_at <= trust.LASTS
    return (_("Confirmée"), True) if is_fresh else (_("À reconfirmer"), False)


def _words(offers: list["Solution"]) -> list[str]:
    words = [offer.get_maturity_display() for offer in offers if offer.maturity]
    if any(offer.claims_innovative for offer in offers):
        words.append(_("Se dit innovante"))
    if any(offer.is_open_source for offer in offers):
        words.append(_("Logiciel libre"))
    return list(dict.fromkeys(words))
