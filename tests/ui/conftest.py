"""Documents are what is tested here."""

import pytest


@pytest.fixture(autouse=True)
def _quick_documents() -> None:
    """Documents are what is tested here."""
