"""Builds the database of the demonstration in another process, whole or not at all."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections

from marketplace.demo import template
from marketplace.demo.showcase.cast import read_registry
from marketplace.demo.showcase.places import Places

# The site of the demonstration fulfils its own duties (R2132-3).
PROFILE_DECLARED_ON = "2019-04-01"


class BuildingFailed(RuntimeError):  # noqa: N818 - says what happened
    """The other process broke; it told why itself."""


def environment(there: Places, *, site_url: str) -> dict[str, str]:
    """What the processes of the demonstration have in common, the one that lays it out and those that serve it."""
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "marketplace.settings",
        "PYTHONPATH": str(settings.BASE_DIR),
        "DEBUG": "0",
        # The same key for both: second factors are encrypted with it.
        "SECRET_KEY": settings.SECRET_KEY,
        "SITE_URL": site_url,
        "PROFILE_DECLARED_ON": settings.PROFILE_DECLARED_ON or PROFILE_DECLARED_ON,
        "COMPANY_REGISTRY": "marketplace.accounts.registry.OfflineRegistry",
        "COMPANY_REGISTRY_FILE": str(there.registry),
        # One slash belongs to the path, which is a whole one.
        "EMAIL_URL": f"filemail:///{there.mails.resolve()}",
        "MAIL_TRANSPORT": "marketplace.demo.showcase.mailbox.TextFileBackend",
    }


def build(there: Places, *, site_url: str) -> None:
    """Lay the demonstration out in the database of the settings, which must be empty.

    On SQLite it is made beside and put in its place once whole, so that an interruption leaves nothing behind. Raises
    BuildingFailed.
    """
    write_registry(there)
    env = environment(there, site_url=site_url) | {
        "REHEARSAL_CLOCK_ALLOWED": "1",
        # Mails of the past are nobody's news.
        "EMAIL_URL": "dummymail://",
        "MAIL_TRANSPORT": "django.core.mail.backends.dummy.EmailBackend",
    }
    if connection.vendor != "sqlite":
        call_command("migrate", interactive=False, verbosity=0)
        _run(env)
        return
    target = Path(settings.DATABASES["default"]["NAME"])
    try:
        template.copy_into(there.scratch.parent, there.scratch.name)
        _run(env | {"DATABASE_URL": f"sqlite:///{there.scratch}"})
        template.in_one_file(there.scratch)
        connections.close_all()
        for leftover in ("-wal", "-shm"):
            target.with_name(target.name + leftover).unlink(missing_ok=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        there.scratch.replace(target)
    finally:
        for leftover in ("", "-wal", "-shm"):
            there.scratch.with_name(there.scratch.name + leftover).unlink(missing_ok=True)


def write_registry(there: Places) -> None:
    """Write what the offline register says."""
    there.registry.write_text(_json(read_registry()), encoding="utf-8")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)


def _run(env: dict[str, str]) -> None:
    command = [sys.executable, "-m", "marketplace.demo.showcase.child"]
    done = subprocess.run(command, env=env, cwd=settings.BASE_DIR, check=False)  # noqa: S603 - our own module
    if done.returncode:
        raise BuildingFailed(f"La mise en place s’est interrompue (code {done.returncode}) : rien n’a été gardé.")
