"""Publication asks the whole rule book, freezes what tenders are built on, and proves when it was sent."""

from datetime import UTC, date, datetime, timedelta

import pytest

from marketplace.accounts.actors import Actor
from marketplace.journal.acts import act
from marketplace.journal.errors import NotAllowed, Refusal
from marketplace.journal.models import Checkpoint, Entry
from procurement.calls.facts import criteria_digest
from procurement.calls.models import (
    AcceptedWarning,
    AwardCriterion,
    Call,
    LotTimeline,
    Publication,
    SubmissionPeriod,
)
from procurement.calls.services import drafts, periods, publishing
from procurement.calls.services.timeline import record
from procurement.calls.stages import Stage, stage
from procurement.law.findings import RuleViolation
from tests.calls.builders import make_team, plan_candidatures, sendings, write_call
from tests.calls.ready import keys_proved
from tests.factories import within_act

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PASSED = {"LR-12": "Fin de période choisie avec les services", "LR-07": "Rapport annoncé au marché"}


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


def publish(call, team, **changed):
    given = {"call": call, "sendings": sendings(NOW), "actor": team.validator, "now": NOW, "accepted": PASSED}
    return publishing.publish(**{**given, **changed})


def rules(refusal) -> set[str]:
    return {finding.rule for finding in refusal.value.findings}


def test_a_complete_call_is_published_by_a_second_person(call, team):
    published = publish(call, team)
    lot = published.lots.get()
    assert published.is_published
    assert stage(LotTimeline.objects.get(lot=lot), NOW) == Stage.CANDIDATURES_OPEN
    assert set(Publication.objects.filter(call=call).values_list("channel", flat=True)) == {"boamp", "joue"}
    assert Checkpoint.objects.filter(chain__key=call.chain).count() == 1


def test_the_author_does_not_publish(call, team):
    with pytest.raises(NotAllowed, match="validation"):
        publish(call, team, actor=team.author)
    assert Entry.objects.filter(act="call.publish.refused").count() == 1
    assert not Call.objects.get(pk=call.pk).is_published


@pytest.mark.law("LR-20", "LR-64")
def test_weights_that_do_not_add_up_are_refused_with_every_other_finding(team):
    call = write_call(team, NOW)
    lot = call.lots.get()
    drafts.save_award_criteria(
        lot=lot, rows=[{"name": "Prix", "weight": 9000, "tag": "price"}], actor=team.author, now=NOW
    )
    with pytest.raises(RuleViolation) as refusal:
        publish(call, team)
    assert {"LR-20", "LR-64", "LR-35"} <= rules(refusal)
    assert Publication.objects.count() == 0


@pytest.mark.law("LR-35")
def test_documents_must_be_online_before_the_notice_leaves(team):
    call = write_call(team, NOW)
    keys_proved(plan_candidatures(call, team, NOW), NOW)
    with pytest.raises(RuleViolation) as refusal:
        publish(call, team)
    assert "LR-35" in rules(refusal)


@pytest.mark.law("LR-57")
def test_keys_must_have_been_proved_by_their_custodians(team):
    call = write_call(team, NOW)
    plan_candidatures(call, team, NOW)
    publishing.put_documents_online(call=call, actor=team.validator, now=NOW)
    with pytest.raises(RuleViolation) as refusal:
        publish(Call.objects.get(pk=call.pk), team)
    assert "LR-57" in rules(refusal)


def test_a_sending_without_its_number_is_refused(call, team):
    unproved = [publishing.Sending(channel="boamp", sent_at=NOW, receipt_number=" ")]
    with pytest.raises(Refusal, match="numéro d’accusé"):
        publish(call, team, sendings=unproved)


def test_reasons_given_for_warnings_are_kept(call, team):
    found = publishing.findings(call=call, actor=team.validator, now=NOW)
    warned = {finding.rule for finding in found if finding.severity == "warn"}
    publish(call, team)
    assert set(AcceptedWarning.objects.values_list("rule", flat=True)) == warned


@pytest.mark.law("LR-16", "LR-64")
def test_a_weight_changed_after_publication_is_refused_by_every_road(call, team):
    published = publish(call, team)
    lot = published.lots.get()
    with pytest.raises(RuleViolation) as refusal:
        drafts.save_award_criteria(
            lot=lot, rows=[{"name": "Prix", "weight": 10000, "tag": "price"}], actor=team.author, now=NOW
        )
    assert rules(refusal) & {"LR-16", "LR-39", "LR-64"}
    with pytest.raises(TypeError):
        AwardCriterion.objects.filter(lot=lot).update(weight=1)
    assert lot.award_criteria.count() == 3


def test_other_texts_are_frozen_too(call, team):
    published = publish(call, team)
    with pytest.raises(Refusal, match="avis rectificatif"):
        drafts.save_terms(lot=published.lots.get(), fields={"penalties": "Aucune"}, actor=team.author, now=NOW)


def test_publishing_twice_is_refused(call, team):
    published = publish(call, team)
    with pytest.raises(Refusal, match="déjà publié"):
        publish(published, team)


class TestDeadlines:
    @pytest.mark.law("LR-38")
    def test_an_extension_only_moves_forward_and_says_why(self, call, team):
        publish(call, team)
        period = call.lots.get().periods.get()
        closes = period.closes_at()
        for wrong, reason in [(closes, "retard"), (closes + timedelta(days=2), "  ")]:
            with pytest.raises(Refusal):
                periods.extend_deadline(period=period, closes_at=wrong, reason=reason, actor=team.validator, now=NOW)
        later = closes + timedelta(days=2)
        periods.extend_deadline(period=period, closes_at=later, reason="Réponse tardive", actor=team.validator, now=NOW)
        assert SubmissionPeriod.objects.get(pk=period.pk).closes_at() == later
        assert LotTimeline.objects.get(lot=period.lot).candidatures_close_at == later

    def test_in_the_last_day_two_people_decide(self, call, team):
        publish(call, team)
        period = call.lots.get().periods.get()
        late = period.closes_at() - timedelta(hours=3)
        given = {
            "period": period,
            "closes_at": period.closes_at() + timedelta(days=1),
            "reason": "Panne",
            "actor": team.validator,
            "now": late,
        }
        with pytest.raises(Refusal, match="à deux"):
            periods.extend_deadline(**given)
        with pytest.raises(Refusal, match="à deux"):
            periods.extend_deadline(**given, second_person=team.validator)

    def test_nothing_moves_once_a_bid_was_opened(self, call, team):
        publish(call, team)
        period = call.lots.get().periods.get()
        with act(call.chain, "test.opened", actor=Actor.system("test"), now=NOW):
            periods.mark_opening(period, NOW)
        with pytest.raises(Refusal, match="ouverture"):
            periods.extend_deadline(
                period=period,
                closes_at=period.closes_at() + timedelta(days=1),
                reason="Panne",
                actor=team.validator,
                now=NOW,
            )

    def test_a_period_ends_after_it_begins(self, call, team):
        with pytest.raises(Refusal, match="heure limite"):
            periods.plan_period(
                lot=call.lots.get(), kind="initial", opens_at=NOW, closes_at=NOW, actor=team.author, now=NOW
            )


class TestAbandon:
    @pytest.mark.law("LR-86")
    def test_a_lot_ends_with_reasons_only(self, call, team):
        lot = call.lots.get()
        with pytest.raises(RuleViolation, match="motifs") as refused:
            publishing.cancel_lot(lot=lot, kind="without_follow_up", reasons=" ", actor=team.validator, now=NOW)
        assert refused.value.rules == ["LR-86"]
        publishing.cancel_lot(
            lot=lot, kind="without_follow_up", reasons="Besoin disparu", actor=team.validator, now=NOW
        )
        assert stage(LotTimeline.objects.get(lot=lot), NOW) == Stage.CANCELLED
        with pytest.raises(RuleViolation, match="déjà signé ou terminé"):
            publishing.cancel_lot(lot=lot, kind="unsuccessful", reasons="Encore", actor=team.validator, now=NOW)

    @pytest.mark.law("LR-86")
    def test_a_signed_lot_is_not_given_up(self, call, team):
        lot = call.lots.get()
        within_act(lambda: record(lot, "signed_at", NOW), chain=call.chain, at=NOW)
        with pytest.raises(RuleViolation, match="avant la signature") as refused:
            publishing.cancel_lot(lot=lot, kind="without_follow_up", reasons="Trop cher", actor=team.validator, now=NOW)
        assert refused.value.rules == ["LR-86"]


class TestDrafts:
    def test_only_a_buyer_prepares_a_call(self, team):
        stranger = make_team().author
        with pytest.raises(NotAllowed):
            drafts.create_call(buyer=team.buyer, title="Essai", actor=stranger, now=NOW)

    def test_references_follow_each_other_within_a_year(self, team):
        first, second = (
            drafts.create_call(buyer=team.buyer, title="Essai", actor=team.author, now=NOW) for _ in range(2)
        )
        assert [first.reference, second.reference] == ["PI-2026-001", "PI-2026-002"]

    def test_a_role_is_given_once(self, call, team):
        user = team.reader.membership().user
        for _ in range(2):
            drafts.give_role(call=call, user=user, role="auditor", actor=team.author, now=NOW)
        assert call.team.filter(user=user).count() == 1


@pytest.mark.law("LR-16", "LR-64")
@pytest.mark.parametrize(
    ("section", "column", "value"),
    [
        ("requirements", "text", "Autre chose"),
        ("selection_criteria", "is_innovation", False),
        ("award_criteria", "weight", 4999),
        ("phases", "ip_results", "Tout à l’acheteur"),
        ("phases", "partners_max", 1),
    ],
)
def test_the_digest_of_the_criteria_covers_what_tenders_are_built_on(call, section, column, value):
    before = criteria_digest(call)
    row = getattr(call.lots.get(), section).first()
    with act(call.chain, "test.edited", actor=Actor.system("test"), now=NOW):
        setattr(row, column, value)
        row.save()
    assert criteria_digest(call) != before


@pytest.mark.law("LR-20", "LR-35")
class TestLaunch:
    def test_figures_are_those_of_the_day_of_sending_whatever_was_planned(self, team):
        call = write_call(team, NOW, launch_date=date(2026, 5, 4))
        drafts.save_award_criteria(
            lot=call.lots.get(),
            rows=[
                {"name": "Qualité", "weight": 6000, "tag": "quality"},
                {"name": "Prix", "weight": 4000, "tag": "price"},
            ],
            actor=team.author,
            now=NOW,
        )
        with pytest.raises(RuleViolation) as refusal:
            publish(call, team)
        assert "LR-20" in rules(refusal)

    def test_a_notice_is_not_sent_tomorrow(self, call, team):
        with pytest.raises(Refusal, match="plus tard que maintenant"):
            publish(call, team, sendings=sendings(NOW + timedelta(days=1)))

    def test_what_is_published_is_what_the_rules_online_say(self, call, team):
        drafts.save_requirements(
            lot=call.lots.get(), rows=[{"text": "Toute autre chose", "is_minimum": True}], actor=team.author, now=NOW
        )
        with pytest.raises(Refusal, match="mettez en ligne la nouvelle version"):
            publish(call, team)
        publishing.put_documents_online(call=call, actor=team.validator, now=NOW)
        assert publish(call, team).is_published


class TestTeam:
    def test_once_published_colleagues_do_not_give_themselves_a_role(self, call, team):
        publish(call, team)
        colleague = team.reader.membership().user
        with pytest.raises(NotAllowed):
            drafts.give_role(call=Call.objects.get(), user=colleague, role="evaluator", actor=team.reader, now=NOW)
        with pytest.raises(NotAllowed, match="un visa se donne avant"):
            drafts.give_visa(call=Call.objects.get(), kind="juridique", actor=team.reader, now=NOW)

    def test_references_go_on_past_a_thousand(self, call, team):
        with act(call.chain, "test.numbered", actor=Actor.system("test"), now=NOW):
            call.reference = "PI-2026-999"
            call.save()
        given = {"buyer": team.buyer, "title": "Essai", "actor": team.author, "now": NOW}
        assert [drafts.create_call(**given).reference for _ in range(2)] == ["PI-2026-1000", "PI-2026-1001"]
