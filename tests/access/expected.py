"""What each person must be answered, from the classification alone."""

from tests.access.asking import Answer
from tests.access.people import ACROSS, COLLEAGUE, SET_ASIDE, VISITOR
from tests.access.table import MUST_DECLARE, Rule

NO_METHOD = frozenset({Answer.NO_SUCH_METHOD})


def reading(rule: Rule, who: str) -> Answer:
    """The answer to a GET of an object of ours."""
    if who in rule.read:
        return Answer.OPEN if rule.get else Answer.NO_SUCH_METHOD
    return _refusal(rule, who, is_reading=True)


def acting(rule: Rule, who: str) -> Answer:
    """The answer to a POST of an object of ours."""
    if rule.act is None and who in rule.read:
        return Answer.NO_SUCH_METHOD
    if rule.act is not None and who in rule.act:
        return Answer.OPEN
    return _refusal(rule, who, is_reading=False)


def elsewhere(rule: Rule, who: str) -> str:
    """Whom a person is like, before an object of the other buyer."""
    like = {theirs: ours for ours, theirs in ACROSS.items()}
    return like.get(who, "")


def _refusal(rule: Rule, who: str, *, is_reading: bool) -> Answer:
    if who == VISITOR:
        return Answer.SIGN_IN
    if rule.declare and is_reading and who in MUST_DECLARE:
        return Answer.DECLARE
    return Answer.FORBIDDEN if who in rule.sees else Answer.UNSEEN


assert COLLEAGUE != SET_ASIDE
