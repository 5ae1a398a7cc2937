"""Facts of one document of each kind: the schema that templates and services share."""

import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
FOLDERS = {
    "contracts": (
        "acceptance",
        "acte_engagement",
        "annexe_financiere",
        "annexe_financiere_cadre",
        "destruction_certificate",
        "direct_contract",
        "gate_decision",
        "gate_report",
        "notification",
        "prefect_bordereau",
        "purchase_order",
    ),
    "submissions": ("copy_destruction", "evidence", "opening_minutes", "receipt"),
    "evaluation": (
        "analysis_report",
        "candidature_report",
        "cao_minutes",
        "complement_receipt",
        "negotiation_minutes",
        "presentation_report",
    ),
    "calls": ("clauses", "notice_summary", "programme"),
    "sourcing": ("sourcing_export",),
}
NAMES = sorted(path.stem for path in HERE.glob("*.json"))


def facts(name: str) -> dict[str, Any]:
    """A fresh copy of the sample."""
    return json.loads((HERE / f"{name}.json").read_text())


def template(name: str) -> str:
    """The template that prints the sample."""
    if name.startswith("letter_"):
        return "pdf/correspondence/letter.html"
    folder = next(folder for folder, names in FOLDERS.items() if name in names)
    return f"pdf/{folder}/{name}.html"
