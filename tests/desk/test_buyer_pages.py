"""Boards of a buyer: the right people, what to do first, one call in figures and dates, letters with their proof."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from marketplace.accounts.actors import Actor
from marketplace.journal import clock
from marketplace.journal.outbox import drain
from procurement.calls.services.publishing import cancel_lot
from procurement.correspondence.models import Letter
from procurement.correspondence.services import record_reading
from procurement.evaluation.services import interests
from tests.calls.builders import make_team, write_call
from tests.contracts.builders import SIGNABLE, awarded_lot, notified, start
from tests.contracts.walk import client_of, queries_of, text_of
from tests.desk.builders import a_firm, past, published
from tests.factories import MembershipFactory, OrganisationFactory, make

pytestmark = pytest.mark.django_db

HOME = reverse("desk:buyer_home")


def page(actor: Actor, name: str, call=None) -> str:
    answer = client_of(actor).get(reverse(f"desk:{name}", args=[call.reference] if call else []))
    assert answer.status_code == 200
    return text_of(answer)


def in_force(partners: int = 2):
    """Contracts notified, the first phase begun."""
    awarded = awarded_lot(partners=partners)
    contracts = notified(awarded)
    start(awarded, contracts, 1, SIGNABLE)
    drain()
    return awarded


@pytest.fixture
def at_signature():
    with clock.rehearsal(SIGNABLE) as moving:
        yield moving


def test_an_empty_board_explains_in_three_lines_how_to_begin(moving):
    html = page(make_team().author, "buyer_home")
    assert "Vous n’avez pas encore d’appel." in html
    assert html.count("<p>", html.index("Vous n’avez pas encore"), html.index("Préparer un appel")) >= 3
    assert reverse("calls:new") in html


def test_an_unverified_buyer_is_told_so(moving):
    buyer = make(OrganisationFactory, unverified_buyer=True)
    member = Actor.of(make(MembershipFactory, organisation=buyer))
    assert "Votre organisation n’est pas encore vérifiée" in page(member, "buyer_home")


def test_a_buyer_sees_what_to_do_in_every_call_and_only_their_own_calls(moving):
    team = make_team()
    call, other = write_call(team, moving.now()), write_call(make_team(), moving.now())
    html = page(team.author, "buyer_home")
    assert call.reference in html
    assert other.reference not in html
    assert "Finir la rédaction de" in html
    assert "Vérifier et publier" in page(team.validator, "buyer_home")
    colleague = Actor.of(make(MembershipFactory, organisation=team.buyer))
    html = page(colleague, "buyer_home")
    assert call.reference in html
    assert "Rien ne vous attend." in html


def test_the_most_pressing_five_come_first_whatever_the_page_of_the_list(moving):
    team = make_team()
    for _ in range(7):
        write_call(team, moving.now())
    html = page(team.author, "buyer_home")
    assert html.count('<ul class="tasks">') == 1
    assert html.count("<li>", html.index('<ul class="tasks">'), html.index("autres choses")) == 5


def test_calls_stand_in_groups_from_what_is_written_to_what_is_over(moving):
    team = make_team()
    draft, opened, given_up = write_call(team, moving.now()), published(moving, team), published(moving, team)
    lot = given_up.call.lots.select_related("call").get()
    cancel_lot(lot=lot, kind="without_follow_up", reasons="Le budget manque.", actor=team.validator, now=moving.now())
    html = page(team.author, "buyer_home")
    places = [
        html.index(words)
        for words in (
            "<h2>En préparation", f"/{draft.reference}/suivi/", "<h2>Publiés, réponses attendues",
            f"/{opened.call.reference}/suivi/", "<h2>Arrêtés", f"/{given_up.call.reference}/suivi/",
        )
    ]  # fmt: skip
    assert places == sorted(places)
    past(opened)
    assert "<h2>Choix en cours" in page(team.author, "buyer_home")


def test_wrong_actors_learn_nothing(moving):
    call = write_call(make_team(), moving.now())
    firm = a_firm()
    for name in ("call_board", "journal", "journal_csv", "messages"):
        url = reverse(f"desk:{name}", args=[call.reference])
        assert client_of(firm).get(url).status_code == 404
        assert client_of(make_team().author).get(url).status_code == 404
        assert Client().get(url).status_code == 302
    assert client_of(firm).get(HOME).status_code == 404
    assert Client().get(HOME).status_code == 302


def test_the_list_takes_as_many_queries_with_one_call_as_with_three(moving):
    team = make_team()
    colleague = Actor.of(make(MembershipFactory, organisation=team.buyer))
    published(moving, team)
    client = client_of(colleague)
    one = queries_of(client, HOME)
    published(moving, team)
    write_call(team, moving.now())
    assert queries_of(client, HOME) == one


def costs(team):
    people = {"author": team.author, "validator": team.validator, "signatory": team.signatory}
    people |= {"evaluator": team.evaluator, "custodian": team.custodians[0]}
    return {name: queries_of(client_of(actor), HOME) for name, actor in people.items()}


def test_what_there_is_to_do_takes_as_many_queries_with_two_calls_as_with_twelve(moving):
    few, many = make_team(), make_team()
    stages = [published(moving, team) for team in (few, *[many] * 6)]
    for stage in stages:
        write_call(stage.team, moving.now())
    assert costs(many) == costs(few)
    for stage in stages:
        stage.submit()
    drain()
    past(stages[-1])
    assert "Ouvrir les plis" in page(few.custodians[0], "buyer_home")
    assert costs(many) == costs(few)
    for stage in stages:
        stage.open("candidature")
        for person in (few.author, few.validator) if stage.team is few else (many.author, many.validator):
            interests.declare(call=stage.call, has_interest=False, actor=person, now=moving.now())
    drain()
    assert "Inscrire les candidatures ouvertes" in page(few.author, "buyer_home")
    assert costs(many) == costs(few)


def test_contracts_take_as_many_queries_with_two_calls_as_with_six(at_signature):
    few, many = make_team(), make_team()
    sets = [awarded_lot(partners=1, team=team) for team in (*[few] * 2, *[many] * 6)]
    assert costs(many) == costs(few)
    in_force_now = [(one, notified(one)) for one in sets]
    for one, contracts in in_force_now:
        start(one, contracts, 1, SIGNABLE)
    drain()
    assert costs(many) == costs(few)


def test_a_call_that_receives_answers_shows_days_left_money_and_plan(moving):
    stage = published(moving)
    html = page(stage.team.author, "call_board", stage.call)
    for words in ("avant l’heure limite, candidatures", "de valeur estimée HT", "30 mois", "Phase 1 : Explorer"):
        assert words in html, words
    assert "Calendrier du partenariat" in html
    assert "personne ne voit combien d’entreprises répondent" in html
    assert "De l’appel aux partenaires" not in html
    assert "Appel publié" in html
    assert reverse("desk:call", args=[stage.call.reference]) in html


def test_once_opened_the_funnel_counts_what_was_opened(moving):
    stage = published(moving)
    for _ in range(2):
        stage.submit()
    drain()
    stage.close()
    stage.open("candidature")
    drain()
    html = page(stage.team.author, "call_board", stage.call)
    assert "personne ne voit combien" not in html
    assert "Ouverture confirmée par un second gardien" in html


def test_running_contracts_show_partners_deliverables_money_and_calendar(at_signature):
    awarded = in_force()
    html = page(awarded.team.author, "call_board", awarded.call)
    for words in (
        "partenaires actifs, sur 2 au départ",
        "livrables admis, sur 4 attendus",
        "engagés HT",
        "Budget",
        "Phase commencée",
        "Partenaires en phase 1",
        "Partenaires choisis",
    ):
        assert words in html, words
    assert reverse("contracts:budget", args=[awarded.call.reference, 1]) in html


def test_a_board_takes_as_many_queries_with_one_partner_as_with_three(at_signature):
    counts = []
    for partners in (1, 3):
        awarded = in_force(partners)
        # A colleague without a role: what each room asks of the team is counted in the rooms.
        colleague = Actor.of(make(MembershipFactory, organisation=awarded.team.buyer))
        counts.append(queries_of(client_of(colleague), reverse("desk:call_board", args=[awarded.call.reference])))
    assert counts[0] == counts[1]


def test_letters_show_when_they_left_and_who_read_them(at_signature):
    awarded = in_force()
    letter = Letter.objects.filter(call=awarded.call, recipient=awarded.partners[0].organisation).first()
    record_reading(letter=letter, actor=awarded.partners[0].actor, now=at_signature.now())
    html = page(awarded.team.author, "messages", awarded.call)
    assert awarded.partners[0].organisation.name in html
    assert awarded.rejected[0].lead.name in html
    assert "Pas encore lue" in html
    assert str(awarded.partners[0].actor.membership().user) in html
    assert reverse("files:download", args=[letter.document.rendering.stored_file_id]) in html
    colleague = Actor.of(make(MembershipFactory, organisation=awarded.team.buyer))
    assert "Aucune lettre n’est encore partie." in page(colleague, "messages", awarded.call)


def test_letters_take_as_many_queries_with_one_as_with_several(at_signature):
    counts = []
    for partners in (1, 3):
        awarded = in_force(partners)
        client = client_of(awarded.team.author)
        counts.append(queries_of(client, reverse("desk:messages", args=[awarded.call.reference])))
    assert counts[0] == counts[1]


def test_the_next_date_is_the_nearest_to_come(moving):
    stage = published(moving)
    assert "17 févr. 2027" in page(stage.team.author, "buyer_home")
    moving.advance_to(stage.deadline + timedelta(days=1))
    assert "17 févr. 2027" not in page(stage.team.author, "buyer_home")
