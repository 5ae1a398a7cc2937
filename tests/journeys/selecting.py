"""From opened candidatures to invitations: interests declared, criteria scored, three invited at the same instant."""

from datetime import timedelta

from playwright.sync_api import FilePayload

from marketplace.accounts.actors import Actor
from procurement.calls.models import SelectionCriterion, SubmissionPeriod
from procurement.evaluation.models import Candidate
from tests.evaluation.pages import moment
from tests.journeys.house import House
from tests.journeys.writing import try_keys

DAY = timedelta(days=1)
DAYS_TO_TENDER = 34


def declare(house: House, actor: Actor) -> None:
    """Nothing of a call is read before one has said that one has no interest in it."""
    person = house.at(actor)
    person.go("/espace/acheteur/")
    person.follow("Déclarer vos intérêts")
    person.fill({"interest": "none"})
    person.press("Déclarer mes intérêts")


def score_candidates(house: House) -> None:
    """The evaluator reads each candidature and scores it on the published criteria."""
    evaluator = house.at(house.team.evaluator)
    evaluator.go("/espace/acheteur/")
    evaluator.follow("Inscrire les candidatures ouvertes")
    evaluator.press("Inscrire les candidatures ouvertes")
    criteria = list(SelectionCriterion.objects.filter(lot=house.lot))
    for candidate in Candidate.objects.of_lot(house.lot):
        evaluator.follow(str(candidate.party))
        evaluator.reads("Déclaration sur l’honneur", "Trois chercheuses, douze brevets.")
        for one in criteria:
            evaluator.fill({f"value-{one.pk}": "3", f"comment-{one.pk}": "Trois projets menés à terme."})
        evaluator.press("Enregistrer les notes")


def select_all(house: House) -> None:
    """Every candidate is scored, and the validator retains them all."""
    score_candidates(house)
    validator = house.at(house.team.validator)
    validator.go("/espace/acheteur/")
    validator.follow("Décider de la sélection")
    validator.fill({f"choice-{one.pk}": "select" for one in Candidate.objects.of_lot(house.lot)})
    validator.press("Relire la décision et les lettres")
    validator.press("Décider")
    house.pause(minutes=1)


def working_noon(house: House, days: int, name: str = "closes_at") -> dict[str, str]:
    """A binding hour so many days from now, at noon on a working day."""
    closes = (house.clock.now() + days * DAY).replace(hour=10, minute=0)
    while closes.weekday() > 4:
        closes += DAY
    return moment(name, closes)


def plan(house: House, kind: str, days: int, **documents: str) -> None:
    """The validator fixes the dates of the bids asked for, from the page on which they were missing."""
    validator = house.at(house.team.validator)
    validator.follow("Fixer les dates")
    validator.fill(moment("opens_at", house.clock.now() + timedelta(hours=1)) | working_noon(house, days) | documents)
    validator.press("Fixer les dates")
    assert SubmissionPeriod.objects.filter(lot=house.lot, kind=kind).exists()


def prepare_period(house: House, kits: list[FilePayload], kind: str) -> None:
    """The buyer has the keys of a new period prepared, and custodians try theirs."""
    label = str(SubmissionPeriod.Kind(kind).label)
    validator = house.at(house.team.validator)
    validator.follow("Gardiens des clés")
    validator.follow("Préparer les clés", row=label)
    validator.press("Préparer les clés")
    try_keys(house, kits, label)


def invite(house: House, kits: list[FilePayload]) -> None:
    """Dates, keys, then one invitation to all at the same instant."""
    validator = house.at(house.team.validator)
    validator.go("/espace/acheteur/")
    validator.follow("Inviter les candidats retenus")
    plan(house, "initial", DAYS_TO_TENDER, technical="Mémoire technique", price="Annexe financière")
    prepare_period(house, kits, "initial")
    validator.go("/espace/acheteur/")
    validator.follow("Inviter les candidats retenus")
    validator.press("Envoyer les invitations")
    house.pause(hours=2)
