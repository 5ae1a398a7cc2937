from django.apps import AppConfig
from django.core import checks
from django.db.models.signals import post_migrate, pre_migrate


class JournalConfig(AppConfig):
    name = "marketplace.journal"
    label = "journal"
    verbose_name = "Journal"

    def ready(self) -> None:
        from marketplace.journal import triggers

        pre_migrate.connect(triggers.lift, dispatch_uid="journal.triggers")
        post_migrate.connect(triggers.install, dispatch_uid="journal.triggers")
        checks.register(triggers.check_triggers, checks.Tags.database)
        checks.register(triggers.check_table_owner, checks.Tags.database, deploy=True)
