"""Reports of editors: the queue, what grows old, what is not proven, what is broken, what readers said and sought."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet, Sum
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.timezone import localdate, localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.ui.tables import Column, DateColumn, NumberColumn, TitleColumn, UserColumn
from wagtail.admin.views.reports import ReportView
from wagtail.permissions import policy_registry

from cms.catalogue import trust
from cms.catalogue.models import ErrorReport, LinkCheck, MissedSearch, Profile
from cms.catalogue.moderation import errors, queue
from marketplace.accounts.pages import now_of
from marketplace.ui.spreadsheets import cell

STALE_AFTER = timedelta(days=365)
SEARCHES_OF = timedelta(days=90)


def _written_date(value: datetime | date) -> str:
    return f"{localtime(value):%d/%m/%Y %H:%M}" if isinstance(value, datetime) else f"{value:%d/%m/%Y}"


class EditorsReport(ReportView):
    """A table for editors, with its spreadsheet; its address and the one of its results are named alike."""

    any_permission_required = ["publish"]
    is_searchable = False
    empty: Any = ""
    name = ""
    headings: dict[str, Any] = {}
    custom_value_preprocess = {
        (datetime, date): {ReportView.FORMAT_CSV: _written_date, ReportView.FORMAT_XLSX: _written_date},
        str: {ReportView.FORMAT_CSV: cell},
    }

    @cached_property
    def permission_policy(self) -> Any:
        """Those who publish profiles read what is said of them."""
        return policy_registry.get_by_type(Profile)

    @property
    def index_url_name(self) -> str:
        """Address of the report."""
        return f"moderation:{self.name}"

    @property
    def index_results_url_name(self) -> str:
        """Address of its table alone, which Wagtail asks as one turns the pages."""
        return f"moderation:{self.name}_results"

    @property
    def export_filename(self) -> str:
        """Name of the spreadsheet."""
        return self.name

    @property
    def list_export(self) -> list[str]:
        """The columns of the spreadsheet."""
        return list(self.headings)

    @property
    def export_headings(self) -> dict[str, Any]:
        """Their titles."""
        return self.headings

    @cached_property
    def no_results_message(self) -> str:
        """What an empty table says."""
        return str(self.empty)

    @property
    def now(self) -> datetime:
        """The instant of the request."""
        return now_of(self.request)

    def rows(self) -> Any:
        """What the table shows, in order."""
        raise NotImplementedError

    def get_queryset(self) -> Any:
        """The rows, in the one order that the report has."""
        return self.rows()


def edit_url(profile_id: int) -> str:
    """The form of a profile."""
    return reverse("wagtailsnippets_catalogue_profile:edit", args=[profile_id])


def _title(name: str, label: Any, address: Callable[[Any], str], **more: Any) -> TitleColumn:
    return TitleColumn(name, label=label, get_url=address, **more)


class QueueView(EditorsReport):
    """Profiles under review, the one that has waited longest first."""

    name = "queue"
    page_title = gettext_lazy("Fiches à relire")
    header_icon = "check"
    empty = gettext_lazy("Aucune fiche n’attend de relecture. Les prochaines s’afficheront ici.")
    headings = {
        "name": gettext_lazy("Fiche"),
        "nature": gettext_lazy("Demande"),
        "waited": gettext_lazy("Attend depuis"),
        "since": gettext_lazy("Demandée le"),
        "asked_by": gettext_lazy("Demandée par"),
    }
    columns = [
        _title("name", headings["name"], lambda row: reverse("moderation:review", args=[row.pk])),
        Column("nature", label=headings["nature"]),
        Column("waited", label=headings["waited"]),
        UserColumn("asked_by", label=headings["asked_by"]),
    ]

    def rows(self) -> list[queue.Waiting]:
        """The queue."""
        return queue.waiting(now=self.now)


class StaleProfiles(EditorsReport):
    """Published profiles that nobody wrote nor read for twelve months."""

    name = "stale_profiles"
    page_title = gettext_lazy("Fiches anciennes")
    header_icon = "time"
    empty = gettext_lazy("Toutes les fiches publiées ont été mises à jour ou relues depuis moins de douze mois.")
    headings = {
        "name": gettext_lazy("Fiche"),
        "updated_at": gettext_lazy("Mise à jour le"),
        "reviewed_at": gettext_lazy("Relue le"),
        "source": gettext_lazy("Source"),
    }
    columns = [
        _title("name", headings["name"], lambda row: edit_url(row.pk)),
        DateColumn("updated_at", label=headings["updated_at"]),
        DateColumn("reviewed_at", label=headings["reviewed_at"]),
        Column("source", label=headings["source"]),
    ]

    def rows(self) -> QuerySet[Profile]:
        """Oldest first."""
        limit = self.now - STALE_AFTER
        old = [Q(**{f"{name}__isnull": True}) | Q(**{f"{name}__lt": limit}) for name in ("updated_at", "reviewed_at")]
        shown = ("name", "updated_at", "reviewed_at", "source", "sort_name")
        return Profile.objects.published().filter(*old).only(*shown).order_by("updated_at", "sort_name", "pk")


@dataclass(frozen=True, slots=True)
class OpenFact:
    """A fact of a published profile that nobody checked, or whose check has ended."""

    profile: Profile
    name: str
    fact: str
    state: str
    until: date | None


class OpenFacts(EditorsReport):
    """Facts to verify, and facts to confirm again."""

    name = "open_facts"
    page_title = gettext_lazy("Faits à vérifier ou à reconfirmer")
    header_icon = "clipboard-list"
    empty = gettext_lazy("Tous les labels et toutes les références des fiches publiées sont vérifiés à ce jour.")
    headings = {
        "name": gettext_lazy("Fiche"),
        "fact": gettext_lazy("Fait"),
        "state": gettext_lazy("État"),
        "until": gettext_lazy("Échéance"),
    }
    columns = [
        _title("name", headings["name"], lambda row: reverse("moderation:facts", args=[row.profile.pk])),
        Column("fact", label=headings["fact"]),
        Column("state", label=headings["state"]),
        Column("until", label=headings["until"], accessor=lambda row: row.until and date_format(row.until, "j F Y")),
    ]

    def rows(self) -> list[OpenFact]:
        """What is to confirm again first, by its end; then what was never checked, by name."""
        found = [
            OpenFact(profile, profile.name, fact.label, fact.state, fact.until)
            for profile in _with_facts()
            for fact in trust.facts_of(profile, now=self.now)
            if fact.kind and fact.kind != "identity" and not fact.is_verified
        ]
        return sorted(found, key=lambda one: (one.until is None, one.until or date.max, one.profile.sort_name))


def _with_facts() -> QuerySet[Profile]:
    rows = Profile.objects.published().filter(Q(labels__isnull=False) | Q(references__isnull=False)).distinct()
    proofs = ("labels", "references", "verifications", "confirmations")
    return rows.select_related("organisation").defer("search_text", "problem", "answer").prefetch_related(*proofs)


class BrokenLinks(EditorsReport):
    """Addresses of published profiles that do not answer any more, as the last check found them."""

    name = "broken_links"
    page_title = gettext_lazy("Liens cassés")
    header_icon = "link"
    empty = gettext_lazy("Aucun lien cassé à la dernière vérification (commande check_links).")
    headings = {
        "profile.name": gettext_lazy("Fiche"),
        "url": gettext_lazy("Adresse"),
        "get_problem_display": gettext_lazy("Ce qui ne va pas"),
        "status": gettext_lazy("Réponse"),
        "failing_since": gettext_lazy("Depuis le"),
        "checked_at": gettext_lazy("Demandée le"),
    }
    columns = [
        _title("profile", headings["profile.name"], lambda row: edit_url(row.profile_id), accessor="profile.name"),
        Column("url", label=headings["url"]),
        Column("problem", label=headings["get_problem_display"], accessor="get_problem_display"),
        Column("status", label=headings["status"]),
        DateColumn("failing_since", label=headings["failing_since"]),
    ]

    def rows(self) -> QuerySet[LinkCheck]:
        """Longest broken first."""
        broken = LinkCheck.objects.filter(failing_since__isnull=False).select_related("profile")
        return broken.defer("profile__search_text").order_by("failing_since", "pk")


class ReportedErrors(EditorsReport):
    """Errors that readers reported: those to answer first, with their last day."""

    name = "reported_errors"
    page_title = gettext_lazy("Erreurs signalées")
    header_icon = "warning"
    empty = gettext_lazy("Personne n’a signalé d’erreur.")
    headings = {
        "profile.name": gettext_lazy("Fiche"),
        "text": gettext_lazy("Signalement"),
        "reported_at": gettext_lazy("Reçu le"),
        "answered_at": gettext_lazy("Répondu le"),
        "was_corrected": gettext_lazy("Fiche corrigée"),
        "answer": gettext_lazy("Réponse"),
    }
    columns = [
        _title(
            "profile",
            headings["profile.name"],
            lambda row: edit_url(row.profile_id) if row.answered_at else reverse("moderation:answer", args=[row.uid]),
            accessor="profile.name",
        ),
        Column("text", label=headings["text"]),
        DateColumn("reported_at", label=headings["reported_at"]),
        Column("due", label=gettext_lazy("À faire"), accessor=lambda row: _due(row)),
    ]

    def rows(self) -> QuerySet[ErrorReport]:
        """Unanswered first, oldest first."""
        return errors.to_answer()


def _due(report: ErrorReport) -> str:
    if report.answered_at:
        told = _("Répondu le %(day)s, fiche corrigée") if report.was_corrected else _("Répondu le %(day)s")
        return told % {"day": date_format(localdate(report.answered_at), "j F Y")}
    return _("Répondre avant le %(day)s") % {"day": date_format(errors.due_on(report.reported_at), "j F Y")}


class MissedSearches(EditorsReport):
    """Words that found nothing these last three months, most frequent first."""

    name = "missed_searches"
    page_title = gettext_lazy("Recherches sans résultat")
    header_icon = "search"
    empty = gettext_lazy("Toutes les recherches des trois derniers mois ont trouvé quelque chose.")
    headings = {"words": gettext_lazy("Recherche"), "times": gettext_lazy("Fois")}
    columns = [Column("words", label=headings["words"]), NumberColumn("times", label=headings["times"])]

    def rows(self) -> QuerySet[MissedSearch, dict[str, Any]]:
        """Words with their count."""
        recent = MissedSearch.objects.filter(day__gte=localdate(self.now - SEARCHES_OF))
        return recent.values("words").annotate(times=Sum("count")).order_by(F("times").desc(), "words")


REPORTS = (StaleProfiles, OpenFacts, BrokenLinks, ReportedErrors, MissedSearches)
