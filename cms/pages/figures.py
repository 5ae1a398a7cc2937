"""The public figures of the home page, counted when it is read: each has its definition in its own words."""

from datetime import datetime

from django.db.models import Count, Q
from django.utils.translation import ngettext

from cms.catalogue.models import Domain, Profile
from cms.catalogue.trust import LASTS


def public_figures(now: datetime) -> list[tuple[str, str]]:
    """(figure as text, what it counts) for profiles that are public, in one query and one for domains."""
    counted = Profile.objects.published().aggregate(
        profiles=Count("pk"),
        regions=Count("region", distinct=True, filter=~Q(region="")),
        reviewed=Count("pk", filter=Q(reviewed_at__isnull=False)),
        verified=Count("pk", filter=Q(organisation__registry_checked_at__gte=now - LASTS)),
    )
    domains = Domain.objects.filter(profiles__live=True).distinct().count()
    return [
        (
            str(counted["profiles"]),
            ngettext("fiche d’entreprise publiée", "fiches d’entreprises publiées", counted["profiles"]),
        ),
        (
            str(counted["verified"]),
            ngettext(
                "entreprise trouvée active au répertoire depuis moins d’un an",
                "entreprises trouvées actives au répertoire depuis moins d’un an",
                counted["verified"],
            ),
        ),
        (
            str(counted["reviewed"]),
            ngettext("fiche relue par une personne", "fiches relues par une personne", counted["reviewed"]),
        ),
        (
            f"{domains}",
            ngettext(
                "domaine de l’action publique couvert, et %(regions)d régions",
                "domaines de l’action publique couverts, et %(regions)d régions",
                domains,
            )
            % {"regions": counted["regions"]},
        ),
    ]
