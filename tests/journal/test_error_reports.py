"""A report of an error never carries a key, a bid or an answer."""

import secrets
import sys

import pytest
from django.test import RequestFactory
from django.views.debug import ExceptionReporter


def break_down(identity: str) -> None:
    answers = {"identity": identity}
    raise OSError(len(answers))


@pytest.mark.parametrize("debug", [True, False])
def test_neither_variables_nor_posted_values_are_told(settings, debug):
    settings.DEBUG = debug
    # Made at run time: the report quotes the lines of code around the error.
    key, amount = secrets.token_hex(), secrets.token_hex()
    request = RequestFactory().post("/depots/", {"montant": amount, "identite": key})
    try:
        break_down(key)
    except OSError:
        reporter = ExceptionReporter(request, *sys.exc_info())
    for report in (reporter.get_traceback_html(), reporter.get_traceback_text()):
        assert "break_down" in report
        assert key not in report
        assert amount not in report
