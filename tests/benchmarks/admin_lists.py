"""How long the list of profiles takes for an editor. Run by hand, on a database that holds what is to be measured:

    PREAU_VAR=/tmp/scale python -m tests.benchmarks.admin_lists [--repeat 7]

Each page is asked in process, as an editor made for that and taken away after; the figures are median and worst,
in milliseconds, and how many queries it makes. Aims at 10 000 profiles: 300 ms on PostgreSQL, 500 ms on SQLite.
"""

import argparse
import os
import statistics
import time
import uuid

import django

LIST = "/gestion/snippets/catalogue/profile/"
PAGES = {
    "list": LIST,
    "last page": f"{LIST}?p=200",
    "search, one word": f"{LIST}?q=mobilite",
    "search, two words": f"{LIST}?q=solution+commune",
    "filter by domain": f"{LIST}?domains=mobilite",
    "filter by region and kind": f"{LIST}?region=bretagne&kind=start_up",
    "results alone": f"{LIST}results/?q=eau",
    "sorted by date": f"{LIST}?ordering=-updated_at",
    "dashboard": "/gestion/",
    "queue": "/gestion/catalogue/relire/",
    "stale profiles": "/gestion/catalogue/rapports/anciennes/",
    "open facts": "/gestion/catalogue/rapports/faits/",
    "choose a merge": "/gestion/catalogue/reunir/?q=mobilite",
}


def measure(repeat: int) -> None:
    """Ask each page `repeat` times after once to warm up, and print."""
    from django.contrib.auth.models import Group
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext, override_settings

    from cms.catalogue.models import Profile
    from cms.pages.site import EDITORS
    from marketplace.accounts.models import User

    if connection.vendor == "postgresql":
        # As a living database is, some minutes after an import.
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
    user = User.objects.create_user(f"bench-{uuid.uuid4().hex}@exemple.fr")
    user.groups.add(Group.objects.get(name=EDITORS))
    storage = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    storages = {"default": {"BACKEND": "django.core.files.storage.FileSystemStorage"}, "staticfiles": storage}
    try:
        with override_settings(SECOND_FACTOR_REQUIRED=False, ALLOWED_HOSTS=["*"], STORAGES=storages):
            client = Client()
            client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
            print(f"{connection.vendor}, {Profile.objects.count()} profiles")  # noqa: T201 - what it is for
            for name, address in PAGES.items():
                with CaptureQueriesContext(connection) as seen:
                    assert client.get(address).status_code == 200, address
                queries = len(seen)
                times = []
                for _ in range(repeat):
                    start = time.perf_counter()
                    client.get(address)
                    times.append((time.perf_counter() - start) * 1000)
                told = f"{name:28} {statistics.median(times):7.0f} ms  worst {max(times):7.0f} ms"
                print(f"{told}  {queries} queries")  # noqa: T201 - the same
    finally:
        user.delete()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")
    django.setup()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=7)
    measure(parser.parse_args().repeat)
