"""The firms that a lead names in its group say themselves whether they take part (R2142-19 s., LR-50).

Nothing in the law asks for their consent at the deposit: the lead has to be empowered, which is proved by whoever is
chosen. So a member that did not answer is shown to the lead, and never holds anything. A member that refused holds the
seal: a bid that names a firm as its author after the firm said no would be one that nobody may make in its name.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Membership
from marketplace.accounts.permissions import require
from marketplace.journal.acts import SITE_CHAIN, act
from marketplace.journal.errors import Refusal
from procurement.law import deposits as law
from procurement.law.facts import SealFacts
from procurement.law.findings import refuse
from procurement.submissions.mails import tell_firm
from procurement.submissions.models import (
    ConsentRequest,
    GroupConsent,
    PartyMember,
    SealRequest,
    TenderingParty,
)

NAMED, REFUSED = "submissions.group_named", "submissions.group_refused"


@dataclass(frozen=True, slots=True)
class Member:
    """A firm of a group and what it said of the group as it is now.

    `state`: « lead », « given », « refused », « waiting », « no_account » (nobody can answer for it here), or
    « unasked » (the group is older than the question). `at`: instant of the answer, None without any.
    """

    row: PartyMember
    state: str
    at: datetime | None = None


def is_frozen(party: TenderingParty) -> bool:
    """Whether something was handed in that stands: the members are then fixed until the signature (R2142-26)."""
    asked = SealRequest.objects.filter(deposit__party=party)
    return asked.exclude(deposit__submission__withdrawal__isnull=False).exists()


def ask_members(party: TenderingParty, now: datetime) -> None:
    """Ask every member but the lead about the group as it is from now on, inside the act that forms or changes it.

    Who has an account is told by mail; a firm without any is asked nothing, but finds the question the day it signs up.
    """
    rows = list(party.members.select_related("organisation"))
    if len(rows) == 1:
        return
    last = ConsentRequest.objects.filter(party=party).aggregate(last=Max("round"))["last"] or 0
    told = [
        {
            "name": one.organisation.name,
            "identifier": one.organisation.identifier,
            "share": one.share,
            "is_lead": one.organisation_id == party.lead_id,
        }
        for one in sorted(rows, key=lambda one: (one.organisation_id != party.lead_id, one.organisation.name))
    ]
    for one in rows:
        if one.organisation_id != party.lead_id:
            request = ConsentRequest(
                party=party, organisation=one.organisation, round=last + 1, kind=party.kind, share=one.share,
                composition=told, asked_at=now,
            )  # fmt: skip
            request.save()
            _tell_member(request, party, now)


def members_of(party: TenderingParty) -> list[Member]:
    """Every firm of a group, the lead first, with what it said. Empty for a firm alone."""
    rows = list(party.members.select_related("organisation").order_by("organisation__name"))
    if len(rows) == 1:
        return []
    asked = {one.organisation_id: one for one in ConsentRequest.objects.filter(party=party).standing().with_answer()}
    people = Membership.objects.active().filter(organisation__in=[row.organisation_id for row in rows])
    reachable = set(people.values_list("organisation", flat=True))
    found = [_member(row, party, asked.get(row.organisation_id), reachable) for row in rows]
    return sorted(found, key=lambda one: one.state != "lead")


def require_agreement(party: TenderingParty) -> None:
    """Refuse to hand in for a firm that refused its part in the group. Raises RuleViolation (LR-50)."""
    # Most are alone: a seal in a rush asks nothing for them.
    if party.kind != party.Kind.SINGLE:
        refuse(law.check_agreement(SealFacts(refused_by=refused_by(party.pk))))


def refused_by(party_id: object) -> tuple[str, ...]:
    """Names of the members that refused their part in the group as it is now."""
    asked = ConsentRequest.objects.filter(party=party_id).standing().with_answer().filter(is_given=False)
    return tuple(asked.order_by("organisation__name").values_list("organisation__name", flat=True))


def answer(*, request: ConsentRequest, is_given: bool, actor: Actor, now: datetime) -> GroupConsent:
    """Say for a firm whether it takes its part in the group, as whoever may deposit for it may; the last word counts.

    Recorded as `consent.given` or `consent.refused` in the chain of the site, under the id of the question alone: an
    entry in the chain of the call would tell, before any opening, that a group is at work (B.9). A refusal is told to
    the people of the lead by mail.

    Raises:
        NotAllowed: The actor does not act for the firm.
        Refusal: The group changed since, the same was said already, or a consent is taken back after the deposit.
    """
    require(actor, "consent.answer", request)
    with act(
        SITE_CHAIN, "consent.given" if is_given else "consent.refused", actor=actor, now=now, subject=str(request.pk)
    ):
        current = ConsentRequest.objects.standing().with_answer().filter(pk=request.pk).first()
        if current is None:
            raise Refusal("Ce groupement a changé depuis cette demande : revenez à vos réponses, et lisez la nouvelle.")
        if current.is_given is is_given:
            raise Refusal("Votre entreprise a déjà répondu cela : il n’y a rien à changer.")
        if current.is_given and is_frozen(current.party):
            raise Refusal(
                "La réponse de ce groupement est déposée avec votre accord : sa composition ne change plus, sauf si "
                "l’acheteur le permet (R2142-26). Écrivez au mandataire."
            )
        said = GroupConsent(request=current, is_given=is_given, by_id=actor.user_id, at=now)
        said.save()
        if not is_given:
            _tell_lead(current, now)
    return said


def _member(
    row: PartyMember, party: TenderingParty, asked: ConsentRequest | None, reachable: Collection[object]
) -> Member:
    if row.organisation_id == party.lead_id:
        return Member(row, "lead")
    if asked is not None and asked.is_given is not None:
        return Member(row, "given" if asked.is_given else "refused", asked.answered_at)
    if row.organisation_id not in reachable:
        return Member(row, "no_account")
    return Member(row, "unasked" if asked is None else "waiting")


def _tell_member(request: ConsentRequest, party: TenderingParty, now: datetime) -> None:
    said = {
        "reference": party.lot.call.reference,
        "lot": party.lot.number,
        "lead": party.lead.name,
        "kind": request.get_kind_display().lower(),
        "share": request.share,
        "request": str(request.pk),
    }
    tell_firm(NAMED, request.organisation_id, said, now)


def _tell_lead(request: ConsentRequest, now: datetime) -> None:
    party = request.party
    said = {"reference": party.lot.call.reference, "lot": party.lot.number, "firm": request.organisation.name}
    tell_firm(REFUSED, party.lead_id, said, now)
