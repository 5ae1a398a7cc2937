"""Each kind of file goes to whom it is for, whoever asks; to others it does not exist, or is refused with a reason."""

from uuid import UUID, uuid4

import pytest
from django.db.models import QuerySet

from marketplace.files.models import GeneratedDocument
from procurement.calls.models import CallDocument
from procurement.contracts.models import Contract, ContractDocument, GateRound, SignatoryPower
from procurement.correspondence.models import Letter
from procurement.evaluation.models import NegotiationMeeting
from procurement.submissions.models import OpenedFile, OpeningMinutes, Receipt
from tests.access.asking import Answer, ask
from tests.access.matrix import EVERYBODY, seen_by_others
from tests.access.people import READERS, TEAM
from tests.access.table import NOBODY, OURS, OWN, PLAYED, THEIRS
from tests.access.world import World, address_of

pytestmark = pytest.mark.django_db
RENDERED = "rendering__stored_file"
FILES: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    # what the file is: who downloads it, who is told that it is forbidden
    "document of the call": (EVERYBODY, EVERYBODY),
    "receipt": (OWN, NOBODY),
    "minutes of an opening": (TEAM, NOBODY),
    "file of a bid": (OWN | READERS, TEAM),
    "minutes of a meeting": (OWN | READERS, TEAM),
    "analysis report": (READERS, TEAM),
    "letter": (OWN | TEAM, NOBODY),
    "contract": (OWN | TEAM, NOBODY),
    "power": (TEAM, NOBODY),
    "report of a gate": (TEAM, NOBODY),
}


def file_of(kind: str, contract: Contract) -> UUID:
    """A file of this kind, from the call of a contract; of the firm that holds it, where it is of a firm."""
    lot, party = contract.lot, contract.party
    rows: QuerySet
    rows, path = {
        "document of the call": (CallDocument.objects.filter(call=lot.call), f"document__{RENDERED}"),
        "receipt": (Receipt.objects.filter(submission__party=party), f"document__{RENDERED}"),
        "minutes of an opening": (OpeningMinutes.objects.filter(session__period__lot=lot), f"document__{RENDERED}"),
        "file of a bid": (OpenedFile.objects.filter(result__submission__party=party), "stored_file"),
        "minutes of a meeting": (NegotiationMeeting.objects.filter(party=party), f"minutes__{RENDERED}"),
        "analysis report": (GeneratedDocument.objects.filter(kind="analysis_report", subject_id=lot.pk), RENDERED),
        "letter": (Letter.objects.filter(call=lot.call, recipient=party.lead), f"document__{RENDERED}"),
        "contract": (ContractDocument.objects.filter(contract=contract), f"document__{RENDERED}"),
        "power": (SignatoryPower.objects.filter(call=lot.call), "document"),
        "report of a gate": (GateRound.objects.filter(lot=lot), f"report__{RENDERED}"),
    }[kind]
    found = rows.exclude(**{path: None}).values_list(path, flat=True).first()
    assert found is not None, f"the call that was played leaves no {kind}"
    return found


@pytest.mark.parametrize("owner", [OURS, THEIRS])
@pytest.mark.parametrize("kind", FILES)
def test_a_file_goes_to_whom_it_is_for(world: World, kind: str, owner: str):
    reads, sees = FILES[kind]
    number = world.objects[owner, PLAYED]["contract"]
    contract = Contract.objects.select_related("lot__call", "party__lead").get(number=number)
    address = address_of("files:download", {"file_id": file_of(kind, contract)})
    wrong = []
    for name in EVERYBODY:
        who = name if owner == OURS else seen_by_others(name)
        due = Answer.OPEN if who in reads else Answer.FORBIDDEN if who in sees else Answer.UNSEEN
        asked = ask(world.clients[name], address)
        if asked.answer is not due or asked.written:
            wrong.append(f"{name}: {asked.answer} ({asked.status}), not {due}; writes {asked.written}")
    assert not wrong, "\n".join(wrong)


def test_a_file_that_does_not_exist_answers_like_a_hidden_one(world: World):
    address = address_of("files:download", {"file_id": uuid4()})
    assert {ask(client, address).answer for client in world.clients.values()} == {Answer.UNSEEN}
