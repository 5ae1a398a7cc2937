"""The electronic ESPD (DUME) is accepted as it comes, and nothing is asked again on another form (R2143-4, LR-45)."""

import re

from procurement.law.facts import ComplementRequestFacts, PublicationFacts
from procurement.law.findings import Findings
from procurement.law.registry import Rule, enforces
from procurement.law.wording import listed

# What people call forms of the buyer or of the State: DC1 (letter of candidature) and DC2 (capacities) above all.
OWN_FORM = re.compile(
    r"\bDC\s?-?\s?[12]\b|\bformulaires?\b|\bimprimés?\b|\bcerfas?\b|\blettres? de candidature\b"
    r"|\bà (?:remplir|compléter|renseigner)\b",
    re.IGNORECASE,
)
STATEMENT = re.compile(r"\b(?:déclarations?|attestations?) sur l[’']honneur\b", re.IGNORECASE)
ESPD = re.compile(r"\bDUME\b|\bESPD\b|\bdocument unique de marché\b", re.IGNORECASE)


def asks_own_form(label: str) -> bool:
    """Whether a document asked for must be given on a form, the ESPD not being accepted beside it."""
    return bool(OWN_FORM.search(label)) and not ESPD.search(label)


def espd_stands_for(label: str) -> bool:
    """Whether a firm that gives an ESPD has given this document of a candidature: a form, the sworn statement."""
    return any(pattern.search(label) for pattern in (OWN_FORM, STATEMENT, ESPD))


@enforces("LR-45")
def espd_accepted(rule: Rule, facts: PublicationFacts) -> Findings:
    """No document of a candidature is to be given on a form alone: whoever has an electronic ESPD gives that."""
    for lot in facts.lots:
        forms = [label for label in lot.candidature_documents if asks_own_form(label)]
        if forms:
            yield rule.block(
                f"Lot {lot.number} : la candidature doit venir sur un formulaire, sans que le DUME soit accepté : "
                f"{listed(forms)}.",
                "Écrivez par exemple « DC1 et DC2, ou DUME », ou retirez cette pièce : vous acceptez le DUME "
                "électronique et n’imposez aucun autre formulaire.",
                f"lots.{lot.number}.candidature_documents",
            )


@enforces("LR-45")
def no_other_form(rule: Rule, facts: ComplementRequestFacts) -> Findings:
    """A candidature is not asked again on a form: what the ESPD says is read there, and all may answer with one.

    What the call itself announced, and the firm did not give, may be asked by its announced name.
    """
    for one in facts.candidates:
        if one.gave_espd:
            again = [label for label in one.asked if espd_stands_for(label) and not ESPD.search(label)]
            if again:
                yield rule.block(
                    f"{one.name or 'Ce candidat'} a donné un DUME : vous lui redemandez la même chose sur un autre "
                    f"document ({listed(again)}).",
                    "Lisez-la dans son DUME. S’il y manque une réponse, demandez cette réponse par son nom.",
                    f"other-{one.candidate_id}",
                )
            continue
        forms = [label for label in one.asked if asks_own_form(label) and label not in one.missing]
        if forms:
            yield rule.block(
                f"Vous demandez à {one.name or 'un candidat'} un formulaire, sans accepter le DUME : {listed(forms)}.",
                "Ajoutez « ou DUME » au nom de la pièce, ou demandez l’information sans imposer de formulaire.",
                f"other-{one.candidate_id}",
            )
