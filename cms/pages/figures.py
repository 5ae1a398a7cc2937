"""The public figures of the home page, counted when it is read: each has its definition in its own words."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from cms.catalogue.models import Domain, Profile
from cms.catalogue.regions import Region
from cms.catalogue.trust import LASTS


def public_figures(domains: Sequence[Domain], *, now: datetime) -> list[tuple[str, str]]:
    """(figure as text, what it counts) for profiles that are public, in one query; `domains` come with their counts."""
    counted = Profile.objects.published().aggregate(
        profiles=Count("pk"),
        regions=Count("region", distinct=True, filter=~Q(region="")),
        reviewed=Count("pk", filter=Q(reviewed_at__isnull=False)),
        verified=Count("pk", filter=Q(organisation__registry_checked_at__gte=now - LASTS)),
    )
    filled = sum(bool(domain.profile_count) for domain in domains)
    profiles, verified, reviewed = counted["profiles"], counted["verified"], counted["reviewed"]
    return [
        (str(profiles), _("fiches d’entreprises publiées") if profiles > 1 else _("fiche d’entreprise publiée")),
        (
            str(verified),
            _("entreprises trouvées actives au répertoire depuis moins d’un an")
            if verified > 1
            else _("entreprise trouvée active au répertoire depuis moins d’un an"),
        ),
        (str(reviewed), _("fiches relues par une personne") if reviewed > 1 else _("fiche relue par une personne")),
        (
            str(filled),
            _("sur %(all)d domaines de l’action publique, et %(regions)d sur %(all_regions)d régions")
            % {"all": len(domains), "regions": counted["regions"], "all_regions": len(Region)},
        ),
    ]
