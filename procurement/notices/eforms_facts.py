"""What an eForms contract notice is made of, and what a call lacks to make one. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
CANDIDATES_MIN = 3
TEXT_MAX = 6000
"""Longest description that a field takes, in signs."""
CPV = re.compile(r"\d{8}(-\d)?")
# Codes that each nature of contract may have (rules BR-BT-00262-0202, -0205 and -0208).
CPV_OF = {
    "services": re.compile(r"49|[5-9]"),
    "supplies": re.compile(r"[0-3]|4[0-4]|48"),
    "works": re.compile(r"45"),
}
ADDRESS = re.compile(r"https?://\S+")


@dataclass(frozen=True, slots=True)
class Party:
    """An organisation in France: a buyer, or the court. `number`: SIRET or SIREN; `nuts`: area of level 3."""

    name: str
    number: str
    street: str
    postcode: str
    city: str
    country: str
    nuts: str
    email: str = ""
    telephone: str = ""


@dataclass(frozen=True, slots=True)
class Buyer:
    """A contracting authority with its legal type (BT-11) and its activity (BT-10), codes of the lists."""

    party: Party
    legal_type: str = ""
    activity: str = ""


@dataclass(frozen=True, slots=True)
class BuyerAnswers:
    """What the site does not hold of a buyer and asks when the file is made."""

    email: str = ""
    telephone: str = ""
    legal_type: str = ""
    activity: str = ""


@dataclass(frozen=True, slots=True)
class Answers:
    """What the site does not hold of a notice and asks when the file is made. `buyers`: the lead first."""

    buyers: tuple[BuyerAnswers, ...]
    place_nuts: str = ""
    court_siret: str = ""
    eu_funds: bool = False
    gpa: bool = False
    sme: bool = False


@dataclass(frozen=True, slots=True)
class Criterion:
    """An award criterion. `kind`: price or quality; `weight`: in hundredths of a percent; `text`: its parts."""

    name: str
    kind: str
    weight: int
    text: str


@dataclass(frozen=True, slots=True)
class LotPart:
    """A lot. `value`: estimated, euros HT; `deadline`: of the requests to take part; the other texts may be empty."""

    number: int
    title: str
    description: str
    value: Decimal
    months: int
    deadline: datetime | None
    criteria: tuple[Criterion, ...]
    conditions: str
    options: str
    note: str
    place: str


@dataclass(frozen=True, slots=True)
class Notice:
    """Every fact of a contract notice. `buyers`: the lead first. `nature`: services, supplies or works.

    `innovations`: codes of BT-776. `notice_id` and `procedure_id`: UUID of version 4; the former is new for each
    notice, the latter stays the same for the whole call. `examples`: what a rehearsal completed. The last four, and
    some of the buyers and of the court, are `answered`.
    """

    notice_id: str
    procedure_id: str
    made_at: datetime
    is_formalised: bool
    reference: str
    title: str
    description: str
    nature: str
    cpv: str
    value: Decimal
    features: str
    innovations: tuple[str, ...]
    innovation_reasons: str
    buyers: tuple[Buyer, ...]
    court: Party
    appeal_delays: str
    profile_address: str
    documents_address: str
    deposit_address: str
    candidates_min: int | None
    candidates_max: int | None
    variants_allowed: bool
    signature_at_deposit: bool
    lots: tuple[LotPart, ...]
    examples: tuple[str, ...] = ()
    place_nuts: str = ""
    eu_funds: bool = False
    gpa: bool = False
    sme: bool = False


def answered(notice: Notice, answers: Answers) -> Notice:
    """The notice of a call, with what was asked beside it. Raises ValueError for answers of other buyers."""
    return replace(
        notice,
        buyers=tuple(
            Buyer(
                party=replace(buyer.party, email=said.email, telephone=said.telephone),
                legal_type=said.legal_type,
                activity=said.activity,
            )
            for buyer, said in zip(notice.buyers, answers.buyers, strict=True)
        ),
        court=replace(notice.court, number=answers.court_siret),
        place_nuts=answers.place_nuts,
        eu_funds=answers.eu_funds,
        gpa=answers.gpa,
        sme=answers.sme,
    )


def gaps(notice: Notice) -> list[str]:
    """What the call lacks for a file that passes the official rules, in French; empty when nothing does.

    Not what is asked when the file is made (`Answers`).
    """
    if not notice.is_formalised:
        return [
            "Cet appel suit une procédure adaptée : l’avis de marché européen (sous-type 16) est celui des procédures "
            "formalisées. Recopiez la fiche au BOAMP."
        ]
    return [*_call_gaps(notice), *_party_gaps(notice), *(gap for lot in notice.lots for gap in _lot_gaps(notice, lot))]


def _call_gaps(notice: Notice) -> Iterator[str]:
    if notice.examples:
        yield f"Des exemples de répétition restent dans l’appel : {', '.join(notice.examples)}."
    for label, text in (("Objet de l’appel", notice.description), ("Raisons d’innover", notice.innovation_reasons)):
        yield from _text_gaps(label, text, is_required=True)
    if not CPV.fullmatch(notice.cpv):
        yield "Code CPV : huit chiffres, à écrire dans la rédaction."
    elif not CPV_OF[notice.nature].match(notice.cpv):
        yield f"Code CPV {notice.cpv} : il ne va pas avec la nature principale de l’appel. Corrigez l’un ou l’autre."
    if notice.candidates_min is None or notice.candidates_min < CANDIDATES_MIN:
        yield f"Nombre minimum de candidats invités : au moins {CANDIDATES_MIN}, à écrire dans la rédaction."
    elif notice.candidates_max is not None and notice.candidates_max < notice.candidates_min:
        yield "Nombre maximum de candidats invités : il est inférieur au minimum."
    addresses = {"de dépôt": notice.deposit_address, "des documents": notice.documents_address}
    for label, address in addresses.items():
        if not ADDRESS.fullmatch(address):
            yield f"Adresse {label} : elle doit commencer par http:// ou https://."


def _party_gaps(notice: Notice) -> Iterator[str]:
    for buyer in notice.buyers:
        party, where = buyer.party, "à compléter dans le compte de l’organisme"
        if party.country != "FRA":
            yield f"{party.name} n’est pas en France : ce fichier ne sait pas le décrire. Recopiez la fiche."
            continue
        missing = [("Adresse", party.street), ("Commune", party.city), ("Code postal", party.postcode)]
        yield from (f"{label} de {party.name} : {where}." for label, value in missing if not value.strip())
        if party.postcode.strip() and not party.nuts:
            yield f"Département de {party.name} : le code postal {party.postcode} n’en désigne aucun ; {where}."
    if not notice.court.name.strip():
        yield "Tribunal compétent : à nommer dans les clauses du contrat."
    elif not (notice.court.city and notice.court.nuts):
        yield (
            f"Adresse de {notice.court.name} : écrivez la rue, le code postal puis la commune dans les clauses du "
            "contrat, par exemple « 3 contour de la Motte, 35044 Rennes »."
        )


def _lot_gaps(notice: Notice, lot: LotPart) -> Iterator[str]:
    of_lot = f" du lot {lot.number}" if len(notice.lots) > 1 else ""
    if not lot.title.strip():
        yield f"Titre{of_lot or ' du lot'} : à écrire dans la rédaction."
    if lot.deadline is None:
        yield f"Heure limite des candidatures{of_lot} : à fixer dans les dates et périodes."
    elif lot.deadline.astimezone(PARIS).date() <= notice.made_at.astimezone(PARIS).date():
        yield f"Heure limite des candidatures{of_lot} : l’avis part la veille au plus tard."
    if not lot.months:
        yield f"Durée{of_lot} : écrivez celle de chaque phase."
    if not lot.criteria:
        yield f"Critères d’attribution{of_lot} : à écrire dans la rédaction."
    for label, text in (
        ("Objet", lot.description), ("Conditions d’exécution", lot.conditions), ("Lieu d’exécution", lot.place),
    ):  # fmt: skip
        yield from _text_gaps(f"{label}{of_lot}", text)


def _text_gaps(label: str, text: str, *, is_required: bool = False) -> Iterator[str]:
    if is_required and not text.strip():
        yield f"{label} : à écrire dans la rédaction."
    if len(text) > TEXT_MAX:
        yield f"{label} : {len(text)} signes, l’avis en prend {TEXT_MAX} au plus."
