"""A call is written, its keys are made, and a second person publishes it."""

import zipfile
from collections.abc import Mapping
from typing import Any

from playwright.sync_api import FilePayload

from tests.calls.builders import team_user
from tests.calls.pages import BOAMP, JOUE, SCREENS, rows, team_rows
from tests.journeys.house import House
from tests.journeys.person import Person

STEPS_TO_PUBLISH = 9
"""Budget of ux § 5: seven screens, check, publish."""


Mistakes = Mapping[str, tuple[dict[str, str], str]]
"""By screen: what is typed wrong, and the words that say so."""


def write(house: House, procedure: str, changes: dict[str, dict[str, Any]], mistakes: Mistakes | None = None) -> int:
    """From « Préparer un appel » to the team, through the mistakes; returns the screens that took a decision."""
    made = mistakes or {}
    author = house.at(house.team.author)
    author.go("/espace/acheteur/")
    author.follow("Préparer un appel")
    steps = author.steps + len(made)
    _hand_in(
        author,
        "new",
        {
            "title": "Trouver le bon quai de bus",
            "procedure": procedure,
            "procedure_reasons": "Rien de disponible ne répond au besoin.",
        },
        "Commencer la rédaction",
        made,
    )
    steps += 1
    for code, screen in SCREENS.items():
        assert f"/rediger/{code}/" in author.page.url
        _hand_in(author, code, screen | changes.get(code, {}), "Continuer", made)
    _hand_in(author, "team", team_rows(house.team), "Confier ces rôles", made)
    return author.steps - steps


def _hand_in(person: Person, code: str, right: dict[str, Any], button: str, mistakes: Mistakes) -> None:
    """A screen, first with its mistake: the page says it, leads to its field, and holds the rest as it was typed."""
    person.fill(right)
    if code in mistakes:
        wrong, said = mistakes[code]
        (name,) = wrong
        person.fill(wrong)
        typed = person.typed()
        person.press(button, is_refused=True)
        person.reads(said)
        assert person.typed() == typed
        # A day and its hour are one field, which begins with the day.
        assert name.startswith(person.follow_first_error().removesuffix("_day"))
        person.fill({name: right.get(name, "")})
    person.press(button)


def make_keys(house: House, period: str = "Candidatures") -> list[FilePayload]:
    """Three custodians are appointed and try their keys; returns their kits."""
    author = house.at(house.team.author)
    author.follow("Préparer les clés des gardiens")
    author.follow("Désigner les trois gardiens")
    people = (str(team_user(one).pk) for one in house.team.custodians)
    author.fill(dict(zip(("first", "second", "third"), people, strict=True)))
    kits = _made_in_the_browser(author) if house.manner.script else _made_by_the_site(author)
    author.follow("Préparer les clés")
    author.press("Préparer les clés")
    try_keys(house, kits, period)
    return kits


def try_keys(house: House, kits: list[FilePayload], period: str) -> None:
    """Each custodian proves that the kit opens what is sealed for the period."""
    for custodian, kit in zip(house.team.custodians, kits, strict=True):
        person = house.at(custodian)
        person.go("/espace/gardien/")
        person.follow(period)
        person.attach("kit", kit)
        person.press("Essayer ma clé")


def _made_in_the_browser(author: Person) -> list[FilePayload]:
    """The kits that the page made, each saved before the custodians are appointed."""
    author.use("Faire les trois clés")
    kits = []
    for number in (1, 2, 3):
        row = f"Clé de secours n° {number}"
        kits.append(_kit(author.download("Enregistrer le fichier", kind="button", row=row).read_bytes()))
        author.tick("J’ai enregistré ou imprimé cette clé", row=row)
    author.press("Désigner les trois gardiens")
    return kits


def _made_by_the_site(author: Person) -> list[FilePayload]:
    """The kit of each custodian, in the order of the team, from the archive that the site answers."""
    archive = author.download("Désigner et télécharger les trois clés", kind="button")
    author.go(author.page.url.removesuffix("designer/"))
    with zipfile.ZipFile(archive) as opened:
        return [_kit(opened.read(name)) for name in sorted(opened.namelist()) if name.startswith("cle-")]


def _kit(text: bytes) -> FilePayload:
    return FilePayload(name="cle.txt", mimeType="text/plain", buffer=text)


def publish(house: House, *sendings: dict[str, str], mistake: dict[str, str] | None = None) -> int:
    """The study is read by somebody else, then a second person checks and publishes, after a mistake if any.

    Returns the screens it took.
    """
    reader = house.at(house.team.reader)
    reader.go(f"/espace/acheteur/appels/{house.call.reference}/verifier/")
    reader.follow("Relire l’étude de l’offre")
    reader.press("J’ai relu cette étude")
    validator = house.at(house.team.validator)
    validator.go("/espace/acheteur/")
    validator.follow("Vérifier et publier « Trouver le bon quai de bus »")
    validator.press("Mettre les documents en ligne")
    house.pause(minutes=1)
    steps = validator.steps
    validator.page.reload()
    validator.reads("Rien n’empêche de publier")
    validator.follow("Publier l’appel")
    mistakes = {"publish": (mistake, "Remplissez ce champ.")} if mistake else {}
    _hand_in(validator, "publish", rows("sendings", *(sendings or (BOAMP, JOUE))), "Publier l’appel", mistakes)
    steps += len(mistakes)
    # Checking is a step of the budget: one reads, decides, and goes on by a link.
    return validator.steps - steps + 1
