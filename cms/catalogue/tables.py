"""Whether the tables of a room are there whole, for what is laid after every migration."""

from django.db import connections, models


def are_whole(using: str, *tables: type[models.Model]) -> bool:
    """Whether each model has its table with all its columns.

    A migration that goes backwards or stops halfway ends with `post_migrate` as well: nothing may be laid then.
    """
    connection = connections[using]
    with connection.cursor() as cursor:
        present = {table.name for table in connection.introspection.get_table_list(cursor)}
        for model in tables:
            if model._meta.db_table not in present:
                return False
            columns = {row.name for row in connection.introspection.get_table_description(cursor, model._meta.db_table)}
            if not {field.column for field in model._meta.local_concrete_fields} <= columns:
                return False
    return True
