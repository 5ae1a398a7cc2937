"""The people, their browsers, and a true object for every argument of every address."""

import io
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from django.contrib.auth.models import Group
from django.core import signing
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from PIL import Image
from wagtail.models import Site

from cms.catalogue.listing import Question
from cms.catalogue.models import Domain
from cms.needs import links
from cms.needs.models import Supporter
from cms.pages.models import EventIndex, EventPage, Publisher
from cms.pages.site import EDITORS
from cms.sourcing import services as sourcing
from marketplace.accounts.actors import Actor
from marketplace.accounts.invitations import invite_member, path_of
from marketplace.accounts.models import JoinRequest, Membership, Organisation, User
from marketplace.files.services import stage as stage_file
from marketplace.journal import clock
from marketplace.mail.links import stop_path
from procurement.calls.models import (
    Call,
    CallDocument,
    Lot,
    SubmissionPeriod,
    TeamMember,
    TeamRole,
)
from procurement.calls.services.orientation import orient
from procurement.calls.services.publishing import add_document
from procurement.contracts.models import Contract, GateDecision, PaymentDue, Penalty
from procurement.correspondence.models import Letter
from procurement.evaluation.models import (
    AwardedPartner,
    Bid,
    Candidate,
    Complement,
    ComplementItem,
    ComplementRequest,
    Exclusion,
    NegotiationMeeting,
    StandstillHold,
)
from procurement.evaluation.services import interests
from procurement.law import calendar
from procurement.submissions.models import BackupCopy, CopyOpening, Deposit, Receipt
from tests.access import people, stage
from tests.access.open_calls import of_open
from tests.access.table import DRAFT, OPEN, OURS, PLAYED, PURCHASE, THEIRS
from tests.catalogue.factories import ProfileFactory, SolutionFactory
from tests.factories import MembershipFactory, OrganisationFactory, UserFactory, actor_for, make, within_act
from tests.needs.builders import published_need

LAUNCH = date(2026, 2, 3)
LATER = timedelta(days=30)
HOUR = timedelta(hours=1)
PICTURES = "original_images"
OF_HOLDER = (
    "partnership", "declare", "acknowledge", "acknowledge_decision", "hand_in", "agree", "my_payments", "my_billing",
    "bill_advance", "bill_phase", "bill_order", "my_invoice", "deposit_invoice", "credit_note", "check_my_transfer",
    "answer_penalty", "ask_certificate",
)  # fmt: skip
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
    "number": "PI-1999-999-01",
    "receipt": "ABCD-2345",
    "kind": "absente",
    "code": "absente",
    "step": "absente",
    "slug": "absente",
    "period": "absente",
    "envelope": "absente",
    "task": "absente",
    "token": "absente",
    "folder": "absente",
    "section": "absente",
    "holdings": "absente",
    "subject": "absente",
    "figure": "absente",
    "name": "absente.png",
    "0": "absente/",
}


@dataclass
class World:
    """Everything at once.

    `objects`: for each call of each buyer, a value of every argument; "page.argument" where a page means another thing.
    """

    users: dict[str, User | None]
    clients: dict[str, Client]
    objects: dict[tuple[str, str], dict[str, Any]]
    call: Call
    winner: Organisation
    rival: Organisation

    def arguments(self, name: str, owner: str, call: str, wanted: tuple[str, ...]) -> dict[str, Any]:
        """True values for the arguments of an address."""
        known = self.objects[owner, call]
        return {one: known.get(f"{name}.{one}", known.get(one)) for one in wanted}


def address_of(name: str, arguments: dict[str, Any]) -> str:
    unnamed = [arguments[one] for one in arguments if one.isdigit()]
    named = {one: value for one, value in arguments.items() if not one.isdigit()}
    return reverse(name, args=unnamed or None, kwargs=named or None)


def absent(argument: str, value: Any) -> Any:
    """A value of the same kind that names nothing."""
    if isinstance(value, int):
        return 99
    return ABSENT[argument] if isinstance(value, str) else uuid4()


def make_world(folder: Path) -> tuple[World, datetime]:
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
            launch = calendar.paris_date(ended) + LATER
            calls = {
                OURS: _Calls(played.call, *stage.play_until_open(ours, moving, launch, folder)),
                THEIRS: _Calls(other.call, *stage.play_until_open(theirs, moving, launch, folder)),
            }
            for owner, house in ((OURS, ours), (THEIRS, theirs)):
                calls[owner].written = stage.prepare(house, moving, launch + LATER, folder)
                calls[owner].purchase = stage.purchase(house, moving.now())
            moving.advance(timedelta(hours=1))
            return _look({OURS: ours, THEIRS: theirs}, calls, moving.now()), moving.now()


@dataclass
class _Calls:
    """The calls of a buyer: played to the end, open with the draft of a firm, and in preparation."""

    played: Call
    opened: Call
    draft: Deposit
    written: Call | None = None
    purchase: Call | None = None

    def each(self) -> list[Call]:
        return [self.played, self.opened, self.written, self.purchase]


def _look(houses: dict[str, stage.House], calls: dict[str, _Calls], now: datetime) -> World:
    winner, rival = _winner_and_rival(calls[OURS].played)
    users = _people(houses, calls, winner, rival)
    _join_teams(users, calls[OURS].each(), now)
    unverified = Membership.objects.get(user=users[people.UNVERIFIED]).organisation
    solution = make(SolutionFactory, profile=make(ProfileFactory, organisation=winner))
    public = {
        "catalogue:profile.slug": make(ProfileFactory).slug,
        "api:profile.slug": make(ProfileFactory).slug,
        "catalogue:solution.slug": solution.slug,
        "catalogue:confirm_question.token": signing.dumps("question", salt="catalogue.question"),
        "catalogue:question.slug": solution.profile.slug,
        "catalogue:question_held.slug": solution.profile.slug,
        "catalogue:question_sent.slug": solution.profile.slug,
        "catalogue:report.slug": solution.profile.slug,
        "catalogue:reported.slug": solution.profile.slug,
        "catalogue:domain.slug": Domain.objects.first().slug,
        "accounts:verify_buyer.pk": unverified.pk,
        "accounts:refuse_verification.pk": unverified.pk,
        "code": "gate_powers",
        "mail:stop.token": stop_path(users[people.COLLEAGUE].pk, "desk.call_alert").rstrip("/").rpartition("/")[2],
        "event_calendar.slug": _event(now).slug,
        "section": "fiches",
        "share_image.kind": "site",
        "subject": "accueil",
        **_of_needs(now),
        "folder": PICTURES,
        "name": _picture(),
        "0": "aide/",
    }
    colleagues = {OURS: users[people.COLLEAGUE], THEIRS: houses[THEIRS].users["evaluator"]}
    objects: dict[tuple[str, str], dict[str, Any]] = {}
    for owner, house in houses.items():
        objects[owner, PLAYED] = public | _of_call(calls[owner].played, now) | _account(house, colleagues[owner], now)
        objects[owner, OPEN] = of_open(calls[owner].opened, calls[owner].draft, now)
        objects[owner, PURCHASE] = {"reference": calls[owner].purchase.reference, "offer": 1}
        objects[owner, DRAFT] = _of_draft(calls[owner].written, house, now)
    # Wagtail makes the row of a setting when it is first read.
    Publisher.for_site(Site.objects.get(is_default_site=True))
    clients = {name: _browser(user) for name, user in users.items()}
    return World(users, clients, objects, calls[OURS].played, winner, rival)


def _of_draft(call: Call, house: stage.House, now: datetime) -> dict[str, Any]:
    held = add_document(
        call=call, kind=CallDocument.Kind.OTHER, actor=house.people["author"], now=now,
        file=stage_file(b"%PDF-1.7\n" + b"annexe " * 20, name="annexe.pdf"),
    )  # fmt: skip
    return {
        "reference": call.reference,
        "step": "besoin",
        "slug": held.slug,
        "version": held.version,
        "calls:pattern.slug": "mobilite",
        "calls:write_model.slug": "mobilite",
    }


def _winner_and_rival(call: Call) -> tuple[Organisation, Organisation]:
    contract = Contract.objects.filter(lot__call=call).order_by("rank").first()
    holders = Contract.objects.filter(lot__call=call).values("party")
    loser = Bid.objects.filter(lot__call=call).exclude(party__in=holders).select_related("party__lead").first()
    assert loser is not None, "the call needs a firm that was not chosen"
    return contract.party.lead, loser.party.lead


def _owner(organisation: Organisation) -> User:
    return Membership.objects.active().filter(organisation=organisation).order_by("since", "pk").first().user


def _people(
    houses: dict[str, stage.House], calls: dict[str, _Calls], winner: Organisation, rival: Organisation
) -> dict[str, User | None]:
    ours = houses[OURS]
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
        people.THEIR_AUTHOR: houses[THEIRS].users["author"],
        people.THEIR_WINNER: _owner(_winner_and_rival(calls[THEIRS].played)[0]),
        people.UNVERIFIED: make(MembershipFactory, organisation=unverified).user,
        people.EDITOR: editor,
        people.OPERATOR: User.objects.get(pk=ours.operator.user_id),
        people.SUPERUSER: make(UserFactory, is_staff=True, is_superuser=True),
    }


def _agent(buyer: Organisation) -> User:
    return make(MembershipFactory, organisation=buyer, role=Membership.Role.MEMBER).user


def _join_teams(users: dict[str, User | None], calls: list[Call], now: datetime) -> None:
    """Those whom the play does not know join the team of each call, and say, or not, what interests they have."""
    roles = {
        people.SILENT: TeamRole.EVALUATOR, people.SET_ASIDE: TeamRole.EVALUATOR, people.AUDITOR: TeamRole.AUDITOR,
    }  # fmt: skip
    for call in calls:
        for name, role in roles.items():
            row = TeamMember(call=call, user=users[name], role=role)
            within_act(row.save, chain=call.chain, at=now)
        aside = Actor.of(Membership.objects.get(user=users[people.SET_ASIDE]))
        interests.declare(call=call, has_interest=True, text="Mon frère y travaille.", actor=aside, now=now)
        auditor = Actor.person(users[people.AUDITOR])
        interests.declare(call=call, has_interest=False, actor=auditor, now=now)


def _account(house: stage.House, colleague: User, now: datetime) -> dict[str, Any]:
    """What the owners of the account of a buyer decide upon."""
    invitation = invite_member(
        organisation=house.buyer, email="invitee@exemple.fr", role=Membership.Role.MEMBER,
        actor=house.people["author"], now=now,
    )  # fmt: skip
    request = JoinRequest(user=make(UserFactory), organisation=house.buyer, requested_at=now)
    within_act(request.save, at=now)
    member = Membership.objects.get(user=colleague)
    return _kept(house, now) | {
        "token": path_of(invitation).rstrip("/").rpartition("/")[2],
        "accounts:cancel_invitation.pk": invitation.pk,
        "accounts:answer_request.pk": request.pk,
        "accounts:change_role.pk": member.pk,
        "accounts:end_membership.pk": member.pk,
    }


def _kept(house: stage.House, now: datetime) -> dict[str, Any]:
    """What the buyer keeps of the catalogue."""
    author = house.people["author"]
    item = sourcing.add(profile=make(ProfileFactory), solution=None, actor=author, now=now)
    exported = sourcing.export(need="Un besoin", searches="", actor=author, now=now)
    search = sourcing.follow(question=Question(text="quai"), title="Quai", actor=author, now=now)
    answers = {
        "title": "Trouver le quai", "supply": "none", "nature": "services", "research_ht": Decimal(50_000),
        "purchases_ht": Decimal(40_000), "reasons": "Rien ne répond.",
    }  # fmt: skip
    chosen = orient(buyer=house.buyer, answers=answers, actor=author, now=now)
    return {"item": item.pk, "uid": exported.uid, "search": search.pk, "orientation_id": chosen.pk}


def _of_call(call: Call, now: datetime) -> dict[str, Any]:
    """What a call that was played to its end holds: of the firm that won, where the object is of a firm."""
    lot = call.lots.get()
    contract = Contract.objects.filter(lot=lot).order_by("rank").first()
    party = contract.party
    partner = AwardedPartner.objects.get(party=party)
    sealed = Deposit.objects.filter(party=party, submission__isnull=False).order_by("-opened_at").first()
    decision = GateDecision.objects.filter(contract=contract, round__isnull=False).first()
    return {
        **{
            f"desk:{page}.{argument}": value
            for page in ("call_document", "call_document_odt", "call_document_latest")
            for argument, value in (("slug", "reglement-de-consultation"), ("version", 1))
        },
        "reference": call.reference,
        "number": lot.number,
        "holdings": "procedure",
        "party": party.pk,
        "step": "besoin",
        "period": "final",
        "envelope": "technical",
        "evaluation:period.kind": "finale",
        "candidate": Candidate.objects.get(lot=lot, party=party).pk,
        "bid": Bid.objects.filter(lot=lot, party=party).latest("pk").pk,
        "meeting": NegotiationMeeting.objects.filter(lot=lot, party=party).first().pk,
        "partner": partner.pk,
        **_of_candidate(Candidate.objects.get(lot=lot, party=party), now),
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
        "invoice": PaymentDue.objects.filter(contract=contract).first().pk,
        "penalty": _penalty(contract, now).pk,
        "decision": decision.pk,
        "deposit": sealed.pk,
        "receipt": Receipt.objects.filter(submission__deposit=sealed).first().number,
        "submissions:late.receipt": _late(lot),
        "copy": _copy(lot, now),
        "letter_id": Letter.objects.filter(call=call, recipient=party.lead).first().pk,
    }


def _event(now: datetime) -> EventPage:
    """An event that an editor published."""
    event = EventPage(title="Rencontre", slug="rencontre", lead="À Rennes.", place="Rennes", start=now, end=now + HOUR)
    return EventIndex.objects.get().add_child(instance=event)


def _of_needs(now: datetime) -> dict[str, Any]:
    """A published need, and the links of three mails."""
    need = published_need(now=now)
    author, token = need.supporters.get(), links.new_token()
    waiting = links.new_token()
    Supporter.objects.filter(pk=author.pk).update(token_digest=token[1])
    Supporter.objects.create(
        need=need, email="soutien@exemple.fr", address_key="autre", token_digest=waiting[1], asked_at=now,
        expires_at=now + links.VALID,
    )  # fmt: skip
    following = links.following_token(author)
    return {
        "figure": "besoins-par-etat",
        "needs:need.slug": need.slug,
        "needs:support.slug": need.slug,
        "desk:take_up.slug": need.slug,
        "needs:confirm.token": token[0],
        "needs:confirm_support.token": waiting[0],
        "needs:stop.token": following,
        "needs:answer.token": following,
    }


def _picture() -> str:
    """A picture that an editor put on the site."""
    data = io.BytesIO()
    Image.new("RGB", (2, 2)).save(data, "PNG")
    return default_storage.save(f"{PICTURES}/preau.png", ContentFile(data.getvalue())).rpartition("/")[2]


def _penalty(contract: Contract, now: datetime) -> Penalty:
    """A penalty announced, which nobody decided."""

    def announce() -> Penalty:
        row = Penalty(contract=contract, breach="Retard", computation="1 jour", amount_ht=1, notified_at=now)
        row.save()
        return row

    return within_act(announce, chain=contract.call.chain, at=now)


def _hold(lot: Lot, now: datetime) -> StandstillHold:
    hold = StandstillHold(lot=lot, case_number="2600001", notified_at=now)
    within_act(hold.save, chain=lot.call.chain, at=now)
    return hold


def _of_candidate(candidate: Candidate, now: datetime) -> dict[str, Any]:
    """A complement asked of a candidate, and an exclusion that it was told of."""
    lot, letter = candidate.lot, Letter.objects.filter(recipient=candidate.party.lead, lot=candidate.lot)
    validator = lot.call.team.get(role=TeamRole.VALIDATOR).user
    request = ComplementRequest(lot=lot, asked_at=now, asked_by=validator, deadline=now)
    complement = Complement(request=request, candidate=candidate, letter=letter.first())
    item = ComplementItem(complement=complement, position=1, label="Pièce : Bilans")
    exclusion = Exclusion(
        candidate=candidate, ground="L2141-7", evidence="Un contrat résilié.", proposed_at=now, proposed_by=validator,
        deadline=now, letter=letter.last(),
    )  # fmt: skip
    for row in (request, complement, item, exclusion):
        within_act(row.save, chain=lot.call.chain, at=now)
    return {"complement": complement.pk, "evaluation:record_complement.item": item.pk, "exclusion": exclusion.pk}


def _late(lot: Lot) -> str:
    receipts = Receipt.objects.filter(submission__period__lot=lot).select_related("submission__period")
    return next(one.number for one in receipts if one.submission.received_at > one.submission.period.closes_at())


def _copy(lot: Lot, now: datetime) -> UUID:
    """A backup copy opened by two people."""
    team = {role: lot.call.team.filter(role=role).first().user for role in (TeamRole.VALIDATOR, TeamRole.SIGNATORY)}
    period = SubmissionPeriod.objects.get(lot=lot, kind="final")
    copy = BackupCopy(
        call=lot.call, period=period, number=1, received_at=period.opens_at, medium="paper", is_marked=True,
        place="Coffre", recorded_by=team[TeamRole.VALIDATOR], recorded_at=now, sender_name="Entreprise",
    )  # fmt: skip
    opening = CopyOpening(
        copy=copy, ground="late", reasons="Envoi interrompu.", proposed_by=team[TeamRole.VALIDATOR], proposed_at=now,
        confirmed_by=team[TeamRole.SIGNATORY], confirmed_at=now,
    )  # fmt: skip
    for row in (copy, opening):
        within_act(row.save, chain=lot.call.chain, at=now)
    return copy.pk


def _browser(user: User | None) -> Client:
    client = Client(raise_request_exception=False)
    if user is not None:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client
