"""Whoever asks for whatever page gets it, or the refusal that is due; reading changes nothing and names nobody."""

import pytest

from tests.access import people
from tests.access.addresses import named
from tests.access.asking import Asked, ask
from tests.access.matrix import Question, readings
from tests.access.table import OURS, RULES
from tests.access.world import World, absent, address_of

pytestmark = pytest.mark.django_db
WHO_KNOWS = people.TEAM | {people.RIVAL}
"""The team knows which firms were not chosen, and each of them knows of itself."""


def answer_to(question: Question, world: World) -> Asked:
    arguments = world.arguments(question.name, question.owner, question.rule.object, named()[question.name].arguments)
    assert None not in arguments.values(), f"the world holds no object for {question.name}: {arguments}"
    if question.absent:
        arguments[question.absent] = absent(question.absent, arguments[question.absent])
    return ask(world.clients[question.who], address_of(question.name, arguments), method=question.method)


@pytest.mark.parametrize("name", RULES)
def test_a_page_goes_to_whom_it_is_for(world: World, name: str):
    wrong = []
    for question in readings(name):
        asked = answer_to(question, world)
        if asked.answer is not question.expected():
            wrong.append(f"{question}: {asked.answer} ({asked.status}), not {question.expected()}")
        is_counted = RULES[name].counts and asked.acts == ["document.withdrawn"]
        if asked.written and not is_counted:
            wrong.append(f"{question}: writes to {', '.join(sorted(asked.written))}")
        if question.owner == OURS and question.who not in WHO_KNOWS and world.rival.name in asked.text:
            wrong.append(f"{question}: names a firm that was not chosen")
    assert not wrong, "\n".join(wrong)
