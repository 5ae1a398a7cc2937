"""What somebody has to do now, as every room tells it to the boards."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Todo:
    """One thing to do.

    Attributes:
        label: Verb and object, in French (« Valider le livrable 3 »).
        href: Page where it is done.
        due: Instant (UTC) by which it must be done, None without a date.
        hint: One sentence of context, in French.
        tone: "danger", "warn", "info" or "" for the ordinary.
    """

    label: str
    href: str
    due: datetime | None = None
    hint: str = ""
    tone: str = ""


def by_due_date(todos: list[Todo]) -> list[Todo]:
    """The most pressing first; those without a date come last, in the order given."""
    return sorted(todos, key=lambda todo: (todo.due is None, todo.due.timestamp() if todo.due else 0))
