"""The ranked documents of a contract: a whole new set replaces the one before, which stays readable."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Max

from marketplace.files.documents import request_document
from procurement.contracts.models import Contract, ContractDocument


@dataclass(frozen=True)
class NewPiece:
    """A document of the set. `source`: what it is made of, a field of `ContractDocument` to its value."""

    kind: str
    source: dict[str, Any] = field(default_factory=dict)
    title: str = ""


def contract_itself(contract: Contract, *, kind: str, title: str, template: str, piece_title: str = "") -> NewPiece:
    """The piece that the parties sign, printed from the facts of the contract, which it carries as data."""
    document = request_document(
        kind=kind,
        title=title,
        template=template,
        facts=contract.data,
        subject=contract,
        attachments=[("contrat.json", contract.data)],
    )
    return NewPiece(ContractDocument.Kind.ACTE_ENGAGEMENT, {"document": document}, title=piece_title)


def replace_set(contract: Contract, pieces: Iterable[NewPiece], now: datetime) -> None:
    """Rank the whole set inside the current act; what was drawn up before is marked as replaced."""
    version = (contract.documents.aggregate(last=Max("version"))["last"] or 0) + 1
    for row in contract.documents.filter(replaced_at=None):
        row.replaced_at = now
        row.save()
    for piece in pieces:
        ContractDocument(
            contract=contract,
            kind=piece.kind,
            rank=ContractDocument.PRECEDENCE[piece.kind],
            version=version,
            title=piece.title or ContractDocument.Kind(piece.kind).label,
            added_at=now,
            **piece.source,
        ).save()
