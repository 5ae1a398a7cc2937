"""Who lives in the demonstration: the operator, buyers, suppliers, their people. All fictitious (`data/*.json`)."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from django.utils.text import slugify

from marketplace.demo.identifiers import fictitious_siren, siret_on

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody of a house. `part`: what they do in the calls of a buyer, or owner and member of a supplier."""

    house: str
    part: str
    first: str
    last: str
    title: str

    @property
    def email(self) -> str:
        """Address to sign in with: no such domain exists."""
        return f"{slugify(self.first)}.{slugify(self.last)}@{self.house}.example"


@dataclass(frozen=True, kw_only=True)
class House:
    """An organisation and its people. `facts`: every other value of the file, by name."""

    code: str
    name: str
    number: int
    people: tuple[Person, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def siret(self) -> str:
        """A fictitious SIRET."""
        return siret_on(fictitious_siren(self.number))

    def person(self, part: str) -> Person:
        """The one who plays a part. Raises StopIteration when nobody does."""
        return next(one for one in self.people if one.part == part)


@dataclass(frozen=True)
class Cast:
    """Everybody."""

    operator: House
    editor: Person
    buyers: Mapping[str, House]
    suppliers: Mapping[str, House]

    @cached_property
    def everybody(self) -> tuple[Person, ...]:
        """All people, house after house."""
        return (self.editor, *(person for house in self.houses() for person in house.people))

    def houses(self) -> Iterator[House]:
        """All organisations, the operator first."""
        yield self.operator
        yield from self.buyers.values()
        yield from self.suppliers.values()

    def outsider(self, buyer: House, part: str) -> Person:
        """The person of another house who plays a part in the calls of a buyer."""
        house, their_part = buyer.facts["outsiders"][part].split(".")
        return self.buyers[house].person(their_part)


def read_cast() -> Cast:
    """The cast, from its files."""
    public, private = _load("buyers.json"), _load("suppliers.json")
    operator = public["operator"]
    return Cast(
        operator=_house(operator | {"people": {"owner": operator["person"]}}),
        editor=Person(part="editor", **public["editor"]),
        buyers={one["code"]: _house(one) for one in public["buyers"]},
        suppliers={one["code"]: _house(one) for one in private["suppliers"]},
    )


def read_registry() -> list[dict[str, Any]]:
    """What the offline register says: those who are on the site, and a few who are not yet."""
    kept = ("name", "legal_form", "address", "postcode", "city", "size")
    cast = read_cast()
    known = [
        {"siren": fictitious_siren(house.number), **{name: house.facts.get(name, "") for name in kept}}
        | {"name": house.name}
        for house in (*cast.buyers.values(), *cast.suppliers.values())
    ]
    return known + newcomers()


def read_offers() -> dict[str, dict[str, Any]]:
    """What some suppliers offer, by code of their house: solutions, references, labels, and who confirms what."""
    return _load("offers.json")


def newcomers() -> list[dict[str, Any]]:
    """Undertakings of the register that nobody has registered: a visitor may."""
    return [
        {"siren": fictitious_siren(one["number"]), **{name: value for name, value in one.items() if name != "number"}}
        for one in _load("registry.json")["registry"]
    ]


def _house(value: Mapping[str, Any]) -> House:
    own = {"code", "name", "number", "people"}
    return House(
        code=value["code"],
        name=value["name"],
        number=value["number"],
        people=tuple(Person(house=value["code"], part=part, **one) for part, one in value["people"].items()),
        facts={name: fact for name, fact in value.items() if name not in own},
    )


def _load(name: str) -> Any:
    return json.loads((DATA / name).read_text(encoding="utf-8"))
