from django.apps import AppConfig
from django.db.models.signals import m2m_changed, post_delete, post_migrate, post_save, pre_save


class CatalogueConfig(AppConfig):
    name = "cms.catalogue"
    label = "catalogue"
    verbose_name = "Catalogue"

    def ready(self) -> None:
        from wagtail.models import TaskState, WorkflowState
        from wagtail.signals import published, task_rejected, workflow_approved, workflow_rejected

        from cms.catalogue import cards, mails, receivers  # noqa: F401 - declare the kinds of mails
        from cms.catalogue.contact import permissions as contact_permissions  # noqa: F401 - declare rights
        from cms.catalogue.editing import menu as own_space  # noqa: F401 - declare a space
        from cms.catalogue.editing import permissions as editing_permissions  # noqa: F401 - declare rights
        from cms.catalogue.models import (
            Confirmation,
            Domain,
            Label,
            Profile,
            Reference,
            Solution,
            Synonym,
            Verification,
        )
        from cms.catalogue.moderation import notices, permissions  # noqa: F401 - declare kinds of mails and predicates
        from cms.catalogue.moderation import receivers as moderation
        from marketplace.accounts.models import Organisation
        from marketplace.ui.sharing import register_cards

        for model in (Confirmation, Domain, Label, Profile, Reference, Solution, Synonym, Verification):
            for signal in (post_save, post_delete):
                uid = f"catalogue.listed.{model.__name__}.{signal is post_save}"
                signal.connect(receivers.listed_row_changed, sender=model, dispatch_uid=uid)
        post_save.connect(receivers.organisation_changed, sender=Organisation, dispatch_uid="catalogue.organisation")
        through = Profile.domains.through
        m2m_changed.connect(receivers.domains_changed, sender=through, dispatch_uid="catalogue.domains_changed")
        published.connect(receivers.profile_published, sender=Profile, dispatch_uid="catalogue.profile_published")
        post_delete.connect(receivers.profile_deleted, sender=Profile, dispatch_uid="catalogue.profile_deleted")
        post_migrate.connect(receivers.lay_domains, sender=self, dispatch_uid="catalogue.lay_domains")

        pre_save.connect(moderation.note_address, sender=Profile, dispatch_uid="catalogue.note_address")
        published.connect(moderation.follow_publication, sender=Profile, dispatch_uid="catalogue.follow_publication")
        task_rejected.connect(moderation.follow_return, sender=TaskState, dispatch_uid="catalogue.follow_return")
        # Wagtail connects its own under these names later, and finds them taken: ours write to editors only.
        workflow_approved.connect(
            notices.APPROVAL, sender=WorkflowState, dispatch_uid="workflow_state_approved_email_notification"
        )
        workflow_rejected.connect(
            notices.REJECTION, sender=WorkflowState, dispatch_uid="workflow_state_rejected_email_notification"
        )
        register_cards("entreprise", cards.profile_card)
        register_cards("domaine", cards.domain_card)
