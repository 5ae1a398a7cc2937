"""Processes killed (SIGKILL) at a named step: forked from the test, with database connections of their own.

A step is the moment before or after the nth call of a function of ours; it is put there in the killed process alone.
"""

import importlib
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connections


@dataclass(frozen=True)
class Step:
    """Where to stop: `of` is « module:attribute », under `procurement.submissions` unless it says otherwise."""

    name: str
    of: str
    when: str = "before"
    nth: int = 1

    def arm(self) -> None:
        """Make this process end at the step, without a word."""
        module, _, attribute = self.of.partition(":")
        known = module if module in {"os", "pathlib"} or "." in module else f"procurement.submissions.{module}"
        *holders, last = attribute.split(".")
        holder: Any = importlib.import_module(known)
        for name in holders:
            holder = getattr(holder, name)
        real, calls = getattr(holder, last), []

        def watched(*args: Any, **kwargs: Any) -> Any:
            calls.append(1)
            if self.when == "before" and len(calls) == self.nth:
                os.kill(os.getpid(), signal.SIGKILL)
            found = real(*args, **kwargs)
            if self.when == "after" and len(calls) == self.nth:
                os.kill(os.getpid(), signal.SIGKILL)
            return found

        setattr(holder, last, watched)


def killed_at(step: Step, do: Callable[[], Any]) -> None:
    """Run `do` in another process that dies at the step. Fails when it never came there."""
    # A connection must not be shared across a fork.
    connections.close_all()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            step.arm()
            do()
        except BaseException:  # noqa: BLE001 - the child must never run the rest of the suite
            code = 2
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), f"{step.name}: not reached (exit {os.waitstatus_to_exitcode(status)})"
    assert os.WTERMSIG(status) == signal.SIGKILL
