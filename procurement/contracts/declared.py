"""What partner and buyer said for a contract, read back from its own data: drawn up again, nothing said is lost."""

from procurement.contracts.acte import BuyerSide, Particulars, members
from procurement.contracts.models import Contract

SIGNATORY = ("name", "capacity", "power")
ACCOUNT = ("holder", "iban", "bic")


def declared_particulars(contract: Contract) -> Particulars:
    """What the partner declared at the last preparation; empty for a contract that was never prepared."""
    holders = contract.data.get("holders") or ()
    by_member = {row["identifier"]: row for row in holders}
    return Particulars(
        signatories={
            key: {name: row["signatory"].get(name, "") for name in SIGNATORY} for key, row in by_member.items()
        },
        accounts={key: {name: row["bank"].get(name, "") for name in ACCOUNT} for key, row in by_member.items()},
        tasks={key: row.get("tasks", "") for key, row in by_member.items()},
        advance_accepted=(contract.data.get("advance") or {}).get("accepted"),
        lead_jointly_liable=bool((contract.data.get("group") or {}).get("lead_jointly_liable")),
    )


def declared_buyer_side(contract: Contract) -> BuyerSide:
    """What the buyer said at the last preparation."""
    buyer = (contract.data.get("signatures") or {}).get("buyer") or {}
    clauses = contract.data.get("performance_clauses") or ()
    return BuyerSide(
        signatory=buyer.get("name", ""),
        capacity=buyer.get("capacity", ""),
        decision=buyer.get("decision", ""),
        indicators={row["kind"]: {"indicator": row["indicator"], "target": row["target"]} for row in clauses},
    )


def declared_members(contract: Contract) -> list[tuple[str, str]]:
    """Identifier and name of each firm that holds the contract, the lead first."""
    return [(organisation.identifier, organisation.name) for organisation, _share in members(contract.party)]
