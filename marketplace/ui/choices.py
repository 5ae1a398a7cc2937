"""One value of a filter, as pages show it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that a list may be filtered by.

    Attributes:
        value: What the address holds.
        label: What the person reads.
        count: How many rows it would find under the other conditions.
        is_chosen: Whether it is asked for now.
    """

    value: str
    label: str
    count: int
    is_chosen: bool

    @property
    def is_idle(self) -> bool:
        """Whether choosing it would find nothing: it is shown but cannot be chosen, unless it is already."""
        return not self.count and not self.is_chosen
