"""« Est-ce pour nous ? »: what a firm weighs before it answers, in its own space. Nobody of the buyer reads it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cms.catalogue.models import Profile
from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Organisation
from marketplace.accounts.permissions import require
from marketplace.journal.acts import SITE_CHAIN, act
from procurement.calls.models import Call, FitAnswer, Requirement, SubmissionPeriod
from procurement.desk.departments import region_of
from procurement.desk.effort import Hours, Part


@dataclass(frozen=True)
class Match:
    """One thing that the profile of a firm says of a call: in words, and whether it fits (None: it does not say)."""

    label: str
    words: str
    fits: bool | None


def minimum_requirements(call: Call) -> list[Requirement]:
    """What every offer must meet, in the order of the call."""
    rows = Requirement.objects.filter(lot__call=call, is_minimum=True).select_related("lot")
    return list(rows.order_by("lot__number", "number"))


def answers_of(firm: Organisation, requirements: Iterable[Requirement]) -> dict[UUID, str]:
    """What the firm noted, by requirement."""
    rows = FitAnswer.objects.filter(organisation=firm, requirement__in=list(requirements))
    return dict(rows.values_list("requirement_id", "answer"))


def note(*, firm: Organisation, answers: Mapping[Requirement, str], actor: Actor, now: datetime) -> None:
    """Keep what a firm thinks of the minimum requirements; an empty answer is forgotten.

    Records `fit.noted` in the chain of the site, without the call: the file of the call never tells who weighs it.
    Raises NotAllowed for people of another organisation.
    """
    require(actor, "fit.note", firm)
    with act(SITE_CHAIN, "fit.noted", actor=actor, now=now, subject=firm):
        for requirement, answer in answers.items():
            mine = FitAnswer.objects.filter(requirement=requirement, organisation=firm)
            if answer:
                mine.update_or_create(
                    requirement=requirement, organisation=firm,
                    defaults={"answer": FitAnswer.Answer(answer), "answered_at": now},
                )  # fmt: skip
            else:
                mine.delete()


def matches(call: Call, firm: Organisation) -> list[Match]:
    """What the published profile of the firm says of the domain and of the place of the call."""
    profile = Profile.objects.filter(organisation=firm, live=True).prefetch_related("domains").order_by("pk").first()
    if profile is None:
        return []
    domains = {one.slug: one.label for one in profile.domains.all()}
    known = ", ".join(domains.values()) or _("non dit")
    found = [Match(_("Domaine"), known, call.domain in domains if domains else None)]
    region = region_of(call.lead_buyer.postcode)
    served = set(profile.served_regions or []) | ({profile.region} if profile.region else set())
    words = _("L’acheteur est dans une région que votre fiche dessert.")
    if not served:
        words = _("Votre fiche ne dit pas quelles régions vous desservez.")
    elif not region:
        words = _("Le site ne connaît pas la région de l’acheteur.")
    elif region not in served:
        words = _("L’acheteur n’est pas dans une région que votre fiche dessert.")
    found.append(Match(_("Région"), words, region in served if served and region else None))
    return found


def documents_asked(call: Call) -> int:
    """How many documents the first deposits of the call ask for, all lots together."""
    first = {SubmissionPeriod.Kind.CANDIDATURE, SubmissionPeriod.Kind.SINGLE_STEP}
    periods = SubmissionPeriod.objects.filter(lot__call=call, kind__in=first).prefetch_related("envelopes")
    return sum(len(one.expected_documents) for period in periods for one in period.envelopes.all())


@dataclass(frozen=True)
class WorkLine:
    """One thing to do in an answer: in words, and its hours."""

    words: str
    hours: Hours


def work_lines(parts: Iterable[Part]) -> list[WorkLine]:
    """What the estimate of the hours is made of, in words."""
    return [WorkLine(_work_words(part), part.hours) for part in parts]


def _work_words(part: Part) -> str:
    n = part.count
    told = {
        "reading": _("Lire l’appel, poser vos questions, déposer"),
        "pieces": ngettext("%(n)s document à préparer", "%(n)s documents à préparer", n),
        "selection": ngettext("%(n)s critère de candidature", "%(n)s critères de candidature", n),
        "award": ngettext("%(n)s critère de l’offre, prix à part", "%(n)s critères de l’offre, prix à part", n),
        "requirements": ngettext("%(n)s exigence à traiter", "%(n)s exigences à traiter", n),
        "prices": ngettext("%(n)s phase à chiffrer", "%(n)s phases à chiffrer", n),
        "negotiation": _("Une réunion de négociation, puis l’offre finale"),
        "signature": _("Signer ce que vous déposez"),
    }
    return told[part.code] % {"n": n}
