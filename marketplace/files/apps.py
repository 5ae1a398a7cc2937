from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "marketplace.files"
    label = "files"
    verbose_name = "Fichiers et documents"

    def ready(self) -> None:
        from marketplace.files import permissions  # noqa: F401 - declares the predicates of this room
