"""Registration of the room with Django."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """Pages that look across the rooms of a procedure: no data of its own."""

    name = "procurement.desk"
    label = "desk"

    def ready(self) -> None:
        """Declare the spaces of signed-in people, and fill the panels of pages."""
        from marketplace.mail.kinds import Kind, register
        from procurement.desk import alerts, figures, menu, needs, panels, sharing  # noqa: F401 - spaces, panels, map

        register(
            Kind("desk.call_alert", "Nouveaux appels de votre domaine", "votre entreprise est dans l’annuaire du site.")
        )
