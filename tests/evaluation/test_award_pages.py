"""The choice, the proofs, the letters, the standstill: each act through its page."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from marketplace.accounts.actors import Actor
from procurement.correspondence.models import Letter, LetterKind
from procurement.evaluation.models import (
    AwardDecision,
    AwardedPartner,
    CaoMinutes,
    Clearance,
    ClearanceProof,
    RejectionNotice,
    StandstillHold,
)
from procurement.evaluation.services import reports, standstill
from tests.evaluation.builders import DAY, HOUR
from tests.evaluation.pages import Pages, moment, rows, text
from tests.factories import MembershipFactory, OrganisationFactory, make


@pytest.fixture
def pages(journey):
    return Pages(journey)


def pdf(name="attestation.pdf"):
    return SimpleUploadedFile(name, b"%PDF-1.7\n" + b"preuve " * 30, content_type="application/pdf")


def sitting(journey, chosen):
    member = {"capacity": "titulaire", "voting": "on", "present": "on"}
    return {
        "chosen": [str(bid.pk) for bid in chosen],
        **moment("held_at", journey.now - HOUR),
        "convened_on": f"{journey.now - 6 * DAY:%Y-%m-%d}",
        "place": "Salle du conseil",
        "quorum": 3,
        "votes_for": 3,
        "votes_against": 0,
        "votes_abstention": 0,
        "reasons": "Le choix suit le classement.",
        **rows("members", *({"name": f"Membre {n}", **member} for n in range(3))),
    }


@pytest.mark.law("LR-71", "LR-72")
@pytest.mark.starts_at("ranked")
def test_the_board_sits_then_the_buyer_chooses(journey, pages):
    journey.later(DAY)
    best = journey.bids()[0]
    data = {"chosen": [str(best.pk)], "reasons": "Meilleure qualité de prévision."}
    assert "Aucune séance n’est consignée" in pages.get("award")
    refused = pages.post("choose", data=data | {"confirm": "1"}, status=422)
    assert "LR-72" in text(refused)
    pages.post("board", data=sitting(journey, [best]) | {"quorum": 5}, status=422)
    pages.post("board", data=sitting(journey, [best]))
    assert CaoMinutes.objects.get(lot=journey.lot).members[0]["voting"] is True
    assert "Le choix suit le classement." in pages.get("choose")
    wrong = {"chosen": [str(journey.bids()[2].pk)], "reasons": "Par préférence."}
    pages.post("choose", data=wrong | {"confirm": "1"}, status=422)
    said = pages.confirm("choose", data=data, actor=journey.team.signatory)
    assert "Le choix fixe le classement" in said
    decision = AwardDecision.objects.get(lot=journey.lot)
    assert decision.decided_by_id == journey.team.signatory.user_id
    again = pages.post("choose", data=data | {"confirm": "1"}, status=422)
    assert "déjà choisis" in text(again)


@pytest.mark.law("LR-73", "LR-75")
@pytest.mark.starts_at("awarded")
def test_proofs_are_asked_of_the_winner_alone_who_hands_them_in(journey, pages):
    winner, loser = journey.firms[0], journey.firms[1]
    codes = ["tax", "vigilance"]
    until = (journey.now + 10 * DAY).replace(hour=11, minute=0)
    assert winner.organisation.name in pages.get("ask_proofs", actor=journey.team.author)
    pages.post("ask_proofs", data={"codes": codes, **moment("deadline", until)}, actor=journey.team.author)
    row = Clearance.objects.get()
    address = reverse("evaluation:proofs", args=[row.pk])

    assert journey.call.title in text(pages.ask("get", reverse("evaluation:proof_requests"), winner.actor))
    assert "Aucun acheteur ne vous demande" in text(pages.ask("get", reverse("evaluation:proof_requests"), loser.actor))
    for stranger in (loser.actor, journey.team.validator):
        assert pages.ask("get", address, stranger).status_code == 404
        assert pages.ask("post", address, stranger, {"proof": "tax", "file": pdf()}).status_code == 404
    assert "À remettre avant le" in text(pages.ask("get", address, winner.actor))
    empty = pages.ask("post", address, winner.actor, {"proof": "tax"})
    assert (empty.status_code, "Choisissez un fichier" in text(empty)) == (422, True)
    for code in codes:
        assert pages.ask("post", address, winner.actor, {"proof": code, "file": pdf()}).status_code == 302
    assert pages.ask("get", f"{address}?piece=inconnue", winner.actor).status_code == 404

    proofs = {proof.code: proof for proof in ClearanceProof.objects.select_related("file")}
    assert not proofs["tax"].is_accepted
    download = reverse("files:download", args=[proofs["tax"].file_id])
    assert pages.ask("get", download, journey.team.author).status_code == 200
    assert pages.ask("get", download, winner.actor).status_code == 200
    assert pages.ask("get", download, loser.actor).status_code == 404
    partner = AwardedPartner.objects.get()
    refused = pages.post("clear", partner.pk, status=422)
    assert "LR-73" in text(refused)
    valid = f"{journey.now + timedelta(days=170):%Y-%m-%d}"
    for proof in proofs.values():
        pages.post("proof", proof.pk, data={"verdict": "accepted", "valid_until": valid}, actor=journey.team.author)
    late = pages.ask("post", address, winner.actor, {"proof": "tax", "file": pdf()})
    assert (late.status_code, "déjà accepté" in text(late)) == (422, True)
    pages.post("clear", partner.pk)
    assert "Votre dossier est complet" in text(pages.ask("get", address, winner.actor))
    assert "Préparer les lettres" in pages.get("award")


@pytest.mark.law("LR-74")
@pytest.mark.starts_at("awarded")
def test_a_winner_without_proof_gives_way_to_the_next(journey, pages):
    journey.ask_proofs()
    partner = AwardedPartner.objects.get()
    data = {
        "ground": "no_proof",
        "reasons": "Aucune attestation reçue.",
        "codes": ["tax"],
        **moment("deadline", (journey.now + 30 * DAY).replace(hour=11, minute=0)),
    }
    early = pages.post("eliminate_partner", partner.pk, data=data | {"confirm": "1"}, status=422)
    assert "LR-74" in text(early)
    journey.later(11 * DAY)
    said = pages.confirm("eliminate_partner", partner.pk, data=data)
    assert "La suivante du classement reçoit aussitôt" in said
    assert AwardedPartner.objects.standing(journey.lot).get().party == journey.firms[1].party
    assert "Éliminée" in pages.get("award")


@pytest.mark.law("LR-76", "LR-78", "LR-80", "LR-66")
@pytest.mark.starts_at("cleared")
def test_letters_are_read_one_by_one_then_leave_together_and_the_delay_runs(journey, pages):
    rejected = journey.firms[1:]
    form = pages.get("letters")
    assert "Votre offre est classée au rang 2" in form
    reasons = {f"reasons-{firm.party.pk}": f"Motifs pour {firm.organisation.name}." for firm in rejected}
    blank = reasons | {"sending": "electronic", f"reasons-{rejected[0].party.pk}": ""}
    assert "l’entreprise a le droit de les connaître" in text(pages.post("letters", data=blank, status=422))
    kept = pages.ask(
        "post",
        pages.url("letters"),
        data={f"reasons-{rejected[0].party.pk}": "Motifs en cours", "version": "0"},
        headers={"X-Autosave": "1"},
    )
    assert kept.status_code == 200
    assert "Motifs en cours" in pages.get("letters")

    said = pages.confirm("letters", data=reasons | {"sending": "electronic"})
    for firm in journey.firms:
        assert f"lettre à {firm.organisation.name}" in said
    assert "Voies et délais de recours" in said
    assert RejectionNotice.objects.filter(lot=journey.lot).count() == 2
    letters = Letter.objects.filter(call=journey.call, kind__in=[LetterKind.REJECTION, LetterKind.AWARD])
    assert len({letter.sent_at for letter in letters}) == 1
    again = pages.post("letters", data=reasons | {"sending": "electronic", "confirm": "1"}, status=422)
    assert "déjà parties" in text(again)

    first = standstill.earliest_signature(journey.lot, now=journey.now)
    assert first == (journey.now + 11 * DAY).date()
    assert "Signature au plus tôt le" in pages.get("standstill")

    received = journey.now
    journey.later(HOUR)
    pages.post("hold", data={"case_number": "2027-123", **moment("notified_at", received)})
    assert "Signature suspendue par un recours" in pages.get("standstill")
    held = StandstillHold.objects.get()
    journey.later(DAY)
    order = {"outcome": "Rejet de la requête.", **moment("order_received_at", journey.now - HOUR)}
    pages.post("release", held.pk, data=order)
    assert "Ordonnance reçue" in pages.get("standstill")
    pages.post("release", held.pk, data=order, status=422)

    pages.post("presentation_report", data={"lots": "Un seul lot : un seul réseau."})
    assert reports.is_presented(journey.lot)
    journey.later(11 * DAY)
    assert "Le délai de suspension est passé" in pages.get("standstill")


@pytest.mark.starts_at("awarded")
def test_letters_wait_for_the_proofs_of_the_winner(journey, pages):
    assert "Les justificatifs ne sont pas encore vérifiés" in pages.get("standstill")
    reasons = {f"reasons-{firm.party.pk}": "Moins bonne prévision." for firm in journey.firms[1:]}
    refused = pages.post("letters", data=reasons | {"sending": "electronic", "confirm": "1"}, status=422)
    assert "LR-75" in text(refused)
    assert not RejectionNotice.objects.exists()


@pytest.mark.starts_at("ranked")
def test_pages_before_their_stage_say_what_comes_first(branch):
    with branch() as journey:
        pages = Pages(journey)
        assert "Les partenaires ne sont pas choisis" in pages.get("standstill")
        assert "les lettres viennent ensuite" in pages.get("letters")
        assert "choisissez d’abord les partenaires" in pages.get("ask_proofs")


@pytest.mark.starts_at("negotiated")
def test_pages_cost_the_same_with_one_bid_and_three(branch):
    def cost(count):
        with branch() as journey:
            bids = journey.hand_in_bids("final", firms=journey.firms[:count])
            journey.examine(bids)
            journey.score(bids)
            journey.rank()
            journey.choose()
            journey.clear_all()
            pages = Pages(journey)
            found = [pages.queries(name) for name in ("award", "letters", "standstill")]
            journey.act(standstill.send_rejections, lot=journey.lot, reasons=journey.reasons())
            return [*found, pages.queries("standstill")]

    assert cost(2) == cost(3)


@pytest.mark.starts_at("awarded")
def test_who_may_not_is_refused(journey, pages):
    journey.ask_proofs()
    partner, proof = AwardedPartner.objects.get(), ClearanceProof.objects.first()
    acts = {
        "board": (),
        "choose": (),
        "ask_proofs": (),
        "letters": (),
        "hold": (),
        "presentation_report": (),
        "proof": (proof.pk,),
        "clear": (partner.pk,),
        "eliminate_partner": (partner.pk,),
    }
    other = Actor.of(make(MembershipFactory, organisation=make(OrganisationFactory, buyer=True)))
    for name, arguments in acts.items():
        url = pages.url(name, *arguments)
        for stranger in (journey.firms[0].actor, other):
            assert pages.ask("get", url, stranger).status_code == 404
            assert pages.ask("post", url, stranger).status_code == 404
        assert pages.ask("get", url, journey.team.evaluator).status_code == 403
        assert pages.ask("post", url, journey.team.evaluator).status_code == 403
        assert pages.ask("post", url, journey.team.reader).status_code == 403
    for name in ("award", "standstill"):
        assert pages.ask("get", pages.url(name), journey.team.reader).status_code == 403
        assert pages.ask("post", pages.url(name)).status_code == 405
