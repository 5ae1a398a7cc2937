"""A group changes without its firms being in two bids where the documents forbid it."""

import pytest

from procurement.law.facts import GroupChangeFacts
from procurement.law.groups import check_group_change
from tests.law.sound import LAUNCH, severities


@pytest.mark.law("LR-51")
@pytest.mark.parametrize(
    ("forbidden", "elsewhere", "said"),
    [(True, ("Lumen",), ["block"]), (True, (), []), (False, ("Lumen",), [])],
)
def test_no_firm_comes_in_from_another_bid_where_the_documents_forbid_it(forbidden, elsewhere, said):
    facts = GroupChangeFacts(
        launch_date=LAUNCH,
        ground="negotiation",
        capacities_kept=True,
        equality_kept=True,
        reasons="Même laboratoire",
        several_bids_forbidden=forbidden,
        elsewhere=elsewhere,
    )
    found = check_group_change(facts)
    assert severities(found, "LR-51") == said
    assert all("Lumen" in one.message for one in found)
