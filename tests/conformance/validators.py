"""Official validators, which are outside of the site.

Each runs in its own process, with the interpreter of `PREAU_VALIDATORS_PYTHON` (this one by default), from the folder
`PREAU_STANDARDS` (`../shared/standards` by default).
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

STANDARDS = Path(os.environ.get("PREAU_STANDARDS", settings.BASE_DIR.parent / "shared" / "standards"))
PYTHON = os.environ.get("PREAU_VALIDATORS_PYTHON", sys.executable)


def command(script: str, *, needs: str) -> list[str]:
    """How to run a validator; skips the test where it, or one of the modules that it needs, is missing."""
    path = STANDARDS / script
    if not path.exists():
        pytest.skip(f"no validator at {path}: set PREAU_STANDARDS")
    found = subprocess.run([PYTHON, "-c", f"import {needs}"], capture_output=True, check=False)  # noqa: S603 - by us
    if found.returncode:
        pytest.skip(f"{PYTHON} lacks {needs} (standards/requirements.txt): set PREAU_VALIDATORS_PYTHON")
    return [PYTHON, str(path)]
