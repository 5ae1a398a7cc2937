"""What an act may answer instead of doing what was asked. Pure Python: the rule book imports it."""


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not a failure of the program
    """An act is refused. `reasons` are French sentences that say why and what to do."""

    def __init__(self, *reasons: str) -> None:
        super().__init__(*reasons)
        self.reasons: list[str] = list(reasons)

    @property
    def rules(self) -> list[str]:
        """Ids of the rules (LR-…, PR-…) behind the refusal, when it carries findings; safe to keep in the journal."""
        return [finding.rule for finding in getattr(self, "findings", ())]


class NotAllowed(Refusal):
    """The actor has no right to do this. The reason says who may."""


class OutsideAct(RuntimeError):  # noqa: N818 - says where, as the caller would
    """A journalled row was written, or a task enqueued, where no act is open: the chain would not cover it."""


class NestedAct(RuntimeError):  # noqa: N818 - the same
    """An act was opened inside another one: one transaction, one entry."""
