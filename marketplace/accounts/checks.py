"""What `check --deploy` says of sign-in."""

import os
from typing import Any

from django.conf import settings
from django.core import checks


def check_deployment(**kwargs: Any) -> list[checks.CheckMessage]:
    """Settings of sign-in that are fine on a desk and wrong on a server."""
    found: list[checks.CheckMessage] = []
    if not settings.SECOND_FACTOR_REQUIRED:
        found.append(checks.Error("SECOND_FACTOR_REQUIRED is off: custodians need it", id="accounts.E001"))
    if "TRUSTED_PROXY_COUNT" not in os.environ:
        found.append(
            checks.Warning(
                "TRUSTED_PROXY_COUNT is not set: say how many of your proxies stand before the site (0: none), "
                "or limits on sign-in count everybody as one address",
                id="accounts.W001",
            )
        )
    return found
