"""A call whose bids are deposited on another buyer profile, from its writing to its notified contracts."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Membership
from marketplace.files.models import GeneratedDocument
from marketplace.journal.clock import MovingClock
from marketplace.journal.outbox import drain
from marketplace.journal.verify import verify
from procurement.contracts.models import Contract, SignatoryPower
from procurement.contracts.services import formation, notification, phases, signature
from procurement.correspondence.models import Letter, LetterKind
from procurement.evaluation.models import AwardedPartner
from procurement.evaluation.services import negotiation, reports, selection, standstill
from procurement.law.findings import RuleViolation
from procurement.submissions.models import OpeningResult, ReceivedLine, TenderingParty
from tests.calls.builders import make_team
from tests.contracts import builders as signing
from tests.contracts.walk import client_of, day_and_hour, text_of
from tests.evaluation.builders import DAY, HOUR, Firm, Journey
from tests.factories import MembershipFactory, OrganisationFactory, make
from tests.submissions import elsewhere

pytestmark = pytest.mark.django_db

CLAIM = re.compile(r"scell|gardien|accusé de dépôt|deux clés|chiffré", re.IGNORECASE)
"""What no page, document, notice or letter of such a call may say of this site."""
AMOUNTS = {
    "fixed-1": "59 500,50", "result-1": "0", "fixed-2": "50 000", "result-2": "0", "unit_ht": "200",
    "total_ht": "20 000", "vat_rate": "20",
}  # fmt: skip
PRICES = {"1": "60000", "2": "58000", "3": "59000"}


@dataclass
class Companion(Journey):
    """The steps of a lot, its bids being brought from another profile through the pages."""

    clock: MovingClock = None
    pages: list[str] = field(default_factory=list)

    def client(self, actor: Actor) -> Client:
        if self.now > self.clock.now():
            self.clock.advance_to(self.now)
        self.now = self.clock.now()
        return client_of(actor)

    def get(self, address: str, actor: Actor | None = None) -> str:
        answer = self.client(actor or self.team.author).get(address)
        assert answer.status_code == 200, (address, answer.status_code)
        self.pages.append(address)
        return text_of(answer)

    def post(self, address: str, data: dict[str, Any], *, status: int = 302, actor: Actor | None = None) -> str:
        answer = self.client(actor or self.team.author).post(address, data)
        assert answer.status_code == status, text_of(answer)
        drain()
        return text_of(answer)

    def url(self, name: str, code: str, *more: object) -> str:
        return reverse(f"submissions:{name}", args=[self.call.reference, self.lot.number, code, *more])

    def bring(self, kind: str, those: list[elsewhere.Firm], *, without: int = 0) -> str:
        """Send both files, read what would be written, import it; the last ones `without` files."""
        files = elsewhere.opened(self.period(kind), those[: len(those) - without])
        sent = {
            "table": SimpleUploadedFile("registre.csv", elsewhere.table(those)),
            "archive": SimpleUploadedFile("plis.zip", elsewhere.archive(files)),
        }
        self.get(self.url("import_register", kind))
        self.post(self.url("import_register", kind), sent)
        shown = self.get(self.url("check_register", kind))
        mark = re.search(r'name="shown" value="([0-9a-f]+)"', shown)
        assert mark is not None, shown
        self.post(self.url("check_register", kind), {"shown": mark[1]})
        return shown

    def prices_table(self, kind: str) -> dict[str, Any]:
        """The template that the page gives, filled in."""
        answer = self.client(self.team.author).get(self.url("prices_template", kind))
        titles, *lines = answer.content.decode("utf-8-sig").splitlines()
        rows = [titles]
        for line in lines:
            number = line.split(";")[0]
            amounts = [PRICES[number], "0"] * titles.count("part fixe")
            rows.append(";".join([number, "", *amounts, "200", "20000", "20"]))
        return {"table": SimpleUploadedFile("prix.csv", "\r\n".join(rows).encode())}

    def price(self, kind: str) -> None:
        self.get(self.url("received_prices", kind))
        self.post(self.url("received_prices", kind), self.prices_table(kind))

    def over(self, kind: str) -> None:
        """Go to the day after a deadline."""
        self.now = self.period(kind).closes_at() + DAY

    def dispatch_all(self) -> int:
        """Send each letter that nobody reads here on the other profile, and record it."""
        waiting = list(Letter.objects.to_dispatch(self.call))
        self.get(reverse("desk:messages", args=[self.call.reference]))
        for number, letter in enumerate(waiting):
            address = reverse("desk:dispatch_letter", args=[self.call.reference, letter.pk])
            self.get(address)
            sent = day_and_hour("sent_at", self.now) | {"reference": f"MSG-{number}"}
            self.post(address, sent)
        return len(waiting)


@pytest.fixture
def companion(moving: MovingClock) -> Companion:
    """Written and published through the rule book, with two research phases."""
    team = make_team(make(OrganisationFactory, buyer=True, address="1 place de la Mairie", city="Exempleville"))
    call = elsewhere.published_elsewhere(
        team, moving.now(), before=lambda call: signing.complete_lot(call.lots.get(), team)
    )
    lot = elsewhere.lot_of(call)
    journey = Companion(call=lot.call, lot=lot, team=team, now=moving.now() + HOUR, clock=moving)
    journey.declare()
    return journey


def candidatures(journey: Companion) -> list[elsewhere.Firm]:
    """Three firms in time, of which one has an account here, and a fourth a second late, without files."""
    those = elsewhere.firms(elsewhere.fresh(journey.period("candidature")), 4, late=1)
    known = make(OrganisationFactory, name="Pousse 1", identifier=those[0].identifier)
    member = Actor.of(make(MembershipFactory, organisation=known))
    journey.over("candidature")
    shown = journey.bring("candidature", those, without=1)
    assert "4 plis seront importés, dont 1 pli hors délai" in shown
    assert "Inconnue du site : elle y sera inscrite, sans compte." in shown
    parties = TenderingParty.objects.filter(lot=journey.lot).select_related("lead")
    by_identifier = {party.lead.identifier: party for party in parties}
    for one in those[:3]:
        party = by_identifier[one.identifier]
        journey.firms.append(Firm(party.lead, member if party.lead == known else None, party))
    return those[:3]


def at(journey: Companion, kind: str, those: list[elsewhere.Firm]) -> list[elsewhere.Firm]:
    """The same firms, an hour before another deadline."""
    closes = journey.period(kind).closes_at()
    return [elsewhere.renamed(one, received_at=closes - HOUR) for one in those]


def prices_by_hand(journey: Companion) -> None:
    """A wrong table changes nothing; the right one brings all; one bid is then corrected by hand."""
    wrong = {
        "table": SimpleUploadedFile(
            "prix.csv", journey.prices_table("initial")["table"].read().replace(b"60000", b"six")
        )
    }
    said = journey.post(journey.url("received_prices", "initial"), wrong, status=422)
    assert "Ligne 2 : phase 1 part fixe HT" in said
    line = ReceivedLine.objects.get(register__period=journey.period("initial"), number="1")
    assert not OpeningResult.objects.filter(submission__line=line, envelope__name="price").exists()
    journey.price("initial")
    address = journey.url("received_price", "initial", line.pk)
    assert "60000,00" in journey.get(address)
    journey.post(address, AMOUNTS | {"fixed-1": "71 000"}, status=422)
    journey.post(address, AMOUNTS)
    price = OpeningResult.objects.get(submission__line=line, envelope__name="price")
    assert price.answers["phases"][0]["fixed_ht"] == "59500.50"
    # The files of prices came out of the archive with the prices.
    assert [file.name for file in price.files.all()] == ["prix.pdf"]


def choose(journey: Companion, those: list[elsewhere.Firm]) -> None:
    """From candidatures to the partners chosen and cleared, three of each period being brought from elsewhere."""
    registered = journey.act(selection.register_candidates, lot=journey.lot)
    assert len(registered) == 3
    journey.select(registered)
    journey.invite()
    # The firm with an account reads here; the two others get theirs on the other profile.
    assert journey.dispatch_all() == 2
    journey.over("initial")
    journey.bring("initial", at(journey, "initial", those))
    prices_by_hand(journey)
    initial = journey.act(negotiation.register_bids, lot=journey.lot, period=journey.period("initial"))
    assert [bid.is_priced for bid in initial] == [True] * 3
    journey.meet_all()
    journey.close()
    journey.over("final")
    journey.bring("final", at(journey, "final", those))
    # The choice rests on these prices: they come after the technical scores.
    too_early = journey.post(journey.url("received_prices", "final"), journey.prices_table("final"), status=422)
    assert "Les prix ne s’ouvrent qu’après la notation technique" in too_early
    final = journey.act(negotiation.register_bids, lot=journey.lot, period=journey.period("final"))
    final.sort(key=lambda bid: [firm.party.pk for firm in journey.firms].index(bid.party_id))
    journey.examine(final)
    journey.score(final)
    journey.price("final")
    journey.act(negotiation.register_bids, lot=journey.lot, period=journey.period("final"))
    journey.rank()
    line = ReceivedLine.objects.get(register__period=journey.period("final"), number="1")
    ranked = journey.post(journey.url("received_price", "final", line.pk), AMOUNTS, status=422)
    assert "Les offres sont classées : leurs prix ne changent plus" in ranked
    journey.choose(2)
    journey.clear_all()


def test_from_the_writing_to_the_notified_contracts(companion: Companion):
    journey = companion
    those = candidatures(journey)
    choose(journey, those)
    lot, team = journey.lot, journey.team
    journey.act(standstill.send_rejections, lot=lot, reasons=journey.reasons(), actor=team.signatory)
    drain()
    rejection = Letter.objects.get(call=journey.call, kind=LetterKind.REJECTION)
    assert (rejection.recipient, rejection.elsewhere, rejection.left_at) == (journey.firms[2].organisation, True, None)
    journey.get(reverse("evaluation:standstill", args=[journey.call.reference, lot.number]))
    journey.later(2 * DAY)
    assert standstill.earliest_signature(lot, now=journey.now) is None
    journey.dispatch_all()
    # The delay runs from the sending on the other profile, two days after the letter was written.
    announced = standstill.earliest_signature(lot, now=journey.now)
    assert announced == (journey.now + 11 * DAY).date()
    journey.act(reports.finalise_presentation_report, lot=lot)
    complete_identities(journey)
    contracts = sign(journey)
    assert len(contracts) == 2
    assert all(one.notified_at is not None for one in contracts)
    hand_in(journey, contracts)
    assert verify().verified
    nothing_is_claimed(journey)


def complete_identities(journey: Companion) -> None:
    """What the contract prints of a firm that nobody represents here."""
    for line in ReceivedLine.objects.filter(register__period__lot=journey.lot, register__period__kind="candidature"):
        address = reverse("submissions:received_firm", args=[journey.call.reference, line.pk])
        if Membership.objects.filter(organisation=line.party.lead_id).exists():
            assert journey.client(journey.team.author).get(address).status_code == 404
            continue
        journey.get(address)
        identity = {"legal_form": "SAS", "address": "2 rue Neuve", "postcode": "35000", "city": "Rennes"}
        journey.post(address, identity | {"country": "FR", "size": ""}, status=422)
        journey.post(address, identity | {"country": "FR", "size": "sme"})


def sign(journey: Companion) -> list[Contract]:
    """Contracts on paper, sent to the prefect, notified: the second holder has no account."""
    lot, team = journey.lot, journey.team
    partners = [
        signing.Partner(one.party.lead, None, one.party)
        for one in AwardedPartner.objects.standing(lot).select_related("party__lead")
    ]
    prepared = formation.prepare_contracts(
        lot=lot,
        particulars={partner.party.pk: partner.particulars for partner in partners},
        buyer_side=signing.BUYER_SIDE,
        actor=team.author,
        now=journey.now,
    )
    power = signature.record_power(
        call=journey.call,
        organisation=team.buyer,
        signatory="Claire Vasseur",
        capacity="présidente",
        user_id=team.signatory.user_id,
        document=signing.staged("deliberation.pdf"),
        valid_from=journey.now.date(),
        valid_until=(journey.now + 200 * DAY).date(),
        ceiling_ht=None,
        actor=team.author,
        now=journey.now,
    )
    for contract in prepared:
        ink = signing.ink(journey.now)
        signature.sign_as_holder(contract=contract, ink=ink, actor=team.author, now=journey.now)
    with pytest.raises(RuleViolation) as refusal:
        buyer_signs(journey, prepared[0], power)
    assert "LR-78" in refusal.value.rules
    journey.later(12 * DAY)
    for contract in prepared:
        buyer_signs(journey, contract, power)
        follow = {"contract": contract, "actor": team.author, "now": journey.now}
        notification.transmit_to_prefect(transmitted_at=journey.now, receipt_number="049-2027-0311", **follow)
        notification.notify(**follow)
        drain()
    without = [one for one in signing.fresh(prepared) if one.notification_letter.elsewhere]
    assert [one.party.lead.name for one in without] == ["Pousse 2"]
    assert journey.dispatch_all() == 1
    journey.later(HOUR)
    for contract in prepared:
        notification.record_receipt(contract=contract, received_at=journey.now, actor=team.author, now=journey.now)
    return signing.fresh(prepared)


def hand_in(journey: Companion, contracts: list[Contract]) -> None:
    """The first phase begins; the team records what the partner without account handed in, and for it alone."""
    for contract in contracts:
        begun = phases.start_phase(phase=signing.phase_of(contract, 1), actor=journey.team.author, now=journey.now)
        arguments = [journey.call.reference, journey.lot.number, contract.number, 1, 1]
        address = reverse("contracts:record_hand_in", args=arguments)
        if begun.contract.party.lead.name == "Pousse 1":
            assert journey.client(journey.team.author).get(address).status_code == 404
            continue
        journey.get(reverse("contracts:phases", args=arguments[:2]))
        assert journey.client(journey.team.custodians[0]).get(address).status_code == 403
        journey.get(address)
        journey.post(address, {"note": "Message 88 du profil", "file": signing_file()})
        assert signing.phase_of(contract, 1).deliverables.get(number=1).handed_in_at == journey.now


def signing_file() -> SimpleUploadedFile:
    return SimpleUploadedFile("livrable.pdf", elsewhere.PDF)


def buyer_signs(journey: Companion, contract: Contract, power: SignatoryPower) -> None:
    signature.sign_as_buyer(
        contract=contract,
        power=power,
        ink=signing.ink(journey.now, "Claire Vasseur"),
        actor=journey.team.signatory,
        now=journey.now,
        accepted={"LR-79": "Délai volontaire attendu"},
    )


def nothing_is_claimed(journey: Companion) -> None:
    """Every page of the file, every document and letter of the call: no word about seals."""
    call, number = journey.call.reference, journey.lot.number
    of_call = ["desk:call_board", "calls:check", "calls:team", "calls:periods", "submissions:received", "desk:messages"]
    of_lot = ["candidates", "negotiation", "scoring", "ranking", "award", "standstill", "compare"]
    addresses = [reverse(name, args=[call]) for name in of_call]
    addresses += [reverse(f"evaluation:{name}", args=[call, number]) for name in of_lot]
    addresses += [reverse("desk:call", args=[call])]
    for address in [*addresses, *journey.pages]:
        answer = journey.client(journey.team.author).get(address)
        if answer.status_code == 200:
            page = text_of(answer)
            main = page[page.index("<main") : page.index("</main>")]
            assert not CLAIM.search(main), (address, CLAIM.search(main))
    for view in ("custodians", "appoint", "opening"):
        answer = journey.client(journey.team.author).get(reverse(f"submissions:{view}", args=[call]))
        assert answer.status_code == 404
    documents = GeneratedDocument.objects.filter(chain=journey.call.chain)
    assert {"rules", "presentation_report"} <= set(documents.values_list("kind", flat=True))
    for document in documents:
        assert not CLAIM.search(json.dumps(document.facts, ensure_ascii=False)), document.kind
