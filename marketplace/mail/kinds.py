"""The kinds of mails. Each room registers its own in `AppConfig.ready`; the texts lie in `templates/mail/`."""

from dataclasses import dataclass

LONGEST_SUBJECT = 60
"""Signs of a subject that a telephone still shows whole."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of mail.

    Attributes:
        code: `room.name`, e.g. "correspondence.letter"; its texts are `mail/room/name.subject.txt` and
            `mail/room/name.txt`.
        label: What people read in their preferences.
        because: End of « Vous recevez ce message parce que … », with its full stop (« parce qu’ » is elided alone).
        is_legal_notice: The law or a deadline hangs on it: it cannot be switched off.
        is_for_visitors: Written to addresses without account: its text says how to stop, no preference does.
    """

    code: str
    label: str
    because: str
    is_legal_notice: bool = False
    is_for_visitors: bool = False

    @property
    def subject_template(self) -> str:
        """Template of the subject: one line, text without markup."""
        return f"mail/{self.code.replace('.', '/')}.subject.txt"

    @property
    def template(self) -> str:
        """Template of the text, without greeting nor footer."""
        return f"mail/{self.code.replace('.', '/')}.txt"


_kinds: dict[str, Kind] = {}


def register(*kinds: Kind) -> None:
    """Make kinds known. Raises ValueError for a code that another kind has."""
    for kind in kinds:
        if _kinds.setdefault(kind.code, kind) != kind:
            raise ValueError(f"two kinds of mails are called {kind.code!r}")


def kind_of(code: str) -> Kind:
    """The kind of this code. Raises LookupError for one that no room registered."""
    try:
        return _kinds[code]
    except KeyError:
        raise LookupError(f"no room registered the kind of mail {code!r}") from None


def all_kinds() -> list[Kind]:
    """Every kind, by code."""
    return [_kinds[code] for code in sorted(_kinds)]
