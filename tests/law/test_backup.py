"""A backup copy is opened for malware, or for a transmission that began in time and failed; nothing else (LR-55)."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from procurement.law import backup
from procurement.law.facts import CopyDestructionFacts, CopyOpeningFacts
from tests.law.sound import LAUNCH, NOW, severities

pytestmark = pytest.mark.law("LR-55")
INSTANT = timedelta(microseconds=1)
OPENING = CopyOpeningFacts(
    launch_date=LAUNCH,
    arrived_at=NOW,
    deadline=NOW,
    medium="paper",
    is_marked=True,
    ground="malware",
    malware_found=True,
    began_at=NOW,
    sealed=True,
    reasons="Le mémoire technique est en quarantaine.",
    decided_by=("1", "2"),
)
DESTRUCTION = CopyDestructionFacts(period_opened=True, how="Broyage")


def test_a_sound_opening_and_a_sound_destruction_have_no_finding():
    assert backup.check_opening(OPENING) == []
    assert backup.check_destruction(DESTRUCTION) == []
    assert backup.check_destruction(replace(DESTRUCTION, opened=True, discarded=True)) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"arrived_at": NOW + INSTANT}, "après l’heure limite"),
        ({"is_marked": False}, "ne porte pas"),
        ({"medium": "electronic"}, "n’admettent pas"),
        ({"medium": "electronic", "electronic_announced": True, "launch_date": date(2023, 4, 22)}, "n’admettent pas"),
        ({"discarded": True}, "écartée"),
        ({"malware_found": False}, "Aucun programme malveillant"),
        ({"ground": "late"}, "pas arrivé en retard"),
        ({"ground": "curious"}, "pas l’un de ceux de la loi"),
        ({"ground": "late", "late": True, "began_at": NOW + INSTANT}, "pas commencé avant"),
        ({"ground": "late", "late": True, "began_at": None}, "pas commencé avant"),
        ({"ground": "unreadable", "began_at": NOW + INSTANT}, "pas commencé avant"),
        ({"ground": "unreadable", "sealed": False}, "à lire"),
        ({"ground": "incomplete"}, "est entier"),
        ({"ground": "incomplete", "sealed": False, "began_at": None}, "pas commencé avant"),
        ({"reasons": " "}, "motivée"),
        ({"decided_by": ("1", "1")}, "Une seule personne"),
        ({"decided_by": ("1", "")}, "Une seule personne"),
    ],
)
def test_outside_of_the_two_cases_a_copy_stays_closed(change, said):
    found = backup.check_opening(replace(OPENING, **change))
    assert severities(found, "LR-55") == ["block"]
    assert said in found[0].message


@pytest.mark.parametrize(
    "change",
    [
        {"ground": "unreadable"},
        {"ground": "late", "late": True},
        {"ground": "incomplete", "sealed": False},
        {"medium": "physical"},
        {"medium": "electronic", "electronic_announced": True},
        {"began_at": NOW + INSTANT},
    ],
)
def test_the_two_cases_open_it(change):
    """Malware does not ask when the transmission began: what was opened came in time, or was admitted."""
    assert backup.check_opening(replace(OPENING, **change)) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"opened": True}, "conservée"),
        ({"opening_proposed": True}, "proposée"),
        ({"period_opened": False}, "ne sont pas ouverts"),
        ({"how": " "}, "comment"),
    ],
)
def test_what_may_still_serve_or_was_opened_is_not_destroyed(change, said):
    found = backup.check_destruction(replace(DESTRUCTION, **change))
    assert severities(found, "LR-55") == ["block"]
    assert said in found[0].message
