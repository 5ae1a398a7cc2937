"""The direct purchase of innovation: each of its rules through the decision, on both sides of each figure."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from marketplace.accounts.models import Organisation
from marketplace.journal.models import Chain, Entry
from procurement.calls.models import AcceptedWarning, Call, DirectPurchase, LotTimeline, TeamRole
from procurement.calls.services import drafts
from procurement.calls.services.direct import begin_purchase, decide_purchase, write_purchase
from procurement.calls.services.orientation import orient
from procurement.law.findings import RuleViolation
from tests.calls.builders import Team, make_team, team_user
from tests.calls.direct import a_firm
from tests.calls.ready import EVERY_REASON
from tests.factories import within_act

pytestmark = pytest.mark.django_db

NOW = datetime(2027, 1, 12, 9, 0, tzinfo=UTC)


@dataclass
class File:
    """The file of a purchase, and how its decision differs from the usual one."""

    call: Call
    team: Team
    firm: Organisation
    now: datetime = NOW
    said: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: dict[str, Any] = field(default_factory=dict)

    def write(self, **parts: dict[str, Any]) -> None:
        """The whole file: what is usual, with every change made so far."""
        for name, fields in parts.items():
            self.said[name] = self.said.get(name, {}) | fields
        usual: dict[str, dict[str, Any]] = {
            "of_call": {"title": "Trouver le bon quai", "object": "Douze balises", "cpv": "32000000-3",
                        "nature": "supplies"},
            "need": {"problem": "On rate son bus.", "innovation_indicators": ["improved_product"],
                     "innovation_reasons": "Essai en gare."},
            "purchase": {"purchase_ht": Decimal(62_000), "options_ht": Decimal(0), "same_need_ht": Decimal(0),
                         "operation_ht": None, "small_lots_ht": None, "comparison": "Deux autres, plus chers.",
                         "place_code": "35000"},
            "offer": {"firm_name": self.firm.name, "siren": self.firm.siren, "amount_ht": Decimal(62_000),
                      "received_on": date(2027, 1, 8), "opinion": "Répond sans équiper les bus."},
            "work": {"months": 6, "deliverables": "Balises\nNotice", "acceptance_days": 30},
            "terms": {"place": "Gare routière", "budget_line": "2188-45", "accounting_officer": "Service de gestion",
                      "court_name": "Tribunal administratif de Rennes"},
        }  # fmt: skip
        whole = {name: fields | self.said.get(name, {}) for name, fields in usual.items()}
        offer = whole.pop("offer")
        write_purchase(call=self.call, offers=[offer], actor=self.team.author, now=self.now, **whole)

    def decide(self, accepted: dict[str, str]) -> DirectPurchase:
        """The act, by the validator."""
        offer = DirectPurchase.objects.get(call=self.call).offers.get()
        given = {"reasons": "La seule pertinente.", "is_written": True, "exclusions_checked": True,
                 "actor": self.team.validator, "now": self.now}  # fmt: skip
        return decide_purchase(call=self.call, offer=offer, accepted=accepted, **given | self.asked)


Change = Callable[[File], object]


def begun(team: Team, firm: Organisation, now: datetime = NOW) -> File:
    """A file that lacks nothing, about to be decided."""
    answers = {"title": "Trouver le bon quai", "supply": "partial", "nature": "supplies", "reasons": "Un produit neuf.",
               "research_ht": Decimal(0), "purchases_ht": Decimal(62_000)}  # fmt: skip
    kept = orient(buyer=team.buyer, answers=answers, actor=team.author, now=now)
    call = begin_purchase(orientation=kept, actor=team.author, now=now)
    for actor, role in ((team.validator, TeamRole.VALIDATOR), (team.signatory, TeamRole.SIGNATORY)):
        drafts.give_role(call=call, user=team_user(actor), role=role, actor=team.author, now=now)
    file = File(call, team, firm, now)
    file.write()
    return file


@pytest.fixture(scope="module")
def whole_file(module_rows: None) -> File:
    """Written once for the module."""
    return begun(make_team(), a_firm()[0])


@pytest.fixture
def file(whole_file: File, db: None) -> File:
    """The file of the module, as its rows stand."""
    return File(Call.objects.get(pk=whole_file.call.pk), whole_file.team, whole_file.firm)


def refuse(file: File, rule: str, accepted: dict[str, str]) -> None:
    """The decision is refused by that rule alone, leaves nothing behind, and the attempt is kept."""
    head = Chain.objects.get(key=file.call.chain).head
    with pytest.raises(RuleViolation) as refusal:
        file.decide(accepted)
    assert refusal.value.rules == [rule]
    assert Chain.objects.get(key=file.call.chain).head == head
    assert DirectPurchase.objects.get(call=file.call).decided_at is None
    assert LotTimeline.objects.get(lot__call=file.call).awarded_at is None
    assert not AcceptedWarning.objects.filter(call=file.call).exists()
    assert Entry.objects.filter(act="purchase.decide.refused").latest("seq").data["rules"] == [rule]


def decided(file: File) -> None:
    """It goes through with no reason written for anything."""
    assert file.decide({}).decided_at == file.now
    assert not AcceptedWarning.objects.filter(call=file.call).exists()
    assert Entry.objects.filter(chain__key=file.call.chain, act="purchase.decided").count() == 1


def written(**parts: dict[str, Any]) -> Change:
    return lambda file: file.write(**parts)


def worth(amount: Any, **purchase: Any) -> Change:
    """A purchase of that amount, offer and estimate alike, € HT."""
    amount = Decimal(amount)
    return written(purchase={"purchase_ht": amount, **purchase}, offer={"amount_ht": amount})


def lot_of(operation: Any, amount: Any, together: Any, nature: str = "supplies") -> Change:
    """A lot of a larger operation."""

    def change(file: File) -> None:
        file.write(of_call={"nature": nature})
        worth(amount, operation_ht=Decimal(operation), small_lots_ht=together and Decimal(together))(file)

    return change


def how(**changes: Any) -> Change:
    return lambda file: file.asked.update(changes)


def both(*changes: Change) -> Change:
    return lambda file: [change(file) for change in changes]


def verified(at: datetime | None) -> Change:
    def change(file: File) -> None:
        buyer = file.team.buyer
        buyer.verified_at = at
        within_act(buyer.save, at=NOW)

    return change


def author_decides(file: File) -> None:
    common = {"call": file.call, "actor": file.team.author, "now": NOW}
    drafts.give_role(user=team_user(file.team.author), role=TeamRole.VALIDATOR, **common)
    file.asked["actor"] = file.team.author


@pytest.mark.parametrize(
    ("spoil", "mend"),
    [
        pytest.param(
            written(need={"innovation_indicators": ["label"]}),
            written(need={"innovation_indicators": ["label", "new_product"]}),
            id="label-only", marks=pytest.mark.law("LR-02"),
        ),
        pytest.param(
            written(need={"innovation_reasons": " "}), written(need={"innovation_reasons": "x"}),
            id="unexplained", marks=pytest.mark.law("LR-02"),
        ),
        pytest.param(worth(100_000), worth("99999.99"), id="100000", marks=pytest.mark.law("LR-103")),
        pytest.param(
            written(purchase={"options_ht": Decimal(38_000)}), written(purchase={"options_ht": Decimal("37999.99")}),
            id="with-options", marks=pytest.mark.law("LR-103"),
        ),
        pytest.param(
            written(purchase={"same_need_ht": Decimal(38_000)}),
            written(purchase={"same_need_ht": Decimal("37999.99")}),
            id="same-need", marks=pytest.mark.law("LR-103"),
        ),
        pytest.param(
            written(purchase={"purchase_ht": Decimal(0)}), written(purchase={"purchase_ht": Decimal("0.01")}),
            id="not-estimated", marks=pytest.mark.law("LR-103"),
        ),
        pytest.param(
            written(offer={"amount_ht": Decimal(100_000)}), written(offer={"amount_ht": Decimal("99999.99")}),
            id="offer-beyond", marks=pytest.mark.law("LR-103"),
        ),
        pytest.param(
            lot_of(500_000, 80_000, 100_000), lot_of(500_000, "79999.99", 100_000),
            id="lot-80000", marks=pytest.mark.law("LR-103"),
        ),
        pytest.param(
            lot_of(1_000_000, 100_000, 100_000, "works"), lot_of(1_000_000, "99999.99", 100_000, "works"),
            id="works-100000", marks=pytest.mark.law("LR-103"),
        ),
        pytest.param(
            lot_of(100_000, 20_000, "20000.01"), lot_of(100_000, 20_000, 20_000),
            id="a-fifth", marks=pytest.mark.law("LR-103"),
        ),
        pytest.param(
            lot_of(500_000, 62_000, None), lot_of(500_000, 62_000, 62_000),
            id="lots-not-added", marks=pytest.mark.law("LR-103"),
        ),
        pytest.param(
            written(purchase={"comparison": " "}), written(purchase={"comparison": "x"}),
            id="not-compared", marks=pytest.mark.law("LR-104"),
        ),
        pytest.param(
            written(offer={"opinion": " "}), written(offer={"opinion": "x"}),
            id="no-opinion", marks=pytest.mark.law("LR-104"),
        ),
        pytest.param(
            both(worth(25_000), how(is_written=False)), worth("24999.99"),
            id="25000-unwritten", marks=pytest.mark.law("LR-105"),
        ),
        pytest.param(
            both(worth(25_000), how(is_written=False)), how(is_written=True),
            id="25000-written", marks=pytest.mark.law("LR-105"),
        ),
        pytest.param(
            written(terms={"court_name": ""}), written(terms={"court_name": "x"}),
            id="no-court", marks=pytest.mark.law("LR-105"),
        ),
        pytest.param(
            written(purchase={"place_code": ""}), written(purchase={"place_code": "35000"}),
            id="no-place-code", marks=pytest.mark.law("LR-105"),
        ),
        pytest.param(verified(None), verified(NOW), id="unverified", marks=pytest.mark.law("PR-04")),
        pytest.param(
            author_decides, lambda file: file.asked.update(actor=file.team.validator),
            id="author", marks=pytest.mark.law("PR-05"),
        ),
    ],
)  # fmt: skip
def test_each_rule_stands_in_the_way_of_the_decision(file: File, rule: str, spoil: Change, mend: Change):
    spoil(file)
    refuse(file, rule, EVERY_REASON)
    mend(file)
    decided(file)


@pytest.mark.law("LR-104")
@pytest.mark.parametrize(
    ("earlier", "is_watched"), [("2025-01-12", True), ("2025-01-11", False)], ids=["24 months", "a day more"]
)
def test_a_firm_bought_from_within_24_months_asks_for_a_reason(file: File, earlier: str, is_watched: bool):
    first = begun(file.team, file.firm, datetime.fromisoformat(f"{earlier}T09:00:00+00:00"))
    decided(first)
    if not is_watched:
        decided(file)
        return
    refuse(file, "LR-104", {one: reason for one, reason in EVERY_REASON.items() if one != "LR-104"})
    before = transaction.savepoint()
    file.decide({"LR-104": "Aucune autre ne parle."})
    assert AcceptedWarning.objects.get(call=file.call).rule == "LR-104"
    transaction.savepoint_rollback(before)
    other = a_firm("Voix Claire")[0]
    file.write(offer={"firm_name": other.name, "siren": other.siren})
    decided(file)
