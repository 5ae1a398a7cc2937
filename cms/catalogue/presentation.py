"""What the plan of a company changes of its own page: languages and links shown.

Asked by the page of one profile and by « Ma fiche », and by nothing that compares, sorts or searches (design § 2).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from marketplace.billing.access import allowance_of
from marketplace.billing.plans import Tool, allowance

if TYPE_CHECKING:
    from cms.catalogue.models import Medium, Profile, Translation


@dataclass(frozen=True, slots=True)
class Presentation:
    """What the page of a profile shows beside its French texts."""

    translations: Sequence["Translation"] = ()
    media: Sequence["Medium"] = ()


def presentation_of(profile: "Profile", *, now: datetime) -> Presentation:
    """What is shown of a profile, published or draft, at `now` (UTC).

    A profile without account has none and costs no query; the plan is asked for only where it changes something.
    """
    if profile.organisation_id is None:
        return Presentation()
    translations, media = list(profile.translations.all()), list(profile.media.all())
    if len(translations) > allowance(Tool.LANGUAGES, has_plan=False):
        translations = translations[: allowance_of(profile.organisation_id, Tool.LANGUAGES, now=now)]
    if len(media) > allowance(Tool.MEDIA, has_plan=False):
        media = media[: allowance_of(profile.organisation_id, Tool.MEDIA, now=now)]
    return Presentation(translations, media)
