"""The migrated template database that every rehearsal copies, and the place of its own that each one gets.

Built once for a given set of migrations and packages, in a process that knows nothing of the live database.
"""

import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path

from django.apps import apps
from django.conf import settings

PACKAGES = ("django", "wagtail", "django-allauth", "django-tasks-db")
# What is laid after the migrations: the first pages of the site, the domains.
LAID_AFTER = ("cms/pages/site.py", "cms/pages/first_texts.py", "cms/catalogue/domains.csv")


def folder() -> Path:
    """Where templates and running rehearsals lie."""
    path = settings.VAR_DIR / "rehearsals"
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def key() -> str:
    """Short digest of every migration, of the packages that bring some, and of what is laid after them."""
    digest = hashlib.sha256(repr([(name, metadata.version(name)) for name in PACKAGES]).encode())
    for app in sorted(apps.get_app_configs(), key=lambda app: app.label):
        for path in sorted(Path(app.path).glob("migrations/*.py")):
            digest.update(f"{app.label}/{path.name}\n".encode())
            digest.update(path.read_bytes())
    for name in LAID_AFTER:
        digest.update((settings.BASE_DIR / name).read_bytes())
    return digest.hexdigest()[:16]


def template() -> Path:
    """The template for the present code, built if it does not exist yet. Raises CalledProcessError if it cannot be."""
    path = folder() / f"template-{key()}.sqlite3"
    if not path.exists():
        with tempfile.TemporaryDirectory(dir=folder(), prefix="building-") as place:
            built = _build(Path(place))
            # Another process may have built the same one meanwhile: the last one wins, both are alike.
            built.replace(path)
        for older in folder().glob("template-*.sqlite3"):
            if older != path:
                older.unlink(missing_ok=True)
    return path


def environment(place: Path) -> dict[str, str]:
    """Environment of a process that works on the database, files and keys of `place`, and on nothing else."""
    return os.environ | {
        "PREAU_VAR": str(place),
        "DATABASE_URL": f"sqlite:///{place / 'preau.sqlite3'}",
        "PRIVATE_ROOT": str(place / "private"),
        "SUBMISSION_ROOT": str(place / "submissions"),
        "SUBMISSION_MIRROR": "",
        "TIMESTAMP_AUTHORITY": "",
        "KEYS_DIR": str(place / "keys"),
        "EMAIL_URL": "dummymail://",
        "REHEARSAL_CLOCK_ALLOWED": "1",
        # A rehearsal plays on a site that fulfils its own duties (R2132-3).
        "PROFILE_DECLARED_ON": "2019-04-01",
        "DJANGO_SETTINGS_MODULE": "marketplace.settings",
        "PYTHONPATH": str(settings.BASE_DIR),
    }


def copy_into(place: Path, name: str = "preau.sqlite3") -> None:
    """Give `place` a fresh database."""
    shutil.copyfile(template(), place / name)


def in_one_file(database: Path) -> None:
    """Put what the write-ahead log of an SQLite database holds into the file itself: it can then be copied or moved."""
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA journal_mode=DELETE")
    connection.close()


def _build(place: Path) -> Path:
    subprocess.run(  # noqa: S603 - our own interpreter and command
        [sys.executable, str(settings.BASE_DIR / "manage.py"), "migrate", "--no-input", "--verbosity", "0"],
        env=environment(place), check=True, capture_output=True, text=True,
    )  # fmt: skip
    built = place / "preau.sqlite3"
    in_one_file(built)
    return built
