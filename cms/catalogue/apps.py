from django.apps import AppConfig
from django.db.models.signals import post_delete, post_migrate


class CatalogueConfig(AppConfig):
    name = "cms.catalogue"
    label = "catalogue"
    verbose_name = "Catalogue"

    def ready(self) -> None:
        from wagtail.signals import published

        from cms.catalogue import receivers
        from cms.catalogue.models import Profile

        published.connect(receivers.profile_published, sender=Profile, dispatch_uid="catalogue.profile_published")
        post_delete.connect(receivers.profile_deleted, sender=Profile, dispatch_uid="catalogue.profile_deleted")
        post_migrate.connect(receivers.lay_domains, sender=self, dispatch_uid="catalogue.lay_domains")
