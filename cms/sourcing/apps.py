from django.apps import AppConfig


class SourcingConfig(AppConfig):
    name = "cms.sourcing"
    label = "sourcing"
    verbose_name = "Sourçage"

    def ready(self) -> None:
        from wagtail.signals import published

        from cms.catalogue.models import Profile
        from cms.catalogue.signals import imported
        from cms.sourcing import menu, permissions, receivers  # noqa: F401 - declare rights and spaces
        from marketplace.mail.kinds import Kind, register

        published.connect(receivers.profile_published, sender=Profile, dispatch_uid="sourcing.profile_published")
        imported.connect(receivers.profiles_imported, dispatch_uid="sourcing.profiles_imported")
        register(
            Kind(
                code="sourcing.match",
                label="Fiches trouvées par les recherches que vous suivez",
                because="vous suivez une recherche du catalogue.",
            )
        )
