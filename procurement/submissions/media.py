"""Which types of files a period receives, in words that people know (LR-58)."""

from marketplace.files.media_types import EXTENSIONS
from procurement.submissions.announced import Limits


def accepted_extensions(period: Limits) -> list[str]:
    """Extensions (« .pdf ») that the period receives, sorted."""
    announced = period.media_types or list(EXTENSIONS)
    return sorted({extension for media_type in announced for extension in EXTENSIONS.get(media_type, ())})


def accepted_types(period: Limits) -> str:
    """« PDF, DOCX, ODT »."""
    return ", ".join(extension.removeprefix(".").upper() for extension in accepted_extensions(period))
