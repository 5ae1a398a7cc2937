"""What the command prints: who signs in with what, and what there is to try."""

import json
from collections.abc import Iterator

from marketplace.demo.showcase import second_factors
from marketplace.demo.showcase.cast import DATA, Cast, Person, newcomers
from marketplace.demo.showcase.lay import Laid
from marketplace.demo.showcase.places import places
from marketplace.demo.showcase.troupe import PASSWORD

PARTS = {
    "author": "rédaction",
    "validator": "validation",
    "evaluator": "notation",
    "second_evaluator": "notation",
    "signatory": "signature",
    "first_custodian": "garde des clés",
    "second_custodian": "garde des clés",
    "owner": "responsable du compte",
    "member": "membre",
    "editor": "édition",
}


def written(laid: Laid) -> str:
    """The whole guide, in French. Steps whose call was not laid out are left out."""
    return "\n".join(_lines(laid)) + "\n"


def _lines(laid: Laid) -> Iterator[str]:
    cast = laid.troupe.cast
    there = places()
    with_code = {one.email for one in second_factors.needed(cast)}
    yield "QUI, ET QUE FAIRE"
    yield f"  Mot de passe de tous les comptes : {PASSWORD}"
    yield "  * : le compte demande aussi un code, donné par « manage.py demo --code ADRESSE »."
    for step in steps():
        if step["call"] and step["call"] not in laid.calls:
            continue
        person = find(cast, step["who"])
        reference = laid.calls[step["call"]].reference if step["call"] else ""
        yield ""
        yield f"  {person.email}{' *' if person.email in with_code else ''}"
        yield f"      {person.first} {person.last}, {PARTS[person.part]}{f', {reference}' if reference else ''}"
        yield f"      {step['try']}"
    yield ""
    yield "INSCRIRE UNE ENTREPRISE QUI N’A PAS DE COMPTE"
    yield "  Le registre hors ligne de la démonstration connaît ces SIREN :"
    for one in newcomers():
        state = "" if one["is_active"] else " (fermée : le site le dit)"
        yield f"  {one['siren']}  {one['name']}, {one['city']}{state}"
    yield ""
    yield "OÙ SONT LES CHOSES"
    yield f"  Courriels envoyés (codes de connexion compris) : {there.mails}"
    yield f"  Clés de secours des gardiens : {there.kits}"
    yield f"  Ce guide : {there.guide}"


def steps() -> list[dict[str, str]]:
    """What there is to try: `call` (id of its plan, or nothing), `who` (house.part), `try`."""
    return json.loads((DATA / "guide.json").read_text(encoding="utf-8"))["steps"]


def find(cast: Cast, who: str) -> Person:
    """The person of « house.part ». Raises KeyError or StopIteration for nobody."""
    code, part = who.split(".")
    if part == cast.editor.part:
        return cast.editor
    houses = {cast.operator.code: cast.operator, **cast.buyers, **cast.suppliers}
    return houses[code].person(part)
