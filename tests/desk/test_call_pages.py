"""What everybody reads: the list of calls, a call, its documents, its feed."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from marketplace.accounts.models import Organisation
from marketplace.journal.outbox import drain
from procurement.calls.facts import lot_facts, lots_with_everything
from procurement.calls.services.periods import extend_deadline
from procurement.calls.services.publishing import cancel_lot, put_documents_online
from procurement.desk.departments import STARTS, region_of
from procurement.desk.public_calls import State, calls_in, cards
from procurement.law.estimate import estimated_value
from tests.calls.builders import make_team, team_user, write_call
from tests.contracts.walk import queries_of, text_of
from tests.desk.builders import on_lot, past, published
from tests.factories import OrganisationFactory, make
from tests.submissions.stage import Stage

pytestmark = pytest.mark.django_db

CALLS = reverse("desk:calls")
MOST_QUERIES = 10
CLOCK = int(connection.vendor == "postgresql")
"""PostgreSQL is asked what time it is, once a page."""


def page(url: str, client: Client | None = None) -> str:
    answer = (client or Client()).get(url)
    assert answer.status_code == 200, url
    return text_of(answer)


def address(stage: Stage, name: str = "call") -> str:
    return reverse(f"desk:{name}", args=[stage.call.reference])


def buyer_at(postcode: str) -> Organisation:
    return make(OrganisationFactory, buyer=True, postcode=postcode)


def test_without_an_open_call_the_list_says_so_and_offers_no_alert_that_does_not_exist(moving):
    html = page(CALLS)
    assert "Aucun appel n’est ouvert aujourd’hui." in html
    assert "par courriel" not in html
    assert "Aucun appel n’est ouvert aujourd’hui." in page("/")


def test_an_open_call_says_in_half_a_minute_whether_it_is_for_us(moving):
    stage = published(moving)
    assert stage.call.title in page(CALLS)
    assert stage.call.title in page("/")
    html = page(address(stage))
    for words in (
        "Est-ce pour nous ?",
        "270 000 € HT",
        "Explorer : 70 000 €",
        "25 200 € TTC",
        "30 % de la première phase",
        "Aucun minimum demandé",
        "D’abord une candidature, sans prix",
        "De 3 à 5",
        "Titres au partenaire, licence d’usage à l’acheteur",
        "Aucun certificat pour déposer",
        "Qualité de la prévision",
        "Équipe de recherche et capacité d’innovation",
        "Erreur moyenne : au plus 20 %",
        "dont 10 000 € si les objectifs sont atteints",
        "Appel ouvert",
        "Répondre à cet appel",
        "seuls deux gardiens désignés par l’acheteur",
        "Avis envoyé : BOAMP",
        "1 appel publié ici",
    ):
        assert words in html, words
    assert reverse("submissions:start", args=[stage.call.reference]) in html
    assert "pas même l’équipe" not in html


def test_a_draft_does_not_exist_for_the_public(moving):
    call = write_call(make_team(), moving.now())
    for name in ("call", "call_documents", "result"):
        assert Client().get(reverse(f"desk:{name}", args=[call.reference])).status_code == 404
    assert call.title not in page(CALLS)


def test_the_list_goes_by_nearest_deadline_and_by_state(moving):
    late, soon = published(moving, days=59), published(moving, days=38)
    html = page(CALLS)
    assert html.index(soon.call.reference) < html.index(late.call.reference)
    past(soon)
    assert soon.call.reference not in page(CALLS)
    assert soon.call.reference in page(f"{CALLS}?etat=clos")
    assert page(f"{CALLS}?etat=n-importe-quoi") == page(CALLS)


@pytest.mark.law("LR-53")
def test_the_deadline_itself_is_on_time(moving):
    stage = published(moving)
    moving.advance_to(stage.deadline)
    assert "Appel ouvert" in page(address(stage))
    moving.advance(timedelta(microseconds=1))
    html = page(address(stage))
    assert "Cet appel est clos depuis le" in html
    assert "Répondre à cet appel" not in html


def test_filters_are_kept_in_the_address_and_count_what_they_would_find(moving):
    brest = published(moving, make_team(buyer_at("29200")), domain="mobilite")
    lille = published(moving, make_team(buyer_at("59000")), domain="sante", deposit_at="https://profil.exemple.fr/1")
    both = page(CALLS)
    assert "Bretagne" in both
    assert "Hauts-de-France" in both
    assert "Corse" not in both
    only = page(f"{CALLS}?region=bretagne&region=inconnue")
    assert brest.call.reference in only
    assert lille.call.reference not in only
    assert "Retirer les filtres" in only
    assert "etat=clos&amp;region=bretagne" in only
    assert lille.call.reference in page(f"{CALLS}?domaine=sante")
    assert "Aucun appel ne répond à tous ces filtres." in page(f"{CALLS}?domaine=sante&region=bretagne")
    assert page(f"{CALLS}?procedure=formalised").count('class="card__link"') == 2


def test_every_department_has_one_region():
    starts = [start for several in STARTS.values() for start in several.split()]
    assert len(starts) == len(set(starts)) == 100
    assert region_of("97411") == "la-reunion"
    assert region_of("20200") == "corse"
    assert region_of("") == region_of("00100") == ""


def test_a_lot_given_up_does_not_close_the_others(moving):
    stage = published(moving, lots=2)
    first, second = stage.call.lots.select_related("call").order_by("number")
    cancel_lot(
        lot=first, kind="without_follow_up", reasons="Le budget manque.", actor=stage.team.validator, now=moving.now()
    )
    html = page(address(stage))
    assert "Appel ouvert" in html
    assert "Le budget manque." in html
    assert "Lot arrêté" in html
    cancel_lot(lot=second, kind="unsuccessful", reasons="Rien reçu.", actor=stage.team.validator, now=moving.now())
    html = page(address(stage))
    assert "Appel arrêté" in html
    assert "Cet appel est arrêté depuis le" in html
    assert "Arrêté" in page(f"{CALLS}?etat=clos")
    assert stage.call.reference not in page(CALLS)


@pytest.mark.law("LR-38", "LR-39")
def test_a_later_deadline_is_told_at_the_top_with_its_reason_and_its_hour(moving):
    stage = published(moving, lots=2)
    second = on_lot(stage, 2)
    later = second.deadline + timedelta(days=7)
    extend_deadline(
        period=second.period, closes_at=later, reason="Un plan manquait.", actor=stage.team.validator, now=moving.now()
    )
    html = page(address(stage))
    assert "Cet appel a changé" in html
    assert "Un plan manquait." in html
    assert "Heure limite repoussée. Lot 2, Candidatures : jusqu’au" in html
    # Two lots, two deadlines: none of them may be read for the other.
    assert "Lot 1 : " in html
    assert "Lot 2 : " in html
    moving.advance_to(stage.deadline + timedelta(hours=1))
    html = page(address(stage))
    assert "Appel ouvert" in html
    assert "(clos)" in html


def test_beside_another_profile_one_address_and_no_sealing_claim(moving):
    stage = published(moving, deposit_at="https://profil.exemple.fr/appel-12")
    html = page(address(stage))
    assert 'href="https://profil.exemple.fr/appel-12"' in html
    assert reverse("submissions:start", args=[stage.call.reference]) not in html
    for claim in ("gardiens", "chiffrés", "brouillon"):
        assert claim not in html


@pytest.mark.law("LR-35", "LR-36")
def test_documents_are_downloaded_without_account_and_only_once_published(moving):
    stage = published(moving)
    stored = stage.call.documents.get(kind="rules").document.rendering.stored_file
    link = reverse("desk:call_document", args=[stage.call.reference, "reglement-de-consultation", 1])
    assert link in page(address(stage))
    html = page(address(stage, "call_documents"))
    assert link in html
    assert stored.sha256 in html
    assert Client().get(link).status_code == 200
    assert Client().get(reverse("files:download", args=[stored.pk])).status_code == 200


def test_a_draft_document_is_for_the_house(moving):
    team = make_team()
    call = write_call(team, moving.now())
    put_documents_online(call=call, actor=team.validator, now=moving.now())
    drain()
    link = reverse("files:download", args=[call.documents.get(kind="rules").document.rendering.stored_file_id])
    assert Client().get(link).status_code == 404
    inside = Client()
    inside.force_login(team_user(team.author))
    assert inside.get(link).status_code == 200


def test_the_feed_lists_open_calls(moving):
    stage = published(moving)
    assert stage.call.reference in Client().get(reverse("desk:calls_feed")).content.decode()


def test_a_page_asks_no_more_with_three_than_with_one(moving):
    team = make_team()
    stage = published(team=team, moving=moving)
    counts = [queries_of(Client(), CALLS), queries_of(Client(), address(stage))]
    published(moving, team, lots=3)
    published(moving, team)
    assert counts[0] == queries_of(Client(), CALLS)
    three = published(moving, team, lots=3)
    assert counts[1] == queries_of(Client(), address(three))


def test_the_home_with_open_calls_costs_few_queries(moving):
    team = make_team()
    published(moving, team)
    one = queries_of(Client(), "/")
    published(moving, team, lots=3)
    assert queries_of(Client(), "/") == one <= MOST_QUERIES + CLOCK


def test_a_card_says_the_value_that_the_rule_book_reckons(moving):
    stage = published(moving, lots=2)
    whole = estimated_value([lot_facts(lot) for lot in lots_with_everything(stage.call)])
    (card,) = cards(list(calls_in(State.OPEN, moving.now())))
    assert card.value == whole > 0


def test_the_sql_and_the_words_agree_on_the_state(moving):
    stage = published(moving)
    opens: datetime = moving.now()
    for at, state in (
        (opens - timedelta(days=1), State.COMING),
        (opens, State.OPEN),
        (stage.deadline, State.OPEN),
        (stage.deadline + timedelta(seconds=1), State.CLOSED),
    ):
        found: list[Any] = [one for one in State if calls_in(one, at).filter(pk=stage.call.pk).exists()]
        assert found == [state]
