"""Hours of work that an answer asks for: a range computed from what the call announces, nothing else.

An estimate of the site, no promise of the buyer: each thing asked for is worth a range of hours of one person, and the
sum is rounded outwards. Pure: plain numbers in, lines and a range out.
"""

from collections.abc import Iterable
from dataclasses import dataclass

Hours = tuple[int, int]
"""Least and most, in hours of one person."""

READING: Hours = (3, 6)
"""To read the file, to ask one's questions and to hand in."""
A_PIECE: Hours = (1, 3)
A_SELECTION_CRITERION: Hours = (1, 2)
AN_AWARD_CRITERION: Hours = (3, 6)
A_PRICED_PHASE: Hours = (2, 4)
A_NEGOTIATION: Hours = (4, 10)
"""One meeting prepared, held, and the offer written again after it."""
A_SIGNATURE: Hours = (1, 2)
A_PARTNER: Hours = (3, 6)
"""For each other member of a group: the agreement between firms, its own candidature."""
REQUIREMENTS_AN_HOUR: Hours = (2, 1)
"""Requirements answered in one hour: two when quick, one when slow."""

COARSE_FROM, STEP = 10, 5


@dataclass(frozen=True, slots=True)
class Asked:
    """What a lot announces that an answer must hold.

    Attributes:
        candidature_pieces: Documents expected in the candidature.
        offer_pieces: Documents expected in the offer, technique and price; those of every period that is known.
        selection_criteria: Criteria on which candidates are chosen.
        award_criteria: Criteria of the offer to answer by a text, the price apart.
        requirements: Requirements, minimum ones and others.
        priced_phases: Phases for which the firm gives a price.
        is_negotiated: Whether at least one meeting of negotiation comes (formalised procedure).
        is_signed_at_deposit: Whether the buyer asks to sign what is handed in.
    """

    candidature_pieces: int = 0
    offer_pieces: int = 0
    selection_criteria: int = 0
    award_criteria: int = 0
    requirements: int = 0
    priced_phases: int = 0
    is_negotiated: bool = False
    is_signed_at_deposit: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """One thing to do: its code, how many times, and the hours that all of them take."""

    code: str
    count: int
    hours: Hours


@dataclass(frozen=True, slots=True)
class Effort:
    """Hours of one answer, rounded outwards: the candidature, the offer, both; and what they are made of."""

    candidature: Hours
    offer: Hours
    whole: Hours
    partner: Hours
    candidature_parts: tuple[Part, ...]
    offer_parts: tuple[Part, ...]


def effort_of(asked: Asked) -> Effort:
    """The hours that an answer to these demands takes, by one firm alone."""
    signature = int(asked.is_signed_at_deposit)
    candidature = _parts(
        ("reading", 1, READING),
        ("pieces", asked.candidature_pieces, A_PIECE),
        ("selection", asked.selection_criteria, A_SELECTION_CRITERION),
        ("signature", signature, A_SIGNATURE),
    )
    offer = _parts(
        ("pieces", asked.offer_pieces, A_PIECE),
        ("award", asked.award_criteria, AN_AWARD_CRITERION),
        ("prices", asked.priced_phases, A_PRICED_PHASE),
        ("negotiation", int(asked.is_negotiated), A_NEGOTIATION),
        ("signature", signature, A_SIGNATURE),
    )
    if asked.requirements:
        quick, slow = (-(-asked.requirements // pace) for pace in REQUIREMENTS_AN_HOUR)
        offer = (*offer, Part("requirements", asked.requirements, (quick, slow)))
    first, second = _sum(candidature), _sum(offer)
    return Effort(
        candidature=rounded(first),
        offer=rounded(second),
        whole=rounded((first[0] + second[0], first[1] + second[1])),
        partner=A_PARTNER,
        candidature_parts=candidature,
        offer_parts=offer,
    )


def rounded(hours: Hours) -> Hours:
    """The range rounded outwards: to the hour below ten, to five hours above. No false precision."""
    least, most = hours
    least = least if least < COARSE_FROM else least // STEP * STEP
    most = most if most < COARSE_FROM else -(-most // STEP) * STEP
    return least, most


def _parts(*rows: tuple[str, int, Hours]) -> tuple[Part, ...]:
    return tuple(Part(code, count, (count * each[0], count * each[1])) for code, count, each in rows if count)


def _sum(parts: Iterable[Part]) -> Hours:
    hours = [part.hours for part in parts]
    return sum(least for least, _most in hours), sum(most for _least, most in hours)
