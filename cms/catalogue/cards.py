"""Words of the images by which pages of the catalogue are shared (`marketplace.ui.sharing`)."""

from django.utils.translation import gettext as _

from cms.catalogue.models import Domain, Profile
from marketplace.ui.sharing import Card


def profile_card(slug: str) -> Card | None:
    """A published profile: its name and its sentence."""
    profile = Profile.objects.published().filter(slug=slug).first()
    if profile is None:
        return None
    return Card(profile.name, profile.get_kind_display(), profile.tagline or profile.place)


def domain_card(slug: str) -> Card | None:
    """A domain of public action."""
    domain = Domain.objects.filter(slug=slug).first()
    return Card(domain.label, _("Catalogue"), domain.scope) if domain else None
