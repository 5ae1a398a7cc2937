"""Whatever column of the legal record is edited behind the journal's back, `verify_journal` names it.

Generated from the models: a whole procedure is played, then each column of each journalled table is edited by SQL.
"""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, models, transaction

from marketplace.demo import formats
from marketplace.demo.completion import complete
from marketplace.demo.play.journey import play_call
from marketplace.journal.verify import journalled_models, verify
from tests.conftest import lift_triggers
from tests.demo.conftest import OUR_EVENTS
from tests.factories import within_act

LAUNCH = datetime(2027, 1, 12, 9, 0, tzinfo=UTC)


@pytest.fixture
def played_here(db: None, settings: Any, tmp_path: Path) -> None:
    """Our own call with its events, in the database of the test."""
    settings.PROFILE_DECLARED_ON = "2026-01-02"
    [plan] = formats.read_file(OUR_EVENTS, as_is=False)
    result = play_call(complete(plan, launched_on=LAUNCH.date()), seed=1, out=tmp_path)
    assert result.stage == "closed"


def one_row(model: type[models.Model]) -> models.Model:
    """A row of the play; where it left the table empty, one made up inside an act."""
    row = model._default_manager.order_by("pk").first()
    if row is None:
        row = model(**{field.attname: made_up(field) for field in columns(model) if not field.null})
        within_act(row.save)
    return model._default_manager.get(pk=row.pk)


def made_up(field: models.Field) -> Any:
    """A value for a column that cannot be empty."""
    if isinstance(field, models.ForeignKey):
        return one_row(field.related_model).pk
    if field.has_default():
        return field.get_default()
    if field.blank and isinstance(field, models.CharField | models.TextField):
        return ""
    return altered(field, None)


def columns(model: type[models.Model]) -> list[models.Field]:
    return [field for field in model._meta.concrete_fields if not field.primary_key]


def altered(field: models.Field, value: Any) -> Any:
    """Another value that the column accepts."""
    if isinstance(field, models.ForeignKey):
        return uuid.uuid4()
    if isinstance(field, models.BooleanField):
        return not value
    if isinstance(field, models.DateTimeField):
        return (value or LAUNCH) + timedelta(days=1)
    if isinstance(field, models.DateField):
        return (value or LAUNCH.date()) + timedelta(days=1)
    if isinstance(field, models.DecimalField):
        return (value or Decimal(0)) + 1
    if isinstance(field, models.IntegerField):
        return (value or 0) + 1
    if isinstance(field, models.JSONField):
        return {"altered": [value]}
    if isinstance(field, models.BinaryField):
        return b"altered" + bytes(value or b"")
    if isinstance(field, models.UUIDField):
        return uuid.uuid4()
    return ("y" if (value or "").startswith("x") else "x") + (value or "")[1:]


def edited(model: type[models.Model], row: models.Model, field: models.Field) -> bool:
    """Edit one column by SQL. False when the database itself refuses the value."""
    quote = connection.ops.quote_name
    new = altered(field, getattr(row, field.attname))
    target = field.target_field if isinstance(field, models.ForeignKey) else field
    # Names of our own tables and columns, quoted; the values are parameters.
    statement = f"UPDATE {quote(model._meta.db_table)} SET {quote(field.column)} = %s WHERE {quote('id')} = %s"  # noqa: S608 - our own names
    with connection.cursor() as cursor:
        try:
            with transaction.atomic():
                cursor.execute(
                    statement,
                    [target.get_db_prep_save(new, connection), model._meta.pk.get_db_prep_save(row.pk, connection)],
                )
        except IntegrityError:
            return False
    return True


def rounds(rows: dict[type[models.Model], models.Model]) -> Iterator[list[tuple[type[models.Model], models.Field]]]:
    """One column of every table at a time, until the widest table is through."""
    for index in range(max(len(columns(model)) for model in rows)):
        yield [(model, columns(model)[index]) for model in rows if index < len(columns(model))]


def test_every_edited_column_is_named(played_here: None):
    assert verify().verified
    rows = {model: one_row(model) for model in journalled_models()}
    assert verify().verified
    lift_triggers()
    edits, refused, missed = 0, [], []
    for edit in rounds(rows):
        with transaction.atomic():
            expected = set()
            for model, field in edit:
                if edited(model, rows[model], field):
                    expected.add((model._meta.label_lower, str(rows[model].pk), field.attname))
                else:
                    refused.append(f"{model._meta.label}.{field.name}")
            named = {(fault.table, str(fault.row), fault.column) for fault in verify().faults}
            missed += sorted(expected - named)
            edits += len(expected)
            transaction.set_rollback(True)
    assert missed == []
    assert edits > 400
    # What a constraint guards cannot even be edited.
    assert len(refused) < edits // 20, refused
    assert verify().verified
