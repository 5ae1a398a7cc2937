"""The consultation file: written from the call, replaceable by the buyer's own files, never without a version."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from marketplace.accounts.actors import Actor
from marketplace.files.services import stage
from marketplace.journal.acts import act
from marketplace.journal.errors import NotAllowed, Refusal
from procurement.calls.models import Call, CallDocument, DocumentRemoval
from procurement.calls.services import drafts, publishing
from tests.calls.builders import make_team, plan_candidatures, sendings, write_call
from tests.calls.ready import keys_proved
from tests.calls.test_publishing import PASSED

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PDF = b"%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"
EACH = {"reglement-de-consultation", "ccap", "cctp", "acte-d-engagement", "annexe-financiere"}
FIRST = {slug: [1] for slug in EACH}


@pytest.fixture(autouse=True)
def _declared(settings):
    settings.PROFILE_DECLARED_ON = "2026-01-15"


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def call(team):
    call = write_call(team, NOW)
    keys_proved(plan_candidatures(call, team, NOW), NOW)
    publishing.put_documents_online(call=call, actor=team.validator, now=NOW)
    return Call.objects.get(pk=call.pk)


def join(call, team, *, kind="clauses", name="ccap.pdf", **more):
    return publishing.add_document(
        call=call, kind=kind, file=stage(PDF, name=name), actor=team.author, now=NOW + timedelta(hours=1), **more
    )


def versions(call) -> dict[str, list[int]]:
    told: dict[str, list[int]] = {}
    for row in CallDocument.objects.filter(call=call).order_by("slug", "version"):
        told.setdefault(row.slug, []).append(row.version)
    return told


def test_the_whole_file_is_written_from_the_call(call, team):
    assert versions(call) == FIRST
    facts = {row.slug: row.document.facts for row in call.documents.all()}
    assert facts["ccap"]["groups"][0]["clauses"]["gate"]["notice_days"] == 30
    assert facts["cctp"]["lots"][0]["requirements"][0]["is_minimum"] is True
    assert facts["acte-d-engagement"]["totals"]["ceiling_ht"] == "470000.00"
    assert facts["annexe-financiere"]["phases"][0]["ceiling_ht"] == "70000.00"
    assert {row.added_by_id for row in call.documents.all()} == {team.validator.user_id}


def test_each_lot_has_its_own_draft_contract_and_the_same_clauses_are_told_once(team):
    call = write_call(team, NOW, lots=2)
    publishing.put_documents_online(call=call, actor=team.validator, now=NOW)
    assert {"acte-d-engagement-lot-1", "acte-d-engagement-lot-2", "annexe-financiere-lot-2"} < set(versions(call))
    groups = call.documents.get(slug="ccap").document.facts["groups"]
    assert [[lot["number"] for lot in group["lots"]] for group in groups] == [[1, 2]]
    with pytest.raises(Refusal, match="propre à un lot"):
        join(call, team, kind="draft_contract")


def test_only_what_says_something_else_gets_a_new_version_which_says_who_when_and_why(call, team):
    later = NOW + timedelta(hours=2)
    assert publishing.put_documents_online(call=call, actor=team.validator, now=later) == []
    drafts.save_terms(lot=call.lots.get(), fields={"insurance": "Deux millions"}, actor=team.author, now=later)
    publishing.put_documents_online(call=call, actor=team.validator, now=later)
    assert versions(call) == FIRST | {"ccap": [1, 2], "acte-d-engagement": [1, 2]}
    newer = call.documents.get(slug="ccap", version=2)
    assert (newer.added_at, newer.added_by_id) == (later, team.validator.user_id)
    assert "Le texte de l’appel a changé" in newer.reason
    assert call.documents.get(slug="ccap", version=1).document.facts["groups"][0]["clauses"]["insurance"] == ""


def test_a_file_of_the_buyer_takes_the_place_of_ours_and_says_why(call, team):
    with pytest.raises(Refusal, match="dites pourquoi"):
        join(call, team)
    assert versions(call)["ccap"] == [1]
    own = join(call, team, reason="Modèle de notre collectivité")
    assert (own.slug, own.version, own.reason) == ("ccap", 2, "Modèle de notre collectivité")
    assert publishing.put_documents_online(call=call, actor=team.validator, now=NOW + timedelta(hours=2)) == []
    assert publishing.newest_documents(call)["ccap"] == own


def test_other_documents_keep_an_address_of_their_own(call, team):
    plan = join(call, team, kind="other", name="Plan de l’arrêt.pdf")
    twin = join(call, team, kind="other", name="Plan de l’arrêt.pdf")
    assert (plan.slug, twin.slug) == ("plan-de-l-arret", "plan-de-l-arret-2")
    newer = join(call, team, kind="other", name="v2.pdf", replaces=plan, reason="Cote corrigée")
    assert (newer.slug, newer.version) == ("plan-de-l-arret", 2)


@pytest.mark.law("LR-39")
class TestNothingIsReplacedWithoutAVersion:
    def test_by_the_model(self, call, team):
        row = call.documents.get(slug="ccap")
        row.document = call.documents.get(slug="cctp").document
        for name, write in (("test.replaced", row.save), ("test.erased", row.delete)):
            with pytest.raises(IntegrityError), act(call.chain, name, actor=Actor.system("test"), now=NOW):
                write()

    def test_by_a_queryset(self, call):
        with pytest.raises(TypeError):
            call.documents.update(version=3)
        with pytest.raises(TypeError):
            call.documents.all().delete()

    @pytest.mark.parametrize(
        "sql",
        [
            "UPDATE calls_calldocument SET reason = 'autre'",
            "DELETE FROM calls_calldocument",
        ],
    )
    def test_by_sql(self, call, sql):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)

    def test_under_a_number_that_is_taken(self, call):
        row = call.documents.get(slug="ccap")
        twin = CallDocument(call=call, kind=row.kind, slug="ccap", version=1, document=row.document, added_at=NOW)
        with pytest.raises(IntegrityError), act(call.chain, "test.taken", actor=Actor.system("test"), now=NOW):
            twin.save()

    def test_once_published(self, call, team):
        publishing.publish(call=call, sendings=sendings(NOW), actor=team.validator, now=NOW, accepted=PASSED)
        with pytest.raises(Refusal, match="avis rectificatif"):
            join(call, team, reason="Modèle de notre collectivité")
        assert versions(call) == FIRST


def test_what_is_taken_away_keeps_its_number_and_gives_its_place_back(call, team):
    own = join(call, team, reason="Modèle de notre collectivité")
    publishing.remove_document(document=own, actor=team.author, now=NOW)
    assert DocumentRemoval.objects.get().removed_by_id == team.author.user_id
    assert publishing.newest_documents(call)["ccap"].version == 1
    with pytest.raises(Refusal, match="déjà retiré"):
        publishing.remove_document(document=own, actor=team.author, now=NOW)
    assert join(call, team, reason="Autre modèle").version == 3


def test_ours_is_not_taken_away_and_others_join_nothing(call, team):
    with pytest.raises(Refusal, match="ne se retire pas"):
        publishing.remove_document(document=call.documents.get(slug="ccap"), actor=team.author, now=NOW)
    with pytest.raises(Refusal, match="produit par le site"):
        join(call, team, kind="rules")
    with pytest.raises(NotAllowed):
        publishing.add_document(call=call, kind="other", file=stage(PDF, name="a.pdf"), actor=team.evaluator, now=NOW)


@pytest.mark.law("LR-35")
def test_a_clause_changed_since_is_not_published_under_the_old_one(call, team):
    drafts.save_terms(lot=call.lots.get(), fields={"insurance": "Deux millions"}, actor=team.author, now=NOW)
    given = {"call": call, "sendings": sendings(NOW), "actor": team.validator, "now": NOW, "accepted": PASSED}
    with pytest.raises(Refusal, match="clauses administratives"):
        publishing.publish(**given)
    publishing.put_documents_online(call=call, actor=team.validator, now=NOW)
    assert publishing.publish(**given).is_published
