"""Tables that nobody may change, for good or while a condition holds, not even through SQL: triggers, made again after
every migrate.

A migration that rebuilds a table on SQLite drops its triggers; `post_migrate` makes them idempotently and a system
check fails while one is missing.
"""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from django.apps import AppConfig, apps
from django.core import checks
from django.db import connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

Model = TypeVar("Model", bound=type[models.Model])

_append_only: list[type[models.Model]] = []
_frozen: dict[type[models.Model], str] = {}
FUNCTION = "preau_append_only"


def append_only(model: Model) -> Model:
    """Class decorator: rows of this model are inserted and read, never changed nor deleted (IntegrityError in SQL)."""
    _append_only.append(model)
    return model


def frozen_while(condition: str) -> Callable[[Model], Model]:
    """Class decorator: while `condition` holds, rows are neither added, changed nor deleted (IntegrityError in SQL).

    Args:
        condition: SQL that every kind of database understands, where `{row}` is the row in question, e.g.
            "EXISTS (SELECT 1 FROM orders WHERE orders.id = {row}.order_id AND orders.is_closed)".
    """

    def freeze(model: Model) -> Model:
        _frozen[model] = condition
        return model

    return freeze


def guarded_models() -> list[type[models.Model]]:
    """Return the models that a trigger guards, in one way or the other."""
    return [*_append_only, *_frozen]


def append_only_models() -> list[type[models.Model]]:
    """Return the registered models."""
    return list(_append_only)


def statements(connection: BaseDatabaseWrapper, model: type[models.Model]) -> dict[str, str]:
    """Return {trigger name: SQL that creates it} for a table on this kind of database."""
    told = _statements_frozen(connection, model) if model in _frozen else {}
    return told | (_statements_append_only(connection, model) if model in _append_only else {})


# Which rows each kind of write is judged by.
JUDGED = {"INSERT": ("NEW",), "UPDATE": ("OLD", "NEW"), "DELETE": ("OLD",)}


def _statements_frozen(connection: BaseDatabaseWrapper, model: type[models.Model]) -> dict[str, str]:
    table = model._meta.db_table
    quoted, told = connection.ops.quote_name(table), {}
    for write, rows in JUDGED.items():
        name = f"{table}_frozen_{write.lower()}"
        when = " OR ".join(_frozen[model].format(row=row) for row in rows)
        if connection.vendor == "postgresql":
            # A trigger’s own condition may not look at other tables: the function does.
            told[name] = (
                f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {when} THEN "
                f"RAISE EXCEPTION '{table} is frozen' USING ERRCODE = 'integrity_constraint_violation'; END IF; "
                f"RETURN {rows[-1]}; END $$; "
                f'CREATE TRIGGER "{name}" BEFORE {write} ON {quoted} FOR EACH ROW EXECUTE FUNCTION {name}()'
            )
        else:
            told[name] = (
                f'CREATE TRIGGER "{name}" BEFORE {write} ON {quoted} WHEN {when} '
                f"BEGIN SELECT RAISE(ABORT, '{table} is frozen'); END"
            )
    return told


def _statements_append_only(connection: BaseDatabaseWrapper, model: type[models.Model]) -> dict[str, str]:
    table = model._meta.db_table
    name = f"{table}_append_only"
    quoted = connection.ops.quote_name(table)
    if connection.vendor == "postgresql":
        call = f"EXECUTE FUNCTION {FUNCTION}()"
        return {
            f"{name}_row": f'CREATE TRIGGER "{name}_row" BEFORE UPDATE OR DELETE ON {quoted} FOR EACH ROW {call}',
            f"{name}_truncate": f'CREATE TRIGGER "{name}_truncate" BEFORE TRUNCATE ON {quoted} {call}',
        }
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    # INSERT OR REPLACE deletes without firing the delete trigger unless recursive_triggers is on, which a connection
    # made elsewhere may not have.
    taken = " OR ".join(
        "(" + " AND ".join(f'"{column}" = NEW."{column}"' for column in columns) + ")"
        for columns in _unique_sets(model)
    )
    exists = f"EXISTS (SELECT 1 FROM {quoted} WHERE {taken})"  # noqa: S608 - names of our own models
    return {
        f"{name}_update": f'CREATE TRIGGER "{name}_update" BEFORE UPDATE ON {quoted} {refuse}',
        f"{name}_delete": f'CREATE TRIGGER "{name}_delete" BEFORE DELETE ON {quoted} {refuse}',
        f"{name}_replace": f'CREATE TRIGGER "{name}_replace" BEFORE INSERT ON {quoted} WHEN {exists} {refuse}',
    }


def existing(connection: BaseDatabaseWrapper) -> dict[str, str | None]:
    """Return {name: SQL} of the triggers that are in force (without SQL on PostgreSQL, which rewrites it)."""
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    if connection.vendor == "postgresql":
        query = "SELECT tgname, NULL FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"
    with connection.cursor() as cursor:
        cursor.execute(query)
        return dict(cursor.fetchall())


def removal(connection: BaseDatabaseWrapper, model: type[models.Model], name: str) -> str:
    """Return the SQL that removes a trigger if it is there."""
    table = f" ON {connection.ops.quote_name(model._meta.db_table)}" if connection.vendor == "postgresql" else ""
    return f'DROP TRIGGER IF EXISTS "{name}"{table}'


def missing(
    connection: BaseDatabaseWrapper, candidates: list[type[models.Model]]
) -> Iterator[tuple[type[models.Model], str, str]]:
    """Yield (model, trigger name, SQL) where a table that exists lacks a trigger, or has another under its name."""
    tables = set(connection.introspection.table_names())
    have = existing(connection)
    for model in candidates:
        if model._meta.db_table in tables:
            for name, sql in statements(connection, model).items():
                if name not in have or have[name] not in {None, sql}:
                    yield model, name, sql


def install(app_config: AppConfig, using: str, **kwargs: Any) -> None:
    """Receiver of `post_migrate`: create the missing triggers of an app's tables."""
    connection = connections[using]
    guarded = [model for model in guarded_models() if model._meta.app_label == app_config.label]
    wanted = list(missing(connection, guarded))
    with connection.cursor() as cursor:
        if wanted and connection.vendor == "postgresql":
            cursor.execute(
                f"CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME "
                "USING ERRCODE = 'integrity_constraint_violation'; END $$"
            )
        for model, name, sql in wanted:
            cursor.execute(removal(connection, model, name))
            cursor.execute(sql)


def lift(app_config: AppConfig, using: str, **kwargs: Any) -> None:
    """Receiver of `pre_migrate`: take away what looks at other tables, which SQLite will not rebuild under a trigger.

    `post_migrate` makes it again; until then the system check says that it is missing.
    """
    connection = connections[using]
    have = existing(connection)
    with connection.cursor() as cursor:
        for model in _frozen:
            if model._meta.app_label == app_config.label:
                for name in _statements_frozen(connection, model):
                    if name in have:
                        cursor.execute(removal(connection, model, name))


def check_triggers(
    app_configs: list[AppConfig] | None, databases: list[str] | None = None, **kwargs: Any
) -> list[checks.CheckMessage]:
    """System check: every append-only or frozen table has its triggers."""
    labels = {config.label for config in app_configs or apps.get_app_configs()}
    wanted = [model for model in guarded_models() if model._meta.app_label in labels]
    return [
        checks.Error(
            f"the trigger {name} is missing or altered: a guarded table could be changed",
            hint="manage.py migrate --skip-checks makes it again; then find out who removed it",
            id="journal.E001",
        )
        for alias in databases or []
        for _, name, _ in missing(connections[alias], wanted)
    ]


def check_table_owner(
    app_configs: list[AppConfig] | None, databases: list[str] | None = None, **kwargs: Any
) -> list[checks.CheckMessage]:
    """Deployment check, PostgreSQL: the role of the running site does not own the tables, or it could lift triggers."""
    owned = []
    for alias in databases or []:
        if connections[alias].vendor == "postgresql":
            with connections[alias].cursor() as cursor:
                cursor.execute("SELECT tablename FROM pg_tables WHERE tableowner = current_user")
                owned += [name for (name,) in cursor.fetchall()]
    return [
        checks.Warning(
            f"the application's role owns the append-only table {model._meta.db_table}",
            hint="migrate with one role, run the site with another that may only select, insert, update and delete",
            id="journal.W001",
        )
        for model in _append_only
        if model._meta.db_table in owned
    ]


def _unique_sets(model: type[models.Model]) -> list[list[str]]:
    """Return the sets of columns that identify a row: what an INSERT OR REPLACE would replace by."""
    options = model._meta
    constraints = [
        constraint.fields
        for constraint in options.constraints
        if isinstance(constraint, models.UniqueConstraint) and constraint.fields and constraint.condition is None
    ]
    return [[field.column] for field in options.concrete_fields if field.unique] + [
        [options.get_field(name).column for name in names] for names in [*constraints, *options.unique_together]
    ]
