"""The mark by which every process knows that what it remembers of the catalogue is out of date."""

import uuid
from typing import Any

from django.db import models


class CatalogueState(models.Model):
    """One row. Its token changes in the very transaction that changes what lists and counts are made of.

    A token and not a number: a transaction undone gives its number to the next one, never its token.
    """

    ONLY = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY, editable=False)
    token = models.UUIDField("état", default=uuid.uuid4)

    class Meta:
        verbose_name = "état du catalogue"
        verbose_name_plural = "état du catalogue"

    def __str__(self) -> str:
        return str(self.token)

    @classmethod
    def read(cls) -> uuid.UUID | None:
        """The token as it is now; None before the first change."""
        return cls.objects.filter(pk=cls.ONLY).values_list("token", flat=True).first()

    @classmethod
    def change(cls) -> None:
        """Make every process read the catalogue again, once what surrounds this call is committed."""
        token = uuid.uuid4()
        if not cls.objects.filter(pk=cls.ONLY).update(token=token):
            cls.objects.update_or_create(pk=cls.ONLY, defaults={"token": token})


class ListedQuerySet(models.QuerySet):
    """Rows that lists, counts or filters are made of: what is written to many at once changes the state too."""

    def update(self, **values: Any) -> int:
        """Write to every row of the set."""
        written = super().update(**values)
        CatalogueState.change()
        return written

    def bulk_create(self, rows: Any, *args: Any, **kwargs: Any) -> list[Any]:
        """Add many rows."""
        added = super().bulk_create(rows, *args, **kwargs)
        CatalogueState.change()
        return added

    update.alters_data = True
    bulk_create.alters_data = True
