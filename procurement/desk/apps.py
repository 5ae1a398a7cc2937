"""Registration of the room with Django."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """Pages that look across the rooms of a procedure: no data of its own."""

    name = "procurement.desk"
    label = "desk"

    def ready(self) -> None:
        """Declare the spaces of signed-in people, and fill the panels of pages."""
        from procurement.desk import menu, panels  # noqa: F401 - declare the spaces, fill the panels
