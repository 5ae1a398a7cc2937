"""The fields of a valid *acte d'engagement* (A1 to I6), and which of them a set of facts still lacks.

A path reads the facts: `holders[].bank.iban` is the IBAN of every holder. A list that must hold something ends in `[]`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ContractField:
    """One field, the facts that fill it, and when it has an object."""

    code: str
    label: str
    paths: tuple[str, ...]
    applies: Callable[[Facts], bool] = lambda facts: True

    def is_missing(self, facts: Facts) -> bool:
        """Whether the field applies and one of its facts is absent."""
        return self.applies(facts) and any(value in (None, "") for path in self.paths for value in read(facts, path))

    def __str__(self) -> str:
        return f"{self.code} {self.label}"


def read(facts: Any, path: str) -> Iterator[Any]:
    """Values at a path; an empty list that must hold something reads as None."""
    head, _, rest = path.partition(".")
    name = head.removesuffix("[]")
    value = facts.get(name) if isinstance(facts, Mapping) else None
    if head.endswith("[]"):
        rows = value or [None]
        for row in rows:
            yield from read(row, rest) if rest and row is not None else (row,)
    elif rest:
        yield from read(value, rest)
    else:
        yield value


def _several(facts: Facts) -> bool:
    return facts["partners"]["mode"] == "several"


def _advance(facts: Facts) -> bool:
    return facts["advance"]["accepted"] is not False


FIELDS = (
    ContractField(
        "A1", "acheteur, identifiant, adresse et fondement de la procédure",
        ("buyer.name", "buyer.identifier", "buyer.address", "procedure.legal_basis", "procedure.label"),
    ),
    ContractField(
        "A2", "numéro, objet, code CPV, lot et lieu d’exécution",
        ("contract.number", "contract.object", "contract.cpv.code", "contract.lot.title", "contract.place"),
    ),
    ContractField("A3", "pièces du contrat dans leur ordre", ("documents[].title",)),
    ContractField(
        "B1", "titulaire : identité, taille, signataire et pouvoir",
        tuple(f"holders[].{name}" for name in ("name", "legal_form", "identifier", "address", "size"))
        + tuple(f"holders[].signatory.{name}" for name in ("name", "capacity", "power")),
    ),
    ContractField(
        "B2", "groupement : forme, mandataire, prestations et parts",
        ("group.form", "group.lead", "holders[].share_ht", "holders[].tasks"),
        applies=lambda facts: facts["group"] is not None,
    ),
    ContractField("B3", "compte bancaire de chaque bénéficiaire", ("holders[].bank.holder", "holders[].bank.iban")),
    ContractField(
        "C1", "nombre de partenaires et autonomie du contrat",
        ("partners.mode", "partners.count", "partners.stands_alone"),
    ),
    ContractField(
        "D1", "phases : objectifs, livrables et délai de vérification",
        ("phases[].name", "phases[].kind", "phases[].objectives[].indicator", "phases[].objectives[].target",
         "phases[].deliverables[]", "phases[].acceptance_days"),
    ),
    ContractField("D2", "durée de chaque phase", ("phases[].duration_months", "duration_months")),
    ContractField(
        "E1", "rémunération de chaque phase, HT et TTC",
        ("phases[].remuneration.total_ht", "phases[].remuneration.vat", "phases[].remuneration.total_ttc",
         "totals.total_ht", "totals.total_ttc", "totals.ceiling_ht"),
    ),
    ContractField(
        "E2", "acquisition : niveaux, méthode d’essai et coûts maximums",
        ("acquisition.levels[].indicator", "acquisition.levels[].pass_mark", "acquisition.levels[].test_method",
         "acquisition.unit_cost_max_ht", "acquisition.total_cost_max_ht", "acquisition.quantity_max"),
    ),
    ContractField("E3", "répartition entre partenaires", ("split.mode", "split.text"), applies=_several),
    ContractField(
        "F1", "clause de fin de phase : pouvoirs, choix, préavis et conséquences financières",
        ("gate.powers", "gate.partner_choice", "gate.notice_days", "gate.financial_consequences"),
    ),
    ContractField("F2", "notification des décisions de phase", ("gate.notification",)),
    ContractField(
        "G1", "propriété intellectuelle de chaque phase",
        tuple(f"phases[].ip.{name}" for name in ("background", "results", "titles", "licence", "open_source")),
    ),
    ContractField(
        "G2", "confidentialité et données personnelles", ("confidentiality.text", "confidentiality.personal_data")
    ),
    ContractField(
        "H1", "avance : choix du titulaire, taux, base et remboursement",
        ("advance.accepted", "advance.rate", "advance.base", "advance.base_ttc", "advance.recovery"),
        applies=_advance,
    ),
    ContractField(
        "H2", "acomptes, délai de paiement et intérêts de retard",
        ("payment.instalments", "payment.days", "payment.late_interest", "payment.flat_fee"),
    ),
    ContractField("H3", "forme et mois des prix", ("price.form", "price.month")),
    ContractField(
        "H4", "comptable, imputation et cession de créance",
        ("accounting.officer", "accounting.budget_line", "accounting.assignment"),
    ),
    ContractField(
        "I1", "sous-traitants déclarés : nom et part", ("subcontractors[].name", "subcontractors[].share"),
        applies=lambda facts: bool(facts["subcontractors"]),
    ),
    ContractField(
        "I2", "clauses environnementales et sociales avec leurs indicateurs",
        ("performance_clauses[].clause", "performance_clauses[].indicator"),
    ),
    ContractField(
        "I3", "pénalités, assurance, résiliation et tribunal",
        ("penalties[].case", "insurance", "termination", "disputes.court.name", "disputes.court.address"),
    ),
    ContractField(
        "I4", "validité de l’offre et signataire du titulaire",
        ("tender_validity.days", "signatures.holders[].name", "signatures.holders[].capacity"),
    ),
    ContractField(
        "I5", "décision, nom et qualité du signataire de l’acheteur",
        ("signatures.buyer.name", "signatures.buyer.capacity", "signatures.buyer.decision"),
    ),
    # Known after the signature: the document leaves room for it, the notification letter states it.
    ContractField("I6", "date de notification", ("notification",)),
)  # fmt: skip


SHORT_FIELDS = (
    ContractField("A", "acheteur : identifiant et adresse", ("buyer.name", "buyer.identifier", "buyer.address")),
    ContractField("A", "objet, code CPV et lieu", ("contract.object", "contract.cpv.code", "contract.place")),
    ContractField(
        "B", "titulaire : identité, signataire et pouvoir",
        tuple(f"holders[].{name}" for name in ("name", "identifier", "address"))
        + tuple(f"holders[].signatory.{name}" for name in ("name", "capacity", "power")),
    ),
    ContractField("B", "compte bancaire du titulaire", ("holders[].bank.holder", "holders[].bank.iban")),
    ContractField("C", "ce qui est remis, vérification et durée",
                  ("deliverables[]", "acceptance_days", "duration_months")),
    ContractField("D", "prix HT et TTC", ("totals.total_ht", "totals.total_ttc")),
    ContractField("D", "avance : choix du titulaire", ("advance.accepted",),
                  applies=lambda facts: facts["advance"]["is_due"]),
    ContractField("D", "comptable et imputation", ("accounting.officer", "accounting.budget_line")),
    ContractField("E", "tribunal compétent", ("disputes.court",)),
    ContractField(
        "F", "décision, nom et qualité du signataire de l’acheteur",
        ("signatures.buyer.name", "signatures.buyer.capacity", "signatures.buyer.decision"),
    ),
)  # fmt: skip
"""Fields of the short contract of a direct purchase (LR-105), by its parts A to F."""


def missing_fields_of(facts: Facts, fields: Iterable[ContractField] = FIELDS) -> list[str]:
    """Fields that the facts still lack, as « B3 compte bancaire… »."""
    return [str(one) for one in fields if one.is_missing(facts)]
