"""One contract per partner, with every field of a valid *acte d'engagement* and nothing shared."""

from decimal import Decimal

import pytest

from marketplace.journal.errors import NotAllowed, Refusal
from procurement.calls.documents import money
from procurement.contracts.acte import Particulars, annexe_facts
from procurement.contracts.fields import FIELDS, missing_fields_of
from procurement.contracts.models import Contract, ContractDocument, ContractPhase
from procurement.contracts.services.formation import missing_fields, prepare_contracts
from procurement.evaluation.models import AwardedPartner
from tests.contracts.builders import LETTERS_SENT, SIGNABLE, awarded_lot, prepare, sign_on_paper
from tests.factories import within_act

pytestmark = pytest.mark.django_db

CODES = [
    "A1", "A2", "A3", "B1", "B2", "B3", "C1", "D1", "D2", "E1", "E2", "E3", "F1", "F2", "G1", "G2",
    "H1", "H2", "H3", "H4", "I1", "I2", "I3", "I4", "I5", "I6",
]  # fmt: skip


@pytest.fixture
def awarded():
    return awarded_lot()


@pytest.mark.law("LR-03")
def test_each_partner_holds_its_own_contract(awarded):
    first, second = prepare(awarded)
    assert [first.rank, second.rank] == [1, 2]
    assert first.party != second.party
    assert first.number != second.number
    assert not set(first.phases.all()) & set(second.phases.all())
    assert first.data["partners"]["count"] == 2


@pytest.mark.law("LR-03")
def test_amounts_are_those_of_the_partners_own_tender(awarded):
    contract = prepare(awarded)[0]
    assert [phase.remuneration_ht for phase in contract.phases.all()] == [Decimal(58000), Decimal(60000), Decimal(0)]
    assert contract.research_ht == Decimal(118000)
    assert contract.amount_ht == Decimal(318000)
    assert contract.data["totals"]["ceiling_ht"] == "318000.00"


def eliminate(awarded, party):
    def write():
        row = AwardedPartner.objects.get(party=party)
        row.eliminated_at, row.elimination_reasons = LETTERS_SENT, "Preuves manquantes"
        row.save()

    within_act(write, chain=awarded.call.chain)


def test_an_eliminated_partner_gets_no_contract(awarded):
    eliminate(awarded, awarded.partners[1].party)
    assert [contract.party for contract in prepare(awarded)] == [awarded.partners[0].party]


def test_only_the_buyers_team_draws_up(awarded):
    with pytest.raises(NotAllowed):
        prepare_contracts(lot=awarded.lot, actor=awarded.partners[0].actor, now=LETTERS_SENT)


def test_nobody_chosen_is_refused(awarded):
    for partner in awarded.partners:
        eliminate(awarded, partner.party)
    with pytest.raises(Refusal, match="Aucun partenaire"):
        prepare(awarded)
    assert not Contract.objects.exists()


def test_the_fields_are_those_of_the_law_in_their_order():
    assert [field.code for field in FIELDS] == CODES


def test_a_complete_contract_misses_nothing(awarded):
    assert missing_fields(prepare(awarded)[0]) == []


# The path that empties each field, and the fields that apply to groups or subcontractors only.
EMPTIED = {
    "A1": ("buyer", "identifier"), "A2": ("contract", "place"), "A3": ("documents",), "B1": ("holders", 0, "size"),
    "B3": ("holders", 0, "bank", "iban"), "C1": ("partners", "mode"), "D1": ("phases", 1, "deliverables"),
    "D2": ("phases", 0, "duration_months"), "E1": ("phases", 0, "remuneration", "total_ttc"),
    "E2": ("acquisition", "levels", 0, "test_method"), "E3": ("split",), "F1": ("gate", "financial_consequences"),
    "F2": ("gate", "notification"), "G1": ("phases", 1, "ip", "results"), "G2": ("confidentiality", "personal_data"),
    "H1": ("advance", "accepted"), "H2": ("payment", "instalments"), "H3": ("price", "form"),
    "H4": ("accounting", "budget_line"), "I2": ("performance_clauses", 0, "indicator"), "I3": ("penalties",),
    "I4": ("signatures", "holders", 0, "name"), "I5": ("signatures", "buyer", "decision"), "I6": ("notification",),
}  # fmt: skip


@pytest.mark.parametrize("code", EMPTIED)
def test_each_field_is_missed_when_it_is_empty(awarded, code):
    facts = prepare(awarded)[0].data
    *way, last = EMPTIED[code]
    holder = facts
    for step in way:
        holder = holder[step]
    holder[last] = None
    assert code in [entry.split()[0] for entry in missing_fields_of(facts)]


def test_fields_of_groups_and_subcontractors_apply_only_to_them(awarded):
    facts = prepare(awarded)[0].data
    facts["group"] = {"form": "several_liability", "lead": ""}
    facts["subcontractors"] = [{"name": "Atelier", "share": None}]
    assert [entry.split()[0] for entry in missing_fields_of(facts)] == ["B2", "I1"]


def test_what_the_partner_has_not_declared_is_said_missing(awarded):
    contracts = prepare_contracts(
        lot=awarded.lot,
        particulars={awarded.partners[0].party.pk: Particulars()},
        actor=awarded.team.author,
        now=LETTERS_SENT,
    )
    codes = [entry.split()[0] for entry in missing_fields(contracts[0])]
    assert codes == ["B1", "B3", "H1", "I2", "I4", "I5"]


def test_the_annex_says_what_the_contract_says(awarded):
    acte = prepare(awarded)[0].data
    annexe = annexe_facts(acte)
    assert annexe["totals"] == acte["totals"]
    assert [phase["cumulative_ht"] for phase in annexe["phases"]] == ["58000.00", "118000.00", "118000.00"]
    assert annexe["shares"] == []


def test_the_advance_is_reckoned_on_the_first_phase(awarded):
    advance = prepare(awarded)[0].data["advance"]
    assert advance["base_ttc"] == money(Decimal(58000) * Decimal("1.2"))
    assert advance["amount_ttc"] == "20880.00"


def test_documents_stand_in_their_order_of_precedence(awarded):
    contract = prepare(awarded)[0]
    kinds = list(contract.documents.values_list("kind", "rank"))
    assert kinds == [("acte_engagement", 1), ("ccag", 4), ("annexe_financiere", 5), ("technical_tender", 6)]
    assert [row["rank"] for row in contract.data["documents"]] == list(range(1, 10))


def test_drawn_up_again_it_keeps_its_number_and_its_amounts(awarded):
    before = prepare(awarded)[0]
    after = prepare(awarded, SIGNABLE)[0]
    assert after.pk == before.pk
    assert ContractPhase.objects.filter(contract=after).count() == 3
    in_force = ContractDocument.objects.filter(contract=after, kind="acte_engagement", replaced_at=None)
    assert [row.version for row in in_force] == [2]


def test_a_signed_contract_is_not_drawn_up_again(awarded):
    contract = prepare(awarded)[0]
    sign_on_paper(awarded, contract)
    prepare(awarded, SIGNABLE)
    assert contract.documents.filter(kind="acte_engagement").count() == 1
