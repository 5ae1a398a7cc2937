"""A firm answers through the pages: begins, fills, reads over, hands in, replaces, takes back."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from marketplace.accounts.actors import Actor
from procurement.submissions import arrival, seal
from procurement.submissions.draft_box import read_draft
from procurement.submissions.models import Deposit, PartyMember, Receipt, Submission, TenderingParty
from tests.factories import MembershipFactory, OrganisationFactory, make
from tests.submissions.browsing import BID, CANDIDATURE, Firm, publish, signed_in, text_of
from tests.submissions.stage import Stage, make_stage


@pytest.fixture
def stage(db: None, moving_clock) -> Stage:
    """A published call that receives candidatures."""
    stage = make_stage(moving_clock, kind="candidature", bytes_per_file=4_000_000)
    publish(stage)
    return stage


@pytest.fixture
def bids(db: None, moving_clock) -> Stage:
    """A published call that receives candidatures and offers in one step."""
    stage = make_stage(moving_clock, kind="single_step")
    publish(stage)
    return stage


def test_the_first_page_tells_limits_and_needs_before_anything(stage):
    firm = Firm(stage, "Tramélys")
    html = firm.client.get(reverse("submissions:start", args=[stage.call.reference])).content.decode()
    assert "4,0\u00a0Mo" in html or "4\u00a0Mo" in html
    assert "Présentation de l’équipe" in html
    assert "Aucun prix n’est demandé" in html
    assert not Deposit.objects.exists()


def test_a_draft_is_resumed_and_never_doubled(stage):
    firm = Firm(stage, "Tramélys")
    first = firm.begin()
    again = firm.begin()
    assert first.url == again.url == firm.page("tasks")
    assert Deposit.objects.count() == TenderingParty.objects.count() == 1
    assert (
        "Reprendre mon brouillon"
        in firm.client.get(reverse("submissions:start", args=[stage.call.reference])).content.decode()
    )


@pytest.mark.law("LR-50")
def test_a_group_is_formed_with_shares(stage):
    firm, partner = Firm(stage, "Tramélys"), make(OrganisationFactory, name="Quai Clair")
    data = {
        "kind": "joint_and_several", "members-TOTAL_FORMS": "1", "members-0-identifier": partner.identifier,
        "members-0-share": "40",
    }  # fmt: skip
    assert firm.begin(**data).status_code == 302
    shares = dict(PartyMember.objects.values_list("organisation__name", "share"))
    assert shares == {"Tramélys": 6000, "Quai Clair": 4000}


def test_a_group_with_an_unknown_firm_keeps_what_was_typed(stage):
    firm = Firm(stage, "Tramélys")
    answer = firm.begin(**{
        "kind": "several_liability", "members-TOTAL_FORMS": "1", "members-0-identifier": "123 456 789",
        "members-0-share": "40",
    })  # fmt: skip
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "123 456 789" in html
    assert "demandez-lui de s’inscrire" in html
    assert not TenderingParty.objects.exists()


def test_a_member_row_is_added_without_losing_anything(stage):
    firm = Firm(stage, "Tramélys")
    answer = firm.begin(kind="several_liability", add="members")
    assert 'name="members-0-share"' in answer.content.decode()
    assert not TenderingParty.objects.exists()


def test_a_call_before_publication_or_of_the_buyer_does_not_open(db, moving_clock):
    stage = make_stage(moving_clock, kind="candidature")
    firm = Firm(stage, "Tramélys")
    address = reverse("submissions:start", args=[stage.call.reference])
    assert firm.client.get(address).status_code == 404
    publish(stage)
    assert firm.client.get(address).status_code == 200
    assert signed_in(stage.team.author).get(address).status_code == 403


def test_bids_are_for_those_invited(db, moving_clock):
    stage = make_stage(moving_clock, kind="initial")
    publish(stage)
    firm = Firm(stage, "Tramélys")
    html = firm.client.get(reverse("submissions:start", args=[stage.call.reference])).content.decode()
    assert "sur invitation de l’acheteur" in html
    assert firm.begin().status_code == 302
    assert not Deposit.objects.exists()


@pytest.mark.law("LR-44")
def test_answers_have_the_shape_that_evaluation_reads(bids):
    firm = Firm(bids, "Tramélys")
    firm.begin()
    firm.fill({**CANDIDATURE, **BID})
    answers = read_draft(firm.deposit)["answers"]
    assert answers["candidature"] == {
        "declarations": {"exclusion_grounds_absent": True},
        "capacities": {"turnover_ht": "96000.50", "staff": 8, "research_staff": 3},
        "answers": [
            {"criterion": 1, "text": "Trois chercheuses, douze brevets."},
            {"criterion": 2, "text": "Quatre réseaux équipés."},
        ],
    }
    assert answers["technical"] == {
        "answers": [
            {"criterion": 1, "text": "Une prévision à quinze minutes."},
            {"criterion": 2, "text": "Serveurs sobres."},
        ],
        "requirements": [
            {"number": 1, "met": True, "comment": "Données ouvertes"},
            {"number": 2, "met": False, "comment": ""},
        ],
        "subcontractors": [],
        "secrets": [],
    }
    assert answers["price"] == {
        "phases": [{"number": 1, "fixed_ht": "58000.00", "result_ht": "9000.00"}],
        "acquisition": {"unit_ht": "1900.00", "total_ht": "190000.00"},
        "vat_rate": 2000,
    }


def test_a_candidature_asks_for_no_price(stage):
    firm = Firm(stage, "Tramélys")
    firm.begin()
    assert "Vos prix" not in firm.client.get(firm.page("tasks")).content.decode()
    assert firm.client.get(firm.page("task", "prix")).status_code == 404


def test_a_wrong_task_is_told_kept_and_marked(bids):
    firm = Firm(bids, "Tramélys")
    firm.begin()
    answer = firm.client.post(firm.page("task", "prix"), {**BID["prix"], "fixed-1": "75 000", "version": "0"})
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "Indiquez un montant de 60\u00a0000\u00a0€ au plus." in html
    assert "75 000" in html
    assert "À corriger" in firm.client.get(firm.page("tasks")).content.decode()
    assert "75 000" in firm.client.get(firm.page("task", "prix")).content.decode()
    assert read_draft(firm.deposit)["answers"]["price"] == {}


def test_subcontractors_are_added_row_by_row(bids):
    firm = Firm(bids, "Tramélys")
    firm.begin()
    page = firm.page("task", "sous-traitance")
    rows = {"st-TOTAL_FORMS": "1", "st-INITIAL_FORMS": "0", "st-0-name": "Quai Clair", "st-0-work": "Balises"}
    assert firm.client.post(page, {**rows, "add": "st", "version": "0"}).url == page
    html = firm.client.get(page).content.decode()
    assert "Quai Clair" in html
    assert 'name="st-1-name"' in html
    firm.client.post(page, {**rows, "version": "1"})
    assert read_draft(firm.deposit)["answers"]["technical"]["subcontractors"] == [
        {"name": "Quai Clair", "identifier": "", "work": "Balises"}
    ]


def autosave(client: Client, page: str, **data: str):
    return client.post(page, data, headers={"X-Autosave": "1"})


def test_typing_survives_a_killed_browser(stage):
    firm = Firm(stage, "Tramélys")
    firm.begin()
    page = firm.page("task", "selection-1")
    assert autosave(firm.client, page, text="Trois cherch", version="0").json()["version"] == 1
    other_browser = signed_in(firm.actor)
    assert "Trois cherch" in other_browser.get(page).content.decode()
    assert "En cours" in other_browser.get(firm.page("tasks")).content.decode()


def test_what_a_page_kept_by_itself_does_not_stop_its_own_author(stage):
    firm = Firm(stage, "Tramélys")
    firm.begin()
    page = firm.page("task", "selection-1")
    autosave(firm.client, page, text="Trois cherch", version="0")
    assert firm.client.post(page, {"text": "Trois chercheuses.", "version": "0"}).status_code == 302
    assert read_draft(firm.deposit)["typed"]["selection-1"]["data"] == {"text": ["Trois chercheuses."]}


def test_two_colleagues_see_both_versions_and_lose_nothing(stage):
    firm = Firm(stage, "Tramélys")
    firm.begin()
    colleague, page = firm.colleague(), firm.page("task", "selection-1")
    autosave(firm.client, page, text="Mon texte", version="0")
    answer = autosave(colleague, page, text="Le sien", version="0")
    assert answer.status_code == 409
    said = json.loads(answer.content)
    assert (said["values"], said["version"]) == ({"text": "Mon texte"}, 1)
    plain = colleague.post(page, {"text": "Le sien", "version": "0"})
    html = plain.content.decode()
    assert plain.status_code == 409
    assert "Mon texte" in html
    assert "Le sien" in html
    assert read_draft(firm.deposit)["typed"]["selection-1"]["data"] == {"text": ["Mon texte"]}
    assert colleague.post(page, {"text": "Le sien", "version": "1"}).status_code == 302
    assert read_draft(firm.deposit)["typed"]["selection-1"]["data"] == {"text": ["Le sien"]}


def test_an_expired_session_sends_to_sign_in_without_keeping(stage):
    firm = Firm(stage, "Tramélys")
    firm.begin()
    answer = autosave(Client(), firm.page("task", "selection-1"), text="Perdu ?", version="0")
    assert answer.status_code == 302
    assert "connexion" in answer.url


def test_nothing_typed_lies_in_clear(stage, tmp_path):
    firm = Firm(stage, "Tramélys")
    firm.begin()
    autosave(firm.client, firm.page("task", "selection-1"), text="phrase-tres-secrete", version="0")
    deposit = Deposit.objects.get()
    assert b"phrase-tres-secrete" not in bytes(deposit.draft)
    assert "phrase-tres-secrete" not in str(vars(deposit))


@pytest.mark.law("LR-56")
def test_from_the_first_page_to_the_receipt(stage):
    firm = Firm(stage, "Tramélys")
    firm.hand_in()
    receipt = Receipt.objects.get()
    html = firm.client.get(firm.page("receipt")).content.decode()
    assert "Votre réponse est déposée" in html
    assert receipt.number in html
    assert "Présentation de l’équipe" in html
    assert "memoire.pdf" not in html
    assert "pas même l’équipe" not in html
    assert "seuls deux gardiens désignés par l’acheteur" in html
    signed = firm.client.get(firm.page("receipt_file", receipt.number))
    assert json.loads(signed.content)["number"] == receipt.number
    assert firm.client.get(firm.page("tasks")).url == firm.page("receipt")


def test_a_second_click_leads_to_the_same_receipt(stage):
    firm = Firm(stage, "Tramélys")
    firm.hand_in()
    again = firm.client.post(firm.page("seal"), firm.last)
    assert again.url == firm.page("receipt")
    assert Submission.objects.count() == Receipt.objects.count() == 1


def test_the_review_shows_everything_with_a_way_to_change_it(bids):
    firm = Firm(bids, "Tramélys")
    firm.begin()
    rows = {"st-TOTAL_FORMS": "1", "st-INITIAL_FORMS": "0", "st-0-name": "Quai Clair", "st-0-work": "Balises"}
    firm.fill({**CANDIDATURE, **BID, "sous-traitance": rows})
    firm.send("technical", 1, name="mémoire.pdf")
    html = firm.client.get(firm.page("review")).content.decode()
    for said in ("Quai Clair", "Nous n’y répondons pas", "58 000", "mémoire.pdf", "Quatre réseaux équipés."):
        assert said in html
    assert html.count("?retour=verifier") >= 8
    back = firm.client.post(firm.page("task", "secrets") + "?retour=verifier", {"secrets": "Plans", "version": "0"})
    assert back.url == firm.page("review")


def test_too_early_it_lists_what_is_missing(stage):
    firm = Firm(stage, "Tramélys")
    firm.begin()
    html = firm.client.get(firm.page("review")).content.decode()
    assert "Indispensable" in html
    early = firm.read_again(incomplete="on")
    assert early.status_code == 422
    assert "Il manque : Déclaration sur l’honneur." in early.content.decode()
    firm.fill({"declaration": CANDIDATURE["declaration"]})
    early = firm.read_again()
    assert "Pièce attendue sans fichier : Présentation de l’équipe." in early.content.decode()
    assert firm.read_again(incomplete="on").status_code == 302
    assert firm.seal().url == firm.page("receipt")


@pytest.mark.law("LR-52")
def test_the_rule_on_replacement_is_accepted_before_the_seal(stage):
    firm = Firm(stage, "Tramélys")
    firm.begin()
    firm.fill(CANDIDATURE)
    answer = firm.client.post(firm.page("review"), {"incomplete": "on"})
    assert answer.status_code == 422
    assert "cette règle vaut pour tous" in answer.content.decode()


def test_a_change_after_the_reading_asks_for_another_one(stage):
    firm = Firm(stage, "Tramélys")
    firm.begin()
    firm.fill(CANDIDATURE)
    firm.read_again(incomplete="on")
    page = firm.client.get(firm.page("review")).content.decode()
    assert "Déposer ma réponse" in page
    autosave(firm.client, firm.page("task", "selection-1"), text="Autre chose", version="1")
    answer = firm.client.post(firm.page("seal"), {"declared": "on", "root": "0" * 64, "key": "k"}, follow=True)
    assert "faites-la relire" in answer.content.decode()
    assert not Submission.objects.exists()


def test_the_annex_is_given_once_to_the_browser_that_sealed(stage):
    firm = Firm(stage, "Tramélys")
    firm.begin()
    firm.fill(CANDIDATURE)
    firm.send("candidature", 1)
    firm.read_again()
    before = json.loads(firm.client.get(firm.page("annex")).content)
    assert before["plis"][0]["fichiers"]
    firm.seal()
    assert "memoire.pdf" not in str(firm.client.session.items())
    annex = json.loads(firm.client.post(firm.page("annex")).content)
    assert annex == before
    assert "memoire.pdf" in {file["name"] for file in annex["plis"][0]["fichiers"]}
    assert annex["plis"][0]["reponses"]["capacities"]["staff"] == 8
    assert firm.client.post(firm.page("annex")).status_code == 409
    assert firm.client.get(firm.page("annex")).status_code == 404


@pytest.mark.law("LR-52")
def test_a_replacement_is_whole_and_names_the_former(stage):
    firm = Firm(stage, "Tramélys")
    firm.hand_in()
    first = firm.page("receipt")
    answer = firm.client.post(firm.page("replace"))
    assert answer.url == firm.page("tasks")
    assert "Terminé" in firm.client.get(firm.page("tasks")).content.decode()
    firm.hand_in()
    assert Submission.objects.get(version=2).replaces.version == 1
    assert "Cette réponse est remplacée" in firm.client.get(first).content.decode()
    assert "qui reste scellé" in firm.client.get(firm.page("receipt")).content.decode()
    listed = firm.client.get(reverse("submissions:replies")).content.decode()
    assert "Remplacée" in listed
    assert "Déposée" in listed


def test_a_withdrawal_has_its_receipt(stage):
    firm = Firm(stage, "Tramélys")
    firm.hand_in()
    page = firm.page("withdraw")
    assert "jamais ouverte" in firm.client.get(page).content.decode()
    assert firm.client.post(page).url == firm.page("receipt")
    html = firm.client.get(firm.page("receipt")).content.decode()
    assert "Votre réponse est retirée" in html
    assert "Accusé de retrait" in html
    assert Receipt.objects.filter(kind="withdrawal").count() == 1


@pytest.mark.law("LR-43")
def test_a_late_answer_is_received_and_told_plainly(stage):
    firm = Firm(stage, "Tramélys")
    firm.begin()
    firm.fill(CANDIDATURE)
    firm.read_again(incomplete="on")
    stage.clock.advance_to(stage.deadline + timedelta(seconds=1))
    assert "marquée en retard" in firm.client.get(firm.page("review")).content.decode()
    assert firm.seal().url == firm.page("receipt")
    html = firm.client.get(firm.page("receipt")).content.decode()
    assert "Votre réponse est arrivée après l’heure limite" in html
    assert "écrivez-le à l’acheteur" in html
    assert firm.client.post(firm.page("withdraw")).status_code == 422


@pytest.mark.law("LR-57")
def test_rivals_and_buyers_find_nothing(stage):
    firm, rival = Firm(stage, "Tramélys"), Firm(stage, "Autre quai")
    firm.hand_in()
    draft = Firm(stage, "Troisième")
    draft.begin()
    for one in (firm, draft):
        for name in ("tasks", "files", "review", "receipt", "replace", "withdraw", "drop", "annex"):
            for client in (rival.client, *map(signed_in, (stage.team.author, stage.team.custodians[0]))):
                assert client.get(one.page(name)).status_code == 404, name
        assert rival.client.post(one.page("seal")).status_code == 404
        assert rival.client.post(one.page("upload", "candidature", 1)).status_code == 404


def test_a_superuser_is_nobody_here(stage):
    firm = Firm(stage, "Tramélys")
    firm.begin()
    admin = Actor.of(make(MembershipFactory, user__is_superuser=True))
    assert signed_in(admin).get(firm.page("tasks")).status_code == 404


def test_a_draft_is_given_up(stage):
    firm = Firm(stage, "Tramélys")
    firm.begin()
    assert firm.client.get(firm.page("drop")).status_code == 200
    assert firm.client.post(firm.page("drop")).url == reverse("submissions:replies")
    assert Deposit.objects.get().draft_key is None
    assert "rien n’a été déposé" in firm.client.get(firm.page("receipt")).content.decode()


def test_the_list_of_answers_takes_as_many_queries_for_three_as_for_one(stage, django_assert_num_queries):
    firm = Firm(stage, "Tramélys")
    firm.hand_in()
    with CaptureQueriesContext(connection) as one:
        firm.client.get(reverse("submissions:replies"))
    expected = len(one)
    for _ in range(2):
        firm.client.post(firm.page("replace"))
        firm.hand_in()
    with django_assert_num_queries(expected):
        html = text_of(firm.client.get(reverse("submissions:replies")))
    assert html.count("Remplacée") == 2


def test_an_empty_list_says_what_to_do(stage):
    html = Firm(stage, "Tramélys").client.get(reverse("submissions:replies")).content.decode()
    assert "Vous n’avez pas encore de réponse." in html


@pytest.mark.law("LR-53")
def test_the_instant_of_a_seal_is_read_before_it_waits_for_its_turn(firm, monkeypatch):
    """Received at the deadline itself, worked on a second after: on time. The clock moves while it waits."""
    firm.prepare()

    class Turn:
        def __enter__(self) -> None:
            firm.stage.clock.advance_to(firm.stage.deadline + timedelta(seconds=1))

        def __exit__(self, *error: object) -> None:
            pass

    monkeypatch.setattr(seal, "TURN", Turn())
    firm.stage.clock.advance_to(firm.stage.deadline)
    assert firm.seal().url == firm.page("receipt")
    assert firm.submission.received_at == firm.stage.deadline
    assert firm.submission.committed_at == firm.stage.deadline + timedelta(seconds=1)
    assert firm.submission.verdict.value == "on_time"


def test_only_the_small_request_of_a_seal_has_its_instant_read_first(db, rf):
    seen = []
    middleware = arrival.ArrivalMiddleware(seen.append)
    address = f"/espace/entreprise/reponses/{uuid4()}/deposer/"
    for request in (
        rf.post(address, {"root": "a"}),
        rf.post(address, {"root": "a" * arrival.LARGEST}),
        rf.post(address.replace("deposer", "verifier"), {"root": "a"}),
        rf.get(address),
    ):
        middleware(request)
    assert [hasattr(request, "arrived_at") for request in seen] == [True, False, False, False]
