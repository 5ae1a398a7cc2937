from django.apps import AppConfig
from django.db.models.signals import post_migrate


class PagesConfig(AppConfig):
    name = "cms.pages"
    label = "pages"
    verbose_name = "Pages"

    def ready(self) -> None:
        from cms.pages import site

        post_migrate.connect(site.lay, sender=self, dispatch_uid="pages.lay")
