"""Every address of the site is classified, and the matrix is as large as it is said to be."""

from collections import Counter

from tests.access.addresses import addresses, named
from tests.access.apart import APART, DOORS, OWN_ACCOUNT
from tests.access.matrix import EVERYBODY, actings, readings
from tests.access.table import RULES


def test_every_address_is_classified_once_and_exists():
    classes = Counter([*RULES, *APART, *DOORS, *OWN_ACCOUNT])
    new = sorted(set(named()) - set(classes))
    gone = sorted(set(classes) - set(named()))
    assert not new, f"say in tests/access/table.py who reads and who acts at: {', '.join(new)}"
    assert not gone, f"no address has these names any more: {', '.join(gone)}"
    assert [name for name, times in classes.items() if times > 1] == []


def test_no_two_addresses_of_the_site_share_a_name():
    names = Counter(one.name for one in addresses() if not one.is_admin)
    assert [name for name, times in names.items() if times > 1] == []


def test_the_matrix_is_large(record_property):
    reads = sum(1 for name in RULES for _question in readings(name))
    acts = sum(1 for name in RULES for _question in actings(name))
    figures = {"addresses": len(addresses()), "classified": len(RULES), "people": len(EVERYBODY)}
    figures |= {"readings": reads, "acts": acts}
    for name, value in figures.items():
        record_property(name, value)
    print(figures)  # noqa: T201 - shown by `pytest -rP`
    assert len(EVERYBODY) >= 21
    assert reads + acts > 14_000
