"""One way to write a value, so that its SHA-256 is the same today and in ten years, on SQLite and on PostgreSQL."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Context, Decimal
from typing import Any

from django.db import models
from django.utils import timezone

from marketplace.journal import clock

# SQLite keeps a decimal as a float and Django reads 15 digits of it back.
DECIMAL_DIGITS = 15
ROWS_PER_QUERY = 500


def canonical_json(value: Any) -> bytes:
    """Serialise JSON with sorted keys and no spaces, in UTF-8. Raises ValueError for NaN and infinities."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def sha256(content: bytes) -> str:
    """Return the SHA-256 of bytes, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def row_key(row: models.Model) -> str:
    """Name a row for ever: `calls.lot:<uuid>`."""
    return key_of(type(row), row.pk)


def key_of(model: type[models.Model], pk: Any) -> str:
    """Name the row `pk` of a model."""
    return f"{model._meta.concrete_model._meta.label_lower}:{pk}"


def row_digest(columns: Mapping[str, str]) -> str:
    """Combine the hashes of a row's columns into the digest that its entry keeps."""
    return sha256(canonical_json(dict(columns)))


def digested_fields(model: type[models.Model]) -> list[models.Field]:
    """Return the stored fields of a model; what the database computes by itself from them is left out."""
    return [field for field in model._meta.concrete_fields if not getattr(field, "generated", False)]


def column_hash(field: models.Field, value: Any) -> str:
    """Hash the value of a column. Raises as `canonical_value`."""
    return sha256(canonical_json(canonical_value(field, value)))


def column_hashes(model: type[models.Model], values: Mapping[str, Any]) -> dict[str, str]:
    """Hash each column of a row given as {attname: value}."""
    return {field.attname: column_hash(field, values[field.attname]) for field in digested_fields(model)}


def read_columns(model: type[models.Model], pks: Iterable[Any]) -> Iterator[tuple[Any, dict[str, str]]]:
    """Read rows back from the database and yield (pk, column hashes). Absent rows are not yielded."""
    names = [field.attname for field in digested_fields(model)]
    pks = list(pks)
    for start in range(0, len(pks), ROWS_PER_QUERY):
        for values in model._base_manager.filter(pk__in=pks[start : start + ROWS_PER_QUERY]).values(*names):
            yield values[model._meta.pk.attname], column_hashes(model, values)


def canonical_value(field: models.Field, value: Any) -> Any:
    """Bring the value of a column to JSON that is the same before saving and after reading, on both databases.

    Raises TypeError for a field or value that has no such form, ValueError for a decimal that would be rounded.
    """
    while isinstance(field, models.ForeignKey):
        field = field.target_field
    if value is None:
        return None
    for kind, write in _WRITERS:
        if isinstance(field, kind):
            return write(field, value)
    raise TypeError(f"{field} has no canonical form: teach marketplace.journal.canonical the type {type(field)}")


def _instant(field: models.Field, value: Any) -> str:
    instant = field.to_python(value)
    return clock.canonical(timezone.make_aware(instant) if timezone.is_naive(instant) else instant)


def _day(field: models.Field, value: Any) -> str:
    day: date = field.to_python(value)
    return day.isoformat()


def _decimal(field: models.DecimalField, value: Any) -> str:
    number = field.to_python(value)
    exact = number.quantize(Decimal(1).scaleb(-field.decimal_places), context=Context(prec=field.max_digits))
    if exact != number or len(exact.as_tuple().digits) > DECIMAL_DIGITS:
        raise ValueError(f"{field}: {value} does not fit; round it first, since the two databases round differently")
    return f"{exact if exact else abs(exact):f}"


def _json(field: models.JSONField, value: Any) -> Any:
    return _exact_numbers(json.loads(json.dumps(value, cls=field.encoder)))


def _exact_numbers(value: Any) -> Any:
    """Write 1.0 as 1 and 1e16 as the integer: PostgreSQL gives numbers of a JSON column back in its own notation."""
    match value:
        case dict():
            return {key: _exact_numbers(item) for key, item in value.items()}
        case list():
            return [_exact_numbers(item) for item in value]
        case float():
            number = Decimal(repr(value))
            return int(number) if number.is_finite() and number == number.to_integral_value() else value
    return value


def _duration(field: models.Field, value: Any) -> int:
    return field.to_python(value) // timedelta(microseconds=1)


# In this order: a DateTimeField is a DateField, a UUIDField is not a CharField, a FileField is read as its name.
_WRITERS: list[tuple[type[models.Field] | tuple[type[models.Field], ...], Callable[[Any, Any], Any]]] = [
    (models.DateTimeField, _instant),
    (models.DateField, _day),
    (models.TimeField, lambda field, value: field.to_python(value).isoformat()),
    (models.DurationField, _duration),
    (models.DecimalField, _decimal),
    (models.FloatField, lambda field, value: _exact_numbers(field.to_python(value))),
    (models.BooleanField, lambda field, value: field.to_python(value)),
    (models.IntegerField, lambda field, value: int(field.to_python(value))),
    (models.UUIDField, lambda field, value: field.to_python(value).hex),
    (models.JSONField, _json),
    (models.BinaryField, lambda field, value: sha256(bytes(value))),
    (
        (models.CharField, models.TextField, models.FileField, models.GenericIPAddressField),
        lambda field, value: str(field.get_prep_value(value)),
    ),
]
