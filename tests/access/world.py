"""The people, their browsers, and a true object for every argument of every address."""

import io
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from PIL import Image

from cms.catalogue.models import Domain
from cms.pages.models import Publisher
from cms.pages.site import EDITORS
from marketplace.accounts.actors import Actor
from marketplace.accounts.invitations import invite_member, path_of
from marketplace.accounts.models import JoinRequest, Membership, Organisation, User
from marketplace.files.services import stage as stage_file
from marketplace.journal import clock
from procurement.calls.models import Call, CallDocument, Lot, ProposedDeadline, TeamMember, TeamRole
from procurement.calls.services.publishing import add_document
from procurement.contracts.models import Contract, GateDecision, PaymentDue
from procurement.correspondence.models import Letter
from procurement.evaluation.models import AwardedPartner, Bid, Candidate, NegotiationMeeting, StandstillHold
from procurement.evaluation.services import interests
from procurement.law import calendar
from procurement.submissions.models import Deposit, DepositFile, Receipt
from tests.access import people, stage
from tests.access.table import DRAFT, OPEN, PLAYED
from tests.catalogue.factories import ProfileFactory
from tests.factories import MembershipFactory, OrganisationFactory, UserFactory, actor_for, make, within_act

LAUNCH = date(2026, 2, 3)
LATER = timedelta(days=30)
THEIRS = "theirs"
PICTURES = "original_images"
OF_HOLDER = ("partnership", "declare", "acknowledge", "acknowledge_decision", "hand_in", "agree")
PARTS = {
    people.AUTHOR: "author",
    people.VALIDATOR: "validator",
    people.EVALUATOR: "evaluator",
    people.SIGNATORY: "signatory",
    people.CUSTODIAN: "first_custodian",
    people.OUTSIDE_CUSTODIAN: "third_custodian",
}
ABSENT = {
    "reference": "PI-1999-999",
    "contract": "PI-1999-999-01",
    "number": 99,
    "version": 99,
    "phase": 99,
    "deliverable": 99,
    "order": 99,
    "receipt": "ABCD-2345",
    "kind": "absente",
    "step": "absente",
    "slug": "absente",
    "period": "absente",
    "envelope": "absente",
    "task": "absente",
    "token": "absente",
    "folder": "absente",
    "name": "absente.png",
    "0": "absente/",
}


@dataclass
class World:
    """Everything at once.

    `objects`: for each call, a value of every argument; "page.argument" where it means something else on one page.
    """

    users: dict[str, User | None]
    clients: dict[str, Client]
    objects: dict[str, dict[str, Any]]
    ours: Call
    theirs: Call
    winner: Organisation
    rival: Organisation

    def arguments(self, name: str, which: str, wanted: tuple[str, ...]) -> dict[str, Any]:
        """True values for the arguments of an address."""
        known = self.objects[which]
        return {one: known.get(f"{name}.{one}", known.get(one)) for one in wanted}

    def address(self, name: str, arguments: dict[str, Any]) -> str:
        unnamed = [arguments[one] for one in arguments if one.isdigit()]
        named = {one: value for one, value in arguments.items() if not one.isdigit()}
        return reverse(name, args=unnamed or None, kwargs=named or None)


def absent(argument: str, value: Any) -> Any:
    """A value of the same kind that names nothing."""
    if isinstance(value, int | str) and argument in ABSENT:
        return ABSENT[argument] if not isinstance(value, int) else 99
    return uuid4()


def make_world(folder: Path) -> tuple[World, Any]:
    """Play everything. The second value is the instant at which the tests look at it."""
    operator = actor_for(organisation__operator=True)
    begun = calendar.at_paris(LAUNCH - timedelta(days=30), stage.OPENING)
    with stage.light_documents():
        with clock.rehearsal(begun) as moving:
            ours, theirs = stage.a_house("Aubree", operator), stage.a_house("Brenne", operator)
            played = stage.play(ours, moving, LAUNCH, folder)
            ended = moving.now()
        with clock.rehearsal(begun) as moving:
            other = stage.play(theirs, moving, LAUNCH, folder)
        with clock.rehearsal(max(ended, moving.now())) as moving:
            opened, draft = stage.play_until_open(ours, moving, calendar.paris_date(ended) + LATER, folder)
            written = stage.prepare(ours, moving, opened.today + LATER, folder)
            moving.advance(timedelta(hours=1))
            world = _look(ours, theirs, played.call, other.call, opened.call, written.call, draft, moving.now())
            return world, moving.now()


def _look(
    ours: stage.House, theirs: stage.House, played: Call, other: Call, opened: Call, written: Call, draft: Deposit, now: Any
) -> World:
    winner, rival = _winner_and_rival(played)
    users = _people(ours, theirs, other, winner, rival)
    _join_teams(users, ours, [played, opened, written], now)
    held = add_document(
        call=written, kind=CallDocument.Kind.OTHER, actor=ours.people["author"], now=now,
        file=stage_file(b"%PDF-1.7\n" + b"annexe " * 20, name="annexe.pdf"),
    )  # fmt: skip
    account = _account(ours, users, now)
    objects = {
        PLAYED: _of_call(played, now) | account,
        THEIRS: _of_call(other, now) | account,
        OPEN: _of_open(opened, draft, now),
        DRAFT: {"reference": written.reference, "step": "besoin", "kind": held.kind, "version": held.version},
    }
    # Wagtail makes the row of a setting when it is first read.
    Publisher.load()
    clients = {name: _browser(user) for name, user in users.items()}
    return World(users, clients, objects, played, other, winner, rival)


def _winner_and_rival(call: Call) -> tuple[Organisation, Organisation]:
    contract = Contract.objects.filter(lot__call=call).order_by("rank").first()
    holders = Contract.objects.filter(lot__call=call).values("party")
    loser = Bid.objects.filter(lot__call=call).exclude(party__in=holders).select_related("party__lead").first()
    assert loser is not None, "the call needs a firm that was not chosen"
    return contract.party.lead, loser.party.lead


def _owner(organisation: Organisation) -> User:
    return Membership.objects.active().filter(organisation=organisation).order_by("since", "pk").first().user


def _people(
    ours: stage.House, theirs: stage.House, other: Call, winner: Organisation, rival: Organisation
) -> dict[str, User | None]:
    unverified = make(OrganisationFactory, unverified_buyer=True, name="Commune à vérifier")
    editor = make(UserFactory, is_staff=True)
    editor.groups.add(Group.objects.get(name=EDITORS))
    return {
        people.VISITOR: None,
        people.PERSON: make(UserFactory),
        people.WINNER: _owner(winner),
        people.RIVAL: _owner(rival),
        people.BYSTANDER: make(MembershipFactory).user,
        **{name: ours.users[part] for name, part in PARTS.items()},
        **{name: _agent(ours.buyer) for name in (people.SILENT, people.SET_ASIDE, people.COLLEAGUE)},
        people.AUDITOR: make(UserFactory),
        people.THEIR_AUTHOR: theirs.users["author"],
        people.THEIR_WINNER: _owner(_winner_and_rival(other)[0]),
        people.UNVERIFIED: make(MembershipFactory, organisation=unverified).user,
        people.EDITOR: editor,
        people.OPERATOR: User.objects.get(pk=ours.operator.user_id),
        people.SUPERUSER: make(UserFactory, is_staff=True, is_superuser=True),
    }


def _agent(buyer: Organisation) -> User:
    return make(MembershipFactory, organisation=buyer, role=Membership.Role.MEMBER).user


def _join_teams(users: dict[str, User | None], ours: stage.House, calls: list[Call], now: Any) -> None:
    """Those whom the play does not know join the team of each call, and say, or not, what interests they have."""
    roles = {
        people.SILENT: TeamRole.EVALUATOR, people.SET_ASIDE: TeamRole.EVALUATOR, people.AUDITOR: TeamRole.AUDITOR,
    }  # fmt: skip
    for call in calls:
        for name, role in roles.items():
            within_act(lambda: TeamMember.objects.create(call=call, user=users[name], role=role), chain=call.chain, at=now)  # noqa: B023 - called at once
        aside = Actor.of(Membership.objects.get(user=users[people.SET_ASIDE]))
        interests.declare(call=call, has_interest=True, text="Mon frère y travaille.", actor=aside, now=now)
        auditor = Actor.person(users[people.AUDITOR])
        interests.declare(call=call, has_interest=False, actor=auditor, now=now)


def _account(ours: stage.House, users: dict[str, User | None], now: Any) -> dict[str, Any]:
    author = ours.people["author"]
    invitation = invite_member(
        organisation=ours.buyer, email="invitee@exemple.fr", role=Membership.Role.MEMBER, actor=author, now=now
    )
    stranger = make(UserFactory)
    request = within_act(
        lambda: JoinRequest.objects.create(user=stranger, organisation=ours.buyer, requested_at=now), at=now
    )
    colleague = Membership.objects.get(user=users[people.COLLEAGUE])
    unverified = Membership.objects.get(user=users[people.UNVERIFIED]).organisation
    return {
        "token": path_of(invitation).rstrip("/").rpartition("/")[2],
        "accounts:cancel_invitation.pk": invitation.pk,
        "accounts:answer_request.pk": request.pk,
        "accounts:change_role.pk": colleague.pk,
        "accounts:end_membership.pk": colleague.pk,
        "accounts:verify_buyer.pk": unverified.pk,
        "catalogue:profile.slug": make(ProfileFactory).slug,
        "catalogue:domain.slug": Domain.objects.first().slug,
        "folder": PICTURES,
        "name": _picture(),
        "0": "aide/",
    }


def _of_call(call: Call, now: Any) -> dict[str, Any]:
    """What a call that was played to its end holds: of the firm that won, where the object is of a firm."""
    lot = call.lots.get()
    contract = Contract.objects.filter(lot=lot).order_by("rank").first()
    party = contract.party
    partner = AwardedPartner.objects.get(party=party)
    sealed = Deposit.objects.filter(party=party, submission__isnull=False).order_by("-opened_at").first()
    decision = GateDecision.objects.filter(contract=contract, round__isnull=False).first()
    return {
        "reference": call.reference,
        "number": lot.number,
        "step": "besoin",
        "period": "final",
        "envelope": "technical",
        "evaluation:period.kind": "finale",
        "candidate": Candidate.objects.get(lot=lot, party=party).pk,
        "bid": Bid.objects.filter(lot=lot, party=party).latest("pk").pk,
        "meeting": NegotiationMeeting.objects.filter(lot=lot, party=party).first().pk,
        "partner": partner.pk,
        "clearance": partner.clearance.pk,
        "proof": partner.clearance.proofs.first().pk,
        "hold": _hold(lot, now).pk,
        "contract": contract.number,
        **{f"contracts:{page}.number": contract.number for page in OF_HOLDER},
        "contracts:sign.contract": contract.pk,
        "contracts:sign_on_paper.contract": contract.pk,
        "contracts:refuse_signature.contract": contract.pk,
        "phase": decision.round.phase.number,
        "deliverable": 1,
        "order": contract.purchase_orders.first().number,
        "payment": PaymentDue.objects.filter(contract=contract).first().pk,
        "decision": decision.pk,
        "deposit": sealed.pk,
        "receipt": Receipt.objects.filter(submission__deposit=sealed).first().number,
        "submissions:late.receipt": _late(lot),
        "letter_id": Letter.objects.filter(call=call, recipient=party.lead).first().pk,
    }


def _picture() -> str:
    """A picture that an editor put on the site."""
    data = io.BytesIO()
    Image.new("RGB", (2, 2)).save(data, "PNG")
    return default_storage.save(f"{PICTURES}/preau.png", ContentFile(data.getvalue())).rpartition("/")[2]


def _hold(lot: Lot, now: Any) -> StandstillHold:
    return within_act(
        lambda: StandstillHold.objects.create(lot=lot, case_number="2600001", notified_at=now), chain=lot.call.chain, at=now
    )


def _late(lot: Lot) -> str:
    receipts = Receipt.objects.filter(submission__period__lot=lot).select_related("submission__period")
    return next(one.number for one in receipts if one.submission.received_at > one.submission.period.closes_at())


def _of_open(call: Call, draft: Deposit, now: Any) -> dict[str, Any]:
    lot = call.lots.get()
    period = draft.period
    validator = call.team.get(role=TeamRole.VALIDATOR).user
    within_act(
        lambda: ProposedDeadline.objects.create(
            period=period, closes_at=period.closes_at() + timedelta(days=7), reason="Une panne.", proposed_at=now,
            proposed_by=validator,
        ),
        chain=call.chain, at=now,
    )  # fmt: skip
    return {
        "reference": call.reference,
        "number": lot.number,
        "deposit": draft.pk,
        "envelope": "candidature",
        "file": draft.files.filter(kind=DepositFile.Kind.DOCUMENT).first().pk,
        "task": "capacites",
    }


def _browser(user: User | None) -> Client:
    client = Client(raise_request_exception=False)
    if user is not None:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client
