"""Ten thousand profiles cost a visitor no query more than a hundred (performance.md, P7)."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cms.catalogue.models import Profile
from tests.queries import counted

SCALE = Path(__file__).resolve().parents[2].parent / "shared/data/make_scale_dataset.py"
FEW, MANY = 100, 10_000
MOST = 8

ADDRESSES = (
    "/catalogue/",
    "/catalogue/?q=eau",
    "/catalogue/?q=service+public+bus",
    "/catalogue/?region=bretagne&confiance=identite&tri=maj",
    "/catalogue/?page=9999",
    "/catalogue/?q=introuvablement",
    "/catalogue/domaine/mobilite/",
    "/api/v1/profiles?q=eau",
)


@pytest.fixture
def generated(tmp_path):
    """Write so many generated rows, and read them in."""

    def generated(number: int) -> None:
        path = tmp_path / f"{number}.csv"
        subprocess.run([sys.executable, SCALE, "--n", str(number), "--seed", "1", path], check=True)  # noqa: S603 - our own file
        call_command("import_startups", str(path), verbosity=0)

    return generated


def costs(client) -> dict[str, int]:
    found = {}
    for address in ADDRESSES:
        # The first reading after a change builds the index again.
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200, address
        found[address] = counted(queries.captured_queries)
    return found


@pytest.mark.django_db
@pytest.mark.skipif(not SCALE.exists(), reason="the shared data set lies beside the repository, it is not part of it")
def test_ten_thousand_profiles_cost_no_query_more_than_a_hundred(client, generated):
    generated(FEW)
    few = costs(client)
    generated(MANY)
    assert Profile.objects.filter(live=True).count() >= MANY
    many = costs(client)
    assert many == few
    assert max(many.values()) <= MOST
