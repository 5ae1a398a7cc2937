"""What a DUME says, in the words of pages: the firm that gives it and the buyer who opens it read the same."""

from collections.abc import Mapping
from typing import Any

from procurement.espd.response import open_grounds, yes_grounds

Rows = list[tuple[str, str]]


def statement_words(said: Mapping[str, Any]) -> str:
    """What it states of the exclusion grounds, in one or two sentences."""
    if not said["is_read"]:
        model = said["model"] or "inconnu"
        return f"Ce DUME suit un modèle ({model}) dont le site ne lit pas le détail. Il est gardé et transmis tel quel."
    yes, unanswered = yes_grounds(said), open_grounds(said)
    if not yes and not unanswered:
        return f"Aucun des {len(said['exclusions'])} motifs d’exclusion ne s’applique, selon ce DUME."
    found = [f"Répond « oui » : {', '.join(yes)}."] if yes else []
    if unanswered:
        found.append(f"Sans réponse : {', '.join(unanswered)}.")
    return " ".join(found)


def identity_rows(said: Mapping[str, Any]) -> Rows:
    """Who gives it, for whom, for which lots; only what is written."""
    operator = said.get("operator", {})
    place = ", ".join(part for part in (operator.get("city"), operator.get("country")) if part)
    rows = [
        ("Entreprise", operator.get("name", "")),
        ("Identifiant", operator.get("id", "")),
        ("Lieu", place),
        ("Taille", operator.get("size", "")),
        ("Rôle", operator.get("role", "")),
        ("Groupement", operator.get("group", "")),
        ("Représentants", ", ".join(said.get("representatives", []))),
        ("Lots", ", ".join(said.get("lots", []))),
        ("Modèle", said["model"]),
    ]
    return [(label, text) for label, text in rows if text]


def ground_rows(said: Mapping[str, Any], *, applying_only: bool = False) -> Rows:
    """Each exclusion ground with its answer, and what the firm adds where it applies."""
    words = {True: "Oui", False: "Non", None: "Sans réponse"}
    return [
        (one["name"], _with_detail(words[one["answer"]], one["said"]))
        for one in said.get("exclusions", [])
        if one["answer"] or not applying_only
    ]


def capacity_rows(said: Mapping[str, Any]) -> Rows:
    """Each capacity that the firm answered."""
    return [(one["name"], _with_detail("", one["said"])) for one in said.get("capacities", [])]


def _with_detail(answer: str, pairs: list[list[str]]) -> str:
    asked = [(question.rstrip(" \u00a0?:"), text) for question, text in pairs]
    lines = [f"{question} : {text}" if question else text for question, text in asked]
    return "\n".join([*([answer] if answer else []), *lines])
