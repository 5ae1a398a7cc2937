"""Reports say what was recorded, are rendered once, and are read by the buyer's team only."""

import pytest

from marketplace.accounts.permissions import can
from marketplace.files.models import GeneratedDocument
from marketplace.journal.errors import NotAllowed, Refusal
from marketplace.journal.outbox import drain
from procurement.correspondence.models import Letter
from procurement.evaluation.models import CaoMinutes, NegotiationMeeting, Ranking
from procurement.evaluation.presentation import SECTIONS, subcontracted_share
from procurement.evaluation.services import interests, reports, standstill

AUTHORS = [{"name": "Marc Ollivier", "capacity": "chef de projet"}]


def analyse(journey, **more):
    ranking = Ranking.objects.in_force(journey.lot)
    asked = {"lot": journey.lot, "ranking": ranking, "conclusion": "Retenir la première.", "authors": AUTHORS}
    return journey.act(reports.finalise_analysis_report, **(asked | more))


def present(journey, **more):
    return journey.act(reports.finalise_presentation_report, lot=journey.lot, **more)


@pytest.mark.starts_at("ranked")
@pytest.mark.law("LR-71")
def test_the_analysis_report_holds_marks_comments_and_method(journey):
    facts = analyse(journey).facts
    assert [(bid["rank"], bid["total"]) for bid in facts["bids"]] == [(1, "100.00"), (2, "81.12"), (3, "68.56")]
    assert facts["bids"][1]["scores"][0]["comment"] == "Motif de l’offre 2."
    assert "90,30" in facts["bids"][1]["scores"][2]["comment"]
    assert "prix le plus bas" in facts["price_formula"]
    with pytest.raises(Refusal, match="conclusion"):
        analyse(journey, conclusion=" ")
    with pytest.raises(NotAllowed):
        analyse(journey, actor=journey.firms[0].actor)


@pytest.mark.law("LR-66", "LR-70")
@pytest.mark.starts_at("negotiated")
def test_the_presentation_report_is_drawn_from_what_was_recorded(journey):
    journey.act(interests.declare, call=journey.call, has_interest=True, text="Actionnaire.", actor=journey.team.author)
    bids = journey.hand_in_bids("final")
    journey.examine(bids)
    journey.score(bids)
    journey.rank()
    journey.choose()
    facts = present(journey, additions={"lots": "La recherche porte sur un système unique."}).facts
    texts = {section["title"]: section["text"] for section in facts["sections"]}
    assert len(texts) == len(SECTIONS)
    assert "Se sont retirées" in texts["Conflits d’intérêts et mesures prises"]
    assert "Actionnaire" not in str(facts)
    assert "système unique" in texts["Allotissement"]
    assert "Réunions consignées : 3" in texts["Négociation"]
    assert facts["winners"][0]["subcontracted_share"] == 565
    assert [row["decision"] for row in facts["candidates"]] == ["Retenu", "Rejeté", "Rejeté"]


@pytest.mark.starts_at("ranked")
@pytest.mark.law("LR-66")
def test_the_presentation_report_follows_the_choice(journey):
    with pytest.raises(Refusal, match="R2184-1"):
        present(journey)
    assert not reports.is_presented(journey.lot)
    journey.choose()
    assert not reports.is_presented(journey.lot)
    present(journey)
    assert reports.is_presented(journey.lot)


@pytest.mark.parametrize(
    ("declared", "share"),
    [([], 0), ([{"share": 565}, {"share": "1000"}], 1565), ([{"share": 20_000}], 10_000), ([{"share": "un tiers"}], 0)],
)
def test_the_subcontracted_share_is_read_with_care(declared, share):
    assert subcontracted_share(declared) == share


@pytest.mark.starts_at("cleared")
def test_every_document_of_the_room_renders_once_and_its_file_finds_its_readers(journey):
    analyse(journey)
    present(journey)
    journey.act(standstill.send_rejections, lot=journey.lot, reasons=journey.reasons())
    drain()
    documents = GeneratedDocument.objects.select_related("rendering__stored_file")
    assert all(document.pdf().startswith(b"%PDF") for document in documents)
    kinds = {document.kind for document in documents}
    assert {
        "candidature_report",
        "negotiation_minutes",
        "analysis_report",
        "presentation_report",
        "cao_minutes",
    } < kinds
    assert {f"letter_{letter.kind}" for letter in Letter.objects.all()} < kinds

    def readers(file, *actors):
        return [bool(can(actor, "file.download", file)) for actor in actors]

    own, rival, evaluator = journey.firms[0].actor, journey.firms[1].actor, journey.team.evaluator
    report = documents.get(kind="analysis_report").rendering.stored_file
    assert readers(report, evaluator, own, journey.team.reader) == [True, False, False]
    minutes = NegotiationMeeting.objects.get(party=journey.firms[0].party).minutes.rendering.stored_file
    assert readers(minutes, evaluator, own, rival) == [True, True, False]
    assert readers(CaoMinutes.objects.get().signed_file, evaluator, own) == [True, False]
