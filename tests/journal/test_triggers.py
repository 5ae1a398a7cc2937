"""The database itself refuses what the code would never do."""

import pytest
from django.apps import apps
from django.core.checks import run_checks
from django.db import DatabaseError, connection, models, transaction
from django.test.utils import isolate_apps

from marketplace.journal import checkpoints, triggers
from marketplace.journal.acts import SITE_CHAIN, act
from marketplace.journal.models import Checkpoint, Entry, Journalled
from tests.conftest import lift_triggers

pytestmark = pytest.mark.django_db


@pytest.fixture
def history(actor, now):
    with act(SITE_CHAIN, "a.done", actor=actor, now=now):
        pass
    checkpoints.checkpoint(SITE_CHAIN, now)


def run(sql: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.parametrize("table", ["journal_entry", "journal_checkpoint"])
@pytest.mark.parametrize("sql", ["UPDATE {} SET seq = 7", "DELETE FROM {}"])
def test_rows_cannot_be_changed_nor_deleted(history, table, sql):
    with pytest.raises(DatabaseError, match="append-only"):
        run(sql.format(table))
    assert Entry.objects.get().seq == 1
    assert Checkpoint.objects.get().seq == 1


@pytest.mark.parametrize("recursive", ["ON", "OFF"])
def test_insert_or_replace_is_refused_whatever_the_connection_says(history, recursive):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL has no INSERT OR REPLACE")
    entry = Entry.objects.get()
    columns = "chain_id, {seq}, at, act, actor, subject, data, digests, previous_hash, {hash}"
    into, same_place, same_id = (
        columns.format(seq=seq, hash=hash_) for seq, hash_ in [("seq", "hash"), ("seq", "'f'"), ("9", "'f'")]
    )
    run(f"PRAGMA recursive_triggers={recursive}")
    try:
        with pytest.raises(DatabaseError, match="append-only"):
            run(f"INSERT OR REPLACE INTO journal_entry ({into}) SELECT {same_place} FROM journal_entry")  # noqa: S608 - our own names
        with pytest.raises(DatabaseError, match="append-only"):
            run(f"INSERT OR REPLACE INTO journal_entry (id, {into}) SELECT id, {same_id} FROM journal_entry")  # noqa: S608 - our own names
    finally:
        run("PRAGMA recursive_triggers=ON")
    assert Entry.objects.get().hash == entry.hash


@pytest.mark.django_db(transaction=True)
def test_truncate_is_refused(history):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no TRUNCATE")
    with pytest.raises(DatabaseError, match="append-only"):
        run("TRUNCATE journal_entry CASCADE")


def test_the_system_check_is_content_when_all_are_there():
    assert triggers.check_triggers(None, databases=["default"]) == []


def test_the_system_check_names_each_missing_trigger():
    lift_triggers()
    found = triggers.check_triggers(None, databases=["default"])
    expected = {name for model in triggers.guarded_models() for name in triggers.statements(connection, model)}
    assert {error.id for error in found} == {"journal.E001"}
    assert {error.msg.split()[2] for error in found} == expected


def test_the_system_check_names_a_trigger_that_was_emptied():
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL gives triggers back in its own words")
    run("DROP TRIGGER journal_entry_append_only_update")
    run("CREATE TRIGGER journal_entry_append_only_update BEFORE UPDATE ON journal_entry BEGIN SELECT 1; END")
    [error] = triggers.check_triggers(None, databases=["default"])
    assert "journal_entry_append_only_update" in error.msg


def test_installing_is_idempotent_and_mends():
    lift_triggers()
    for _ in range(2):
        for config in apps.get_app_configs():
            triggers.install(config, using="default")
    assert triggers.check_triggers(None, databases=["default"]) == []


def test_migrations_find_no_trigger_that_looks_at_other_tables():
    for config in apps.get_app_configs():
        triggers.lift(config, using="default")
    assert not [name for name in triggers.existing(connection) if "_frozen_" in name]
    for config in apps.get_app_configs():
        triggers.install(config, using="default")
    assert [name for name in triggers.existing(connection) if "_frozen_" in name]


def test_journalled_models_let_no_write_pass_unseen():
    codes = {"journal.E002", "journal.E003", "journal.E004"}
    assert [found for found in run_checks() if found.id in codes] == []


@isolate_apps("marketplace.journal", "marketplace.accounts")
def test_the_system_check_names_each_silent_way_to_write():
    class Loose(Journalled):
        other = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+")
        several = models.ManyToManyField("self")

        objects = models.Manager()

        class Meta:
            app_label = "journal"

    assert {"journal.E002", "journal.E003", "journal.E004"} <= {found.id for found in Loose.check()}
