"""A call whose keys are shared and proved, and bidders who hand in: where the tests of this room begin."""

import io
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Organisation
from marketplace.journal.clock import MovingClock
from procurement.calls.models import Call, PeriodEnvelope, SubmissionPeriod, TeamRole
from procurement.calls.services import drafts, periods
from procurement.submissions import assembly, custody, deposits, opening, seal
from procurement.submissions.custody import Appointee, RecoveryKit
from procurement.submissions.models import Deposit, Invitation, OpeningMinutes, TenderingParty
from procurement.submissions.seal import Sealed
from tests.calls.builders import Team, make_team, team_user
from tests.factories import MembershipFactory, OrganisationFactory, make, within_act
from tests.files.antivirus import EICAR

PDF = b"%PDF-1.7\n" + b"contenu " * 20
DAYS_OPEN = 30


@dataclass
class Bidder:
    """A firm, the person who deposits for it, and the party they form."""

    organisation: Organisation
    actor: Actor
    party: TenderingParty


@dataclass
class Stage:
    """A period that receives submissions, its custodians with their kits, and the clock."""

    clock: MovingClock
    call: Call
    team: Team
    period: SubmissionPeriod
    kits: list[RecoveryKit]
    bidders: list[Bidder] = field(default_factory=list)

    @property
    def now(self) -> datetime:
        return self.clock.now()

    @property
    def deadline(self) -> datetime:
        return SubmissionPeriod.objects.get(pk=self.period.pk).closes_at()

    def envelope(self, name: str) -> PeriodEnvelope:
        return PeriodEnvelope.objects.get(period=self.period, name=name)

    def bidder(self, name: str = "Tramélys") -> Bidder:
        organisation = make(OrganisationFactory, name=name)
        actor = Actor.of(make(MembershipFactory, organisation=organisation))
        party = deposits.form_party(lot=self.period.lot, lead=organisation, actor=actor, now=self.now)
        if self.period.kind not in deposits.OPEN_TO_ALL:
            within_act(
                lambda: Invitation(party=party, period=self.period, invited_at=self.now).save(), chain=self.call.chain
            )
        found = Bidder(organisation, actor, party)
        self.bidders.append(found)
        return found

    def deposit(self, bidder: Bidder, **answers: Any) -> Deposit:
        """A deposit with a file and answers in each envelope."""
        deposit = deposits.open_deposit(period=self.period, party=bidder.party, actor=bidder.actor, now=self.now)
        self.fill(deposit, bidder, **answers)
        return deposit

    def fill(self, deposit: Deposit, bidder: Bidder, **answers: Any) -> None:
        for envelope in PeriodEnvelope.objects.filter(period=self.period):
            deposits.add_file(
                deposit=deposit,
                envelope=envelope.name,
                name=f"{envelope.name}.pdf",
                content=io.BytesIO(PDF + envelope.name.encode()),
                label=envelope.expected_documents[0] if envelope.expected_documents else "",
                actor=bidder.actor,
                now=self.now,
            )
            deposits.save_answers(
                deposit=deposit,
                envelope=envelope.name,
                answers={"montant_ht": "198000.00", **answers},
                actor=bidder.actor,
                now=self.now,
            )

    def assemble(self, deposit: Deposit, bidder: Bidder) -> assembly.Assembly:
        return assembly.assemble(deposit=deposit, replacement_rule_accepted=True, actor=bidder.actor, now=self.now)

    def seal(self, deposit: Deposit, bidder: Bidder, *, key: str = "demande-1") -> Sealed:
        root = self.assemble(deposit, bidder).root
        return seal.seal(deposit=deposit, root=root, idempotency_key=key, actor=bidder.actor, now=self.now)

    def submit(self, bidder: Bidder | None = None, **answers: Any) -> Sealed:
        """Deposit and seal in one go."""
        bidder = bidder or self.bidder(f"Entreprise {len(self.bidders)}")
        return self.seal(self.deposit(bidder, **answers), bidder)

    def submit_malware(self) -> Bidder:
        """A bid with a file that every antivirus knows, and another one without harm; the period is over."""
        bidder = self.bidder("Tramélys")
        deposit = self.deposit(bidder)
        deposits.add_file(
            deposit=deposit, envelope="technical", name="annexe.pdf", content=io.BytesIO(PDF + EICAR), label="",
            actor=bidder.actor, now=self.now,
        )  # fmt: skip
        self.seal(deposit, bidder)
        self.submit(self.bidder("Cap Mobile"))
        self.close()
        return bidder

    def close(self) -> None:
        """Go just past the deadline and the minute of grace."""
        self.clock.advance_to(max(self.now, self.deadline + timedelta(seconds=61)))

    def open(self, name: str = "technical", *, first: int = 0, second: int = 1) -> OpeningMinutes:
        """Two custodians open an envelope, a minute apart."""
        session = opening.begin_opening(
            envelope=self.envelope(name),
            identity=self.kits[first].identity,
            actor=self.team.custodians[first],
            now=self.now,
        )
        self.clock.advance(timedelta(minutes=1))
        return opening.complete_opening(
            session=session,
            identity=self.kits[second].identity,
            actor=self.team.custodians[second],
            now=self.now,
        )


def make_stage(clock: MovingClock, *, kind: str = "initial", ready: bool = True, **limits: Any) -> Stage:
    """A call with one period; with `ready`, its keys are prepared and proved by the three custodians."""
    team = make_team()
    now = clock.now()
    call = drafts.create_call(
        buyer=team.buyer, title="Prévoir l’affluence aux arrêts", object="Un service de prévision", actor=team.author,
        now=now, procedure="formalised", partner_mode="several",
    )  # fmt: skip
    for actor, role in [
        (team.validator, TeamRole.VALIDATOR),
        (team.signatory, TeamRole.SIGNATORY),
        *((custodian, TeamRole.CUSTODIAN) for custodian in team.custodians),
    ]:
        drafts.give_role(call=call, user=team_user(actor), role=role, actor=team.author, now=now)
    period = periods.plan_period(
        lot=call.lots.get(),
        kind=kind,
        opens_at=now,
        closes_at=now + timedelta(days=DAYS_OPEN),
        actor=team.author,
        now=now,
        limits=limits,
        expected_documents={
            "candidature": ["Présentation de l’équipe"],
            "technical": ["Mémoire technique"],
            "price": ["Annexe financière"],
        },
    )
    kits = appoint(call, team, now)
    stage = Stage(clock, call, team, period, kits)
    if ready:
        custody.prepare_keys(period=period, actor=team.author, now=now)
        for number in range(3):
            rehearse(stage, number)
        stage.period = SubmissionPeriod.objects.get(pk=period.pk)
    return stage


def appoint(call: Call, team: Team, now: datetime) -> list[RecoveryKit]:
    appointees = [Appointee(team_user(actor)) for actor in team.custodians]
    return custody.appoint_custodians(call=call, appointees=appointees, actor=team.author, now=now)


def rehearse(stage: Stage, number: int, *, identity: str | None = None) -> custody.Rehearsed:
    return custody.rehearse_custodian(
        period=stage.period,
        identity=identity or stage.kits[number].identity,
        actor=stage.team.custodians[number],
        now=stage.now,
    )
