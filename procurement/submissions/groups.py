"""Who tenders changes: the lead's own business until it hands in, then only by an act of the buyer (R2142-26)."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Q

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Organisation
from marketplace.accounts.permissions import require
from marketplace.journal.acts import act, record_refusals
from marketplace.journal.errors import Refusal
from procurement.calls.facts import launch_date
from procurement.law import groups as law
from procurement.law.facts import GroupChangeFacts
from procurement.law.findings import refuse
from procurement.submissions.consents import ask_members, is_frozen
from procurement.submissions.deposits import WHOLE, check_shares
from procurement.submissions.mails import tell_firm
from procurement.submissions.models import GroupChange, PartyMember, Submission, TenderingParty
from procurement.submissions.signals import group_changes

CHANGED = "submissions.group_changed"


def can_change(party: TenderingParty) -> bool:
    """Whether the team may know the party and it has handed something in: before, the firm forms it itself."""
    handed_in = Submission.objects.filter(party=party, period__opening_began_at__isnull=False)
    return handed_in.exists()


@record_refusals("party.change")
def authorise_group_change(
    *,
    party: TenderingParty,
    kind: str,
    shares: Mapping[Organisation, int],
    ground: str,
    capacities_kept: bool,
    equality_kept: bool,
    evidence: str,
    reasons: str,
    actor: Actor,
    now: datetime,
) -> GroupChange:
    """Let the members of a candidate change after its deposit; tells its lead. Records `party.changed`.

    `shares`: each firm from now on, lead included, and its share in hundredths of a percent; `evidence`: what proves
    the ground, required unless it is « negotiation ».

    Raises:
        NotAllowed: Neither a validator nor a signatory of the call.
        RuleViolation: No ground of the law, capacities or equality not kept, no reasons (LR-50); a firm that would be
            in two submissions of the lot where the documents forbid it (LR-51).
        Refusal: Nothing was handed in and opened, shares that do not add up, the contract is signed, no change.
    """
    call = party.lot.call
    require(actor, "party.authorise_change", call)
    members = dict(shares)
    # That the lead stays is the rule book's to say.
    check_shares(members, kind, party.lead if party.lead in members else next(iter(members)))
    with act(call.chain, "party.changed", actor=actor, now=now, subject=party) as entry:
        current = TenderingParty.objects.select_related("lot__call", "lead").get(pk=party.pk)
        if not can_change(current):
            raise Refusal("Aucun pli ouvert de ce candidat : sa composition ne vous concerne pas encore.")
        before = {row.organisation_id: row for row in current.members.select_related("organisation")}
        refuse(
            law.check_group_change(
                GroupChangeFacts(
                    launch_date=launch_date(call, now),
                    ground=ground,
                    lead_stays=current.lead in members,
                    becomes_group=len(before) == 1 and len(members) > 1,
                    capacities_kept=capacities_kept,
                    equality_kept=equality_kept,
                    evidence=evidence,
                    reasons=reasons,
                    several_bids_forbidden=current.lot.call.several_bids_forbidden,
                    elsewhere=_elsewhere(current, [firm for firm in members if firm.pk not in before]),
                )
            )
        )
        group_changes.send(sender=TenderingParty, party=current, now=now)
        firms = (_told((row.organisation, row.share) for row in before.values()), _told(members.items()))
        if firms[0] == firms[1] and current.kind == kind:
            raise Refusal("La composition est déjà celle-ci : il n’y a rien à changer.")
        change = GroupChange(
            party=current, ground=ground, before=firms[0], after=firms[1], kind_before=current.kind, kind_after=kind,
            evidence=evidence.strip(), reasons=reasons.strip(), decided_by_id=actor.user_id, decided_at=now,
        )  # fmt: skip
        change.save()
        _replace_members(current, before, members)
        current.kind = kind
        current.save()
        entry.data.update(ground=ground, change=change.pk)
        told = {"reference": call.reference, "lot": current.lot.number}
        tell_firm(CHANGED, current.lead_id, told, now)
        ask_members(current, now)
    return change


def reform_party(
    *, party: TenderingParty, kind: str, shares: Mapping[Organisation, int] | None, actor: Actor, now: datetime
) -> TenderingParty:
    """Let a lead change its group, or tender alone, while nothing that stands is handed in; members are asked again.

    `shares` as in `form_party`. Raises NotAllowed, and Refusal once something is handed in, for a group that does not
    add up, or when nothing changes. Records `party.reformed`, in the chain of the call as `party.formed`: the rows of
    members are covered there, and entries named « party. » are told to nobody before the opening (B.9).
    """
    require(actor, "deposit.open", party)
    members = dict(shares or {party.lead: WHOLE})
    check_shares(members, kind, party.lead)
    with act(party.lot.call.chain, "party.reformed", actor=actor, now=now, subject=party.lot):
        current = TenderingParty.objects.select_related("lot__call", "lead").get(pk=party.pk)
        if is_frozen(current):
            raise Refusal(
                "Une réponse est déposée au nom de ce candidat : sa composition ne change plus, sauf si l’acheteur le "
                "permet (R2142-26). Retirez votre réponse avant l’heure limite, ou écrivez à l’acheteur."
            )
        before = {row.organisation_id: row for row in current.members.all()}
        same = {firm.pk: share for firm, share in members.items()} == {key: row.share for key, row in before.items()}
        if same and current.kind == kind:
            raise Refusal("La composition est déjà celle-ci : il n’y a rien à changer.")
        _replace_members(current, before, members)
        current.kind = kind
        current.save()
        ask_members(current, now)
    return current


def _elsewhere(party: TenderingParty, entering: Iterable[Organisation]) -> tuple[str, ...]:
    """Names of the firms coming in that have a part in another opened submission of the lot."""
    others = (
        Submission.objects.filter(period__lot=party.lot_id, period__opening_began_at__isnull=False)
        .exclude(Q(party=party.pk) | Q(withdrawal__isnull=False))
        .values("party")
    )
    firms = PartyMember.objects.filter(party__in=others, organisation__in=entering).order_by("organisation__name")
    return tuple(dict.fromkeys(firms.values_list("organisation__name", flat=True)))


def _told(rows: Any) -> list[dict[str, Any]]:
    told = [{"organisation": str(firm.pk), "name": firm.name, "share": share} for firm, share in rows]
    return sorted(told, key=lambda one: one["organisation"])


def _replace_members(
    party: TenderingParty, before: Mapping[Any, PartyMember], members: Mapping[Organisation, int]
) -> None:
    kept = {firm.pk for firm in members}
    for key, row in before.items():
        if key not in kept:
            row.delete()
    for firm, share in members.items():
        row = before.get(firm.pk) or PartyMember(party=party, organisation=firm)
        row.share = share
        row.save()
