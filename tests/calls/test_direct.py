"""The file of a direct purchase of innovation: written on one page, decided by a second person, frozen then."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError
from django.urls import reverse

from procurement.calls.models import AcceptedWarning, Call, DirectOffer, TeamRole
from procurement.calls.services import drafts
from procurement.calls.todo import todos
from tests.calls.builders import Team, team_user
from tests.calls.direct import a_firm, begin, decide, decided, file_data, give_roles, purchase_of, write_file
from tests.calls.pages import NOW, client_of
from tests.factories import within_act

pytestmark = pytest.mark.django_db


def text_of(answer) -> str:
    return answer.content.decode().replace("\u00a0", " ").replace("\u202f", " ").replace("&#x27;", "’")


def page_of(call: Call) -> str:
    return reverse("calls:purchase", args=[call.reference])


@pytest.fixture
def call(team: Team) -> Call:
    """A purchase begun, with its team."""
    call = begin(client_of(team.author))
    give_roles(team, call)
    return call


def test_it_begins_from_the_questions_and_is_decided_by_a_second_person(team: Team, call: Call):
    author, firm = client_of(team.author), a_firm()[0]
    assert call.reference.startswith("AI-2027-")
    assert 'value="62000"' in text_of(author.get(page_of(call)))
    assert write_file(author, call, firm).status_code == 302
    assert "Le dossier est complet" in text_of(author.get(page_of(call)))
    mine, theirs = (todos(calls=[call], actor=actor, now=NOW) for actor in (team.author, team.validator))
    assert [one.label.split(" «")[0] for one in (*mine, *theirs)] == ["Finir le dossier d’achat", "Décider l’achat"]
    assert decide(client_of(team.validator), call).status_code == 302
    purchase = purchase_of(call)
    assert (purchase.chosen.firm, purchase.decided_by) == (firm, team_user(team.validator))
    assert call.lots.get().timeline.winner_cleared_at == purchase.decided_at
    assert "L’achat est décidé" in text_of(author.get(page_of(call)))


@pytest.mark.law("LR-103")
@pytest.mark.parametrize(("amount", "status"), [("99 999,99", 302), ("100 000", 422)])
def test_the_decision_is_open_below_100_000(team: Team, call: Call, amount: str, status: int):
    write_file(client_of(team.author), call, a_firm()[0], amount=amount)
    answer = decide(client_of(team.validator), call)
    assert answer.status_code == status
    assert (purchase_of(call).decided_at is not None) is (status == 302)
    if status == 422:
        assert "R2122-9-1" in text_of(answer)


@pytest.mark.law("LR-105")
@pytest.mark.parametrize(("amount", "status"), [("24 999,99", 302), ("25 000", 422)])
def test_a_simple_order_is_enough_below_25_000(team: Team, call: Call, amount: str, status: int):
    firm = a_firm()[0]
    firm.name = "Sans compte ici"
    write_file(client_of(team.author), call, firm, amount=amount, **{"offers-0-siren": ""})
    answer = decide(client_of(team.validator), call, is_written="no")
    assert answer.status_code == status
    assert ("R2112-1" in text_of(answer)) is (status == 422)


@pytest.mark.law("LR-104")
def test_a_firm_bought_from_again_needs_a_reason_that_is_kept(team: Team):
    firm = a_firm()[0]
    decided(team, firm)
    call = begin(client_of(team.author))
    give_roles(team, call)
    write_file(client_of(team.author), call, firm)
    refused = text_of(decide(client_of(team.validator), call))
    assert "déjà acheté 1 fois" in refused
    assert decide(client_of(team.validator), call, **{"accept-LR-104": "Aucune autre ne parle."}).status_code == 302
    assert AcceptedWarning.objects.get(call=call, rule="LR-104").reason == "Aucune autre ne parle."
    # Another buyer counts for itself.
    other = begin(client_of(team.author))
    write_file(client_of(team.author), other, a_firm("Voix Claire")[0])
    assert "déjà acheté" not in text_of(client_of(team.author).get(page_of(other)))


@pytest.mark.law("LR-02", "LR-104")
def test_what_lacks_is_said_beside_its_question_and_stands_in_the_way(team: Team, call: Call):
    author, firm = client_of(team.author), a_firm()[0]
    bare = {"need-innovation_indicators": ["label"], "comparison-comparison": "", "offers-0-opinion": ""}
    bare |= {"work-court_name": ""}
    assert write_file(author, call, firm, **bare).status_code == 302
    page = text_of(author.get(page_of(call)))
    for words in (
        "un label ne suffit pas",
        "La note de comparaison manque",
        "en quoi l’offre est pertinente",
        "il manque le tribunal",
    ):
        assert words in page, words
    refused = text_of(decide(client_of(team.validator), call, exclusions_checked=""))
    assert "un label ne suffit pas" in refused
    assert "interdictions de soumissionner" in refused


@pytest.mark.law("PR-05")
def test_the_author_never_decides_whatever_role_they_take(team: Team, call: Call):
    author = client_of(team.author)
    write_file(author, call, a_firm()[0])
    assert decide(author, call).status_code == 403
    me, common = team_user(team.author), {"call": call, "actor": team.author, "now": NOW}
    drafts.give_role(user=team_user(team.evaluator), role=TeamRole.AUTHOR, **common)
    drafts.give_role(user=me, role=TeamRole.VALIDATOR, **common)
    drafts.take_back_role(user=me, role=TeamRole.AUTHOR, **common)
    answer = decide(author, call)
    assert answer.status_code == 422
    assert "ne décide pas de l’achat" in text_of(answer)


def test_once_decided_nothing_changes_by_any_road(team: Team):
    call = decided(team, a_firm()[0])
    author = client_of(team.author)
    assert write_file(author, call, a_firm("Voix Claire")[0]).status_code == 422
    assert decide(client_of(team.validator), call).status_code == 422
    file = SimpleUploadedFile("offre.pdf", b"%PDF-1.7\n" + b"offre " * 20)
    assert author.post(reverse("calls:attach_offer", args=[call.reference, 1]), {"file": file}).status_code == 422
    offer = DirectOffer.objects.get(purchase__call=call)
    offer.amount_ht = 1
    with pytest.raises(IntegrityError):
        within_act(offer.save, chain=call.chain)


def test_a_purchase_given_up_stays_readable_and_ended(team: Team, call: Call):
    author, validator = client_of(team.author), client_of(team.validator)
    write_file(author, call, a_firm()[0])
    address = reverse("calls:give_up_purchase", args=[call.reference])
    assert author.post(address, {"reasons": "Plus de budget."}).status_code == 403
    assert validator.post(address, {"reasons": ""}).status_code == 422
    assert validator.post(address, {"reasons": "Plus de budget."}).status_code == 302
    assert "Enregistrer le dossier" not in text_of(author.get(page_of(call)))
    for answer in (write_file(author, call, a_firm("Voix Claire")[0]), decide(validator, call)):
        assert answer.status_code == 422
        assert "abandonné" in text_of(answer)
    assert validator.post(address, {"reasons": "Encore."}).status_code == 422


def test_a_mistake_is_said_and_nothing_typed_is_lost(team: Team, call: Call):
    answer = write_file(client_of(team.author), call, a_firm()[0], value__purchase_ht="beaucoup", need__cpv="bus")
    page = text_of(answer)
    assert answer.status_code == 422
    assert "Indiquez un montant en chiffres" in page
    assert "Écrivez huit chiffres" in page
    assert "Essai du 4 janvier en gare." in page
    more = client_of(team.author).post(page_of(call), file_data(a_firm()[0]) | {"add": "offers"})
    assert more.content.decode().count('name="offers-1-firm_name"') == 1


def test_a_document_stays_with_the_offer_of_its_firm(team: Team, call: Call):
    author, firm = client_of(team.author), a_firm()[0]
    write_file(author, call, firm)
    file = SimpleUploadedFile("offre.pdf", b"%PDF-1.7\n" + b"offre " * 20)
    assert author.post(reverse("calls:attach_offer", args=[call.reference, 1]), {"file": file}).status_code == 302
    write_file(author, call, a_firm("Voix Claire")[0], firm)
    kept = DirectOffer.objects.get(purchase__call=call, firm=firm)
    assert (kept.number, kept.file.name) == (2, "offre.pdf")
    assert client_of(team.validator).get(reverse("files:download", args=[kept.file_id])).status_code == 200
    assert client_of(team.reader).get(reverse("files:download", args=[kept.file_id])).status_code == 404


def test_pages_of_partnerships_and_of_purchases_keep_apart(team: Team, call: Call):
    author = client_of(team.author)
    for name, more in (("calls:check", []), ("calls:write", ["besoin"]), ("calls:publish", []), ("calls:periods", [])):
        assert author.get(reverse(name, args=[call.reference, *more])).status_code == 404, name
    for name in ("calls:team", "desk:call_board", "desk:journal", "desk:messages"):
        assert author.get(reverse(name, args=[call.reference])).status_code == 200, name
    partnership = drafts.create_call(buyer=team.buyer, title="Un partenariat", actor=team.author, now=NOW)
    assert author.get(page_of(partnership)).status_code == 404
    assert client_of(team.reader).get(page_of(call)).status_code == 403
    assert client_of(a_firm()[1]).get(page_of(call)).status_code == 404
    assert author.get(reverse("desk:call", args=[call.reference])).status_code == 404
