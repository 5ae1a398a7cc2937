"""Figures of the catalogue: profiles by domain and region, what is verified, the portfolio of start-ups d'État."""

from collections import Counter

from django.db.models import Count, Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cms.catalogue.domains import DOMAINS
from cms.catalogue.models import Confirmation, PhasePassage, Profile
from cms.catalogue.portfolio import Portfolio, portfolio_on
from cms.catalogue.regions import Region
from cms.catalogue.trust import LASTS
from cms.figures.registry import Asked, Figure, Link, register_figure, share
from marketplace.ui.charts import Meter, Part, bars
from marketplace.ui.formats import day_words

UNKNOWN = "À préciser"
TONES = {
    PhasePassage.Phase.INVESTIGATION: "soft",
    PhasePassage.Phase.CONSTRUCTION: "sun",
    PhasePassage.Phase.ACCELERATION: "info",
    PhasePassage.Phase.CONSOLIDATION: "brand",
    PhasePassage.Phase.TRANSFER: "ink",
    PhasePassage.Phase.OPERATED: "ink",
    PhasePassage.Phase.STOPPED: "clay",
    PhasePassage.Phase.STOPPED_EARLY: "clay",
}


def by_domain(asked: Asked) -> Figure:
    """Published profiles in each domain; one of two domains counts in both."""
    published = Profile.objects.published().order_by()
    counted = Counter(dict(published.values_list("domains").annotate(number=Count("pk"))))
    rows = [(domain.label, counted[slug]) for slug, domain in DOMAINS.items()]
    rows = [*sorted(rows, key=lambda row: (-row[1], row[0])), (UNKNOWN, counted[None])]
    return Figure(
        name="fiches-par-domaine",
        finding=_most(
            rows, _("Aucune fiche n’a encore de domaine"), _("Domaine le plus représenté : %(label)s, %(count)s")
        ),
        definition=_("Fiches publiées dans chaque domaine. Une fiche de deux domaines compte dans les deux."),
        gaps=_("Le domaine vient de l’organisation, ou de notre lecture d’une source publique : il peut être faux."),
        columns=(_("Domaine"), _("Fiches")),
        rows=rows,
        bars=bars([(label, number, str(number)) for label, number in rows]),
    )


def by_region(asked: Asked) -> Figure:
    """Published profiles in each region."""
    published = Profile.objects.published().order_by()
    counted = Counter(dict(published.values_list("region").annotate(number=Count("pk"))))
    rows = sorted(((region.label, counted[region.value]) for region in Region), key=lambda row: (-row[1], row[0]))
    rows = [*rows, (UNKNOWN, counted[""])]
    return Figure(
        name="fiches-par-region",
        finding=_most(
            rows, _("Aucune fiche n’a encore de région"), _("Région la plus représentée : %(label)s, %(count)s")
        ),
        definition=_("Fiches publiées, par région du siège ou de l’équipe."),
        gaps=_("La région manque pour beaucoup de fiches reprises de sources publiques : voyez « À préciser »."),
        columns=(_("Région"), _("Fiches")),
        rows=rows,
        bars=bars([(label, number, str(number)) for label, number in rows]),
    )


def trust(asked: Asked) -> Figure:
    """How many published profiles were reviewed, and how many hold a verified identity or a confirmed reference."""
    recent = asked.now - LASTS
    confirmed = Confirmation.objects.filter(profile=OuterRef("pk"), confirmed_at__gte=recent)
    found = Profile.objects.published().aggregate(
        total=Count("pk"),
        reviewed=Count("pk", filter=Q(reviewed_at__isnull=False)),
        verified=Count("pk", filter=Q(organisation__registry_checked_at__gte=recent)),
        confirmed=Count("pk", filter=Exists(confirmed)),
    )
    total = found["total"]
    named = [
        (_("Relues par une personne"), found["reviewed"]),
        (_("Identité vérifiée au répertoire des entreprises"), found["verified"]),
        (_("Au moins une référence confirmée par son client"), found["confirmed"]),
    ]
    return Figure(
        name="fiches-verifiees",
        finding=_("%(reviewed)d %% des fiches sont relues, %(verified)d %% ont une identité vérifiée")
        % {"reviewed": share(found["reviewed"], total), "verified": share(found["verified"], total)},
        definition=_(
            "Part des fiches publiées qu’une personne a relues, et part de celles dont un fait est vérifié depuis "
            "moins de douze mois."
        ),
        gaps=_("Une fiche non vérifiée n’est pas fausse : personne ne l’a encore contrôlée."),
        columns=(_("État"), _("Fiches"), _("Part (%)")),
        rows=[(_("Publiées"), total, 100 if total else 0), *((label, n, share(n, total)) for label, n in named)],
        bars=bars(
            [
                (_("Publiées"), total, str(total)),
                *((label, n, f"{n}, {share(n, total)}\u00a0%") for label, n in named),
            ]
        ),
    )


def portfolio(asked: Asked) -> Figure:
    """Start-ups d'État by phase on a day, stopped ones by name."""
    found = portfolio_on(asked.day)
    phases = PhasePassage.Phase
    rows = [(str(phase.label), found.count(phase)) for phase in phases]
    parts = [Part(f"{phase.label}\u00a0: {found.count(phase)}", found.count(phase), TONES[phase]) for phase in phases]
    return Figure(
        name="startups-etat-par-phase",
        finding=_portfolio_finding(found),
        definition=_(
            "Start-ups d’État dans chaque phase au jour choisi, produits arrêtés compris. Un jour qui a son relevé "
            "montre ce relevé, liste fermée ; un autre jour, la dernière phase datée de chaque fiche."
        ),
        gaps=_portfolio_gaps(found),
        columns=(_("Phase"), _("Start-ups d’État")),
        rows=rows,
        meter=Meter([part for part in parts if part.amount], found.total),
        day=asked.day,
        names=[Link(one.name, reverse("catalogue:profile", args=[one.slug])) for one in found.stopped],
        names_title=_("Produits arrêtés"),
        source=found.source,
    )


def _portfolio_finding(found: Portfolio) -> str:
    if not found.total:
        return _("Aucune start-up d’État n’est connue au %(day)s") % {"day": day_words(found.day)}
    return _("Au %(day)s, %(alive)d start-ups d’État vivantes et %(stopped)d arrêtées") % {
        "day": day_words(found.day),
        "alive": found.total - len(found.stopped),
        "stopped": len(found.stopped),
    }


def _portfolio_gaps(found: Portfolio) -> str:
    if found.source:
        return _("Relevé public de ce jour : %(source)s. Ce qu’il ne montrait pas n’est pas compté.") % {
            "source": found.source
        }
    return ngettext(
        "%(count)d start-up d’État n’a aucune date de phase : elle n’est pas comptée.",
        "%(count)d start-ups d’État n’ont aucune date de phase : elles ne sont pas comptées.",
        found.undated,
    ) % {"count": found.undated}


def _most(rows: list[tuple[str, int]], nothing: str, sentence: str) -> str:
    """The sentence about the first line, « À préciser » aside."""
    label, number = rows[0]
    if not number:
        return nothing
    count = ngettext("%(count)d fiche", "%(count)d fiches", number) % {"count": number}
    return sentence % {"label": label, "count": count}


register_figure("fiches-par-domaine", by_domain)
register_figure("fiches-par-region", by_region)
register_figure("fiches-verifiees", trust)
register_figure("startups-etat-par-phase", portfolio)
