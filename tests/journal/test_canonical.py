"""A value hashes alike before it is saved and after it is read back, on both databases."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from django.db import connection, models
from django.db.models import F
from django.test.utils import isolate_apps
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketplace.journal import canonical

# What a PostgreSQL text can hold.
texts = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00"), max_size=40)
numbers = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False, width=32)
json_values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda items: st.lists(items, max_size=3) | st.dictionaries(texts, items, max_size=3),
    max_leaves=8,
)
amounts = st.decimals(Decimal(-(10**9)), Decimal(10**9), places=2, allow_nan=False)

rows = st.fixed_dictionaries(
    {
        "text": texts,
        "amount": st.none() | amounts | amounts.map(str) | st.integers(-1000, 1000),
        "instant": st.datetimes(min_value=datetime(1900, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - naive on purpose
        "day": st.dates() | st.dates().map(date.isoformat),
        "lapse": st.timedeltas(timedelta(days=-1000), timedelta(days=1000)),
        "flag": st.booleans() | st.sampled_from(["True", "f", 1, 0]),
        "count": st.integers(-(2**31), 2**31 - 1),
        "reference": st.uuids() | st.uuids().map(str),
        "facts": json_values,
        "blob": st.binary(max_size=40),
        "ratio": st.floats(allow_nan=False, allow_infinity=False, width=32),
    }
)


@pytest.fixture
def sample(transactional_db):
    """A table with one column of each kind, for the length of a test."""
    with isolate_apps("marketplace.journal"):

        class Sample(models.Model):  # noqa: DJ008 - nobody reads it
            id = models.UUIDField(primary_key=True, default=uuid4)
            text = models.TextField()
            amount = models.DecimalField(max_digits=12, decimal_places=2, null=True)
            instant = models.DateTimeField()
            day = models.DateField()
            lapse = models.DurationField()
            flag = models.BooleanField()
            count = models.IntegerField()
            reference = models.UUIDField()
            facts = models.JSONField(null=True)
            blob = models.BinaryField()
            ratio = models.FloatField()

            class Meta:
                app_label = "journal"

        with connection.schema_editor() as editor:
            editor.create_model(Sample)
        yield Sample
        with connection.schema_editor() as editor:
            editor.delete_model(Sample)


def test_saved_and_read_back_hash_alike(sample):
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(rows)
    def holds(values):
        row = sample(**values)
        given_columns = canonical.column_hashes(
            sample, {field.attname: getattr(row, field.attname) for field in sample._meta.concrete_fields}
        )
        row.save()
        [(pk, read_columns)] = canonical.read_columns(sample, [row.pk])
        assert pk == row.pk
        assert read_columns == given_columns

    holds()


@given(json_values)
def test_canonical_json_does_not_depend_on_the_order_of_keys(value):
    def reversed_keys(item):
        if isinstance(item, dict):
            return {key: reversed_keys(item[key]) for key in reversed(item)}
        return [reversed_keys(part) for part in item] if isinstance(item, list) else item

    assert canonical.canonical_json(reversed_keys(value)) == canonical.canonical_json(value)


def test_canonical_json_is_utf8_without_spaces():
    assert canonical.canonical_json({"b": [1, "é"], "a": None}) == '{"a":null,"b":[1,"é"]}'.encode()


@pytest.mark.parametrize(
    ("field", "one", "other"),
    [
        (models.DecimalField(max_digits=12, decimal_places=2), "1.5", Decimal("1.50")),
        (models.DecimalField(max_digits=12, decimal_places=2), Decimal("-0.00"), 0),
        (models.JSONField(), {"a": 1.0, "b": (1, 2)}, {"b": [1, 2], "a": 1}),
        (models.JSONField(), 1e300, 10**300),
        (models.UUIDField(), "12345678123456781234567812345678", UUID("12345678-1234-5678-1234-567812345678")),
        (models.BinaryField(), b"abc", memoryview(b"abc")),
    ],
)
def test_forms_of_one_value_hash_alike(field, one, other):
    assert canonical.column_hash(field, one) == canonical.column_hash(field, other)


def test_neighbouring_values_hash_differently():
    field = models.JSONField()
    values = [None, 0, "0", "", [], {}, False, [0], {"0": 0}]
    # 0 and False are equal in Python only.
    assert len({canonical.column_hash(field, value) for value in values}) == len(values)


@pytest.mark.parametrize("value", [Decimal("1.005"), Decimal("12345678901234567.00")])
def test_a_decimal_that_a_database_would_round_is_refused(value):
    with pytest.raises(ValueError, match="does not fit"):
        canonical.canonical_value(models.DecimalField(max_digits=20, decimal_places=2), value)


def test_an_expression_has_no_canonical_form():
    with pytest.raises((TypeError, ValueError)):
        canonical.column_hash(models.JSONField(), F("other"))


def test_an_unknown_field_is_refused_by_name():
    with pytest.raises(TypeError, match="no canonical form"):
        canonical.canonical_value(models.Field(), 1)
