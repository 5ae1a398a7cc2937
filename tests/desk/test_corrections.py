"""The corrective notice: the one road by which a published call changes, with its deadline, told to all."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from marketplace.journal.errors import NotAllowed, Refusal
from marketplace.journal.models import Entry
from marketplace.journal.outbox import drain
from procurement.calls.facts import criteria_digest
from procurement.calls.models import Call, CallDocument, ChangeNotice, News, Publication, SubmissionPeriod
from procurement.calls.services import drafts
from procurement.calls.services.corrections import correct
from procurement.calls.steps import STEPS
from procurement.law.findings import RuleViolation
from tests.calls.builders import sendings
from tests.calls.pages import client_of
from tests.contracts.walk import text_of
from tests.desk.builders import published

pytestmark = pytest.mark.django_db
LINES = [
    {"label": "Exigence", "before": "Fonctionner avec les données", "after": "Fonctionner avec toutes les données"}
]
REASON = {"LR-38": "Ce texte ne demande aucun travail."}


@pytest.fixture
def stage(moving):
    return published(moving)


def requirements(stage, text="Fonctionner avec toutes les données"):
    lot = stage.call.lots.get()
    rows = [{"text": text, "is_minimum": True}, {"text": "Afficher la prévision à l’arrêt"}]
    return lambda: drafts.save_requirements(lot=lot, rows=rows, actor=stage.team.validator, now=stage.now)


def light(stage, place="Gare routière"):
    lot = stage.call.lots.select_related("terms").get()
    return lambda: drafts.save_terms(lot=lot, fields={"place": place}, actor=stage.team.validator, now=stage.now)


def corrected(stage, write, **changed):
    given = {
        "call": stage.call, "write": write, "what": "Une exigence est précisée.", "reason": "Le texte était obscur.",
        "lines": LINES, "sendings": sendings(stage.now), "actor": stage.team.validator, "now": stage.now,
    }  # fmt: skip
    return correct(**{**given, **changed})


def untouched(stage):
    call = Call.objects.get(pk=stage.call.pk)
    return (
        call.criteria_digest == criteria_digest(call) == stage.call.criteria_digest
        and not ChangeNotice.objects.exists()
        and not News.objects.exists()
        and call.documents.filter(kind=CallDocument.Kind.RULES).count() == 1
        and SubmissionPeriod.objects.get(lot__call=call).deadlines.count() == 1
    )


@pytest.mark.law("LR-39")
def test_a_minimum_requirement_changes_with_a_whole_new_period_or_not_at_all(stage):
    stage.clock.advance(timedelta(days=20))
    first = stage.now.replace(hour=11, minute=0) + timedelta(days=30)
    for closes_at in (None, first - timedelta(days=1)):
        with pytest.raises(RuleViolation) as refused:
            corrected(stage, requirements(stage), closes_at=closes_at)
        assert refused.value.rules == ["LR-39" if closes_at is None else "LR-12"]
        assert untouched(stage)
    whole = first + timedelta(days=1)
    notice = corrected(stage, requirements(stage), closes_at=whole)
    call = Call.objects.get(pk=stage.call.pk)
    assert call.criteria_digest == criteria_digest(call) != stage.call.criteria_digest
    assert SubmissionPeriod.objects.get(lot__call=call).closes_at() == whole
    assert call.documents.filter(kind=CallDocument.Kind.RULES).count() == 2
    assert notice.lines == LINES
    assert Publication.objects.filter(call=call).count() == 4
    entry = Entry.objects.get(act="call.corrected")
    assert entry.data["changed"] == ["minimum_requirements"]
    assert not Entry.objects.filter(act="call.edited", at=stage.now).exists()


@pytest.mark.law("LR-39", "LR-16")
def test_after_the_deadline_nothing_that_weighs_on_tenders_changes(stage):
    stage.clock.advance_to(stage.deadline)
    later = stage.deadline + timedelta(days=40)
    # At the very second of the deadline two people are needed to move it: the change waits, or goes no further.
    with pytest.raises(Refusal, match="se décide à deux"):
        corrected(stage, requirements(stage), closes_at=later)
    stage.clock.advance(timedelta(seconds=1))
    with pytest.raises(RuleViolation) as refused:
        corrected(stage, requirements(stage))
    assert "LR-39" in refused.value.rules
    assert untouched(stage)
    url = reverse("calls:correct", args=[stage.call.reference, "criteres"])
    page = text_of(client_of(stage.team.validator).get(url))
    assert "Plus rien ne change dans cet appel." in page
    assert "Déclarer sans suite" in page


@pytest.mark.law("LR-38")
@pytest.mark.parametrize(("days", "blocked"), [(6, False), (5, True)])
def test_another_change_leaves_six_days_and_a_reason_when_the_deadline_stays(stage, days, blocked):
    stage.clock.advance_to(stage.deadline - timedelta(days=days))
    with pytest.raises(RuleViolation):
        corrected(stage, light(stage))
    if blocked:
        with pytest.raises(RuleViolation):
            corrected(stage, light(stage), accepted=REASON)
        assert untouched(stage)
        corrected(stage, light(stage), closes_at=stage.deadline + timedelta(days=5))
    else:
        corrected(stage, light(stage), accepted=REASON)
        assert stage.call.accepted_warnings.get(rule="LR-38").reason == REASON["LR-38"]
    assert ChangeNotice.objects.count() == 1


def test_what_no_notice_moves_and_what_it_needs(stage):
    call, actor, now = stage.call, stage.team.validator, stage.now

    def elsewhere():
        drafts.save_call(call=call, fields={"deposit_at": "https://ailleurs.exemple.fr/"}, actor=actor, now=now)

    for write, changed, said in (
        (elsewhere, {}, "ni l’adresse de dépôt"),
        (lambda: None, {}, "Rien n’a changé"),
        (light(stage), {"reason": " "}, "ce qui change et pourquoi"),
        (light(stage), {"sendings": sendings(now)[:1]}, "mêmes supports"),
    ):
        with pytest.raises(Refusal, match=said):
            corrected(stage, write, **changed)
        assert untouched(stage)
    for stranger in (stage.team.author, stage.team.evaluator):
        with pytest.raises(NotAllowed):
            corrected(stage, light(stage), actor=stranger)
    assert untouched(stage)


@pytest.mark.law("LR-64")
def test_outside_of_a_notice_a_published_text_stays_frozen(stage):
    with pytest.raises(RuleViolation):
        drafts.save_requirements(lot=stage.call.lots.get(), rows=[], actor=stage.team.author, now=stage.now)
    assert untouched(stage)


def posted(stage, code="criteres", **changed):
    """What a browser posts: the screen as it is in force, with a notice beside."""
    lot = stage.call.lots.select_related("call", "acquisition", "terms", "timeline").get()
    data = {}

    def take(form):
        for bound in form:
            value = bound.value()
            if isinstance(value, bool):
                data.update({bound.html_name: "on"} if value else {})
            elif value is not None:
                data[bound.html_name] = bound.field.widget.format_value(value) or ""

    def walk(part):
        if hasattr(part, "management_form"):
            prefix = part.prefix
            filled = [row for row in part.forms if row.initial]
            data[f"{prefix}-TOTAL_FORMS"], data[f"{prefix}-INITIAL_FORMS"] = str(len(filled)), "0"
            for row in filled:
                take(row)
                for inner in getattr(row, "parts", {}).values():
                    walk(inner)
        else:
            take(part)

    for part in STEPS[code].forms(stage.call, lot).values():
        walk(part)
    notice = {
        "what": "L’exigence des données est précisée.", "reason": "Le texte était obscur.",
        "closes_at_day": f"{stage.deadline + timedelta(days=7):%Y-%m-%d}", "closes_at_hour": "12:00",
        "sent_at_day": "2027-01-12", "sent_at_hour": "11:00", "receipt_boamp": "27-9", "receipt_joue": "2027/S 9",
    }  # fmt: skip
    return data | notice | changed


@pytest.mark.law("LR-38", "LR-39")
def test_the_page_publishes_the_correction_and_everybody_reads_what_changed(stage):
    url = reverse("calls:correct", args=[stage.call.reference, "criteres"])
    stage.clock.advance(timedelta(hours=2))
    client = client_of(stage.team.validator)
    assert "Fonctionner avec les données ouvertes du réseau" in client.get(url).content.decode()
    new = {"requirements-0-text": "Fonctionner avec toutes les données ouvertes du réseau"}
    refused = client.post(url, posted(stage, closes_at_day="", closes_at_hour="", **new))
    assert refused.status_code == 422
    assert "toutes les données" in refused.content.decode()
    assert "fait repartir un délai entier" in text_of(refused)
    assert untouched(stage)
    answer = client.post(url, posted(stage, **new))
    assert answer.status_code == 302, text_of(answer)
    drain()
    html = text_of(Client().get(reverse("desk:call", args=[stage.call.reference])))
    assert "Cet appel a changé" in html
    assert "L’exigence des données est précisée" in html
    assert "Avis rectificatif envoyé : BOAMP" in html
    page = Client().get(reverse("desk:call", args=[stage.call.reference])).content.decode()
    assert "toutes</ins>" in page
    documents = text_of(Client().get(reverse("desk:call_documents", args=[stage.call.reference])))
    assert "Version 2" in documents
    assert "Version 1" in documents
