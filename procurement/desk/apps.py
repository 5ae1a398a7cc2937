"""Registration of the room with Django."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """Pages that look across the rooms of a procedure: no data of its own."""

    name = "procurement.desk"
    label = "desk"

    def ready(self) -> None:
        """Declare the spaces of signed-in people."""
        from procurement.desk import menu  # noqa: F401 - declares the spaces
