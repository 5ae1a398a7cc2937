"""The journal of a call: in French, by chapter and author, whole once bids are open."""

import ast
from pathlib import Path

import pytest
from django.urls import reverse

from marketplace.journal.models import Entry
from marketplace.journal.outbox import drain
from procurement.desk import chronicle
from tests.calls.builders import make_team, team_user, write_call
from tests.contracts.walk import client_of, queries_of, text_of
from tests.desk.builders import published

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[2] / "procurement"


def journal(actor, call, query: str = "") -> str:
    answer = client_of(actor).get(reverse("desk:journal", args=[call.reference]) + query)
    assert answer.status_code == 200
    return text_of(answer)


def acts_written() -> set[str]:
    """Names of acts in the code of the rooms; those of the chain of the site stand in no journal of a call."""
    found = set()
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "act" and len(node.args) > 1:
                if getattr(node.args[0], "id", "") == "SITE_CHAIN":
                    continue
                name = node.args[1]
                found |= {name.value} if isinstance(name, ast.Constant) else set()
    return found


def test_every_act_of_the_rooms_has_its_sentence():
    assert acts_written() - set(chronicle.SENTENCES) == set()


def test_an_act_that_nobody_foresaw_stays_hidden_while_bids_are_secret():
    assert "appeal.filed" not in chronicle.TOLD_BEFORE_OPENING
    assert not [act for act in chronicle.TOLD_BEFORE_OPENING if act.startswith(("submission", "receipt", "party"))]


def test_it_speaks_french_and_names_the_author_and_the_role(moving):
    team = make_team()
    call = write_call(team, moving.now())
    html = journal(team.author, call)
    for words in ("Appel commencé", "Rôle confié", "Garde des clés", "critères de choix", str(team_user(team.author))):
        assert words in html, words
    assert "Rédaction" in html
    assert "call.edited" not in html


def test_a_draft_shows_rank_and_fingerprint_and_an_open_call_neither(moving):
    team = make_team()
    call = write_call(team, moving.now())
    first = Entry.objects.for_chain(call.chain).first()
    assert first.hash[:16] in journal(team.author, call, "?chapitre=preparation")
    stage = published(moving)
    html = journal(stage.team.author, stage.call)
    assert "ni rang ni empreinte" in html
    assert not any(entry.hash[:16] in html for entry in Entry.objects.for_chain(stage.call.chain))


def test_filters_by_chapter_and_by_author(moving):
    stage = published(moving)
    html = journal(stage.team.validator, stage.call, "?chapitre=publication")
    assert "Appel publié" in html
    assert '<th scope="row">Gardiens désignés' not in html
    html = journal(stage.team.validator, stage.call, f"?auteur={stage.team.custodians[0].label}")
    assert "Clé essayée par un gardien" in html
    assert '<th scope="row">Appel publié' not in html
    assert "Aucun acte ne répond à ces filtres." in journal(stage.team.validator, stage.call, "?chapitre=phases")
    assert journal(stage.team.validator, stage.call, "?auteur=membership:inconnu") == journal(
        stage.team.validator, stage.call
    )


def test_once_opened_a_firm_that_answered_is_named(moving):
    stage = published(moving)
    stage.submit(stage.bidder("Tramélys"))
    drain()
    assert "Tramélys" not in journal(stage.team.author, stage.call)
    stage.close()
    stage.open("candidature")
    html = journal(stage.team.author, stage.call, "?chapitre=plis")
    assert "Tramélys" in html
    assert "Réponse déposée et scellée" in html


def test_the_table_holds_whole_fingerprints(moving):
    team = make_team()
    call = write_call(team, moving.now())
    answer = client_of(team.author).get(reverse("desk:journal_csv", args=[call.reference]))
    assert answer["Content-Type"].startswith("text/csv")
    text = answer.content.decode("utf-8-sig")
    entries = list(Entry.objects.for_chain(call.chain))
    assert len(text.splitlines()) == len(entries) + 1
    assert all(entry.hash in text for entry in entries)


def test_long_journals_come_in_pages_at_constant_queries(moving):
    team = make_team()
    short, long = write_call(team, moving.now()), write_call(team, moving.now(), lots=4)
    client = client_of(team.author)
    addresses = [reverse("desk:journal", args=[call.reference]) for call in (short, long)]
    assert queries_of(client, addresses[0]) == queries_of(client, addresses[1])
