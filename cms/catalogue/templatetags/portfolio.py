"""The phases of a start-up d'État as one tag, so that pages of profiles need nothing more in their context."""

from datetime import datetime
from typing import Any

from django import template
from django.utils.timezone import localdate

from cms.catalogue.models import Profile
from cms.catalogue.portfolio import history_of

register = template.Library()


@register.inclusion_tag("catalogue/parts/phases.html")
def phases(profile: Profile, now: datetime) -> dict[str, Any]:
    """The section « Phases » of a start-up d'État; nothing for other profiles."""
    is_shown = profile.kind == Profile.Kind.STATE_START_UP
    return {"history": history_of(profile, today=localdate(now)) if is_shown else None, "source": profile.source}
