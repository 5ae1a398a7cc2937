"""Exclusions: told to the firm, heard or waited for, decided with reasons that its letter carries."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from marketplace.accounts.permissions import can
from marketplace.journal.errors import NotAllowed, Refusal
from marketplace.journal.models import Entry
from procurement.correspondence.models import Letter
from procurement.desk import companies
from procurement.evaluation.facts import remaining_parties
from procurement.evaluation.models import Candidate, Exclusion
from procurement.evaluation.services import exclusions, selection
from procurement.evaluation.services.selection import Choice
from procurement.evaluation.todo import todos
from procurement.law.findings import RuleViolation
from tests.evaluation.builders import DAY
from tests.evaluation.pages import Pages, moment, text

TICK = timedelta(microseconds=1)
PAST = {"ground": "L2141-7", "evidence": "Marché 2024-12 résilié à ses torts."}
OF_RIGHT = {"ground": "L2141-3", "evidence": "Jugement du 3 mars 2026."}


def propose(journey, candidate, **more):
    given = PAST | {"deadline": journey.now + 10 * DAY} | more
    return journey.act(exclusions.propose_exclusion, candidate=candidate, **given)


def decide(journey, exclusion, **more):
    given = {"is_excluded": True, "reasons": "Ses observations ne montrent aucune correction."} | more
    return journey.act(exclusions.decide_exclusion, exclusion=exclusion, **given)


def answer(journey, exclusion, **more):
    given = {"observations": "Nous avons changé de chef de projet."} | more
    return journey.act(exclusions.observe, exclusion=exclusion, actor=journey.firms[0].actor, **given)


@pytest.mark.starts_at("declared")
@pytest.mark.law("LR-48")
def test_the_firm_is_told_the_ground_and_the_facts(journey):
    candidate = journey.candidates(3)[0]
    exclusion = propose(journey, candidate)
    letter = Letter.objects.get(kind="exclusion_notice")
    assert (letter, letter.recipient) == (exclusion.letter, journey.firms[0].organisation)
    said = letter.document.facts["facts"]
    assert (said["article"], said["of_right"]) == ("L2141-7", False)
    assert said["evidence"] == "Marché 2024-12 résilié à ses torts."
    with pytest.raises(Refusal, match="déjà envisagée"):
        propose(journey, candidate)


@pytest.mark.starts_at("declared")
@pytest.mark.law("LR-47", "LR-48")
@pytest.mark.parametrize(("given", "rule"), [(PAST, "LR-48"), (OF_RIGHT, "LR-47")])
def test_a_proposal_without_facts_or_time_is_refused(journey, given, rule):
    candidate = journey.candidates(3)[0]
    for wrong in ({"evidence": " "}, {"deadline": journey.now}):
        with pytest.raises(RuleViolation) as refused:
            propose(journey, candidate, **(given | wrong))
        assert refused.value.rules == [rule]
    with pytest.raises(RuleViolation, match="pas de ceux de la loi"):
        propose(journey, candidate, ground="L2141-99")
    assert not Letter.objects.exists()
    propose(journey, candidate, **given, deadline=journey.now + TICK)


@pytest.mark.starts_at("declared")
@pytest.mark.law("LR-48")
def test_nobody_is_excluded_before_the_end_of_its_time(journey):
    exclusion = propose(journey, journey.candidates(3)[0])
    journey.now = exclusion.deadline
    with pytest.raises(RuleViolation, match="pas encore présenté") as refused:
        decide(journey, exclusion)
    assert refused.value.rules == ["LR-48"]
    assert Entry.objects.get(act="exclusion.decide.refused").data["rules"] == ["LR-48"]
    journey.later(TICK)
    assert decide(journey, exclusion).is_excluded


@pytest.mark.starts_at("declared")
@pytest.mark.law("LR-48")
def test_once_heard_the_firm_is_excluded_with_reasons(journey):
    exclusion = propose(journey, journey.candidates(3)[0])
    with pytest.raises(NotAllowed):
        journey.act(exclusions.observe, exclusion=exclusion, observations="Non.", actor=journey.firms[1].actor)
    answer(journey, exclusion)
    with pytest.raises(Refusal, match="déjà reçues"):
        answer(journey, exclusion)
    with pytest.raises(RuleViolation, match="pas motivée"):
        decide(journey, exclusion, reasons=" ")
    decide(journey, exclusion)
    with pytest.raises(Refusal, match="déjà tranchée"):
        decide(journey, exclusion, is_excluded=False)
    with pytest.raises(Refusal, match="trop tard"):
        answer(journey, exclusion)


@pytest.mark.starts_at("declared")
@pytest.mark.law("LR-48")
def test_a_conflict_of_interests_excludes_only_if_nothing_else_cures_it(journey):
    exclusion = propose(journey, journey.candidates(3)[0], ground="L2141-10")
    answer(journey, exclusion)
    with pytest.raises(RuleViolation, match="rien d’autre n’y remédie"):
        decide(journey, exclusion)
    decide(journey, exclusion, other_measures="Retirer l’agent en cause ne suffit pas : il a écrit le besoin.")


@pytest.mark.starts_at("declared")
@pytest.mark.law("LR-47")
def test_an_exclusion_of_right_before_its_time_takes_a_written_reason(journey):
    exclusion = propose(journey, journey.candidates(3)[0], **OF_RIGHT)
    with pytest.raises(RuleViolation, match="mesures correctrices"):
        decide(journey, exclusion)
    with pytest.raises(RuleViolation, match="pas motivée"):
        decide(journey, exclusion, reasons="", accepted={"LR-47": "Une liquidation ne se corrige pas."})
    assert decide(journey, exclusion, accepted={"LR-47": "Une liquidation ne se corrige pas."}).is_excluded


@pytest.mark.starts_at("declared")
@pytest.mark.law("LR-47", "LR-48")
def test_the_selection_waits_and_the_letter_carries_the_reason(journey):
    candidates = journey.candidates(4)
    exclusion = propose(journey, candidates[0])
    journey.score_candidates(candidates)

    def select(choices):
        return journey.act(selection.select_candidates, lot=journey.lot, choices=choices)

    with pytest.raises(RuleViolation, match="pas tranchée") as refused:
        select(journey.choices(candidates, reject=(0,)))
    assert refused.value.rules == ["LR-48"]
    answer(journey, exclusion)
    decide(journey, exclusion)
    with pytest.raises(RuleViolation, match="exclue est retenue") as refused:
        select(journey.choices(candidates))
    assert refused.value.rules == ["LR-47"]
    rejected = Choice(candidates[0], is_qualified=False, is_selected=False, reasons="Exclue.")
    select([rejected, *journey.choices(candidates)[1:]])
    said = Letter.objects.get(kind="candidature_rejection").document.facts
    assert "article L2141-7" in said["facts"]["reasons"]
    assert "aucune correction" in said["facts"]["reasons"]
    assert said["appeals"]["remedies"]


@pytest.mark.starts_at("declared")
@pytest.mark.law("LR-48")
def test_a_firm_kept_goes_on(journey):
    candidates = journey.candidates(3)
    exclusion = propose(journey, candidates[0])
    decide(journey, exclusion, is_excluded=False, reasons="Le grief est ancien.")
    journey.select(candidates)
    assert Candidate.objects.selected(journey.lot).count() == 3


@pytest.mark.starts_at("tendered")
@pytest.mark.law("LR-48", "LR-76")
def test_a_tenderer_excluded_later_is_told_at_once_and_is_out(journey):
    candidate = Candidate.objects.get(party=journey.firms[0].party)
    exclusion = propose(journey, candidate)
    answer(journey, exclusion)
    decide(journey, exclusion)
    letter = Letter.objects.get(kind="candidature_rejection")
    assert (letter.recipient, letter.sent_at) == (journey.firms[0].organisation, journey.now)
    assert journey.firms[0].party not in remaining_parties(journey.lot)
    assert candidate not in Candidate.objects.selected(journey.lot)


@pytest.mark.starts_at("declared")
@pytest.mark.law("LR-48")
def test_the_pages_of_the_buyer_and_of_the_firm(journey):
    candidates = journey.candidates(3)
    pages = Pages(journey)
    assert "Envisager une exclusion" in pages.get("candidate", candidates[0].pk)
    pages.get("propose_exclusion", candidates[0].pk)
    data = {**PAST, **moment("deadline", (journey.now + 10 * DAY).replace(hour=11, minute=0))}
    pages.post("propose_exclusion", candidates[0].pk, data={**data, "evidence": ""}, status=422)
    refused = pages.post("propose_exclusion", candidates[0].pk, data={**data, "ground": ""}, status=422)
    assert "Choisissez un motif." in text(refused), "no ground is chosen beforehand: the letter leaves at once"
    assert "Exclusion envisagée" not in pages.get("candidates")
    pages.post("propose_exclusion", candidates[0].pk, data=data)
    exclusion = Exclusion.objects.get()
    assert pages.get("candidates").count("Exclusion envisagée") == 1
    assert "L’entreprise peut encore répondre" in pages.get("decide_exclusion", exclusion.pk)

    firm = journey.firms[0].actor
    address = reverse("evaluation:observe", args=[exclusion.pk])
    assert "Marché 2024-12 résilié" in text(pages.ask("get", address, firm))
    assert pages.ask("get", address, journey.firms[1].actor).status_code == 404
    early = pages.post(
        "decide_exclusion", exclusion.pk,
        data={"is_excluded": "exclude", "reasons": "Grief établi."}, status=422,
    )  # fmt: skip
    assert "n’a pas encore présenté ses observations" in text(early)
    letter = SimpleUploadedFile("attestation.pdf", b"%PDF-1.7\n" + b"preuve " * 30)
    sent = pages.ask("post", address, firm, {"observations": "Tout est corrigé.", "file": letter})
    assert sent.status_code == 302
    assert "Exclusions envisagées" in text(pages.ask("get", reverse("evaluation:candidacies"), firm))
    exclusion.refresh_from_db()
    assert can(journey.team.validator, "file.download", exclusion.observations_file)
    assert not can(journey.firms[1].actor, "file.download", exclusion.observations_file)
    assert "Tout est corrigé." in pages.get("decide_exclusion", exclusion.pk)
    pages.post(
        "decide_exclusion", exclusion.pk,
        data={"is_excluded": "exclude", "reasons": "Grief établi."},
    )  # fmt: skip
    assert "Entreprise exclue" in pages.get("decide_exclusion", exclusion.pk)
    assert "Grief établi." in pages.get("select")


@pytest.mark.starts_at("declared")
@pytest.mark.law("LR-48")
def test_the_boards_tell_the_firm_to_answer_then_the_buyer_to_decide(journey):
    candidate = journey.candidates(3)[0]
    exclusion = propose(journey, candidate)
    firm = journey.firms[0]
    told = [one.label for one in companies.todos(firm.actor, firm.organisation, journey.now)]
    assert "Présenter vos observations : une exclusion est envisagée" in told
    validator = {"calls": [journey.call], "actor": journey.team.validator}
    label = f"Trancher l’exclusion envisagée de {candidate}"
    assert label not in [one.label for one in todos(**validator, now=exclusion.deadline)]
    [found] = [one for one in todos(**validator, now=exclusion.deadline + TICK) if one.label == label]
    assert Pages(journey).ask("get", found.href, journey.team.validator).status_code == 200
    answer(journey, exclusion)
    assert label in [one.label for one in todos(**validator, now=journey.now)]
    told = [one.label for one in companies.todos(firm.actor, firm.organisation, journey.now)]
    assert "Présenter vos observations : une exclusion est envisagée" not in told
