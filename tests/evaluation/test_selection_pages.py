"""Declaring interests, reading candidatures, deciding, inviting: each act through its page."""

import pytest
from django.urls import reverse

from marketplace.ui.formats import precise_words
from procurement.calls.models import SelectionCriterion, SubmissionPeriod
from procurement.correspondence.models import Letter
from procurement.evaluation.models import Candidate, InterestDeclaration, SelectionDecision, SelectionScore
from procurement.submissions.consents import ask_members
from procurement.submissions.models import ConsentRequest, GroupConsent, Invitation, PartyMember
from tests.calls.builders import make_team
from tests.evaluation.builders import CANDIDATURE, DAY, HOUR
from tests.evaluation.pages import Pages, moment, text
from tests.factories import MembershipFactory, OrganisationFactory, make, within_act


@pytest.fixture
def pages(journey):
    return Pages(journey)


def open_candidatures(journey, count=3):
    firms = [journey.add_firm() for _ in range(count)]
    journey.now = journey.period("candidature").closes_at() + DAY
    for firm in firms:
        journey.opened(firm, "candidature", {"candidature": CANDIDATURE})
    return firms


def scores(journey, value=3, comment="Trois projets menés à terme."):
    criteria = SelectionCriterion.objects.filter(lot=journey.lot)
    return {
        name: said
        for one in criteria
        for name, said in ((f"value-{one.pk}", str(value)), (f"comment-{one.pk}", comment))
    }


@pytest.mark.law("LR-70")
@pytest.mark.starts_at("published")
def test_an_evaluator_declares_before_anything_of_a_call_is_shown(journey, pages):
    evaluator = journey.team.evaluator
    home = text(pages.ask("get", reverse("evaluation:home"), evaluator))
    assert "Déclarez d’abord vos intérêts" in home
    answer = pages.ask("get", pages.url("candidates"), evaluator)
    declaration = reverse("evaluation:interest", args=[journey.call.reference])
    assert (answer.status_code, answer.url) == (302, f"{declaration}?suite={pages.url('candidates')}")
    assert pages.ask("post", pages.url("candidates"), evaluator).status_code == 403
    done = pages.ask("post", answer.url, evaluator, {"interest": "none", "text": ""})
    assert (done.status_code, done.url) == (302, pages.url("candidates"))
    pages.get("candidates", actor=evaluator)
    pages.ask("post", answer.url, evaluator, {"interest": "none", "text": ""})
    assert InterestDeclaration.objects.filter(call=journey.call).count() == 1


@pytest.mark.law("LR-70")
@pytest.mark.starts_at("declared")
def test_an_interest_takes_the_access_away(journey, pages):
    evaluator = journey.team.evaluator
    address = reverse("evaluation:interest", args=[journey.call.reference])
    empty = pages.ask("post", address, evaluator, {"interest": "some", "text": ""})
    assert empty.status_code == 422
    assert "Dites en une phrase l’intérêt" in text(empty)
    assert pages.ask("post", address, evaluator, {"interest": "some", "text": "Mon frère."}).status_code == 302
    assert pages.ask("get", pages.url("candidates"), evaluator).status_code == 403
    assert "Vous vous êtes retiré" in text(pages.ask("get", address, evaluator))


@pytest.mark.starts_at("declared")
def test_nothing_tells_how_many_candidatures_wait_sealed(branch):
    def shown(count):
        with branch() as journey:
            period = journey.period("candidature")
            for _ in range(count):
                journey.opened(journey.add_firm(), "candidature", {})
            journey.now = period.closes_at() - HOUR
            before = Pages(journey).ask("get", Pages(journey).url("candidates")).content
            journey.now = period.closes_at() + HOUR
            after = Pages(journey).ask("get", Pages(journey).url("candidates")).content
            return before, after

    assert shown(1) == shown(9)
    assert "Les candidatures s’ouvrent après le" in shown(1)[0].decode()


@pytest.mark.law("LR-15", "LR-76", "LR-111")
@pytest.mark.starts_at("declared")
def test_from_opened_candidatures_to_the_invitations(journey, pages):
    firms = open_candidatures(journey)
    assert "3 candidatures sont ouvertes" in pages.get("candidates")
    pages.post("candidates", actor=journey.team.evaluator)
    candidates = list(Candidate.objects.of_lot(journey.lot))
    assert [one.party for one in candidates] == [firm.party for firm in firms]

    for one in candidates:
        page = pages.get("candidate", one.pk, actor=journey.team.evaluator)
        assert "Déclaration sur l’honneur" in page
        pages.post("candidate", one.pk, data=scores(journey), actor=journey.team.evaluator)
    assert SelectionScore.objects.filter(candidate__lot=journey.lot).count() == 6

    data = {f"choice-{one.pk}": "select" for one in candidates}
    last = candidates[2]
    refused = pages.post("select", data=data | {f"choice-{last.pk}": "reject"}, status=422)
    assert "la lettre part avec ces motifs" in text(refused)
    data |= {f"choice-{last.pk}": "reject", f"reasons-{last.pk}": "Aucune recherche décrite."}
    said = pages.confirm("select", data=data)
    assert "Aucune recherche décrite." in said
    assert "Voies et délais de recours" in said
    assert SelectionDecision.objects.filter(candidate__lot=journey.lot, is_selected=True).count() == 2
    assert Letter.objects.get(call=journey.call).recipient == last.party.lead
    assert "La sélection est décidée" in pages.get("select")

    assert "Il manque les dates" in pages.get("invite")
    closes = (journey.now + 34 * DAY).replace(hour=11, minute=0)
    while closes.weekday() > 4:
        closes += DAY
    planned = {
        **moment("opens_at", journey.now + HOUR),
        **moment("closes_at", closes),
        "technical": "Mémoire technique\nPlanning",
        "price": "",
    }
    pages.post("period", "initiale", data=planned, actor=journey.team.author)
    period = SubmissionPeriod.objects.get(lot=journey.lot, kind="initial")
    assert period.envelopes.get(name="technical").expected_documents == ["Mémoire technique", "Planning"]
    page = pages.get("invite")
    assert "Préparez d’abord les clés" in page
    assert "Tous les candidats retenus reçoivent cette invitation au même moment" in page
    pages.post("invite")
    assert len({row.invited_at for row in Invitation.objects.filter(period=period)}) == 1
    again = pages.post("invite", status=422)
    assert "déjà parties" in text(again)


@pytest.mark.starts_at("declared")
def test_a_short_delay_takes_a_written_reason(journey, pages):
    journey.select(journey.candidates())
    journey.plan("initial", days=12)
    asked = pages.post("invite", status=422)
    assert "Vos raisons de passer outre" in text(asked)
    pages.post("invite", data={"accept-LR-14": "Des offres courtes suffisent."})


@pytest.mark.starts_at("declared")
def test_scores_kept_while_typing_come_back(journey, pages):
    candidate = journey.candidates(1)[0]
    criterion = SelectionCriterion.objects.filter(lot=journey.lot).first()
    kept = pages.ask(
        "post",
        pages.url("candidate", candidate.pk),
        journey.team.evaluator,
        {f"comment-{criterion.pk}": "Équipe solide", "version": "0"},
        headers={"X-Autosave": "1"},
    )
    assert kept.json()["version"] == 1
    assert "Équipe solide" in pages.get("candidate", candidate.pk, actor=journey.team.evaluator)
    half = pages.post(
        "candidate",
        candidate.pk,
        data={f"comment-{criterion.pk}": "Équipe solide"},
        actor=journey.team.evaluator,
        status=422,
    )
    assert "Choisissez un degré de l’échelle" in text(half)


@pytest.mark.law("LR-50")
@pytest.mark.starts_at("declared")
def test_the_members_of_a_group_are_shown_with_what_each_answered_and_when(journey, pages):
    candidate = journey.candidates(1)[0]
    assert "Sans réponse" not in pages.get("candidate", candidate.pk, actor=journey.team.evaluator)
    agreeing, silent = (make(OrganisationFactory, name=name) for name in ("D’accord", "Muette"))
    user = make(MembershipFactory, organisation=agreeing).user
    make(MembershipFactory, organisation=silent)

    def write() -> None:
        party = candidate.party
        party.kind = "several_liability"
        party.save()
        for firm, share in ((party.lead, 5000), (agreeing, 3000), (silent, 2000)):
            PartyMember(party=party, organisation=firm, share=share).save()
        ask_members(party, journey.now)
        request = ConsentRequest.objects.get(party=party, organisation=agreeing)
        GroupConsent(request=request, is_given=True, by=user, at=journey.now).save()

    within_act(write, chain=journey.call.chain, at=journey.now)
    shown = pages.get("candidate", candidate.pk, actor=journey.team.evaluator)
    for words in ("Groupement conjoint", "D’accord", "Accepte", "Muette", "Sans réponse", "Mandataire"):
        assert words in shown, words
    assert precise_words(journey.now).replace("\xa0", " ") in shown.replace("\xa0", " ")


@pytest.mark.starts_at("declared")
def test_the_list_costs_the_same_with_one_candidate_and_three(branch):
    def cost(count):
        with branch() as journey:
            candidates = journey.candidates(count)
            journey.score_candidates(candidates)
            pages = Pages(journey)
            return [
                pages.queries("candidates"),
                pages.queries("select"),
                pages.queries("candidate", candidates[0].pk, actor=journey.team.evaluator),
            ]

    assert cost(1) == cost(3)


@pytest.mark.starts_at("declared")
def test_who_may_not_is_refused_on_every_page_and_act(journey, pages):
    candidate = journey.candidates(1)[0]
    names = [("candidates", ()), ("candidate", (candidate.pk,)), ("select", ()), ("invite", ())]
    outsider = journey.firms[0].actor
    other_buyer = make_team().validator
    for name, arguments in names:
        for stranger in (outsider, other_buyer):
            assert pages.ask("get", pages.url(name, *arguments), stranger).status_code == 404
            assert pages.ask("post", pages.url(name, *arguments), stranger).status_code == 404
        assert pages.ask("get", pages.url(name, *arguments), journey.team.reader).status_code == 403
        assert pages.ask("post", pages.url(name, *arguments), journey.team.reader).status_code == 403
    for name in ("select", "invite"):
        pages.post(name, actor=journey.team.evaluator, status=403)
        pages.post(name, actor=journey.team.signatory, status=403)
    pages.post("candidate", candidate.pk, data=scores(journey), actor=journey.team.signatory, status=403)
    assert not SelectionScore.objects.filter(candidate=candidate).exists()
