"""What an editor looks at before a version goes live: ticked one by one, each with the question that it answers."""

from django.db import models


class Check(models.TextChoices):
    """A point to look at; the code goes to the journal, the sentence to the page."""

    CLEAR = "clair", "C’est clair : une personne qui ne connaît pas le sujet comprend ce que la solution change."
    TRUE = "vrai", "C’est vrai : les chiffres ont une source, rien n’est promis qui ne soit fait."
    ACCESSIBLE = "accessible", "Les images et les documents cités sont accessibles : un texte dit ce qu’ils montrent."
    NEUTRAL = "neutre", "Aucun concurrent n’est nommé ni comparé, aucun superlatif."
    SECRET = "secret", "Rien ne relève du secret des affaires ni de la vie privée d’une personne."


def missing(ticked: list[str]) -> list[Check]:
    """The points that were not ticked, in their order."""
    return [check for check in Check if check.value not in ticked]
