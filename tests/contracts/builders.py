"""A lot whose partners are chosen and cleared, laid directly through the models: where the tests of this room begin."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Organisation
from marketplace.files.models import GeneratedDocument
from marketplace.files.services import StagedFile, stage
from procurement.calls.models import Call, Lot, PeriodDeadline, SubmissionPeriod
from procurement.calls.services import drafts
from procurement.calls.services.timeline import record
from procurement.contracts.acte import BuyerSide, Particulars
from procurement.contracts.models import Contract, ContractPhase, GateRound, SignatoryPower
from procurement.contracts.services import formation, gates, notification, phases, signature
from procurement.contracts.services.signature import Ink
from procurement.correspondence.models import Letter, LetterKind
from procurement.evaluation.models import (
    AwardDecision,
    AwardedPartner,
    Bid,
    Clearance,
    Ranking,
    RejectionNotice,
)
from procurement.submissions.models import Deposit, PartyMember, Submission, TenderingParty
from tests.calls.builders import Team, make_team, team_user, write_call
from tests.factories import MembershipFactory, OrganisationFactory, make, within_act

WRITTEN = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LETTERS_SENT = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
SIGNABLE = datetime(2027, 3, 12, 9, 0, tzinfo=UTC)
"""D+11 of the rejection letters: the first day on which the buyer may sign."""
PDF = b"%PDF-1.7\n" + b"contenu " * 20


@dataclass
class Partner:
    """A chosen firm, its person, and what it declares."""

    organisation: Organisation
    actor: Actor
    party: TenderingParty

    @property
    def particulars(self) -> Particulars:
        key = self.organisation.identifier
        return Particulars(
            signatories={key: {"name": "Inès Marchetti", "capacity": "présidente", "power": "statuts"}},
            accounts={key: {"holder": self.organisation.name, "iban": "FR7630001007941234567890185", "bic": ""}},
            advance_accepted=True,
        )


@dataclass
class Awarded:
    """A lot on the day its rejection letters left."""

    lot: Lot
    team: Team
    partners: list[Partner]
    rejected: list[TenderingParty]
    power: SignatoryPower

    @property
    def call(self) -> Call:
        return self.lot.call


BUYER_SIDE = BuyerSide(
    signatory="Claire Vasseur",
    capacity="présidente",
    decision="Offre retenue ; signature autorisée par délibération du 4 mars 2027",
    indicators={
        "environmental": {"indicator": "Énergie par prévision", "target": "10 Wh au plus"},
        "social": {"indicator": "Heures d’insertion", "target": "200 heures"},
    },
)


def document(kind: str, subject: object, at: datetime, chain: str) -> GeneratedDocument:
    """A document that nobody needs to read: kept, never rendered."""
    row = GeneratedDocument(
        kind=kind, title=kind, template="pdf/base.html", facts={}, chain=chain,
        subject_id=str(subject.pk), requested_at=at,
    )  # fmt: skip
    row.save()
    return row


def awarded_lot(
    *,
    partners: int = 2,
    rejected: int = 1,
    category: str = "local_authority",
    procedure: str = Call.Procedure.FORMALISED,
    ceiling: Decimal | None = None,
    team: Team | None = None,
) -> Awarded:
    """A lot with chosen partners, rejected firms told on LETTERS_SENT, a report and a power to sign.

    `team`: people who already have another call; `category` is then that of their buyer.
    """
    team = team or make_team(
        make(
            OrganisationFactory,
            buyer=True,
            buyer_category=category,
            address="1 place de la Mairie",
            city="Exempleville",
        )
    )
    buyer = team.buyer
    call = write_call(team, WRITTEN, procedure=procedure)
    lot = call.lots.get()
    complete_lot(lot, team)
    found = within_act(lambda: _award(lot, partners=partners, rejected=rejected), chain=call.chain, at=LETTERS_SENT)
    lot = Lot.objects.select_related("call__lead_buyer").get(pk=lot.pk)
    power = signature.record_power(
        call=call,
        organisation=buyer,
        signatory="Claire Vasseur",
        capacity="présidente",
        user_id=team.signatory.user_id,
        document=staged("deliberation.pdf"),
        valid_from=date(2027, 1, 1),
        valid_until=date(2027, 12, 31),
        ceiling_ht=ceiling,
        actor=team.author,
        now=LETTERS_SENT,
    )
    return Awarded(lot=lot, team=team, partners=found[0], rejected=found[1], power=power)


def complete_lot(lot: Lot, team: Team) -> None:
    """Two research phases before the acquisition, and every clause that the contract prints."""
    common = {"lot": lot, "actor": team.author, "now": WRITTEN}
    research = {
        "kind": "research",
        "duration_months": 6,
        "remuneration_fixed_ht": Decimal(60000),
        "remuneration_result_ht": Decimal(10000),
        "ip_background": "Chacun garde ce qu’il avait",
        "ip_results": "Titres au partenaire, licence d’usage à l’acheteur",
        "ip_open_source": "Interfaces publiées sous licence libre",
        "acceptance_days": 30,
        "objectives": [{"indicator": "Erreur moyenne", "comparison": "at_most", "target": Decimal(20), "unit": "%"}],
        "deliverables": [{"name": "Maquette"}, {"name": "Rapport d’essai"}],
    }
    acquisition = {
        **research,
        "kind": "acquisition",
        "name": "Adopter",
        "duration_months": 24,
        "remuneration_fixed_ht": Decimal(0),
        "remuneration_result_ht": Decimal(0),
        "deliverables": [{"name": "Service en production"}],
    }
    drafts.save_phases(
        rows=[{**research, "name": "Explorer"}, {**research, "name": "Essayer", "partners_max": 2}, acquisition],
        **common,
    )
    drafts.save_terms(
        fields={
            "confidentiality": "Chaque partie garde secret ce que l’autre marque comme tel.",
            "personal_data": "Annexe sur le traitement des données des voyageurs",
            "instalments": "Un acompte par trimestre",
            "advance_recovery": "De 65 % à 80 % du montant de la phase",
            "penalties": "Retard d’un livrable : 100 € HT par jour",
            "insurance": "Responsabilité civile professionnelle",
            "termination": "Chapitre 8 du CCAG-TIC",
            "social_clause": "Heures d’insertion",
            "accounting_officer": "Trésorerie d’Exempleville",
            "budget_line": "Compte 2031",
        },
        **common,
    )


def _award(lot: Lot, *, partners: int, rejected: int) -> tuple[list[Partner], list[TenderingParty]]:
    call = lot.call
    call.criteria_digest = "f" * 64
    call.save()
    closes = LETTERS_SENT - timedelta(days=30)
    period = SubmissionPeriod(lot=lot, kind=SubmissionPeriod.Kind.FINAL, opens_at=closes - timedelta(days=10))
    period.save()
    PeriodDeadline(period=period, closes_at=closes, decided_at=WRITTEN).save()
    record(lot, "final_close_at", closes)
    firms = [_firm(lot) for _ in range(partners + rejected)]
    bids = [_bid(firm, period, received=closes - timedelta(hours=1)) for firm in firms]
    ranking = Ranking(lot=lot, stage=Bid.Stage.FINAL, ranked_at=LETTERS_SENT)
    ranking.save()
    decision = AwardDecision(lot=lot, ranking=ranking, reasons="Meilleures offres", decided_at=LETTERS_SENT)
    decision.save()
    for rank, (firm, bid) in enumerate(zip(firms[:partners], bids, strict=False), start=1):
        chosen = AwardedPartner(decision=decision, party=firm.party, bid=bid, rank=rank, chosen_at=LETTERS_SENT)
        chosen.save()
        asked = letter(lot, firm.organisation, LetterKind.CLEARANCE_REQUEST)
        Clearance(
            partner=chosen, asked_at=LETTERS_SENT, deadline=LETTERS_SENT, letter=asked, completed_at=LETTERS_SENT
        ).save()
    for firm in firms[partners:]:
        RejectionNotice(
            lot=lot,
            party=firm.party,
            letter=letter(lot, firm.organisation, LetterKind.REJECTION),
            sent_at=LETTERS_SENT,
            earliest_signature_on=SIGNABLE.date(),
        ).save()
    document("presentation_report", lot, LETTERS_SENT, call.chain)
    return firms[:partners], [firm.party for firm in firms[partners:]]


def _firm(lot: Lot) -> Partner:
    organisation = make(OrganisationFactory)
    actor = Actor.of(make(MembershipFactory, organisation=organisation))
    party = TenderingParty(lot=lot, lead=organisation, formed_at=WRITTEN)
    party.save()
    PartyMember(party=party, organisation=organisation, share=10_000).save()
    return Partner(organisation, actor, party)


def _bid(firm: Partner, period: SubmissionPeriod, *, received: datetime) -> Bid:
    deposit = Deposit(
        period=period, party=firm.party, version=1, opened_at=received, opened_by=team_user(firm.actor),
        draft=b"", closed_at=received,
    )  # fmt: skip
    deposit.save()
    handed_in = Submission(
        period=period, party=firm.party, deposit=deposit, version=1, root="0" * 64, root_document="{}",
        first_byte_at=received, complete_at=received, received_at=received, committed_at=received,
    )  # fmt: skip
    handed_in.save()
    bid = Bid(
        lot=period.lot,
        party=firm.party,
        submission=handed_in,
        stage=Bid.Stage.FINAL,
        technical={"secrets": ["Modèle de prévision"], "subcontractors": []},
        price={
            "phases": [
                {"number": 1, "fixed_ht": "50000.00", "result_ht": "8000.00"},
                {"number": 2, "fixed_ht": "55000.00", "result_ht": "5000.00"},
                {"number": 3, "fixed_ht": "0.00", "result_ht": "0.00"},
            ],
            "acquisition": {"unit_ht": "1900.00", "total_ht": "190000.00"},
            "vat_rate": 2000,
        },
        status=Bid.Status.REGULAR,
        registered_at=received,
    )
    bid.save()
    return bid


def letter(lot: Lot, recipient: Organisation, kind: str, at: datetime = LETTERS_SENT) -> Letter:
    """A letter that was sent, without its PDF."""
    text = document(f"letter_{kind}", recipient, at, lot.call.chain)
    row = Letter(call=lot.call, lot=lot, recipient=recipient, kind=kind, document=text, sent_at=at)
    row.save()
    return row


def staged(name: str) -> StagedFile:
    """A small PDF on disk, ready for an act."""
    return stage(PDF, name=name)


def ink(at: datetime, signatory: str = "Inès Marchetti") -> Ink:
    """A paper signed at that instant."""
    return Ink(signatory=signatory, signed_at=at, scan=staged("copie.pdf"))


def prepare(awarded: Awarded, now: datetime = LETTERS_SENT) -> list[Contract]:
    """The contracts of the lot, complete."""
    return formation.prepare_contracts(
        lot=awarded.lot,
        particulars={partner.party.pk: partner.particulars for partner in awarded.partners},
        buyer_side=BUYER_SIDE,
        actor=awarded.team.author,
        now=now,
    )


def sign_on_paper(awarded: Awarded, contract: Contract, at: datetime = SIGNABLE) -> Contract:
    """Both parties sign in ink."""
    signature.sign_as_holder(contract=contract, ink=ink(at), actor=awarded.team.author, now=at)
    return signature.sign_as_buyer(
        contract=contract,
        power=awarded.power,
        ink=ink(at, "Claire Vasseur"),
        actor=awarded.team.signatory,
        now=at,
        accepted={"LR-79": "Délai volontaire attendu"},
    )


def notified(awarded: Awarded, at: datetime = SIGNABLE) -> list[Contract]:
    """All contracts signed on paper, sent to the prefect where due, and received by their holders."""
    contracts = prepare(awarded)
    for contract in contracts:
        sign_on_paper(awarded, contract, at)
    for contract, partner in zip(contracts, awarded.partners, strict=True):
        if awarded.call.lead_buyer.buyer_category == "local_authority":
            notification.transmit_to_prefect(
                contract=contract, transmitted_at=at, receipt_number="049-2027-0311",
                actor=awarded.team.author, now=at,
            )  # fmt: skip
        notification.notify(contract=contract, actor=awarded.team.author, now=at)
        notification.record_receipt(contract=contract, received_at=at, actor=partner.actor, now=at)
    return fresh(contracts)


def fresh(contracts: list[Contract]) -> list[Contract]:
    """The same contracts as they stand now."""
    return [Contract.objects.select_related("lot__call", "party__lead").get(pk=contract.pk) for contract in contracts]


def phase_of(contract: Contract, number: int) -> ContractPhase:
    """A phase of a contract as it stands now."""
    return ContractPhase.objects.select_related("contract__lot__call", "phase").get(contract=contract, number=number)


def start(awarded: Awarded, contracts: list[Contract], number: int, at: datetime) -> None:
    """Begin a phase in each contract."""
    for contract in contracts:
        phases.start_phase(phase=phase_of(contract, number), actor=awarded.team.author, now=at)


def gate(
    awarded: Awarded, contracts: list[Contract], number: int, at: datetime, *, error: Decimal = Decimal(18)
) -> GateRound:
    """Results of each contract (18 % of error reaches the target of 20 %), then one report."""
    for contract in contracts:
        gates.record_results(
            phase=phase_of(contract, number), measured={1: error}, summary="Essai de quatre semaines",
            actor=awarded.team.evaluator, now=at,
        )  # fmt: skip
    return gates.open_gate_round(
        lot=awarded.lot,
        phase=phase_of(contracts[0], number).phase,
        proposal="Continuer avec tous",
        actor=awarded.team.evaluator,
        now=at,
    )
