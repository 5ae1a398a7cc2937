"""What tenders are built on does not change once published, by whatever road (R2172-30, LR-16, LR-64)."""

from datetime import UTC, datetime

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from wagtail.snippets.models import get_snippet_models

from marketplace.accounts.actors import Actor
from marketplace.journal.acts import act
from procurement.calls.facts import criteria_digest
from procurement.calls.models import AwardCriterion, Call, PhaseObjective, Requirement
from procurement.calls.services import drafts, publishing
from procurement.law.findings import RuleViolation
from tests.calls.builders import make_team, plan_candidatures, sendings, write_call
from tests.calls.pages import SCREENS, client_of, url_of
from tests.calls.ready import keys_proved
from tests.calls.test_publishing import PASSED

pytestmark = [pytest.mark.django_db, pytest.mark.law("LR-16", "LR-64")]

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
FROZEN = (
    "requirement", "selectioncriterion", "awardcriterion", "phase", "phaseobjective", "phasedeliverable",
    "acquisitionterms", "performancelevel",
)  # fmt: skip


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def call(team, settings):
    settings.PROFILE_DECLARED_ON = "2026-01-15"
    call = write_call(team, NOW)
    keys_proved(plan_candidatures(call, team, NOW), NOW)
    publishing.put_documents_online(call=call, actor=team.validator, now=NOW)
    return publishing.publish(call=call, sendings=sendings(NOW), actor=team.validator, now=NOW, accepted=PASSED)


@pytest.fixture
def unchanged(call):
    yield
    assert criteria_digest(Call.objects.get()) == call.criteria_digest


def by_act(call, write) -> None:
    with pytest.raises(IntegrityError, match="frozen"), act(call.chain, "test.x", actor=Actor.system("test"), now=NOW):
        write()


@pytest.mark.usefixtures("unchanged")
class TestEveryRoad:
    def test_the_service(self, call, team):
        rows = [{"name": "Prix", "weight": 10000, "tag": "price"}]
        with pytest.raises(RuleViolation):
            drafts.save_award_criteria(lot=call.lots.get(), rows=rows, actor=team.author, now=NOW)

    def test_the_page(self, call, team):
        answer = client_of(team.author).post(url_of(call, "criteres"), SCREENS["criteres"])
        assert answer.status_code == 422

    def test_the_administration_knows_none_of_these_rows(self, call):
        ours = {apps.get_model("calls", name) for name in FROZEN}
        assert not apps.is_installed("django.contrib.admin")
        assert not ours & set(get_snippet_models())

    def test_a_row_saved_added_or_deleted_in_an_act(self, call):
        lot = call.lots.get()
        criterion = lot.award_criteria.first()
        criterion.weight = 1
        by_act(call, criterion.save)
        by_act(call, criterion.delete)
        by_act(
            call, lambda: AwardCriterion.objects.bulk_create([AwardCriterion(lot=lot, number=9, name="x", weight=1)])
        )
        requirement = lot.requirements.first()
        requirement.is_minimum = False
        by_act(call, requirement.save)
        objective = PhaseObjective.objects.first()
        objective.target = 1
        by_act(call, objective.save)

    def test_a_queryset(self, call):
        with pytest.raises(TypeError):
            Requirement.objects.filter(lot__call=call).update(text="Autre chose")

    @pytest.mark.parametrize("table", FROZEN)
    def test_sql(self, call, table):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM calls_{table}")  # noqa: S608 - our own tables


def test_a_draft_is_written_freely_and_another_call_is_not_concerned(call, team):
    draft = write_call(team, NOW)
    rows = [{"name": "Prix", "weight": 10000, "tag": "price"}]
    assert drafts.save_award_criteria(lot=draft.lots.get(), rows=rows, actor=team.author, now=NOW)
    taken = draft.lots.get().award_criteria.first()
    taken.lot = call.lots.get()
    by_act(draft, taken.save)


def test_a_corrective_act_lifts_the_digest_and_publishes_the_new_one(call):
    with act(call.chain, "test.corrected", actor=Actor.system("test"), now=NOW):
        call.criteria_digest = ""
        call.save()
        criterion = call.lots.get().award_criteria.first()
        criterion.name = "Qualité mesurée"
        criterion.save()
        call.criteria_digest = criteria_digest(call)
        call.save()
    by_act(call, criterion.delete)
