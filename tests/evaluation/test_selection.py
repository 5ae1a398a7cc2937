"""Candidates are registered, scored, chosen within the limits announced, told at once and invited together."""

from datetime import timedelta

import pytest

from marketplace.files.models import GeneratedDocument
from marketplace.journal.errors import NotAllowed, Refusal
from marketplace.journal.models import Entry
from procurement.calls.models import Call, Lot, LotTimeline, SelectionCriterion
from procurement.correspondence.models import Letter
from procurement.evaluation.models import Candidate, SelectionDecision
from procurement.evaluation.services import selection
from procurement.evaluation.services.selection import Choice
from procurement.law.findings import RuleViolation
from procurement.submissions.models import Invitation, PartyMember
from tests.evaluation import builders
from tests.evaluation.builders import CANDIDATURE, PASSED
from tests.evaluation.pages import Pages
from tests.factories import within_act


def decide(journey, choices, **more):
    return journey.act(selection.select_candidates, lot=journey.lot, choices=choices, **more)


@pytest.mark.starts_at("declared")
@pytest.mark.law("LR-43", "LR-53")
@pytest.mark.parametrize(("after_deadline", "registered"), [(timedelta(0), True), (timedelta(microseconds=1), False)])
def test_a_candidature_is_registered_up_to_the_deadline_and_not_after(journey, after_deadline, registered):
    firms = [journey.add_firm(), journey.add_firm()]
    closes = journey.period("candidature").closes_at()
    journey.now = closes + timedelta(days=1)
    journey.opened(firms[0], "candidature", {"candidature": CANDIDATURE})
    journey.opened(firms[1], "candidature", {"candidature": CANDIDATURE}, at=closes + after_deadline)
    parties = {candidate.party for candidate in journey.act(selection.register_candidates, lot=journey.lot)}
    assert (firms[1].party in parties) is registered


@pytest.mark.starts_at("declared")
@pytest.mark.law("LR-53", "LR-54")
def test_a_late_candidature_admitted_by_two_people_joins_the_others(journey):
    candidates = journey.candidates(2)
    late = journey.add_firm()
    received = journey.period("candidature").closes_at() + timedelta(minutes=2)
    submission = journey.opened(late, "candidature", {"candidature": CANDIDATURE}, at=received)
    assert len(journey.act(selection.register_candidates, lot=journey.lot)) == len(candidates)
    journey.admit(submission)
    assert len(journey.act(selection.register_candidates, lot=journey.lot)) == len(candidates) + 1


@pytest.mark.starts_at("declared")
def test_registering_before_the_opening_is_refused_and_records_nothing(journey):
    with pytest.raises(Refusal, match="gardiens"):
        journey.act(selection.register_candidates, lot=journey.lot)
    assert not Entry.objects.filter(act="candidates.registered").exists()


@pytest.mark.starts_at("declared")
@pytest.mark.parametrize(("value", "comment"), [(5, "Bien."), (-1, "Bien."), (3, "  ")])
@pytest.mark.law("LR-71")
def test_a_score_off_the_scale_or_without_reason_is_refused(journey, value, comment):
    candidate = journey.candidates(1)[0]
    criterion = SelectionCriterion.objects.filter(lot=journey.lot).first()
    with pytest.raises(Refusal):
        journey.act(
            selection.score_candidate, candidate=candidate, criterion=criterion, value=value, comment=comment,
            actor=journey.team.evaluator,
        )  # fmt: skip
    assert not candidate.scores.exists()


@pytest.mark.law("LR-15")
def test_the_best_ranked_go_on_within_the_announced_number(empty_site, now):
    journey = builders.begin(now, candidates_min=3, candidates_max=3)
    candidates = journey.candidates(4)
    journey.score_candidates(candidates, {0: 4, 1: 3, 2: 2, 3: 1})
    everybody = journey.choices(candidates)
    with pytest.raises(RuleViolation) as refused:
        decide(journey, everybody)
    assert refused.value.rules == ["LR-15"]
    out = Choice(candidates[3], is_qualified=True, is_selected=False, reasons="Moins bien classée.")
    decisions = decide(journey, [*everybody[:3], out])
    assert [(row.rank, row.is_selected, str(row.points)) for row in decisions] == [
        (1, True, "100.00"),
        (2, True, "75.00"),
        (3, True, "50.00"),
        (4, False, "25.00"),
    ]


@pytest.mark.law("LR-15")
def test_nobody_is_passed_over_by_a_lower_ranked_one(empty_site, now):
    journey = builders.begin(now, candidates_min=3, candidates_max=3)
    candidates = journey.candidates(4)
    journey.score_candidates(candidates, {0: 4, 1: 3, 2: 2, 3: 1})
    choices = journey.choices(candidates)
    choices[0] = Choice(candidates[0], is_qualified=True, is_selected=False, reasons="Trop loin.")
    with pytest.raises(Refusal, match="mieux classé"):
        decide(journey, choices)
    assert not SelectionDecision.objects.exists()


@pytest.mark.starts_at("declared")
@pytest.mark.law("LR-15")
def test_fewer_than_three_selected_is_refused_while_others_qualify(journey):
    candidates = journey.candidates(3)
    journey.score_candidates(candidates, {2: 1})
    choices = journey.choices(candidates)
    choices[2] = Choice(candidates[2], is_qualified=True, is_selected=False, reasons="Moins bien classée.")
    with pytest.raises(RuleViolation, match="il en faut 3"):
        decide(journey, choices)


@pytest.mark.starts_at("declared")
@pytest.mark.law("LR-76", "LR-124")
def test_a_rejected_candidate_is_told_at_once_its_own_marks_and_the_appeals(journey):
    candidates = journey.candidates(4)
    journey.select(candidates, reject=(3,))
    letter = Letter.objects.get(kind="candidature_rejection")
    assert (letter.recipient, letter.sent_at) == (journey.firms[3].organisation, journey.now)
    said = letter.document.facts
    assert said["facts"]["reasons"] == "Aucune recherche décrite."
    assert said["facts"]["own"]["scores"][0]["score"] == "75.00"
    assert said["appeals"]["court"]["name"] == "Tribunal administratif de Rennes"
    assert not any(firm.organisation.name in str(said["facts"]) for firm in journey.firms)
    assert GeneratedDocument.objects.of_subject(journey.lot).filter(kind="candidature_report").count() == 1


@pytest.mark.starts_at("declared")
@pytest.mark.law("LR-76")
def test_a_rejection_without_reasons_undoes_the_whole_decision_and_is_recorded(journey):
    candidates = journey.candidates(4)
    journey.score_candidates(candidates)
    choices = journey.choices(candidates)
    choices[3] = Choice(candidates[3], is_qualified=False, is_selected=False)
    with pytest.raises(RuleViolation) as refused:
        decide(journey, choices)
    assert refused.value.rules == ["LR-76"]
    assert not SelectionDecision.objects.exists()
    assert not Letter.objects.exists()
    assert Entry.objects.get(act="selection.decide.refused").data["rules"] == ["LR-76"]


@pytest.mark.starts_at("declared")
@pytest.mark.parametrize("left_out", [0, 2])
def test_the_decision_covers_every_candidate(journey, left_out):
    candidates = journey.candidates(3)
    journey.score_candidates(candidates)
    choices = journey.choices(candidates)
    del choices[left_out]
    with pytest.raises(Refusal, match="tous les candidats"):
        decide(journey, choices)


@pytest.mark.starts_at("declared")
def test_a_qualified_candidate_without_marks_is_named(journey):
    candidates = journey.candidates(3)
    journey.score_candidates(candidates[:2])
    with pytest.raises(Refusal, match=str(candidates[2].party)):
        decide(journey, journey.choices(candidates))


@pytest.mark.starts_at("declared")
def test_marks_change_no_more_once_decided_and_only_a_validator_decides(journey):
    candidates = journey.candidates(3)
    journey.score_candidates(candidates)
    with pytest.raises(NotAllowed, match="validation"):
        decide(journey, journey.choices(candidates), actor=journey.team.evaluator)
    decide(journey, journey.choices(candidates))
    with pytest.raises(Refusal, match="ne changent plus"):
        journey.score_candidates(candidates)
    with pytest.raises(Refusal, match="déjà décidée"):
        decide(journey, journey.choices(candidates))


@pytest.mark.starts_at("declared")
@pytest.mark.law("LR-111")
def test_selected_candidates_are_invited_at_the_same_instant_with_the_same_letter(journey):
    journey.select(journey.candidates(4), reject=(3,))
    journey.invite()
    letters = Letter.objects.filter(kind="invitation")
    assert {letter.recipient for letter in letters} == {firm.organisation for firm in journey.firms[:3]}
    assert {letter.sent_at for letter in letters} == {journey.now}
    assert len({str(letter.document.facts["facts"]) for letter in letters}) == 1
    assert Invitation.objects.filter(period=journey.period("initial")).count() == 3
    assert LotTimeline.objects.get(lot=journey.lot).invited_at == journey.now
    with pytest.raises(Refusal, match="déjà parties"):
        journey.act(selection.invite, lot=journey.lot, period=journey.period("initial"), accepted=PASSED)


@pytest.mark.starts_at("declared")
@pytest.mark.law("LR-14")
@pytest.mark.parametrize(("days", "warned"), [(12, True), (40, False)])
def test_a_short_time_for_tenders_needs_a_written_reason(journey, days, warned):
    journey.select(journey.candidates(3))
    period = journey.plan("initial", days=days)
    invite = {"lot": journey.lot, "period": period}
    if warned:
        with pytest.raises(RuleViolation) as refused:
            journey.act(selection.invite, **invite)
        assert refused.value.rules == ["LR-14"]
        assert not Invitation.objects.exists()
        journey.act(selection.invite, accepted={"LR-14": "Offre courte"}, **invite)
        assert journey.call.accepted_warnings.filter(rule="LR-14", reason="Offre courte").exists()
    else:
        assert len(journey.act(selection.invite, **invite)) == 3


@pytest.mark.starts_at("declared")
def test_nobody_is_invited_before_the_selection(journey):
    journey.candidates(3)
    with pytest.raises(Refusal, match="Aucun candidat"):
        journey.invite()
    assert Candidate.objects.count() == 3


def shared(journey, forbidden):
    """Three candidates; the firm of the first, alone, is also in the group that the second leads."""
    candidates = journey.candidates(3)
    first, second, third = journey.firms[:3]

    def write() -> None:
        for firm in (first, second, third):
            PartyMember(party=firm.party, organisation=firm.organisation, share=10_000).save()
        PartyMember(party=second.party, organisation=first.organisation, share=0).save()
        call = Call.objects.get(pk=journey.call.pk)
        call.several_bids_forbidden = forbidden
        call.save()

    within_act(write, chain=journey.call.chain, at=journey.now)
    journey.lot = Lot.objects.select_related("call__lead_buyer").get(pk=journey.lot.pk)
    journey.score_candidates(candidates)
    return candidates


@pytest.mark.starts_at("declared")
@pytest.mark.law("LR-51")
def test_a_firm_in_two_candidatures_is_not_chosen_twice_where_the_documents_forbid_it(journey):
    candidates = shared(journey, forbidden=True)
    choices = journey.choices(candidates)
    with pytest.raises(RuleViolation) as refused:
        decide(journey, choices)
    assert refused.value.rules == ["LR-51"]
    assert not SelectionDecision.objects.exists()
    both = "Vos deux candidatures ont un membre commun, ce que le règlement interdit."
    out = [Choice(one, is_qualified=False, is_selected=False, reasons=both) for one in candidates[:2]]
    decisions = decide(journey, [*out, choices[2]])
    assert [row.is_selected for row in decisions] == [False, False, True]
    assert Letter.objects.filter(kind="candidature_rejection").count() == 2


@pytest.mark.starts_at("declared")
@pytest.mark.law("LR-51")
def test_a_firm_in_two_candidatures_goes_on_twice_where_nothing_forbids_it(journey):
    decisions = decide(journey, journey.choices(shared(journey, forbidden=False)))
    assert all(row.is_selected for row in decisions)


@pytest.mark.starts_at("declared")
@pytest.mark.law("LR-51")
@pytest.mark.parametrize(
    ("forbidden", "said"), [(True, "Vos documents l’interdisent"), (False, "Vos documents le permettent")]
)
def test_pages_show_a_firm_found_in_two_candidatures(journey, forbidden, said):
    candidates = shared(journey, forbidden=forbidden)
    pages = Pages(journey)
    for shown in (pages.get("candidates"), pages.get("candidate", candidates[0].pk), pages.get("select")):
        assert said in shown
        assert f"{journey.firms[0].organisation.name} est aussi dans" in shown
    assert said not in pages.get("candidate", candidates[2].pk)
    before = pages.queries("candidates")
    journey.candidates(2)
    assert pages.queries("candidates") == before
