"""The index of the search: FTS5 on SQLite, written by `search.write`; GIN on PostgreSQL, which keeps it by itself."""

from django.db import migrations

CREATE = {
    # "simple" words only: they are normalised before, the tokenizer has nothing left to decide.
    "sqlite": "CREATE VIRTUAL TABLE catalogue_profile_words USING fts5(words, tokenize='ascii')",
    "postgresql": (
        "CREATE INDEX catalogue_profile_words ON catalogue_profile USING gin (to_tsvector('simple', search_text))"
    ),
}
DROP = {
    "sqlite": "DROP TABLE catalogue_profile_words",
    "postgresql": "DROP INDEX catalogue_profile_words",
}


def create(apps, schema_editor):
    schema_editor.execute(CREATE[schema_editor.connection.vendor])


def drop(apps, schema_editor):
    schema_editor.execute(DROP[schema_editor.connection.vendor])


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0002_profile")]
    operations = [migrations.RunPython(create, drop)]
