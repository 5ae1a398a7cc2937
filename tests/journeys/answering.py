"""Firms answer a call: they read it, fill their tasks one by one, send files, read over and hand in."""

from collections.abc import Mapping

from playwright.sync_api import FilePayload

from tests.journeys.house import House
from tests.journeys.person import Person

PDF = b"%PDF-1.7\n" + b"contenu " * 20
CANDIDATURE = {
    "Déclaration sur l’honneur": {"exclusion_grounds_absent": "on"},
    "Équipe et moyens": {"turnover_ht": "960 000,50", "staff": "8", "research_staff": "3"},
    "Recherche et innovation": {"text": "Trois chercheuses, douze brevets."},
    "Déploiement": {"text": "Quatre réseaux équipés."},
}
NEW_CANDIDATURE_SCREENS = 4
"""Budget of ux § 5 for a candidature: new screens at most, no price asked."""
NEW_OFFER_SCREENS = 7


def offer(fixed: str, unit: str, total: str) -> dict[str, dict[str, str]]:
    """What a firm answers to the invitation, with its prices in euros without tax."""
    return {
        "Essais": {"text": "Dix essais de jour et de nuit."},
        "Démarche": {"text": "Avec les voyageurs, chaque semaine."},
        "Environnement": {"text": "Serveurs sobres."},
        "Ce que l’acheteur exige": {"met-1": "yes", "comment-1": "Données ouvertes"},
        "Vos prix": {
            "fixed-1": fixed, "unit_ht": unit, "total_ht": total, "vat_rate": "20",
        },
    }  # fmt: skip


def begin(house: House, name: str) -> Person:
    """From the public list of calls to the list of tasks."""
    person = house.at(house.firm(name))
    person.go("/appels/")
    person.follow("Trouver le bon quai de bus")
    person.follow("Répondre à cet appel")
    person.fill({"kind": "single"})
    person.press("Commencer ma réponse")
    return person


def fill(person: Person, tasks: Mapping[str, Mapping[str, str]], *documents: str) -> int:
    """Each task, then a file for each document asked; returns the screens it took."""
    screens = 0
    for label, values in tasks.items():
        person.follow(label)
        person.fill(values)
        person.press("Enregistrer et revenir à la liste")
        screens += 1
    for document in documents:
        send(person, document)
    return screens


def send(person: Person, document: str) -> None:
    """A file for a document asked, from the list of tasks and back."""
    person.follow("Ajouter ou retirer des fichiers")
    section = person.page.locator("main section").filter(has=person.page.get_by_role("heading", name=document))
    file = FilePayload(name="memoire.pdf", mimeType="application/pdf", buffer=PDF)
    person.attach("files", file, within=section)
    if not person.manner.script:
        person.press("Envoyer", row=document)
    section.locator(".tag", has_text="Reçu entier").wait_for()
    person.follow("Revenir à la liste")


def read_over(person: Person) -> None:
    """Everything on one page, read again by the site."""
    person.follow("Relire ma réponse")
    person.fill({"replacement_rule": "on"})
    person.press("Faire relire ma réponse")


def hand_in(person: Person) -> str:
    """The last click; returns the number of the receipt."""
    person.fill({"declared": "on"})
    person.press("Déposer ma réponse")
    person.reads("Accusé n°")
    return person.page.locator("main strong.num").first.inner_text()


def apply(house: House, name: str) -> Person:
    """A whole candidature, in the budget of screens."""
    person = begin(house, name)
    screens = fill(person, CANDIDATURE, "Présentation de l’équipe")
    assert screens <= NEW_CANDIDATURE_SCREENS
    read_over(person)
    return person


def tender(house: House, name: str, prices: tuple[str, str, str]) -> str:
    """A whole bid upon an invitation, from the firm's own space."""
    person = house.at(house.firm(name))
    person.go("/espace/entreprise/")
    person.follow("Lire :")
    person.press("J’ai lu ce courrier")
    person.go("/espace/entreprise/")
    person.follow("Préparer votre réponse")
    person.press("Commencer ma réponse")
    screens = fill(person, offer(*prices), "Mémoire technique", "Annexe financière")
    assert screens <= NEW_OFFER_SCREENS
    read_over(person)
    return hand_in(person)
