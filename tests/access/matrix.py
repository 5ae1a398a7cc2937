"""The matrix: every question that the tests ask, and the answer that the classification gives."""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.access import people
from tests.access.addresses import named
from tests.access.asking import Answer
from tests.access.table import MUST_DECLARE, NOBODY, OURS, RULES, THEIRS, Rule

EVERYBODY = sorted(people.EVERYBODY)


@dataclass(frozen=True)
class Question:
    """Somebody asks for an address. `absent`: the argument that names nothing, the others being true."""

    name: str
    who: str
    owner: str = OURS
    absent: str = ""
    method: str = "GET"

    def __str__(self) -> str:
        what = f"{self.absent} that does not exist" if self.absent else f"of {self.owner}"
        return f"{self.method} {self.name}, {what}, by: {self.who}"

    @property
    def rule(self) -> Rule:
        return RULES[self.name]

    def expected(self) -> Answer:
        """What must be answered."""
        who = self.who if self.owner == OURS else seen_by_others(self.who)
        own = acting(self.rule, who) if self.method == "POST" else reading(self.rule, who)
        if not self.absent or own is Answer.SIGN_IN:
            return own
        # Who may not look for such an object gets one answer, whether it exists or not.
        return own if self.absent == self.rule.hides and own is not Answer.OPEN else Answer.UNSEEN


def readings(name: str) -> Iterator[Question]:
    """GET by everybody: of an object of ours, of one of another buyer, and of what does not exist."""
    arguments = named()[name].arguments
    for who in EVERYBODY:
        yield Question(name, who)
        if arguments:
            yield Question(name, who, THEIRS)
        for argument in arguments:
            yield Question(name, who, absent=argument)


def actings(name: str) -> Iterator[Question]:
    """POST by everybody upon ours; upon those of another buyer, by those who may act upon ours."""
    for who in EVERYBODY:
        yield Question(name, who, method="POST")
    if named()[name].arguments:
        for who in sorted(RULES[name].act or NOBODY):
            yield Question(name, who, THEIRS, method="POST")


def reading(rule: Rule, who: str) -> Answer:
    """The answer to a GET of an object of ours."""
    if who in rule.read:
        return Answer.OPEN if rule.get else Answer.NO_SUCH_METHOD
    if rule.declare and who in MUST_DECLARE:
        return Answer.DECLARE
    return _refusal(rule, who)


def acting(rule: Rule, who: str) -> Answer:
    """The answer to a POST upon an object of ours."""
    if rule.act is None and who in rule.read:
        return Answer.NO_SUCH_METHOD
    return Answer.OPEN if who in (rule.act or NOBODY) else _refusal(rule, who)


def _refusal(rule: Rule, who: str) -> Answer:
    if who == people.VISITOR:
        return Answer.SIGN_IN
    return Answer.FORBIDDEN if who in rule.sees else Answer.UNSEEN


def seen_by_others(who: str) -> str:
    """What a person is to the other buyer, in the words we use for ours."""
    swapped = {**people.ACROSS, **{theirs: ours for ours, theirs in people.ACROSS.items()}}
    if who in swapped:
        return swapped[who]
    if who in people.MEMBERS:
        return people.THEIR_AUTHOR
    if who in people.HOUSE:
        return people.PERSON
    return people.BYSTANDER if who == people.RIVAL else who
