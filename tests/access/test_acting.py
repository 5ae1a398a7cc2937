"""A raw POST of each act by each wrong person is refused and changes nothing; the right ones are let in."""

import pytest

from tests.access import people
from tests.access.asking import Answer, ask
from tests.access.matrix import actings
from tests.access.table import OURS, PLAYED, RULES
from tests.access.test_reading import answer_to
from tests.access.world import World, address_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", RULES)
def test_an_act_is_done_by_nobody_else(world: World, name: str):
    wrong = []
    for question in actings(name):
        asked = answer_to(question, world)
        due = question.expected()
        if asked.answer is not due:
            wrong.append(f"{question}: {asked.answer} ({asked.status}), not {due}")
        if due is not Answer.OPEN and not asked.changed_nothing():
            wrong.append(f"{question}: writes to {', '.join(sorted(asked.written))}; acts {asked.acts}")
    assert not wrong, "\n".join(wrong)


def test_what_an_act_writes_is_noticed(world: World):
    study = {"reference": world.objects[OURS, "draft"]["reference"]}
    asked = ask(world.clients[people.VALIDATOR], address_of("calls:read_study", study), method="POST")
    assert "calls_supplystudy" in asked.written
    assert asked.acts == ["supply_study.read"]
    assert not asked.changed_nothing()


@pytest.mark.parametrize("data", [{"visa": "1", "kind": "juriste"}, {"take_back": "evaluator:x"}], ids=["visa", "role"])
def test_each_act_of_the_team_page_asks_for_its_own_right(world: World, data: dict[str, str]):
    address = address_of("calls:team", {"reference": world.objects[OURS, PLAYED]["reference"]})
    composes = {people.AUTHOR, people.VALIDATOR} if "take_back" in data else set()
    for who in sorted(people.HOUSE):
        asked = ask(world.clients[who], address, method="POST", data=data)
        due = Answer.OPEN if who in composes else Answer.FORBIDDEN
        assert (who, asked.answer) == (who, due)
        assert asked.changed_nothing()
