"""Where profiles stand (brouillon, en relecture, publiée…), read for a whole list at once."""

from django.contrib.contenttypes.models import ContentType
from django.db.models import CharField, Exists, OuterRef, Prefetch
from django.db.models.functions import Cast
from wagtail.models import Revision, WorkflowState

from cms.catalogue.models import Profile, ProfileQuerySet


def with_states(rows: ProfileQuerySet) -> ProfileQuerySet:
    """With what their `status_string` needs: else Wagtail asks for it line by line."""
    scheduled = Revision.objects.filter(
        base_content_type=ContentType.objects.get_for_model(Profile),
        object_id=Cast(OuterRef("pk"), CharField()),
        approved_go_live_at__isnull=False,
    )
    reviews = WorkflowState.objects.active().select_related("current_task_state__task")
    current = Prefetch("workflow_states", queryset=reviews, to_attr="_current_workflow_states")
    return rows.annotate(_approved_schedule=Exists(scheduled)).prefetch_related(current)
