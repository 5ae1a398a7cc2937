"""A lot taken through the choice of its partners by the room's own acts, with opened bids written directly.

Each step of `Journey` moves its own clock forward; a test starts at one of `STEPS` (see conftest), then tries its act.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Organisation
from marketplace.files.services import stage as stage_file
from procurement.calls.facts import criteria_digest
from procurement.calls.models import AwardCriterion, Call, Lot, PeriodEnvelope, SelectionCriterion, SubmissionPeriod
from procurement.calls.services.periods import plan_period, record_period
from procurement.calls.services.timeline import record
from procurement.evaluation.facts import remaining_parties
from procurement.evaluation.models import (
    AwardDecision,
    AwardedPartner,
    Bid,
    Candidate,
    Clearance,
    NegotiationMeeting,
    Score,
)
from procurement.evaluation.services import (
    awards,
    clearance,
    interests,
    negotiation,
    ranking,
    scoring_acts,
    selection,
    standstill,
)
from procurement.evaluation.services.selection import Choice
from procurement.submissions.models import (
    Custodian,
    Deposit,
    LateAdmission,
    OpeningResult,
    OpeningSession,
    Submission,
    TenderingParty,
)
from tests.calls.builders import Team, make_team, plan_candidatures, team_user, write_call
from tests.factories import MembershipFactory, OrganisationFactory, make, within_act

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PASSED = {"LR-14": "Offres courtes, délai suffisant", "LR-17": "Une seule question restait", "LR-18": "Un seul reste"}
SMALL_PRICES = ("168000.00", "188200.00", "175000.00", "181000.00")


def priced(total: str) -> dict[str, Any]:
    """A price envelope whose research phases cost `total` euros HT, and the acquisition 20 000 more."""
    return {
        "phases": [{"number": 1, "fixed_ht": total, "result_ht": "0.00"}],
        "acquisition": {"unit_ht": "200.00", "total_ht": "20000.00"},
        "vat_rate": 2000,
    }


TECHNICAL = {"answers": [{"criterion": 1, "text": "Essais de jour et de nuit."}], "subcontractors": [{"share": 565}]}
CANDIDATURE = {"declarations": {"exclusion_grounds_absent": True}, "answers": []}


@dataclass
class Firm:
    """A bidder: the organisation, a person who acts for it, and the party of the lot."""

    organisation: Organisation
    actor: Actor
    party: TenderingParty


@dataclass
class Journey:
    """A lot, its team and its bidders, at an instant."""

    call: Call
    lot: Lot
    team: Team
    now: datetime
    firms: list[Firm] = field(default_factory=list)

    # --- What the tests read -------------------------------------------------------------------------------------

    def period(self, kind: str) -> SubmissionPeriod:
        return SubmissionPeriod.objects.get(lot=self.lot, kind=kind)

    def bids(self, stage: str = "final") -> list[Bid]:
        return list(Bid.objects.at_stage(self.lot, stage))

    def bid_of(self, firm: Firm, stage: str = "final") -> Bid:
        return Bid.objects.get(lot=self.lot, party=firm.party, stage=stage)

    def criterion(self, tag: str) -> AwardCriterion:
        return AwardCriterion.objects.get(lot=self.lot, tag=tag)

    def act(self, function: Callable[..., Any], *, actor: Actor | None = None, **arguments: Any) -> Any:
        """Call an act now, by default as the validator."""
        return function(actor=actor or self.team.validator, now=self.now, **arguments)

    def later(self, duration: timedelta) -> None:
        self.now += duration

    # --- Steps, each from the state of the one before ---------------------------------------------------------------

    def declare(self, *actors: Actor) -> None:
        team = self.team
        for actor in actors or (team.author, team.validator, team.evaluator, team.signatory):
            self.act(interests.declare, call=self.call, has_interest=False, actor=actor)

    def add_firm(self, name: str | None = None) -> Firm:
        organisation = make(OrganisationFactory, **({"name": name} if name else {}))
        actor = Actor.of(make(MembershipFactory, organisation=organisation))
        party = TenderingParty(lot=self.lot, lead=organisation, formed_at=self.now + timedelta(minutes=len(self.firms)))
        within_act(party.save, chain=self.call.chain, at=self.now)
        self.firms.append(Firm(organisation, actor, party))
        return self.firms[-1]

    def opened(
        self, firm: Firm, kind: str, answers: dict[str, dict[str, Any]], *, at: datetime | None = None
    ) -> Submission:
        """A submission received at `at` (by default an hour before the deadline) and opened already."""
        period = self.period(kind)
        received = at or period.closes_at() - HOUR + timedelta(minutes=self.firms.index(firm))
        deposit = Deposit(
            period=period,
            party=firm.party,
            version=Submission.objects.filter(party=firm.party, period=period).count() + 1,
            opened_at=received - HOUR,
            opened_by=team_user(firm.actor),
            draft=b"",
            closed_at=received,
        )
        deposit.save()
        submission = Submission(
            period=period,
            party=firm.party,
            deposit=deposit,
            version=deposit.version,
            root="0" * 64,
            root_document="{}",
            first_byte_at=received - HOUR,
            complete_at=received,
            received_at=received,
            committed_at=received,
        )
        within_act(submission.save, chain=self.call.chain, at=received)
        for envelope, said in answers.items():
            self.unseal(submission, envelope, said)
        return submission

    def unseal(self, submission: Submission, envelope: str, answers: dict[str, Any]) -> OpeningResult:
        """The content of one envelope, as an opening would have written it."""
        row = PeriodEnvelope.objects.get(period=submission.period, name=envelope)

        def write() -> OpeningResult:
            session = OpeningSession.objects.filter(envelope=row).first() or self._session(row)
            result = OpeningResult(
                submission=submission, envelope=row, session=session, status="opened", answers=answers, at=self.now
            )
            result.save()
            return result

        return within_act(write, chain=self.call.chain, at=self.now)

    def _session(self, envelope: PeriodEnvelope) -> OpeningSession:
        custodian = Custodian.objects.filter(call=self.call).first() or Custodian(
            call=self.call,
            position=1,
            user=team_user(self.team.custodians[0]),
            recipient="age1exemple",
            fingerprint="exemple",
            appointed_at=self.now,
        )
        custodian.save()
        session = OpeningSession(
            period=envelope.period,
            envelope=envelope,
            first=custodian,
            first_user=custodian.user,
            started_at=self.now,
            expires_at=self.now + HOUR,
        )
        session.save()
        return session

    def admit(self, submission: Submission) -> None:
        """Two people admit a late submission (LR-54)."""
        admission = LateAdmission(
            submission=submission,
            reasons="Panne constatée du profil",
            incident_report_id=submission.pk,
            proposed_by=team_user(self.team.validator),
            proposed_at=self.now,
            confirmed_by=team_user(self.team.signatory),
            confirmed_at=self.now,
        )
        within_act(admission.save, chain=self.call.chain, at=self.now)

    def candidates(self, count: int = 3) -> list[Candidate]:
        """Candidatures received, opened and registered."""
        firms = [self.add_firm() for _ in range(count)]
        self.now = self.period("candidature").closes_at() + DAY
        for firm in firms:
            self.opened(firm, "candidature", {"candidature": CANDIDATURE})
        return self.act(selection.register_candidates, lot=self.lot)

    def score_candidates(self, candidates: list[Candidate], values: dict[int, int] | None = None) -> None:
        """A score on every criterion: the same for all, or by position of the candidate."""
        for position, candidate in enumerate(candidates):
            for criterion in SelectionCriterion.objects.filter(lot=self.lot):
                self.act(
                    selection.score_candidate,
                    candidate=candidate,
                    criterion=criterion,
                    value=(values or {}).get(position, 3),
                    comment="Trois projets menés à terme.",
                    actor=self.team.evaluator,
                )

    def choices(self, candidates: list[Candidate], *, reject: tuple[int, ...] = ()) -> list[Choice]:
        return [
            Choice(candidate, is_qualified=True, is_selected=True)
            if position not in reject
            else Choice(candidate, is_qualified=False, is_selected=False, reasons="Aucune recherche décrite.")
            for position, candidate in enumerate(candidates)
        ]

    def select(self, candidates: list[Candidate], *, reject: tuple[int, ...] = ()) -> None:
        self.score_candidates(candidates)
        self.act(
            selection.select_candidates, lot=self.lot, choices=self.choices(candidates, reject=reject), accepted=PASSED
        )

    def plan(self, kind: str, *, days: int = 34) -> SubmissionPeriod:
        """A period that closes at noon in Paris on a working day."""
        closes = (self.now + days * DAY).replace(hour=11, minute=0, second=0, microsecond=0)
        while closes.weekday() > 4:
            closes += DAY
        return self.act(
            plan_period, lot=self.lot, kind=kind, opens_at=self.now + HOUR, closes_at=closes, actor=self.team.author
        )

    def invite(self) -> None:
        self.act(selection.invite, lot=self.lot, period=self.plan("initial"), accepted=PASSED)

    def hand_in_bids(
        self, kind: str = "initial", *, prices: tuple[str, ...] = SMALL_PRICES, firms: list[Firm] | None = None
    ) -> list[Bid]:
        """Bids handed in, opened and registered, one a firm that was selected."""
        period = self.period(kind)
        self.now = period.closes_at() + DAY
        selected = {candidate.party_id for candidate in Candidate.objects.selected(self.lot)}
        kept = [firm for firm in firms or self.firms if firm.party.pk in selected]
        for firm, price in zip(kept, prices, strict=False):
            self.opened(firm, kind, {"technical": TECHNICAL, "price": priced(price)})
        return self.act(negotiation.register_bids, lot=self.lot, period=period)

    def meet_all(self) -> list[NegotiationMeeting]:
        """One meeting of the same length with each tenderer, recorded."""
        parties = remaining_parties(self.lot)
        meetings = {party.pk: self.now + 8 * DAY + position * 2 * HOUR for position, party in enumerate(parties)}
        planned = self.act(
            negotiation.invite_to_negotiate,
            lot=self.lot,
            round_number=1,
            meetings=meetings,
            duration_minutes=60,
            place="Salle du conseil",
            accepted=PASSED,
        )
        self.later(9 * DAY)
        return [self.record(meeting) for meeting in planned]

    def record(self, meeting: NegotiationMeeting, *, minutes: int = 60, **fields: Any) -> NegotiationMeeting:
        return self.act(
            negotiation.record_meeting,
            meeting=meeting,
            held_at=meeting.planned_at,
            ended_at=meeting.planned_at + timedelta(minutes=minutes),
            attendees=[{"name": "Inès Marchetti", "side": "tenderer", "capacity": "présidente"}],
            points=[{"subject": "Essais", "discussion": "Dix essais de nuit ajoutés.", "follow_up": ""}],
            **fields,
        )

    def close(self) -> None:
        self.act(negotiation.close_negotiation, lot=self.lot, period=self.plan("final", days=20), accepted=PASSED)

    def check(self, bid: Bid, *, met: bool = True) -> None:
        checks = {row.pk: (met, "Vérifié dans le mémoire.") for row in self.lot.requirements.all()}
        self.act(scoring_acts.check_requirements, bid=bid, checks=checks, actor=self.team.evaluator)

    def examine(self, bids: list[Bid]) -> None:
        """Every bid checked and found regular."""
        for bid in bids:
            self.check(bid)
            self.act(scoring_acts.assess_bid, bid=bid, status="regular", actor=self.team.evaluator)

    def score(self, bids: list[Bid], values: dict[int, int] | None = None, *, stage: str = "final") -> None:
        """The evaluator's scores, by position of the bid, handed in, agreed as they are, and closed."""
        for position, bid in enumerate(bids):
            for criterion in (self.criterion("quality"), self.criterion("environment")):
                given = {
                    "bid": bid,
                    "criterion": criterion,
                    "value": (values or {}).get(position, max(0, 4 - position)),
                    "comment": f"Motif de l’offre {position + 1}.",
                }
                self.act(scoring_acts.score, actor=self.team.evaluator, **given)
        self.act(scoring_acts.hand_in, lot=self.lot, stage=stage, actor=self.team.evaluator)
        for score in list(_scores(bids)):
            self.act(
                scoring_acts.agree_consensus,
                bid=score.bid,
                criterion=score.criterion,
                value=score.value,
                comment=score.comment,
                attended=[self.team.evaluator.user_id, self.team.validator.user_id],
                actor=self.team.evaluator,
            )
        self.act(scoring_acts.close_technical_evaluation, lot=self.lot, stage=stage)

    def rank(self, stage: str = "final", **accepted: str) -> Any:
        return self.act(ranking.rank, lot=self.lot, stage=stage, accepted=accepted)

    def sit(self, chosen: list[Bid]) -> Any:
        """The tender board of a local authority."""
        self.later(DAY)
        return self.act(
            awards.record_cao_minutes,
            lot=self.lot,
            held_at=self.now - HOUR,
            convened_on=(self.now - 6 * DAY).date(),
            members=[
                {"name": f"Membre {n}", "capacity": "membre titulaire", "voting": True, "present": True}
                for n in range(3)
            ],
            quorum=3,
            votes={"for": 3, "against": 0, "abstention": 0},
            winners=chosen,
            reasons="Le choix suit le classement.",
            signed_file=stage_file(SimpleUploadedFile("pv.pdf", b"%PDF-1.7\n" + b"pv " * 30), name="pv.pdf"),
        )

    def award(self, chosen: list[Bid]) -> AwardDecision:
        return self.act(
            awards.award,
            lot=self.lot,
            chosen=chosen,
            reasons="Meilleure qualité de prévision, prouvée par des essais.",
            actor=self.team.signatory,
        )

    def choose(self, partners: int = 1) -> AwardDecision:
        """The best ranked chosen by the tender board, then by the buyer."""
        chosen = [self.bid_of(firm) for firm in self.firms[:partners]]
        self.sit(chosen)
        return self.award(chosen)

    def ask_proofs(self) -> list[Clearance]:
        return self.act(clearance.ask_proofs, lot=self.lot, deadline=self.now + 10 * DAY)

    def bring_proofs(self, clearance_row: Clearance, *, but: tuple[str, ...] = ()) -> None:
        for proof in clearance_row.proofs.exclude(code__in=but):
            self.act(clearance.record_proof, proof=proof, is_accepted=True, valid_until=(self.now + 170 * DAY).date())

    def clear_all(self) -> None:
        for row in self.ask_proofs():
            self.bring_proofs(row)
        for partner in AwardedPartner.objects.standing(self.lot):
            self.act(clearance.clear, partner=partner)

    def reasons(self) -> dict[Any, str]:
        return standstill.drafted_reasons(self.lot)


def _scores(bids: list[Bid]) -> Any:
    return Score.objects.filter(bid__in=bids).select_related("bid__lot__call", "criterion")


def begin(
    now: datetime, *, declared: bool = True, candidatures: bool = True, team: Team | None = None, **fields: object
) -> Journey:
    """A published call with one lot; candidatures are open. `fields` are those of the call."""
    team = team or make_team()
    call = write_call(team, now, **fields)
    if candidatures:
        plan_candidatures(call, team, now)

    def publish() -> None:
        current = Call.objects.get(pk=call.pk)
        current.criteria_digest = criteria_digest(current)
        current.save()
        for lot in current.lots.all():
            record(lot, "published_at", now)
            for period in lot.periods.all():
                record_period(period)

    within_act(publish, chain=call.chain, at=now)
    lot = Lot.objects.select_related("call__lead_buyer", "timeline", "terms").get(call=call)
    journey = Journey(call=lot.call, lot=lot, team=team, now=now + HOUR)
    if declared:
        journey.declare()
    return journey


def opened_together(now: datetime) -> Journey:
    """Candidatures and bids together, opened, in an adapted procedure."""
    journey = begin(now, candidatures=False, procedure=Call.Procedure.ADAPTED)
    period = journey.plan("single_step")
    firms = [journey.add_firm() for _ in range(3)]
    journey.now = period.closes_at() + DAY
    for firm, price in zip(firms, SMALL_PRICES, strict=False):
        answers = {"candidature": CANDIDATURE, "technical": TECHNICAL, "price": priced(price)}
        journey.opened(firm, "single_step", answers)
    return journey


def single_step(now: datetime) -> Journey:
    """Candidatures and bids together, opened and registered, in an adapted procedure."""
    journey = opened_together(now)
    journey.select(journey.act(selection.register_candidates, lot=journey.lot))
    journey.act(negotiation.register_bids, lot=journey.lot, period=journey.period("single_step"))
    return journey


def _published(_: None, now: datetime) -> Journey:
    return begin(now, declared=False)


def _declared(journey: Journey, _: datetime) -> Journey:
    journey.declare()
    return journey


def _selected(journey: Journey, _: datetime) -> Journey:
    journey.select(journey.candidates())
    journey.invite()
    return journey


def _tendered(journey: Journey, _: datetime) -> Journey:
    journey.hand_in_bids()
    return journey


def _negotiated(journey: Journey, _: datetime) -> Journey:
    journey.meet_all()
    journey.close()
    return journey


def _finalised(journey: Journey, _: datetime) -> Journey:
    journey.hand_in_bids("final")
    return journey


def _scored(journey: Journey, _: datetime) -> Journey:
    bids = journey.bids()
    journey.examine(bids)
    journey.score(bids)
    return journey


def _ranked(journey: Journey, _: datetime) -> Journey:
    journey.rank()
    return journey


def _awarded(journey: Journey, _: datetime) -> Journey:
    journey.choose()
    return journey


def _cleared(journey: Journey, _: datetime) -> Journey:
    journey.clear_all()
    return journey


STEPS: dict[str, Callable[[Any, datetime], Journey]] = {
    "published": _published,
    "declared": _declared,
    "selected": _selected,
    "tendered": _tendered,
    "negotiated": _negotiated,
    "final bids": _finalised,
    "scored": _scored,
    "ranked": _ranked,
    "awarded": _awarded,
    "cleared": _cleared,
}
"""Each step of one lot with three bidders, from the step before; the first firm wins."""
