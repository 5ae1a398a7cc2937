"""The DUME in a draft: what it says, and the tasks that it fills (R2143-4, LR-45).

Works on the draft that the caller read and keeps. What a person typed is never overwritten.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from marketplace.journal.clock import canonical as instant
from procurement.calls.models import SubmissionPeriod
from procurement.espd.response import says_none_applies
from procurement.submissions.tasklist import ESPD_TASK, Envelope, compose, tasks_of

ESPD_LABEL = "DUME"
"""Label of the file in the envelope of the candidature; it is received whatever the buyer expects."""


def espds_in(draft: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What each DUME given says, in the order they came, with the `file` it was read from and its `name`."""
    return list(draft.get("typed", {}).get(ESPD_TASK, {}).get("part") or [])


def take_espd(
    draft: dict[str, Any], said: Mapping[str, Any], *, file: str, name: str, period: SubmissionPeriod, members: int,
    by: str, now: datetime,
) -> None:  # fmt: skip
    """Add a DUME to a draft, and fill what it knows. `members`: firms of the party, each of which states for itself."""
    given = [*espds_in(draft), {"file": file, "name": name, **said}]
    _refill(draft, given, members=members, by=by, now=now)
    _recompose(draft, period)


def forget_espd(draft: dict[str, Any], file: str, *, period: SubmissionPeriod, members: int, now: datetime) -> None:
    """Take out what a DUME said once its file is removed, and what the site filled from it; nothing for other files."""
    given = espds_in(draft)
    left = [one for one in given if one["file"] != file]
    if len(left) != len(given):
        _refill(draft, left, members=members, by=draft["typed"][ESPD_TASK]["by"], now=now)
        _recompose(draft, period)


def _refill(draft: dict[str, Any], given: list[dict[str, Any]], *, members: int, by: str, now: datetime) -> None:
    typed = draft.setdefault("typed", {})
    versions = {code: one["version"] for code, one in typed.items()}
    for code in [code for code, one in typed.items() if one.get("source") or code == ESPD_TASK]:
        del typed[code]
    filled = _filled(given, members) if given else {}
    for code, (data, part, state) in filled.items():
        if code not in typed:
            typed[code] = {
                "version": versions.get(code, 0) + 1,
                "by": by,
                "at": instant(now),
                "data": data,
                "state": state,
                "part": part,
                "source": "" if code == ESPD_TASK else given[0]["file"],
            }


def _filled(given: list[dict[str, Any]], members: int) -> dict[str, tuple[dict[str, list[str]], Any, str]]:
    """Values, answer and state by task: figures wait for a person to check them and add what no DUME says."""
    found: dict[str, tuple[dict[str, list[str]], Any, str]] = {ESPD_TASK: ({}, given, "done")}
    if len(given) >= members and all(says_none_applies(one) for one in given):
        found["declaration"] = ({"exclusion_grounds_absent": ["on"]}, {"exclusion_grounds_absent": True}, "done")
    figures = given[0].get("figures", {})
    fields = {"turnover_ht": figures.get("turnover", ""), "staff": figures.get("staff", "")}
    if any(fields.values()):
        found["capacites"] = ({name: [text] for name, text in fields.items() if text}, None, "doing")
    return found


def _recompose(draft: dict[str, Any], period: SubmissionPeriod) -> None:
    parts = {code: one["part"] for code, one in draft["typed"].items() if one["part"] is not None}
    draft["answers"][Envelope.CANDIDATURE] = compose(Envelope.CANDIDATURE, tasks_of(period), parts)
