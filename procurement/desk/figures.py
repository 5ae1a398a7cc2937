"""Public figures of calls: only what their public pages already say. Never how many answered, nor when."""

from collections import defaultdict
from datetime import datetime
from statistics import median

from django.db.models import Count, Q
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cms.catalogue.domains import DOMAINS
from cms.figures.registry import Asked, Figure, register_figure
from marketplace.ui.charts import bars
from procurement.calls.models import Call, LotTimeline
from procurement.desk import public_calls

UNKNOWN = "À préciser"


def by_domain(asked: Asked) -> Figure:
    """Published calls in each domain."""
    counted = dict(Call.objects.published().order_by().values_list("domain").annotate(number=Count("pk")))
    named = {slug: domain.label for slug, domain in DOMAINS.items()} | {"": UNKNOWN}
    rows = sorted(((named.get(slug, UNKNOWN), number) for slug, number in counted.items()), key=_biggest_first)
    total = sum(counted.values())
    return Figure(
        name="appels-par-domaine",
        finding=ngettext("%(count)d appel publié", "%(count)d appels publiés", total) % {"count": total}
        if total
        else _("Aucun appel n’est encore publié"),
        definition=_("Appels publiés ici depuis l’ouverture du site, par domaine, appels arrêtés compris."),
        gaps=_("Un appel publié sur un autre profil d’acheteur n’est pas compté."),
        columns=(_("Domaine"), _("Appels")),
        rows=rows,
        bars=bars([(label, number, str(number)) for label, number in rows]),
    )


def by_stage(asked: Asked) -> Figure:
    """How far published calls went, on one scale."""
    line = public_calls.LINE
    found = (
        public_calls.published_calls(asked.now)
        .order_by()
        .annotate(lots_signed=Count(line, filter=Q(**{f"{line}__signed_at__lte": asked.now})))
        .aggregate(
            published=Count("pk"),
            open=Count("pk", filter=Q(lots_open__gt=0)),
            closed=Count("pk", filter=Q(lots_open=0, lots_to_open=0)),
            signed=Count("pk", filter=Q(lots_signed__gt=0)),
            given_up=Count("pk", filter=Q(lots_alive=0)),
        )
    )
    rows = [
        (_("Publiés"), found["published"]),
        (_("Ouverts aujourd’hui"), found["open"]),
        (_("Clos"), found["closed"]),
        (_("Au moins un contrat signé"), found["signed"]),
        (_("Arrêtés avant signature"), found["given_up"]),
    ]
    return Figure(
        name="appels-par-etape",
        finding=_("%(open)d appels ouverts, %(signed)d menés jusqu’à la signature")
        % {"open": found["open"], "signed": found["signed"]},
        definition=_("Appels publiés ici, et combien sont ouverts, clos, signés ou arrêtés à ce jour."),
        gaps=_("Le nombre de réponses n’est pas compté : il reste secret tant que la loi le demande."),
        columns=(_("Étape"), _("Appels")),
        rows=rows,
        bars=bars([(label, number, str(number)) for label, number in rows]),
    )


def delays(asked: Asked) -> Figure:
    """Median days from publication to the answer to all, by quarter of the answer, once the result is public."""
    lines = LotTimeline.objects.filter(published_at__isnull=False).filter(
        Q(signed_at__lte=asked.now) | Q(cancelled_at__lte=asked.now) | Q(unsuccessful_at__lte=asked.now)
    )
    columns = ("published_at", "rejections_sent_at", "cancelled_at", "unsuccessful_at", "signed_at")
    by_quarter: dict[str, list[int]] = defaultdict(list)
    for published_at, *ends in lines.values_list(*columns):
        answered_at = next(at for at in ends if at is not None)
        by_quarter[_quarter(answered_at)].append((answered_at - published_at).days)
    rows = [(quarter, round(median(days)), len(days)) for quarter, days in sorted(by_quarter.items())]
    every = [days for found in by_quarter.values() for days in found]
    return Figure(
        name="delai-de-reponse",
        finding=_("Un acheteur répond à tous en %(days)d jours, délai médian") % {"days": round(median(every))}
        if every
        else _("Aucun appel n’a encore de résultat public"),
        definition=_(
            "Jours entre la publication et la réponse à toutes les entreprises, ou l’arrêt : médiane par trimestre "
            "de cette réponse, pour chaque lot dont le résultat est public."
        ),
        gaps=_("Les appels en cours ne sont pas comptés : un appel très long n’apparaît qu’à sa fin."),
        columns=(_("Trimestre"), _("Jours (médiane)"), _("Lots")),
        rows=rows,
        bars=bars([(quarter, days, _days(days)) for quarter, days, _counted in rows]),
    )


def _quarter(at: datetime) -> str:
    local = localtime(at)
    return f"{local.year}-T{(local.month + 2) // 3}"


def _days(number: int) -> str:
    return ngettext("%(count)d jour", "%(count)d jours", number) % {"count": number}


def _biggest_first(row: tuple[str, int]) -> tuple[int, str]:
    return -row[1], row[0]


register_figure("appels-par-domaine", by_domain)
register_figure("appels-par-etape", by_stage)
register_figure("delai-de-reponse", delays)
