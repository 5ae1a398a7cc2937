"""Missing items of candidatures: asked of all concerned at once, handed in until one limit, then the choice goes on."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from marketplace.accounts.models import Membership
from marketplace.accounts.permissions import can
from marketplace.files.models import GeneratedDocument
from marketplace.files.services import stage as stage_file
from marketplace.journal.errors import NotAllowed, Refusal
from marketplace.journal.models import Entry
from procurement.correspondence.models import Letter
from procurement.evaluation.models import Complement, ComplementItem, ComplementRequest
from procurement.evaluation.services import complements, selection
from procurement.evaluation.services.complements import Asked
from procurement.law.findings import RuleViolation
from tests.evaluation import builders
from tests.evaluation.builders import DAY
from tests.evaluation.pages import Pages, moment, text
from tests.factories import within_act

TICK = timedelta(microseconds=1)


def pdf(name="bilans.pdf"):
    return SimpleUploadedFile(name, b"%PDF-1.7\n" + b"bilans " * 30)


def everything(journey, candidates):
    missing = complements.missing_of(journey.lot, candidates)
    return [Asked(one, tuple(missing[one.pk])) for one in candidates]


def ask(journey, asked, *, days=7, **more):
    return journey.act(
        complements.ask_complements, lot=journey.lot, asked=asked, deadline=journey.now + days * DAY, **more
    )


def hand_in(journey, item, *, firm=0, **more):
    given = {"text": "Voici la réponse."} | more
    return journey.act(complements.hand_in_complement, item=item, actor=journey.firms[firm].actor, **given)


@pytest.mark.starts_at("declared")
@pytest.mark.law("LR-49")
def test_all_concerned_are_asked_at_once_with_one_limit(journey):
    candidates = journey.candidates(3)
    request = ask(journey, everything(journey, candidates))
    letters = Letter.objects.filter(kind="complement_request")
    assert {one.recipient for one in letters} == {firm.organisation for firm in journey.firms}
    assert len({(one.sent_at, one.document.facts["facts"]["before"]) for one in letters}) == 1
    assert all("Réponse" in str(one.document.facts["facts"]["items"]) for one in letters)
    assert len(Entry.objects.get(act="complements.asked").data["asked"]) == 3
    assert request.deadline == journey.now + 7 * DAY
    with pytest.raises(RuleViolation, match="déjà été demandés"):
        ask(journey, everything(journey, candidates))


@pytest.mark.starts_at("declared")
@pytest.mark.law("LR-49")
@pytest.mark.parametrize("left_out", ["the whole candidate", "one of its items"])
def test_a_selective_request_is_refused_with_its_reason(journey, left_out):
    candidates = journey.candidates(3)
    asked = everything(journey, candidates)
    kept = () if left_out == "the whole candidate" else asked[1].items[1:]
    selective = [asked[0], Asked(candidates[1], kept), asked[2]]
    with pytest.raises(RuleViolation, match=str(candidates[1].party)) as refused:
        ask(journey, selective)
    assert refused.value.rules == ["LR-49"]
    assert not Letter.objects.exists()
    assert Entry.objects.get(act="complements.ask.refused").data["rules"] == ["LR-49"]
    found = Asked(candidates[1], kept, found_elsewhere="Page 4 de sa présentation.")
    ask(journey, [asked[0], found, asked[2]])
    assert Complement.objects.get(candidate=candidates[1]).found_elsewhere == "Page 4 de sa présentation."
    assert Letter.objects.filter(recipient=journey.firms[1].organisation).exists() is bool(kept)


@pytest.mark.starts_at("declared")
@pytest.mark.law("LR-49")
def test_the_request_leaves_time_and_asks_for_something(journey):
    candidates = journey.candidates(3)
    asked = everything(journey, candidates)
    for days in (0, -1):
        with pytest.raises(RuleViolation, match="aucun temps"):
            ask(journey, asked, days=days)
    with pytest.raises(RuleViolation, match="ne porte sur aucune pièce"):
        ask(journey, [Asked(one, (), "Dans sa présentation.") for one in candidates])
    with pytest.raises(RuleViolation, match="Moins de 5 jours"):
        ask(journey, asked, days=4)
    assert not ComplementRequest.objects.exists()
    ask(journey, asked, days=5)


@pytest.mark.starts_at("declared")
@pytest.mark.law("LR-49")
def test_a_short_limit_takes_a_written_reason(journey):
    ask(journey, everything(journey, journey.candidates(3)), days=2, accepted={"LR-49": "Une seule attestation."})
    assert ComplementRequest.objects.count() == 1


@pytest.mark.starts_at("declared")
@pytest.mark.law("LR-49")
@pytest.mark.parametrize(("after", "kept"), [(timedelta(0), True), (TICK, False)])
def test_a_complement_counts_up_to_the_limit(journey, after, kept):
    candidates = journey.candidates(3)
    request = ask(journey, everything(journey, candidates))
    item = ComplementItem.objects.filter(complement__candidate=candidates[0]).first()
    journey.now = request.deadline + after
    if kept:
        handed = hand_in(journey, item, file=stage_file(pdf(), name="bilans.pdf"))
        assert (handed.received_at, handed.file.name) == (journey.now, "bilans.pdf")
        assert handed.receipt.facts["file"]["sha256"] == handed.file.sha256
        assert "bilans" not in str(Entry.objects.get(act="complement.received").data)
    else:
        with pytest.raises(RuleViolation, match="heure limite des compléments") as refused:
            hand_in(journey, item)
        assert refused.value.rules == ["LR-49"]
        assert ComplementItem.objects.get(pk=item.pk).received_at is None


@pytest.mark.starts_at("declared")
@pytest.mark.law("LR-49")
def test_only_the_firm_asked_hands_in_and_nobody_else_reads(journey):
    candidates = journey.candidates(3)
    ask(journey, everything(journey, candidates))
    item = ComplementItem.objects.filter(complement__candidate=candidates[0]).first()
    with pytest.raises(NotAllowed):
        hand_in(journey, item, firm=1)
    with pytest.raises(Refusal, match="Choisissez un fichier"):
        hand_in(journey, item, text=" ")
    first = hand_in(journey, item, file=stage_file(pdf(), name="bilans.pdf"))
    second = hand_in(journey, item, text="Le bilan tient ici.")
    assert (second.file, second.text) == (None, "Le bilan tient ici.")
    assert first.receipt_id != second.receipt_id
    assert can(journey.firms[0].actor, "candidature.read", candidates[0])
    assert not can(journey.firms[1].actor, "candidature.read", candidates[0])


@pytest.mark.starts_at("declared")
@pytest.mark.law("LR-49")
def test_the_choice_waits_for_the_limit_or_for_everything(journey):
    candidates = journey.candidates(3)
    request = ask(journey, everything(journey, candidates))
    journey.score_candidates(candidates)
    choices = journey.choices(candidates)
    journey.now = request.deadline
    with pytest.raises(RuleViolation, match="encore compléter") as refused:
        journey.act(selection.select_candidates, lot=journey.lot, choices=choices)
    assert refused.value.rules == ["LR-49"]
    for position, candidate in enumerate(candidates):
        for item in ComplementItem.objects.filter(complement__candidate=candidate):
            hand_in(journey, item, firm=position)
    journey.act(selection.select_candidates, lot=journey.lot, choices=choices)
    report = GeneratedDocument.objects.of_subject(journey.lot).get(kind="candidature_report")
    assert "(reçu)" in report.facts["completion"]["items"]
    with pytest.raises(Refusal, match="ne se complètent plus"):
        hand_in(journey, ComplementItem.objects.filter(complement__candidate=candidates[0]).first())


@pytest.mark.starts_at("declared")
@pytest.mark.law("LR-49")
def test_after_the_limit_the_choice_goes_on(journey):
    candidates = journey.candidates(3)
    request = ask(journey, everything(journey, candidates))
    journey.score_candidates(candidates)
    journey.now = request.deadline + TICK
    journey.act(selection.select_candidates, lot=journey.lot, choices=journey.choices(candidates))
    with pytest.raises(Refusal, match="sélection est décidée"):
        ask(journey, everything(journey, candidates))


@pytest.mark.starts_at("declared")
@pytest.mark.law("LR-49")
def test_the_pages_of_the_buyer_and_of_the_firm(journey):
    candidates = journey.candidates(3)
    pages = Pages(journey)
    assert "Demander les compléments à tous" in pages.get("candidates")
    assert "Ce que le site ne trouve pas" in pages.get("ask_complements")
    missing = complements.missing_of(journey.lot, candidates)
    data = moment("deadline", (journey.now + 7 * DAY).replace(hour=11, minute=0))
    for one in candidates:
        data[f"asked-{one.pk}"] = [str(index) for index in range(len(missing[one.pk]))]
    last = candidates[2]
    refused = pages.post("ask_complements", data={**data, f"asked-{last.pk}": []}, status=422)
    assert "la demande va à tous les candidats concernés" in text(refused)
    data[f"other-{last.pk}"] = "Bilan 2025, page 3 illisible"
    said = pages.confirm("ask_complements", data=data)
    assert "Bilan 2025, page 3 illisible" in said
    assert "Compléments demandés à tous" in pages.get("candidates")
    assert "La demande est partie" in pages.get("ask_complements")

    firm = journey.firms[2].actor
    complement = Complement.objects.get(candidate=last)
    listed = text(pages.ask("get", reverse("evaluation:candidacies"), firm))
    assert journey.call.title in listed
    address = reverse("evaluation:complement", args=[complement.pk])
    page = pages.ask("get", address, firm)
    assert "Bilan 2025, page 3 illisible" in text(page)
    assert pages.ask("get", address, journey.firms[0].actor).status_code == 404
    position = complement.items.get(label__startswith="Bilan").position
    assert "Remettre cette pièce" in text(pages.ask("get", f"{address}?piece={position}", firm))
    assert pages.ask("get", f"{address}?piece=99", firm).status_code == 404
    empty = pages.ask("post", address, firm, {"item": position, "text": ""})
    assert (empty.status_code, "Choisissez un fichier" in text(empty)) == (422, True)
    sent = pages.ask("post", address, firm, {"item": position, "text": "", "file": pdf("bilan-2025.pdf")})
    assert sent.status_code == 302
    item = complement.items.get(position=position)
    assert can(firm, "file.download", item.file)
    assert can(journey.team.validator, "file.download", item.file)
    assert not can(journey.firms[0].actor, "file.download", item.file)
    shown = pages.get("candidate", last.pk)
    assert "bilan-2025.pdf" in shown
    assert "Accusé de réception" in shown


@pytest.mark.starts_at("declared")
def test_lists_ask_a_constant_number_of_queries(branch):
    def queries(count):
        with branch() as journey:
            candidates = journey.candidates(count)
            ask(journey, everything(journey, candidates))
            return Pages(journey).queries("candidates"), Pages(journey).queries("ask_complements")

    assert queries(1) == queries(4)


@pytest.mark.law("LR-49", "LR-40")
def test_a_firm_that_answers_elsewhere_completes_there_and_the_buyer_keeps_it(empty_site, now):
    journey = builders.begin(now, deposit_at="https://www.marches-publics.example/1")
    candidates = journey.candidates(2)
    for firm in journey.firms:
        for one in Membership.objects.filter(organisation=firm.organisation):
            one.until = journey.now
            within_act(one.save, at=journey.now)
    request = ask(journey, everything(journey, candidates))
    item = ComplementItem.objects.get(complement__candidate=candidates[0])
    pages = Pages(journey)
    assert "Verser ce qui a été reçu" in pages.get("candidate", candidates[0].pk)
    data = {"text": "", "file": pdf(), **moment("received_at", request.deadline + DAY)}
    journey.now = request.deadline + 2 * DAY
    late = pages.post("record_complement", item.pk, data=data, status=422)
    assert "heure limite des compléments" in text(late)
    pages.post("record_complement", item.pk, data={**data, "file": pdf(), **moment("received_at", request.deadline)})
    item.refresh_from_db()
    assert (item.file.name, item.received_at) == ("bilans.pdf", request.deadline.replace(second=0, microsecond=0))


@pytest.mark.starts_at("declared")
@pytest.mark.law("LR-49")
def test_a_firm_that_answers_here_completes_by_itself(journey):
    ask(journey, everything(journey, journey.candidates(3)))
    item = ComplementItem.objects.first()
    with pytest.raises(Refusal, match="répond ici"):
        journey.act(complements.record_complement, item=item, received_at=journey.now, text="Reçu par courriel.")
