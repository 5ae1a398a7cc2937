"""What the tests of the demonstration share: our own call, and the real ones where they are at hand."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
CALLS = ROOT / "marketplace" / "demo" / "calls"
OUR_CALL = CALLS / "navettes-du-dernier-train.json"
OUR_EVENTS = CALLS / "navettes-du-dernier-train-events.json"
REAL_CALLS = ROOT.parent / "shared" / "data" / "real-calls.json"


@pytest.fixture(scope="session")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for all that the commands of this session write; the template database is built once in it."""
    return tmp_path_factory.mktemp("var")


@pytest.fixture
def our_call() -> dict[str, Any]:
    """Our own call as a JSON value, to be spoiled by a test."""
    return json.loads(OUR_CALL.read_text(encoding="utf-8"), parse_float=Decimal)


@pytest.fixture
def real_calls() -> Path:
    """The file of real calls, which is not part of the repository."""
    if not REAL_CALLS.exists():
        pytest.skip(f"les appels réels ne sont pas à côté du dépôt ({REAL_CALLS.relative_to(ROOT.parent)})")
    return REAL_CALLS


@pytest.fixture(autouse=True)
def _quick_documents() -> None:
    """A rehearsal is judged by its documents."""
