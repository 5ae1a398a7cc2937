"""What an error report may tell: where it broke, never what was being handled.

A report is mailed and kept by tools of others. Bids, custodians' keys and answers pass through local variables and
request bodies, so neither is ever written into one (sealed-bids B.5).
"""

from types import FrameType
from typing import Any

from django.http import HttpRequest
from django.views.debug import SafeExceptionReporterFilter


class WithoutContents(SafeExceptionReporterFilter):
    """Keeps the lines of code and the names of settings; leaves out local variables and what was posted."""

    def get_traceback_frame_variables(self, request: HttpRequest | None, tb_frame: FrameType) -> list[tuple[str, Any]]:
        """No variable of any frame."""
        return []

    def get_post_parameters(self, request: HttpRequest | None) -> dict[str, Any]:
        """Nothing of what was posted."""
        return {}
