"""The operator's library of clauses: written by the operator, checked by a lawyer, taken by calls as it stood."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError
from django.urls import reverse

from marketplace.accounts.actors import Actor
from marketplace.journal.acts import SITE_CHAIN, act
from marketplace.journal.errors import NotAllowed, Refusal
from procurement.calls.clauses import FIRST_CLAUSES
from procurement.calls.models import Call, ClauseVersion
from procurement.calls.pieces import pieces_of
from procurement.calls.services import clauses, drafts
from tests.calls.builders import make_team, write_call
from tests.calls.pages import begin, client_of, url_of
from tests.factories import actor_for

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TEXT = "Le partenaire garde le secret de ce qu’il apprend."


@pytest.fixture
def operator():
    return actor_for(organisation__operator=True)


@pytest.fixture
def team():
    return make_team()


def write(operator, code="confidentiality", text=TEXT, article="L. 2132-1"):
    return clauses.write_clause(code=code, text=text, article=article, actor=operator, now=NOW)


def check(operator, clause, **changed):
    given = {"code": clause.code, "version": clause.version, "lawyer": "Maître Exemple"}
    return clauses.check_clause(**{**given, **changed}, actor=operator, now=NOW)


def test_every_clause_names_its_article_and_starts_as_the_site_came():
    library = clauses.library()
    assert all(one.article and one.title and one.text for one in library.values())
    assert library["gate_powers"].text == FIRST_CLAUSES["gate_powers"]
    assert clauses.first_clauses() == dict(FIRST_CLAUSES)


def test_a_clause_written_anew_is_what_new_calls_start_with_and_old_ones_keep_theirs(operator, team):
    old = write_call(team, NOW)
    drafts.save_terms(lot=old.lots.get(), fields=clauses.first_clauses(), actor=team.author, now=NOW)
    write(operator)
    assert clauses.first_clauses()["confidentiality"] == TEXT
    assert old.lots.get().terms.confidentiality == FIRST_CLAUSES["confidentiality"]
    author = client_of(team.author)
    page = author.get(url_of(begin(author), "documents")).content.decode()
    assert TEXT in page


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"code": "absente"}, "n’existe pas"),
        ({"text": " "}, "Écrivez le texte"),
        ({"article": ""}, "l’article"),
        ({"text": FIRST_CLAUSES["confidentiality"]}, "déjà celui"),
    ],
)
def test_what_is_no_clause_is_refused(operator, changed, why):
    with pytest.raises(Refusal, match=why):
        write(operator, **changed)
    assert not ClauseVersion.objects.exists()


def test_only_the_operator_keeps_the_library(operator, team):
    with pytest.raises(NotAllowed):
        write(team.author)
    with pytest.raises(NotAllowed):
        check(team.author, clauses.library()["gate_powers"])


def test_versions_are_never_changed(operator):
    row = write(operator)
    row.text = "Autre chose"
    with pytest.raises(IntegrityError), act(SITE_CHAIN, "test.x", actor=Actor.system("test"), now=NOW):
        row.save()


def test_the_lawyer_checks_the_version_that_was_read_once(operator):
    row = write(operator)
    for changed, why in (({"lawyer": " "}, "nom"), ({"version": 0}, "a changé")):
        with pytest.raises(Refusal, match=why):
            check(operator, row, **changed)
    check(operator, row)
    with pytest.raises(Refusal, match="déjà validée"):
        check(operator, row)
    assert clauses.library()["confidentiality"].check.lawyer == "Maître Exemple"
    write(operator, text="Une autre rédaction.")
    assert clauses.library()["confidentiality"].check is None


def banners(call) -> set[bool]:
    documents = pieces_of(Call.objects.get(pk=call.pk), NOW)
    return {
        piece.facts["to_validate"] for piece in documents if "to_validate" in piece.facts and piece.kind != "programme"
    }


def test_the_banner_stands_until_every_text_is_one_that_the_lawyer_checked(operator, team):
    call = write_call(team, NOW)
    lot = call.lots.get()
    drafts.save_terms(lot=lot, fields=clauses.first_clauses(), actor=team.author, now=NOW)
    rights = {key: text for key, text in clauses.first_phase_terms().items() if key.startswith("ip_")}
    phases = [{"kind": "research", "name": "Explorer", "duration_months": 6, "remuneration_fixed_ht": 1, **rights}]
    drafts.save_phases(lot=lot, rows=phases, actor=team.author, now=NOW)
    assert banners(call) == {True}
    for clause in clauses.library().values():
        check(operator, clause)
    assert banners(call) == {False}
    drafts.save_terms(lot=lot, fields={"penalties": "Mille euros par heure"}, actor=team.author, now=NOW)
    assert banners(call) == {True}


def test_the_operator_writes_and_checks_on_pages(operator, team):
    browser, address = client_of(operator), reverse("calls:write_clause", args=["confidentiality"])
    assert address in browser.get(reverse("calls:clauses")).content.decode()
    assert client_of(team.author).get(reverse("calls:clauses")).status_code == 403
    assert browser.post(address, {"text": "", "article": ""}).status_code == 422
    assert browser.post(address, {"text": TEXT, "article": "L. 2132-1"}).status_code == 302
    checking = reverse("calls:check_clause", args=["confidentiality"])
    assert checking in browser.get(address).content.decode()
    stale = browser.post(checking, {"lawyer": "Maître Exemple", "version": "0"})
    assert stale.status_code == 422
    assert "relisez-la" in stale.content.decode()
    assert browser.post(checking, {"lawyer": "Maître Exemple", "version": "1"}).status_code == 302
    assert "Maître Exemple" in browser.get(reverse("calls:clauses")).content.decode()
    assert browser.get(reverse("calls:write_clause", args=["absente"])).status_code == 404
