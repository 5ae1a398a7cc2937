"""Mails of this room: something waits on the site. Never what a contract or a deliverable says."""

from collections.abc import Iterable
from datetime import datetime

from marketplace.accounts.models import Membership, User
from marketplace.mail.services import send
from procurement.calls.models import TeamMember, TeamRole
from procurement.contracts.models import Contract
from procurement.contracts.permissions import FOLLOWING, PREPARING


def tell_holder(contract: Contract, kind: str, *, now: datetime) -> None:
    """Mail every person of the firm that holds the contract, inside the current act."""
    members = Membership.objects.active().filter(organisation_id=contract.party.lead_id).select_related("user")
    _tell([member.user for member in members], contract, kind, now)


def tell_signatories(contract: Contract, kind: str, *, now: datetime) -> None:
    """Mail those who sign for the buyer."""
    _tell(_people(contract, (TeamRole.SIGNATORY,)), contract, kind, now)


def tell_preparers(contract: Contract, kind: str, *, now: datetime) -> None:
    """Mail the buyer's people who prepare the contract."""
    _tell(_people(contract, PREPARING), contract, kind, now)


def tell_followers(contract: Contract, kind: str, *, now: datetime) -> None:
    """Mail the buyer's people who follow its performance."""
    _tell(_people(contract, FOLLOWING), contract, kind, now)


def _people(contract: Contract, roles: Iterable[str]) -> list[User]:
    rows = TeamMember.objects.filter(call=contract.call, role__in=roles, until=None).select_related("user")
    return list({row.user_id: row.user for row in rows}.values())


def _tell(people: Iterable[User], contract: Contract, kind: str, now: datetime) -> None:
    context = {
        "number": contract.number,
        "reference": contract.call.reference,
        "lot": contract.lot.number,
        "contract": str(contract.pk),
    }
    for person in people:
        send(kind, to=person, context=context, now=now)
