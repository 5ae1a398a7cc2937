"""From opened bids to the choice: one recorded meeting each, final bids, scores, prices, the board's minutes."""

from datetime import datetime, timedelta

from playwright.sync_api import FilePayload

from marketplace.ui.templatetags.printing import PARIS
from procurement.calls.models import AwardCriterion
from procurement.evaluation.facts import award_criteria, quality_leaves, remaining_parties
from procurement.evaluation.models import AwardedPartner, Bid, NegotiationMeeting, Ranking
from procurement.evaluation.services import standstill
from tests.evaluation.pages import moment, rows
from tests.journeys.answering import PDF
from tests.journeys.house import House
from tests.journeys.opening import open_envelope
from tests.journeys.selecting import DAY, plan, prepare_period, working_noon

HOUR = timedelta(hours=1)
TITLE = "Trouver le bon quai de bus"


def negotiate(house: House, kits: list[FilePayload]) -> None:
    """All are invited at once for the same duration, each meeting is recorded, then final bids are asked for."""
    author = house.at(house.team.author)
    author.go("/espace/acheteur/")
    author.follow("Enregistrer les offres ouvertes")
    author.press("Enregistrer les offres ouvertes")
    author.follow("Inviter au tour 1")
    firms = remaining_parties(house.lot)
    first = (house.clock.now() + 8 * DAY).replace(hour=8, minute=0)
    author.fill({"duration_minutes": "60", "place": "Salle du conseil"})
    for position, party in enumerate(firms):
        author.fill(moment(f"at-{party.pk}", first + position * 2 * HOUR) | {f"points-{party.pk}": "Essais\nPrix"})
    author.press("Envoyer toutes les invitations")
    house.until(first + DAY)
    for meeting in NegotiationMeeting.objects.filter(lot=house.lot):
        author.go("/espace/acheteur/")
        author.follow(f"Consigner la réunion avec {meeting.party}")
        author.fill(
            moment("held_at", meeting.planned_at)
            | moment("ended_at", meeting.planned_at + timedelta(minutes=55))
            | {"documents_shown": "Maquette"}
            | {"attendees-1-name": "Inès Marchetti", "attendees-1-capacity": "présidente"}
            | rows("points", {"subject": "Essais", "discussion": "Dix essais de nuit."})
        )
        author.press("Consigner la réunion")
    validator = house.at(house.team.validator)
    validator.go("/espace/acheteur/")
    validator.follow("Clore la négociation")
    plan(house, "final", 20, technical="Mémoire technique", price="Annexe financière")
    prepare_period(house, kits, "final")
    validator.go("/espace/acheteur/")
    validator.follow("Clore la négociation")
    validator.fill({"clauses": "Pénalités plafonnées à 5 %"})
    validator.press("Clore et demander les offres finales")
    house.pause(hours=2)


def score(house: House, stage: str) -> None:
    """One screen a bid, all criteria, then the sheet is handed in and scores are agreed."""
    evaluator = house.at(house.team.evaluator)
    leaves = quality_leaves(award_criteria(house.lot))
    criteria = {one.name: one for one in AwardCriterion.objects.filter(lot=house.lot)}
    evaluator.go("/espace/acheteur/")
    evaluator.follow("Enregistrer les offres ouvertes")
    evaluator.press("Enregistrer les offres ouvertes")
    bids = list(Bid.objects.filter(lot=house.lot, stage=stage).select_related("party__lead"))
    given = {}
    for place, bid in enumerate(bids):
        given[bid.pk] = {
            name: said
            for leaf in leaves
            for name, said in (
                (f"value-{criteria[leaf.name].pk}", str(4 - place)),
                (f"comment-{criteria[leaf.name].pk}", "La réponse le démontre."),
            )
        }
        steps = evaluator.steps
        evaluator.follow(f"Noter {bid.party}")
        evaluator.fill(given[bid.pk])
        evaluator.press("Enregistrer mes notes")
        assert evaluator.steps - steps == 1
    evaluator.follow("Rendre ma fiche")
    evaluator.press("Rendre ma fiche")
    for bid in bids:
        evaluator.follow(f"Arrêter {bid.party}")
        evaluator.fill(given[bid.pk] | {"attended": [str(house.team.evaluator.user_id)]})
        evaluator.press("Arrêter ces notes")


def examine(house: House, stage: str) -> None:
    """Each bid is checked against the requirements, then found regular."""
    evaluator = house.at(house.team.evaluator)
    met = {f"met-{one.pk}": "met" for one in house.lot.requirements.all()}
    for bid in Bid.objects.filter(lot=house.lot, stage=stage).select_related("party__lead"):
        evaluator.follow("Notation")
        evaluator.follow(str(bid.party))
        evaluator.follow("Vérifier les exigences")
        evaluator.fill(met)
        evaluator.press("Enregistrer les vérifications")
        evaluator.follow("Constater la régularité")
        evaluator.fill({"status": "regular"})
        evaluator.press("Enregistrer le constat")


def rank(house: House, kits: list[FilePayload], kind: str) -> None:
    """The technical part is closed, prices are opened by two, and the arithmetic is shown."""
    validator = house.at(house.team.validator)
    validator.go("/espace/acheteur/")
    validator.follow("Arrêter les notes et clore")
    validator.follow("Clore la notation technique")
    validator.press("Clore la notation technique")
    open_envelope(house, kits, kind, "Prix")
    validator.go("/espace/acheteur/")
    validator.follow("Enregistrer les offres ouvertes")
    validator.press("Enregistrer les offres ouvertes")
    validator.follow("Établir le classement")
    validator.follow("Établir le classement")
    validator.press("Calculer le classement")
    best = Ranking.objects.in_force(house.lot).ranked_bids.get(rank=1).bid
    validator.open(f"{best.party} :")
    validator.reads("Points sur 100", "100 ×")
    validator.follow("Établir le rapport d’analyse")
    validator.fill({"conclusion": "Nous proposons les mieux classées.", "authors-0-capacity": "évaluation"})
    validator.press("Établir le rapport")
    house.pause(minutes=1)


def choose(house: House, *, partners: int, has_board: bool) -> int:
    """The tender board sits where there is one, then the buyer chooses; returns the screens of decision."""
    validator = house.at(house.team.validator)
    validator.follow("Choix")
    ranked = [row.bid for row in Ranking.objects.in_force(house.lot).ranked_bids.order_by("rank")]
    chosen = [str(bid.pk) for bid in ranked[:partners]]
    steps = validator.steps
    if has_board:
        house.pause(days=1)
        now = house.clock.now()
        member = {"capacity": "titulaire", "voting": "on", "present": "on"}
        validator.follow("Consigner la séance")
        validator.fill(
            {
                "chosen": chosen, "convened_on": f"{now - 6 * DAY:%Y-%m-%d}", "place": "Salle du conseil",
                "quorum": "3", "votes_for": "3", "votes_against": "0", "votes_abstention": "0",
                "reasons": "Le choix suit le classement.",
            }
            | moment("held_at", now - HOUR)
            | rows("members", *({"name": f"Membre {number}", **member} for number in range(3)))
        )  # fmt: skip
        validator.press("Consigner la séance")
    validator.follow("Choisir les partenaires")
    validator.fill({"chosen": chosen, "reasons": "Les meilleures offres au classement."})
    validator.press("Relire avant de choisir")
    validator.press("Choisir ces partenaires")
    return validator.steps - steps


def clear(house: House) -> None:
    """Proofs are asked of those chosen alone; they hand them in, the buyer examines them."""
    author = house.at(house.team.author)
    author.go("/espace/acheteur/")
    author.follow("Demander les justificatifs")
    author.fill({"codes": ["tax", "vigilance"]} | working_noon(house, 10, "deadline"))
    author.press("Envoyer la demande")
    house.pause(minutes=1)
    validator = house.at(house.team.validator)
    for partner in AwardedPartner.objects.standing(house.lot):
        firm = house.at(house.firm(partner.party.lead.name))
        firm.go("/espace/entreprise/justificatifs/")
        firm.follow(TITLE)
        for proof in partner.clearance.proofs.all():
            firm.follow(proof.label)
            firm.attach("file", FilePayload(name="attestation.pdf", mimeType="application/pdf", buffer=PDF))
            firm.press("Déposer ce justificatif")
        house.pause(minutes=1)
        for proof in partner.clearance.proofs.all():
            author.go("/espace/acheteur/")
            author.follow(f"Examiner : {proof.label}")
            author.fill({"verdict": "accepted", "valid_until": f"{house.clock.now() + 170 * DAY:%Y-%m-%d}"})
            author.press("Enregistrer l’examen")
        validator.go("/espace/acheteur/")
        validator.follow("Vérifier les justificatifs")
        validator.follow(f"Déclarer le dossier complet {partner.party.lead.name}")
        validator.press("Déclarer le dossier complet")


def write_to_all(house: House) -> None:
    """Letters are read over one by one, then leave together; the report of presentation is made."""
    validator = house.at(house.team.validator)
    validator.go("/espace/acheteur/")
    validator.follow("Écrire aux entreprises")
    validator.press("Relire chaque lettre")
    validator.reads("Voies et délais de recours")
    validator.press("Envoyer toutes les lettres")
    house.pause(minutes=1)
    validator.go("/espace/acheteur/")
    validator.follow("Établir le rapport de présentation")
    validator.fill({"lots": "Un seul lot : un seul réseau."})
    validator.press("Établir le rapport")
    house.pause(minutes=1)


def first_moment_to_sign(house: House) -> datetime:
    """First second, in Paris, of the first day on which the buyer may sign."""
    day = standstill.earliest_signature(house.lot, now=house.clock.now())
    assert day is not None
    return datetime(day.year, day.month, day.day, tzinfo=PARIS)
