"""Two custodians open what is sealed, minutes apart, each at a window of their own."""

from playwright.sync_api import FilePayload

from procurement.calls.models import SubmissionPeriod
from procurement.law.opening import GRACE
from tests.journeys.house import House


def open_envelope(house: House, kits: list[FilePayload], kind: str, envelope: str) -> None:
    """The first custodian begins, the second ends; then the minutes are there to download."""
    period = house.lot.periods.get(kind=kind)
    house.until(period.closes_at() + 2 * GRACE)
    label = SubmissionPeriod.Kind(kind).label
    for custodian, kit, words, button in [
        (house.team.custodians[0], kits[0], "Commencer l’ouverture", "Retirer ma part de la clé"),
        (house.team.custodians[1], kits[1], "Terminer l’ouverture", "Ouvrir les plis"),
    ]:
        person = house.at(custodian)
        person.go("/espace/gardien/")
        person.follow(label)
        person.follow(words, row=envelope)
        person.attach("kit", kit)
        person.press(button)
        house.pause(minutes=2)
    author = house.at(house.team.author)
    author.go("/espace/acheteur/")
    author.follow("Trouver le bon quai de bus")
    author.follow("Ouverture des plis")
    assert author.download("Procès-verbal (PDF)").read_bytes().startswith(b"%PDF")
